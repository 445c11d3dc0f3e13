package connection

import (
	"context"
	"fmt"

	"tahti/internal/engine"
	"tahti/internal/lens"
	"tahti/internal/store"
)

// choosing reads what a connection without a calendar chooses among, and under which settings.
func (s *Service) choosing(ctx context.Context, who Who, id store.ID) (acc store.Account, settings lens.Settings, err error) {
	err = s.Store.View(ctx, who.Company, func(tx engine.Tx) error {
		c, err := s.load(ctx, tx, who, id)
		if err != nil {
			return err
		}
		if c.State != store.ChooseCalendar {
			return &ErrState{State: c.State, Action: "choose a calendar"}
		}
		if settings, err = Settings(&c); err != nil {
			return err
		}
		acc, err = tx.Account(ctx, c.Account)
		return err
	})
	return acc, settings, err
}

// ChooseCalendar gives a connection its calendar, once. Where who had that calendar connected before and stopped, the old
// connection is taken up with its links and answered, under the new one's settings, and the new one ends.
func (s *Service) ChooseCalendar(ctx context.Context, who Who, id store.ID, calendar string) (store.Connection, error) {
	acc, settings, err := s.choosing(ctx, who, id)
	if err != nil {
		return store.Connection{}, err
	}
	at, err := s.suitable(ctx, who, acc, calendar, settings)
	if err == nil && at.calendar.Owner != "" && !at.calendar.Primary {
		err = fmt.Errorf("%w: %s is a colleague's", ErrNoCalendar, calendar)
	}
	if err != nil {
		return store.Connection{}, err
	}
	var chosen store.Connection
	fresh, err := s.change(ctx, who, id, "choose_calendar", func(tx engine.Tx, c *store.Connection) error {
		if c.State != store.ChooseCalendar {
			return &ErrState{State: c.State, Action: "choose a calendar"}
		}
		if err := remember(ctx, tx, &at.account, calendar); err != nil {
			return err
		}
		owner := who
		owner.User.ID = c.Member // an administrator may choose for somebody
		old, err := s.sameCalendar(ctx, tx, owner, &at.account, calendar)
		switch {
		case err != nil:
			return err
		case old != nil && old.State != store.Stopped:
			return &ErrAlreadyConnected{ID: old.ID}
		case old == nil:
			setCalendar(c, at.calendar)
			c.Started, c.HubAt, c.Health.Limits = s.now(), s.now(), at.limits
			if !unseen(c) {
				if c.Reason, err = waitsBeside(ctx, tx, calendar); err != nil {
					return err
				}
			}
			if err := s.begin(ctx, tx, c); err != nil {
				return err
			}
			chosen = *c
			return nil
		}
		settings, err := Settings(c)
		if err != nil {
			return err
		}
		if chosen, err = s.takeUp(ctx, tx, *old, at, settings); err != nil {
			return err
		}
		c.State, c.Stopped = store.Stopped, s.now()
		return tx.Wake(ctx, chosen.ID, s.now(), 0)
	})
	if err != nil || chosen.ID == fresh.ID {
		return fresh, err
	}
	return chosen, nil
}
