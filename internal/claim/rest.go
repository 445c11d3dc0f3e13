package claim

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"tahti/internal/provider"
	"tahti/internal/store"
)

// Rests are what servers asked of a process to keep (I19). All connections of an account share its rest, and all accounts share
// those of the circles that they are in.
type Rests struct {
	mu       sync.Mutex
	accounts map[[2]store.ID]*Allowance
	circles  map[string]*Allowance
}

// Of is what an account may do in this process, at a provider of these capabilities. A rest that an earlier process was asked for
// stands with the account. circles name the wider circles that it is in, in the order of [provider.Circle]; empty where there is
// none.
func (r *Rests) Of(company store.ID, a *store.Account, can provider.Capabilities, circles ...string) *Allowance {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.accounts == nil {
		r.accounts, r.circles = map[[2]store.ID]*Allowance{}, map[string]*Allowance{}
	}
	key := [2]store.ID{company, a.ID}
	if r.accounts[key] == nil {
		r.accounts[key] = &Allowance{bucket: newBucket(can.PerAccount)}
	}
	r.accounts[key].widen(r.around(can, circles))
	r.accounts[key].rest(a.BlockedUntil)
	return r.accounts[key]
}

// around finds the allowances of wider circles, with the budgets that they had when they were first seen.
func (r *Rests) around(can provider.Capabilities, circles []string) []*Allowance {
	var list []*Allowance
	for i, name := range circles {
		if name == "" {
			list = append(list, nil)
			continue
		}
		if r.circles[name] == nil {
			r.circles[name] = &Allowance{}
			r.circles[name].bucket = newBucket(map[provider.Circle]provider.Budget{
				provider.Organisation: can.PerOrganisation, provider.Application: can.PerApplication,
			}[provider.Circle(i+1)])
		}
		list = append(list, r.circles[name])
	}
	return list
}

// Allowance is what one account, or all of a wider circle, may do in this process.
type Allowance struct {
	mu     sync.Mutex
	until  time.Time // no request before
	bucket bucket
	wider  []*Allowance // of an account: those of its circles, by [provider.Circle] less one; nil where it is in none
}

func (a *Allowance) widen(circles []*Allowance) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.wider = circles
}

// each answers the allowance and those of the circles around it.
func (a *Allowance) each() []*Allowance {
	a.mu.Lock()
	defer a.mu.Unlock()
	list := []*Allowance{a}
	for _, w := range a.wider {
		if w != nil {
			list = append(list, w)
		}
	}
	return list
}

// rest lets the account rest until an instant, if that is later than what it rests until already.
func (a *Allowance) rest(until time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if until.After(a.until) {
		a.until = until
	}
}

// heed lets the account rest that got an answer, and everybody for whom the answer speaks.
func (a *Allowance) heed(e *provider.Error) {
	a.rest(e.RetryAfter)
	a.mu.Lock()
	wider := a.wider
	a.mu.Unlock()
	if i := int(e.Circle) - 1; i >= 0 && i < len(wider) && wider[i] != nil {
		wider[i].rest(e.RetryAfter)
	}
}

// resting answers until when no request may leave, for the account's own sake or that of a circle around it.
func (a *Allowance) resting(now time.Time) (until time.Time, yes bool) {
	for _, x := range a.each() {
		x.mu.Lock()
		if x.until.After(until) {
			until = x.until
		}
		x.mu.Unlock()
	}
	return until, until.After(now)
}

// take takes a request of a weight, and a cost, out of all budgets, or answers how long it is until they hold it.
func (a *Allowance) take(now time.Time, weight, cost int) (wait time.Duration) {
	of := func(x *Allowance) int {
		if x.bucket.costs {
			return cost
		}
		return weight
	}
	all := a.each() // in one order, so that nobody waits for each other
	for _, x := range all {
		x.mu.Lock()
		defer x.mu.Unlock()
		wait = max(wait, x.bucket.wait(now, of(x)))
	}
	if wait > 0 {
		return wait
	}
	for _, x := range all {
		x.bucket.take(now, of(x))
	}
	return 0
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

// longestWait is how long a request waits for its budget. What would have to wait longer is not sent, so that it takes nobody's
// slot meanwhile.
const longestWait = 5 * time.Second

// Leave is asked before each request: it counts the request and takes it out of its budgets, unless its account has to rest. While
// the budgets do not hold it, the answer is after how long to ask again. A pull that is under way in one calendar sends no further
// page once another calendar of the account was told to wait (I19).
func Leave(ctx context.Context, op string, now time.Time) (wait time.Duration, err error) {
	if a := allowanceOf(ctx); a != nil {
		if until, resting := a.resting(now); resting {
			return 0, notSent(op, until, "the server asked us to wait")
		}
		switch wait = a.take(now, provider.Weight(ctx), provider.Cost(ctx)); {
		case wait > longestWait:
			return 0, notSent(op, now.Add(wait), "the budget is used up")
		case wait > 0:
			return wait, nil
		}
	}
	if n, ok := ctx.Value(counterKey{}).(*atomic.Int64); ok {
		n.Add(1)
	}
	return 0, nil
}

// Told notes until when a server wants to be left alone by the account of a request.
func Told(ctx context.Context, until time.Time) {
	if a := allowanceOf(ctx); a != nil {
		a.rest(until)
	}
}

func notSent(op string, until time.Time, why string) *provider.Error {
	return &provider.Error{Op: op, Class: provider.RateLimited, RetryAfter: until, Status: "not sent: " + why}
}
