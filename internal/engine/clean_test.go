package engine_test

import (
	"testing"

	"tahti/internal/crm"
	"tahti/internal/engine/enginetest"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// loseAnswers lets writes of a kind arrive, and their answers not.
func (r *room) loseAnswers(op string) {
	r.cal.After = func(c enginetest.Call) error {
		if c.Op == op {
			return &provider.Error{Op: op, Class: provider.Unknown}
		}
		return nil
	}
}

func (r *room) clean() error {
	target := r.Target(r.id)
	err := r.Engine.Clean(r.T.Context(), target)
	if done := r.DB.FinishWake(r.T.Context(), target.Claim, r.Now()); done != nil {
		r.T.Fatal(done)
	}
	return err
}

// TestCleaningTakesAwayWhatWasMadeWithoutAnAnswer: such an event has no tie yet that names it, but it is there.
func TestCleaningTakesAwayWhatWasMadeWithoutAnAnswer(t *testing.T) {
	r := newRoom(t, enginetest.Options{}, everything)
	foreign := r.cal.Add(event("theirs", 3, 8))
	r.loseAnswers("put")
	for i := range 3 {
		r.Create(r.Alice, event("out", 3+i, 10))
	}
	r.Sync(r.id)
	r.cal.After = nil
	if n := len(r.cal.Held()); n != 4 {
		t.Fatalf("%d events, want 3 made and 1 of theirs", n)
	}
	r.cal.Before = func(c enginetest.Call) error {
		if c.Op == "find" {
			return &provider.Error{Op: "find", Class: provider.Transient}
		}
		return nil
	}
	if err := r.clean(); err == nil {
		t.Error("cleaning says that it is through, and could not look")
	}
	r.cal.Before = nil
	if err := r.clean(); err != nil {
		t.Fatal(err)
	}
	if held := r.cal.Held(); len(held) != 1 || held[foreign].Subject != "theirs" {
		t.Errorf("still there: %v", held)
	}
	if here, _ := subjects(r); len(here) != 3 {
		t.Errorf("here %q: what was born here stays, what came in goes", here)
	}
	for _, l := range r.Links(r.id) {
		if l.Ours {
			t.Errorf("still tied: %+v", l)
		}
	}
}

func TestCleaningSettlesWritesWhoseAnswersWereLost(t *testing.T) {
	for _, edited := range []bool{false, true} {
		r, a, id := linked(t, enginetest.Options{}, true, event("Call", 3, 10), nil)
		r.loseAnswers("put")
		r.Edit(r.Alice, a.ID, setSubject("Call Bob"), "subject")
		r.Sync(r.id)
		r.cal.After = nil
		if edited {
			r.cal.Edit(id, setPlace("Room 4"))
		}
		if err := r.clean(); err != nil {
			t.Fatal(err)
		}
		if n := len(r.cal.Held()); n != map[bool]int{false: 0, true: 1}[edited] {
			t.Errorf("edited there %t: %d events are left", edited, n)
		}
	}
}

func TestCleaningGoesThroughADeletionWhoseAnswerWasLost(t *testing.T) {
	r, a, _ := linked(t, enginetest.Options{}, true, event("Call", 3, 10), nil)
	r.Create(r.Alice, event("Other", 4, 10))
	r.Settle(r.id)
	r.loseAnswers("remove")
	r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Location = "here" }, "location")
	r.Delete(r.Alice, a.ID)
	r.Sync(r.id)
	r.cal.After = nil
	if err := r.clean(); err != nil {
		t.Fatal(err)
	}
	if n := len(r.cal.Held()); n != 0 {
		t.Errorf("%d events are left", n)
	}
	for _, l := range r.Links(r.id) {
		if l.State != store.LinkGone {
			t.Errorf("still tied: %+v", l)
		}
	}
}
