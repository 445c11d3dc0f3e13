package hub

import (
	"context"
	"slices"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/recur"
)

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
		return cur, mayGuess(by, &cur, parts) // nothing is asked for that the series does not say already
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
	tail.Born = crm.BornHere
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
