package graph

import (
	"maps"
	"slices"

	"tahti/internal/standin/exchange"
)

// props are what an event says that a client can set, for a series or for one of its exceptions.
type props struct {
	subject       string
	body          string // HTML, whole
	start, end    moment
	allDay        bool
	locations     []object
	showAs        string
	sensitivity   string
	importance    string
	categories    []string
	remind        bool
	remindMinutes int
	attendees     []attendee
	online        bool
	onlineWith    string
	joinURL       string
	hideAttendees bool
	wantsResponse bool
	newTimes      bool
	response      string            // of whose calendar it is: organizer, notResponded, accepted, tentativelyAccepted, declined
	answered      string            // when, as a DateTimeOffset
	extended      map[string]string // by id as canonical
}

type person struct{ name, address string }

// attendee is one who is invited.
type attendee struct {
	person
	kind     string // required, optional or resource
	response string
	answered string // when, as a DateTimeOffset
}

// never is the time of a response that has not been given.
const never = "0001-01-01T00:00:00Z"

// newProps are the defaults of a new event.
func newProps() props {
	return props{
		body: exchange.HTMLDocument(""), showAs: "busy", sensitivity: "normal", importance: "normal", categories: []string{},
		remind: true, remindMinutes: 15, wantsResponse: true, newTimes: true, onlineWith: "unknown", response: "organizer", answered: never, extended: map[string]string{},
	}
}

// field is one property as requests name it. Of an exception, only the fields that were set differ from its series.
type field struct {
	name string
	copy func(dst, src *props)
}

// fields are in the order in which they are compared. start, end and isAllDay are one decision.
var fields = []field{
	{"subject", func(d, s *props) { d.subject = s.subject }},
	{"body", func(d, s *props) { d.body, d.online, d.joinURL = s.body, s.online, s.joinURL }},
	{"times", func(d, s *props) { d.start, d.end, d.allDay = s.start, s.end, s.allDay }},
	{"location", func(d, s *props) { d.locations = s.locations }},
	{"showAs", func(d, s *props) { d.showAs = s.showAs }},
	{"sensitivity", func(d, s *props) { d.sensitivity = s.sensitivity }},
	{"importance", func(d, s *props) { d.importance = s.importance }},
	{"categories", func(d, s *props) { d.categories = s.categories }},
	{"isReminderOn", func(d, s *props) { d.remind = s.remind }},
	{"reminderMinutesBeforeStart", func(d, s *props) { d.remindMinutes = s.remindMinutes }},
	{"attendees", func(d, s *props) { d.attendees = s.attendees }},
	{"isOnlineMeeting", func(d, s *props) {
		d.online, d.joinURL, d.body = s.online, s.joinURL, s.body
		if s.onlineWith != "" {
			d.onlineWith = s.onlineWith
		}
	}},
	{"hideAttendees", func(d, s *props) { d.hideAttendees = s.hideAttendees }},
	{"responseRequested", func(d, s *props) { d.wantsResponse = s.wantsResponse }},
	{"allowNewTimeProposals", func(d, s *props) { d.newTimes = s.newTimes }},
	{"responseStatus", func(d, s *props) { d.response, d.answered = s.response, s.answered }},
	{"singleValueExtendedProperties", func(d, s *props) {
		d.extended = maps.Clone(d.extended)
		maps.Copy(d.extended, s.extended)
	}},
}

// apply copies the fields that are set.
func apply(dst, src *props, set map[string]bool) {
	for _, f := range fields {
		if set[f.name] {
			f.copy(dst, src)
		}
	}
}

// personal are the fields that are each person's own, and no matter of the meeting.
var personal = []string{"showAs", "sensitivity", "categories", "isReminderOn", "reminderMinutesBeforeStart", "singleValueExtendedProperties"}

// onlyPersonal reports whether nothing else is set.
func onlyPersonal(set map[string]bool) bool {
	for name := range set { // any order: a conjunction
		if !slices.Contains(personal, name) {
			return false
		}
	}
	return true
}
