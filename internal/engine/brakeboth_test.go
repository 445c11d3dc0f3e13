package engine_test

import (
	"testing"

	"tahti/internal/engine/enginetest"
	"tahti/internal/provider"
)

// TestWhatOneRunDeletesOnBothSidesIsAllOfThem: what goes on the other side in the same run is not left over, so that the last three
// are all of them (I7).
func TestWhatOneRunDeletesOnBothSidesIsAllOfThem(t *testing.T) {
	for name, here := range map[string]bool{"here": true, "there": false} {
		t.Run("three "+name+" and one on the other side", func(t *testing.T) {
			r := many(t, 4, enginetest.Options{})
			r.deleteSome(here, 0, 3)
			r.deleteSome(!here, 3, 4)
			r.Settle(r.id)
			if held := r.held(t); held != 3 {
				t.Errorf("%d are held, want 3", held)
			}
			r.answer(t, true)
			r.Settle(r.id)
			r.inStep(t, 0)
		})
	}
}

// TestWhatIsLetGoIsNotLeftOver: eleven of fourteen were let go, and the three that are deleted meanwhile are all that is left (I7).
func TestWhatIsLetGoIsNotLeftOver(t *testing.T) {
	r := many(t, 14, enginetest.Options{})
	r.deleteSome(true, 0, 11)
	r.Settle(r.id)
	r.answer(t, true)
	r.deleteSome(true, 11, 14)
	r.Settle(r.id)
	if held := r.held(t); held != 3 {
		t.Errorf("%d are held, want 3", held)
	}
	r.answer(t, true)
	r.Settle(r.id)
	r.inStep(t, 0)
}

// TestWhatIsBeingDeletedIsNotLeftOver: of four, the removal of one was not answered, and nobody can ask for it yet; three more are all of
// them (I7).
func TestWhatIsBeingDeletedIsNotLeftOver(t *testing.T) {
	r := many(t, 4, enginetest.Options{})
	dead := true
	r.cal.Before = func(c enginetest.Call) error {
		if dead && c.Op == "remove" {
			return &provider.Error{Op: c.Op, Class: provider.Unknown}
		}
		return nil
	}
	r.deleteSome(true, 0, 1)
	r.Sync(r.id)
	r.deleteSome(true, 1, 4)
	r.Sync(r.id)
	if held := r.held(t); held != 3 {
		t.Errorf("%d are held, want 3", held)
	}
	dead = false
	r.answer(t, true)
	r.Settle(r.id)
	r.answer(t, true) // the first one is the fourth of four by then
	r.Settle(r.id)
	r.inStep(t, 0)
}
