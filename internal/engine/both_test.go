package engine_test

import (
	"strings"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
	"tahti/internal/lens"
	"tahti/internal/provider"
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

// TestWhatCameInIsEditedHereWithoutAConflict: what both sides say is what both know, and one write is enough.
func TestWhatCameInIsEditedHereWithoutAConflict(t *testing.T) {
	for _, ours := range []bool{true, false} {
		r, a, id := linked(t, enginetest.Options{Guard: provider.GuardFull}, ours, event("Call", 3, 10), nil)
		r.cal.Edit(id, setPlace("Room 4"))
		r.Settle(r.id)
		puts := r.cal.Calls["put"]
		r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Location = "Room 5" }, "location")
		r.Settle(r.id)
		r.inStep(t, 1)
		if got := r.only(t).Plan.Location; got != "Room 5" || len(r.Conflicts()) != 0 || r.cal.Calls["put"] != puts+1 {
			t.Errorf("ours %t: at %q, conflicts %+v, %d writes", ours, got, r.Conflicts(), r.cal.Calls["put"]-puts)
		}
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

// TestWhatIsMadeAnewIsFramedAsOurs: an event that was born there is made again by us, and gets what ours get.
func TestWhatIsMadeAnewIsFramedAsOurs(t *testing.T) {
	r, a, id := linked(t, enginetest.Options{}, false, event("Call", 3, 10), func(s *lens.Settings) { s.CRMContext = true })
	r.cal.Delete(id)
	r.Edit(r.Alice, a.ID, setSubject("Call Bob"), "subject")
	r.Settle(r.id)
	if r.cal.Writes != 1 {
		t.Errorf("%d writes, want one", r.cal.Writes)
	}
	if e := r.cal.Held()[r.onlyEvent(t)]; !strings.Contains(e.Description, "--- CRM ---") {
		t.Errorf("no context: %q", e.Description)
	}
	if a := r.only(t); a.Plan.Description != "" {
		t.Errorf("our own words came in: %q", a.Plan.Description)
	}
	r.Quiet(r.id)
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

// TestWhatTheCalendarSaysIsHeardFirst, also where more waits to go out than one batch holds: an invitation that is there by now is the
// meeting, and no second item is made of that beside it (I1). A dry run says so.
func TestWhatTheCalendarSaysIsHeardFirst(t *testing.T) {
	r := newRoom(t, enginetest.Options{}, everything)
	other := enginetest.New(enginetest.Options{})
	otherID := r.Connect(r.Alice, other, func(s *lens.Settings) { everything(s); s.Relay = true })
	r.Settle(otherID)
	r.cal.Add(meeting("Review", "dave"))
	r.Settle(r.id)
	const more = 120
	for i := range more {
		r.Create(r.Alice, event("out", 1+i%28, 8+i%10))
	}
	other.Add(meeting("Review", "dave"))
	target := r.Target(otherID)
	counts, err := r.Engine.DryRun(t.Context(), target, nil)
	if err != nil || counts[engine.CreatedInCalendar] != more || counts[engine.LinkedCount] != 1 {
		t.Errorf("a dry run says %v, %v", counts, err)
	}
	rep, err := r.Engine.Run(t.Context(), target)
	done := rep.Counts // of so many the brake holds some
	if err != nil || done[engine.CreatedInCalendar]+done[engine.HeldCount] != more || done[engine.LinkedCount] != 1 || done[engine.ParkedCount] != 0 {
		t.Errorf("a run does %v, %v", done, err)
	}
}
