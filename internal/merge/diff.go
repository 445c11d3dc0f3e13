package merge

import (
	"slices"

	"tahti/internal/calendar"
	"tahti/internal/recur"
)

// Op is what a change does.
type Op uint8

// The operations. Inherit takes back what an occurrence said differently in one field.
const (
	Set Op = iota
	Inherit
	Cancel
	Uncancel
)

// Place names the series (the zero value) or one of its occurrences.
type Place struct {
	Occurrence bool
	// Original is the occurrence's start under the shadow that the change was taken from, so that two diffs from shadows
	// of one series speak of the same occurrence by the same name, also after one side moved the whole series.
	Original calendar.Wall
}

// Change is one difference.
type Change struct {
	Place
	Op    Op
	Field calendar.Field // for Set and Inherit
	From  calendar.Values
	To    calendar.Values
	// Rule and Extra are the new recurrence where Field is Recurrence; FromRule and FromExtra the old one.
	Rule, FromRule   string
	Extra, FromExtra []calendar.Time
}

// Changes are the differences of one side since its shadow.
type Changes struct {
	List []Change
	// Shift is how far the whole series was moved; its occurrences are the same ones under later names.
	Shift calendar.Wall
}

// Empty reports whether nothing changed.
func (d Changes) Empty() bool { return len(d.List) == 0 }

// Fields are all fields that are touched; a cancellation touches Recurrence.
func (d Changes) Fields() calendar.FieldSet {
	var s calendar.FieldSet
	for _, ch := range d.List {
		if ch.Op == Cancel || ch.Op == Uncancel {
			s |= calendar.Fields(calendar.Recurrence)
			continue
		}
		s |= calendar.Fields(ch.Field)
	}
	return s
}

// Only keeps the changes in fields; cancelled occurrences count as Recurrence.
func (d Changes) Only(fields calendar.FieldSet) Changes {
	kept := Changes{Shift: d.Shift}
	for _, ch := range d.List {
		f := ch.Field
		if ch.Op == Cancel || ch.Op == Uncancel {
			f = calendar.Recurrence
		}
		if fields.Has(f) {
			kept.List = append(kept.List, ch)
		}
	}
	if !fields.Has(calendar.When) {
		kept.Shift = 0
	}
	return kept
}

// Diff lists what now says differently from base, in fields that both know. Both are in normal form.
func Diff(base, now *calendar.Event) Changes {
	if base.IsSeries() && now.IsSeries() && base.Start.Wall != now.Start.Wall && (base.Known & now.Known).Has(calendar.When) {
		if shift, plain := recur.Shift(base, now); plain {
			return diffMoved(base, now, shift)
		}
	}
	return diffMoved(base, now, 0)
}

// diffAwake does the same, and takes what base says of starts that it does not have for said now where other starts have made dates of them.
func diffAwake(base, now *calendar.Event) Changes {
	d := Diff(base, now)
	if !repatterned(d.List) {
		return d
	}
	return Diff(WithoutDates(base, func(w calendar.Wall) bool { return strays(base, w) && !strays(now, w+d.Shift) }), now)
}

// diffMoved is [Diff] where it is known how much later the dates of base are called in now.
func diffMoved(base, now *calendar.Event, shift calendar.Wall) Changes {
	fields := base.Known & now.Known
	d := Changes{Shift: shift}
	d.series(base, now, fields)
	for _, original := range originals(base, now, d.Shift) {
		d.occurrence(original, base, now, fields)
	}
	return d
}

func (d *Changes) series(base, now *calendar.Event, fields calendar.FieldSet) {
	for _, f := range fields.List() {
		switch {
		case f == calendar.Recurrence:
			if !calendar.SameRecurrence(base, now) {
				d.List = append(d.List, Change{
					Field: f, Rule: now.Rule, Extra: now.Extra, FromRule: base.Rule, FromExtra: base.Extra,
				})
			}
		case !calendar.Same(f, &base.Values, &now.Values):
			d.List = append(d.List, set(Place{}, f, &base.Values, &now.Values))
		}
	}
}

func set(at Place, f calendar.Field, from, to *calendar.Values) Change {
	ch := Change{Place: at, Op: Set, Field: f}
	calendar.Copy(f, &ch.From, from)
	calendar.Copy(f, &ch.To, to)
	return ch
}

// originals are the starts, under base's names, of all occurrences of which either side says something.
func originals(base, now *calendar.Event, shift calendar.Wall) []calendar.Wall {
	var all []calendar.Wall
	for _, o := range base.Overrides {
		all = append(all, o.Original)
	}
	all = append(all, base.Cancelled...)
	for _, o := range now.Overrides {
		all = append(all, o.Original-shift)
	}
	for _, w := range now.Cancelled {
		all = append(all, w-shift)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func (d *Changes) occurrence(original calendar.Wall, base, now *calendar.Event, fields calendar.FieldSet) {
	at := Place{Occurrence: true, Original: original}
	was, is := base.IsCancelled(original), now.IsCancelled(original+d.Shift)
	switch {
	case was && is:
		return
	case is:
		d.List = append(d.List, Change{Place: at, Op: Cancel})
		return
	case was:
		d.List = append(d.List, Change{Place: at, Op: Uncancel})
	}
	before, after := base.Override(original), now.Override(original+d.Shift)
	if before == nil {
		before = &calendar.Override{}
	}
	if after == nil {
		after = &calendar.Override{}
	}
	for _, f := range (fields &^ (before.Unknown | after.Unknown)).List() {
		switch had, has := before.Set.Has(f), after.Set.Has(f); {
		case has && (!had || !calendar.Same(f, &before.Values, &after.Values)):
			from := before.Values
			if !had {
				from = base.Effective(&calendar.Override{Original: original})
			}
			d.List = append(d.List, set(at, f, &from, &after.Values))
		case had && !has:
			ch := Change{Place: at, Op: Inherit, Field: f}
			calendar.Copy(f, &ch.From, &before.Values)
			to := now.Effective(&calendar.Override{Original: original + d.Shift})
			calendar.Copy(f, &ch.To, &to)
			d.List = append(d.List, ch)
		}
	}
}
