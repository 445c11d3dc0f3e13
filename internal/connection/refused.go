package connection

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"tahti/internal/account"
	"tahti/internal/engine"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// Refused is why a sign-in with what somebody typed was refused, with all that it takes to tell them what helps.
type Refused struct {
	Kind         string // of account
	Code         string // the cause, see [account.Cause]
	Account      string // who signs in, as it was typed
	Server       string // likewise where; a domain, where the server is looked for
	AppPasswords string // where the company's gateway issues app passwords; empty where that was not stated
	Err          error
}

func (r *Refused) Error() string { return r.Err.Error() }
func (r *Refused) Unwrap() error { return r.Err }

// Discover signs in without storing anything, and lists the calendars. Errors: *[Refused] around the *[provider.Error];
// [account.ErrUnknownProvider], [account.ErrByConsent].
func (s *Service) Discover(ctx context.Context, who Who, kind string, sign account.Credentials) (account.Discovery, error) {
	found, err := s.Accounts.Discover(ctx, kind, sign)
	return found, s.refused(ctx, who, kind, sign, err)
}

// refused adds to an error of a provider what it takes to tell people what helps.
func (s *Service) refused(ctx context.Context, who Who, kind string, sign account.Credentials, err error) error {
	e, ok := errors.AsType[*provider.Error](err)
	if !ok {
		return err
	}
	where, unread := s.AppPasswords(ctx, who.Company)
	if unread != nil {
		return errors.Join(err, unread)
	}
	code := account.Cause(kind, codeOf(e), where)
	if remedy, _ := account.Remedy(kind, code); remedy == account.RemedyMicrosoft {
		if _, unset := s.Accounts.Client(account.Hybrid); unset != nil {
			code = account.CodeHybridNotSetUp
		}
	}
	r := &Refused{Kind: kind, Code: code, Account: cmp.Or(sign.Email, sign.Username), Server: sign.URL, AppPasswords: where, Err: err}
	if r.Server == "" {
		_, r.Server, _ = strings.Cut(sign.Email, "@")
	}
	return r
}

// codeOf is the best cause that an error of a provider names.
func codeOf(e *provider.Error) string {
	if e.Code == "" {
		return e.Class.String()
	}
	return e.Code
}

// AppPasswords is where the company's gateway issues app passwords, as an administrator has stated it; empty if nobody has.
func (s *Service) AppPasswords(ctx context.Context, company store.ID) (where string, err error) {
	err = s.Store.View(ctx, company, func(tx engine.Tx) error {
		c, err := tx.GetCompany(ctx)
		where = c.AppPasswords
		return err
	})
	if err != nil {
		return "", fmt.Errorf("read what is stated of the gateway: %w", err)
	}
	return where, nil
}

// ErrAppPasswords is a statement that cannot be shown to people.
var ErrAppPasswords = errors.New("where app passwords are made has to be said in one line of at most 500 characters")

const maxAppPasswords = 500 // runes

// StateAppPasswords notes where the gateway before the company's own servers issues app passwords, in an administrator's words or as an
// address; empty: it issues none. Errors: ErrNotYours, ErrAppPasswords.
func (s *Service) StateAppPasswords(ctx context.Context, who Who, where string) error {
	if !who.admin() {
		return ErrNotYours
	}
	where = strings.TrimSpace(where)
	if !utf8.ValidString(where) || utf8.RuneCountInString(where) > maxAppPasswords || strings.ContainsFunc(where, isControl) {
		return ErrAppPasswords
	}
	return s.Store.Tx(ctx, who.Company, func(tx engine.Tx) error {
		if err := tx.StateAppPasswords(ctx, where); err != nil {
			return err
		}
		return tx.AddAudit(ctx, store.Audit{
			At: s.now(), Login: who.User.Login, Member: who.User.ID, Action: "app_passwords", Subject: "company", Detail: where,
		})
	})
}
