package recur

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"tahti/internal/calendar"
)

// Occurrence is one that takes place.
type Occurrence struct {
	// Original is the start that the rule gave it: its identity within the series, also after a move.
	Original calendar.Wall
	// Start and End are instants, End exclusive and never before Start. Both are wall clocks that were read, so the length
	// may differ from the series' where the clocks change in between.
	Start, End time.Time
	// Values are all values of the occurrence, its own and the series'. Guests is shared with the event: for reading only.
	Values calendar.Values
	// Override says that something of it differs from the series.
	Override bool
}

// MaxOccurrences is how many Expand gives where the caller sets no bound.
const MaxOccurrences = 10_000

// Expand returns the occurrences that overlap [from, to), by start: overrides are applied, also those moved into the
// window from outside; cancelled ones are left out; one whose status is cancelled is there with that status, since its
// organiser keeps it in the calendar. An override whose original start the rule does not give takes place all the same:
// some calendars hold such, and to hide it would lose an appointment.
//
// Dates and floating times are read in the viewer's zone (UTC if nil). At most max occurrences are returned, the earliest,
// and the second result says whether there were more; max below one means [MaxOccurrences].
func Expand(e *calendar.Event, from, to time.Time, viewer *time.Location, max int) ([]Occurrence, bool, error) {
	s, err := newSeries(e)
	if err != nil {
		return nil, false, err
	}
	x, err := newExpander(e, s, viewer)
	if err != nil {
		return nil, false, err
	}
	if max < 1 {
		max = MaxOccurrences
	}
	var out []Occurrence
	add := func(o Occurrence, err error) error {
		if err == nil && overlaps(o, from, to) {
			out = append(out, o)
		}
		return err
	}
	for i := range e.Overrides {
		if o := &e.Overrides[i]; !e.IsCancelled(o.Original) {
			if err := add(x.override(o)); err != nil {
				return nil, false, err
			}
		}
	}
	most := len(out) + max // the earliest of all are among the overrides and as many of the others
	lo, hi := x.window(from, to)
	for w := range s.starts(lo, hi) {
		if e.IsCancelled(w) || e.Override(w) != nil {
			continue
		}
		if err := add(x.regular(w)); err != nil {
			return nil, false, err
		}
		if len(out) > most {
			break
		}
	}
	slices.SortFunc(out, func(a, b Occurrence) int {
		return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.Original, b.Original))
	})
	cut := len(out) > max
	if cut {
		out = out[:max]
	}
	return out, cut, nil
}

// overlaps counts a moment without length as lying in the window that begins with it.
func overlaps(o Occurrence, from, to time.Time) bool {
	return o.Start.Before(to) && (o.End.After(from) || o.Start.Equal(o.End) && o.Start.Equal(from))
}

// expander turns original starts into occurrences.
type expander struct {
	e          *calendar.Event
	viewer     *time.Location
	start, end clock // of the series' own times
}

func newExpander(e *calendar.Event, s *series, viewer *time.Location) (*expander, error) {
	if viewer == nil {
		viewer = time.UTC
	}
	x := &expander{e: e, viewer: viewer, start: clock{loc: s.loc}}
	if e.Start.Kind == calendar.Date || e.Start.Kind == calendar.Floating {
		x.start.loc = viewer
	}
	loc, err := x.zone(e.End)
	x.end.loc = loc
	return x, err
}

// zone is where a time is read.
func (x *expander) zone(t calendar.Time) (*time.Location, error) {
	switch t.Kind {
	case calendar.Zoned:
		return Location(t.Zone)
	case calendar.UTC:
		return time.UTC, nil
	}
	return x.viewer, nil
}

// window is the stretch of original starts whose occurrences may overlap [from, to): wider by the length of an occurrence
// and by what zones can differ.
func (x *expander) window(from, to time.Time) (lo, hi calendar.Wall) {
	length := max(x.e.End.Wall-x.e.Start.Wall, 0) + 2*calendar.Day
	return calendar.WallIn(from, x.start.loc) - length, calendar.WallIn(to, x.start.loc) + 2*calendar.Day
}

func (x *expander) regular(w calendar.Wall) (Occurrence, error) {
	v := x.e.Effective(&calendar.Override{Original: w})
	at, skipped := x.start.read(w)
	o := Occurrence{Original: w, Start: x.start.time(at), Values: v}
	end := at
	if !v.End.IsZero() {
		end, _ = x.end.read(v.End.Wall)
	}
	o.End = x.end.time(endOf(at, end, skipped, &v))
	return o, nil
}

func (x *expander) override(o *calendar.Override) (Occurrence, error) {
	v := x.e.Effective(o)
	start, err := x.instant(v.Start)
	if err != nil {
		return Occurrence{}, fmt.Errorf("read override of %s: %w", o.Original, err)
	}
	end := start
	if !v.End.IsZero() {
		if end, err = x.instant(v.End); err != nil {
			return Occurrence{}, fmt.Errorf("read override of %s: %w", o.Original, err)
		}
	}
	skipped := calendar.WallIn(start, start.Location()) != v.Start.Wall
	end = time.Unix(endOf(start.Unix(), end.Unix(), skipped, &v), 0).In(end.Location())
	return Occurrence{Original: o.Original, Start: start, End: end, Values: v, Override: o.Set != 0}, nil
}

func (x *expander) instant(t calendar.Time) (time.Time, error) {
	loc, err := x.zone(t)
	if err != nil {
		return time.Time{}, err
	}
	return t.Instant(loc), nil
}

// endOf is the end of an occurrence, the wall clock that was written read as an instant: a night shift to six ends at six
// also in the night in which the clocks change. But where they skip the start, which is then read later than it was
// written, the occurrence keeps its length; else one of an hour would have none. An end written before its start is
// read as the start.
func endOf(start, end int64, skipped bool, v *calendar.Values) int64 {
	if skipped && v.Start.Kind == v.End.Kind && v.Start.Zone == v.End.Zone {
		end = start + int64(v.End.Wall-v.Start.Wall)
	}
	return max(start, end)
}
