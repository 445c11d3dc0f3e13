package store_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/store"
)

var now = time.Date(2026, 1, 2, 9, 0, 0, 0, time.UTC)

func eachStore(b *testing.B, bench func(b *testing.B, db *store.DB)) {
	for name, open := range map[string]func(b *testing.B) *store.DB{
		"sqlite": func(b *testing.B) *store.DB {
			return open(b, store.Config{Path: filepath.Join(b.TempDir(), "tahti.db")})
		},
		"postgres": func(b *testing.B) *store.DB { return open(b, store.Config{URL: postgresURL(b)}) },
		"memory": func(b *testing.B) *store.DB {
			db, err := store.OpenMemory(ctx, store.Config{})
			check(b, err)
			return db
		},
	} {
		b.Run(name, func(b *testing.B) {
			db := open(b)
			defer func() { check(b, db.Close()) }()
			bench(b, db)
		})
	}
}

func check(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// populate makes companies with connections that are due, and answers the last company, its user and its last connection.
func populate(b *testing.B, db *store.DB, companies, connections int) (company, user, connection store.ID) {
	for range companies {
		c := store.Company{Name: "Example", Created: now}
		check(b, db.CreateCompany(ctx, &c))
		company = c.ID
		check(b, db.Tx(ctx, c.ID, func(tx *store.Tx) error {
			u := crm.User{Name: "Alice", Active: true}
			check(b, tx.PutUser(ctx, &u))
			a := store.Account{Member: u.ID, Provider: "caldav"}
			check(b, tx.PutAccount(ctx, &a))
			user = u.ID
			for i := range connections {
				x := store.Connection{Account: a.ID, Member: u.ID, State: store.Active}
				check(b, tx.PutConnection(ctx, &x))
				check(b, tx.Wake(ctx, x.ID, now.Add(time.Duration(i)*time.Second), 2))
				connection = x.ID
			}
			return nil
		}))
	}
	return company, user, connection
}

// BenchmarkClaims claims and finishes wakes of 100,000 connections in 1,000 companies, fifty at a time.
func BenchmarkClaims(b *testing.B) {
	eachStore(b, func(b *testing.B, db *store.DB) {
		populate(b, db, 1000, 100)
		const batch = 50
		claimed := 0
		at := now.Add(time.Hour)
		for b.Loop() {
			claims, err := db.ClaimWakes(ctx, "w", at, time.Minute, batch, 4)
			check(b, err)
			claimed += len(claims)
			b.StopTimer()
			for _, c := range claims[:min(len(claims), batch)] {
				check(b, db.FinishWake(ctx, c, at))
			}
			b.StartTimer()
		}
		b.ReportMetric(float64(claimed)/b.Elapsed().Seconds(), "claims/s")
	})
}

// BenchmarkIdleClaim asks for work where 100,000 connections have none.
func BenchmarkIdleClaim(b *testing.B) {
	eachStore(b, func(b *testing.B, db *store.DB) {
		populate(b, db, 1000, 100)
		for b.Loop() {
			claims, err := db.ClaimWakes(ctx, "w", now.Add(-time.Hour), time.Minute, 50, 4)
			check(b, err)
			if len(claims) != 0 {
				b.Fatal("something was claimed")
			}
		}
	})
}

// BenchmarkHog claims for a thousand companies behind one that has 20,000 connections due and is at its cap.
func BenchmarkHog(b *testing.B) {
	eachStore(b, func(b *testing.B, db *store.DB) {
		populate(b, db, 1, 20000)
		_, err := db.ClaimWakes(ctx, "hog", now.Add(24*time.Hour), time.Hour, 50, 4)
		check(b, err)
		populate(b, db, 1000, 1)
		for b.Loop() {
			claims, err := db.ClaimWakes(ctx, "w", now.Add(24*time.Hour), time.Minute, 50, 4)
			check(b, err)
			b.StopTimer()
			for _, c := range claims {
				check(b, db.FinishWake(ctx, c, now))
			}
			b.StartTimer()
		}
	})
}

func event(overrides int) calendar.Event {
	at := calendar.WallOf(2026, 1, 5, 10, 0, 0)
	e := calendar.Event{UID: "uid@example.com", Known: calendar.AllFields, Values: calendar.Values{
		Subject: "Weekly review", Start: calendar.InZone(at, "Europe/Helsinki"), End: calendar.InZone(at+3600, "Europe/Helsinki"),
		Location: "Room 1", Description: "What we talk about every week, in a sentence or two.", Busy: true,
		Organizer: calendar.Person{Email: "bob@example.com", Name: "Bob"},
		Guests:    []calendar.Guest{{Person: calendar.Person{Email: "alice@example.com"}, Answer: calendar.Accepted}},
	}}
	if overrides > 0 {
		e.Rule = "FREQ=WEEKLY"
	}
	for i := range overrides {
		e.Overrides = append(e.Overrides, calendar.Override{
			Original: at + calendar.Wall(i+1)*7*calendar.Day, Set: calendar.Fields(calendar.Subject), Values: calendar.Values{Subject: "Special"},
		})
	}
	return e
}

// BenchmarkItem is what a run commits for one remote change: the activity, its link, history, and the work item gone. Batched
// by a hundred, as incoming items are.
func BenchmarkItem(b *testing.B) {
	eachStore(b, func(b *testing.B, db *store.DB) {
		company, user, connection := populate(b, db, 1, 1)
		n := 0
		for b.Loop() {
			check(b, db.Tx(ctx, company, func(tx *store.Tx) error {
				for range 100 {
					n++
					item(b, tx, user, connection, fmt.Sprintf("r%d", n))
				}
				return nil
			}))
		}
		b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "items/s")
	})
}

func item(b *testing.B, tx *store.Tx, user, connection store.ID, remote string) {
	e := event(0)
	subject := "r:" + remote
	check(b, tx.PutWork(ctx, connection, subject, []byte("payload"), now, false))
	w, err := tx.WorkBySubject(ctx, connection, subject)
	check(b, err)
	a := crm.Activity{OwnerID: user, Revision: 1, Type: "meeting", Plan: e, Visibility: crm.OwnerOnly, CreatedAt: now, UpdatedAt: now}
	check(b, tx.PutActivity(ctx, &a))
	l := store.Link{
		Connection: connection, Activity: a.ID, Remote: remote, State: store.LinkLinked, RemoteRaw: bytes.Repeat([]byte("DTSTART:20260105T100000\r\n"), 40),
		RemoteEvent: &e, LocalEvent: &e, Changed: now,
	}
	check(b, tx.PutLink(ctx, &l))
	check(b, tx.AddHistory(ctx, &store.History{Connection: connection, Activity: a.ID, At: now, Kind: "create", After: json.RawMessage(`{"subject":"x"}`)}))
	check(b, tx.DeleteWork(ctx, w))
}

// BenchmarkPage reads a page of a hundred activities, half of them series with five overrides.
func BenchmarkPage(b *testing.B) {
	eachStore(b, func(b *testing.B, db *store.DB) {
		company, user, _ := populate(b, db, 1, 1)
		check(b, db.Tx(ctx, company, func(tx *store.Tx) error {
			for i := range 1000 {
				a := crm.Activity{OwnerID: user, Revision: 1, Type: "meeting", Plan: event(i % 2 * 5), CreatedAt: now, UpdatedAt: now}
				check(b, tx.PutActivity(ctx, &a))
			}
			return nil
		}))
		for b.Loop() {
			check(b, db.View(ctx, company, func(tx *store.Tx) error {
				list, _, err := tx.Activities(ctx, store.ActivityFilter{Owner: user, Sort: "start", Limit: 100})
				if len(list) != 100 {
					b.Fatalf("%d activities", len(list))
				}
				return err
			}))
		}
	})
}

func BenchmarkEventJSON(b *testing.B) {
	e := event(0)
	text, err := json.Marshal(&e)
	check(b, err)
	b.Run("write", func(b *testing.B) {
		for b.Loop() {
			_, err := json.Marshal(&e)
			check(b, err)
		}
	})
	b.Run("read", func(b *testing.B) {
		for b.Loop() {
			var got calendar.Event
			check(b, json.Unmarshal(text, &got))
		}
	})
}
