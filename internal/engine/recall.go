package engine

import (
	"context"
	"fmt"
	"slices"
	"time"

	"tahti/internal/lens"
	"tahti/internal/merge"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// A provider that keeps no keys cannot be asked by them for what a restored database has forgotten ([run.mayBeForgotten]). So what waits
// to be made there, and was here when the database was restored, is looked for as a creation is whose reply was lost, before anything new
// from there is looked at: what says exactly what would be sent is it, and about what is like it a person is asked (I1). So is what would be
// made anew there, as an edit here outlives its item: that may have happened behind the backup as well.

// recollection is a creation that may have been made behind the backup.
type recollection struct {
	situation *situation // of the work that would make it, with the tie that would end with that, if there is one
	link      store.Link // would stand for it, with what it would have sent
}

// recalled are all of them.
func (r *run) recalled(ctx context.Context) (all []recollection, err error) {
	missing, err := r.missingSince(ctx)
	if err != nil {
		return nil, err
	}
	read, err := r.read(ctx, missing)
	if err != nil {
		return nil, err
	}
	err = r.eachSinceRestore(ctx, func() { all = nil }, func(tx Tx, w store.Work, at time.Time) error {
		rec, err := r.recall(ctx, tx, w, at, read)
		if rec != nil && !slices.ContainsFunc(all, func(x recollection) bool { return x.link.Activity == rec.link.Activity }) { // by its other work
			all = append(all, *rec)
		}
		return err
	})
	return all, err
}

// missingSince are the items that are said to be gone, of activities that were changed here.
func (r *run) missingSince(ctx context.Context) (ids []provider.RemoteID, err error) {
	err = r.eachSinceRestore(ctx, func() { ids = nil }, func(tx Tx, w store.Work, at time.Time) error {
		id, remote := remoteOf(w)
		if !remote || aged(decodeItem(id, w.Payload).State) != provider.StateUnproven {
			return nil
		}
		s, err := r.load(ctx, tx, w, nil)
		if err == nil && s.link != nil && (s.state.LocalChanged || s.link.Pending != nil) && r.asInBackup(s.link, at) {
			ids = append(ids, id)
		}
		return err
	})
	return ids, err
}

// eachSinceRestore goes through the work that is due, if the database was ever restored; in a dry run also through what is about to be.
func (r *run) eachSinceRestore(ctx context.Context, begin func(), do func(tx Tx, w store.Work, restored time.Time) error) error {
	err := r.e.Store.View(ctx, r.t.Company, func(tx Tx) error {
		begin()
		at, err := r.restoredAt(ctx, tx)
		if err != nil || at.IsZero() {
			return err
		}
		for _, w := range r.missing {
			if err := do(tx, w, at); err != nil {
				return err
			}
		}
		for after := store.ID(0); ; {
			list, err := tx.ListWork(ctx, r.connection.ID, after, batchSize)
			if err != nil || len(list) == 0 {
				return err
			}
			for _, w := range list {
				after = w.ID
				if w.HeldBy != store.HeldByNothing || w.Due.After(r.now()) {
					continue
				}
				if err := do(tx, w, at); err != nil {
					return err
				}
			}
		}
	})
	if err != nil {
		return fmt.Errorf("look for what a backup does not know: %w", err)
	}
	return nil
}

// recall is what one piece of work would make; nil where nothing was forgotten, or it was looked for before.
func (r *run) recall(
	ctx context.Context, tx Tx, w store.Work, restored time.Time, read map[provider.RemoteID]provider.Item,
) (*recollection, error) {
	s, err := r.load(ctx, tx, w, read)
	if err != nil || s.activity == nil || !inBackup(s.activity.ID, restored) {
		return nil, err
	}
	if made, err := r.wouldMake(ctx, tx, s, restored); err != nil || !made {
		return nil, err
	}
	sought, err := tx.UnfoundLinks(ctx, r.connection.ID, s.activity.ID)
	if err != nil || len(sought) > 0 {
		return nil, err
	}
	last, err := tx.LastIncarnation(ctx, r.connection.ID, s.activity.ID)
	if err != nil {
		return nil, err
	}
	key := r.keyOf(s.activity, last+1)
	note := r.pending("create", string(key), r.worded(lens.Dress(&s.local, s.wanted), s, nil, nil), s.local, s.activity.Revision, s.wanted, false)
	note.At, note.Recalled = r.sinceBackup(s.activity.CreatedAt, restored), true
	return &recollection{s, store.Link{
		Connection: r.connection.ID, Activity: s.activity.ID, State: store.LinkCreating, Incarnation: last + 1, Ours: true, Origin: "hub", Pending: note,
	}}, nil
}

// wouldMake reports that a situation leads to a creation which may have been made behind the backup.
func (r *run) wouldMake(ctx context.Context, tx Tx, s *situation, restored time.Time) (bool, error) {
	if s.link == nil {
		_, remote := remoteOf(s.work)
		return !remote && merge.Decide(s.state) == merge.CreateThere, nil
	}
	if !r.asInBackup(s.link, restored) {
		return false, nil
	}
	if s.answersNote() && s.link.Pending.Kind == "update" { // what was being written when the backup was made
		r.readNote(s)
		if err := r.noteRead(ctx, tx, s); err != nil {
			return false, err
		}
	}
	return merge.Decide(s.state) == merge.Recreate, r.frame(ctx, tx, s) // whoever made the old one, the new one is ours
}

// sinceBackup is from when on something may have been made that the backup does not know: behind the last run that it does know.
func (r *run) sinceBackup(created, restored time.Time) time.Time {
	if last := r.connection.Health.LastRun; last.After(created) && last.Before(restored) {
		return last
	}
	if created.After(restored) {
		return restored // by another clock; nothing that was sent before can arrive any more
	}
	return created
}

// noteRecalled saves them, so that they are settled like any other creation without an answer.
func (r *run) noteRecalled(ctx context.Context) ([]store.Link, error) {
	all, err := r.recalled(ctx)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	var noted []store.Link
	err = r.step(ctx, func(tx Tx) error {
		noted = nil
		for _, rec := range all {
			free, err := r.freeFor(ctx, tx, *rec.situation)
			if err != nil {
				return err
			}
			if !free {
				continue
			}
			l := rec.link
			if err := r.saveLink(ctx, tx, &situation{link: &l}); err != nil {
				return err
			}
			noted = append(noted, l)
		}
		return nil
	})
	return noted, err
}

// freeFor ends the tie that would end with a creation, and reports whether there is none that stands in its way.
func (r *run) freeFor(ctx context.Context, tx Tx, s situation) (bool, error) {
	now, err := r.tieOf(ctx, tx, s.activity.ID)
	if err != nil || now == nil {
		return err == nil && s.link == nil, err
	}
	if s.link == nil || now.ID != s.link.ID || !now.Changed.Equal(s.link.Changed) {
		return false, nil // as it was looked at it is no more
	}
	ends := *s.link
	s.link = &ends
	if err := r.outlive(ctx, tx, &s); err != nil {
		return false, err
	}
	_, err = r.under(ctx, tx, s.work, activitySubject(s.activity.ID))
	return err == nil, err
}

// lookForMissing has a dry run know what a listing misses before it looks for what was made: what is gone may have been made anew.
func (d *dry) lookForMissing(ctx context.Context) error {
	var restored bool
	err := d.e.Store.View(ctx, d.t.Company, func(tx Tx) error {
		at, err := d.restoredAt(ctx, tx)
		restored = !at.IsZero()
		return err
	})
	if err != nil || !restored || !d.connection.Baselined {
		return err
	}
	_, err = d.eachNews(ctx, provider.Cursor(d.connection.Cursor), func(news []provider.Item) error {
		for _, it := range news {
			if it.State == provider.StateUnproven || it.State == provider.StateGone {
				it.State = provider.StateUnproven
				d.missing = append(d.missing, store.Work{Connection: d.connection.ID, Subject: remoteSubject(it.ID), Payload: encodeItem(it)})
			}
		}
		return nil
	})
	return err
}

// recalls is the dry run's, which notes nothing.
func (d *dry) recalls(rec *recollection, v *verdict) {
	switch {
	case v.item.ID != "":
		d.counts[CreatedInCalendar]++ // as a run counts each creation once it is known of
		d.seen[remoteSubject(v.item.ID)] = true
	case len(v.like) > 0:
		d.asks(v)
	default:
		return
	}
	if rec.situation.outlives() {
		d.counts[ConflictCount]++
	}
	d.seen[rec.situation.work.Subject] = true
	d.decided[rec.link.Activity], d.seen[activitySubject(rec.link.Activity)] = true, true
}

// asks counts a question, and remembers what it is about: that waits with it, where there is news of it.
func (d *dry) asks(v *verdict) {
	d.counts[ParkedCount]++
	for _, it := range v.like {
		d.asked[it.ID] = true
	}
}
