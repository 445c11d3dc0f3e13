package engine

import (
	"context"
	"fmt"
	"time"

	"tahti/internal/lens"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// begin takes the starting point: what is there now on both sides, and what of it is to enter. It makes no activity and
// no event. It can be broken off at any point and goes on where it was: the start is the moment at which the connection was
// activated, however often it took.
func (r *run) begin(ctx context.Context) error {
	if r.settings.Start == lens.NewAndChanged {
		tied, err := r.tied(ctx)
		if err != nil {
			return err
		}
		return r.takeBaseline(ctx, tied)
	}
	expectedOut, err := r.enqueueActivities(ctx)
	if err != nil {
		return err
	}
	if err := r.pull(ctx, r.t.Audit); err != nil {
		return err
	}
	if err := r.firstLook(ctx); err != nil {
		return err
	}
	return r.step(ctx, func(tx Tx) error {
		// What an earlier run stored before it was broken off is foreseen, too; and what was told twice, once.
		expectedIn, err := tx.CountArrivals(ctx, r.connection.ID)
		if err != nil {
			return err
		}
		return r.begun(ctx, tx, r.connection.Cursor, expectedIn, expectedOut)
	})
}

// begun opens the connection: from now on items may enter.
func (r *run) begun(ctx context.Context, tx Tx, cursor string, expectedIn, expectedOut int) error {
	c, err := tx.Connection(ctx, r.connection.ID)
	if err != nil {
		return err
	}
	c.Baselined, c.Cursor = true, cursor
	if r.swept { // not where an earlier run listed all there is: the cursor may have passed over what was edited since
		c.Audited = r.now()
	}
	c.Health.ExpectedIn, c.Health.ExpectedOut = expectedIn, expectedOut
	if err := tx.PutConnection(ctx, &c); err != nil {
		return err
	}
	r.connection, r.saved = c, c.Cursor
	return nil
}

// tied reports whether anything is linked already, as in a connection that was stopped and is taken up again.
func (r *run) tied(ctx context.Context) (tied bool, err error) {
	err = r.e.Store.View(ctx, r.t.Company, func(tx Tx) error {
		links, err := tx.Links(ctx, r.connection.ID, 0, 1)
		tied = len(links) > 0
		return err
	})
	return tied, err
}

// takeBaseline notes every item with its version and fingerprint, page by page, each with the cursor that stands behind it.
// The last page opens the connection in the same commit: a moment later, what is new is new.
func (r *run) takeBaseline(ctx context.Context, tied bool) error {
	if err := r.readOldDates(ctx); err != nil {
		return err
	}
	lost := false
	for range maxPages {
		p, err := r.t.Remote.Pull(ctx, provider.Cursor(r.connection.Cursor), func(provider.RemoteID) provider.Versions { return nil })
		if err != nil && provider.ClassOf(err) == provider.CursorLost && !lost {
			// What was noted before it was broken off stands; what is listed again is compared with it.
			lost, r.connection.Cursor = true, ""
			continue
		}
		if err != nil {
			return fmt.Errorf("list: %w", err)
		}
		items, next, more, whole := takeApart(p)
		r.swept = r.swept || whole != nil
		r.row.Total += len(items)
		err = r.baseItems(ctx, items, func(tx Tx) error {
			switch {
			case more:
				return tx.SaveCursor(ctx, r.connection.ID, string(next))
			case tied:
				return r.begun(ctx, tx, "", 0, 0) // what is tied may have changed before the baseline: a sweep shows it
			}
			return r.begun(ctx, tx, string(next), 0, 0)
		})
		if err != nil || !more {
			return err
		}
		r.connection.Cursor = string(next)
	}
	return fmt.Errorf("list: more than %d pages", maxPages)
}

// baseItems stores one page, and what end does with it.
func (r *run) baseItems(ctx context.Context, items []provider.Item, end func(Tx) error) error {
	for {
		n := min(len(items), max(1, min(batchSize, r.capable.BatchRead)))
		read, err := r.readListed(ctx, items[:n])
		if err != nil {
			return err
		}
		last := n == len(items)
		err = r.step(ctx, func(tx Tx) error {
			for _, it := range items[:n] {
				if err := r.baseItem(ctx, tx, it, read); err != nil {
					return err
				}
			}
			if last {
				return end(tx)
			}
			return nil
		})
		r.done += n
		r.progress()
		if err != nil || last {
			return err
		}
		items = items[n:]
	}
}

// sameMoment is how far apart two clocks may show one moment: versions are dated to the second, skew is known as well as that.
const sameMoment = 2 * time.Second

// editedSinceStart goes by the provider's word, where it gives one.
func (r *run) editedSinceStart(it *provider.Item) bool {
	return r.capable.Modified && it.Modified.After(r.connection.HubAt.Add(sameMoment))
}

// baseItem notes an item as it was at the start. What was edited since is work, whether its provider says so or it was noted
// as something else before the listing was broken off.
func (r *run) baseItem(ctx context.Context, tx Tx, listed provider.Item, read map[provider.RemoteID]provider.Item) error {
	it := listed
	if got, ok := read[it.ID]; ok {
		it = got
	}
	if it.State == provider.StateGone || listed.State == provider.StateGone {
		return nil
	}
	if it.State == provider.StateLive && !it.Versions.Equal(listed.Versions) && len(listed.Versions) > 0 {
		return nil // edited between the listing and the reading: the next pull says so
	}
	if it.State == provider.StateLive {
		if err := r.noteUntied(ctx, tx, &it); err != nil {
			return err
		}
	}
	b := r.baselineOf(&listed, &it)
	switch edited, noted, err := r.editedAtStart(ctx, tx, &b, &it); {
	case err != nil:
		return err
	case edited:
		r.counts[Pulled]++
		return tx.PutWork(ctx, r.connection.ID, remoteSubject(it.ID), encodeItem(it), r.now(), false)
	case noted:
		return nil
	}
	return tx.PutBaseline(ctx, []store.Baseline{b})
}

// baselineOf is what is noted of an item that was listed, and read where a list shows no more than versions.
func (r *run) baselineOf(listed, it *provider.Item) store.Baseline {
	b := store.Baseline{Connection: r.connection.ID, Remote: string(it.ID), Version: it.Versions.Master().Tag}
	if len(listed.Versions) > 0 {
		b.Version = listed.Versions.Master().Tag
	}
	if it.State == provider.StateLive {
		b.Fingerprint, b.UID = lens.Fingerprint(&it.Event), calledBy(&it.Event)
	}
	return b
}

// editedAtStart reports whether an item was edited since the start, and whether it is noted as it was then. One that we have made for what
// waits here, as a restored database may not know, was not there at the start.
func (r *run) editedAtStart(ctx context.Context, tx Tx, b *store.Baseline, it *provider.Item) (edited, noted bool, err error) {
	was, err := tx.Baseline(ctx, r.connection.ID, b.Remote)
	switch {
	case isNotFound(err):
		awaited, err := r.awaited(ctx, tx, it)
		return awaited || r.editedSinceStart(it), false, err
	case err != nil:
		return false, false, err
	}
	return (was.Version == "" || was.Version != b.Version) && was.Fingerprint != b.Fingerprint, true, nil
}

// readListed reads those of a batch that were only listed.
func (r *run) readListed(ctx context.Context, items []provider.Item) (map[provider.RemoteID]provider.Item, error) {
	var ids []provider.RemoteID
	for _, it := range items {
		if it.State == provider.StateNotRead || it.State == provider.StateUnproven {
			ids = append(ids, it.ID)
		}
	}
	return r.read(ctx, ids)
}

// read asks for items by id, in batches that the provider takes.
func (r *run) read(ctx context.Context, ids []provider.RemoteID) (map[provider.RemoteID]provider.Item, error) {
	got := make(map[provider.RemoteID]provider.Item, len(ids))
	for len(ids) > 0 {
		n := min(len(ids), max(1, r.capable.BatchRead))
		items, err := r.t.Remote.Read(ctx, ids[:n])
		if err != nil {
			return nil, fmt.Errorf("read %d items: %w", n, err)
		}
		for _, it := range items {
			got[it.ID] = it
		}
		ids = ids[n:]
	}
	return got, nil
}

// enqueueActivities marks every activity that the user owns or takes part in; which of them go out is the scope's to say.
func (r *run) enqueueActivities(ctx context.Context) (n int, err error) {
	if !r.settings.Out() || !r.connection.Writable {
		return 0, nil
	}
	f := store.ActivityFilter{Concerns: r.connection.Member, Limit: batchSize, Sort: "id"}
	for {
		var next string
		var marked int
		err := r.step(ctx, func(tx Tx) error {
			list, after, err := tx.Activities(ctx, f)
			if err != nil {
				return err
			}
			next, marked = after, 0
			for _, a := range list {
				view, err := r.viewOf(ctx, tx, &a, false)
				if err != nil {
					return err
				}
				parts, err := tx.Participants(ctx, a.ID)
				if err != nil {
					return err
				}
				if in, _ := lens.Scope(&a, parts, view); !in {
					continue
				}
				marked++
				if err := tx.PutWork(ctx, r.connection.ID, activitySubject(a.ID), nil, r.now(), false); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return 0, fmt.Errorf("mark activities: %w", err)
		}
		if n += marked; next == "" {
			return n, nil
		}
		f.After = next
	}
}
