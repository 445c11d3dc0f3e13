package connection

import (
	"context"
	"errors"
	"fmt"

	"tahti/internal/account"
	"tahti/internal/engine"
	"tahti/internal/store"
)

// Reconnect gives the account a new password. It heals all its connections, which keep settings and links (B2).
func (s *Service) Reconnect(ctx context.Context, who Who, accountID store.ID, sign account.Credentials) error {
	var acc store.Account
	err := s.Store.View(ctx, who.Company, func(tx engine.Tx) (err error) {
		acc, err = tx.Account(ctx, accountID)
		return err
	})
	if err != nil {
		return err
	}
	if acc.Member != who.User.ID && !who.admin() {
		return ErrNotYours
	}
	if err := s.Accounts.Rest(ctx, &acc, s.now()); err != nil {
		return err
	}
	if sign.URL == "" {
		sign.URL = acc.Server
	}
	if sign.Username == "" {
		sign.Username = acc.Username
	}
	confirmed, err := account.ConfirmedHosts(&acc)
	if err != nil {
		return err
	}
	sign.ConfirmHosts = append(confirmed, sign.ConfirmHosts...)
	found, err := s.Discover(ctx, who, acc.Provider, sign)
	if err != nil {
		return err
	}
	if found.Username != acc.Username || found.Server != acc.Server {
		return &ErrOtherAccount{Was: acc.Username, Is: found.Username}
	}
	err = s.Store.Tx(ctx, who.Company, func(tx engine.Tx) error {
		if acc, err = tx.Account(ctx, accountID); err != nil {
			return err
		}
		if err := s.Accounts.Renew(ctx, tx, &acc, sign, found); err != nil {
			return err
		}
		if err := s.heal(ctx, tx, &acc); err != nil {
			return err
		}
		return tx.AddAudit(ctx, store.Audit{At: s.now(), Login: who.User.Login, Member: who.User.ID, Action: "reconnect", Subject: fmt.Sprintf("account/%d", accountID)})
	})
	if err != nil {
		return err
	}
	return s.rights(ctx, who, accountID)
}

// healable are the states that a sign-in ends.
var healable = map[string]bool{store.PendingSignIn: true, store.NeedsSignIn: true, store.NeedsPermission: true, store.Retrying: true}

// heal lets the connections of an account go on that waited for a sign-in. What may be done in their calendars now is for [Service.rights].
func (s *Service) heal(ctx context.Context, tx engine.Tx, acc *store.Account) error {
	all, err := ofAccount(ctx, tx, acc.ID)
	if err != nil {
		return err
	}
	for _, c := range all {
		if !healable[c.State] {
			continue
		}
		c.State, c.Reason, c.Health.ErrorStatus = store.Active, "", ""
		if c.Calendar == "" {
			c.State = store.ChooseCalendar // it never had one
		} else if cal, err := calendarOf(acc, c.Calendar); err == nil {
			may := c.Writable
			setCalendar(&c, cal)
			c.Writable = may
		} else if !errors.Is(err, ErrNoCalendar) {
			return err
		}
		c.Revision++
		if err := tx.PutConnection(ctx, &c); err != nil {
			return err
		}
		if err := s.wake(ctx, tx, &c); err != nil {
			return err
		}
	}
	return nil
}

// wake asks for a run of a connection at once, if it has a calendar: choosing one asks for the first.
func (s *Service) wake(ctx context.Context, tx engine.Tx, c *store.Connection) error {
	if c.Calendar == "" {
		return nil
	}
	return tx.Wake(ctx, c.ID, s.now(), 0)
}

// ErrOtherAccount is a reconnection with somebody else's sign-in: that is "Add new account".
type ErrOtherAccount struct{ Was, Is string }

func (e *ErrOtherAccount) Error() string {
	return fmt.Sprintf("this is the account of %s, not of %s", e.Is, e.Was)
}
