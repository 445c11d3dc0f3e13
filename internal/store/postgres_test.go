package store_test

import (
	"os"
	"testing"

	"tahti/internal/realserver"
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
