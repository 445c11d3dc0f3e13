package claim

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"tahti/internal/engine"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// Remote is a provider as the engine sees it: calls take a slot of their account and host and keep the rests that were
// asked for; writes pass the company's gate.
type Remote struct {
	Inner   provider.Provider
	Gate    *Gate
	Company store.ID
	// Slots are shared by all connections of the account and at the host; nil: there are always enough.
	Slots   Slots
	Account *Allowance // shared by all connections of the account
	Clock   engine.Clock
}

// Slots bound how many requests are under way.
type Slots interface {
	// Take waits for one, and fails if ctx ends before.
	Take(ctx context.Context, op string) error
	Release()
}

var (
	_ engine.Remote     = (*Remote)(nil)
	_ provider.Windowed = (*Remote)(nil)
)

var errStopped = &provider.Error{
	Op: "write", Class: provider.Transient, Code: "stopped", Err: errors.New("the company-wide stop is on"),
}

// Capabilities are the provider's.
func (r *Remote) Capabilities() provider.Capabilities { return r.Inner.Capabilities() }

// Pull asks for what has changed.
func (r *Remote) Pull(ctx context.Context, since provider.Cursor, known provider.Known) (p provider.Pull, err error) {
	err = r.call(ctx, "pull", func(ctx context.Context) error { p, err = r.Inner.Pull(ctx, since, known); return err })
	return p, err
}

// Read asks for items by id.
func (r *Remote) Read(ctx context.Context, ids []provider.RemoteID) (items []provider.Item, err error) {
	err = r.call(ctx, "read", func(ctx context.Context) error { items, err = r.Inner.Read(ctx, ids); return err })
	return items, err
}

// Find looks for what was created under a key.
func (r *Remote) Find(ctx context.Context, key provider.Key) (it provider.Item, err error) {
	err = r.call(ctx, "find", func(ctx context.Context) error { it, err = r.Inner.Find(ctx, key); return err })
	return it, err
}

// MadeSince asks a provider that keeps no keys what was made lately.
func (r *Remote) MadeSince(ctx context.Context, at time.Time) (items []provider.Item, err error) {
	seeker, ok := r.Inner.(provider.Seeker)
	if !ok {
		return nil, &provider.Error{Op: "find what was made", Class: provider.Rejected, Err: errors.New("the provider finds by key")}
	}
	err = r.call(ctx, "find", func(ctx context.Context) error { items, err = seeker.MadeSince(ctx, at); return err })
	return items, err
}

// Shows is the span of time that is shown, where the provider shows one.
func (r *Remote) Shows(since provider.Cursor) provider.Range {
	if w, ok := r.Inner.(provider.Windowed); ok {
		return w.Shows(since)
	}
	return provider.Range{}
}

// Put sends one write.
func (r *Remote) Put(ctx context.Context, w provider.Put) (provider.Item, error) {
	a := r.Send(ctx, engine.Write{Put: &w}, &Halt{})
	return a.Item, a.Err
}

// Remove sends one write.
func (r *Remote) Remove(ctx context.Context, w provider.Remove) error {
	return r.Send(ctx, engine.Write{Remove: &w}, &Halt{}).Err
}

// call makes one call in its slots.
func (r *Remote) call(ctx context.Context, op string, f func(context.Context) error) error {
	if err := r.acquire(ctx, op); err != nil {
		return err
	}
	defer r.release()
	err := f(r.Account.under(ctx))
	r.heed(err)
	return err
}

// WriteAll sends one write after the other.
func (r *Remote) WriteAll(ctx context.Context, writes []engine.Write) []engine.Answer {
	answers := make([]engine.Answer, len(writes))
	var halted Halt
	for i, w := range writes {
		answers[i] = r.Send(ctx, w, &halted)
	}
	return answers
}

// Halt is the answer after which no other write of the same batch is sent: a sign-out, a throttle or the stop.
type Halt struct {
	why atomic.Pointer[provider.Error]
}

// Send sends one write, unless an earlier answer of its batch or the company-wide stop forbids it.
func (r *Remote) Send(ctx context.Context, w engine.Write, halted *Halt) (a engine.Answer) {
	if err := r.acquire(ctx, "write"); err != nil {
		return engine.Answer{Err: err, Unsent: true}
	}
	defer r.release()
	// Asked once the slot is there: the answer may have come while this one waited.
	if e := halted.why.Load(); e != nil {
		return engine.Answer{Err: e, Unsent: true}
	}
	passed := r.Gate.pass(r.Company, func() {
		ctx := r.Account.under(ctx)
		if w.Put != nil {
			a.Item, a.Err = r.Inner.Put(ctx, *w.Put)
			return
		}
		a.Err = r.Inner.Remove(ctx, *w.Remove)
	})
	if !passed {
		a.Err, a.Unsent = errStopped, true
	}
	r.heed(a.Err)
	if e, ok := errors.AsType[*provider.Error](a.Err); ok && endsAll(e) {
		halted.why.CompareAndSwap(nil, e)
	}
	return a
}

func endsAll(e *provider.Error) bool {
	return e.Class == provider.RateLimited || e.Class == provider.SignIn || e == errStopped
}

// heed lets the whole account rest as long as an answer asks for, also for its other connections, and everybody else for whom
// the answer speaks.
func (r *Remote) heed(err error) {
	if e, ok := errors.AsType[*provider.Error](err); ok {
		r.Account.heed(e)
	}
}

// acquire takes a slot; while the account rests it sends nothing.
func (r *Remote) acquire(ctx context.Context, op string) error {
	if err := ctx.Err(); err != nil {
		return Unsent(op, err)
	}
	if r.Slots != nil {
		if err := r.Slots.Take(ctx, op); err != nil {
			return err
		}
	}
	if until, resting := r.Account.resting(r.Clock.Now()); resting {
		r.release()
		return notSent(op, until, "the server asked us to wait")
	}
	return nil
}

// Unsent is the answer to a request that was called off before it left.
func Unsent(op string, why error) error {
	return &provider.Error{Op: op, Class: provider.Transient, Status: "not sent", Err: why}
}

func (r *Remote) release() {
	if r.Slots != nil {
		r.Slots.Release()
	}
}

// shut is a calendar that cannot be opened: every call answers why, so that the run ends with it like with any other failure.
type shut struct{ why error }

func (s shut) err(op string) error {
	if e, ok := errors.AsType[*provider.Error](s.why); ok {
		return e
	}
	return &provider.Error{Op: op, Class: provider.Transient, Code: CodeInternal, Err: s.why}
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
