package connection

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tahti/internal/account"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/lens"
	"tahti/internal/store"
)

// Remotes opens the calendar of a connection for a call outside of runs.
type Remotes interface {
	Remote(company store.ID, c store.Connection, a store.Account) (engine.Remote, error)
}

// Gate is the company-wide stop as writes meet it.
type Gate interface {
	Shut(company store.ID)
	Open(company store.ID)
}

// Ends tell of the end of runs: the channel is closed when the next run of a connection has ended in this process.
type Ends interface {
	Ended(company, connection store.ID) <-chan struct{}
}

// Watches are what providers were asked to tell of by themselves.
type Watches interface {
	// Drop ends those of a connection, and forgets them.
	Drop(ctx context.Context, company, connection store.ID, remote engine.Remote) error
}

// Service acts on connections. It holds no state.
type Service struct {
	Store    engine.Store
	Engine   *engine.Engine
	Accounts *account.Service
	Remotes  Remotes
	Gate     Gate
	Ends     Ends    // may be nil; then it looks more often
	Watches  Watches // may be nil: nobody tells
	// Redirect is where providers' sign-in pages send people back to.
	Redirect string
	// Count counts the requests to providers that are sent under the context that it answers; nil: nobody does.
	Count func(context.Context) (context.Context, func() int)
	// Wait lets time pass between two looks at a run that is to end; nil: so much of the clock's.
	Wait func(context.Context, time.Duration) error
}

// Who asks: a user of a company.
type Who struct {
	Company store.ID
	User    crm.User
	ending  bool // all connections of an account of theirs
}

func (w Who) admin() bool { return w.User.Role == crm.Administrator }

// ErrNotYours is a connection of somebody else's.
var ErrNotYours = errors.New("this connection belongs to somebody else")

// ErrAlreadyConnected is a calendar that is connected already; ID is the connection.
type ErrAlreadyConnected struct{ ID store.ID }

func (e *ErrAlreadyConnected) Error() string {
	return fmt.Sprintf("this calendar is connected already, as connection %d", e.ID)
}

// ErrState is an action that the connection's state does not allow.
type ErrState struct{ State, Action string }

func (e *ErrState) Error() string {
	return fmt.Sprintf("a connection that is %s cannot be asked to %s", e.State, e.Action)
}

// ErrKeptOut is an activity that cannot be synced by itself, as more keeps it out of a connection than the starting point.
type ErrKeptOut struct{ Reason lens.Reason }

func (e *ErrKeptOut) Error() string { return fmt.Sprintf("it is kept out: %s", e.Reason) }

func (s *Service) now() time.Time { return s.Engine.Clock.Now() }

// load reads a connection that who may act on.
func (s *Service) load(ctx context.Context, tx engine.Tx, who Who, id store.ID) (store.Connection, error) {
	c, err := tx.Connection(ctx, id)
	if err != nil {
		return c, err
	}
	if c.Member == who.User.ID || who.admin() {
		return c, nil
	}
	if who.ending {
		if a, err := tx.Account(ctx, c.Account); err != nil || a.Member == who.User.ID {
			return c, err
		}
	}
	return c, ErrNotYours
}

// Get answers one connection.
func (s *Service) Get(ctx context.Context, who Who, id store.ID) (c store.Connection, err error) {
	err = s.Store.View(ctx, who.Company, func(tx engine.Tx) error {
		c, err = s.load(ctx, tx, who, id)
		return err
	})
	return c, err
}

// List answers the connections of a user; of everybody for an administrator who asks so. Stopped ones are left out.
func (s *Service) List(ctx context.Context, who Who, everybody bool) (list []store.Connection, err error) {
	member := who.User.ID
	if everybody && who.admin() {
		member = 0
	}
	err = s.Store.View(ctx, who.Company, func(tx engine.Tx) error {
		all, err := tx.Connections(ctx, member)
		list = list[:0]
		for _, c := range all {
			if c.State != store.Stopped {
				list = append(list, c)
			}
		}
		return err
	})
	return list, err
}

// change saves what a person did to a connection, and wakes it.
func (s *Service) change(ctx context.Context, who Who, id store.ID, action string, f func(tx engine.Tx, c *store.Connection) error) (c store.Connection, err error) {
	err = s.Store.Tx(ctx, who.Company, func(tx engine.Tx) error {
		if c, err = s.load(ctx, tx, who, id); err != nil {
			return err
		}
		if err := f(tx, &c); err != nil {
			return err
		}
		c.Revision++
		if err := tx.PutConnection(ctx, &c); err != nil {
			return fmt.Errorf("save connection: %w", err)
		}
		if err := audit(ctx, tx, s.now(), who, action, id); err != nil {
			return err
		}
		return tx.Wake(ctx, id, s.now(), 0)
	})
	return c, err
}

func audit(ctx context.Context, tx engine.Tx, now time.Time, who Who, action string, id store.ID) error {
	return tx.AddAudit(ctx, store.Audit{
		At: now, Login: who.User.Login, Member: who.User.ID, Action: action, Subject: fmt.Sprintf("connection/%d", id),
	})
}

// Settings reads a connection's settings.
func Settings(c *store.Connection) (lens.Settings, error) {
	return lens.ParseSettings(lens.Defaults(), c.Settings)
}
