package icalendar

import (
	"cmp"
	"slices"

	"tahti/internal/calendar"
	"tahti/internal/recur"
)

// Writable are the fields that [Patch] writes. Who organises, who is invited and what they answered is never ours to
// write; status and meeting address are the calendar's.
const Writable = calendar.BothWaysFields

// goal is what an object said, what it shall say, and how far its occurrences are renamed from one to the other.
type goal struct {
	from, to calendar.Event
	shift    calendar.Wall
}

// Aim is what an event that says from shall say when only fields are taken from to, and how far the names of its occurrences
// move on the way. It is what [Patch] writes; providers that keep the parts of a series apart write towards it part by part.
func Aim(from, to *calendar.Event, fields calendar.FieldSet) (want calendar.Event, shift calendar.Wall) {
	g := aim(from, to, fields)
	return g.to, g.shift
}

// aim works out what an object that says from shall say when only fields are taken from to. Cancelled occurrences
// belong to the recurrence. The result holds after the write, word for word.
func aim(from, to *calendar.Event, fields calendar.FieldSet) goal {
	g := goal{from: tidy(from)}
	want := tidy(to)
	fields &= Writable & from.Known & to.Known
	shift := shifted(&g.from, &want)
	back := shift // from the names in want to those in the result
	if fields.Has(calendar.When) {
		g.shift, back = shift, 0
	}
	g.to = g.from.Clone()
	for _, f := range fields.List() {
		calendar.Copy(f, &g.to.Values, &want.Values)
	}
	g.aimRecurrence(&want, fields, back)
	g.aimOverrides(&want, fields, back)
	g.to.Normalize()
	return g
}

func (g *goal) aimRecurrence(want *calendar.Event, fields calendar.FieldSet, back calendar.Wall) {
	by := g.shift
	if fields.Has(calendar.Recurrence) {
		calendar.CopyRecurrence(&g.to, want)
		g.to.Cancelled = slices.Clone(want.Cancelled)
		by = -back
	}
	for i := range g.to.Extra {
		wall := g.to.Extra[i].Wall + by
		g.to.Extra[i] = g.to.Start
		g.to.Extra[i].Wall = wall
	}
	for i := range g.to.Cancelled {
		g.to.Cancelled[i] += by
	}
}

// aimOverrides takes of each occurrence the fields from want and the others from what was there: guests who answered for
// one occurrence keep it different from its series. Only an occurrence that the series no longer has is gone whole.
func (g *goal) aimOverrides(want *calendar.Event, fields calendar.FieldSet, back calendar.Wall) {
	g.to.Overrides = nil
	for _, o := range want.Overrides {
		o.Original -= back
		o.Set &= fields
		g.to.Overrides = append(g.to.Overrides, o)
	}
	fresh := len(g.to.Overrides)
	for _, o := range g.from.Overrides {
		o.Original += g.shift
		if want.Override(o.Original+back) == nil && g.lost(o.Original) {
			continue
		}
		if !want.IsCancelled(o.Original + back) {
			o.Set &^= fields
		}
		i, found := slices.BinarySearchFunc(g.to.Overrides[:fresh], o.Original,
			func(x calendar.Override, w calendar.Wall) int { return cmp.Compare(x.Original, w) })
		if !found {
			g.to.Overrides = append(g.to.Overrides, o)
			continue
		}
		mixed := &g.to.Overrides[i]
		for _, f := range o.Set.List() {
			calendar.Copy(f, &mixed.Values, &o.Values)
		}
		mixed.Set |= o.Set
	}
}

// shifted reports how far the occurrences of from were renamed in to because the series was moved. The names themselves
// tell best, whatever moved them; where they tell nothing, a plain move of the series does.
func shifted(from, to *calendar.Event) calendar.Wall {
	delta := to.Start.Wall - from.Start.Wall
	if delta == 0 || !from.IsSeries() || to.Start.Kind == calendar.NoTime {
		return 0
	}
	moved, stayed := 0, 0
	count := func(w calendar.Wall) {
		if to.Override(w+delta) != nil || to.IsCancelled(w+delta) {
			moved++
		}
		if to.Override(w) != nil || to.IsCancelled(w) {
			stayed++
		}
	}
	for _, o := range from.Overrides {
		count(o.Original)
	}
	for _, w := range from.Cancelled {
		count(w)
	}
	if moved == stayed {
		if _, plain := recur.Shift(from, to); plain {
			return delta
		}
	}
	if moved > stayed {
		return delta
	}
	return 0
}

// done reports whether there is nothing to write.
func (g *goal) done() bool {
	return calendar.SameRecurrence(&g.from, &g.to) && slices.Equal(g.from.Cancelled, g.to.Cancelled) &&
		difference(&g.from.Values, &g.to.Values) == 0 && slices.EqualFunc(g.from.Overrides, g.to.Overrides,
		func(a, b calendar.Override) bool { return a.Original == b.Original && sameOverride(&a, &b) })
}

// sameOverride reports whether two overrides, of which either may be missing, say the same, whatever they are named.
func sameOverride(a, b *calendar.Override) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Set == b.Set && difference(&a.Values, &b.Values) == 0
}

// repatterned reports whether the starts that the series gives may have become others, besides being moved as one: a
// rule with an end loses some when it is moved beyond it.
func (g *goal) repatterned() bool {
	return !calendar.SameRecurrence(&g.from, &g.to) || g.from.Start != g.to.Start
}

// lost reports whether the series no longer has a start, by its new name.
func (g *goal) lost(now calendar.Wall) bool {
	return g.repatterned() && (!g.to.IsSeries() || !recur.Has(&g.to, now))
}

// rescheduled reports whether the series takes place at other times.
func (g *goal) rescheduled() bool {
	return !calendar.Same(calendar.When, &g.from.Values, &g.to.Values) || g.repatterned() ||
		!slices.Equal(g.from.Cancelled, g.to.Cancelled)
}

// at are the values of the occurrence that was named original.
func (g *goal) at(original calendar.Wall) (from, to calendar.Values) {
	return g.from.On(original), g.to.On(original + g.shift)
}

// difference are the fields in which two sets of values differ.
func difference(a, b *calendar.Values) (fields calendar.FieldSet) {
	for _, f := range calendar.AllFields.List() {
		if f != calendar.Recurrence && !calendar.Same(f, a, b) {
			fields |= calendar.Fields(f)
		}
	}
	return fields
}
