package store

import (
	"context"
	"time"
)

// Consent is what somebody agreed to at a provider, for one account.
type Consent struct {
	Account ID
	Sealed  []byte // with the row's key as associated data
	// Version rises with every change; nobody changes what they have not read.
	Version int64
	Refused string    // a provider.Code…: the provider will not take it again
	Locked  time.Time // until then somebody replaces it
}

func consentColumns(c *Consent) []any {
	return []any{&c.Account, blob{&c.Sealed}, &c.Version, &c.Refused, at(&c.Locked)}
}

// Consent reads what was agreed to for an account; [ErrNotFound] also where it was forgotten.
func (tx *Tx) Consent(ctx context.Context, account ID) (Consent, error) {
	var c Consent
	err := tx.one(ctx, "SELECT account, sealed, version, refused, locked FROM consent WHERE company = $1 AND account = $2 AND length(sealed) > 0",
		[]any{tx.company, account}, consentColumns(&c))
	return c, wrap(err, "read consent of account %d", account)
}

// PutConsent saves what a person has just agreed to, whatever was there before.
func (tx *Tx) PutConsent(ctx context.Context, account ID, sealed []byte) error {
	_, err := tx.exec(ctx, `INSERT INTO consent (company, account, sealed, version, refused, locked) VALUES ($1, $2, $3, 1, '', 0)
		ON CONFLICT (company, account) DO UPDATE SET sealed = excluded.sealed, version = consent.version + 1, refused = '', locked = 0`,
		tx.company, account, blob{&sealed})
	return wrap(err, "save consent of account %d", account)
}

// LockConsent takes the right to replace a version until an instant. It fails with [ErrConflict] if that is not the version any
// more, or somebody has the right already.
func (tx *Tx) LockConsent(ctx context.Context, account ID, version int64, now, until time.Time) error {
	return tx.changeConsent(ctx, account, version, "locked = $4", "locked <= $5", micros(until), micros(now))
}

// RotateConsent replaces a version, and gives the right back. That somebody else's attempt with the same version was refused
// meanwhile holds no longer. It fails with [ErrConflict] if that is not the version any more.
func (tx *Tx) RotateConsent(ctx context.Context, account ID, version int64, sealed []byte) error {
	return tx.changeConsent(ctx, account, version, "sealed = $4, version = version + 1, refused = '', locked = 0", "length(sealed) > 0", blob{&sealed})
}

// EndConsent notes why a version is refused for good, or with "" only gives the right to replace it back. It fails with
// [ErrConflict] if that is not the version any more.
func (tx *Tx) EndConsent(ctx context.Context, account ID, version int64, refused string) error {
	return tx.changeConsent(ctx, account, version, "refused = $4, locked = 0", "true", refused)
}

func (tx *Tx) changeConsent(ctx context.Context, account ID, version int64, set, where string, args ...any) error {
	n, err := tx.exec(ctx, "UPDATE consent SET "+set+" WHERE company = $1 AND account = $2 AND version = $3 AND "+where,
		append([]any{tx.company, account, version}, args...)...)
	if err == nil && n == 0 {
		err = ErrConflict
	}
	return wrap(err, "change consent of account %d", account)
}

// ForgetConsent forgets what was agreed to for an account, and the sign-ins that were begun for it. The version goes on, so that
// whoever is still replacing what was forgotten changes nothing of what is agreed to next.
func (tx *Tx) ForgetConsent(ctx context.Context, account ID) error {
	none := []byte{}
	_, err := tx.exec(ctx, "UPDATE consent SET sealed = $3, version = version + 1, refused = '', locked = 0 WHERE company = $1 AND account = $2",
		tx.company, account, blob{&none})
	if err == nil {
		_, err = tx.exec(ctx, "DELETE FROM sign_in WHERE company = $1 AND account = $2", tx.company, account)
	}
	return wrap(err, "forget consent of account %d", account)
}

// DeleteConsent forgets what refers to an account that is deleted.
func (tx *Tx) DeleteConsent(ctx context.Context, account ID) error {
	for _, table := range []string{"consent", "sign_in"} {
		if _, err := tx.exec(ctx, "DELETE FROM "+table+" WHERE company = $1 AND account = $2", tx.company, account); err != nil {
			return wrap(err, "forget consent of account %d", account)
		}
	}
	return nil
}

// SignIn is one that was begun at a provider and has not come back.
type SignIn struct {
	State           []byte // the hash of what goes through the browser
	Member, Account ID
	Browser         []byte // the hash of what the browser keeps; empty where a program began it
	Sealed          []byte // with the row's key as associated data
	Expires         time.Time
}

func signInColumns(s *SignIn) []any {
	return []any{blob{&s.State}, &s.Member, &s.Account, blob{&s.Browser}, blob{&s.Sealed}, at(&s.Expires)}
}

// maxSignIns is how many sign-ins of one member may be under way: one in each of some tabs and programs.
const maxSignIns = 20

// PutSignIn saves a sign-in that begins. Those of the company that have run out go, and the oldest of the member's where there are
// too many.
func (tx *Tx) PutSignIn(ctx context.Context, s SignIn, now time.Time) error {
	_, err := tx.exec(ctx, "DELETE FROM sign_in WHERE company = $1 AND expires <= $2", tx.company, micros(now))
	if err == nil {
		_, err = tx.exec(ctx, `DELETE FROM sign_in WHERE company = $1 AND member = $2 AND state NOT IN
			(SELECT state FROM sign_in WHERE company = $1 AND member = $2 ORDER BY expires DESC, state LIMIT $3)`,
			tx.company, s.Member, maxSignIns-1)
	}
	if err == nil {
		_, err = tx.exec(ctx, "INSERT INTO sign_in (company, state, member, account, browser, sealed, expires) VALUES ($1, $2, $3, $4, $5, $6, $7)",
			append([]any{tx.company}, signInColumns(&s)...)...)
	}
	return wrap(err, "save sign-in of account %d", s.Account)
}

// TakeSignIn answers a sign-in and deletes it: it comes back once. [ErrNotFound] also where another transaction has it.
func (tx *Tx) TakeSignIn(ctx context.Context, state []byte) (SignIn, error) {
	var s SignIn
	err := tx.one(ctx, "SELECT state, member, account, browser, sealed, expires FROM sign_in WHERE company = $1 AND state = $2",
		[]any{tx.company, blob{&state}}, signInColumns(&s))
	if err != nil {
		return s, wrap(err, "read sign-in")
	}
	n, err := tx.exec(ctx, "DELETE FROM sign_in WHERE company = $1 AND state = $2", tx.company, blob{&state})
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	return s, wrap(err, "take sign-in")
}
