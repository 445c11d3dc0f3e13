package engine_test

import (
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/engine/enginetest"
	"tahti/internal/lens"
)

// partakes has Alice own a meeting in which Bob takes part, who has a second calendar.
func partakes(t *testing.T) (a, b *room, second *enginetest.Calendar) {
	t.Helper()
	a, b = pair(t, nothing)
	a.cal.Add(meeting("Review", "dave"))
	b.cal.Add(meeting("Review", "dave"))
	a.Settle(a.id, b.id)
	if m := a.only(t); m.OwnerID != a.Alice.ID || len(a.parts(m.ID)) != 1 {
		t.Fatalf("owned by %d, with %+v", m.OwnerID, a.parts(m.ID))
	}
	return a, b, enginetest.New(enginetest.Options{})
}

func relay(s *lens.Settings) { everything(s); s.Relay = true }

// TestSettingsLetInWhatSomebodyTakesPartIn, and let it go, as the preview says: not only what they own.
func TestSettingsLetInWhatSomebodyTakesPartIn(t *testing.T) {
	a, _, cal := partakes(t)
	r := &room{Lab: a.Lab, cal: cal, id: a.Connect(a.Bob, cal, everything)}
	r.Settle(r.id)
	if n := len(cal.Held()); n != 0 {
		t.Fatalf("%d events before", n)
	}
	step := func(when string, there, entering, leaving, reframed int, change func(*lens.Settings)) {
		t.Helper()
		plan := r.saves(t, change)
		if len(plan.Entering) != entering || len(plan.Leaving) != leaving || len(plan.Reframed) != reframed {
			t.Errorf("%s: %+v", when, plan)
		}
		r.Pass(time.Minute)
		r.Settle(r.id)
		r.Quiet(r.id)
		if n := len(cal.Held()); n != there {
			t.Errorf("%s: %d events, want %d", when, n, there)
		}
	}
	step("what comes from elsewhere", 1, 1, 0, 0, func(s *lens.Settings) { s.Relay = true })
	step("another title", 1, 0, 0, 1, func(s *lens.Settings) { s.TitleTemplate = "CRM > {subject}" })
	if e := cal.Held()[r.onlyEvent(t)]; e.Subject != "CRM > Review" {
		t.Errorf("it is called %q", e.Subject)
	}
	step("no such type", 1, 0, 1, 0, func(s *lens.Settings) { s.TypesOut = []string{"lunch"} })
	r.cal.Edit(r.onlyEvent(t), func(e *calendar.Event) { e.Location = "Oulu" })
	r.Settle(r.id)
	if m := r.only(t); m.Plan.Location != "" {
		t.Errorf("what was let go is heard: %+v", m.Plan.Values)
	}
}

// TestAStartLetsOutWhatSomebodyTakesPartIn, as the dry run says, and foresees it, so that it is no flood.
func TestAStartLetsOutWhatSomebodyTakesPartIn(t *testing.T) {
	a, _, cal := partakes(t)
	r := &room{Lab: a.Lab, cal: cal, id: a.Connect(a.Bob, cal, relay)}
	r.foresee(t, 0)
	r.Settle(r.id)
	if n := len(cal.Held()); n != 1 {
		t.Errorf("%d events", n)
	}
	if c, _ := r.connection(t); c.Health.ExpectedOut != 1 {
		t.Errorf("foreseen: %d", c.Health.ExpectedOut)
	}
	r.Quiet(r.id)
}

// TestAColleaguesMeetingGetsNoOtherType, though it came in from a calendar whose settings give what comes in another one.
func TestAColleaguesMeetingGetsNoOtherType(t *testing.T) {
	a, b := pair(t, nothing)
	a.cal.Add(organised())
	a.Settle(a.id, b.id)
	b.cal.Add(organised()) // Bob's own, whose it is from now on
	a.Settle(a.id, b.id)
	if m := a.only(t); m.OwnerID != a.Bob.ID || m.Origin != a.id {
		t.Fatalf("owned by %d, from %d", m.OwnerID, m.Origin)
	}
	if plan := a.saves(t, func(s *lens.Settings) { s.TypeIn = "call" }); plan.Retyped != 0 {
		t.Errorf("%+v", plan)
	}
}
