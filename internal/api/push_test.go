package api_test

import (
	"fmt"
	"testing"
	"time"

	"tahti/internal/engine"
	"tahti/internal/store"
)

func TestAConnectionSaysWhetherItIsToldOfChanges(t *testing.T) {
	l := newLab(t)
	l.house.Push.Base = "https://tahti.example.com"
	until := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	for _, c := range []struct {
		provider string
		watch    *store.Watch
		want     object // nil: nothing is said
	}{
		{"caldav", nil, nil},
		{"google", nil, object{"live": false, "until": nil, "told": nil, "error_code": ""}},
		{"google", &store.Watch{State: store.WatchAsked}, object{"live": false, "until": nil, "told": nil, "error_code": ""}},
		{"graph", &store.Watch{State: store.WatchLive, Expires: until}, object{
			"live": true, "until": until.Format(time.RFC3339), "told": until.Format(time.RFC3339), "error_code": "",
		}},
		{"graph", &store.Watch{State: store.WatchFailed, Reason: "not_reached"}, object{"live": false, "until": nil, "told": nil, "error_code": "not_reached"}},
		{"ews", nil, object{"live": false, "until": nil, "told": nil, "error_code": ""}},
	} {
		var id store.ID
		must(t, l.house.Store.Tx(t.Context(), l.company, func(tx engine.Tx) error {
			a := store.Account{Member: l.alice.ID, Provider: c.provider, State: "ok", Created: time.Now()}
			if err := tx.PutAccount(t.Context(), &a); err != nil {
				return err
			}
			x := store.Connection{Account: a.ID, Member: l.alice.ID, State: store.Paused, Settings: []byte("{}"), Created: time.Now()}
			if err := tx.PutConnection(t.Context(), &x); err != nil {
				return err
			}
			id = x.ID
			if c.watch == nil {
				return nil
			}
			w := *c.watch
			w.Connection, w.Address = id, fmt.Append(nil, id)
			if err := tx.PutWatch(t.Context(), &w); err != nil || w.State != store.WatchLive {
				return err
			}
			return tx.NoteNotification(t.Context(), w.ID, until, time.Time{})
		}))
		got := l.own("alice", "GET", fmt.Sprintf("/connections/%d", id), nil)["health"].(object)["push"]
		if fmt.Sprint(got) != fmt.Sprint(c.want) && (got != nil || c.want != nil) {
			t.Errorf("%s, %+v: says %v, want %v", c.provider, c.watch, got, c.want)
		}
	}
}
