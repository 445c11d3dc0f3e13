package engine

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"tahti/internal/merge"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// direction of a write, as holds and history name it.
type direction string

const (
	in  direction = "in"  // into the CRM
	out direction = "out" // to the calendar
)

// rollingDay is the span over which the brakes count.
const rollingDay = 24 * time.Hour

// deleteLimit is how many deletions a connection may make in a rolling day without being asked: the larger of 10 and a
// fifth of the links that were live at its start; but never all of them where there are three or more (I7).
func deleteLimit(liveAtStart int) int {
	limit := max(10, liveAtStart/5)
	if liveAtStart >= 3 && limit >= liveAtStart {
		limit = liveAtStart - 1
	}
	return limit
}

// createLimit is how many creations may be made in a rolling day: the larger of 50 and twice what was foreseen (I24).
func createLimit(foreseen int) int { return max(50, 2*foreseen) }

// manyTwins is how many new items of a rolling day may equal existing ones before somebody is asked whether all of it is a doubling.
const manyTwins = 5

// deferDeletion lets a deletion wait for the end of the run, where all of them can be counted together.
func (r *run) deferDeletion(ctx context.Context, tx Tx, s *situation) error {
	w := s.work
	w.HeldBy = heldDeferred
	if err := tx.UpdateWork(ctx, w); err != nil {
		return err
	}
	if s.fromWork {
		r.proofs[w.ID] = map[provider.RemoteID]provider.Item{s.item.ID: s.item}
	}
	r.deferred = append(r.deferred, w)
	return nil
}

// deletions carries out what was deferred, as far as the brakes allow.
func (r *run) deletions(ctx context.Context) error {
	pending := r.deferred
	r.deferred = nil
	allowed, err := r.brakeDeletions(ctx, pending)
	if err != nil {
		return fmt.Errorf("brake deletions: %w", err)
	}
	for len(allowed) > 0 {
		n := min(len(allowed), batchSize)
		if err := r.deleteBatch(ctx, allowed[:n]); err != nil {
			return err
		}
		allowed = allowed[n:]
		r.done += n
		r.progress()
	}
	return nil
}

// brakeDeletions counts the deletions of each direction and holds all of a direction's if they are too many together
// with those of the last day. What a person confirmed passes.
func (r *run) brakeDeletions(ctx context.Context, pending []store.Work) (allowed []store.Work, err error) {
	if len(pending) == 0 {
		return nil, nil
	}
	err = r.tx(ctx, func(tx Tx) error {
		allowed = nil
		all := map[direction]*going{in: {}, out: {}, letGo: {}}
		for _, w := range pending {
			d, link, err := r.sorted(ctx, tx, w)
			if err != nil {
				return err
			}
			all[d].add(w, link)
		}
		allowed = append(allowed, all[letGo].works...)
		for _, d := range []direction{in, out} {
			this := all[d]
			delete(all, d)
			held, err := r.holdDeletions(ctx, tx, d, this.works, all)
			if err != nil {
				return err
			}
			if !held {
				allowed = append(allowed, this.works...)
				all[d] = this
			}
		}
		return nil
	})
	return allowed, err
}

// letGo stands for the direction of what a person let pass: it counts in none.
const letGo direction = ""

// going are deletions that a run is about to make, and the links that end with them.
type going struct {
	works []store.Work
	links map[store.ID]bool
}

func (g *going) add(w store.Work, link *store.Link) {
	g.works = append(g.works, w)
	if g.links == nil {
		g.links = map[store.ID]bool{}
	}
	if link != nil {
		g.links[link.ID] = true
	}
}

// sorted says in which direction a deletion that was put off goes, and which link ends with it.
func (r *run) sorted(ctx context.Context, tx Tx, w store.Work) (direction, *store.Link, error) {
	s, err := r.load(ctx, tx, w, r.proofs[w.ID])
	switch {
	case err != nil:
		return "", nil, err
	case w.Class == ClassAllowed || w.Class == ClassSend:
		return letGo, s.link, nil
	case merge.Decide(s.state) == merge.DeleteHereNow:
		return in, s.link, nil
	}
	return out, s.link, nil
}

// holdDeletions holds the deletions of a direction if they are too many. besides are the others that the same run makes: what they take
// away is not left over, as if they had been made a run before.
func (r *run) holdDeletions(ctx context.Context, tx Tx, d direction, works []store.Work, besides map[direction]*going) (bool, error) {
	if len(works) == 0 {
		return false, nil
	}
	gone, err := tx.TallySince(ctx, r.connection.ID, string(d), "delete", r.now().Add(-rollingDay))
	if err != nil {
		return false, err
	}
	live, err := r.live(ctx, tx)
	if err != nil {
		return false, err
	}
	for _, g := range besides { // any order: a sum
		live -= len(g.links)
	}
	if gone+len(works) <= deleteLimit(live+gone) {
		return false, nil
	}
	return true, r.hold(ctx, tx, d, "delete", works)
}

// live counts the links that are, without those whose removal was begun and not answered: they stand in the day's count already.
func (r *run) live(ctx context.Context, tx Tx) (int, error) {
	count, err := tx.CountLinks(ctx, r.connection.ID)
	if err != nil {
		return 0, err
	}
	begun, err := tx.PendingLinks(ctx, r.connection.ID, maxPending)
	if err != nil {
		return 0, err
	}
	n := count[store.LinkLinked] + count[store.LinkCreating] + count[store.LinkWriting]
	for _, l := range begun {
		if l.State == store.LinkWriting && l.Pending.Kind == "delete" {
			n--
		}
	}
	return n, nil
}

// hold opens a brake's hold, or adds to the one that is open.
func (r *run) hold(ctx context.Context, tx Tx, d direction, kind string, works []store.Work) error {
	h, err := tx.OpenHold(ctx, r.connection.ID, string(d), kind)
	if errors.Is(err, store.ErrNotFound) {
		h = store.Hold{Connection: r.connection.ID, Direction: string(d), Kind: kind, State: "open", Created: r.now()}
		err = nil
	}
	if err != nil {
		return err
	}
	h.Size += len(works)
	if err := tx.PutHold(ctx, &h); err != nil {
		return err
	}
	for _, w := range works {
		w.HeldBy, w.Class, w.Reason = store.HeldByBrake+strconv.FormatInt(h.ID, 10), ClassAllowed, kind+"_brake"
		if err := tx.UpdateWork(ctx, w); err != nil {
			return err
		}
		r.counts[HeldCount]++
	}
	return nil
}

// uncount takes a deletion that turned out not to have happened out of the count of the day on which it was begun.
func (r *run) uncount(ctx context.Context, tx Tx, note *store.Pending) error {
	return tx.Tally(ctx, r.connection.ID, string(out), "delete", note.At, -1)
}

// deleteBatch carries out deletions: here in the transaction, there behind it.
func (r *run) deleteBatch(ctx context.Context, works []store.Work) error {
	var writes []planned
	err := r.step(ctx, func(tx Tx) error {
		writes = nil
		for _, w := range works {
			p, err := r.deleteOne(ctx, tx, w)
			if err != nil {
				return err
			}
			if p != nil {
				writes = append(writes, *p)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return r.perform(ctx, writes)
}

// deleteOne decides once more, on what is there now, and deletes.
func (r *run) deleteOne(ctx context.Context, tx Tx, w store.Work) (*planned, error) {
	s, err := r.load(ctx, tx, w, r.proofs[w.ID])
	if err != nil {
		return nil, err
	}
	switch action := merge.Decide(s.state); action {
	case merge.DeleteHereNow:
		return nil, r.deleteHere(ctx, tx, s)
	case merge.DeleteThereNow, merge.Withdraw:
		kind := "delete"
		if action == merge.Withdraw {
			kind = "withdraw"
		}
		if err := r.keepOnlyThere(ctx, tx, s); err != nil {
			return nil, err
		}
		base := s.item
		s.link.Pending = &store.Pending{Kind: "delete", At: r.now(), Fence: r.t.Claim.Fence, Notify: s.mayNotify(), Revision: s.activity.Revision}
		s.link.State = store.LinkWriting
		if action == merge.Withdraw {
			s.link.State = store.LinkDormant // found gone, it was we who took it away: no deletion follows from that
		}
		if err := r.saveLink(ctx, tx, s); err != nil {
			return nil, err
		}
		if err := tx.Tally(ctx, r.connection.ID, string(out), "delete", r.now(), 1); err != nil {
			return nil, err
		}
		before := s.shadow
		return &planned{
			work: w, link: s.link.ID, activity: s.activity.ID, kind: kind, before: &before,
			write: Write{Remove: &provider.Remove{ID: base.ID, Base: &base, Notify: s.mayNotify()}},
		}, nil
	}
	// Something changed since it was put off: it is planned anew in the next round.
	w.HeldBy = store.HeldByNothing
	return nil, tx.UpdateWork(ctx, w)
}

// deleteHere deletes the activity, or takes this user out of a meeting that colleagues carry too.
func (r *run) deleteHere(ctx context.Context, tx Tx, s *situation) error {
	if err := r.keepTyped(ctx, tx, s); err != nil {
		return err
	}
	if err := r.removeHere(ctx, tx, s); err != nil {
		return fmt.Errorf("delete activity %d: %w", s.activity.ID, err)
	}
	if err := tx.Tally(ctx, r.connection.ID, string(in), "delete", r.now(), 1); err != nil {
		return err
	}
	r.counts[DeletedInCRM]++
	s.link.State = store.LinkGone
	if s.state.Admit == merge.CalledOff {
		s.link.State = store.LinkDormant
		r.setShadows(s)
		s.link.RemoteMeta.CalledOff = true
	}
	if err := r.saveLink(ctx, tx, s); err != nil {
		return err
	}
	return tx.DeleteWork(ctx, s.work)
}

func (r *run) removeHere(ctx context.Context, tx Tx, s *situation) error {
	// Whoever leaves a meeting that colleagues carry hands it over; the last one takes it along.
	left, err := r.e.Hub.Leave(ctx, tx, r.by(), s.activity.ID, r.connection.Member)
	if err != nil || left.OwnerID != r.connection.Member {
		return err
	}
	return r.e.Hub.Delete(ctx, tx, r.by(), s.activity.ID)
}

// brakeCreation holds a creation if there are far more than was foreseen, or many that equal what is there (I24).
func (r *run) brakeCreation(ctx context.Context, tx Tx, s *situation, d direction) (bool, error) {
	if s.work.Class == ClassAllowed {
		return false, nil
	}
	if there, err := r.seemsThere(ctx, tx, s, d); err != nil {
		return false, err
	} else if there {
		return true, r.hold(ctx, tx, d, HoldTwin, []store.Work{s.work})
	}
	made, err := r.madeToday(ctx, tx, d)
	if err != nil {
		return false, err
	}
	foreseen := r.connection.Health.ExpectedIn
	if d == out {
		foreseen = r.connection.Health.ExpectedOut
		made += len(r.doubtful) // they may well have been made, and are in no tally before they are found
	}
	held := made+r.created[string(d)] >= createLimit(foreseen)
	if d == in && !held {
		twin, err := r.hasTwin(ctx, tx, s)
		if err != nil {
			return false, err
		}
		if twin {
			if held, err = r.manyTwins(ctx, tx); err != nil {
				return false, err
			}
		}
	}
	if held {
		return true, r.hold(ctx, tx, d, "create", []store.Work{s.work})
	}
	if d == out {
		r.created[string(out)]++
	}
	return false, nil
}

// manyTwins counts one more item that equals an existing one. The count is the day's and not the run's: a flood comes in over many
// runs, each woken by a few of its items, or begun anew by a process that dies.
func (r *run) manyTwins(ctx context.Context, tx Tx) (bool, error) {
	n, err := tx.TallySince(ctx, r.connection.ID, string(in), "twin", r.now().Add(-rollingDay))
	if err != nil || n >= manyTwins {
		return err == nil, err
	}
	return false, tx.Tally(ctx, r.connection.ID, string(in), "twin", r.now(), 1)
}

// creations are those of one direction as one transaction counts them.
type creations struct {
	read  bool
	today int // by the tally, which was read
	fresh int // not in the tally yet
}

// madeToday is how many creations there were in a rolling day, those of this transaction included.
func (r *run) madeToday(ctx context.Context, tx Tx, d direction) (_ int, err error) {
	c := r.made[d]
	if !c.read {
		c.today, err = tx.TallySince(ctx, r.connection.ID, string(d), "create", r.now().Add(-rollingDay))
		c.read = err == nil
	}
	return c.today + c.fresh, err
}

// tally adds the creations of a transaction to the day's, at its end.
func (r *run) tally(ctx context.Context, tx Tx) error {
	for _, d := range []direction{in, out} {
		if n := r.made[d].fresh; n > 0 {
			if err := tx.Tally(ctx, r.connection.ID, string(d), "create", r.now(), n); err != nil {
				return err
			}
		}
	}
	return nil
}
