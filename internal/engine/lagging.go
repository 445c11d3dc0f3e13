package engine

import (
	"context"
	"fmt"
	"time"

	"tahti/internal/provider"
	"tahti/internal/store"
)

// A list may come from a replica that lags, or from a cache: it says what was so a while ago. What it says of an item of which sync has
// written or heard something lately may be older than that, and a version does not tell which of two came first. Taken at its word it would
// bring back what was deleted (I4), and put what was there before in the place of what somebody has typed since (I2). So it is a reason to
// look: by its id an item is asked for where it is written. Of what sync has not dealt with lately nothing newer can be known.

// maxLag is how old a list may be, and the clocks of two nodes apart. A provider promises nothing about it.
const maxLag = time.Hour

// age makes of an item that a list shows, and that may have been so only a while ago, one that is read first.
func (r *run) age(ctx context.Context, tx Tx, it *provider.Item, tie *store.Link) (err error) {
	before, old := r.now().Add(-maxLag), false
	switch {
	case it.State == provider.StateLive && tie != nil:
		old = tie.Changed.After(before)
	case it.State == provider.StateLive, it.State == provider.StateGone && tie != nil: // it is there again, where it was gone lately
		old, err = r.partedLately(ctx, tx, it, before)
	}
	if old {
		it.State = provider.StateNotRead
	}
	return err
}

// partedLately reports that an item was let go of lately, or may have been: one that was taken out of its calendar, and whose tie rests, is
// known by its key alone.
func (r *run) partedLately(ctx context.Context, tx Tx, it *provider.Item, since time.Time) (bool, error) {
	if it.Key != "" {
		return true, nil
	}
	if r.parted == nil {
		remotes, err := tx.EndedLinks(ctx, r.connection.ID, since)
		if err != nil {
			return false, fmt.Errorf("what was let go of lately: %w", err)
		}
		r.parted = make(map[string]bool, len(remotes))
		for _, id := range remotes {
			r.parted[id] = true
		}
	}
	return r.parted[string(it.ID)], nil
}
