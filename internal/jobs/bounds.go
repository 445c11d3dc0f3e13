package jobs

import (
	"context"
	"net/url"
	"strings"
	"sync"
	"time"

	"tahti/internal/engine"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// bounds are what hosts and accounts bear: requests at a time, and a rest that one of them asked for (I19). All
// connections of an account share its bounds, and all accounts at a host share the host's.
type bounds struct {
	perHost int
	clock   engine.Clock

	mu       sync.Mutex
	hosts    map[string]chan struct{}
	accounts map[[2]store.ID]*allowance
}

// allowance is what one account may do in this process.
type allowance struct {
	slots chan struct{}
	mu    sync.Mutex
	until time.Time // no request before
}

func newBounds(perHost int, clock engine.Clock) *bounds {
	return &bounds{perHost: perHost, clock: clock, hosts: map[string]chan struct{}{}, accounts: map[[2]store.ID]*allowance{}}
}

// of answers the slots of an account's host, and the account's own, of which there are n when it is first seen.
func (b *bounds) of(company store.ID, a *store.Account, n int) (chan struct{}, *allowance) {
	if n <= 0 || n > b.perHost {
		n = b.perHost
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	host := hostOf(a.Server)
	if b.hosts[host] == nil {
		b.hosts[host] = make(chan struct{}, b.perHost)
	}
	key := [2]store.ID{company, a.ID}
	if b.accounts[key] == nil {
		b.accounts[key] = &allowance{slots: make(chan struct{}, n)}
	}
	b.accounts[key].rest(a.BlockedUntil)
	return b.hosts[host], b.accounts[key]
}

// hostOf is the host of a server's address, which may be that of one user's principal.
func hostOf(server string) string {
	u, err := url.Parse(server)
	if err != nil || u.Host == "" {
		return server // no address: what the provider calls its server is all there is to tell it by
	}
	return strings.ToLower(u.Host)
}

// rest lets the account rest until an instant, if that is later than what it rests until already.
func (a *allowance) rest(until time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if until.After(a.until) {
		a.until = until
	}
}

func (a *allowance) resting(now time.Time) (until time.Time, yes bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.until, a.until.After(now)
}

// take waits for a slot.
func take(ctx context.Context, slots chan struct{}, op string) error {
	err := ctx.Err()
	if err == nil {
		select {
		case slots <- struct{}{}:
			return nil
		case <-ctx.Done():
			err = ctx.Err()
		}
	}
	return &provider.Error{Op: op, Class: provider.Transient, Status: "not sent", Err: err}
}
