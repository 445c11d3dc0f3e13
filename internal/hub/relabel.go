package hub

import (
	"context"
	"fmt"
	"time"

	"tahti/internal/store"
)

const (
	// maxRelabelled bounds how many activities get new labels because of a new name; an audit finds the others.
	maxRelabelled = 10_000
	// relabelEvery spaces them, for nobody waits for it.
	relabelEvery = 2 * time.Second
)

// relabel lets events that name a deal, person or organisation be written again: slowly, one after the other, each once
// however often the name changes meanwhile.
func (h *Hub) relabel(ctx context.Context, tx Tx, f store.ActivityFilter) error {
	return h.rewrite(ctx, tx, f, func(c *store.Connection) bool {
		s, ok := settingsOf(c)
		return !ok || s.Out() && labels(&s)
	})
}

// rewrite lets the events of some activities be looked at again in the connections that are concerned.
func (h *Hub) rewrite(ctx context.Context, tx Tx, f store.ActivityFilter, concerns func(*store.Connection) bool) error {
	due := h.now()
	f.Limit = MaxPage
	for seen := 0; seen < maxRelabelled; {
		rows, next, err := tx.Activities(ctx, f)
		if err != nil {
			return fmt.Errorf("list activities to write again: %w", err)
		}
		for _, a := range rows {
			links, err := tx.LinksOfActivity(ctx, a.ID)
			if err != nil {
				return fmt.Errorf("list links: %w", err)
			}
			for _, l := range links {
				c, err := tx.Connection(ctx, l.Connection)
				if err != nil {
					return fmt.Errorf("read connection of link %d: %w", l.ID, err)
				}
				if c.State == store.Stopped || !concerns(&c) {
					continue
				}
				due = due.Add(relabelEvery)
				if err := enqueue(ctx, tx, c.ID, a.ID, due, laneSlow); err != nil {
					return err
				}
			}
		}
		if seen += len(rows); next == "" {
			return nil
		}
		f.After = next
	}
	return nil
}
