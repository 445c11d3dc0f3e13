package web_test

import (
	"strings"
	"testing"
	"time"

	"tahti/internal/engine"
	"tahti/internal/provider"
	"tahti/internal/store"
	"tahti/internal/text"
)

// The page says how changes in the calendar arrive where there is more than one way, and why they do not arrive at once.
func TestAConnectionsPageSaysHowChangesArrive(t *testing.T) {
	inEachLanguage(t, func(t *testing.T, b *browser, p text.Printer) {
		_, page := b.connect()
		b.rest(page)
		if d := b.get(page); strings.Contains(d.text, p.T("sync.told")) {
			t.Error("a calendar that tells of nothing is said to tell, or not to")
		}
		b.house.Push.Base = "https://tahti.example.com"
		change := func(f func(tx engine.Tx, c store.Connection) error) {
			t.Helper()
			ids, err := b.house.DB.CompanyIDs(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			err = b.house.Store.Tx(t.Context(), ids[0], func(tx engine.Tx) error {
				all, err := tx.Connections(t.Context(), 0)
				if err != nil {
					return err
				}
				return f(tx, all[0])
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		change(func(tx engine.Tx, c store.Connection) error {
			a, err := tx.Account(t.Context(), c.Account)
			a.Provider = "google"
			if err != nil {
				return err
			}
			return tx.PutAccount(t.Context(), &a)
		})
		b.get(page).says(p.T("sync.told"), p.T("sync.told_by_poll"))
		watch := store.Watch{State: store.WatchFailed, Reason: provider.CodeNotReached, Address: []byte("a")}
		put := func(tx engine.Tx, c store.Connection) error {
			watch.Connection = c.ID
			return tx.PutWatch(t.Context(), &watch)
		}
		change(put)
		b.get(page).says(p.T("sync.told_by_poll"), p.Problem(provider.CodeNotReached).Title)
		watch.State, watch.Reason, watch.Expires = store.WatchLive, "", time.Now().Add(time.Hour)
		change(put)
		b.get(page).says(p.T("sync.told_at_once"))
	})
}
