package store

import "context"

var accountTable = newTable("account", "member provider label server username secret capabilities state reason blocked_until created")

func accountColumns(a *Account) []any {
	return []any{
		&a.ID, &a.Member, &a.Provider, &a.Label, &a.Server, &a.Username, blob{&a.Secret}, raw{&a.Capabilities},
		&a.State, &a.Reason, at(&a.BlockedUntil), at(&a.Created),
	}
}

// Account reads one account.
func (tx *Tx) Account(ctx context.Context, id ID) (Account, error) {
	return get(ctx, tx, accountTable, id, accountColumns)
}

// Accounts lists the accounts of a member, or of all (0), by id.
func (tx *Tx) Accounts(ctx context.Context, member ID) ([]Account, error) {
	if member == 0 {
		return all(ctx, tx, accountTable, accountColumns, "true ORDER BY id")
	}
	return all(ctx, tx, accountTable, accountColumns, "member = $2 ORDER BY id", member)
}

// PutAccount saves an account. As the secret is sealed with the row's id, a new one is saved without it first.
func (tx *Tx) PutAccount(ctx context.Context, a *Account) error {
	return tx.put(ctx, accountTable, accountColumns(a))
}

// HoldAccounts keeps other transactions from holding or changing a member's accounts until this one ends: what is read of them from
// now on stays true until then.
func (tx *Tx) HoldAccounts(ctx context.Context, member ID) error {
	_, err := tx.exec(ctx, "UPDATE account SET created = created WHERE company = $1 AND member = $2", tx.company, member)
	return wrap(err, "hold accounts of member %d", member)
}

// DeleteAccount removes an account that nothing refers to; else it fails with [ErrReference].
func (tx *Tx) DeleteAccount(ctx context.Context, id ID) error {
	_, err := tx.exec(ctx, "DELETE FROM account WHERE company = $1 AND id = $2", tx.company, id)
	return wrap(err, "delete account %d", id)
}

// HaveSecrets reports whether any account has a sealed secret, which a lost key could not open.
func (db *DB) HaveSecrets(ctx context.Context) (have bool, err error) {
	err = db.view(ctx, func(s scope) error {
		return s.one(ctx, "SELECT EXISTS (SELECT 1 FROM account WHERE length(secret) > 0)", nil, []any{&have})
	})
	return have, wrap(err, "look for secrets")
}
