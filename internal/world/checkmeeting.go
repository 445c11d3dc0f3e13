package world

import (
	"slices"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/store"
)

// shareWritten notes what is each person's own of an activity.
func (w *World) shareWritten(p *share) {
	list := w.rows.shares[p.activity]
	at := slices.IndexFunc(list, func(x crm.Participant) bool { return x.UserID == p.UserID })
	switch {
	case p.gone && at >= 0:
		w.rows.shares[p.activity] = slices.Delete(slices.Clone(list), at, at+1)
	case p.gone:
	case at >= 0:
		list = slices.Clone(list)
		list[at] = p.Participant
		w.rows.shares[p.activity] = list
	default:
		w.rows.shares[p.activity] = append(slices.Clone(list), p.Participant)
	}
	w.joined(p.activity)
	w.say("share", "of user %d in activity %d: %+v gone %t", p.UserID, p.activity, p.Participant, p.gone)
}

// shareOf is somebody's part in an activity; nil if they have none.
func (w *World) shareOf(activity, user store.ID) *crm.Participant {
	for _, p := range w.rows.shares[activity] {
		if p.UserID == user {
			return &p
		}
	}
	return nil
}

// meetingLinked: all copies of a meeting are tied to one activity, and nothing else is that only has its UID (I10).
func (w *World) meetingLinked(l *store.Link) {
	e := w.sideOf(l.Connection).server.stored[remoteID(l.Remote)]
	if e == nil || e.meeting == nil && e.forged == nil {
		return
	}
	m, key := e.meeting, linkKey{l.Connection, l.Remote}
	if m == nil {
		m = e.forged
		for _, other := range m.tied { // any order: one is enough
			if l.State != store.LinkLinked || other != l.Activity {
				continue
			}
			// Whoever was given the activity in the CRM sees all of it, and what their calendar has under its UID and its organiser may well
			// be an invitation: nothing tells it from one.
			e.given = e.given || w.rows.activities[l.Activity].OwnerID == w.sideOf(l.Connection).user.ID
			if !e.given {
				w.broke("I10", "%s, which only has the UID of meeting %d, is tied to its activity %d", e.id, m.number, l.Activity)
			}
		}
		return
	}
	if l.State != store.LinkLinked && l.State != store.LinkWriting {
		delete(m.tied, key)
		return
	}
	m.tied[key] = l.Activity
}

// checkOneActivity is called behind a transaction: the live activities of a meeting are one (I10).
func (w *World) checkOneActivity(l *store.Link) {
	e := w.sideOf(l.Connection).server.stored[remoteID(l.Remote)]
	if e == nil || e.meeting == nil {
		return
	}
	first := l.Activity
	for _, other := range e.meeting.tied { // any order: the first by number
		if a := w.rows.activities[other]; a != nil && !a.Deleted() {
			first = min(first, other)
		}
	}
	if a := w.rows.activities[l.Activity]; first != l.Activity && a != nil && !a.Deleted() {
		w.broke("I10", "activities %d and %d are of meeting %d", first, l.Activity, e.meeting.number)
	}
}

// isInvited reports that a calendar holds a guest's copy of a meeting that its organiser has still: guests hold on to it until they hear of
// its end, even if it is deleted already where it was carried to.
func (s *server) isInvited(e *calendar.Event) bool {
	return slices.ContainsFunc(s.live(), func(x *entry) bool {
		m := x.meeting
		return x.event.UID == e.UID && m != nil && m.master != x && !m.off && (m.master == nil || !m.master.gone)
	})
}

// checkGuestWrite: of a meeting only the organiser's copy is written; a guest's says more only of what is their own (I10).
func (w *World) checkGuestWrite(s *server, e *entry, fields calendar.FieldSet) {
	if m := e.meeting; m != nil && m.master != e && fields&calendar.OrganizerOwned != 0 {
		w.broke("I10", "%s: %s of the guest's copy %s was to be written", s.name, fields&calendar.OrganizerOwned, e.id)
	}
}

// isWrittenOver: what a copy was told reached a server without guards just between our last read and our write.
func (w *World) isWrittenOver(told *calendar.Event) bool {
	return slices.ContainsFunc(marksOf(told), func(m string) bool {
		k := w.book.marks[m]
		return k != nil && k.excused == writtenOver
	})
}

// checkCopies looks at what guests hold when all is quiet.
func (w *World) checkCopies(s *side, st standingOf) {
	for _, e := range s.server.live() {
		m := e.meeting
		if m == nil || m.master == e {
			continue
		}
		if have, want := ownerOwned(e.event), ownerOwned(e.told); !sameEvent(&have, &want) && !w.isWrittenOver(&e.told) {
			w.broke("I10", "%s: the copy %s is not as its organiser said:\n  %s\n  %s", s.name, e.id, brief(&want), brief(&have))
		}
		l, linked := st.byRemote[string(e.id)]
		a := w.rows.activities[l.Activity]
		if !linked || l.State != store.LinkLinked || a == nil || a.Deleted() || st.work["r:"+string(e.id)].ID != 0 || st.work["a:"+number(a.ID)].ID != 0 ||
			s.server.untold(e) {
			continue
		}
		if e.event.Status == calendar.Cancelled && w.rows.revived[a.ID] == 0 {
			w.broke("I6", "%s: %s is called off, and activity %d is there: %s", s.name, e.id, a.ID, brief(&a.Plan))
		}
		w.checkShare(s, e, a)
	}
}

// ownerOwned is what only the organiser says.
func ownerOwned(e calendar.Event) calendar.Event {
	e = e.Clone()
	e.Busy, e.Private, e.Answer, e.Guests = false, false, "", nil
	for i := range e.Overrides {
		e.Overrides[i].Set &= calendar.OrganizerOwned
	}
	e.Overrides = slices.DeleteFunc(e.Overrides, func(o calendar.Override) bool { return o.Set == 0 })
	return e
}

// checkShare: what is each person's own is as their calendar says.
func (w *World) checkShare(s *side, e *entry, a *crm.Activity) {
	if len(w.mailboxes(s.user.Email)) > 1 {
		return // two calendars of one person may say different things
	}
	if s.server.hides && e.event.Private {
		return // not even its owner's sync is told
	}
	if !s.always(0, twoWay) {
		return // what was said while nothing came in, or nothing went out, stays where it was said
	}
	have := crm.Participant{UserID: s.user.ID, Answer: a.Plan.Answer, Busy: a.Plan.Busy, Private: a.Plan.Private}
	if a.OwnerID != s.user.ID {
		p := w.shareOf(a.ID, s.user.ID)
		if p == nil {
			w.broke("I10", "%s carries activity %d, and %s takes no part in it", s.name, a.ID, s.user.Name)
			return
		}
		have = *p
	}
	want := crm.Participant{UserID: s.user.ID, Answer: e.event.Answer, Busy: e.event.Busy, Private: e.event.Private}
	if !s.server.fields.Has(calendar.Private) || !s.always(0, func(x *span) bool { return x.settings.Private != "ordinary" }) {
		have.Private, want.Private = false, false
	}
	if have != want {
		w.broke("I10", "what is %s's own of activity %d is %+v, and %s says %+v", s.user.Name, a.ID, have, s.name, want)
	}
}

// isForged reports that an activity came in from an event that only has the UID of a meeting, whoever was given it since.
func (w *World) isForged(a *crm.Activity) bool {
	return slices.ContainsFunc(w.sides, func(s *side) bool {
		e := w.itemOf(s, a.ID)
		return e != nil && e.forged != nil && !e.given
	})
}

// twiceForged: somebody chose one UID for events in two calendars of theirs, as an invitation by the same organiser. Nothing tells
// them from two copies of one meeting, in which only the organiser has a say: the one that came first counts.
func (w *World) twiceForged(s *side, e *entry, a *crm.Activity) bool {
	if e.forged == nil || e.event.Organizer.Email == s.server.me {
		return false
	}
	for _, other := range w.sidesOf(s.user.ID) {
		for _, x := range other.server.live() {
			if x != e && x.forged == e.forged && w.rows.linked[linkKey{other.id, string(x.id)}] == a.ID &&
				x.event.Organizer.Email == e.event.Organizer.Email {
				return true
			}
		}
	}
	return false
}

// behind reports whether a copy of somebody's has not heard what the organiser said last, as the letter is lost, or has and sync cannot
// know it, as that lies outside of a window: the first of theirs counts, whatever another one has heard.
func (w *World) behind(m *meeting, u *crm.User) bool {
	return slices.ContainsFunc(w.copies(m), func(c held) bool {
		return c.side.user == u && c.entry != m.master && (m.last[c.side.server] < m.issue || c.side.server.untold(c.entry))
	})
}

// meetingOf is the meeting that an activity came in as a copy of; nil if it is none.
func (w *World) meetingOf(a *crm.Activity) *meeting {
	i := slices.IndexFunc(w.meetings, func(m *meeting) bool { return m.uid == a.Plan.UID })
	if i < 0 {
		return nil
	}
	return w.meetings[i]
}

// isAnothers: an activity is a meeting that somebody else organises. Whoever deletes what was made of it in a calendar of theirs takes
// themselves out of it, and it goes on without them.
func (w *World) isAnothers(a *crm.Activity, s *side) bool {
	m := w.meetingOf(a)
	return m != nil && (m.home == nil || m.home.side.user != s.user)
}

// typedAsGuest notes what somebody types here into a meeting of somebody else, copies of which they have in two calendars. It is taken
// back where the first copy is read; if the other one first says that the meeting is called off, it goes with the activity.
func (w *World) typedAsGuest(u *crm.User, a *crm.Activity) {
	m := w.meetingOf(a)
	if m == nil || m.organiser == u.Email || len(w.mailboxes(u.Email)) < 2 {
		return
	}
	w.goesWith(m, a)
}

// goesWith lets what was typed here into a meeting go with it, once it is called off.
func (w *World) goesWith(m *meeting, a *crm.Activity) {
	if m == nil {
		return
	}
	for _, mark := range marksOf(&a.Plan) {
		if k := w.book.marks[mark]; k != nil && k.place == "crm" {
			k.meeting = m
		}
	}
}
