package scratch

import (
	"context"
	"strings"
	"time"

	"tahti/internal/provider/backdoor"
	other "tahti/internal/provider/backdoor/graph"
	"tahti/internal/provider/conformance"
	"tahti/internal/provider/graph"
)

// epoch is before everything that the suite writes; Graph tells of changes in a window only.
var epoch = time.Date(2025, 12, 1, 0, 0, 0, 0, time.UTC)

func inGraph(ctx context.Context, a Account, name string) (*made, error) {
	patient := backdoor.Patient{Base: a.Transport}
	sign := backdoor.Bearer(a.Token)
	config := graph.Config{
		Base: base(a.URL, graph.Worldwide), Transport: signed(patient, sign), Now: a.Now, AllowPlain: strings.HasPrefix(a.URL, "http://"),
		TimeZone: "Europe/Helsinki", Back: a.Now().Sub(epoch), Ahead: 400 * 24 * time.Hour, PageSize: 30,
	}
	account, err := graph.OpenAccount(config)
	if err != nil {
		return nil, err
	}
	c, err := account.MakeCalendar(ctx, name, "")
	if err != nil {
		return nil, err
	}
	config.Calendar = c.ID
	open := func(ctx context.Context) *other.Calendar {
		return &other.Calendar{Server: backdoor.Server{Context: ctx, Base: config.Base, Transport: patient, Sign: sign}, ID: config.Calendar}
	}
	return &made{
		server: host(config.Base),
		target: conformance.Target{Name: "graph", Many: 70, Skip: map[string]string{anew: "an id is never used again"}},
		door:   func(ctx context.Context, _ string) calendar { return open(ctx) },
		probe: func(ctx context.Context) error {
			c, err := graph.Open(config)
			if err == nil {
				config.Profile, err = c.Probe(ctx)
			}
			return err
		},
		open: func(ctx context.Context, _ string) (opened, error) {
			w := &backdoor.Wire{Base: patient, Sign: sign, Writes: other.IsWrite, Refusal: other.Refusal}
			c := config
			c.Transport = w
			p, err := graph.Open(c)
			return opened{p, struct {
				*backdoor.Wire
				*other.Calendar
			}{w, open(ctx)}}, err
		},
	}, nil
}
