package world

import (
	"fmt"
	"slices"

	"tahti/internal/calendar"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// meeting is what several calendars hold copies of: the organiser's, and one for each guest who has a calendar in the world.
// The copies have one iCalendar UID, and ids, versions and words of their own servers.
type meeting struct {
	number    int
	uid       string
	organiser string // address
	home      *server
	master    *entry // the organiser's own copy; nil if the organiser is nobody of the company
	said      calendar.Event
	guests    []string        // addresses
	issue     int             // number of what guests were told last
	last      map[*server]int // number of what arrived last at a calendar
	off       bool            // called off
	forgedAt  *side           // where somebody chose its UID for an event of their own
	// tied are the activities that its copies are linked to.
	tied map[linkKey]store.ID
}

// invited reports whether the meeting is somebody's: their own, or one that they are invited to.
func (m *meeting) invited(address string) bool {
	return m.organiser == address || slices.Contains(m.guests, address)
}

// copyAt is a calendar's copy, also one that is gone; nil if it never had one.
func (m *meeting) copyAt(s *server) *entry {
	for _, id := range s.order {
		if e := s.stored[id]; e.meeting == m {
			return e
		}
	}
	return nil
}

// copies are the calendars that hold the meeting, the organiser's too, with what they hold.
func (w *World) copies(m *meeting) (list []held) {
	for _, s := range w.sides {
		if e := m.copyAt(s.server); e != nil && !e.gone {
			list = append(list, held{s, e})
		}
	}
	return list
}

// held is an event and where it is.
type held struct {
	side  *side
	entry *entry
}

// convene makes a meeting of an event that somebody of the company has just added.
func (w *World) convene(s *server, e *entry) *meeting {
	m := &meeting{number: len(w.meetings) + 1, uid: e.event.UID, organiser: s.me, home: s, master: e,
		last: map[*server]int{}, tied: map[linkKey]store.ID{}}
	for _, g := range e.event.Guests {
		m.guests = append(m.guests, g.Email)
	}
	e.meeting = m
	w.meetings = append(w.meetings, m)
	return m
}

// abroad makes a meeting whose organiser has no calendar in the world.
func (w *World) abroad(organiser string, ev calendar.Event) *meeting {
	m := &meeting{number: len(w.meetings) + 1, organiser: organiser, said: ev, last: map[*server]int{}, tied: map[linkKey]store.ID{}}
	m.uid = fmt.Sprintf("meet-%d@elsewhere", m.number)
	m.said.UID = m.uid
	for _, g := range ev.Guests {
		m.guests = append(m.guests, g.Email)
	}
	w.meetings = append(w.meetings, m)
	return m
}

// tell lets the guests know what a meeting says now, or that it is called off.
func (w *World) tell(m *meeting) {
	m.issue++
	ev := m.said.Clone()
	if m.master != nil {
		ev = m.master.event.Clone()
	}
	for _, g := range m.guests {
		for _, s := range w.mailboxes(g) {
			w.post(letter{meeting: m, to: s, issue: m.issue, event: ev, off: m.off})
		}
	}
}

// mailboxes are the calendars that a person's invitations arrive in: usually one.
func (w *World) mailboxes(address string) []*side {
	for i := range w.users {
		if u := &w.users[i]; u.Email == address {
			list := slices.DeleteFunc(w.sidesOf(u.ID), func(s *side) bool { return s.server.feed || s.server.crm })
			if u.ID%2 == 0 {
				return list // somebody who has invitations forwarded from one calendar to the other
			}
			return list[:min(1, len(list))]
		}
	}
	return nil
}

// invitation is how a copy begins at a guest's calendar.
func (s *server) invitation(m *meeting, ev calendar.Event) *entry {
	s.made++
	e := &entry{id: provider.RemoteID(fmt.Sprintf("inv-%d", s.made)), edited: s.w.move, meeting: m}
	e.event.UID = m.uid
	ev = ownShare(&ev, s.me, &calendar.Event{Values: calendar.Values{Busy: true}})
	if s.form == text {
		e.raw = s.firstText(m.uid, &ev)
	}
	s.insert(e)
	s.keep(e, ev, "")
	return e
}

// ownShare is what an organiser says with a guest's own answer, and whether it makes them busy and is private.
func ownShare(ev *calendar.Event, me string, own *calendar.Event) calendar.Event {
	now := ev.Clone()
	now.Busy, now.Private = own.Busy, own.Private
	for i := range now.Guests {
		g := &now.Guests[i]
		if g.Email != me {
			continue
		}
		if own.Answer != calendar.NoAnswer {
			g.Answer = own.Answer
		}
		now.Answer = g.Answer
	}
	for i := range now.Overrides {
		o := &now.Overrides[i]
		o.Set &= calendar.OrganizerOwned
		for _, f := range (calendar.AllFields &^ o.Set).List() {
			calendar.Copy(f, &o.Values, &calendar.Values{})
		}
	}
	now.Overrides = slices.DeleteFunc(now.Overrides, func(o calendar.Override) bool { return o.Set == 0 })
	return now
}
