package store

import "context"

func twinColumns(t *Twin) []any { return []any{&t.Connection, &t.Remote, &t.Activity, &t.State} }

// PutTwin notes that an item and an activity seem to be the same, or what a person has said of it, which stands against the former.
func (tx *Tx) PutTwin(ctx context.Context, t Twin) error {
	_, err := tx.exec(ctx, `INSERT INTO twin (company, connection, remote, activity, state) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (company, connection, remote, activity) DO UPDATE SET state = excluded.state WHERE excluded.state <> 'open'`,
		append([]any{tx.company}, twinColumns(&t)...)...)
	return wrap(err, "save twin of connection %d", t.Connection)
}

// TwinsOf lists what is noted of an item, or of an activity, whichever is given, by item and activity.
func (tx *Tx) TwinsOf(ctx context.Context, connection ID, remote string, activity ID) ([]Twin, error) {
	test, value := "remote = $3", any(remote)
	if activity != 0 {
		test, value = "activity = $3", activity
	}
	return tx.twins(ctx, connection, test+" ORDER BY remote, activity", value)
}

// Twins lists what is noted of a connection, open or not, by item and activity.
func (tx *Tx) Twins(ctx context.Context, connection ID) ([]Twin, error) {
	return tx.twins(ctx, connection, "TRUE ORDER BY remote, activity")
}

func (tx *Tx) twins(ctx context.Context, connection ID, where string, values ...any) ([]Twin, error) {
	rows, err := list(ctx, tx.scope, twinColumns, "SELECT connection, remote, activity, state FROM twin"+
		" WHERE company = $1 AND connection = $2 AND "+where, append([]any{tx.company, connection}, values...)...)
	return rows, wrap(err, "list twins of connection %d", connection)
}

// CountTwins counts the items of a connection that seem to be the same as an activity, and neither of which is tied in it.
func (tx *Tx) CountTwins(ctx context.Context, connection ID) (n int, err error) {
	err = tx.one(ctx, `SELECT count(DISTINCT t.remote) FROM twin t WHERE t.company = $1 AND t.connection = $2 AND t.state = 'open'
		AND NOT EXISTS (SELECT 1 FROM link l WHERE l.company = $1 AND l.connection = $2 AND l.remote = t.remote AND l.`+live+`)
		AND NOT EXISTS (SELECT 1 FROM link l WHERE l.company = $1 AND l.connection = $2 AND l.activity = t.activity AND l.`+live+`)
		AND EXISTS (SELECT 1 FROM activity a WHERE a.company = $1 AND a.id = t.activity AND a.deleted = 0)`,
		[]any{tx.company, connection}, []any{&n})
	return n, wrap(err, "count twins of connection %d", connection)
}

// DeleteTwins forgets what is noted of an item; of all of a connection, but for what a person has said, if there is none.
func (tx *Tx) DeleteTwins(ctx context.Context, connection ID, remote string) error {
	if remote == "" {
		_, err := tx.exec(ctx, "DELETE FROM twin WHERE company = $1 AND connection = $2 AND state = 'open'", tx.company, connection)
		return wrap(err, "forget twins of connection %d", connection)
	}
	_, err := tx.exec(ctx, "DELETE FROM twin WHERE company = $1 AND connection = $2 AND remote = $3", tx.company, connection, remote)
	return wrap(err, "forget twins of connection %d", connection)
}
