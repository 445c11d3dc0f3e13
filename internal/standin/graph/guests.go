package graph

import (
	"encoding/json"
	"net/http"
	"slices"
)

// spread brings what the organiser's meeting is now into the calendars of those guests who are users here: a new copy, the
// change of one, or its cancellation. guests are those of before and of now.
func (s *Server) spread(it *item, guests []attendee) {
	v := it.now()
	done := map[*mailbox]bool{it.box: true}
	for _, a := range guests {
		b := s.findBox(a.address)
		if b == nil || done[b] {
			continue
		}
		done[b] = true
		theirs := b.meeting(it.uid)
		switch {
		case !v.gone && invited(v.attendees, a.address):
			if theirs == nil {
				theirs = s.newItem(b, it.uid)
			}
			s.store(theirs, theirs.place(), copyFor(v, theirs), false)
		case theirs != nil && !theirs.now().cancelled:
			st := theirs.now().edit()
			st.cancelled, st.subject, st.showAs = true, "Canceled: "+st.subject, "free"
			s.store(theirs, theirs.place(), st, false)
		}
	}
}

// meeting finds the event with a UID that is in a mailbox.
func (b *mailbox) meeting(uid string) *item {
	for _, it := range b.items { // any order: a mailbox has one of a UID
		if it.uid == uid && len(it.versions) > 0 && !it.now().gone {
			return it
		}
	}
	return nil
}

// place is the calendar in which an item lies, or is to lie.
func (it *item) place() *folder {
	if len(it.versions) == 0 {
		return it.box.folders[0]
	}
	return it.now().folder
}

// copyFor is a guest's copy of what the organiser's meeting says. What is the guest's own stays; an answer falls to another
// time.
func copyFor(v *version, theirs *item) state {
	st := v.edit()
	st.transaction, st.invited, st.extended = "", true, map[string]string{}
	st.response, st.answered, st.showAs, st.categories = "notResponded", never, "tentative", []string{}
	st.remind, st.remindMinutes = true, 15
	for i := range st.exceptions {
		e := &st.exceptions[i]
		for _, name := range personal {
			e.set = without(e.set, name)
		}
	}
	if len(theirs.versions) == 0 {
		return st
	}
	had := theirs.now()
	for _, f := range fields {
		if slices.Contains(personal, f.name) {
			f.copy(&st.props, &had.props)
		}
	}
	if had.start == v.start && had.end == v.end {
		st.response, st.answered = had.response, had.answered
	}
	return st
}

// answers are the actions by which a guest answers.
var answers = map[string]string{"accept": "accepted", "tentativelyaccept": "tentativelyAccepted", "decline": "declined"}

// respond is a guest's answer. What was declined leaves the calendar.
func (c *call) respond(x view, answer string) *failure {
	var v struct {
		Comment  string          `json:"comment"`
		Send     *bool           `json:"sendResponse"`
		Proposed json.RawMessage `json:"proposedNewTime"`
	}
	if f := strict(c.body, &v, "event"); f != nil {
		return f
	}
	send := v.Send == nil || *v.Send
	switch {
	case !x.v.invited:
		return refOwnMeeting.because("Your request can't be completed. You can't respond to this meeting because you're the meeting organizer.")
	case send && !x.p.wantsResponse:
		return refNoAnswer.because("Your request can't be completed. The meeting organizer hasn't requested a response.")
	}
	st := x.v.edit()
	p := props{response: answer, answered: writeInstant(c.now()), showAs: "busy"}
	if answer == "tentativelyAccepted" {
		p.showAs = "tentative"
	}
	set := map[string]bool{"responseStatus": true, "showAs": true}
	switch {
	case answer == "declined":
		c.remove(x) // a guest's removal mails nobody
	case x.original == whole:
		apply(&st.props, &p, set)
		c.store(x.it, x.v.folder, st, false)
	default:
		c.except(x, &st, p, set)
	}
	if send {
		c.reply(x, p)
	}
	c.w.WriteHeader(http.StatusAccepted)
	return nil
}

// except lets an occurrence differ in some fields.
func (s *Server) except(x view, st *state, p props, set map[string]bool) {
	e := exception{original: x.original, set: map[string]bool{}, props: x.p, seq: x.it.box.seq + 1}
	if old := st.exception(x.original); old != nil {
		for name := range old.set { // any order: a copy
			e.set[name] = true
		}
	}
	for name := range set { // any order: a copy
		e.set[name] = true
	}
	apply(&e.props, &p, set)
	st.putException(e)
	s.store(x.it, x.v.folder, *st, false)
}

// reply tells the organiser, in whose calendar the answer shows if they are a user here.
func (c *call) reply(x view, p props) {
	c.mailFrom(x.it, c.box.Name, "REPLY", x.v.organizer.address, x.p.subject)
	b := c.findBox(x.v.organizer.address)
	if b == nil {
		return
	}
	if it := b.meeting(x.it.uid); it != nil {
		c.answered(it, x, c.box.Name, p)
	}
}

// answered notes a guest's answer at the organiser's meeting, or at one occurrence of it.
func (s *Server) answered(it *item, x view, guest string, p props) {
	v := it.now()
	st := v.edit()
	note := func(list []attendee) []attendee {
		list = slices.Clone(list)
		for i := range list {
			if equalFold(list[i].address, guest) {
				list[i].response, list[i].answered = p.response, p.answered
			}
		}
		return list
	}
	if x.original == whole {
		st.attendees = note(st.attendees)
		s.store(it, v.folder, st, false)
		return
	}
	if own, ok := it.occurrence(v, x.original); ok {
		s.except(own, &st, props{attendees: note(own.p.attendees)}, map[string]bool{"attendees": true})
	}
}

// cancelMeeting is the organiser's cancellation, which is a deletion with a word to the guests.
func (c *call) cancelMeeting(x view) *failure {
	var v struct {
		Comment string `json:"comment"`
	}
	if f := strict(c.body, &v, "event"); f != nil {
		return f
	}
	if x.v.invited {
		return refNotOrganizer.because("Your request can't be completed. You need to be an organizer to cancel a meeting.")
	}
	c.remove(x)
	c.w.WriteHeader(http.StatusAccepted)
	return nil
}
