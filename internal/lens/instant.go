package lens

import (
	"time"

	"tahti/internal/calendar"
	"tahti/internal/recur"
)

// A side without zones says when something is as an instant. In the hub it stands on the clock of the activity: where somebody moves it
// there, the zone stays, and an instant that is the same is no change.

// OnClockOf gives the instants of an event that comes in the clocks of an activity's plan; those of a new one (nil), or of whole days
// that got a time, are of home, the user's zone. Whole days stay what they are.
func OnClockOf(e, plan *calendar.Event, home string) {
	var start, end calendar.Time
	if plan != nil {
		start, end = plan.Start, plan.End
	}
	e.Start, e.End = onClock(e.Start, start, home), onClock(e.End, end, home)
}

func onClock(t, like calendar.Time, home string) calendar.Time {
	if t.Kind != calendar.UTC || like.Kind == calendar.UTC {
		return t
	}
	zone := like.Zone
	if like.Kind != calendar.Zoned {
		zone = home
	}
	loc, err := recur.Location(zone)
	if err != nil || zone == "" {
		return t
	}
	wall := calendar.WallIn(t.Instant(time.UTC), loc)
	if like.Kind == calendar.Floating {
		return calendar.Time{Kind: calendar.Floating, Wall: wall}
	}
	return calendar.InZone(wall, zone)
}

// A side that holds one whole day holds the first of several. Where somebody moves that one, all move; none is taken away.

// WithDaysOf gives one whole day that comes in the others that an activity has (I2).
func WithDaysOf(e, plan *calendar.Event) {
	if plan != nil && manyDays(plan) && e.Start.Kind == calendar.Date && e.End.Wall-e.Start.Wall == calendar.Day {
		e.End.Wall = e.Start.Wall + plan.End.Wall - plan.Start.Wall
	}
}

// FirstDay leaves of several whole days the first, which is what is written.
func FirstDay(e *calendar.Event) {
	if manyDays(e) {
		e.End.Wall = e.Start.Wall + calendar.Day
	}
}

func manyDays(e *calendar.Event) bool {
	return e.Start.Kind == calendar.Date && e.End.Kind == calendar.Date && e.End.Wall-e.Start.Wall > calendar.Day
}

// AsInstants says in instants of whole minutes when an event is that is to be written; floating times are read on the clock of home.
func AsInstants(e *calendar.Event, home *time.Location) {
	e.Start, e.End = asInstant(e.Start, home), asInstant(e.End, home)
}

func asInstant(t calendar.Time, home *time.Location) calendar.Time {
	loc := home
	switch t.Kind {
	case calendar.NoTime, calendar.Date:
		return t
	case calendar.Zoned:
		l, err := recur.Location(t.Zone)
		if err != nil {
			return t // the hub holds none that cannot be read
		}
		loc = l
	}
	wall := calendar.WallIn(t.Instant(loc), time.UTC)
	return calendar.Time{Kind: calendar.UTC, Wall: wall - (wall%60+60)%60}
}
