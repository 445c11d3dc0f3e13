package merge_test

import (
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/merge"
	"tahti/internal/recur"
)

// A conflict names its occurrence as the activity does afterwards, wherever the series was moved from: else what was lost
// could not be restored.
func TestAConflictOfAnOccurrenceOfAMovedSeriesNamesItAsItIsAfterwards(t *testing.T) {
	edited := func(subject string, later calendar.Wall) calendar.Event {
		e := daily()
		editOccurrence(&e, morning(6), subject, false)
		moveSeries(&e, later)
		return e
	}
	for name, later := range map[string][2]calendar.Wall{
		"nobody moved it": {0, 0}, "we moved it": {3600, 0}, "they moved it": {0, 7200}, "both moved it": {3600, 3600},
	} {
		for _, rule := range []string{"crm", "calendar"} {
			shadow := daily()
			ours, theirs := edited("ours", later[0]), edited("theirs", later[1])
			r := merge.Merge(merge.Input{
				LocalShadow: &shadow, Local: &ours, RemoteShadow: &shadow, Remote: &theirs, Editable: calendar.BothWaysFields,
				In: true, Out: true, Policy: merge.Policy{Rule: rule},
			})
			at := morning(6) + max(later[0], later[1])
			if len(r.Conflicts) != 1 || r.Conflicts[0].Original != at || !recur.Has(&r.Local, r.Conflicts[0].Original) {
				t.Errorf("%s, %s wins: %+v, want one of %v", name, rule, r.Conflicts, at)
			}
			lost := map[string]string{"crm": "theirs", "calendar": "ours"}[rule]
			if r.Conflicts[0].Lost.Subject != lost {
				t.Errorf("%s, %s wins: %q is kept, want %q", name, rule, r.Conflicts[0].Lost.Subject, lost)
			}
		}
	}
}
