package engine_test

import (
	"testing"

	"tahti/internal/engine/enginetest"
)

// TestWhatIsDeletedSoonAfterItWasMadeIsGone, also where no change tells of the deletion of what none has told of: a run that has made
// something looks once more.
func TestWhatIsDeletedSoonAfterItWasMadeIsGone(t *testing.T) {
	for name, audit := range map[string]bool{"an ordinary run": false, "a sweep": true} {
		t.Run(name, func(t *testing.T) {
			r := newRoom(t, enginetest.Options{Untold: true}, everything)
			r.Sync(r.id)
			r.Create(r.Alice, event("call", 3, 10))
			if _, err := r.Run(r.id, audit); err != nil {
				t.Fatal(err)
			}
			r.cal.Delete(r.onlyEvent(t))
			r.Sync(r.id)
			if all := r.Activities(); len(all) != 0 {
				t.Errorf("still here: %+v", all)
			}
			pulls := r.cal.Calls["pull"]
			r.Sync(r.id)
			if n := r.cal.Calls["pull"] - pulls; n != 1 {
				t.Errorf("a run that makes nothing pulls %d times", n)
			}
		})
	}
}

// TestWhatComesInBesideTheLookIsDone: what others did while a run made something is told by the same look, and done at once.
func TestWhatComesInBesideTheLookIsDone(t *testing.T) {
	r := newRoom(t, enginetest.Options{Untold: true}, everything)
	r.Sync(r.id)
	r.cal.After = func(c enginetest.Call) error {
		if c.Op == "put" {
			r.cal.Add(event("theirs", 4, 10))
		}
		return nil
	}
	r.Create(r.Alice, event("call", 3, 10))
	report := r.Sync(r.id)
	if !report.Again && len(r.Activities()) != 2 {
		t.Errorf("it is left to the next poll: %+v", report)
	}
	r.Settle(r.id)
	r.Quiet(r.id)
}
