package connection

import (
	"context"
	"fmt"
	"slices"
	"time"

	"tahti/internal/account"
	"tahti/internal/engine"
	"tahti/internal/lens"
	"tahti/internal/store"
)

// sameCalendar finds a connection of the same calendar of the same account: one that goes on, whoever's it is, since two
// of them would write everything twice; else the last that who has stopped.
func (s *Service) sameCalendar(ctx context.Context, tx engine.Tx, who Who, acc *store.Account, calendar string) (*store.Connection, error) {
	if calendar == "" {
		return nil, nil
	}
	there, err := atPlace(ctx, tx, acc)
	if err != nil {
		return nil, err
	}
	var stopped *store.Connection
	for _, c := range there {
		if c.Calendar != calendar {
			continue
		}
		if c.State != store.Stopped {
			return &c, nil
		}
		if c.Member == who.User.ID && (stopped == nil || c.Stopped.After(stopped.Stopped)) {
			stopped = &c
		}
	}
	return stopped, nil
}

// atPlace lists the connections of the company, whoever's they are, whose accounts are at the same place as one.
func atPlace(ctx context.Context, tx engine.Tx, acc *store.Account) ([]store.Connection, error) {
	all, err := tx.Connections(ctx, 0)
	if err != nil {
		return nil, err
	}
	accounts, err := tx.Accounts(ctx, 0)
	if err != nil {
		return nil, err
	}
	same := map[store.ID]bool{}
	for _, a := range accounts {
		same[a.ID] = account.SamePlace(&a, acc)
	}
	return slices.DeleteFunc(all, func(c store.Connection) bool { return !same[c.Account] }), nil
}

// ofAccount lists the connections of an account, those of colleagues, too.
func ofAccount(ctx context.Context, tx engine.Tx, acc store.ID) ([]store.Connection, error) {
	all, err := tx.Connections(ctx, 0)
	return slices.DeleteFunc(all, func(c store.Connection) bool { return c.Account != acc }), err
}

// keep is for how long a stopped connection's links and baseline stay good (design.md, Starting point).
const keep = 90 * 24 * time.Hour

// takeUp revives a stopped connection: its links are tied again, and a sweep shows what happened meanwhile.
func (s *Service) takeUp(ctx context.Context, tx engine.Tx, c store.Connection, at place, settings lens.Settings) (store.Connection, error) {
	stopped := c.Stopped
	before, err := Settings(&c)
	if err != nil {
		return c, err
	}
	if before.Start != settings.Start || !c.Baselined || s.now().Sub(c.Stopped) > keep {
		if err := s.startAnew(ctx, tx, &c); err != nil {
			return c, err
		}
	}
	since := stopped
	if at.calendar.Writable != c.Writable || string(before.JSON()) != string(settings.JSON()) {
		since = time.Time{} // what was kept here until then may be carried now
	}
	setCalendar(&c, at.calendar)
	c.Account, c.Settings = at.account.ID, settings.JSON()
	if err := s.Engine.LookAgain(ctx, tx, c); err != nil {
		return c, err // what other settings had kept out
	}
	if !unseen(&c) {
		if c.Reason, err = waitsBeside(ctx, tx, at.calendar.ID); err != nil {
			return c, err
		}
	}
	if err := s.begin(ctx, tx, &c); err != nil {
		return c, err
	}
	c.Cursor, c.Stopped = "", time.Time{}
	c.Health = store.Health{
		ExpectedIn: c.Health.ExpectedIn, ExpectedOut: c.Health.ExpectedOut, TakenOver: c.Health.TakenOver, OtherSync: c.Health.OtherSync,
		Limits: at.limits, // what came in from it is looked at by others before it runs
	}
	c.Revision++
	if err := tx.PutConnection(ctx, &c); err != nil {
		return c, fmt.Errorf("save connection: %w", err)
	}
	if err := tx.AttachLinks(ctx, c.ID); err != nil {
		return c, fmt.Errorf("tie links again: %w", err)
	}
	return c, s.markAll(ctx, tx, &c, since)
}

// startAnew gives a connection another starting point, now: what is there already is looked at again under it.
func (s *Service) startAnew(ctx context.Context, tx engine.Tx, c *store.Connection) error {
	c.Cursor, c.Baselined, c.HubAt, c.Started = "", false, s.now(), s.now()
	if err := tx.DeleteTwins(ctx, c.ID, ""); err != nil {
		return err
	}
	return tx.DeleteBaseline(ctx, c.ID)
}

// markLinked lets the next run look at everything that is tied: what was edited here while the connection was stopped
// shows as a difference from its shadow. What stood at a CRM as this user's and is a colleague's goes to theirs from now on.
func (s *Service) markLinked(ctx context.Context, tx engine.Tx, c *store.Connection) error {
	for after := store.ID(0); ; {
		links, err := tx.Links(ctx, c.ID, after, 500)
		if err != nil || len(links) == 0 {
			return err
		}
		for _, l := range links {
			after = l.ID
			if l.Activity == 0 {
				continue
			}
			if err := tx.PutWork(ctx, c.ID, fmt.Sprintf("a:%d", l.Activity), nil, s.now(), false); err != nil {
				return err
			}
			if !c.Health.Limits.Shared {
				continue
			}
			if err := s.Engine.Hub.Returned(ctx, tx, c, l.Activity); err != nil {
				return err
			}
		}
	}
}

// astray is how far the clock may have gone back, or another node's be behind, while a connection was stopped. What was marked for
// nothing is looked at, and left as it is.
const astray = 24 * time.Hour

// markSince lets the next run look at the activities that were made or edited while nobody marked them for the connection; zero: at all.
func (s *Service) markSince(ctx context.Context, tx engine.Tx, c store.Connection, since time.Time) error {
	f := store.ActivityFilter{Concerns: c.Member, Limit: 500, Sort: "id"}
	if !since.IsZero() {
		f.UpdatedSince = since.Add(-astray)
	}
	for {
		list, next, err := tx.Activities(ctx, f)
		if err != nil {
			return fmt.Errorf("list what changed since: %w", err)
		}
		for _, a := range list {
			if err := tx.PutWork(ctx, c.ID, fmt.Sprintf("a:%d", a.ID), nil, s.now(), false); err != nil {
				return err
			}
		}
		if f.After = next; next == "" {
			return nil
		}
	}
}
