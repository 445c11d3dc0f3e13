package engine_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// TestARunOfWhatRestsDoesNothing, and is no failure: nobody has asked for it by now.
func TestARunOfWhatRestsDoesNothing(t *testing.T) {
	for name, rest := range map[string]func(t *testing.T, r *room){
		"paused": func(t *testing.T, r *room) { r.set(t, func(c *store.Connection) { c.State = store.Paused }) },
		"the whole company is stopped": func(t *testing.T, r *room) {
			r.Tx(func(tx engine.Tx) error {
				c, err := tx.GetCompany(t.Context())
				if err != nil {
					return err
				}
				c.Stopped = r.Now()
				return tx.PutCompany(t.Context(), c)
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRoom(t, enginetest.Options{}, everything)
			r.cal.Add(event("Call", 3, 10))
			target := r.Target(r.id)
			rest(t, r)
			rep, err := r.Engine.Run(t.Context(), target)
			if err != nil || rep.Err != nil || rep.Run.ID != 0 || len(r.Activities()) != 0 || r.cal.Calls["pull"] != 0 {
				t.Errorf("%+v, %v", rep, err)
			}
		})
	}
}

// TestARunThatIsCutOffWhileItWritesIsSettledByTheNext: nobody knows what arrived, so that nothing is said of it.
func TestARunThatIsCutOffWhileItWritesIsSettledByTheNext(t *testing.T) {
	r, a, id := linked(t, enginetest.Options{}, true, event("Call", 3, 10), nil)
	r.Edit(r.Alice, a.ID, setSubject("Call Bob"), "subject")
	ctx, cut := context.WithCancel(t.Context())
	r.cal.After = func(c enginetest.Call) error {
		if c.Op == "put" {
			cut()
		}
		return nil
	}
	if _, err := r.Engine.Run(ctx, r.Target(r.id)); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if l := r.Links(r.id); len(l) != 1 || l[0].State != store.LinkWriting || l[0].Pending == nil {
		t.Errorf("tied: %+v", l)
	}
	r.cal.After = nil
	r.Revive()
	r.Settle(r.id)
	r.inStep(t, 1)
	if got := r.cal.Held()[id].Subject; got != "Call Bob" {
		t.Errorf("it is called %q", got)
	}
}

// unsent is a calendar whose writes do not leave, as long as it is throttled.
type unsent struct {
	*enginetest.Calendar
	throttled bool
}

func (u *unsent) WriteAll(ctx context.Context, writes []engine.Write) []engine.Answer {
	if !u.throttled {
		return u.Calendar.WriteAll(ctx, writes)
	}
	answers := make([]engine.Answer, len(writes))
	for i := range answers {
		answers[i] = engine.Answer{Unsent: true, Err: &provider.Error{Op: "write", Class: provider.RateLimited}}
	}
	return answers
}

// TestWhatNeverLeftDidNotHappen: nobody has to look for it, and it goes out as it was to when there is room again.
func TestWhatNeverLeftDidNotHappen(t *testing.T) {
	r, a, _ := linked(t, enginetest.Options{}, true, event("Call", 3, 10), nil)
	gone := r.Create(r.Alice, event("Gone", 4, 10))
	r.Settle(r.id)
	r.Edit(r.Alice, a.ID, setSubject("Call Bob"), "subject")
	r.Delete(r.Alice, gone.ID)
	r.Create(r.Alice, event("New", 5, 10))
	finds, removes := r.cal.Calls["find"], r.cal.Calls["remove"]
	calendar := &unsent{r.cal, true}
	run := func() {
		target := r.Target(r.id)
		target.Remote = calendar
		if _, err := r.Engine.Run(t.Context(), target); err != nil {
			t.Fatal(err)
		}
		r.Revive() // the claim is given back
	}
	run()
	for _, l := range r.Links(r.id) {
		if l.State != store.LinkLinked || l.Pending != nil {
			t.Errorf("tied: %+v", l)
		}
	}
	calendar.throttled = false
	run()
	r.Settle(r.id)
	r.inStep(t, 2)
	if r.cal.Calls["find"] != finds || r.cal.Calls["remove"] != removes+1 {
		t.Errorf("requests: %v", r.cal.Calls)
	}
	for _, l := range r.Links(r.id) {
		if l.Incarnation != 1 {
			t.Errorf("it is incarnation %d", l.Incarnation)
		}
	}
	r.Pass(time.Hour)
	r.Quiet(r.id)
}
