package claim

import (
	"context"
	"errors"
	"testing"
	"time"

	"tahti/internal/engine"
	"tahti/internal/provider"
	"tahti/internal/store"
)

type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

func newWorker() (*Worker, *clock) {
	c := &clock{time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)}
	return &Worker{Poll: time.Hour, LeaseFor: 90 * time.Second, Engine: &engine.Engine{Clock: c}}, c
}

func TestPollsAreSpread(t *testing.T) {
	w, c := newWorker()
	next := map[time.Duration]bool{}
	for id := range store.ID(200) {
		d := w.afterSuccess(engine.Report{}, store.Claim{Company: 7, Connection: id}).Sub(c.now)
		if d < time.Hour || d > time.Hour+6*time.Minute {
			t.Errorf("next poll after %v", d)
		}
		next[d] = true
	}
	if len(next) < 50 {
		t.Errorf("200 connections come at %d times", len(next))
	}
	soon := c.now.Add(time.Minute)
	if got := w.afterSuccess(engine.Report{Next: soon}, store.Claim{}); !got.Equal(soon) {
		t.Errorf("what is due earlier comes at %v", got)
	}
}

// renewing answers renewals with an error.
type renewing struct {
	Leases
	err error
}

func (r renewing) RenewLease(context.Context, store.Claim, time.Time) error { return r.err }

func TestALeaseIsLostWhenAnotherHasItOrItEndedUnrenewed(t *testing.T) {
	w, c := newWorker()
	lease := w.Lease(store.Claim{Until: c.now.Add(w.LeaseFor)})
	for i, step := range []struct {
		after time.Duration
		err   error
		kept  bool
	}{
		{30 * time.Second, nil, true},
		{30 * time.Second, errors.New("the disk is full"), true},
		{59 * time.Second, errors.New("the disk is full"), true},
		{time.Second, errors.New("the disk is full"), false},
		{0, nil, true},
		{0, store.ErrFenced, false},
	} {
		c.now = c.now.Add(step.after)
		w.Leases = renewing{err: step.err}
		if kept := lease.Renew(t.Context()); kept != step.kept {
			t.Errorf("step %d: kept %t", i, kept)
		}
	}
}

// counted is a calendar that counts writes; each is answered with an error, if there is one.
type counted struct {
	provider.Provider
	writes int
	err    error
}

func (c *counted) Put(context.Context, provider.Put) (provider.Item, error) {
	c.writes++
	return provider.Item{}, c.err
}

func TestWritesOfABatchEndWithWhatSpeaksForAll(t *testing.T) {
	_, c := newWorker()
	rests := &Rests{}
	for name, x := range map[string]struct {
		err  error
		shut bool
		sent int
	}{
		"fine":       {nil, false, 3},
		"refused":    {&provider.Error{Class: provider.Rejected}, false, 3},
		"signed out": {&provider.Error{Class: provider.SignIn}, false, 1},
		"stopped":    {nil, true, 0},
		"throttled":  {&provider.Error{Class: provider.RateLimited, RetryAfter: c.now.Add(time.Hour)}, false, 1},
	} {
		cal, gate, id := &counted{err: x.err}, &Gate{}, store.ID(len(name))
		if x.shut {
			gate.Shut(1)
		}
		r := &Remote{Inner: cal, Gate: gate, Company: 1, Account: rests.Of(1, &store.Account{ID: id}, provider.Capabilities{}), Clock: c}
		unsent := 0
		for _, a := range r.WriteAll(t.Context(), []engine.Write{{Put: &provider.Put{}}, {Put: &provider.Put{}}, {Put: &provider.Put{}}}) {
			if a.Unsent {
				unsent++
			}
		}
		if cal.writes != x.sent || unsent != 3-x.sent {
			t.Errorf("%s: %d sent, %d unsent", name, cal.writes, unsent)
		}
	}
	if _, resting := rests.Of(1, &store.Account{ID: store.ID(len("throttled"))}, provider.Capabilities{}).resting(c.now); !resting {
		t.Error("after a throttle the account does not rest")
	}
}

func TestTheGateSaysWhenNothingIsUnderWay(t *testing.T) {
	var g Gate
	var quiet <-chan struct{}
	g.pass(1, func() {
		quiet = g.Close(1)
		select {
		case <-quiet:
			t.Error("quiet while a write is under way")
		default:
		}
	})
	<-quiet
	if g.Under(1) != 0 {
		t.Error("a write that has ended counts")
	}
}

// waiting is a store in which a connection has no calendar yet.
type waiting struct{ engine.Tx }

type storeOf struct {
	engine.Store
	tx engine.Tx
}

func (s storeOf) View(_ context.Context, _ store.ID, f func(engine.Tx) error) error { return f(s.tx) }

func (w waiting) Connection(context.Context, store.ID) (store.Connection, error) {
	return store.Connection{State: store.PendingSignIn}, nil
}
func (w waiting) Account(context.Context, store.ID) (store.Account, error) {
	return store.Account{}, nil
}
func (w waiting) Runs(context.Context, store.ID, int) ([]store.Run, error) { return nil, nil }

func TestWhatHasNoCalendarIsNotOpened(t *testing.T) {
	w, _ := newWorker()
	w.Store = storeOf{tx: waiting{}} // and no Outside, which opening would need
	if end := w.Run(t.Context(), store.Claim{}); !end.Next.IsZero() || end.how != whole {
		t.Errorf("%+v, want it to rest until something wakes it", end)
	}
}
