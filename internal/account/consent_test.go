package account_test

import (
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tahti/internal/account"
	"tahti/internal/account/accounttest"
	"tahti/internal/account/oauth"
	"tahti/internal/crm"
	"tahti/internal/realserver"
	"tahti/internal/secret"
	"tahti/internal/store"
)

func init() { account.Kinds = append(account.Kinds, accounttest.Kind()) }

// processes are several of Tahti's on one database, with one account that has been signed in to.
type processes struct {
	*testing.T
	far      *accounttest.Server
	ahead    atomic.Int64
	company  store.ID
	account  store.Account
	services []*account.Service
}

func (p *processes) now() time.Time { return now.Add(time.Duration(p.ahead.Load())) }

func startProcesses(t *testing.T, c store.Config, n int) *processes {
	t.Helper()
	p := &processes{T: t}
	p.far = accounttest.New(t, p.now)
	p.far.Client.Transport, p.far.Client.Now = http.DefaultTransport, p.now
	box, err := secret.Create(filepath.Join(t.TempDir(), "key"))
	p.must(err)
	var first *store.DB
	for range n {
		db, err := store.Open(t.Context(), c)
		p.must(err)
		t.Cleanup(func() { _ = db.Close() })
		if first == nil {
			first = db
		}
		p.services = append(p.services, &account.Service{Box: box, Vault: db, Env: account.Env{
			Now: p.now, Trusted: http.DefaultTransport, Clients: map[string]*oauth.Client{accounttest.Name: p.far.Client},
			APIs: map[string]string{accounttest.Name: p.far.URL},
		}})
	}
	company := store.Company{Name: "Acme", Created: now}
	p.must(first.CreateCompany(t.Context(), &company))
	p.company = company.ID
	p.must(first.Tx(t.Context(), p.company, p.signIn))
	return p
}

func (p *processes) must(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

// signIn goes to the provider's page and back.
func (p *processes) signIn(tx *store.Tx) error {
	s, ctx := p.services[0], p.Context()
	u := crm.User{Name: "Alice", Email: "alice@example.com", Role: crm.Regular, TimeZone: "UTC", Locale: "en", Active: true}
	p.must(tx.PutUser(ctx, &u))
	p.account = store.Account{Member: u.ID, Provider: accounttest.Name, State: store.PendingSignIn, Created: now}
	p.must(tx.PutAccount(ctx, &p.account))
	page, err := s.Begin(ctx, tx, &p.account, account.Wish{Redirect: "https://tahti.example/oauth/callback"}, p.now())
	p.must(err)
	back, err := p.far.Consent(page)
	p.must(err)
	came := oauth.ParseCallback(back.Query())
	r, err := s.Return(ctx, tx, u.ID, came.State, "", p.now())
	p.must(err)
	p.must(r.Err)
	agreed, err := s.Exchange(ctx, accounttest.Name, r.Begun, came.Code)
	p.must(err)
	found, err := s.Look(ctx, &p.account, agreed)
	p.must(err)
	return s.Agree(ctx, tx, &p.account, agreed, found)
}

// ask reads from the account's calendar in one process.
func (p *processes) ask(s *account.Service) error {
	c, err := s.Open(p.company, &p.account, "work")
	if err != nil {
		return err
	}
	_, err = c.Read(p.Context(), nil)
	return err
}

// TestSeveralProcessesReplaceATokenOnce: the provider's server ends everything that was agreed to if a token that was rotated away comes
// again. So one refresh too many in one round fails the next.
func TestSeveralProcessesReplaceATokenOnce(t *testing.T) {
	for name, config := range map[string]func(t *testing.T) store.Config{
		"SQLite":     func(t *testing.T) store.Config { return store.Config{Path: filepath.Join(t.TempDir(), "tahti.db")} },
		"PostgreSQL": func(t *testing.T) store.Config { return store.Config{URL: realserver.Database(t)} },
	} {
		t.Run(name, func(t *testing.T) {
			p := startProcesses(t, config(t), 3)
			for round := range 4 {
				p.ahead.Add(int64(2 * time.Hour))
				var all sync.WaitGroup
				for _, s := range slices.Repeat(p.services, 4) {
					all.Go(func() {
						if err := p.ask(s); err != nil {
							t.Errorf("round %d: %v", round, err)
						}
					})
				}
				all.Wait()
				if p.far.Refreshes != round+1 {
					t.Fatalf("%d refreshes in %d rounds", p.far.Refreshes, round+1)
				}
			}
		})
	}
}
