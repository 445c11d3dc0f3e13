package store

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations
var migrations embed.FS

// ErrNewer is returned for a database that a newer version of Tahti has written.
var ErrNewer = errors.New("the database was written by a newer version of Tahti: install that version, or restore a backup")

// versionTable is where the migration library notes what has been applied.
const versionTable = "schema_version"

func (db *DB) migrator() (*goose.Provider, error) {
	folder, err := fs.Sub(migrations, "migrations/"+db.dialect.name)
	if err != nil {
		return nil, err
	}
	options := []goose.ProviderOption{
		goose.WithTableName(versionTable), goose.WithLogger(goose.NopLogger()), goose.WithDisableGlobalRegistry(true),
	}
	if db.dialect == postgresDialect {
		// Nodes that start at the same time take turns.
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return nil, err
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	return goose.NewProvider(goose.Dialect(db.dialect.goose), db.write, folder, options...)
}

// migrate brings the schema forward to the version of this program; there is no way back but a backup.
func (db *DB) migrate(ctx context.Context) error {
	m, err := db.migrator()
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	current, target, err := m.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read version of schema: %w", err)
	}
	if current > target {
		return fmt.Errorf("%w (schema %d, this version knows %d)", ErrNewer, current, target)
	}
	if current == target {
		return nil
	}
	from := current
	for {
		_, err := m.Up(ctx)
		if err == nil {
			return nil
		}
		// On SQLite another process can be a step ahead; as long as it gets on, the rest is tried again.
		reached, again := db.movedOn(ctx, m, current)
		switch {
		case again == nil && reached == target:
			return nil
		case again != nil || reached <= current:
			return fmt.Errorf("migrate schema from %d to %d: %w", from, target, errors.Join(err, again))
		}
		current = reached
	}
}

// movedOn looks, for a moment, whether somebody else brings the schema forward.
func (db *DB) movedOn(ctx context.Context, m *goose.Provider, from int64) (reached int64, err error) {
	for range 10 {
		if reached, _, err = m.GetVersions(ctx); err != nil || reached > from || db.dialect == postgresDialect {
			return reached, err
		}
		select {
		case <-ctx.Done():
			return reached, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	return reached, nil
}
