package engine_test

import (
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
	"tahti/internal/match"
)

// TestTwinsThatHaveNothingInCommonAnyMoreAreAskedAbout: what was noted when it was first seen is held, however it is edited later, so that
// whoever looks at both sides is asked about it.
func TestTwinsThatHaveNothingInCommonAnyMoreAreAskedAbout(t *testing.T) {
	for _, counts := range []engine.Counts{engine.CalendarCounts, engine.CRMCounts} {
		r, here, there := mirrored(t, enginetest.Options{}, 2, everything)
		r.Settle(r.id)
		r.cal.Edit(there[1], func(e *calendar.Event) {
			e.Subject = "Quite another thing"
			e.Start.Wall, e.End.Wall = e.Start.Wall+3*calendar.Day, e.End.Wall+3*calendar.Day
		})
		r.Edit(r.Alice, here[1].ID, func(a *crm.Activity) { a.Plan.Subject = "Something else" }, "subject")
		r.Settle(r.id)
		r.still(t, 2)
		o := r.overlap(t)
		asked := 0
		for _, q := range o.Unsure {
			if q.Reason == match.Edited && o.Events[q.There[0]].Item.ID == there[1] && o.Activities[q.Here[0]].Activity.ID == here[1].ID {
				asked++
			}
		}
		if asked != 1 || len(o.There)+len(o.Here) != 0 {
			t.Fatalf("%+v", o.Result)
		}
		if made := r.takeOver(t, counts); made != 2 {
			t.Errorf("%d are tied", made)
		}
		r.Settle(r.id)
		r.inStepButFor(t, 2)
		if works := r.Works(r.id); len(works) != 0 {
			t.Errorf("waiting: %+v", works)
		}
	}
}
