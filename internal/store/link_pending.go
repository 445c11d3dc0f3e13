package store

import "context"

// PendingLinks lists the links of a connection on which a write was begun and not settled, by id, without RemoteRaw.
func (tx *Tx) PendingLinks(ctx context.Context, connection ID, limit int) ([]Link, error) {
	columns := func(s *storedLink) []any {
		all := newStoredLink(s)
		return all[:len(all)-2]
	}
	rows, err := list(ctx, tx.scope, columns, "SELECT id, "+linkColumnsWithoutRaw+" FROM link WHERE company = $1 AND connection = $2"+
		" AND state IN ('creating', 'writing') ORDER BY id LIMIT $3", tx.company, connection, limited(limit))
	links := make([]Link, len(rows))
	for i, s := range rows {
		links[i] = *s.Link
	}
	return links, wrap(err, "list pending links of connection %d", connection)
}
