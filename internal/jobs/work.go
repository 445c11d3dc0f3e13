package jobs

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"runtime/debug"
	"sync/atomic"
	"time"

	"tahti/internal/engine"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// codeInternal is the cause of what broke off inside of Tahti.
const codeInternal = "internal"

// work runs one claim, keeps its lease, and says when the connection is due again.
func (r *Runner) work(ctx context.Context, c store.Claim) {
	log := r.log.With("company", c.Company, "connection", c.Connection)
	running, cancel := context.WithCancel(ctx)
	kept := make(chan struct{})
	go func() { defer close(kept); r.keepLease(running, cancel, c) }()
	next, end := r.contained(running, c, log)
	cancel()
	<-kept
	r.setProgress(c, nil)
	// The claim is given back also while the process stops, so that the next one need not wait for the lease.
	after, stop := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer stop()
	if end != whole {
		r.breakOff(after, c, end, next, log)
	}
	if err := r.db.Global().FinishWake(after, c, next); err != nil && !errors.Is(err, store.ErrFenced) {
		log.Error("finish wake", "error", err)
	}
	r.ended.ring(c.Company, c.Connection)
}

// ending is how a run ended for the runner: it wrote its row to the end, was called off, or broke.
type ending int

const (
	whole ending = iota
	calledOff
	broken
)

// contained runs a claim; a panic is that run's alone.
func (r *Runner) contained(ctx context.Context, c store.Claim, log *slog.Logger) (next time.Time, end ending) {
	defer func() {
		if p := recover(); p != nil {
			log.Error("run broke off", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			next, end = r.engine.Clock.Now().Add(5*time.Minute), broken
		}
	}()
	return r.run(ctx, c, log)
}

// keepLease renews the lease; once it is lost the run is called off, and could not commit anyway.
func (r *Runner) keepLease(ctx context.Context, cancel context.CancelFunc, c store.Claim) {
	tick := time.NewTicker(r.opts.Lease / 3)
	defer tick.Stop()
	for until := c.Until; ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			now := r.engine.Clock.Now()
			err := r.db.Global().RenewLease(ctx, c, now.Add(r.opts.Lease))
			switch {
			case err == nil:
				until = now.Add(r.opts.Lease)
			case errors.Is(err, store.ErrFenced), !r.engine.Clock.Now().Before(until):
				cancel()
				return
			}
		}
	}
}

// breakOff ends the rows of runs that nobody works on any more, and shows on the connection what broke inside of Tahti. It
// rests until next, whatever changes here.
func (r *Runner) breakOff(ctx context.Context, c store.Claim, end ending, next time.Time, log *slog.Logger) {
	err := r.db.Tx(ctx, c.Company, func(tx engine.Tx) error {
		now := r.engine.Clock.Now()
		if err := tx.Fenced(ctx, c, now); err != nil {
			return err
		}
		runs, err := tx.Runs(ctx, c.Connection, recentRuns)
		if err != nil {
			return err
		}
		for _, run := range runs {
			if run.State != stateRunning {
				continue
			}
			run.State, run.Error, run.Finished = "failed", codeInternal, now
			if err := tx.PutRun(ctx, &run); err != nil {
				return err
			}
		}
		if end != broken {
			return nil
		}
		conn, err := tx.Connection(ctx, c.Connection)
		if err != nil || conn.State != store.Active && conn.State != store.Retrying {
			return err
		}
		h := conn.Health
		h.LastRun, h.NextRun, h.ErrorClass, h.ErrorCode = now, next, provider.Transient.String(), codeInternal
		h.Failures++
		if h.FailedSince.IsZero() {
			h.FailedSince = now
		}
		return tx.SaveHealth(ctx, c.Connection, store.Retrying, codeInternal, h)
	})
	if err != nil && !errors.Is(err, store.ErrFenced) { // whoever took over ends the rows
		log.Error("end run", "error", err)
	}
}

const (
	stateRunning = "running"
	// recentRuns is how far back a run is looked for that never ended; there is one at most, as each claim ends it.
	recentRuns = 3
)

// run opens the connection and runs the engine on it. It answers when the connection is due again.
func (r *Runner) run(ctx context.Context, c store.Claim, log *slog.Logger) (time.Time, ending) {
	now := r.engine.Clock.Now()
	conn, acc, left, err := r.load(ctx, c)
	if err != nil {
		log.Error("load connection", "error", err)
		return now.Add(r.opts.Poll), whole
	}
	if left {
		r.breakOff(ctx, c, calledOff, now, log) // by a process that was killed
	}
	if acc.BlockedUntil.After(now) {
		return acc.BlockedUntil, whole
	}
	if conn.State == store.Retrying && conn.Health.NextRun.After(now) && c.Lane > 0 {
		// It rests after a failure: a local change waits, and only what a person asks for comes earlier.
		return conn.Health.NextRun, whole
	}
	rem, err := r.open(c.Company, conn, acc)
	if err != nil {
		log.Error("open calendar", "error", err)
		rem = r.bound(c.Company, &acc, shut{err})
	}
	var requests atomic.Int64
	rep, err := r.engine.Run(counting(ctx, &requests), engine.Target{
		Company: c.Company, Connection: c.Connection, Claim: c, Remote: rem,
		Audit:    conn.Baselined && now.Sub(conn.Audited) > r.opts.Audit,
		Requests: func() int { return int(requests.Load()) },
		Progress: func(done, total int) { r.setProgress(c, &Progress{done, total}) },
	})
	if err == nil && r.opts.Observe != nil {
		r.opts.Observe(rep, r.engine.Clock.Now().Sub(now))
	}
	switch {
	case err != nil && ctx.Err() != nil:
		return now, calledOff
	case err != nil:
		log.Error("run", "error", err)
		return now.Add(time.Minute), broken
	case rep.Err != nil:
		log.Warn("run ended early", "error", rep.Err)
		return rep.Next, whole
	}
	log.Debug("run", "counts", rep.Counts, "requests", rep.Run.Requests)
	return r.afterSuccess(rep, c), whole
}

// load reads a connection and its account, and whether a run of it was left unfinished.
func (r *Runner) load(ctx context.Context, c store.Claim) (conn store.Connection, acc store.Account, left bool, err error) {
	err = r.db.View(ctx, c.Company, func(tx engine.Tx) error {
		if conn, err = tx.Connection(ctx, c.Connection); err != nil {
			return err
		}
		if acc, err = tx.Account(ctx, conn.Account); err != nil {
			return err
		}
		runs, err := tx.Runs(ctx, c.Connection, recentRuns)
		for _, run := range runs {
			left = left || run.State == stateRunning
		}
		return err
	})
	return conn, acc, left, err
}

// Remote opens a connection's calendar for a call outside of runs, such as a dry run.
func (r *Runner) Remote(company store.ID, conn store.Connection, acc store.Account) (engine.Remote, error) {
	return r.open(company, conn, acc)
}

func (r *Runner) open(company store.ID, conn store.Connection, acc store.Account) (*remote, error) {
	p, err := r.opener.Open(company, &acc, conn.Calendar)
	if err != nil {
		return nil, err
	}
	return r.bound(company, &acc, p), nil
}

func (r *Runner) bound(company store.ID, acc *store.Account, p provider.Provider) *remote {
	host, account := r.bounds.of(company, acc, p.Capabilities().Concurrency)
	return &remote{inner: p, gate: r.gate, company: company, host: host, account: account, clock: r.engine.Clock, log: r.log}
}

// afterSuccess is the next poll, spread so that connections do not all come at once, or earlier if something is due.
func (r *Runner) afterSuccess(rep engine.Report, c store.Claim) time.Time {
	now := r.engine.Clock.Now()
	h := fnv.New32a()
	fmt.Fprintf(h, "%d/%d", c.Company, c.Connection)
	next := now.Add(r.opts.Poll + r.opts.Poll*time.Duration(h.Sum32()%100)/1000)
	if !rep.Next.IsZero() && rep.Next.Before(next) {
		next = rep.Next
	}
	return next
}
