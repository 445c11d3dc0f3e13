package account

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"tahti/internal/account/oauth"
	"tahti/internal/provider"
)

// Credentials are what a person types to sign in.
type Credentials struct {
	URL      string `json:"url,omitempty"`
	Email    string `json:"email,omitempty"`
	Username string `json:"username,omitempty"`
	Password string `json:"password,omitempty"`
	// ConfirmHosts are hosts that the server points to and that the person has agreed may have the password, too; see
	// [provider.Unconfirmed]. They are kept with the account.
	ConfirmHosts []string `json:"confirm_hosts,omitempty"`
}

// Env is the outside world as an adapter may see it.
type Env struct {
	Transport http.RoundTripper
	// Private makes a transport like it whose connections nobody else uses, and that speaks HTTP/1.1 alone.
	Private    func() http.RoundTripper
	Now        func() time.Time
	AllowPlain func(host string) bool

	// For kinds that sign in by consent, whose addresses the operator sets and nobody types.
	Trusted http.RoundTripper
	Clients map[string]*oauth.Client // by kind
	APIs    map[string]string        // base addresses by kind; none: the provider's own
}

// Discovery is what a sign-in leads to.
type Discovery struct {
	// Server and Username identify the account: two sign-ins that agree in both are one account.
	Server, Username string
	Label            string // how people see it; empty: the user name
	Calendars        []provider.Calendar
	// Facts is what the adapter wants to be told again when a calendar is opened; stored as it is.
	Facts json.RawMessage
}

// Opening is one calendar of an account, to be opened.
type Opening struct {
	Server, Username, Password string
	Calendar                   string
	ConfirmedHosts             []string
	Facts                      json.RawMessage // of the account
	Profile                    json.RawMessage // of the calendar, from Probe
	TimeZone                   string          // IANA; of a calendar that is to be made, and of the person when one is probed

	// Feed is shared by all that is opened on the account.
	Feed *provider.Feed

	// In place of a password, for kinds that sign in by consent.
	API       string            // base address; empty: the provider's own
	Transport http.RoundTripper // shows the account's token
}

// Kind is a kind of thing that can be connected.
type Kind struct {
	Name string
	// Consents: people sign in on the provider's own page. Discover is nil then, and List lists the calendars.
	Consents bool
	// Place names where accounts of this kind are, for kinds by which one may sign in at the same place in several ways, and from which
	// several people reach the same calendars: at one Server a calendar's id is then one calendar, whoever reaches it. Empty: the name.
	Place string
	// Fed: its calendars are told of changes together, by one feed for the account.
	Fed bool
	// Premises: of a kind that consents, the server is one that a person names, and its requests keep to the networks that people's
	// addresses may lead to. Locate finds out which, and whether it takes such a sign-in; a token is for that server alone.
	Premises bool
	Locate   func(ctx context.Context, env Env, c Credentials) (server string, err error)
	List     func(ctx context.Context, env Env, o Opening) ([]provider.Calendar, json.RawMessage, error)
	// Discover signs in and lists calendars. Its errors are *provider.Error with a Code.
	Discover func(ctx context.Context, env Env, c Credentials) (Discovery, error)
	// Probe finds out once what a calendar's server can do; nil where it is known.
	Probe func(ctx context.Context, env Env, o Opening) (json.RawMessage, error)
	// Make makes a new calendar in the account; nil where the provider cannot. The opening names no calendar.
	Make func(ctx context.Context, env Env, o Opening, name string) (provider.Calendar, error)
	// Open sends nothing.
	Open func(env Env, o Opening) (provider.Provider, error)
}

// KindOf finds a kind by name.
func KindOf(name string) (Kind, bool) {
	i := slices.IndexFunc(Kinds, func(k Kind) bool { return k.Name == name })
	if i < 0 {
		return Kind{}, false
	}
	return Kinds[i], true
}
