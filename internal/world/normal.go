package world

import (
	"strings"

	"tahti/internal/calendar"
	"tahti/internal/provider"
)

// normaliser is a way in which a server writes what it was given differently.
type normaliser struct {
	name string
	one  func(v *calendar.Values)
}

func (n normaliser) apply(e *calendar.Event) {
	n.one(&e.Values)
	for i := range e.Overrides {
		n.one(&e.Overrides[i].Values)
	}
}

var (
	trims = normaliser{"trims", func(v *calendar.Values) {
		v.Subject = strings.Join(strings.Fields(v.Subject), " ")
		v.Location, v.Description = strings.TrimSpace(v.Location), strings.TrimSpace(v.Description)
	}}
	rounds = normaliser{"rounds", func(v *calendar.Values) {
		v.Start.Wall -= v.Start.Wall % 60
		v.End.Wall -= v.End.Wall % 60
	}}
	rewrites = normaliser{"rewrites", func(v *calendar.Values) {
		v.Description = strings.ReplaceAll(v.Description, "\t", "    ")
		if len(v.Subject) > 40 {
			v.Subject = strings.TrimSpace(v.Subject[:40])
		}
	}}
)

// kinds are the servers that a world draws from: like CalDAV servers of three sorts, Graph ("window": calendarView's cursors, ids that
// the server gives, meetings that mail), Google ("hiding": exceptions with ids of their own, ids that are used up, details of private
// events that a role does not see, guests outside who are mailed), Exchange ("office": deletions that nothing guards, ids that the
// server gives, meetings whose guests have to be told) and a feed of lists.
var kinds = []traits{
	{name: "text", form: text, guard: provider.GuardFull, unread: true, modified: true, batch: 20, fields: calendar.AllFields},
	{name: "scheduling", form: text, guard: provider.GuardFull, unread: true, mails: true, page: 3, batch: 20, fields: calendar.AllFields,
		normal: []normaliser{trims}},
	{name: "unguarded", form: text, guard: provider.GuardNone, listing: true, unread: true, page: 4, batch: 3, fields: calendar.AllFields,
		normal: []normaliser{trims, rewrites}},
	{name: "parts", form: parts, guard: provider.GuardFull, unproven: true, modified: true, page: 5, batch: 20, fields: calendar.AllFields,
		normal: []normaliser{trims, rounds}},
	{name: "values", form: values, guard: provider.GuardFull, modified: true, page: 3, batch: 10, fields: calendar.AllFields},
	{name: "poor", form: values, guard: provider.GuardUpdate, unproven: true, batch: 10,
		fields: calendar.AllFields &^ calendar.Fields(calendar.Private), normal: []normaliser{rounds, rewrites}},
	{name: "window", form: parts, guard: provider.GuardFull, untoldEnds: true, unproven: true, mails: true, modified: true, page: 4, batch: 20, fields: calendar.AllFields,
		normal: []normaliser{trims}, oddities: oddities{moving: true, names: true}},
	{name: "hiding", form: parts, guard: provider.GuardFull, mails: true, modified: true, page: 6, batch: 10, fields: calendar.AllFields,
		oddities: oddities{hides: true, spends: true}},
	{name: "office", form: parts, guard: provider.GuardUpdate, untoldEnds: true, unread: true, mails: true, modified: true, page: 5, batch: 20, fields: calendar.AllFields,
		normal: []normaliser{trims}, oddities: oddities{names: true}},
	{name: "feed", form: text, guard: provider.GuardNone, listing: true, batch: 20, fields: calendar.AllFields, oddities: oddities{feed: true}},
	// Drawn apart: see drawCRM.
	{name: "crm", form: values, guard: provider.GuardNone, modified: true, batch: 20, normal: []normaliser{rounds}, oddities: oddities{names: true, crm: true},
		fields: calendar.Fields(calendar.Subject, calendar.When, calendar.Location, calendar.Description, calendar.Busy) | calendar.FacetFields},
}

// calendars is how many of them are calendars.
var calendars = len(kinds) - 1
