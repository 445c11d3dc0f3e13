package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlitelib "modernc.org/sqlite/lib"
)

// dialect is what the two engines do not agree on. All other SQL is one text with $1 placeholders.
type dialect struct {
	name  string
	goose string // the name that the migration library has for it, and our folder of migrations
	// in ends a condition "column IN …" over a list given as one JSON array of whole numbers in placeholder %s.
	in string
	// texts ends a condition "column IN …" over a list given as one JSON array of texts in placeholder %s.
	texts string
	// pairs ends a condition "(column, column) IN …" over a JSON array of pairs of whole numbers in placeholder %s.
	pairs string
	// least is the scalar minimum.
	least string
	// skipLocked ends a SELECT that picks rows of t (%s) which other transactions may be holding.
	skipLocked string
	// share ends a SELECT whose rows must not change before the transaction ends.
	share string
	// viewLevel is the isolation under which several statements see one state.
	viewLevel sql.IsolationLevel
	// claimLock makes claims take turns to the end of the transaction; empty where there is one writer anyhow.
	claimLock string
}

var sqliteDialect = &dialect{
	name: "sqlite", goose: "sqlite3",
	in: "(SELECT value FROM json_each(%s))", least: "min",
	texts: "(SELECT value FROM json_each(%s))",
	pairs: "(SELECT value->>0, value->>1 FROM json_each(%s))",
}

var postgresDialect = &dialect{
	name: "postgres", goose: "postgres",
	in:         "(SELECT CAST(value AS bigint) FROM json_array_elements_text(CAST(%s AS json)))",
	texts:      "(SELECT value FROM json_array_elements_text(CAST(%s AS json)))",
	pairs:      "(SELECT CAST(value->>0 AS bigint), CAST(value->>1 AS bigint) FROM json_array_elements(CAST(%s AS json)))",
	least:      "least",
	skipLocked: " FOR UPDATE OF %s SKIP LOCKED",
	share:      " FOR SHARE",
	viewLevel:  sql.LevelRepeatableRead,
	claimLock:  "SELECT pg_advisory_xact_lock(6075990740)",
}

// serialiseClaims lets one claim at a time pass: two that do not see each other's leases could together exceed the cap of a
// company.
func (d *dialect) serialiseClaims(ctx context.Context, s scope) error {
	if d.claimLock == "" {
		return nil
	}
	_, err := s.exec(ctx, d.claimLock)
	return err
}

func (d *dialect) inPairs(placeholder string) string { return fmt.Sprintf(d.pairs, placeholder) }

// inList gives the right side of "column IN" for the placeholder, with the argument that belongs there.
func (d *dialect) inList(placeholder string, ids []ID) (text string, arg any) {
	b, err := json.Marshal(ids)
	if err != nil {
		panic(fmt.Sprintf("numbers cannot be written as JSON: %v", err))
	}
	return fmt.Sprintf(d.in, placeholder), string(b)
}

// classify turns an engine's complaint into one of ours, keeping its text.
func classify(err error) error {
	var pg *pgconn.PgError
	var lite *sqlite.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &pg):
		switch pg.Code {
		case "23505":
			return fmt.Errorf("%w: %w", ErrExists, err)
		case "23503":
			return fmt.Errorf("%w: %w", ErrReference, err)
		}
	case errors.As(err, &lite):
		switch lite.Code() {
		case sqlitelib.SQLITE_CONSTRAINT_UNIQUE, sqlitelib.SQLITE_CONSTRAINT_PRIMARYKEY:
			return fmt.Errorf("%w: %w", ErrExists, err)
		case sqlitelib.SQLITE_CONSTRAINT_FOREIGNKEY:
			return fmt.Errorf("%w: %w", ErrReference, err)
		}
	}
	return err
}

// again reports whether PostgreSQL gave up a transaction that may well succeed when it is run again: a serialisation
// failure, or a deadlock of which it was chosen as the victim.
func again(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01")
}

// placeholders writes "$from, $from+1, …" for n arguments.
func placeholders(from, n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "$%d", from+i)
	}
	return b.String()
}
