package world

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tahti/internal/provider"
)

// listed is what a cursor stands for: the items that were answered on the way to it, by their change.
type listed struct{ items map[provider.RemoteID]int }

// hears notes what a cursor stands for to who was given it: another worker may have been given the same one with more on the way, or less.
func (k *worker) hears(cursor string, l *listed) {
	if k.told == nil {
		k.told = map[string]*listed{}
	}
	k.told[cursor] = l
}

// Pull answers what has changed. A cursor is the number of the last change, and in a listing where it stands.
func (r *remote) Pull(ctx context.Context, since provider.Cursor, known provider.Known) (p provider.Pull, err error) {
	s := r.s
	err = r.call(ctx, "pull", func() error {
		if s.moving {
			p, err = r.pullWindow(since, known)
			return err
		}
		seq, from, whole := 0, 0, since == "" || s.listing
		lags := strings.HasPrefix(string(since), lagging)
		if n, _ := fmt.Sscanf(strings.TrimPrefix(string(since), lagging), "list %d at %d", &from, &seq); n == 2 {
			whole = true
		} else if n, _ := fmt.Sscanf(string(since), "%d", &seq); n != 1 && since != "" {
			s.w.broke("I8", "%s was asked for a cursor %q that it never gave out", s.name, since)
		}
		if since != "" && seq < s.lost {
			return &provider.Error{Op: "pull", Class: provider.CursorLost}
		}
		if whole {
			a := r.snapshot(from, seq, lags, known)
			p = a
			s.w.say(s.name, "lists since %q%s, next %q", since, named(a.Items), a.Next)
		} else {
			a := r.delta(string(since), seq, strconv.Itoa, s.shown)
			p = a
			s.w.say(s.name, "answers what is new since %q%s, next %q", since, named(a.Items), a.Next)
		}
		return nil
	})
	return p, err
}

// pageSize is how many items this answer has.
func (r *remote) pageSize() int {
	n := cmp.Or(r.s.page, 1000)
	if r.s.w.strikes(ShortPage, r.s.side) {
		n = 1
	}
	return n
}

func (r *remote) snapshot(from, seq int, lags bool, known provider.Known) provider.Snapshot {
	s := r.s
	if from == 0 {
		s.hid = false
		seq, lags = s.startsAt()
		s.lists(seq, lags)
	}
	to := min(from+r.pageSize(), len(s.order))
	p := provider.Snapshot{More: to < len(s.order)}
	for _, id := range s.order[from:to] {
		x := s.as(s.stored[id], seq, lags)
		s.hid = s.hid || s.stored[id].isNot(x)
		if x != nil && !known(id).Equal(provider.One(x.tags.Master().Tag)) {
			p.Items = append(p.Items, s.shown(x))
			s.haunts(x)
		}
	}
	p.Items = r.bend(p.Items)
	if p.More {
		p.Next = provider.Cursor(fmt.Sprintf("%slist %d at %d", laggingIf(lags), to, seq))
		return p
	}
	p.Next = provider.Cursor(fmt.Sprint(seq))
	var ids []provider.RemoteID
	for _, id := range s.order {
		if s.as(s.stored[id], seq, lags) != nil {
			ids = append(ids, id)
		}
	}
	p.Whole = provider.NewWhole(provider.Range{}, ids)
	return p
}

// visible reports whether a listing as of a change has an item. One that was written late is not in it yet.
func (s *server) visible(e *entry, seq int) bool {
	return !e.lateUntil.After(s.w.now) && (e.seq <= seq || e.before > 0)
}

// delta is a page of what has changed since a change; cursor names the one that it goes up to, and shown is what it says of an event.
func (r *remote) delta(since string, seq int, cursor func(seq int) string, shown func(*entry) provider.Item) provider.Delta {
	s := r.s
	upTo, lags := s.startsAt()
	var changed []*entry
	replays := lags && s.replays(&upTo, seq)
	if replays {
		changed = s.changedSince(upTo)
	} else {
		upTo = max(seq, upTo)
		changed = s.changedIn(seq, upTo, lags)
	}
	d := provider.Delta{Next: provider.Cursor(cursor(upTo))}
	if n := r.pageSize(); len(changed) > n && !replays {
		changed, d.More = changed[:n], true
		d.Next = provider.Cursor(cursor(changed[n-1].seq))
	}
	if len(changed) > 0 && !s.unproven && s.w.strikes(CursorWrong, r.s.side) {
		s.passesOver(changed[0])
		changed = changed[1:]
	}
	answered := &listed{items: map[provider.RemoteID]int{}}
	if before := r.k.told[since]; before != nil {
		for id, n := range before.items { // any order: a copy
			answered.items[id] = n
		}
	}
	for _, e := range changed {
		d.Items = append(d.Items, shown(e))
		s.haunts(e)
		answered.items[e.id] = e.seq
	}
	r.k.hears(string(d.Next), answered)
	d.Items = r.bend(d.Items)
	return d
}

// changedIn is what has changed behind one change and up to another, as of that where the list lags.
func (s *server) changedIn(since, upTo int, lags bool) (changed []*entry) {
	for _, id := range s.order {
		e := s.stored[id]
		if lags {
			e = e.asOf(upTo)
		}
		switch {
		case e == nil, e.seq <= since, e.gone && s.crm:
		case s.untoldEnds && e.gone && e.born > since:
			s.passesOver(e)
		default:
			changed = append(changed, e)
		}
	}
	slices.SortFunc(changed, func(a, b *entry) int { return cmp.Compare(a.seq, b.seq) })
	return changed
}

// passesOver lets a cursor go past what an event is as of a change without a word. What has changed since is told of.
func (s *server) passesOver(shown *entry) {
	if e := s.stored[shown.id]; e.seq == shown.seq {
		e.skipped = e.seq
	}
}

// shown is an item as a pull shows it.
func (s *server) shown(e *entry) provider.Item {
	it := s.item(e)
	switch {
	case e.gone && s.unproven:
		it.State = provider.StateUnproven
	case !e.gone && s.unread:
		it = provider.Item{ID: it.ID, State: provider.StateNotRead, Versions: it.Versions}
	}
	return it
}

// bend lets a list be what lists are in the wild.
func (r *remote) bend(items []provider.Item) []provider.Item {
	if len(items) == 0 {
		return items
	}
	if r.s.w.strikes(Repeated, r.s.side) {
		items = append(items, items[0])
	}
	if r.s.w.strikes(NoVersion, r.s.side) {
		items[0].Versions = provider.Versions{}
	}
	return items
}

// Read answers items by id.
func (r *remote) Read(ctx context.Context, ids []provider.RemoteID) (items []provider.Item, err error) {
	if len(ids) > r.s.batch {
		r.s.w.broke("contract", "%s was asked for %d items at once and takes %d", r.s.name, len(ids), r.s.batch)
	}
	for _, id := range ids {
		r.asksFor("read", string(id))
	}
	err = r.call(ctx, fmt.Sprint("read ", ids), func() error {
		for _, id := range ids {
			it := provider.Item{ID: id, State: provider.StateGone}
			if e := r.s.stored[id]; e != nil {
				it = r.s.item(e)
			}
			items = append(items, it)
		}
		return nil
	})
	return items, err
}

// Find looks for what was created under a key; copies that people made carry it too, and are not it.
func (r *remote) Find(ctx context.Context, key provider.Key) (it provider.Item, err error) {
	r.asksFor("look", string(key))
	if r.s.crm {
		r.s.w.broke("contract", "%s was asked for the key %s, and nothing in it holds one", r.s.name, key)
	}
	err = r.call(ctx, "find "+string(key), func() error {
		it = provider.Item{State: provider.StateGone}
		if e := r.s.madeUnder(key); e != nil {
			it = r.s.item(e)
		}
		return nil
	})
	return it, err
}

// named lists items for the trace.
func named(items []provider.Item) string {
	text := ""
	for _, it := range items {
		text += fmt.Sprintf(" %s (%s)", it.ID, it.State)
	}
	return text
}
