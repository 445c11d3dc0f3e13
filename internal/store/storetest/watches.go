package storetest

import (
	"testing"
	"time"

	"tahti/internal/store"
)

func watch(f fixture, address string) store.Watch {
	return store.Watch{
		Connection: f.connection, Provider: "google", Address: []byte(address), Secret: []byte{0, 255, 1}, Base: "https://tahti.example.com",
		Channel: "c1", Resource: "r1", State: store.WatchLive, Due: start.Add(time.Hour), Expires: start.Add(2 * time.Hour), Tended: start,
		Failures: 3, Reason: "unreachable",
	}
}

func watches(t *testing.T, db *store.DB) {
	f, other := newCompany(t, db), newCompany(t, db)
	first, second, foreign := watch(f, "\x00\xff\x01"), watch(f, "two"), watch(other, "three")
	f.tx(t, db, func(tx *store.Tx) error {
		nowhere := watch(f, "nowhere")
		nowhere.Connection = 4711
		refusedAs(t, "of no connection", tx.Savepoint(ctx, func() error { return tx.PutWatch(ctx, &nowhere) }), store.ErrReference)
		ok(t, tx.PutWatch(ctx, &first))
		ok(t, tx.PutWatch(ctx, &second))
		double := watch(f, "two")
		refusedAs(t, "an address that is taken", tx.PutWatch(ctx, &double), store.ErrExists)
		return nil
	})
	other.tx(t, db, func(tx *store.Tx) error { return tx.PutWatch(ctx, &foreign) })
	company, found, err := db.WatchByAddress(ctx, []byte("\x00\xff\x01"))
	ok(t, err)
	same(t, "company", company, f.company)
	same(t, "found", found, first)
	_, _, err = db.WatchByAddress(ctx, []byte("\x00\xff"))
	refusedAs(t, "another address", err, store.ErrNotFound)

	f.tx(t, db, func(tx *store.Tx) error {
		ok(t, tx.NoteNotification(ctx, first.ID, start.Add(time.Minute), start.Add(time.Second)))
		ok(t, tx.NoteNotification(ctx, first.ID, start.Add(2*time.Minute), time.Time{}))
		ok(t, tx.NoteNotification(ctx, 4711, start, start))
		first.State, first.Failures, first.Told = store.WatchEnding, 0, start // what was told meanwhile stays
		ok(t, tx.PutWatch(ctx, &first))
		first.Told, first.Urged = start.Add(2*time.Minute), start.Add(time.Second)
		same(t, "of the connection", must[[]store.Watch](t)(tx.Watches(ctx, f.connection)), []store.Watch{first, second})
		same(t, "of all", must[[]store.Watch](t)(tx.Watches(ctx, 0)), []store.Watch{first, second})
		return nil
	})
	f.tx(t, db, func(tx *store.Tx) error {
		ok(t, tx.DeleteWatch(ctx, first.ID))
		ok(t, tx.DeleteWatch(ctx, first.ID))
		refusedAs(t, "saving what is gone", tx.PutWatch(ctx, &first), store.ErrNotFound)
		same(t, "left", must[[]store.Watch](t)(tx.Watches(ctx, f.connection)), []store.Watch{second})
		ok(t, tx.DeleteWatches(ctx, f.connection))
		same(t, "none left", must[[]store.Watch](t)(tx.Watches(ctx, 0)), nil)
		return nil
	})
	shared := watch(f, "four")
	shared.Account = 12
	f.tx(t, db, func(tx *store.Tx) error {
		ok(t, tx.PutWatch(ctx, &shared))
		own := watch(f, "five")
		ok(t, tx.PutWatch(ctx, &own))
		same(t, "of the account", must[[]store.Watch](t)(tx.AccountWatches(ctx, 12)), []store.Watch{shared})
		same(t, "of another", must[[]store.Watch](t)(tx.AccountWatches(ctx, 13)), nil)
		same(t, "of none", must[[]store.Watch](t)(tx.AccountWatches(ctx, 0)), nil)
		same(t, "looked after", must[[]store.Watch](t)(tx.Watches(ctx, f.connection)), []store.Watch{shared, own})
		return nil
	})
	_, _, err = db.WatchByAddress(ctx, []byte("three"))
	ok(t, err) // another company's stands
}

// awaited: a run that is asked for and has not begun need not be asked for again.
func awaited(t *testing.T, db *store.DB) {
	f := newCompany(t, db)
	w := worker{t, db, "w1"}
	is := func(what string, at time.Time, lane int, want bool) {
		t.Helper()
		f.view(t, db, func(tx *store.Tx) error {
			same(t, what, must[bool](t)(tx.Awaited(ctx, f.connection, at, lane)), want)
			return nil
		})
	}
	is("nothing was asked", start, 2, false)
	f.wake(t, db, start.Add(time.Minute), 2)
	is("a later poll", start, 1, false)
	is("the poll itself", start.Add(time.Minute), 2, true)
	is("in a less urgent lane", start.Add(time.Minute), 1, false)
	f.wake(t, db, start, 1)
	is("the same again", start, 1, true)
	claim := w.one(start)
	is("it has begun", start, 1, false)
	f.wake(t, db, start, 1)
	is("asked while it goes on", start, 1, true)
	ok(t, db.FinishWake(ctx, claim, start.Add(time.Hour)))
	is("it has ended, and the wish is due", start, 1, true)
}
