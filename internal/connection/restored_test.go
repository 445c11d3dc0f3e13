package connection_test

import (
	"errors"
	"testing"
	"time"

	"tahti/internal/connection"
	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// wantHeld compares a connection's state, and that its hold asks an administrator.
func (r *rig) wantHeld(what string, id store.ID, reason string) store.Hold {
	r.t.Helper()
	if c := r.get(id); c.State != store.Held || c.Reason != reason || c.Cursor != "" {
		r.t.Fatalf("%s: it is %s (%s)", what, c.State, c.Reason)
	}
	holds, err := r.s.Holds(r.ctx(), r.alice, id)
	r.ok(err)
	if len(holds) != 1 || holds[0].Kind != store.HoldRestore || holds[0].Reason != reason {
		r.t.Fatalf("%s: holds %+v", what, holds)
	}
	return holds[0]
}

// restored is a connection of bob's with something to carry, held since the data was restored.
func restored(t *testing.T) (*rig, store.Connection) {
	r := newRig(t)
	c := r.connect(r.bob, "work", everything)
	r.run(c.ID)
	r.Pass(time.Minute)
	r.add(r.Bob, "meeting", 2)
	r.ok(r.s.HoldAll(r.ctx(), r.Company, connection.Restored))
	r.wantHeld("after a restore", c.ID, connection.Restored)
	r.Pass(time.Minute)
	return r, c
}

// TestNoWayAroundAnAdministratorsLook: whatever its owner does to a connection that is held since a restore, it does not
// write before an administrator has seen what it would do (I25).
func TestNoWayAroundAnAdministratorsLook(t *testing.T) {
	for name, way := range map[string]func(r *rig, c store.Connection) store.ID{
		"stopped and connected again": func(r *rig, c store.Connection) store.ID {
			_, err := r.s.Stop(r.ctx(), r.bob, c.ID, true)
			r.ok(err)
			return r.connect(r.bob, "work", everything).ID
		},
		"stopped, and chosen again for the same account": func(r *rig, c store.Connection) store.ID {
			_, err := r.s.Stop(r.ctx(), r.bob, c.ID, true)
			r.ok(err)
			x, err := r.s.Connect(r.ctx(), r.bob, connection.Request{Provider: kind, Account: c.Account})
			r.ok(err)
			x, err = r.s.ChooseCalendar(r.ctx(), r.bob, x.ID, "work")
			r.ok(err)
			return x.ID
		},
		"stopped, and connected by somebody else": func(r *rig, c store.Connection) store.ID {
			_, err := r.s.Stop(r.ctx(), r.bob, c.ID, true)
			r.ok(err)
			x, err := r.s.Connect(r.ctx(), r.alice, request(r.Bob.Email, "work", everything))
			r.ok(err)
			return x.ID
		},
		"rejected and connected again": func(r *rig, c store.Connection) store.ID {
			r.ok(r.s.Reject(r.ctx(), r.bob, r.wantHeld("before", c.ID, connection.Restored).ID))
			return r.connect(r.bob, "work", everything).ID
		},
		"stopped by an administrator who removes what it made, and connected again": func(r *rig, c store.Connection) store.ID {
			_, err := r.s.Stop(r.ctx(), r.alice, c.ID, false)
			r.ok(err)
			return r.connect(r.bob, "work", everything).ID
		},
		"another calendar beside it": func(r *rig, c store.Connection) store.ID { return r.connect(r.bob, "home", everything).ID },
		"its account signed in again": func(r *rig, c store.Connection) store.ID {
			r.ok(r.s.Reconnect(r.ctx(), r.bob, c.Account, request(r.Bob.Email, "", "").Sign))
			return c.ID
		},
		"its settings saved": func(r *rig, c store.Connection) store.ID {
			_, err := r.s.SaveSettings(r.ctx(), r.bob, c.ID, connection.Save{Settings: []byte(`{"start":"today"}`)})
			r.ok(err)
			return c.ID
		},
	} {
		t.Run(name, func(t *testing.T) {
			r, c := restored(t)
			id := way(r, c)
			h := r.wantHeld("then", id, connection.Restored)
			if _, err := r.s.Resume(r.ctx(), r.bob, id); !errors.Is(err, connection.ErrNotYours) {
				t.Errorf("resumed by its owner: %v", err)
			}
			if err := r.s.Confirm(r.ctx(), r.bob, h.ID); !errors.Is(err, connection.ErrNotYours) {
				t.Errorf("confirmed by its owner: %v", err)
			}
		})
	}
}

// TestWhatRestsIsHeldWhenItWouldGoOn: pausing and stopping outlast a restore, and so does the question.
func TestWhatRestsIsHeldWhenItWouldGoOn(t *testing.T) {
	r := newRig(t)
	paused := r.connect(r.bob, "work", everything)
	_, err := r.s.Pause(r.ctx(), r.bob, paused.ID)
	r.ok(err)
	stopped := r.connect(r.alice, "work", everything)
	_, err = r.s.Stop(r.ctx(), r.alice, stopped.ID, true)
	r.ok(err)
	unchosen, err := r.s.Connect(r.ctx(), r.alice, request(r.Alice.Email, "", ""))
	r.ok(err)
	r.ok(r.s.HoldAll(r.ctx(), r.Company, connection.Cloned))
	for id, state := range map[store.ID]string{paused.ID: store.Paused, stopped.ID: store.Stopped, unchosen.ID: store.ChooseCalendar} {
		if got := r.get(id).State; got != state {
			t.Errorf("connection %d is %s, want %s", id, got, state)
		}
	}
	_, err = r.s.Pause(r.ctx(), r.bob, paused.ID) // once more changes nothing
	r.ok(err)
	_, err = r.s.Resume(r.ctx(), r.bob, paused.ID)
	r.ok(err)
	r.wantHeld("resumed", paused.ID, connection.Cloned)
	again := r.connect(r.alice, "work", everything)
	r.wantHeld("connected again", again.ID, connection.Cloned)
	_, err = r.s.ChooseCalendar(r.ctx(), r.alice, unchosen.ID, "home")
	r.ok(err)
	r.wantHeld("with a calendar at last", unchosen.ID, connection.Cloned)
}

// TestWhatRestedIsNotCleanedByItsOwner: what sync made is removed from the calendar of the original, which may well be alive (I25).
func TestWhatRestedIsNotCleanedByItsOwner(t *testing.T) {
	for _, reason := range []string{connection.Cloned, connection.Restored} {
		r := newRig(t)
		c := r.connect(r.bob, "work", everything)
		r.add(r.Bob, "meeting", 2)
		r.run(c.ID)
		_, err := r.s.Pause(r.ctx(), r.bob, c.ID)
		r.ok(err)
		r.ok(r.s.HoldAll(r.ctx(), r.Company, reason))
		there := len(r.cal(r.Bob.Email, "work").Held())
		var refused *connection.ErrState
		if _, err := r.s.Stop(r.ctx(), r.bob, c.ID, false); !errors.As(err, &refused) {
			t.Errorf("%s, and removed by its owner: %v", reason, err)
		}
		if n := len(r.cal(r.Bob.Email, "work").Held()); n != there || there == 0 {
			t.Errorf("%s: %d of %d events are left", reason, n, there)
		}
	}
}

// TestAnAdministratorLooksAndLetsGo: the look comes first, counts for what is held now only, and then all goes on.
func TestAnAdministratorLooksAndLetsGo(t *testing.T) {
	for name, confirm := range map[string]func(r *rig, id, hold store.ID) error{
		"by resuming":   func(r *rig, id, _ store.ID) error { _, err := r.s.Resume(r.ctx(), r.alice, id); return err },
		"by confirming": func(r *rig, _, hold store.ID) error { return r.s.Confirm(r.ctx(), r.alice, hold) },
	} {
		t.Run(name, func(t *testing.T) {
			r, c := restored(t)
			h := r.wantHeld("at first", c.ID, connection.Restored)
			if err := confirm(r, c.ID, h.ID); !errors.Is(err, connection.ErrLookFirst) {
				t.Fatalf("confirmed unseen: %v", err)
			}
			r.wantHeld("still", c.ID, connection.Restored)
			look, err := r.s.DryRun(r.ctx(), r.alice, c.ID)
			r.ok(err)
			if look.ID == 0 || look.Kind != store.RunDry || look.Counts[engine.CreatedInCalendar] != 2 {
				t.Errorf("the look: %+v", look)
			}
			r.Pass(time.Second)
			r.ok(r.s.HoldAll(r.ctx(), r.Company, connection.Restored)) // once more: it was a look at other rows
			h = r.wantHeld("again", c.ID, connection.Restored)
			if err := confirm(r, c.ID, h.ID); !errors.Is(err, connection.ErrLookFirst) {
				t.Errorf("confirmed on an old look: %v", err)
			}
			r.Pass(time.Second)
			_, err = r.s.DryRun(r.ctx(), r.alice, c.ID)
			r.ok(err)
			r.ok(confirm(r, c.ID, h.ID))
			if got := r.get(c.ID); got.State != store.Active || got.Reason != "" {
				t.Errorf("it is %s (%s)", got.State, got.Reason)
			}
			holds, err := r.s.Holds(r.ctx(), r.alice, 0)
			r.ok(err)
			if len(holds) != 0 {
				t.Errorf("still asked: %+v", holds)
			}
			if counts := r.run(c.ID); counts[engine.CreatedInCalendar] != 2 {
				t.Errorf("the run did %v, unlike what was shown", counts)
			}
		})
	}
}

// TestWhatWasSeenBeforeCountsByNoClock: a clock that was set back does not make an old look a new one, nor a new one old.
func TestWhatWasSeenBeforeCountsByNoClock(t *testing.T) {
	r := newRig(t)
	c := r.connect(r.bob, "work", everything)
	r.run(c.ID)
	_, err := r.s.DryRun(r.ctx(), r.alice, c.ID)
	r.ok(err)
	r.Pass(-5 * time.Minute)
	r.ok(r.s.HoldAll(r.ctx(), r.Company, connection.Restored))
	if _, err := r.s.Resume(r.ctx(), r.alice, c.ID); !errors.Is(err, connection.ErrLookFirst) {
		t.Fatalf("resumed on a look from before the restore: %v", err)
	}
	r.wantHeld("still", c.ID, connection.Restored)
	r.Pass(-5 * time.Minute)
	_, err = r.s.DryRun(r.ctx(), r.alice, c.ID)
	r.ok(err)
	_, err = r.s.Resume(r.ctx(), r.alice, c.ID)
	r.ok(err)
}

// TestALookThatWasOvertakenIsNoLook: whoever was looking when the data was restored has looked at other rows.
func TestALookThatWasOvertakenIsNoLook(t *testing.T) {
	r, c := restored(t)
	cal := r.cal(r.Bob.Email, "work")
	cal.Before = func(enginetest.Call) error {
		cal.Before = nil
		return r.s.HoldAll(r.ctx(), r.Company, connection.Restored)
	}
	if _, err := r.s.DryRun(r.ctx(), r.alice, c.ID); !errors.Is(err, connection.ErrLookFirst) {
		t.Fatalf("looked: %v", err)
	}
	if _, err := r.s.Resume(r.ctx(), r.alice, c.ID); !errors.Is(err, connection.ErrLookFirst) {
		t.Errorf("resumed: %v", err)
	}
}

// TestAFailedLookIsNoLook: what could not be seen authorises nothing.
func TestAFailedLookIsNoLook(t *testing.T) {
	r, c := restored(t)
	cal := r.cal(r.Bob.Email, "work")
	cal.Before = func(enginetest.Call) error { return &provider.Error{Op: "pull", Class: provider.SignIn} }
	if _, err := r.s.DryRun(r.ctx(), r.alice, c.ID); err == nil {
		t.Fatal("the look did not fail")
	}
	cal.Before = nil
	if _, err := r.s.Resume(r.ctx(), r.alice, c.ID); !errors.Is(err, connection.ErrLookFirst) {
		t.Errorf("resumed: %v", err)
	}
}
