package scratch

import (
	"context"

	"tahti/internal/provider/backdoor"
	other "tahti/internal/provider/backdoor/google"
	"tahti/internal/provider/conformance"
	"tahti/internal/provider/google"
)

func inGoogle(ctx context.Context, a Account, name string) (*made, error) {
	patient := backdoor.Patient{Base: a.Transport, Busy: other.Busy}
	sign := backdoor.Bearer(a.Token)
	config := google.Config{Base: base(a.URL, google.Base), Transport: signed(patient, sign), Now: a.Now}
	account, err := google.OpenAccount(config)
	if err != nil {
		return nil, err
	}
	c, err := account.MakeCalendar(ctx, name, "Europe/Helsinki")
	if err != nil {
		return nil, err
	}
	config.Calendar = c.ID
	open := func(ctx context.Context, prefix string) *other.Calendar {
		return &other.Calendar{
			Server: backdoor.Server{Context: ctx, Base: config.Base, Transport: patient, Sign: sign}, ID: config.Calendar, Prefix: prefix,
		}
	}
	return &made{
		server: host(config.Base),
		target: conformance.Target{
			Name: "google", Many: 120,
			Lossy: map[string]string{"A moment": "the API refuses what ends when it starts; a minute is written"},
		},
		door: func(ctx context.Context, prefix string) calendar { return open(ctx, prefix) },
		probe: func(ctx context.Context) error {
			c, err := google.Open(config)
			if err == nil {
				config.Profile, err = c.Probe(ctx)
			}
			return err
		},
		open: func(ctx context.Context, prefix string) (opened, error) {
			w := &backdoor.Wire{Base: patient, Sign: sign, Writes: other.IsWrite, Refusal: other.Refusal}
			c := config
			c.Transport = w
			p, err := google.Open(c)
			return opened{p, struct {
				*backdoor.Wire
				*other.Calendar
			}{w, open(ctx, prefix)}}, err
		},
	}, nil
}
