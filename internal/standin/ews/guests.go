package ews

import (
	"slices"
	"strings"
)

// spread brings what the organiser's meeting is now into the calendars of those guests who are users here, as the calendar
// attendant does with the mail: a new copy, the change of one, or its cancellation. Nothing is brought where nothing is
// sent. guests are those of before and of now.
func (s *Server) spread(it *item, guests []attendee) {
	done := map[*mailbox]bool{it.box: true}
	for _, a := range guests {
		b := s.findBox(a.address)
		if b == nil || done[b] {
			continue
		}
		done[b] = true
		theirs := b.meeting(it.uid)
		switch {
		case !it.gone && invited(it.everybody(), a.address):
			if theirs == nil {
				theirs = s.newItem(b.named("calendar"))
			}
			s.store(theirs, it.copyFor(theirs))
		case theirs != nil && !theirs.cancelled:
			st := theirs.edit()
			st.cancelled, st.subject, st.busy = true, "Canceled: "+st.subject, "Free"
			s.store(theirs, st)
		}
	}
}

// meeting finds the event with a UID that is in a mailbox's calendar.
func (b *mailbox) meeting(uid string) *item {
	for _, it := range b.items { // any order: a calendar has one of a UID
		if it.uid == uid && !it.gone && it.folder.distinguished == "calendar" {
			return it
		}
	}
	return nil
}

// copyFor is a guest's copy of what the organiser's meeting says. What is the guest's own stays; an answer falls to another
// time.
func (it *item) copyFor(theirs *item) state {
	st := it.edit()
	st.invited, st.sent, st.extended = true, true, map[string]value{}
	st.response, st.replied, st.busy, st.categories, st.sensitivity = "NoResponseReceived", "", "Tentative", nil, "Normal"
	st.remind, st.remindMinutes = true, 15
	st.exceptions = slices.Clone(st.exceptions)
	for i := range st.exceptions {
		e := &st.exceptions[i]
		set := map[string]bool{}
		for name := range e.set { // any order: a copy
			if !personal[name] {
				set[name] = true
			}
		}
		e.set = set
	}
	if theirs.seq == 0 {
		return st
	}
	had := theirs.edit()
	own := map[string]bool{}
	for name := range personal { // any order: a copy
		own[name] = name != "MyResponseType" || had.start == st.start && had.end == st.end
	}
	for name, keep := range own { // any order: parts do not overlap
		if keep {
			parts[name](&st.props, &had.props)
		}
	}
	return st
}

// tell brings a change to the guests' calendars where the request sends anything.
func (s *Server) tell(it *item, before *state, send string) {
	if !sends(send) || it.invited {
		return
	}
	guests := it.everybody()
	if before != nil {
		guests = append(slices.Clone(before.everybody()), guests...)
	}
	s.spread(it, guests)
}

// displayOf is the part of an address that stands for a name.
func displayOf(address string) string {
	name, _, _ := strings.Cut(address, "@")
	return name
}
