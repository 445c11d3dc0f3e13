package world

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tahti/internal/engine"
	"tahti/internal/hub"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// node is one process of the installation, with a clock of its own.
type node struct {
	w    *World
	name string
	skew time.Duration
	hub  *hub.Hub
	born int // how often it was started
	// rests are what servers asked for; they die with the process.
	rests map[*server]time.Time
}

// Now is the node's clock.
func (n *node) Now() time.Time { return n.w.clock(n) }

func (w *World) clock(n *node) time.Time { return w.now.Add(n.skew).Truncate(time.Microsecond) }

// worker is one claim of a node being worked on: what package jobs does around a run, without its goroutines.
type worker struct {
	*actor
	node   *node
	side   *side
	claim  store.Claim
	cancel context.CancelFunc
	until  time.Time // end of the lease, as the worker knows it
	began  int       // move of the claim
	asleep time.Time // waits for an answer until then
	report engine.Report
	err    error
}

const (
	lease = 90 * time.Second
	poll  = 5 * time.Minute
	audit = 24 * time.Hour
)

// claim lets a node claim what is most due. It answers nil if nothing is.
func (w *World) claim(n *node) *worker {
	claims, err := w.db.ClaimWakes(w.ctx, fmt.Sprintf("%s/%d", n.name, n.born), n.Now(), lease, 1, len(w.sides))
	if err != nil {
		w.broke("panic", "claim wakes: %v", err)
		return nil
	}
	if len(claims) == 0 {
		return nil
	}
	c := claims[0]
	s := w.sideOf(c.Connection)
	if s.fence > 0 && s.worker != nil && !s.worker.ended {
		w.struck(TwoWorkers, s)
	}
	s.fence = c.Fence
	k := &worker{node: n, side: s, claim: c, until: c.Until, began: w.move}
	ctx, cancel := context.WithCancel(w.ctx)
	k.cancel = cancel
	k.actor = w.spawn(fmt.Sprintf("%s→%s", n.name, s.name), func(*actor) { k.work(ctx) })
	s.worker = k
	w.workers = append(w.workers, k)
	w.say(k.name, "claims the wake, fence %d", c.Fence)
	return k
}

// work is the life of a claim.
func (k *worker) work(ctx context.Context) {
	next := k.run(ctx)
	k.cancel()
	k.pause("gives the claim back")
	err := k.w.db.FinishWake(k.w.ctx, k.claim, next)
	if err != nil && !errors.Is(err, store.ErrFenced) {
		k.w.broke("panic", "finish wake: %v", err)
	}
	k.w.say(k.name, "done, due again at %s", next.Format("02T15:04:05"))
}

// run opens the connection and runs the engine on it, unless it has to rest. It answers when the connection is due again.
func (k *worker) run(ctx context.Context) time.Time {
	conn, acc, left, err := k.load(ctx)
	now := k.node.Now()
	if err != nil {
		return now.Add(poll)
	}
	if left {
		k.endRuns(ctx)
	}
	if acc.BlockedUntil.After(now) {
		return acc.BlockedUntil
	}
	if conn.State == store.Retrying && conn.Health.NextRun.After(now) && k.claim.Lane > 0 {
		return conn.Health.NextRun
	}
	e := &engine.Engine{Store: port{k}, Hub: k.node.hub, Clock: k.node, Keys: keys{}, BaseURL: "https://crm.example.com"}
	k.report, k.err = e.Run(ctx, engine.Target{
		Company: k.w.company, Connection: k.side.id, Claim: k.claim, Remote: &remote{k.side.server, k},
		Audit: conn.Baselined && now.Sub(conn.Audited) > audit,
	})
	now = k.node.Now()
	switch {
	case k.err != nil && ctx.Err() != nil:
		return now
	case k.err != nil:
		k.w.say(k.name, "the run broke off: %v", k.err)
		return now.Add(time.Minute)
	case k.report.Err != nil:
		k.w.say(k.name, "the run ended early: %v", k.report.Err)
		return k.report.Next
	}
	next := now.Add(poll)
	if !k.report.Next.IsZero() && k.report.Next.Before(next) {
		next = k.report.Next
	}
	return next
}

// load reads a connection and its account, and whether a run of it was left unfinished.
func (k *worker) load(ctx context.Context) (c store.Connection, a store.Account, left bool, err error) {
	err = port{k}.View(ctx, k.w.company, func(tx engine.Tx) error {
		if c, err = tx.Connection(ctx, k.side.id); err != nil {
			return err
		}
		if a, err = tx.Account(ctx, c.Account); err != nil {
			return err
		}
		runs, err := tx.Runs(ctx, c.ID, 3)
		for _, r := range runs {
			left = left || r.State == "running"
		}
		return err
	})
	return c, a, left, err
}

// endRuns ends the rows of runs that nobody works on any more.
func (k *worker) endRuns(ctx context.Context) {
	err := port{k}.Tx(ctx, k.w.company, func(tx engine.Tx) error {
		if err := tx.Fenced(ctx, k.claim, k.node.Now()); err != nil {
			return err
		}
		runs, err := tx.Runs(ctx, k.side.id, 3)
		if err != nil {
			return err
		}
		for _, r := range runs {
			if r.State != "running" {
				continue
			}
			r.State, r.Error, r.Finished = "failed", "internal", k.node.Now()
			if err := tx.PutRun(ctx, &r); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		k.w.say(k.name, "end old runs: %v", err)
	}
}

// restUntil is until when the account is to be left alone, as this node knows it.
func (k *worker) restUntil() time.Time { return k.node.rests[k.side.server] }

// keepLease renews the lease as a healthy worker does; one that has lost it is called off.
func (k *worker) keepLease() {
	now := k.node.Now()
	if k.until.Sub(now) > 2*lease/3 {
		return
	}
	switch err := k.w.db.RenewLease(k.w.ctx, k.claim, now.Add(lease)); {
	case err == nil:
		k.until = now.Add(lease)
	case errors.Is(err, store.ErrFenced):
		k.cancel()
	default:
		k.w.broke("panic", "renew lease: %v", err)
	}
}

// keys makes lookup keys that the world can read again.
type keys struct{}

func (keys) Key(_, account store.ID, _ string, activity store.ID, incarnation int) provider.Key {
	return provider.Key(fmt.Sprintf("key-%d-%d-%d", account, activity, incarnation))
}
