package status

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tahti/internal/engine"
	"tahti/internal/house"
	"tahti/internal/netguard"
	"tahti/internal/secret"
	"tahti/internal/store"
)

// lab is a house with a company and one connection, at a clock of the test's own.
type lab struct {
	*house.House
	db      *store.DB
	now     time.Time
	company store.ID
	conn    store.ID
}

func newLab(t *testing.T) *lab {
	t.Helper()
	dir := t.TempDir()
	l := &lab{now: time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)}
	var err error
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	l.db, err = store.Open(t.Context(), store.Config{Path: filepath.Join(dir, "tahti.db")})
	check(err)
	t.Cleanup(func() { _ = l.db.Close() }) // a test closes it earlier
	box, err := secret.Load(secret.Options{Path: filepath.Join(dir, "secret.key"), MayCreate: true})
	check(err)
	policy, err := netguard.Parse("")
	check(err)
	l.House, err = house.Build(t.Context(), house.Config{
		DB: l.db, Box: box, Policy: policy, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return l.now },
	})
	check(err)
	company, user, err := l.Found(t.Context(), house.Founding{
		Company: "Secret Plans Ltd", Name: "Alice", Email: "alice@example.com", PasswordHash: "x", TimeZone: "UTC", Locale: "en",
	})
	check(err)
	l.company = company
	check(l.Store.Tx(t.Context(), company, func(tx engine.Tx) error {
		a := store.Account{Member: user.ID, Provider: "caldav", Server: "https://dav.example.com", Username: "alice", Created: l.now}
		if err := tx.PutAccount(t.Context(), &a); err != nil {
			return err
		}
		c := store.Connection{
			Account: a.ID, Member: user.ID, Provider: "caldav", Calendar: "board-room", State: store.Active, Settings: []byte("{}"), Created: l.now,
		}
		err := tx.PutConnection(t.Context(), &c)
		l.conn = c.ID
		return err
	}))
	return l
}

// ran adds ended runs: each so long ago, with that end.
func (l *lab) ran(t *testing.T, state string, ago ...time.Duration) {
	t.Helper()
	err := l.Store.Tx(t.Context(), l.company, func(tx engine.Tx) error {
		for _, d := range ago {
			r := store.Run{
				Connection: l.conn, Kind: "sync", State: state, Counts: map[string]int{}, Started: l.now.Add(-d - time.Second), Finished: l.now.Add(-d),
			}
			if err := tx.PutRun(t.Context(), &r); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (l *lab) ask(t *testing.T) (Report, string) {
	t.Helper()
	h := New(Config{House: l.House, Log: slog.New(slog.DiscardHandler)})
	get := func(path string) *bytes.Buffer {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequestWithContext(context.Background(), http.MethodGet, path, nil))
		if w.Code != http.StatusOK {
			t.Fatalf("%s answers %d: %s", path, w.Code, w.Body)
		}
		return w.Body
	}
	var r Report
	if err := json.Unmarshal(get("/status.json").Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	return r, get("/status").String()
}

func components(states ...string) []Component {
	return []Component{{"server", states[0]}, {"database", states[1]}, {"sync", states[2]}}
}

func TestWhatHasNotRunIsNotMeasured(t *testing.T) {
	l := newLab(t)
	got, page := l.ask(t)
	want := Report{Status: OK, At: l.now, Components: components(OK, OK, OK), Providers: []Provider{{ID: "caldav", Status: Unknown}}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if !strings.Contains(page, "Everything works.") || !strings.Contains(page, "Not measured yet") {
		t.Error(page)
	}
}

func TestRunsOfTheLastDayAreCounted(t *testing.T) {
	l := newLab(t)
	l.ran(t, "failed", 30*time.Hour, 29*time.Hour) // too long ago to count
	l.ran(t, "done", 2*time.Hour, time.Hour, 40*time.Second)
	l.ran(t, "failed", 20*time.Second)
	got, page := l.ask(t)
	want := Report{Status: Degraded, At: l.now, Components: components(OK, OK, OK), Providers: []Provider{
		{ID: "caldav", Status: Degraded, Success: new(0.75), LagMS: new(int64(40_000))},
	}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	for _, words := range []string{"75 % of syncs succeeded", "40 seconds ago"} {
		if !strings.Contains(page, words) {
			t.Errorf("the page does not say %q:\n%s", words, page)
		}
	}
	for _, private := range []string{"Secret Plans", "Alice", "alice", "dav.example.com", "board-room"} {
		if strings.Contains(page, private) {
			t.Errorf("the page tells %q", private)
		}
	}
}

func TestWhomProvidersTellIsCounted(t *testing.T) {
	l := newLab(t)
	l.ran(t, "done", time.Hour)
	l.Push.Base = "https://tahti.example.com"
	connect := func(provider, state string, watched ...store.Watch) {
		t.Helper()
		err := l.Store.Tx(t.Context(), l.company, func(tx engine.Tx) error {
			old, err := tx.Connection(t.Context(), l.conn)
			if err != nil {
				return err
			}
			a := store.Account{Member: old.Member, Provider: provider, Created: l.now}
			if err := tx.PutAccount(t.Context(), &a); err != nil {
				return err
			}
			c := store.Connection{Account: a.ID, Member: old.Member, Settings: []byte("{}"), State: state, Created: l.now}
			if err := tx.PutConnection(t.Context(), &c); err != nil {
				return err
			}
			for _, w := range watched {
				w.Connection, w.Address = c.ID, fmt.Append(nil, c.ID)
				if err := tx.PutWatch(t.Context(), &w); err != nil {
					return err
				}
			}
			return tx.PutRun(t.Context(), &store.Run{Connection: c.ID, Kind: "sync", State: "done", Finished: l.now})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	later := l.now.Add(time.Hour)
	connect("google", store.Active, store.Watch{State: store.WatchLive, Expires: later})
	connect("google", store.Active, store.Watch{State: store.WatchLive, Expires: l.now}) // over
	connect("google", store.Retrying, store.Watch{State: store.WatchFailed})
	connect("google", store.Active)
	connect("google", store.Paused, store.Watch{State: store.WatchEnding, Expires: later})
	got, page := l.ask(t)
	for _, p := range got.Providers {
		if want := map[string]*float64{"google": new(0.25)}[p.ID]; !cmp.Equal(p.Push, want) {
			t.Errorf("%s: %s", p.ID, cmp.Diff(want, p.Push))
		}
	}
	if len(got.Providers) != 2 || got.Status != OK || !strings.Contains(page, "at once for 25 % of the connections") {
		t.Errorf("%+v\n%s", got, page)
	}
}

func TestAWakeThatNobodyTakesShows(t *testing.T) {
	l := newLab(t)
	err := l.Store.Tx(t.Context(), l.company, func(tx engine.Tx) error { return tx.Wake(t.Context(), l.conn, l.now.Add(-overdue-time.Minute), 0) })
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := l.ask(t); got.Components[2].Status != Degraded || got.Status != Degraded {
		t.Errorf("sync that does not run is told as %+v", got)
	}
}

func TestADatabaseThatIsGoneShows(t *testing.T) {
	l := newLab(t)
	if err := l.db.Close(); err != nil {
		t.Fatal(err)
	}
	got, page := l.ask(t)
	want := Report{Status: Down, At: l.now, Components: components(OK, Down, Unknown), Providers: []Provider{}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if !strings.Contains(page, "Tahti does not work right now.") {
		t.Error(page)
	}
}

func TestALookIsKeptForAWhile(t *testing.T) {
	l := newLab(t)
	s := &server{Config: Config{House: l.House, Log: slog.New(slog.DiscardHandler)}}
	first := s.report(t.Context())
	l.now = l.now.Add(keep - time.Millisecond)
	if again := s.report(t.Context()); !again.At.Equal(first.At) {
		t.Error("a second look came too early")
	}
	l.now = l.now.Add(time.Millisecond)
	if again := s.report(t.Context()); again.At.Equal(first.At) {
		t.Error("the first look is shown for ever")
	}
}
