package engine_test

import (
	"fmt"
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
)

// TestTheDryRunKnowsThatATwinWhichIsLetInIsHeldNoMore, nor is what it seemed to be: the item is tied to an activity of its own by then.
func TestTheDryRunKnowsThatATwinWhichIsLetInIsHeldNoMore(t *testing.T) {
	for _, n := range []int{1, 6} {
		r, here, there := mirrored(t, enginetest.Options{}, n, everything)
		r.cal.Edit(there[0], func(e *calendar.Event) { e.Subject = "Big deal > item 0" })
		if n > 5 {
			r.cal.Edit(there[5], func(e *calendar.Event) { e.Start, e.End = here[5].Plan.Start, here[5].Plan.End })
		}
		r.begun()
		r.Settle(r.id)
		r.still(t, n)
		r.answer(t, true)
		r.Tx(func(tx engine.Tx) error { // which people did not let go
			for _, a := range here {
				if err := tx.PutWork(t.Context(), r.id, fmt.Sprint("a:", a.ID), nil, r.Now(), true); err != nil {
					return err
				}
			}
			return nil
		})
		r.foresee(t, 0)
		r.still(t, 2*n)
	}
}
