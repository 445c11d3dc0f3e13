package pipedrive

import (
	"reflect"
	"slices"
	"strings"

	"tahti/internal/standin"
)

// Guests of an activity are mailed where its owner has the company's own calendar sync on, and only then (client, since September 2024).

// invite mails the guests of an activity that is new, or of one whose time, title, place or guests have changed. The lock is held.
func (s *Server) invite(r, before *record) {
	owner := s.user(r.number("owner_id"))
	if r.entity != activities || owner == nil || !owner.calendar {
		return
	}
	var was []string
	if before != nil {
		was = guestList(before)
		moved := false
		for _, name := range []string{"subject", "due_date", "due_time", "duration", "location", "public_description"} {
			moved = moved || !reflect.DeepEqual(before.fields[name], r.fields[name])
		}
		if !moved && slices.Equal(was, guestList(r)) {
			return
		}
		for _, email := range was {
			if !slices.Contains(guestList(r), email) {
				s.mail(owner, email, "CANCEL", r)
			}
		}
	}
	for _, email := range guestList(r) {
		s.mail(owner, email, "REQUEST", r)
	}
}

// uninvite tells the guests of an activity that is gone. The lock is held.
func (s *Server) uninvite(r *record) {
	owner := s.user(r.number("owner_id"))
	if r.entity != activities || owner == nil || !owner.calendar {
		return
	}
	for _, email := range guestList(r) {
		s.mail(owner, email, "CANCEL", r)
	}
}

func (s *Server) mail(owner *member, to, method string, r *record) {
	s.mails.Add(standin.Mail{To: to, From: owner.Email, Method: method, UID: "", Summary: r.text("subject"), At: s.now(), Local: s.local(to) != nil})
}

// guestList are the addresses of an activity's guests, without its owner's.
func guestList(r *record) (list []string) {
	l, _ := r.fields["attendees"].([]any)
	for _, x := range l {
		guest, _ := x.(object)
		if email, _ := guest["email"].(string); email != "" && guest["is_organizer"] != true {
			list = append(list, strings.ToLower(email))
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}
