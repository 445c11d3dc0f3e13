package engine_test

import (
	"fmt"
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/engine/enginetest"
	"tahti/internal/lens"
	"tahti/internal/provider"
)

// TestAStartOfManyItemsNotesEachOfThem, also where a page has more of them than are read or stored at once.
func TestAStartOfManyItemsNotesEachOfThem(t *testing.T) {
	r := newRoom(t, enginetest.Options{Unread: true}, start(lens.NewAndChanged))
	ids := make([]provider.RemoteID, 120)
	for i := range ids {
		ids[i] = r.cal.Add(event(fmt.Sprint("old ", i), 3+i/10, 8+i%10))
	}
	r.Settle(r.id)
	if reads := r.cal.Calls["read"]; reads != 3 {
		t.Errorf("120 items were read in %d batches of 50", reads)
	}
	for _, i := range []int{0, 49, 50, 99, 100, 119} {
		r.cal.Edit(ids[i], func(*calendar.Event) {}) // another version of the same words
	}
	r.Settle(r.id)
	if here, _ := subjects(r); len(here) != 0 {
		t.Errorf("what was not noted came in: %q", here)
	}
	r.cal.Edit(ids[119], setPlace("Room 4"))
	r.Settle(r.id)
	r.Quiet(r.id)
	if a := r.only(t); a.Plan.Subject != "old 119" {
		t.Errorf("%q came in", a.Plan.Subject)
	}
}

// TestWhatHappensToAnItemBetweenItsListingAndItsReading counts as later than the start.
func TestWhatHappensToAnItemBetweenItsListingAndItsReading(t *testing.T) {
	for name, c := range map[string]struct {
		happens func(*room, provider.RemoteID)
		here    int
	}{
		"edited":  {func(r *room, id provider.RemoteID) { r.cal.Edit(id, setPlace("Room 4")) }, 1},
		"deleted": {func(r *room, id provider.RemoteID) { r.cal.Delete(id) }, 0},
		"nothing": {func(*room, provider.RemoteID) {}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRoom(t, enginetest.Options{Unread: true}, start(lens.NewAndChanged))
			id := r.cal.Add(event("old", 3, 10))
			r.cal.Before = func(call enginetest.Call) error {
				if call.Op == "read" {
					r.cal.Before = nil
					c.happens(r, id)
				}
				return nil
			}
			r.Settle(r.id)
			if r.cal.Before != nil {
				t.Fatal("it was not read")
			}
			if here, _ := subjects(r); len(here) != c.here || len(r.Works(r.id)) != 0 {
				t.Errorf("here %q, waiting %+v", here, r.Works(r.id))
			}
			r.Quiet(r.id)
		})
	}
}
