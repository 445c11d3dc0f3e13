package store

import (
	"context"
	"errors"
	"time"

	"github.com/alexedwards/scs/v2"
)

// Sessions keeps the sessions of signed-in people.
type Sessions struct{ db *DB }

var _ scs.CtxStore = Sessions{}

// Sessions answers the store of sessions, for scs.
func (db *DB) Sessions() Sessions { return Sessions{db} }

// FindCtx reads a session; found is false for one that has run out.
func (s Sessions) FindCtx(ctx context.Context, token string) (data []byte, found bool, err error) {
	if !storable(token) {
		return nil, false, nil // a forged cookie
	}
	err = s.db.view(ctx, func(t scope) error {
		return t.one(ctx, "SELECT data FROM session WHERE token = $1 AND expiry > $2", []any{token, micros(s.db.now())}, []any{blob{&data}})
	})
	if errors.Is(err, ErrNotFound) {
		return nil, false, nil
	}
	return data, err == nil, wrap(err, "read session")
}

// CommitCtx saves a session.
func (s Sessions) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	return s.db.global(ctx, func(t scope) error {
		_, err := t.exec(ctx, `INSERT INTO session (token, data, expiry) VALUES ($1, $2, $3)
			ON CONFLICT (token) DO UPDATE SET data = excluded.data, expiry = excluded.expiry`, token, blob{&data}, micros(expiry))
		return wrap(err, "save session")
	})
}

// DeleteCtx removes a session; that there is none is no error.
func (s Sessions) DeleteCtx(ctx context.Context, token string) error {
	return s.db.global(ctx, func(t scope) error {
		_, err := t.exec(ctx, "DELETE FROM session WHERE token = $1", token)
		return wrap(err, "delete session")
	})
}

// DeleteExpired removes the sessions that have run out and answers how many there were.
func (s Sessions) DeleteExpired(ctx context.Context) (n int64, err error) {
	err = s.db.global(ctx, func(t scope) error {
		n, err = t.exec(ctx, "DELETE FROM session WHERE expiry <= $1", micros(s.db.now()))
		return err
	})
	return n, wrap(err, "delete sessions that have run out")
}

// Find is FindCtx without a context, which scs asks for but does not use.
func (s Sessions) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}

// Commit is CommitCtx without a context.
func (s Sessions) Commit(token string, data []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), token, data, expiry)
}

// Delete is DeleteCtx without a context.
func (s Sessions) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }
