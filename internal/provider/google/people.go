package google

import (
	"slices"
	"strings"

	"tahti/internal/calendar"
)

// people reads organiser, guests and the connected person's answer. Each event has an organiser, the calendar itself where
// nobody is invited: that is a plain appointment, which nobody organises.
func (d *decoder) people(e *event, v *calendar.Values) {
	if !e.Organizer.Self || len(e.Attendees) > 0 {
		v.Organizer = calendar.Person{Email: strings.ToLower(e.Organizer.Email), Name: e.Organizer.Name}
	}
	home := domain(e.Organizer.Email)
	if home == secondary {
		home = domain(e.Creator.Email)
	}
	for _, a := range e.Attendees {
		g := calendar.Guest{Person: calendar.Person{Email: strings.ToLower(a.Email), Name: a.Name}, Answer: responded(a.Response)}
		v.Guests = append(v.Guests, g)
		if a.Self {
			v.Answer = g.Answer
		}
		// A guest with Google's calendar hears of a change there, and silently if asked; who has none is sent mail whatever
		// is asked [M]. Which of them has none is not told, so that everybody beyond the organiser's own domain counts.
		if !a.Self && !a.Resource && domain(a.Email) != home {
			d.outside[g.Email] = struct{}{}
		}
	}
	slices.SortStableFunc(v.Guests, func(a, b calendar.Guest) int { return strings.Compare(a.Email, b.Email) })
	v.Guests = slices.CompactFunc(v.Guests, func(a, b calendar.Guest) bool { return a.Email == b.Email })
}

// secondary is the domain of calendars that are no person's own, whose organiser is the calendar.
const secondary = "group.calendar.google.com"

func domain(email string) string {
	return strings.ToLower(email[strings.LastIndexByte(email, '@')+1:])
}

func responded(response string) calendar.Answer {
	switch response {
	case "accepted":
		return calendar.Accepted
	case "declined":
		return calendar.Declined
	case "tentative":
		return calendar.Maybe
	}
	return calendar.NeedsReply
}

// invited reports that somebody else organises. An event that says nothing of its organiser has its details hidden.
func (d *decoder) invited() bool { return d.master.Organizer.Email != "" && !d.master.Organizer.Self }

// known are the fields that the event speaks about. What is hidden comes as nothing at all, which is no blank: who may see
// when others are busy gets no details of anything, and a private event shows its details only to who has private access.
func (d *decoder) known() calendar.FieldSet {
	k := calendar.AllFields
	if d.hidden() {
		k = calendar.Fields(calendar.When, calendar.Recurrence, calendar.Busy, calendar.Private, calendar.StatusField)
	}
	if d.master.AttendeesOmitted {
		k &^= calendar.Fields(calendar.GuestsField)
	}
	return k
}

func (d *decoder) hidden() bool {
	if hasPrivateAccess(d.role) {
		return false
	}
	return d.role == roleFreeBusy || slices.ContainsFunc(append([]*event{d.master}, d.parts...), func(e *event) bool {
		return (e.Visibility == "private" || e.Visibility == "confidential") && !e.tells()
	})
}

// tells reports that an event shows something that hiding would have hidden.
func (e *event) tells() bool {
	return e.Summary != "" || e.Description != "" || e.Location != "" || len(e.Attendees) > 0
}

// editable are the fields that the connected person may change here. What Google makes itself (a flight out of a mail, time
// out of office, time to focus) is left alone: such events have fields of their own that belong together.
func (d *decoder) editable() calendar.FieldSet {
	switch t := d.master.EventType; {
	case t != "" && t != "default", d.hidden():
		return 0
	case d.role == roleReader, d.role == roleFreeBusy:
		return 0
	}
	f := calendar.BothWaysFields
	if d.invited() || d.master.Locked {
		f &^= calendar.OrganizerOwned
	}
	return f & d.event.Known
}
