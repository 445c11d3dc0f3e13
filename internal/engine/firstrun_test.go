package engine_test

import (
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine/enginetest"
	"tahti/internal/hub"
)

// TestWhatIsSaidBesideInTheFirstRunGoesOut: somebody writes a note while the first run of a CRM's connection is under way, which has not
// told yet that notes are its matter.
func TestWhatIsSaidBesideInTheFirstRunGoesOut(t *testing.T) {
	r := newRoom(t, enginetest.CRM(), everything)
	id := r.cal.Add(atUTC("Call", 3, 12, calendar.Facets{Type: calendar.Ref{ID: "call"}}))
	r.Create(r.Alice, atUTC("Goes out", 4, 12, calendar.Facets{}))
	typed := false
	r.cal.Before = func(c enginetest.Call) error {
		for _, a := range r.Activities() {
			if a.Plan.Subject == "Call" && !typed {
				typed = true
				r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Note = "typed" }, hub.FieldNote)
			}
		}
		return nil
	}
	r.Settle(r.id)
	there := r.cal.Held()[id]
	if f := there.Facet(); !typed || f.Note != "typed" {
		t.Errorf("typed: %t; there it says %q", typed, f.Note)
	}
	r.Quiet(r.id)
}
