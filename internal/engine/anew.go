package engine

import (
	"context"
	"strings"

	"tahti/internal/crm"
	"tahti/internal/store"
)

// An activity that went with its calendar comes in anew when that calendar is connected again. What another calendar of the same
// user's made of the first one may still be there, and may have been edited: it is of the meeting that is there now (I10).

// goesToAnother ties an event of ours, whose activity is deleted and that was edited, to the activity that the same meeting has now,
// if it has one; it is planned anew then, upon what both sides last agreed on. An event that this activity has here already stays
// what counts, and this one is set aside as a copy of it; so it is where a colleague's calendar has brought the meeting in anew, which
// is theirs now (I10).
func (r *run) goesToAnother(ctx context.Context, tx Tx, s *situation) (tied, done bool, err error) {
	a, found, err := r.madeAnew(ctx, tx, s)
	if err != nil || !found {
		return false, false, err
	}
	next := *s.link
	s.link.State = store.LinkGone
	if err := r.saveLink(ctx, tx, s); err != nil {
		return false, false, err
	}
	tie, err := r.tieOf(ctx, tx, a.ID)
	if err != nil {
		return false, false, err
	}
	if tie != nil || a.OwnerID != r.connection.Member {
		return false, true, r.setCopyAside(ctx, tx, s)
	}
	next.ID, next.Activity, next.State, next.Pending = 0, a.ID, store.LinkLinked, nil
	if next.Incarnation, err = tx.LastIncarnation(ctx, r.connection.ID, a.ID); err != nil {
		return false, false, err
	}
	s.link = &next
	if err := r.saveLink(ctx, tx, s); err != nil {
		return false, false, err
	}
	return true, false, s.readActivity(ctx, tx, a.ID)
}

// madeAnew finds the activity that took the place of a deleted one: this user's, of the same event, or a colleague's, of a meeting that
// this user organises or is invited to.
func (r *run) madeAnew(ctx context.Context, tx Tx, s *situation) (a crm.Activity, found bool, err error) {
	was := s.activity
	if !s.link.Ours || was.OwnerID != r.connection.Member || was.Plan.UID == "" {
		return a, false, nil
	}
	list, err := tx.ActivitiesByUID(ctx, was.Plan.UID)
	if err != nil {
		return a, false, err
	}
	for _, a := range list {
		mine := a.OwnerID == was.OwnerID && a.Plan.Start == was.Plan.Start
		if a.ID != was.ID && !a.Deleted() && strings.EqualFold(a.Plan.Organizer.Email, was.Plan.Organizer.Email) &&
			(mine || a.Plan.IsSeries() == was.Plan.IsSeries() && (r.organises(&a.Plan) || r.invited(&a.Plan))) {
			return a, true, nil
		}
	}
	return a, false, nil
}

// setCopyAside lets an event stay as it is there, for a person to look at.
func (r *run) setCopyAside(ctx context.Context, tx Tx, s *situation) error {
	w, err := r.under(ctx, tx, s.work, remoteSubject(s.item.ID))
	if err != nil {
		return err
	}
	return r.park(ctx, tx, w, "copy", "")
}
