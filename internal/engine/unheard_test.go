package engine_test

import (
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine/enginetest"
	"tahti/internal/lens"
	"tahti/internal/provider"
)

// TestADateOfASeriesThatWasMovedUnheardIsTheSameThere: somebody moves a series in a calendar from which nothing comes in. What is said of one
// of its dates then, here or there, is said of the same one on the other side, also once edits come in again (I11).
func TestADateOfASeriesThatWasMovedUnheardIsTheSameThere(t *testing.T) {
	place := func(e *calendar.Event, day, h int, text string) {
		o := e.EnsureOverride(hour(day, h))
		o.Set, o.Location = calendar.Fields(calendar.Location), text
	}
	for _, widened := range []bool{false, true} {
		r, a, id := linked(t, enginetest.Options{Guard: provider.GuardFull}, false, series("call", "FREQ=DAILY;COUNT=6", 3, 10), nil)
		r.Settings(r.id, func(s *lens.Settings) { s.Direction = "to_calendar" })
		r.cal.Edit(id, func(e *calendar.Event) { e.Start.Wall, e.End.Wall = hour(3, 11), hour(3, 12) })
		r.Settle(r.id)
		if widened {
			r.Settings(r.id, func(s *lens.Settings) { s.Direction = lens.TwoWay })
			r.Settle(r.id)
			r.cal.Edit(id, func(e *calendar.Event) { place(e, 6, 11, "Room 6") })
		}
		r.Edit(r.Alice, a.ID, func(a *crm.Activity) { place(&a.Plan, 5, 10, "Room 5") }, "overrides")
		r.Settle(r.id)
		here, there := r.Activity(a.ID).Plan, r.cal.Held()[id]
		if len(there.Overrides) == 0 || there.On(hour(5, 11)).Location != "Room 5" || there.Override(hour(5, 10)) != nil {
			t.Errorf("widened %t: there %+v", widened, there.Overrides)
		}
		if widened && (here.On(hour(6, 10)).Location != "Room 6" || here.Override(hour(6, 11)) != nil) {
			t.Errorf("here %+v", here.Overrides)
		}
		r.Quiet(r.id)
	}
}
