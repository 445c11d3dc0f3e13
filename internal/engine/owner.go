package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"tahti/internal/calendar"
	"tahti/internal/hub"
	"tahti/internal/lens"
	"tahti/internal/merge"
	"tahti/internal/store"
)

// A shared meeting belongs to its organiser, if that is a user, else to the first who brought it in; if they stop, to the
// next (design.md, Shared meetings).

// claim gives a shared meeting to this user if they organise it, and reports whether it did.
func (r *run) claim(ctx context.Context, tx Tx, s *situation) (bool, error) {
	a := s.activity
	if s.link == nil || linkState(s.link) != merge.Linked || a == nil || a.Deleted() || len(s.parts) == 0 ||
		a.OwnerID == r.connection.Member || !r.organises(&a.Plan) {
		return false, nil
	}
	owned, err := r.e.Hub.TakeOver(ctx, tx, r.by(), a.ID, r.connection.Member)
	if err != nil {
		return false, fmt.Errorf("take activity %d over: %w", a.ID, err)
	}
	if owned.OwnerID != r.connection.Member {
		return false, nil
	}
	return true, s.readActivity(ctx, tx, a.ID)
}

// organises reports whether the organiser's address is this user's.
func (r *run) organises(e *calendar.Event) bool {
	address := e.Organizer.Email
	return address != "" && (strings.EqualFold(address, r.user.Email) || strings.EqualFold(address, r.account.Username))
}

// takeWord lets an activity that guests brought in say what its organiser's own copy says, now that it has come in. What was
// edited here before is kept as conflicts.
func (r *run) takeWord(ctx context.Context, tx Tx, s *situation) error {
	plan := s.activity.Plan.Clone()
	overlay(&plan, &s.remote)
	plan.Normalize()
	changes := merge.Diff(&s.activity.Plan, &plan)
	var lost []merge.Conflict
	for _, ch := range changes.List {
		if !hub.ChangedAt(s.activity, ch.Field.String()).After(s.activity.CreatedAt) || ch.Op == merge.Cancel || ch.Op == merge.Uncancel {
			continue // it says what a guest's calendar said
		}
		lost = append(lost, merge.Conflict{
			Place: ch.Place, Field: ch.Field, Op: ch.Op, Winner: merge.Calendar,
			Kept: ch.To, Lost: ch.From, KeptRule: ch.Rule, LostRule: ch.FromRule, KeptExtra: ch.Extra, LostExtra: ch.FromExtra,
		})
	}
	if err := r.recordConflicts(ctx, tx, s, lost); err != nil {
		return err
	}
	if err := r.updatePlan(ctx, tx, s, &plan, changes.Fields()); err != nil {
		return err
	}
	setLocalShadow(s.link, lens.Bare(s.activity, s.parts, r.connection.Member, &r.settings, r.capable.Fields), s.activity.Revision)
	return r.saveLink(ctx, tx, s)
}

// editable are the fields that may be written at the remote item. Of a meeting that several users carry only the organiser's
// copy is written: their calendar tells the others.
func (r *run) editable(s *situation) calendar.FieldSet {
	if len(s.parts) > 0 && s.activity.Plan.Organizer.Email != "" && !r.organises(&s.activity.Plan) {
		return s.item.Editable &^ calendar.OrganizerOwned
	}
	return s.item.Editable
}

// StepBack hands the shared meetings that a connection's user owns to the next whose calendar carries them, because this one
// is followed no more. The user goes on taking part.
func (e *Engine) StepBack(ctx context.Context, tx Tx, c store.Connection) error {
	by := hub.BySync(c.ID, 0)
	for after := store.ID(0); ; {
		links, err := tx.Links(ctx, c.ID, after, batchSize)
		if err != nil || len(links) == 0 {
			return err
		}
		after = links[len(links)-1].ID
		links = slices.DeleteFunc(links, func(l store.Link) bool { return l.Activity == 0 || linkState(&l) != merge.Linked })
		for _, l := range links {
			parts, err := tx.Participants(ctx, l.Activity)
			if err != nil {
				return err
			}
			if len(parts) == 0 {
				continue
			}
			if err := e.Hub.StepBack(ctx, tx, by, l.Activity, c.Member); err != nil && !isNotFound(err) {
				return fmt.Errorf("hand activity %d over: %w", l.Activity, err)
			}
		}
	}
}
