package engine_test

import (
	"strings"
	"testing"

	"tahti/internal/engine/enginetest"
	"tahti/internal/lens"
	"tahti/internal/provider"
)

// TestAnEventWhoseCreationWasNotAnsweredHasOneContextBlock: what is found under the key was made with the frame that the note
// tells, so the frame is taken off again before the event is compared and written.
func TestAnEventWhoseCreationWasNotAnsweredHasOneContextBlock(t *testing.T) {
	r := newRoom(t, enginetest.Options{}, func(s *lens.Settings) { s.Start, s.CRMContext = lens.Everything, true })
	lost := false
	r.cal.After = func(c enginetest.Call) error {
		if c.Op == "put" && !lost {
			lost = true
			return &provider.Error{Op: "put", Class: provider.Unknown}
		}
		return nil
	}
	r.Create(r.Alice, event("call", 3, 10))
	r.Settle(r.id)
	if !lost {
		t.Fatal("no reply was lost")
	}
	if a := r.only(t); a.Plan.Description != "" {
		t.Errorf("our own words came in: %q", a.Plan.Description)
	}
	for _, e := range r.cal.Held() {
		if n := strings.Count(e.Description, "--- CRM ---"); n != 1 {
			t.Errorf("%d context blocks: %q", n, e.Description)
		}
	}
	r.Quiet(r.id)
}
