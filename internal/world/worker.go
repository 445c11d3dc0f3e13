package world

import (
	"context"
	"fmt"
	"strings"
	"time"

	"tahti/internal/claim"
	"tahti/internal/engine"
	"tahti/internal/hub"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// node is one process of the installation, with a clock of its own.
type node struct {
	w          *World
	name       string
	skew       time.Duration
	hub        *hub.Hub
	born       int // how often it was started
	width      int // workers at a time
	perCompany int // of them, for one company
	gate       *claim.Gate
	rests      *claim.Rests  // what servers asked for; they die with the process
	asked      asked         // what this process asked of whom, as it has to remember it
	shutAt     map[*firm]int // step of the company-wide stop that it knows of
}

// start begins a process, with nothing in memory.
func (n *node) start() {
	n.born++
	n.gate, n.rests, n.shutAt = &claim.Gate{}, &claim.Rests{}, map[*firm]int{}
	n.asked = asked{}
	n.shutStopped()
}

// Now is the node's clock.
func (n *node) Now() time.Time { return n.w.clock(n) }

func (w *World) clock(n *node) time.Time { return w.now.Add(n.skew).Truncate(time.Microsecond) }

// worker is one claim of a node being worked on, by what package claim does with it. Where package jobs has goroutines,
// tickers and slots, it has steps.
type worker struct {
	*actor
	*claim.Worker
	node    *node
	side    *side
	account accountKey // by which it asks
	claim   store.Claim
	cancel  context.CancelFunc
	lease   *claim.Lease
	renewed time.Time          // when the lease was last renewed, or tried to be
	began   int                // move of the claim
	asleep  time.Time          // waits for an answer until then
	putAt   int                // step in which its last write began
	desk    bool               // no run: a person's call, which happens between two steps
	report  *engine.Report     // of its run, once that has ended
	told    map[string]*listed // what the cursors that it was given stand for
	met     bool               // a write of its was answered with what no list had shown: a refusal, or somebody's edit
}

// pause is a port. What a person asks for goes on at once.
func (k *worker) pause(place, about string) {
	if !k.desk {
		k.actor.pause(place, about)
	}
}

// claim lets a node claim what is most due. It answers nil if nothing is.
func (w *World) claim(n *node) *worker {
	if w.busy(n) >= n.width {
		return nil
	}
	k := &worker{node: n, began: w.move, renewed: w.now}
	k.Worker = &claim.Worker{
		Owner: fmt.Sprintf("%s/%d", n.name, n.born), PerCompany: n.perCompany,
		Poll: 5 * time.Minute, Audit: 24 * time.Hour, LeaseFor: 90 * time.Second,
		Store: port{k}, Leases: leases{w.db, k}, Outside: outside{k}, Log: w.logger(k), Observe: k.checkRun,
		Engine: &engine.Engine{Store: port{k}, Hub: n.hub, Clock: n, Keys: keys{}, BaseURL: baseURL},
	}
	free := w.claimable(n)
	if len(free) == 0 && !w.calm && w.dice.chance(700) {
		return nil // as the database says in all other such cases
	}
	claims, err := k.Claim(w.ctx, n.Now(), 1)
	if err != nil {
		w.broke("panic", "claim wakes: %v", err)
		return nil
	}
	if len(claims) == 0 {
		w.checkClaim(n, free, nil)
		return nil
	}
	w.in(w.firmOf(claims[0].Company), func() {
		w.checkClaim(n, free, &claims[0])
		if s := w.sideOf(claims[0].Connection); s != nil {
			w.begin(k, s, claims[0])
		}
	})
	if k.actor == nil {
		return nil
	}
	return k
}

// busy is how many workers of a node are at work.
func (w *World) busy(n *node) int {
	count := 0
	for _, k := range w.standing() {
		if k.node == n {
			count++
		}
	}
	return count
}

// begin lets a worker begin with a claim.
func (w *World) begin(k *worker, s *side, c store.Claim) {
	if s.fence > 0 && s.worker != nil && !s.worker.ended {
		w.struck(TwoWorkers, s)
	}
	s.fence = c.Fence
	k.side, k.claim, k.lease = s, c, k.Lease(c)
	ctx, cancel := context.WithCancel(w.ctx)
	k.cancel = cancel
	k.actor = w.spawn(fmt.Sprintf("%s→%s", k.node.name, s.name), func(*actor) { k.work(ctx) })
	s.worker = k
	w.workers = append(w.workers, k)
	w.say(k.name, "claims the wake, fence %d", c.Fence)
}

// work is the life of a claim.
func (k *worker) work(ctx context.Context) {
	end := k.Run(ctx, k.claim)
	k.cancel()
	k.GiveBack(k.w.ctx, k.claim, end)
	k.w.say(k.name, "done, due again at %s", end.Next.Format("02T15:04:05"))
}

// leases are what the database says of claims to a worker.
type leases struct {
	*store.DB
	k *worker
}

// FinishWake stops before the claim is given back. The database may fail then too: the lease runs out.
func (l leases) FinishWake(ctx context.Context, c store.Claim, next time.Time) error {
	l.k.pause("gives back", "")
	w := l.k.w
	switch {
	case w.strikes(DiskFull, l.k.side):
		return errDisk
	case w.strikes(Aborted, l.k.side):
		return errAborted
	}
	if err := l.DB.FinishWake(ctx, c, next); err != nil {
		return err
	}
	l.k.side.wake.done(next)
	if w.strikes(CommitLost, l.k.side) {
		return errReply
	}
	return nil
}

// RenewLease may fail as other commits do, and the worker goes on until its lease has run out.
func (l leases) RenewLease(ctx context.Context, c store.Claim, until time.Time) error {
	if l.k.w.strikes(Aborted, l.k.side) {
		return errAborted
	}
	err := l.DB.RenewLease(ctx, c, until)
	if err == nil {
		l.k.side.wake.claimed(until)
	}
	return err
}

// outside leads a worker to its calendar.
type outside struct{ k *worker }

func (o outside) Open(store.ID, *store.Account, string) (provider.Provider, error) {
	return &remote{o.k.side.server, o.k}, nil
}

func (o outside) Bind(company store.ID, a *store.Account, p provider.Provider) engine.Remote {
	n := o.k.node
	o.k.account = accountKey{company, a.ID}
	return &claim.Remote{Inner: p, Gate: n.gate, Company: company, Account: n.rests.Of(company, a, p.Capabilities()), Clock: n}
}

// keepLease renews the lease as a healthy worker does; one that has lost it is called off.
func (k *worker) keepLease() {
	if k.w.now.Sub(k.renewed) < k.Renewal() {
		return
	}
	k.renewed = k.w.now
	if !k.lease.Renew(k.w.ctx) {
		k.cancel()
	}
}

// keys makes lookup keys that the world can read again.
type keys struct{}

func (keys) Key(_, account store.ID, cal string, activity store.ID, incarnation int, birth string) provider.Key {
	return provider.Key(fmt.Sprintf("key-%d-%d-%d-%s~%s", account, activity, incarnation, cal, birth))
}

func (keys) Birth(_ store.ID, parts ...string) string { return strings.Join(parts, "+") }

func (keys) BirthIn(key provider.Key) string {
	_, birth, _ := strings.Cut(string(key), "~")
	return birth
}
