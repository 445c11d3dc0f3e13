package connection

import (
	"context"
	"fmt"
	"time"

	"tahti/internal/engine"
	"tahti/internal/lens"
	"tahti/internal/store"
)

func (s *Service) remote(ctx context.Context, company store.ID, c store.Connection) (engine.Remote, error) {
	acc, err := s.accountOf(ctx, company, c)
	if err != nil {
		return nil, err
	}
	return s.Remotes.Remote(company, c, acc)
}

// rested is the calendar's side of a connection whose account need not rest now.
func (s *Service) rested(ctx context.Context, company store.ID, c store.Connection) (engine.Remote, error) {
	acc, err := s.accountOf(ctx, company, c)
	if err != nil {
		return nil, err
	}
	if err := s.Accounts.Rest(ctx, &acc, s.now()); err != nil {
		return nil, err
	}
	return s.Remotes.Remote(company, c, acc)
}

func (s *Service) accountOf(ctx context.Context, company store.ID, c store.Connection) (acc store.Account, err error) {
	err = s.Store.View(ctx, company, func(tx engine.Tx) (err error) {
		acc, err = tx.Account(ctx, c.Account)
		return err
	})
	return acc, err
}

// SyncNow asks for a run at once and answers which wish that is; [Service.Await] waits for the run.
func (s *Service) SyncNow(ctx context.Context, who Who, id store.ID) (wish int64, err error) {
	now := s.now()
	var acc store.Account
	err = s.Store.View(ctx, who.Company, func(tx engine.Tx) error {
		c, err := s.load(ctx, tx, who, id)
		if err != nil {
			return err
		}
		if c.State != store.Active && c.State != store.Retrying {
			return &ErrState{State: c.State, Action: "sync"}
		}
		acc, err = tx.Account(ctx, c.Account)
		return err
	})
	if err == nil {
		err = s.Accounts.Rest(ctx, &acc, now) // it runs by itself as soon as it may
	}
	if err != nil {
		return 0, err
	}
	err = s.Store.Tx(ctx, who.Company, func(tx engine.Tx) error {
		if err := tx.Wake(ctx, id, now, 0); err != nil {
			return err
		}
		w, err := tx.GetWake(ctx, id)
		wish = w.Wanted
		return err
	})
	return wish, err
}

// DryRun says what a run would do: it writes on neither side. Its figures are stored as a run of its own kind, for the
// create brake's measure and for who has to have seen them.
func (s *Service) DryRun(ctx context.Context, who Who, id store.ID) (store.Run, error) {
	run := store.Run{Connection: id, Kind: store.RunDry, State: "done", Started: s.now()}
	c, err := s.Get(ctx, who, id)
	if err != nil {
		return run, err
	}
	if unready(&c) {
		return run, &ErrState{State: c.State, Action: "say what it would do"}
	}
	remote, err := s.remote(ctx, who.Company, c)
	if err != nil {
		return run, err
	}
	requests := func() int { return 0 }
	if s.Count != nil {
		ctx, requests = s.Count(ctx)
	}
	counts, err := s.Engine.DryRun(ctx, engine.Target{Company: who.Company, Connection: id, Remote: remote}, nil)
	if err != nil {
		return run, fmt.Errorf("dry run: %w", err)
	}
	if _, ok := counts[engine.WouldMail]; !ok {
		counts[engine.WouldMail] = 0 // nobody, which is the answer
	}
	run.Counts, run.Requests, run.Finished = counts, requests(), s.now()
	err = s.Store.Tx(ctx, who.Company, func(tx engine.Tx) error {
		now, err := tx.Connection(ctx, id)
		if err != nil {
			return err
		}
		if unseen(&now) && now.Revision != c.Revision {
			return ErrLookFirst // it was held, or set otherwise, while this looked
		}
		run.ID = 0
		if err := tx.PutRun(ctx, &run); err != nil {
			return fmt.Errorf("save dry run: %w", err)
		}
		// The brake counts over a rolling day: what was made in it already is part of what was foreseen.
		made := map[string]int{}
		for _, direction := range []string{"in", "out"} {
			if made[direction], err = tx.TallySince(ctx, id, direction, "create", s.now().Add(-24*time.Hour)); err != nil {
				return err
			}
		}
		now.Health.ExpectedIn, now.Health.ExpectedOut = made["in"]+counts[engine.CreatedInCRM], made["out"]+counts[engine.CreatedInCalendar]
		return tx.PutConnection(ctx, &now)
	})
	return run, err
}

// unready reports a connection that has no calendar, or none any more.
func unready(c *store.Connection) bool {
	return c.State == store.Stopped || c.State == store.ChooseCalendar || c.State == store.PendingSignIn
}

// SyncOne carries one activity out now, whatever the starting point says. It is a wish for the next run, and nobody's setting: where
// anything else keeps the activity out as well, nothing would come of it, and it is refused. Errors: *[ErrState], *[ErrKeptOut].
func (s *Service) SyncOne(ctx context.Context, who Who, id, activity store.ID) error {
	_, err := s.change(ctx, who, id, "sync_one", func(tx engine.Tx, c *store.Connection) error {
		if unready(c) {
			return &ErrState{State: c.State, Action: "sync"}
		}
		x, err := s.Engine.Explain(ctx, tx, id, activity)
		if err != nil {
			return err
		}
		if why := besidesStart(&x); why != "" {
			return &ErrKeptOut{why}
		}
		return tx.PutWork(ctx, id, fmt.Sprintf("a:%d", activity), []byte(engine.AnyStart), s.now(), true)
	})
	return err
}

// besidesStart is the first reason that keeps something out and is not cleared away by syncing it, as the starting point is; empty: there
// is none.
func besidesStart(x *engine.Explanation) lens.Reason {
	switch x.Reason {
	case lens.InScope, lens.AlreadyLinked, lens.BeforeStart:
	default:
		return x.Reason // also where its waiting for something else is what the explanation names
	}
	for _, o := range x.Obstacles {
		if o.Reason != "" && o.Remedy != lens.SyncOne {
			return o.Reason
		}
	}
	return ""
}
