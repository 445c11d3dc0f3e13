package account

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/url"

	"tahti/internal/provider"
	"tahti/internal/provider/caldav"
)

// CalDAV is the kind of a CalDAV server's accounts.
const CalDAV = "caldav"

// Kinds is every provider that this program has.
var Kinds = []Kind{
	{Name: Google, Consents: true, List: listing(googleAccount), Probe: probeGoogle, Make: making(googleAccount), Open: openGoogle},
	{Name: Graph, Consents: true, List: listing(graphAccount), Probe: probeGraph, Make: making(graphAccount), Open: openGraph},
	{Name: Pipedrive, Place: Pipedrive, Fed: true, Consents: true, List: listing(pipedriveLister), Probe: probePipedrive, Open: openPipedrive},
	{Name: PipedriveToken, Place: Pipedrive, Fed: true, Discover: discoverPipedrive, Probe: probePipedrive, Open: openPipedrive},
	{Name: EWS, Discover: discoverEWS, Probe: probeEWS, Make: makeEWS, Open: openEWS},
	{Name: Hybrid, Consents: true, Premises: true, Locate: locateHybrid, List: listing(hybridAccount), Probe: probeEWS, Make: making(hybridAccount), Open: openEWS},
	{Name: CalDAV, Discover: discoverCalDAV, Probe: probeCalDAV, Make: makeCalDAV, Open: openCalDAV},
}

// caldavFacts is what discovery found out about the account.
type caldavFacts struct {
	Self   []string `json:"self,omitempty"`
	Digest bool     `json:"digest,omitempty"`
}

func discoverCalDAV(ctx context.Context, env Env, c Credentials) (Discovery, error) {
	acc, err := caldav.Discover(ctx, caldav.Login{
		Address: c.URL, Email: c.Email, Username: c.Username, Password: c.Password,
		Transport: env.Transport, Now: env.Now, AllowPlain: plain(env, c.URL), Resolver: net.DefaultResolver,
		Hosts: c.ConfirmHosts,
	})
	if err != nil {
		return Discovery{}, err
	}
	d := Discovery{Server: acc.Principal, Username: acc.Username}
	if d.Server == "" {
		d.Server = c.URL
	}
	for _, f := range acc.Calendars {
		cal := f.Calendar
		cal.Primary = cal.Primary || f.ID == acc.Chosen
		d.Calendars = append(d.Calendars, cal)
	}
	d.Facts, err = json.Marshal(caldavFacts{Self: acc.Self, Digest: acc.Digest})
	return d, err
}

func probeCalDAV(ctx context.Context, env Env, o Opening) (json.RawMessage, error) {
	c, err := calendarOfCalDAV(env, o)
	if err != nil {
		return nil, err
	}
	p, err := c.Probe(ctx)
	if err != nil {
		return nil, err
	}
	return json.RawMessage(p.String()), nil
}

func makeCalDAV(ctx context.Context, env Env, o Opening, name string) (provider.Calendar, error) {
	var f caldavFacts
	if len(o.Facts) > 0 {
		if err := json.Unmarshal(o.Facts, &f); err != nil {
			return provider.Calendar{}, fmt.Errorf("stored facts of the account: %w", err)
		}
	}
	return caldav.MakeCalendar(ctx, caldav.Login{
		Address: o.Server, Username: o.Username, Password: o.Password, Transport: env.Transport, Now: env.Now,
		AllowPlain: plain(env, o.Server), Hosts: o.ConfirmedHosts,
	}, f.Digest, name)
}

func openCalDAV(env Env, o Opening) (provider.Provider, error) { return calendarOfCalDAV(env, o) }

func calendarOfCalDAV(env Env, o Opening) (*caldav.Calendar, error) {
	var f caldavFacts
	if len(o.Facts) > 0 {
		if err := json.Unmarshal(o.Facts, &f); err != nil {
			return nil, fmt.Errorf("stored facts of the account: %w", err)
		}
	}
	profile, err := caldav.ParseProfile(string(o.Profile))
	if err != nil {
		return nil, err
	}
	return caldav.Open(caldav.Options{
		URL: o.Calendar, Username: o.Username, Password: o.Password, Digest: f.Digest, Self: f.Self, Profile: profile,
		Transport: env.Transport, Now: env.Now, AllowPlain: plain(env, o.Calendar),
		Hosts: append([]string{hostOf(o.Server)}, o.ConfirmedHosts...),
	})
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// plain reports whether an address may be used without encryption. Only where it is plain HTTP anybody is asked: the answer may
// cost a question to the resolver.
func plain(env Env, address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Scheme == "http" && env.AllowPlain(u.Hostname())
}
