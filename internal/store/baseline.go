package store

import (
	"context"
	"fmt"
)

func baselineColumns(b *Baseline) []any {
	return []any{&b.Connection, &b.Remote, &b.Version, &b.Fingerprint, &b.UID}
}

const (
	selectBaseline = "SELECT connection, remote, version, fingerprint, uid FROM baseline WHERE company = $1 AND connection = $2 AND "
	notedByUID     = "uid = $3 AND uid <> '' ORDER BY remote"
)

// Baseline reads what was noted of a remote item when its connection was started.
func (tx *Tx) Baseline(ctx context.Context, connection ID, remote string) (Baseline, error) {
	var b Baseline
	if connection == tx.ahead.connection {
		if known, ok := once(tx.ahead.baseline, remote); ok && known != nil {
			return *known, nil
		} else if ok {
			return b, fmt.Errorf("read baseline of connection %d: %w", connection, ErrNotFound)
		}
	}
	err := tx.one(ctx, selectBaseline+"remote = $3", []any{tx.company, connection, remote}, baselineColumns(&b))
	return b, wrap(err, "read baseline of connection %d", connection)
}

// BaselineByUID answers the items of a baseline that are copies of the meeting with a UID, by item.
func (tx *Tx) BaselineByUID(ctx context.Context, connection ID, uid string) ([]Baseline, error) {
	rows, err := list(ctx, tx.scope, baselineColumns, selectBaseline+notedByUID, tx.company, connection, uid)
	return rows, wrap(err, "list baseline of connection %d", connection)
}

// BaselineVersions answers the version of every item of a baseline.
func (tx *Tx) BaselineVersions(ctx context.Context, connection ID) (map[string]string, error) {
	return tx.versions(ctx, "SELECT remote, version FROM baseline WHERE company = $1 AND connection = $2", connection)
}

// PutBaseline saves items; one that is there already is replaced.
func (tx *Tx) PutBaseline(ctx context.Context, items []Baseline) error {
	for i := range items {
		delete(tx.ahead.baseline, items[i].Remote)
		_, err := tx.exec(ctx, `INSERT INTO baseline (company, connection, remote, version, fingerprint, uid) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (company, connection, remote) DO UPDATE
			SET version = excluded.version, fingerprint = excluded.fingerprint, uid = excluded.uid`,
			append([]any{tx.company}, baselineColumns(&items[i])...)...)
		if err != nil {
			return wrap(err, "save baseline of connection %d", items[i].Connection)
		}
	}
	return nil
}

// ForgetVersions lets every item of a baseline be read again: what was noted of its content stays.
func (tx *Tx) ForgetVersions(ctx context.Context, connection ID) error {
	tx.ahead.baseline = nil
	_, err := tx.exec(ctx, "UPDATE baseline SET version = '' WHERE company = $1 AND connection = $2", tx.company, connection)
	return wrap(err, "forget versions of connection %d", connection)
}

// DeleteBaseline forgets a connection's baseline.
func (tx *Tx) DeleteBaseline(ctx context.Context, connection ID) error {
	tx.ahead.baseline = nil
	_, err := tx.exec(ctx, "DELETE FROM baseline WHERE company = $1 AND connection = $2", tx.company, connection)
	return wrap(err, "delete baseline of connection %d", connection)
}
