package auth

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Login is what a sign-in needs to know of a person.
type Login struct {
	ID       int64
	Email    string
	Password string // PHC string; empty: no password sign-in
}

// Logins is where logins are kept.
type Logins interface {
	// FindLogin finds a login by its folded address; false if there is none.
	FindLogin(ctx context.Context, email string) (Login, bool, error)
	// ChangeAttempts reads a login's attempts, calls change once with them and saves the answer, in one transaction, so
	// that no count is lost among many at once.
	ChangeAttempts(ctx context.Context, login int64, change func(Attempts) Attempts) error
	// SavePassword replaces the hash.
	SavePassword(ctx context.Context, login int64, hash string) error
}

// ErrWrong means that there is no login of that address and password. It does not say which of the two was wrong.
var ErrWrong = errors.New("wrong address or password")

// LockedError says that there were too many failures; Until says when the next attempt is taken.
type LockedError struct{ Until time.Time }

func (e *LockedError) Error() string {
	return "sign-in is locked until " + e.Until.UTC().Format(time.RFC3339)
}

// SignIn checks addresses and passwords.
type SignIn struct {
	Logins   Logins
	Hasher   *Hasher
	Throttle Throttle

	strangers strangers
}

// Check returns the login of an address and password, with the hash that is stored then. Errors: ErrWrong,
// *[LockedError], ErrBusy, those of Logins. An address that has no login is answered like one that has.
func (s *SignIn) Check(ctx context.Context, email, password string, now time.Time) (Login, error) {
	email = FoldEmail(email)
	l, found, err := s.Logins.FindLogin(ctx, email)
	if err != nil {
		return Login{}, fmt.Errorf("find login: %w", err)
	}
	attempts := s.attemptsAt(ctx, l.ID)
	if !found {
		l, attempts = Login{}, s.attemptsOf(email)
	}
	giveBack, err := s.count(attempts, now)
	if err != nil {
		return Login{}, err
	}
	verdict, err := s.Hasher.Verify(ctx, l.Password, password)
	if err != nil {
		// Not looked at: a busy server is nobody's failure.
		return Login{}, errors.Join(err, attempts(giveBack))
	}
	if !verdict.OK {
		return Login{}, ErrWrong
	}
	if err := attempts(func(Attempts) Attempts { return Attempts{} }); err != nil {
		return Login{}, err
	}
	if verdict.Rehash {
		if l.Password, err = s.rehash(ctx, l.ID, password); err != nil {
			return Login{}, err
		}
	}
	return l, nil
}

// tally changes what is remembered of failures, at a login or at an address that has none.
type tally func(change func(Attempts) Attempts) error

func (s *SignIn) attemptsAt(ctx context.Context, login int64) tally {
	return func(change func(Attempts) Attempts) error {
		if err := s.Logins.ChangeAttempts(ctx, login, change); err != nil {
			return fmt.Errorf("save sign-in attempts: %w", err)
		}
		return nil
	}
}

func (s *SignIn) attemptsOf(email string) tally {
	return func(change func(Attempts) Attempts) error {
		s.strangers.change(email, change)
		return nil
	}
}

// count books the attempt as failed before the password is looked at, or refuses it. giveBack takes the booking back.
func (s *SignIn) count(at tally, now time.Time) (giveBack func(Attempts) Attempts, err error) {
	var refused error
	var before, after Attempts
	err = at(func(a Attempts) Attempts {
		refused = nil
		if until, locked := s.Throttle.Locked(a, now); locked {
			refused = &LockedError{Until: until}
			return a
		}
		before, after = a, s.Throttle.Failed(a, now)
		return after
	})
	giveBack = func(a Attempts) Attempts {
		if a.Failed == after.Failed && a.LockedUntil.Equal(after.LockedUntil) {
			return before
		}
		// Others have failed meanwhile; a lock of theirs stays.
		a.Failed = max(a.Failed-1, 0)
		return a
	}
	return giveBack, errors.Join(err, refused)
}

func (s *SignIn) rehash(ctx context.Context, login int64, password string) (string, error) {
	hash, err := s.Hasher.Hash(ctx, password)
	if err != nil {
		return "", err
	}
	if err := s.Logins.SavePassword(ctx, login, hash); err != nil {
		return "", fmt.Errorf("save password: %w", err)
	}
	return hash, nil
}
