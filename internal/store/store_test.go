package store_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"tahti/internal/store"
	"tahti/internal/store/storetest"
)

var ctx = context.Background()

func open(t testing.TB, c store.Config) *store.DB {
	t.Helper()
	db, err := store.Open(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func TestSQLiteFile(t *testing.T) {
	var path string
	fresh := func(t *testing.T) *store.DB {
		path = filepath.Join(t.TempDir(), "a b?c#d%41.db") // a name that a careless address would cut
		db := open(t, store.Config{Path: path})
		if _, err := os.Stat(path); err != nil {
			t.Fatal(err)
		}
		return db
	}
	storetest.Run(t, fresh, func(t *testing.T) *store.DB { return open(t, store.Config{Path: path}) })
}

func TestSQLiteInMemory(t *testing.T) {
	storetest.Run(t, func(t *testing.T) *store.DB {
		db, err := store.OpenMemory(ctx, store.Config{})
		if err != nil {
			t.Fatal(err)
		}
		return db
	}, nil)
}
