package account_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tahti/internal/account"
	"tahti/internal/provider"
	"tahti/internal/secret"
	"tahti/internal/store"
)

var now = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

// opened is a provider that says what it was opened with.
type opened struct {
	provider.Provider
	account.Opening
}

func newService(t *testing.T) *account.Service {
	t.Helper()
	box, err := secret.Create(filepath.Join(t.TempDir(), "key"))
	if err != nil {
		t.Fatal(err)
	}
	kinds := account.Kinds
	t.Cleanup(func() { account.Kinds = kinds })
	account.Kinds = append(account.Kinds[:len(kinds):len(kinds)], account.Kind{
		Name: "memory",
		Probe: func(_ context.Context, _ account.Env, o account.Opening) (json.RawMessage, error) {
			return json.Marshal("profile of " + o.Calendar)
		},
		Open: func(_ account.Env, o account.Opening) (provider.Provider, error) { return opened{Opening: o}, nil },
	})
	return &account.Service{Box: box}
}

// rows keeps accounts in memory.
type rows struct {
	company store.ID
	list    []store.Account
}

func (r *rows) Company() store.ID { return r.company }

func (r *rows) Accounts(_ context.Context, member store.ID) (list []store.Account, _ error) {
	for _, a := range r.list {
		if member == 0 || a.Member == member {
			list = append(list, a)
		}
	}
	return list, nil
}

func (r *rows) PutAccount(_ context.Context, a *store.Account) error {
	if a.ID == 0 {
		a.ID = store.ID(len(r.list) + 1)
		r.list = append(r.list, *a)
	}
	r.list[a.ID-1] = *a
	return nil
}

func save(t *testing.T, s *account.Service, tx account.Accounts, member store.ID, user, password string) store.Account {
	t.Helper()
	a, err := s.Save(t.Context(), tx, member, "memory", account.Credentials{Username: user, Password: password},
		account.Discovery{Server: "https://cal.example.com", Username: user, Facts: json.RawMessage(`{"self":[]}`),
			Calendars: []provider.Calendar{{ID: "work"}}}, now)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func passwordOf(s *account.Service, company store.ID, a store.Account) (string, error) {
	p, err := s.Open(company, &a, "work")
	if err != nil {
		return "", err
	}
	return p.(opened).Password, nil
}

func TestASecretOpensWithItsOwnRowOnly(t *testing.T) {
	s := newService(t)
	tx := &rows{company: 1}
	one, two := save(t, s, tx, 7, "alice", "first secret"), save(t, s, tx, 7, "bob", "second secret")
	for _, a := range tx.list {
		if strings.Contains(string(a.Secret), "secret") || strings.Contains(string(a.Capabilities), "secret") {
			t.Errorf("account %d shows its secret", a.ID)
		}
	}
	if got, err := passwordOf(s, 1, one); err != nil || got != "first secret" {
		t.Errorf("its own row: %q, %v", got, err)
	}
	moved := two
	moved.Secret = one.Secret
	if _, err := passwordOf(s, 1, moved); err == nil {
		t.Error("it opened in another account's row")
	}
	if _, err := passwordOf(s, 2, one); err == nil {
		t.Error("it opened in another company")
	}
	if _, err := passwordOf(s, 1, store.Account{ID: 1, Provider: "memory"}); provider.ClassOf(err) != provider.SignIn {
		t.Errorf("without a secret: %v", err)
	}
}

func TestSavingTwiceIsOneAccount(t *testing.T) {
	s := newService(t)
	tx := &rows{company: 1}
	first := save(t, s, tx, 7, "alice", "old")
	tx.list[0].BlockedUntil, tx.list[0].State = now.Add(time.Hour), "needs_sign_in"
	again := save(t, s, tx, 7, "alice", "new")
	other := save(t, s, tx, 8, "alice", "of somebody else")
	if again.ID != first.ID || other.ID == first.ID || len(tx.list) != 2 {
		t.Errorf("accounts %d, %d, %d", first.ID, again.ID, other.ID)
	}
	if got, err := passwordOf(s, 1, again); err != nil || got != "new" {
		t.Errorf("the answered account has the password %q, %v", got, err)
	}
	if got, err := passwordOf(s, 1, tx.list[0]); err != nil || got != "new" {
		t.Errorf("the stored account has the password %q, %v", got, err)
	}
	if again.State != "ok" || !again.BlockedUntil.Equal(now.Add(time.Hour)) {
		t.Errorf("state %s; a new password must not shorten the rest: %v", again.State, again.BlockedUntil)
	}
}

func TestWhatWasProbedIsKeptByCalendar(t *testing.T) {
	s := newService(t)
	tx := &rows{company: 1}
	a := save(t, s, tx, 7, "alice", "p")
	stored := a
	for _, calendar := range []string{"work", "home"} {
		probed, err := s.Probe(t.Context(), 1, a, calendar, "UTC") // both from the same old copy
		if err != nil {
			t.Fatal(err)
		}
		if err := account.Remember(&stored, &probed, calendar); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Renew(t.Context(), tx, &stored, account.Credentials{Password: "q"}, account.Discovery{}); err != nil {
		t.Fatal(err)
	}
	for _, calendar := range []string{"work", "home"} {
		p, err := s.Open(1, &stored, calendar)
		if err != nil {
			t.Fatal(err)
		}
		if o := p.(opened); string(o.Profile) != fmt.Sprintf("%q", "profile of "+calendar) || o.Password != "q" {
			t.Errorf("%s opens with %s", calendar, o.Profile)
		}
	}
}

func TestConfirmedHostsStayWithTheAccount(t *testing.T) {
	s := newService(t)
	tx := &rows{company: 1}
	a := save(t, s, tx, 7, "alice", "p")
	for _, hosts := range [][]string{{"One.example.org"}, {"two.example.org", "one.example.org"}, nil} {
		if err := s.Renew(t.Context(), tx, &a, account.Credentials{Password: "p", ConfirmHosts: hosts}, account.Discovery{}); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"one.example.org", "two.example.org"}
	if got, err := account.ConfirmedHosts(&tx.list[0]); err != nil || !slices.Equal(got, want) {
		t.Errorf("confirmed %q, %v, want %q", got, err, want)
	}
	p, err := s.Open(1, &tx.list[0], "work")
	if err != nil {
		t.Fatal(err)
	}
	if got := p.(opened).ConfirmedHosts; !slices.Equal(got, want) {
		t.Errorf("a calendar opens with %q, want %q", got, want)
	}
}

func TestARestingAccountIsNotAsked(t *testing.T) {
	a := &store.Account{BlockedUntil: now}
	if err := newService(t).Rest(t.Context(), a, now); err != nil {
		t.Errorf("at its end: %v", err)
	}
	var pe *provider.Error
	if err := newService(t).Rest(t.Context(), a, now.Add(-time.Second)); !errors.As(err, &pe) || pe.Class != provider.RateLimited || !pe.RetryAfter.Equal(now) {
		t.Errorf("before its end: %v", err)
	}
}

func TestAProviderThatIsNotThere(t *testing.T) {
	s := newService(t)
	if _, err := s.Discover(t.Context(), "pigeon", account.Credentials{}); !errors.Is(err, account.ErrUnknownProvider) {
		t.Errorf("discover: %v", err)
	}
	if _, err := s.Open(1, &store.Account{ID: 3, Provider: "pigeon", Secret: []byte("x")}, "work"); !errors.Is(err, account.ErrUnknownProvider) {
		t.Errorf("open: %v", err)
	}
	if _, err := s.Open(1, &store.Account{ID: 3, Provider: "memory", Capabilities: json.RawMessage(`[`)}, "work"); err == nil {
		t.Error("broken facts were taken")
	}
}
