package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

var _ Global = (*DB)(nil)

const loginSelect = "SELECT id, email, password, failed, locked_until, created FROM login WHERE "

func loginColumns(l *Login) []any {
	return []any{&l.ID, &l.Email, &l.Password, &l.Failed, at(&l.LockedUntil), at(&l.Created)}
}

// LoginByEmail reads the sign-in of an address, in whatever case it is typed.
func (db *DB) LoginByEmail(ctx context.Context, email string) (Login, error) {
	return db.login(ctx, "email = $1", strings.ToLower(email))
}

// Login reads one sign-in.
func (db *DB) Login(ctx context.Context, id ID) (Login, error) { return db.login(ctx, "id = $1", id) }

func (db *DB) login(ctx context.Context, where string, arg any) (l Login, err error) {
	err = db.view(ctx, func(s scope) error { return s.one(ctx, loginSelect+where, []any{arg}, loginColumns(&l)) })
	return l, wrap(err, "read sign-in")
}

// PutLogin saves a sign-in, its address in lower case; [ErrExists] where another has the address.
func (db *DB) PutLogin(ctx context.Context, l *Login) error {
	l.Email = strings.ToLower(l.Email)
	if l.ID == 0 {
		return db.addLogin(ctx, l)
	}
	return db.global(ctx, func(s scope) error {
		n, err := s.exec(ctx, "UPDATE login SET email = $2, password = $3, failed = $4, locked_until = $5, created = $6"+
			" WHERE id = $1", loginColumns(l)...)
		if err == nil && n == 0 {
			err = ErrNotFound
		}
		return wrap(err, "save sign-in %d", l.ID)
	})
}

func (db *DB) addLogin(ctx context.Context, l *Login) error {
	var id ID
	err := db.global(ctx, func(s scope) error {
		return s.one(ctx, "INSERT INTO login (email, password, failed, locked_until, created) VALUES ($1, $2, $3, $4, $5)"+
			" ON CONFLICT DO NOTHING RETURNING id", loginColumns(l)[1:], []any{&id})
	})
	if errors.Is(err, ErrNotFound) {
		err = ErrExists
	}
	if err != nil {
		return fmt.Errorf("add sign-in: %w", err)
	}
	l.ID = id
	return nil
}

// Memberships lists the companies in which a sign-in is an active user, by company.
func (db *DB) Memberships(ctx context.Context, login ID) ([]Membership, error) {
	var out []Membership
	err := db.view(ctx, func(s scope) (err error) {
		out, err = list(ctx, s, func(m *Membership) []any { return []any{&m.Company, &m.CompanyName, &m.Member} },
			`SELECT m.company, c.name, m.id FROM member m JOIN company c ON c.id = m.company
			WHERE m.login = $1 AND m.active = 1 ORDER BY m.company`, login)
		return err
	})
	return out, wrap(err, "list companies of sign-in %d", login)
}

// TokenByHash reads the token with a hash, and the company that it opens.
func (db *DB) TokenByHash(ctx context.Context, hash []byte) (company ID, t APIToken, err error) {
	err = db.view(ctx, func(s scope) error {
		return s.one(ctx, "SELECT company, id, "+tokenTable.columns+" FROM api_token WHERE hash = $1", []any{hash},
			append([]any{&company}, tokenColumns(&t)...))
	})
	return company, t, wrap(err, "read token")
}

// TouchToken notes when a token was last used.
func (db *DB) TouchToken(ctx context.Context, company, id ID, at time.Time) error {
	return db.global(ctx, func(s scope) error {
		_, err := s.exec(ctx, "UPDATE api_token SET used = $3 WHERE company = $1 AND id = $2", company, id, micros(at))
		return wrap(err, "save token %d", id)
	})
}
