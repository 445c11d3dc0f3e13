package engine_test

import (
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
	"tahti/internal/lens"
	"tahti/internal/provider"
)

// types lets only calls and meetings out.
func types(s *lens.Settings) { s.TypesOut = []string{"meeting", "call"} }

func setType(key string) func(*crm.Activity) { return func(a *crm.Activity) { a.Type = key } }

func TestLeavingTheScopeWithdrawsOurMirrorAndTouchesNothingForeign(t *testing.T) {
	r, a, id := linked(t, enginetest.Options{}, true, event("Call", 3, 10), types)
	r.Edit(r.Alice, a.ID, setType("task"), "type")
	r.Settle(r.id)
	if here, there := subjects(r); len(here) != 1 || len(there) != 0 {
		t.Errorf("here %q, there %q", here, there)
	}
	r.Quiet(r.id)
	r.Edit(r.Alice, a.ID, setType("call"), "type")
	r.Settle(r.id)
	r.inStep(t, 1)
	if again := r.onlyEvent(t); again == id {
		t.Error("the withdrawn event's id was used again")
	}

	r, a, _ = linked(t, enginetest.Options{}, false, event("Call", 3, 10), types)
	r.Edit(r.Alice, a.ID, setType("task"), "type")
	r.Settle(r.id)
	r.inStep(t, 1) // what came in from there stays tied, whatever its type
}

func TestAnEditThereIsTakenInBeforeTheMirrorIsWithdrawn(t *testing.T) {
	r, a, id := linked(t, enginetest.Options{}, true, event("Call", 3, 10), types)
	r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Type, a.Plan.Subject = "task", "Not for the calendar" }, "type", "subject")
	r.cal.Edit(id, setPlace("Room 4"))
	saw := ""
	r.cal.Before = func(c enginetest.Call) error {
		if c.Op == "put" {
			saw = "a write of what is not covered"
		}
		return nil
	}
	r.Settle(r.id)
	if here, there := subjects(r); len(here) != 1 || len(there) != 0 || saw != "" {
		t.Errorf("here %q, there %q; %s", here, there, saw)
	}
	if a := r.only(t); a.Plan.Location != "Room 4" {
		t.Errorf("the edit is lost: %+v", a.Plan.Values)
	}
}

func TestOccurrencesAndMovedSeriesConverge(t *testing.T) {
	for _, ours := range []bool{true, false} {
		r, a, id := linked(t, enginetest.Options{}, ours, series("Daily", "FREQ=DAILY;COUNT=6", 3, 9), nil)
		r.cal.Edit(id, func(e *calendar.Event) {
			e.Cancelled = []calendar.Wall{hour(4, 9)}
			e.Overrides = []calendar.Override{{Original: hour(5, 9), Set: calendar.Fields(calendar.Location), Values: calendar.Values{Location: "Room 4"}}}
		})
		r.Settle(r.id)
		r.inStep(t, 1)
		// The whole series moves here while an occurrence changes there.
		r.Edit(r.Alice, a.ID, func(a *crm.Activity) {
			a.Plan.Start.Wall += 7200
			a.Plan.End.Wall += 7200
		}, "when")
		r.cal.Edit(id, func(e *calendar.Event) {
			e.Overrides = append(e.Overrides, calendar.Override{
				Original: hour(6, 9), Set: calendar.Fields(calendar.Subject), Values: calendar.Values{Subject: "Special"},
			})
		})
		r.Settle(r.id)
		r.inStep(t, 1)
		a = r.only(t)
		if a.Plan.Start.Wall != hour(3, 11) || len(a.Plan.Overrides) != 2 || !a.Plan.IsCancelled(hour(4, 11)) {
			t.Errorf("%+v", a.Plan)
		}
		if o := a.Plan.Override(hour(6, 11)); o == nil || o.Subject != "Special" {
			t.Errorf("overrides: %+v", a.Plan.Overrides)
		}
		// An occurrence is edited here and cancelled there: it takes place.
		r.Edit(r.Alice, a.ID, func(a *crm.Activity) {
			a.Plan.Overrides = append(a.Plan.Overrides, calendar.Override{
				Original: hour(7, 11), Set: calendar.Fields(calendar.Subject), Values: calendar.Values{Subject: "Important"},
			})
		}, "overrides")
		r.cal.Edit(id, func(e *calendar.Event) { e.Cancelled = append(e.Cancelled, hour(7, 11)) })
		r.Settle(r.id)
		r.inStep(t, 1)
		a = r.only(t)
		if o := a.Plan.Override(hour(7, 11)); o == nil || o.Subject != "Important" || len(r.Conflicts()) != 1 {
			t.Errorf("%+v, conflicts %+v", r.only(t).Plan.Overrides, r.Conflicts())
		}
	}
}

func TestTheTitleTemplateIsOursAndARewrittenTitleIsTheirs(t *testing.T) {
	framed := func(s *lens.Settings) { s.TitleTemplate, s.CRMContext = "{deal} > {subject}", true }
	r := newRoom(t, enginetest.Options{}, func(s *lens.Settings) { everything(s); framed(s) })
	var deal crm.Deal
	r.Tx(func(tx engine.Tx) error {
		deal = crm.Deal{OwnerID: r.Alice.ID, Title: "Big one", Status: "open", CreatedAt: r.Now(), UpdatedAt: r.Now()}
		return tx.PutDeal(t.Context(), &deal)
	})
	r.CreateActivity(r.Alice, crm.Activity{Type: "call", DealID: deal.ID, Plan: event("Call", 3, 10)})
	r.Settle(r.id)
	id := r.onlyEvent(t)
	if e := r.cal.Held()[id]; e.Subject != "Big one > Call" || e.Description == "" {
		t.Errorf("%+v", e.Values)
	}
	r.cal.Edit(id, setTitle("Big one > Call Bob"))
	r.Settle(r.id)
	if a := r.only(t); a.Plan.Subject != "Call Bob" || a.Plan.Description != "" {
		t.Errorf("%+v", a.Plan.Values)
	}
	r.Sync(r.id)
	r.Quiet(r.id)
	r.cal.Edit(id, setTitle("Something else"))
	r.Settle(r.id)
	r.Sync(r.id)
	r.Quiet(r.id)
	a := r.only(t)
	if e := r.cal.Held()[id]; a.Plan.Subject != "Something else" || e.Subject != "Something else" {
		t.Errorf("%q here, %q there", a.Plan.Subject, e.Subject)
	}
	r.cal.Edit(id, func(e *calendar.Event) {
		e.Description = e.Description[:len("--- CRM ---\n")] + "typed <inside>\n" + e.Description[len("--- CRM ---\n"):]
	})
	r.Settle(r.id)
	r.Sync(r.id)
	r.Quiet(r.id)
	list := r.Conflicts()
	if len(list) != 1 || string(list[0].Lost) != `"typed <inside>"` {
		t.Errorf("conflicts: %+v", list)
	}
	if a := r.only(t); a.Plan.Description != "" {
		t.Errorf("%q", a.Plan.Description)
	}
	// A foreign event is not dressed up, also when it is written.
	r, a, id = linked(t, enginetest.Options{}, false, event("Theirs", 3, 10), framed)
	r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Location = "Room 4" }, "location")
	r.Settle(r.id)
	if e := r.cal.Held()[id]; e.Subject != "Theirs" || e.Description != "" || e.Location != "Room 4" {
		t.Errorf("%+v", e.Values)
	}
}

// TestATitleThatSomebodyElseOrganisesIsNotWrittenAnew: an event of ours that was handed to another organiser there is theirs to name.
func TestATitleThatSomebodyElseOrganisesIsNotWrittenAnew(t *testing.T) {
	for _, theirs := range []bool{false, true} {
		r, a, id := linked(t, enginetest.Options{}, true, event("Call", 3, 10), func(s *lens.Settings) { s.Done = "tick" })
		r.cal.Edit(id, func(e *calendar.Event) {
			if theirs {
				e.Organizer = calendar.Person{Email: "carol@example.com"}
			}
		})
		r.Settle(r.id)
		r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Done = true }, "done")
		r.Settle(r.id)
		want := "✓ Call"
		if theirs {
			want = "Call"
		}
		if got := r.cal.Held()[id].Subject; got != want || len(r.Works(r.id)) != 0 || len(r.Conflicts()) != 0 {
			t.Errorf("theirs %t: it is called %q; waiting %+v, conflicts %+v", theirs, got, r.Works(r.id), r.Conflicts())
		}
		r.Quiet(r.id)
	}
}

// TestATemplateStaysOnWhateverElseIsEditedThere.
func TestATemplateStaysOnWhateverElseIsEditedThere(t *testing.T) {
	r, a, id := linked(t, enginetest.Options{}, true, event("Call", 3, 10), func(s *lens.Settings) { s.Done = "tick" })
	r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Done = true }, "done")
	r.Settle(r.id)
	r.cal.Edit(id, setPlace("Room 4"))
	r.Settle(r.id)
	r.inStepBut(t, id, "✓ Call")
	r.Edit(r.Alice, a.ID, setSubject("Call Bob"), "subject")
	r.Settle(r.id)
	r.inStepBut(t, id, "✓ Call Bob")
}

// inStepBut checks a single pair, of which the event has a title of its own.
func (r *room) inStepBut(t *testing.T, id provider.RemoteID, title string) {
	t.Helper()
	a, e := r.only(t), r.cal.Held()[id]
	if e.Subject != title {
		t.Errorf("it is called %q there, want %q", e.Subject, title)
	}
	e.Subject = a.Plan.Subject
	same(t, &a, e)
	r.Quiet(r.id)
}

// TestATitleWithoutItsTemplateIsARewrittenOne: somebody wrote it, and what was written here meanwhile is kept.
func TestATitleWithoutItsTemplateIsARewrittenOne(t *testing.T) {
	r, a, id := linked(t, enginetest.Options{}, true, event("Call", 3, 10), func(s *lens.Settings) { s.Done, s.Conflicts = "tick", "calendar" })
	r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Done = true }, "done")
	r.Settle(r.id)
	r.Edit(r.Alice, a.ID, setSubject("Call Bob"), "subject")
	r.cal.Edit(id, func(e *calendar.Event) { e.Subject, e.Location = "Call", "Room 4" })
	r.Settle(r.id)
	if a := r.only(t); a.Plan.Subject != "Call" || a.Plan.Location != "Room 4" || r.cal.Held()[id].Subject != "Call" {
		t.Errorf("here %+v, there %q", a.Plan.Values, r.cal.Held()[id].Subject)
	}
	if list := r.Conflicts(); len(list) != 1 || string(list[0].Lost) != `"Call Bob"` || list[0].Winner != "calendar" {
		t.Errorf("conflicts: %+v", list)
	}
	r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Location = "Room 5" }, "location") // the template stays off
	r.Settle(r.id)
	if e := r.cal.Held()[id]; e.Subject != "Call" || e.Location != "Room 5" {
		t.Errorf("there %+v", e.Values)
	}
	r.Quiet(r.id)
}
