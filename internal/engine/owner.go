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
	"tahti/internal/provider"
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
// conflicts, and of what nobody organises all that is said differently: no guest's calendar repeats it.
func (r *run) takeWord(ctx context.Context, tx Tx, s *situation) error {
	plan, changes, lost := word(s)
	if changes.Empty() {
		return nil
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

// word is what taking a copy at its word makes of an activity: how it would be planned, what of it changes, and what that writes over.
func word(s *situation) (plan calendar.Event, changes merge.Changes, lost []merge.Conflict) {
	plan = s.activity.Plan.Clone()
	overlay(&plan, &s.remote)
	plan.Normalize()
	changes = merge.Diff(&s.activity.Plan, &plan)
	return plan, changes, losing(s.typedSince(changes))
}

// losing are the values that an activity loses where a calendar's word is taken, but for texts that are empty.
func losing(changes merge.Changes) []merge.Conflict {
	texts, blank := calendar.Fields(calendar.Subject, calendar.Location, calendar.Description), calendar.Values{}
	var lost []merge.Conflict
	for _, ch := range changes.List {
		if ch.Op == merge.Cancel || ch.Op == merge.Uncancel || texts.Has(ch.Field) && calendar.Same(ch.Field, &ch.From, &blank) {
			continue
		}
		lost = append(lost, merge.Conflict{
			Place: ch.Place, Field: ch.Field, Op: ch.Op, Winner: merge.Calendar,
			Kept: ch.To, Lost: ch.From, KeptRule: ch.Rule, LostRule: ch.FromRule, KeptExtra: ch.Extra, LostExtra: ch.FromExtra,
		})
	}
	return lost
}

// editable are the fields that may be written at the remote item. Of a meeting that several users carry only the organiser's
// copy is written: their calendar tells the others. What we made ourselves is no copy of the meeting, and follows it.
func (r *run) editable(s *situation) calendar.FieldSet {
	if !s.link.Ours && len(s.parts) > 0 && s.activity.Plan.Organizer.Email != "" && !r.organises(&s.activity.Plan) {
		return s.item.Editable &^ calendar.OrganizerOwned
	}
	return s.item.Editable
}

// othersCount says in which fields other copies of a meeting count. repeated: in those this one only repeats what its organiser told:
// as long as the owner's own calendar carries it, the owner's counts, and of several that the owner has the one that came first, in
// all that it shows. A copy that hears late, or in the words of a poorer calendar, would write over what was said since. shared: in
// those what differs from this copy may be what another one says, and is not taken back.
func (r *run) othersCount(ctx context.Context, tx Tx, s *situation) (repeated, shared calendar.FieldSet, err error) {
	var first, rest calendar.FieldSet
	copied := !s.link.Ours && s.item.Invited
	if copied {
		if first, rest, err = r.otherCopies(ctx, tx, s, s.link.ID); err != nil {
			return 0, 0, err
		}
	}
	if shared = first | rest&^s.item.Event.Known; s.activity.OwnerID != r.connection.Member || len(s.parts) > 0 && !s.item.Invited {
		shared = calendar.AllFields
	}
	return first &^ lens.Own &^ s.item.Editable, shared, nil
}

// otherCopies are the fields that copies say which count more than this one, and those that copies say which count less: what the
// first one hides, the next is heard of (I2).
func (r *run) otherCopies(ctx context.Context, tx Tx, s *situation, this store.ID) (more, less calendar.FieldSet, err error) {
	if s.activity.OwnerID != r.connection.Member {
		carried, err := r.e.Hub.CarriedBy(ctx, tx, s.activity.ID, s.activity.OwnerID)
		if err == nil && carried {
			more = calendar.AllFields
		}
		return more, 0, err
	}
	links, err := tx.LinksOfActivity(ctx, s.activity.ID)
	if err != nil {
		return 0, 0, fmt.Errorf("list links: %w", err)
	}
	for _, l := range links {
		if l.ID == this || l.Ours || l.RemoteEvent == nil || linkState(&l) != merge.Linked {
			continue
		}
		c, err := tx.Connection(ctx, l.Connection)
		if err != nil {
			return 0, 0, fmt.Errorf("read connection of link %d: %w", l.ID, err)
		}
		switch {
		case c.Member != r.connection.Member || c.State == store.Stopped:
		case l.ID < this:
			more |= l.RemoteEvent.Known
		default:
			less |= l.RemoteEvent.Known
		}
	}
	return more, less, nil
}

// hearHeir lets the copy of who owns a meeting now be heard in what it said already while the copy of who owned it before counted: in
// what neither may edit, and no other copy of theirs counts more, it says so now.
func (r *run) hearHeir(ctx context.Context, tx Tx, s *situation) error {
	s.unheard = merge.Changes{}
	if s.link == nil || s.link.Pending != nil || s.link.Ours || s.link.LocalEvent == nil || s.link.RemoteEvent == nil ||
		s.state.Link != merge.Linked || s.state.Local != merge.LocalLive || s.item.State != provider.StateLive || !s.fromWork ||
		!s.item.Invited || s.state.Admit != merge.Enter || !s.state.In || s.activity.OwnerID != r.connection.Member {
		return nil
	}
	repeated, _, err := r.othersCount(ctx, tx, s)
	if err != nil {
		return err
	}
	s.unheard = merge.Diff(&s.shadow, s.link.LocalEvent).Only(calendar.BothWaysFields &^ s.item.Editable &^ repeated)
	if !s.unheard.Empty() {
		s.shadow, _ = merge.Apply(&s.shadow, s.unheard, 0)
		s.state.RemoteChanged = !merge.Diff(&s.shadow, &s.remote).Empty() || s.typed != ""
	}
	return nil
}

// overruled are the values that were typed here before an heir's copy was heard, and that it takes the place of.
func (s *situation) overruled(kept []merge.Conflict) []merge.Conflict {
	changes := merge.Diff(&s.local, &s.remote)
	changes.List = slices.DeleteFunc(changes.List, func(ch merge.Change) bool {
		return !slices.ContainsFunc(s.unheard.List, func(x merge.Change) bool { return x.Place == ch.Place && x.Field == ch.Field }) ||
			slices.ContainsFunc(kept, func(c merge.Conflict) bool { return c.Place == ch.Place && c.Field == ch.Field })
	})
	return losing(s.typedSince(changes))
}

// typedSince leaves of what a copy's word changes what may be somebody's edit: what a meeting says since it came in, it says after a
// guest's calendar.
func (s *situation) typedSince(changes merge.Changes) merge.Changes {
	if s.item.Event.Organizer.Email != "" {
		changes.List = slices.DeleteFunc(slices.Clone(changes.List), func(ch merge.Change) bool {
			return !hub.IsChanged(s.activity, ch.Field.String())
		})
	}
	return changes
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
	for _, ch := range merge.Diff(s.link.LocalEvent, &s.local).Only(calendar.BothWaysFields).List {
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
