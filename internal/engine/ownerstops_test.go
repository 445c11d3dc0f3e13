package engine_test

import (
	"fmt"
	"testing"

	"tahti/internal/engine"
	"tahti/internal/store"
)

// TestWhenTheOwnerStopsTheNextOwnsTheMeeting, and when they come back, it is the organiser's again.
func TestWhenTheOwnerStopsTheNextOwnsTheMeeting(t *testing.T) {
	a, b := pair(t, nothing)
	a.cal.Add(organised())
	inB := b.cal.Add(organised())
	mine := event("Mine", 5, 10)
	b.cal.Add(mine)
	a.Settle(a.id, b.id)
	m, _ := a.find("Review")
	own, _ := a.find("Mine")
	state := func(f func(tx engine.Tx, c *store.Connection) error) {
		a.Tx(func(tx engine.Tx) error {
			c, err := tx.Connection(t.Context(), b.id)
			if err != nil {
				return err
			}
			if err := f(tx, &c); err != nil {
				return err
			}
			return tx.PutConnection(t.Context(), &c)
		})
	}
	state(func(tx engine.Tx, c *store.Connection) error {
		c.State = store.Stopped
		if err := a.Engine.StepBack(t.Context(), tx, *c); err != nil {
			return err
		}
		return tx.DetachLinks(t.Context(), c.ID)
	})
	if m, own = a.Activity(m.ID), a.Activity(own.ID); m.OwnerID != a.Alice.ID || len(a.people(m)) != 2 || own.OwnerID != a.Bob.ID {
		t.Errorf("the meeting is of %v, his own of %v", a.people(m), a.people(own))
	}
	a.Quiet(a.id)
	state(func(tx engine.Tx, c *store.Connection) error {
		c.State, c.Cursor = store.Active, ""
		if err := tx.PutWork(t.Context(), c.ID, fmt.Sprint("a:", m.ID), nil, a.Now(), false); err != nil {
			return err
		}
		return tx.AttachLinks(t.Context(), c.ID)
	})
	b.cal.Edit(inB, setPlace("Room 4"))
	a.Settle(a.id, b.id)
	if m = a.Activity(m.ID); m.OwnerID != a.Bob.ID || m.Plan.Location != "Room 4" || len(a.people(m)) != 2 {
		t.Errorf("the meeting is of %v and at %q", a.people(m), m.Plan.Location)
	}
	a.Quiet(a.id, b.id)
}
