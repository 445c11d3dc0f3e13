package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// session is what a transaction sends its statements to.
type session interface {
	ExecContext(ctx context.Context, q string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, q string, args ...any) (*sql.Rows, error)
	Commit() error
	Rollback() error
}

// whole is a transaction on the connection of SQLite that writes. No statement of it is broken off in its middle when its
// context ends: each is short and waits for nobody, since the transaction has the lock; the next one is refused instead,
// and so is the commit. To watch every statement for that, as [sql.Tx] and the driver do, takes as long as running it.
type whole struct {
	ctx  context.Context //nolint:containedctx // the transaction's own, as in sql.Tx: Commit takes none
	conn *sql.Conn
}

// longestTurn is how long a transaction waits for the one before it in this process. They take milliseconds: who waits that
// long waits for one that never ends, such as the one that it was opened in.
const longestTurn = 2 * time.Minute

var errTaken = fmt.Errorf("another transaction has been open for %v", longestTurn)

func beginWhole(ctx context.Context, pool *sql.DB) (*whole, error) {
	turn, end := context.WithTimeoutCause(ctx, longestTurn, errTaken)
	defer end()
	conn, err := pool.Conn(turn)
	switch {
	case err != nil && ctx.Err() == nil && turn.Err() != nil:
		return nil, context.Cause(turn)
	case err != nil:
		return nil, err
	}
	// Here it may have to wait, for another process; this wait ends with the context.
	if _, err := conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		// The driver tells of a context that ended also where the statement took effect; most times there is nothing to end.
		_, _ = conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
		_ = conn.Close() // to its pool
		return nil, err
	}
	return &whole{ctx, conn}, nil
}

// refused is why no further statement runs.
func (w *whole) refused(ctx context.Context) error {
	switch {
	case w.conn == nil:
		return sql.ErrTxDone
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return nil
}

func (w *whole) ExecContext(ctx context.Context, q string, args ...any) (sql.Result, error) {
	if err := w.refused(ctx); err != nil {
		return nil, err
	}
	return w.conn.ExecContext(context.WithoutCancel(ctx), q, args...)
}

func (w *whole) QueryContext(ctx context.Context, q string, args ...any) (*sql.Rows, error) {
	if err := w.refused(ctx); err != nil {
		return nil, err
	}
	return w.conn.QueryContext(context.WithoutCancel(ctx), q, args...) //nolint:rowserrcheck,sqlclosecheck // the caller's
}

// Commit keeps what was written. After an error the transaction is still open, and is for [whole.Rollback].
func (w *whole) Commit() error {
	if err := w.refused(w.ctx); err != nil {
		return err
	}
	if _, err := w.conn.ExecContext(context.WithoutCancel(w.ctx), "COMMIT"); err != nil {
		return err
	}
	return w.close()
}

// Rollback takes back what was written. SQLite itself has done so after some errors, as when the disk is full.
func (w *whole) Rollback() error {
	if w.conn == nil {
		return sql.ErrTxDone
	}
	_, err := w.conn.ExecContext(context.WithoutCancel(w.ctx), "ROLLBACK")
	if closeErr := w.close(); err == nil {
		err = closeErr
	}
	return err
}

func (w *whole) close() error {
	conn := w.conn
	w.conn = nil
	if err := conn.Close(); err != nil {
		return fmt.Errorf("give connection back: %w", err)
	}
	return nil
}
