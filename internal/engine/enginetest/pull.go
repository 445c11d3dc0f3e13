package enginetest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"tahti/internal/provider"
)

// Pull answers what has changed. A cursor is the number of the last change, and for a listing in pages where it stands.
func (c *Calendar) Pull(_ context.Context, since provider.Cursor, known provider.Known) (provider.Pull, error) {
	call := Call{Op: "pull"}
	if err := c.call(call); err != nil {
		return nil, err
	}
	seq, listed, whole := 0, 0, since == "" || c.Listing
	if n, err := fmt.Sscanf(string(since), "list %d at %d", &listed, &seq); err == nil && n == 2 {
		whole = true
	} else if _, err := fmt.Sscanf(string(since), "%d", &seq); err != nil && since != "" {
		c.wrong("a cursor %q that was never given out", since)
	}
	if since != "" && seq < c.lost {
		return nil, &provider.Error{Op: "pull", Class: provider.CursorLost}
	}
	var p provider.Pull
	if whole {
		if listed == 0 {
			seq = c.seq // what changes while the pages are read is in the next delta
		}
		p = c.snapshot(listed, seq, known)
	} else {
		p = c.delta(seq)
	}
	if c.Bend != nil {
		p = c.Bend(p)
	}
	return p, c.answer(call)
}

func (c *Calendar) page() int {
	if c.Page > 0 {
		return c.Page
	}
	return len(c.order) + 1
}

func (c *Calendar) snapshot(from, seq int, known provider.Known) provider.Snapshot {
	to := min(from+c.page(), len(c.order))
	s := provider.Snapshot{More: to < len(c.order)}
	for _, id := range c.order[from:to] {
		e := c.stored[id]
		if !e.gone && c.inWindow(e) && !known(id).Equal(provider.One(fmt.Sprint(e.seq))) {
			s.Items = append(s.Items, c.shown(e))
		}
	}
	if s.More {
		s.Next = provider.Cursor(fmt.Sprintf("list %d at %d", to, seq))
		return s
	}
	s.Next = provider.Cursor(fmt.Sprint(seq))
	var ids []provider.RemoteID
	for _, id := range c.order {
		if e := c.stored[id]; !e.gone && c.inWindow(e) {
			ids = append(ids, id)
		}
	}
	s.Whole = provider.NewWhole(c.Window, ids)
	return s
}

func (c *Calendar) delta(seq int) provider.Delta {
	var changed []*entry
	for _, id := range c.order {
		if e := c.stored[id]; e.seq > seq && !(e.gone && (c.Unseen || c.Untold && e.born > seq)) {
			changed = append(changed, e)
		}
	}
	slices.SortFunc(changed, func(a, b *entry) int { return cmp.Compare(a.seq, b.seq) })
	d := provider.Delta{Next: provider.Cursor(fmt.Sprint(c.seq))}
	if n := c.page(); len(changed) > n {
		changed, d.More = changed[:n], true
		d.Next = provider.Cursor(fmt.Sprint(changed[n-1].seq))
	}
	for _, e := range changed {
		d.Items = append(d.Items, c.shown(e))
	}
	return d
}

// shown is an item as a pull shows it.
func (c *Calendar) shown(e *entry) provider.Item {
	c.Listed++
	it := c.item(e)
	switch {
	case e.gone && c.Unproven:
		it.State = provider.StateUnproven
	case !e.gone && !c.inWindow(e):
		it = provider.Item{ID: it.ID, State: provider.StateUnproven}
	case !e.gone && c.Unread:
		it = provider.Item{ID: it.ID, State: provider.StateNotRead, Versions: it.Versions}
	}
	return it
}

// Shows implements [provider.Windowed].
func (c *Calendar) Shows(provider.Cursor) provider.Range { return c.Window }

func (c *Calendar) inWindow(e *entry) bool {
	at := e.event.Start.Instant(time.UTC)
	return c.Window.From.IsZero() || !at.Before(c.Window.From) && at.Before(c.Window.To)
}
