package claim

import (
	"context"
	"errors"
	"time"

	"tahti/internal/store"
)

// Lease is the lease of a claim as its worker knows it.
type Lease struct {
	w     *Worker
	claim store.Claim
	until time.Time
}

// Lease is what a claim begins with.
func (w *Worker) Lease(c store.Claim) *Lease { return &Lease{w, c, c.Until} }

// Renewal is after how long a lease is to be renewed each time.
func (w *Worker) Renewal() time.Duration { return w.LeaseFor / 3 }

// Renew moves the lease's end. It answers false once the lease is lost: the run is to be called off then, and could not
// commit anyway.
func (l *Lease) Renew(ctx context.Context) (kept bool) {
	clock := l.w.Engine.Clock
	now := clock.Now()
	err := l.w.Leases.RenewLease(ctx, l.claim, now.Add(l.w.LeaseFor))
	switch {
	case err == nil:
		l.until = now.Add(l.w.LeaseFor)
	case errors.Is(err, store.ErrFenced), !clock.Now().Before(l.until):
		return false
	}
	return true
}
