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
	due := h.now()
	f.Limit = MaxPage
	for seen := 0; seen < maxRelabelled; {
		rows, next, err := tx.Activities(ctx, f)
		if err != nil {
			return fmt.Errorf("list activities to relabel: %w", err)
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
				if s, ok := settingsOf(&c); c.State == store.Stopped || ok && !(s.Out() && labels(&s)) {
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
