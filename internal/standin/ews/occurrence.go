package ews

import (
	"slices"
	"time"

	"tahti/internal/calendar"
)

// The types of an event.
const (
	kindSingle     = "Single"
	kindMaster     = "RecurringMaster"
	kindOccurrence = "Occurrence"
	kindException  = "Exception"
)

// view is an event as it is shown: an item, or one occurrence of it.
type view struct {
	it       *item
	st       *state
	kind     string
	original calendar.Wall // whole for an item
	p        props
}

// view is the item itself.
func (it *item) view() view {
	kind := kindSingle
	if it.recurrence != nil {
		kind = kindMaster
	}
	return view{it, &it.state, kind, whole, it.props}
}

// occurrence is one of a series; ok is false where there is none, or it was taken out.
func (it *item) occurrence(original calendar.Wall) (view, bool) {
	if it.recurrence == nil || slices.Contains(it.deleted, original) || it.index(original) == 0 {
		return view{}, false
	}
	return it.occurrenceAt(original), true
}

func (it *item) occurrenceAt(original calendar.Wall) view {
	x := view{it, &it.state, kindOccurrence, original, it.props}
	by := original - it.start.wall
	x.p.start, x.p.end = it.start.plus(by), it.end.plus(by)
	if e := it.exception(original); e != nil {
		x.kind = kindException
		apply(&x.p, &e.props, e.set)
	}
	return x
}

// on is the original start of a day.
func (st *state) on(day calendar.Wall) calendar.Wall {
	return day + st.start.wall - st.start.wall.Midnight()
}

// index is the place of an original start in the whole pattern, from 1 on; 0 where the pattern gives none.
func (st *state) index(original calendar.Wall) (place int) {
	n := 0
	st.recurrence.Days(original.Midnight(), func(d calendar.Wall) bool {
		if n++; st.on(d) == original {
			place = n
		}
		return true
	})
	return place
}

// maxIndex bounds the days that are looked through for an InstanceIndex.
const maxIndex = 1200 * 366 * calendar.Day

// indexed is the original start of a place in the whole pattern.
func (st *state) indexed(place int) (original calendar.Wall, ok bool) {
	n := 0
	if place < 1 {
		return 0, false
	}
	st.recurrence.Days(st.recurrence.From+maxIndex, func(d calendar.Wall) bool {
		n++
		original, ok = st.on(d), n == place
		return !ok
	})
	return original, ok
}

// ends are the first and the last occurrence that are left; nil where there is none, or no last one.
func (it *item) ends() (first, last *view) {
	endless := it.recurrence.Range == "noEnd"
	it.recurrence.Days(it.recurrence.From+maxIndex, func(d calendar.Wall) bool {
		o := it.on(d)
		if slices.Contains(it.deleted, o) {
			return true
		}
		x := it.occurrenceAt(o)
		if first == nil {
			first = &x
		}
		last = &x
		return !endless
	})
	if endless {
		last = nil
	}
	return first, last
}

// span is a stretch of time, end exclusive.
type span struct{ from, to time.Time }

// touches reports whether the event lies in the span, in part; one without length does where it begins.
func (x view) touches(s span) bool {
	from, to := x.p.start.instant(), x.p.end.instant()
	return from.Before(s.to) && (to.After(s.from) || from.Equal(to) && !from.Before(s.from))
}

// instances are the single event, or the occurrences and exceptions, that lie in a span, by start.
func (it *item) instances(s span) []view {
	if it.recurrence == nil {
		if x := it.view(); x.touches(s) {
			return []view{x}
		}
		return nil
	}
	var list []view
	// Two days more than the span hold every zone's idea of its last day.
	it.recurrence.Days(calendar.Wall(s.to.Unix())+2*calendar.Day, func(d calendar.Wall) bool {
		original := it.on(d)
		if it.exception(original) == nil && !slices.Contains(it.deleted, original) {
			if x := it.occurrenceAt(original); x.touches(s) {
				list = append(list, x)
			}
		}
		return true
	})
	for _, e := range it.exceptions {
		if x := it.occurrenceAt(e.original); x.touches(s) {
			list = append(list, x)
		}
	}
	byStart(list)
	return list
}

func byStart(list []view) {
	slices.SortStableFunc(list, func(a, b view) int { return a.p.start.instant().Compare(b.p.start.instant()) })
}

// neighbours are the occurrences before and after one, where there are such.
func (it *item) neighbours(original calendar.Wall) (before, after *view) {
	// The next one is looked for within the longest gap there is: 999 times of the longest unit would be beyond every
	// calendar, so 30 years bound it.
	it.recurrence.Days(original+30*366*calendar.Day, func(d calendar.Wall) bool {
		o := it.on(d)
		if o == original || slices.Contains(it.deleted, o) {
			return true
		}
		x := it.occurrenceAt(o)
		if o > original {
			after = &x
			return false
		}
		before = &x
		return true
	})
	return before, after
}

// crosses holds Outlook's restriction: an exception stays strictly between the days of its neighbours, and does not
// overlap them.
func (x view) crosses(now props) *failure {
	z := x.st.start.zone
	day := func(m moment) calendar.Wall { return m.in(z).wall.Midnight() }
	before, after := x.it.neighbours(x.original)
	if before != nil && (day(now.start) <= day(before.p.start) || now.start.instant().Before(before.p.end.instant())) ||
		after != nil && (day(now.start) >= day(after.p.start) || now.end.instant().After(after.p.start.instant())) {
		return refCrossing.because("Modified occurrence is crossing or overlapping adjacent occurrence.")
	}
	return nil
}
