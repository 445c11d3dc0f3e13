package store_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"tahti/internal/store"
)

// Whoever begins a transaction and leaves at that very moment may learn that it was too late to leave, or that none was
// begun. The next one begins either way.
func TestATransactionGivenUpAtItsBeginningLeavesNoneOpen(t *testing.T) {
	for name, open := range map[string]func() (*store.DB, error){
		"in memory": func() (*store.DB, error) { return store.OpenMemory(ctx, store.Config{}) },
		"in a file": func() (*store.DB, error) {
			return store.Open(ctx, store.Config{Path: filepath.Join(t.TempDir(), "tahti.db")})
		},
	} {
		t.Run(name, func(t *testing.T) {
			db, err := open()
			check(t, err)
			defer func() { check(t, db.Close()) }()
			company := newCompany(t, db)
			nothing := func(*store.Tx) error { return nil }
			for range 3000 {
				leaving, leave := context.WithCancel(ctx)
				go leave()
				if err := db.Tx(leaving, company, nothing); err != nil && !errors.Is(err, context.Canceled) {
					t.Fatalf("given up: %v", err)
				}
				check(t, db.Tx(ctx, company, nothing))
				check(t, db.View(ctx, company, nothing))
			}
		})
	}
}

// One that is opened within another would wait for itself: that is told, and ends both.
func TestATransactionInATransactionIsRefusedInTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, err := store.OpenMemory(ctx, store.Config{})
		check(t, err)
		defer func() { check(t, db.Close()) }()
		company := newCompany(t, db)
		nothing := func(*store.Tx) error { return nil }
		for name, inner := range map[string]func() error{
			"one that writes": func() error { return db.Tx(ctx, company, nothing) },
			"one that reads":  func() error { return db.View(ctx, company, nothing) },
		} {
			err = db.Tx(ctx, company, func(*store.Tx) error { return inner() })
			if err == nil || !strings.Contains(err.Error(), "another transaction has been open") {
				t.Errorf("%s: %v", name, err)
			}
			check(t, db.Tx(ctx, company, nothing))
		}
	})
}
