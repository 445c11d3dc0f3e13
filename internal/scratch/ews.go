package scratch

import (
	"context"
	"net/http"
	"strings"

	"tahti/internal/provider/backdoor"
	other "tahti/internal/provider/backdoor/ews"
	"tahti/internal/provider/conformance"
	"tahti/internal/provider/ews"
)

func inExchange(ctx context.Context, a Account, name string) (*made, error) {
	patient := backdoor.Patient{Base: a.Transport, Busy: other.Busy}
	private := func() http.RoundTripper { return backdoor.Patient{Base: alone(a.Transport), Busy: other.Busy} }
	login := ews.Login{
		Address: a.URL, Email: a.Username, Username: a.Username, Password: a.Password, Transport: patient, Private: private, Now: a.Now,
		AllowPlain: strings.HasPrefix(a.URL, "http://"), Hosts: a.Hosts,
	}
	found, err := ews.Discover(ctx, login)
	if err != nil {
		return nil, err
	}
	config := ews.Config{
		URL: found.URL, SignIn: found.SignIn, Username: found.Username, Password: a.Password, Transport: patient, Private: private, Now: a.Now,
		AllowPlain: login.AllowPlain, TimeZone: "Europe/Helsinki",
	}
	account, err := ews.OpenAccount(config)
	if err != nil {
		return nil, err
	}
	signs, err := ews.Signed(config)
	if err != nil {
		return nil, err
	}
	c, err := account.MakeCalendar(ctx, name, "")
	if err != nil {
		return nil, err
	}
	config.Calendar = c.ID
	open := func(ctx context.Context) *other.Calendar {
		return &other.Calendar{Server: backdoor.Server{Context: ctx, Base: config.URL, Transport: signs}, ID: config.Calendar}
	}
	return &made{
		server: host(config.URL),
		target: conformance.Target{Name: "ews", Many: 70, Skip: map[string]string{anew: "an id is never used again"}},
		door:   func(ctx context.Context, _ string) calendar { return open(ctx) },
		probe: func(ctx context.Context) error {
			c, err := ews.Open(config)
			if err == nil {
				config.Profile, err = c.Probe(ctx)
			}
			return err
		},
		open: func(ctx context.Context, _ string) (opened, error) {
			w := &backdoor.Wire{Base: patient, Writes: other.IsWrite, Refusal: other.Refusal}
			c := config
			c.Transport = w
			c.Private = func() http.RoundTripper { w.Base = private(); return w }
			p, err := ews.Open(c)
			return opened{p, struct {
				*backdoor.Wire
				*other.Calendar
			}{w, open(ctx)}}, err
		},
	}, nil
}

// alone is a transport whose connections nobody else uses, in HTTP/1.1, as NTLM takes it.
func alone(t http.RoundTripper) http.RoundTripper {
	shared, ok := t.(*http.Transport)
	if !ok {
		return t
	}
	clone := shared.Clone()
	clone.ForceAttemptHTTP2 = false
	return clone
}
