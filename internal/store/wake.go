package store

import (
	"context"
	"fmt"
	"time"
)

// lastLane is the least urgent one: polls and audits.
const lastLane = 2

// Wake asks for a run of a connection, at an instant or at once (zero), in a lane if that is more urgent than the one it
// has. While a run is going on the wish is kept apart, and is due after it.
func (tx *Tx) Wake(ctx context.Context, connection ID, at time.Time, lane int) error {
	// next_run of a running connection is the end of its lease, at which another worker may take over; see ClaimWakes.
	n, err := tx.exec(ctx, fmt.Sprintf(`UPDATE wake SET wanted = wanted + 1,
		next_run  = CASE WHEN running = 1 THEN next_run WHEN next_run = 0 THEN $3 ELSE %[1]s(next_run, $3) END,
		lane      = CASE WHEN running = 1 THEN lane ELSE %[1]s(lane, $4) END,
		wish      = CASE WHEN running = 0 THEN 0 WHEN wish = 0 THEN $3 ELSE %[1]s(wish, $3) END,
		wish_lane = CASE WHEN running = 0 THEN wish_lane ELSE %[1]s(wish_lane, $4) END
		WHERE company = $1 AND connection = $2`, tx.db.dialect.least),
		tx.company, connection, dueMicros(at), int64(min(max(lane, 0), lastLane)))
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	tx.woken = tx.woken || err == nil
	return wrap(err, "wake connection %d", connection)
}

// Awaited reports whether a run of a connection that has not begun is asked for already, at an instant or before it, in a lane or
// one that is more urgent. Asking again would change nothing: that run sees all that happened until now.
func (tx *Tx) Awaited(ctx context.Context, connection ID, at time.Time, lane int) (yes bool, err error) {
	err = tx.one(ctx, `SELECT EXISTS (SELECT 1 FROM wake WHERE company = $1 AND connection = $2 AND (
		running = 0 AND next_run > 0 AND next_run <= $3 AND lane <= $4 OR running = 1 AND wish > 0 AND wish <= $3 AND wish_lane <= $4))`,
		[]any{tx.company, connection, dueMicros(at), int64(lane)}, []any{&yes})
	return yes, wrap(err, "read wake of connection %d", connection)
}

// Woken reports whether the transaction has asked for a run of some connection.
func (tx *Tx) Woken() bool { return tx.woken }

// GetWake reads the wish of a connection as it stands. While a run is going on, NextRun is the end of its lease.
func (tx *Tx) GetWake(ctx context.Context, connection ID) (Wake, error) {
	w := Wake{Company: tx.company, Connection: connection}
	err := tx.one(ctx, "SELECT wanted, done, next_run, running = 1, lane FROM wake WHERE company = $1 AND connection = $2",
		[]any{tx.company, connection}, []any{&w.Wanted, &w.Done, at(&w.NextRun), &w.Running, &w.Lane})
	return w, wrap(err, "read wake of connection %d", connection)
}

// Fenced fails with [ErrFenced] unless the claim still holds. On PostgreSQL nobody can take over before the transaction
// ends: the row of the lease is locked, and claims pass by locked rows.
func (tx *Tx) Fenced(ctx context.Context, c Claim, now time.Time) error {
	if c.Company != tx.company {
		return fmt.Errorf("claim of company %d in a transaction of company %d: %w", c.Company, tx.company, ErrFenced)
	}
	var owner string
	var until, fence int64
	err := tx.one(ctx, "SELECT owner, until, fence FROM lease WHERE company = $1 AND connection = $2"+tx.db.dialect.share,
		[]any{c.Company, c.Connection}, []any{&owner, &until, &fence})
	if err != nil {
		return fmt.Errorf("check lease of connection %d: %w", c.Connection, err)
	}
	if owner != c.Owner || fence != c.Fence || until <= now.UnixMicro() {
		return fmt.Errorf("connection %d: %w", c.Connection, ErrFenced)
	}
	return nil
}
