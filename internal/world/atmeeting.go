package world

import (
	"slices"
	"strings"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/hub"
)

// outsiders have no calendar in the world.
var outsiders = []string{"dave@elsewhere.example", "erin@elsewhere.example"}

// invite lets somebody plan a meeting with colleagues, and perhaps somebody from outside.
func invite(w *World) bool {
	ev := w.someEvent()
	if w.dice.chance(300) {
		ev.Organizer = calendar.Person{Email: outsiders[0]}
		ev.Guests = w.someGuests(outsiders[0])
		m := w.abroad(outsiders[0], ev)
		w.say(outsiders[0], "plans meeting %d: %s", m.number, brief(&m.said))
		w.tell(m)
		return true
	}
	s := pick(w.dice, w.sides)
	if s.server.feed || s.server.crm {
		return false
	}
	ev.Organizer = calendar.Person{Email: s.user.Email}
	ev.Guests = w.someGuests(s.user.Email)
	e := s.server.add(ev)
	m := w.convene(s.server, e)
	w.say(s.user.Name, "plans meeting %d with %v", m.number, m.guests)
	w.tell(m)
	w.concerns("invite", s)
	w.notify(s)
	return true
}

// someGuests are at least one colleague of an organiser, by address.
func (w *World) someGuests(organiser string) []calendar.Guest {
	var list []calendar.Guest
	for len(list) == 0 {
		for i := range w.users {
			if a := w.users[i].Email; a != organiser && w.dice.chance(600) {
				list = append(list, calendar.Guest{Person: calendar.Person{Email: a}, Answer: calendar.NeedsReply})
			}
		}
	}
	if w.dice.chance(300) {
		list = append(list, calendar.Guest{Person: calendar.Person{Email: outsiders[1]}, Answer: calendar.NeedsReply})
	}
	slices.SortFunc(list, func(a, b calendar.Guest) int { return compareText(a.Email, b.Email) })
	return list
}

func compareText(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// someMeeting picks one that is not called off.
func (w *World) someMeeting(fit func(*meeting) bool) *meeting {
	list := slices.DeleteFunc(slices.Clone(w.meetings), func(m *meeting) bool {
		return m.off || m.master != nil && m.master.gone || !fit(m)
	})
	if len(list) == 0 {
		return nil
	}
	return pick(w.dice, list)
}

func anyMeeting(*meeting) bool { return true }

// changeMeeting lets an organiser change what a meeting says, at their calendar or outside.
func (w *World) changeMeeting(action string, m *meeting, f func(*calendar.Event)) bool {
	if m.master != nil {
		return w.change(action, m.home.side, m.master, f)
	}
	before := marksOf(&m.said)
	f(&m.said)
	m.said.Normalize()
	// Whoever had heard of it and has thrown their copy away since will never hear of the next.
	w.book.replaced(before, func(text string) bool { return slices.Contains(marksOf(&m.said), text) })
	w.say(m.organiser, "%s, meeting %d: %s", action, m.number, brief(&m.said))
	w.tell(m)
	return true
}

func moveMeeting(w *World) bool {
	// As in moveEvent: no series that ends on a day.
	m := w.someMeeting(func(m *meeting) bool {
		return m.says().Start.Kind != calendar.Date && !strings.Contains(m.says().Rule, "UNTIL")
	})
	return m != nil && w.changeMeeting("move meeting", m, func(ev *calendar.Event) {
		from := ev.Start.Wall
		by := w.book.freshStart() - from
		ev.Start.Wall, ev.End.Wall = from+by, ev.End.Wall+by
		movedAlong(ev, from)
	})
}

func editMeeting(w *World) bool {
	m := w.someMeeting(anyMeeting)
	return m != nil && w.changeMeeting("edit meeting", m, func(ev *calendar.Event) {
		if at, ok := w.someDate(ev); ok && ev.IsSeries() && w.dice.chance(400) {
			w.override(ev, at)
			return
		}
		w.someField(&ev.Values)
	})
}

// says is what the organiser's calendar says of the meeting.
func (m *meeting) says() *calendar.Event {
	if m.master != nil {
		return &m.master.event
	}
	return &m.said
}

// addGuest invites somebody more.
func addGuest(w *World) bool {
	m := w.someMeeting(func(m *meeting) bool {
		return m.forgedAt == nil && slices.ContainsFunc(w.users, func(u crm.User) bool { return !m.invited(u.Email) })
	})
	if m == nil {
		return false
	}
	for i := range w.users {
		address := w.users[i].Email
		if m.invited(address) {
			continue
		}
		m.guests = append(m.guests, address)
		g := calendar.Guest{Person: calendar.Person{Email: address}, Answer: calendar.NeedsReply}
		add := func(ev *calendar.Event) {
			ev.Guests = append(ev.Guests, g)
			slices.SortFunc(ev.Guests, func(a, b calendar.Guest) int { return compareText(a.Email, b.Email) })
		}
		if m.master == nil {
			return w.changeMeeting("add guest", m, add)
		}
		now := m.master.event.Clone()
		add(&now)
		m.home.redeliver(m.master, now)
		w.say(m.organiser, "adds %s to meeting %d", address, m.number)
		w.tell(m)
		w.concerns("add guest", m.home.side)
		w.notify(m.home.side)
		return true
	}
	return false
}

// cancelMeeting lets an organiser call a meeting off.
func cancelMeeting(w *World) bool {
	m := w.someMeeting(anyMeeting)
	if m == nil {
		return false
	}
	if m.master != nil {
		w.deleteEntry(m.home.side, m.master)
		w.concerns("cancel meeting", m.home.side)
		w.notify(m.home.side)
		return true
	}
	m.off = true
	w.soften(&m.said)
	w.typed(m.organiser, "elsewhere", &m.said, nil)
	w.say(m.organiser, "calls meeting %d off", m.number)
	w.tell(m)
	return true
}

// someCopy picks a guest's copy.
func (w *World) someCopy() (held, bool) {
	var list []held
	for _, m := range w.meetings {
		for _, c := range w.copies(m) {
			if c.entry != m.master && c.entry.event.Status != calendar.Cancelled {
				list = append(list, c)
			}
		}
	}
	if len(list) == 0 {
		return held{}, false
	}
	return pick(w.dice, list), true
}

// answerInvitation lets a guest say whether they come; the organiser hears of it.
func answerInvitation(w *World) bool {
	c, ok := w.someCopy()
	if !ok {
		return false
	}
	s, e := c.side.server, c.entry
	answer := pick(w.dice, []calendar.Answer{calendar.Accepted, calendar.Declined, calendar.Maybe})
	s.setAnswer(e, s.me, answer)
	e.edited = w.move
	w.say(c.side.user.Name, "answers %s at %s: %s", e.id, s.name, answer)
	if m := e.meeting; m.master != nil {
		w.post(letter{meeting: m, to: m.home.side, from: s.me, answer: answer})
	}
	w.concerns("answer invitation", c.side)
	w.notify(c.side)
	return true
}

// ownShareThere: a guest says at their copy what is theirs alone.
func ownShareThere(w *World) bool {
	c, ok := w.someCopy()
	if !ok {
		return false
	}
	s, e := c.side.server, c.entry
	now := e.event.Clone()
	seen := true
	if w.dice.chance(600) {
		now.Busy = !now.Busy
	} else {
		now.Private, seen = !now.Private, s.fields.Has(calendar.Private)
	}
	before := e.event.Clone()
	s.keep(e, now, c.side.user.Name)
	w.opened(c.side, e, &before)
	if seen { // what a calendar does not tell does not bring in what the starting point keeps out
		e.edited = w.move
	}
	w.say(c.side.user.Name, "says busy %t, private %t of %s at %s", now.Busy, now.Private, e.id, s.name)
	w.concerns("own share at copy", c.side)
	w.notify(c.side)
	return true
}

// ownShareHere: somebody who takes part says in the CRM what is theirs alone.
func ownShareHere(w *World) bool {
	u := &w.users[w.dice.below(len(w.users))]
	var list []*crm.Activity
	for _, a := range w.liveActivities(0) {
		if w.shareOf(a.ID, u.ID) != nil && a.OwnerID != u.ID {
			list = append(list, a)
		}
	}
	if len(list) == 0 {
		return false
	}
	a := pick(w.dice, list)
	p := *w.shareOf(a.ID, u.ID)
	if w.dice.chance(600) {
		p.Busy = !p.Busy
	} else {
		p.Private = !p.Private
	}
	ok := w.save("own share", u, number(a.ID), func(tx engine.Tx, h *hub.Hub) error {
		return h.Join(w.ctx, tx, hub.By(*u), a.ID, p)
	})
	if ok {
		w.concerns("own share", w.sidesOf(u.ID)...)
	}
	return ok
}

// dropInvitation lets a guest throw their copy away. The organiser goes on.
func dropInvitation(w *World) bool {
	c, ok := w.someCopy()
	if !ok {
		return false
	}
	s, e := c.side.server, c.entry
	w.soften(&e.event)
	s.ends(e)
	left := w.copies(e.meeting)
	if len(left) == 0 {
		w.typed(c.side.user.Name, s.name, &e.event, nil)
	}
	w.book.replaced(marksOf(&e.event), func(text string) bool { // of what no other calendar has heard nobody knows any more
		return slices.ContainsFunc(left, func(other held) bool { return slices.Contains(marksOf(&other.entry.event), text) })
	})
	w.say(c.side.user.Name, "throws the invitation %s at %s away", e.id, s.name)
	w.concerns("drop invitation", c.side)
	w.notify(c.side)
	return true
}

// forge lets somebody choose the UID of a meeting that they are not invited to for an event of their own. It proves nothing.
func forge(w *World) bool {
	s := pick(w.dice, w.sides)
	m := w.someMeeting(func(m *meeting) bool { return !m.invited(s.user.Email) && m.forgedAt != s })
	if m == nil || s.server.crm {
		return false
	}
	ev := w.someEvent()
	if w.dice.chance(700) {
		ev.Rule = counted(&ev)
		from := ev.Start.Wall
		ev.Start, ev.End = m.says().Start, m.says().End
		movedAlong(&ev, from)
	}
	ev.Organizer = calendar.Person{Email: pick(w.dice, []string{m.organiser, s.user.Email, ""})}
	if ev.Organizer.Email != "" {
		ev.Guests = []calendar.Guest{{Person: calendar.Person{Email: s.user.Email}, Answer: calendar.Accepted}}
	}
	forged := func() { s.server.addAs(m.uid, ev).forged = m }
	if ev.Start == m.says().Start {
		w.book.borrow(ev.Start, forged)
	} else {
		forged()
	}
	m.forgedAt = s
	w.say(s.user.Name, "has chosen the UID of meeting %d", m.number)
	w.concerns("choose a UID", s)
	w.notify(s)
	return true
}
