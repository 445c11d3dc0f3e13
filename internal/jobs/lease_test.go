package jobs

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tahti/internal/claim"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// calledOffAt makes a calendar whose first request ends when its run is called off, and tells when that was.
func calledOffAt(c *cal, inside func()) (at func() time.Time) {
	var off atomic.Int64
	c.before = func(ctx context.Context, op string) error {
		if off.Load() != 0 {
			return nil
		}
		inside()
		<-ctx.Done()
		off.CompareAndSwap(0, time.Now().UnixNano())
		return &provider.Error{Op: op, Class: provider.Transient, Err: ctx.Err()}
	}
	return func() time.Time {
		if n := off.Load(); n != 0 {
			return time.Unix(0, n)
		}
		return time.Time{}
	}
}

func TestARunEndsOnceSomebodyElseHasItsLease(t *testing.T) {
	inBubble(t, Options{Poll: time.Hour, Lease: time.Minute}, func(r *rig) {
		company, user := r.company("acme")
		id, c := r.connect(company, r.account(company, user, "https://cal.example.com"), "c")
		begun := time.Now()
		at := calledOffAt(c, func() {
			_, err := r.db.ClaimWakes(context.Background(), "other", time.Now().Add(2*time.Minute), time.Hour, 1, 1)
			r.ok(err)
		})
		defer r.start(r.runner)()
		r.wake(company, id, 1)
		time.Sleep(25 * time.Second)
		synctest.Wait()
		if off := at(); off.Sub(begun) < 20*time.Second || off.Sub(begun) > 21*time.Second {
			t.Errorf("called off at %v, want it at the next renewal, after twenty seconds", off)
		}
	})
}

// A database that cannot be reached says nothing about the lease: it holds as long as it was granted, and no longer.
func TestARunEndsWhenItsLeaseRunsOutUnrenewed(t *testing.T) {
	inBubble(t, Options{Poll: time.Hour, Lease: time.Minute}, func(r *rig) {
		company, user := r.company("acme")
		id, c := r.connect(company, r.account(company, user, "https://cal.example.com"), "c")
		begun := time.Now()
		at := calledOffAt(c, func() {
			time.Sleep(25 * time.Second) // renewed once, for a minute from then
			r.ok(r.db.Close())
		})
		stop := r.start(r.runner)
		defer stop()
		r.wake(company, id, 1)
		time.Sleep(75 * time.Second)
		synctest.Wait()
		if off := at(); !off.IsZero() {
			t.Errorf("called off after %v already", off.Sub(begun))
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if off := at(); off.IsZero() {
			t.Error("the run goes on although its lease has run out")
		}
	})
}

func TestALongRunKeepsItsLease(t *testing.T) {
	inBubble(t, Options{Poll: time.Hour, Lease: time.Minute}, func(r *rig) {
		company, user := r.company("acme")
		id, c := r.connect(company, r.account(company, user, "https://cal.example.com"), "c")
		var once sync.Once
		c.before = func(context.Context, string) error {
			once.Do(func() { time.Sleep(10 * time.Minute) })
			return nil
		}
		defer r.start(r.runner)()
		r.wake(company, id, 1)
		for range 9 {
			time.Sleep(time.Minute)
			taken, err := r.db.ClaimWakes(context.Background(), "other", time.Now(), time.Minute, 1, 1)
			r.ok(err)
			if len(taken) != 0 {
				t.Fatal("somebody else could claim a connection that is being worked on")
			}
		}
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if runs := r.runs(company, id); len(runs) != 1 || runs[0].State != "done" {
			t.Errorf("runs: %+v", runs)
		}
	})
}

// slowClock takes its time when it is asked at one instant.
type slowClock struct {
	slow   time.Time
	takes  time.Duration
	inside *atomic.Int64
}

func (c slowClock) Now() time.Time {
	if time.Now().Equal(c.slow) {
		c.inside.Add(1)
		time.Sleep(c.takes)
		c.inside.Add(-1)
	}
	return time.Now().UTC()
}

// What renews the lease belongs to the run: once it has ended nothing of it may touch the wake again, nor the database,
// which is closed after Run.
func TestNothingOfARunGoesOnAfterItsEnd(t *testing.T) {
	inBubble(t, Options{}, func(r *rig) {
		company, user := r.company("acme")
		id, c := r.connect(company, r.account(company, user, "https://cal.example.com"), "c")
		var inside atomic.Int64
		r.engine.Clock = slowClock{slow: time.Now().Add(20 * time.Second), takes: time.Minute, inside: &inside}
		runner := r.newRunner(Options{Poll: time.Hour, Lease: time.Minute})
		c.before = func(ctx context.Context, op string) error {
			<-ctx.Done()
			return &provider.Error{Op: op, Class: provider.Transient, Err: ctx.Err()}
		}
		r.wake(company, id, 1)
		stop := r.start(runner)
		time.Sleep(30 * time.Second)
		synctest.Wait()
		if inside.Load() != 1 {
			t.Fatal("the lease is not being renewed")
		}
		stop()
		if inside.Load() != 0 {
			t.Error("Run returned while a lease was being renewed")
		}
	})
}

// claiming calls an end while a claim is under way, and loses the answer of a claim that was called off with it.
type claiming struct {
	claim.Leases
	stop func()
}

func (l claiming) ClaimWakes(ctx context.Context, owner string, now time.Time, lease time.Duration, n, perCompany int) ([]store.Claim, error) {
	claims, err := l.Leases.ClaimWakes(ctx, owner, now, lease, n, perCompany)
	l.stop()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return claims, err
}

// A stop that falls into a claim must not leave a lease behind: nobody works on it, and nobody may until it runs out.
func TestAStopDuringAClaimLeavesNoLease(t *testing.T) {
	inBubble(t, Options{}, func(r *rig) {
		company, u := r.company("acme")
		id, _ := r.connect(company, r.account(company, u, "one.example"), "work")
		r.wake(company, id, 0)
		ctx, cancel := context.WithCancel(context.Background())
		r.runner.worker.Leases = claiming{r.db, cancel}
		r.ok(r.runner.Run(ctx))
		if w := r.wakeOf(company, id); w.NextRun.After(time.Now()) {
			t.Errorf("due in %v", time.Until(w.NextRun))
		}
		again := r.newRunner(Options{Owner: "two"})
		stop := r.start(again)
		time.Sleep(time.Second)
		stop()
		if runs := r.runs(company, id); len(runs) == 0 || runs[0].State != "done" {
			t.Errorf("runs of the next process: %+v", runs)
		}
	})
}
