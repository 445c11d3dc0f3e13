package house_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tahti/internal/account"
	"tahti/internal/calendar"
	"tahti/internal/connection"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/house"
	"tahti/internal/hub"
	"tahti/internal/jobs"
	"tahti/internal/netguard"
	"tahti/internal/secret"
	"tahti/internal/standin/caldav"
	"tahti/internal/store"
)

type lab struct {
	t      *testing.T
	house  *house.House
	who    connection.Who
	server *caldav.Server
	url    string
	sign   account.Credentials
}

func newLab(t *testing.T, profile caldav.Profile) *lab {
	t.Helper()
	server := caldav.New(caldav.Options{Profile: profile})
	ts := httptest.NewServer(server)
	t.Cleanup(ts.Close)
	l := newHouse(t)
	l.server, l.url = server, ts.URL
	l.sign = account.Credentials{URL: ts.URL, Username: "alice@example.com", Password: "secret"}
	return l
}

// newHouse founds a company and starts its runner.
func newHouse(t *testing.T) *lab {
	t.Helper()
	ctx := t.Context()
	db, err := store.Open(ctx, store.Config{Path: filepath.Join(t.TempDir(), "tahti.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	box, err := secret.Create(filepath.Join(t.TempDir(), "key"))
	if err != nil {
		t.Fatal(err)
	}
	policy, err := netguard.Parse("127.0.0.0/8")
	if err != nil {
		t.Fatal(err)
	}
	h, err := house.Build(ctx, house.Config{
		DB: db, Box: box, Policy: policy, Log: slog.New(slog.NewTextHandler(testWriter{t}, nil)),
		Jobs: jobs.Options{Owner: "test", Poll: time.Hour},
	})
	if err != nil {
		t.Fatal(err)
	}
	company, user, err := h.Found(ctx, house.Founding{
		Company: "Acme", Name: "Alice", Email: "alice@example.com", PasswordHash: "x", TimeZone: "Europe/Helsinki", Locale: "en",
	})
	if err != nil {
		t.Fatal(err)
	}
	run, stop := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() { defer close(done); _ = h.Runner.Run(run) }()
	t.Cleanup(func() { stop(); <-done })
	return &lab{t: t, house: h, who: connection.Who{Company: company, User: user}}
}

type testWriter struct{ t *testing.T }

func (w testWriter) Write(b []byte) (int, error) {
	w.t.Log(strings.TrimSpace(string(b)))
	return len(b), nil
}

func (l *lab) connect(settings string) store.Connection {
	l.t.Helper()
	d, err := l.house.Accounts.Discover(l.t.Context(), "caldav", l.sign)
	if err != nil {
		l.t.Fatal(err)
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
	c, err := l.house.Connections.Connect(l.t.Context(), l.who, connection.Request{
		Provider: "caldav", Sign: l.sign, Calendar: chosen, Settings: json.RawMessage(settings),
	})
	if err != nil {
		l.t.Fatal(err)
	}
	return c
}

func (l *lab) sync(id store.ID) store.Run {
	l.t.Helper()
	asked, err := l.house.Connections.SyncNow(l.t.Context(), l.who, id)
	if err != nil {
		l.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(l.t.Context(), 20*time.Second)
	defer cancel()
	run, err := l.house.Connections.Await(ctx, l.who, id, asked)
	if err != nil || run.Finished.IsZero() {
		l.t.Fatalf("run did not end: %+v, %v", run, err)
	}
	return run
}

func (l *lab) tx(f func(tx engine.Tx) error) {
	l.t.Helper()
	if err := l.house.Store.Tx(l.t.Context(), l.who.Company, f); err != nil {
		l.t.Fatal(err)
	}
}

func (l *lab) activities() (list []crm.Activity) {
	l.tx(func(tx engine.Tx) (err error) {
		list, _, err = tx.Activities(l.t.Context(), store.ActivityFilter{Limit: 500})
		return err
	})
	return list
}

func TestBothWaysOverCalDAV(t *testing.T) {
	for _, profile := range caldav.Profiles() {
		t.Run(profile.Name, func(t *testing.T) { bothWays(t, profile) })
	}
}

func bothWays(t *testing.T, profile caldav.Profile) {
	l := newLab(t, profile)
	ctx := t.Context()
	c := l.connect(`{"start":"everything"}`)
	t.Logf("first run: %+v", l.sync(c.ID))
	var made crm.Activity
	l.tx(func(tx engine.Tx) (err error) {
		made, err = l.house.Hub.Create(ctx, tx, hub.By(l.who.User), crm.Activity{Type: "meeting", Plan: calendar.Event{
			Known: calendar.AllFields, Values: calendar.Values{
				Subject: "Call Bob", Busy: true,
				Start: calendar.InZone(calendar.WallOf(2026, 12, 1, 10, 0, 0), "Europe/Helsinki"),
				End:   calendar.InZone(calendar.WallOf(2026, 12, 1, 11, 0, 0), "Europe/Helsinki"),
			},
		}})
		return err
	})
	run := l.sync(c.ID)
	t.Logf("out: %+v", run)
	events, err := l.server.Events("alice@example.com", "calendar")
	if err != nil {
		t.Fatal(err)
	}
	if len(events) != 1 || !strings.Contains(string(events[0].Body), "SUMMARY:Call Bob") {
		t.Fatalf("calendar holds %d events: %s", len(events), bodies(events))
	}
	moved := strings.ReplaceAll(string(events[0].Body), "20261201T10", "20261201T14")
	moved = strings.ReplaceAll(moved, "20261201T11", "20261201T15")
	if err := l.server.PutRaw("alice@example.com", "calendar", path.Base(events[0].Path), []byte(moved)); err != nil {
		t.Fatal(err)
	}
	t.Logf("in: %+v", l.sync(c.ID))
	list := l.activities()
	if len(list) != 1 || list[0].ID != made.ID || list[0].Plan.Start.Wall != calendar.WallOf(2026, 12, 1, 14, 0, 0) {
		t.Fatalf("hub holds %+v", list)
	}
	for i := range 2 {
		run := l.sync(c.ID)
		if got := run.Counts[engine.UpdatedInCRM] + run.Counts[engine.UpdatedInCalendar] + run.Counts[engine.CreatedInCalendar]; got != 0 {
			t.Errorf("quiet run %d wrote: %+v", i, run)
		}
		t.Logf("quiet: requests %d counts %v", run.Requests, run.Counts)
	}
	if err := l.server.Remove("alice@example.com", "calendar", path.Base(events[0].Path)); err != nil {
		t.Fatal(err)
	}
	t.Logf("deleted: %+v", l.sync(c.ID))
	if list := l.activities(); len(list) != 0 {
		t.Fatalf("hub still holds %+v", list)
	}
}

func bodies(events []caldav.Object) string {
	var b strings.Builder
	for _, e := range events {
		b.Write(e.Body)
	}
	return b.String()
}

func (l *lab) waiting(id store.ID) (list []store.Work) {
	l.tx(func(tx engine.Tx) error { list = l.waitingIn(tx, id); return nil })
	return list
}

func (l *lab) waitingIn(tx engine.Tx, id store.ID) []store.Work {
	list, err := tx.ListWork(l.t.Context(), id, 0, 5000)
	if err != nil {
		l.t.Fatal(err)
	}
	return list
}

// all lists every live activity.
func (l *lab) all() (list []crm.Activity) {
	f := store.ActivityFilter{Limit: 500, Sort: "id"}
	for {
		l.tx(func(tx engine.Tx) error {
			page, next, err := tx.Activities(l.t.Context(), f)
			list, f.After = append(list, page...), next
			return err
		})
		if f.After == "" {
			return list
		}
	}
}
