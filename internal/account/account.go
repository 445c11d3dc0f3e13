package account

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tahti/internal/provider"
	"tahti/internal/secret"
	"tahti/internal/store"
)

// Service keeps accounts. It opens no transaction of its own: callers pass the one they are in.
type Service struct {
	Box          *secret.Box
	Env          Env
	Installation []byte // the installation's secret, for lookup keys
	Vault        Vault  // for kinds that sign in by consent
	// Feeds are what calendars of one account are told together; nil: each asks for itself.
	Feeds *provider.Feeds
}

// ErrUnknownProvider is a provider that this program does not have.
var ErrUnknownProvider = errors.New("no such provider")

// facts is what is stored as an account's capabilities.
type facts struct {
	Account   json.RawMessage            `json:"account,omitempty"`
	Calendars map[string]json.RawMessage `json:"calendars,omitempty"`
	List      []provider.Calendar        `json:"list,omitempty"`
	Hosts     []string                   `json:"hosts,omitempty"` // confirmed by the person
}

// Discover signs in without storing anything.
func (s *Service) Discover(ctx context.Context, kind string, c Credentials) (Discovery, error) {
	k, ok := KindOf(kind)
	if !ok {
		return Discovery{}, fmt.Errorf("%w: %q", ErrUnknownProvider, kind)
	}
	if k.Consents {
		return Discovery{}, ErrByConsent
	}
	return k.Discover(ctx, s.Env, c)
}

// Accounts is what the service needs of a transaction.
type Accounts interface {
	Company() store.ID
	Accounts(ctx context.Context, member store.ID) ([]store.Account, error)
	PutAccount(ctx context.Context, a *store.Account) error
}

// Save stores a sign-in for a member: the account that they have at that server under that name already, with its new
// secret, or a new one.
func (s *Service) Save(ctx context.Context, tx Accounts, member store.ID, kind string, c Credentials, d Discovery, now time.Time) (store.Account, error) {
	all, err := tx.Accounts(ctx, member)
	if err != nil {
		return store.Account{}, err
	}
	a := store.Account{Member: member, Provider: kind, Server: d.Server, Username: d.Username, Label: cmp.Or(d.Label, d.Username), Created: now}
	for _, x := range all {
		if x.Provider == kind && x.Server == d.Server && x.Username == d.Username {
			a = x
		}
	}
	if a.ID == 0 {
		// The number is part of what the secret is sealed with, so the row comes first.
		if err := tx.PutAccount(ctx, &a); err != nil {
			return store.Account{}, fmt.Errorf("save account: %w", err)
		}
	}
	err = s.Renew(ctx, tx, &a, c, d)
	return a, err
}

// Renew gives an account a new secret and what was found out with it. A rest that the provider asked for stays: a new
// password does not make it shorter (I19). So do the hosts that were confirmed before.
func (s *Service) Renew(ctx context.Context, tx Accounts, a *store.Account, c Credentials, d Discovery) error {
	sealed, err := s.Box.Seal([]byte(c.Password), row(tx.Company(), a.ID))
	if err != nil {
		return fmt.Errorf("seal secret: %w", err)
	}
	f, err := factsOf(a)
	if err != nil {
		return err
	}
	f.Account, f.List, f.Hosts = d.Facts, d.Calendars, union(f.Hosts, c.ConfirmHosts)
	a.Secret, a.State, a.Reason, a.Capabilities = sealed, store.AccountWorks, "", f.json()
	if err := tx.PutAccount(ctx, a); err != nil {
		return fmt.Errorf("save account: %w", err)
	}
	return nil
}

// ConfirmedHosts are the hosts besides the account's own that the person has agreed may have its password.
func ConfirmedHosts(a *store.Account) ([]string, error) {
	f, err := factsOf(a)
	return f.Hosts, err
}

func union(have, more []string) []string {
	for _, h := range more {
		if h = strings.ToLower(h); !slices.Contains(have, h) {
			have = append(have, h)
		}
	}
	return have
}

// row names an account's row, for sealing.
func row(company, id store.ID) []byte { return fmt.Appendf(nil, "account/%d/%d", company, id) }

func factsOf(a *store.Account) (facts, error) {
	f := facts{}
	if len(a.Capabilities) > 0 {
		if err := json.Unmarshal(a.Capabilities, &f); err != nil {
			return f, fmt.Errorf("account %d: stored capabilities: %w", a.ID, err)
		}
	}
	if f.Calendars == nil {
		f.Calendars = map[string]json.RawMessage{}
	}
	return f, nil
}

func (f facts) json() json.RawMessage {
	b, err := json.Marshal(f)
	if err != nil {
		panic(fmt.Sprintf("facts cannot be written as JSON: %v", err)) // JSON already
	}
	return b
}

// CalendarsOf are the calendars that the last sign-in listed.
func CalendarsOf(a *store.Account) ([]provider.Calendar, error) {
	f, err := factsOf(a)
	return f.List, err
}

func (s *Service) opening(company store.ID, a *store.Account, calendar string) (Kind, Opening, error) {
	k, ok := KindOf(a.Provider)
	if !ok {
		return Kind{}, Opening{}, fmt.Errorf("account %d: %w: %q", a.ID, ErrUnknownProvider, a.Provider)
	}
	f, err := factsOf(a)
	if err != nil {
		return Kind{}, Opening{}, err
	}
	o := Opening{
		Server: a.Server, Username: a.Username, Calendar: calendar, ConfirmedHosts: f.Hosts, Facts: f.Account, Profile: f.Calendars[calendar],
	}
	if s.Feeds != nil && a.ID != 0 && k.Fed {
		o.Feed = s.Feeds.Of(fmt.Sprintf("%d/%d", company, a.ID))
	}
	if len(a.Secret) == 0 {
		e := &provider.Error{Op: "open account", Class: provider.SignIn, Code: provider.CodeWrongPassword}
		if k.Consents {
			e.Code = provider.CodeSignInEnded
		}
		return Kind{}, Opening{}, e
	}
	password, err := s.Box.Unseal(a.Secret, row(company, a.ID))
	if err != nil {
		return Kind{}, Opening{}, fmt.Errorf("account %d: unseal secret: %w", a.ID, err)
	}
	if !k.Consents {
		if a.State == store.NeedsSignIn {
			return Kind{}, Opening{}, refusedBefore(a)
		}
		o.Password = string(password)
		return k, o, nil
	}
	client, err := s.Client(a.Provider)
	if err != nil {
		return Kind{}, Opening{}, err
	}
	o.API, o.Transport = s.Env.APIs[a.Provider], s.transport(company, a, client)
	return k, o, nil
}

// refusedBefore keeps a password that was refused from being sent again, by whatever connection of its account: many organisations lock
// an account after a few wrong ones. A person gives it a new one.
func refusedBefore(a *store.Account) *provider.Error {
	return &provider.Error{Op: "open account", Class: provider.SignIn, Code: cmp.Or(a.Reason, provider.CodeWrongPassword), Status: "not sent: it was refused before"}
}

// Open opens a connection's calendar; nothing is sent.
func (s *Service) Open(company store.ID, a *store.Account, calendar string) (provider.Provider, error) {
	k, o, err := s.opening(company, a, calendar)
	if err != nil {
		return nil, err
	}
	return k.Open(s.Env, o)
}

// Probe finds out what a calendar's server can do; the caller stores the account that it answers. zone is the IANA zone of the person
// whose calendar it is.
func (s *Service) Probe(ctx context.Context, company store.ID, a store.Account, calendar, zone string) (store.Account, error) {
	k, o, err := s.opening(company, &a, calendar)
	if err != nil || k.Probe == nil {
		return a, err
	}
	o.TimeZone = zone
	profile, err := k.Probe(ctx, s.Env, o)
	if err != nil {
		return a, err
	}
	f, err := factsOf(&a)
	if err != nil {
		return a, err
	}
	f.Calendars[calendar] = profile
	a.Capabilities = f.json()
	return a, nil
}

// ErrNoMaker is a provider in whose accounts no calendar can be made from here.
var ErrNoMaker = errors.New("calendars cannot be made at this provider")

// Make makes a calendar in an account, in the zone of whom it is for; see [List] for noting it.
func (s *Service) Make(ctx context.Context, company store.ID, a store.Account, name, zone string) (provider.Calendar, error) {
	k, o, err := s.opening(company, &a, "")
	if err != nil {
		return provider.Calendar{}, err
	}
	o.TimeZone = zone
	if k.Make == nil {
		return provider.Calendar{}, ErrNoMaker
	}
	return k.Make(ctx, s.Env, o, name)
}

// List adds a calendar to those that an account lists.
func List(a *store.Account, c provider.Calendar) error {
	f, err := factsOf(a)
	if err != nil {
		return err
	}
	f.List = append(slices.DeleteFunc(f.List, func(x provider.Calendar) bool { return x.ID == c.ID }), c)
	a.Capabilities = f.json()
	return nil
}

// Remember notes on an account what [Service.Probe] found out about one calendar; all else stays as it is by now.
func Remember(a *store.Account, probed *store.Account, calendar string) error {
	found, err := factsOf(probed)
	if err != nil {
		return err
	}
	f, err := factsOf(a)
	if err != nil {
		return err
	}
	if profile, ok := found.Calendars[calendar]; ok {
		f.Calendars[calendar] = profile
	}
	a.Capabilities = f.json()
	return nil
}

// Key makes the lookup key of an activity in a calendar (design.md, Lookup keys), with its birth if that is known.
func (s *Service) Key(company, account store.ID, calendar string, activity store.ID, incarnation int, birth string) provider.Key {
	key := secret.LookupKey(s.Installation, company, account, calendar, activity, incarnation)
	if birth != "" {
		key = secret.Born(key, birth)
	}
	return provider.Key(key)
}

// Birth names what was born somewhere, by what tells that from all else there.
func (s *Service) Birth(company store.ID, parts ...string) string {
	return secret.Birth(s.Installation, company, parts...)
}

// BirthIn is the birth that a key names.
func (s *Service) BirthIn(key provider.Key) string { return secret.BirthIn(string(key)) }
