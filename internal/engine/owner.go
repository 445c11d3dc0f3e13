package engine

import (
	"context"
	"fmt"
	"strings"

	"tahti/internal/calendar"
	"tahti/internal/hub"
	"tahti/internal/merge"
	"tahti/internal/store"
)

// A shared meeting belongs to its organiser, if that is a user, else to the first who brought it in; if they stop, to the
// next (design.md, Shared meetings).

// claim gives a shared meeting to this user if they organise it, and reports whether it did.
func (r *run) claim(ctx context.Context, tx Tx, s *situation) (bool, error) {
	a := s.activity
	if !r.mayClaim(s) {
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

func (r *run) mayClaim(s *situation) bool {
	a := s.activity
	return s.link != nil && linkState(s.link) == merge.Linked && a != nil && !a.Deleted() && len(s.parts) > 0 &&
		a.OwnerID != r.connection.Member && r.organises(&a.Plan)
}

// organises reports whether the organiser's address is this user's.
func (r *run) organises(e *calendar.Event) bool {
	address := e.Organizer.Email
	return address != "" && (strings.EqualFold(address, r.user.Email) || strings.EqualFold(address, r.account.Username))
}

// takeWord lets an activity that guests brought in say what its organiser's own copy says, now that it has come in; and one whose
// event was here before say what that says, as nothing tells which of them is newer. What was edited here before is kept as
// conflicts, and of what is this user's own in two calendars all that is said differently: no guest's calendar repeats it.
func (r *run) takeWord(ctx context.Context, tx Tx, s *situation, claimed bool) error {
	plan, changes, lost := word(s, claimed)
	if changes.Empty() {
		return nil
	}
	return r.takePlan(ctx, tx, s, &plan, changes.Fields(), lost)
}

// takePlan plans the activity of a link that is made as a calendar says, in some fields. What that writes over is kept.
func (r *run) takePlan(ctx context.Context, tx Tx, s *situation, plan *calendar.Event, fields calendar.FieldSet, lost []merge.Conflict) error {
	if err := r.recordConflicts(ctx, tx, s, lost); err != nil {
		return err
	}
	if err := r.updatePlan(ctx, tx, s, plan, fields); err != nil {
		return err
	}
	bare, err := r.bare(ctx, tx, s.activity, s.parts)
	if err != nil {
		return err
	}
	setLocalShadow(s.link, bare, s.activity.Revision)
	return r.saveLink(ctx, tx, s)
}

// word is what taking a copy at its word makes of an activity: how it would be planned, what of it changes, and what that writes over.
func word(s *situation, claimed bool) (plan calendar.Event, changes merge.Changes, lost []merge.Conflict) {
	plan = s.activity.Plan.Clone()
	overlay(&plan, &s.remote)
	plan.Normalize()
	changes = merge.Diff(&s.activity.Plan, &plan)
	over := writtenOver(&s.activity.Plan, changes)
	if (claimed || s.item.Invited) && !s.anew {
		over = s.typedSince(over)
	}
	return plan, changes, losing(over)
}

// writtenOver are changes with, of each date that is called off, what it said of its own.
func writtenOver(e *calendar.Event, changes merge.Changes) merge.Changes {
	over := merge.Changes{Shift: changes.Shift}
	for _, ch := range changes.List {
		over.List = append(over.List, ch)
		o := e.Override(ch.Original)
		if ch.Op != merge.Cancel || o == nil {
			continue
		}
		for _, f := range o.Set.List() {
			said := merge.Change{Place: ch.Place, Op: merge.Set, Field: f}
			calendar.Copy(f, &said.From, &o.Values)
			over.List = append(over.List, said)
		}
	}
	return over
}

// losing are the values that an activity loses where a calendar's word is taken, but for texts that are empty, and for what is the
// calendar's alone to say: what it said before is nobody's to restore.
func losing(changes merge.Changes) []merge.Conflict {
	texts, blank := calendar.Fields(calendar.Subject, calendar.Location, calendar.Description, calendar.NoteFacet), calendar.Values{}
	var lost []merge.Conflict
	for _, ch := range changes.List {
		if ch.Op == merge.Cancel || ch.Op == merge.Uncancel || !calendar.EitherSide.Has(ch.Field) || texts.Has(ch.Field) && calendar.Same(ch.Field, &ch.From, &blank) {
			continue
		}
		lost = append(lost, merge.Conflict{
			Place: ch.Place, Field: ch.Field, Op: ch.Op, Winner: merge.Calendar,
			Kept: ch.To, Lost: ch.From, KeptRule: ch.Rule, LostRule: ch.FromRule, KeptExtra: ch.Extra, LostExtra: ch.FromExtra,
		})
	}
	return lost
}

// keepTyped keeps, of a meeting that its organiser calls off, what was changed here and could not be written there (I2).
func (r *run) keepTyped(ctx context.Context, tx Tx, s *situation) error {
	if lost, kept := r.typedHere(s); kept {
		return r.recordConflicts(ctx, tx, s, lost)
	}
	return nil
}

func (r *run) typedHere(s *situation) (lost []merge.Conflict, kept bool) {
	if !s.state.LocalChanged || s.link.LocalEvent == nil || s.activity.OwnerID != r.connection.Member {
		return nil, false
	}
	for _, ch := range merge.Diff(s.link.LocalEvent, &s.local).Only(calendar.EitherSide).List {
		if ch.Op != merge.Set {
			continue // a date that was taken out goes with all the others
		}
		lost = append(lost, merge.Conflict{
			Place: ch.Place, Field: ch.Field, Op: ch.Op, Winner: merge.Calendar,
			Kept: ch.From, Lost: ch.To, KeptRule: ch.FromRule, LostRule: ch.Rule, KeptExtra: ch.FromExtra, LostExtra: ch.Extra,
		})
	}
	return lost, true
}

// StepBack hands the shared meetings that a connection's user owns to the next whose calendar carries them, because this one
// is followed no more. The user goes on taking part. Where another calendar of theirs carries a meeting, that one is heard.
func (e *Engine) StepBack(ctx context.Context, tx Tx, c store.Connection) error {
	by := hub.BySync(c.ID, 0)
	return eachTie(ctx, tx, c.ID, func(l *store.Link) error {
		if l.Ours || !l.RemoteMeta.Invited {
			parts, err := tx.Participants(ctx, l.Activity)
			if err != nil || len(parts) == 0 {
				return err
			}
		}
		if err := e.Hub.StepBack(ctx, tx, by, l.Activity, c.Member); err != nil && !isNotFound(err) {
			return fmt.Errorf("hand activity %d over: %w", l.Activity, err)
		}
		return nil
	})
}

// eachTie goes through what a connection ties to an activity, without RemoteRaw.
func eachTie(ctx context.Context, tx Tx, connection store.ID, do func(*store.Link) error) error {
	for after := store.ID(0); ; {
		links, err := tx.Links(ctx, connection, after, batchSize)
		if err != nil || len(links) == 0 {
			return err
		}
		after = links[len(links)-1].ID
		for _, l := range links {
			if l.Activity == 0 || linkState(&l) != merge.Linked {
				continue
			}
			if err := do(&l); err != nil {
				return err
			}
		}
	}
}
