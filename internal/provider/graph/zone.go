package graph

import (
	"fmt"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/provider"
	"tahti/internal/recur"
)

// clock is the zone that an event names, as far as it is known.
type clock struct {
	iana  string
	loc   *time.Location
	known bool
}

var utcClock = clock{iana: "UTC", loc: time.UTC, known: true}

// clockOf finds the zone behind a name of Windows' or IANA's. hint is the IANA zone that was written here once: it holds if
// it is among those that the name stands for. tzone://Microsoft/Custom and what nobody knows is no clock.
func clockOf(name, hint string) clock {
	if name == "" {
		return utcClock
	}
	iana, ok := recur.ResolveZone(name)
	if !ok {
		return clock{}
	}
	if hint != "" && hint != iana {
		want, _ := recur.WindowsZone(iana)
		if id, ok := recur.WindowsZone(hint); ok && id == want {
			iana = hint
		}
	}
	loc, err := recur.Location(iana)
	if err != nil {
		return clock{}
	}
	return clock{iana: iana, loc: loc, known: true}
}

// at tells an instant on the clock: exactly, so in UTC where the clock is not known, or where its reading would be taken for
// the other one of an hour that comes twice.
func (k clock) at(t time.Time) calendar.Time {
	if !k.known || k.iana == "UTC" {
		return calendar.AtUTC(t)
	}
	on := calendar.InZone(calendar.WallIn(t, k.loc), k.iana)
	if !on.Instant(k.loc).Equal(t) {
		return calendar.AtUTC(t)
	}
	return on
}

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
	k := clockOf(d.TimeZone, "")
	if !k.known {
		return time.Time{}, fmt.Errorf("a time in the zone %.60q", d.TimeZone)
	}
	return calendar.InZone(w, k.iana).Instant(k.loc), nil
}

// date is the day that begins at an instant: at midnight as it was asked for, or at midnight where the event is at home. Graph
// has given both (providers.md 2.3); where they differ, only one of them is midnight.
func (k clock) date(t time.Time) (calendar.Time, error) {
	for _, w := range []calendar.Wall{calendar.Wall(t.Unix()), k.wall(t)} {
		if w == w.Midnight() {
			return calendar.Time{Kind: calendar.Date, Wall: w}, nil
		}
	}
	return calendar.Time{}, fmt.Errorf("a whole day that begins at %s", t.UTC().Format(time.RFC3339))
}

func (k clock) wall(t time.Time) calendar.Wall {
	if !k.known {
		return calendar.Wall(t.Unix())
	}
	return calendar.WallIn(t, k.loc)
}

// span reads start and end.
func (e *event) span(start, end clock) (from, to calendar.Time, err error) {
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
	if e.IsAllDay != nil && *e.IsAllDay {
		if from, err = start.date(a); err == nil {
			to, err = end.date(b)
		}
		to.Wall = max(to.Wall, from.Wall+calendar.Day)
		return from, to, err
	}
	b = later(a, b)
	from, to = start.at(a), end.at(b)
	if from.Kind != to.Kind && from.Kind == calendar.Zoned {
		to = start.at(b)
	}
	if from.Kind != to.Kind {
		from, to = calendar.AtUTC(a), calendar.AtUTC(b)
	}
	return from, to, nil
}

func later(a, b time.Time) time.Time {
	if b.Before(a) {
		return a
	}
	return b
}

// original names an occurrence by the start that its series gave it, which Graph tells as an instant. A start that the clocks
// skip is read as another time of day, and is called what the series calls it.
func original(text string, series calendar.Time, k clock) (calendar.Wall, error) {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return 0, err
	}
	switch series.Kind {
	case calendar.Date:
		d, err := k.date(at)
		return d.Wall, err
	case calendar.UTC:
		return calendar.Wall(at.Unix()), nil
	}
	read := k.wall(at)
	usual := series
	usual.Wall = read.Midnight() + series.Wall - series.Wall.Midnight()
	if k.known && usual.Instant(k.loc).Equal(at) {
		return usual.Wall, nil
	}
	return read, nil
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
		name, err := zoneText(t.Zone)
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
