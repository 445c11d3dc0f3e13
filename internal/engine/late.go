package engine

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"tahti/internal/calendar"
	"tahti/internal/lens"
	"tahti/internal/merge"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// A request that creates an item can arrive after somebody has looked whether it did: the worker that sent it stood still, or
// the server was slow, and meanwhile the lease passed to another worker. The fence keeps such a worker from committing, but
// no fence reaches the server. What it made under our key is ours, and is recognised when it comes in.

// late ties an incoming item to the activity of this user that waits to be created under the item's key, or to be deleted with it. What
// may come in has no say in that: it is ours.
func (r *run) late(ctx context.Context, tx Tx, s *situation) (bool, error) {
	activity, incarnation, err := r.lateOf(ctx, tx, s)
	if err != nil || activity == 0 {
		return false, err
	}
	return true, r.tieLate(ctx, tx, s, activity, incarnation)
}

// lateOf is the activity of this user that waits to be created under an item's key, or has come in anew of what the item was made for; 0
// if none is. A copy that somebody made carries a key too, but of an activity that has its item, or of an earlier incarnation.
func (r *run) lateOf(ctx context.Context, tx Tx, s *situation) (activity store.ID, incarnation int, err error) {
	if s.link != nil || s.item.State != provider.StateLive || s.item.Key == "" {
		return 0, 0, nil
	}
	for after := store.ID(0); ; {
		works, err := tx.ListWork(ctx, r.connection.ID, after, 500)
		if err != nil {
			return 0, 0, err
		}
		if len(works) == 0 {
			return r.rebornFor(ctx, tx, &s.item)
		}
		for _, w := range works {
			after = w.ID
			id, waits := strings.CutPrefix(w.Subject, "a:")
			if !waits {
				continue
			}
			activity, err := strconv.ParseInt(id, 10, 64)
			if err != nil {
				return 0, 0, fmt.Errorf("work item %d: subject %q: %w", w.ID, w.Subject, err)
			}
			incarnation, ours, err := r.madeFor(ctx, tx, activity, s.item.Key)
			if err != nil {
				return 0, 0, err
			}
			if ours {
				return activity, incarnation, nil
			}
		}
	}
}

// awaited reports that an item which is not tied was made for what waits here.
func (r *run) awaited(ctx context.Context, tx Tx, it *provider.Item) (bool, error) {
	if it.Key == "" {
		return false, nil
	}
	if _, err := tx.LinkByRemote(ctx, r.connection.ID, string(it.ID)); !isNotFound(err) {
		return false, err
	}
	activity, _, err := r.lateOf(ctx, tx, &situation{item: *it})
	return activity != 0, err
}

// maxForgotten bounds how many creations of an activity a restored database may know nothing of.
const maxForgotten = 10

// madeFor reports whether a key is that of an activity's next creation here, or of one that a restored database has forgotten.
func (r *run) madeFor(ctx context.Context, tx Tx, activity store.ID, key provider.Key) (incarnation int, ours bool, err error) {
	last, err := tx.LastIncarnation(ctx, r.connection.ID, activity)
	if err != nil {
		return 0, false, err
	}
	for n := last + 1; n <= last+maxForgotten; n++ {
		if !r.isKey(key, activity, n) {
			continue
		}
		ours, err = r.mayHaveNext(ctx, tx, activity)
		return n, ours, err
	}
	return 0, false, nil
}

// tieLate links the item. What the try that made it sent is what both sides knew: the activity's work is still there, and carries
// over what was changed here since, also where the activity was deleted.
func (r *run) tieLate(ctx context.Context, tx Tx, s *situation, activity store.ID, incarnation int) error {
	old, err := r.tieOf(ctx, tx, activity)
	if err == nil {
		err = r.endTie(ctx, tx, s, old)
	}
	if err != nil {
		return err
	}
	note, lost, err := r.lateNote(ctx, tx, s, activity, incarnation)
	if err != nil {
		return err
	}
	r.counts[LinkedCount]++
	return errors.Join(r.recordConflicts(ctx, tx, s, lost), r.takeIn(ctx, tx, s, note), tx.DeleteWork(ctx, s.work))
}

// tieOf is what an activity is tied by here; nil if by nothing.
func (r *run) tieOf(ctx context.Context, tx Tx, activity store.ID) (*store.Link, error) {
	l, err := tx.LinkByActivity(ctx, r.connection.ID, activity)
	switch {
	case isNotFound(err):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return &l, nil
}

// vacant reports that a tie rests which has no item any more, and is to get none: it was taken out.
func vacant(l *store.Link) bool {
	return l.State == store.LinkDormant && l.Remote == "" && l.Pending == nil
}

// endTie ends what an activity was tied by here before, if it was.
func (r *run) endTie(ctx context.Context, tx Tx, s *situation, old *store.Link) error {
	if old == nil {
		return nil
	}
	old.State, old.Pending, s.link = store.LinkGone, nil, old
	return r.saveLink(ctx, tx, s)
}

// tieMade ties a situation to the activity whose creation made its item.
func (r *run) tieMade(ctx context.Context, tx Tx, s *situation, activity store.ID, incarnation int) error {
	s.link = &store.Link{
		Connection: r.connection.ID, Activity: activity, State: store.LinkLinked, Incarnation: incarnation, Ours: true, Origin: "hub",
	}
	return s.readActivity(ctx, tx, activity)
}

// lateNote ties a situation to the activity whose creation made its item, and is the note of the try that did; lost are values of the
// activity that what is there takes the place of.
func (r *run) lateNote(
	ctx context.Context, tx Tx, s *situation, activity store.ID, incarnation int,
) (note *store.Pending, lost []merge.Conflict, err error) {
	if err := r.tieMade(ctx, tx, s, activity, incarnation); err != nil {
		return nil, nil, err
	}
	earlier, err := r.tries(ctx, tx, activity, string(s.item.Key))
	if err != nil {
		return nil, nil, err
	}
	if len(earlier) > 0 {
		return maker(earlier, &s.item), nil, nil
	}
	return r.forgottenNote(ctx, tx, s, string(s.item.Key))
}

// takeForgotten ties an item that we have made and of which no row says what was sent, as behind a restore.
func (r *run) takeForgotten(ctx context.Context, tx Tx, s *situation, key string) error {
	note, lost, err := r.forgottenNote(ctx, tx, s, key)
	if err != nil {
		return err
	}
	return errors.Join(r.recordConflicts(ctx, tx, s, lost), r.takeIn(ctx, tx, s, note))
}

// forgottenNote is the note that a forgotten creation would have left. What the item says differently was
// edited there, or here before it was sent, so that it comes in, and what the activity says is kept as conflicts; of the context that
// stands in it, what we would write was ours. Where nothing comes in, the activity has the only say.
func (r *run) forgottenNote(ctx context.Context, tx Tx, s *situation, key string) (note *store.Pending, lost []merge.Conflict, err error) {
	c, err := r.e.Hub.Context(ctx, tx, s.activity, r.e.BaseURL)
	if err != nil {
		return nil, nil, err
	}
	wanted := lens.FrameOf(s.activity, c, &r.settings, false)
	frame := wanted
	if f, ok := lens.Around(s.item.Event.Subject, s.activity.Plan.Subject); ok {
		frame = f
	}
	if frame.Block, err = r.ourBlock(ctx, tx, s.activity, &s.item.Event); err != nil {
		return nil, nil, err
	}
	bare, _, _ := lens.Land(&s.item.Event, frame)
	there := r.incoming(s, &bare)
	sent := there
	if r.settings.In(true) {
		if sent, err = r.bare(ctx, tx, s.activity, s.parts); err != nil {
			return nil, nil, err
		}
		made := lens.Dress(&sent, frame)
		kept, _ := lens.Kept(&made, nil, &s.item.Event, frame) // of titles, what its calendar has left is no edit
		was, _, _ := lens.Land(kept, frame)
		lost = losing(writtenOver(&was, merge.Diff(&was, &there).Only(calendar.EitherSide)))
	}
	if !sameTitle(frame, wanted) && r.settings.Out() {
		lost = append(lost, retitled(sent.Subject, s.item.Event.Subject))
	}
	return r.pending("create", key, r.worded(lens.Dress(&sent, frame), s, nil, nil), sent, s.activity.Revision, frame, false), lost, nil
}

// taken reports that an item is tied to another activity, and so cannot be what a link's creation made.
func (r *run) taken(ctx context.Context, tx Tx, l *store.Link, id provider.RemoteID) (bool, error) {
	other, err := tx.LinkByRemote(ctx, r.connection.ID, string(id))
	if isNotFound(err) {
		return false, nil
	}
	return err == nil && other.ID != l.ID, err
}
