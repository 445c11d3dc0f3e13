package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"

	"tahti/internal/claim"
	"tahti/internal/engine"
	"tahti/internal/provider"
)

// remote is a provider as the engine sees it, of which several writes go out at a time.
type remote struct {
	*claim.Remote
	width int // of the account
	log   *slog.Logger
}

var _ engine.Remote = (*remote)(nil)

func (r *remote) Put(ctx context.Context, w provider.Put) (provider.Item, error) {
	a := r.one(ctx, engine.Write{Put: &w}, &claim.Halt{})
	return a.Item, a.Err
}

func (r *remote) Remove(ctx context.Context, w provider.Remove) error {
	return r.one(ctx, engine.Write{Remove: &w}, &claim.Halt{}).Err
}

// WriteAll sends writes as many at a time as the account bears. After a sign-out, a throttle or the stop, what was not
// sent yet is answered with that, and stays unsent.
func (r *remote) WriteAll(ctx context.Context, writes []engine.Write) []engine.Answer {
	answers := make([]engine.Answer, len(writes))
	var halted claim.Halt
	var wg sync.WaitGroup
	lanes := make(chan struct{}, r.width)
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

// one sends one write. A panic is that write's alone: whether it arrived is not known.
func (r *remote) one(ctx context.Context, w engine.Write, halted *claim.Halt) (a engine.Answer) {
	defer func() {
		if p := recover(); p != nil {
			r.log.Error("write broke off", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			a = engine.Answer{Err: &provider.Error{Op: "write", Class: provider.Unknown, Code: claim.CodeInternal, Err: fmt.Errorf("panic: %v", p)}}
		}
	}()
	return r.Send(ctx, w, halted)
}
