package ews

import (
	"slices"
	"strings"

	"tahti/internal/calendar"
	"tahti/internal/provider/outlook"
)

// editable are the fields that the connected person may change.
func (i *item) editable(invited bool) calendar.FieldSet {
	fields := calendar.BothWaysFields
	if invited {
		fields &^= calendar.OrganizerOwned
	}
	if _, ok := i.joinBlock(); i.Online != nil && *i.Online && !ok {
		fields &^= calendar.Fields(calendar.Description) // where the block is not found, nobody knows what may be written
	}
	return fields
}

// invited reports whether somebody else organises. Servers before 2013's schema do not say who organises; what was received has the
// second bit of AppointmentState (how-to-delete-appointments-in-a-recurring-series of Microsoft's documents).
func (i *item) invited() bool {
	const received = 2
	switch {
	case i.Meeting != nil && !*i.Meeting:
		return false // a plain appointment
	case i.IsOrganizer != nil:
		return !*i.IsOrganizer
	case i.State != nil:
		return *i.State&received != 0
	}
	return i.Response != nil && !strings.EqualFold(*i.Response, "Organizer") && !strings.EqualFold(*i.Response, "Unknown")
}

// values reads all but the time, and answers which fields were said.
func (i *item) values(v *calendar.Values, invited bool) (said calendar.FieldSet) {
	say := func(f calendar.Field, there bool) bool {
		if there {
			said |= calendar.Fields(f)
		}
		return there
	}
	// An event without a subject, a place or a body comes without the element: these are blanks, for they were asked for.
	said |= calendar.Fields(calendar.Subject, calendar.Location, calendar.Description)
	if i.Subject != nil {
		v.Subject = *i.Subject
	}
	if i.Location != nil {
		v.Location = *i.Location
	}
	if i.Body != nil {
		v.Description = i.description()
	}
	if say(calendar.Busy, i.FreeBusy != nil) {
		v.Busy = !strings.EqualFold(*i.FreeBusy, "Free")
	}
	if say(calendar.Private, i.Sensitivity != nil) {
		v.Private = private(*i.Sensitivity)
	}
	if say(calendar.StatusField, i.Cancelled != nil) && *i.Cancelled {
		v.Status = calendar.Cancelled
	}
	said |= calendar.Fields(calendar.GuestsField, calendar.OrganizerField, calendar.MeetingURL)
	v.Guests = guests(slices.Concat(i.Required, i.Optional, i.Resources))
	if i.Organizer != nil && (invited || len(v.Guests) > 0) { // Exchange names the owner of a plain appointment
		v.Organizer = *i.Organizer.person()
	}
	if say(calendar.AnswerField, i.Response != nil) {
		v.Answer = ownAnswer(*i.Response)
	}
	if i.JoinURL != nil {
		v.MeetingURL = *i.JoinURL
	}
	return said
}

func private(sensitivity string) bool {
	return sensitivity != "" && !strings.EqualFold(sensitivity, "Normal")
}

func (i *item) description() string {
	if m, ok := i.joinBlock(); ok {
		return m.Description
	}
	if i.Body.html() {
		return outlook.Text(i.Body.Text)
	}
	return outlook.Plain(i.Body.Text)
}

// joinBlock takes the body of an online meeting apart. A program beside Outlook writes the block without saying that the meeting is
// online; a line of underscores alone is no block.
func (i *item) joinBlock() (outlook.MeetingBody, bool) {
	if i.Body == nil {
		return outlook.MeetingBody{}, false
	}
	m, ok := outlook.JoinBlock(i.Body.Text, i.Body.html())
	if ok && (i.Online == nil || !*i.Online) && !strings.Contains(m.Block, "/meetup-join/") {
		return outlook.MeetingBody{}, false
	}
	return m, ok
}

// person is nobody where none is named.
func (m *mailbox) person() *calendar.Person {
	if m == nil {
		return nil
	}
	p := outlook.PersonOf(m.Address, m.Name)
	return &p
}

// guests are those who are invited, each once, sorted by address.
func guests(list []attendee) []calendar.Guest {
	var out []calendar.Guest
	for _, a := range list {
		g := calendar.Guest{Person: *a.Mailbox.person(), Answer: calendar.NeedsReply}
		switch strings.ToLower(a.Response) {
		case "accept", "organizer":
			g.Answer = calendar.Accepted
		case "decline":
			g.Answer = calendar.Declined
		case "tentative":
			g.Answer = calendar.Maybe
		}
		out = append(out, g)
	}
	return outlook.Distinct(out)
}

// ownAnswer is the connected person's; whoever organises has not been asked.
func ownAnswer(response string) calendar.Answer {
	switch strings.ToLower(response) {
	case "accept":
		return calendar.Accepted
	case "decline":
		return calendar.Declined
	case "tentative":
		return calendar.Maybe
	case "noresponsereceived":
		return calendar.NeedsReply
	}
	return calendar.NoAnswer
}
