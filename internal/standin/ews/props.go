package ews

import (
	"maps"

	"tahti/internal/standin/exchange"
)

// props are what an event says that a client can set, for a series or for one of its exceptions.
type props struct {
	subject, location  string
	body               body
	start, end         moment
	allDay             bool
	busy               string // LegacyFreeBusyStatus
	sensitivity        string
	importance         string
	categories         []string
	remind             bool
	remindMinutes      int
	required           []attendee
	optional           []attendee
	resources          []attendee
	wantsResponse      bool
	newTimes           bool
	workspace, netShow string
	conference         int
	response           string // MyResponseType
	extended           map[string]value
	replied            string // AppointmentReplyTime
}

// body is a text as it was stored.
type body struct {
	html    bool
	content string
}

// as is the body in the type that was asked for; Best, or nothing, is as it is stored.
func (b body) as(kind string) (string, string) {
	switch {
	case kind == "Text" && b.html:
		return "Text", exchange.ToText(b.content)
	case kind == "HTML" && !b.html:
		return "HTML", exchange.FromText(b.content)
	case b.html:
		return "HTML", b.content
	}
	return "Text", b.content
}

type person struct{ name, address string }

// attendee is one who is invited.
type attendee struct {
	person
	response string
	answered string // when; empty for not yet
}

// newProps are the defaults of a new event.
func newProps() props {
	return props{
		busy: "Busy", sensitivity: "Normal", importance: "Normal", remind: true, remindMinutes: 15,
		newTimes: true, wantsResponse: true, response: "Organizer", extended: map[string]value{},
	}
}

// parts are what of an event is set at a time: of an exception, only the parts that were set differ from its series.
// Start, end, their zones and whether it takes whole days are one decision.
var parts = map[string]func(dst, src *props){
	"Subject":                    func(d, s *props) { d.subject = s.subject },
	"Location":                   func(d, s *props) { d.location = s.location },
	"Body":                       func(d, s *props) { d.body = s.body },
	"times":                      func(d, s *props) { d.start, d.end, d.allDay = s.start, s.end, s.allDay },
	"LegacyFreeBusyStatus":       func(d, s *props) { d.busy = s.busy },
	"Sensitivity":                func(d, s *props) { d.sensitivity = s.sensitivity },
	"Importance":                 func(d, s *props) { d.importance = s.importance },
	"Categories":                 func(d, s *props) { d.categories = s.categories },
	"ReminderIsSet":              func(d, s *props) { d.remind = s.remind },
	"ReminderMinutesBeforeStart": func(d, s *props) { d.remindMinutes = s.remindMinutes },
	"RequiredAttendees":          func(d, s *props) { d.required = s.required },
	"OptionalAttendees":          func(d, s *props) { d.optional = s.optional },
	"Resources":                  func(d, s *props) { d.resources = s.resources },
	"IsResponseRequested":        func(d, s *props) { d.wantsResponse = s.wantsResponse },
	"AllowNewTimeProposal":       func(d, s *props) { d.newTimes = s.newTimes },
	"MeetingWorkspaceUrl":        func(d, s *props) { d.workspace = s.workspace },
	"NetShowUrl":                 func(d, s *props) { d.netShow = s.netShow },
	"ConferenceType":             func(d, s *props) { d.conference = s.conference },
	"MyResponseType":             func(d, s *props) { d.response, d.replied = s.response, s.replied },
	"extended": func(d, s *props) {
		d.extended = maps.Clone(d.extended)
		for k, v := range s.extended { // any order: a merge
			if v.gone {
				delete(d.extended, k)
			} else {
				d.extended[k] = v
			}
		}
	},
}

// apply copies the parts that are set.
func apply(dst, src *props, set map[string]bool) {
	for name := range set { // any order: parts do not overlap
		if copy := parts[name]; copy != nil {
			copy(dst, src)
		}
	}
}

// put copies what a patch sets but for its times, which have to be worked out.
func (p *patch) put(dst *props) {
	set := maps.Clone(p.set)
	delete(set, "times")
	apply(dst, &p.props, set)
}

// personal are the parts that are each person's own, and no matter of the meeting.
var personal = map[string]bool{
	"LegacyFreeBusyStatus": true, "Sensitivity": true, "Categories": true, "ReminderIsSet": true, "ReminderMinutesBeforeStart": true,
	"MyResponseType": true, "extended": true,
}

// onlyPersonal reports whether nothing else is set.
func onlyPersonal(set map[string]bool) bool {
	for name := range set { // any order: a conjunction
		if !personal[name] {
			return false
		}
	}
	return true
}

// everybody are all who are invited.
func (p *props) everybody() []attendee {
	var list []attendee
	for _, l := range [][]attendee{p.required, p.optional, p.resources} {
		list = append(list, l...)
	}
	return list
}
