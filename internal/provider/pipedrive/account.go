package pipedrive

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"tahti/internal/provider"
)

const (
	opUsers = "list users"
	opMe    = "ask who has signed in"
)

// Account is a sign-in.
type Account struct{ client *client }

var _ provider.Lister = (*Account)(nil)

// OpenAccount prepares an account; it sends nothing.
func OpenAccount(c Config) (*Account, error) {
	client, err := newClient(c)
	if err != nil {
		return nil, err
	}
	return &Account{client: client}, nil
}

// user is a user of the company (client, v1).
type user struct {
	ID     int64  `json:"id"`
	Name   string `json:"name"`
	Email  string `json:"email"`
	Active bool   `json:"active_flag"`
	Zone   string `json:"timezone_name"`
	You    bool   `json:"is_you"`
	Access []struct {
		App   string `json:"app"`
		Admin bool   `json:"admin"`
	} `json:"access"`

	Company int64  `json:"company_id"`
	Domain  string `json:"company_domain"`
}

// admin reports who sees everything in the company's sales.
func (u *user) admin() bool {
	for _, a := range u.Access {
		if a.App == "sales" && a.Admin {
			return true
		}
	}
	return false
}

// Me is who has signed in.
type Me struct {
	ID, Company int64
	Email, Name string
	// Domain is the company's, below pipedrive.com.
	Domain string
	Admin  bool
}

// Me asks who has signed in.
func (a *Account) Me(ctx context.Context) (Me, error) {
	u, err := a.client.me(ctx)
	return Me{ID: u.ID, Company: u.Company, Email: strings.ToLower(u.Email), Name: u.Name, Domain: u.Domain, Admin: u.admin()}, err
}

func (c *client) me(ctx context.Context) (u user, err error) {
	q := call{op: opMe, method: http.MethodGet, path: "/v1/users/me", cost: costOldGet}
	if _, err = c.send(ctx, q, &u); err == nil && u.ID <= 0 {
		err = broken(q, http.StatusOK, fmt.Errorf("a user without a number"))
	}
	return u, err
}

// Calendars lists whose activities the account reaches: everybody's who is active, for an administrator; else those of whoever has signed in.
func (a *Account) Calendars(ctx context.Context) ([]provider.Calendar, error) {
	me, err := a.client.me(ctx)
	if err != nil {
		return nil, err
	}
	users := []user{me}
	if me.admin() {
		users = nil
		if _, err := a.client.send(ctx, call{op: opUsers, method: http.MethodGet, path: "/v1/users", cost: costOldList}, &users); err != nil {
			return nil, err
		}
	}
	var list []provider.Calendar
	for _, u := range users {
		if !u.Active || u.ID <= 0 {
			continue
		}
		list = append(list, provider.Calendar{
			ID: strconv.FormatInt(u.ID, 10), Name: cmp.Or(u.Name, u.Email), Owner: strings.ToLower(u.Email), Writable: true, Primary: u.ID == me.ID, TimeZone: u.Zone,
		})
	}
	slices.SortStableFunc(list, func(x, y provider.Calendar) int {
		if x.Primary != y.Primary {
			return map[bool]int{true: -1, false: 1}[x.Primary]
		}
		return 0
	})
	return list, nil
}

// Probe finds out who has signed in, and what the company's budget is.
func (u *User) Probe(ctx context.Context) (Profile, error) {
	me, err := u.client.me(ctx)
	if err != nil {
		return Profile{}, err
	}
	u.client.mu.Lock()
	defer u.client.mu.Unlock()
	return Profile{Me: me.ID, Admin: me.admin(), Daily: u.client.daily}, nil
}
