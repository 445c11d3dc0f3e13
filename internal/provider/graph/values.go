package graph

import (
	"strings"

	"tahti/internal/calendar"
	"tahti/internal/provider/outlook"
)

func editable(e *event, invited bool) calendar.FieldSet {
	fields := calendar.BothWaysFields
	if invited {
		fields &^= calendar.OrganizerOwned
	}
	if _, ok := e.joinBlock(); e.online() && !ok {
		fields &^= calendar.Fields(calendar.Description)
	}
	return fields
}

func (e *event) online() bool { return e.IsOnlineMeeting != nil && *e.IsOnlineMeeting }

func private(e *event) bool {
	return e.Sensitivity != nil && *e.Sensitivity != "" && !strings.EqualFold(*e.Sensitivity, "normal")
}

func busy(e *event) bool { return e.ShowAs == nil || !strings.EqualFold(*e.ShowAs, "free") }

// values reads all but the time, and answers which fields were said.
func (e *event) values(v *calendar.Values) (said calendar.FieldSet) {
	say := func(f calendar.Field, there bool) bool {
		if there {
			said |= calendar.Fields(f)
		}
		return there
	}
	if say(calendar.Subject, e.Subject != nil) {
		v.Subject = *e.Subject
	}
	if say(calendar.Location, e.Location != nil) {
		v.Location = e.Location.DisplayName
	}
	if say(calendar.Description, e.Body != nil) {
		v.Description = e.description()
	}
	if say(calendar.Busy, e.ShowAs != nil) {
		v.Busy = busy(e)
	}
	if say(calendar.Private, e.Sensitivity != nil) {
		v.Private = private(e)
	}
	if say(calendar.StatusField, e.IsCancelled != nil) && *e.IsCancelled {
		v.Status = calendar.Cancelled
	}
	if say(calendar.OrganizerField, e.Organizer != nil) {
		v.Organizer = *e.Organizer.person()
	}
	if say(calendar.GuestsField, e.Attendees != nil) {
		v.Guests = guests(*e.Attendees)
	}
	if say(calendar.AnswerField, e.ResponseStatus != nil) {
		v.Answer = ownAnswer(e.ResponseStatus.Response)
	}
	if say(calendar.MeetingURL, e.OnlineMeeting != nil || e.OnlineURL != nil || e.IsOnlineMeeting != nil) {
		v.MeetingURL = e.meetingURL()
	}
	return said
}

func (e *event) description() string {
	if e.online() {
		if m, ok := e.joinBlock(); ok {
			return m.Description
		}
	}
	if strings.EqualFold(e.Body.ContentType, "html") {
		return outlook.Text(e.Body.Content)
	}
	return outlook.Plain(e.Body.Content)
}

// joinBlock takes the body of an online meeting apart.
func (e *event) joinBlock() (outlook.MeetingBody, bool) {
	if e.Body == nil {
		return outlook.MeetingBody{}, false
	}
	return outlook.JoinBlock(e.Body.Content, strings.EqualFold(e.Body.ContentType, "html"))
}

func (e *event) meetingURL() string {
	switch {
	case e.OnlineMeeting != nil && e.OnlineMeeting.JoinURL != "":
		return e.OnlineMeeting.JoinURL
	case e.OnlineURL != nil:
		return *e.OnlineURL
	}
	return ""
}

func (a emailAddress) person() calendar.Person { return outlook.PersonOf(a.Address, a.Name) }

// person is nobody where none is named.
func (r *recipient) person() *calendar.Person {
	if r == nil {
		return nil
	}
	p := r.EmailAddress.person()
	return &p
}

// guests are those who are invited, each once, sorted by address.
func guests(list []attendee) []calendar.Guest {
	var out []calendar.Guest
	for _, a := range list {
		g := calendar.Guest{Person: a.EmailAddress.person(), Answer: calendar.NeedsReply}
		switch strings.ToLower(a.Status.Response) {
		case "accepted", "organizer":
			g.Answer = calendar.Accepted
		case "declined":
			g.Answer = calendar.Declined
		case "tentativelyaccepted":
			g.Answer = calendar.Maybe
		}
		out = append(out, g)
	}
	return outlook.Distinct(out)
}

// ownAnswer is the connected person's; whoever organises has not been asked.
func ownAnswer(response string) calendar.Answer {
	switch strings.ToLower(response) {
	case "accepted":
		return calendar.Accepted
	case "declined":
		return calendar.Declined
	case "tentativelyaccepted":
		return calendar.Maybe
	case "notresponded":
		return calendar.NeedsReply
	}
	return calendar.NoAnswer
}
