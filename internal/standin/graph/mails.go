package graph

import (
	"slices"
	"strings"

	"tahti/internal/standin"
)

func equalFold(a, b string) bool { return strings.EqualFold(a, b) }

func containsURL(body, url string) bool { return strings.Contains(body, url) }

// mail records one message of a meeting. There is no way to write to an event with guests without it.
func (s *Server) mail(it *item, method, to, subject string) {
	s.mailFrom(it, it.now().organizer.address, method, to, subject)
}

func (s *Server) mailFrom(it *item, from, method, to, subject string) {
	s.mails.Add(standin.Mail{
		To: to, From: from, Method: method, UID: globalID(it.uid, whole), Summary: subject, At: s.now(), Local: s.findBox(to) != nil,
	})
}

// others are the attendees but for the organiser.
func others(list []attendee, organizer person) []attendee {
	var out []attendee
	for _, a := range list {
		if !equalFold(a.address, organizer.address) {
			out = append(out, a)
		}
	}
	return out
}

// invite tells the guests of a new meeting, those in had excepted.
func (s *Server) invite(it *item, had []attendee) {
	v := it.now()
	if v.invited {
		return
	}
	for _, a := range others(v.attendees, v.organizer) {
		if !invited(had, a.address) {
			s.mail(it, "REQUEST", a.address, v.subject)
		}
	}
}

func invited(list []attendee, address string) bool {
	return slices.ContainsFunc(list, func(a attendee) bool { return equalFold(a.address, address) })
}

// besides are the guests of single occurrences whom the series has not invited.
func besides(v *version) (list []attendee) {
	for _, e := range v.exceptions {
		if !e.set["attendees"] {
			continue
		}
		for _, a := range others(e.props.attendees, v.organizer) {
			if !invited(v.attendees, a.address) && !invited(list, a.address) {
				list = append(list, a)
			}
		}
	}
	return list
}

// notifyBesides tells the guests of single occurrences that these, or their series, changed; of new guests alone, the new ones.
func (s *Server) notifyBesides(it *item, before *version, fresh bool) {
	v := it.now()
	had, have := besides(before), besides(v)
	for _, a := range had {
		if !invited(have, a.address) && !invited(v.attendees, a.address) {
			s.mail(it, "CANCEL", a.address, v.subject)
		}
	}
	for _, a := range have {
		if !fresh || !invited(had, a.address) {
			s.mail(it, "REQUEST", a.address, v.subject)
		}
	}
}

// notifyGuests mails what a PATCH makes the original mail: those whose invitation changed if the attendees alone were
// sent, else everybody, once for the series and once for each exception.
func (s *Server) notifyGuests(it *item, before *version, set map[string]bool, recurs bool) {
	v := it.now()
	if v.invited {
		return
	}
	if recurs || !onlyPersonal(set) {
		s.spread(it, append(slices.Clone(before.attendees), v.attendees...))
	}
	for _, a := range others(before.attendees, before.organizer) {
		if !invited(v.attendees, a.address) {
			s.mail(it, "CANCEL", a.address, v.subject)
		}
	}
	switch {
	case set["attendees"] && len(set) == 1 && !recurs:
		s.invite(it, before.attendees)
		s.notifyBesides(it, before, true)
		return
	case s.variants.QuietPersonal && onlyPersonal(set) && !recurs:
		return
	}
	s.notifyBesides(it, before, false)
	times := 1
	if v.recurrence != nil && len(v.exceptions) == len(before.exceptions) {
		times += len(v.exceptions)
	}
	for range times {
		s.invite(it, nil)
	}
}

// cancel tells the guests of the organiser's meeting that it is off. A guest's own copy goes without a word.
func (s *Server) cancel(x view) {
	if x.v.invited {
		return
	}
	s.spread(x.it, x.v.attendees)
	if s.variants.QuietDelete {
		return
	}
	for _, a := range others(x.p.attendees, x.v.organizer) {
		s.mail(x.it, "CANCEL", a.address, x.p.subject)
	}
	if x.original != whole {
		return
	}
	for _, a := range besides(x.v) {
		s.mail(x.it, "CANCEL", a.address, x.p.subject)
	}
}
