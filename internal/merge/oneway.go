package merge

import (
	"slices"

	"tahti/internal/calendar"
)

// writtenOver keeps what was typed here in fields that do not go out, and what comes in replaces. The local shadow does not tell: a
// difference that stays here is accepted, and was typed all the same (I2). So the activity is compared with what the calendar said
// last.
func (r *Result) writtenOver(in Input, theirs Changes, fields calendar.FieldSet) {
	for _, our := range Diff(in.RemoteShadow, in.Local).calledFrom(startsLater(in.LocalShadow, in.RemoteShadow)).Only(fields).List {
		if i := theirs.over(our); i >= 0 {
			r.keep(our, theirs.List[i], Calendar)
		}
	}
}

// over finds the change that writes over what a side says; -1 if there is none.
func (d Changes) over(said Change) int {
	if said.Op != Set {
		return -1
	}
	return slices.IndexFunc(d.List, func(ch Change) bool {
		return rivals(said, ch) && !sameOutcome(said, ch) || ch.Op == Cancel && said.Occurrence && ch.Place == said.Place
	})
}

// keep files what a side said and a change of the other one writes over.
func (r *Result) keep(said, by Change, winner Side) {
	c := Conflict{Place: said.Place, Field: said.Field, Op: Set, Winner: winner, Lost: said.To, LostRule: said.Rule, LostExtra: said.Extra}
	if by.Op == Set {
		c.Kept, c.KeptRule, c.KeptExtra = by.To, by.Rule, by.Extra
	}
	r.Conflicts = append(r.Conflicts, c)
}
