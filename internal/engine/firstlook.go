package engine

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"tahti/internal/match"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// stretch is how many activities are held at a time to be compared with what the calendar holds.
const stretch = 10_000

// suspicion is an item that came in and an activity that may be it, since somebody has edited either.
type suspicion struct {
	there int // index of the item
	here  store.ID
}

// firstLook notes all twins before anything is made at a start that lets in what is there. Where there is any, another sync has been
// here, and what it made may have been edited since: what would be asked about then is noted as well. What it has to read for that need
// not be read again.
func (r *run) firstLook(ctx context.Context) error {
	if any, err := r.anyFree(ctx); err != nil || !any {
		return err
	}
	if err := r.readOldDates(ctx); err != nil {
		return err
	}
	if err := r.eachArrival(ctx, r.lookAt); err != nil {
		return fmt.Errorf("look for what is on both sides: %w", err)
	}
	var any int
	err := r.e.Store.View(ctx, r.t.Company, func(tx Tx) (err error) {
		any, err = tx.CountTwins(ctx, r.connection.ID)
		return err
	})
	if err != nil || any == 0 {
		return err
	}
	var seen []match.Item
	note := func() error {
		list := seen
		seen = nil
		return r.unsure(ctx, list, func(some []suspicion) error { return r.noteUnsure(ctx, list, some) })
	}
	err = r.eachArrival(ctx, func(ctx context.Context, works []store.Work) error {
		for _, w := range works {
			if id, ok := remoteOf(w); ok {
				it := decodeItem(id, w.Payload)
				if it.State == provider.StateLive && !r.keptOut(&it.Event) && !r.editedSinceStart(&it) {
					seen = append(seen, itemThere(&it, r.now()))
				}
			}
		}
		if len(seen) < maxCompared {
			return nil
		}
		return note() // by turns: an item may be asked about that fits one of another turn better, and none is left out
	})
	if err == nil {
		err = note()
	}
	if err != nil {
		return fmt.Errorf("look for what was edited since: %w", err)
	}
	return nil
}

// eachArrival goes through what has come in, a batch at a time.
func (r *run) eachArrival(ctx context.Context, do func(context.Context, []store.Work) error) error {
	for after := store.ID(0); ; {
		var works []store.Work
		err := r.e.Store.View(ctx, r.t.Company, func(tx Tx) (err error) {
			works, err = tx.ListWork(ctx, r.connection.ID, after, batchSize)
			return err
		})
		if err != nil || len(works) == 0 {
			return err
		}
		after = works[len(works)-1].ID
		if err := do(ctx, works); err != nil {
			return err
		}
	}
}

// lookAt notes the twins among items that have come in.
func (r *run) lookAt(ctx context.Context, works []store.Work) error {
	read, err := r.readFor(ctx, works)
	if err != nil {
		return err
	}
	return r.step(ctx, func(tx Tx) error {
		for _, w := range works {
			id, ok := remoteOf(w)
			if !ok {
				continue
			}
			it, fresh := read[id]
			if !fresh {
				it = decodeItem(id, w.Payload)
			}
			if it.State != provider.StateLive {
				continue
			}
			if err := r.noteUntied(ctx, tx, &it); err != nil {
				return err
			}
			if fresh && w.Class == "" && w.HeldBy == store.HeldByNothing {
				if err := tx.PutWork(ctx, r.connection.ID, w.Subject, encodeItem(it), r.now(), false); err != nil {
					return err
				}
				r.fresh[id] = true
			}
		}
		return nil
	})
}

// noteUnsure notes what would be asked about.
func (r *run) noteUnsure(ctx context.Context, there []match.Item, some []suspicion) error {
	return r.step(ctx, func(tx Tx) error {
		for _, p := range some {
			if err := r.noteOpen(ctx, tx, there[p.there].ID, p.here); err != nil {
				return err
			}
		}
		return nil
	})
}

// unsure tells which of the items there may be which of the activities that were there before the connection was started, however many
// those are: a stretch of them is held at a time, in the order of their starts.
func (r *run) unsure(ctx context.Context, there []match.Item, do func([]suspicion) error) error {
	if len(there) == 0 {
		return nil
	}
	along := match.NewAlong(there, stretch)
	tell := func(asked []match.Asked) error {
		for batch := range slices.Chunk(asked, batchSize) {
			some := make([]suspicion, len(batch))
			for i, p := range batch {
				id, err := strconv.ParseInt(p.Here, 10, 64)
				if err != nil {
					return fmt.Errorf("read number of an activity: %w", err)
				}
				some[i] = suspicion{p.There, id}
			}
			if err := do(some); err != nil {
				return err
			}
		}
		return nil
	}
	f := store.ActivityFilter{Owner: r.connection.Member, Limit: batchSize, Sort: "start"}
	for {
		here, after, err := r.oldOnes(ctx, f)
		if err != nil {
			return fmt.Errorf("list activities: %w", err)
		}
		if err := tell(along.Add(here...)); err != nil {
			return err
		}
		if f.After = after; after == "" {
			return tell(along.End())
		}
	}
}

// oldOnes are those of a page of activities that were there before the connection was started and are not tied.
func (r *run) oldOnes(ctx context.Context, f store.ActivityFilter) (old []match.Item, after string, err error) {
	err = r.e.Store.View(ctx, r.t.Company, func(tx Tx) error {
		list, next, err := tx.Activities(ctx, f)
		if err != nil {
			return err
		}
		old, after = nil, next
		for i := range list {
			free, err := r.free(ctx, tx, &list[i])
			if err != nil {
				return err
			}
			if !free || list[i].Plan.Start.IsZero() || !r.oldHere(&list[i]) {
				continue
			}
			names, err := r.namesOf(ctx, tx, &list[i])
			if err != nil {
				return err
			}
			old = append(old, itemHere(&list[i], names, r.now()))
		}
		return nil
	})
	return old, after, err
}
