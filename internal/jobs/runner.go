package jobs

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"tahti/internal/claim"
	"tahti/internal/engine"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// Gate is the company-wide stop as writes meet it.
type Gate = claim.Gate

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
	PerHost    int           // requests at a time to one host (8)
	// Observe is told of every run that ended, and how long it took; may be nil.
	Observe func(engine.Report, time.Duration)
	// Watches keeps providers telling of changes by themselves; nil: none is asked to.
	Watches claim.Watches
	// Hearing keeps who listens to calendars that tell of changes while somebody does; nil: nobody.
	Hearing Hearing
	Ears    int // calendars that this process listens to at a time (250)
}

// DefaultPoll is how often a connection runs at the least where nobody says otherwise.
const DefaultPoll = 5 * time.Minute

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
	def(&o.PerHost, 8)
	def(&o.Ears, maxEars)
	span(&o.Poll, DefaultPoll)
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

	worker *claim.Worker
	bounds *bounds
	ended  bells
	ears   *ears // nil: nobody listens

	mu       sync.Mutex
	progress map[[2]store.ID]Progress
}

// Progress is how far the run of a connection is.
type Progress struct{ Done, Total int }

// New makes a runner; [Runner.Run] starts it.
func New(db *Store, e *engine.Engine, opener Opener, gate *Gate, log *slog.Logger, o Options) *Runner {
	o = o.withDefaults()
	r := &Runner{
		opts: o, db: db, engine: e, opener: opener, gate: gate, log: log,
		bounds: newBounds(o.PerHost), progress: map[[2]store.ID]Progress{},
	}
	r.worker = &claim.Worker{
		Owner: o.Owner, PerCompany: o.PerCompany, Poll: o.Poll, Audit: o.Audit, LeaseFor: o.Lease,
		Store: db, Leases: db.Global(), Engine: e, Outside: outside{opener, r}, Watches: o.Watches, Rests: db.Global(), Log: log, Observe: o.Observe,
		Progress: func(c store.Claim, done, total int) { r.setProgress(c, &Progress{done, total}) },
	}
	if o.Hearing != nil {
		r.ears = &ears{hearing: o.Hearing, clock: e.Clock, log: log, most: o.Ears, all: map[[2]store.ID]*ear{}}
		r.worker.Ears = r.ears
	}
	return r
}

// breath is the shortest time between two looks for due wakes: bursts of local changes become one.
const breath = 20 * time.Millisecond

// Run works until ctx ends, and then waits for the workers that are under way: each ends at its next commit. Who listens ends at once.
func (r *Runner) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	if r.ears != nil {
		r.ears.start()
		wg.Go(func() { r.ears.run(ctx) })
	}
	finished := make(chan struct{}, r.opts.Workers)
	running := 0
	for {
		wait := longest
		if n := r.opts.Workers - running; n > 0 {
			now := r.engine.Clock.Now()
			claims, err := r.claim(ctx, now, n)
			if err != nil {
				r.log.Error("claim wakes", "error", err)
			}
			for _, c := range claims {
				running++
				wg.Go(func() {
					r.work(ctx, c)
					finished <- struct{}{}
				})
			}
			if running < r.opts.Workers {
				wait = r.untilNext(ctx, now)
			}
		}
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

// claim does not break off where the process stops: a commit that is called off may have taken effect all the same, and its
// leases would then keep their connections from everybody until they run out. What it claims then is given back at once.
func (r *Runner) claim(ctx context.Context, now time.Time, n int) ([]store.Claim, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return r.worker.Claim(ctx, now, n)
}

const (
	// longest is how long the runner rests at the most, so that another process's wakes are seen too.
	longest = 5 * time.Second
	// denied is how long it rests where something is due that could not be claimed: its company has its share already, or
	// the database is busy.
	denied = time.Second
)

// untilNext is how long nothing is due beyond what was claimed at an instant.
func (r *Runner) untilNext(ctx context.Context, claimed time.Time) time.Duration {
	next, err := r.db.Global().NextWake(ctx)
	switch {
	case err != nil || next.IsZero():
		return longest
	case !next.After(claimed):
		return denied
	}
	return max(0, min(longest, next.Sub(r.engine.Clock.Now())))
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
