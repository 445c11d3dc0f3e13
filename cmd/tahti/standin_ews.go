package main

import (
	"context"

	"tahti/internal/standin/ews"
)

type standinEWSCmd struct {
	standinAt
	ServerVersion string   `name:"server-version" help:"The newest schema that the server takes (${default})." default:"Exchange2016" placeholder:"VERSION"`
	Calendar      []string `help:"A calendar besides the default one." placeholder:"NAME"`
}

// Run serves one mailbox with an empty calendar until it is told to stop.
func (c *standinEWSCmd) Run(ctx context.Context, a *app) error {
	return c.serve(ctx, a, ews.New(ews.Options{
		Token: c.Token, Version: c.ServerVersion,
		Users: []ews.User{{Name: c.User, Password: c.Password, Calendars: c.Calendar}},
	}))
}
