package merge_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"tahti/internal/merge"
)

// A calendar that only comes in says something new of what was typed here: its word counts, and what was typed is kept, whether it
// was typed since the last run or accepted by an earlier one (I2).
func TestWhatWasTypedWhereNothingGoesOutIsKept(t *testing.T) {
	base, ours, theirs := daily(), daily(), daily()
	ours.Subject = "typed"
	editOccurrence(&ours, morning(7), "seventh", false)
	theirs.Subject = "published"
	cancel(&theirs, morning(7))
	theirs.Normalize()
	for name, accepted := range map[string]bool{"since": false, "before": true} {
		in := both(&base, &ours, &theirs, "crm")
		in.Out = false
		if accepted {
			in.LocalShadow = &ours
		}
		r := merge.Merge(in)
		if diff := cmp.Diff(theirs, r.Local); diff != "" {
			t.Errorf("%s: here (-want +got):\n%s", name, diff)
		}
		want := []merge.Conflict{
			{Field: 0, Winner: merge.Calendar, Kept: named("published"), Lost: named("typed")},
			{Place: on(7), Field: 0, Winner: merge.Calendar, Lost: named("seventh")},
		}
		if diff := cmp.Diff(want, r.Conflicts); diff != "" {
			t.Errorf("%s: filed (-want +got):\n%s", name, diff)
		}
	}
}
