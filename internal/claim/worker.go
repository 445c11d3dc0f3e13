package claim

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"time"

	"tahti/internal/account"
	"tahti/internal/engine"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// Leases hands out claims; [store.DB] does.
type Leases interface {
	ClaimWakes(ctx context.Context, owner string, now time.Time, lease time.Duration, n, perCompany int) ([]store.Claim, error)
	RenewLease(ctx context.Context, c store.Claim, until time.Time) error
	FinishWake(ctx context.Context, c store.Claim, next time.Time) error
}

// Outside leads to the calendars. Neither method sends anything.
type Outside interface {
	Open(company store.ID, a *store.Account, calendar string) (provider.Provider, error)
	// Bind ties an open calendar to what its account and its host bear.
	Bind(company store.ID, a *store.Account, p provider.Provider) engine.Remote
}

// Watches keeps providers telling of changes by themselves.
type Watches interface {
	// Tend does what is due for the watches of a claim's connection, and answers when it should run once more on their account; zero
	// if it need not. quiet says that the calendar told the run of nothing.
	Tend(ctx context.Context, c store.Claim, w provider.Watcher, quiet bool) (next time.Time)
	// Told is when a provider last told of something in an account whose connections share a watch; zero if it never has.
	Told(ctx context.Context, company, account store.ID) time.Time
}

// Ears listen to calendars, beside their runs.
type Ears interface {
	// RunEnded is told of the end of each run of a connection, under its claim. l is the calendar's side of it; nil where the run has
	// ended badly, or there is nothing to listen to. changed says that the calendar told the run of something.
	RunEnded(ctx context.Context, c store.Claim, l provider.Listener, changed bool)
}

// Kept are the rests of wider circles than one account, which hold for all processes; [store.DB] keeps them.
type Kept interface {
	account.Rests
	Rest(ctx context.Context, circle string, until time.Time) error
}

// Worker works on claims. It holds no state: one serves a whole process.
type Worker struct {
	Owner      string        // names the process in leases
	PerCompany int           // connections of one company at a time
	Poll       time.Duration // the poll floor
	Audit      time.Duration // between full sweeps
	LeaseFor   time.Duration // how long a silent worker keeps a connection

	Store   engine.Store
	Leases  Leases
	Engine  *engine.Engine
	Outside Outside
	Watches Watches // nil: nobody is asked to tell of changes
	Ears    Ears    // nil: nobody listens
	Rests   Kept
	Log     *slog.Logger
	// Observe is told of every run that ended, and how long it took; may be nil.
	Observe func(engine.Report, time.Duration)
	// Progress is told how far a run is; may be nil.
	Progress func(c store.Claim, done, total int)
}

// CodeInternal is the cause of what broke off inside of Tahti.
const CodeInternal = "internal"

const (
	stateRunning = "running"
	// recentRuns is how far back a run is looked for that never ended; there is one at most, as each claim ends it.
	recentRuns = 3
)

// End is how a run ended for its worker, and when the connection is due again.
type End struct {
	Next time.Time
	how  ending
}

type ending int

const (
	whole     ending = iota // it wrote its row to the end
	calledOff               // the process stops, or the lease is lost
	broken
)

// Claim leases up to n connections that are due.
func (w *Worker) Claim(ctx context.Context, now time.Time, n int) ([]store.Claim, error) {
	return w.Leases.ClaimWakes(ctx, w.Owner, now, w.LeaseFor, n, w.PerCompany)
}

// Broke is the end of a run that panicked.
func (w *Worker) Broke() End { return End{w.Engine.Clock.Now().Add(5 * time.Minute), broken} }

// GiveBack ends a claim. ctx is not that of the run: a claim is given back also while the process stops, so that the next
// one need not wait for the lease.
func (w *Worker) GiveBack(ctx context.Context, c store.Claim, e End) {
	if e.how != whole {
		w.breakOff(ctx, c, e)
	}
	if err := w.Leases.FinishWake(ctx, c, e.Next); err != nil && !errors.Is(err, store.ErrFenced) {
		w.log(c).Error("finish wake", "error", err)
	}
}

func (w *Worker) log(c store.Claim) *slog.Logger {
	return w.Log.With("company", c.Company, "connection", c.Connection)
}

// breakOff ends the rows of runs that nobody works on any more, and shows on the connection what broke inside of Tahti. It
// rests until e.Next, whatever changes here.
func (w *Worker) breakOff(ctx context.Context, c store.Claim, e End) {
	err := w.Store.Tx(ctx, c.Company, func(tx engine.Tx) error {
		now := w.Engine.Clock.Now()
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
			run.State, run.Error, run.Finished = "failed", CodeInternal, now
			if err := tx.PutRun(ctx, &run); err != nil {
				return err
			}
		}
		if e.how != broken {
			return nil
		}
		conn, err := tx.Connection(ctx, c.Connection)
		if err != nil || conn.State != store.Active && conn.State != store.Retrying {
			return err
		}
		h := conn.Health
		h.LastRun, h.NextRun, h.ErrorClass, h.ErrorCode = now, e.Next, provider.Transient.String(), CodeInternal
		h.Failures++
		if h.FailedSince.IsZero() {
			h.FailedSince = now
		}
		return tx.SaveHealth(ctx, c.Connection, store.Retrying, CodeInternal, h)
	})
	if err != nil && !errors.Is(err, store.ErrFenced) { // whoever took over ends the rows
		w.log(c).Error("end run", "error", err)
	}
}

// Run opens the connection of a claim and runs the engine on it.
func (w *Worker) Run(ctx context.Context, c store.Claim) End {
	now := w.Engine.Clock.Now()
	conn, acc, left, err := w.load(ctx, c)
	if err != nil && ctx.Err() != nil {
		return End{now, calledOff}
	}
	if err != nil {
		w.log(c).Error("load connection", "error", err)
		return End{now.Add(w.Poll), whole}
	}
	if left {
		w.breakOff(ctx, c, End{now, calledOff}) // by a process that was killed
	}
	until, err := account.RestsUntil(ctx, w.Rests, &acc)
	if err != nil {
		w.log(c).Error("read rests", "error", err)
		return End{now.Add(w.Poll), whole}
	}
	if until.After(now) {
		return End{until, whole}
	}
	if conn.State == store.Retrying && conn.Health.NextRun.After(now) && c.Lane > 0 {
		// It rests after a failure: a local change waits, and only what a person asks for comes earlier.
		return End{conn.Health.NextRun, whole}
	}
	if conn.Calendar == "" {
		return End{how: whole} // there is nothing to run until one is chosen, which wakes it
	}
	p, err := w.Outside.Open(c.Company, &acc, conn.Calendar)
	if err != nil {
		w.log(c).Error("open calendar", "error", err)
		p = shut{err}
	}
	w.refresh(ctx, c, now, &acc, p)
	counting, requests := Count(ctx)
	remote := w.Outside.Bind(c.Company, &acc, p)
	rep, err := w.Engine.Run(counting, engine.Target{
		Company: c.Company, Connection: c.Connection, Claim: c, Remote: remote,
		Audit:    w.sweeps(c, &conn, p, now),
		Requests: requests, Progress: w.progress(c),
	})
	if err == nil {
		w.keepRest(ctx, c, &acc, rep.Err)
	}
	end := w.judge(ctx, c, now, rep, err)
	if err == nil && rep.Err == nil {
		if next := w.tend(ctx, c, remote, rep.Seen == 0); !next.IsZero() && next.Before(end.Next) {
			end.Next = next
		}
	}
	w.lend(ctx, c, remote, rep, err)
	return end
}

// askedSweep is how long after a sweep a person may have the next one, where nothing else finds deletions: at Pipedrive each costs tokens,
// see docs/benchmarks.md.
const askedSweep = 15 * time.Minute

// sweeps reports that a run is to look at everything: it is time for that, or a person waits who may have deleted something of which no
// change will tell.
func (w *Worker) sweeps(c store.Claim, conn *store.Connection, p provider.Provider, now time.Time) bool {
	every := w.Audit
	if c.Lane == 0 && p.Capabilities().Unseen {
		every = min(every, askedSweep)
	}
	return conn.Baselined && now.Sub(conn.Audited) > every
}

// refresh says how new a calendar's feed has to be for a run: as new as what somebody waits for, or as its provider has told of. A poll, and a
// local change, take what was asked for a sibling.
func (w *Worker) refresh(ctx context.Context, c store.Claim, now time.Time, a *store.Account, p provider.Provider) {
	fed, ok := p.(provider.Fed)
	if !ok {
		return
	}
	since := now
	if c.Lane > 0 {
		since = time.Time{}
		if _, shares := p.(provider.Sharer); shares && w.Watches != nil {
			since = w.Watches.Told(ctx, c.Company, a.ID)
		}
	}
	if !since.IsZero() {
		fed.Since(since)
	}
}

// lend lets the process listen to a calendar whose run has ended well, or know that it has ended otherwise.
func (w *Worker) lend(ctx context.Context, c store.Claim, remote engine.Remote, rep engine.Report, err error) {
	if w.Ears == nil {
		return
	}
	var l provider.Listener
	if r, ok := remote.(interface{ Listener() provider.Listener }); ok && err == nil && rep.Err == nil {
		l = r.Listener()
	}
	w.Ears.RunEnded(ctx, c, l, rep.Seen > 0)
}

// keepRest notes for all processes that a provider wants to be left alone by more than this account (I19).
func (w *Worker) keepRest(ctx context.Context, c store.Claim, a *store.Account, failure error) {
	e, ok := errors.AsType[*provider.Error](failure)
	if !ok || e.RetryAfter.IsZero() {
		return
	}
	circle := account.CircleOf(a, e)
	if circle == "" {
		return
	}
	if err := w.Rests.Rest(ctx, circle, e.RetryAfter); err != nil {
		w.log(c).Error("note rest", "error", err) // this process keeps it all the same
	}
}

// tend looks after the watches of a connection, if its calendar has any.
func (w *Worker) tend(ctx context.Context, c store.Claim, remote engine.Remote, quiet bool) (next time.Time) {
	r, ok := remote.(interface{ Watcher() provider.Watcher })
	if w.Watches == nil || !ok {
		return next
	}
	watcher := r.Watcher()
	if watcher == nil {
		return next
	}
	return w.Watches.Tend(ctx, c, watcher, quiet)
}

// judge says what a run's end means for its connection.
func (w *Worker) judge(ctx context.Context, c store.Claim, began time.Time, rep engine.Report, err error) End {
	if err == nil && w.Observe != nil {
		w.Observe(rep, w.Engine.Clock.Now().Sub(began))
	}
	switch {
	case err != nil && ctx.Err() != nil:
		return End{began, calledOff}
	case err != nil:
		w.log(c).Error("run", "error", err)
		return End{began.Add(time.Minute), broken}
	case rep.Err != nil:
		w.log(c).Warn("run ended early", "error", rep.Err)
		return End{rep.Next, whole}
	}
	w.log(c).Debug("run", "counts", rep.Counts, "requests", rep.Run.Requests)
	return End{w.afterSuccess(rep, c), whole}
}

func (w *Worker) progress(c store.Claim) func(done, total int) {
	if w.Progress == nil {
		return nil
	}
	return func(done, total int) { w.Progress(c, done, total) }
}

// load reads a connection and its account, and whether a run of it was left unfinished.
func (w *Worker) load(ctx context.Context, c store.Claim) (conn store.Connection, acc store.Account, left bool, err error) {
	err = w.Store.View(ctx, c.Company, func(tx engine.Tx) error {
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

// afterSuccess is the next poll, spread so that connections do not all come at once, or earlier if something is due.
func (w *Worker) afterSuccess(rep engine.Report, c store.Claim) time.Time {
	now := w.Engine.Clock.Now()
	h := fnv.New32a()
	fmt.Fprintf(h, "%d/%d", c.Company, c.Connection)
	next := now.Add(w.Poll + w.Poll*time.Duration(h.Sum32()%100)/1000)
	if !rep.Next.IsZero() && rep.Next.Before(next) {
		next = rep.Next
	}
	return next
}
