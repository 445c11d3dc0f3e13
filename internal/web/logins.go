package web

import (
	"context"
	"errors"
	"sync"

	"tahti/internal/auth"
	"tahti/internal/store"
)

// logins gives sign-in its rows. The lock makes reading and counting one step in this process; over several nodes a count
// may be lost, which costs a guess, not the lock.
type logins struct {
	db *store.DB
	mu sync.Mutex
}

// FindLogin implements [auth.Logins].
func (l *logins) FindLogin(ctx context.Context, email string) (auth.Login, bool, error) {
	row, err := l.db.LoginByEmail(ctx, email)
	if errors.Is(err, store.ErrNotFound) {
		return auth.Login{}, false, nil
	}
	return auth.Login{ID: row.ID, Email: row.Email, Password: row.Password}, err == nil, err
}

// ChangeAttempts implements [auth.Logins].
func (l *logins) ChangeAttempts(ctx context.Context, login int64, change func(auth.Attempts) auth.Attempts) error {
	return l.change(ctx, login, func(row *store.Login) {
		a := change(auth.Attempts{Failed: row.Failed, LockedUntil: row.LockedUntil})
		row.Failed, row.LockedUntil = a.Failed, a.LockedUntil
	})
}

// SavePassword implements [auth.Logins].
func (l *logins) SavePassword(ctx context.Context, login int64, hash string) error {
	return l.change(ctx, login, func(row *store.Login) { row.Password = hash })
}

func (l *logins) change(ctx context.Context, login int64, f func(*store.Login)) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	row, err := l.db.Login(ctx, login)
	if err != nil {
		return err
	}
	f(&row)
	return l.db.PutLogin(ctx, &row)
}
