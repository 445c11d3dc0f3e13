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
	for _, ch := range changes.List {
		switch {
		case ch.Occurrence:
		case ch.Field == calendar.Recurrence:
			e.Rule, e.Extra = ch.Rule, slices.Clone(ch.Extra)
		default:
			calendar.Copy(ch.Field, &e.Values, &ch.To)
		}
	}
	rekey(&e, changes.Shift)
	for _, ch := range changes.List {
		if ch.Occurrence {
			applyOccurrence(&e, ch, ch.Original+shifted+changes.Shift)
		}
	}
	left := &e
	if repatterned(changes.List) {
		left, dropped = dropStrays(left, Changes{})
	}
	left.Normalize()
	return *left, dropped
}

// repatterned reports whether changes give a series other starts.
func repatterned(list []Change) bool {
	return slices.ContainsFunc(list, func(ch Change) bool {
		return !ch.Occurrence && (ch.Field == calendar.Recurrence || ch.Field == calendar.When && ch.From.Start != ch.To.Start)
	})
}

// fitting leaves out what is said of starts that an event, which was itself moved by shifted, does not have.
func (d Changes) fitting(e *calendar.Event, shifted calendar.Wall) Changes {
	kept := Changes{Shift: d.Shift}
	for _, ch := range d.List {
		if !ch.Occurrence || e.IsSeries() && recur.Has(e, ch.Original+shifted) {
			kept.List = append(kept.List, ch)
		}
	}
	return kept
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

// dropStrays takes out what is said of starts that a series does not have, but for what its side has just said.
func dropStrays(e *calendar.Event, said Changes) (left *calendar.Event, dropped []calendar.Override) {
	goes := func(w calendar.Wall) bool {
		of := func(ch Change) bool { return ch.Occurrence && ch.Original+said.Shift == w }
		return strays(e, w) && !slices.ContainsFunc(said.List, of)
	}
	for _, o := range e.Overrides {
		if goes(o.Original) {
			dropped = append(dropped, o)
		}
	}
	return WithoutDates(e, goes), dropped
}

// strays reports that a series does not have a start. A server may keep what is said of one all the same: a program that moves a monthly
// series, and the names of its dates by as many days, leaves some beside it. Nobody is shown that, and the activity does not have it; but
// other starts may make a date of it again.
func strays(e *calendar.Event, w calendar.Wall) bool { return !e.IsSeries() || !recur.Has(e, w) }
