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

// onlyCalls covers what has another type no more.
func onlyCalls(s *lens.Settings) { s.TypesOut = []string{"call"} }

// letGo is a room in which a creation is not answered, and settings that keep what sync has made let its activity go meanwhile.
func letGo(t *testing.T, o enginetest.Options) *room {
	t.Helper()
	r := newRoom(t, o, everything)
	lost := r.loseFirstReply()
	r.Create(r.Alice, event("call", 3, 10))
	r.Sync(r.id)
	if plan := r.saves(t, onlyCalls); !*lost || len(plan.Leaving) != 1 {
		t.Fatalf("lost %t, %+v", *lost, plan)
	}
	r.Pass(5 * time.Minute)
	return r
}

// TestACreationThatSettingsLetGoOfIsFoundAndKept: its event neither comes in as somebody's (I1, I23) nor is taken away, and what changed
// meanwhile is carried over once it is covered again.
func TestACreationThatSettingsLetGoOfIsFoundAndKept(t *testing.T) {
	for name, o := range map[string]enginetest.Options{"keys": {}, "no keys": {Keyless: true}, "in pieces": {Piecemeal: true}} {
		for _, edited := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				if edited && o.Keyless {
					t.Skip("somebody is asked whether it is this one")
				}
				r := letGo(t, o)
				if edited {
					for id := range r.cal.Held() {
						r.cal.Edit(id, setPlace("Room 4"))
					}
				}
				says, err := r.Engine.DryRun(t.Context(), r.Target(r.id), nil)
				if err != nil || says[engine.CreatedInCRM] != 0 {
					t.Errorf("a dry run says %v, %v", says, err)
				}
				r.Pass(time.Hour)
				r.Settle(r.id)
				r.Quiet(r.id)
				links := r.Links(r.id)
				if len(links) != 1 || links[0].State != store.LinkDormant || links[0].Remote == "" || links[0].Pending != nil {
					t.Fatalf("tied %+v", links)
				}
				if a := r.only(t); len(r.cal.Held()) != 1 || a.Plan.Location != "" {
					t.Errorf("%d events; here %+v", len(r.cal.Held()), a.Plan.Values)
				}
				r.saves(t, func(s *lens.Settings) { s.TypesOut = nil })
				r.Settle(r.id)
				r.inStep(t, 1)
				if a := r.only(t); (a.Plan.Location == "Room 4") != edited {
					t.Errorf("covered again it is at %q", a.Plan.Location)
				}
				r.Quiet(r.id)
			})
		}
	}
}

// TestACreationThatSettingsLetGoOfAndThatWasNotMadeIsForgotten, until it is covered again.
func TestACreationThatSettingsLetGoOfAndThatWasNotMadeIsForgotten(t *testing.T) {
	r := newRoom(t, enginetest.Options{}, everything)
	r.cal.Before = func(c enginetest.Call) error {
		if c.Op == "put" {
			return &provider.Error{Op: "put", Class: provider.Unknown}
		}
		return nil
	}
	r.Create(r.Alice, event("call", 3, 10))
	r.Sync(r.id)
	r.cal.Before = nil
	r.saves(t, onlyCalls)
	r.Pass(time.Hour)
	r.Settle(r.id)
	r.Quiet(r.id)
	if links := r.Links(r.id); len(links) != 0 || len(r.cal.Held()) != 0 {
		t.Errorf("tied %+v, there %v", links, r.cal.Held())
	}
	r.saves(t, func(s *lens.Settings) { s.TypesOut = nil })
	r.Settle(r.id)
	r.inStep(t, 1)
}

// TestAWriteUnderWayLeavesATieThatSettingsLetGoOfAtRest: the answer comes once they are saved, and the event stays.
func TestAWriteUnderWayLeavesATieThatSettingsLetGoOfAtRest(t *testing.T) {
	for name, made := range map[string]bool{"creation": false, "edit": true} {
		for _, lost := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				r := newRoom(t, enginetest.Options{}, everything)
				a := r.Create(r.Alice, event("call", 3, 10))
				if made {
					r.Settle(r.id)
					r.Edit(r.Alice, a.ID, setSubject("call Bob"), "subject")
				}
				r.cal.After = func(c enginetest.Call) error {
					if c.Op != "put" {
						return nil
					}
					r.cal.After = nil
					r.saves(t, onlyCalls)
					if lost {
						return &provider.Error{Op: "put", Class: provider.Unknown}
					}
					return nil
				}
				r.Sync(r.id)
				r.Pass(time.Hour)
				r.Settle(r.id)
				r.Quiet(r.id)
				links := r.Links(r.id)
				if len(links) != 1 || links[0].State != store.LinkDormant || len(r.cal.Held()) != 1 {
					t.Fatalf("lost %t: tied %+v, %d events", lost, links, len(r.cal.Held()))
				}
				for id := range r.cal.Held() {
					r.cal.Edit(id, func(e *calendar.Event) { e.Location = "Room 4" })
				}
				r.saves(t, func(s *lens.Settings) { s.TypesOut = nil })
				r.Settle(r.id)
				r.inStep(t, 1)
			})
		}
	}
}
