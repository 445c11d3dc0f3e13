package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"tahti/internal/crm"
	"tahti/internal/merge"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// A restored database may have forgotten an event of ours that no listing shows, as it lies outside of what the calendar lists. Before one
// more is made for its activity (I1), or the activity is forgotten with its deletion (I4), it is asked for, by the keys that it may have.
// Nothing is asked about what was made behind the restore, nor twice.

// maxSought is how many keys of an activity are asked for: the next, and those of events that took the place of one before.
const maxSought = 3

// forgotten is what was found of an activity's event that no row knows of.
type forgotten struct {
	item        provider.Item
	incarnation int
}

// mayBeForgotten reports that there may be an event of ours which was made behind the backup, and remembers to ask for it.
func (r *run) mayBeForgotten(ctx context.Context, tx Tx, s *situation, action merge.Action) (bool, error) {
	switch {
	case s.activity == nil, r.capable.Keyless, r.soughtOf[s.activity.ID]:
		return false, nil
	case action == merge.CreateThere, action == merge.Recreate:
	case action != merge.Nothing, s.link != nil, s.state.Local != merge.LocalDeleted, s.item.ID != "", !s.state.Out:
		return false, nil
	}
	at, err := r.restoredAt(ctx, tx)
	if err != nil || !inBackup(s.activity.ID, at) || s.link != nil && !r.asInBackup(s.link, at) {
		return false, err
	}
	r.seek[s.activity.ID] = true
	return true, nil
}

// restoredAt is when the rows were last taken from a backup; it is read once in a run.
func (r *run) restoredAt(ctx context.Context, tx Tx) (time.Time, error) {
	if r.restored == nil {
		at, err := tx.Restored(ctx)
		if err != nil {
			return at, err
		}
		r.restored = &at
	}
	return *r.restored, nil
}

// inBackup reports that the rows which were restored at an instant had an activity or a link. Its id tells that, where the clock of the node
// that made it may have been ahead, or behind.
func inBackup(id store.ID, restored time.Time) bool { return id < store.FirstID(restored) }

// asInBackup reports that nothing may have been done about a link since the rows were restored, as far as clocks tell.
func (r *run) asInBackup(l *store.Link, restored time.Time) bool {
	return !restored.IsZero() && r.changedBefore(l).Before(restored.Add(margin))
}

// seekForgotten asks for the events of activities that a decision waits for, and answers what was found of each. Whatever cannot be asked
// for now is asked for again.
func (r *run) seekForgotten(ctx context.Context) (map[store.ID]forgotten, error) {
	found := map[store.ID]forgotten{}
	for _, activity := range slices.Sorted(maps.Keys(r.seek)) {
		var a crm.Activity
		last := 0
		err := r.e.Store.View(ctx, r.t.Company, func(tx Tx) (err error) {
			if last, err = tx.LastIncarnation(ctx, r.connection.ID, activity); err == nil {
				a, err = tx.Activity(ctx, activity)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
		f, err := r.findAny(ctx, &a, last+1, last+maxSought)
		switch {
		case err != nil && speaksForAll(err):
			return nil, fmt.Errorf("find a forgotten item: %w", err)
		case err != nil:
			continue
		case f.item.State == provider.StateLive:
			found[activity] = f
		}
		r.soughtOf[activity] = true
	}
	clear(r.seek)
	return found, nil
}

// findAny finds the item of an activity under one of the keys of some incarnations.
func (r *run) findAny(ctx context.Context, a *crm.Activity, from, to int) (f forgotten, err error) {
	for n := from; n <= to; n++ {
		it, err := r.t.Remote.Find(ctx, r.keyOf(a, n))
		if err != nil || it.State == provider.StateLive {
			return forgotten{it, n}, err
		}
	}
	return forgotten{item: provider.Item{State: provider.StateGone}}, nil
}

// takeFound ties what was found to its activity, as if it had been listed.
func (r *run) takeFound(ctx context.Context, activity store.ID, f forgotten) error {
	return r.step(ctx, func(tx Tx) error {
		if _, err := tx.LinkByRemote(ctx, r.connection.ID, string(f.item.ID)); !isNotFound(err) {
			return err // it is tied by now
		}
		s := &situation{item: f.item}
		old, err := r.tieOf(ctx, tx, activity)
		if err != nil || old != nil && old.Pending != nil {
			return err
		}
		if err := r.endTie(ctx, tx, s, old); err != nil {
			return err
		}
		note, lost, err := r.lateNote(ctx, tx, s, activity, f.incarnation)
		if err != nil {
			return err
		}
		r.counts[LinkedCount]++
		return errors.Join(r.recordConflicts(ctx, tx, s, lost), r.takeIn(ctx, tx, s, note))
	})
}
