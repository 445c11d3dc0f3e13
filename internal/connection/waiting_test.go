package connection_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/connection"
	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// braked is a connection at which n deletions in the calendar were held.
func braked(t *testing.T, n int) (*rig, store.Connection, store.Hold) {
	t.Helper()
	r := newRig(t)
	c := r.connect(r.alice, "work", everything)
	cal := r.cal(r.Alice.Email, "work")
	ids := make([]provider.RemoteID, n)
	for i := range ids {
		ids[i] = cal.Add(event(fmt.Sprint("event ", i), i%12))
	}
	r.run(c.ID)
	for _, id := range ids {
		cal.Delete(id)
	}
	r.run(c.ID)
	holds, err := r.s.Holds(r.ctx(), r.alice, c.ID)
	r.ok(err)
	if len(holds) != 1 || holds[0].Size != n || len(r.Activities()) != n {
		t.Fatalf("%d activities, holds %+v", len(r.Activities()), holds)
	}
	return r, c, holds[0]
}

func TestAHoldIsDecidedOnce(t *testing.T) {
	for name, c := range map[string]struct {
		decide func(r *rig, h store.ID) error
		left   int
	}{
		"confirmed": {func(r *rig, h store.ID) error { return r.s.Confirm(r.ctx(), r.alice, h) }, 0},
		"rejected":  {func(r *rig, h store.ID) error { return r.s.Reject(r.ctx(), r.alice, h) }, 15},
	} {
		t.Run(name, func(t *testing.T) {
			r, conn, h := braked(t, 15)
			if err := r.s.Confirm(r.ctx(), r.bob, h.ID); !errors.Is(err, connection.ErrNotYours) {
				t.Errorf("by somebody else: %v", err)
			}
			if list, err := r.s.Holds(r.ctx(), r.bob, 0); err != nil || len(list) != 0 {
				t.Errorf("somebody else sees %d holds: %v", len(list), err)
			}
			r.ok(c.decide(r, h.ID))
			for range 2 {
				r.run(conn.ID)
				if n := len(r.Activities()); n != c.left {
					t.Errorf("%d activities, want %d", n, c.left)
				}
			}
			if works := r.Works(conn.ID); len(works) != 0 {
				t.Errorf("%d items still wait", len(works))
			}
			if n := len(r.cal(r.Alice.Email, "work").Held()); n != 0 {
				t.Errorf("%d events came back", n)
			}
			if _, ok := errors.AsType[*connection.ErrState](c.decide(r, h.ID)); !ok {
				t.Error("it was decided twice")
			}
			if r.audits()["hold_"+name] != 1 {
				t.Errorf("audit: %v", r.audits())
			}
		})
	}
}

func TestWhatWaitsCanBeRetriedSentOrDroppedAsItsStateAllows(t *testing.T) {
	r := newRig(t)
	r.add(r.Alice, "meeting", 1)
	c := r.connect(r.alice, "work", `{"start":"everything","guests":"on_send"}`)
	r.run(c.ID)
	activity := r.Activities()[0].ID
	acts := map[string]func(who connection.Who, id store.ID) error{
		"retry": func(w connection.Who, id store.ID) error { return r.s.Retry(r.ctx(), w, id) },
		"send":  func(w connection.Who, id store.ID) error { return r.s.Send(r.ctx(), w, id) },
		"drop":  func(w connection.Who, id store.ID) error { return r.s.Drop(r.ctx(), w, id) },
	}
	for name, s := range map[string]struct {
		held    string
		in      time.Duration
		allowed string
	}{
		"parked":        {store.HeldByParked, 0, "retry drop"},
		"backing off":   {store.HeldByNothing, time.Hour, "retry drop"},
		"needs sending": {store.HeldBySending, 0, "send drop"},
		"held":          {store.HeldByBrake + "9", 0, "drop"},
		"due":           {store.HeldByNothing, 0, "retry"}, // a run may have it in hand
	} {
		for act, do := range acts {
			var w store.Work
			r.Tx(func(tx engine.Tx) (err error) {
				if err = tx.PutWork(r.ctx(), c.ID, fmt.Sprint("a:", activity), nil, r.Now(), true); err != nil {
					return err
				}
				if w, err = tx.WorkBySubject(r.ctx(), c.ID, fmt.Sprint("a:", activity)); err != nil {
					return err
				}
				w.HeldBy, w.Due, w.Attempts, w.Reason = s.held, r.Now().Add(s.in), 3, "refused"
				return tx.UpdateWork(r.ctx(), w)
			})
			if err := do(r.bob, w.ID); !errors.Is(err, connection.ErrNotYours) {
				t.Errorf("%s what is %s by somebody else: %v", act, name, err)
			}
			err := do(r.alice, w.ID)
			if want := contains(s.allowed, act); (err == nil) != want {
				t.Errorf("%s what is %s: %v", act, name, err)
			}
			works := r.Works(c.ID)
			switch {
			case err == nil && act == "drop" && len(works) != 0:
				t.Errorf("dropped, and %+v waits", works[0])
			case err == nil && act == "send" && works[0].Class != engine.ClassSend:
				t.Errorf("sending is not allowed: %+v", works[0])
			case err == nil && act != "drop" && (works[0].HeldBy != "" || works[0].Due.After(r.Now()) || works[0].Attempts != 0):
				t.Errorf("%s, and yet %+v", act, works[0])
			}
		}
	}
	if a := r.audits(); a["work_send"] == 0 || a["work_drop"] == 0 {
		t.Errorf("audit: %v", a)
	}
}

func TestNothingIsSentWhereTheSettingForGuestsIsNever(t *testing.T) {
	r := newRig(t)
	r.add(r.Alice, "meeting", 1)
	c := r.connect(r.alice, "work", everything) // never is the default
	r.run(c.ID)
	var w store.Work
	subject := fmt.Sprint("a:", r.Activities()[0].ID)
	r.Tx(func(tx engine.Tx) (err error) {
		if err = tx.PutWork(r.ctx(), c.ID, subject, nil, r.Now(), true); err != nil {
			return err
		}
		if w, err = tx.WorkBySubject(r.ctx(), c.ID, subject); err != nil {
			return err
		}
		w.HeldBy = store.HeldBySending
		return tx.UpdateWork(r.ctx(), w)
	})
	if err := r.s.Send(r.ctx(), r.alice, w.ID); !errors.Is(err, connection.ErrNeverMails) {
		t.Errorf("sent: %v", err)
	}
	if works := r.Works(c.ID); len(works) != 1 || works[0].HeldBy != store.HeldBySending || r.audits()["work_send"] != 0 {
		t.Errorf("waiting %+v, audit %v", works, r.audits())
	}
}

// questioned is a connection to something that keeps no keys, in which a creation was not answered and something like it is there.
func questioned(t *testing.T) (r *rig, conn, activity, item store.ID, cal *enginetest.Calendar) {
	t.Helper()
	r = newRig(t)
	cal = enginetest.New(enginetest.CRM())
	cal.Now = r.Now
	r.cals[r.Alice.Email+"/work"] = cal
	cal.After = func(c enginetest.Call) error {
		if c.Op != "put" {
			return nil
		}
		cal.After = nil
		return &provider.Error{Op: "put", Class: provider.Unknown}
	}
	r.add(r.Alice, "meeting", 1)
	c := r.connect(r.alice, "work", everything)
	r.run(c.ID)
	for id := range cal.Held() {
		cal.Edit(id, func(e *calendar.Event) { e.Subject = "Renamed" })
	}
	r.Pass(time.Hour)
	r.run(c.ID)
	for _, w := range r.Works(c.ID) {
		switch w.Reason {
		case engine.Unsure:
			activity = w.ID
		case engine.UnsureItem:
			item = w.ID
		}
	}
	if activity == 0 || item == 0 {
		t.Fatalf("nobody asks: %+v", r.Works(c.ID))
	}
	return r, c.ID, activity, item, cal
}

func TestAQuestionIsAnsweredOnceByWhoseItIs(t *testing.T) {
	for name, x := range map[string]struct {
		answer func(r *rig, who connection.Who, activity, item store.ID) error
		wrong  func(r *rig, activity, item store.ID) error
		both   int
	}{
		"it is this one": {
			func(r *rig, who connection.Who, _, item store.ID) error { return r.s.ThisOne(r.ctx(), who, item) },
			func(r *rig, activity, _ store.ID) error { return r.s.ThisOne(r.ctx(), r.alice, activity) }, 1,
		},
		"none of them": {
			func(r *rig, who connection.Who, activity, _ store.ID) error {
				return r.s.MakeAnew(r.ctx(), who, activity)
			},
			func(r *rig, _, item store.ID) error { return r.s.MakeAnew(r.ctx(), r.alice, item) }, 2,
		},
	} {
		t.Run(name, func(t *testing.T) {
			r, conn, activity, item, cal := questioned(t)
			if err := x.answer(r, r.bob, activity, item); !errors.Is(err, connection.ErrNotYours) {
				t.Errorf("by somebody else: %v", err)
			}
			if _, ok := errors.AsType[*connection.ErrState](x.wrong(r, activity, item)); !ok {
				t.Error("the question was answered at the wrong end")
			}
			r.ok(x.answer(r, r.alice, activity, item))
			if r.audits()["work_answer"] != 1 {
				t.Errorf("audit: %v", r.audits())
			}
			if _, ok := errors.AsType[*connection.ErrState](x.answer(r, r.alice, activity, item)); !ok {
				t.Error("it was answered twice")
			}
			for range 3 {
				r.run(conn)
				r.Pass(time.Minute)
			}
			if here, there := len(r.Activities()), len(cal.Held()); here != x.both || there != x.both || len(r.Works(conn)) != 0 {
				t.Errorf("%d here, %d there, waiting: %+v", here, there, r.Works(conn))
			}
		})
	}
}
