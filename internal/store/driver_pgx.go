//go:build pgx

package store

// The driver stands behind a build tag until the module lists github.com/jackc/puddle/v2, which pgx's adapter for
// database/sql imports.
import _ "github.com/jackc/pgx/v5/stdlib"
