package graph

import (
	"tahti/internal/calendar"
	"tahti/internal/standin/exchange"
)

// check holds what must be true of an event's times, and brings a series to its first occurrence. p is what was asked
// for.
func (st *state) check(p *patch) *failure {
	if f := checkTimes(&st.props); f != nil {
		return f
	}
	r := st.recurrence
	if r == nil {
		return nil
	}
	if r.zone.loc == nil {
		r.zone = zone{st.start.zone, st.start.loc}
	}
	if r.zone.name != st.start.zone && !st.allDay { // a whole day is one on its own clock
		length := st.end.instant().Sub(st.start.instant())
		st.start = st.start.in(r.zone)
		st.end = st.start.plus(calendar.Wall(length.Seconds()))
	}
	switch day := st.start.wall.Midnight(); {
	case p.recurs && r.From != day && p.hasStart:
		return refRangeStart.because("At least one property failed validation: range.startDate is not the day of start.")
	case !p.recurs && p.hasStart && r.From != day:
		moved := *r
		moved.From = day
		st.recurrence, r = &moved, &moved
	}
	return st.align()
}

// align moves start, end and the range to the first occurrence, which may be later than the first day of the range.
func (st *state) align() *failure {
	r := st.recurrence
	if r.Range == exchange.EndDate && r.Until < r.From {
		return refBarren.because("The recurrence has no occurrences.")
	}
	first, second := r.FirstTwo()
	if first < 0 {
		return refBarren.because("The recurrence has no occurrences.")
	}
	if first != r.From {
		moved := *r
		moved.From = first
		st.recurrence = &moved
	}
	by := first - st.start.wall.Midnight()
	st.start, st.end = st.start.plus(by), st.end.plus(by)
	if second >= 0 && st.end.wall-st.start.wall > second-first {
		return refOverlap.because("One occurrence of the recurring calendar item overlaps with another occurrence of the same calendar item.")
	}
	return nil
}

// checkTimes holds what must be true of start and end.
func checkTimes(p *props) *failure {
	if p.end.instant().Before(p.start.instant()) {
		return refTimes.because("At least one property failed validation.")
	}
	if !p.allDay {
		return nil
	}
	for _, m := range []struct {
		name string
		moment
	}{{"Start", p.start}, {"End", p.end}} {
		if m.wall != m.wall.Midnight() {
			return refAllDay.because("The Event." + m.name + " property for an all-day event needs to be set to midnight.")
		}
	}
	switch {
	case p.start.zone != p.end.zone:
		return refAllDay.because("The Event.Start and Event.End properties for an all-day event need to be in the same time zone.")
	case p.end.wall-p.start.wall < calendar.Day:
		return refAllDay.because("The duration of an event marked as All day must be at least 24 hours.")
	}
	return nil
}

// crosses holds Outlook's restriction: an exception stays strictly between the days of its neighbours, and does not
// overlap them.
func (x view) crosses(now props) *failure {
	z := zone{x.v.start.zone, x.v.start.loc}
	day := func(m moment) calendar.Wall { return m.in(z).wall.Midnight() }
	before, after := x.it.neighbours(x.v, x.original)
	if before != nil && (day(now.start) <= day(before.p.start) || now.start.instant().Before(before.p.end.instant())) ||
		after != nil && (day(now.start) >= day(after.p.start) || now.end.instant().After(after.p.start.instant())) {
		return refCrossing.because("Modified occurrence is crossing or overlapping adjacent occurrence.")
	}
	return nil
}
