package claim

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"tahti/internal/provider"
	"tahti/internal/store"
)

// Rests are what servers asked accounts of a process to keep (I19). All connections of an account share its rest.
type Rests struct {
	mu       sync.Mutex
	accounts map[[2]store.ID]*Allowance
}

// Of is what an account may do in this process. A rest that an earlier process was asked for stands with the account.
func (r *Rests) Of(company store.ID, a *store.Account) *Allowance {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.accounts == nil {
		r.accounts = map[[2]store.ID]*Allowance{}
	}
	key := [2]store.ID{company, a.ID}
	if r.accounts[key] == nil {
		r.accounts[key] = &Allowance{}
	}
	r.accounts[key].rest(a.BlockedUntil)
	return r.accounts[key]
}

// Allowance is what one account may do in this process.
type Allowance struct {
	mu    sync.Mutex
	until time.Time // no request before
}

// rest lets the account rest until an instant, if that is later than what it rests until already.
func (a *Allowance) rest(until time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if until.After(a.until) {
		a.until = until
	}
}

func (a *Allowance) resting(now time.Time) (until time.Time, yes bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.until, a.until.After(now)
}

type allowanceKey struct{}

// under carries an account's allowance to where requests leave.
func (a *Allowance) under(ctx context.Context) context.Context {
	return context.WithValue(ctx, allowanceKey{}, a)
}

func allowanceOf(ctx context.Context) *Allowance {
	a, _ := ctx.Value(allowanceKey{}).(*Allowance)
	return a
}

type counterKey struct{}

// Count counts the requests that leave under the context that it answers.
func Count(ctx context.Context) (context.Context, func() int) {
	n := &atomic.Int64{}
	return context.WithValue(ctx, counterKey{}, n), func() int { return int(n.Load()) }
}

// Leave is asked before each request: it counts the request, unless its account has to rest. A pull that is under way in one
// calendar sends no further page once another calendar of the account was told to wait (I19).
func Leave(ctx context.Context, op string, now time.Time) error {
	if a := allowanceOf(ctx); a != nil {
		if until, resting := a.resting(now); resting {
			return notSent(op, until)
		}
	}
	if n, ok := ctx.Value(counterKey{}).(*atomic.Int64); ok {
		n.Add(1)
	}
	return nil
}

// Told notes until when a server wants to be left alone by the account of a request.
func Told(ctx context.Context, until time.Time) {
	if a := allowanceOf(ctx); a != nil {
		a.rest(until)
	}
}

func notSent(op string, until time.Time) *provider.Error {
	return &provider.Error{Op: op, Class: provider.RateLimited, RetryAfter: until, Status: "not sent: the server asked us to wait"}
}
