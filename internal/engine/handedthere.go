package engine

import (
	"context"
	"errors"
	"fmt"

	"tahti/internal/crm"
	"tahti/internal/hub"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// An item of a side that colleagues share may get another owner there. It leaves one user's connection, which can only say that it is
// somebody else's by now, and comes up in another's, under the same id. It is the same appointment: its activity goes to the new owner,
// with what both sides last knew of each other, and none is made beside it (I10).

// othersNow is why an item waits that belongs to somebody else at the other side.
const othersNow = "others_now"

// handedThere takes the activity of an item over that was tied for a colleague until now.
func (r *run) handedThere(ctx context.Context, tx Tx, s *situation) (bool, error) {
	was, err := r.colleaguesLink(ctx, tx, s.item.ID)
	if err != nil || was == nil {
		return false, err
	}
	if was.Pending != nil {
		return true, r.backOff(ctx, tx, s.work, &provider.Error{Op: "take over from a colleague", Class: provider.Transient})
	}
	row, free, err := r.rowFor(ctx, tx, was.Activity)
	if err != nil || !free {
		return false, err
	}
	a, err := tx.Activity(ctx, was.Activity)
	if err != nil || a.Deleted() {
		return false, err
	}
	if a.OwnerID != r.connection.Member {
		change := hub.Change{Base: a.Revision, Fields: []string{hub.FieldOwner}, To: crm.Activity{OwnerID: r.connection.Member}}
		if _, err := r.e.Hub.Update(ctx, tx, r.by(), a.ID, change); err != nil {
			return true, fmt.Errorf("take over activity %d: %w", a.ID, err)
		}
		r.counts[UpdatedInCRM]++
	}
	for _, subject := range []string{remoteSubject(s.item.ID), activitySubject(was.Activity)} {
		if err := forgetAt(ctx, tx, was.Connection, subject); err != nil {
			return true, err
		}
	}
	mine := *was
	mine.ID, mine.Connection, mine.State, mine.RemoteMeta.Versions = row, r.connection.ID, store.LinkLinked, nil
	was.State = store.LinkGone
	if err := tx.PutLink(ctx, was); err != nil {
		return true, fmt.Errorf("let a colleague's link go: %w", err)
	}
	s.link = &mine
	r.counts[LinkedCount]++
	return true, errors.Join(r.saveLink(ctx, tx, s), tx.PutWork(ctx, r.connection.ID, remoteSubject(s.item.ID), encodeItem(s.item), r.now(), false))
}

// rowFor is the row that a tie to an activity takes here: a new one, or that of an item which was taken away when the activity left this
// user. There is none, as long as another item of the activity's is here or on its way.
func (r *run) rowFor(ctx context.Context, tx Tx, activity store.ID) (row store.ID, free bool, err error) {
	l, err := r.tieOf(ctx, tx, activity)
	switch {
	case err != nil:
		return 0, false, fmt.Errorf("read link: %w", err)
	case l == nil:
		return 0, true, nil
	}
	return l.ID, vacant(l), nil
}

// colleaguesLink is the tie of an item in another connection to the same place; nil if there is none.
func (r *run) colleaguesLink(ctx context.Context, tx Tx, id provider.RemoteID) (*store.Link, error) {
	if !r.capable.Shared {
		return nil, nil
	}
	all, err := tx.Connections(ctx, 0)
	if err != nil {
		return nil, fmt.Errorf("list connections: %w", err)
	}
	for _, c := range all {
		if same, err := r.atSameSide(ctx, tx, &c); err != nil {
			return nil, err
		} else if !same {
			continue
		}
		l, err := tx.LinkByRemote(ctx, c.ID, string(id))
		switch {
		case err == nil && (l.State == store.LinkLinked || l.State == store.LinkWriting || l.State == store.LinkDetached):
			return &l, nil
		case err != nil && !isNotFound(err):
			return nil, fmt.Errorf("read link: %w", err)
		}
	}
	return nil, nil
}

// atSameSide reports another connection to the same place, which is told by its server: people may sign in there in different ways, which
// are different kinds of account.
func (r *run) atSameSide(ctx context.Context, tx Tx, c *store.Connection) (bool, error) {
	if c.ID == r.connection.ID {
		return false, nil
	}
	account, err := tx.Account(ctx, c.Account)
	if err != nil {
		return false, fmt.Errorf("read account %d: %w", c.Account, err)
	}
	return account.Server == r.account.Server, nil
}

// leftThere reports an activity that the side has as a colleague's, whose connection was stopped and has kept what it made. Nobody takes it
// out any more, so that no second one is made beside it.
func (r *run) leftThere(ctx context.Context, tx Tx, activity store.ID) (bool, error) {
	links, err := tx.LinksOfActivity(ctx, activity)
	if err != nil {
		return false, fmt.Errorf("list links of activity %d: %w", activity, err)
	}
	for _, l := range links {
		if l.State != store.LinkDetached || l.Remote == "" {
			continue
		}
		c, err := tx.Connection(ctx, l.Connection)
		if err != nil {
			return false, fmt.Errorf("read connection %d: %w", l.Connection, err)
		}
		if same, err := r.atSameSide(ctx, tx, &c); err != nil || same {
			return same, err
		}
	}
	return false, nil
}

// forgetAt lets go of what waits in a connection that something has left.
func forgetAt(ctx context.Context, tx Tx, connection store.ID, subject string) error {
	w, err := tx.WorkBySubject(ctx, connection, subject)
	if isNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	return tx.DeleteWork(ctx, w)
}
