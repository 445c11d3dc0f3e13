package connection

import (
	"context"
	"slices"
	"strings"

	"tahti/internal/account"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// An account may reach the calendars of colleagues: that of an administrator of a CRM reaches its whole company. Then one of our
// administrators may connect colleagues on it, each to what is theirs there by their e-mail address, and nothing else. The connection is
// the colleague's, who may pause, change and stop it like one that they made; what it brings in is theirs, and private where it is.
// It lives as long as the account's sign-in does.

// fits reports whether a calendar may be somebody's connection: what is known to be a colleague's is theirs alone. own says that the sign-in is
// that person's, too.
func fits(cal *provider.Calendar, user *crm.User, own bool) bool {
	return own && (cal.Owner == "" || cal.Primary) || cal.Owner != "" && strings.EqualFold(cal.Owner, user.Email)
}

// Own are those of an account's calendars that its owner may connect for themselves.
func Own(list []provider.Calendar, owner *crm.User) []provider.Calendar {
	return slices.DeleteFunc(slices.Clone(list), func(c provider.Calendar) bool { return !fits(&c, owner, true) })
}

// ownerOf is whose connection a request is for.
func (s *Service) ownerOf(ctx context.Context, who Who, r Request) (Who, error) {
	if r.User == 0 || r.User == who.User.ID {
		return who, nil
	}
	if !who.admin() || r.Account == 0 || r.Calendar == "" {
		return who, ErrNotYours
	}
	owner := Who{Company: who.Company}
	err := s.Store.View(ctx, who.Company, func(tx engine.Tx) (err error) {
		owner.User, err = tx.User(ctx, r.User)
		return err
	})
	if err == nil && !owner.User.Active {
		err = store.ErrNotFound
	}
	return owner, err
}

// Colleague is a user whom an account reaches, and what is theirs there.
type Colleague struct {
	User           crm.User
	Calendar, Name string
	Connected      bool // already, by whichever account
}

// Colleagues are the other users whom an account of an administrator's reaches, by their e-mail addresses. Errors: [ErrNotYours].
func (s *Service) Colleagues(ctx context.Context, who Who, accountID store.ID) (list []Colleague, err error) {
	if !who.admin() {
		return nil, ErrNotYours
	}
	acc, err := s.signIn(ctx, who, Request{Account: accountID})
	if err != nil {
		return nil, err
	}
	calendars, err := account.CalendarsOf(&acc)
	if err != nil {
		return nil, err
	}
	err = s.Store.View(ctx, who.Company, func(tx engine.Tx) error {
		list = nil
		users, err := tx.Users(ctx)
		if err != nil {
			return err
		}
		there, err := atPlace(ctx, tx, &acc)
		if err != nil {
			return err
		}
		for _, u := range users {
			i := slices.IndexFunc(calendars, func(c provider.Calendar) bool { return c.Owner != "" && strings.EqualFold(c.Owner, u.Email) })
			if i < 0 || u.ID == who.User.ID || !u.Active {
				continue
			}
			goesOn := func(c store.Connection) bool { return c.Calendar == calendars[i].ID && c.State != store.Stopped }
			list = append(list, Colleague{User: u, Calendar: calendars[i].ID, Name: calendars[i].Name, Connected: slices.ContainsFunc(there, goesOn)})
		}
		return nil
	})
	return list, err
}
