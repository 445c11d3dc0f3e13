package engine

import (
	"context"
	"errors"
	"fmt"

	"tahti/internal/calendar"
	"tahti/internal/merge"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// GoOn notes what it means that a person lets go on what waits for them: what looked like another program's copy is wanted, and no program
// keeps changing an item any more.
func (e *Engine) GoOn(ctx context.Context, tx Tx, c store.Connection, w store.Work) error {
	switch w.Reason {
	case Mirror:
		return noMirror(ctx, tx, c, w)
	case Loop:
		return e.noLoop(ctx, tx, c, w)
	}
	return nil
}

// Accept gives up a work item that waits for a person: both sides stay as they are, and their difference is none from now
// on. An item of which one side is gone is severed, so that it neither is deleted nor comes back.
func (e *Engine) Accept(ctx context.Context, tx Tx, c store.Connection, w store.Work) error {
	r := e.newRun(Target{Company: tx.Company(), Connection: c.ID})
	if err := r.bench.load(ctx, tx, c.ID); err != nil {
		return err
	}
	l := r.limits()
	r.capable = provider.Capabilities{Fields: calendar.AllFields | l.Facets, Shared: l.Shared}
	if l.Singles {
		r.capable.Fields &^= calendar.Fields(calendar.Recurrence)
	}
	s, err := r.load(ctx, tx, w, nil)
	if err != nil {
		return fmt.Errorf("load work item %d: %w", w.ID, err)
	}
	switch {
	case s.link == nil:
		return r.refuse(ctx, tx, s)
	case s.link.Remote == "", s.activity == nil || s.activity.Deleted() || s.fromWork && s.item.State != provider.StateLive:
		s.link.State = store.LinkSevered
	case s.state.Local == merge.LocalOut:
		s.link.State = store.LinkDormant // our event of what is no longer covered stays where it is
	default:
		s.link.State = store.LinkLinked
		s.link.Frame = writeFrame(s.wanted)
	}
	s.link.Pending = nil
	r.setShadows(s)
	return errors.Join(r.saveLink(ctx, tx, s), r.letNextBeHeard(ctx, tx, s), tx.DeleteWork(ctx, w))
}
