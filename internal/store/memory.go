package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"sync"
)

const memoryPath = ":memory:"

// template is a database with the schema and without rows, made once per process.
var template = sync.OnceValues(func() ([]byte, error) {
	pragmas := []string{"page_size(1024)", fmt.Sprintf("application_id(%d)", applicationID)}
	pool, err := sqlitePool(memoryPath, nil, "immediate", pragmas, 1)
	if err != nil {
		return nil, err
	}
	defer pool.Close()
	ctx := context.Background()
	if err := (&DB{write: pool, dialect: sqliteDialect}).migrate(ctx); err != nil {
		return nil, err
	}
	return serialized(ctx, pool)
})

func serialized(ctx context.Context, pool *sql.DB) (content []byte, err error) {
	conn, err := pool.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	err = conn.Raw(func(c any) error {
		content, err = c.(sqliteConn).Serialize()
		return err
	})
	return content, err
}

// Content is a copy of a database that was opened with [OpenMemory], in one consistent state.
func (db *DB) Content(ctx context.Context) ([]byte, error) {
	content, err := serialized(ctx, db.write)
	return content, wrap(err, "copy database in memory")
}

// OpenMemory opens a database of its own in memory, for tests and simulations: it is made from a template and costs well
// below a millisecond. It has one connection, for reading and writing alike, so a transaction must not be opened within
// another. Of the configuration Rand and Now count.
func OpenMemory(ctx context.Context, c Config) (*DB, error) {
	content, err := template()
	if err != nil {
		return nil, fmt.Errorf("make template database: %w", err)
	}
	return OpenContent(ctx, content, c)
}

// OpenContent opens a database in memory that begins with what [DB.Content] copied.
func OpenContent(ctx context.Context, content []byte, c Config) (*DB, error) {
	c = c.withDefaults()
	pool, err := sqlitePool(memoryPath, content, "immediate", []string{"foreign_keys(1)"}, 1)
	if err != nil {
		return nil, err
	}
	pool.SetConnMaxLifetime(0) // the connection is the database
	db := &DB{write: pool, read: pool, ids: &counter{}, dialect: sqliteDialect, now: c.Now, path: memoryPath}
	if err := db.begun(ctx, c); err != nil {
		return nil, fmt.Errorf("open database in memory: %w", err)
	}
	return db, nil
}

var _ driver.Connector = (*cachingConnector)(nil)
