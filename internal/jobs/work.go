package jobs

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"tahti/internal/account"
	"tahti/internal/claim"
	"tahti/internal/engine"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// work runs one claim, keeps its lease, and gives it back.
func (r *Runner) work(ctx context.Context, c store.Claim) {
	running, cancel := context.WithCancel(ctx)
	kept := make(chan struct{})
	go func() { defer close(kept); r.keepLease(running, cancel, c) }()
	end := r.contained(running, c)
	cancel()
	<-kept
	r.setProgress(c, nil)
	after, stop := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer stop()
	r.worker.GiveBack(after, c, end)
	r.ended.ring(c.Company, c.Connection)
}

// contained runs a claim; a panic is that run's alone.
func (r *Runner) contained(ctx context.Context, c store.Claim) (end claim.End) {
	defer func() {
		if p := recover(); p != nil {
			r.log.Error("run broke off", "company", c.Company, "connection", c.Connection, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			end = r.worker.Broke()
		}
	}()
	return r.worker.Run(ctx, c)
}

// keepLease renews the lease until the run has ended, and calls the run off once the lease is lost.
func (r *Runner) keepLease(ctx context.Context, cancel context.CancelFunc, c store.Claim) {
	tick := time.NewTicker(r.worker.Renewal())
	defer tick.Stop()
	for lease := r.worker.Lease(c); ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if !lease.Renew(ctx) {
				cancel()
				return
			}
		}
	}
}

// Remote opens a connection's calendar for a call outside of runs, such as a dry run.
func (r *Runner) Remote(company store.ID, conn store.Connection, acc store.Account) (engine.Remote, error) {
	p, err := r.opener.Open(company, &acc, conn.Calendar)
	if err != nil {
		return nil, err
	}
	return outside{r.opener, r}.Bind(company, &acc, p), nil
}

// outside implements [claim.Outside].
type outside struct {
	Opener
	r *Runner
}

func (o outside) Bind(company store.ID, a *store.Account, p provider.Provider) engine.Remote {
	r := o.r
	can := p.Capabilities()
	slots := r.bounds.of(company, a, can.Concurrency)
	return &remote{
		Remote: &claim.Remote{
			Inner: p, Gate: r.gate, Company: company, Slots: slots, Account: r.bounds.rests.Of(company, a, can, account.Circles(a)...), Clock: r.engine.Clock,
		},
		width: cap(slots.account), log: r.log,
	}
}
