package engine

import (
	"context"
	"fmt"

	"tahti/internal/calendar"
	"tahti/internal/merge"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// Accept gives up a work item that waits for a person: both sides stay as they are, and their difference is none from now
// on. An item of which one side is gone is severed, so that it neither is deleted nor comes back.
func (e *Engine) Accept(ctx context.Context, tx Tx, c store.Connection, w store.Work) error {
	r := e.newRun(Target{Company: tx.Company(), Connection: c.ID})
	r.capable = provider.Capabilities{Fields: calendar.AllFields}
	if err := r.bench.load(ctx, tx, c.ID); err != nil {
		return err
	}
	s, err := r.load(ctx, tx, w, nil)
	if err != nil {
		return fmt.Errorf("load work item %d: %w", w.ID, err)
	}
	switch {
	case s.link == nil:
		return r.refuse(ctx, tx, s)
	case s.activity == nil || s.activity.Deleted() || s.fromWork && s.item.State != provider.StateLive:
		s.link.State = store.LinkSevered
	case s.state.Local == merge.LocalOut:
		s.link.State = store.LinkDormant // our event of what is no longer covered stays where it is
	default:
		s.link.State = store.LinkLinked
		setFrame(s.link, s.wanted)
	}
	s.link.Pending = nil
	r.setShadows(s)
	if err := r.saveLink(ctx, tx, s); err != nil {
		return err
	}
	return tx.DeleteWork(ctx, w)
}

// Clean takes away what sync made, for a connection that rests: our events leave the calendar, and activities that came
// in from it leave the CRM. Neither foreign events nor activities that were born here are touched, and nobody is mailed: an
// event whose removal would mail people stays. It can be called again after an error.
func (e *Engine) Clean(ctx context.Context, t Target) error {
	r := e.newRun(t)
	r.capable = t.Remote.Capabilities()
	if err := e.Store.View(ctx, t.Company, func(tx Tx) error { return r.bench.load(ctx, tx, t.Connection) }); err != nil {
		return err
	}
	for after := store.ID(0); ; {
		var links []store.Link
		err := e.Store.View(ctx, t.Company, func(tx Tx) (err error) {
			links, err = tx.Links(ctx, t.Connection, after, batchSize)
			return err
		})
		if err != nil || len(links) == 0 {
			return err
		}
		after = links[len(links)-1].ID
		if err := r.cleanBatch(ctx, links); err != nil {
			return err
		}
	}
}

// cleanBatch removes first at the provider, then ends the ties of what is gone: after a crash in between, the next call
// finds the event gone, which is success.
func (r *run) cleanBatch(ctx context.Context, links []store.Link) error {
	writes := make([]Write, 0, len(links))
	at := make(map[store.ID]int, len(links))
	err := r.e.Store.View(ctx, r.t.Company, func(tx Tx) error {
		writes = writes[:0]
		clear(at)
		for _, l := range links {
			if !l.Ours || l.Remote == "" || !r.capable.SilentUpdate && l.RemoteMeta.Mails > 0 {
				continue
			}
			full, err := tx.Link(ctx, l.ID)
			if err != nil {
				return err
			}
			base := shadowItem(&full)
			at[l.ID] = len(writes)
			writes = append(writes, Write{Remove: &provider.Remove{ID: base.ID, Base: &base}})
		}
		return nil
	})
	if err != nil {
		return err
	}
	answers := r.t.Remote.WriteAll(ctx, writes)
	return r.e.Store.Tx(ctx, r.t.Company, func(tx Tx) error {
		for _, l := range links {
			i, written := at[l.ID]
			if written && answers[i].Err != nil {
				if provider.ClassOf(answers[i].Err) == provider.Conflict {
					continue // somebody edited it since: theirs now, it stays
				}
				return answers[i].Err
			}
			if err := r.cleanHere(ctx, tx, l, written); err != nil {
				return err
			}
		}
		return nil
	})
}

func (r *run) cleanHere(ctx context.Context, tx Tx, l store.Link, removed bool) error {
	if !removed && (l.Ours || l.Activity == 0) {
		return nil
	}
	if !l.Ours {
		a, err := tx.Activity(ctx, l.Activity)
		if err != nil {
			return err
		}
		if a.Origin != r.connection.ID {
			return nil
		}
		s := &situation{link: &l, activity: &a}
		if err := r.removeHere(ctx, tx, s); err != nil {
			return fmt.Errorf("delete activity %d: %w", l.Activity, err)
		}
	}
	full, err := tx.Link(ctx, l.ID)
	if err != nil {
		return err
	}
	full.State, full.Pending, full.Changed = store.LinkGone, nil, r.now()
	return tx.PutLink(ctx, &full)
}
