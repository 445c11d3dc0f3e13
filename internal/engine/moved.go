package engine

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tahti/internal/provider"
	"tahti/internal/store"
)

// Programs and servers rename what they keep an item under: a file gets another name, a calendar is exported and read in again. The
// item is gone under one id then, and there under another with the UID that it had. It is the item that it was: its activity
// stays, with all that is the CRM's own, and is neither deleted nor made a second time.

// successors finds, for the new items of a batch, the links of those that are gone and had the same UID. Both are told at once, so a
// batch has both, but where more has changed at once than fits into one; there, the one is deleted and the other comes in as new.
func (r *run) successors(ctx context.Context, due []store.Work, read map[provider.RemoteID]provider.Item) (map[provider.RemoteID]store.Link, error) {
	there := map[string]provider.Item{}
	var missing []provider.RemoteID
	for _, w := range due {
		it, remote := itemOf(w, read)
		switch {
		case !remote:
		case it.State == provider.StateGone: // what is only said to be removed was asked for by now
			missing = append(missing, it.ID)
		case it.State == provider.StateLive && it.Event.UID != "" && there[it.Event.UID].ID == "":
			there[it.Event.UID] = it
		}
	}
	if len(missing) == 0 || len(there) == 0 {
		return nil, nil
	}
	after := map[provider.RemoteID]store.Link{}
	err := r.e.Store.View(ctx, r.t.Company, func(tx Tx) error {
		clear(after)
		for _, id := range missing {
			next, l, ok, err := r.successor(ctx, tx, id, there)
			if err != nil {
				return err
			}
			if ok {
				after[next] = l
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look for items that were moved: %w", err)
	}
	return after, nil
}

// successor is the new item that a tied one has become. A UID alone proves nothing, as anybody can choose one: the organiser has to
// agree, and the item that had it has to be gone. One date of a series, to which somebody is invited alone, is not the series.
func (r *run) successor(ctx context.Context, tx Tx, id provider.RemoteID, there map[string]provider.Item) (provider.RemoteID, store.Link, bool, error) {
	l, err := tx.LinkByRemote(ctx, r.connection.ID, string(id))
	if err != nil {
		if isNotFound(err) {
			err = nil
		}
		return "", l, false, err
	}
	if l.State != store.LinkLinked || l.Pending != nil || l.RemoteEvent == nil || l.RemoteEvent.UID == "" {
		return "", l, false, nil
	}
	was := l.RemoteEvent
	it, ok := there[was.UID]
	if !ok || !strings.EqualFold(it.Event.Organizer.Email, was.Organizer.Email) ||
		it.Event.Start != was.Start && it.Event.IsSeries() != was.IsSeries() {
		return "", l, false, nil
	}
	_, err = tx.LinkByRemote(ctx, r.connection.ID, string(it.ID))
	if isNotFound(err) {
		return it.ID, l, true, nil
	}
	return "", l, false, err
}

// follow ties what was moved to where it is now. What both sides knew of each other stays, so that an edit which came along with the move
// is seen as one. Where it was is an item that is gone, and of which nobody knows.
func (r *run) follow(ctx context.Context, due []store.Work, read map[provider.RemoteID]provider.Item) error {
	after, err := r.successors(ctx, due, read)
	if err != nil || len(after) == 0 {
		return err
	}
	err = r.step(ctx, func(tx Tx) error {
		for _, id := range slices.Sorted(maps.Keys(after)) {
			old := after[id]
			next, was := movedTo(old, id), old.Changed
			old.State, old.Changed, next.Changed = store.LinkGone, r.now(), r.now()
			if err := tx.PutLink(ctx, &old); err != nil {
				return err
			}
			if err := tx.PutLink(ctx, &next); err != nil {
				return err
			}
			r.touch(next.ID, was)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("follow items that were moved: %w", err)
	}
	return nil
}

// movedTo is a link as it goes on under another id. Nothing is known of the versions there.
func movedTo(l store.Link, id provider.RemoteID) store.Link {
	l.ID, l.Remote, l.RemoteMeta.Versions = 0, string(id), nil
	return l
}

// loadMoved gives a situation the link that it would go on with.
func (r *run) loadMoved(ctx context.Context, tx Tx, s *situation, l store.Link) error {
	s.link, s.frame = &l, frameOf(&l)
	if err := s.readActivity(ctx, tx, l.Activity); err != nil {
		return err
	}
	return r.assess(ctx, tx, s)
}

// itemOf is what is known of the remote item that work is about, if it is about one.
func itemOf(w store.Work, read map[provider.RemoteID]provider.Item) (it provider.Item, remote bool) {
	id, remote := remoteOf(w)
	if !remote {
		return it, false
	}
	if got, ok := read[id]; ok {
		return got, true
	}
	return decodeItem(id, w.Payload), true
}
