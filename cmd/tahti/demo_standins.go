package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"

	"tahti/internal/demo"
	"tahti/internal/standin/caldav"
	"tahti/internal/standin/ews"
	"tahti/internal/standin/google"
	"tahti/internal/standin/graph"
	"tahti/internal/standin/pipedrive"
)

// standins are the calendars beside the demo, each on a port of its own.
type standins struct {
	list      []standing
	caldav    *caldav.Server
	pipedrive *pipedrive.Server
}

// standing is one of them.
type standing struct {
	kind, title, url string
	ln               net.Listener
	handler          http.Handler
}

// openStandins listens for all of them. Accounts at Google and Microsoft are entered by a button where a provider's page allows it,
// else with the demo's password.
func openStandins(password string) (*standins, error) {
	s := &standins{caldav: caldav.New(caldav.Options{
		Users: []caldav.User{{Name: demoUser, Password: password, Calendars: []caldav.Calendar{{Name: "work", Display: "Work"}}}}, Zone: demo.Zone,
	})}
	g := google.New(google.Options{
		Users: []google.User{
			{Email: demoUser, Name: "Alice", Calendars: []google.Calendar{{TimeZone: demo.Zone}}},
			{Email: otherAccount, Name: "Alice at home", Calendars: []google.Calendar{{TimeZone: demo.Zone}}},
			{Email: chainUser, Name: "Bob", Calendars: []google.Calendar{{TimeZone: demo.Zone}}},
		}, Zone: demo.Zone, PlainPush: true,
	})
	m := graph.New(graph.Options{
		Users: []graph.User{
			{Name: demoUser, Display: "Alice", Password: password, Admin: true}, {Name: otherAccount, Display: "Alice at home", Password: password},
		}, Zone: demo.Zone, PlainNotify: true,
		App: graph.App{ID: demoClient, Secret: demoClient, Name: "Tahti"},
	})
	e := ews.New(ews.Options{
		Users: []ews.User{{Name: demoUser, Display: "Alice", Password: password, AppPasswords: []string{appPassword(password)}}}, Zone: demo.Zone,
		Hybrid: &ews.Hybrid{Page: "https://login.microsoftonline.com/common/oauth2/authorize", Read: m.Bearer},
	})
	// A demo looks for changes every second, which a company of two on the smallest plan could not pay for an hour.
	s.pipedrive = pipedrive.New(pipedrive.Options{
		LocalHooks: true, Company: pipedrive.Company{Name: "Sample company", Plan: pipedrive.Ultimate, Seats: 100},
		Users: []pipedrive.User{
			{Email: demoUser, Name: "Alice", TimeZone: demo.Zone}, {Email: chainUser, Name: "Bob", TimeZone: demo.Zone, APIToken: chainToken},
		},
	})
	for _, x := range []standing{
		{kind: "caldav", title: "CalDAV", handler: s.caldav}, {kind: "google", title: "Google", handler: g},
		{kind: "graph", title: "Microsoft 365", handler: m}, {kind: "ews", title: "Exchange", handler: e},
		{kind: "pipedrive", title: "Pipedrive", handler: s.pipedrive},
	} {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("listen for the stand-in of %s: %w", x.title, err)
		}
		x.ln, x.url = ln, "http://"+ln.Addr().String()+"/"
		if x.kind == "ews" {
			m.Know("http://" + ln.Addr().String())
		}
		s.list = append(s.list, x)
	}
	return s, nil
}

// demoClient names Tahti's registration at the stand-in of Microsoft, and is its secret.
const demoClient = "tahti-demo"

// appPassword is what the gateway before the Exchange server issues, once it is switched on.
func appPassword(password string) string { return "app-" + password }

func (s *standins) url(kind string) string {
	for _, x := range s.list {
		if x.kind == kind {
			return x.url
		}
	}
	return ""
}

func (s *standins) registrations() registrations {
	g, m := s.url("google"), s.url("graph")
	return registrations{
		GoogleID: google.StandardClient, GoogleSecret: google.StandardSecret, GoogleAPI: g, GoogleSignIn: g,
		MicrosoftID: demoClient, MicrosoftSecret: demoClient, GraphAPI: m, MicrosoftSignIn: m,
		PipedriveID: pipedrive.StandardClient, PipedriveSecret: pipedrive.StandardSecret, PipedriveSignIn: s.url("pipedrive"),
	}
}

// serve serves all until ctx ends; the function that it answers waits for their end.
func (s *standins) serve(ctx context.Context) func() error {
	ended := make(chan error, len(s.list))
	for _, x := range s.list {
		go func() { ended <- serveUntil(ctx, x.ln, x.handler) }()
	}
	return func() (err error) {
		for range s.list {
			err = errors.Join(err, <-ended)
		}
		return err
	}
}
