package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"modernc.org/sqlite"
	sqlitelib "modernc.org/sqlite/lib"
)

// ErrUsePgDump is returned where a PostgreSQL database is to be backed up or restored.
var ErrUsePgDump = errors.New("the rows are in PostgreSQL: use pg_dump and pg_restore, then mark the database as restored")

// Backup writes a copy of a SQLite database to a new file, in one consistent state, while others read and write.
func (db *DB) Backup(ctx context.Context, path string) error {
	if db.dialect != sqliteDialect {
		return fmt.Errorf("back up database: %w", ErrUsePgDump)
	}
	path, err := filepath.Abs(path) // a name that begins with "file:" would be read as an address
	if err != nil {
		return fmt.Errorf("back up database: %w", err)
	}
	// SQLite fills an empty file. It is for its own user only: there are sealed secrets and private appointments in it.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("back up database: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("back up database: %w", err)
	}
	if err := db.vacuumInto(ctx, path); err != nil {
		return errors.Join(fmt.Errorf("back up database to %s: %w", path, err), removeIfThere(path))
	}
	return syncFile(path)
}

// vacuumInto copies through a connection of its own: those for reading may not, and the one for writing would keep
// writers waiting.
func (db *DB) vacuumInto(ctx context.Context, path string) (err error) {
	pool := db.write
	if db.path != memoryPath {
		if pool, err = sqlitePool(db.path, nil, "deferred", sqlitePragmas, 1); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, pool.Close()) }()
	}
	_, err = pool.ExecContext(ctx, "VACUUM INTO $1", path)
	return err
}

// ErrInUse is a database that was to be replaced while some process has it open.
var ErrInUse = errors.New("a process has the database open")

// MarkRestored notes that the rows come from a backup: every connection is held until an administrator has looked (I25).
func (db *DB) MarkRestored(ctx context.Context) error {
	return db.global(ctx, func(s scope) error {
		_, err := s.exec(ctx, "UPDATE instance SET restored = $1", micros(db.now()))
		return wrap(err, "mark database as restored")
	})
}

// Restore makes a database file from a backup, after checking that it is a whole database of Tahti of a version that this
// program can open, and marks it as restored at an instant. An existing database is replaced only with force, and not while
// some process has it open ([ErrInUse]). When it fails, what was there is untouched.
func Restore(ctx context.Context, from, into string, force bool, now time.Time) error {
	if _, err := os.Lstat(into); err == nil && !force {
		return fmt.Errorf("restore %s: %s is there already", from, into)
	} else if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("restore %s: %w", from, err)
	}
	fresh, err := copyBeside(from, into)
	if err != nil {
		return fmt.Errorf("restore %s: %w", from, err)
	}
	defer os.Remove(fresh) // it is gone by then if all went well
	if err := checkAndMark(ctx, fresh, now); err != nil {
		return fmt.Errorf("restore %s: %w", from, err)
	}
	if err := alone(ctx, into); err != nil {
		return fmt.Errorf("restore %s: %w", from, err)
	}
	// The old database's journal would be played into the new one.
	for _, suffix := range []string{"-wal", "-shm", "-journal"} {
		if err := removeIfThere(into + suffix); err != nil {
			return fmt.Errorf("restore %s: %w", from, err)
		}
	}
	if err := os.Rename(fresh, into); err != nil {
		return fmt.Errorf("restore %s: %w", from, err)
	}
	if runtime.GOOS == "windows" {
		return nil // folders cannot be synced there
	}
	return syncFile(filepath.Dir(into))
}

// alone refuses a database that somebody has open: SQLite turns WAL off only for whoever is alone, and then has all of it in
// the one file. What cannot be read as a database may be replaced: a backup is for that.
func alone(ctx context.Context, path string) error {
	if _, err := os.Lstat(path); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	pool, err := sqlitePool(path, nil, "deferred", []string{"busy_timeout(1000)"}, 1)
	if err != nil {
		return err
	}
	_, err = pool.ExecContext(ctx, "PRAGMA journal_mode = DELETE")
	if closing := pool.Close(); err == nil {
		return closing
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) && lite.Code()&0xff == sqlitelib.SQLITE_BUSY {
		return fmt.Errorf("%w: %w", ErrInUse, err)
	}
	return ctx.Err()
}

func checkAndMark(ctx context.Context, path string, now time.Time) error {
	// No WAL: the file is to be whole by itself when it is closed.
	pool, err := sqlitePool(path, nil, "immediate", []string{"foreign_keys(1)", "journal_mode(DELETE)", "synchronous(FULL)"}, 1)
	if err != nil {
		return err
	}
	db := &DB{write: pool, read: pool, ids: &counter{}, dialect: sqliteDialect, now: func() time.Time { return now }, path: path}
	err = db.checkBackup(ctx)
	if err == nil {
		err = db.MarkRestored(ctx)
	}
	return errors.Join(err, db.Close())
}

func (db *DB) checkBackup(ctx context.Context) error {
	var id int64
	if err := db.write.QueryRowContext(ctx, "SELECT application_id FROM pragma_application_id").Scan(&id); err != nil {
		return fmt.Errorf("read it as a database: %w", err)
	}
	if id != applicationID {
		return errors.New("it is no database of Tahti")
	}
	var verdict string
	if err := db.write.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&verdict); err != nil || verdict != "ok" {
		return errors.Join(fmt.Errorf("it is damaged: %s", verdict), err)
	}
	m, err := db.migrator()
	if err != nil {
		return err
	}
	current, target, err := m.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read version of schema: %w", err)
	}
	if current > target {
		return fmt.Errorf("%w (schema %d, this version knows %d)", ErrNewer, current, target)
	}
	var marks int
	if err := db.write.QueryRowContext(ctx, "SELECT count(*) FROM instance").Scan(&marks); err != nil || marks != 1 {
		return errors.Join(errors.New("it has no installation in it"), ignoreNoRows(err))
	}
	return nil
}

func ignoreNoRows(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return err
}

// copyBeside copies a file to a new one in the folder of another, for its own user only.
func copyBeside(from, into string) (path string, err error) {
	src, err := os.Open(from)
	if err != nil {
		return "", err
	}
	defer src.Close()
	dst, err := os.CreateTemp(filepath.Dir(into), filepath.Base(into)+".restore-*")
	if err != nil {
		return "", err
	}
	_, err = io.Copy(dst, src)
	if err = errors.Join(err, dst.Sync(), dst.Close()); err != nil {
		return "", errors.Join(err, os.Remove(dst.Name()))
	}
	return dst.Name(), nil
}

func removeIfThere(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

func syncFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
