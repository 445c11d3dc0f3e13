package web_test

import (
	"errors"
	"fmt"
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
		watch := store.Watch{State: store.WatchFailed, Reason: provider.CodeNotReached, Address: []byte("a")}
		change := func(f func(tx engine.Tx) error) {
			t.Helper()
			ids, err := b.house.DB.CompanyIDs(t.Context())
			if err == nil {
				err = b.house.Store.Tx(t.Context(), ids[0], f)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		change(func(tx engine.Tx) error { // one that nobody wakes
			all, err := tx.Connections(t.Context(), 0)
			if err != nil {
				return err
			}
			a := store.Account{Member: all[0].Member, Provider: "google", State: "ok", Created: time.Now()}
			if err := tx.PutAccount(t.Context(), &a); err != nil {
				return err
			}
			c := store.Connection{
				Account: a.ID, Member: a.Member, Calendar: "c", CalendarName: "Work", State: store.Active, Settings: []byte("{}"), Created: time.Now(),
			}
			err = tx.PutConnection(t.Context(), &c)
			watch.Connection, page = c.ID, fmt.Sprintf("/sync/%d", c.ID)
			return err
		})
		put := func(tx engine.Tx) error { return tx.PutWatch(t.Context(), &watch) }
		b.get(page).says(p.T("sync.told"), p.T("sync.told_by_poll"))
		change(put)
		b.get(page).says(p.T("sync.told_by_poll"), p.Problem(provider.CodeNotReached).Title)
		watch.State, watch.Reason, watch.Expires = store.WatchLive, "", time.Now().Add(time.Hour)
		change(put)
		b.get(page).says(p.T("sync.told_at_once"))
		// To Exchange somebody listens, whatever our address is.
		b.house.Push.Base = ""
		if d := b.get(page); strings.Contains(d.text, p.T("sync.told")) {
			t.Error("a provider that cannot reach us is said to tell, or not to")
		}
		change(func(tx engine.Tx) error {
			c, err := tx.Connection(t.Context(), watch.Connection)
			if err != nil {
				return err
			}
			a, err := tx.Account(t.Context(), c.Account)
			a.Provider = "ews"
			return errors.Join(err, tx.PutAccount(t.Context(), &a))
		})
		b.get(page).says(p.T("sync.told_at_once"))
		watch.State, watch.Reason = store.WatchFailed, provider.CodeTooManyListeners
		change(put)
		b.get(page).says(p.T("sync.told_by_poll"), p.Problem(provider.CodeTooManyListeners).Title)
	})
}
