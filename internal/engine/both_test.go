package engine_test

import (
	"encoding/json"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
	"tahti/internal/lens"
	"tahti/internal/provider"
	"tahti/internal/store"
)

func setSubject(s string) func(*crm.Activity) { return func(a *crm.Activity) { a.Plan.Subject = s } }
func setTitle(s string) func(*calendar.Event) { return func(e *calendar.Event) { e.Subject = s } }
func setPlace(s string) func(*calendar.Event) { return func(e *calendar.Event) { e.Location = s } }
func policy(rule string) func(*lens.Settings) { return func(s *lens.Settings) { s.Conflicts = rule } }
func to(direction lens.Direction) func(*lens.Settings) {
	return func(s *lens.Settings) { s.Direction = direction }
}

func TestDifferentFieldsMerge(t *testing.T) {
	r, a, id := linked(t, enginetest.Options{}, true, event("Call", 3, 10), nil)
	r.Edit(r.Alice, a.ID, setSubject("Call Bob"), "subject")
	r.cal.Edit(id, func(e *calendar.Event) { e.Start.Wall += 3600; e.End.Wall += 3600 })
	r.Settle(r.id)
	r.inStep(t, 1)
	if a := r.only(t); a.Plan.Subject != "Call Bob" || a.Plan.Start.Wall != hour(3, 11) {
		t.Errorf("%+v", a.Plan.Values)
	}
	if c := r.Conflicts(); len(c) != 0 {
		t.Errorf("conflicts: %+v", c)
	}
}

func TestOneFieldFollowsThePolicyAndTheLoserIsKept(t *testing.T) {
	for _, c := range []struct {
		name, rule string
		last       string // who edits last, by five minutes
		want, lost string
	}{
		{"the newest wins here", "newest", "here", "ours", "theirs"},
		{"the newest wins there", "newest", "there", "theirs", "ours"},
		{"the CRM wins", "crm", "there", "ours", "theirs"},
		{"the calendar wins", "calendar", "here", "theirs", "ours"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, a, id := linked(t, enginetest.Options{}, true, event("Call", 3, 10), policy(c.rule))
			here := func() { r.Edit(r.Alice, a.ID, setSubject("ours"), "subject") }
			there := func() { r.cal.Edit(id, setTitle("theirs")) }
			if c.last == "here" {
				here, there = there, here
			}
			here()
			r.Pass(5 * time.Minute)
			there()
			r.Settle(r.id)
			r.inStep(t, 1)
			if got := r.only(t).Plan.Subject; got != c.want {
				t.Errorf("%q won", got)
			}
			list := r.Conflicts()
			if len(list) != 1 || string(list[0].Lost) != `"`+c.lost+`"` || list[0].Field != "subject" {
				t.Fatalf("conflicts: %+v", list)
			}
		})
	}
}

func TestDeletionsFollow(t *testing.T) {
	for _, ours := range []bool{true, false} {
		r, a, _ := linked(t, enginetest.Options{}, ours, event("Call", 3, 10), nil)
		r.Delete(r.Alice, a.ID)
		r.Settle(r.id)
		r.inStep(t, 0)
		r, _, id := linked(t, enginetest.Options{Unproven: true}, ours, event("Call", 3, 10), nil)
		r.cal.Delete(id)
		r.Settle(r.id)
		r.inStep(t, 0)
		r, _, id = linked(t, enginetest.Options{Listing: true}, ours, event("Call", 3, 10), nil)
		r.cal.Delete(id)
		r.Settle(r.id)
		r.inStep(t, 0)
	}
}

func TestAnEditOutlivesADeletion(t *testing.T) {
	for _, ours := range []bool{true, false} {
		r, a, id := linked(t, enginetest.Options{}, ours, event("Call", 3, 10), nil)
		r.Delete(r.Alice, a.ID)
		r.cal.Edit(id, setPlace("Room 4"))
		r.Settle(r.id)
		r.inStep(t, 1)
		if a := r.only(t); a.Plan.Location != "Room 4" || len(r.Conflicts()) != 1 {
			t.Errorf("%+v, notices %+v", a.Plan.Values, r.Conflicts())
		}
		r, a, id = linked(t, enginetest.Options{}, ours, event("Call", 3, 10), nil)
		r.cal.Delete(id)
		r.Edit(r.Alice, a.ID, setSubject("Call Bob"), "subject")
		r.Settle(r.id)
		r.inStep(t, 1)
		if e := r.cal.Held()[r.onlyEvent(t)]; e.Subject != "Call Bob" || len(r.Conflicts()) != 1 {
			t.Errorf("%+v, notices %+v", e.Values, r.Conflicts())
		}
	}
}

// TestWhatDoesNotFollowIsLetGoForGood: where deletions do not follow, each side keeps its own, and neither comes back or goes
// when the other moves, nor in a sweep (I4).
func TestWhatDoesNotFollowIsLetGoForGood(t *testing.T) {
	keep := func(s *lens.Settings) { s.DeleteInCRM, s.DeleteInCalendar = false, false }
	for _, deleteHere := range []bool{true, false} {
		r, a, id := linked(t, enginetest.Options{}, true, event("Call", 3, 10), keep)
		if deleteHere {
			r.Delete(r.Alice, a.ID)
			r.Settle(r.id)
			r.cal.Edit(id, setPlace("Room 4"))
		} else {
			r.cal.Delete(id)
			r.Settle(r.id)
			r.Edit(r.Alice, a.ID, setSubject("Call Bob"), "subject")
		}
		r.Settle(r.id)
		r.cal.Forget()
		r.Settle(r.id)
		r.Quiet(r.id)
		here, there := subjects(r)
		if want := map[bool]int{true: 0, false: 1}; len(here) != want[deleteHere] || len(there) != 1-want[deleteHere] {
			t.Errorf("deleted here %t: here %q, there %q", deleteHere, here, there)
		}
	}
}

func TestOneWayConnectionsCarryOneWay(t *testing.T) {
	for _, c := range []struct {
		direction    lens.Direction
		ours         bool
		comes, goes  bool
		delIn, delTo bool // does a deletion there reach here; here reach there
	}{
		{lens.ToCalendr, true, false, true, false, true},
		{lens.ToCRM, false, true, false, true, false},
		{lens.OwnItems, true, true, true, true, true},
	} {
		build := func() (*room, crm.Activity, provider.RemoteID) {
			return linked(t, enginetest.Options{}, c.ours, event("Call", 3, 10), to(c.direction))
		}
		r, a, id := build()
		r.cal.Edit(id, setPlace("there"))
		r.Settle(r.id)
		if got := r.only(t).Plan.Location == "there"; got != c.comes {
			t.Errorf("%s: a change came in: %t", c.direction, got)
		}
		r.Edit(r.Alice, a.ID, setSubject("here"), "subject")
		r.Settle(r.id)
		e := r.cal.Held()[id]
		if got := e.Subject == "here"; got != c.goes || e.Location != "there" {
			t.Errorf("%s: a change went out: %t; %+v", c.direction, got, e.Values)
		}
		r.Sync(r.id)
		r.Quiet(r.id)
		r, _, id = build()
		r.cal.Delete(id)
		r.Settle(r.id)
		if here, _ := subjects(r); (len(here) == 0) != c.delIn {
			t.Errorf("%s: after a deletion there: %q", c.direction, here)
		}
		r, a, _ = build()
		r.Delete(r.Alice, a.ID)
		r.Settle(r.id)
		if _, there := subjects(r); (len(there) == 0) != c.delTo {
			t.Errorf("%s: after a deletion here: %q", c.direction, there)
		}
	}
}

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

func TestOnePoisonItemHoldsUpNobody(t *testing.T) {
	for _, state := range []provider.State{provider.StateUnreadable, provider.StateForbidden} {
		r := newRoom(t, enginetest.Options{}, everything)
		for i := range 4 {
			r.cal.Add(event("in", 3+i, 10))
		}
		bad := r.cal.Add(event("bad", 3, 12))
		r.cal.Spoil(bad, state, provider.UnknownZone)
		r.Sync(r.id)
		if here, _ := subjects(r); len(here) != 4 {
			t.Errorf("%v: here %q", state, here)
		}
		works := r.Works(r.id)
		if len(works) != 1 || works[0].HeldBy != store.HeldByParked || works[0].Reason != string(provider.UnknownZone) {
			t.Errorf("%v: waiting: %+v", state, works)
		}
		r.Quiet(r.id)
		r.cal.Spoil(bad, provider.StateLive, "")
		r.Settle(r.id)
		r.inStep(t, 5)
		// What is tied and becomes unreadable is touched on neither side.
		r.cal.Spoil(bad, state, provider.BadSyntax)
		a, _ := r.find("bad")
		r.Settle(r.id)
		r.Edit(r.Alice, a.ID, setSubject("worse"), "subject")
		r.Sync(r.id)
		if works := r.Works(r.id); len(works) == 0 {
			t.Errorf("%v: nothing says that it is not in step", state)
		}
		r.cal.Spoil(bad, provider.StateLive, "")
		r.Settle(r.id)
		r.inStep(t, 5)
	}
}

func TestRefusedWritesAreSetAsideWithAReason(t *testing.T) {
	r := newRoom(t, enginetest.Options{}, everything)
	r.cal.Before = func(c enginetest.Call) error {
		if c.Op == "put" && c.Key == "" {
			return nil
		}
		if c.Op == "put" && len(r.cal.Held()) == 2 {
			return &provider.Error{Op: "put", Class: provider.Rejected, Code: "inexpressible"}
		}
		return nil
	}
	for i := range 4 {
		r.Create(r.Alice, event("out", 3+i, 10))
	}
	r.Sync(r.id)
	works := r.Works(r.id)
	if len(works) != 2 || works[0].HeldBy != store.HeldByParked || works[0].Reason != "inexpressible" {
		t.Errorf("%+v", works)
	}
	r.Quiet(r.id)
}

func TestALostCursorDeletesAndDoublesNothing(t *testing.T) {
	r := newRoom(t, enginetest.Options{Unread: true}, everything)
	for i := range 5 {
		r.cal.Add(event("in", 3+i, 10))
		r.Create(r.Alice, event("out", 3+i, 14))
	}
	r.Settle(r.id)
	gone, _ := r.findEvent("in")
	r.cal.Delete(gone)
	r.cal.Add(event("new", 20, 10))
	r.cal.Forget()
	r.Settle(r.id)
	r.inStep(t, 10)
}

func TestAnErrorIsNotAnEmptyCalendar(t *testing.T) {
	r := newRoom(t, enginetest.Options{Listing: true}, everything)
	for i := range 5 {
		r.cal.Add(event("in", 3+i, 10))
	}
	r.Settle(r.id)
	r.cal.Before = func(c enginetest.Call) error {
		return &provider.Error{Op: c.Op, Class: provider.Transient, Code: provider.CodeServer}
	}
	rep, err := r.Run(r.id, false)
	if err != nil || rep.Err == nil || rep.Run.State != "failed" || rep.Run.Error != provider.CodeServer {
		t.Errorf("%+v, %v", rep, err)
	}
	r.cal.Before = nil
	r.Settle(r.id)
	r.inStep(t, 5)
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
		e.Description = e.Description[:len("--- CRM ---\n")] + "typed inside\n" + e.Description[len("--- CRM ---\n"):]
	})
	r.Settle(r.id)
	r.Sync(r.id)
	r.Quiet(r.id)
	list := r.Conflicts()
	if want, _ := json.Marshal("typed inside"); len(list) != 1 || string(list[0].Lost) != string(want) {
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
