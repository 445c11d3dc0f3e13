package connection

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tahti/internal/engine"
	"tahti/internal/store"
)

// Pause lets a connection rest until [Service.Resume].
func (s *Service) Pause(ctx context.Context, who Who, id store.ID) (store.Connection, error) {
	return s.change(ctx, who, id, "pause", func(_ engine.Tx, c *store.Connection) error {
		// What is held waits for an administrator (I25): pausing and resuming it must not be a way around that.
		if unready(c) || c.State == store.Held {
			return &ErrState{State: c.State, Action: "pause"}
		}
		c.State = store.Paused
		if !unseen(c) {
			c.Reason = ""
		}
		return nil
	})
}

// Resume lets a paused connection go on; or one that is held since the data was restored or copied, for an administrator
// who has seen by a dry run what it would do. Errors: ErrLookFirst.
func (s *Service) Resume(ctx context.Context, who Who, id store.ID) (store.Connection, error) {
	return s.change(ctx, who, id, "resume", func(tx engine.Tx, c *store.Connection) error {
		if c.State != store.Paused && c.State != store.Held {
			return &ErrState{State: c.State, Action: "resume"}
		}
		if c.State == store.Paused {
			return s.begin(ctx, tx, c)
		}
		if !who.admin() {
			return ErrNotYours
		}
		h, err := tx.OpenHold(ctx, id, restoreDirection, store.HoldRestore)
		if errors.Is(err, store.ErrNotFound) {
			c.State, c.Reason = store.Active, ""
			return nil
		}
		if err != nil {
			return err
		}
		if err := s.letGo(ctx, tx, who, c, &h); err != nil {
			return err
		}
		return s.closeRestore(ctx, tx, who, id, store.HoldConfirmed)
	})
}

// Stop ends a connection. keep leaves what sync made where it is; else our events leave the calendar, and the activities
// that came in from it leave the CRM. What was there before is never touched. Links and baseline stay for 90 days, in case
// the same calendar is connected again.
func (s *Service) Stop(ctx context.Context, who Who, id store.ID, keep bool) (store.Connection, error) {
	return s.stop(ctx, who, id, keep, false)
}

// stop ends a connection. withAccount: it ends with its account, whose owner may end those of colleagues, too.
func (s *Service) stop(ctx context.Context, who Who, id store.ID, keep, withAccount bool) (store.Connection, error) {
	if withAccount {
		who.ending = true
	}
	if !keep {
		if err := s.clean(ctx, who, id); err != nil {
			return store.Connection{}, fmt.Errorf("remove what sync made: %w", err)
		}
	}
	return s.change(ctx, who, id, "stop", func(tx engine.Tx, c *store.Connection) error {
		if c.State == store.Stopped {
			return nil
		}
		return s.end(ctx, tx, who, c, keep)
	})
}

// end stops a connection whose events are dealt with. The caller saves it.
func (s *Service) end(ctx context.Context, tx engine.Tx, who Who, c *store.Connection, keep bool) error {
	c.State, c.Stopped = store.Stopped, s.now()
	if !unseen(c) {
		c.Reason = ""
	}
	if !keep {
		c.Baselined = false // connected again, it starts as a new one
	}
	if err := s.closeRestore(ctx, tx, who, c.ID, store.HoldRejected); err != nil {
		return err
	}
	if err := s.Engine.StepBack(ctx, tx, *c); err != nil {
		return fmt.Errorf("hand shared meetings over: %w", err)
	}
	return tx.DetachLinks(ctx, c.ID)
}

// clean removes what sync made, while the connection rests.
func (s *Service) clean(ctx context.Context, who Who, id store.ID) error {
	c, err := s.change(ctx, who, id, "clean", func(_ engine.Tx, c *store.Connection) error {
		// What rested when the data was restored or copied is not held, and waits for an administrator all the same (I25).
		if c.State == store.Stopped || (c.State == store.Held || unseen(c)) && !who.admin() {
			return &ErrState{State: c.State, Action: "remove what it made"}
		}
		c.State = store.Paused
		c.Cursor = "" // should this break off, and the connection go on, what it has taken out of the CRM has to be listed again
		if !unseen(c) {
			c.Reason = "cleaning"
		}
		return nil
	})
	if err != nil {
		return err
	}
	if c.Calendar == "" {
		return nil // it never had one
	}
	remote, err := s.remote(ctx, who.Company, c)
	if err != nil {
		return err
	}
	if err := s.quiet(ctx, who.Company, id); err != nil {
		return err
	}
	return s.Engine.Clean(ctx, engine.Target{Company: who.Company, Connection: id, Remote: remote})
}

// ErrBusy is a run that has not ended in time; asking again later is all there is to do.
var ErrBusy = errors.New("a run of this connection is still under way")

const (
	look     = 30 * time.Millisecond // between two looks at a run
	patience = 1000                  // looks
)

// quiet waits for the run that is under way to see that the connection rests: what it is writing would be missed.
func (s *Service) quiet(ctx context.Context, company, id store.ID) error {
	for range patience {
		var running bool
		err := s.Store.View(ctx, company, func(tx engine.Tx) error {
			runs, err := tx.Runs(ctx, id, 1)
			running = len(runs) > 0 && runs[0].Finished.IsZero()
			return err
		})
		if err != nil || !running {
			return err
		}
		if err := s.wait(ctx, look); err != nil {
			return err
		}
	}
	return ErrBusy
}

func (s *Service) wait(ctx context.Context, d time.Duration) error {
	if s.Wait != nil {
		return s.Wait(ctx, d)
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// StopAll is the company-wide stop: when it has answered, no further write leaves.
func (s *Service) StopAll(ctx context.Context, who Who) error {
	if !who.admin() {
		return ErrNotYours
	}
	if err := s.setStopped(ctx, who, s.now(), "stop_all"); err != nil {
		return err
	}
	s.Gate.Shut(who.Company)
	return nil
}

// ResumeAll ends the company-wide stop.
func (s *Service) ResumeAll(ctx context.Context, who Who) error {
	if !who.admin() {
		return ErrNotYours
	}
	if err := s.setStopped(ctx, who, time.Time{}, "resume_all"); err != nil {
		return err
	}
	s.Gate.Open(who.Company)
	return s.Store.Tx(ctx, who.Company, func(tx engine.Tx) error {
		all, err := tx.Connections(ctx, 0)
		if err != nil {
			return err
		}
		for _, c := range all {
			if err := tx.Wake(ctx, c.ID, s.now(), 1); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Service) setStopped(ctx context.Context, who Who, at time.Time, action string) error {
	return s.Store.Tx(ctx, who.Company, func(tx engine.Tx) error {
		c, err := tx.GetCompany(ctx)
		if err != nil {
			return err
		}
		c.Stopped = at
		if err := tx.PutCompany(ctx, c); err != nil {
			return err
		}
		return tx.AddAudit(ctx, store.Audit{At: s.now(), Login: who.User.Login, Member: who.User.ID, Action: action, Subject: "company"})
	})
}
