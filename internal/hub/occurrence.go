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
		o := override(&a.Plan, original)
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
	at := a.Plan.Override(original)
	if at == nil {
		at = &calendar.Override{Original: original}
	}
	was, to, old := a.Plan.Effective(at), c.To.Plan.Values, a.Plan.Clone()
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

// split makes the occurrences from original on a series of their own, with the change, and shortens the old one. The new
// series is written first: a crash in between would double some days, which can be seen, and never lose them.
func (h *Hub) split(
	ctx context.Context, tx Tx, by Actor, cur crm.Activity, original calendar.Wall, c Change,
) (crm.Activity, error) {
	parts, err := h.parts(ctx, tx, &cur)
	if err != nil {
		return crm.Activity{}, err
	}
	head, tail, err := cut(&cur, original)
	if err != nil {
		return crm.Activity{}, err
	}
	changed := tail.Clone()
	if err := patchSeries(&changed, original, c); err != nil {
		return crm.Activity{}, err
	}
	tidy(&changed)
	if err := checkPlan(&changed.Plan, true); err != nil {
		return crm.Activity{}, err
	}
	was, dropped := follow(&tail, &changed, saving{})
	keys := snapshotIn(&was, changed.Plan.Start.Kind).diff(snapshot(&changed))
	if len(keys) == 0 {
		return cur, nil // nothing is asked for that the series does not say already
	}
	if err := h.mayChange(ctx, tx, by, &cur, parts, append(keys, calendar.Recurrence.String()), false); err != nil {
		return crm.Activity{}, err
	}
	if err := stale(by, &cur, &cur, c.Base, keys); err != nil {
		return crm.Activity{}, err
	}
	made, err := h.Create(ctx, tx, by, changed)
	if err != nil {
		return crm.Activity{}, err
	}
	if err := h.fileDropped(ctx, tx, by, &made, dropped); err != nil {
		return crm.Activity{}, err
	}
	_, err = h.save(ctx, tx, by, cur, head, saving{base: c.Base, overrides: true, occurrences: true})
	return made, err
}

// cut takes a series apart at an original start. The tail has the CRM's own fields and what was said of its occurrences, and
// is a new appointment in the calendar: nobody was invited to it yet.
func cut(a *crm.Activity, original calendar.Wall) (head, tail crm.Activity, err error) {
	head, tail = a.Clone(), a.Clone()
	at := a.Plan.Start
	at.Wall = original
	if rule := a.Plan.Rule; rule != "" {
		ruled := calendar.Event{Values: a.Plan.Values, Rule: rule}
		if !recur.Has(&ruled, original) {
			return head, tail, &Invalid{Field: "original_start", Code: CodeBadRule, Detail: "a further date cannot begin a series"}
		}
		if head.Plan.Rule, err = recur.Bound(rule, at); err == nil {
			tail.Plan.Rule, err = recur.Rest(rule, a.Plan.Start, at)
		}
		if err != nil {
			return head, tail, &Invalid{Field: "recurrence", Code: CodeBadRule, Detail: err.Error()}
		}
	}
	tail.Plan.Start = at
	tail.Plan.End.Wall += original - a.Plan.Start.Wall
	before := func(w calendar.Wall) bool { return w < original }
	keep(&head, before)
	keep(&tail, func(w calendar.Wall) bool { return !before(w) })
	tail.Plan.Extra = slices.DeleteFunc(tail.Plan.Extra, func(t calendar.Time) bool { return t.Wall == original })
	tail.ID, tail.Plan.UID, tail.Plan.Organizer, tail.Plan.Answer = 0, "", calendar.Person{}, calendar.NoAnswer
	for i := range tail.Plan.Guests {
		tail.Plan.Guests[i].Answer = calendar.NoAnswer
	}
	return head, tail, nil
}

// keep leaves of a series only what is said of some original starts.
func keep(a *crm.Activity, which func(calendar.Wall) bool) {
	p := &a.Plan
	p.Extra = slices.DeleteFunc(p.Extra, func(t calendar.Time) bool { return !which(t.Wall) })
	p.Cancelled = slices.DeleteFunc(p.Cancelled, func(w calendar.Wall) bool { return !which(w) })
	p.Overrides = slices.DeleteFunc(p.Overrides, func(o calendar.Override) bool { return !which(o.Original) })
	a.Occurrences = slices.DeleteFunc(a.Occurrences, func(o crm.Occurrence) bool { return !which(o.Original) })
}
