package main

import (
	"context"
	"time"

	"tahti/internal/standin/graph"
)

type standinGraphCmd struct {
	standinAt
	ClientID     string        `name:"client-id" help:"The program that may ask people to sign in (${default})." default:"tahti" placeholder:"ID"`
	ClientSecret string        `name:"client-secret" help:"Its secret (${default})." default:"secret" placeholder:"SECRET"`
	Redirect     []string      `help:"An address that is registered for it; every one of this machine if none is given." placeholder:"URL"`
	ReadOnly     bool          `help:"The calendar may only be read."`
	Latency      time.Duration `help:"How long each request takes (${default}); only then is a fifth one at a time throttled." default:"0s" placeholder:"TIME"`
}

// Run serves one mailbox with one empty calendar until it is told to stop. Without TLS of its own it takes notification
// addresses without TLS, too: both are on one machine then.
func (c *standinGraphCmd) Run(ctx context.Context, a *app) error {
	return c.serve(ctx, a, graph.New(graph.Options{
		Token: c.Token, PlainNotify: !c.TLS, Latency: c.Latency,
		App: graph.App{ID: c.ClientID, Secret: c.ClientSecret, Name: "Tahti", Redirects: c.Redirect},
		Users: []graph.User{{
			Name: c.User, Password: c.Password, Admin: true, Calendars: []graph.Calendar{{Name: "Calendar", ReadOnly: c.ReadOnly}},
		}},
	}))
}
