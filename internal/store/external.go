package store

import (
	"context"
	"fmt"
)

// External says which of our rows a row of another CRM is.
type External struct {
	Server string // of the accounts that are connected there
	Kind   string // deal, person, org
	Remote string // what it is called there
	Ours   ID
}

// ExternalRow answers which of our rows a row of another CRM is. Errors: ErrNotFound.
func (tx *Tx) ExternalRow(ctx context.Context, server, kind, remote string) (ours ID, err error) {
	err = tx.one(ctx, "SELECT ours FROM external WHERE company = $1 AND server = $2 AND kind = $3 AND remote = $4",
		[]any{tx.company, server, kind, remote}, []any{&ours})
	return ours, wrap(err, "read tie of %s %q", kind, remote)
}

// ExternalID answers what one of our rows is at another CRM. Errors: ErrNotFound.
func (tx *Tx) ExternalID(ctx context.Context, server, kind string, ours ID) (remote string, err error) {
	err = tx.one(ctx, "SELECT remote FROM external WHERE company = $1 AND server = $2 AND kind = $3 AND ours = $4",
		[]any{tx.company, server, kind, ours}, []any{&remote})
	return remote, wrap(err, "read tie of %s %d", kind, ours)
}

// PutExternal ties two rows, each of which is tied to no other at that server: else ErrExists.
func (tx *Tx) PutExternal(ctx context.Context, e External) error {
	_, err := tx.exec(ctx, "INSERT INTO external (company, server, kind, remote, ours) VALUES ($1, $2, $3, $4, $5)",
		tx.company, e.Server, e.Kind, e.Remote, e.Ours)
	return wrap(err, "tie %s %q", e.Kind, e.Remote)
}

// named are the columns by which rows that are tied are found.
var named = map[string]string{"deal": "deal WHERE company = $1 AND title", "person": "person WHERE company = $1 AND name", "org": "organization WHERE company = $1 AND name"}

// Named answers the live rows of a kind that have exactly this name, by id.
func (tx *Tx) Named(ctx context.Context, kind, name string, limit int) ([]ID, error) {
	from, ok := named[kind]
	if !ok {
		return nil, fmt.Errorf("find %s by name: no such kind", kind)
	}
	ids, err := list(ctx, tx.scope, func(id *ID) []any { return []any{id} },
		"SELECT id FROM "+from+" = $2 AND deleted = 0 ORDER BY id LIMIT $3", tx.company, name, limited(limit))
	return ids, wrap(err, "find %s by name", kind)
}
