package jobs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tahti/internal/claim"
	"tahti/internal/engine"
	"tahti/internal/provider"
	"tahti/internal/store"
)

func TestALocalChangeIsAtTheProviderWithinABreath(t *testing.T) {
	inBubble(t, Options{Poll: time.Hour}, func(r *rig) {
		company, user := r.company("acme")
		id, c := r.connect(company, r.account(company, user, "https://cal.example.com"), "c")
		defer r.start(r.runner)()
		r.wake(company, id, 1)
		time.Sleep(time.Minute) // the first run is over, the next poll far away
		for i := range 5 {
			time.Sleep(7 * time.Second)
			r.add(company, user, fmt.Sprint("call ", i))
			time.Sleep(2 * breath)
			synctest.Wait()
			if n := len(c.inner.Held()); n != i+1 {
				t.Fatalf("%v after change %d the calendar holds %d events", 2*breath, i+1, n)
			}
		}
	})
}

func TestAConnectionRunsWhenItIsDueAndNotBefore(t *testing.T) {
	inBubble(t, Options{Poll: 10 * time.Minute}, func(r *rig) {
		company, user := r.company("acme")
		id, c := r.connect(company, r.account(company, user, "https://cal.example.com"), "c")
		due := time.Now().Add(90 * time.Second)
		r.tx(company, func(tx engine.Tx) error { return tx.Wake(context.Background(), id, due, 1) })
		defer r.start(r.runner)()
		time.Sleep(time.Hour)
		synctest.Wait()
		for i, at := range c.at {
			first := i == 0
			if first && (at.Before(due) || at.After(due.Add(breath))) {
				t.Errorf("first request %v after it was due", at.Sub(due))
			}
		}
		if n := len(r.runs(company, id)); n < 5 || n > 6 {
			t.Errorf("%d runs in an hour at a poll of ten minutes", n)
		}
	})
}

func TestAWakeDuringARunLeadsToAnotherRun(t *testing.T) {
	inBubble(t, Options{Poll: time.Hour}, func(r *rig) {
		company, user := r.company("acme")
		id, c := r.connect(company, r.account(company, user, "https://cal.example.com"), "c")
		var once sync.Once
		c.before = func(context.Context, string) error {
			once.Do(func() {
				r.wake(company, id, 0)
				time.Sleep(10 * time.Second)
			})
			return nil
		}
		defer r.start(r.runner)()
		r.wake(company, id, 1)
		time.Sleep(time.Minute)
		synctest.Wait()
		if n := len(r.runs(company, id)); n != 2 {
			t.Errorf("%d runs, want the one that was under way and another", n)
		}
	})
}

func TestUrgentLanesGoFirst(t *testing.T) {
	inBubble(t, Options{Workers: 1, Poll: time.Hour}, func(r *rig) {
		company, user := r.company("acme")
		a := r.account(company, user, "https://cal.example.com")
		var order []int
		for _, lane := range []int{2, 1, 0} {
			id, c := r.connect(company, a, fmt.Sprint("c", lane))
			c.before = func(_ context.Context, op string) error {
				if !slices.Contains(order, lane) {
					order = append(order, lane)
				}
				return nil
			}
			r.wake(company, id, lane)
		}
		defer r.start(r.runner)()
		time.Sleep(time.Minute)
		synctest.Wait()
		if !slices.Equal(order, []int{0, 1, 2}) {
			t.Errorf("lanes ran in the order %v", order)
		}
	})
}

func TestASlowCompanyStarvesNobody(t *testing.T) {
	inBubble(t, Options{Workers: 4, PerCompany: 2, Poll: time.Hour}, func(r *rig) {
		slow, who := r.company("slow")
		a := r.account(slow, who, "https://slow.example.com")
		var under, most atomic.Int64
		for i := range 6 {
			id, c := r.connect(slow, a, fmt.Sprint("slow", i))
			c.before = func(ctx context.Context, _ string) error {
				most.Store(max(most.Load(), under.Add(1)))
				defer under.Add(-1)
				<-ctx.Done()
				return &provider.Error{Op: "pull", Class: provider.Transient, Err: ctx.Err()}
			}
			r.wake(slow, id, 0)
		}
		defer r.start(r.runner)()
		time.Sleep(time.Minute)
		quick, other := r.company("quick")
		id, c := r.connect(quick, r.account(quick, other, "https://quick.example.com"), "quick")
		r.wake(quick, id, 2)
		time.Sleep(2 * breath)
		synctest.Wait()
		if c.requests() == 0 {
			t.Error("the other company waits")
		}
		if most.Load() != 2 {
			t.Errorf("%d connections of one company at a time, want 2", most.Load())
		}
	})
}

func TestALostLeaseCallsTheRunOff(t *testing.T) {
	inBubble(t, Options{Poll: time.Hour, Lease: time.Minute}, func(r *rig) {
		company, user := r.company("acme")
		id, c := r.connect(company, r.account(company, user, "https://cal.example.com"), "c")
		var called atomic.Int64
		c.before = func(ctx context.Context, _ string) error {
			if called.Add(1) > 1 {
				return nil
			}
			<-ctx.Done()
			return nil // too late: what is answered now must not be committed
		}
		c.inner.Add(planned("there"))
		stop := r.start(r.runner)
		r.wake(company, id, 1)
		time.Sleep(10 * time.Second)
		taken, err := r.db.ClaimWakes(context.Background(), "other", time.Now().Add(2*time.Minute), time.Minute, 1, 1)
		r.ok(err)
		if len(taken) != 1 {
			t.Fatal("the lease could not be taken over")
		}
		time.Sleep(30 * time.Second)
		synctest.Wait()
		if _, running := r.runner.Progress(company, id); running || called.Load() != 1 {
			t.Errorf("the run goes on after its lease was lost: %d calls", called.Load())
		}
		if runs := r.runs(company, id); len(runs) != 1 || runs[0].State != "running" {
			t.Errorf("a worker without lease wrote: %+v", runs)
		}
		stop()
		// The other worker's process: it ends the row that was left, and does the work.
		r.ok(r.db.FinishWake(context.Background(), taken[0], time.Now()))
		defer r.start(r.newRunner(Options{Owner: "other", Poll: time.Hour}))()
		time.Sleep(time.Minute)
		synctest.Wait()
		runs := r.runs(company, id)
		if len(runs) != 2 || runs[0].State != "done" || runs[1].State != "failed" || runs[1].Finished.IsZero() {
			t.Errorf("runs: %+v", runs)
		}
		if runs[0].Counts[engine.CreatedInCRM] != 1 {
			t.Errorf("the other worker did not do the work: %v", runs[0].Counts)
		}
	})
}

func TestAnOrderlyStopWaitsForItsWorkersAndLeavesNothingHalfDone(t *testing.T) {
	inBubble(t, Options{Poll: time.Hour}, func(r *rig) {
		company, user := r.company("acme")
		id, c := r.connect(company, r.account(company, user, "https://cal.example.com"), "c")
		var ended atomic.Bool
		c.before = func(ctx context.Context, op string) error {
			if op != "put" || ended.Load() {
				return nil
			}
			<-ctx.Done()
			time.Sleep(3 * time.Second) // the answer to what was sent takes its time
			ended.Store(true)
			return &provider.Error{Op: op, Class: provider.Unknown, Err: ctx.Err()}
		}
		r.add(company, user, "call")
		stop := r.start(r.runner)
		r.wake(company, id, 1)
		time.Sleep(10 * time.Second)
		stop()
		if !ended.Load() {
			t.Fatal("Run returned while a worker was at it")
		}
		if w := r.wakeOf(company, id); w.NextRun.After(time.Now()) {
			t.Errorf("the connection is due only in %v", time.Until(w.NextRun))
		}
		if runs := r.runs(company, id); len(runs) != 1 || runs[0].State != "failed" || runs[0].Finished.IsZero() {
			t.Errorf("the run that was called off: %+v", runs)
		}
		defer r.start(r.newRunner(Options{Owner: "two", Poll: time.Hour}))()
		time.Sleep(time.Minute)
		synctest.Wait()
		if n := len(c.inner.Held()); n != 1 || len(c.inner.Wrongs) > 0 {
			t.Errorf("%d events after the next process: %v", n, c.inner.Wrongs)
		}
	})
}

func TestAPanicIsContainedAndVisible(t *testing.T) {
	for _, op := range []string{"pull", "put"} {
		t.Run("in a "+op, func(t *testing.T) {
			inBubble(t, Options{Poll: time.Hour}, func(r *rig) {
				company, user := r.company("acme")
				a := r.account(company, user, "https://cal.example.com")
				id, c := r.connect(company, a, "bad")
				other, good := r.connect(company, a, "good")
				var broken atomic.Bool
				broken.Store(true)
				c.before = func(_ context.Context, o string) error {
					if o == op && broken.Load() {
						panic("out of order")
					}
					return nil
				}
				r.add(company, user, "call")
				defer r.start(r.runner)()
				r.wake(company, id, 1)
				r.wake(company, other, 1)
				time.Sleep(10 * time.Second)
				synctest.Wait()
				if good.requests() == 0 {
					t.Error("the other connection did not run")
				}
				runs := r.runs(company, id)
				if len(runs) == 0 || runs[0].State == "running" || runs[0].Finished.IsZero() {
					t.Fatalf("the run has no end: %+v", runs)
				}
				if op == "pull" {
					if runs[0].State != "failed" || runs[0].Error != claim.CodeInternal {
						t.Errorf("the run ended as %q, %q", runs[0].State, runs[0].Error)
					}
					if x := r.connection(company, id); x.State != store.Retrying || x.Reason != claim.CodeInternal || x.Health.Failures != 1 {
						t.Errorf("the connection shows nothing of it: %s %q %+v", x.State, x.Reason, x.Health)
					}
				}
				broken.Store(false)
				time.Sleep(10 * time.Minute)
				synctest.Wait()
				if x := r.connection(company, id); x.State != store.Active || len(c.inner.Held()) != 1 {
					t.Errorf("not cured by itself: %s, %d events", x.State, len(c.inner.Held()))
				}
			})
		})
	}
}

func TestARunThatAKilledProcessLeftIsEndedAtTheNextClaim(t *testing.T) {
	inBubble(t, Options{Poll: time.Hour}, func(r *rig) {
		company, user := r.company("acme")
		id, _ := r.connect(company, r.account(company, user, "https://cal.example.com"), "c")
		r.tx(company, func(tx engine.Tx) error {
			return tx.PutRun(context.Background(), &store.Run{Connection: id, Kind: "sync", State: "running", Started: time.Now()})
		})
		defer r.start(r.runner)()
		r.wake(company, id, 1)
		time.Sleep(time.Second)
		synctest.Wait()
		runs := r.runs(company, id)
		if len(runs) != 2 || runs[1].State != "failed" || runs[1].Error != claim.CodeInternal || runs[0].State != "done" {
			t.Errorf("runs: %+v", runs)
		}
	})
}

func TestRetryAfterIsNeverUndercut(t *testing.T) {
	inBubble(t, Options{Poll: time.Minute}, func(r *rig) {
		company, user := r.company("acme")
		a := r.account(company, user, "https://cal.example.com/principals/acme/")
		first, c1 := r.connect(company, a, "c1")
		second, c2 := r.connect(company, a, "c2")
		strange, c3 := r.connect(company, r.account(company, user, "https://other.example.com"), "c3")
		until := time.Now().Add(20 * time.Minute)
		var throttled atomic.Bool
		c1.before = func(context.Context, string) error {
			if throttled.CompareAndSwap(false, true) {
				return &provider.Error{Op: "pull", Class: provider.RateLimited, RetryAfter: until}
			}
			return nil
		}
		c2.before = func(_ context.Context, op string) error {
			time.Sleep(5 * time.Second) // under way while the other one is throttled
			return nil
		}
		for i := range 3 {
			c2.inner.Add(planned(fmt.Sprint("event ", i)))
		}
		c2.inner.Page = 1
		defer r.start(r.runner)()
		for _, id := range []store.ID{first, second, strange} {
			r.wake(company, id, 1)
		}
		for range 10 { // people press Sync now all the time
			time.Sleep(time.Minute)
			for _, id := range []store.ID{first, second, strange} {
				r.wake(company, id, 0)
			}
		}
		time.Sleep(15 * time.Minute)
		synctest.Wait()
		start := until.Add(-20 * time.Minute)
		for i, c := range []*cal{c1, c2} {
			early := 0
			for _, at := range c.at {
				if at.Before(until) {
					early++
				}
			}
			if early > 1 { // the one that was throttled, and the one that had left already
				t.Errorf("connection %d sent %d requests before it might: the last at %v", i+1, early, c.at[early-1].Sub(start))
			}
			if len(c.at) <= early {
				t.Errorf("connection %d never went on", i+1)
			}
		}
		if n := c3.requests(); n < 20 {
			t.Errorf("another account was held up too: %d requests", n)
		}
	})
}

func TestACalendarThatCannotBeOpenedShowsWhy(t *testing.T) {
	for name, c := range map[string]struct {
		err         error
		state, code string
	}{
		"without a secret":  {&provider.Error{Op: "open account", Class: provider.SignIn, Code: provider.CodeWrongPassword}, store.NeedsSignIn, provider.CodeWrongPassword},
		"with a broken row": {errors.New("unseal secret: no"), store.Retrying, claim.CodeInternal},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, Options{Poll: time.Hour}, func(r *rig) {
				company, user := r.company("acme")
				id, _ := r.connect(company, r.account(company, user, "https://cal.example.com"), "c")
				r.refuse = c.err
				defer r.start(r.runner)()
				r.wake(company, id, 1)
				time.Sleep(time.Second)
				synctest.Wait()
				x, runs := r.connection(company, id), r.runs(company, id)
				if x.State != c.state || x.Reason != c.code || len(runs) != 1 || runs[0].State != "failed" {
					t.Errorf("connection is %s (%s), runs %+v", x.State, x.Reason, runs)
				}
			})
		})
	}
}
