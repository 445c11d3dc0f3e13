package engine_test

import (
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
	"tahti/internal/lens"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// passesOver is a room that lets in what is there, and passes private events over.
func passesOver(t *testing.T) *room {
	return newRoom(t, enginetest.Options{}, func(s *lens.Settings) { s.Start, s.Private = lens.Everything, "skip" })
}

// A private event that is kept out is no twin of an activity: nobody is asked about it, so that nothing waits for an answer, however many
// there are, and the activities go out as if the events were not there.
func TestWhatIsPrivateAndKeptOutIsNoTwin(t *testing.T) {
	for _, n := range []int{1, 7} {
		r := passesOver(t)
		for i := range n {
			plan := event("Doctor", 3+i, 9)
			r.Create(r.Alice, plan)
			plan.Private, plan.Description = true, "what for"
			r.cal.Add(plan)
		}
		r.Pass(time.Minute)
		r.begun()
		if o := r.overlap(t); len(o.Matched)+len(o.Unsure)+len(o.There) != 0 || len(o.Here) != n {
			t.Errorf("on both sides: %+v", o.Result)
		}
		if counts, err := r.Engine.DryRun(t.Context(), r.Target(r.id), nil); err != nil || counts[engine.CreatedInCalendar] != n || counts[engine.HeldCount] != 0 {
			t.Errorf("the dry run says %v, %v", counts, err)
		}
		r.Revive() // it gives the claim back
		r.takeOver(t, engine.BothStand)
		r.Settle(r.id)
		if works, held := r.Works(r.id), r.cal.Held(); len(works) != 0 || len(held) != 2*n {
			t.Errorf("%d events, and waiting: %+v", len(held), works)
		}
		if list := r.Activities(); len(list) != n || list[0].Plan.Description != "" {
			t.Errorf("here: %+v", list)
		}
		r.Quiet(r.id)
	}
}

// An event that becomes private before anybody has been asked about it, and is kept out then, lets go of its activity once that is planned
// anew; what a person has said of it before stays said.
func TestWhatIsKeptOutLaterIsATwinNoMore(t *testing.T) {
	r := passesOver(t)
	a, other := r.Create(r.Alice, event("Doctor", 3, 9)), r.Create(r.Alice, event("Another", 4, 9))
	id := r.cal.Add(event("Doctor", 3, 9))
	r.Pass(time.Minute)
	r.begun()
	r.Tx(func(tx engine.Tx) error {
		return tx.PutTwin(t.Context(), store.Twin{Connection: r.id, Remote: string(id), Activity: other.ID, State: store.TwinApart})
	})
	r.Settle(r.id)
	if o := r.overlap(t); len(o.Matched) != 1 || r.held(t) != 2 {
		t.Fatalf("held are %d, on both sides: %+v", r.held(t), o.Result)
	}
	r.Pass(time.Minute)
	r.cal.Edit(id, func(e *calendar.Event) { e.Private = true })
	r.Settle(r.id)
	r.Tx(func(tx engine.Tx) error {
		noted, err := tx.TwinsOf(t.Context(), r.id, string(id), 0)
		if len(noted) != 1 || noted[0].State != store.TwinApart {
			t.Errorf("noted: %+v", noted)
		}
		return err
	})
	for _, w := range r.Works(r.id) {
		r.Tx(func(tx engine.Tx) error {
			w.HeldBy, w.Class, w.Reason, w.Due = store.HeldByNothing, "", "", r.Now()
			return tx.UpdateWork(t.Context(), w)
		})
	}
	r.Settle(r.id)
	made := 0
	for at, e := range r.cal.Held() {
		if e.Subject == "Doctor" && provider.RemoteID(at) != id {
			made++
		}
	}
	if works := r.Works(r.id); len(works) != 0 || made != 1 || r.Activity(a.ID).Plan.Subject != "Doctor" {
		t.Errorf("%d are made, and waiting: %+v", made, works)
	}
	r.Quiet(r.id)
}
