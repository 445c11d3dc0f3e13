package outlook

import (
	"encoding/json"
	"slices"

	"tahti/internal/calendar"
	"tahti/internal/icalendar"
	"tahti/internal/provider"
	"tahti/internal/recur"
)

// Difference are the fields in which two sets of values differ, among those that may be written.
func Difference(a, b *calendar.Values) (fields calendar.FieldSet) {
	for _, f := range icalendar.Writable.List() {
		if !calendar.Same(f, a, b) {
			fields |= calendar.Fields(f)
		}
	}
	return fields
}

// SameEvent compares all that is modelled.
func SameEvent(a, b *calendar.Event) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && string(x) == string(y)
}

// Said is what a creation says, and in which fields: what is not known is left to the server, and is no blank.
func Said(w *provider.Put) (calendar.Event, calendar.FieldSet) {
	e := w.Event.Clone()
	fields := icalendar.Writable & w.Fields & e.Known
	if !fields.Has(calendar.Recurrence) {
		e.Rule, e.Extra, e.Overrides, e.Cancelled = "", nil, nil, nil
	}
	for i := range e.Overrides {
		e.Overrides[i].Set &= fields
	}
	e.Normalize()
	return e, fields
}

// TakenOut is why an occurrence does not come back: Outlook brings nothing back that was taken out of a series, but by a new
// pattern, which drops every exception.
const TakenOut = "an occurrence that was taken out, and shall take place again"

// Occurrences are the original starts at which the two differ, in order, those to be taken out first: they stand in nobody's
// way any more.
func Occurrences(held, goal *calendar.Event) []calendar.Wall {
	var out []calendar.Wall
	for _, o := range held.Overrides {
		out = append(out, o.Original)
	}
	for _, o := range goal.Overrides {
		out = append(out, o.Original)
	}
	out = append(out, goal.Cancelled...)
	slices.Sort(out)
	out = slices.DeleteFunc(slices.Compact(out), func(w calendar.Wall) bool {
		if goal.IsCancelled(w) {
			return held.IsCancelled(w) || !recur.Has(held, w)
		}
		a, b := held.On(w), goal.On(w)
		return held.IsCancelled(w) || !recur.Has(held, w) || Difference(&a, &b) == 0
	})
	slices.SortStableFunc(out, func(a, b calendar.Wall) int {
		return map[bool]int{true: 0, false: 1}[goal.IsCancelled(a)] - map[bool]int{true: 0, false: 1}[goal.IsCancelled(b)]
	})
	return out
}
