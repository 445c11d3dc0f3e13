package ews

import (
	"strings"

	"tahti/internal/standin"
)

// mail records one message of a meeting.
func (s *Server) mail(it *item, method, to, subject string) {
	s.mails.Add(standin.Mail{
		To: to, From: it.organizer.address, Method: method, UID: it.uid, Summary: subject, At: s.now(), Local: s.findBox(to) != nil,
	})
}

// others are the attendees but for the organiser.
func (st *state) others() []attendee {
	var out []attendee
	for _, a := range st.everybody() {
		if !strings.EqualFold(a.address, st.organizer.address) {
			out = append(out, a)
		}
	}
	return out
}

func invited(list []attendee, address string) bool {
	for _, a := range list {
		if strings.EqualFold(a.address, address) {
			return true
		}
	}
	return false
}

// invite tells the guests of a meeting, those in had excepted, as far as the request sends.
func (s *Server) invite(it *item, had []attendee, send string) {
	if !sends(send) || it.invited {
		return
	}
	for _, a := range it.others() {
		if !invited(had, a.address) {
			s.mail(it, "REQUEST", a.address, it.subject)
		}
	}
}

// notify mails what UpdateItem makes the original mail: everybody, or those whose invitation has changed.
func (s *Server) notify(it *item, before *state, p *patch, send string) {
	if !sends(send) || it.invited {
		return
	}
	for _, a := range before.others() {
		if !invited(it.everybody(), a.address) {
			s.mail(it, "CANCEL", a.address, it.subject)
		}
	}
	var had []attendee
	if strings.HasPrefix(send, "SendOnlyToChanged") || strings.HasPrefix(send, "SendToChanged") {
		had = before.everybody()
		for name := range p.set { // any order: a conjunction
			switch name {
			case "RequiredAttendees", "OptionalAttendees", "Resources":
			default:
				had = nil // what concerns everybody has changed
			}
		}
	}
	s.invite(it, had, send)
}

// cancel tells the guests of the organiser's meeting, or of one occurrence, that it is off. A guest's own copy goes without
// a word.
func (s *Server) cancel(x view, send string) {
	if !sends(send) || x.st.invited {
		return
	}
	st := state{props: x.p, organizer: x.st.organizer}
	for _, a := range st.others() {
		s.mail(x.it, "CANCEL", a.address, x.p.subject)
	}
}
