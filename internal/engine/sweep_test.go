package engine_test

import (
	"testing"

	"tahti/internal/engine/enginetest"
)

// TestWhatIsDeletedWhileItWaitsDoesNotComeInAfterASweep: an item was listed and a run died before it was dealt with. Then it
// is deleted, and the calendar forgets its cursor: only that it is not in the listing says so (I4).
func TestWhatIsDeletedWhileItWaitsDoesNotComeInAfterASweep(t *testing.T) {
	waited := false
	for k := 1; ; k++ {
		r := newRoom(t, enginetest.Options{}, everything)
		r.Settle(r.id)
		id := r.cal.Add(event("gone soon", 3, 10))
		before := r.Steps
		r.CrashAt = before + k
		r.Run(r.id, false)
		died := r.Steps == r.CrashAt
		r.Revive()
		waited = waited || len(r.Works(r.id)) > 0
		r.cal.Delete(id)
		r.cal.Forget()
		r.Settle(r.id)
		if list := r.Activities(); len(list) != 0 {
			t.Errorf("died at step %d: %q came in", k, list[0].Plan.Subject)
		}
		r.Quiet(r.id)
		if !died {
			break
		}
	}
	if !waited {
		t.Error("the item never waited")
	}
}
