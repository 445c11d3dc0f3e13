package house_test

import (
	"net/http"
	"strings"
	"testing"

	"tahti/internal/account"
	"tahti/internal/house"
	"tahti/internal/icalendar"
	"tahti/internal/netguard"
	"tahti/internal/provider/backdoor"
	dav "tahti/internal/provider/backdoor/caldav"
	"tahti/internal/provider/conformance"
	"tahti/internal/standin"
	"tahti/internal/standin/caldav"
	"tahti/internal/standin/ews"
	"tahti/internal/standin/google"
	"tahti/internal/standin/graph"
	"tahti/internal/standin/pipedrive"
	"tahti/internal/store"
)

// farKinds are the calendars that a chain may end in.
var farKinds = []string{account.Google, account.Graph, account.EWS, account.CalDAV}

// farEnd is a calendar at the end of a chain, another program of its owner's at it, and what sync sends there.
type farEnd struct {
	program  conformance.Backdoor
	events   func() []entry
	faults   func(...standin.Fault) error
	requests func() []standin.Request
	wrote    func(*standin.Request) bool
	mails    func() []standin.Mail
	// strikes are the requests of a run that may be hit; the writes, where they can be told.
	strikes []standin.Fault
	connect func() store.Connection
}

// newFarEnd is a house beside Pipedrive and a calendar, all by one clock, and nothing is connected.
func newFarEnd(t *testing.T, kind string) (*office, *farEnd) {
	t.Helper()
	ours := &clock{}
	local, err := netguard.Parse("127.0.0.0/8")
	if err != nil {
		t.Fatal(err)
	}
	beside := func() *office { // made last, so that it is the first to end: it listens to Exchange
		return openBeside(t, ours, func(c *house.Config) { c.Policy = local }, google.Options{Token: "all"}, graph.Options{Token: "all"}, pipedrive.Options{Token: "all"})
	}
	switch kind {
	case account.Google, account.Graph:
		o := beside()
		f := hosted(o, kind)
		f.connect = func() store.Connection { _, c := o.connectTo(kind); return c }
		return o, f
	case account.EWS:
		x := newExchangeFar(t, ews.Options{Token: "all", Now: ours.Now})
		return typed(beside(), x, x.end(ours))
	default:
		x := newStandFar(t, caldav.ProfileCyrus)
		return typed(beside(), x, x.end())
	}
}

// typed is a calendar that people sign in to by typing an address and a password.
func typed(o *office, x far, f *farEnd) (*office, *farEnd) {
	o.sign, o.kind = x.sign(), x.kind()
	f.connect = func() store.Connection { return o.lab.connect(`{"start":"everything"}`) }
	return o, f
}

// end is the mailbox with a program that waits by the clock.
func (f *exchangeFar) end(by *clock) *farEnd {
	c := &exchangeCloud{exchangeFar: f, clock: by}
	e := &farEnd{program: c, events: c.entries, faults: f.s.Faults, requests: f.s.Requests, mails: f.s.Mails, wrote: func(r *standin.Request) bool {
		return r.Operation == "CreateItem" || r.Operation == "UpdateItem" || r.Operation == "DeleteItem"
	}}
	for n := range 4 { // all have one path: changes are asked for, the event is read, written and read again
		e.strikes = append(e.strikes, standin.Fault{Path: c.apiPath(), Every: n + 1})
	}
	return e
}

// hosted is a calendar at a provider of the office.
func hosted(o *office, kind string) *farEnd {
	f := &farEnd{
		strikes: []standin.Fault{{Method: "PATCH|POST|PUT", Path: "/events"}},
		wrote:   func(r *standin.Request) bool { return r.Method != "GET" && strings.Contains(r.Path, "/events") },
	}
	if kind == account.Google {
		c := newGoogleCloud(o.t, o.google, google.Variant{})
		f.program, f.events, f.faults, f.requests, f.mails = c, c.entries, o.google.Faults, o.google.Requests, o.google.Mails
		return f
	}
	c := newGraphCloud(o.t, o.graph, graph.Variants{})
	f.program, f.events, f.faults, f.requests, f.mails = c, c.entries, o.graph.Faults, o.graph.Requests, o.graph.Mails
	return f
}

// end is the calendar with a program that signs in as its owner.
func (f *standFar) end() *farEnd {
	objects := func() []caldav.Object {
		list, err := f.s.Events(f.user, "calendar")
		if err != nil {
			f.t.Fatal(err)
		}
		return list
	}
	sign := f.sign()
	return &farEnd{
		program: &dav.Calendar{Prefix: "other", Server: backdoor.Server{
			Base: f.url + f.s.CalendarPath(f.user, "calendar"), Transport: inside{f.s}, Sign: func(r *http.Request) { r.SetBasicAuth(sign.Username, sign.Password) },
		}},
		events: func() (list []entry) {
			for _, o := range objects() {
				d, problem := icalendar.Decode(o.Body, icalendar.Options{})
				if problem != nil {
					f.t.Fatal(problem)
				}
				list = append(list, entry{Values: d.Event.Values, id: o.Path})
			}
			return list
		},
		faults: f.s.Faults, requests: f.s.Requests, mails: f.s.Mails,
		wrote:   func(r *standin.Request) bool { return r.Method == "PUT" || r.Method == "DELETE" },
		strikes: []standin.Fault{{Method: "PUT|DELETE"}},
	}
}
