package account

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"

	"tahti/internal/provider"
	"tahti/internal/provider/google"
	"tahti/internal/provider/graph"
)

// The kinds that sign in by consent, by the names of interface.md.
const (
	Google = "google"
	Graph  = "graph"
)

// base is an address of an API as an adapter wants it: the operator may give the host alone, as for programs of others.
func base(api, path string) string {
	if u, err := url.Parse(api); err == nil && strings.Trim(u.Path, "/") == "" && u.Host != "" {
		return u.Scheme + "://" + u.Host + path
	}
	return api
}

// calendars is an account of an adapter.
type calendars interface {
	provider.Lister
	provider.Maker
}

func listing[L provider.Lister](open func(Env, Opening) (L, error)) func(context.Context, Env, Opening) ([]provider.Calendar, json.RawMessage, error) {
	return func(ctx context.Context, env Env, o Opening) ([]provider.Calendar, json.RawMessage, error) {
		a, err := open(env, o)
		if err != nil {
			return nil, nil, err
		}
		list, err := a.Calendars(ctx)
		return list, nil, err
	}
}

func making(open func(Env, Opening) (calendars, error)) func(context.Context, Env, Opening, string) (provider.Calendar, error) {
	return func(ctx context.Context, env Env, o Opening, name string) (provider.Calendar, error) {
		a, err := open(env, o)
		if err != nil {
			return provider.Calendar{}, err
		}
		return a.MakeCalendar(ctx, name, o.TimeZone)
	}
}

func googleConfig(env Env, o Opening) (google.Config, error) {
	p, err := google.ParseProfile(string(o.Profile))
	return google.Config{Base: base(o.API, "/calendar/v3"), Calendar: o.Calendar, Profile: p, Transport: o.Transport, Now: env.Now}, err
}

func googleAccount(env Env, o Opening) (calendars, error) {
	c, err := googleConfig(env, o)
	if err != nil {
		return nil, err
	}
	return google.OpenAccount(c)
}

func googleCalendar(env Env, o Opening) (*google.Calendar, error) {
	c, err := googleConfig(env, o)
	if err != nil {
		return nil, err
	}
	return google.Open(c)
}

func probeGoogle(ctx context.Context, env Env, o Opening) (json.RawMessage, error) {
	c, err := googleCalendar(env, o)
	if err != nil {
		return nil, err
	}
	p, err := c.Probe(ctx)
	if err != nil {
		return nil, err
	}
	return json.RawMessage(p.String()), nil
}

func openGoogle(env Env, o Opening) (provider.Provider, error) { return googleCalendar(env, o) }

func graphConfig(env Env, o Opening) (graph.Config, error) {
	p, err := graph.ParseProfile(o.Profile)
	return graph.Config{
		Base: base(o.API, "/v1.0"), Calendar: o.Calendar, Profile: p, Transport: o.Transport, Now: env.Now,
		AllowPlain: strings.HasPrefix(o.API, "http:"), // the operator has said so
	}, err
}

func graphAccount(env Env, o Opening) (calendars, error) {
	c, err := graphConfig(env, o)
	if err != nil {
		return nil, err
	}
	return graph.OpenAccount(c)
}

func graphCalendar(env Env, o Opening) (*graph.Calendar, error) {
	c, err := graphConfig(env, o)
	if err != nil {
		return nil, err
	}
	return graph.Open(c)
}

func probeGraph(ctx context.Context, env Env, o Opening) (json.RawMessage, error) {
	c, err := graphCalendar(env, o)
	if err != nil {
		return nil, err
	}
	p, err := c.Probe(ctx)
	if err != nil {
		return nil, err
	}
	p.TimeZone = o.TimeZone
	return json.Marshal(p)
}

func openGraph(env Env, o Opening) (provider.Provider, error) { return graphCalendar(env, o) }
