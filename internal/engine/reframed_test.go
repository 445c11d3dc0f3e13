package engine_test

import (
	"fmt"
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
	"tahti/internal/lens"
	"tahti/internal/provider"
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

// TestNoContextIsWrittenWhereACalendarHidesTheText, nor foreseen; it is once the event is opened there.
func TestNoContextIsWrittenWhereACalendarHidesTheText(t *testing.T) {
	r, _, id := linked(t, enginetest.Options{Guard: provider.GuardFull}, true, event("Call", 3, 10), nil)
	hides(r)
	r.cal.Edit(id, func(e *calendar.Event) { e.Private = true })
	r.Settle(r.id)
	row, _ := r.connection(t)
	settings, err := lens.ParseSettings(lens.Defaults(), row.Settings)
	if err != nil {
		t.Fatal(err)
	}
	settings.CRMContext = true
	plan, err := r.Engine.Resettle(t.Context(), r.Company, r.id, &settings)
	if err != nil || len(plan.Reframed) != 0 {
		t.Errorf("%+v, %v", plan, err)
	}
	r.Tx(func(tx engine.Tx) error {
		row.Settings, row.Revision = settings.JSON(), row.Revision+1
		if err := r.Engine.ApplyResettle(t.Context(), tx, row, plan, false, false); err != nil {
			return err
		}
		return tx.PutConnection(t.Context(), &row)
	})
	writes := r.cal.Writes
	r.Settle(r.id)
	if r.cal.Writes != writes {
		t.Errorf("%d writes", r.cal.Writes-writes)
	}
	r.cal.Edit(id, func(e *calendar.Event) { e.Private = false })
	r.Settle(r.id)
	if e := r.cal.Held()[id]; lens.BlockIn(&e) == "" {
		t.Errorf("opened, it says %q", e.Description)
	}
}
