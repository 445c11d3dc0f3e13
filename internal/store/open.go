package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"time"
)

// Config says where rows are kept. Exactly one of Path and URL is set.
type Config struct {
	// Path is the SQLite file; its folder must exist. Other files with its name and a suffix (-wal, -shm) belong to it.
	Path string
	// URL is a PostgreSQL connection string, postgres://…; the database must be in UTF-8.
	URL string
	// Rand is the source of the installation's mark and secret; nil is crypto/rand.
	Rand io.Reader
	// Now is the clock for the few columns that no caller gives a time for; nil is the computer's.
	Now func() time.Time
	// Readers is the number of connections for reading; 0 is 8. On PostgreSQL it bounds all connections.
	Readers int
}

// DB is an open database. It is safe for use by many goroutines.
type DB struct {
	write, read *sql.DB // one and the same on PostgreSQL and in memory
	ids         *counter
	dialect     *dialect
	now         func() time.Time
	path        string
}

// Open opens the database, creating what is missing: the file, the schema, the instance's mark and secret. Older schemas
// are brought forward; a database that a newer version has written is refused with an error that says so.
func Open(ctx context.Context, c Config) (*DB, error) {
	if (c.Path == "") == (c.URL == "") {
		return nil, errors.New("open database: either a file or a URL is needed")
	}
	c = c.withDefaults()
	open := openSQLite
	if c.URL != "" {
		open = openPostgres
	}
	db, err := open(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	if err := db.prepare(ctx, c); err != nil {
		return nil, errors.Join(fmt.Errorf("open database: %w", err), db.Close())
	}
	return db, nil
}

func (c Config) withDefaults() Config {
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Readers == 0 {
		c.Readers = 8
	}
	return c
}

func (db *DB) prepare(ctx context.Context, c Config) error {
	if err := db.migrate(ctx); err != nil {
		return err
	}
	return db.begun(ctx, c)
}

// begun makes what the first opening makes, and does what the first one behind a restore does.
func (db *DB) begun(ctx context.Context, c Config) error {
	if err := db.createInstance(ctx, c.Rand); err != nil {
		return err
	}
	i, err := db.Instance(ctx)
	if err != nil || i.Restored.IsZero() {
		return err
	}
	return db.SkipIDs(ctx, i.Restored)
}

// Close waits for running transactions and closes the database.
func (db *DB) Close() error {
	err := db.write.Close()
	if db.read != db.write {
		err = errors.Join(err, db.read.Close())
	}
	return errors.Join(err, db.ids.close())
}
