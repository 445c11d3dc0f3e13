package connection

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"tahti/internal/engine"
	"tahti/internal/store"
)

// The reasons of connections whose rows were restored or copied: they may be old, or a second writer beside the original.
// Nothing is written on the strength of them before an administrator has seen what it would do (I25). The reason stays
// with a connection whatever else is done to it, stopping and connecting anew included, until that has happened.
const (
	Restored = "restored"
	Cloned   = "cloned"
)

// ErrLookFirst is an administrator's confirmation of something that nobody has looked at.
var ErrLookFirst = errors.New("a dry run has to show first what the connection would do")

// restoreDirection is that of holds after a restore: it is the calendars that they protect.
const restoreDirection = "out"

// unseen reports whether no administrator has looked at a connection since the data was restored or copied.
func unseen(c *store.Connection) bool { return c.Reason == Restored || c.Reason == Cloned }

// HoldAll holds every connection of a company, whose data was restored or copied. What rests already goes on resting, and
// is held when it would go on.
func (s *Service) HoldAll(ctx context.Context, company store.ID, reason string) error {
	return s.Store.Tx(ctx, company, func(tx engine.Tx) error {
		all, err := tx.Connections(ctx, 0)
		if err != nil {
			return err
		}
		for _, c := range all {
			// The watches are the original's: it lives perhaps, and is told through them.
			if err := tx.DeleteWatches(ctx, c.ID); err != nil {
				return err
			}
			c.Reason, c.Cursor = reason, ""
			switch c.State {
			case store.Stopped, store.Paused, store.ChooseCalendar, store.PendingSignIn:
			default:
				if err := s.hold(ctx, tx, &c); err != nil {
					return err
				}
			}
			c.Revision++
			if err := tx.PutConnection(ctx, &c); err != nil {
				return fmt.Errorf("save connection: %w", err)
			}
		}
		return nil
	})
}

// begin lets a connection that is stored go on, or holds it where no administrator has looked at it. The caller saves it.
func (s *Service) begin(ctx context.Context, tx engine.Tx, c *store.Connection) error {
	if unseen(c) {
		return s.hold(ctx, tx, c)
	}
	c.State, c.Reason = store.Active, ""
	return nil
}

// hold closes a connection, and asks for an administrator. What was looked at before no longer counts: the hold is a new
// one, also where the connection was held already.
func (s *Service) hold(ctx context.Context, tx engine.Tx, c *store.Connection) error {
	if err := s.closeRestore(ctx, tx, Who{}, c.ID, store.HoldRejected); err != nil {
		return err
	}
	c.State = store.Held
	h := store.Hold{
		Connection: c.ID, Direction: restoreDirection, Kind: store.HoldRestore, State: store.HoldOpen,
		Reason: c.Reason, Created: s.now(),
	}
	if err := tx.PutHold(ctx, &h); err != nil {
		return fmt.Errorf("save hold: %w", err)
	}
	return nil
}

// waitsBeside is the reason for which a connection to a calendar has to be held from its beginning: something else of the
// company waits for an administrator's look, or was stopped without one at this very calendar.
func waitsBeside(ctx context.Context, tx engine.Tx, calendar string) (string, error) {
	all, err := tx.Connections(ctx, 0)
	if err != nil {
		return "", err
	}
	for _, c := range all {
		if unseen(&c) && (c.State != store.Stopped || c.Calendar == calendar) {
			return c.Reason, nil
		}
	}
	return "", nil
}

// letGo lets a connection go on that was held after a restore, if who may decide it and has seen what it would do.
func (s *Service) letGo(ctx context.Context, tx engine.Tx, who Who, c *store.Connection, h *store.Hold) error {
	if !who.admin() {
		return ErrNotYours
	}
	looks, err := tx.DryRuns(ctx, c.ID, 0)
	if err != nil {
		return err
	}
	// By the order in which they were stored, and by no clock: one that has been set back since takes an old look for a new one.
	if !slices.ContainsFunc(looks, func(r store.Run) bool { return r.ID > h.ID && r.State == "done" }) {
		return ErrLookFirst
	}
	if c.State == store.Held {
		c.State = store.Active
	}
	c.Reason = ""
	return nil
}

// closeRestore ends the hold of a connection that is let go on, or stopped.
func (s *Service) closeRestore(ctx context.Context, tx engine.Tx, who Who, id store.ID, state string) error {
	h, err := tx.OpenHold(ctx, id, restoreDirection, store.HoldRestore)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	h.State, h.Decided, h.Member = state, s.now(), who.User.ID
	return tx.PutHold(ctx, &h)
}
