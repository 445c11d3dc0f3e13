package graph

import (
	"fmt"
	"slices"
)

// online makes an event an online meeting where that was asked for, and takes its link away with the part of the body
// that holds it. Once a meeting is online, isOnlineMeeting is ignored.
func (c *call) online(it *item, p *props, asked *patch) {
	was := p.joinURL
	switch {
	case was == "" && asked.set["isOnlineMeeting"] && asked.online:
		p.online, p.joinURL = true, fmt.Sprintf("https://teams.microsoft.com/l/meetup-join/19%%3ameeting_%s%d%%40thread.v2/0", c.box.guid[:8], it.serial)
		if p.onlineWith == "unknown" {
			p.onlineWith = "teamsForBusiness"
		}
		p.body = withBlob(p.body, p.joinURL)
	case was == "":
		p.online = false
	default:
		p.online = true
	}
}

// change does what a PATCH asks for, and mails.
func (c *call) change(x view, p *patch) *failure {
	if x.original != whole {
		return c.changeOccurrence(x, p)
	}
	before := x.v
	st := before.edit()
	c.update(x.it, &st.props, p)
	if p.recurs {
		st.recurrence = p.recurrence
	}
	if p.recurs || p.set["times"] {
		if f := st.check(p); f != nil {
			return f
		}
		c.rebase(&st, before)
	}
	c.store(x.it, before.folder, st, false)
	c.notifyGuests(x.it, before, p.set, p.recurs)
	return nil
}

// update applies a request to what is there.
func (c *call) update(it *item, dst *props, p *patch) {
	if p.set["times"] {
		p.fillTimes(dst)
	}
	had := dst.joinURL
	if p.set["body"] {
		p.online, p.joinURL = dst.online, had
		if had != "" && !containsURL(p.body, had) {
			p.online, p.joinURL = false, ""
		}
	}
	set := p.set
	if had != "" || p.set["isOnlineMeeting"] {
		set = without(set, "isOnlineMeeting")
	}
	answers := dst.attendees
	apply(dst, &p.props, set)
	if p.set["attendees"] {
		dst.attendees = keepAnswers(dst.attendees, answers)
	}
	if had == "" || dst.joinURL != "" {
		c.online(it, dst, p)
	} else {
		dst.online = false
	}
}

// fillTimes completes the times that were sent from those that are there.
func (p *patch) fillTimes(from *props) {
	if !p.hasStart {
		p.start = from.start
	}
	if !p.hasEnd {
		p.end = from.end
	}
	if !p.hasAllDay {
		p.allDay = from.allDay
	}
}

func without(set map[string]bool, name string) map[string]bool {
	out := map[string]bool{}
	for k := range set { // any order: a copy
		if k != name {
			out[k] = true
		}
	}
	return out
}

// keepAnswers keeps what those who stay invited have answered.
func keepAnswers(list, had []attendee) []attendee {
	list = slices.Clone(list)
	for i := range list {
		for _, a := range had {
			if equalFold(a.address, list[i].address) {
				list[i].response, list[i].answered = a.response, a.answered
			}
		}
	}
	return list
}

// rebase decides what becomes of the exceptions of a series whose pattern or time has changed.
func (c *call) rebase(st *state, before *version) {
	if before.recurrence == nil || st.recurrence == nil {
		st.exceptions, st.deleted = nil, nil
		return
	}
	same := st.start == before.start && st.end == before.end && st.allDay == before.allDay && st.recurrence.Equal(&before.recurrence.Pattern)
	if same {
		return
	}
	exceptions, deleted := st.exceptions, st.deleted
	st.exceptions, st.deleted = nil, nil
	if !c.variants.KeepExceptions {
		return
	}
	for _, e := range exceptions {
		if o := st.on(e.original.Midnight()); st.has(o) {
			e.original = o
			st.exceptions = append(st.exceptions, e)
		}
	}
	for _, d := range deleted {
		if o := st.on(d.Midnight()); st.has(o) {
			st.deleted = append(st.deleted, o)
		}
	}
}

// changeOccurrence makes an occurrence an exception, or changes one.
func (c *call) changeOccurrence(x view, p *patch) *failure {
	if p.recurrence != nil {
		return refOccurrence.because("The recurrence of an occurrence cannot be set.")
	}
	before := x.v
	now := x.p
	c.update(x.it, &now, p)
	if p.set["times"] {
		if f := checkTimes(&now); f != nil {
			return f
		}
		if f := x.crosses(now); f != nil {
			return f
		}
	}
	st := before.edit()
	c.except(x, &st, now, p.set)
	c.notifyGuests(x.it, before, p.set, false)
	return nil
}

func (st *state) putException(e exception) {
	st.exceptions = slices.DeleteFunc(st.exceptions, func(o exception) bool { return o.original == e.original })
	st.exceptions = append(st.exceptions, e)
	slices.SortFunc(st.exceptions, func(a, b exception) int { return int(a.original - b.original) })
}
