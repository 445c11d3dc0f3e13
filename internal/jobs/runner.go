package jobs

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"tahti/internal/engine"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// Opener opens the calendar of a connection; it sends nothing.
type Opener interface {
	Open(company store.ID, a *store.Account, calendar string) (provider.Provider, error)
}

// Options of a runner. Zero values mean the stated defaults.
type Options struct {
	Owner      string        // names this process in leases
	Workers    int           // connections at a time (8)
	PerCompany int           // of one company (4)
	Poll       time.Duration // the poll floor (5 min)
	Audit      time.Duration // between full sweeps (24 h)
	Lease      time.Duration // how long a silent worker keeps a connection (90 s)
	PerHost    int           // requests at a time to one host (4)
	// Observe is told of every run that ended, and how long it took; may be nil.
	Observe func(engine.Report, time.Duration)
}

func (o Options) withDefaults() Options {
	def := func(v *int, d int) {
		if *v <= 0 {
			*v = d
		}
	}
	span := func(v *time.Duration, d time.Duration) {
		if *v <= 0 {
			*v = d
		}
	}
	def(&o.Workers, 8)
	def(&o.PerCompany, 4)
	def(&o.PerHost, 4)
	span(&o.Poll, 5*time.Minute)
	span(&o.Audit, 24*time.Hour)
	span(&o.Lease, 90*time.Second)
	return o
}

// Runner claims wakes and works on them.
type Runner struct {
	opts   Options
	db     *Store
	engine *engine.Engine
	opener Opener
	gate   *Gate
	log    *slog.Logger

	mu       sync.Mutex
	slots    map[string]chan struct{}
	progress map[[2]store.ID]Progress
}

// Progress is how far the run of a connection is.
type Progress struct{ Done, Total int }

// New makes a runner; [Runner.Run] starts it.
func New(db *Store, e *engine.Engine, opener Opener, gate *Gate, log *slog.Logger, o Options) *Runner {
	return &Runner{
		opts: o.withDefaults(), db: db, engine: e, opener: opener, gate: gate, log: log,
		slots: map[string]chan struct{}{}, progress: map[[2]store.ID]Progress{},
	}
}

// breath is the shortest time between two looks for due wakes: bursts of local changes become one.
const breath = 20 * time.Millisecond

// Run works until ctx ends, and then waits for the workers that are under way: each ends at its next commit.
func (r *Runner) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	finished := make(chan struct{}, r.opts.Workers)
	running := 0
	for {
		if n := r.opts.Workers - running; n > 0 {
			claims, err := r.db.Global().ClaimWakes(ctx, r.opts.Owner, r.engine.Clock.Now(), r.opts.Lease, n, r.opts.PerCompany)
			if err != nil && ctx.Err() == nil {
				r.log.Error("claim wakes", "error", err)
			}
			for _, c := range claims {
				running++
				wg.Go(func() {
					r.work(ctx, c)
					finished <- struct{}{}
				})
			}
		}
		wait := r.untilNext(ctx)
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-finished:
			running--
		case <-r.db.changed:
			time.Sleep(breath)
		case <-timer.C:
		}
		timer.Stop()
	}
}

// untilNext is how long nothing is due; at most some seconds, so that another process's wakes are seen too.
func (r *Runner) untilNext(ctx context.Context) time.Duration {
	const most, least = 5 * time.Second, 50 * time.Millisecond
	next, err := r.db.Global().NextWake(ctx)
	if err != nil || next.IsZero() {
		return most
	}
	return max(least, min(most, next.Sub(r.engine.Clock.Now())))
}

// work runs one claim, keeps its lease, and says when the connection is due again.
func (r *Runner) work(ctx context.Context, c store.Claim) {
	log := r.log.With("company", c.Company, "connection", c.Connection)
	next := r.engine.Clock.Now().Add(r.opts.Poll)
	defer func() {
		if p := recover(); p != nil {
			log.Error("run broke off", "panic", fmt.Sprint(p))
			next = r.engine.Clock.Now().Add(5 * time.Minute)
		}
		r.setProgress(c, nil)
		// The claim is given back also while the process stops, so that the next one need not wait for the lease.
		done, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		if err := r.db.Global().FinishWake(done, c, next); err != nil && !errors.Is(err, store.ErrFenced) {
			log.Error("finish wake", "error", err)
		}
	}()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go r.keepLease(ctx, cancel, c)
	next = r.run(ctx, c, log)
}

// keepLease renews the lease; once it is lost the run is called off, and could not commit anyway.
func (r *Runner) keepLease(ctx context.Context, cancel context.CancelFunc, c store.Claim) {
	tick := time.NewTicker(r.opts.Lease / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			err := r.db.Global().RenewLease(ctx, c, r.engine.Clock.Now().Add(r.opts.Lease))
			if errors.Is(err, store.ErrFenced) {
				cancel()
				return
			}
		}
	}
}

// run opens the connection and runs the engine on it. It answers when the connection is due again.
func (r *Runner) run(ctx context.Context, c store.Claim, log *slog.Logger) time.Time {
	now := r.engine.Clock.Now()
	conn, acc, err := r.load(ctx, c)
	if err != nil {
		log.Error("load connection", "error", err)
		return now.Add(r.opts.Poll)
	}
	if acc.BlockedUntil.After(now) {
		return acc.BlockedUntil
	}
	rem, err := r.open(c.Company, conn, acc)
	if err != nil {
		log.Error("open calendar", "error", err)
		return now.Add(r.opts.Poll)
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
		return now
	case err != nil:
		log.Error("run", "error", err)
		return now.Add(time.Minute)
	case rep.Err != nil:
		log.Warn("run ended early", "error", rep.Err)
		return r.afterFailure(rep, conn)
	}
	log.Debug("run", "counts", rep.Counts, "requests", rep.Run.Requests)
	return r.afterSuccess(rep, c)
}

func (r *Runner) load(ctx context.Context, c store.Claim) (conn store.Connection, acc store.Account, err error) {
	err = r.db.View(ctx, c.Company, func(tx engine.Tx) error {
		if conn, err = tx.Connection(ctx, c.Connection); err != nil {
			return err
		}
		acc, err = tx.Account(ctx, conn.Account)
		return err
	})
	return conn, acc, err
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
	n := p.Capabilities().Concurrency
	if n <= 0 || n > r.opts.PerHost {
		n = r.opts.PerHost
	}
	return &remote{inner: p, gate: r.gate, company: company, slots: r.hostSlots(acc.Server, n)}, nil
}

func (r *Runner) hostSlots(host string, n int) chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	s, ok := r.slots[host]
	if !ok || cap(s) != n {
		s = make(chan struct{}, n)
		r.slots[host] = s
	}
	return s
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

// afterFailure rests longer each time, up to half an hour, and never asks before the provider allows it.
func (r *Runner) afterFailure(rep engine.Report, c store.Connection) time.Time {
	now := r.engine.Clock.Now()
	rest := min(30*time.Minute, 5*time.Second<<min(c.Health.Failures, 9))
	next := now.Add(rest)
	if pe, ok := errors.AsType[*provider.Error](rep.Err); ok && pe.RetryAfter.After(next) {
		next = pe.RetryAfter
	}
	return next
}

func (r *Runner) setProgress(c store.Claim, p *Progress) {
	r.mu.Lock()
	defer r.mu.Unlock()
	key := [2]store.ID{c.Company, c.Connection}
	if p == nil {
		delete(r.progress, key)
		return
	}
	r.progress[key] = *p
}

// Progress answers how far the run of a connection is, if one is under way in this process.
func (r *Runner) Progress(company, connection store.ID) (Progress, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p, ok := r.progress[[2]store.ID{company, connection}]
	return p, ok
}
