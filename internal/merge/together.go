package merge

import (
	"errors"
	"slices"

	"tahti/internal/calendar"
	"tahti/internal/recur"
)

// A side that gave a series another start and another pattern at once meant both together: the days of a new rule from the old
// start, or of the old rule from a new one, are days that nobody chose. So where the other side has changed either of them
// too, one side's start and pattern stand, and the other's are kept as conflicts. The same holds where one side's start and the
// other's pattern leave no day at all: a series that ends before it begins.
//
// Where start and pattern changed so that the starts are not the old ones, moved by one distance (torn), what that side
// says of single occurrences has no names in common with the shadow. There is no exact answer then: the occurrences of the
// side that stands stay, what the other one said is taken over where it speaks of the very same start, and kept as a
// conflict where it does not.

// turn is a side in that dispute.
type turn struct {
	Changes
	event *calendar.Event
	torn  bool
}

func newTurn(c Changes, e *calendar.Event) turn {
	return turn{Changes: c, event: e, torn: c.reshapes() && c.Shift == 0}
}

// ofSeries is the change of a field of the whole series, or nil.
func (d Changes) ofSeries(f calendar.Field) *Change {
	i := slices.IndexFunc(d.List, func(ch Change) bool { return !ch.Occurrence && ch.Op == Set && ch.Field == f })
	if i < 0 {
		return nil
	}
	return &d.List[i]
}

// reshapes reports whether a series got another start and another pattern.
func (d Changes) reshapes() bool {
	when := d.ofSeries(calendar.When)
	return when != nil && when.From.Start != when.To.Start && d.ofSeries(calendar.Recurrence) != nil
}

// together says whether times and pattern have to be judged as one, and which side's stand. base is what both began with.
func (p Policy) together(base *calendar.Event, ours, theirs Changes) (stands Side, ok bool) {
	if !ours.reshapes() && !theirs.reshapes() {
		return p.barren(base, ours, theirs)
	}
	when, itsWhen := ours.ofSeries(calendar.When), theirs.ofSeries(calendar.When)
	pattern, itsPattern := ours.ofSeries(calendar.Recurrence), theirs.ofSeries(calendar.Recurrence)
	samePattern := pattern != nil && itsPattern != nil && sameOutcome(*pattern, *itsPattern)
	switch {
	case pattern != nil && itsPattern != nil && !samePattern:
		return p.winner(calendar.Recurrence), true
	case when != nil && itsWhen != nil && !sameOutcome(*when, *itsWhen):
		_, both := combine(*when, *itsWhen)
		return p.winner(calendar.When), !both
	case when == nil && pattern == nil || itsWhen == nil && itsPattern == nil:
		return 0, false // only one side touched them
	case when != nil && itsWhen != nil && samePattern:
		return 0, false // both did the same
	case ours.reshapes(): // they changed one of the two, to the same as we did
		return CRM, true
	}
	return Calendar, true
}

// barren says whether one side's new start and the other's new pattern leave no day, and which side's stand. Whoever has changed the
// pattern may have moved the end of each date as well: the start is the other's all the same.
func (p Policy) barren(base *calendar.Event, ours, theirs Changes) (stands Side, ok bool) {
	when, itsWhen := ours.ofSeries(calendar.When), theirs.ofSeries(calendar.When)
	pattern, itsPattern := ours.ofSeries(calendar.Recurrence), theirs.ofSeries(calendar.Recurrence)
	mine := calendar.Recurrence
	switch {
	case when != nil && pattern == nil && itsPattern != nil:
		mine = calendar.When
	case itsWhen != nil && pattern != nil && itsPattern == nil:
		when, itsPattern = itsWhen, pattern
	default:
		return 0, false
	}
	both, _ := Apply(base, Changes{List: []Change{*when, *itsPattern}}, 0)
	if !both.IsSeries() {
		return 0, false
	}
	if err := recur.Check(&both); !errors.Is(err, recur.ErrBarren) {
		if err != nil {
			return 0, false // of what cannot be read nothing is known
		}
		for range recur.Starts(&both, 1) {
			return 0, false
		}
	}
	return p.winner(mine), true
}

// mergeTogether merges where one side's start and pattern stand. mine are the fields that may go out.
func (r *Result) mergeTogether(p Policy, stands Side, local, remote turn, mine calendar.FieldSet) {
	winner, loser := remote, local
	if stands == CRM {
		winner, loser = local, remote
	}
	out, inn := r.settle(p, local.rest(), remote.rest())
	given := inn
	if stands == Calendar {
		given = out
	}
	whole, _ := Apply(winner.event, given, 0)
	r.loseTogether(stands, winner, loser)
	r.takeOver(stands, &whole, winner, loser)
	whole.Normalize()
	r.Local, r.Remote = become(local.event, &whole, inn, calendar.AllFields), become(remote.event, &whole, out, mine)
}

// rest is what a side changed of the whole series beside when it takes place.
func (t turn) rest() Changes {
	var d Changes
	for _, ch := range t.List {
		if !ch.Occurrence && ch.Field != calendar.When && ch.Field != calendar.Recurrence {
			d.List = append(d.List, ch)
		}
	}
	return d
}

// become gives an event the times, the pattern and the occurrences of whole, and of its other values what was carried over.
func become(e, whole *calendar.Event, carried Changes, fields calendar.FieldSet) calendar.Event {
	to := Diff(e, whole).Only(fields & calendar.BothWaysFields)
	to.List = slices.DeleteFunc(to.List, func(ch Change) bool {
		return !ch.Occurrence && ch.Field != calendar.When && ch.Field != calendar.Recurrence
	})
	to.List = append(to.List, carried.List...)
	result, _ := Apply(e, to, 0)
	return result
}

// loseTogether keeps the start and the pattern that do not stand.
func (r *Result) loseTogether(stands Side, winner, loser turn) {
	kept := winner.event
	for _, ch := range loser.List {
		if ch.Occurrence || ch.Op != Set {
			continue
		}
		c := Conflict{Field: ch.Field, Op: Set, Winner: stands}
		switch {
		case ch.Field == calendar.When && !calendar.Same(ch.Field, &ch.To, &kept.Values):
			calendar.Copy(ch.Field, &c.Kept, &kept.Values)
			c.Lost = ch.To
		case ch.Field == calendar.Recurrence && (ch.Rule != kept.Rule || !slices.Equal(ch.Extra, kept.Extra)):
			c.KeptRule, c.KeptExtra, c.LostRule, c.LostExtra = kept.Rule, kept.Extra, ch.Rule, ch.Extra
		default:
			continue
		}
		r.Conflicts = append(r.Conflicts, c)
	}
}

// takeOver gives the whole what the losing side said of occurrences that it has, and keeps the rest.
func (r *Result) takeOver(stands Side, whole *calendar.Event, winner, loser turn) {
	foreign := loser.torn && loser.event.Start != winner.event.Start // its names are of other days
	for _, ch := range loser.List {
		if !ch.Occurrence || loser.movedAlong(ch) {
			continue
		}
		at := ch.Original + loser.Shift
		if !winner.torn && !loser.torn {
			at = ch.Original + winner.Shift
		}
		has := whole.IsSeries() && recur.Has(whole, at)
		fits := has && !foreign
		said := func(w Change) bool { return w.Occurrence && w.Original == at-winner.Shift && w.Op == Set }
		c := Conflict{Place: Place{Occurrence: true, Original: at}, Field: ch.Field, Op: ch.Op, Winner: stands}
		switch ch.Op {
		case Set:
			if fits && !whole.IsCancelled(at) {
				if !differs(whole.Override(at), ch) {
					applyOccurrence(whole, ch, at)
				}
				calendar.Copy(ch.Field, &c.Kept, &whole.Override(at).Values)
				if calendar.Same(ch.Field, &c.Kept, &ch.To) {
					continue
				}
			}
			c.Lost = ch.To
		case Cancel:
			if fits && !slices.ContainsFunc(winner.List, said) {
				applyOccurrence(whole, ch, at)
			}
			if !has || whole.IsCancelled(at) {
				continue // it does not take place
			}
			c.Field = calendar.Recurrence
		case Uncancel, Inherit:
			if fits && !loser.torn && !differs(whole.Override(at), ch) {
				applyOccurrence(whole, ch, at)
			}
			continue
		}
		r.Conflicts = append(r.Conflicts, c)
	}
}

// movedAlong reports whether a torn side says of an occurrence what the shadow said of it before the series was moved.
func (t turn) movedAlong(ch Change) bool {
	if !t.torn {
		return false
	}
	when := t.ofSeries(calendar.When)
	before := ch.Original - (when.To.Start.Wall - when.From.Start.Wall)
	return slices.ContainsFunc(t.List, func(old Change) bool {
		if !old.Occurrence || old.Original != before {
			return false
		}
		return ch.Op == Cancel && old.Op == Uncancel ||
			ch.Op == Set && old.Op == Inherit && old.Field == ch.Field && calendar.Same(ch.Field, &old.From, &ch.To)
	})
}

// differs reports whether an override says something of a field that is not what a change began with.
func differs(o *calendar.Override, ch Change) bool {
	return o != nil && ch.Op != Uncancel && o.Set.Has(ch.Field) && !calendar.Same(ch.Field, &o.Values, &ch.From)
}
