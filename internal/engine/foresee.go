package engine

import (
	"context"
	"fmt"
	"slices"
	"time"

	"tahti/internal/lens"
	"tahti/internal/merge"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// Coming is what other settings would let in from the calendar: how many items would become activities, the activities of meetings that are
// here already and to which items would be tied, and how many items would be held, as they seem to be here.
type Coming struct {
	Created, Held int
	Linked        []store.ID
}

// Widened compares what comes in under a connection's settings with what would under others, by the very functions that a run
// decides with. It reads the whole calendar, but only where the settings differ in what they let in. Nothing that has come in
// leaves the CRM by a change of settings. Errors: those of the provider.
func (e *Engine) Widened(ctx context.Context, t Target, after *lens.Settings) (Coming, error) {
	r := e.newRun(t)
	r.capable = t.Remote.Capabilities()
	err := e.Store.View(ctx, t.Company, func(tx Tx) error { return r.bench.load(ctx, tx, t.Connection) })
	if err != nil || !letsIn(&r.settings, after) {
		return Coming{}, err
	}
	w := &wider{run: r, before: r.settings, after: *after, began: r.connection.HubAt, seen: map[provider.RemoteID]bool{}}
	cursor := provider.Cursor("")
	for range maxPages {
		p, err := t.Remote.Pull(ctx, cursor, func(provider.RemoteID) provider.Versions { return nil })
		if err != nil {
			return Coming{}, fmt.Errorf("list: %w", err)
		}
		items, next, more, _ := takeApart(p)
		for batch := range slices.Chunk(items, batchSize) {
			if err := w.look(ctx, batch); err != nil {
				return Coming{}, err
			}
		}
		if cursor = next; !more {
			return w.coming, nil
		}
	}
	return w.coming, fmt.Errorf("list: more than %d pages", maxPages)
}

// Returns counts, as a run does, what becomes of activities under other settings whose events were let go when they left: an event that
// is still there is tied again, and what has changed on either side since is carried over; one that is gone is made anew. So it does of those
// of whose meeting the calendar may hold a copy. Errors: those of the provider.
func (e *Engine) Returns(ctx context.Context, t Target, after *lens.Settings, activities []store.ID) (map[string]int, error) {
	d, err := e.newDry(ctx, t)
	if err != nil {
		return nil, err
	}
	d.connection.HubAt, d.settings = d.begunUnder(after), *after
	for batch := range slices.Chunk(activities, batchSize) {
		works := make([]store.Work, len(batch))
		for i, id := range batch {
			works[i] = store.Work{Connection: d.connection.ID, Subject: activitySubject(id)}
		}
		if err := d.count(ctx, works); err != nil {
			return nil, fmt.Errorf("look at what returns: %w", err)
		}
	}
	return d.counts, nil
}

// letsIn reports whether settings differ in what they may let in. Who starts anew with what is new and changed lets in nothing
// of what is there.
func letsIn(before, after *lens.Settings) bool {
	if after.Start != before.Start {
		return after.Start != lens.NewAndChanged
	}
	return after.Direction != before.Direction || after.Private != before.Private || !slices.Equal(after.Rules, before.Rules)
}

// wider counts what comes in under other settings and not under those in force.
type wider struct {
	*run
	before, after lens.Settings
	began         time.Time                  // when the connection was started
	seen          map[provider.RemoteID]bool // a listing may show an item twice
	coming        Coming
}

func (w *wider) look(ctx context.Context, items []provider.Item) error {
	read, err := w.readListed(ctx, items)
	if err != nil {
		return err
	}
	return w.e.Store.View(ctx, w.t.Company, func(tx Tx) error {
		for _, it := range items {
			if got, ok := read[it.ID]; ok {
				it = got
			}
			if it.State != provider.StateLive || w.seen[it.ID] {
				continue
			}
			w.seen[it.ID] = true
			work := store.Work{Connection: w.connection.ID, Subject: remoteSubject(it.ID), Payload: encodeItem(it)}
			if err := w.compare(ctx, tx, work); err != nil {
				return err
			}
		}
		return nil
	})
}

func (w *wider) compare(ctx context.Context, tx Tx, work store.Work) error {
	w.settings, w.connection.HubAt = w.before, w.began
	s, err := w.load(ctx, tx, work, nil)
	if err != nil || merge.Decide(s.state) == merge.CreateHere {
		return err
	}
	w.connection.HubAt, w.settings = w.begunUnder(&w.after), w.after
	if s, err = w.load(ctx, tx, work, nil); err != nil || merge.Decide(s.state) != merge.CreateHere {
		return err
	}
	same, err := w.candidates(ctx, tx, s)
	if err != nil {
		return err
	}
	if len(same) > 0 {
		return w.joins(ctx, tx, same[0].ID)
	}
	mirror, err := w.mirrored(ctx, tx, s, nil)
	if err != nil || mirror != 0 {
		return err
	}
	if dates, err := w.keptAsDates(ctx, tx, s, in); err != nil || dates {
		return err
	}
	switch waits, err := w.waits(ctx, tx, s); {
	case err != nil:
		return err
	case waits:
		w.coming.Held++
	default:
		w.coming.Created++
	}
	return nil
}

// waits reports that a run would hold an item, as it seems to be here already: see [run.seemsThere].
func (w *wider) waits(ctx context.Context, tx Tx, s *situation) (bool, error) {
	twins, err := w.wouldNote(ctx, tx, &s.item)
	if err != nil || len(twins) > 0 {
		return true, err
	}
	return w.seemsThere(ctx, tx, s, in)
}

// joins counts an item that would be tied to an activity, if this calendar has nothing of it: else it is set aside as a copy.
func (w *wider) joins(ctx context.Context, tx Tx, activity store.ID) error {
	tie, err := w.tieOf(ctx, tx, activity)
	if err != nil || tie != nil || slices.Contains(w.coming.Linked, activity) {
		return err
	}
	w.coming.Linked = append(w.coming.Linked, activity)
	return nil
}
