package world

import (
	"slices"
	"strings"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/store"
)

// wears puts around a plan what another sync has put around its title at an event that was taken over, unless somebody has written another
// title there since.
func (e *entry) wears(a *crm.Activity, plan *calendar.Event) {
	x := e.tied
	if x == nil || x.activity != a.ID || e.named {
		return
	}
	plan.Subject = x.around[0] + plan.Subject + x.around[1]
	for i := range plan.Overrides {
		o := &plan.Overrides[i]
		there := e.event.Override(o.Original)
		if o.Set.Has(calendar.Subject) && there != nil && strings.HasPrefix(there.Subject, x.around[0]) && strings.HasSuffix(there.Subject, x.around[1]) {
			o.Subject = x.around[0] + o.Subject + x.around[1]
		}
	}
}

// asTaken is what both sides of an event said when it was taken over, in the words of its server; false if it was not, or is tied to
// something else by now.
func (s *side) asTaken(e *entry, a *crm.Activity) (here, there calendar.Event, ok bool) {
	x := e.tied
	if x == nil || x.activity != a.ID {
		return here, there, false
	}
	here, there = x.here.Clone(), x.there.Clone()
	here.Subject = x.around[0] + here.Subject + x.around[1]
	unblock(&there)
	for _, n := range s.server.normal {
		n.apply(&here)
		n.apply(&there)
	}
	here.Normalize()
	there.Normalize()
	return here, there, true
}

// uncovered: the details that an event hid when it was taken over stand as they are when sync first sees them, whatever was typed into them
// before: nobody who did not see them then can tell.
func (e *entry) uncovered(l *store.Link) {
	x := e.tied
	if x == nil || !x.hidden || x.activity != l.Activity || l.RemoteEvent == nil || !l.RemoteEvent.Known.Has(calendar.Subject) {
		return
	}
	x.hidden = false
	for _, f := range details.List() {
		calendar.Copy(f, &x.there.Values, &e.event.Values)
	}
	for i := range x.there.Overrides {
		x.there.Overrides[i].Set &^= details
	}
	detailDates(&x.there, &e.event)
	x.there.Normalize()
}

// takesPlaceAsTaken: both sides take place when they did, which may be at different times, as nobody has moved either since.
func (s *side) takesPlaceAsTaken(e *entry, a *crm.Activity, want, have *calendar.Event) bool {
	here, there, ok := s.asTaken(e, a)
	as := func(x, y *calendar.Event) bool { return x.Start == y.Start && calendar.SameRecurrence(x, y) }
	return ok && as(&here, want) && as(&there, have)
}

// cancelAsTaken cancels on both sides what one of them alone did not show when they were taken over, and does not by now: such a date stands
// also where its series has changed.
func (s *side) cancelAsTaken(e *entry, a *crm.Activity, want, have *calendar.Event) {
	here, there, ok := s.asTaken(e, a)
	if !ok {
		return
	}
	as := func(was, is *calendar.Event, original calendar.Wall) bool {
		return was.IsCancelled(original-(is.Start.Wall-was.Start.Wall)) == is.IsCancelled(original) // dates of what was moved have other names
	}
	var apart []calendar.Wall
	for _, original := range slices.Concat(want.Cancelled, have.Cancelled) {
		if as(&here, want, original) && as(&there, have, original) {
			apart = append(apart, original)
		}
	}
	want.Cancelled, have.Cancelled = append(want.Cancelled, apart...), append(have.Cancelled, apart...)
	want.Normalize()
	have.Normalize()
}

// sides are those of a tie that are asked.
type sides struct{ here, there bool }

// saysAsTaken: of one place the sides that are asked say in a field what they said, which may differ, as nobody has changed it there since.
// What a date says of its own stands also where its series has changed.
func (s *side) saysAsTaken(e *entry, a *crm.Activity, f calendar.Field, want, have *calendar.Event, original calendar.Wall, of sides) bool {
	here, there, ok := s.asTaken(e, a)
	if !ok {
		return false
	}
	own := func(x *calendar.Event, original calendar.Wall) *calendar.Values {
		if o := x.Override(original); o != nil && o.Set.Has(f) {
			return &o.Values
		}
		return nil
	}
	either := of.here && own(want, original) != nil || of.there && own(have, original) != nil
	as := func(was, is *calendar.Event) bool {
		x, y := own(was, original-(is.Start.Wall-was.Start.Wall)), own(is, original) // dates of what was moved have other names
		if x != nil && y != nil {
			return calendar.Same(f, x, y)
		}
		return x == nil && y == nil && (either || calendar.Same(f, &was.Values, &is.Values))
	}
	return (!of.here || as(&here, want)) && (!of.there || as(&there, have))
}

// standsThere: a mark in an item need not stand in its activity, as both say what they said when they were taken over. What has been typed
// here since may be something else where not all of it was to go out: it writes over nothing there, and the activity never had the mark.
func (s *side) standsThere(e *entry, a *crm.Activity, m string) bool {
	of := sides{here: true, there: true}
	if x := e.tied; x != nil && !s.always(0, (*span).out) {
		of.here = shown(&x.here, m)
	}
	return s.standsAsTaken(e, a, m, of)
}

// standsHere: the same for a mark in an activity, where not all that is typed in its item was to come in.
func (s *side) standsHere(e *entry, a *crm.Activity, m string) bool {
	of := sides{here: true, there: true}
	if x := e.tied; x != nil && !s.always(0, func(x *span) bool { return x.lets(e.ours) }) {
		of.there = shown(&x.there, m)
	}
	return s.standsAsTaken(e, a, m, of)
}

// standsAsTaken: what holds a mark says, on the sides that are asked, what it said when they were taken over.
func (s *side) standsAsTaken(e *entry, a *crm.Activity, m string, of sides) (stands bool) {
	want, have := a.Plan.Clone(), bareOf(s, e)
	e.wears(a, &want)
	for _, n := range s.server.normal {
		n.apply(&want)
		n.apply(&have)
	}
	want.Normalize()
	have.Normalize()
	for _, o := range slices.Concat(judge(&want), judge(&have)) {
		for _, f := range []calendar.Field{calendar.Subject, calendar.Location, calendar.Description, calendar.When} {
			if !o.holds(f, m) {
				continue
			}
			if stands = s.saysAsTaken(e, a, f, &want, &have, o.original, of); !stands {
				return false
			}
		}
	}
	return stands
}

// holds reports whether a mark stands in a field of a date.
func (o *occurrence) holds(f calendar.Field, m string) bool {
	if f == calendar.When {
		return m == "@"+minute(o.Start)
	}
	return strings.Contains(textOf(&o.Values, f), m)
}

// besideAsTaken gives what a CRM says beside, where that was different when its item was taken over and nobody has changed it on either side
// since, the words of the activity: it stands as it is.
func (e *entry) besideAsTaken(a *crm.Activity, f calendar.Facets) calendar.Facets {
	x := e.tied
	if x == nil || x.activity != a.ID {
		return f
	}
	was, here := x.there.Facet(), besideOf(a)
	if was.Note == f.Note && x.beside.note == here.note {
		f.Note = here.note
	}
	if was.Done == f.Done && x.beside.done == here.done {
		f.Done = here.done
	}
	if was.Type == f.Type && x.beside.kind == here.kind {
		f.Type.ID = here.kind
	}
	return f
}

// personAsTaken: the same for whom an item belongs to.
func (e *entry) personAsTaken(a *crm.Activity, f *calendar.Facets) bool {
	x := e.tied
	return x != nil && x.activity == a.ID && x.there.Facet().Person == f.Person && x.beside.person == a.PersonID
}

// wentUnseen: what its activity alone said of an event that was taken over, when somebody deleted that. It is with the deleted activity, and
// undoing the deletion brings it back.
func (w *World) wentUnseen(m string) bool {
	for _, s := range w.sides {
		for _, id := range s.server.order {
			e := s.server.stored[id]
			if e.tied == nil || !e.gone || e.taken == 0 {
				continue
			}
			if a := w.rows.activities[e.tied.activity]; a.Deleted() && shown(&a.Plan, m) && e.stoodHere(a, m) {
				return true
			}
		}
	}
	return false
}

// stoodHere: when an event was taken over, a mark stood in its activity alone, and was to stand there as it was. It was never to go out.
func (e *entry) stoodHere(a *crm.Activity, m string) bool {
	x := e.tied
	return x != nil && x.activity == a.ID && x.stood && shown(&x.here, m) && !shown(&x.there, m)
}

func shown(e *calendar.Event, m string) bool { return slices.Contains(marksOf(e), m) }

// beside is what an activity says of what only a CRM has.
type beside struct {
	note, kind string
	done       bool
	person     crm.ID
}

func besideOf(a *crm.Activity) beside { return beside{a.Note, a.Type, a.Done, a.PersonID} }
