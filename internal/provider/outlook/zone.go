package outlook

import (
	"fmt"
	"strings"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/recur"
)

// Clock is the zone that an event names, as far as it is known.
type Clock struct {
	IANA  string
	Loc   *time.Location
	Known bool
}

// UTCClock is that of times without a zone of their own.
var UTCClock = Clock{IANA: "UTC", Loc: time.UTC, Known: true}

// ClockOf finds the zone behind a name of Windows' or IANA's. hint is the IANA zone that was written here once: it holds if
// it is among those that the name stands for. tzone://Microsoft/Custom and what nobody knows is no clock.
func ClockOf(name, hint string) Clock {
	if name == "" {
		return UTCClock
	}
	iana, ok := recur.ResolveZone(name)
	if !ok {
		return Clock{}
	}
	if hint != "" && hint != iana {
		want, _ := recur.WindowsZone(iana)
		if id, ok := recur.WindowsZone(hint); ok && id == want {
			iana = hint
		}
	}
	loc, err := recur.Location(iana)
	if err != nil {
		return Clock{}
	}
	return Clock{IANA: iana, Loc: loc, Known: true}
}

// At tells an instant on the clock: exactly, so in UTC where the clock is not known, or where its reading would be taken for
// the other one of an hour that comes twice.
func (k Clock) At(t time.Time) calendar.Time {
	if !k.Known || k.IANA == "UTC" {
		return calendar.AtUTC(t)
	}
	on := calendar.InZone(calendar.WallIn(t, k.Loc), k.IANA)
	if !on.Instant(k.Loc).Equal(t) {
		return calendar.AtUTC(t)
	}
	return on
}

// Date is the day that begins at an instant: at midnight as it was told, in UTC, or at midnight where the event is at home.
// Both have been seen (providers.md 2.3); where they differ, only one of them is midnight.
func (k Clock) Date(t time.Time) (calendar.Time, error) {
	for _, w := range []calendar.Wall{calendar.Wall(t.Unix()), k.Wall(t)} {
		if w == w.Midnight() {
			return calendar.Time{Kind: calendar.Date, Wall: w}, nil
		}
	}
	return calendar.Time{}, fmt.Errorf("a whole day that begins at %s", t.UTC().Format(time.RFC3339))
}

// Wall reads the clock; one that is not known shows UTC.
func (k Clock) Wall(t time.Time) calendar.Wall {
	if !k.Known {
		return calendar.Wall(t.Unix())
	}
	return calendar.WallIn(t, k.Loc)
}

// Span tells from when to when something is: on the clocks that it names, or on dates.
func Span(a, b time.Time, allDay bool, start, end Clock) (from, to calendar.Time, err error) {
	if allDay {
		if from, err = start.Date(a); err == nil {
			to, err = end.Date(b)
		}
		to.Wall = max(to.Wall, from.Wall+calendar.Day)
		return from, to, err
	}
	b = Later(a, b)
	from, to = start.At(a), end.At(b)
	if from.Kind != to.Kind && from.Kind == calendar.Zoned {
		to = start.At(b)
	}
	if from.Kind != to.Kind {
		from, to = calendar.AtUTC(a), calendar.AtUTC(b)
	}
	return from, to, nil
}

// Later is b, but for one before a.
func Later(a, b time.Time) time.Time {
	if b.Before(a) {
		return a
	}
	return b
}

// Original names an occurrence by the start that its series gave it, which is told as an instant. A start that the clocks
// skip is read as another time of day, and is called what the series calls it.
func Original(at time.Time, series calendar.Time, k Clock) (calendar.Wall, error) {
	switch series.Kind {
	case calendar.Date:
		d, err := k.Date(at)
		return d.Wall, err
	case calendar.UTC:
		return calendar.Wall(at.Unix()), nil
	}
	read := k.Wall(at)
	usual := series
	usual.Wall = read.Midnight() + series.Wall - series.Wall.Midnight()
	if k.Known && usual.Instant(k.Loc).Equal(at) {
		return usual.Wall, nil
	}
	return read, nil
}

// ZoneName is how a zone is written: by Windows' name, for of IANA's Microsoft's servers take only some (providers.md 2.3),
// and Exchange none.
func ZoneName(iana string) (string, error) {
	if _, err := recur.Location(iana); err != nil {
		return "", err
	}
	if iana == "UTC" || strings.EqualFold(iana, "Etc/UTC") {
		return "UTC", nil
	}
	if id, ok := recur.WindowsZone(iana); ok {
		return id, nil
	}
	return iana, nil
}
