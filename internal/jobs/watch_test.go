package jobs

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tahti/internal/provider"
	"tahti/internal/store"
)

// telling is a calendar that tells of changes by itself.
type telling struct{ *cal }

func (c telling) Watch(ctx context.Context, w provider.Watch) (provider.Watched, error) {
	return provider.Watched{ID: w.ID}, c.enter(ctx, "watch")
}

func (c telling) Renew(ctx context.Context, w provider.Watched) (provider.Watched, error) {
	return w, c.enter(ctx, "renew")
}

func (c telling) Unwatch(ctx context.Context, _ provider.Watched) error {
	return c.enter(ctx, "unwatch")
}

// tending notes when it was asked to tend, and asks for so many more runs.
type tending struct {
	mu    sync.Mutex
	at    []time.Time
	again int
	do    func(ctx context.Context, w provider.Watcher)
	told  time.Time
}

func (w *tending) Told(context.Context, store.ID, store.ID) time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.told
}

func (w *tending) Tend(ctx context.Context, _ store.Claim, watcher provider.Watcher, _ bool) (next time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at = append(w.at, time.Now())
	if w.do != nil {
		w.do(ctx, watcher)
	}
	if w.again--; w.again >= 0 {
		next = time.Now()
	}
	return next
}

func TestWatchesAreLookedAfterWhenARunHasEndedWell(t *testing.T) {
	w := &tending{again: 1}
	inBubble(t, Options{Poll: time.Hour, Watches: w}, func(r *rig) {
		r.tells = true
		company, user := r.company("acme")
		id, c := r.connect(company, r.account(company, user, "https://cal.example.com"), "c")
		var broken atomic.Bool
		c.before = func(_ context.Context, op string) error {
			if broken.Load() {
				return &provider.Error{Op: op, Class: provider.Transient}
			}
			return nil
		}
		defer r.start(r.runner)()
		r.wake(company, id, 1)
		time.Sleep(time.Minute)
		synctest.Wait()
		if runs := r.runs(company, id); len(runs) != 2 || len(w.at) != 2 {
			t.Errorf("%d runs, looked after %d times: want one run, one more that was asked for, and no other", len(runs), len(w.at))
		}
		broken.Store(true)
		r.wake(company, id, 1)
		time.Sleep(time.Second)
		synctest.Wait()
		if runs := r.runs(company, id); runs[0].State != "failed" || len(w.at) != 2 {
			t.Errorf("looked after %d times, after a run that is %s", len(w.at), runs[0].State)
		}
	})
}

func TestACalendarThatTellsNothingIsNotAsked(t *testing.T) {
	w := &tending{again: 1}
	inBubble(t, Options{Poll: time.Hour, Watches: w}, func(r *rig) {
		company, user := r.company("acme")
		id, _ := r.connect(company, r.account(company, user, "https://cal.example.com"), "c")
		defer r.start(r.runner)()
		r.wake(company, id, 1)
		time.Sleep(time.Minute)
		synctest.Wait()
		if len(w.at) != 0 || len(r.runs(company, id)) != 1 {
			t.Errorf("looked after %d times, %d runs", len(w.at), len(r.runs(company, id)))
		}
	})
}

// A watch is a request like others: it waits for its turn, and a rest that it is told holds for the whole account (I19).
func TestAskingForAWatchKeepsTheBoundsOfTheAccount(t *testing.T) {
	w := &tending{do: func(ctx context.Context, w provider.Watcher) {
		_, err := w.(provider.Renewer).Renew(ctx, provider.Watched{})
		if _, other := w.Watch(ctx, provider.Watch{}); provider.ClassOf(err) != provider.RateLimited || provider.ClassOf(other) != provider.RateLimited {
			t.Errorf("%v, then %v", err, other)
		}
		if err := w.Unwatch(ctx, provider.Watched{}); provider.ClassOf(err) != provider.RateLimited {
			t.Error(err)
		}
	}}
	inBubble(t, Options{Poll: time.Minute, Watches: w}, func(r *rig) {
		r.tells = true
		company, user := r.company("acme")
		id, c := r.connect(company, r.account(company, user, "https://cal.example.com"), "c")
		until := time.Now().Add(20 * time.Minute)
		var asked []string
		c.before = func(_ context.Context, op string) error {
			asked = append(asked, op)
			if op == "renew" {
				return &provider.Error{Op: op, Class: provider.RateLimited, RetryAfter: until}
			}
			return nil
		}
		stop := r.start(r.runner)
		r.wake(company, id, 1)
		time.Sleep(19 * time.Minute)
		synctest.Wait()
		stop()
		if n := len(asked); asked[n-1] != "renew" {
			t.Errorf("asked %v: after the renewal was refused nothing may be sent", asked)
		}
	})
}
