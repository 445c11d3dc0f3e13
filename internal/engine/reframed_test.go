package engine_test

import (
	"fmt"
	"testing"

	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
	"tahti/internal/lens"
)

// TestANewFrameIsNoEditThatOutlivesADeletion: an event of ours was deleted, and before that is told, its title or context is to be
// written anew, because the settings say so or a deal was renamed. Nobody has edited it: the deletion counts (I4).
func TestANewFrameIsNoEditThatOutlivesADeletion(t *testing.T) {
	for name, o := range map[string]enginetest.Options{"told": {}, "listed": {Listing: true}, "told by id": {Unread: true}} {
		t.Run(name, func(t *testing.T) {
			r, a, id := linked(t, o, true, event("Call", 3, 10), nil)
			r.cal.Delete(id)
			r.Lab.Settings(r.id, func(s *lens.Settings) { s.CRMContext = true })
			r.Tx(func(tx engine.Tx) error {
				return tx.PutWork(t.Context(), r.id, fmt.Sprint("a:", a.ID), nil, r.Now(), false)
			})
			r.Settle(r.id)
			r.inStep(t, 0)
			if list := r.Conflicts(); len(list) != 0 {
				t.Errorf("conflicts: %+v", list)
			}
		})
	}
}
