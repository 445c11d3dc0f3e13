package hub

import (
	"context"
	"slices"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/recur"
	"tahti/internal/store"
)

// Scope says how much of a series a change of one occurrence is meant for.
type Scope string

// The scopes.
const (
	This      Scope = "this"
	Following Scope = "following" // this one and all later ones: the series is split
	All       Scope = "all"
)

// PatchOccurrence changes what happens at an original start, given on the wall clock of the series' zone. Change.Fields may
// name the calendar's fields (without recurrence), done and note; with scope all or following any key of a series, and when
// is then still that of this occurrence: the series moves by as much. It answers the activity that now holds the
// occurrence: with scope following a new one. An activity that does not recur is a series of one.
func (h *Hub) PatchOccurrence(
	ctx context.Context, tx Tx, by Actor, id store.ID, original calendar.Wall, scope Scope, c Change,
) (crm.Activity, error) {
	cur, err := h.live(ctx, tx, id)
	if err != nil {
		return crm.Activity{}, err
	}
	if err := takesPlace(&cur.Plan, original); err != nil {
		return crm.Activity{}, err
	}
	switch single := !cur.Plan.IsSeries(); {
	case single || scope == All || scope == Following && original == firstStart(&cur.Plan):
		next := cur.Clone()
		if err := patchSeries(&next, original, c); err != nil {
			return crm.Activity{}, err
		}
		return h.save(ctx, tx, by, cur, next, saving{base: c.Base})
	case scope == Following:
		return h.split(ctx, tx, by, cur, original, c)
	case scope == This:
		if err := mayGuessAt(by, &cur, original); err != nil {
			return crm.Activity{}, err
		}
		next := cur.Clone()
		if err := patchOne(&next, original, c); err != nil {
			return crm.Activity{}, err
		}
		return h.save(ctx, tx, by, cur, next, saving{base: c.Base})
	}
	return crm.Activity{}, &Invalid{Field: "scope", Code: CodeUnknown, Detail: string(scope)}
}

// DeleteOccurrence takes an occurrence out, or the series from it on, or all of it. What has no occurrence left is deleted.
func (h *Hub) DeleteOccurrence(ctx context.Context, tx Tx, by Actor, id store.ID, original calendar.Wall, scope Scope) error {
	cur, err := h.live(ctx, tx, id)
	if err != nil {
		return err
	}
	if err := takesPlace(&cur.Plan, original); err != nil {
		return err
	}
	next, s := cur.Clone(), saving{}
	switch single := !cur.Plan.IsSeries(); {
	case single || scope == All || scope == Following && original == firstStart(&cur.Plan):
		return h.Delete(ctx, tx, by, id)
	case scope == Following:
		if next, _, err = cut(&cur, original); err != nil {
			return err
		}
		s.overrides, s.occurrences = true, true
	case scope == This:
		if err := putOccurrence(&next, FieldCancelled, original, encode(true)); err != nil {
			return err
		}
		next.Occurrences = slices.DeleteFunc(next.Occurrences, func(o crm.Occurrence) bool { return o.Original == original })
	default:
		return &Invalid{Field: "scope", Code: CodeUnknown, Detail: string(scope)}
	}
	if !anyLeft(&next.Plan) {
		return h.Delete(ctx, tx, by, id)
	}
	_, err = h.save(ctx, tx, by, cur, next, s)
	return err
}

// takesPlace refuses a start that the series does not have, or has no more.
func takesPlace(e *calendar.Event, original calendar.Wall) error {
	there := original == e.Start.Wall
	if e.IsSeries() {
		there = recur.Has(e, original)
	}
	if e.Start.IsZero() || !there || e.IsCancelled(original) {
		return &Invalid{Field: "original_start", Code: CodeNoOccurrence, Detail: originalName(e.Start.Kind, original)}
	}
	return nil
}

// firstStart is the first start that the pattern gives, taken out or not.
func firstStart(e *calendar.Event) calendar.Wall {
	for w := range recur.Starts(e, 1) {
		return w
	}
	return e.Start.Wall
}

// anyLeft reports whether an occurrence takes place that was not taken out.
func anyLeft(e *calendar.Event) bool {
	if !e.IsSeries() {
		return true
	}
	for w := range recur.Starts(e, len(e.Cancelled)+1) {
		if !e.IsCancelled(w) {
			return true
		}
	}
	return false
}

// patchOne lets one occurrence say something of its own.
func patchOne(a *crm.Activity, original calendar.Wall, c Change) error {
	for _, field := range c.Fields {
		switch field {
		case FieldDone:
			occurrence(a, original).Done = c.To.Done
			continue
		case FieldNote:
			occurrence(a, original).Note = c.To.Note
			continue
		}
		f, ok := calendar.ParseField(field)
		if !ok || f == calendar.Recurrence {
			return &Invalid{Field: field, Code: CodeUnknownField, Detail: "an occurrence has none of its own"}
		}
		if f == calendar.When && (c.To.Plan.Start.Kind == calendar.Date) != (a.Plan.Start.Kind == calendar.Date) {
			return &Invalid{Field: field, Code: CodeKinds, Detail: "a whole day in a series with times, or the other way round"}
		}
		o := a.Plan.EnsureOverride(original)
		o.Set |= calendar.Fields(f)
		calendar.Copy(f, &o.Values, &c.To.Plan.Values)
	}
	return nil
}

// patchSeries lets the whole series say what was said at one of its occurrences: its times move by as much as that one's.
func patchSeries(a *crm.Activity, original calendar.Wall, c Change) error {
	moved := false
	for _, field := range c.Fields {
		if ref(a, field) == nil {
			return &Invalid{Field: field, Code: CodeUnknownField}
		}
		if field == calendar.When.String() {
			moved = true
			continue
		}
		copyField(a, &c.To, field)
	}
	if !moved {
		return nil
	}
	was, to, old := a.Plan.On(original), c.To.Plan.Values, a.Plan.Clone()
	start := a.Plan.Start.Wall + (to.Start.Wall - was.Start.Wall)
	if to.Start.Kind == calendar.Date {
		start = a.Plan.Start.Wall.Midnight() + (to.Start.Wall.Midnight() - was.Start.Wall.Midnight())
	}
	a.Plan.Start, a.Plan.End = to.Start, to.End
	a.Plan.Start.Wall = start
	a.Plan.End.Wall = start + (to.End.Wall - to.Start.Wall)
	if slices.Contains(c.Fields, calendar.Recurrence.String()) {
		return nil
	}
	return moveRule(&old, &a.Plan)
}
