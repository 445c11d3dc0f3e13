package connection

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"tahti/internal/account/oauth"
	"tahti/internal/engine"
	"tahti/internal/store"
)

// Revoked is the reason of an account whose sign-in was forgotten.
const Revoked = "revoked"

// EndsWith are the connections that end when an account's sign-in is forgotten. Only its owner may ask.
func (s *Service) EndsWith(ctx context.Context, who Who, accountID store.ID) (acc store.Account, ends []store.Connection, err error) {
	err = s.Store.View(ctx, who.Company, func(tx engine.Tx) error {
		if acc, err = tx.Account(ctx, accountID); err != nil {
			return err
		}
		if acc.Member != who.User.ID {
			return ErrNotYours
		}
		all, err := ofAccount(ctx, tx, acc.ID)
		ends = slices.DeleteFunc(all, func(c store.Connection) bool { return c.State == store.Stopped })
		return err
	})
	return acc, ends, err
}

// Shared counts the connections of others that end with an account's consent: they have signed in to the same account, and a provider
// withdraws everything that was agreed to as one person.
func (s *Service) Shared(ctx context.Context, who Who, acc *store.Account) (n int, err error) {
	err = s.Store.View(ctx, who.Company, func(tx engine.Tx) error {
		accounts, err := tx.Accounts(ctx, 0)
		if err != nil {
			return err
		}
		same := map[store.ID]bool{}
		for _, a := range accounts {
			same[a.ID] = a.Member != acc.Member && a.Provider == acc.Provider && a.Server == acc.Server && a.Username == acc.Username
		}
		all, err := tx.Connections(ctx, 0)
		n = 0
		for _, c := range all {
			if same[c.Account] && c.State != store.Stopped {
				n++
			}
		}
		return err
	})
	return n, err
}

// Revoke ends the connections of an account, takes its consent back at the provider, and forgets its secret. keep is as in
// [Service.Stop]. withdrawn is false where the provider has nothing that a program could take back: an app password, or a consent
// that is withdrawn on the provider's own page only. After an error it may be asked again.
func (s *Service) Revoke(ctx context.Context, who Who, accountID store.ID, keep bool) (ended []store.Connection, withdrawn bool, err error) {
	acc, ended, err := s.EndsWith(ctx, who, accountID)
	if err != nil {
		return nil, false, err
	}
	for _, c := range ended {
		if _, err := s.stop(ctx, who, c.ID, keep, true); err != nil {
			return nil, false, err
		}
		if err := s.unwatch(ctx, who.Company, c); err != nil {
			return nil, false, err
		}
	}
	if s.Accounts.ByConsent(acc.Provider) {
		err := s.Accounts.Withdraw(ctx, who.Company, &acc)
		if err != nil && !errors.Is(err, oauth.ErrNoRevocation) {
			return nil, false, fmt.Errorf("withdraw consent: %w", err)
		}
		withdrawn = err == nil
	}
	err = s.Store.Tx(ctx, who.Company, func(tx engine.Tx) error {
		if acc, err = tx.Account(ctx, accountID); err != nil {
			return err
		}
		if err := tx.ForgetConsent(ctx, acc.ID); err != nil {
			return err
		}
		acc.Secret, acc.State, acc.Reason = nil, store.NeedsSignIn, Revoked
		if err := tx.PutAccount(ctx, &acc); err != nil {
			return err
		}
		return tx.AddAudit(ctx, store.Audit{At: s.now(), Login: who.User.Login, Member: who.User.ID, Action: "revoke", Subject: acc.Label})
	})
	return ended, withdrawn, err
}

// unwatch lets the provider tell no more of a connection that has been stopped: once the sign-in is forgotten, nobody could ask it
// to.
func (s *Service) unwatch(ctx context.Context, company store.ID, c store.Connection) error {
	if s.Watches == nil || c.Calendar == "" {
		return nil
	}
	remote, err := s.remote(ctx, company, c)
	if err != nil {
		remote = nil // it cannot be opened any more: there is nothing to ask it with
	}
	return s.Watches.Drop(ctx, company, c.ID, remote)
}
