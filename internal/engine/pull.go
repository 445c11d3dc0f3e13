package engine

import (
	"context"
	"fmt"
	"slices"
	"time"

	"tahti/internal/provider"
	"tahti/internal/store"
)

// maxPages bounds the pages of one pull; what is left is due at once.
const maxPages = 10_000

// hearBack lets the calendar tell of what the run has made there, where it will say nothing of its deletion before it has told of it: a
// person who deletes it before the next pull would not be heard until the audit. What else is told is left to the next run, which is due
// then. Where nothing was made, nothing is asked (I3).
func (r *run) hearBack(ctx context.Context) error {
	if !r.capable.Untold || r.counts[CreatedInCalendar] == 0 {
		return nil
	}
	return r.pull(ctx, false)
}

// pull stores what has changed as work items, page by page, each with the cursor behind it (I8).
func (r *run) pull(ctx context.Context, audit bool) error {
	// A sweep may show less than changes do: a calendar that lists a window tells of what changed outside of it only since a
	// cursor, which is gone behind the sweep. So the changes come first, where there are any.
	sweep := audit && r.connection.Cursor != "" && r.capable.Tombstones
	if audit && !sweep {
		r.connection.Cursor = ""
	}
	r.parted = nil
	for lost, listed := false, false; r.pages < maxPages; r.pages++ {
		p, err := r.t.Remote.Pull(ctx, provider.Cursor(r.connection.Cursor), r.known(ctx))
		if provider.ClassOf(err) == provider.CursorLost && err != nil && !lost {
			// The provider forgot us: sweep. Nothing is deleted for being absent without proof (I6).
			lost, sweep, r.connection.Cursor = true, false, ""
			continue
		}
		if err != nil {
			return fmt.Errorf("pull: %w", err)
		}
		more, err := r.page(ctx, p)
		switch {
		case err != nil:
			return fmt.Errorf("store page %d: %w", r.pages+1, err)
		case more:
		case !sweep:
			return nil
		case isListing(p) && !listed:
			listed = true // one that was broken off; what has changed since it began comes next
		default:
			sweep, r.connection.Cursor = false, ""
		}
	}
	return nil
}

func isListing(p provider.Pull) bool {
	_, is := p.(provider.Snapshot)
	return is
}

// takeApart reads a page of either form. whole is nil unless the page ends a listing that was complete.
func takeApart(p provider.Pull) (items []provider.Item, next provider.Cursor, more bool, whole *provider.Whole) {
	switch p := p.(type) {
	case provider.Delta:
		return p.Items, p.Next, p.More, nil
	case provider.Snapshot:
		return p.Items, p.Next, p.More, p.Whole
	}
	panic(fmt.Sprintf("engine: a pull of type %T", p))
}

// page commits one page.
func (r *run) page(ctx context.Context, p provider.Pull) (more bool, err error) {
	items, next, more, whole := takeApart(p)
	r.seen += len(items)
	if len(items) == 0 && whole == nil && (more || string(next) == r.saved) {
		r.connection.Cursor = string(next)
		return more, nil // quiet: nothing to write (I3); a cursor that stays behind loses nothing
	}
	pulled, save := r.counts[Pulled], false
	// The items of a large page are stored in several commits; the cursor goes with the last of them.
	for len(items) > batchSize {
		if err := r.step(ctx, func(tx Tx) error { return r.arrivals(ctx, tx, items[:batchSize]) }); err != nil {
			return false, err
		}
		items = items[batchSize:]
	}
	err = r.step(ctx, func(tx Tx) error {
		if err := r.arrivals(ctx, tx, items); err != nil {
			return err
		}
		if err := r.absent(ctx, tx, whole); err != nil {
			return err
		}
		// A page of a listing of which nothing was stored is no progress that a cursor would have to keep (I3).
		if save = string(next) != r.saved && (!more || r.counts[Pulled] > pulled); !save {
			return nil
		}
		return tx.SaveCursor(ctx, r.connection.ID, string(next))
	})
	if err != nil {
		return more, err
	}
	r.swept = r.swept || whole != nil
	if r.connection.Cursor = string(next); save {
		r.saved = string(next)
	}
	return more, nil
}

// arrivals turns items into work, but for those that are where we left them: our own writes coming back.
func (r *run) arrivals(ctx context.Context, tx Tx, items []provider.Item) error {
	if err := r.readListedAhead(ctx, tx, items); err != nil {
		return err
	}
	for _, it := range items {
		news, tie, err := r.isNews(ctx, tx, it)
		if err != nil {
			return err
		}
		linked := tie != nil
		if !linked && it.State == provider.StateGone {
			if err := r.forgetUnlinked(ctx, tx, it.ID); err != nil {
				return err
			}
		}
		if !news {
			continue
		}
		if !linked && it.State == provider.StateLive && r.keptOut(&it.Event) {
			if err := r.forgetTwins(ctx, tx, it.ID); err != nil {
				return err
			}
		}
		if err := r.age(ctx, tx, &it, tie); err != nil {
			return err
		}
		r.counts[Pulled]++
		r.row.Total++
		if err := tx.PutWork(ctx, r.connection.ID, remoteSubject(it.ID), encodeItem(it), r.now(), false); err != nil {
			return err
		}
		r.fresh[it.ID] = true
	}
	return nil
}

// isNews reports whether there is anything to do about an item that a pull shows, and what ties it; nil if nothing does.
func (r *run) isNews(ctx context.Context, tx Tx, it provider.Item) (news bool, tie *store.Link, err error) {
	l, err := tx.LinkByRemote(ctx, r.connection.ID, string(it.ID))
	if err != nil && !isNotFound(err) {
		return false, nil, err
	}
	linked := err == nil
	if linked {
		tie = &l
	}
	switch {
	case linked && l.Pending == nil && (it.State == provider.StateLive || it.State == provider.StateNotRead) &&
		len(it.Versions) > 0 && it.Versions.Equal(versionsOf(&l)),
		!linked && (it.State == provider.StateGone || r.unchangedSinceStart(ctx, tx, it)):
		return false, tie, nil
	}
	waits, err := r.waits(ctx, tx, it)
	return !waits, tie, err
}

// waits reports that an item, readable or not, waits at this very version, backing off, set aside, or let pass by a person: a
// calendar that lists everything shows it at each pull, and that is no news. As news it would be tried at each pull (I15), and never
// pass a brake.
func (r *run) waits(ctx context.Context, tx Tx, it provider.Item) (bool, error) {
	if it.State == provider.StateGone || it.State == provider.StateUnproven || it.Versions.Master().Tag == "" {
		return false, nil
	}
	w, err := tx.WorkBySubject(ctx, r.connection.ID, remoteSubject(it.ID))
	switch {
	case isNotFound(err):
		return false, nil
	case err != nil, w.Class == "": // nothing has befallen it yet
		return false, err
	}
	was := decodeItem(it.ID, w.Payload)
	return was.Versions.Equal(it.Versions), nil
}

// forgetUnlinked: an item that never became an activity is gone; what waits for it has no object any more.
func (r *run) forgetUnlinked(ctx context.Context, tx Tx, id provider.RemoteID) error {
	if err := tx.DeleteTwins(ctx, r.connection.ID, string(id)); err != nil {
		return err
	}
	return forgetAt(ctx, tx, r.connection.ID, remoteSubject(id))
}

// unchangedSinceStart: an item of the baseline at the version that it had then, or one that was refused at this version.
func (r *run) unchangedSinceStart(ctx context.Context, tx Tx, it provider.Item) bool {
	if !r.connection.Baselined {
		return false
	}
	same, err := r.isAsNoted(ctx, tx, &it)
	return err == nil && same
}

// absent takes a complete listing as a reason to ask for what it ought to have shown and did not, one by one. Asking again costs
// one request a hundred and guards against a listing that was complete only in form (I6).
func (r *run) absent(ctx context.Context, tx Tx, whole *provider.Whole) error {
	if whole == nil {
		return nil
	}
	missed, err := r.missed(ctx, tx, whole)
	if err != nil {
		return err
	}
	for _, id := range missed {
		if err := r.probe(ctx, tx, id); err != nil {
			return err
		}
	}
	return nil
}

// missed are the items that a complete listing ought to have shown and did not: those that are tied, and those that wait.
func (r *run) missed(ctx context.Context, tx Tx, whole *provider.Whole) ([]provider.RemoteID, error) {
	tied, err := r.missedTied(ctx, tx, whole)
	if err != nil {
		return nil, err
	}
	waiting, err := r.missedWaiting(ctx, tx, whole)
	return append(tied, slices.DeleteFunc(waiting, func(id provider.RemoteID) bool { return slices.Contains(tied, id) })...), err
}

func (r *run) missedTied(ctx context.Context, tx Tx, whole *provider.Whole) (ids []provider.RemoteID, err error) {
	for after := store.ID(0); ; {
		links, err := tx.Links(ctx, r.connection.ID, after, 500)
		if err != nil || len(links) == 0 {
			return ids, err
		}
		for _, l := range links {
			after = l.ID
			if l.State == store.LinkSevered || l.State == store.LinkDormant {
				continue // its being gone changes nothing, and would be asked for at every listing (I3)
			}
			if l.Remote != "" && whole.Misses(provider.RemoteID(l.Remote), func() provider.Range { return r.spanOf(l.RemoteEvent) }) {
				ids = append(ids, provider.RemoteID(l.Remote))
			}
		}
	}
}

// missedWaiting are those that were listed before. What is due is read before it comes in anyway (see [aged]); but what
// was set aside would wait for a person for ever, and no list will say that it is gone.
func (r *run) missedWaiting(ctx context.Context, tx Tx, whole *provider.Whole) (ids []provider.RemoteID, err error) {
	for after := store.ID(0); ; {
		works, err := tx.ListWork(ctx, r.connection.ID, after, 500)
		if err != nil || len(works) == 0 {
			return ids, err
		}
		for _, w := range works {
			after = w.ID
			id, remote := remoteOf(w)
			if !remote {
				continue
			}
			it := decodeItem(id, w.Payload)
			if it.State == provider.StateUnproven || !whole.Misses(it.ID, func() provider.Range { return r.spanOf(&it.Event) }) {
				continue // it is asked for already, or need not be in the listing
			}
			ids = append(ids, id)
		}
	}
}

// probe leaves the work to ask for an item by its id. Where such work is there already, its being missed once more is no news: what
// is held because it is gone is asked for when it is let go (I3), what backs off when its time comes (I15), and what a person let
// pass keeps their word, without which a calendar that only lists would close the brake again at each pull (I7).
func (r *run) probe(ctx context.Context, tx Tx, id provider.RemoteID) error {
	if asked, err := r.askedFor(ctx, tx, id); err != nil || asked {
		return err
	}
	r.counts[Pulled]++
	r.row.Total++
	return tx.PutWork(ctx, r.connection.ID, remoteSubject(id), encodeItem(provider.Item{ID: id, State: provider.StateUnproven}), r.now(), false)
}

// Doubt leaves the work to ask for an item by its id, where something hints that it is gone: it is no more than a reason to ask. Of what is
// not tied nothing hangs on that.
func Doubt(ctx context.Context, tx Tx, connection store.ID, id provider.RemoteID, now time.Time) error {
	l, err := tx.LinkByRemote(ctx, connection, string(id))
	switch {
	case isNotFound(err):
		return nil
	case err != nil || l.State == store.LinkSevered || l.State == store.LinkDormant:
		return err
	}
	_, err = tx.WorkBySubject(ctx, connection, remoteSubject(id))
	if !isNotFound(err) {
		return err // it is looked at anyway
	}
	return tx.PutWork(ctx, connection, remoteSubject(id), encodeItem(provider.Item{ID: id, State: provider.StateUnproven}), now, false)
}

func (r *run) askedFor(ctx context.Context, tx Tx, id provider.RemoteID) (bool, error) {
	w, err := tx.WorkBySubject(ctx, r.connection.ID, remoteSubject(id))
	switch {
	case isNotFound(err):
		return false, nil
	case err != nil, w.HeldBy == store.HeldByNothing && w.Class == "":
		return false, err
	}
	was := decodeItem(id, w.Payload)
	return was.State == provider.StateGone || was.State == provider.StateUnproven, nil
}

// askedSingly is how many items a pull asks about before all of a connection are loaded.
const askedSingly = 100

// known answers versions to an adapter that lists. A change or two are looked up; a sweep asks for all of them, so then
// they are loaded at once.
func (r *run) known(ctx context.Context) provider.Known {
	var all map[string]string
	asked := 0
	return func(id provider.RemoteID) (v provider.Versions) {
		if all != nil { // no transaction for each of a hundred thousand
			if tag, ok := all[string(id)]; ok {
				return provider.One(tag)
			}
			return nil
		}
		err := r.e.Store.View(ctx, r.t.Company, func(tx Tx) (err error) {
			if asked++; asked <= askedSingly {
				l, err := tx.LinkByRemote(ctx, r.connection.ID, string(id))
				if tag := versionsOf(&l).Master().Tag; err == nil && tag != "" {
					v = provider.One(tag)
				}
				return err
			}
			all, err = tx.LinkVersions(ctx, r.connection.ID)
			if tag, ok := all[string(id)]; ok {
				v = provider.One(tag)
			}
			return err
		})
		if err != nil {
			return nil // not known: the item is read, which loses nothing
		}
		return v
	}
}
