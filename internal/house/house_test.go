package house_test

import (
	"path"
	"strings"
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/hub"
	"tahti/internal/standin/caldav"
	"tahti/internal/store"
)

func (l *lab) activities() (list []crm.Activity) {
	l.tx(func(tx engine.Tx) (err error) {
		list, _, err = tx.Activities(l.t.Context(), store.ActivityFilter{Limit: 500})
		return err
	})
	return list
}

func TestBothWaysOverCalDAV(t *testing.T) {
	t.Parallel()
	for _, profile := range caldav.Profiles() {
		t.Run(profile.Name, func(t *testing.T) { t.Parallel(); bothWays(t, profile) })
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
