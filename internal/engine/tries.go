package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/lens"
	"tahti/internal/merge"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// A creation that was looked for and not found may arrive yet, and all later tries use its key. So its note is kept on the
// link that has ended: an item under the key says what one of the tries sent, and whatever else it says is somebody's edit.

// unfound ends a tie whose remote item is not there. Unlike [unmade] it keeps the note.
func unfound(l *store.Link) {
	note := l.Pending
	unmade(l)
	l.Pending = note
}

// tries are the notes of earlier creations of an activity under a key, newest first.
func (r *run) tries(ctx context.Context, tx Tx, activity store.ID, key string) ([]*store.Pending, error) {
	links, err := tx.UnfoundLinks(ctx, r.connection.ID, activity)
	if err != nil {
		return nil, err
	}
	var notes []*store.Pending
	for _, l := range links {
		if l.Pending.Kind == "create" && l.Pending.Key == key {
			notes = append(notes, l.Pending)
		}
	}
	return notes, nil
}

// firstTry is when the oldest of them was begun; zero if there is none.
func (r *run) firstTry(ctx context.Context, tx Tx, activity store.ID, key string) (time.Time, error) {
	notes, err := r.tries(ctx, tx, activity, key)
	if err != nil || len(notes) == 0 {
		return time.Time{}, err
	}
	return slices.MinFunc(notes, func(a, b *store.Pending) int { return a.At.Compare(b.At) }).At, nil
}

// maker is the try that made an item: the newest of those that sent exactly what it says, or else of which a calendar that cuts titles
// may have left it. If there is none, because the server rewrote it or somebody edited it, the item is compared with the oldest, in the frame that it wears. Whatever was changed here
// since then shows as a change of this side, and where the item says neither the one nor the other it is a conflict, of which
// nothing is lost.
func maker(newestFirst []*store.Pending, it *provider.Item) *store.Pending {
	frames := make([]lens.Frame, len(newestFirst))
	for i, n := range newestFirst {
		if says(it, n) {
			return n
		}
		frames[i] = readFrame(n.Frame)
	}
	for i, n := range newestFirst {
		if kept, _ := lens.Kept(asMade(n.Target, &it.Event), nil, &it.Event, frames[i]); merge.Diff(kept, &it.Event).Empty() {
			return n
		}
	}
	oldest := *newestFirst[len(newestFirst)-1]
	if f, ok := lens.Worn(&it.Event, frames); ok {
		target := lens.Dress(oldest.Local, f)
		calendar.Copy(calendar.When, &target.Values, &oldest.Target.Values) // in the provider's words
		target.Known, target.Facets = oldest.Target.Known, oldest.Target.Facets
		oldest.Target, oldest.Frame = &target, writeFrame(f)
	}
	return &oldest
}

func says(it *provider.Item, n *store.Pending) bool {
	return merge.Diff(asMade(n.Target, &it.Event), &it.Event).Empty()
}

// asMade is what a creation leaves: what we do not write is the server's to fill in, and guests there are none.
func asMade(target, found *calendar.Event) *calendar.Event {
	made := target.Clone()
	for _, f := range (calendar.AllFields &^ calendar.BothWaysFields).List() {
		calendar.Copy(f, &made.Values, &found.Values)
	}
	made.Guests = nil
	for i := range made.Overrides {
		made.Overrides[i].Set &= calendar.BothWaysFields
	}
	made.Normalize()
	return &made
}

// begunWith is what the first request of a piecemeal creation leaves: the series, with none of its dates different from it.
func begunWith(whole *calendar.Event) *calendar.Event {
	return merge.WithoutDates(whole, func(calendar.Wall) bool { return true })
}

// takeIn ties an item to the activity whose creation made it. What was changed here since that try goes out, and what
// somebody typed into the item comes in.
func (r *run) takeIn(ctx context.Context, tx Tx, s *situation, note *store.Pending) error {
	l := s.link
	edited := r.takesIn(s, note)
	if err := errors.Join(r.saveLink(ctx, tx, s), r.keepCut(ctx, tx, s)); err != nil {
		return err
	}
	if edited {
		err := tx.PutWork(ctx, r.connection.ID, remoteSubject(s.item.ID), encodeItem(s.item), r.now(), false)
		if err != nil {
			return fmt.Errorf("take in item %q: %w", s.item.ID, err)
		}
	}
	return tx.PutWork(ctx, r.connection.ID, activitySubject(l.Activity), nil, r.now(), false)
}

// takesIn settles the creation on the link, and reports whether somebody has edited the item since.
func (r *run) takesIn(s *situation, note *store.Pending) (edited bool) {
	l := s.link
	r.settleWrite(s, note)
	l.Pending = nil
	edited = !merge.Diff(l.RemoteEvent, &s.item.Event).Empty()
	if edited {
		l.RemoteMeta.Versions = nil // nothing is written upon what was not taken in
	}
	return edited
}
