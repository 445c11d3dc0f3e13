package merge

import (
	"slices"

	"tahti/internal/calendar"
)

// settle decides field by field. It returns what goes out and what comes in.
func (r *Result) settle(p Policy, ours, theirs Changes) (out, inn Changes) {
	out, inn = Changes{Shift: ours.Shift}, Changes{Shift: theirs.Shift}
	taken := make([]bool, len(theirs.List))
	for _, our := range ours.List {
		i := slices.IndexFunc(theirs.List, func(t Change) bool { return rivals(our, t) })
		if i < 0 {
			out.List = append(out.List, our)
			continue
		}
		taken[i] = true
		r.rival(p, our, theirs.List[i], &out, &inn)
	}
	for i, their := range theirs.List {
		if !taken[i] {
			inn.List = append(inn.List, their)
		}
	}
	if out.ofSeries(calendar.When) == nil {
		out.Shift = 0
	}
	if inn.ofSeries(calendar.When) == nil {
		inn.Shift = 0
	}
	return out, inn
}

// rivals are two changes of the same thing.
func rivals(a, b Change) bool {
	if a.Place != b.Place {
		return false
	}
	cancelA, cancelB := a.Op == Cancel || a.Op == Uncancel, b.Op == Cancel || b.Op == Uncancel
	if cancelA || cancelB {
		return cancelA && cancelB
	}
	return a.Field == b.Field
}

func (r *Result) rival(p Policy, our, their Change, out, inn *Changes) {
	if sameOutcome(our, their) {
		return
	}
	if our.Op == Cancel || our.Op == Uncancel {
		// One took it out and the other brought it back: it takes place.
		if our.Op == Uncancel {
			out.List = append(out.List, our)
		} else {
			inn.List = append(inn.List, their)
		}
		return
	}
	if our.Field == calendar.When && !our.Occurrence {
		if combined, ok := combine(our, their); ok {
			out.List = append(out.List, combined)
			inn.List = append(inn.List, combined)
			return
		}
	}
	winner := p.winner(our.Field)
	if our.Field == calendar.Private && our.Op == Set && their.Op == Set {
		winner = Calendar
		if our.To.Private {
			winner = CRM
		}
	}
	c := Conflict{Place: our.Place, Field: our.Field, Op: Set, Winner: winner}
	if winner == CRM {
		c.Kept, c.Lost, c.KeptRule, c.LostRule = our.To, their.To, our.Rule, their.Rule
		c.KeptExtra, c.LostExtra = our.Extra, their.Extra
		out.List = append(out.List, our)
		if our.Field == calendar.When && !our.Occurrence {
			// The series moves from where they put it to where we want it.
			out.Shift -= inn.Shift
		}
	} else {
		c.Kept, c.Lost, c.KeptRule, c.LostRule = their.To, our.To, their.Rule, our.Rule
		c.KeptExtra, c.LostExtra = their.Extra, our.Extra
		inn.List = append(inn.List, their)
		if our.Field == calendar.When && !our.Occurrence {
			inn.Shift -= out.Shift
		}
	}
	r.Conflicts = append(r.Conflicts, c)
}

func sameOutcome(a, b Change) bool {
	if a.Op != b.Op {
		return false
	}
	switch a.Op {
	case Cancel, Uncancel, Inherit:
		return true
	}
	if a.Field == calendar.Recurrence {
		return a.Rule == b.Rule && slices.Equal(a.Extra, b.Extra)
	}
	return calendar.Same(a.Field, &a.To, &b.To)
}

// combine joins a pure shift on one side with a pure change of length on the other: the two people meant different
// things, and both can be had.
func combine(a, b Change) (Change, bool) {
	shift, length := a, b
	if !isShift(shift) || !isLength(length) {
		shift, length = b, a
		if !isShift(shift) || !isLength(length) {
			return Change{}, false
		}
	}
	c := shift
	c.To.End = length.To.End
	c.To.End.Wall += shift.To.Start.Wall - shift.From.Start.Wall
	return c, true
}

func isShift(ch Change) bool {
	f, t := ch.From, ch.To
	return t.End.Wall-f.End.Wall == t.Start.Wall-f.Start.Wall && sameFrame(f.Start, t.Start) && sameFrame(f.End, t.End)
}

func isLength(ch Change) bool {
	f, t := ch.From, ch.To
	return f.Start == t.Start && f.End != t.End && sameFrame(f.End, t.End)
}

func sameFrame(a, b calendar.Time) bool { return a.Kind == b.Kind && a.Zone == b.Zone }

// edited is a side that may have edited what the other one cancelled: its changes, itself, and what of it is carried over.
type edited struct {
	changes Changes
	event   *calendar.Event
	carried *Changes
}

// editsBeatCancels drops the cancellations in carried of occurrences that the other side edited, and records them. The
// side that cancelled has forgotten what the occurrence said, so it is told all of it.
func (r *Result) editsBeatCancels(by edited, cancels Changes, carried *Changes, canceller Side) {
	for _, c := range cancels.List {
		at := func(ch Change) bool { return ch.Place == c.Place }
		if c.Op != Cancel || !slices.ContainsFunc(by.changes.List, func(e Change) bool { return at(e) && e.Op == Set }) {
			continue
		}
		carried.List = slices.DeleteFunc(carried.List, func(ch Change) bool { return at(ch) && ch.Op == Cancel })
		if o := by.event.Override(c.Original + by.changes.Shift); o != nil {
			for _, f := range o.Set.List() {
				by.carried.List = append(by.carried.List, set(c.Place, f, &calendar.Values{}, &o.Values))
			}
		}
		r.Conflicts = append(r.Conflicts, Conflict{Place: c.Place, Field: calendar.Recurrence, Op: Cancel, Winner: 1 - canceller})
	}
}
