package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"tahti/internal/store"
)

// worker claims in the name of one owner.
type worker struct {
	t     *testing.T
	db    *store.DB
	owner string
}

func (w worker) claim(at time.Time, n, perCompany int) []store.Claim {
	w.t.Helper()
	return must[[]store.Claim](w.t)(w.db.ClaimWakes(ctx, w.owner, at, time.Minute, n, perCompany))
}

func (w worker) one(at time.Time) store.Claim {
	w.t.Helper()
	claims := w.claim(at, 10, 10)
	if len(claims) != 1 {
		w.t.Fatalf("%d wakes were claimed, want one", len(claims))
	}
	return claims[0]
}

func (f fixture) wake(t *testing.T, db *store.DB, at time.Time, lane int) {
	t.Helper()
	f.tx(t, db, func(tx *store.Tx) error { return tx.Wake(ctx, f.connection, at, lane) })
}

func (f fixture) fenced(db *store.DB, c store.Claim, at time.Time) error {
	return db.Tx(ctx, f.company, func(tx *store.Tx) error { return tx.Fenced(ctx, c, at) })
}

func wakes(t *testing.T, db *store.DB) {
	w := worker{t, db, "w1"}
	poll, urgent, later := newCompany(t, db), newCompany(t, db), newCompany(t, db)
	same(t, "next wake of none", must[time.Time](t)(db.NextWake(ctx)), time.Time{})
	same(t, "claims of none", w.claim(start, 10, 10), nil)
	poll.wake(t, db, start.Add(-time.Hour), 2)
	urgent.wake(t, db, start, 0)
	later.wake(t, db, start.Add(time.Hour), 1)
	same(t, "next wake", must[time.Time](t)(db.NextWake(ctx)), start.Add(-time.Hour))
	first := w.claim(start, 1, 10)
	same(t, "the most urgent", first, []store.Claim{{
		Company: urgent.company, Connection: urgent.connection, Wanted: 1, Owner: "w1", Until: start.Add(time.Minute), Fence: 1,
	}})
	same(t, "then the poll", w.one(start).Company, poll.company)
	same(t, "then none", w.claim(start, 10, 10), nil)
	same(t, "next wake is when a lease ends", must[time.Time](t)(db.NextWake(ctx)), start.Add(time.Minute))
	ok(t, urgent.fenced(db, first[0], start))
	ok(t, db.FinishWake(ctx, first[0], start.Add(10*time.Minute)))
	urgent.view(t, db, func(tx *store.Tx) error {
		same(t, "finished wake", must[store.Wake](t)(tx.GetWake(ctx, urgent.connection)), store.Wake{
			Company: urgent.company, Connection: urgent.connection, Wanted: 1, Done: 1, NextRun: start.Add(10 * time.Minute), Lane: 2,
		})
		return nil
	})
	if err := db.FinishWake(ctx, first[0], start); !errors.Is(err, store.ErrFenced) {
		t.Errorf("finishing twice: %v, want fenced", err)
	}
	if err := urgent.fenced(db, first[0], start); !errors.Is(err, store.ErrFenced) {
		t.Errorf("a finished claim: %v, want fenced", err)
	}
	// Asked for at once, in a lane that is more urgent; a later wish in a lesser lane changes neither.
	later.wake(t, db, time.Time{}, 0)
	later.wake(t, db, start.Add(2*time.Hour), 2)
	same(t, "woken at once", w.one(start).Company, later.company)
}

// turns: a poll gives way to what is more urgent, but not for ever.
func turns(t *testing.T, db *store.DB) {
	w := worker{t, db, "w1"}
	poll, push, person := newCompany(t, db), newCompany(t, db), newCompany(t, db)
	for _, c := range []struct {
		waits time.Duration
		want  []store.ID
	}{
		{9 * time.Minute, []store.ID{person.company, push.company, poll.company}},
		{11 * time.Minute, []store.ID{person.company, poll.company, push.company}},
	} {
		poll.wake(t, db, start.Add(-c.waits), 2)
		push.wake(t, db, start, 1)
		person.wake(t, db, start, 0)
		var got []store.ID
		for range c.want {
			claims := w.claim(start, 1, 10)
			if len(claims) != 1 {
				t.Fatalf("%d wakes were claimed, want one", len(claims))
			}
			got = append(got, claims[0].Company)
			ok(t, db.FinishWake(ctx, claims[0], time.Time{}))
		}
		same(t, fmt.Sprint("turns where a poll has waited ", c.waits), got, c.want)
	}
}

func wishes(t *testing.T, db *store.DB) {
	f, w := newCompany(t, db), worker{t, db, "w1"}
	at := func(minutes int) time.Time { return start.Add(time.Duration(minutes) * time.Minute) }
	for _, c := range []struct {
		name       string
		wish, next time.Time
		want       time.Time
		lane       int
	}{
		{"no wish: the poll", time.Time{}, at(10), at(10), 2},
		{"no wish, no poll", time.Time{}, time.Time{}, time.Time{}, 2},
		{"a wish before the poll", at(5), at(10), at(5), 1},
		{"a wish after the poll", at(15), at(10), at(10), 1},
		{"a wish without a poll", at(5), time.Time{}, at(5), 1},
	} {
		f.wake(t, db, start, 0)
		claim := w.one(start)
		f.view(t, db, func(tx *store.Tx) error {
			same(t, c.name+": runs", must[store.Wake](t)(tx.GetWake(ctx, f.connection)).Running, true)
			return nil
		})
		if !c.wish.IsZero() {
			f.wake(t, db, c.wish.Add(time.Hour), 2)
			f.wake(t, db, c.wish, 1)
			if more := w.claim(at(0), 10, 10); len(more) != 0 {
				t.Errorf("%s: claimed while it runs", c.name)
			}
		}
		ok(t, db.FinishWake(ctx, claim, c.next))
		f.view(t, db, func(tx *store.Tx) error {
			got := must[store.Wake](t)(tx.GetWake(ctx, f.connection))
			same(t, c.name+": next run", got.NextRun, c.want)
			same(t, c.name+": lane", got.Lane, c.lane)
			same(t, c.name+": done up to the claim", got.Done, claim.Wanted)
			return nil
		})
	}
}

func takeover(t *testing.T, db *store.DB) {
	f, dead, next := newCompany(t, db), worker{t, db, "w1"}, worker{t, db, "w2"}
	f.wake(t, db, start, 0)
	old := dead.one(start)
	f.wake(t, db, start.Add(time.Hour), 1)
	same(t, "while the lease holds", next.claim(start.Add(time.Minute-time.Microsecond), 10, 10), nil)
	renewed := start.Add(2 * time.Minute)
	ok(t, db.RenewLease(ctx, old, renewed))
	same(t, "while the renewed lease holds", next.claim(start.Add(time.Minute), 10, 10), nil)
	ok(t, f.fenced(db, old, start.Add(time.Minute)))
	if err := f.fenced(db, old, renewed); !errors.Is(err, store.ErrFenced) {
		t.Errorf("a lease that has run out: %v, want fenced", err)
	}
	c := next.one(renewed)
	same(t, "fence", c.Fence, old.Fence+1)
	same(t, "wanted", c.Wanted, 2)
	for what, err := range map[string]error{
		"a commit": f.fenced(db, old, start), "renewing": db.RenewLease(ctx, old, renewed), "finishing": db.FinishWake(ctx, old, renewed),
	} {
		if !errors.Is(err, store.ErrFenced) {
			t.Errorf("%s of the worker that lost its lease: %v, want fenced", what, err)
		}
	}
	ok(t, f.fenced(db, c, renewed))
	ok(t, db.FinishWake(ctx, c, time.Time{}))
	if same(t, "finished", next.claim(start.Add(1000*time.Hour), 10, 10), nil); t.Failed() {
		return
	}
	// The same owner after a restart has another fence.
	f.wake(t, db, start, 0)
	first := dead.one(start)
	again := dead.one(start.Add(time.Hour))
	if err := db.FinishWake(ctx, first, time.Time{}); !errors.Is(err, store.ErrFenced) {
		t.Errorf("an older claim of the same owner: %v, want fenced", err)
	}
	ok(t, db.FinishWake(ctx, again, time.Time{}))
}

func caps(t *testing.T, db *store.DB) {
	big, small := newCompany(t, db), newCompany(t, db)
	w := worker{t, db, "w1"}
	big.tx(t, db, func(tx *store.Tx) error {
		for range 30 {
			c := big
			c.connection = addConnection(t, tx, big)
			ok(t, tx.Wake(ctx, c.connection, start.Add(-time.Hour), 0))
		}
		return nil
	})
	small.wake(t, db, start, 2)
	count := func(claims []store.Claim) map[store.ID]int {
		n := map[store.ID]int{}
		for _, c := range claims {
			n[c.Company]++
		}
		return n
	}
	// The small company's only wake stands behind thirty of the big one's.
	claims := w.claim(start, 4, 3)
	same(t, "claims", count(claims), map[store.ID]int{big.company: 3, small.company: 1})
	same(t, "at the cap", w.claim(start, 4, 3), nil)
	ok(t, db.FinishWake(ctx, claims[0], time.Time{}))
	same(t, "after one has finished", count(w.claim(start, 4, 3)), map[store.ID]int{big.company: 1})
	same(t, "leases that ran out do not count", len(w.claim(start.Add(time.Hour), 50, 40)), 30)
	same(t, "nothing is wanted", w.claim(start, 0, 3), nil)
}
