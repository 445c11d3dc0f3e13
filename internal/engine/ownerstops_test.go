package engine_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
	"tahti/internal/hub"
	"tahti/internal/lens"
	"tahti/internal/provider"
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

// TestWhatGoesItsOwnWayStaysWithItsOwnerWhenTheyStop: their calendar has carried it no more.
func TestWhatGoesItsOwnWayStaysWithItsOwnerWhenTheyStop(t *testing.T) {
	for state, moves := range map[store.LinkState]bool{store.LinkLinked: true, store.LinkSevered: false, store.LinkDormant: false} {
		a, b := pair(t, nothing)
		b.cal.Add(meeting("Review", "dave"))
		b.Settle(b.id)
		a.cal.Add(meeting("Review", "dave"))
		a.Settle(a.id)
		b.tieIs(b.onlyEvent(t), state)
		b.Tx(func(tx engine.Tx) error {
			c, err := tx.Connection(t.Context(), b.id)
			if err != nil {
				return err
			}
			return b.Engine.StepBack(t.Context(), tx, c)
		})
		if m := a.only(t); (m.OwnerID == a.Alice.ID) != moves {
			t.Errorf("a tie that is %s: it is user %d's", state, m.OwnerID)
		}
	}
}

// TestWhenTheFirstOfTwoCopiesCountsNoMoreTheNextIsHeard: it may have said for long what the first one has not heard (I11).
func TestWhenTheFirstOfTwoCopiesCountsNoMoreTheNextIsHeard(t *testing.T) {
	deletes := func(r *room, ids ...provider.RemoteID) {
		for _, id := range ids {
			r.cal.Delete(id)
		}
		r.Settle(r.id)
	}
	for name, ends := range map[string]func(*room, provider.RemoteID){
		"stopped": func(r *room, _ provider.RemoteID) {
			r.Tx(func(tx engine.Tx) error {
				c, err := tx.Connection(t.Context(), r.id)
				if err != nil {
					return err
				}
				c.State = store.Stopped
				if err := r.Engine.StepBack(t.Context(), tx, c); err != nil {
					return err
				}
				return errors.Join(tx.DetachLinks(t.Context(), c.ID), tx.PutConnection(t.Context(), &c))
			})
		},
		"brings nothing in": func(r *room, _ provider.RemoteID) { r.saves(t, to(lens.OwnItems)) },
		"thrown away, and that stays there": func(r *room, id provider.RemoteID) {
			r.saves(t, func(s *lens.Settings) { s.DeleteInCRM = false })
			deletes(r, id)
		},
		"thrown away, and somebody keeps what it is here": func(r *room, id provider.RemoteID) {
			all := []provider.RemoteID{id, r.cal.Add(event("one more", 4, 10)), r.cal.Add(event("another", 5, 10))}
			r.Settle(r.id)
			deletes(r, all...)
			held := r.Works(r.id)
			r.Tx(func(tx engine.Tx) error {
				c, err := tx.Connection(t.Context(), r.id)
				for _, w := range held {
					err = errors.Join(err, r.Engine.Accept(t.Context(), tx, c, w))
				}
				return err
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRoom(t, enginetest.Options{}, everything)
			other := enginetest.New(enginetest.Options{})
			otherID := r.Connect(r.Alice, other, everything)
			id := r.cal.Add(meeting("Review", "dave"))
			r.Settle(r.id)
			more := meeting("Review", "dave")
			more.Location = "Room 4"
			other.Add(more)
			r.Settle(otherID)
			if got := r.only(t).Plan.Location; got != "" {
				t.Fatalf("the copy that came second counts: it is at %q", got)
			}
			ends(r, id)
			r.Settle(otherID)
			r.Quiet(otherID)
			if got, _ := r.find("Review"); got.Plan.Location != "Room 4" {
				t.Errorf("it is at %q", got.Plan.Location)
			}
		})
	}
}

// TestWhatWasTypedOfADateIsKeptAlsoWhereTheSeriesMoved: the copy of who owns the meeting next is heard in what it said for long, and takes
// the place of what was typed of a date. The date has another name by then, before the series moved there as well as behind it (I2).
func TestWhatWasTypedOfADateIsKeptAlsoWhereTheSeriesMoved(t *testing.T) {
	moved := func(e *calendar.Event) {
		e.Start.Wall, e.End.Wall = e.Start.Wall+11*calendar.Day, e.End.Wall+11*calendar.Day
		for i := range e.Overrides {
			e.Overrides[i].Original += 11 * calendar.Day
		}
	}
	for _, alicesFirst := range []bool{true, false} {
		a, b := pair(t, nothing)
		daily := organised()
		daily.Rule = "FREQ=DAILY;COUNT=6"
		inA, inB := a.cal.Add(daily), b.cal.Add(daily)
		a.Settle(a.id, b.id)
		m, _ := a.find("Review")
		typed := m.Clone()
		typed.Plan.Description = "typed of a date"
		a.Tx(func(tx engine.Tx) error {
			_, err := a.Hub.PatchOccurrence(t.Context(), tx, hub.By(a.Bob), m.ID, m.Plan.Start.Wall+calendar.Day, hub.This, hub.Change{
				Fields: []string{"description"}, To: typed,
			})
			return err
		})
		if !alicesFirst {
			a.Settle(b.id, a.id)
		}
		b.cal.Edit(inB, moved)
		a.cal.Edit(inA, moved)
		if alicesFirst {
			a.Settle(a.id)
		}
		a.Settle(b.id)
		a.Tx(func(tx engine.Tx) error {
			c, err := tx.Connection(t.Context(), b.id)
			if err != nil {
				return err
			}
			c.State = store.Stopped
			if err := a.Engine.StepBack(t.Context(), tx, c); err != nil {
				return err
			}
			if err := tx.PutConnection(t.Context(), &c); err != nil {
				return err
			}
			return tx.DetachLinks(t.Context(), c.ID)
		})
		a.Settle(a.id)
		said := a.Activity(m.ID).Plan
		stands := len(said.Overrides) == 1 && said.Overrides[0].Description == "typed of a date"
		kept := slices.ContainsFunc(a.Conflicts(), func(c store.Conflict) bool { return string(c.Lost) == `"typed of a date"` })
		if !stands && !kept {
			t.Errorf("Alice's calendar first %t: what was typed is nowhere: %+v, conflicts %+v", alicesFirst, said, a.Conflicts())
		}
	}
}
