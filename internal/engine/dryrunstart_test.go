package engine_test

import (
	"testing"
	"time"

	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
	"tahti/internal/lens"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// TestTheDryRunGoesOnWithAStartThatWasBrokenOff, where a listing from the front shows less: what has changed outside of a window since.
func TestTheDryRunGoesOnWithAStartThatWasBrokenOff(t *testing.T) {
	march := func(day int) time.Time { return time.Date(2026, 3, day, 0, 0, 0, 0, time.UTC) }
	for name, c := range map[string]struct {
		change func(*lens.Settings)
		enter  int
	}{"everything": {everything, 4}, "what is new": {nothing, 1}} {
		t.Run(name, func(t *testing.T) {
			r := newRoom(t, enginetest.Options{Window: provider.Range{From: march(1), To: march(10)}, Unproven: true, Page: 1}, c.change)
			far := r.cal.Add(event("far", 20, 10))
			for day := 3; day < 6; day++ {
				r.cal.Add(event("near", day, 10))
			}
			r.breakOff(t)
			r.cal.Edit(far, setPlace("Room 4"))
			if says := r.atOnce(t); says[engine.CreatedInCRM] != c.enter {
				t.Errorf("%v", says)
			}
		})
	}
}

// TestTheDryRunSweepsBehindAStartWhereSomethingIsTied: it may have changed before the starting point was taken anew.
func TestTheDryRunSweepsBehindAStartWhereSomethingIsTied(t *testing.T) {
	r, _, id := linked(t, enginetest.Options{Page: 1}, false, event("call", 3, 10), nil)
	r.Settings(r.id, start(lens.NewAndChanged))
	for day := 4; day < 7; day++ {
		r.cal.Add(event("old", day, 10))
	}
	r.cal.Edit(id, setPlace("Room 4"))
	r.Pass(time.Minute)
	r.set(t, func(c *store.Connection) { c.Baselined, c.Cursor, c.HubAt = false, "", r.Now() })
	r.breakOff(t)
	if says := r.atOnce(t); says[engine.UpdatedInCRM] != 1 {
		t.Errorf("%v", says)
	}
}

// breakOff is a run that the third page of a listing ends.
func (r *room) breakOff(t *testing.T) {
	t.Helper()
	pulls := 0
	r.cal.Before = func(c enginetest.Call) error {
		if c.Op != "pull" {
			return nil
		}
		if pulls++; pulls != 3 {
			return nil
		}
		return &provider.Error{Op: "pull", Class: provider.Transient}
	}
	if rep, err := r.Run(r.id, false); err != nil || rep.Err == nil {
		t.Fatal(rep.Err, err)
	}
}
