package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
	"tahti/internal/lens"
	"tahti/internal/store"
)

// TestTwoMachinesThatDisagreeAreParted: a third party rewrites what we write, each time we write it (I22).
func TestTwoMachinesThatDisagreeAreParted(t *testing.T) {
	r, a, id := linked(t, enginetest.Options{}, true, event("Call", 3, 10), nil)
	for range 12 {
		r.Edit(r.Alice, a.ID, setSubject("ours"), "subject")
		r.Sync(r.id)
		r.cal.Edit(id, setTitle("theirs"))
		r.Sync(r.id)
		r.Pass(time.Minute)
	}
	works := r.Works(r.id)
	if len(works) == 0 || works[0].Reason != engine.Loop {
		t.Errorf("waiting: %+v", works)
	}
}

// TestACircleThroughTwoCalendarsIsParted: a tool carries each title from one of two calendars to the other and puts a word before it;
// we carry it back. To us one of them only changes, and the other one only is written (I22).
func TestACircleThroughTwoCalendarsIsParted(t *testing.T) {
	r, other := relayed(t)
	id := r.cal.Add(event("Call", 3, 10))
	r.Settle(r.id, other.id)
	theirs := other.onlyEvent(t)
	before := r.cal.Writes
	for range 50 {
		title := r.cal.Held()[id].Subject
		other.cal.Edit(theirs, setTitle(strings.Repeat("x", 1+strings.Count(title, "x")%7)+title))
		r.Sync(other.id)
		r.Sync(r.id)
		r.Pass(time.Minute)
	}
	if n := r.cal.Writes - before; n > 25 {
		t.Errorf("%d writes in 50 minutes", n)
	}
	if works := r.Works(other.id); len(works) != 1 || works[0].Reason != engine.Loop {
		t.Errorf("waiting: %+v", works)
	}
}

// TestWhatGoesRoundSlowlyIsPartedToo: calendars that send no notifications are asked every five minutes, so that no hour is full of it (I22).
func TestWhatGoesRoundSlowlyIsPartedToo(t *testing.T) {
	t.Run("in turn", func(t *testing.T) {
		r, a, id := linked(t, enginetest.Options{}, true, event("Call", 3, 10), nil)
		before := r.cal.Writes
		disagree := func() {
			r.Edit(r.Alice, a.ID, setSubject("ours"), "subject")
			r.Sync(r.id)
			r.cal.Edit(id, setTitle("theirs"))
			r.Sync(r.id)
			r.Pass(15 * time.Minute)
		}
		for range 40 {
			disagree()
		}
		if n := r.cal.Writes - before; n > 21 {
			t.Errorf("%d writes in ten hours", n)
		}
		works := r.Works(r.id)
		if len(works) == 0 || works[0].Reason != engine.Loop {
			t.Fatalf("waiting: %+v", works)
		}
		goOn(t, r, works[0]) // somebody has stopped the program
		r.Settle(r.id)
		if works := r.Works(r.id); len(works) != 0 {
			t.Errorf("waits once it was let go on: %+v", works)
		}
	})
	t.Run("through two calendars", func(t *testing.T) {
		r, other := relayed(t)
		id := r.cal.Add(event("Call", 3, 10))
		r.Settle(r.id, other.id)
		theirs, before := other.onlyEvent(t), r.cal.Writes
		for i := range 100 {
			other.cal.Edit(theirs, setTitle(fmt.Sprint("Call ", i)))
			r.Sync(other.id)
			r.Sync(r.id)
			r.Pass(5 * time.Minute)
		}
		if n := r.cal.Writes - before; n > 60 {
			t.Errorf("%d writes in eight hours", n)
		}
		works := r.Works(other.id)
		if len(works) != 1 || works[0].Reason != engine.Loop {
			t.Fatalf("waiting: %+v", works)
		}
		goOn(t, other, works[0])
		r.Settle(other.id, r.id)
		if works := r.Works(other.id); len(works) != 0 || r.cal.Held()[id].Subject != "Call 99" {
			t.Errorf("once it was let go on, %q is there, and waits: %+v", r.cal.Held()[id].Subject, works)
		}
	})
}

// goOn is a person who lets go on what waits for them.
func goOn(t *testing.T, r *room, w store.Work) {
	t.Helper()
	r.Tx(func(tx engine.Tx) error {
		c, err := tx.Connection(t.Context(), w.Connection)
		if err != nil {
			return err
		}
		if err := r.Engine.GoOn(t.Context(), tx, c, w); err != nil {
			return err
		}
		w.HeldBy, w.Class, w.Reason = store.HeldByNothing, "", ""
		return tx.UpdateWork(t.Context(), w)
	})
}

// TestAPersonMaySaveAnEventOften: no loop is seen in the edits of somebody who is at work on one event.
func TestAPersonMaySaveAnEventOften(t *testing.T) {
	for _, both := range []bool{false, true} {
		r, other := relayed(t)
		id := r.cal.Add(event("Call", 3, 10))
		r.Settle(r.id, other.id)
		n := 15
		if !both { // of what is in no other calendar nothing can go round
			r.Settings(other.id, func(s *lens.Settings) { s.Direction = lens.ToCRM })
			id, n = r.cal.Add(event("Lunch", 4, 10)), 40
			r.Settle(r.id, other.id)
		}
		for i := range n {
			r.cal.Edit(id, setPlace(fmt.Sprint("Room ", i)))
			r.Sync(r.id)
			r.Sync(other.id)
			r.Pass(time.Minute)
		}
		if works := r.Works(r.id); len(works) != 0 {
			t.Errorf("waiting: %+v", works)
		}
		if !containsPlace(r.Activities(), fmt.Sprint("Room ", n-1)) {
			t.Errorf("the last edit did not come in: %+v", r.Activities())
		}
	}
}

func containsPlace(list []crm.Activity, place string) bool {
	for _, a := range list {
		if a.Plan.Location == place {
			return true
		}
	}
	return false
}
