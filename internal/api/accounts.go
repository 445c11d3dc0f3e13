package api

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tahti/internal/account"
	"tahti/internal/connection"
	"tahti/internal/engine"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// Credentials are what a person types to sign in at a calendar provider.
type Credentials struct {
	URL      string `json:"url,omitempty" maxLength:"2000" doc:"The server's address; empty: found by the e-mail address"`
	Email    string `json:"email,omitempty" maxLength:"500"`
	Username string `json:"username,omitempty" maxLength:"500"`
	Password string `json:"password,omitempty" maxLength:"2000"`
	// The names are those of the remedy confirm_host.
	ConfirmHosts []string `json:"confirm_hosts,omitempty" maxItems:"8" doc:"Hosts that the server points to and that may have the password, too: those that findings have named"`
}

func (c Credentials) plain() account.Credentials { return account.Credentials(c) }

// Calendar is one that an account has.
type Calendar struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Writable bool   `json:"writable"`
	Primary  bool   `json:"primary"`
	TimeZone string `json:"time_zone" doc:"IANA name; empty if the server tells none"`
	Owner    string `json:"owner,omitempty" doc:"The e-mail address of whose it is, where an account reaches those of colleagues"`
}

func calendarsOf(list []provider.Calendar) []Calendar {
	out := make([]Calendar, len(list))
	for i, c := range list {
		out[i] = Calendar{ID: c.ID, Name: c.Name, Writable: c.Writable, Primary: c.Primary, TimeZone: c.TimeZone, Owner: c.Owner}
	}
	return out
}

// Account is one sign-in at a provider. Its password is never shown.
type Account struct {
	ID        int64      `json:"id"`
	UserID    int64      `json:"user_id"`
	Provider  string     `json:"provider"`
	Label     string     `json:"label"`
	Server    string     `json:"server"`
	Username  string     `json:"username"`
	State     string     `json:"state"`
	Reason    string     `json:"reason"`
	Calendars []Calendar `json:"calendars" nullable:"false"`
	CreatedAt time.Time  `json:"created_at"`

	AuthorizeURL string `json:"authorize_url,omitempty" doc:"Where the person's browser has to go to sign in; only in the answer that began it"`
}

func accountOf(a store.Account) (Account, error) {
	list, err := account.CalendarsOf(&a)
	return Account{
		ID: a.ID, UserID: a.Member, Provider: a.Provider, Label: a.Label, Server: a.Server, Username: a.Username, State: a.State,
		Reason: a.Reason, Calendars: calendarsOf(list), CreatedAt: a.Created.UTC(),
	}, err
}

type discoverRequest struct {
	Body struct {
		Provider string `json:"provider" example:"caldav"`
		Credentials
	}
}

type discovered struct {
	Server    string     `json:"server"`
	Username  string     `json:"username"`
	Calendars []Calendar `json:"calendars" nullable:"false"`
}

type accountList struct {
	Accounts []Account `json:"accounts" nullable:"false"`
}

type reconnectRequest struct {
	ByID
	Body *Credentials // none for a provider that signs people in on its own page
}

type revokeRequest struct {
	ByID
	Body struct {
		Confirm bool  `json:"confirm,omitempty" doc:"Without it nothing happens: the answer names the connections that would end"`
		Keep    *bool `json:"keep,omitempty" doc:"Leave what sync made where it is (the default), or remove it"`
	}
}

type revoked struct {
	Done        bool    `json:"done"`
	Connections []int64 `json:"connections" nullable:"false" doc:"The connections that end with it"`
	Withdrawn   bool    `json:"withdrawn" doc:"The provider was told; else the person withdraws it there, if it can be"`
	Permissions string  `json:"permissions_url,omitempty" doc:"Where people see and withdraw what they agreed to"`
}

func (s *server) accountRoutes(api huma.API) {
	route(s, api, "POST", "/accounts/discover", "discover", "Sign in without storing anything, and list the calendars", 200, s.discover)
	route(s, api, "GET", "/accounts", "list-accounts", "List one's accounts", 200, s.listAccounts)
	accepted(s, api, "POST", "/accounts/{id}/reconnect", "reconnect", "Sign in again: settings and links stay", 200,
		"The provider signs people in on its own page: authorize_url", s.reconnect)
	route(s, api, "POST", "/accounts/{id}/revoke", "revoke", "Forget the sign-in and end its connections", 200, s.revoke)
}

func (s *server) discover(c *caller, ctx context.Context, in *discoverRequest) (*body[discovered], error) {
	d, err := s.House.Connections.Discover(ctx, c.Who, in.Body.Provider, in.Body.plain())
	return answer(discovered{d.Server, d.Username, calendarsOf(d.Calendars)}, err)
}

func (s *server) listAccounts(c *caller, ctx context.Context, _ *struct{}) (*body[accountList], error) {
	var list accountList
	err := s.view(ctx, c, func(tx engine.Tx) error {
		all, err := tx.Accounts(ctx, c.User.ID)
		list.Accounts = []Account{}
		for _, a := range all {
			if a.State == store.PendingSignIn {
				continue // nobody's yet: its connection says that it waits
			}
			shown, err := accountOf(a)
			if err != nil {
				return err
			}
			list.Accounts = append(list.Accounts, shown)
		}
		return err
	})
	return answer(list, err)
}

func (s *server) reconnect(c *caller, ctx context.Context, in *reconnectRequest) (out Account, elsewhere bool, err error) {
	a, err := s.account(ctx, c, in.ID)
	if err != nil {
		return out, false, err
	}
	if s.House.Accounts.ByConsent(a.Provider) {
		a, page, err := s.House.Connections.BeginAgain(ctx, c.Who, in.ID, "")
		if err == nil {
			out, err = accountOf(a)
		}
		out.AuthorizeURL = page
		return out, true, err
	}
	var sign account.Credentials
	if in.Body != nil {
		sign = in.Body.plain()
	}
	if err := s.House.Connections.Reconnect(ctx, c.Who, in.ID, sign); err != nil {
		return out, false, err
	}
	if a, err = s.account(ctx, c, in.ID); err == nil {
		out, err = accountOf(a)
	}
	return out, false, err
}

// account reads an account of the caller's own.
func (s *server) account(ctx context.Context, c *caller, id store.ID) (a store.Account, err error) {
	err = s.view(ctx, c, func(tx engine.Tx) error {
		a, err = tx.Account(ctx, id)
		if err == nil && a.Member != c.User.ID {
			err = connection.ErrNotYours
		}
		return err
	})
	return a, err
}

// revoke stops the account's connections, withdraws what was agreed to at the provider, and forgets the secret. A CalDAV server
// has nothing that could be withdrawn there; an app password is withdrawn in the provider's own settings.
func (s *server) revoke(c *caller, ctx context.Context, in *revokeRequest) (*body[revoked], error) {
	a, ends, err := s.House.Connections.EndsWith(ctx, c.Who, in.ID)
	if err != nil {
		return nil, err
	}
	out := revoked{Connections: []int64{}, Permissions: s.House.Accounts.Permissions(&a)}
	if in.Body.Confirm {
		if ends, out.Withdrawn, err = s.House.Connections.Revoke(ctx, c.Who, in.ID, kept(in.Body.Keep)); err != nil {
			return nil, err
		}
		out.Done = true
	}
	for _, x := range ends {
		out.Connections = append(out.Connections, x.ID)
	}
	return answer(out, nil)
}
