package caldav

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tahti/internal/calendar"
)

// facts are what the server keeps of an object beside its text.
type facts struct {
	uid       string
	component string // VEVENT, VTODO, VJOURNAL…
	organizer string // address in lower case without "mailto:"; empty if there is none
	// from and to hold all occurrences; endless if they never end, or their end is not known; single if there is one.
	from, to        time.Time
	endless, single bool
}

// examine checks a body as a server does before it stores it, and answers the object's facts.
func (s *Server) examine(body []byte) (*component, facts, *failure) {
	root, err := parseICS(body)
	if err != nil {
		return nil, facts{}, s.invalid(err)
	}
	if err := checkData(root, s.profile.LaxZones); err != nil {
		return nil, facts{}, s.invalid(err)
	}
	f, err := checkObject(root)
	if err != nil {
		return nil, facts{}, refObject.because(err.Error())
	}
	if s.profile.NeedMaster && !slices.ContainsFunc(members(root), func(c *component) bool { return c.prop("RECURRENCE-ID") == nil }) {
		return nil, facts{}, refMaster.because("an override without its series")
	}
	f.measure(root)
	return root, f, nil
}

// invalid answers broken iCalendar as the profile does.
func (s *Server) invalid(err error) *failure {
	f := refData.because(err.Error())
	switch s.profile.Invalid {
	case InvalidObject:
		f.Code = refObject.Code
	case Invalid400:
		f.Status, f.Code = 400, ""
	case Invalid404:
		f.Status, f.Code = 404, ""
	case Invalid412:
		f.Status, f.Code = 412, ""
	case Invalid415:
		f.Status, f.Code = 415, ""
	case Invalid207:
		f.inside = true
	}
	return f
}

// members are the components that an object is about: all but its time zones.
func members(root *component) []*component {
	var list []*component
	for _, c := range root.comps {
		if c.name != "VTIMEZONE" {
			list = append(list, c)
		}
	}
	return list
}

// checkObject holds RFC 4791 section 4.1: no METHOD, one UID, one kind of component, one master, no override twice.
func checkObject(root *component) (facts, error) {
	var f facts
	if root.prop("METHOD") != nil {
		return f, errors.New("METHOD is not for stored objects")
	}
	list := members(root)
	if len(list) == 0 {
		return f, errors.New("no component but time zones")
	}
	f.uid, f.component = list[0].text("UID"), list[0].name
	seen := map[string]bool{}
	for _, c := range list {
		if c.name != f.component {
			return f, fmt.Errorf("%s beside %s", c.name, f.component)
		}
		if uid := c.text("UID"); uid != f.uid {
			return f, fmt.Errorf("two UIDs, %q and %q", f.uid, uid)
		}
		id := ""
		if p := c.prop("RECURRENCE-ID"); p != nil {
			id = p.param("TZID") + p.value
		}
		if seen[id] {
			return f, fmt.Errorf("two components for recurrence id %q", id)
		}
		seen[id] = true
		if p := c.prop("ORGANIZER"); p != nil && f.organizer == "" {
			f.organizer = address(p.value)
		}
	}
	return f, nil
}

// checkData holds RFC 5545: what must be there, what may be there once, and what values may look like.
func checkData(root *component, laxZones bool) error {
	if v := root.prop("VERSION"); v == nil || v.value != "2.0" {
		return errors.New("VERSION is not 2.0")
	}
	if root.text("PRODID") == "" {
		return errors.New("no PRODID")
	}
	zones := map[string]bool{}
	for _, c := range root.comps {
		if c.name != "VTIMEZONE" {
			continue
		}
		if err := checkZone(c); err != nil {
			return fmt.Errorf("VTIMEZONE: %w", err)
		}
		zones[c.text("TZID")] = true
	}
	for _, c := range members(root) {
		if err := checkMember(c); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		for _, p := range c.props {
			if id := p.param("TZID"); id != "" && !zones[id] && !laxZones && !strings.HasPrefix(id, "/") {
				return fmt.Errorf("%s: TZID %q has no VTIMEZONE (RFC 5545 section 3.2.19)", c.name, id)
			}
		}
	}
	return nil
}

func checkZone(c *component) error {
	if c.text("TZID") == "" {
		return errors.New("no TZID")
	}
	if len(c.comps) == 0 {
		return errors.New("neither STANDARD nor DAYLIGHT")
	}
	for _, o := range c.comps {
		for _, name := range []string{"DTSTART", "TZOFFSETFROM", "TZOFFSETTO"} {
			if o.prop(name) == nil {
				return fmt.Errorf("%s: no %s", o.name, name)
			}
		}
		for _, name := range []string{"TZOFFSETFROM", "TZOFFSETTO"} {
			if _, err := parseOffset(o.prop(name).value); err != nil {
				return fmt.Errorf("%s: %w", o.name, err)
			}
		}
	}
	return nil
}

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
