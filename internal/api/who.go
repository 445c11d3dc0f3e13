package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"tahti/internal/auth"
	"tahti/internal/connection"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/hub"
	"tahti/internal/recur"
	"tahti/internal/store"
	"tahti/internal/text"
)

// caller is who asks, in which language.
type caller struct {
	connection.Who
	text.Printer
}

func (c *caller) by() hub.Actor { return hub.By(c.User) }

// zone is where the caller reads clocks.
func (c *caller) zone() *time.Location {
	if loc, err := recur.Location(c.User.TimeZone); err == nil && c.User.TimeZone != "" {
		return loc
	}
	return time.UTC
}

type callerKey struct{}

func callerOf(ctx context.Context) *caller {
	c, _ := ctx.Value(callerKey{}).(*caller)
	return c
}

func withCaller(r *http.Request, c *caller) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), callerKey{}, c))
}

// errNobody means that the request does not tell who asks, or that they may not come in any more.
var errNobody = errors.New("nobody is signed in")

// touchEvery bounds how often a token's last use is written: it is for people, who look at days.
const touchEvery = time.Minute

// byToken finds the caller of an API token.
func (s *server) byToken(r *http.Request, token string) (*caller, error) {
	ctx := r.Context()
	company, row, err := s.House.DB.TokenByHash(ctx, auth.HashToken(token))
	if errors.Is(err, store.ErrNotFound) {
		return nil, errNobody
	}
	if err != nil {
		return nil, fmt.Errorf("look up token: %w", err)
	}
	c, err := s.caller(r, company, row.Member)
	if err != nil {
		return nil, err
	}
	if now := s.now(); now.Sub(row.Used) > touchEvery {
		if err := s.House.DB.TouchToken(ctx, company, row.ID, now); err != nil {
			return nil, fmt.Errorf("note use of token: %w", err)
		}
	}
	return c, nil
}

// caller reads a user and picks their language.
func (s *server) caller(r *http.Request, company, member store.ID) (*caller, error) {
	var u crm.User
	err := s.House.Store.View(r.Context(), company, func(tx engine.Tx) (err error) {
		u, err = tx.User(r.Context(), member)
		return err
	})
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil, errNobody
	case err != nil:
		return nil, fmt.Errorf("read user: %w", err)
	case !u.Active:
		return nil, errNobody
	}
	return &caller{connection.Who{Company: company, User: u}, text.Match(u.Locale, r.Header.Get("Accept-Language"))}, nil
}

// hasToken reports whether a request tries to show a token; one that does is never taken for a session.
func hasToken(r *http.Request) bool {
	return r.Header.Get("X-Api-Token") != "" || r.Header.Get("Authorization") != ""
}

// identify finds the caller of a request. sessions: the pages' session counts, too.
func (s *server) identify(r *http.Request, sessions bool) (*caller, error) {
	if hasToken(r) {
		token, ok := auth.RequestToken(r)
		if !ok {
			return nil, errNobody
		}
		return s.byToken(r, token)
	}
	if !sessions || s.Session == nil {
		return nil, errNobody
	}
	who, ok := s.Session(r)
	if !ok {
		return nil, errNobody
	}
	return s.caller(r, who.Company, who.Member)
}
