package google

import (
	"slices"
	"strings"

	"tahti/internal/calendar"
	"tahti/internal/icalendar"
	"tahti/internal/provider"
)

// recurrence reads the lines of a series, which are those of iCalendar without its start: the room that knows iCalendar
// reads them, behind a start and an end made for it.
func recurrence(e *calendar.Event, recurrence []string) *provider.Problem {
	var b strings.Builder
	b.WriteString("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:series\r\n")
	start, end := e.Start, e.End
	if end.Zone != start.Zone { // what a period without an end lasts is nobody's question here
		end = start
	}
	b.WriteString(line("DTSTART", start) + "\r\n" + line("DTEND", end) + "\r\n")
	for _, l := range recurrence {
		name := l[:max(0, strings.IndexAny(l, ":;"))]
		if !slices.Contains([]string{"RRULE", "RDATE", "EXDATE", "EXRULE"}, strings.ToUpper(name)) || strings.ContainsAny(l, "\r\n") {
			return problem(provider.BadSyntax, "a line of the recurrence that is none: %.20q", name)
		}
		b.WriteString(l + "\r\n")
	}
	b.WriteString("END:VEVENT\r\nEND:VCALENDAR\r\n")
	d, bad := icalendar.Decode([]byte(b.String()), icalendar.Options{})
	if bad != nil {
		return &provider.Problem{Code: provider.ProblemCode(bad.Code), Detail: bad.Detail}
	}
	e.Rule, e.Extra, e.Cancelled, e.Overrides = d.Event.Rule, d.Event.Extra, d.Event.Cancelled, d.Event.Overrides
	return nil
}

// lines are the recurrence of an event as Google takes it; exdates are the starts that its lines take out.
func lines(e *calendar.Event, exdates []calendar.Wall) []string {
	var out []string
	if e.Rule != "" {
		out = append(out, "RRULE:"+e.Rule)
	}
	for _, t := range e.Extra {
		out = append(out, line("RDATE", t))
	}
	for _, w := range exdates {
		t := e.Start
		t.Wall = w
		out = append(out, line("EXDATE", t))
	}
	return out
}

func line(name string, t calendar.Time) string {
	switch t.Kind {
	case calendar.Date:
		return name + ";VALUE=DATE:" + t.Wall.DateString()
	case calendar.UTC:
		return name + ":" + t.Wall.String() + "Z"
	}
	return name + ";TZID=" + t.Zone + ":" + t.Wall.String()
}

// cannotHold says why Google cannot hold a recurrence; empty if it can. It repeats by days at the closest, and at one time of
// day [M]: what it would refuse, or worse, take and round, is not sent.
func cannotHold(rule string) string {
	for part := range strings.SplitSeq(rule, ";") {
		name, value, _ := strings.Cut(part, "=")
		switch {
		case name == "FREQ" && (value == "SECONDLY" || value == "MINUTELY" || value == "HOURLY"):
			return "it repeats more often than once a day"
		case name == "BYHOUR", name == "BYMINUTE", name == "BYSECOND":
			return "it names times of day"
		}
	}
	return ""
}
