package main

import (
	"context"

	"tahti/internal/standin/ews"
)

type standinEWSCmd struct {
	standinAt
	ServerVersion string   `name:"server-version" help:"The newest schema that the server takes (${default})." default:"Exchange2016" placeholder:"VERSION"`
	Calendar      []string `help:"A calendar besides the default one." placeholder:"NAME"`
	AppPassword   []string `help:"Put a gateway before the server that takes this password alone." placeholder:"PW" sep:"none"`
}

// Run serves one mailbox with an empty calendar until it is told to stop.
func (c *standinEWSCmd) Run(ctx context.Context, a *app) error {
	o := ews.Options{
		Token: c.Token, Version: c.ServerVersion,
		Users: []ews.User{{Name: c.User, Password: c.Password, AppPasswords: c.AppPassword, Calendars: c.Calendar}},
	}
	if len(c.AppPassword) > 0 {
		o.Front = ews.FrontAppPasswords
	}
	return c.serve(ctx, a, ews.New(o))
}
