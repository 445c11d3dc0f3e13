package engine_test

import (
	"testing"
	"time"

	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// TestWhatIsMadeAnewAndDoesNotArriveIsTriedAgain: an event is deleted while an edit is written to it. The edit outlives the deletion
// (I5), also where the event that is to take its place is refused at first, or its creation lost: nothing that is gone leads there.
func TestWhatIsMadeAnewAndDoesNotArriveIsTriedAgain(t *testing.T) {
	for _, class := range []provider.Class{provider.Rejected, provider.Unknown, provider.Transient} {
		r, a, id := linked(t, enginetest.Options{}, true, event("Call", 3, 10), nil)
		r.Edit(r.Alice, a.ID, setSubject("Call Bob"), "subject")
		puts := 0
		r.cal.Before = func(c enginetest.Call) error {
			if c.Op != "put" {
				return nil
			}
			switch puts++; puts {
			case 1:
				r.cal.Delete(id)
			case 2:
				return &provider.Error{Op: "put", Class: class}
			}
			return nil
		}
		r.Sync(r.id)
		r.Tx(func(tx engine.Tx) error {
			_, err := tx.ReleaseWork(t.Context(), r.id, store.HeldByParked)
			return err
		})
		r.Pass(time.Hour)
		r.Settle(r.id)
		r.inStep(t, 1)
		if puts != 3 {
			t.Errorf("%v: %d writes", class, puts)
		}
	}
}
