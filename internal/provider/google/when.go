package google

import (
	"fmt"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/provider"
	"tahti/internal/recur"
)

const dateForm = "2006-01-02"

// problem says why an event cannot take part; detail never holds titles.
func problem(code provider.ProblemCode, format string, args ...any) *provider.Problem {
	return &provider.Problem{Code: code, Detail: fmt.Sprintf(format, args...)}
}

// time reads a moment. Google gives the instant, on the clock of whoever asks, and beside it the zone that its author chose:
// the wall clock is the instant's in that zone. Without a zone it is an instant and no more, which UTC says exactly; so is the
// second of two equal readings of a clock that was put back, which no wall clock names.
func (m *moment) time() (calendar.Time, *provider.Problem) {
	switch {
	case m == nil:
		return calendar.Time{}, problem(provider.BadSyntax, "no start or end")
	case m.Date != "":
		day, err := time.Parse(dateForm, m.Date)
		if err != nil {
			return calendar.Time{}, problem(provider.BadSyntax, "not a date: %.40q", m.Date)
		}
		return calendar.Time{Kind: calendar.Date, Wall: calendar.Wall(day.Unix())}, nil
	}
	at, err := time.Parse(time.RFC3339, m.DateTime)
	if err != nil {
		return calendar.Time{}, problem(provider.BadSyntax, "not a time: %.40q", m.DateTime)
	}
	at = at.Truncate(time.Second)
	if m.TimeZone == "" || m.TimeZone == "UTC" {
		return calendar.AtUTC(at), nil
	}
	zone, loc, bad := zoneOf(m.TimeZone)
	if bad != nil {
		return calendar.Time{}, bad
	}
	t := calendar.InZone(calendar.WallIn(at, loc), zone)
	if !t.Instant(loc).Equal(at) {
		return calendar.AtUTC(at), nil
	}
	return t, nil
}

func zoneOf(name string) (string, *time.Location, *provider.Problem) {
	zone, ok := recur.ResolveZone(name)
	if !ok {
		return "", nil, problem(provider.UnknownZone, "unknown zone %.60q", name)
	}
	loc, err := recur.Location(zone)
	if err != nil {
		return "", nil, problem(provider.UnknownZone, "unknown zone %.60q", name)
	}
	return zone, loc, nil
}

// location is the zone of a time that was read, nil for a whole day.
func location(t calendar.Time) *time.Location {
	switch t.Kind {
	case calendar.UTC:
		return time.UTC
	case calendar.Zoned:
		loc, err := recur.Location(t.Zone)
		if err != nil {
			return nil
		}
		return loc
	}
	return nil
}

// sameInstant reports whether two times are one moment, however they are written.
func sameInstant(a, b calendar.Time) bool {
	if a == b {
		return true
	}
	la, lb := location(a), location(b)
	return la != nil && lb != nil && a.Instant(la).Equal(b.Instant(lb))
}

// span reads start and end. A day ends after it began; a time may end when it begins.
func (e *event) span() (start, end calendar.Time, bad *provider.Problem) {
	if start, bad = e.Start.time(); bad != nil {
		return start, end, bad
	}
	if end, bad = e.End.time(); bad != nil {
		return start, end, bad
	}
	if (start.Kind == calendar.Date) != (end.Kind == calendar.Date) {
		return start, end, problem(provider.BadSyntax, "start and end must both be dates or both be times")
	}
	if start.Kind == calendar.Date {
		end.Wall = max(end.Wall, start.Wall+calendar.Day)
		return start, end, nil
	}
	// The model wants one kind for both: where only one of them names a zone, the other is read on its clock.
	ls, le := location(start), location(end)
	if start.Kind != end.Kind {
		if start.Kind == calendar.Zoned {
			end = calendar.InZone(calendar.WallIn(end.Instant(le), ls), start.Zone)
		} else {
			end = calendar.AtUTC(end.Instant(le))
		}
		le = ls
	}
	if end.Instant(le).Before(start.Instant(ls)) {
		end = start
	}
	return start, end, nil
}

// original names an occurrence: the start that its rule gave it, on the clock of the series that starts at start.
func (e *event) original(start calendar.Time) (calendar.Wall, *provider.Problem) {
	t, bad := e.OriginalStart.time()
	if bad != nil {
		return 0, bad
	}
	timeOfDay := start.Wall - start.Wall.Midnight()
	switch {
	case start.Kind == calendar.Date:
		return t.Wall.Midnight(), nil
	case t.Kind == calendar.Date: // of before its series had times
		return t.Wall + timeOfDay, nil
	}
	at, loc := t.Instant(location(t)), location(start)
	wall := calendar.WallIn(at, loc)
	// A start that a change to summer time skips has no reading of its own on the clock; it is named by its rule.
	if named := start; named.Wall != wall {
		if named.Wall = wall.Midnight() + timeOfDay; named.Instant(loc).Equal(at) {
			return named.Wall, nil
		}
	}
	return wall, nil
}

// write is a time as a request says it. The wall clock goes out without an offset, beside its zone: then it is the reading
// that was meant, whatever each side's tables say of the zone. All three members are there, so that a PATCH turns a date into a
// time and back (providers.md 1.6).
func write(t calendar.Time, zone string) map[string]any {
	m := map[string]any{"date": nil, "dateTime": nil, "timeZone": nil}
	civil := t.Wall.Civil()
	switch t.Kind {
	case calendar.Date:
		m["date"] = civil.Format(dateForm)
	case calendar.UTC:
		m["dateTime"], m["timeZone"] = civil.Format("2006-01-02T15:04:05Z"), "UTC"
	case calendar.Floating:
		m["dateTime"], m["timeZone"] = civil.Format("2006-01-02T15:04:05"), zone
	default:
		m["dateTime"], m["timeZone"] = civil.Format("2006-01-02T15:04:05"), t.Zone
	}
	return m
}

// originalStart is how the API's parameter of that name wants the start of an occurrence.
func originalStart(series calendar.Time, original calendar.Wall) string {
	t := series
	t.Wall = original
	if t.Kind == calendar.Date {
		return t.Wall.Civil().Format(dateForm)
	}
	return t.Instant(location(t)).Format(time.RFC3339)
}
