package api_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"tahti/internal/account"
	"tahti/internal/auth"
	"tahti/internal/calendar"
	"tahti/internal/engine"
	"tahti/internal/house"
	"tahti/internal/provider"
	"tahti/internal/provider/backdoor"
	other "tahti/internal/provider/backdoor/pipedrive"
	"tahti/internal/provider/conformance"
	"tahti/internal/store"
)

// TestThePipedriveConnectorGoesWithOurOwnAPI holds what we serve in Pipedrive's shape to what we ask Pipedrive for, with the suite of all
// providers: one Tahti can be connected to another as a CRM.
func TestThePipedriveConnectorGoesWithOurOwnAPI(t *testing.T) {
	l := newLab(t)
	target := conformance.Target{
		Name: "our own API", Many: 130,
		Lossy: map[string]string{"A fortnight": "the connector reads one day where there is no time, as Pipedrive has it"},
		Skip:  map[string]string{"an item that was deleted and made anew is read anew": "what is deleted cannot be changed, and nothing has the same number"},
	}
	kind := account.Kinds[slices.IndexFunc(account.Kinds, func(k account.Kind) bool { return k.Name == account.PipedriveToken })]
	companies := 0
	conformance.Run(t, target, func(t *testing.T) (provider.Provider, conformance.Backdoor) {
		companies++
		email := fmt.Sprintf("alice%d@example.com", companies)
		company, user, err := l.house.Found(t.Context(), house.Founding{
			Company: "Acme", Name: "Alice", Email: email, PasswordHash: "x", TimeZone: "Europe/Helsinki", Locale: "en",
		})
		must(t, err)
		token, hash := auth.NewToken()
		must(t, l.house.Store.Tx(t.Context(), company, func(tx engine.Tx) error {
			return tx.PutToken(t.Context(), &store.APIToken{Member: user.ID, Name: "connector", Hash: hash, Created: time.Now()})
		}))
		// Both ways every exchange is held to the document of our API.
		b := &beside{
			Wire: &backdoor.Wire{Base: l.client.Transport, Refusal: other.Refusal},
			Company: &other.Company{
				Server: backdoor.Server{Base: l.server.URL, Transport: l.client.Transport, Sign: other.Token(token)}, Owner: user.ID,
			},
		}
		found, err := l.house.Accounts.Discover(t.Context(), account.PipedriveToken, account.Credentials{URL: l.server.URL, Password: token})
		must(t, err)
		if len(found.Calendars) != 1 || found.Calendars[0].Owner != email {
			t.Fatalf("found %+v", found)
		}
		env := account.Env{Now: time.Now}
		o := account.Opening{Server: found.Server, Calendar: found.Calendars[0].ID, Password: token, Transport: b.Wire}
		o.Profile, err = kind.Probe(t.Context(), env, o)
		must(t, err)
		if want := fmt.Sprintf(`{"me":%d,"admin":true}`, user.ID); string(o.Profile) != want {
			t.Fatalf("signed in as %s, want %s", o.Profile, want)
		}
		p, err := kind.Open(env, o)
		must(t, err)
		return p, b
	})
}

// beside is another program at our API, and the wire between it and the connector.
type beside struct {
	*backdoor.Wire
	*other.Company
}

// CreateRich makes an activity with all that we know of one. It is about one person here, where Pipedrive takes several.
func (b *beside) CreateRich(e calendar.Event) (provider.RemoteID, error) {
	linked, err := b.Belongings()
	if err != nil {
		return "", err
	}
	linked.Done, linked.Note = true, "<p>What <b>we</b> know</p>"
	e.Facets = &linked
	return b.Insert(e, other.Object{
		"priority": 2, "attendees": []other.Object{{"email": "guest@example.com", "name": "Guest", "status": "accepted"}},
	})
}
