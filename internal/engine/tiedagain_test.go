package engine_test

import (
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
	"tahti/internal/store"
)

// TestAnEventThatIsTiedAgainSaysTheSameOnBothSides: its tie ended, its activity was edited, and it comes in again. Neither may go on
// saying something else for ever, and what was typed here can be restored (I2).
func TestAnEventThatIsTiedAgainSaysTheSameOnBothSides(t *testing.T) {
	r, a, _ := linked(t, enginetest.Options{}, false, event("call", 3, 10), nil)
	r.Tx(func(tx engine.Tx) error {
		l, err := tx.LinkByActivity(t.Context(), r.id, a.ID)
		if err != nil {
			return err
		}
		l.State = store.LinkGone
		return tx.PutLink(t.Context(), &l)
	})
	r.Pass(time.Minute)
	r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Location = "Room 4" }, "location")
	if _, err := r.Run(r.id, true); err != nil {
		t.Fatal(err)
	}
	r.Settle(r.id)
	r.inStep(t, 1)
	if list := r.Conflicts(); len(list) != 1 || list[0].Field != "location" || string(list[0].Lost) != `"Room 4"` {
		t.Errorf("conflicts: %+v", list)
	}
}

// TestOfTwoEventsOfOneUIDNothingIsLost: somebody has imported an event into two calendars and edited each. They are one activity, one
// word stands, and the other can be restored (I2, I10).
func TestOfTwoEventsOfOneUIDNothingIsLost(t *testing.T) {
	r, _, _ := linked(t, enginetest.Options{}, false, uidAt("Room 4"), nil)
	other := enginetest.New(enginetest.Options{})
	second := r.Connect(r.Alice, other, everything)
	other.Add(uidAt("Room 5"))
	r.Settle(second, r.id)
	if a, e := r.only(t), r.cal.Held()[r.onlyEvent(t)]; a.Plan.Location != "Room 5" || e.Location != "Room 5" {
		t.Errorf("here at %q, there at %q", a.Plan.Location, e.Location)
	}
	if list := r.Conflicts(); len(list) != 1 || list[0].Field != "location" || string(list[0].Lost) != `"Room 4"` {
		t.Errorf("conflicts: %+v", list)
	}
}

func uidAt(place string) calendar.Event {
	e := event("call", 3, 10)
	e.UID, e.Location = "imported@example.com", place
	return e
}
