package store

import (
	"context"
	"time"
)

var holdTable = newTable("hold", "connection direction kind size state reason created decided member")

func holdColumns(h *Hold) []any {
	return []any{
		&h.ID, &h.Connection, &h.Direction, &h.Kind, &h.Size, &h.State, &h.Reason, at(&h.Created), at(&h.Decided), ref(&h.Member),
	}
}

// PutHold saves a hold; [ErrExists] where the connection has an open one of its direction and kind.
func (tx *Tx) PutHold(ctx context.Context, h *Hold) error {
	return tx.put(ctx, holdTable, holdColumns(h))
}

// Hold reads one hold.
func (tx *Tx) Hold(ctx context.Context, id ID) (Hold, error) {
	return get(ctx, tx, holdTable, id, holdColumns)
}

// OpenHold reads the hold that nobody has decided on yet.
func (tx *Tx) OpenHold(ctx context.Context, connection ID, direction, kind string) (Hold, error) {
	return find(ctx, tx, holdTable, holdColumns, "connection = $2 AND direction = $3 AND kind = $4 AND state = 'open'",
		connection, direction, kind)
}

// Holds lists the open holds of a connection, or of all (0), by id.
func (tx *Tx) Holds(ctx context.Context, connection ID) ([]Hold, error) {
	if connection == 0 {
		return all(ctx, tx, holdTable, holdColumns, "state = 'open' ORDER BY id")
	}
	return all(ctx, tx, holdTable, holdColumns, "connection = $2 AND state = 'open' ORDER BY id", connection)
}

// Tally adds n to what a connection did in the hour of now.
func (tx *Tx) Tally(ctx context.Context, connection ID, direction, kind string, now time.Time, n int) error {
	if n == 0 {
		return nil
	}
	_, err := tx.exec(ctx, `INSERT INTO tally (company, connection, direction, kind, hour, n) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (company, connection, direction, kind, hour) DO UPDATE SET n = tally.n + excluded.n`,
		tx.company, connection, direction, kind, now.Truncate(time.Hour).UnixMicro(), n)
	return wrap(err, "count %s of connection %d", kind, connection)
}

// TallySince sums up what a connection did since the hour of an instant: that whole hour counts, so a brake closes rather
// too early than too late.
func (tx *Tx) TallySince(ctx context.Context, connection ID, direction, kind string, since time.Time) (n int, err error) {
	err = tx.one(ctx, `SELECT coalesce(sum(n), 0) FROM tally
		WHERE company = $1 AND connection = $2 AND direction = $3 AND kind = $4 AND hour >= $5`,
		[]any{tx.company, connection, direction, kind, since.Truncate(time.Hour).UnixMicro()}, []any{&n})
	return n, wrap(err, "count %s of connection %d", kind, connection)
}
