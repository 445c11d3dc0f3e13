package main

import (
	"context"
	"fmt"
	"time"

	"tahti/internal/standin/google"
)

type standinGoogleCmd struct {
	standinAt
	ClientID     string   `name:"client-id" help:"The program that may ask for consent (${default})." default:"standin.apps.googleusercontent.com" placeholder:"ID"`
	ClientSecret string   `name:"client-secret" help:"Its secret (${default})." default:"standin-secret" placeholder:"SECRET"`
	Redirect     []string `help:"An address that its codes may be sent to, letter for letter; without one, any of this machine." placeholder:"URL"`
	Testing      bool     `help:"The program was never published: its grants end after a week."`
	TimeZone     string   `help:"The calendar's time zone (${default})." default:"UTC" placeholder:"ZONE"`
}

// Run serves one account with one empty primary calendar until it is told to stop.
func (c *standinGoogleCmd) Run(ctx context.Context, a *app) error {
	if _, err := time.LoadLocation(c.TimeZone); err != nil || c.TimeZone == "Local" {
		return wrongUse{fmt.Errorf("no time zone is called %q", c.TimeZone)}
	}
	return c.serve(ctx, a, google.New(google.Options{
		Token: c.Token, Zone: c.TimeZone, PlainPush: !c.TLS,
		Users: []google.User{{Email: c.User, Password: c.Password, Calendars: []google.Calendar{{TimeZone: c.TimeZone}}}},
		Clients: []google.Client{{
			ID: c.ClientID, Secret: c.ClientSecret, Redirects: c.Redirect, Testing: c.Testing, TestUsers: []string{c.User},
		}},
	}))
}
