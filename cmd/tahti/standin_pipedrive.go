package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"tahti/internal/standin/pipedrive"
)

type standinPipedriveCmd struct {
	standinAt
	ClientID     string   `name:"client-id" help:"The program that may ask for consent (${default})." default:"standin-client" placeholder:"ID"`
	ClientSecret string   `name:"client-secret" help:"Its secret (${default})." default:"standin-secret" placeholder:"SECRET"`
	Redirect     string   `help:"The one address that its codes may be sent to; without it, any of this machine." placeholder:"URL"`
	Colleague    []string `help:"A user besides; without a password, and no administrator." placeholder:"EMAIL"`
	Plan         string   `help:"What the company pays for: lite, growth, premium, ultimate (${default}). The budget of API tokens hangs on it." default:"lite" placeholder:"PLAN"`
	TimeZone     string   `help:"The user's time zone (${default})." default:"UTC" placeholder:"ZONE"`
	Activities   int      `help:"How many activities the company begins with." placeholder:"N"`
}

// plansByName are those of the flag.
var plansByName = map[string]pipedrive.Plan{"lite": pipedrive.Lite, "growth": pipedrive.Growth, "premium": pipedrive.Premium, "ultimate": pipedrive.Ultimate}

// Run serves one company until it is told to stop.
func (c *standinPipedriveCmd) Run(ctx context.Context, a *app) error {
	plan, ok := plansByName[strings.ToLower(c.Plan)]
	if !ok {
		return wrongUse{hinted{fmt.Errorf("no plan is called %q", c.Plan), "take lite, growth, premium or ultimate"}}
	}
	if _, err := time.LoadLocation(c.TimeZone); err != nil || c.TimeZone == "Local" {
		return wrongUse{fmt.Errorf("no time zone is called %q", c.TimeZone)}
	}
	if c.Activities < 0 {
		return wrongUse{fmt.Errorf("%d activities cannot be made", c.Activities)}
	}
	users := []pipedrive.User{{Email: c.User, Password: c.Password, TimeZone: c.TimeZone}}
	for _, email := range c.Colleague {
		users = append(users, pipedrive.User{Email: email, TimeZone: c.TimeZone})
	}
	return c.serve(ctx, a, pipedrive.New(pipedrive.Options{
		Token: c.Token, LocalHooks: true, Activities: c.Activities, Users: users, Company: pipedrive.Company{Plan: plan},
		Apps: []pipedrive.App{{ID: c.ClientID, Secret: c.ClientSecret, Redirect: c.Redirect}},
	}))
}
