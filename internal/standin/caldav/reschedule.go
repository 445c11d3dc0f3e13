package caldav

import (
	"errors"
	"strings"

	"tahti/internal/calendar"
	"tahti/internal/standin"
)

// reschedule gives the master new times. A series moves whole: its overrides, exceptions and further dates go along.
func reschedule(root *component, v calendar.Values, x standin.Draft) error {
	master := masterOf(root)
	e, _ := series(root)
	delta := x.Start.Wall - v.Start.Wall
	if e.IsSeries() && delta != 0 {
		if x.Start.Kind != v.Start.Kind || x.Start.Zone != v.Start.Zone {
			return errors.New("a series cannot change zone or become whole days here: use a calendar program")
		}
		if strings.Contains(e.Rule, "BY") && x.Start.Wall.Midnight() != v.Start.Wall.Midnight() {
			return errors.New("the rule names the days: use a calendar program to change them")
		}
		shiftSeries(root, delta)
	}
	start := timeProperty("DTSTART", x.Start)
	if x.Start != v.Start && !e.IsSeries() || master.prop("DTSTART") == nil {
		master.set("DTSTART", &start)
	}
	keepsLength := x.End.Wall-x.Start.Wall == v.End.Wall-v.Start.Wall && x.Start.Kind == v.Start.Kind
	if master.prop("DTEND") == nil && keepsLength {
		return nil // a DURATION, or nothing, says the same as before
	}
	end := timeProperty("DTEND", x.End)
	master.set("DURATION", nil)
	master.set("DTEND", &end)
	return nil
}

// shiftSeries moves the master's start and every time that names an occurrence.
func shiftSeries(root *component, delta calendar.Wall) {
	master := masterOf(root)
	for _, c := range members(root) {
		for i := range c.props {
			p := &c.props[i]
			anchored := p.name == "EXDATE" || p.name == "RDATE" || p.name == "RECURRENCE-ID" ||
				c == master && (p.name == "DTSTART" || p.name == "DTEND")
			if !anchored {
				continue
			}
			var values []string
			times, err := parseWhens(p)
			if err != nil {
				continue // a PERIOD
			}
			for _, t := range times {
				t.Wall += delta
				values = append(values, timeProperty("", t).value)
			}
			p.value = strings.Join(values, ",")
		}
	}
	if rule := master.prop("RRULE"); rule != nil {
		rule.value = shiftUntil(rule.value, delta)
	}
}

// shiftUntil moves the end of a rule along with its start.
func shiftUntil(rule string, delta calendar.Wall) string {
	parts := strings.Split(rule, ";")
	for i, part := range parts {
		v, ok := strings.CutPrefix(part, "UNTIL=")
		if !ok {
			continue
		}
		if t, err := parseTime(v); err == nil {
			t.Wall += delta
			parts[i] = "UNTIL=" + timeProperty("", t).value
		}
	}
	return strings.Join(parts, ";")
}
