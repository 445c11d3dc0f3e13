package engine_test

import (
	"testing"
	"time"

	"tahti/internal/engine/enginetest"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// TestAnItemThatChangedOnBothSidesIsTriedOnceATime: two pieces of work lead to one write, and rest as one does (I15).
func TestAnItemThatChangedOnBothSidesIsTriedOnceATime(t *testing.T) {
	for _, class := range []provider.Class{provider.Transient, provider.Unknown} {
		r, a, id := linked(t, enginetest.Options{}, true, event("Call", 3, 10), nil)
		r.cal.Before = func(c enginetest.Call) error {
			if c.Op == "put" {
				return &provider.Error{Op: "put", Class: class, Code: provider.CodeServer}
			}
			return nil
		}
		r.Edit(r.Alice, a.ID, setSubject("Call Bob"), "subject")
		r.cal.Edit(id, setPlace("Room 4"))
		tries := r.cal.Calls["put"]
		for i, want := range []time.Duration{15 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour} {
			at := r.Now()
			r.Sync(r.id)
			if tries++; r.cal.Calls["put"] != tries {
				t.Fatalf("%v: %d writes behind rest %d, want one", class, r.cal.Calls["put"]-tries+1, i)
			}
			works := r.Works(r.id)
			if len(works) != 2 {
				t.Fatalf("%v: waiting %+v", class, works)
			}
			for _, w := range works {
				if w.Attempts != i+1 || !w.Due.Equal(at.Add(want)) || w.Reason != provider.CodeServer {
					t.Errorf("%v: behind try %d %s rests %v, want %v: %+v", class, i+1, w.Subject, w.Due.Sub(at), want, w)
				}
			}
			r.Pass(works[0].Due.Sub(r.Now()))
		}
		// What somebody does then is tried at once, and what is tried takes the other along.
		at := r.Now()
		r.Edit(r.Alice, a.ID, setSubject("Call Bob at once"), "subject")
		r.Sync(r.id)
		for _, w := range r.Works(r.id) {
			if w.Attempts != 1 || w.Due.After(at.Add(time.Minute)) {
				t.Errorf("%v: behind an edit: %+v", class, w)
			}
		}
		r.cal.Before = nil
		r.Pass(time.Minute)
		r.Settle(r.id)
		r.inStep(t, 1)
	}
}

// TestAnItemThatChangedOnBothSidesIsSetAsideAsAWhole, and one thing that somebody does lets it go on.
func TestAnItemThatChangedOnBothSidesIsSetAsideAsAWhole(t *testing.T) {
	r, a, id := linked(t, enginetest.Options{}, true, event("Call", 3, 10), nil)
	r.cal.Before = func(c enginetest.Call) error {
		if c.Op == "put" {
			return &provider.Error{Op: "put", Class: provider.Transient, Code: provider.CodeServer}
		}
		return nil
	}
	r.Edit(r.Alice, a.ID, setSubject("Call Bob"), "subject")
	r.cal.Edit(id, setPlace("Room 4"))
	before := r.cal.Calls["put"]
	for range 12 {
		r.Sync(r.id)
		r.Pass(time.Hour)
	}
	works := r.Works(r.id)
	for _, w := range works {
		if w.HeldBy != store.HeldByParked || w.Reason != provider.CodeServer {
			t.Errorf("%+v", w)
		}
	}
	if n := r.cal.Calls["put"] - before; n != 12 || len(works) != 2 {
		t.Errorf("%d tries, want 12, and %+v", n, works)
	}
	r.Quiet(r.id)
	r.cal.Before = nil
	r.Edit(r.Alice, a.ID, setSubject("Call Bob soon"), "subject")
	r.Settle(r.id)
	r.inStep(t, 1)
}
