package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tahti/internal/hub"
	"tahti/internal/lens"
	"tahti/internal/provider"
	"tahti/internal/recur"
	"tahti/internal/store"
)

// run is one pass over one connection. It lives as long as the call of [Engine.Run].
type run struct {
	bench
	e      *Engine
	t      Target
	row    store.Run
	counts map[string]int
	seen   int // items that pulls told of
	done   int
	// deferred are the deletions of this run, which wait for the end.
	deferred []store.Work
	// proofs are the remote items on which deferred deletions were decided, by work item.
	proofs map[store.ID]map[provider.RemoteID]provider.Item
	// fresh are the items whose work holds what this run was told of them, and nothing was written there since.
	fresh map[provider.RemoteID]bool
	// created counts creations by direction, and of them the ones that equal something that is there (I24).
	created map[string]int
	// made are the creations by direction, as the transaction that is open counts them.
	made  map[direction]*creations
	pages int
	saved string // the cursor as it is stored
	swept bool   // a listing has shown all there is
	// clashes counts, by link, writes that found something newer there.
	clashes map[store.ID]int
	// noted are the links whose notes the batch in hand has left, and whose writes have not gone out yet.
	noted map[store.ID]bool
	// rested is the work that the last writes of a batch have let rest with their own. See [run.restBoth].
	rested map[store.ID]bool
	// lag is how long the last change that went out had waited since it was made here.
	lag time.Duration
	// restored is when the rows were last taken from a backup; nil until somebody asks. seek are the activities whose forgotten items a
	// decision waits for, soughtOf those of which they were asked for. See [run.mayBeForgotten].
	restored       *time.Time
	seek, soughtOf map[store.ID]bool
	// copies are, by activity, the items that may be copies of its meeting and that a decision waits for, copiesRead those that were read.
	// startUIDs are items that a dry run has met and a start would note, by UID. See copythere.go.
	copies     map[store.ID][]provider.RemoteID
	copiesRead map[store.ID][]provider.Item
	startUIDs  map[string][]provider.RemoteID
	// bornHere are the activities that people made here, by their birth; nil until somebody asks.
	bornHere map[string]store.ID
	// recent are the series that were ended earlier of late; nil until somebody asks. See [run.shortenings].
	recent *[]shortening
	// parted are the items that were tied until lately; nil until somebody asks. See lagging.go.
	parted map[string]bool
	// touched are the links that this run has saved, and when they were changed before.
	touched map[store.ID]time.Time
	// twinsOpen is how many twins there are (see twins.go); nil until somebody asks. met are those that this run has noted first.
	twinsOpen *int
	met       map[store.Twin]bool
	// outside are items that a dry run has met, of which nothing that is noted of them as twins would count in a run any more.
	outside map[string]bool
	// old are the dates of the user's activities that are older than the connection; nil but while it begins. See dates.go.
	old *oldDates
	// crms are the connections in which something was born, and whether they are to another CRM.
	crms map[store.ID]bool
	// doubtful are the keys of creations of which it is not known whether they happened.
	doubtful map[string]bool
	// doubts are the same with their notes, sought the links that were looked for, and asked the items that people are asked about, at a
	// provider that keeps no keys.
	doubts map[string]*store.Pending
	sought map[store.ID]bool
	asked  map[provider.RemoteID]bool
	// missing is what a dry run has learnt to be gone from a listing, at such a provider; a run has work of it.
	missing []store.Work
}

// errHalt ends a run that may not go on, without being a failure: stopped or paused meanwhile.
var errHalt = errors.New("the connection was stopped, paused or held")

func (r *run) now() time.Time { return r.e.Clock.Now() }

func (r *run) by() hub.Actor { return hub.BySync(r.connection.ID, r.row.ID) }

// tx is one fenced commit of the run: it fails once the lease has passed to somebody else (I18).
func (r *run) tx(ctx context.Context, f func(tx Tx) error) error {
	// The function may run more than once; what it counts and defers starts from here each time.
	counts, created, deferred, total := maps.Clone(r.counts), maps.Clone(r.created), len(r.deferred), r.row.Total
	return r.e.Store.Tx(ctx, r.t.Company, func(tx Tx) error {
		r.made = map[direction]*creations{in: {}, out: {}}
		r.counts, r.created, r.deferred, r.row.Total = maps.Clone(counts), maps.Clone(created), r.deferred[:deferred], total
		if err := tx.Fenced(ctx, r.t.Claim, r.now()); err != nil {
			return err
		}
		return f(tx)
	})
}

// step is a commit that holds only as long as people have not changed the connection since the run began: what they chose
// then must not be written over by what was loaded before.
func (r *run) step(ctx context.Context, f func(tx Tx) error) error {
	return r.tx(ctx, func(tx Tx) error {
		if err := r.mayGoOn(ctx, tx); err != nil {
			return err
		}
		return f(tx)
	})
}

func (e *Engine) newRun(t Target) *run {
	return &run{
		e: e, t: t, counts: map[string]int{}, created: map[string]int{}, clashes: map[store.ID]int{},
		proofs: map[store.ID]map[provider.RemoteID]provider.Item{}, doubtful: map[string]bool{}, fresh: map[provider.RemoteID]bool{},
		seek: map[store.ID]bool{}, soughtOf: map[store.ID]bool{},
		touched: map[store.ID]time.Time{}, doubts: map[string]*store.Pending{}, sought: map[store.ID]bool{}, asked: map[provider.RemoteID]bool{},
		met: map[store.Twin]bool{}, copies: map[store.ID][]provider.RemoteID{}, copiesRead: map[store.ID][]provider.Item{},
	}
}

// Run works on a connection until nothing is due, and says what it did. An error that ends a run early stands in the
// report; an error that is returned means that the run could not even be written down: a lost lease, or no database.
func (e *Engine) Run(ctx context.Context, t Target) (Report, error) {
	r := e.newRun(t)
	if err := r.open(ctx); err != nil {
		if errors.Is(err, errHalt) {
			return Report{Counts: r.counts}, nil
		}
		return Report{}, err
	}
	err := r.stages(ctx)
	switch {
	case errors.Is(err, store.ErrFenced), ctx.Err() != nil:
		return Report{}, err
	case errors.Is(err, errHalt):
		err = nil
	}
	return r.close(ctx, err)
}

func (r *run) stages(ctx context.Context) error {
	if !r.connection.Baselined {
		if err := r.begin(ctx); err != nil {
			return fmt.Errorf("take the baseline: %w", err)
		}
	}
	if err := r.pull(ctx, r.t.Audit); err != nil {
		return err
	}
	if err := r.creations(ctx); err != nil {
		return err
	}
	if err := r.work(ctx); err != nil {
		return err
	}
	if err := r.deletions(ctx); err != nil {
		return err
	}
	return r.hearBack(ctx)
}

// open loads the connection and notes the run.
func (r *run) open(ctx context.Context) error {
	r.capable = r.t.Remote.Capabilities()
	return r.tx(ctx, func(tx Tx) error {
		if err := r.bench.load(ctx, tx, r.t.Connection); err != nil {
			return err
		}
		if !r.company.Stopped.IsZero() || !slices.Contains([]string{store.Active, store.Retrying}, r.connection.State) {
			return errHalt
		}
		r.saved = r.connection.Cursor
		if _, err := tx.ReleaseWork(ctx, r.connection.ID, heldDeferred); err != nil {
			return err
		}
		r.row = store.Run{Connection: r.connection.ID, Kind: "sync", State: "running", Wake: r.t.Claim.Wanted, Started: r.now(), Counts: map[string]int{}}
		if r.t.Audit {
			r.row.Kind = "audit"
		}
		if err := tx.PutRun(ctx, &r.row); err != nil {
			return err
		}
		return r.noteLimits(ctx, tx)
	})
}

// noteLimits keeps what the side may be given before anything comes in from it: what somebody changes meanwhile is marked by it.
func (r *run) noteLimits(ctx context.Context, tx Tx) error {
	c, limits := &r.connection, store.Limits(r.limits())
	if r.capable.Fields == 0 || c.Health.Limits == limits {
		return nil
	}
	c.Health.Limits = limits
	return tx.SaveHealth(ctx, c.ID, c.State, c.Reason, c.Health)
}

// load reads what a run has to know of its connection.
func (b *bench) load(ctx context.Context, tx Tx, id store.ID) (err error) {
	if b.connection, err = tx.Connection(ctx, id); err != nil {
		return fmt.Errorf("load connection %d: %w", id, err)
	}
	if b.account, err = tx.Account(ctx, b.connection.Account); err != nil {
		return fmt.Errorf("load account %d: %w", b.connection.Account, err)
	}
	if b.company, err = tx.GetCompany(ctx); err != nil {
		return fmt.Errorf("load company: %w", err)
	}
	if b.user, err = tx.User(ctx, b.connection.Member); err != nil {
		return fmt.Errorf("load user %d: %w", b.connection.Member, err)
	}
	if b.settings, err = lens.ParseSettings(lens.Defaults(), b.connection.Settings); err != nil {
		return fmt.Errorf("connection %d: %w", id, err)
	}
	b.zone, err = recur.Location(b.user.TimeZone)
	if err != nil {
		b.zone = time.UTC // a user without a zone: dates are read in UTC
	}
	return nil
}

// close writes down how the run ended and what comes next.
func (r *run) close(ctx context.Context, failure error) (Report, error) {
	rep := Report{Err: failure, Counts: r.counts, Seen: r.seen}
	var next time.Time
	err := r.tx(ctx, func(tx Tx) error {
		// People may have changed the connection meanwhile; only what a run owns is written.
		c, err := tx.Connection(ctx, r.connection.ID)
		if err != nil {
			return err
		}
		r.row.State, r.row.Counts, r.row.Finished, r.row.Position = "done", r.counts, r.now(), r.done
		if r.t.Requests != nil {
			r.row.Requests = r.t.Requests()
		}
		if failure != nil {
			r.row.State, r.row.Error = "failed", codeOf(failure)
		}
		if err := tx.PutRun(ctx, &r.row); err != nil {
			return err
		}
		a, err := tx.Account(ctx, c.Account)
		if err != nil {
			return err
		}
		state, reason, health := r.verdict(c, failure)
		if state == store.NeedsSignIn && !bytes.Equal(a.Secret, r.account.Secret) {
			state = store.Retrying // somebody has signed in again meanwhile: it was the old password that failed
		}
		next = health.NextRun
		if rep.Next, err = tx.NextDue(ctx, c.ID); err != nil {
			return err
		}
		if err := TellAccount(ctx, tx, a, bytes.Equal(a.Secret, r.account.Secret), failure); err != nil {
			return err
		}
		if r.t.Audit && failure == nil {
			c.Audited = r.now()
			if err := tx.PutConnection(ctx, &c); err != nil {
				return err
			}
		}
		return tx.SaveHealth(ctx, c.ID, state, reason, health)
	})
	rep.Run = r.row
	if failure != nil {
		rep.Next = next
	}
	rep.Again = failure == nil && !rep.Next.IsZero() && !rep.Next.After(r.now())
	return rep, err
}

// verdict says what a run means for the health of its connection.
func (r *run) verdict(c store.Connection, failure error) (state, reason string, h store.Health) {
	h, now := c.Health, r.now()
	h.LastRun = now
	if failure == nil {
		h.Failures, h.FailedSince, h.ErrorClass, h.ErrorCode, h.NextRun = 0, time.Time{}, "", "", time.Time{}
		h.LastIn, h.LastOut = now, now
		if r.lag > 0 {
			h.Lag = r.lag.Milliseconds()
		}
		if c.State == store.Retrying {
			return store.Active, "", h
		}
		return c.State, c.Reason, h
	}
	h.Failures++
	if h.FailedSince.IsZero() {
		h.FailedSince = now
	}
	class := provider.ClassOf(failure)
	h.ErrorClass, h.ErrorCode = class.String(), codeOf(failure)
	h.NextRun = now.Add(rest(h.Failures))
	if pe, ok := errors.AsType[*provider.Error](failure); ok && pe.RetryAfter.After(h.NextRun) {
		h.NextRun = pe.RetryAfter
	}
	if c.State != store.Active && c.State != store.Retrying {
		return c.State, c.Reason, h
	}
	switch class {
	case provider.SignIn:
		return store.NeedsSignIn, h.ErrorCode, h
	case provider.Forbidden:
		return store.NeedsPermission, h.ErrorCode, h
	}
	return store.Retrying, h.ErrorCode, h
}

// rest is how long a connection rests after so many failures in a row: longer each time, up to half an hour.
func rest(failures int) time.Duration {
	return min(30*time.Minute, 5*time.Second<<min(max(failures-1, 0), 9))
}

// TellAccount writes down what a failure means for every connection of the account: none of them asks the provider before it may be
// asked again (I19), or shows once more what was refused as a sign-in. current says that it still has the secret which was shown.
func TellAccount(ctx context.Context, tx Tx, a store.Account, current bool, failure error) error {
	pe, ok := errors.AsType[*provider.Error](failure)
	if !ok {
		return nil
	}
	told := false
	if pe.RetryAfter.After(a.BlockedUntil) {
		a.BlockedUntil, told = pe.RetryAfter, true
	}
	if pe.Class == provider.SignIn && a.State == store.AccountWorks && current {
		a.State, a.Reason, told = store.NeedsSignIn, codeOf(failure), true
	}
	if !told {
		return nil
	}
	return tx.PutAccount(ctx, &a)
}

func codeOf(err error) string {
	if pe, ok := errors.AsType[*provider.Error](err); ok {
		if pe.Code != "" {
			return pe.Code
		}
		return strings.ReplaceAll(pe.Class.String(), " ", "_")
	}
	return "internal"
}

// progress tells how far the run is.
func (r *run) progress() {
	if r.t.Progress != nil {
		r.t.Progress(r.done, max(r.row.Total, r.done))
	}
}
