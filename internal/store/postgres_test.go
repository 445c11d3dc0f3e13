package store_test

import (
	"os"
	"testing"

	"tahti/internal/realserver"
	"tahti/internal/store"
	"tahti/internal/store/storetest"
)

// postgresURL answers the address of an empty database: of a PostgreSQL of the tests' own, or, if TAHTI_TEST_POSTGRES names
// one, of a schema in that.
func postgresURL(tb testing.TB) string {
	tb.Helper()
	if os.Getenv("TAHTI_TEST_POSTGRES") == "" {
		return realserver.Database(tb)
	}
	return schemaURL(tb, os.Getenv("TAHTI_TEST_POSTGRES"))
}

func TestPostgreSQL(t *testing.T) {
	postgresURL(t) // keeps the server up for all subtests
	var url string
	storetest.Run(t, func(t *testing.T) *store.DB {
		url = postgresURL(t)
		return open(t, store.Config{URL: url})
	}, func(t *testing.T) *store.DB { return open(t, store.Config{URL: url}) })
}
