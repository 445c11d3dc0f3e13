package engine

import (
	"context"
	"slices"
	"time"

	"tahti/internal/store"
)

// Another tool that syncs the same calendars answers what we write with writes of its own. Neither knows of the other, and without
// somebody who stops it would go on for ever (I22).

// manyTurns is how often in an hour both sides may rewrite an item in turn, and manyArrivals how often one calendar may change what we
// carry to another one. Nobody does that by hand; the second is larger because a person who is at work on an event saves it often.
const (
	manyTurns    = 5
	manyArrivals = 20
)

// loops counts what comes in. A tool that rewrites what we write is noticed by its turns with us. One that carries changes between two of
// the calendars is not: we only read from the one and only write to the other, so all that comes in of such an item is counted, too.
func (r *run) loops(ctx context.Context, tx Tx, s *situation) (bool, error) {
	if !s.state.RemoteChanged {
		return false, nil
	}
	m := &s.link.RemoteMeta
	m.Arrivals = r.onceMore(m.Arrivals)
	if n := len(m.Arrivals); n > manyArrivals {
		m.Arrivals = m.Arrivals[n-manyArrivals-1:]
		if elsewhere, err := r.elsewhere(ctx, tx, s.link.Activity); err != nil || elsewhere {
			return elsewhere, err
		}
	}
	if !m.Outward {
		return false, nil
	}
	m.Turns, m.Outward = r.onceMore(m.Turns), false
	return len(m.Turns) > manyTurns, nil
}

// onceMore adds this moment to those of the last hour.
func (r *run) onceMore(list []time.Time) []time.Time {
	hourAgo := r.now().Add(-time.Hour)
	list = slices.DeleteFunc(slices.Clone(list), func(t time.Time) bool { return t.Before(hourAgo) })
	return append(list, r.now())
}

// elsewhere reports that an activity has an item in another calendar as well.
func (r *run) elsewhere(ctx context.Context, tx Tx, activity store.ID) (bool, error) {
	links, err := tx.LinksOfActivity(ctx, activity)
	return slices.ContainsFunc(links, r.carriedBy), err
}

// carriedBy reports that a link ties an item of another calendar.
func (r *run) carriedBy(l store.Link) bool {
	return l.Connection != r.connection.ID && (l.State == store.LinkLinked || l.State == store.LinkWriting || l.State == store.LinkCreating)
}
