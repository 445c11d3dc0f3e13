package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"modernc.org/sqlite"
	sqlitelib "modernc.org/sqlite/lib"
)

// applicationID marks a SQLite file as ours: the first four letters of the name in ASCII, in the file's header.
const applicationID = 0x54414854

// sqlitePragmas hold for every connection to a file. FULL: what was committed survives the loss of power, which WAL does
// not promise by itself. Waiting ten seconds covers a backup or a second process (a command line in the same folder).
var sqlitePragmas = []string{
	"busy_timeout(10000)", "foreign_keys(1)", "journal_mode(WAL)", "synchronous(FULL)", "cache_size(-16000)", "temp_store(MEMORY)",
}

// openSQLite opens a file with one connection that writes and some that read. WAL lets them read while it writes.
func openSQLite(ctx context.Context, c Config) (*DB, error) {
	path, err := filepath.Abs(c.Path)
	if err != nil {
		return nil, err
	}
	// The file is for its own user only; SQLite gives its journals the same rights.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	write, err := sqlitePool(path, nil, "immediate", sqlitePragmas, 1)
	if err != nil {
		return nil, err
	}
	read, err := sqlitePool(path, nil, "deferred", append(sqlitePragmas, "query_only(1)"), c.Readers)
	if err != nil {
		return nil, errors.Join(err, write.Close())
	}
	db := &DB{write: write, read: read, ids: &counter{}, dialect: sqliteDialect, now: c.Now, path: path}
	if err := db.firstTouch(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// firstTouch makes the first connection. Turning a new file to WAL needs it alone, and SQLite does not wait for that when
// another process is doing the same; so we do, for two seconds at most.
func (db *DB) firstTouch(ctx context.Context) error {
	const tries, pause = 40, 50 * time.Millisecond
	for try := 1; ; try++ {
		err := db.checkFile(ctx)
		var lite *sqlite.Error
		if err == nil || try == tries || !errors.As(err, &lite) || lite.Code()&0xff != sqlitelib.SQLITE_BUSY {
			return err
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-time.After(pause):
		}
	}
}

// checkFile marks an empty file as ours, and refuses one that somebody else has made.
func (db *DB) checkFile(ctx context.Context) error {
	var id, tables int64
	err := db.write.QueryRowContext(ctx, "SELECT (SELECT application_id FROM pragma_application_id), (SELECT count(*) FROM sqlite_schema)").
		Scan(&id, &tables)
	if err != nil {
		return fmt.Errorf("read %s: %w", db.path, err)
	}
	switch {
	case id == applicationID:
		return nil
	case tables > 0 || id != 0:
		return fmt.Errorf("%s is a SQLite file, but no database of Tahti", db.path)
	}
	_, err = db.write.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id = %d", applicationID))
	return err
}

// sqlitePool makes a pool of connections to a file, or, with path ":memory:", to a database of its own for each
// connection that begins with the given content.
func sqlitePool(path string, content []byte, lock string, pragmas []string, size int) (*sql.DB, error) {
	q := url.Values{"_txlock": {lock}, "_pragma": pragmas}
	name := path
	if path != memoryPath {
		name = (&url.URL{Scheme: "file", Path: path}).String()
	}
	connector, err := sqlite.NewConnector(name + "?" + q.Encode())
	if err != nil {
		return nil, err
	}
	pool := sql.OpenDB(&cachingConnector{Connector: connector, content: content})
	pool.SetMaxOpenConns(size)
	pool.SetMaxIdleConns(size)
	return pool, nil
}
