package storetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"tahti/internal/store"
)

// refusedAs fails unless an error is another.
func refusedAs(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
}

func consents(t *testing.T, db *store.DB) {
	f, other := newCompany(t, db), newCompany(t, db)
	later := start.Add(time.Minute)
	f.tx(t, db, func(tx *store.Tx) error {
		refusedAs(t, "none yet", second(tx.Consent(ctx, f.account)), store.ErrNotFound)
		refusedAs(t, "of no account", tx.Savepoint(ctx, func() error { return tx.PutConsent(ctx, 4711, []byte("x")) }), store.ErrReference)
		ok(t, tx.PutConsent(ctx, f.account, []byte{0, 1, 255}))
		c := store.Consent{Account: f.account, Sealed: []byte{0, 1, 255}, Version: 1}
		same(t, "consent", must[store.Consent](t)(tx.Consent(ctx, f.account)), c)

		ok(t, tx.LockConsent(ctx, f.account, 1, start, later))
		c.Locked = later
		same(t, "locked", must[store.Consent](t)(tx.Consent(ctx, f.account)), c)
		refusedAs(t, "locked by somebody", tx.LockConsent(ctx, f.account, 1, later.Add(-1), later.Add(time.Hour)), store.ErrConflict)
		ok(t, tx.LockConsent(ctx, f.account, 1, later, later.Add(time.Hour))) // who had it has died
		refusedAs(t, "another version", tx.RotateConsent(ctx, f.account, 2, []byte("x")), store.ErrConflict)
		ok(t, tx.RotateConsent(ctx, f.account, 1, []byte("two")))
		c = store.Consent{Account: f.account, Sealed: []byte("two"), Version: 2}
		same(t, "rotated", must[store.Consent](t)(tx.Consent(ctx, f.account)), c)

		refusedAs(t, "ending an old version", tx.EndConsent(ctx, f.account, 1, "sign_in_ended"), store.ErrConflict)
		ok(t, tx.LockConsent(ctx, f.account, 2, start, later))
		ok(t, tx.EndConsent(ctx, f.account, 2, ""))
		same(t, "given back", must[store.Consent](t)(tx.Consent(ctx, f.account)), c)
		ok(t, tx.EndConsent(ctx, f.account, 2, "sign_in_ended"))
		c.Refused = "sign_in_ended"
		same(t, "refused", must[store.Consent](t)(tx.Consent(ctx, f.account)), c)
		ok(t, tx.PutConsent(ctx, f.account, []byte("three")))
		c = store.Consent{Account: f.account, Sealed: []byte("three"), Version: 3}
		same(t, "agreed to again", must[store.Consent](t)(tx.Consent(ctx, f.account)), c)

		// Two replaced it at a time, the first after its right had run out: that its old token is refused says nothing of the new one.
		ok(t, tx.EndConsent(ctx, f.account, 3, "sign_in_ended"))
		ok(t, tx.RotateConsent(ctx, f.account, 3, []byte("four")))
		c = store.Consent{Account: f.account, Sealed: []byte("four"), Version: 4}
		same(t, "replaced though refused", must[store.Consent](t)(tx.Consent(ctx, f.account)), c)

		// Whoever is still at a consent that was forgotten changes nothing of the next one.
		ok(t, tx.LockConsent(ctx, f.account, 4, start, later))
		ok(t, tx.ForgetConsent(ctx, f.account))
		refusedAs(t, "forgotten", second(tx.Consent(ctx, f.account)), store.ErrNotFound)
		ok(t, tx.ForgetConsent(ctx, f.account))
		for _, version := range []int64{4, 5, 6} {
			refusedAs(t, "replacing what was forgotten", tx.RotateConsent(ctx, f.account, version, []byte("x")), store.ErrConflict)
		}
		ok(t, tx.PutConsent(ctx, f.account, []byte("five")))
		refusedAs(t, "an old version of the next", tx.RotateConsent(ctx, f.account, 4, []byte("x")), store.ErrConflict)
		refusedAs(t, "ending an old version of the next", tx.EndConsent(ctx, f.account, 4, "sign_in_ended"), store.ErrConflict)
		if got := must[store.Consent](t)(tx.Consent(ctx, f.account)); string(got.Sealed) != "five" || got.Version <= 4 || got.Refused != "" {
			t.Errorf("agreed to after forgetting: %+v", got)
		}
		return nil
	})
	other.tx(t, db, func(tx *store.Tx) error {
		if other.account != f.account {
			refusedAs(t, "another company's", tx.RotateConsent(ctx, f.account, 3, []byte("x")), store.ErrConflict)
		}
		refusedAs(t, "of its own account", second(tx.Consent(ctx, other.account)), store.ErrNotFound)
		return nil
	})
	f.tx(t, db, func(tx *store.Tx) error {
		a := store.Account{Member: f.user, Provider: "google", State: store.PendingSignIn, Created: start}
		ok(t, tx.PutAccount(ctx, &a))
		ok(t, tx.PutConsent(ctx, a.ID, []byte("x")))
		refusedAs(t, "deleting what is referred to", tx.Savepoint(ctx, func() error { return tx.DeleteAccount(ctx, a.ID) }), store.ErrReference)
		ok(t, tx.DeleteConsent(ctx, a.ID))
		ok(t, tx.DeleteAccount(ctx, a.ID))
		refusedAs(t, "deleted", second(tx.Account(ctx, a.ID)), store.ErrNotFound)
		refusedAs(t, "forgotten", second(tx.Consent(ctx, a.ID)), store.ErrNotFound)
		return nil
	})
}

func signInsOnce(t *testing.T, db *store.DB) {
	f, other := newCompany(t, db), newCompany(t, db)
	s := store.SignIn{
		State: []byte{0, 255, 1}, Member: f.user, Account: f.account, Browser: []byte("b"), Sealed: []byte("s"), Expires: start.Add(time.Hour),
	}
	f.tx(t, db, func(tx *store.Tx) error { return tx.PutSignIn(ctx, s, start) })
	other.tx(t, db, func(tx *store.Tx) error {
		refusedAs(t, "another company's", second(tx.TakeSignIn(ctx, s.State)), store.ErrNotFound)
		return nil
	})
	f.tx(t, db, func(tx *store.Tx) error {
		refusedAs(t, "another state", second(tx.TakeSignIn(ctx, []byte{0, 255})), store.ErrNotFound)
		same(t, "sign-in", must[store.SignIn](t)(tx.TakeSignIn(ctx, s.State)), s)
		refusedAs(t, "taken before", second(tx.TakeSignIn(ctx, s.State)), store.ErrNotFound)
		ok(t, tx.PutSignIn(ctx, s, start))
		later := s
		later.State, later.Browser = []byte("later"), nil
		ok(t, tx.PutSignIn(ctx, later, start.Add(2*time.Hour)))
		refusedAs(t, "run out", second(tx.TakeSignIn(ctx, s.State)), store.ErrNotFound)
		same(t, "by a program", must[store.SignIn](t)(tx.TakeSignIn(ctx, later.State)), later)
		return nil
	})
}

// rotating lets two processes replace one consent at the same time, each round once.
func rotating(t *testing.T, one, two *store.DB) {
	f := newCompany(t, one)
	f.tx(t, one, func(tx *store.Tx) error { return tx.PutConsent(ctx, f.account, []byte("1")) })
	const rounds = 20
	var mu sync.Mutex
	won := map[int64]int{}
	var both sync.WaitGroup
	for _, db := range []*store.DB{one, two} {
		both.Go(func() {
			for version := int64(1); version <= rounds; {
				err := db.Tx(ctx, f.company, func(tx *store.Tx) error {
					return tx.LockConsent(ctx, f.account, version, start, start.Add(time.Minute))
				})
				if err == nil {
					mu.Lock()
					won[version]++
					mu.Unlock()
					err = db.Tx(ctx, f.company, func(tx *store.Tx) error {
						return tx.RotateConsent(ctx, f.account, version, fmt.Append(nil, version+1))
					})
				}
				if err != nil && !errors.Is(err, store.ErrConflict) {
					t.Error(err)
					return
				}
				f.view(t, db, func(tx *store.Tx) error {
					version = must[store.Consent](t)(tx.Consent(ctx, f.account)).Version
					return nil
				})
			}
		})
	}
	both.Wait()
	for version := int64(1); version <= rounds; version++ {
		if won[version] != 1 {
			t.Errorf("version %d was replaced by %d", version, won[version])
		}
	}
}

// signingIn lets two processes give an account that nobody has signed in to an identity at the same time: one does, and the other sees it.
func signingIn(t *testing.T, one, two *store.DB) {
	f := newCompany(t, one)
	for round := range 20 {
		a := store.Account{Member: f.user, Provider: "google", State: store.PendingSignIn, Created: start}
		f.tx(t, one, func(tx *store.Tx) error {
			fresh := a
			fresh.ID = 0
			err := tx.PutAccount(ctx, &fresh)
			a.ID = fresh.ID
			return err
		})
		var first [2]bool
		var both sync.WaitGroup
		for i, db := range []*store.DB{one, two} {
			both.Go(func() {
				err := db.Tx(ctx, f.company, func(tx *store.Tx) error {
					first[i] = false
					if err := tx.HoldAccounts(ctx, f.user); err != nil {
						return err
					}
					now, err := tx.Account(ctx, a.ID)
					if err != nil || now.Username != "" {
						return err
					}
					first[i], now.Username = true, fmt.Sprint("person ", i)
					return tx.PutAccount(ctx, &now)
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		both.Wait()
		if first[0] == first[1] {
			t.Fatalf("round %d: %v were first", round, first)
		}
	}
}

func signInsBegun(t *testing.T, db *store.DB) {
	f, other := newCompany(t, db), newCompany(t, db)
	begin := func(f fixture, n int) {
		f.tx(t, db, func(tx *store.Tx) error {
			for i := range n {
				at := start.Add(time.Duration(i) * time.Second)
				ok(t, tx.PutSignIn(ctx, store.SignIn{State: fmt.Appendf(nil, "state %d", i), Member: f.user, Account: f.account, Sealed: []byte("x"), Expires: at.Add(time.Hour)}, at))
			}
			return nil
		})
	}
	begin(other, 1)
	begin(f, 50)
	f.tx(t, db, func(tx *store.Tx) error {
		for i := range 50 {
			_, err := tx.TakeSignIn(ctx, fmt.Appendf(nil, "state %d", i))
			if kept := err == nil; kept != (i >= 30) {
				t.Errorf("sign-in %d of 50: %v", i, err)
			}
		}
		return nil
	})
	other.tx(t, db, func(tx *store.Tx) error {
		_, err := tx.TakeSignIn(ctx, []byte("state 0"))
		return err
	})
}
