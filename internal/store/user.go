package store

import (
	"context"

	"tahti/internal/crm"
)

var memberTable = newTable("member", "login name email role zone locale active created")

func memberColumns(u *crm.User) []any {
	return []any{&u.ID, ref(&u.Login), &u.Name, &u.Email, (*string)(&u.Role), &u.TimeZone, &u.Locale, &u.Active, at(&u.Created)}
}

// User reads one user.
func (tx *Tx) User(ctx context.Context, id ID) (crm.User, error) {
	return get(ctx, tx, memberTable, id, memberColumns)
}

// UserByLogin reads the user that a sign-in is in this company.
func (tx *Tx) UserByLogin(ctx context.Context, login ID) (crm.User, error) {
	return find(ctx, tx, memberTable, memberColumns, "login = $2", login)
}

// Users lists all users, also those who have left, by id.
func (tx *Tx) Users(ctx context.Context) ([]crm.User, error) {
	return all(ctx, tx, memberTable, memberColumns, "true ORDER BY id")
}

// PutUser saves a user; [ErrExists] where the sign-in is a user of this company already.
func (tx *Tx) PutUser(ctx context.Context, u *crm.User) error {
	return tx.put(ctx, memberTable, memberColumns(u))
}

var tokenTable = newTable("api_token", "member name hash created used")

func tokenColumns(t *APIToken) []any {
	return []any{&t.ID, &t.Member, &t.Name, blob{&t.Hash}, at(&t.Created), at(&t.Used)}
}

// PutToken saves a token.
func (tx *Tx) PutToken(ctx context.Context, t *APIToken) error {
	return tx.put(ctx, tokenTable, tokenColumns(t))
}

// Tokens lists a member's tokens, by id.
func (tx *Tx) Tokens(ctx context.Context, member ID) ([]APIToken, error) {
	return all(ctx, tx, tokenTable, tokenColumns, "member = $2 ORDER BY id", member)
}

// DeleteToken removes a token; it stops working with the commit.
func (tx *Tx) DeleteToken(ctx context.Context, id ID) error {
	n, err := tx.exec(ctx, "DELETE FROM api_token WHERE company = $1 AND id = $2", tx.company, id)
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	return wrap(err, "delete token %d", id)
}

var auditTable = newTable("audit", "at login member action subject detail")

func auditColumns(a *Audit) []any {
	return []any{&a.ID, at(&a.At), ref(&a.Login), ref(&a.Member), &a.Action, &a.Subject, &a.Detail}
}

// AddAudit adds a line to the audit log. Lines are never changed.
func (tx *Tx) AddAudit(ctx context.Context, a Audit) error {
	a.ID = 0
	return tx.put(ctx, auditTable, auditColumns(&a))
}

// Audits lists the audit log before a line (0: from the end), newest first.
func (tx *Tx) Audits(ctx context.Context, before ID, limit int) ([]Audit, error) {
	return newest(ctx, tx, auditTable, auditColumns, "at", nil, before, limit)
}
