package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tahti/internal/merge"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// heldDeferred holds a deletion that waits for the end of the run; it is released at the start of the next.
const heldDeferred = "deferred"

// ClassAllowed marks work that a brake has held, or that a preview has shown: once it is let go, it passes.
const ClassAllowed = "brake"

// ClassSend marks work whose writing may mail people, because somebody pressed "Save and send".
const ClassSend = "send"

// AnyStart is the payload of an activity's work item for which the starting point does not count: somebody asked for
// this very one.
const AnyStart = "any"

// work deals with everything that is due, in batches.
func (r *run) work(ctx context.Context) error {
	heard := false
	for first := true; ; first = false {
		var due []store.Work
		var waiting int
		err := r.e.Store.View(ctx, r.t.Company, func(tx Tx) (err error) {
			due, heard, err = r.due(ctx, tx, heard)
			if waiting = len(due); err != nil || !first || waiting < batchSize {
				return err
			}
			counts, err := tx.CountWork(ctx, r.connection.ID) // once: it looks at every row
			waiting = max(waiting, counts[store.HeldByNothing])
			return err
		})
		if err != nil {
			return fmt.Errorf("list due work: %w", err)
		}
		if len(due) == 0 {
			return nil
		}
		r.row.Total = max(r.row.Total, r.done+waiting)
		r.progress()
		if err := r.batch(ctx, due); err != nil {
			return err
		}
		r.done += len(due)
		r.progress()
	}
}

// due is the next batch. What the calendar says comes first, also where more is due than one batch holds, so that a local change is
// planned on what is there now. heard: all of it was.
func (r *run) due(ctx context.Context, tx Tx, heard bool) ([]store.Work, bool, error) {
	list, err := tx.DueWork(ctx, r.connection.ID, r.now(), batchSize)
	here := func(w store.Work) bool { return w.Subject[0] == 'a' }
	if err == nil && !heard && len(list) == batchSize && slices.ContainsFunc(list, here) {
		said, err := tx.DueArrivals(ctx, r.connection.ID, r.now(), batchSize)
		if err != nil || len(said) > 0 {
			return said, false, err
		}
		heard = true
	}
	slices.SortStableFunc(list, func(a, b store.Work) int {
		return strings.Compare(b.Subject[:1], a.Subject[:1])
	})
	return list, heard, err
}

// batch reads what has to be read, decides and acts in one transaction, and performs the writes behind it.
func (r *run) batch(ctx context.Context, due []store.Work) error {
	read, err := r.readFor(ctx, due)
	if err != nil {
		return err
	}
	if err := r.follow(ctx, due, read); err != nil {
		return err
	}
	// A decision may ask for one more look at the provider (a probe, a note to settle); the second round has it.
	for range 3 {
		var again []store.Work
		var writes []planned
		err := r.step(ctx, func(tx Tx) error {
			again, writes = nil, nil
			r.noted = map[store.ID]bool{}
			if err := r.readAhead(ctx, tx, due, read); err != nil {
				return err
			}
			for _, w := range due {
				p, more, err := r.one(ctx, tx, w, read)
				if err != nil {
					return err
				}
				if more {
					again = append(again, w)
				}
				if p != nil {
					writes = append(writes, *p)
					r.noted[p.link] = true
				}
			}
			return r.tally(ctx, tx)
		})
		if err != nil {
			return err
		}
		if err := r.perform(ctx, writes); err != nil {
			return err
		}
		again = slices.DeleteFunc(again, func(w store.Work) bool { return r.rested[w.ID] })
		if len(again) == 0 {
			return nil
		}
		if err := r.look(ctx, again, read); err != nil {
			return err
		}
		due = again
	}
	// Three looks and still no answer: the rest backs off, and tries again later.
	return r.tx(ctx, func(tx Tx) error {
		for _, w := range due {
			if err := r.backOff(ctx, tx, w, &provider.Error{Op: "look at the item", Class: provider.Transient}); err != nil {
				return err
			}
		}
		return nil
	})
}

// mayGoOn ends the run once people stopped or paused the connection, or pressed the company-wide stop.
func (r *run) mayGoOn(ctx context.Context, tx Tx) error {
	company, err := tx.GetCompany(ctx)
	if err != nil {
		return err
	}
	c, err := tx.Connection(ctx, r.connection.ID)
	if err != nil {
		return err
	}
	if !company.Stopped.IsZero() || c.State != store.Active && c.State != store.Retrying || c.Revision != r.connection.Revision {
		return errHalt
	}
	return nil
}

// one decides a work item and acts on it, inside a savepoint: what is wrong with one item is no other's trouble (I15).
func (r *run) one(ctx context.Context, tx Tx, w store.Work, read map[provider.RemoteID]provider.Item) (p *planned, again bool, err error) {
	err = tx.Savepoint(ctx, func() error {
		s, err := r.load(ctx, tx, w, read)
		if err != nil {
			return err
		}
		p, again, err = r.act(ctx, tx, s)
		return err
	})
	if err == nil || errors.Is(err, store.ErrFenced) || ctx.Err() != nil {
		return p, again, err
	}
	return nil, false, r.refused(ctx, tx, w, err)
}

// aged is what is known of an item whose work has waited: it was so once. Since then a write of ours may have been settled,
// and what the work holds would look like somebody's edit back (I2).
func aged(s provider.State) provider.State {
	switch s {
	case provider.StateLive:
		return provider.StateNotRead
	case provider.StateGone:
		return provider.StateUnproven
	}
	return s
}

// readFor reads the items that work refers to and that were only listed, or listed to an earlier run.
func (r *run) readFor(ctx context.Context, due []store.Work) (map[provider.RemoteID]provider.Item, error) {
	var items []provider.Item
	for _, w := range due {
		id, ok := remoteOf(w)
		if !ok {
			continue
		}
		it := decodeItem(id, w.Payload)
		if !r.fresh[it.ID] {
			it.State = aged(it.State)
		}
		items = append(items, it)
	}
	return r.readListed(ctx, items)
}

// look asks the provider about items whose situation could not be decided: by id, or by the key of a creation whose
// reply was lost.
func (r *run) look(ctx context.Context, due []store.Work, read map[provider.RemoteID]provider.Item) error {
	var ids []provider.RemoteID
	var finds []store.Link
	err := r.e.Store.View(ctx, r.t.Company, func(tx Tx) error {
		ids, finds = nil, nil
		for _, w := range due {
			s, err := r.load(ctx, tx, w, read)
			if err != nil {
				return err
			}
			if s.link != nil && s.link.Pending != nil && s.link.Remote == "" {
				finds = append(finds, *s.link)
			} else if s.item.ID != "" {
				ids = append(ids, s.item.ID)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("look at %d items: %w", len(due), err)
	}
	got, err := r.read(ctx, ids)
	if err != nil {
		return err
	}
	for id, it := range got {
		read[id] = it
	}
	if err := r.readCopiesThere(ctx); err != nil {
		return err
	}
	if r.capable.Keyless {
		return r.seekCreated(ctx, finds)
	}
	for _, l := range finds {
		if err := r.findCreated(ctx, l); err != nil {
			return err
		}
	}
	found, err := r.seekForgotten(ctx)
	if err != nil {
		return err
	}
	for _, activity := range slices.Sorted(maps.Keys(found)) {
		if err := r.takeFound(ctx, activity, found[activity]); err != nil {
			return fmt.Errorf("tie a forgotten item: %w", err)
		}
	}
	return nil
}

// answersNote reports that what is known of an item tells what became of the write that its note is about.
func (s *situation) answersNote() bool {
	return s.link != nil && s.link.Pending != nil && s.fromWork && (s.item.State == provider.StateLive || s.item.State == provider.StateGone)
}

// act does what the planner says. again: the provider has to be looked at first.
func (r *run) act(ctx context.Context, tx Tx, s *situation) (*planned, bool, error) {
	if s.link != nil && r.noted[s.link.ID] {
		// The item has changed on both sides, and its other piece of work has just left a note. What was read before says
		// nothing of that write: it is looked at again behind it.
		return nil, true, nil
	}
	if s.waitsForAnswer() {
		if !r.sought[s.link.ID] {
			return nil, true, nil
		}
		return nil, false, r.park(ctx, tx, s.work, Unsure, "")
	}
	if s.link == nil && r.asked[s.item.ID] && s.item.State == provider.StateLive {
		return nil, false, r.park(ctx, tx, s.work, UnsureItem, "")
	}
	if s.answersNote() {
		if err := r.settleNote(ctx, tx, s); err != nil {
			return nil, false, err
		}
	}
	if s.link == nil && s.item.State == provider.StateLive && r.unsettled(s) {
		return nil, false, r.backOff(ctx, tx, s.work, &provider.Error{Op: "settle creations first", Class: provider.Transient})
	}
	if late, err := r.late(ctx, tx, s); err != nil || late {
		return nil, false, err
	}
	if claimed, err := r.claim(ctx, tx, s); err != nil {
		return nil, false, err
	} else if claimed {
		if err := r.assess(ctx, tx, s); err != nil {
			return nil, false, err
		}
	}
	if err := r.meetTwins(ctx, tx, s); err != nil {
		return nil, false, err
	}
	action := merge.Decide(s.state)
	switch action {
	case merge.Read, merge.Probe, merge.Settle:
		return nil, true, nil
	}
	if ask, err := r.mayBeThere(ctx, tx, s, action); err != nil || ask {
		return nil, ask, err
	}
	if err := r.listen(ctx, tx, s); err != nil {
		return nil, false, err
	}
	switch action {
	case merge.Nothing, merge.Accept, merge.Sever, merge.Retire, merge.Forget, merge.Park:
		return nil, false, r.note(ctx, tx, s, action)
	case merge.Rejoin:
		return r.rejoin(ctx, tx, s)
	case merge.Reinstate:
		return r.reinstate(ctx, tx, s)
	case merge.CreateHere:
		again, err := r.createHere(ctx, tx, s)
		return nil, again, err
	case merge.ReviveHere:
		return r.reviveHere(ctx, tx, s)
	case merge.Wait:
		if s.state.Local != merge.LocalLive {
			s.rest() // a deletion: what is sent later has to fit the version that is there now
			return nil, false, r.wait(ctx, tx, s)
		}
		return r.carry(ctx, tx, s, action)
	case merge.UpdateHere, merge.UpdateThere, merge.MergeBoth:
		return r.carry(ctx, tx, s, action)
	case merge.CreateThere, merge.Recreate:
		return r.createThere(ctx, tx, s)
	case merge.DeleteHereNow, merge.DeleteThereNow, merge.Withdraw:
		return nil, false, r.deferDeletion(ctx, tx, s)
	}
	panic(fmt.Sprintf("engine: planner asked for %v", action))
}
