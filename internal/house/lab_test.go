package house_test

import (
	"cmp"
	"context"
	"crypto/x509"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tahti/internal/account"
	"tahti/internal/account/oauth"
	"tahti/internal/connection"
	"tahti/internal/engine"
	"tahti/internal/house"
	"tahti/internal/jobs"
	"tahti/internal/netguard"
	"tahti/internal/secret"
	"tahti/internal/standin/caldav"
	"tahti/internal/store"
)

// lab is a house with one company and one user, and usually a calendar server beside it.
type lab struct {
	t      *testing.T
	house  *house.House
	who    connection.Who
	server *caldav.Server
	url    string
	sign   account.Credentials
	kind   string // of account; empty: CalDAV
	clock  *clock
	dir    string // where its rows and its key are
	halt   func() // ends the runner and waits for it; nil while none runs
}

// setup is how a house is built; the zero value is a fresh SQLite file and a runner that runs.
type setup struct {
	dsn      string // PostgreSQL instead of SQLite
	idle     bool   // the runner is started by the test
	answer   time.Duration
	networks string // that may be reached; loopback if empty
	roots    *x509.CertPool
	watch    func(http.RoundTripper) http.RoundTripper
	clients  map[string]oauth.Client // registrations at providers with sign-in pages
	apis     map[string]string
	clock    *clock              // that others share; its own if nil
	more     func(*house.Config) // may be nil
}

// clock is the computer's, or stands still, ahead by as much as the test has let pass.
type clock struct{ ahead, still atomic.Int64 }

func (c *clock) Now() time.Time {
	now := time.Now()
	if at := c.still.Load(); at != 0 {
		now = time.Unix(0, at)
	}
	return now.Add(time.Duration(c.ahead.Load()))
}

// pass lets time go by. Leases and back-offs end: where a runner is at work, [lab.pass] is what waits for a good moment.
func (c *clock) pass(d time.Duration) { c.ahead.Add(int64(d)) }

// stand lets no time pass any more but what the test lets pass, however slow the computer is.
func (c *clock) stand() { c.still.Store(time.Now().UnixNano()) }

// newLab is a house beside a stand-in calendar server.
func newLab(t *testing.T, profile caldav.Profile, s ...setup) *lab {
	t.Helper()
	server := caldav.New(caldav.Options{Profile: profile, Users: []caldav.User{
		{Name: "alice@example.com", Password: "secret"}, {Name: "bob@example.com", Password: "secret"},
	}})
	ts := httptest.NewServer(server)
	t.Cleanup(ts.Close)
	l := newHouse(t, s...)
	l.server, l.url = server, ts.URL
	l.sign = account.Credentials{URL: ts.URL, Username: "alice@example.com", Password: "secret"}
	return l
}

// newHouse founds a company and starts its runner.
func newHouse(t *testing.T, options ...setup) *lab {
	t.Helper()
	var s setup
	if len(options) > 0 {
		s = options[0]
	}
	l := &lab{t: t, clock: s.clock, dir: t.TempDir()}
	if l.clock == nil {
		l.clock = &clock{}
	}
	rows := store.Config{Path: filepath.Join(l.dir, "tahti.db"), Now: l.clock.Now}
	if s.dsn != "" {
		rows.Path, rows.URL = "", s.dsn
	}
	h, db, err := raise(t.Context(), l.dir, rows, s, slog.New(slog.NewTextHandler(testWriter{t}, nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	l.house = h
	l.who.Company, l.who.User, err = h.Found(t.Context(), house.Founding{
		Company: "Acme", Name: "Alice", Email: "alice@example.com", PasswordHash: "x", TimeZone: "Europe/Helsinki", Locale: "en",
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.stop)
	if !s.idle {
		l.start()
	}
	return l
}

// raise builds a house on rows, with the key that lies in dir or comes to lie there.
func raise(ctx context.Context, dir string, rows store.Config, s setup, log *slog.Logger) (*house.House, *store.DB, error) {
	db, err := store.Open(ctx, rows)
	if err != nil {
		return nil, nil, err
	}
	have, err := db.HaveSecrets(ctx)
	if err != nil {
		return nil, nil, err
	}
	box, err := secret.Load(secret.Options{Path: filepath.Join(dir, "key"), MayCreate: true, HaveSecrets: have})
	if err != nil {
		return nil, nil, err
	}
	if s.networks == "" {
		s.networks = "127.0.0.0/8"
	}
	policy, err := netguard.Parse(s.networks)
	if err != nil {
		return nil, nil, err
	}
	c := house.Config{
		DB: db, Box: box, Policy: policy, Roots: s.roots, Log: log, Now: rows.Now, Answer: s.answer, Watch: s.watch, Clients: s.clients, APIs: s.apis,
		Jobs: jobs.Options{Owner: "test", Poll: time.Hour, Audit: 10_000 * time.Hour},
	}
	if s.more != nil {
		s.more(&c)
	}
	h, err := house.Build(ctx, c)
	return h, db, err
}

// start lets the runner run until stop or the end of the test.
func (l *lab) start() {
	if l.halt != nil {
		l.t.Fatal("the runner runs already")
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(l.t.Context()))
	done := make(chan struct{})
	go func() { defer close(done); _ = l.house.Runner.Run(ctx) }() // it answers nil whenever it is told to end
	l.halt = func() {
		cancel()
		select {
		case <-done:
		case <-time.After(time.Minute): // each run ends at its next commit
			l.t.Error("the runner was told to end a minute ago and goes on")
		}
	}
}

func (l *lab) stop() {
	if l.halt != nil {
		l.halt()
		l.halt = nil
	}
}

type testWriter struct{ t *testing.T }

func (w testWriter) Write(b []byte) (int, error) {
	w.t.Log(strings.TrimSpace(string(b)))
	return len(b), nil
}

// connect signs in and starts a connection to the primary calendar.
func (l *lab) connect(settings string) store.Connection {
	l.t.Helper()
	c, err := l.tryConnect(l.who, l.sign, settings)
	if err != nil {
		l.t.Fatal(err)
	}
	return c
}

func (l *lab) tryConnect(who connection.Who, sign account.Credentials, settings string) (store.Connection, error) {
	l.t.Helper()
	d, err := l.house.Accounts.Discover(l.t.Context(), cmp.Or(l.kind, account.CalDAV), sign)
	if err != nil {
		return store.Connection{}, err
	}
	if len(d.Calendars) == 0 {
		l.t.Fatal("no calendars found")
	}
	chosen := d.Calendars[0].ID
	for _, cal := range d.Calendars {
		if cal.Primary {
			chosen = cal.ID
		}
	}
	return l.house.Connections.Connect(l.t.Context(), who, connection.Request{
		Provider: cmp.Or(l.kind, account.CalDAV), Sign: sign, Calendar: chosen, Settings: json.RawMessage(settings),
	})
}

// sync asks for a run of a connection and waits for its end.
func (l *lab) sync(id store.ID) store.Run { l.t.Helper(); return l.syncBy(l.who, id) }

func (l *lab) syncBy(who connection.Who, id store.ID) store.Run {
	l.t.Helper()
	wish, err := l.house.Connections.SyncNow(l.t.Context(), who, id)
	if err != nil {
		l.t.Fatal(err)
	}
	return l.await(who, id, wish)
}

func (l *lab) await(who connection.Who, id store.ID, wish int64) store.Run {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(l.t.Context(), patience)
	defer cancel()
	run, err := l.house.Connections.Await(ctx, who, id, wish)
	if err != nil || run.Finished.IsZero() {
		l.t.Fatalf("run did not end: %+v, %v", run, err)
	}
	return run
}

// patience is how long something is waited for that comes within a second where the computer has nothing else to do.
const patience = 2 * time.Minute

// pass lets time go by when no run is due or under way, whose lease would end with it.
func (l *lab) pass(d time.Duration) {
	l.t.Helper()
	passed := false // a transaction may be made more than once
	l.rests(func() {
		if !passed {
			l.clock.pass(d)
		}
		passed = true
	})
}

// rests waits until no run is due or under way, and does something before another begins.
func (l *lab) rests(then func()) {
	l.t.Helper()
	if l.halt == nil { // nobody works on anything
		then()
		return
	}
	end := time.After(patience)
	for {
		bells := map[store.ID]<-chan struct{}{} // hung before the look, so that no end falls between the two
		for _, id := range l.busy(func() {}) {
			bells[id] = l.house.Runner.Ended(l.who.Company, id)
		}
		still := l.busy(then)
		if len(still) == 0 {
			return
		}
		if bells[still[0]] == nil {
			continue // it has begun just now
		}
		select {
		case <-bells[still[0]]:
		case <-end:
			l.t.Fatal("runs go on and on")
		}
	}
}

// busy are the connections of which a run is due or under way; where there is none, it does something before that changes.
func (l *lab) busy(none func()) (ids []store.ID) {
	l.t.Helper()
	l.tx(func(tx engine.Tx) error {
		ids = nil
		all, err := tx.Connections(l.t.Context(), 0)
		if err != nil {
			return err
		}
		for _, c := range all {
			w, err := tx.GetWake(l.t.Context(), c.ID)
			if err != nil {
				return err
			}
			due := !w.Running && !w.NextRun.IsZero() && !w.NextRun.After(l.clock.Now())
			if w.Running || due {
				ids = append(ids, c.ID)
			}
			if due { // by a clock that has jumped: the runner would see it seconds later, but for what is asked for
				if err := tx.Wake(l.t.Context(), c.ID, w.NextRun, w.Lane); err != nil {
					return err
				}
			}
		}
		if len(ids) == 0 {
			none()
		}
		return nil
	})
	return ids
}

func (l *lab) tx(f func(tx engine.Tx) error) {
	l.t.Helper()
	if err := l.house.Store.Tx(l.t.Context(), l.who.Company, f); err != nil {
		l.t.Fatal(err)
	}
}
