package scratch

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"tahti/internal/provider"
	"tahti/internal/provider/backdoor"
	other "tahti/internal/provider/backdoor/caldav"
	"tahti/internal/provider/caldav"
	"tahti/internal/provider/conformance"
)

func inCalDAV(ctx context.Context, a Account, name string) (*made, error) {
	patient := backdoor.Patient{Base: own(a.Transport, true)}
	login := caldav.Login{
		Address: a.URL, Username: a.Username, Password: a.Password, Transport: patient, Now: a.Now, AllowPlain: strings.HasPrefix(a.URL, "http://"),
		Hosts: a.Hosts,
	}
	found, err := caldav.Discover(ctx, login)
	if e, ok := errors.AsType[*provider.Error](err); err != nil && !(ok && e.Code == provider.CodeNoCalendars) { // it may make its first
		return nil, err
	}
	if found.Digest {
		return nil, fmt.Errorf("%s wants Digest, and the other program of the suite signs in by Basic alone", host(a.URL))
	}
	c, err := caldav.MakeCalendar(ctx, login, found.Digest, name)
	if err != nil {
		return nil, err
	}
	options := caldav.Options{
		URL: c.ID, Username: found.Username, Password: a.Password, Self: found.Self, Transport: patient, Now: a.Now, AllowPlain: login.AllowPlain,
		Hosts: append([]string{hostName(a.URL)}, a.Hosts...),
	}
	sign := func(r *http.Request) { r.SetBasicAuth(found.Username, a.Password) }
	open := func(ctx context.Context, prefix string) *other.Calendar {
		return &other.Calendar{Server: backdoor.Server{Context: ctx, Base: options.URL, Transport: patient, Sign: sign}, Prefix: prefix}
	}
	m := &made{
		server: host(options.URL),
		target: conformance.Target{Name: "caldav", Many: 120, Skip: map[string]string{}, Lossy: map[string]string{}},
		door:   func(ctx context.Context, prefix string) calendar { return open(ctx, prefix) },
		open: func(ctx context.Context, prefix string) (opened, error) {
			g := &other.Garbler{Base: backdoor.Patient{Base: own(a.Transport, false)}}
			w := &backdoor.Wire{Base: g, Writes: other.IsWrite}
			o := options
			o.Transport = w
			p, err := caldav.Open(o)
			return opened{p, struct {
				*backdoor.Wire
				conformance.Forgetter
				*other.Calendar
			}{w, g, open(ctx, prefix)}}, err
		},
	}
	m.probe = func(ctx context.Context) error {
		c, err := caldav.Open(options)
		if err != nil {
			return err
		}
		options.Profile, err = c.Probe(ctx)
		m.expect(options)
		return err
	}
	return m, nil
}

// own is a transport with connections of its own, which it keeps or uses once each. SOGo ends connections that it has promised to
// keep, and a write that meets the end fails; and what one of its processes has written, another may not see at once, so that
// the adapter keeps to its own.
func own(t http.RoundTripper, once bool) http.RoundTripper {
	shared, ok := t.(*http.Transport)
	if !ok {
		return t
	}
	clone := shared.Clone()
	clone.DisableKeepAlives = once
	return clone
}

// expect says what the server that was found cannot do by its nature (docs/providers.md).
func (m *made) expect(o caldav.Options) {
	if o.Profile.Product != "" {
		m.server += " (" + o.Profile.Product + ")"
	}
	switch {
	case o.Profile.Schedules:
		m.target.Skip[invited] = "the server might answer the organiser by mail"
	case len(o.Self) == 0:
		m.target.Skip[invited] = "the server does not say the account's address"
	default:
		m.target.Self = o.Self[0]
	}
	switch strings.ToLower(o.Profile.Product) {
	case "sogo":
		m.target.Lossy["A moment"] = "it gives an hour to what has no end"
		m.target.Skip[lost] = "it answers an unknown sync-token with a part of the truth"
		m.target.Settle = 2500 * time.Millisecond
	case "davical":
		m.target.Skip[lost] = "it answers an unknown sync-token with a part of the truth"
		m.target.Settle = 2500 * time.Millisecond
	case "cyrus":
		m.target.Lossy["A moment"] = "it refuses what ends when it starts, however that is written"
	}
}
