package engine_test

import (
	"testing"

	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// TestARunThatUsedTheOldPasswordAsksForNoNewOne: somebody signs in again while a run still fails with the old password. Its
// verdict would ask them once more, and no run would find out that the new one is good.
func TestARunThatUsedTheOldPasswordAsksForNoNewOne(t *testing.T) {
	for _, c := range []struct {
		name    string
		renewed bool
		want    string
	}{
		{"nobody signed in meanwhile", false, store.NeedsSignIn},
		{"somebody signed in meanwhile", true, store.Retrying},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRoom(t, enginetest.Options{}, everything)
			r.cal.Before = func(enginetest.Call) error {
				if c.renewed {
					r.Tx(func(tx engine.Tx) error {
						a, err := tx.Accounts(t.Context(), r.Alice.ID)
						if err != nil {
							return err
						}
						a[0].Secret = []byte("another")
						return tx.PutAccount(t.Context(), &a[0])
					})
				}
				return &provider.Error{Op: "pull", Class: provider.SignIn}
			}
			if _, err := r.Run(r.id, false); err != nil {
				t.Fatal(err)
			}
			if _, a := r.connection(t); (a.State == store.NeedsSignIn) == c.renewed || !c.renewed && a.Reason == "" {
				t.Errorf("the account is %s, for %s", a.State, a.Reason)
			}
			r.Tx(func(tx engine.Tx) error {
				row, err := tx.Connection(t.Context(), r.id)
				if row.State != c.want {
					t.Errorf("the connection is %s, want %s", row.State, c.want)
				}
				return err
			})
		})
	}
}
