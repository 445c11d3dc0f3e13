package jobs

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
	"tahti/internal/hub"
	"tahti/internal/lens"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// TestMain opens a database once: its template must not be made inside of a bubble of synctest.
func TestMain(m *testing.M) {
	db, err := store.OpenMemory(context.Background(), store.Config{})
	if err == nil {
		err = db.Close()
	}
	if err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

type clock struct{}

func (clock) Now() time.Time { return time.Now().UTC() }

type keys struct{}

func (keys) Key(company, account store.ID, _ string, activity store.ID, incarnation int, _ string) provider.Key {
	return provider.Key(fmt.Sprintf("key-%d-%d-%d-%d", company, account, activity, incarnation))
}

func (keys) Birth(store.ID, ...string) string { return "" }
func (keys) BirthIn(provider.Key) string      { return "" }

// rig is a runner on a real database, in a bubble with a clock of its own, with calendars in memory.
type rig struct {
	t      *testing.T
	db     *store.DB
	store  *Store
	hub    *hub.Hub
	engine *engine.Engine
	gate   *Gate
	runner *Runner
	cals   map[string]*cal
	refuse error   // of opening any calendar
	tells  bool    // calendars tell of changes by themselves
	office *office // whose feed the calendars share; nil: each is its own
	// audible are those that tell of changes while somebody listens, and how, by name.
	audible map[string]func(ctx context.Context, told func()) error
}

// cal is a calendar that can be used from several goroutines. before is called ahead of every request.
type cal struct {
	mu     sync.Mutex
	name   string
	inner  *enginetest.Calendar
	before func(ctx context.Context, op string) error
	at     []time.Time // of each request
	width  int
	// budgets has those that the calendar's provider sets, and nothing else.
	budgets provider.Capabilities
}

func (c *cal) enter(ctx context.Context, op string) error {
	c.mu.Lock()
	c.at = append(c.at, time.Now())
	before := c.before
	c.mu.Unlock()
	if before != nil {
		return before(ctx, op)
	}
	return nil
}

func (c *cal) requests() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.at)
}

func (c *cal) Capabilities() provider.Capabilities {
	caps := c.inner.Capabilities()
	caps.Concurrency, caps.PerAccount, caps.PerApplication = c.width, c.budgets.PerAccount, c.budgets.PerApplication
	return caps
}

func (c *cal) Pull(ctx context.Context, since provider.Cursor, known provider.Known) (provider.Pull, error) {
	if err := c.enter(ctx, "pull"); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.inner.Pull(ctx, since, known)
}

func (c *cal) Read(ctx context.Context, ids []provider.RemoteID) ([]provider.Item, error) {
	if err := c.enter(ctx, "read"); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.inner.Read(ctx, ids)
}

func (c *cal) Find(ctx context.Context, key provider.Key) (provider.Item, error) {
	if err := c.enter(ctx, "find"); err != nil {
		return provider.Item{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.inner.Find(ctx, key)
}

func (c *cal) Put(ctx context.Context, w provider.Put) (provider.Item, error) {
	if err := c.enter(ctx, "put"); err != nil {
		return provider.Item{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.inner.Put(ctx, w)
}

func (c *cal) Remove(ctx context.Context, w provider.Remove) error {
	if err := c.enter(ctx, "remove"); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.inner.Remove(ctx, w)
}

// Open implements [Opener].
func (r *rig) Open(_ store.ID, _ *store.Account, calendar string) (provider.Provider, error) {
	if r.refuse != nil {
		return nil, r.refuse
	}
	if r.office != nil {
		return &fed{cal: r.cals[calendar], office: r.office, feed: r.office.feeds.Of("office")}, nil
	}
	if r.tells {
		return telling{r.cals[calendar]}, nil
	}
	if how := r.audible[calendar]; how != nil {
		return audible{r.cals[calendar], how}, nil
	}
	return r.cals[calendar], nil
}

// inBubble runs a test with a clock of its own, which goes on only while everything waits.
func inBubble(t *testing.T, o Options, f func(r *rig)) {
	synctest.Test(t, func(t *testing.T) {
		db, err := store.OpenMemory(t.Context(), store.Config{Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = db.Close() }()
		r := &rig{t: t, db: db, store: NewStore(db), hub: &hub.Hub{Clock: clock{}}, gate: &Gate{}, cals: map[string]*cal{}}
		r.engine = &engine.Engine{Store: r.store, Hub: r.hub, Clock: clock{}, Keys: keys{}}
		r.runner = r.newRunner(o)
		f(r)
	})
}

func (r *rig) newRunner(o Options) *Runner {
	if o.Owner == "" {
		o.Owner = "one"
	}
	return New(r.store, r.engine, r, r.gate, slog.New(slog.NewTextHandler(io.Discard, nil)), o)
}

// start lets a runner run; the function that it answers ends it and waits for it.
func (r *rig) start(runner *Runner) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- runner.Run(ctx) }()
	return func() {
		cancel()
		r.ok(<-done)
	}
}

func (r *rig) ok(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) tx(company store.ID, f func(tx engine.Tx) error) {
	r.t.Helper()
	r.ok(r.store.Tx(context.Background(), company, f))
}

// company founds a company with one user.
func (r *rig) company(name string) (store.ID, crm.User) {
	r.t.Helper()
	ctx := context.Background()
	c, err := r.hub.NewCompany(ctx, r.db, name)
	r.ok(err)
	login := store.Login{Email: name + "@example.com", Created: time.Now()}
	r.ok(r.db.PutLogin(ctx, &login))
	u := crm.User{Login: login.ID, Name: name, Email: login.Email, TimeZone: "Europe/Helsinki", Locale: "en", Active: true}
	r.tx(c.ID, func(tx engine.Tx) error {
		u, err = r.hub.SetUp(ctx, tx, u)
		return err
	})
	return c.ID, u
}

func (r *rig) account(company store.ID, u crm.User, server string) store.Account {
	r.t.Helper()
	a := store.Account{Member: u.ID, Provider: "caldav", Server: server, Username: u.Email, State: "ok", Created: time.Now()}
	r.tx(company, func(tx engine.Tx) error { return tx.PutAccount(context.Background(), &a) })
	return a
}

// connect ties a new calendar to an account; it runs once it is woken.
func (r *rig) connect(company store.ID, a store.Account, name string) (store.ID, *cal) {
	r.t.Helper()
	s := lens.Defaults()
	s.Start = lens.Everything
	c := store.Connection{
		Account: a.ID, Member: a.Member, Provider: "caldav", Calendar: name, Writable: true, Settings: s.JSON(), State: store.Active,
		Created: time.Now(), Started: time.Now(), HubAt: time.Now(),
	}
	r.tx(company, func(tx engine.Tx) error { return tx.PutConnection(context.Background(), &c) })
	r.cals[name] = &cal{inner: enginetest.New(enginetest.Options{Guard: provider.GuardFull, Me: a.Username}), width: 4}
	return c.ID, r.cals[name]
}

func (r *rig) wake(company, connection store.ID, lane int) {
	r.t.Helper()
	r.tx(company, func(tx engine.Tx) error { return tx.Wake(context.Background(), connection, time.Now(), lane) })
}

func (r *rig) add(company store.ID, u crm.User, subject string) {
	r.t.Helper()
	e := event(subject)
	r.tx(company, func(tx engine.Tx) error {
		_, err := r.hub.Create(context.Background(), tx, hub.By(u), crm.Activity{Type: "meeting", Plan: e})
		return err
	})
}

func event(subject string) calendar.Event {
	e := calendar.Event{Known: calendar.AllFields}
	e.Subject, e.Busy = subject, true
	e.Start, e.End = calendar.InZone(calendar.WallOf(2030, 3, 4, 9, 0, 0), "Europe/Helsinki"), calendar.InZone(calendar.WallOf(2030, 3, 4, 10, 0, 0), "Europe/Helsinki")
	return e
}

func (r *rig) runs(company, connection store.ID) (list []store.Run) {
	r.t.Helper()
	r.ok(r.store.View(context.Background(), company, func(tx engine.Tx) (err error) {
		list, err = tx.Runs(context.Background(), connection, 100)
		return err
	}))
	return list
}

func (r *rig) wakeOf(company, connection store.ID) (w store.Wake) {
	r.t.Helper()
	r.ok(r.db.View(context.Background(), company, func(tx *store.Tx) (err error) {
		w, err = tx.GetWake(context.Background(), connection)
		return err
	}))
	return w
}

func (r *rig) connection(company, id store.ID) (c store.Connection) {
	r.t.Helper()
	r.ok(r.store.View(context.Background(), company, func(tx engine.Tx) (err error) {
		c, err = tx.Connection(context.Background(), id)
		return err
	}))
	return c
}
