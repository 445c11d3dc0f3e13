package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"tahti/internal/lens"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// DryRun says what a run would do, by the very functions that a run decides with, and writes nothing on either side.
// settings may be nil for the connection's own. The counts have [WouldMail] beside those of a run.
func (e *Engine) DryRun(ctx context.Context, t Target, settings *lens.Settings) (map[string]int, error) {
	d, err := e.newDry(ctx, t)
	if err != nil {
		return nil, err
	}
	r := d.run
	if settings != nil {
		r.settings = *settings
	}
	if err := d.notes(ctx); err != nil {
		return nil, err
	}
	if err := d.keptWaiting(ctx); err != nil {
		return nil, err
	}
	if err := d.readOldDates(ctx); err != nil {
		return nil, err
	}
	if err := d.remote(ctx); err != nil {
		return nil, err
	}
	if err := d.waiting(ctx); err != nil {
		return nil, err
	}
	if settings == nil && (r.connection.Baselined || r.settings.Start == lens.NewAndChanged) {
		return r.counts, d.holdTwins(ctx) // what changed since the start is work, and nothing else goes out
	}
	if err := d.activities(ctx); err != nil {
		return nil, err
	}
	return r.counts, d.holdTwins(ctx)
}

func (e *Engine) newDry(ctx context.Context, t Target) (*dry, error) {
	r := e.newRun(t)
	r.capable, r.outside, r.startUIDs = t.Remote.Capabilities(), map[string]bool{}, map[string][]provider.RemoteID{}
	d := &dry{
		run: r, seen: map[string]bool{}, kept: map[string]bool{}, decided: map[store.ID]bool{}, unmade: map[store.ID]bool{}, made: map[store.ID]situation{},
		start: map[provider.RemoteID]lens.Entry{}, forgotten: map[store.ID]forgotten{}, twins: newDryTwins(),
	}
	return d, e.Store.View(ctx, t.Company, func(tx Tx) error { return r.bench.load(ctx, tx, t.Connection) })
}

// dry is a run that only counts.
type dry struct {
	*run
	seen    map[string]bool                     // subjects that were counted, or that a run leaves to a person
	kept    map[string]bool                     // of those, subjects that wait for a person whatever else is told of them
	decided map[store.ID]bool                   // activities of which what becomes of their item was counted
	unmade  map[store.ID]bool                   // links whose creation has not happened
	made    map[store.ID]situation              // links whose creation has, and what was found
	moved   map[provider.RemoteID]store.Link    // of the works in hand, those that go on under another id
	looked  map[provider.RemoteID]provider.Item // what was read of the works in hand
	start   map[provider.RemoteID]lens.Entry    // what a run would note at the start before it looks at what waits
	begun   bool                                // all of that was noted

	forgotten map[store.ID]forgotten // items that were asked for: see [run.mayBeForgotten]
	twins     dryTwins
}

// notes finds out what became of creations whose replies were lost, as a run does first.
func (d *dry) notes(ctx context.Context) error {
	links, err := d.begunCreations(ctx)
	if err != nil {
		return err
	}
	if d.capable.Keyless {
		return d.foundMade(ctx, links)
	}
	for _, l := range links {
		it, err := d.t.Remote.Find(ctx, provider.Key(l.Pending.Key))
		if err != nil {
			return fmt.Errorf("find a created item: %w", err)
		}
		if err := d.found(ctx, l, it); err != nil {
			return err
		}
	}
	return nil
}

// found remembers what was found of a creation: see [run.found].
func (d *dry) found(ctx context.Context, l store.Link, it provider.Item) error {
	return d.e.Store.View(ctx, d.t.Company, func(tx Tx) error {
		if d.unmade[l.ID] = it.State == provider.StateGone; d.unmade[l.ID] {
			return nil
		}
		taken, err := d.taken(ctx, tx, &l, it.ID)
		if d.unmade[l.ID] = taken; err != nil || taken {
			return err
		}
		s := situation{link: &l, item: it}
		note, lost, err := d.sentBy(ctx, tx, &s)
		if err != nil {
			return err
		}
		d.conflicts(&s, lost)
		d.takesIn(&s, note)
		d.counts[ConflictCount] += len(s.cut)
		d.made[l.ID], d.seen[remoteSubject(it.ID)] = s, true
		d.counts[CreatedInCalendar]++
		return nil
	})
}

// remote counts what the calendar would bring. A start that was broken off goes on where it was, and has what changed since behind it, or
// everything where something is tied already, as it has in a run.
func (d *dry) remote(ctx context.Context) error {
	next, err := d.pages(ctx, provider.Cursor(d.connection.Cursor))
	if err != nil || d.connection.Baselined || d.connection.Cursor == "" {
		return err
	}
	if d.settings.Start == lens.NewAndChanged {
		tied, err := d.tied(ctx)
		if err != nil {
			return err
		}
		if tied {
			next = ""
		}
		d.begun = true
	}
	_, err = d.pages(ctx, next)
	return err
}

// pages counts what a pull brings, and answers the cursor behind it.
func (d *dry) pages(ctx context.Context, cursor provider.Cursor) (provider.Cursor, error) {
	return d.eachNews(ctx, cursor, func(items []provider.Item) error {
		d.counts[Pulled] += len(items)
		d.row.Total += len(items)
		return d.items(ctx, items)
	})
}

// eachNews visits what a pull brings, a page at a time, and answers the cursor behind it.
func (d *dry) eachNews(ctx context.Context, cursor provider.Cursor, visit func([]provider.Item) error) (provider.Cursor, error) {
	for range maxPages {
		p, err := d.t.Remote.Pull(ctx, cursor, d.known(ctx))
		if err != nil && provider.ClassOf(err) == provider.CursorLost && cursor != "" {
			cursor = ""
			continue
		}
		if err != nil {
			return "", fmt.Errorf("pull: %w", err)
		}
		_, next, more, _ := takeApart(p)
		cursor = next
		items, err := d.news(ctx, p)
		if err != nil {
			return "", err
		}
		if err := visit(items); err != nil {
			return "", err
		}
		if !more {
			break
		}
	}
	return cursor, nil
}

// news are the items of a page that a run would deal with, and those that a complete listing misses.
func (d *dry) news(ctx context.Context, p provider.Pull) (news []provider.Item, err error) {
	listed, _, _, whole := takeApart(p)
	read := map[provider.RemoteID]provider.Item{}
	starting := !d.connection.Baselined && !d.begun && d.settings.Start == lens.NewAndChanged
	if starting {
		if read, err = d.readListed(ctx, listed); err != nil {
			return nil, err
		}
	}
	err = d.e.Store.View(ctx, d.t.Company, func(tx Tx) error {
		news = nil
		for _, it := range listed {
			is, tie, err := d.isNews(ctx, tx, it)
			if is && starting && tie == nil {
				is, err = d.sinceStart(ctx, tx, it, read)
			}
			if err != nil {
				return err
			}
			if !is {
				continue
			}
			if err := d.age(ctx, tx, &it, tie); err != nil {
				return err
			}
			news = append(news, it)
		}
		if whole == nil {
			return nil
		}
		missed, err := d.missed(ctx, tx, whole)
		if err != nil {
			return err
		}
		for _, id := range missed {
			asked, err := d.askedFor(ctx, tx, id)
			if err != nil {
				return err
			}
			if !asked {
				news = append(news, provider.Item{ID: id, State: provider.StateUnproven})
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("compare a page: %w", err)
	}
	return news, nil
}

// sinceStart reports of what is there before the starting point is taken whether it was edited since the connection was activated.
func (d *dry) sinceStart(ctx context.Context, tx Tx, listed provider.Item, read map[provider.RemoteID]provider.Item) (bool, error) {
	it := listed
	if got, ok := read[it.ID]; ok {
		it = got
	}
	b := d.baselineOf(&listed, &it)
	edited, noted, err := d.editedAtStart(ctx, tx, &b, &it)
	if !edited && !noted {
		d.start[it.ID] = lens.Entry{Known: true, Fingerprint: b.Fingerprint}
		if b.UID != "" {
			d.startUIDs[b.UID] = append(d.startUIDs[b.UID], it.ID)
		}
	}
	return edited, err
}

func (d *dry) items(ctx context.Context, items []provider.Item) error {
	for len(items) > 0 {
		n := min(len(items), batchSize)
		works := make([]store.Work, n)
		for i, it := range items[:n] {
			works[i] = store.Work{Connection: d.connection.ID, Subject: remoteSubject(it.ID), Payload: encodeItem(it)}
			d.fresh[it.ID] = true
		}
		if err := d.count(ctx, works); err != nil {
			return err
		}
		items, d.done = items[n:], d.done+n
		d.progress()
	}
	return nil
}

// eachWaiting reads the work that is there already, in batches.
func (d *dry) eachWaiting(ctx context.Context, do func([]store.Work) error) error {
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
		if err := do(works); err != nil {
			return err
		}
	}
}

// keptWaiting leaves out what goes on waiting for a person whatever the calendar tells of it.
func (d *dry) keptWaiting(ctx context.Context) error {
	return d.eachWaiting(ctx, func(works []store.Work) error {
		for _, w := range works {
			if w.HeldBy == store.HeldBySending || strings.HasPrefix(w.HeldBy, store.HeldByBrake) {
				d.seen[w.Subject], d.kept[w.Subject] = true, true
			}
		}
		return nil
	})
}

// waiting counts the work that is there already. What the calendar says comes first, as in a run.
func (d *dry) waiting(ctx context.Context) error {
	for _, kind := range []string{"r:", "a:"} {
		err := d.eachWaiting(ctx, func(works []store.Work) error {
			return d.count(ctx, slices.DeleteFunc(works, func(w store.Work) bool {
				held := w.HeldBy != store.HeldByNothing && w.HeldBy != store.HeldByBackOff && w.HeldBy != heldDeferred
				d.seen[w.Subject] = d.seen[w.Subject] || held
				return held || !strings.HasPrefix(w.Subject, kind) // a run leaves what is held to a person
			}))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// activities counts what would go out at the start of a connection, or under other settings.
func (d *dry) activities(ctx context.Context) error {
	f := store.ActivityFilter{Concerns: d.connection.Member, Limit: batchSize, Sort: "id"}
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
