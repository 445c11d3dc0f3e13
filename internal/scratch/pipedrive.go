package scratch

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"tahti/internal/provider/backdoor"
	other "tahti/internal/provider/backdoor/pipedrive"
	"tahti/internal/provider/conformance"
	"tahti/internal/provider/pipedrive"
)

// everyCompany is where any API token is good.
const everyCompany = "https://api.pipedrive.com"

// inPipedrive examines over the activities of the token's user: there is no calendar that could be made for it. So that nothing of anybody's
// is touched, that user may not have a single activity.
func inPipedrive(ctx context.Context, a Account, _ string) (*made, error) {
	patient := backdoor.Patient{Base: a.Transport}
	config := pipedrive.Config{Base: base(a.URL, everyCompany), Token: a.Token, Transport: patient, Now: a.Now}
	account, err := pipedrive.OpenAccount(config)
	if err != nil {
		return nil, err
	}
	me, err := account.Me(ctx)
	if err != nil {
		return nil, err
	}
	if config.Base == everyCompany && me.Domain != "" {
		config.Base = "https://" + me.Domain + ".pipedrive.com"
	}
	config.User = strconv.FormatInt(me.ID, 10)
	open := func(ctx context.Context) *activities {
		return &activities{&other.Company{
			Server: backdoor.Server{Context: ctx, Base: config.Base, Transport: patient, Sign: other.Token(a.Token)}, Owner: me.ID,
		}}
	}
	held, err := open(ctx).Held()
	if err != nil {
		return nil, err
	}
	if len(held) > 0 {
		return nil, fmt.Errorf("%w: %s has %d", ErrNotEmpty, me.Email, len(held))
	}
	return &made{
		server: host(config.Base),
		target: conformance.Target{
			Name: "pipedrive", Many: 70, Skip: map[string]string{anew: "what is deleted cannot be changed"},
			Lossy: map[string]string{"A fortnight": "an activity without a time is of one day"},
		},
		door: func(ctx context.Context, _ string) calendar { return open(ctx) },
		probe: func(ctx context.Context) error {
			u, err := pipedrive.Open(config)
			if err == nil {
				config.Profile, err = u.Probe(ctx)
			}
			return err
		},
		open: func(ctx context.Context, _ string) (opened, error) {
			w := &backdoor.Wire{Base: patient, Refusal: other.Refusal}
			c := config
			c.Transport = w
			u, err := pipedrive.Open(c)
			return opened{u, struct {
				*backdoor.Wire
				*activities
			}{w, open(ctx)}}, err
		},
	}, nil
}

// ErrNotEmpty is a user whose activities the suite would delete.
var ErrNotEmpty = errors.New("the user has activities already; make one for this who has none")

// activities are those of a user, without what would stay behind: the deals, persons and organisations of other cases, and guests who might
// be mailed.
type activities struct{ conformance.Backdoor }

// Remove deletes what the last case has left.
func (a *activities) Remove() error { return empty(a) }
