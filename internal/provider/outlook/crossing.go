package outlook

import (
	"strings"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/recur"
)

// Crossing refuses an occurrence that would be moved onto or beyond the day of one of its neighbours, or into it, which Outlook
// does not take (ErrorOccurrenceCrossingBoundary, providers.md 2.3), before anything is sent: behind the write of the series
// it would be too late. To cancel the occurrence and make a single event is what a person would do; that is two items, and so
// not ours to do.
func Crossing(e *calendar.Event) error {
	for i := range e.Overrides {
		o := &e.Overrides[i]
		if !o.Set.Has(calendar.When) || e.IsCancelled(o.Original) {
			continue
		}
		is := e.Effective(o)
		before, after := neighbours(e, o.Original)
		if before != nil && (dayOf(e, is.Start) <= dayOf(e, before.Start) || Instant(is.Start).Before(Instant(before.End))) ||
			after != nil && (dayOf(e, is.Start) >= dayOf(e, after.Start) || Instant(is.End).After(Instant(after.Start))) {
			return Inexpressible("an occurrence that is moved onto or beyond the day of the one before or after it")
		}
	}
	return nil
}

// farthest bounds the search for neighbours.
const farthest = 100_000

// neighbours are the occurrences before and after one that take place, nil where there is none.
func neighbours(e *calendar.Event, w calendar.Wall) (before, after *calendar.Values) {
	for s := range recur.Starts(e, farthest) {
		if s == w || e.IsCancelled(s) {
			continue
		}
		v := e.On(s)
		if s > w {
			return before, &v
		}
		before = &v
	}
	return before, nil
}

// dayOf is the day of a time on the clock of the series.
func dayOf(e *calendar.Event, t calendar.Time) calendar.Wall {
	if t.Kind == calendar.Date || t.Kind == e.Start.Kind && t.Zone == e.Start.Zone {
		return t.Wall.Midnight()
	}
	return ClockOf(zoneOf(e.Start), zoneOf(e.Start)).Wall(Instant(t)).Midnight()
}

// Instant is when a time is; a day begins in UTC, for comparing days with one another.
func Instant(t calendar.Time) time.Time {
	k := ClockOf(zoneOf(t), zoneOf(t))
	if !k.Known {
		k = UTCClock
	}
	return t.Instant(k.Loc)
}

func zoneOf(t calendar.Time) string {
	if t.Kind == calendar.Zoned {
		return strings.TrimSpace(t.Zone)
	}
	return "UTC"
}
