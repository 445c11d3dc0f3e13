package recur

import (
	"fmt"
	"iter"
	"time"

	"tahti/internal/calendar"
)

// Check reports why an event's recurrence cannot be kept: a rule that cannot be read, is not supported or repeats too
// often, a zone that nobody knows ([ErrZone]), or a rule that never gives an occurrence however far one looks
// ([ErrBarren]), such as each 30th of February. Its work is bounded: the Gregorian calendar repeats after 400 years.
func Check(e *calendar.Event) error {
	s, err := newSeries(e)
	if err != nil {
		return err
	}
	if e.End.Kind == calendar.Zoned {
		if _, err := Location(e.End.Zone); err != nil {
			return err
		}
	}
	if s.pattern == nil {
		return nil
	}
	for range s.pattern.walls(s.start, lastWall) {
		return nil
	}
	return fmt.Errorf("read rule %q for %s: %w", e.Rule, e.Start, ErrBarren)
}

// Starts gives the original starts of an event on the wall clock of its series, in order, further dates included, at
// most max of them. Cancelled and overridden ones are among them: they are the identities of occurrences. Of an event
// that [Check] refuses as unreadable it gives none.
func Starts(e *calendar.Event, max int) iter.Seq[calendar.Wall] {
	return func(yield func(calendar.Wall) bool) {
		s, err := newSeries(e)
		if err != nil || max < 1 {
			return
		}
		n := 0
		for w := range s.starts(firstWall, lastWall) {
			if n++; !yield(w) || n == max {
				return
			}
		}
	}
}

// Has reports whether a wall clock reading is an original start of the event. Its work is bounded by one period of the
// rule, or by COUNT.
func Has(e *calendar.Event, original calendar.Wall) bool {
	s, err := newSeries(e)
	if err != nil {
		return false
	}
	for range s.starts(original, original) {
		return true
	}
	return false
}

// LastEnd returns when the last occurrence ends that takes place, moved ones included. Dates and floating times are read
// in the viewer's zone. A series that goes on for ever is endless and has no such end; one of which every occurrence is
// cancelled is not endless and has the zero time.
func LastEnd(e *calendar.Event, viewer *time.Location) (end time.Time, endless bool, err error) {
	s, err := newSeries(e)
	if err != nil {
		return time.Time{}, false, err
	}
	if !s.bounded() {
		for range s.pattern.walls(s.start, lastWall) {
			return time.Time{}, true, nil
		}
	}
	x, err := newExpander(e, s, viewer)
	if err != nil {
		return time.Time{}, false, err
	}
	latest := func(o Occurrence) {
		if o.End.After(end) {
			end = o.End
		}
	}
	regular := func(w calendar.Wall) bool { return !e.IsCancelled(w) && e.Override(w) == nil }
	if w, found := s.last(lastWall, regular); found {
		o, err := x.regular(w)
		if err != nil {
			return time.Time{}, false, err
		}
		latest(o)
	}
	for i := range e.Overrides {
		if e.IsCancelled(e.Overrides[i].Original) {
			continue
		}
		o, err := x.override(&e.Overrides[i])
		if err != nil {
			return time.Time{}, false, err
		}
		latest(o)
	}
	return end, false, nil
}
