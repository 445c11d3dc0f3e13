package jobs

import (
	"context"
	"net/url"
	"strings"
	"sync"

	"tahti/internal/claim"
	"tahti/internal/store"
)

// bounds are what hosts and accounts bear: requests at a time, and a rest that one of them asked for (I19). All
// connections of an account share its bounds, and all accounts at a host share the host's.
type bounds struct {
	perHost int
	rests   claim.Rests

	mu       sync.Mutex
	hosts    map[string]chan struct{}
	accounts map[[2]store.ID]chan struct{}
}

func newBounds(perHost int) *bounds {
	return &bounds{perHost: perHost, hosts: map[string]chan struct{}{}, accounts: map[[2]store.ID]chan struct{}{}}
}

// slots are where a request waits for its turn: the account's before the host's.
type slots struct{ account, host chan struct{} }

// of answers the slots of an account and its host, of which the account has n when it is first seen.
func (b *bounds) of(company store.ID, a *store.Account, n int) slots {
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
		b.accounts[key] = make(chan struct{}, n)
	}
	return slots{b.accounts[key], b.hosts[host]}
}

// hostOf is the host of a server's address, which may be that of one user's principal.
func hostOf(server string) string {
	u, err := url.Parse(server)
	if err != nil || u.Host == "" {
		return server // no address: what the provider calls its server is all there is to tell it by
	}
	return strings.ToLower(u.Host)
}

// Take implements [claim.Slots].
func (s slots) Take(ctx context.Context, op string) error {
	if err := take(ctx, s.account, op); err != nil {
		return err
	}
	if err := take(ctx, s.host, op); err != nil {
		<-s.account
		return err
	}
	return nil
}

// Release implements [claim.Slots].
func (s slots) Release() {
	<-s.host
	<-s.account
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
	return claim.Unsent(op, err)
}
