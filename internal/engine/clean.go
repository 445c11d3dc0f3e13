package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"tahti/internal/merge"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// Clean takes away what sync made, for a connection that rests: our events leave the calendar, and activities that came
// in from it leave the CRM. Neither foreign events nor activities that were born here are touched, and nobody is mailed: an
// event whose removal would mail people stays. It can be called again after an error.
//
// What came in goes last. A calendar that fails has then taken nothing out of the CRM, and should somebody let the connection go on instead,
// nothing is lost that stands here alone: that an activity is private (I23) where its calendar cannot say so, or what has not gone out yet (I2).
func (e *Engine) Clean(ctx context.Context, t Target) error {
	r := e.newRun(t)
	r.capable = t.Remote.Capabilities()
	if err := e.Store.View(ctx, t.Company, func(tx Tx) error { return r.bench.load(ctx, tx, t.Connection) }); err != nil {
		return err
	}
	edited, err := r.settleNotes(ctx)
	if err != nil {
		return err
	}
	for _, step := range []func(context.Context, []store.Link) error{r.cleanThere, r.cleanHere} {
		if err := r.eachLink(ctx, edited, step); err != nil {
			return err
		}
	}
	return nil
}

// eachLink takes a step with all links of the connection but some, a batch at a time.
func (r *run) eachLink(ctx context.Context, but map[store.ID]bool, step func(context.Context, []store.Link) error) error {
	for after := store.ID(0); ; {
		var links []store.Link
		err := r.e.Store.View(ctx, r.t.Company, func(tx Tx) (err error) {
			links, err = tx.Links(ctx, r.connection.ID, after, batchSize)
			return err
		})
		if err != nil || len(links) == 0 {
			return err
		}
		after = links[len(links)-1].ID
		if err := step(ctx, slices.DeleteFunc(links, func(l store.Link) bool { return but[l.ID] })); err != nil {
			return err
		}
	}
}

// settleNotes finds out what became of every write whose answer was lost, so that what it made is taken away too. Whatever
// cannot be looked at now is an error: the call is repeated until it is known. edited are the links of whose events
// somebody has changed something beside it.
func (r *run) settleNotes(ctx context.Context) (edited map[store.ID]bool, err error) {
	var links []store.Link
	err = r.e.Store.View(ctx, r.t.Company, func(tx Tx) (err error) {
		links, err = tx.PendingLinks(ctx, r.connection.ID, maxPending)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list what was begun: %w", err)
	}
	edited = map[store.ID]bool{}
	for _, l := range links {
		it, err := r.outcome(ctx, l)
		if err != nil {
			return nil, fmt.Errorf("find what was begun: %w", err)
		}
		err = r.e.Store.Tx(ctx, r.t.Company, func(tx Tx) (err error) {
			edited[l.ID], err = r.settleForGood(ctx, tx, l.ID, it)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return edited, nil
}

// outcome is what is there now of a write that was begun.
func (r *run) outcome(ctx context.Context, l store.Link) (provider.Item, error) {
	if l.Remote == "" && r.capable.Keyless {
		return r.soughtForGood(ctx, l)
	}
	if l.Remote == "" {
		return r.t.Remote.Find(ctx, provider.Key(l.Pending.Key))
	}
	got, err := r.read(ctx, []provider.RemoteID{provider.RemoteID(l.Remote)})
	return got[provider.RemoteID(l.Remote)], err
}

func (r *run) settleForGood(ctx context.Context, tx Tx, id store.ID, it provider.Item) (edited bool, err error) {
	l, err := tx.Link(ctx, id)
	if err != nil || l.Pending == nil {
		return false, err
	}
	s := &situation{link: &l, item: it}
	switch {
	case l.Remote == "" && it.State == provider.StateGone:
		unmade(&l)
	case it.State == provider.StateLive && l.Pending.Kind != "delete":
		r.settleWrite(s, l.Pending)
		edited = !merge.Diff(l.RemoteEvent, &it.Event).Empty()
	default:
		l.State = store.LinkLinked
	}
	l.Pending = nil
	if edited {
		// The edit is neither here nor in the shadow: nobody may take the version for one that is known.
		l.RemoteMeta.Versions = nil
		asked := encodeItem(provider.Item{ID: it.ID, State: provider.StateUnproven})
		if err := tx.PutWork(ctx, l.Connection, remoteSubject(it.ID), asked, r.now(), false); err != nil {
			return false, err
		}
	}
	return edited, errors.Join(r.saveLink(ctx, tx, s), r.keepCut(ctx, tx, s))
}

// cleanThere removes our events first at the provider, then ends the ties of what is gone: after a crash in between, the next call
// finds the event gone, which is success. Should the connection be let go on instead, the notes say that it was we who took the
// events away, so that nothing is deleted here for it.
func (r *run) cleanThere(ctx context.Context, links []store.Link) error {
	writes := make([]Write, 0, len(links))
	at := make(map[store.ID]int, len(links))
	err := r.e.Store.Tx(ctx, r.t.Company, func(tx Tx) error {
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
			full.Pending = &store.Pending{Kind: "delete", At: r.now()}
			full.State, full.Changed = store.LinkDormant, r.now()
			if err := tx.PutLink(ctx, &full); err != nil {
				return err
			}
			if err := tx.PutWork(ctx, l.Connection, activitySubject(l.Activity), nil, r.now(), false); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	answers := r.t.Remote.WriteAll(ctx, writes)
	var failed error
	err = r.e.Store.Tx(ctx, r.t.Company, func(tx Tx) error {
		failed = nil // what is gone is noted, also where another removal has failed
		for _, l := range links {
			i, written := at[l.ID]
			switch {
			case !written:
				continue
			case answers[i].Err == nil:
				if err := r.untie(ctx, tx, l.ID); err != nil {
					return err
				}
			default:
				stays, err := r.uncleaned(ctx, tx, l.ID, answers[i])
				if err != nil {
					return err
				}
				failed = cmp.Or(failed, stays)
			}
		}
		return nil
	})
	return cmp.Or(err, failed)
}

// uncleaned takes the note off an event that is still there. Where the removal may have arrived, the note stays. It answers the
// error for which cleaning has to be tried again: there is none for an event that somebody has edited since, as that is theirs.
func (r *run) uncleaned(ctx context.Context, tx Tx, id store.ID, a Answer) (error, error) {
	class := provider.ClassOf(a.Err)
	if !a.Unsent && mayHaveHappened("delete", class) {
		return a.Err, nil
	}
	l, err := tx.Link(ctx, id)
	if err != nil {
		return nil, err
	}
	l.State, l.Pending, l.Changed = store.LinkLinked, nil, r.now()
	if err := tx.PutLink(ctx, &l); err != nil {
		return nil, err
	}
	if class == provider.Conflict {
		return nil, nil
	}
	return a.Err, nil
}

// cleanHere takes out of the CRM what came in, and ends its ties.
func (r *run) cleanHere(ctx context.Context, links []store.Link) error {
	links = slices.DeleteFunc(links, func(l store.Link) bool { return l.Ours || l.Activity == 0 })
	return r.e.Store.Tx(ctx, r.t.Company, func(tx Tx) error {
		for _, l := range links {
			if err := r.cleanOneHere(ctx, tx, l); err != nil {
				return err
			}
		}
		return nil
	})
}

func (r *run) cleanOneHere(ctx context.Context, tx Tx, l store.Link) error {
	s := &situation{link: &l}
	if err := s.readActivity(ctx, tx, l.Activity); err != nil {
		return err
	}
	switch {
	case s.activity.Deleted():
		return nil // connected again, the deletion is carried out
	case !r.concerned(s) && !l.RemoteMeta.Invited:
		return nil // given away: connected again, the event is known, and does not come in a second time (I10)
	case s.activity.Origin != r.connection.ID:
		// Somebody else brought it in. This user only took part, and does no more; what is theirs alone stays.
		left, err := r.e.Hub.Leave(ctx, tx, r.by(), l.Activity, r.connection.Member)
		if err != nil || left.OwnerID == r.connection.Member {
			return err
		}
	default:
		if err := r.removeHere(ctx, tx, s); err != nil {
			return fmt.Errorf("delete activity %d: %w", l.Activity, err)
		}
	}
	return r.untie(ctx, tx, l.ID)
}

// untie ends a link for good.
func (r *run) untie(ctx context.Context, tx Tx, id store.ID) error {
	full, err := tx.Link(ctx, id)
	if err != nil {
		return err
	}
	full.State, full.Pending, full.Changed = store.LinkGone, nil, r.now()
	return tx.PutLink(ctx, &full)
}
