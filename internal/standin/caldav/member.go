package caldav

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tahti/internal/calendar"
)

// once are the properties that a component has at most once.
var once = []string{
	"UID", "DTSTAMP", "DTSTART", "DTEND", "DUE", "DURATION", "CLASS", "CREATED", "DESCRIPTION", "GEO", "LAST-MODIFIED", "LOCATION",
	"ORGANIZER", "PRIORITY", "SEQUENCE", "STATUS", "SUMMARY", "TRANSP", "URL", "RECURRENCE-ID", "PERCENT-COMPLETE", "COMPLETED",
}

// checkMember checks VEVENT, and of other components what they share with it.
func checkMember(c *component) error {
	if c.name == "VALARM" || !strings.HasPrefix(c.name, "V") {
		return errors.New("not a component that a calendar holds")
	}
	count := map[string]int{}
	for _, p := range c.props {
		count[p.name]++
	}
	for _, name := range once {
		if count[name] > 1 {
			return fmt.Errorf("%s %d times", name, count[name])
		}
	}
	for _, name := range []string{"UID", "DTSTAMP"} {
		if c.text(name) == "" {
			return fmt.Errorf("no %s", name)
		}
	}
	if c.name == "VEVENT" {
		if count["DTSTART"] == 0 {
			return errors.New("no DTSTART")
		}
		if !slices.Contains([]string{"", "TENTATIVE", "CONFIRMED", "CANCELLED"}, strings.ToUpper(c.text("STATUS"))) {
			return fmt.Errorf("STATUS %q is none of an event", c.text("STATUS"))
		}
	}
	if err := checkTimes(c); err != nil {
		return err
	}
	if err := checkValues(c); err != nil {
		return err
	}
	for _, a := range c.comps {
		if a.name == "VALARM" && (a.prop("ACTION") == nil || a.prop("TRIGGER") == nil) {
			return errors.New("VALARM: no ACTION or no TRIGGER")
		}
	}
	return nil
}

// checkTimes checks start, end and recurrence against each other.
func checkTimes(c *component) error {
	start, err := c.when("DTSTART")
	if err != nil {
		return err
	}
	end, err := c.when("DTEND")
	if err != nil {
		return err
	}
	if !end.IsZero() && c.prop("DURATION") != nil {
		return errors.New("both DTEND and DURATION")
	}
	if !end.IsZero() && (end.Kind == calendar.Date) != (start.Kind == calendar.Date) {
		return errors.New("DTSTART and DTEND are not of one type")
	}
	if !end.IsZero() && end.Kind == start.Kind && end.Zone == start.Zone && end.Wall < start.Wall {
		return errors.New("DTEND before DTSTART")
	}
	for _, p := range c.props {
		switch p.name {
		case "RECURRENCE-ID", "EXDATE", "RDATE":
			if p.param("VALUE") == "PERIOD" {
				continue
			}
			list, err := parseWhens(&p)
			if err != nil {
				return err
			}
			for _, t := range list {
				if (t.Kind == calendar.Date) != (start.Kind == calendar.Date) {
					return fmt.Errorf("%s is not of DTSTART's type", p.name)
				}
			}
		case "DTSTAMP", "CREATED", "LAST-MODIFIED":
			if t, err := parseWhen(&p); err != nil || t.Kind != calendar.UTC {
				return fmt.Errorf("%s %q is not in UTC", p.name, p.value)
			}
		case "DURATION":
			if d, err := parseDuration(p.value); err != nil || d < 0 {
				return fmt.Errorf("DURATION %q is none", p.value)
			}
		case "RRULE":
			if err := checkRule(p.value, start); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkValues checks what is neither a time nor a text.
func checkValues(c *component) error {
	for _, p := range c.props {
		switch p.name {
		case "ORGANIZER", "ATTENDEE":
			if scheme, rest, ok := strings.Cut(p.value, ":"); !ok || scheme == "" || rest == "" {
				return fmt.Errorf("%s %q is no address", p.name, p.value)
			}
		case "SEQUENCE", "PRIORITY", "PERCENT-COMPLETE":
			if n, err := strconv.Atoi(p.value); err != nil || n < 0 {
				return fmt.Errorf("%s %q is no number", p.name, p.value)
			}
		}
	}
	return nil
}

// checkRule checks the parts of a recurrence rule (RFC 5545 section 3.3.10) as far as a server looks at them.
func checkRule(rule string, start calendar.Time) error {
	parts := map[string]string{}
	for part := range strings.SplitSeq(rule, ";") {
		name, value, ok := strings.Cut(part, "=")
		name = strings.ToUpper(name)
		if !ok || value == "" || parts[name] != "" {
			return fmt.Errorf("RRULE %q has a part without value, or one twice", rule)
		}
		parts[name] = value
	}
	switch strings.ToUpper(parts["FREQ"]) {
	case "SECONDLY", "MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY":
	default:
		return fmt.Errorf("RRULE %q has no FREQ", rule)
	}
	if parts["COUNT"] != "" && parts["UNTIL"] != "" {
		return fmt.Errorf("RRULE %q has both COUNT and UNTIL", rule)
	}
	for _, name := range []string{"COUNT", "INTERVAL"} {
		if n, err := strconv.Atoi(parts[name]); parts[name] != "" && (err != nil || n < 1) {
			return fmt.Errorf("RRULE %q: %s is no number", rule, name)
		}
	}
	if until := parts["UNTIL"]; until != "" {
		t, err := parseTime(until)
		if err != nil {
			return fmt.Errorf("RRULE %q: UNTIL: %w", rule, err)
		}
		if (t.Kind == calendar.Date) != (start.Kind == calendar.Date) {
			return fmt.Errorf("RRULE %q: UNTIL is not of DTSTART's type", rule)
		}
	}
	return nil
}
