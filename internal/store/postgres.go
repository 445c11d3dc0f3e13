package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	_ "github.com/jackc/pgx/v5/stdlib" // registers pgx with database/sql
)

// postgresDriver is the name under which pgx registers itself with database/sql.
const postgresDriver = "pgx"

// openPostgres opens a pool for everything and a connection apart for reserving ids.
func openPostgres(ctx context.Context, c Config) (*DB, error) {
	pool, err := sql.Open(postgresDriver, c.URL)
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(c.Readers)
	pool.SetMaxIdleConns(c.Readers)
	apart, err := sql.Open(postgresDriver, c.URL)
	if err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	apart.SetMaxOpenConns(1)
	db := &DB{write: pool, read: pool, dialect: postgresDialect, now: c.Now}
	db.ids = &counter{pool: apart, blocks: map[ID]*block{}}
	var encoding string
	if err := pool.QueryRowContext(ctx, "SHOW server_encoding").Scan(&encoding); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if encoding != "UTF8" {
		return nil, errors.Join(fmt.Errorf("the PostgreSQL database is in %s; it has to be in UTF8", encoding), db.Close())
	}
	return db, nil
}
