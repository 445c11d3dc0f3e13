package graph

import (
	"slices"
	"time"

	"tahti/internal/calendar"
)

// The types of an event.
const (
	kindSingle     = "singleInstance"
	kindMaster     = "seriesMaster"
	kindOccurrence = "occurrence"
	kindException  = "exception"
)

// view is an event as it is shown: an item, or one occurrence of it.
type view struct {
	it       *item
	v        *version
	kind     string
	original calendar.Wall // whole for an item
	p        props
}

// master is the item itself.
func (it *item) view(v *version) view {
	kind := kindSingle
	if v.recurrence != nil {
		kind = kindMaster
	}
	return view{it, v, kind, whole, v.props}
}

// occurrence is one of a series; ok is false where there is none, or it was taken out.
func (it *item) occurrence(v *version, original calendar.Wall) (view, bool) {
	if v.recurrence == nil || slices.Contains(v.deleted, original) || !v.has(original) {
		return view{}, false
	}
	return it.occurrenceAt(v, original), true
}

func (it *item) occurrenceAt(v *version, original calendar.Wall) view {
	x := view{it, v, kindOccurrence, original, v.props}
	by := original - v.start.wall
	x.p.start, x.p.end = v.start.plus(by), v.end.plus(by)
	if e := v.exception(original); e != nil {
		x.kind = kindException
		apply(&x.p, &e.props, e.set)
	}
	return x
}

// has reports whether the pattern gives an original start.
func (st *state) has(original calendar.Wall) (found bool) {
	st.recurrence.Days(original.Midnight(), func(d calendar.Wall) bool {
		found = st.on(d) == original
		return !found
	})
	return found
}

// on is the original start of a day.
func (st *state) on(day calendar.Wall) calendar.Wall {
	return day + st.start.wall - st.start.wall.Midnight()
}

// span is a stretch of time, end exclusive.
type span struct{ from, to time.Time }

// touches reports whether the event lies in the span, in part; one without length does where it begins.
func (x view) touches(s span) bool {
	from, to := x.p.start.instant(), x.p.end.instant()
	return from.Before(s.to) && (to.After(s.from) || from.Equal(to) && !from.Before(s.from))
}

// instances are the single event, or the occurrences and exceptions, that lie in a span, by start.
func (it *item) instances(v *version, s span) []view {
	if v == nil || v.gone {
		return nil
	}
	if v.recurrence == nil {
		if x := it.view(v); x.touches(s) {
			return []view{x}
		}
		return nil
	}
	var list []view
	// Two days more than the span hold every zone's idea of its last day.
	v.recurrence.Days(calendar.Wall(s.to.Unix())+2*calendar.Day, func(d calendar.Wall) bool {
		original := v.on(d)
		if v.exception(original) == nil && !slices.Contains(v.deleted, original) {
			if x := it.occurrenceAt(v, original); x.touches(s) {
				list = append(list, x)
			}
		}
		return true
	})
	for _, e := range v.exceptions {
		if x := it.occurrenceAt(v, e.original); x.touches(s) {
			list = append(list, x)
		}
	}
	slices.SortStableFunc(list, func(a, b view) int { return a.p.start.instant().Compare(b.p.start.instant()) })
	return list
}

// neighbours are the occurrences before and after one, where there are such.
func (it *item) neighbours(v *version, original calendar.Wall) (before, after *view) {
	// The next one is looked for within the longest gap there is: 999 times of the longest unit would be beyond every
	// calendar, so 30 years bound it.
	v.recurrence.Days(original+30*366*calendar.Day, func(d calendar.Wall) bool {
		o := v.on(d)
		if o == original || slices.Contains(v.deleted, o) {
			return true
		}
		x := it.occurrenceAt(v, o)
		if o > original {
			after = &x
			return false
		}
		before = &x
		return true
	})
	return before, after
}
