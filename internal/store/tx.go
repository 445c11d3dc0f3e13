package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"unicode/utf8"

	"tahti/internal/crm"
)

// attempts bounds how often a transaction is run again that PostgreSQL gave up; see [DB.Tx].
const attempts = 5

// Tx is a transaction inside one company. It has everything in [Rows], and is used by one goroutine at a time.
type Tx struct {
	scope
	company  ID
	reserved block
	step     int64 // how many ids were reserved last
	woken    bool
	ahead    ahead
	types    []crm.ActivityType  // as they were read in this transaction; nil: not yet
	members  map[ID][]Connection // connections by member, likewise
}

var _ Rows = (*Tx)(nil)

// scope is what statements run in: a transaction of an engine.
type scope struct {
	db       *DB
	tx       session
	readOnly bool
}

// Tx runs f in a transaction that may write, and commits it if f returns nil. On SQLite it is the only writer; on
// PostgreSQL it is READ COMMITTED, and what needs more says so by guards in its statements (a revision, a fence, a unique
// index) or by locking rows. PostgreSQL may give up a transaction in favour of another; f is then run again from the
// start, up to five times, so f must set, not add to, what it leaves behind outside the database, and make the rows that it
// inserts itself (an ID that an earlier try has set would make it an update). f must not open another transaction.
//
// After an error of the engine (not of ours, such as [ErrNotFound] or [ErrConflict]) PostgreSQL takes no further
// statement until the transaction or the [Tx.Savepoint] around it ends; to go on after a row that may be bad, use one.
func (db *DB) Tx(ctx context.Context, company ID, f func(tx *Tx) error) error {
	return db.inTx(ctx, db.write, nil, func(s scope) error {
		tx := &Tx{scope: s, company: company}
		return f(tx)
	})
}

// View runs f in a transaction that sees one consistent state and cannot write.
func (db *DB) View(ctx context.Context, company ID, f func(tx *Tx) error) error {
	return db.view(ctx, func(s scope) error { return f(&Tx{scope: s, company: company}) })
}

func (db *DB) view(ctx context.Context, f func(s scope) error) error {
	return db.inTx(ctx, db.read, &sql.TxOptions{ReadOnly: true, Isolation: db.dialect.viewLevel}, f)
}

func (db *DB) inTx(ctx context.Context, pool *sql.DB, o *sql.TxOptions, f func(s scope) error) error {
	var err error
	for range attempts {
		if err = db.once(ctx, pool, o, f); err == nil || !again(err) || ctx.Err() != nil {
			return err
		}
	}
	return fmt.Errorf("transaction given up %d times: %w", attempts, err)
}

func (db *DB) once(ctx context.Context, pool *sql.DB, o *sql.TxOptions, f func(s scope) error) (err error) {
	tx, err := db.begin(ctx, pool, o)
	if err != nil {
		return fmt.Errorf("begin transaction: %w", err)
	}
	done := false
	defer func() {
		// Also when f panics. A rollback can only fail where the connection is lost, which rolls back as well.
		if !done {
			err = errors.Join(err, ignoreDone(tx.Rollback()))
		}
	}()
	if err := f(scope{db: db, tx: tx, readOnly: o != nil && o.ReadOnly}); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		if ctx.Err() != nil && errors.Is(err, sql.ErrTxDone) {
			err = ctx.Err() // database/sql rolled back when the context ended, before it was asked to commit
		}
		return fmt.Errorf("commit transaction: %w", classify(err))
	}
	done = true
	return nil
}

func (db *DB) begin(ctx context.Context, pool *sql.DB, o *sql.TxOptions) (session, error) {
	if pool == db.write && db.dialect == sqliteDialect { // in memory those that read, too
		return beginWhole(ctx, pool)
	}
	return pool.BeginTx(ctx, o)
}

func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}

// Company is the company that the transaction is in.
func (tx *Tx) Company() ID { return tx.company }

// Savepoint runs f so that its statements count all or not at all: when f fails they are taken back and the transaction
// goes on. The error is f's.
func (tx *Tx) Savepoint(ctx context.Context, f func() error) error {
	if _, err := tx.exec(ctx, "SAVEPOINT one_row"); err != nil {
		return err
	}
	if err := f(); err != nil {
		// The ids that f reserved go back with its statements, and so does what was read after they had changed it.
		tx.reserved, tx.types, tx.members = block{}, nil, nil
		_, back := tx.exec(context.WithoutCancel(ctx), "ROLLBACK TO SAVEPOINT one_row")
		if back == nil {
			_, back = tx.exec(context.WithoutCancel(ctx), "RELEASE SAVEPOINT one_row")
		}
		return errors.Join(err, back)
	}
	_, err := tx.exec(ctx, "RELEASE SAVEPOINT one_row")
	return err
}

// exec runs a statement and answers how many rows it touched.
func (s scope) exec(ctx context.Context, q string, args ...any) (int64, error) {
	if s.readOnly {
		return 0, errors.New("write in a transaction that was opened for reading")
	}
	if err := plain(args); err != nil {
		return 0, err
	}
	r, err := s.tx.ExecContext(ctx, q, args...)
	if err != nil {
		return 0, classify(err)
	}
	return r.RowsAffected()
}

// one runs a query for a single row; no row is [ErrNotFound].
func (s scope) one(ctx context.Context, q string, args, into []any) error {
	if err := plain(args); err != nil {
		return err
	}
	rows, err := s.tx.QueryContext(ctx, q, args...)
	if err != nil {
		return classify(err)
	}
	defer rows.Close()
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return classify(err)
		}
		return ErrNotFound
	}
	if err := rows.Scan(into...); err != nil {
		return err
	}
	return rows.Close()
}

// list runs a query; into answers where a row's columns go.
func list[T any](ctx context.Context, s scope, into func(*T) []any, q string, args ...any) ([]T, error) {
	if err := plain(args); err != nil {
		return nil, err
	}
	rows, err := s.tx.QueryContext(ctx, q, args...)
	if err != nil {
		return nil, classify(err)
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		out = append(out, *new(T))
		if err := rows.Scan(into(&out[len(out)-1])...); err != nil {
			return nil, err
		}
	}
	return out, classify(rows.Err())
}

// plain replaces pointers and our column types by what drivers take, and refuses text that PostgreSQL could not hold:
// both engines are to take and refuse the same.
func plain(args []any) error {
	for i, a := range args {
		switch v := a.(type) {
		case *string:
			args[i] = *v
		case *int64:
			args[i] = *v
		case *int:
			args[i] = int64(*v)
		case int:
			args[i] = int64(v)
		case *float64:
			args[i] = *v
		case *bool:
			args[i] = bit(*v)
		case bool:
			args[i] = bit(v)
		case column:
			w, err := v.store()
			if err != nil {
				return err
			}
			args[i] = w
		}
		if s, ok := args[i].(string); ok && !storable(s) {
			return fmt.Errorf("%w: %.40q", ErrText, s)
		}
	}
	return nil
}

func storable(s string) bool {
	for i := range len(s) {
		if c := s[i]; c == 0 || c >= utf8.RuneSelf {
			return utf8.ValidString(s) && !containsNUL(s)
		}
	}
	return true
}

func containsNUL(s string) bool {
	for i := range len(s) {
		if s[i] == 0 {
			return true
		}
	}
	return false
}

func bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
