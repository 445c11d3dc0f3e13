package engine

import (
	"context"
	"slices"
	"time"

	"tahti/internal/store"
)

// Another tool that syncs the same calendars answers what we write with writes of its own. Neither knows of the other, and without
// somebody who stops it would go on for ever (I22).

// often is how many times something may happen in an hour, and in a day: what goes round once in five minutes, as calendars are asked that
// send no notifications, is as endless as what goes round at once.
type often struct{ inAnHour, inADay int }

// manyTurns is how often both sides may rewrite an item in turn, and manyArrivals how often one calendar may change what we carry to another
// one. Nobody does that by hand; the second is larger because a person who is at work on an event saves it often.
var (
	manyTurns    = often{inAnHour: 5, inADay: 20}
	manyArrivals = often{inAnHour: 20, inADay: 60}
)

// Loop is the reason for which something waits that another program keeps changing.
const Loop = "loop"

// loops counts what comes in. A tool that rewrites what we write is noticed by its turns with us. One that carries changes between two of
// the calendars is not: we only read from the one and only write to the other, so all that comes in of such an item is counted, too.
func (r *run) loops(ctx context.Context, tx Tx, s *situation) (many bool, err error) {
	if !s.state.RemoteChanged {
		return false, nil
	}
	m := &s.link.RemoteMeta
	if m.Arrivals, many = manyArrivals.onceMore(m.Arrivals, r.now()); many {
		if elsewhere, err := r.elsewhere(ctx, tx, s.link.Activity); err != nil || elsewhere {
			return elsewhere, err
		}
	}
	if !m.Outward {
		return false, nil
	}
	m.Turns, many = manyTurns.onceMore(m.Turns, r.now())
	m.Outward = false
	return many, nil
}

// onceMore adds a moment to those of the day before it, and reports that there are too many of them. It keeps as many as it takes to know.
func (o often) onceMore(list []time.Time, now time.Time) (kept []time.Time, many bool) {
	kept = append(within(list, now, 24*time.Hour), now)
	if most := o.inADay + 1; len(kept) > most {
		kept = kept[len(kept)-most:]
	}
	return kept, len(kept) > o.inADay || len(within(kept, now, time.Hour)) > o.inAnHour
}

// within is what of a list of moments is no older than a while.
func within(list []time.Time, now time.Time, while time.Duration) []time.Time {
	return slices.DeleteFunc(slices.Clone(list), func(t time.Time) bool { return t.Before(now.Add(-while)) })
}

// noLoop begins to count anew: somebody says that what has kept changing an item does so no more.
func (e *Engine) noLoop(ctx context.Context, tx Tx, c store.Connection, w store.Work) error {
	r := e.newRun(Target{Company: tx.Company(), Connection: c.ID})
	if err := r.bench.load(ctx, tx, c.ID); err != nil {
		return err
	}
	s, err := r.load(ctx, tx, w, nil)
	if err != nil || s.link == nil {
		return err
	}
	s.link.RemoteMeta.Turns, s.link.RemoteMeta.Arrivals = nil, nil
	return r.saveLink(ctx, tx, s)
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
