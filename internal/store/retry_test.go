package store_test

import (
	"sync"
	"testing"

	"tahti/internal/crm"
	"tahti/internal/store"
)

// Two transactions that lock two rows in opposite order are a deadlock. PostgreSQL gives one of them up; it is run again, and
// both changes are there afterwards.
func deadlocksAreRunAgain(t *testing.T, e engine) {
	c, _ := e.fresh(t)
	db := open(t, c)
	defer func() { check(t, db.Close()) }()
	company := newCompany(t, db)
	a, b := crm.User{Name: "a"}, crm.User{Name: "b"}
	check(t, db.Tx(ctx, company, func(tx *store.Tx) error {
		check(t, tx.PutUser(ctx, &a))
		return tx.PutUser(ctx, &b)
	}))
	var both, writers sync.WaitGroup
	both.Add(2)
	tries := make([]int, 2)
	ended := []chan struct{}{make(chan struct{}), make(chan struct{})}
	for i, order := range [][]crm.User{{a, b}, {b, a}} {
		writers.Go(func() {
			defer close(ended[i])
			err := db.Tx(ctx, company, func(tx *store.Tx) error {
				tries[i]++
				if tries[i] == 2 {
					// READ COMMITTED: what is read before the winner's commit would be written over its change. Rows that two
					// people change have a revision against that; users have not, so the loser waits here.
					<-ended[1-i]
				}
				for n, u := range order {
					got, err := tx.User(ctx, u.ID)
					if err != nil {
						return err
					}
					got.Locale += "x"
					if err := tx.PutUser(ctx, &got); err != nil {
						return err
					}
					if tries[i] == 1 && n == 0 && e.name == "postgres" { // SQLite has one writer at a time
						both.Done()
						both.Wait()
					}
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	writers.Wait()
	if want := map[string]int{"sqlite": 2, "postgres": 3}[e.name]; tries[0]+tries[1] != want {
		t.Errorf("the transactions were run %v times", tries)
	}
	check(t, db.View(ctx, company, func(tx *store.Tx) error {
		for _, id := range []store.ID{a.ID, b.ID} {
			u, err := tx.User(ctx, id)
			if err != nil {
				return err
			}
			if u.Locale != "xx" {
				t.Errorf("user %d has %q of two changes", id, u.Locale)
			}
		}
		return nil
	}))
}
