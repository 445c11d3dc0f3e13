package connection_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"tahti/internal/connection"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
	"tahti/internal/lens"
	"tahti/internal/provider"
	"tahti/internal/store"
)

func TestWhoMayDoWhat(t *testing.T) {
	r := newRig(t)
	ctx := r.ctx()
	for name, do := range map[string]func(who connection.Who, c store.Connection) error{
		"get":     func(w connection.Who, c store.Connection) error { _, err := r.s.Get(ctx, w, c.ID); return err },
		"pause":   func(w connection.Who, c store.Connection) error { _, err := r.s.Pause(ctx, w, c.ID); return err },
		"stop":    func(w connection.Who, c store.Connection) error { _, err := r.s.Stop(ctx, w, c.ID, true); return err },
		"remove":  func(w connection.Who, c store.Connection) error { _, err := r.s.Stop(ctx, w, c.ID, false); return err },
		"sync":    func(w connection.Who, c store.Connection) error { _, err := r.s.SyncNow(ctx, w, c.ID); return err },
		"dry run": func(w connection.Who, c store.Connection) error { _, err := r.s.DryRun(ctx, w, c.ID); return err },
		"await": func(w connection.Who, c store.Connection) error {
			ended, cancel := context.WithCancel(ctx)
			cancel()
			if _, err := r.s.Await(ended, w, c.ID, 0); !errors.Is(err, context.Canceled) {
				return err
			}
			_, err := r.s.Get(ctx, w, c.ID)
			return err
		},
		"waiting": func(w connection.Who, c store.Connection) error {
			_, err := r.s.Waiting(ctx, w, c.ID, 0, 10)
			return err
		},
		"preview": func(w connection.Who, c store.Connection) error {
			_, err := r.s.PreviewSettings(ctx, w, c.ID, []byte(`{}`))
			return err
		},
		"save": func(w connection.Who, c store.Connection) error {
			_, err := r.s.SaveSettings(ctx, w, c.ID, connection.Save{Settings: []byte(`{}`)})
			return err
		},
	} {
		c := r.connect(r.alice, "work", "")
		if err := do(r.bob, c); !errors.Is(err, connection.ErrNotYours) {
			t.Errorf("%s by somebody else: %v", name, err)
		}
		if err := do(r.alice, c); err != nil {
			t.Errorf("%s by the owner: %v", name, err)
		}
		if r.get(c.ID).State != store.Stopped {
			_, err := r.s.Stop(ctx, r.alice, c.ID, true)
			r.ok(err)
		}
		r.Pass(time.Minute)
		theirs := r.connect(r.bob, "work", "")
		if err := do(r.alice, theirs); err != nil {
			t.Errorf("%s by an administrator: %v", name, err)
		}
		if r.get(theirs.ID).State != store.Stopped {
			_, err := r.s.Stop(ctx, r.bob, theirs.ID, true)
			r.ok(err)
		}
		r.Pass(time.Minute)
	}
	if err := r.s.StopAll(ctx, r.bob); !errors.Is(err, connection.ErrNotYours) {
		t.Errorf("stop all by a user: %v", err)
	}
	if err := r.s.ResumeAll(ctx, r.bob); !errors.Is(err, connection.ErrNotYours) {
		t.Errorf("resume all by a user: %v", err)
	}
}

func TestStatesAllowWhatTheyAllow(t *testing.T) {
	r := newRig(t)
	c := r.connect(r.bob, "work", "")
	acts := map[string]func() error{
		"pause":   func() error { _, err := r.s.Pause(r.ctx(), r.bob, c.ID); return err },
		"resume":  func() error { _, err := r.s.Resume(r.ctx(), r.bob, c.ID); return err },
		"sync":    func() error { _, err := r.s.SyncNow(r.ctx(), r.bob, c.ID); return err },
		"dry run": func() error { _, err := r.s.DryRun(r.ctx(), r.bob, c.ID); return err },
		"remove":  func() error { _, err := r.s.Stop(r.ctx(), r.bob, c.ID, false); return err },
	}
	for state, allowed := range map[string]string{
		store.Active: "pause sync dry run remove", store.Retrying: "pause sync dry run remove", store.Paused: "pause resume dry run remove",
		store.Held: "dry run", store.Stopped: "", store.NeedsSignIn: "pause dry run remove", store.ChooseCalendar: "remove",
	} {
		for name, act := range acts {
			r.set(c.ID, func(c *store.Connection) { c.State = state })
			err := act()
			want := contains(allowed, name)
			if (err == nil) != want {
				t.Errorf("%s while %s: %v", name, state, err)
			}
			if !want {
				if r.get(c.ID).State != state {
					t.Errorf("%s while %s was refused, and yet it is %s", name, state, r.get(c.ID).State)
				}
			}
		}
	}
	r.set(c.ID, func(c *store.Connection) { c.State = store.Held })
	if _, err := r.s.Resume(r.ctx(), r.alice, c.ID); err != nil || r.get(c.ID).State != store.Active {
		t.Errorf("an administrator lets go what is held: %v", err)
	}
}

func contains(list, word string) bool {
	for i := 0; i+len(word) <= len(list); i++ {
		if list[i:i+len(word)] == word {
			return true
		}
	}
	return false
}

func TestStoppingRemovesWhatSyncMadeAndNothingElse(t *testing.T) {
	r := newRig(t)
	r.add(r.Alice, "meeting", 3)
	c := r.connect(r.alice, "work", everything)
	cal := r.cal(r.Alice.Email, "work")
	foreign := cal.Add(event("theirs", 15))
	r.run(c.ID)
	left := 1
	cal.Before = func(call enginetest.Call) error {
		if left--; call.Op == "remove" && left < 0 {
			return &provider.Error{Op: "remove", Class: provider.Transient}
		}
		return nil
	}
	if _, err := r.s.Stop(r.ctx(), r.alice, c.ID, false); err == nil {
		t.Fatal("the server failed, and yet everything was removed")
	}
	if got := r.get(c.ID).State; got != store.Paused {
		t.Errorf("after an error the connection is %s", got)
	}
	cal.Before = nil
	_, err := r.s.Stop(r.ctx(), r.alice, c.ID, false)
	r.ok(err)
	if held := cal.Held(); len(held) != 1 || held[foreign].Subject != "theirs" {
		t.Errorf("the calendar holds %d events", len(held))
	}
	if n := len(r.Activities()); n != 3 {
		t.Errorf("%d activities, want the three that were born here", n)
	}
	if cal.Mailed != 0 || len(cal.Wrongs) != 0 {
		t.Errorf("%d mailed; %v", cal.Mailed, cal.Wrongs)
	}
	if r.get(c.ID).State != store.Stopped || r.audits()["stop"] != 1 {
		t.Errorf("state %s, audit %v", r.get(c.ID).State, r.audits())
	}
}

// saves is a database that saves a few times, and then is full.
type saves struct {
	engine.Store
	left int
}

var errFull = errors.New("the disk is full")

func (s *saves) Tx(ctx context.Context, company store.ID, f func(engine.Tx) error) error {
	if s.left--; s.left < 0 {
		return errFull
	}
	return s.Store.Tx(ctx, company, f)
}

// TestWhatARemovalThatBrokeOffHasTakenAwayComesInAgain where somebody lets the connection go on instead: nothing else has become of the
// event, so that no list would tell of it before the next audit.
func TestWhatARemovalThatBrokeOffHasTakenAwayComesInAgain(t *testing.T) {
	for name, pause := range map[string]bool{"at once": false, "paused once more": true} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.add(r.Alice, "meeting", 1)
			c := r.connect(r.alice, "work", everything)
			cal := r.cal(r.Alice.Email, "work")
			cal.Add(event("theirs", 15))
			r.run(c.ID)
			stopping := *r.s
			stopping.Store = &saves{Store: r.s.Store, left: 1}
			if _, err := stopping.Stop(r.ctx(), r.alice, c.ID, false); !errors.Is(err, errFull) || len(r.Activities()) != 1 || len(cal.Held()) != 1 {
				t.Fatalf("%d activities, %d events, %v", len(r.Activities()), len(cal.Held()), err)
			}
			if pause {
				_, err := r.s.Pause(r.ctx(), r.alice, c.ID)
				r.ok(err)
			}
			_, err := r.s.Resume(r.ctx(), r.alice, c.ID)
			r.ok(err)
			r.run(c.ID)
			if here, there := len(r.Activities()), len(cal.Held()); here != 2 || there != 2 {
				t.Errorf("%d activities, %d events", here, there)
			}
		})
	}
}

func TestStoppingWaitsForTheRunThatIsUnderWay(t *testing.T) {
	r := newRig(t)
	c := r.connect(r.alice, "work", everything)
	row := store.Run{Connection: c.ID, Kind: "sync", State: "running", Started: r.Now()}
	r.Tx(func(tx engine.Tx) error { return tx.PutRun(r.ctx(), &row) })
	short, cancel := context.WithTimeout(r.ctx(), 100*time.Millisecond)
	defer cancel()
	if _, err := r.s.Stop(short, r.alice, c.ID, false); err == nil {
		t.Error("what the run is writing was missed")
	}
	row.State, row.Finished = "done", r.Now()
	r.Tx(func(tx engine.Tx) error { return tx.PutRun(r.ctx(), &row) })
	if _, err := r.s.Stop(r.ctx(), r.alice, c.ID, false); err != nil {
		t.Error(err)
	}
}

func TestADryRunForeseesWithWhatWasMadeToday(t *testing.T) {
	r := newRig(t)
	r.add(r.Alice, "meeting", 5)
	c := r.connect(r.alice, "work", everything)
	look, err := r.s.DryRun(r.ctx(), r.alice, c.ID)
	if err != nil || look.Counts[engine.CreatedInCalendar] != 5 {
		t.Fatalf("%v, %v", look, err)
	}
	if got := r.run(c.ID)[engine.CreatedInCalendar]; got != 5 {
		t.Errorf("%d were made, 5 foreseen", got)
	}
	if _, err := r.s.DryRun(r.ctx(), r.alice, c.ID); err != nil {
		t.Fatal(err)
	}
	if h := r.get(c.ID).Health; h.ExpectedOut != 5 {
		t.Errorf("a quiet dry run forgot what today's starting point foresaw: %d", h.ExpectedOut)
	}
}

func TestSyncNowIsRefusedWhileTheAccountRests(t *testing.T) {
	r := newRig(t)
	c := r.connect(r.alice, "work", "")
	r.Tx(func(tx engine.Tx) error {
		a, err := tx.Account(r.ctx(), c.Account)
		if err != nil {
			return err
		}
		a.BlockedUntil = r.Now().Add(time.Minute)
		return tx.PutAccount(r.ctx(), &a)
	})
	if _, err := r.s.SyncNow(r.ctx(), r.alice, c.ID); provider.ClassOf(err) != provider.RateLimited {
		t.Errorf("sync now: %v", err)
	}
}

func TestTheCompanyWideStop(t *testing.T) {
	r := newRig(t)
	c := r.connect(r.alice, "work", everything)
	r.run(c.ID)
	r.ok(r.s.StopAll(r.ctx(), r.alice))
	if !r.shut[r.Company] {
		t.Error("the gate is open")
	}
	r.add(r.Alice, "meeting", 1)
	r.run(c.ID)
	if n := len(r.cal(r.Alice.Email, "work").Held()); n != 0 {
		t.Errorf("%d events were written while all was stopped", n)
	}
	r.ok(r.s.ResumeAll(r.ctx(), r.alice))
	if r.shut[r.Company] {
		t.Error("the gate is shut")
	}
	r.run(c.ID)
	if n := len(r.cal(r.Alice.Email, "work").Held()); n != 1 {
		t.Errorf("%d events after all goes on", n)
	}
	if a := r.audits(); a["stop_all"] != 1 || a["resume_all"] != 1 {
		t.Errorf("audit: %v", a)
	}
}

func TestHealthTellsHowLongAChangeTook(t *testing.T) {
	r := newRig(t)
	c := r.connect(r.alice, "work", everything)
	r.run(c.ID)
	if got := r.get(c.ID).Health.Lag; got != 0 {
		t.Errorf("nothing was carried, and it took %d ms", got)
	}
	r.add(r.Alice, "meeting", 1)
	r.Pass(3 * time.Second)
	r.run(c.ID)
	r.run(c.ID) // a quiet one keeps it
	if got := r.get(c.ID).Health.Lag; got < 3000 || got > 4000 {
		t.Errorf("a change that waited for three seconds took %d ms", got)
	}
}

// TestSyncingOneIsNotPromisedWhereSomethingElseIsInTheWay: the wish is for now, and nothing would be left of it once that is cleared away.
func TestSyncingOneIsNotPromisedWhereSomethingElseIsInTheWay(t *testing.T) {
	r := newRig(t)
	a := r.CreateActivity(r.Alice, crm.Activity{Type: "task", Plan: event("Old", 10)})
	r.Pass(time.Minute)
	c := r.connect(r.alice, "work", `{"types_out":["meeting"]}`)
	r.run(c.ID)
	refused, ok := errors.AsType[*connection.ErrKeptOut](r.s.SyncOne(r.ctx(), r.alice, c.ID, a.ID))
	if !ok || refused.Reason != lens.TypeNotSelected || len(r.Works(c.ID)) != 0 {
		t.Fatalf("while its type is left out: %v, waiting %+v", refused, r.Works(c.ID))
	}
	_, err := r.s.SaveSettings(r.ctx(), r.alice, c.ID, connection.Save{Settings: []byte(`{"types_out":["task"]}`), OnNarrow: connection.KeepMirrors})
	r.ok(err)
	_, err = r.s.Pause(r.ctx(), r.alice, c.ID)
	r.ok(err)
	r.ok(r.s.SyncOne(r.ctx(), r.alice, c.ID, a.ID)) // a connection that rests remembers it
	_, err = r.s.Resume(r.ctx(), r.alice, c.ID)
	r.ok(err)
	r.run(c.ID)
	if there := r.cal(r.alice.User.Email, "work").Held(); len(there) != 1 {
		t.Errorf("there is %+v", there)
	}
	r.ok(r.s.SyncOne(r.ctx(), r.alice, c.ID, a.ID)) // what is in sync is looked at again
}

// TestWhatWasDroppedGoesOutOnceItIsSynced: nothing else carries it over before somebody edits it.
func TestWhatWasDroppedGoesOutOnceItIsSynced(t *testing.T) {
	r := newRig(t)
	c := r.connect(r.alice, "work", everything)
	r.run(c.ID)
	a := r.CreateActivity(r.Alice, crm.Activity{Type: "task", Plan: event("Mine", 10)})
	w := r.Works(c.ID)[0]
	w.HeldBy = store.HeldByParked
	r.Tx(func(tx engine.Tx) error { return tx.UpdateWork(r.ctx(), w) })
	r.ok(r.s.Drop(r.ctx(), r.alice, w.ID))
	r.run(c.ID)
	x, err := r.s.Explain(r.ctx(), r.alice, c.ID, a.ID)
	if r.ok(err); len(x.Obstacles) != 1 || x.Obstacles[0].Reason != lens.Dropped || x.Obstacles[0].Remedy != lens.SyncOne {
		t.Errorf("once it is dropped: %+v", x)
	}
	r.ok(r.s.SyncOne(r.ctx(), r.alice, c.ID, a.ID))
	r.run(c.ID)
	x, err = r.s.Explain(r.ctx(), r.alice, c.ID, a.ID)
	if r.ok(err); !x.InSync || len(r.cal(r.alice.User.Email, "work").Held()) != 1 {
		t.Errorf("once somebody has asked for it: %+v", x)
	}
}

// TestWhatACRMMayBeGivenIsKnownBeforeItsFirstRun: until then its connection counted as one to a calendar of one's own.
func TestWhatACRMMayBeGivenIsKnownBeforeItsFirstRun(t *testing.T) {
	for name, connect := range map[string]func(r *rig) store.ID{
		"connected at once": func(r *rig) store.ID { return r.connect(r.alice, "work", everything).ID },
		"chosen later": func(r *rig) store.ID {
			c := r.connect(r.alice, "", everything)
			_, err := r.s.ChooseCalendar(r.ctx(), r.alice, c.ID, "work")
			r.ok(err)
			return c.ID
		},
		"connected once more": func(r *rig) store.ID {
			was := r.connect(r.alice, "work", everything)
			r.Tx(func(tx engine.Tx) error { // as older versions left it
				was.Health.Limits = store.Limits{}
				return tx.PutConnection(r.ctx(), &was)
			})
			_, err := r.s.Stop(r.ctx(), r.alice, was.ID, true)
			r.ok(err)
			return r.connect(r.alice, "work", everything).ID
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.cal(r.Alice.Email, "work").Options = enginetest.CRM()
			a := r.CreateActivity(r.Alice, crm.Activity{Type: "meeting", Plan: event("Mine", 9), Visibility: crm.OwnerOnly})
			id := connect(r)
			refused, ok := errors.AsType[*connection.ErrKeptOut](r.s.SyncOne(r.ctx(), r.alice, id, a.ID))
			if !ok || refused.Reason != lens.OwnersOnly {
				t.Errorf("syncing what is its owner's alone is answered by %v", refused)
			}
			if x, err := r.s.Explain(r.ctx(), r.alice, id, a.ID); err != nil || len(x.Obstacles) != 1 || x.Obstacles[0].Reason != lens.OwnersOnly {
				t.Errorf("in its way is %+v, %v", x.Obstacles, err)
			}
		})
	}
}
