package engine_test

import (
	"testing"
	"time"

	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// TestWhatIsDeletedWhileItWaitsDoesNotComeInAfterASweep: an item was listed and a run died before it was dealt with. Then it
// is deleted, and the calendar forgets its cursor: only that it is not in the listing says so (I4).
func TestWhatIsDeletedWhileItWaitsDoesNotComeInAfterASweep(t *testing.T) {
	waited := false
	for k := 1; ; k++ {
		r := newRoom(t, enginetest.Options{}, everything)
		r.Settle(r.id)
		id := r.cal.Add(event("gone soon", 3, 10))
		before := r.Steps
		r.CrashAt = before + k
		r.Run(r.id, false)
		died := r.Steps == r.CrashAt
		r.Revive()
		waited = waited || len(r.Works(r.id)) > 0
		r.cal.Delete(id)
		r.cal.Forget()
		r.Settle(r.id)
		if list := r.Activities(); len(list) != 0 {
			t.Errorf("died at step %d: %q came in", k, list[0].Plan.Subject)
		}
		r.Quiet(r.id)
		if !died {
			break
		}
	}
	if !waited {
		t.Error("the item never waited")
	}
}

// TestWhatWasSetAsideAndIsGoneWaitsNoMore: the calendar forgot its cursor, so no list will ever say that it was deleted.
func TestWhatWasSetAsideAndIsGoneWaitsNoMore(t *testing.T) {
	r := newRoom(t, enginetest.Options{}, everything)
	gone, stays := r.cal.Add(event("gone", 3, 10)), r.cal.Add(event("stays", 4, 10))
	for _, id := range []provider.RemoteID{gone, stays} {
		r.cal.Spoil(id, provider.StateUnreadable, provider.BadSyntax)
	}
	r.Settle(r.id)
	r.cal.Delete(gone)
	r.cal.Forget()
	r.Settle(r.id)
	if works := r.Works(r.id); len(works) != 1 || works[0].Subject != "r:"+string(stays) || works[0].HeldBy != store.HeldByParked {
		t.Errorf("waiting: %+v", works)
	}
	r.Quiet(r.id)
}

// TestASweepListsNothingThatIsKnown, however many items there are (I3).
func TestASweepListsNothingThatIsKnown(t *testing.T) {
	r := newRoom(t, enginetest.Options{Listing: true}, everything)
	for i := range 130 {
		r.cal.Add(event("in", 1+i%28, 8+i%10))
	}
	r.Settle(r.id)
	r.cal.Add(event("new", 3, 20))
	listed := r.cal.Listed
	r.Settle(r.id)
	if n := r.cal.Listed - listed; n != 1 {
		t.Errorf("%d items were listed, and one is new", n)
	}
	listed = r.cal.Listed
	r.Quiet(r.id)
	if n := r.cal.Listed - listed; n != 0 {
		t.Errorf("%d items were listed, and none is new", n)
	}
}

// TestASweepAsksNoOftenerThanItHasTo: for the changes, where there are any since a cursor, and for the whole once.
func TestASweepAsksNoOftenerThanItHasTo(t *testing.T) {
	for _, c := range []struct {
		name          string
		o             enginetest.Options
		audit, forget bool
		pulls         int
	}{
		{"changes alone", enginetest.Options{}, false, false, 1},
		{"an audit", enginetest.Options{}, true, false, 2},
		{"an audit of a calendar that knows no changes", enginetest.Options{Listing: true}, true, false, 1},
		{"the cursor is lost", enginetest.Options{}, false, true, 2},
		{"the cursor is lost in an audit", enginetest.Options{}, true, true, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRoom(t, c.o, everything)
			r.cal.Add(event("in", 3, 10))
			r.Settle(r.id)
			r.cal.Add(event("new", 4, 10))
			if c.forget {
				r.cal.Forget()
			}
			before := r.cal.Calls["pull"]
			if rep, err := r.Run(r.id, c.audit); err != nil || rep.Err != nil {
				t.Fatal(err, rep.Err)
			}
			if n := r.cal.Calls["pull"] - before; n != c.pulls {
				t.Errorf("it pulled %d times, want %d", n, c.pulls)
			}
			r.inStep(t, 2)
		})
	}
}

// TestWhatWasWrittenIsNotReadAgain: the answer says what is there.
func TestWhatWasWrittenIsNotReadAgain(t *testing.T) {
	r, a, _ := linked(t, enginetest.Options{}, true, event("out", 3, 10), nil)
	r.Edit(r.Alice, a.ID, setSubject("out again"), "subject")
	r.Settle(r.id)
	second := r.Create(r.Alice, event("second", 4, 10))
	r.Settle(r.id)
	r.Delete(r.Alice, second.ID)
	r.Settle(r.id)
	if c := r.cal.Calls; c["put"] != 3 || c["remove"] != 1 || c["read"]+c["find"] != 0 {
		t.Errorf("%v", c)
	}
}

// TestAStartThatGoesOnIsNoSweep: a connection takes its starting point anew, the run dies anywhere, people edit an event that is tied and add
// another, and the cursor that the start goes on from passes over both. They show a day after all was listed, not a day after the start
// went on.
func TestAStartThatGoesOnIsNoSweep(t *testing.T) {
	passed := 0
	for k := 1; ; k++ {
		r, a, id := linked(t, enginetest.Options{}, false, event("Call", 3, 10), nil)
		r.set(t, func(c *store.Connection) { c.Baselined, c.Cursor = false, "" })
		r.CrashAt = r.Steps + k
		r.Run(r.id, false)
		died := r.Steps == r.CrashAt
		r.Revive()
		r.Pass(20 * time.Hour)
		r.cal.Edit(id, setPlace("Room 4"))
		r.cal.Add(event("Lunch", 3, 12))
		r.cal.Bend = func(p provider.Pull) provider.Pull {
			if d, is := p.(provider.Delta); is {
				passed += len(d.Items)
				return provider.Delta{Next: d.Next, More: d.More}
			}
			return p
		}
		r.Settle(r.id)
		r.cal.Bend = nil
		r.Pass(3 * time.Hour)
		var audited time.Time
		r.set(t, func(c *store.Connection) { audited = c.Audited })
		if r.Now().Sub(audited) > 24*time.Hour {
			r.audit()
		}
		r.Settle(r.id)
		if got := r.Activity(a.ID).Plan.Location; got != "Room 4" || len(r.Activities()) != 2 {
			t.Errorf("died at step %d: the activity is at %q, and there are %d", k, got, len(r.Activities()))
		}
		if !died {
			break
		}
	}
	if passed == 0 {
		t.Error("no cursor passed over anything")
	}
}

// tieIs lets the tie of an item have another state.
func (r *room) tieIs(id provider.RemoteID, state store.LinkState) {
	r.T.Helper()
	r.Tx(func(tx engine.Tx) error {
		l, err := tx.LinkByRemote(r.T.Context(), r.id, string(id))
		if err != nil {
			return err
		}
		l.State = state
		return tx.PutLink(r.T.Context(), &l)
	})
}

// TestAHintThatSomethingIsGoneIsAReasonToAsk, where it is tied and goes on: of all else nothing hangs on that, and what is looked at anyway
// waits as it is (I6, I17).
func TestAHintThatSomethingIsGoneIsAReasonToAsk(t *testing.T) {
	for name, c := range map[string]struct {
		set  func(r *room, id provider.RemoteID)
		gone int // works that ask
	}{
		"tied":     {func(*room, provider.RemoteID) {}, 1},
		"not tied": {func(r *room, _ provider.RemoteID) { r.forgetLinks() }, 0},
		"goes its own way": {func(r *room, id provider.RemoteID) {
			r.tieIs(id, store.LinkSevered)
		}, 0},
		"rests": {func(r *room, id provider.RemoteID) { r.tieIs(id, store.LinkDormant) }, 0},
		"waits": {func(r *room, id provider.RemoteID) {
			r.Tx(func(tx engine.Tx) error { return tx.PutWork(t.Context(), r.id, "r:"+string(id), nil, r.Now(), false) })
		}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			r, _, id := linked(t, enginetest.Options{Unseen: true}, false, event("call", 3, 10), nil)
			c.set(r, id)
			before := r.Works(r.id)
			r.Tx(func(tx engine.Tx) error { return engine.Doubt(t.Context(), tx, r.id, id, r.Now()) })
			if works := r.Works(r.id); len(works)-len(before) != c.gone || len(before) == 1 && works[0].Revision != before[0].Revision {
				t.Errorf("waiting: %+v", works)
			}
			r.cal.Delete(id)
			r.Settle(r.id)
			if gone := len(r.Activities()) == 0; gone != (name == "tied" || name == "waits") {
				t.Errorf("%d activities", len(r.Activities()))
			}
		})
	}
}
