package engine_test

import (
	"fmt"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
)

// TestTheDryRunKnowsWhatTwinsHoldUp at a start: what may be one of them since somebody edited it, where there are few, and all that is older
// than the connection, where there are many.
func TestTheDryRunKnowsWhatTwinsHoldUp(t *testing.T) {
	for _, n := range []int{3, 6, 12} {
		r, _, _ := mirrored(t, enginetest.Options{}, n, everything)
		r.cal.Add(event("only there", 20, 9))
		r.Create(r.Alice, event("only here", 21, 9))
		r.Pass(time.Minute)
		r.begun()
		r.Pass(time.Minute)
		r.cal.Add(event("later there", 22, 9))
		r.Create(r.Alice, event("later here", 23, 9))
		r.foresee(t, 0)
		r.Settle(r.id)
	}
}

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
