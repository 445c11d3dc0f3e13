package engine

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"tahti/internal/lens"
	"tahti/internal/merge"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// DryRun says what a run would do, by the very functions that a run decides with, and writes nothing on either side.
// settings may be nil for the connection's own. The counts have [WouldMail] beside those of a run.
func (e *Engine) DryRun(ctx context.Context, t Target, settings *lens.Settings) (map[string]int, error) {
	r := e.newRun(t)
	r.capable = t.Remote.Capabilities()
	err := e.Store.View(ctx, t.Company, func(tx Tx) error { return r.bench.load(ctx, tx, t.Connection) })
	if err != nil {
		return nil, err
	}
	if settings != nil {
		r.settings = *settings
	}
	d := &dry{run: r, seen: map[string]bool{}}
	if err := d.remote(ctx); err != nil {
		return nil, err
	}
	if err := d.waiting(ctx); err != nil {
		return nil, err
	}
	if err := d.activities(ctx); err != nil {
		return nil, err
	}
	return r.counts, nil
}

// dry is a run that only counts.
type dry struct {
	*run
	seen  map[string]bool                  // subjects that were counted
	moved map[provider.RemoteID]store.Link // of the works in hand, those that go on under another id
}

// remote counts what the calendar would bring.
func (d *dry) remote(ctx context.Context) error {
	cursor := provider.Cursor(d.connection.Cursor)
	fresh := !d.connection.Baselined
	if fresh {
		cursor = ""
	}
	for range maxPages {
		p, err := d.t.Remote.Pull(ctx, cursor, d.known(ctx))
		if err != nil && provider.ClassOf(err) == provider.CursorLost && cursor != "" {
			cursor = ""
			continue
		}
		if err != nil {
			return fmt.Errorf("pull: %w", err)
		}
		items, next, more, _ := takeApart(p)
		cursor = next
		d.counts[Pulled] += len(items)
		d.row.Total += len(items)
		if fresh && d.settings.Start == lens.NewAndChanged {
			if items, err = d.sinceStart(ctx, items); err != nil {
				return err
			}
		}
		if err := d.items(ctx, items); err != nil {
			return err
		}
		if !more {
			return nil
		}
	}
	return nil
}

// sinceStart keeps of what is there before the starting point is taken what was edited since the connection was activated.
func (d *dry) sinceStart(ctx context.Context, items []provider.Item) ([]provider.Item, error) {
	if !d.capable.Modified || d.now().Sub(d.connection.HubAt) <= sameMoment {
		return nil, nil
	}
	read, err := d.readListed(ctx, items)
	if err != nil {
		return nil, err
	}
	var since []provider.Item
	for _, it := range items {
		if got, ok := read[it.ID]; ok {
			it = got
		}
		if d.editedSinceStart(&it) {
			since = append(since, it)
		}
	}
	return since, nil
}

func (d *dry) items(ctx context.Context, items []provider.Item) error {
	for len(items) > 0 {
		n := min(len(items), batchSize)
		works := make([]store.Work, n)
		for i, it := range items[:n] {
			works[i] = store.Work{Connection: d.connection.ID, Subject: remoteSubject(it.ID), Payload: encodeItem(it)}
		}
		if err := d.count(ctx, works); err != nil {
			return err
		}
		items, d.done = items[n:], d.done+n
		d.progress()
	}
	return nil
}

// waiting counts the work that is there already.
func (d *dry) waiting(ctx context.Context) error {
	for after := store.ID(0); ; {
		var works []store.Work
		err := d.e.Store.View(ctx, d.t.Company, func(tx Tx) (err error) {
			works, err = tx.ListWork(ctx, d.connection.ID, after, batchSize)
			return err
		})
		if err != nil || len(works) == 0 {
			return err
		}
		after = works[len(works)-1].ID
		works = slices.DeleteFunc(works, func(w store.Work) bool {
			held := w.HeldBy != store.HeldByNothing && w.HeldBy != store.HeldByBackOff && w.HeldBy != heldDeferred
			d.seen[w.Subject] = d.seen[w.Subject] || held
			return held // a run leaves it to a person
		})
		if err := d.count(ctx, works); err != nil {
			return err
		}
	}
}

// activities counts what would go out at the start of a connection, or under other settings.
func (d *dry) activities(ctx context.Context) error {
	f := store.ActivityFilter{Owner: d.connection.Member, Limit: batchSize, Sort: "id"}
	for {
		var works []store.Work
		err := d.e.Store.View(ctx, d.t.Company, func(tx Tx) error {
			list, next, err := tx.Activities(ctx, f)
			works, f.After = works[:0], next
			for _, a := range list {
				works = append(works, store.Work{Connection: d.connection.ID, Subject: activitySubject(a.ID)})
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("list activities: %w", err)
		}
		if err := d.count(ctx, works); err != nil {
			return err
		}
		if f.After == "" {
			return nil
		}
	}
}

// count decides each item once and counts the decision.
func (d *dry) count(ctx context.Context, works []store.Work) error {
	fresh := works[:0:0]
	for _, w := range works {
		if !d.seen[w.Subject] {
			d.seen[w.Subject] = true
			fresh = append(fresh, w)
		}
	}
	read, err := d.readFor(ctx, fresh)
	if err != nil {
		return err
	}
	moved, err := d.successors(ctx, fresh, read)
	if err != nil {
		return err
	}
	d.moved = moved
	for _, l := range moved { // any order: each is taken out, being somewhere else now
		old := remoteSubject(provider.RemoteID(l.Remote))
		fresh = slices.DeleteFunc(fresh, func(w store.Work) bool { return w.Subject == old })
	}
	unread, err := d.round(ctx, fresh, read, true)
	if err != nil || len(unread) == 0 {
		return err
	}
	_, err = d.round(ctx, unread, read, false)
	return err
}

// round counts what can be decided. What has to be looked at first is read, once, and answered.
func (d *dry) round(ctx context.Context, works []store.Work, read map[provider.RemoteID]provider.Item, look bool) ([]store.Work, error) {
	var unread []store.Work
	var ids []provider.RemoteID
	err := d.e.Store.View(ctx, d.t.Company, func(tx Tx) error {
		for _, w := range works {
			s, err := d.load(ctx, tx, w, read)
			if err != nil {
				return err
			}
			if l, ok := d.moved[s.item.ID]; ok && w.Subject == remoteSubject(s.item.ID) {
				if err := d.loadMoved(ctx, tx, s, movedTo(l, s.item.ID)); err != nil {
					return err
				}
			}
			if s.link != nil && s.activity != nil {
				d.seen[activitySubject(s.activity.ID)] = true
			}
			action := merge.Decide(s.state)
			if look && (action == merge.Read || action == merge.Probe) && s.item.ID != "" {
				unread, ids = append(unread, w), append(ids, s.item.ID)
				continue
			}
			if err := d.decide(ctx, tx, s, action); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	got, err := d.read(ctx, ids)
	maps.Copy(read, got)
	return unread, err
}

func (d *dry) decide(ctx context.Context, tx Tx, s *situation, action merge.Action) error {
	switch action {
	case merge.CreateHere:
		same, err := d.candidates(ctx, tx, s)
		if err != nil {
			return err
		}
		if len(same) == 0 {
			d.counts[CreatedInCRM]++
		}
		d.counts[LinkedCount]++
	case merge.Reinstate:
		d.counts[CreatedInCRM]++
	case merge.CreateThere, merge.Recreate:
		d.counts[CreatedInCalendar]++
		if s.outlives() {
			d.counts[ConflictCount]++
		}
	case merge.ReviveHere:
		d.counts[ConflictCount]++
		return d.carried(ctx, tx, s)
	case merge.UpdateHere, merge.UpdateThere, merge.MergeBoth, merge.Rejoin:
		return d.carried(ctx, tx, s)
	case merge.Wait:
		d.counts[NeedsSending]++
		d.counts[WouldMail] += s.item.WouldMail
	case merge.DeleteHereNow:
		d.counts[DeletedInCRM]++
	case merge.DeleteThereNow, merge.Withdraw:
		d.counts[DeletedInCalendar]++
	case merge.Park:
		d.counts[ParkedCount]++
	default:
		d.counts[Unchanged]++
	}
	return nil
}

// carried counts what a merge would write on either side.
func (d *dry) carried(ctx context.Context, tx Tx, s *situation) error {
	res, err := d.merge(ctx, tx, s)
	if err != nil {
		return err
	}
	d.counts[ConflictCount] += len(res.Conflicts)
	if !res.ToLocal.Empty() {
		d.counts[UpdatedInCRM]++
	}
	target := lens.Dress(&res.Remote, s.wanted)
	switch {
	case !s.state.Out || merge.Diff(&s.item.Event, &target).Empty():
	case s.state.Mails:
		d.counts[NeedsSending]++
		d.counts[WouldMail] += s.item.WouldMail
	default:
		d.counts[UpdatedInCalendar]++
	}
	return nil
}
