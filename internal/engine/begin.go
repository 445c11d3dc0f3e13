package engine

import (
	"context"
	"fmt"

	"tahti/internal/lens"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// begin takes the starting point: what is there now on both sides, and what of it is to enter. It makes no activity and
// no event. It can be broken off at any point and begun again.
func (r *run) begin(ctx context.Context) error {
	expectedIn, expectedOut := 0, 0
	var err error
	tied := false
	if r.settings.Start == lens.NewAndChanged {
		if tied, err = r.tied(ctx); err == nil {
			err = r.takeBaseline(ctx)
		}
	} else {
		expectedOut, err = r.enqueueActivities(ctx)
		if err == nil {
			err = r.pull(ctx)
		}
		expectedIn = r.row.Total
	}
	if err != nil {
		return err
	}
	return r.step(ctx, func(tx Tx) error {
		c, err := tx.Connection(ctx, r.connection.ID)
		if err != nil {
			return err
		}
		if c.Baselined = true; tied {
			c.Cursor = "" // what is tied from earlier may have changed before the baseline: a sweep shows it
		}
		c.Audited = r.now()
		c.Health.ExpectedIn, c.Health.ExpectedOut = expectedIn, expectedOut
		if err := tx.PutConnection(ctx, &c); err != nil {
			return err
		}
		r.connection, r.saved = c, c.Cursor
		return nil
	})
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

// takeBaseline notes every item with its version and fingerprint, and the cursor that stands behind them.
func (r *run) takeBaseline(ctx context.Context) error {
	cursor := provider.Cursor("")
	for range maxPages {
		p, err := r.t.Remote.Pull(ctx, cursor, func(provider.RemoteID) provider.Versions { return nil })
		if err != nil {
			return fmt.Errorf("list: %w", err)
		}
		items, next, more, _ := takeApart(p)
		cursor = next
		r.row.Total += len(items)
		if err := r.baseItems(ctx, items); err != nil {
			return err
		}
		if more {
			continue
		}
		r.connection.Cursor = string(cursor)
		return r.step(ctx, func(tx Tx) error { return tx.SaveCursor(ctx, r.connection.ID, string(cursor)) })
	}
	return fmt.Errorf("list: more than %d pages", maxPages)
}

// baseItems stores one page. What was edited between the listing and the reading is left out, so that it enters.
func (r *run) baseItems(ctx context.Context, items []provider.Item) error {
	for len(items) > 0 {
		n := min(len(items), max(1, min(batchSize, r.capable.BatchRead)))
		read, err := r.readListed(ctx, items[:n])
		if err != nil {
			return err
		}
		rows := make([]store.Baseline, 0, n)
		for _, it := range items[:n] {
			if it.State == provider.StateGone {
				continue
			}
			now := it
			if got, ok := read[it.ID]; ok {
				now = got
			}
			b := store.Baseline{Connection: r.connection.ID, Remote: string(it.ID), Version: it.Versions.Master().Tag}
			switch {
			case now.State == provider.StateGone:
				continue
			case now.State == provider.StateLive && !now.Versions.Equal(it.Versions) && len(it.Versions) > 0:
				continue
			case now.State == provider.StateLive:
				b.Fingerprint = lens.Fingerprint(&now.Event)
			}
			rows = append(rows, b)
		}
		if err := r.step(ctx, func(tx Tx) error { return tx.PutBaseline(ctx, rows) }); err != nil {
			return err
		}
		items, r.done = items[n:], r.done+n
		r.progress()
	}
	return nil
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

// enqueueActivities marks every activity of the user; which of them take part is the scope's to say.
func (r *run) enqueueActivities(ctx context.Context) (n int, err error) {
	if !r.settings.Out() || !r.connection.Writable {
		return 0, nil
	}
	f := store.ActivityFilter{Owner: r.connection.Member, Limit: 500, Sort: "id"}
	view := r.view(r.now(), false)
	for {
		var next string
		err := r.step(ctx, func(tx Tx) error {
			list, after, err := tx.Activities(ctx, f)
			if err != nil {
				return err
			}
			next = after
			for _, a := range list {
				if in, _ := lens.Scope(&a, nil, view); !in {
					continue
				}
				n++
				if err := tx.PutWork(ctx, r.connection.ID, activitySubject(a.ID), nil, r.now(), false); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return 0, fmt.Errorf("mark activities: %w", err)
		}
		if next == "" {
			return n, nil
		}
		f.After = next
	}
}
