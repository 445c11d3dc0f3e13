package engine

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"tahti/internal/lens"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// A request that creates an item can arrive after somebody has looked whether it did: the worker that sent it stood still, or
// the server was slow, and meanwhile the lease passed to another worker. The fence keeps such a worker from committing, but
// no fence reaches the server. What it made under our key is ours, and is recognised when it comes in.

// late ties an incoming item to the activity of this user that waits to be created under the item's key. A copy that somebody
// made carries a key too, but of an activity that has its item, or of an earlier incarnation.
func (r *run) late(ctx context.Context, tx Tx, s *situation) (bool, error) {
	if s.item.Key == "" {
		return false, nil
	}
	for after := store.ID(0); ; {
		works, err := tx.ListWork(ctx, r.connection.ID, after, 500)
		if err != nil || len(works) == 0 {
			return false, err
		}
		for _, w := range works {
			after = w.ID
			id, waits := strings.CutPrefix(w.Subject, "a:")
			if !waits {
				continue
			}
			activity, err := strconv.ParseInt(id, 10, 64)
			if err != nil {
				return false, fmt.Errorf("work item %d: subject %q: %w", w.ID, w.Subject, err)
			}
			incarnation, ours, err := r.madeFor(ctx, tx, activity, s.item.Key)
			if err != nil {
				return false, err
			}
			if ours {
				return true, r.tieLate(ctx, tx, s, activity, incarnation)
			}
		}
	}
}

// madeFor reports whether a key is that of an activity's next creation here.
func (r *run) madeFor(ctx context.Context, tx Tx, activity store.ID, key provider.Key) (incarnation int, ours bool, err error) {
	last, err := tx.LastIncarnation(ctx, r.connection.ID, activity)
	if err != nil || key != r.e.Keys.Key(r.t.Company, r.account.ID, r.connection.Calendar, activity, last+1) {
		return 0, false, err
	}
	_, err = tx.LinkByActivity(ctx, r.connection.ID, activity)
	if !errors.Is(err, store.ErrNotFound) {
		return 0, false, err
	}
	return last + 1, true, nil
}

// tieLate links the item. What the try that made it sent is what both sides knew: the activity's work is still there, and carries
// over what was changed here since, also where the activity was deleted. Without its note, what the item says has to do.
func (r *run) tieLate(ctx context.Context, tx Tx, s *situation, activity store.ID, incarnation int) error {
	if err := s.readActivity(ctx, tx, activity); err != nil {
		return err
	}
	if s.activity == nil {
		return fmt.Errorf("activity %d: %w", activity, store.ErrNotFound)
	}
	s.link = &store.Link{
		Connection: r.connection.ID, Activity: activity, State: store.LinkLinked, Incarnation: incarnation, Ours: true, Origin: "hub",
	}
	earlier, err := r.tries(ctx, tx, activity, string(s.item.Key))
	if err != nil {
		return err
	}
	if len(earlier) > 0 {
		r.counts[LinkedCount]++
		if err := r.takeIn(ctx, tx, s, maker(earlier, &s.item)); err != nil {
			return err
		}
		return tx.DeleteWork(ctx, s.work)
	}
	c, err := r.e.Hub.Context(ctx, tx, s.activity, r.e.BaseURL)
	if err != nil {
		return err
	}
	frame := lens.FrameOf(s.activity, c, &r.settings, false)
	bare, _, _ := lens.Land(&s.item.Event, frame)
	setRemoteShadow(s.link, s.item)
	setLocalShadow(s.link, lens.Incoming(&bare, &r.settings, r.capable.Fields), 0)
	s.link.Frame = writeFrame(frame)
	r.counts[LinkedCount]++
	if err := r.saveLink(ctx, tx, s); err != nil {
		return err
	}
	// What keeps the activity waiting, as that its creation was refused, holds no longer.
	if err := tx.PutWork(ctx, r.connection.ID, activitySubject(activity), nil, r.now(), false); err != nil {
		return err
	}
	return tx.DeleteWork(ctx, s.work)
}

// taken reports that an item is tied to another activity, and so cannot be what a link's creation made.
func (r *run) taken(ctx context.Context, tx Tx, l *store.Link, id provider.RemoteID) (bool, error) {
	other, err := tx.LinkByRemote(ctx, r.connection.ID, string(id))
	if isNotFound(err) {
		return false, nil
	}
	return err == nil && other.ID != l.ID, err
}
