package ews

import (
	"time"

	"tahti/internal/calendar"
	"tahti/internal/standin/exchange"
)

// patch is what a request sets of an event.
type patch struct {
	props
	create             bool
	set                map[string]bool // parts
	uid                string
	startText, endText string
	startZone, endZone *zone
	hasAllDay          bool
	recurs             bool // the recurrence was set, or taken away
	recurrence         *exchange.Pattern
	overrides          []override // of a new series
}

func newPatch() *patch {
	return &patch{set: map[string]bool{}, props: props{extended: map[string]value{}}}
}

// read takes over one property of a CalendarItem element.
func (c *call) read(p *patch, e *element) *failure {
	if e.Name.Local == "ExtendedProperty" {
		key, v, f := readExtended(e)
		if f != nil {
			return f
		}
		if m, ok := mirrors[key]; ok {
			return p.writeMirror(m, v.one)
		}
		p.extended[key] = v
		p.set["extended"] = true
		return nil
	}
	f := fieldNamed(e.Name.Local)
	if f.set == nil {
		fail := refReadOnly.because("Set action is invalid for property.")
		fail.info = []node{el("t:FieldURI").with("FieldURI", f.uri)}
		return fail
	}
	if fail := f.set(c, p, e); fail != nil {
		return fail
	}
	p.set[f.of()] = true
	return nil
}

// fieldNamed finds a property by the name of its element, which the schema has let through.
func fieldNamed(name string) *field {
	for i := range fields {
		if fields[i].name == name {
			return &fields[i]
		}
	}
	return nil
}

// longest is how long an event may be.
const longest = 5 * 366 * 24 * time.Hour

// times works out start and end from what is there and what was set (time-zones-and-ews-in-exchange.md). What has no
// offset is on the clock of the zone beside it, else of the TimeZoneContext, else UTC. A zone that is set without a time
// keeps what the clock shows.
func (c *call) times(st *state, p *patch) *failure {
	start, end := st.start, st.end
	reset := p.create || c.variants.UpdateMovesZone && p.startText != ""
	switch {
	case p.startZone != nil:
		start.zone = *p.startZone
	case reset:
		start.zone = c.zone
	}
	switch {
	case p.endZone != nil:
		end.zone = *p.endZone
	case p.create || p.startZone != nil || reset:
		end.zone = start.zone
	}
	for _, x := range []struct {
		text string
		zone *zone
		to   *moment
	}{{p.startText, p.startZone, &start}, {p.endText, p.endZone, &end}} {
		if x.text == "" {
			continue
		}
		read := c.zone
		if x.zone != nil {
			read = *x.zone
		}
		m, ok := c.moment(x.text, read)
		if !ok {
			return refValue.because("The value of the property is invalid: " + x.text + ".")
		}
		*x.to = m.in(x.to.zone)
	}
	if p.create {
		c.defaults(p, &start, &end)
	}
	st.start, st.end = start, end
	if p.hasAllDay {
		st.allDay = p.allDay
	}
	return st.checkTimes()
}

// defaults are the times of a new event that names none: half an hour, from the next half hour on.
func (c *call) defaults(p *patch, start, end *moment) {
	if p.startText == "" {
		*start = at(c.now().Truncate(30*time.Minute).Add(30*time.Minute), start.zone)
	}
	if p.endText == "" {
		end.wall = start.in(end.zone).wall + 30*60
	}
}

// checkTimes holds what must be true of start and end, and widens whole days to midnights of the zone of the event
// (how-to-create-all-day-events-by-using-ews-in-exchange.md).
func (p *props) checkTimes() *failure {
	length := p.end.instant().Sub(p.start.instant())
	switch {
	case length < 0:
		return refEndFirst.because("EndDate is earlier than StartDate")
	case length > longest:
		return refTooLong.because("Duration is too long.")
	}
	if p.allDay {
		end := p.end.in(p.start.zone)
		p.start.wall = p.start.day()
		if last := end.day(); last < end.wall || last <= p.start.wall {
			end.wall = last + calendar.Day
		}
		p.end = end
	}
	return nil
}

// recur holds what must be true of a series, and brings it to its first occurrence.
func (st *state) recur(p *patch) *failure {
	if p.recurs {
		st.recurrence = p.recurrence
	}
	if st.recurrence == nil {
		return nil
	}
	r := *st.recurrence
	if !p.recurs {
		r.From = st.start.day() // a start that moved takes the series along
	}
	if r.Range == exchange.EndDate && r.Until < r.From {
		return refBarren.because("The recurrence has no occurrence.")
	}
	first, second := r.FirstTwo()
	if first < 0 {
		return refBarren.because("The recurrence has no occurrence.")
	}
	r.From = first
	st.recurrence = &r
	by := first - st.start.day()
	st.start, st.end = st.start.plus(by), st.end.plus(by)
	if length := st.end.in(st.start.zone).wall - st.start.wall; second >= 0 && length > second-first {
		return refOverlap.because("One occurrence of the recurring calendar item overlaps with another occurrence of the same calendar item.")
	}
	return nil
}
