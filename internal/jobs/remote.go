package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"tahti/internal/engine"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// remote is a provider as the engine sees it: calls take a slot of their account and host and keep the rests that were
// asked for; writes pass the company's gate and go out several at a time.
type remote struct {
	inner   provider.Provider
	gate    *Gate
	company store.ID
	host    chan struct{} // shared by all connections at the host
	account *allowance    // shared by all connections of the account
	clock   engine.Clock
	log     *slog.Logger
}

var _ engine.Remote = (*remote)(nil)

var errStopped = &provider.Error{
	Op: "write", Class: provider.Transient, Code: "stopped", Err: errors.New("the company-wide stop is on"),
}

func (r *remote) Capabilities() provider.Capabilities { return r.inner.Capabilities() }

func (r *remote) Pull(ctx context.Context, since provider.Cursor, known provider.Known) (p provider.Pull, err error) {
	err = r.call(ctx, "pull", func(ctx context.Context) error { p, err = r.inner.Pull(ctx, since, known); return err })
	return p, err
}

func (r *remote) Read(ctx context.Context, ids []provider.RemoteID) (items []provider.Item, err error) {
	err = r.call(ctx, "read", func(ctx context.Context) error { items, err = r.inner.Read(ctx, ids); return err })
	return items, err
}

func (r *remote) Find(ctx context.Context, key provider.Key) (it provider.Item, err error) {
	err = r.call(ctx, "find", func(ctx context.Context) error { it, err = r.inner.Find(ctx, key); return err })
	return it, err
}

func (r *remote) Put(ctx context.Context, w provider.Put) (provider.Item, error) {
	a := r.one(ctx, engine.Write{Put: &w}, &halt{})
	return a.Item, a.Err
}

func (r *remote) Remove(ctx context.Context, w provider.Remove) error {
	return r.one(ctx, engine.Write{Remove: &w}, &halt{}).Err
}

// call makes one call in its slots.
func (r *remote) call(ctx context.Context, op string, f func(context.Context) error) error {
	if err := r.acquire(ctx, op); err != nil {
		return err
	}
	defer r.release()
	err := f(r.account.under(ctx))
	r.heed(err)
	return err
}

// WriteAll sends writes as many at a time as the account bears. After a sign-out, a throttle or the stop, what was not
// sent yet is answered with that, and stays unsent.
func (r *remote) WriteAll(ctx context.Context, writes []engine.Write) []engine.Answer {
	answers := make([]engine.Answer, len(writes))
	var halted halt
	var wg sync.WaitGroup
	lanes := make(chan struct{}, cap(r.account.slots))
	for i, w := range writes {
		lanes <- struct{}{}
		wg.Go(func() {
			defer func() { <-lanes }()
			answers[i] = r.one(ctx, w, &halted)
		})
	}
	wg.Wait()
	return answers
}

// halt is the answer after which no other write of the same batch is sent.
type halt struct{ atomic.Pointer[provider.Error] }

// one sends one write, unless an earlier answer or the company-wide stop forbids it. A panic is that write's alone: whether
// it arrived is not known.
func (r *remote) one(ctx context.Context, w engine.Write, halted *halt) (a engine.Answer) {
	if err := r.acquire(ctx, "write"); err != nil {
		return engine.Answer{Err: err, Unsent: true}
	}
	defer r.release()
	defer func() {
		if p := recover(); p != nil {
			r.log.Error("write broke off", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			a = engine.Answer{Err: &provider.Error{Op: "write", Class: provider.Unknown, Code: codeInternal, Err: fmt.Errorf("panic: %v", p)}}
		}
	}()
	// Asked once the slot is there: the answer may have come while this one waited.
	if e := halted.Load(); e != nil {
		return engine.Answer{Err: e, Unsent: true}
	}
	passed := r.gate.pass(r.company, func() {
		ctx := r.account.under(ctx)
		if w.Put != nil {
			a.Item, a.Err = r.inner.Put(ctx, *w.Put)
			return
		}
		a.Err = r.inner.Remove(ctx, *w.Remove)
	})
	if !passed {
		a.Err, a.Unsent = errStopped, true
	}
	r.heed(a.Err)
	if e, ok := errors.AsType[*provider.Error](a.Err); ok && endsAll(e) {
		halted.CompareAndSwap(nil, e)
	}
	return a
}

func endsAll(e *provider.Error) bool {
	return e.Class == provider.RateLimited || e.Class == provider.SignIn || e == errStopped
}

// heed lets the whole account rest as long as an answer asks for, also for its other connections.
func (r *remote) heed(err error) {
	if e, ok := errors.AsType[*provider.Error](err); ok {
		r.account.rest(e.RetryAfter)
	}
}

// acquire waits for the slots, the account's before the host's; while the account rests it sends nothing.
func (r *remote) acquire(ctx context.Context, op string) error {
	if err := take(ctx, r.account.slots, op); err != nil {
		return err
	}
	if err := take(ctx, r.host, op); err != nil {
		<-r.account.slots
		return err
	}
	if until, resting := r.account.resting(r.clock.Now()); resting {
		r.release()
		return notSent(op, until)
	}
	return nil
}

func (r *remote) release() {
	<-r.host
	<-r.account.slots
}

// shut is a calendar that cannot be opened: every call answers why, so that the run ends with it like with any other failure.
type shut struct{ why error }

func (s shut) err(op string) error {
	if e, ok := errors.AsType[*provider.Error](s.why); ok {
		return e
	}
	return &provider.Error{Op: op, Class: provider.Transient, Code: codeInternal, Err: s.why}
}

func (s shut) Capabilities() provider.Capabilities { return provider.Capabilities{} }

func (s shut) Pull(context.Context, provider.Cursor, provider.Known) (provider.Pull, error) {
	return nil, s.err("open calendar")
}

func (s shut) Read(context.Context, []provider.RemoteID) ([]provider.Item, error) {
	return nil, s.err("open calendar")
}

func (s shut) Find(context.Context, provider.Key) (provider.Item, error) {
	return provider.Item{}, s.err("open calendar")
}

func (s shut) Put(context.Context, provider.Put) (provider.Item, error) {
	return provider.Item{}, s.err("open calendar")
}

func (s shut) Remove(context.Context, provider.Remove) error { return s.err("open calendar") }
