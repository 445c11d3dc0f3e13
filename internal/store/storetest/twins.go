package storetest

import (
	"testing"

	"tahti/internal/store"
)

func twins(t *testing.T, db *store.DB) {
	f := newCompany(t, db)
	f.tx(t, db, func(tx *store.Tx) error {
		a, b := addActivity(t, tx, f), addActivity(t, tx, f)
		open := func(remote string, activity store.ID) store.Twin {
			return store.Twin{Connection: f.connection, Remote: remote, Activity: activity, State: store.TwinOpen}
		}
		put := func(w store.Twin) { t.Helper(); ok(t, tx.PutTwin(ctx, w)) }
		counted := func(what string, want int) {
			t.Helper()
			same(t, what, must[int](t)(tx.CountTwins(ctx, f.connection)), want)
		}
		for _, w := range []store.Twin{open("R", a), open("r", a), open("r", b), open("r", a)} {
			put(w)
		}
		counted("items with twins", 2)
		same(t, "of an item", must[[]store.Twin](t)(tx.TwinsOf(ctx, f.connection, "r", 0)), []store.Twin{open("r", a), open("r", b)})
		same(t, "of an activity", must[[]store.Twin](t)(tx.TwinsOf(ctx, f.connection, "", a)), []store.Twin{open("R", a), open("r", a)})
		apart := open("R", a)
		apart.State = store.TwinApart
		put(apart)
		put(open("R", a)) // it looks the same still
		same(t, "all", must[[]store.Twin](t)(tx.Twins(ctx, f.connection)), []store.Twin{apart, open("r", a), open("r", b)})
		counted("without what was said to be two", 1)
		tied := link(f, a, "x")
		ok(t, tx.PutLink(ctx, &tied))
		counted("one of whose activities is tied", 1)
		tied.State = store.LinkGone
		ok(t, tx.PutLink(ctx, &tied))
		tied = link(f, 0, "r")
		ok(t, tx.PutLink(ctx, &tied))
		counted("what is tied", 0)
		tied.State = store.LinkGone
		ok(t, tx.PutLink(ctx, &tied))
		ok(t, tx.DeleteTwins(ctx, f.connection, ""))
		same(t, "what was said stays", must[[]store.Twin](t)(tx.Twins(ctx, f.connection)), []store.Twin{apart})
		ok(t, tx.DeleteTwins(ctx, f.connection, "R"))
		same(t, "forgotten", must[[]store.Twin](t)(tx.Twins(ctx, f.connection)), nil)
		return nil
	})
}
