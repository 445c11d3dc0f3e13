package main

import (
	"context"

	"tahti/internal/standin/google"
)

type standinGoogleCmd struct {
	standinAt
	ClientID     string   `name:"client-id" help:"The program that may ask for consent (${default})." default:"standin.apps.googleusercontent.com" placeholder:"ID"`
	ClientSecret string   `name:"client-secret" help:"Its secret (${default})." default:"standin-secret" placeholder:"SECRET"`
	Redirect     []string `help:"An address that its codes may be sent to, letter for letter; without one, any of this machine." placeholder:"URL"`
	Testing      bool     `help:"The program was never published: its grants end after a week."`
}

// Run serves one account with one empty primary calendar until it is told to stop.
func (c *standinGoogleCmd) Run(ctx context.Context, a *app) error {
	return c.serve(ctx, a, google.New(google.Options{
		Token: c.Token, PlainPush: !c.TLS, Users: []google.User{{Email: c.User, Password: c.Password}},
		Clients: []google.Client{{
			ID: c.ClientID, Secret: c.ClientSecret, Redirects: c.Redirect, Testing: c.Testing, TestUsers: []string{c.User},
		}},
	}))
}
