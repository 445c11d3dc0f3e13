package engine

import (
	"context"
	"fmt"
	"time"

	"tahti/internal/lens"
	"tahti/internal/merge"
	"tahti/internal/store"
)

// A provider that keeps no keys cannot be asked by them for what a restored database has forgotten ([run.mayBeForgotten]). So what waits
// to be made there, and was here when the database was restored, is looked for as a creation is whose reply was lost, before anything new
// from there is looked at: what says exactly what would be sent is it, and about what is like it a person is asked (I1).

// recalled are links that would stand for creations which may have been made behind the backup, with what each would have sent.
func (r *run) recalled(ctx context.Context) (links []store.Link, err error) {
	err = r.e.Store.View(ctx, r.t.Company, func(tx Tx) error {
		links = nil
		at, err := r.restoredAt(ctx, tx)
		if err != nil || at.IsZero() {
			return err
		}
		for after := store.ID(0); ; {
			list, err := tx.ListWork(ctx, r.connection.ID, after, batchSize)
			if err != nil || len(list) == 0 {
				return err
			}
			for _, w := range list {
				after = w.ID
				l, err := r.recall(ctx, tx, w, at)
				if err != nil {
					return err
				}
				if l != nil {
					links = append(links, *l)
				}
			}
		}
	})
	if err != nil {
		return nil, fmt.Errorf("look for what a backup does not know: %w", err)
	}
	return links, nil
}

// recall is the link for one piece of work; nil where nothing was forgotten, or it was looked for before.
func (r *run) recall(ctx context.Context, tx Tx, w store.Work, restored time.Time) (*store.Link, error) {
	if _, remote := remoteOf(w); remote || w.HeldBy != store.HeldByNothing || w.Due.After(r.now()) {
		return nil, nil
	}
	s, err := r.load(ctx, tx, w, nil)
	if err != nil || s.activity == nil || s.link != nil || !s.activity.CreatedAt.Before(restored) || merge.Decide(s.state) != merge.CreateThere {
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
	key := r.e.Keys.Key(r.t.Company, r.account.ID, r.connection.Calendar, s.activity.ID, last+1)
	note := r.pending("create", string(key), r.worded(lens.Dress(&s.local, s.wanted), s, nil, nil), s.local, s.activity.Revision, s.wanted, false)
	note.At = r.sinceBackup(s.activity.CreatedAt, restored)
	return &store.Link{
		Connection: r.connection.ID, Activity: s.activity.ID, State: store.LinkCreating, Incarnation: last + 1, Ours: true, Origin: "hub", Pending: note,
	}, nil
}

// sinceBackup is from when on something may have been made that the backup does not know: behind the last run that it does know.
func (r *run) sinceBackup(created, restored time.Time) time.Time {
	if last := r.connection.Health.LastRun; last.After(created) && last.Before(restored) {
		return last
	}
	return created
}

// noteRecalled saves them, so that they are settled like any other creation without an answer.
func (r *run) noteRecalled(ctx context.Context) ([]store.Link, error) {
	links, err := r.recalled(ctx)
	if err != nil || len(links) == 0 {
		return nil, err
	}
	var noted []store.Link
	err = r.step(ctx, func(tx Tx) error {
		noted = nil
		for _, l := range links {
			if _, err := tx.LinkByActivity(ctx, r.connection.ID, l.Activity); !isNotFound(err) {
				if err != nil {
					return err
				}
				continue
			}
			if err := r.saveLink(ctx, tx, &situation{link: &l}); err != nil {
				return err
			}
			noted = append(noted, l)
		}
		return nil
	})
	return noted, err
}

// recalls is the dry run's, which notes nothing.
func (d *dry) recalls(l *store.Link, v *verdict) {
	switch {
	case v.item.ID != "":
		d.counts[CreatedInCalendar]++ // as a run counts each creation once it is known of
		d.seen[remoteSubject(v.item.ID)] = true
	case len(v.like) > 0:
		d.counts[ParkedCount]++
	default:
		return
	}
	d.decided[l.Activity], d.seen[activitySubject(l.Activity)] = true, true
}
