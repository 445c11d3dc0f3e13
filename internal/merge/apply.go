package merge

import (
	"slices"

	"tahti/internal/calendar"
	"tahti/internal/recur"
)

// Apply carries changes over to another event of the same series and returns the result in normal form. shifted is how
// far that event has itself been moved since the shadow from which the changes were taken. dropped are overrides that fit
// the new pattern no longer; their values must be kept as conflicts by the caller.
func Apply(target *calendar.Event, changes Changes, shifted calendar.Wall) (result calendar.Event, dropped []calendar.Override) {
	e := target.Clone()
	repatterned := false
	for _, ch := range changes.List {
		if ch.Occurrence {
			continue
		}
		if ch.Field == calendar.Recurrence {
			e.Rule, e.Extra = ch.Rule, slices.Clone(ch.Extra)
			repatterned = true
			continue
		}
		repatterned = repatterned || ch.Field == calendar.When && ch.From.Start != ch.To.Start
		calendar.Copy(ch.Field, &e.Values, &ch.To)
	}
	rekey(&e, changes.Shift)
	for _, ch := range changes.List {
		if ch.Occurrence {
			applyOccurrence(&e, ch, ch.Original+shifted+changes.Shift)
		}
	}
	if repatterned {
		dropped = dropStrays(&e)
	}
	e.Normalize()
	return e, dropped
}

// rekey moves the names of all occurrences along with their series.
func rekey(e *calendar.Event, shift calendar.Wall) {
	for i := range e.Overrides {
		e.Overrides[i].Original += shift
	}
	for i := range e.Cancelled {
		e.Cancelled[i] += shift
	}
}

func applyOccurrence(e *calendar.Event, ch Change, original calendar.Wall) {
	switch ch.Op {
	case Cancel:
		if !e.IsCancelled(original) {
			e.Cancelled = append(e.Cancelled, original)
			slices.Sort(e.Cancelled)
		}
		e.Overrides = slices.DeleteFunc(e.Overrides, func(o calendar.Override) bool { return o.Original == original })
	case Uncancel:
		e.Cancelled = slices.DeleteFunc(e.Cancelled, func(w calendar.Wall) bool { return w == original })
	case Inherit:
		if o := e.Override(original); o != nil {
			o.Set &^= calendar.Fields(ch.Field)
		}
	case Set:
		e.Cancelled = slices.DeleteFunc(e.Cancelled, func(w calendar.Wall) bool { return w == original })
		o := e.EnsureOverride(original)
		o.Set |= calendar.Fields(ch.Field)
		calendar.Copy(ch.Field, &o.Values, &ch.To)
	}
}

// dropStrays takes out what is said of starts that the new pattern does not have.
func dropStrays(e *calendar.Event) (dropped []calendar.Override) {
	if !e.IsSeries() {
		dropped, e.Overrides, e.Cancelled = e.Overrides, nil, nil
		return dropped
	}
	kept := e.Overrides[:0:0]
	for _, o := range e.Overrides {
		if recur.Has(e, o.Original) {
			kept = append(kept, o)
		} else {
			dropped = append(dropped, o)
		}
	}
	e.Overrides = kept
	e.Cancelled = slices.DeleteFunc(e.Cancelled, func(w calendar.Wall) bool { return !recur.Has(e, w) })
	return dropped
}
