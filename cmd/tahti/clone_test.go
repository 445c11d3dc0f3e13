package main

import (
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"tahti/internal/connection"
	"tahti/internal/engine"
	"tahti/internal/house"
	"tahti/internal/store"
)

// TestARestoreIsKnownBehindItsFirstStart, which holds the connections: the engine looks for what the backup does not know once somebody has
// let them go on (I1, I25). Later starts hold nothing, another restore does.
func TestARestoreIsKnownBehindItsFirstStart(t *testing.T) {
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	w := where{Data: t.TempDir()}
	db, err := store.Open(t.Context(), store.Config{Path: filepath.Join(w.Data, "tahti.db")})
	ok(err)
	defer db.Close()
	h, err := outside{}.build(t.Context(), w, db, newMetrics(), slog.New(slog.DiscardHandler))
	ok(err)
	company, user, err := h.Found(t.Context(), house.Founding{Company: "Acme", Name: "Alice", Email: "alice@example.com", TimeZone: "UTC", Locale: "en"})
	ok(err)
	c := store.Connection{Member: user.ID, Provider: "caldav", Calendar: "work", State: store.Active, Settings: []byte("{}"), Created: time.Now()}
	in := func(f func(tx engine.Tx) error) { ok(h.Store.Tx(t.Context(), company, f)) }
	in(func(tx engine.Tx) error {
		a := store.Account{Member: user.ID, Provider: "caldav", Server: "https://dav.example.com", Username: "alice", Created: time.Now()}
		err := tx.PutAccount(t.Context(), &a)
		if err != nil {
			return err
		}
		c.Account = a.ID
		return tx.PutConnection(t.Context(), &c)
	})
	for _, start := range []struct{ restored, held bool }{{false, false}, {true, true}, {false, false}, {true, true}} {
		if start.restored {
			ok(db.MarkRestored(t.Context()))
		}
		marked, err := db.Instance(t.Context())
		ok(err)
		ok(holdClones(t.Context(), w, h, slog.New(slog.DiscardHandler)))
		in(func(tx engine.Tx) error {
			now, err := tx.Connection(t.Context(), c.ID)
			if err != nil {
				return err
			}
			if held := now.State == store.Held && now.Reason == connection.Restored; held != start.held {
				t.Errorf("%+v: the connection is %s, %s", start, now.State, now.Reason)
			}
			if at, err := tx.Restored(t.Context()); err != nil || !at.Equal(marked.Restored) {
				t.Errorf("%+v: restored at %s, and then at %s, %v", start, marked.Restored, at, err)
			}
			now.State, now.Reason = store.Active, "" // somebody has looked, and let it go on
			return tx.PutConnection(t.Context(), &now)
		})
	}
}
