package graph

import (
	"fmt"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/provider"
	"tahti/internal/provider/outlook"
)

// parseWall reads a dateTime, whose fraction of a second is always zero.
func parseWall(s string) (calendar.Wall, error) {
	t, err := time.Parse("2006-01-02T15:04:05", s)
	if err != nil {
		return 0, err
	}
	return calendar.Wall(t.Unix()), nil
}

// instant reads a time that was asked for in UTC, and believes the answer if it says that it is in another zone.
func (d *dateTime) instant() (time.Time, error) {
	w, err := parseWall(d.DateTime)
	if err != nil {
		return time.Time{}, err
	}
	k := outlook.ClockOf(d.TimeZone, "")
	if !k.Known {
		return time.Time{}, fmt.Errorf("a time in the zone %.60q", d.TimeZone)
	}
	return calendar.InZone(w, k.IANA).Instant(k.Loc), nil
}

// span reads start and end.
func (e *event) span(start, end outlook.Clock) (from, to calendar.Time, err error) {
	if e.Start == nil || e.End == nil {
		return from, to, fmt.Errorf("an event without start and end")
	}
	a, err := e.Start.instant()
	if err != nil {
		return from, to, err
	}
	b, err := e.End.instant()
	if err != nil {
		return from, to, err
	}
	return outlook.Span(a, b, e.IsAllDay != nil && *e.IsAllDay, start, end)
}

// write tells a time as Graph wants it. days is the zone in which whole days are written, and floating times if it is
// anybody's.
func write(t calendar.Time, days string) (dateTime, error) {
	d := dateTime{DateTime: t.Wall.Civil().Format("2006-01-02T15:04:05")}
	switch t.Kind {
	case calendar.Date:
		d.TimeZone = days
		return d, nil
	case calendar.UTC:
		d.TimeZone = "UTC"
		return d, nil
	case calendar.Zoned:
		name, err := outlook.ZoneName(t.Zone)
		if err != nil {
			return d, rejected(opPut, provider.UnknownZone, err)
		}
		d.TimeZone = name
		return d, nil
	}
	if t.Kind == calendar.Floating && days != "UTC" {
		d.TimeZone = days // each time has a zone here: the person's own is the one that they will read it in
		return d, nil
	}
	return d, rejected(opPut, "", fmt.Errorf("a time that is %v", t.Kind))
}
