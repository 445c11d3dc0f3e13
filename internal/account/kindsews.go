package account

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"strings"

	"tahti/internal/hub"
	"tahti/internal/provider"
	"tahti/internal/provider/ews"
)

// EWS is the kind of accounts on an organisation's own Exchange server, with a password. Hybrid is that of accounts there whose
// organisation signs people in at Microsoft.
const (
	EWS    = "ews"
	Hybrid = "ews_hybrid"
)

// ewsFacts is what discovery found out about the account. Its address is the account's server.
type ewsFacts struct {
	SignIn ews.SignIn `json:"sign_in,omitempty"`
}

// discoverEWS goes from an e-mail address, or from a server's, to the calendars of a mailbox. A password is sent to the calendar list only
// once the server has taken it.
func discoverEWS(ctx context.Context, env Env, c Credentials) (Discovery, error) {
	if c.Password == "" { // the adapter would take it for a sign-in by token, which this kind has not
		return Discovery{}, &provider.Error{Op: "sign in", Class: provider.SignIn, Code: provider.CodeWrongPassword, Status: "no password was given"}
	}
	if c.URL == "" && !strings.Contains(c.Email, "@") { // nothing can be looked for by it, and nobody has answered anything
		return Discovery{}, &hub.Invalid{Field: "email", Code: hub.CodeBadEmail}
	}
	found, err := ews.Discover(ctx, ews.Login{
		Email: c.Email, Address: c.URL, Username: c.Username, Password: c.Password, Transport: env.Transport, Private: env.Private,
		Now: env.Now, AllowPlain: plain(env, c.URL), Hosts: c.ConfirmHosts, Resolver: net.DefaultResolver,
	})
	if err != nil {
		return Discovery{}, err
	}
	d := Discovery{Server: found.URL, Username: found.Username, Label: c.Email}
	if d.Facts, err = json.Marshal(ewsFacts{SignIn: found.SignIn}); err != nil {
		return Discovery{}, err
	}
	a, err := mailbox(env, Opening{Server: found.URL, Username: found.Username, Password: c.Password, Facts: d.Facts})
	if err != nil {
		return Discovery{}, err
	}
	d.Calendars, err = a.Calendars(ctx)
	return d, err
}

func ewsConfig(env Env, o Opening) (ews.Config, error) {
	var f ewsFacts
	if len(o.Facts) > 0 {
		if err := json.Unmarshal(o.Facts, &f); err != nil {
			return ews.Config{}, fmt.Errorf("stored facts of the account: %w", err)
		}
	}
	p, err := ews.ParseProfile(o.Profile)
	c := ews.Config{
		URL: o.Server, Calendar: o.Calendar, Profile: p, TimeZone: o.TimeZone, SignIn: f.SignIn, Username: o.Username, Password: o.Password,
		Transport: env.Transport, Private: env.Private, Now: env.Now, AllowPlain: plain(env, o.Server),
	}
	if o.Transport != nil { // it shows a token
		c.SignIn, c.Transport = ews.Bearer, o.Transport
	}
	return c, err
}

// hybridAccount is a mailbox whose transport shows a token.
func hybridAccount(env Env, o Opening) (calendars, error) { return mailbox(env, o) }

func locateHybrid(ctx context.Context, env Env, c Credentials) (string, error) {
	return ews.Hybrid(ctx, ews.Login{Address: c.URL, Transport: env.Transport, Now: env.Now, AllowPlain: plain(env, c.URL)})
}

func mailbox(env Env, o Opening) (*ews.Account, error) {
	c, err := ewsConfig(env, o)
	if err != nil {
		return nil, err
	}
	return ews.OpenAccount(c)
}

func makeEWS(ctx context.Context, env Env, o Opening, name string) (provider.Calendar, error) {
	a, err := mailbox(env, o)
	if err != nil {
		return provider.Calendar{}, err
	}
	return a.MakeCalendar(ctx, name, o.TimeZone)
}

// probeEWS also notes the person's own zone for whole days, where the mailbox does not say one.
func probeEWS(ctx context.Context, env Env, o Opening) (json.RawMessage, error) {
	config, err := ewsConfig(env, o)
	if err != nil {
		return nil, err
	}
	c, err := ews.Open(config)
	if err != nil {
		return nil, err
	}
	p, err := c.Probe(ctx)
	if err != nil {
		return nil, err
	}
	p.TimeZone = cmp.Or(p.TimeZone, o.TimeZone)
	return json.Marshal(p)
}

func openEWS(env Env, o Opening) (provider.Provider, error) {
	c, err := ewsConfig(env, o)
	if err != nil {
		return nil, err
	}
	return ews.Open(c)
}
