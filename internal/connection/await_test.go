package connection_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"tahti/internal/connection"
	"tahti/internal/engine"
	"tahti/internal/store"
)

// watched notes looks at the database and questions for the end of a run, and lets a run pass behind the first look.
type watched struct {
	engine.Store
	calls []string
	told  chan struct{} // the last that was asked for
	run   func()
}

func (w *watched) View(ctx context.Context, company store.ID, f func(engine.Tx) error) error {
	err := w.Store.View(ctx, company, f)
	w.calls = append(w.calls, "look")
	if told, run := w.told, w.run; run != nil {
		w.run = nil
		run()
		close(told)
	}
	return err
}

func (w *watched) Ended(store.ID, store.ID) <-chan struct{} {
	w.calls = append(w.calls, "ask to be told")
	w.told = make(chan struct{})
	return w.told
}

func TestWhoWaitsForARunLooksAgainWhenItsEndIsTold(t *testing.T) {
	r := newRig(t)
	c := r.connect(r.alice, "work", `{}`)
	asked, err := r.s.SyncNow(r.ctx(), r.alice, c.ID)
	r.ok(err)
	w := &watched{Store: r.s.Store, run: func() { r.run(c.ID) }}
	waiting := *r.s
	waiting.Store, waiting.Ends = w, connection.Ends(w)
	run, err := waiting.Await(r.ctx(), r.alice, c.ID, asked)
	r.ok(err)
	if run.State != "done" {
		t.Errorf("the run is %q", run.State)
	}
	// Asked before the look, so that no end falls between the two; and nobody looks while there is nothing to see.
	if want := []string{"ask to be told", "look", "ask to be told", "look"}; !slices.Equal(w.calls, want) {
		t.Errorf("calls %q, want %q", w.calls, want)
	}
}

// once lets a database be looked at once.
type once struct {
	engine.Store
	over context.CancelFunc
}

func (o once) View(ctx context.Context, company store.ID, f func(engine.Tx) error) error {
	defer o.over()
	return o.Store.View(ctx, company, f)
}

// TestWhoWaitsForARunGetsTheOneThatTookTheWish, also where the clock stands still: none that had ended or begun when it was asked for,
// but the one after that, whatever else is asked for meanwhile.
func TestWhoWaitsForARunGetsTheOneThatTookTheWish(t *testing.T) {
	r := newRig(t)
	c := r.connect(r.alice, "work", everything)
	begin := func() engine.Target {
		target := r.Target(c.ID)
		target.Remote = r.cal(r.alice.User.Email, "work")
		return target
	}
	end := func(target engine.Target) store.Run {
		rep, err := r.Engine.Run(r.ctx(), target)
		r.ok(errors.Join(err, rep.Err, r.DB.FinishWake(r.ctx(), target.Claim, r.Now().Add(time.Hour))))
		return rep.Run
	}
	ask := func() (stands func() store.ID) {
		wish, err := r.s.SyncNow(r.ctx(), r.alice, c.ID)
		r.ok(err)
		return func() store.ID {
			ctx, over := context.WithCancel(r.ctx())
			waiting := *r.s
			waiting.Store = once{r.s.Store, over}
			run, err := waiting.Await(ctx, r.alice, c.ID, wish)
			r.ok(err)
			return run.ID
		}
	}
	end(begin())
	first := ask()
	if id := first(); id != 0 {
		t.Errorf("answered with run %d, which had ended when this one was asked for", id)
	}
	under := begin()
	second := ask()
	one := end(under)
	if first() != one.ID || second() != 0 {
		t.Errorf("run %d took the first wish alone, which is answered with %d, and the second with %d", one.ID, first(), second())
	}
	two := end(begin())
	if first() != one.ID || second() != two.ID {
		t.Errorf("runs %d and %d took one each, which are answered with %d and %d", one.ID, two.ID, first(), second())
	}
}

// TestAConnectionWithoutACalendarIsNotToRun: each wish before the calendar is chosen would cost a claim that finds nothing to run, and one that
// is claimed just when it is chosen a second first run.
func TestAConnectionWithoutACalendarIsNotToRun(t *testing.T) {
	c := newConsenting(t)
	wished := func(id store.ID) (w store.Wake) {
		c.Tx(func(tx engine.Tx) (err error) { w, err = tx.GetWake(c.ctx(), id); return err })
		return w
	}
	_, x := c.signIn(c.alice)
	if w := wished(x.ID); w.Wanted != 0 || !w.NextRun.IsZero() {
		t.Errorf("%s, and due at %v for %d wishes", x.State, w.NextRun, w.Wanted)
	}
	_, err := c.s.ChooseCalendar(c.ctx(), c.alice, x.ID, "work")
	c.ok(err)
	if w := wished(x.ID); w.Wanted != 1 || w.NextRun.IsZero() {
		t.Errorf("the calendar is chosen, and it is due at %v for %d wishes", w.NextRun, w.Wanted)
	}
}
