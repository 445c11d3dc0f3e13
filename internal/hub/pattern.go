package hub

import (
	"slices"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/recur"
)

// repatterned reports whether the original starts of the series are others than before.
func repatterned(cur, next *crm.Activity) bool {
	return cur.Plan.Start != next.Plan.Start || !calendar.SameRecurrence(&cur.Plan, &next.Plan)
}

// follow lets what is said of single occurrences follow a change of the series. A plain shift names every occurrence anew;
// any other change of pattern keeps what is said of days on which the new one still takes place. It answers the stored
// activity in the new names, against which the next one is compared, and what fits the new pattern no more, which is taken
// out of next.
func follow(cur, next *crm.Activity, s saving) (was crm.Activity, dropped []lost) {
	was = cur.Clone()
	if !repatterned(cur, next) {
		if s.overrides || s.occurrences {
			dropped = dropStrays(next)
		}
		return was, dropped
	}
	if !cur.Plan.IsSeries() {
		return was, dropStrays(next)
	}
	rename(&was, next.Plan.Start.Kind, moves(&cur.Plan, &next.Plan))
	adopt(next, &was, s)
	return was, dropStrays(next)
}

// moves says by which start an occurrence of the old pattern is known in the new one; by its old one if by none.
func moves(old, now *calendar.Event) func(calendar.Wall) calendar.Wall {
	if delta, plain := recur.Shift(old, now); plain {
		return func(w calendar.Wall) calendar.Wall { return w + delta }
	}
	clock := now.Start.Wall - now.Start.Wall.Midnight()
	return func(w calendar.Wall) calendar.Wall {
		if sameDay := w.Midnight() + clock; !recur.Has(now, w) && recur.Has(now, sameDay) {
			return sameDay
		}
		return w
	}
}

// adopt gives next what src says of occurrences, where the change itself did not say it.
func adopt(next, src *crm.Activity, s saving) {
	if !s.overrides {
		from := src.Plan.Clone()
		next.Plan.Overrides, next.Plan.Cancelled = from.Overrides, from.Cancelled
	}
	if !s.occurrences {
		next.Occurrences = slices.Clone(src.Occurrences)
	}
}

// rename gives every occurrence of which something is said another original start, in a series of a kind. What was noted
// of occurrences of which nothing is said any more is forgotten: that keeps Changed bounded.
func rename(a *crm.Activity, kind calendar.Kind, to func(calendar.Wall) calendar.Wall) {
	names := map[string]string{}
	name := func(w calendar.Wall) calendar.Wall {
		n := to(w)
		names[originalName(a.Plan.Start.Kind, w)] = originalName(kind, n)
		return n
	}
	for i := range a.Plan.Overrides {
		a.Plan.Overrides[i].Original = name(a.Plan.Overrides[i].Original)
	}
	for i := range a.Plan.Cancelled {
		a.Plan.Cancelled[i] = name(a.Plan.Cancelled[i])
	}
	for i := range a.Occurrences {
		a.Occurrences[i].Original = name(a.Occurrences[i].Original)
	}
	changed := make(map[string]crm.Change, len(a.Changed))
	for key, c := range a.Changed { // any order: of two that get one name the later change stands
		field, original := SplitKey(key)
		n, named := names[original]
		switch {
		case original == "":
			changed[key] = c
		case named && c.Revision > changed[OccurrenceKey(field, n)].Revision:
			changed[OccurrenceKey(field, n)] = c
		}
	}
	a.Changed = changed
}

// dropStrays takes out what is said of starts that the series does not have, and answers it.
func dropStrays(a *crm.Activity) []lost {
	gone := map[calendar.Wall]bool{}
	stray := func(w calendar.Wall) bool {
		known, seen := gone[w]
		if !seen {
			known = !recur.Has(&a.Plan, w) || !a.Plan.IsSeries()
			gone[w] = known
		}
		return known
	}
	for _, o := range a.Plan.Overrides {
		stray(o.Original)
	}
	for _, w := range a.Plan.Cancelled {
		stray(w)
	}
	for _, o := range a.Occurrences {
		stray(o.Original)
	}
	if len(gone) == 0 { // nothing is said of single occurrences, as of nearly all activities
		return nil
	}
	dropped := lostOf(a, gone)
	a.Plan.Overrides = slices.DeleteFunc(a.Plan.Overrides, func(o calendar.Override) bool { return gone[o.Original] })
	a.Plan.Cancelled = slices.DeleteFunc(a.Plan.Cancelled, func(w calendar.Wall) bool { return gone[w] })
	a.Occurrences = slices.DeleteFunc(a.Occurrences, func(o crm.Occurrence) bool { return gone[o.Original] })
	return dropped
}
