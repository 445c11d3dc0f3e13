package engine

import (
	"context"
	"slices"

	"tahti/internal/lens"
	"tahti/internal/match"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// dryTwins are the twins that a dry run has met: see twins.go.
type dryTwins struct {
	items map[provider.RemoteID]bool
	there map[store.ID][]provider.RemoteID // what an activity seems to be
	done  int                              // items that were noted as such, and are no more
	// oldIn and oldOut are creations of what was there before the connection was started.
	oldIn  map[string]bool
	oldOut map[store.ID]bool
	// seen are the items that are not tied, as a first look tells them from others.
	seen []match.Item
}

func newDryTwins() dryTwins {
	return dryTwins{
		items: map[provider.RemoteID]bool{}, there: map[store.ID][]provider.RemoteID{}, oldIn: map[string]bool{}, oldOut: map[store.ID]bool{},
	}
}

// meetTwins remembers what an item that is not tied seems to be, where a run would note it.
func (d *dry) meetTwins(ctx context.Context, tx Tx, s *situation) error {
	if s.link != nil || s.item.State != provider.StateLive {
		return nil
	}
	if d.keptOut(&s.item.Event) {
		return d.noTwin(ctx, tx, s) // a run forgets what is noted of it
	}
	if !d.editedSinceStart(&s.item) {
		d.twins.seen = append(d.twins.seen, itemThere(&s.item, d.now()))
	}
	twins, err := d.wouldNote(ctx, tx, &s.item)
	for _, id := range twins {
		d.seems(s.item.ID, id)
		s.twin = true
	}
	return err
}

// seems remembers that an item seems to be an activity.
func (d *dry) seems(item provider.RemoteID, activity store.ID) {
	d.twins.items[item] = true
	d.twins.there[activity] = append(d.twins.there[activity], item)
}

// noTwin remembers of an item that it takes no part, or is tied by now, so that nothing seems to be it any more.
func (d *dry) noTwin(ctx context.Context, tx Tx, s *situation) error {
	noted, err := d.twinHere(ctx, tx, s)
	if noted {
		d.twins.done++
	}
	d.outside[string(s.item.ID)] = true
	delete(d.twins.items, s.item.ID)
	return err
}

// hasSeemed reports that an activity seems to be an item which this look has met.
func (d *dry) hasSeemed(activity store.ID) bool {
	return slices.ContainsFunc(d.twins.there[activity], func(id provider.RemoteID) bool { return !d.outside[string(id)] })
}

// meetQuicker remembers what a mirror has made before, where a run would note it: see [run.quicker].
func (d *dry) meetQuicker(ctx context.Context, tx Tx, s *situation) (bool, error) {
	found, err := d.quicker(ctx, tx, s, d.unmade)
	for _, id := range found {
		d.seems(s.item.ID, id)
	}
	return len(found) > 0, err
}

// isThere counts what is held because it seems to be there already.
func (d *dry) isThere(ctx context.Context, tx Tx, s *situation, way direction) (there bool, err error) {
	if s.link != nil || s.work.Class == ClassAllowed {
		return false, nil
	}
	if way == in {
		if there = s.twin; !there {
			there, err = d.twinHere(ctx, tx, s)
		}
		if err == nil && !there {
			there, err = d.meetQuicker(ctx, tx, s)
		}
	} else if there = d.hasSeemed(s.activity.ID); !there {
		there, err = d.twinThere(ctx, tx, s.activity.ID)
	}
	switch {
	case err != nil:
		return false, err
	case there:
		d.counts[HeldCount]++
	case way == in && d.oldThere(s):
		d.twins.oldIn[string(s.item.ID)] = true
	case way == out && d.oldHere(s.activity):
		d.twins.oldOut[s.activity.ID] = true
	}
	return there, nil
}

// holdTwins lets nothing be made that is older than the connection where there are many twins, those included that a first look asks about.
func (d *dry) holdTwins(ctx context.Context) error {
	twins := len(d.twins.items)
	err := d.e.Store.View(ctx, d.t.Company, func(tx Tx) error {
		noted, err := tx.CountTwins(ctx, d.connection.ID)
		twins = max(twins, noted-d.twins.done)
		return err
	})
	if err != nil {
		return err
	}
	var held dryHeld
	if twins < manyTwins {
		var fresh int
		held, fresh, err = d.heldBeside(ctx)
		twins += fresh
	}
	if twins >= manyTwins {
		held = dryHeld{len(d.twins.oldIn), len(d.twins.oldOut)}
	}
	d.counts[CreatedInCRM] -= held.in
	d.counts[LinkedCount] -= held.in
	d.counts[CreatedInCalendar] -= held.out
	d.counts[HeldCount] += held.in + held.out
	return err
}

// dryHeld are creations that are held after all.
type dryHeld struct{ in, out int }

// heldBeside are those that a first look would ask about: see [run.noteUnsure]. fresh is how many items it would note for that.
func (d *dry) heldBeside(ctx context.Context) (held dryHeld, fresh int, err error) {
	if len(d.twins.items) == 0 || d.connection.Baselined || d.settings.Start == lens.NewAndChanged {
		return held, 0, nil
	}
	there, here := map[int]bool{}, map[store.ID]bool{}
	err = d.unsure(ctx, d.twins.seen, func(some []suspicion) error {
		for _, p := range some {
			there[p.there], here[p.here] = true, true
		}
		return nil
	})
	for t := range there { // any order: a sum
		id := d.twins.seen[t].ID
		if d.twins.oldIn[id] {
			held.in++
		}
		if !d.twins.items[provider.RemoteID(id)] {
			fresh++
		}
	}
	for h := range here { // any order: a sum
		if d.twins.oldOut[h] {
			held.out++
		}
	}
	return held, fresh, err
}
