package connection

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"tahti/internal/engine"
	"tahti/internal/lens"
	"tahti/internal/store"
)

// Waiting lists what a connection still has to deal with.
func (s *Service) Waiting(ctx context.Context, who Who, id, after store.ID, limit int) (list []store.Work, err error) {
	err = s.Store.View(ctx, who.Company, func(tx engine.Tx) error {
		if _, err := s.load(ctx, tx, who, id); err != nil {
			return err
		}
		list, err = tx.ListWork(ctx, id, after, limit)
		return err
	})
	return list, err
}

// Retry lets an item be tried again now.
func (s *Service) Retry(ctx context.Context, who Who, work store.ID) error {
	return s.release(ctx, who, work, "", []string{store.HeldByParked, store.HeldByNothing, store.HeldByBackOff})
}

// ErrNeverMails is a change that would mail people, in a calendar whose setting for guests is never.
var ErrNeverMails = errors.New("by its settings this connection mails nobody")

// Send writes a change although it mails people: somebody pressed "Save and send". Where the settings say that nobody is
// ever mailed, that is [ErrNeverMails], and the change goes on waiting.
func (s *Service) Send(ctx context.Context, who Who, work store.ID) error {
	return s.release(ctx, who, work, engine.ClassSend, []string{store.HeldBySending})
}

// ThisOne answers the question whether an activity is there already: the item that waits is the one.
func (s *Service) ThisOne(ctx context.Context, who Who, work store.ID) error {
	return s.choose(ctx, who, work, engine.UnsureItem)
}

// MakeAnew answers it for all of the items that may be it: none is, so that the activity that waits is made anew.
func (s *Service) MakeAnew(ctx context.Context, who Who, work store.ID) error {
	return s.choose(ctx, who, work, engine.Unsure)
}

// waiting reads an item that waits and its connection, if it is who's to decide on.
func (s *Service) waiting(ctx context.Context, tx engine.Tx, who Who, work store.ID) (w store.Work, c store.Connection, err error) {
	if w, err = tx.Work(ctx, work); err == nil {
		c, err = s.load(ctx, tx, who, w.Connection)
	}
	return w, c, err
}

func (s *Service) choose(ctx context.Context, who Who, work store.ID, reason string) error {
	return s.Store.Tx(ctx, who.Company, func(tx engine.Tx) error {
		w, c, err := s.waiting(ctx, tx, who, work)
		if err != nil {
			return err
		}
		if w.Reason != reason || c.State == store.Stopped {
			return &ErrState{State: w.HeldBy, Action: "answer"}
		}
		if err := s.Engine.Choose(ctx, tx, c, w); err != nil {
			if errors.Is(err, engine.ErrNotAsked) { // the question is gone meanwhile
				return &ErrState{State: w.HeldBy, Action: "answer"}
			}
			return err
		}
		if err := audit(ctx, tx, s.now(), who, "work_answer", c.ID); err != nil {
			return err
		}
		return tx.Wake(ctx, c.ID, s.now(), 0)
	})
}

func (s *Service) release(ctx context.Context, who Who, work store.ID, class string, from []string) error {
	return s.Store.Tx(ctx, who.Company, func(tx engine.Tx) error {
		w, c, err := s.waiting(ctx, tx, who, work)
		if err != nil {
			return err
		}
		ok := false
		for _, held := range from {
			ok = ok || w.HeldBy == held
		}
		if !ok {
			return &ErrState{State: w.HeldBy, Action: "go on"}
		}
		if class == engine.ClassSend {
			if set, err := lens.ParseSettings(lens.Defaults(), c.Settings); err != nil || !set.MaySend() {
				return errors.Join(ErrNeverMails, err)
			}
		}
		if err := s.Engine.GoOn(ctx, tx, c, w); err != nil {
			return err
		}
		w.HeldBy, w.Class, w.Attempts, w.Due = store.HeldByNothing, class, 0, s.now()
		if err := tx.UpdateWork(ctx, w); err != nil {
			return err
		}
		if class == engine.ClassSend { // it mails people
			if err := audit(ctx, tx, s.now(), who, "work_send", w.Connection); err != nil {
				return err
			}
		}
		return tx.Wake(ctx, w.Connection, s.now(), 0)
	})
}

// Drop gives up an item that waits: both sides stay as they are, and the difference counts as accepted.
func (s *Service) Drop(ctx context.Context, who Who, work store.ID) error {
	return s.Store.Tx(ctx, who.Company, func(tx engine.Tx) error {
		w, c, err := s.waiting(ctx, tx, who, work)
		if err != nil {
			return err
		}
		// What a run may have in hand just now is not to be taken from it.
		if c.State == store.Stopped || w.HeldBy == store.HeldByNothing && !w.Due.After(s.now()) {
			return &ErrState{State: c.State, Action: "drop what is being dealt with"}
		}
		if err := s.Engine.Accept(ctx, tx, c, w); err != nil {
			return err
		}
		return audit(ctx, tx, s.now(), who, "work_drop", c.ID)
	})
}

// Holds lists the brakes that are closed: of one connection, or of all that who may see.
func (s *Service) Holds(ctx context.Context, who Who, id store.ID) (list []store.Hold, err error) {
	err = s.Store.View(ctx, who.Company, func(tx engine.Tx) error {
		all, err := tx.Holds(ctx, id)
		list = list[:0]
		for _, h := range all {
			if _, err := s.load(ctx, tx, who, h.Connection); err == nil {
				list = append(list, h)
			}
		}
		return err
	})
	return list, err
}

// Confirm lets what a brake held go on; each item is planned again on what is there now.
func (s *Service) Confirm(ctx context.Context, who Who, hold store.ID) error {
	return s.decide(ctx, who, hold, store.HoldConfirmed, func(tx engine.Tx, h store.Hold) error {
		if h.Kind == store.HoldRestore {
			return s.settle(ctx, tx, h, func(c *store.Connection) error { return s.letGo(ctx, tx, who, c, &h) })
		}
		_, err := tx.ReleaseWork(ctx, h.Connection, heldBy(hold))
		return err
	})
}

// settle saves what became of the connection of a hold.
func (s *Service) settle(ctx context.Context, tx engine.Tx, h store.Hold, f func(c *store.Connection) error) error {
	c, err := tx.Connection(ctx, h.Connection)
	if err != nil {
		return err
	}
	if err := f(&c); err != nil {
		return err
	}
	c.Revision++
	return tx.PutConnection(ctx, &c)
}

// Reject leaves both sides as they are: nothing that was held is deleted or created. What is held since a restore is stopped.
func (s *Service) Reject(ctx context.Context, who Who, hold store.ID) error {
	return s.decide(ctx, who, hold, store.HoldRejected, func(tx engine.Tx, h store.Hold) error {
		if h.Kind == store.HoldRestore {
			return s.settle(ctx, tx, h, func(c *store.Connection) error { return s.end(ctx, tx, who, c, true) })
		}
		c, err := tx.Connection(ctx, h.Connection)
		if err != nil {
			return err
		}
		return eachHeld(ctx, tx, &h, func(w store.Work) error { return s.Engine.Accept(ctx, tx, c, w) })
	})
}

// eachHeld does something with each item that a brake holds.
func eachHeld(ctx context.Context, tx engine.Tx, h *store.Hold, do func(store.Work) error) error {
	for after := store.ID(0); ; {
		works, err := tx.ListWork(ctx, h.Connection, after, 500)
		if err != nil || len(works) == 0 {
			return err
		}
		for _, w := range works {
			if after = w.ID; w.HeldBy != heldBy(h.ID) {
				continue
			}
			if err := do(w); err != nil {
				return err
			}
		}
	}
}

func heldBy(hold store.ID) string { return store.HeldByBrake + strconv.FormatInt(hold, 10) }

func (s *Service) decide(ctx context.Context, who Who, hold store.ID, state string, f func(tx engine.Tx, h store.Hold) error) error {
	return s.Store.Tx(ctx, who.Company, func(tx engine.Tx) error {
		h, err := tx.Hold(ctx, hold)
		if err != nil {
			return err
		}
		if _, err := s.load(ctx, tx, who, h.Connection); err != nil {
			return err
		}
		if h.State != store.HoldOpen {
			return &ErrState{State: h.State, Action: "decide again"}
		}
		h.State, h.Decided, h.Member = state, s.now(), who.User.ID
		if err := tx.PutHold(ctx, &h); err != nil {
			return fmt.Errorf("save hold: %w", err)
		}
		if err := f(tx, h); err != nil {
			return err
		}
		if err := audit(ctx, tx, s.now(), who, "hold_"+state, h.Connection); err != nil {
			return err
		}
		return tx.Wake(ctx, h.Connection, s.now(), 0)
	})
}
