package storetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"tahti/internal/crm"
	"tahti/internal/store"
)

// racing has workers on two handles of one database claim, check and finish, and watches that nobody holds a connection
// that somebody else holds.
func racing(t *testing.T, one, two *store.DB) {
	t.Cleanup(func() { ok(t, errors.Join(one.Close(), two.Close())) })
	const connections, rounds, perCompany = 12, 15, 3
	var companies []fixture
	for range 3 {
		f := newCompany(t, one)
		f.tx(t, one, func(tx *store.Tx) error {
			for range connections {
				c := f
				c.connection = addConnection(t, tx, f)
				ok(t, tx.Wake(ctx, c.connection, start, 1))
			}
			return nil
		})
		companies = append(companies, f)
	}
	type key [2]store.ID
	var mu sync.Mutex
	held, running, runs := map[key]string{}, map[store.ID]int{}, 0
	var workers sync.WaitGroup
	for i, db := range []*store.DB{one, two, one, two} {
		owner := fmt.Sprintf("w%d", i)
		workers.Go(func() {
			for range rounds {
				claims, err := db.ClaimWakes(ctx, owner, start, time.Hour, 4, perCompany)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				for _, c := range claims {
					k := key{c.Company, c.Connection}
					if held[k] != "" {
						t.Errorf("%s and %s hold connection %v", held[k], owner, k)
					}
					held[k] = owner
					if running[c.Company]++; running[c.Company] > perCompany {
						t.Errorf("company %d has %d runs", c.Company, running[c.Company])
					}
					runs++
				}
				mu.Unlock()
				for _, c := range claims {
					if err := run(db, c); err != nil {
						t.Error(err)
					}
					mu.Lock()
					delete(held, key{c.Company, c.Connection})
					running[c.Company]--
					mu.Unlock()
					if err := db.FinishWake(ctx, c, time.Time{}); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	workers.Wait()
	if want := connections * len(companies); runs < want {
		t.Errorf("%d of %d wakes were claimed", runs, want)
	}
}

// run is what a run commits: its fence, a cursor, and a wish for a sibling that may be running elsewhere.
func run(db *store.DB, c store.Claim) error {
	return db.Tx(ctx, c.Company, func(tx *store.Tx) error {
		if err := tx.Fenced(ctx, c, start); err != nil {
			return err
		}
		if err := tx.SaveCursor(ctx, c.Connection, c.Owner); err != nil {
			return err
		}
		all, err := tx.Connections(ctx, 0)
		if err != nil {
			return err
		}
		for _, sibling := range all {
			if sibling.ID == c.Connection+1 {
				return tx.Wake(ctx, sibling.ID, start.Add(time.Hour), 1)
			}
		}
		return nil
	})
}

// contending has writers on two handles add to one activity, each trying again when another was first; no addition may be lost.
func contending(t *testing.T, one, two *store.DB) {
	t.Cleanup(func() { ok(t, errors.Join(one.Close(), two.Close())) })
	f := newCompany(t, one)
	a := single(f, 9)
	f.tx(t, one, func(tx *store.Tx) error { return tx.PutActivity(ctx, &a) })
	const each = 10
	var writers sync.WaitGroup
	var mu sync.Mutex
	linked := 0
	handles := []*store.DB{one, two, one, two}
	for i, db := range handles {
		writers.Go(func() {
			for n := 0; n < each; {
				err := db.Tx(ctx, f.company, func(tx *store.Tx) error {
					a, err := tx.Activity(ctx, a.ID)
					if err != nil {
						return err
					}
					a.Revision++
					a.Note += "x"
					if err := tx.PutWork(ctx, f.connection, "a:1", nil, start, false); err != nil {
						return err
					}
					return tx.PutActivity(ctx, &a)
				})
				switch {
				case err == nil:
					n++
				case !errors.Is(err, store.ErrConflict):
					t.Error(err)
					return
				}
			}
			l := link(f, a.ID, fmt.Sprint(i))
			if err := db.Tx(ctx, f.company, func(tx *store.Tx) error { return tx.PutLink(ctx, &l) }); err == nil {
				mu.Lock()
				linked++
				mu.Unlock()
			} else if !errors.Is(err, store.ErrExists) {
				t.Error(err)
			}
		})
	}
	writers.Wait()
	f.view(t, two, func(tx *store.Tx) error {
		got := must[crm.Activity](t)(tx.Activity(ctx, a.ID))
		same(t, "additions", len(got.Note), each*len(handles))
		same(t, "revision of the work", must[store.Work](t)(tx.WorkBySubject(ctx, f.connection, "a:1")).Revision, each*int64(len(handles)))
		return nil
	})
	same(t, "links of one activity", linked, 1)
}
