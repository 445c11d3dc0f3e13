package hub

import (
	"context"
	"fmt"
	"slices"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/store"
)

// Names of a [Change] for what all occurrences say at once, beside the keys of the series.
const (
	// FieldOverrides replaces Plan.Overrides and Plan.Cancelled. They are named by the start that To.Plan gives the series,
	// where the change also sets when or recurrence, else by the stored one.
	FieldOverrides = "overrides"
	// FieldOccurrences replaces Occurrences: done and note of single occurrences.
	FieldOccurrences = "occurrences"
)

// Change is a wish to change an activity, from a form, the API or a run.
type Change struct {
	// Base is the revision from which the change was made. A person's change of something that somebody else has changed
	// since is [Stale]; changes of different fields merge. A run's change is Stale as soon as anything changed: it plans
	// again. 0 is the last write wins: the shape of Pipedrive's PATCH.
	Base int64
	// Fields are the keys of the series, or the names above, that To speaks about.
	Fields []string
	To     crm.Activity
	// Merged says that both sides had changed, for history.
	Merged bool
}

// Planned is the change that gives an activity what an event says in fields, all of its occurrences included: the way in
// which a run carries a calendar's change over.
func Planned(base int64, e *calendar.Event, fields calendar.FieldSet) Change {
	c := Change{Base: base, To: crm.Activity{Plan: e.Clone()}, Fields: []string{FieldOverrides}}
	for _, f := range fields.List() {
		c.Fields = append(c.Fields, f.String())
	}
	return c
}

// Create saves a new activity and answers it with its id, revision 1. A person's draft without owner is their own, without
// a subject it gets the name of its type; ids, revision and times of the draft are not looked at. Errors: [Invalid],
// [Denied].
func (h *Hub) Create(ctx context.Context, tx Tx, by Actor, draft crm.Activity) (crm.Activity, error) {
	if err := mayBegin(by); err != nil {
		return crm.Activity{}, err
	}
	now := h.now()
	a := draft.Clone()
	a.ID, a.Revision, a.Changed, a.DeletedAt = 0, 1, nil, time.Time{}
	a.CreatedAt, a.UpdatedAt, a.DoneAt = now, now, time.Time{}
	switch by.Kind {
	case Person:
		a.CreatorID, a.Origin, a.Born = by.User.ID, 0, crm.BornHere
		a.Plan.UID, a.Plan.Organizer, a.Plan.Status = "", calendar.Person{}, calendar.Confirmed
		if a.OwnerID == 0 {
			a.OwnerID = by.User.ID
		}
		if a.Visibility == "" {
			a.Visibility = crm.Everyone
		}
	case Sync:
		a.CreatorID, a.Origin = 0, by.Connection
		if a.Visibility == "" {
			a.Visibility = crm.OwnerOnly
		}
	}
	if a.Done {
		a.DoneAt = now
	}
	if a.Plan.Subject == "" && by.Kind == Person {
		if err := h.nameByType(ctx, tx, &a); err != nil {
			return crm.Activity{}, err
		}
	}
	tidy(&a)
	if err := checkPlan(&a.Plan, true); err != nil {
		return crm.Activity{}, err
	}
	dropped := dropStrays(&a)
	tidy(&a)
	said := snapshot(&a)
	if err := h.checkRows(ctx, tx, by, &a, said.keys()); err != nil {
		return crm.Activity{}, err
	}
	if err := tx.PutActivity(ctx, &a); err != nil {
		return crm.Activity{}, fmt.Errorf("save activity: %w", err)
	}
	if err := h.fileDropped(ctx, tx, by, &a, dropped); err != nil {
		return crm.Activity{}, err
	}
	if by.Kind == Sync {
		if err := h.record(ctx, tx, by, "create", &a, nil, values{}, said, said.said(), false); err != nil {
			return crm.Activity{}, err
		}
	}
	return a, h.mark(ctx, tx, by, nil, &a, nil, nil)
}

// nameByType gives a draft without subject the name of its type, as Pipedrive does.
func (h *Hub) nameByType(ctx context.Context, tx Tx, a *crm.Activity) error {
	types, err := tx.Types(ctx)
	if err != nil {
		return fmt.Errorf("list types: %w", err)
	}
	for _, t := range types {
		if t.Key == a.Type {
			a.Plan.Subject = t.Name
		}
	}
	return nil
}

// Update changes an activity and answers it as it is then. What changes nothing writes nothing. Errors: [Invalid],
// [Denied], [Stale], store.ErrNotFound (also for a deleted one).
func (h *Hub) Update(ctx context.Context, tx Tx, by Actor, id store.ID, c Change) (crm.Activity, error) {
	cur, err := h.live(ctx, tx, id)
	if err != nil {
		return crm.Activity{}, err
	}
	next := cur.Clone()
	s := saving{base: c.Base}
	for _, field := range c.Fields {
		switch field {
		case FieldOverrides:
			next.Plan.Overrides, next.Plan.Cancelled = c.To.Plan.Clone().Overrides, slices.Clone(c.To.Plan.Cancelled)
			s.overrides = true
		case FieldOccurrences:
			next.Occurrences, s.occurrences = slices.Clone(c.To.Occurrences), true
		default:
			if ref(&next, field) == nil {
				return crm.Activity{}, &Invalid{Field: field, Code: CodeUnknownField}
			}
			copyField(&next, &c.To, field)
		}
	}
	if c.Merged {
		s.kind = "merge"
	}
	if by.Kind != Sync && cur.Plan.IsSeries() && !slices.Contains(c.Fields, calendar.Recurrence.String()) {
		if err := moveRule(&cur.Plan, &next.Plan); err != nil {
			return crm.Activity{}, err
		}
	}
	return h.save(ctx, tx, by, cur, next, s)
}

// Delete takes an activity away from people. Its row stays, so that nothing is resurrected and undo can work. Deleting a
// deleted one changes nothing.
func (h *Hub) Delete(ctx context.Context, tx Tx, by Actor, id store.ID) error {
	cur, err := tx.Activity(ctx, id)
	if err != nil {
		return err
	}
	parts, err := h.parts(ctx, tx, &cur)
	if err != nil {
		return err
	}
	if err := mayDelete(by, &cur, parts); err != nil || cur.Deleted() {
		return err
	}
	next := cur.Clone()
	next.DeletedAt = h.behind(cur.UpdatedAt)
	return h.turn(ctx, tx, by, "delete", &cur, &next, parts)
}

// Revive brings a deleted activity back as it was: an edit beats a deletion (I5). Reviving a live one changes nothing. A person is
// refused where the meeting is here as another activity by now: two of one meeting never become one later (I10).
func (h *Hub) Revive(ctx context.Context, tx Tx, by Actor, id store.ID) (crm.Activity, error) {
	return h.revive(ctx, tx, by, id, nil)
}

// revive brings an activity back; change, if there is one, makes it anew in some respect.
func (h *Hub) revive(ctx context.Context, tx Tx, by Actor, id store.ID, change func(*crm.Activity)) (crm.Activity, error) {
	cur, err := tx.Activity(ctx, id)
	if err != nil {
		return crm.Activity{}, err
	}
	parts, err := h.parts(ctx, tx, &cur)
	if err != nil {
		return crm.Activity{}, err
	}
	if err := mayDelete(by, &cur, parts); err != nil || !cur.Deleted() {
		return cur, err
	}
	if by.Kind == Person && change == nil {
		if lives, err := h.livesOn(ctx, tx, &cur); err != nil {
			return cur, err
		} else if lives {
			return cur, &Denied{Code: DeniedLivesOn}
		}
	}
	next := cur.Clone()
	next.DeletedAt = time.Time{}
	if change != nil {
		change(&next)
	}
	return next, h.turn(ctx, tx, by, "revive", &cur, &next, parts)
}

// turn saves a deletion or its opposite.
func (h *Hub) turn(ctx context.Context, tx Tx, by Actor, kind string, cur, next *crm.Activity, parts []crm.Participant) error {
	next.Revision, next.UpdatedAt = cur.Revision+1, h.behind(cur.UpdatedAt)
	if err := tx.PutActivity(ctx, next); err != nil {
		return fmt.Errorf("%s activity: %w", kind, err)
	}
	was, is := snapshot(cur), snapshot(next)
	keys := was.diff(is)
	if kind == "delete" {
		keys = was.said() // what was lost is shown, and kept for the time that history is
	}
	masked := privacyOf(cur, parts) != open
	if err := h.record(ctx, tx, by, kind, next, parts, was, is, keys, masked); err != nil {
		return err
	}
	return h.mark(ctx, tx, by, cur, next, parts, nil)
}

// live reads an activity that is not deleted.
func (h *Hub) live(ctx context.Context, tx Tx, id store.ID) (crm.Activity, error) {
	a, err := tx.Activity(ctx, id)
	if err != nil {
		return crm.Activity{}, err
	}
	if a.Deleted() {
		return crm.Activity{}, fmt.Errorf("activity %d is deleted: %w", id, store.ErrNotFound)
	}
	return a, nil
}

// parts reads the participants.
func (h *Hub) parts(ctx context.Context, tx Tx, a *crm.Activity) ([]crm.Participant, error) {
	parts, err := tx.Participants(ctx, a.ID)
	if err != nil {
		return nil, fmt.Errorf("list participants: %w", err)
	}
	return parts, nil
}

// Bear notes that an activity was born where the acting connection leads to, though it came in from elsewhere before. Whatever carries it
// or may carry it looks at it again: what goes where hangs on that.
func (h *Hub) Bear(ctx context.Context, tx Tx, by Actor, id store.ID) (crm.Activity, error) {
	cur, err := h.live(ctx, tx, id)
	if err != nil || cur.Origin == by.Connection {
		return cur, err
	}
	parts, err := h.parts(ctx, tx, &cur)
	if err != nil {
		return crm.Activity{}, err
	}
	next := cur.Clone()
	next.Origin = by.Connection
	at, err := h.moment(ctx, tx, &cur, &next)
	if err != nil {
		return crm.Activity{}, err
	}
	stamp(&cur, &next, nil, at)
	if err := tx.PutActivity(ctx, &next); err != nil {
		return crm.Activity{}, fmt.Errorf("save activity: %w", err)
	}
	return next, h.mark(ctx, tx, by, &cur, &next, parts, nil)
}
