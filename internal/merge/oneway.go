package merge

import (
	"slices"

	"tahti/internal/calendar"
)

// writtenOver keeps what was typed here in fields that do not go out, and what comes in replaces. The local shadow does not tell: a
// difference that stays here is accepted, and was typed all the same (I2). So the activity is compared with what the calendar said
// last.
func (r *Result) writtenOver(in Input, theirs Changes, fields calendar.FieldSet) {
	for _, our := range Diff(in.RemoteShadow, in.Local).Only(fields).List {
		if our.Op != Set {
			continue
		}
		i := slices.IndexFunc(theirs.List, func(t Change) bool {
			return rivals(our, t) && !sameOutcome(our, t) || t.Op == Cancel && our.Occurrence && t.Place == our.Place
		})
		if i < 0 {
			continue
		}
		c := Conflict{Place: our.Place, Field: our.Field, Op: Set, Winner: Calendar, Lost: our.To, LostRule: our.Rule, LostExtra: our.Extra}
		if their := theirs.List[i]; their.Op == Set {
			c.Kept, c.KeptRule, c.KeptExtra = their.To, their.Rule, their.Extra
		}
		r.Conflicts = append(r.Conflicts, c)
	}
}
