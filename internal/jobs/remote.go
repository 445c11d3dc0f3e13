package jobs

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"tahti/internal/engine"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// remote is a provider as the engine sees it: calls take a slot of their host, writes pass the company's gate and go
// out several at a time.
type remote struct {
	inner   provider.Provider
	gate    *Gate
	company store.ID
	slots   chan struct{} // of the host, shared by all its connections
}

var _ engine.Remote = (*remote)(nil)

var errStopped = &provider.Error{
	Op: "write", Class: provider.Transient, Code: "stopped", Err: errors.New("the company-wide stop is on"),
}

func (r *remote) Capabilities() provider.Capabilities { return r.inner.Capabilities() }

func (r *remote) Pull(ctx context.Context, since provider.Cursor, known provider.Known) (provider.Pull, error) {
	if err := r.acquire(ctx, "pull"); err != nil {
		return nil, err
	}
	defer r.release()
	return r.inner.Pull(ctx, since, known)
}

func (r *remote) Read(ctx context.Context, ids []provider.RemoteID) ([]provider.Item, error) {
	if err := r.acquire(ctx, "read"); err != nil {
		return nil, err
	}
	defer r.release()
	return r.inner.Read(ctx, ids)
}

func (r *remote) Find(ctx context.Context, key provider.Key) (provider.Item, error) {
	if err := r.acquire(ctx, "find"); err != nil {
		return provider.Item{}, err
	}
	defer r.release()
	return r.inner.Find(ctx, key)
}

func (r *remote) Put(ctx context.Context, w provider.Put) (provider.Item, error) {
	a := r.one(ctx, engine.Write{Put: &w})
	return a.Item, a.Err
}

func (r *remote) Remove(ctx context.Context, w provider.Remove) error {
	return r.one(ctx, engine.Write{Remove: &w}).Err
}

// one sends one write, unless the company-wide stop is on.
func (r *remote) one(ctx context.Context, w engine.Write) (a engine.Answer) {
	if err := r.acquire(ctx, "write"); err != nil {
		return engine.Answer{Err: err, Unsent: true}
	}
	defer r.release()
	passed := r.gate.pass(r.company, func() {
		if w.Put != nil {
			a.Item, a.Err = r.inner.Put(ctx, *w.Put)
			return
		}
		a.Err = r.inner.Remove(ctx, *w.Remove)
	})
	if !passed {
		a.Err, a.Unsent = errStopped, true
	}
	return a
}

// WriteAll sends writes as many at a time as the host bears. After a sign-out, a throttle or the stop, what was not sent
// yet is answered with that, and stays unsent.
func (r *remote) WriteAll(ctx context.Context, writes []engine.Write) []engine.Answer {
	answers := make([]engine.Answer, len(writes))
	var halt atomic.Pointer[provider.Error]
	var wg sync.WaitGroup
	lanes := make(chan struct{}, cap(r.slots))
	for i, w := range writes {
		lanes <- struct{}{}
		wg.Go(func() {
			defer func() { <-lanes }()
			if e := halt.Load(); e != nil {
				answers[i] = engine.Answer{Err: e, Unsent: true}
				return
			}
			answers[i] = r.one(ctx, w)
			if e, ok := errors.AsType[*provider.Error](answers[i].Err); ok && endsAll(e) {
				halt.CompareAndSwap(nil, e)
			}
		})
	}
	wg.Wait()
	return answers
}

func endsAll(e *provider.Error) bool {
	return e.Class == provider.RateLimited || e.Class == provider.SignIn || e == errStopped
}

func (r *remote) acquire(ctx context.Context, op string) error {
	select {
	case r.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return &provider.Error{Op: op, Class: provider.Transient, Err: ctx.Err()}
	}
}

func (r *remote) release() { <-r.slots }
