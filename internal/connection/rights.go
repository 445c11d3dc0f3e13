package connection

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// granted is a calendar in which its connection may do what it could not before, or no more.
type granted struct {
	connection store.Connection
	calendar   provider.Calendar
	user       crm.User
}

// rights has the connections of an account do what its calendars, as they were listed just now, let them: somebody has been given the right
// to write in one since it was connected, or has lost it. What was kept here for want of it goes out.
func (s *Service) rights(ctx context.Context, who Who, accountID store.ID) error {
	var acc store.Account
	var list []granted
	err := s.Store.View(ctx, who.Company, func(tx engine.Tx) (err error) {
		if acc, err = tx.Account(ctx, accountID); err != nil {
			return err
		}
		list, err = s.grantedSince(ctx, tx, &acc)
		return err
	})
	if err != nil {
		return err
	}
	for _, g := range list {
		// What else the server lets us do there was found out while it could only be read.
		if acc, err = s.probe(ctx, Who{Company: who.Company, User: g.user}, acc, g.connection.Calendar); err != nil {
			return err
		}
		if err := s.Store.Tx(ctx, who.Company, func(tx engine.Tx) error { return s.grant(ctx, tx, &acc, &g) }); err != nil {
			return fmt.Errorf("save what may be done in a calendar: %w", err)
		}
	}
	return nil
}

func (s *Service) grantedSince(ctx context.Context, tx engine.Tx, acc *store.Account) (list []granted, err error) {
	all, err := ofAccount(ctx, tx, acc.ID)
	if err != nil {
		return nil, err
	}
	for _, c := range all {
		if unready(&c) {
			continue // it takes what is so then when it is given its calendar, or connected again
		}
		cal, err := calendarOf(acc, c.Calendar)
		switch {
		case errors.Is(err, ErrNoCalendar), err == nil && cal.Writable == c.Writable:
			continue
		case err != nil:
			return nil, err
		}
		user, err := tx.User(ctx, c.Member)
		if err != nil {
			return nil, err
		}
		list = append(list, granted{c, cal, user})
	}
	return list, nil
}

func (s *Service) grant(ctx context.Context, tx engine.Tx, probed *store.Account, g *granted) error {
	if err := remember(ctx, tx, probed, g.connection.Calendar); err != nil {
		return err
	}
	c, err := tx.Connection(ctx, g.connection.ID)
	if err != nil || unready(&c) {
		return err
	}
	c.Writable = g.calendar.Writable
	c.Revision++
	if err := tx.PutConnection(ctx, &c); err != nil {
		return fmt.Errorf("save connection: %w", err)
	}
	if c.Writable {
		if err := s.markAll(ctx, tx, &c, time.Time{}); err != nil {
			return err
		}
	}
	return s.wake(ctx, tx, &c)
}

// markAll lets the next run look at everything that is tied, and at what was made or edited since a time; zero: ever.
func (s *Service) markAll(ctx context.Context, tx engine.Tx, c *store.Connection, since time.Time) error {
	if err := s.markLinked(ctx, tx, c); err != nil {
		return fmt.Errorf("mark what is tied: %w", err)
	}
	return s.markSince(ctx, tx, *c, since)
}
