package merge

import (
	"slices"

	"tahti/internal/calendar"
	"tahti/internal/recur"
)

// Settlement is what a write whose reply was lost turns out to have done.
type Settlement struct {
	// RemoteShadow is such that exactly what people edited at the provider still shows as a change of the remote side.
	RemoteShadow calendar.Event
	// LocalShadow holds what has arrived there; what has not still shows as a change of the local side.
	LocalShadow calendar.Event
	// Arrived reports that something of the write is there.
	Arrived bool
}

// AfterLostReply looks at what is found at the provider after a write that was begun and not confirmed. A component that is equal
// to the old shadow or to the target is ours; anything else is somebody's edit, also inside a write of several requests
// of which only some arrived. sent is the activity as it was shown when the write was begun. piecemeal says that the provider is
// written to a date at a time; see [provider.Capabilities].
func AfterLostReply(remoteShadow, target, found, localShadow, sent *calendar.Event, piecemeal bool) Settlement {
	if piecemeal {
		if kept := outlived(remoteShadow, target, found); len(kept) > 0 {
			s := AfterLostReply(remoteShadow, target, withoutFurther(found, kept), localShadow, sent, piecemeal)
			s.RemoteShadow, s.LocalShadow = withFurther(&s.RemoteShadow, found, kept), withFurther(&s.LocalShadow, found, kept)
			return s
		}
	}
	there := false
	if found.Start == target.Start {
		if remoteShadow, there = along(remoteShadow, target); there {
			localShadow, _ = along(localShadow, sent)
		}
	}
	later := startsLater(localShadow, remoteShadow)
	if piecemeal && (there || otherStarts(remoteShadow, target, found)) {
		dropped := silent(remoteShadow, found)
		remoteShadow = WithoutDates(remoteShadow, dropped)
		localShadow = WithoutDates(localShadow, func(w calendar.Wall) bool { return dropped(w + later) })
	}
	if piecemeal {
		remoteShadow, localShadow = leftBehind(remoteShadow, localShadow, target, found, later)
	}
	moved := Diff(remoteShadow, target).Shift
	sinceShadow := Diff(remoteShadow, found)
	sinceTarget := since(target, found, sinceShadow.Shift-moved)
	edited := func(ch Change) bool {
		return slices.ContainsFunc(sinceTarget.List, func(t Change) bool { return touches(ch, under(t, moved)) })
	}
	var edits Changes
	for _, ch := range sinceShadow.List {
		if edited(ch) {
			edits.List = append(edits.List, ch)
		}
	}
	s := Settlement{Arrived: there || len(edits.List) < len(sinceShadow.List)}
	s.RemoteShadow = revert(found, remoteShadow, edits, sinceShadow.Shift)
	s.LocalShadow = adopt(localShadow, sent, sinceTarget, moved+later)
	return s
}

// since compares what is found with the target. Where that has another pattern, the two do not show by how much somebody has moved the
// series, which its dates are called after; what was there before does.
func since(target, found *calendar.Event, by calendar.Wall) Changes {
	d := Diff(target, found)
	if d.Shift == 0 && d.ofSeries(calendar.Recurrence) != nil && by == found.Start.Wall-target.Start.Wall {
		return diffMoved(target, found, by)
	}
	return d
}

// otherStarts reports that a write gave a series other starts, and that these have arrived.
func otherStarts(shadow, target, found *calendar.Event) bool {
	d, left := Diff(shadow, target), Diff(target, found)
	for _, f := range []calendar.Field{calendar.When, calendar.Recurrence} {
		if left.ofSeries(f) != nil {
			return false
		}
	}
	return d.Shift != 0 || d.ofSeries(calendar.When) != nil || d.ofSeries(calendar.Recurrence) != nil
}

// silent are the dates of which a shadow says something, and what is found says nothing any more: the provider dropped that when
// the series got other starts, and the write broke off before it was said again.
func silent(shadow, found *calendar.Event) func(calendar.Wall) bool {
	return func(w calendar.Wall) bool {
		said := shadow.Override(w) != nil || shadow.IsCancelled(w)
		return said && found.Override(w) == nil && !found.IsCancelled(w)
	}
}

// leftBehind gives both shadows what dates still say of what they inherited, when the write of their series has arrived and theirs has
// not: a provider may keep a date that differs from its series in anything as a whole. Nobody has edited that, and it goes out yet. So does
// what a date said there itself and was to inherit: where that was the same in the words of the activity (somebody has typed into the
// context block of that date alone), its shadow knows of nothing that the date says. later is how much later the series starts there.
func leftBehind(remoteShadow, localShadow, target, found *calendar.Event, later calendar.Wall) (remote, local *calendar.Event) {
	r, l := remoteShadow.Clone(), localShadow.Clone()
	for i := range found.Overrides {
		o := &found.Overrides[i]
		here := o.Original - later
		if remoteShadow.IsCancelled(o.Original) || localShadow.IsCancelled(here) || !recur.Has(remoteShadow, o.Original) {
			continue
		}
		was, shown := remoteShadow.On(o.Original), localShadow.On(here)
		stays := ownOn(remoteShadow, o.Original) & ownOn(target, o.Original)
		for _, f := range (o.Set & calendar.BothWaysFields &^ stays).List() {
			if calendar.Same(f, &o.Values, &was) {
				say(&r, o.Original, f, &was)
				say(&l, here, f, &shown)
			}
		}
	}
	return &r, &l
}

// ownOn are the fields in which a date says something itself.
func ownOn(e *calendar.Event, original calendar.Wall) calendar.FieldSet {
	if o := e.Override(original); o != nil {
		return o.Set
	}
	return 0
}

// say lets a date say something itself, be it what its series says.
func say(e *calendar.Event, original calendar.Wall, f calendar.Field, v *calendar.Values) {
	o := e.EnsureOverride(original)
	o.Set |= calendar.Fields(f)
	calendar.Copy(f, &o.Values, v)
}

// outlived are dates which the provider kept as further ones of a series that a write gave other starts, before that took them out:
// nobody has added them, and nobody has changed what they say. Both shadows are given them, so that it is our side that takes them out.
func outlived(shadow, target, found *calendar.Event) (kept []calendar.Wall) {
	for _, x := range found.Extra {
		if recur.Has(target, x.Wall) || !recur.Has(shadow, x.Wall) || slices.Contains(shadow.Extra, x) {
			continue
		}
		is, was, inherited := found.On(x.Wall), shadow.On(x.Wall), target.Effective(&calendar.Override{Original: x.Wall})
		if !slices.ContainsFunc((calendar.BothWaysFields &^ calendar.Fields(calendar.Recurrence)).List(), func(f calendar.Field) bool {
			return !calendar.Same(f, &is, &was) && !calendar.Same(f, &is, &inherited)
		}) {
			kept = append(kept, x.Wall)
		}
	}
	return kept
}

func withoutFurther(e *calendar.Event, dates []calendar.Wall) *calendar.Event {
	left := WithoutDates(e, func(w calendar.Wall) bool { return slices.Contains(dates, w) })
	left.Extra = slices.DeleteFunc(left.Extra, func(x calendar.Time) bool { return slices.Contains(dates, x.Wall) })
	return left
}

func withFurther(e, from *calendar.Event, dates []calendar.Wall) calendar.Event {
	all := e.Clone()
	for _, x := range from.Extra {
		if slices.Contains(dates, x.Wall) {
			all.Extra = append(all.Extra, x)
			if o := from.Override(x.Wall); o != nil {
				all.Overrides = append(all.Overrides, *o)
			}
		}
	}
	all.Normalize()
	return all
}

// WithoutDates is a series without what it says of some of its dates.
func WithoutDates(e *calendar.Event, which func(calendar.Wall) bool) *calendar.Event {
	left := e.Clone()
	left.Overrides = slices.DeleteFunc(left.Overrides, func(o calendar.Override) bool { return which(o.Original) })
	left.Cancelled = slices.DeleteFunc(left.Cancelled, which)
	return &left
}

// along moves a shadow as a series was moved by what was written to it, and reports whether it was. Where somebody has changed its
// pattern or its length since, a comparison with the shadow as it stood would not know the dates under their new names.
func along(shadow, written *calendar.Event) (*calendar.Event, bool) {
	d := Diff(shadow, written)
	move := d.ofSeries(calendar.When)
	if move == nil || d.Shift == 0 {
		return shadow, false
	}
	at, _ := Apply(shadow, Changes{List: []Change{*move}, Shift: d.Shift}, 0)
	return &at, true
}

// under renames a change to the names of a series that was moved by shift.
func under(ch Change, shift calendar.Wall) Change {
	if ch.Occurrence {
		ch.Original -= shift
	}
	return ch
}

// touches reports that two changes are about the same thing; a cancellation is about all that its occurrence says.
func touches(a, b Change) bool {
	return rivals(a, b) || a.Place == b.Place && a.Occurrence && (a.Op == Cancel || b.Op == Cancel)
}

// revert undoes edits, which were made since shadow, in found, so that they show again when found is compared with the
// result. shift is how far found was moved since shadow.
func revert(found, shadow *calendar.Event, edits Changes, shift calendar.Wall) calendar.Event {
	var undo Changes
	for _, ch := range edits.List {
		undo.List = append(undo.List, inverse(shadow, ch)...)
	}
	if undo.ofSeries(calendar.When) != nil {
		undo.Shift = -shift
	}
	result, _ := Apply(found, undo, shift)
	return result
}

// inverse takes back a change that was made since shadow.
func inverse(shadow *calendar.Event, ch Change) []Change {
	back := ch
	back.From, back.To = ch.To, ch.From
	back.Rule, back.FromRule, back.Extra, back.FromExtra = ch.FromRule, ch.Rule, ch.FromExtra, ch.Extra
	o := shadow.Override(ch.Original)
	switch ch.Op {
	case Set:
		if ch.Occurrence && (o == nil || !o.Set.Has(ch.Field)) {
			back.Op = Inherit
		}
	case Inherit:
		back.Op = Set
	case Uncancel:
		back.Op = Cancel
	case Cancel:
		back.Op = Uncancel
		all := []Change{back}
		if o != nil {
			for _, f := range o.Set.List() {
				all = append(all, set(ch.Place, f, &calendar.Values{}, &o.Values))
			}
		}
		return all
	}
	return []Change{back}
}

// adopt gives the local shadow what was sent, but for the places where the remote item is not as it was meant to be. moved is how much later
// its dates are called there by now.
func adopt(localShadow, sent *calendar.Event, missing Changes, moved calendar.Wall) calendar.Event {
	all := Diff(localShadow, sent)
	arrived := Changes{Shift: all.Shift}
	for _, ch := range all.List {
		if !slices.ContainsFunc(missing.List, func(m Change) bool { return touches(ch, under(m, moved)) }) {
			arrived.List = append(arrived.List, ch)
		}
	}
	if arrived.ofSeries(calendar.When) == nil {
		arrived.Shift = 0
	}
	result, _ := Apply(localShadow, arrived, 0)
	return result
}
