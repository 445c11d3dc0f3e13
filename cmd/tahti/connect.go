package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"tahti/client"
)

type connectCmd struct {
	Ews       connectEwsCmd       `cmd:"" name:"ews" help:"Connect a calendar on your company's own Exchange server. Where that takes a sign-in at Microsoft: --microsoft. Mailboxes at Microsoft 365 are connected in the browser.\n\nExample: tahti connect ews --email alice@example.com\n\nThe server is found by the e-mail address. The password is asked for. In a script: … --password-stdin < password.txt"`
	Pipedrive connectPipedriveCmd `cmd:"" name:"pipedrive" help:"Connect your activities in Pipedrive by your API token (Personal preferences > API). Without a token they are connected in the browser.\n\nExample: tahti connect pipedrive\n\nThe token is asked for. In a script: … --token-stdin < token.txt"`
	Caldav    connectCaldavCmd    `cmd:"" name:"caldav" help:"Connect a CalDAV calendar.\n\nExample: tahti connect caldav --url https://dav.example.com --username alice\n\nThe password is asked for. In a script: … --password-stdin < password.txt"`
}

type connectPipedriveCmd struct {
	connecting
	URL        string `name:"url" help:"The company's address, such as https://yourcompany.pipedrive.com, if it is not found by itself." placeholder:"URL"`
	TokenStdin bool   `help:"Read the API token from standard input."`
}

// Run connects the activities of a Pipedrive user by their API token.
func (c *connectPipedriveCmd) Run(ctx context.Context, a *app) error {
	c.PasswordStdin = c.PasswordStdin || c.TokenStdin
	return c.connect(ctx, a, "pipedrive_token", "API token", client.Credentials{URL: c.URL})
}

type connectCaldavCmd struct {
	connecting
	URL      string `name:"url" help:"The calendar server's address; without it, it is found by --email." placeholder:"URL"`
	Email    string `help:"The e-mail address of the calendar account." placeholder:"EMAIL"`
	Username string `help:"The user name at the calendar server; the e-mail address if it is left out." placeholder:"NAME"`
}

type connectEwsCmd struct {
	connecting
	Email    string `help:"The e-mail address of the mailbox." required:"" placeholder:"EMAIL"`
	Username string `help:"The user name, if it is not the e-mail address: DOMAIN\\name." placeholder:"NAME"`
	URL      string `name:"url" help:"The server's address, as of Outlook on the web; without it, it is found by the e-mail address." placeholder:"URL"`

	Microsoft bool `help:"Sign in at Microsoft, where the company's server takes that: name the server with --url. No password is asked for."`
}

// Validate is called by the parser.
func (c *connectEwsCmd) Validate() error {
	if c.Microsoft && c.URL == "" {
		return errors.New("name the server with --url")
	}
	return nil
}

// connecting is what all connections with a password need to be told.
type connecting struct {
	far
	PasswordStdin bool     `help:"Read the password from standard input."`
	TrustHost     []string `help:"A host that the server points to and that may have the password, too." placeholder:"HOST" sep:"none"`
	Calendar      string   `help:"Which calendar, by id or name, if there are several." placeholder:"ID"`
	Start         string   `help:"What takes part: new_and_changed (default), today, everything, or a day such as 2026-12-31." placeholder:"WHEN"`
	Direction     string   `help:"two_way (default), own_items_two_way, to_calendar or to_crm." placeholder:"WAY"`
}

// Validate is called by the parser.
func (c *connectCaldavCmd) Validate() error {
	if c.URL == "" && c.Email == "" {
		return errors.New("give the calendar server with --url, or let it be found by --email")
	}
	if c.Username == "" && c.Email == "" {
		return errors.New("give the user name with --username")
	}
	return nil
}

// Run connects a CalDAV calendar.
func (c *connectCaldavCmd) Run(ctx context.Context, a *app) error {
	return c.connect(ctx, a, "caldav", passwordOrApp, client.Credentials{URL: c.URL, Email: c.Email, Username: c.Username})
}

// Run connects a calendar of an Exchange server.
func (c *connectEwsCmd) Run(ctx context.Context, a *app) error {
	if c.Microsoft {
		return c.atMicrosoft(ctx, a)
	}
	return c.connect(ctx, a, "ews", "Password", client.Credentials{URL: c.URL, Email: c.Email, Username: c.Username})
}

// atMicrosoft begins a connection and says where to sign in. The calendar is chosen thereafter, in the browser.
func (c *connectEwsCmd) atMicrosoft(ctx context.Context, a *app) error {
	server, settings, err := c.open()
	if err != nil {
		return err
	}
	x, err := server.Connect(ctx, client.Connect{
		Provider: "ews_hybrid", Account: &client.Credentials{URL: c.URL, Email: c.Email}, Calendar: c.Calendar, Settings: settings,
	})
	if err != nil {
		return c.explain(err)
	}
	if a.json {
		return a.print(x)
	}
	fmt.Fprintf(a.out, "%s\n", x.AuthorizeURL)
	fmt.Fprintf(a.err, "connection %d waits for you: open this address in the browser in which you are signed in to Tahti, and choose the calendar there\n", x.ID)
	return nil
}

// open finds the server, and what the connection is to be set to.
func (c *connecting) open() (*client.Client, json.RawMessage, error) {
	server, err := c.dial()
	if err != nil {
		return nil, nil, err
	}
	settings, err := c.settings()
	return server, settings, err
}

// connect signs in, picks the calendar, and starts a connection.
func (c *connecting) connect(ctx context.Context, a *app, provider, prompt string, sign client.Credentials) error {
	server, settings, err := c.open()
	if err != nil {
		return err
	}
	if sign.Password, err = a.password(c.PasswordStdin, prompt); err != nil {
		return err
	}
	sign.ConfirmHosts = c.TrustHost
	calendars, err := c.discover(ctx, a, server, provider, &sign)
	if err != nil {
		return err
	}
	chosen, err := c.choose(a, calendars)
	if err != nil {
		return err
	}
	x, err := server.Connect(ctx, client.Connect{Provider: provider, Account: &sign, Calendar: chosen.ID, Settings: settings})
	if err != nil {
		return c.explain(err)
	}
	if a.json {
		return a.print(x)
	}
	fmt.Fprintf(a.out, "connected %q as connection %d\n", x.CalendarName, x.ID)
	if !x.Writable {
		fmt.Fprintln(a.err, "the calendar is read-only: changes come in from it, none go out")
	}
	fmt.Fprintln(a.err, "the first sync begins now; see how it fares with: tahti status")
	return nil
}

// discover lists the calendars. Where the server points to another host, a person has to agree first: here, if somebody
// is at the terminal, and else by a flag. Likewise an app password is asked for, where the company's gateway wants one.
func (c *connecting) discover(ctx context.Context, a *app, server *client.Client, provider string, sign *client.Credentials) ([]client.Calendar, error) {
	for {
		calendars, err := server.Discover(ctx, provider, *sign)
		if remedyOf(err).Action == "enter_app_password" && !c.PasswordStdin && onTerminal(a.in) && !a.json {
			a.report(c.explain(err))
			if sign.Password, err = a.password(false, "App password (empty to give up)"); err != nil || sign.Password != "" {
				if err != nil {
					return nil, err
				}
				continue
			}
			return nil, errors.New("no app password was given")
		}
		host := remedyOf(err).Host
		if host == "" || slices.Contains(sign.ConfirmHosts, host) {
			return calendars, c.explain(err)
		}
		agreed, asked := a.confirm(fmt.Sprintf("The server sends us to %s. Send the password there, too?", host))
		if !asked {
			return nil, needsPerson{hinted{
				fmt.Errorf("the server sends us to %s, and no password was sent there", host), "if you know that host, add: --trust-host " + host,
			}}
		}
		if !agreed {
			return nil, c.explain(err)
		}
		sign.ConfirmHosts = append(sign.ConfirmHosts, host)
	}
}

// remedyOf is what a refusal says that helps; nothing if it says nothing.
func remedyOf(err error) client.Remedy {
	if p, ok := errors.AsType[*client.Problem](err); ok && len(p.Findings) > 0 {
		return p.Findings[0].Remedy
	}
	return client.Remedy{}
}

func (c *connecting) settings() (json.RawMessage, error) {
	m := map[string]string{}
	if c.Start != "" {
		m["start"] = c.Start
	}
	if c.Direction != "" {
		m["direction"] = c.Direction
	}
	if len(m) == 0 {
		return nil, nil
	}
	b, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("write settings: %w", err)
	}
	return b, nil
}

// choose picks the named calendar, the main one, or the only one. Where that leaves several, a person has to say.
func (c *connecting) choose(a *app, list []client.Calendar) (client.Calendar, error) {
	var fits []client.Calendar
	for _, x := range list {
		if c.Calendar == x.ID {
			return x, nil
		}
		if c.Calendar == x.Name || c.Calendar == "" && x.Primary {
			fits = append(fits, x)
		}
	}
	switch {
	case len(fits) == 1:
		return fits[0], nil
	case c.Calendar == "" && len(list) == 1:
		return list[0], nil
	}
	if a.json {
		if err := a.print(map[string]any{"calendars": list}); err != nil {
			return client.Calendar{}, err
		}
	} else {
		for _, x := range list {
			note := ""
			if !x.Writable {
				note = "  (read-only)"
			}
			fmt.Fprintf(a.out, "%s  %s%s\n", x.ID, x.Name, note)
		}
	}
	if c.Calendar != "" && len(fits) == 0 {
		return client.Calendar{}, hinted{fmt.Errorf("the account has no calendar %q", c.Calendar), "choose one of the list, by its id or name"}
	}
	if len(fits) > 1 && c.Calendar != "" {
		return client.Calendar{}, needsPerson{hinted{fmt.Errorf("several calendars are called %q", c.Calendar), "choose one of the list by its id"}}
	}
	return client.Calendar{}, needsPerson{hinted{errors.New("the account has several calendars"), "choose one of the list with --calendar ID"}}
}
