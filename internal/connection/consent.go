package connection

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tahti/internal/account"
	"tahti/internal/account/oauth"
	"tahti/internal/engine"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// Patience is how long a person is thought to be still at the provider's page. After that they are asked what it said.
const Patience = 10 * time.Minute

// Why is the cause of a connection's state as a provider.Code, or empty. A sign-in that nobody came back from has none written
// down: the clock tells.
func Why(c *store.Connection, now time.Time) string {
	if c.State == store.PendingSignIn && c.Reason == "" && now.Sub(c.Started) >= Patience {
		return provider.CodeNoAnswer
	}
	return c.Reason
}

// Begin starts a connection whose account signs in by consent: it waits for the sign-in, under r's settings. page is where the
// person's browser has to go. In a browser, one that waits already is begun again and gets no second one beside it; a program's may
// wait beside each other, up to a number. Errors:
// [account.ErrUnknownProvider]; *[provider.Error] with [provider.CodeNotSetUp].
func (s *Service) Begin(ctx context.Context, who Who, r Request, browser string) (c store.Connection, page string, err error) {
	if _, err := s.Accounts.Client(r.Provider); err != nil {
		return c, "", err
	}
	settings, err := s.startSettings(ctx, who, r.Settings)
	if err != nil {
		return c, "", err
	}
	server, err := s.Accounts.Locate(ctx, r.Provider, r.Sign)
	if err != nil {
		return c, "", s.refused(ctx, who, account.EWS, r.Sign, err)
	}
	err = s.Store.Tx(ctx, who.Company, func(tx engine.Tx) error {
		now := s.now()
		acc := store.Account{Member: who.User.ID, Provider: r.Provider, State: store.PendingSignIn, Created: now}
		c = store.Connection{Member: who.User.ID, Provider: r.Provider, State: store.PendingSignIn, Created: now}
		beside := 0
		if browser == "" {
			beside = maxWaiting - 1
		}
		if err := s.waitingFor(ctx, tx, who, &acc, &c, beside); err != nil {
			return err
		}
		if acc.ID == 0 || acc.Username == "" && acc.Server != server { // one that waits may have been begun for another server
			acc.Server = server
			if err := tx.PutAccount(ctx, &acc); err != nil {
				return fmt.Errorf("save account: %w", err)
			}
		}
		c.Account, c.Settings, c.Reason, c.Started, c.HubAt = acc.ID, settings.JSON(), "", now, now
		c.Health.ErrorStatus = ""
		if err := tx.PutConnection(ctx, &c); err != nil {
			return fmt.Errorf("save connection: %w", err)
		}
		page, err = s.Accounts.Begin(ctx, tx, &acc, account.Wish{Redirect: s.Redirect, Browser: browser}, now)
		return err
	})
	return c, page, err
}

// maxWaiting is how many connections of a person's may wait for a first sign-in at a provider. Programs begin each anew.
const maxWaiting = 20

// waitingFor finds the oldest connection that waits for a first sign-in at a provider already, where more than some do.
func (s *Service) waitingFor(ctx context.Context, tx engine.Tx, who Who, acc *store.Account, c *store.Connection, beside int) error {
	all, err := tx.Connections(ctx, who.User.ID)
	if err != nil {
		return err
	}
	waiting := slices.DeleteFunc(all, func(x store.Connection) bool { return x.State != store.PendingSignIn || x.Provider != acc.Provider })
	if len(waiting) <= beside {
		return nil
	}
	oldest := slices.MinFunc(waiting, func(a, b store.Connection) int { return a.Started.Compare(b.Started) })
	if *acc, err = tx.Account(ctx, oldest.Account); err != nil {
		return err
	}
	*c = oldest
	c.Revision++
	return nil
}

// BeginAgain sends a person to the provider's page once more, for an account of theirs: to reconnect it, or because the first
// sign-in did not end well. With more, it asks for these permissions alone, which a wish takes, beside those that are given.
func (s *Service) BeginAgain(ctx context.Context, who Who, accountID store.ID, browser string, more ...string) (acc store.Account, page string, err error) {
	// Nobody can sign in for somebody else. While the account rests its calendars could not be listed.
	if acc, err = s.signIn(ctx, who, Request{Account: accountID}); err == nil {
		err = s.Accounts.Rest(ctx, &acc, s.now())
	}
	if err != nil {
		return acc, "", err
	}
	err = s.Store.Tx(ctx, who.Company, func(tx engine.Tx) error {
		if acc, err = tx.Account(ctx, accountID); err != nil {
			return err
		}
		err := s.eachOf(ctx, tx, &acc, func(c *store.Connection) bool {
			waits := c.State == store.PendingSignIn
			if waits {
				c.Reason, c.Started, c.Health.ErrorStatus = "", s.now(), ""
			}
			return waits
		})
		if err != nil {
			return err
		}
		// Where nothing could be withdrawn at the provider, its page would not ask again by itself.
		wish := account.Wish{Redirect: s.Redirect, Browser: browser, Afresh: acc.Reason == Revoked, More: more}
		page, err = s.Accounts.Begin(ctx, tx, &acc, wish, s.now())
		return err
	})
	return acc, page, err
}

// eachOf changes the connections of an account for which f says so.
func (s *Service) eachOf(ctx context.Context, tx engine.Tx, acc *store.Account, f func(c *store.Connection) bool) error {
	all, err := ofAccount(ctx, tx, acc.ID)
	if err != nil {
		return err
	}
	for _, c := range all {
		if !f(&c) {
			continue
		}
		c.Revision++
		if err := tx.PutConnection(ctx, &c); err != nil {
			return fmt.Errorf("save connection: %w", err)
		}
	}
	return nil
}

// Arrive ends a sign-in with what the provider's page has sent back, and answers its account: with its calendars to choose from, or
// healed with all its connections (B2). account.ID is 0 where the sign-in is not known. Errors: *[provider.Error] with a code of
// provider/consent.go; *[ErrOtherAccount].
func (s *Service) Arrive(ctx context.Context, who Who, back oauth.Callback, browser string) (acc store.Account, err error) {
	var r account.Returned
	err = s.Store.Tx(ctx, who.Company, func(tx engine.Tx) error {
		if r, err = s.Accounts.Return(ctx, tx, who.User.ID, back.State, browser, s.now()); err != nil || r.Account == 0 {
			return err
		}
		acc, err = tx.Account(ctx, r.Account)
		return err
	})
	if err == nil {
		err = r.Err
	}
	if err == nil {
		err = s.Accounts.Answered(acc.Provider, back)
	}
	if err != nil {
		return acc, err // whatever came has nothing to do with the sign-in that waits: it goes on waiting
	}
	agreed, err := s.agreed(ctx, &acc, r, back)
	if err == nil {
		acc, err = s.admit(ctx, who, acc, agreed)
	}
	if err != nil {
		return acc, errors.Join(err, s.noteFailure(ctx, who, &acc, err))
	}
	return acc, nil
}

// agreed finds out what the person has agreed to, and as whom.
func (s *Service) agreed(ctx context.Context, acc *store.Account, r account.Returned, back oauth.Callback) (account.Consent, error) {
	if err := back.Err(); err != nil {
		return account.Consent{}, err
	}
	c, err := s.Accounts.Exchange(ctx, acc.Provider, r.Begun, back.Code)
	if err == nil && acc.Username != "" && acc.Username != c.Identity.Subject {
		err = &ErrOtherAccount{Was: acc.Label, Is: c.Identity.Email}
	}
	return c, err
}

// admit saves a consent. A permission that was left out is named before anything else happens: the calendar is not even
// looked at.
func (s *Service) admit(ctx context.Context, who Who, acc store.Account, c account.Consent) (_ store.Account, err error) {
	var left error
	d := account.Discovery{Username: c.Identity.Subject, Label: c.Identity.Email}
	if len(c.Missing) > 0 {
		left = &provider.Error{
			Op: "sign in", Class: provider.SignIn, Code: provider.CodeMissingPermission, Status: "not granted: " + strings.Join(c.Missing, " "),
		}
		if acc.Username != "" {
			return acc, left // what was agreed to before may be more
		}
		if d.Server, err = s.Accounts.ServerOf(&acc, &c); err != nil {
			return acc, err
		}
	} else {
		if err = s.Accounts.Rest(ctx, &acc, s.now()); err != nil {
			return acc, err
		}
		if d, err = s.Accounts.Look(ctx, &acc, c); err != nil {
			return acc, fmt.Errorf("list calendars: %w", err)
		}
	}
	waiting := acc
	err = s.Store.Tx(ctx, who.Company, func(tx engine.Tx) error {
		acc = waiting // a transaction may be run again, and an earlier try may have joined it to another
		return s.keepConsent(ctx, tx, who, &acc, c, d)
	})
	if err == nil && left == nil {
		err = s.rights(ctx, who, acc.ID)
	}
	return acc, errors.Join(left, err)
}

// keepConsent gives an account its consent. Where the person has the same account already, that one gets it, and the connections
// of the new one.
func (s *Service) keepConsent(ctx context.Context, tx engine.Tx, who Who, acc *store.Account, c account.Consent, d account.Discovery) error {
	// Meanwhile it may have been told to rest, or another sign-in may have ended: for it, or as the same person.
	if err := tx.HoldAccounts(ctx, acc.Member); err != nil {
		return err
	}
	now, err := tx.Account(ctx, acc.ID)
	if err != nil {
		return err
	}
	*acc = now
	if acc.Username != "" && acc.Username != c.Identity.Subject {
		return &ErrOtherAccount{Was: acc.Label, Is: c.Identity.Email}
	}
	action := "reconnect"
	if acc.Username == "" {
		action = "add_account"
		known, err := s.known(ctx, tx, acc, d)
		if err != nil {
			return err
		}
		if known != nil {
			if len(c.Missing) > 0 {
				return nil // it has more already
			}
			if err := s.join(ctx, tx, acc, known); err != nil {
				return err
			}
		}
	} else if len(c.Missing) > 0 {
		return nil // likewise
	}
	if err := s.Accounts.Agree(ctx, tx, acc, c, d); err != nil {
		return err
	}
	err = tx.AddAudit(ctx, store.Audit{At: s.now(), Login: who.User.Login, Member: who.User.ID, Action: action, Subject: acc.Label})
	if err != nil {
		return err
	}
	if len(c.Missing) == 0 {
		return s.heal(ctx, tx, acc)
	}
	return s.eachOf(ctx, tx, acc, func(x *store.Connection) bool {
		waits := x.State == store.PendingSignIn
		if waits {
			x.State, x.Reason = store.NeedsPermission, provider.CodeMissingPermission
		}
		return waits
	})
}

// known is the account that the person has under the same identity already; nil if there is none.
func (s *Service) known(ctx context.Context, tx engine.Tx, acc *store.Account, d account.Discovery) (*store.Account, error) {
	all, err := tx.Accounts(ctx, acc.Member)
	if err != nil {
		return nil, err
	}
	for _, x := range all {
		if x.ID != acc.ID && x.Provider == acc.Provider && x.Server == d.Server && x.Username == d.Username {
			return &x, nil
		}
	}
	return nil, nil
}

// join puts the connections of an account that nobody has signed in to under another, and deletes it.
func (s *Service) join(ctx context.Context, tx engine.Tx, acc, known *store.Account) error {
	err := s.eachOf(ctx, tx, acc, func(c *store.Connection) bool { c.Account = known.ID; return true })
	if err != nil {
		return err
	}
	if err := tx.DeleteConsent(ctx, acc.ID); err != nil {
		return err
	}
	if err := tx.DeleteAccount(ctx, acc.ID); err != nil {
		return err
	}
	*acc = *known
	return nil
}

// noteFailure writes the cause on the connections that wait for the sign-in.
func (s *Service) noteFailure(ctx context.Context, who Who, acc *store.Account, cause error) error {
	code, status := provider.CodeOtherAccount, ""
	if e, ok := errors.AsType[*provider.Error](cause); ok {
		if code, status = e.Code, e.Status; code == "" {
			code = e.Class.String()
		}
	} else if _, ok := errors.AsType[*ErrOtherAccount](cause); !ok {
		return nil // ours: it is logged, and the page says so
	}
	return s.Store.Tx(ctx, who.Company, func(tx engine.Tx) error {
		return s.eachOf(ctx, tx, acc, func(c *store.Connection) bool {
			waits := c.State == store.PendingSignIn
			if waits {
				c.Reason, c.Health.ErrorStatus = code, status
			}
			return waits
		})
	})
}

// Said notes what the provider's page has said, where it did not send the person back: a code of provider/consent.go, and the
// provider's own codes. Errors: *[ErrState] where nobody waits for a sign-in.
func (s *Service) Said(ctx context.Context, who Who, id store.ID, code, status string) (c store.Connection, err error) {
	err = s.Store.Tx(ctx, who.Company, func(tx engine.Tx) error {
		if c, err = s.load(ctx, tx, who, id); err != nil {
			return err
		}
		if c.State != store.PendingSignIn {
			return &ErrState{State: c.State, Action: "say what the sign-in page said"}
		}
		c.Reason, c.Health.ErrorStatus = code, status
		c.Revision++
		return tx.PutConnection(ctx, &c)
	})
	return c, err
}
