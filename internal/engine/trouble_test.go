package engine_test

import (
	"testing"

	"tahti/internal/engine/enginetest"
	"tahti/internal/provider"
	"tahti/internal/store"
)

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
