package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"tahti/internal/engine"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// Hearing is what is kept, for all processes, of who listens to what; see package push.
type Hearing interface {
	// Hold takes a connection for this process to listen to, under the claim of a run that has just ended; nil: it is not to be
	// listened to now.
	Hold(ctx context.Context, c store.Claim) (*store.Watch, error)
	// Keep answers whether it is to be listened to still.
	Keep(ctx context.Context, company store.ID, w *store.Watch) (bool, error)
	// Heard asks for a run of it.
	Heard(ctx context.Context, company store.ID, w *store.Watch) error
	// LetGo ends what Hold began. why is nil where we have ended it.
	LetGo(ctx context.Context, company store.ID, w *store.Watch, why error) error
}

const (
	// maxEars is how many connections one process listens to, each of which has a connection of its own and some 65 kB. What is
	// beyond is polled.
	maxEars = 250
	// tenure is how long a connection is listened to before another one, of which more is heard, may take its place.
	tenure = 10 * time.Minute
	// recheck is how often it is looked at whether a connection is to be listened to still. What happens to it in this process is seen
	// at once, with the run that ends thereafter.
	recheck = 30 * time.Second
	// shortest is how long listening lasts where it works.
	shortest = time.Minute
)

// ears listen to connections whose calendars tell of changes while somebody does. What they hear asks for a run and does nothing else
// (I17): where they fail, the poll goes on, and the next good run may begin anew.
type ears struct {
	hearing Hearing
	clock   engine.Clock
	log     *slog.Logger
	most    int

	mu   sync.Mutex
	open bool // the process runs
	all  map[[2]store.ID]*ear
	wg   sync.WaitGroup
}

// ear listens to one connection.
type ear struct {
	company, connection store.ID
	stop                context.CancelFunc
	since               time.Time
	news                time.Time // when the connection last had something new; under the lock of all

	mu  sync.Mutex // of the row, which is put anew while others want to know whose it is
	row *store.Watch
}

func (x *ear) key() [2]store.ID { return [2]store.ID{x.company, x.connection} }

// run keeps the ears until ctx ends, and then waits for each to end.
func (e *ears) run(ctx context.Context) {
	tick := time.NewTicker(recheck)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			e.close()
			return
		case <-tick.C:
			for _, x := range e.list() {
				e.check(ctx, x)
			}
		}
	}
}

func (e *ears) start() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.open = true
}

func (e *ears) close() {
	e.mu.Lock()
	e.open = false
	for _, x := range e.all {
		x.stop()
	}
	e.mu.Unlock()
	e.wg.Wait()
}

func (e *ears) list() (list []*ear) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, x := range e.all {
		list = append(list, x)
	}
	return list
}

// check ends an ear that nobody wants any more.
func (e *ears) check(ctx context.Context, x *ear) {
	x.mu.Lock()
	defer x.mu.Unlock()
	kept, err := e.hearing.Keep(ctx, x.company, x.row)
	switch {
	case err != nil && ctx.Err() == nil:
		e.log.Warn("look whether to listen", "company", x.company, "connection", x.connection, "error", err)
	case err == nil && !kept:
		x.stop()
	}
}

// RunEnded implements [claim.Ears].
func (e *ears) RunEnded(ctx context.Context, c store.Claim, l provider.Listener, changed bool) {
	x, room := e.place(c, changed)
	switch {
	case x != nil:
		e.check(ctx, x)
		return
	case l == nil || !room || ctx.Err() != nil:
		return
	}
	row, err := e.hearing.Hold(ctx, c)
	if err != nil && !errors.Is(err, store.ErrFenced) && ctx.Err() == nil {
		e.log.Warn("begin to listen", "company", c.Company, "connection", c.Connection, "error", err)
	}
	if err == nil && row != nil {
		x := &ear{company: c.Company, connection: c.Connection, since: e.clock.Now(), row: row}
		if changed {
			x.news = x.since
		}
		e.begin(ctx, x, l)
	}
}

// place answers who listens to a connection, and else whether there is room for it.
func (e *ears) place(c store.Claim, changed bool) (x *ear, room bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := e.clock.Now()
	if x = e.all[[2]store.ID{c.Company, c.Connection}]; x != nil {
		if changed {
			x.news = now
		}
		return x, false
	}
	return nil, e.open && (len(e.all) < e.most || changed && e.stalest(now) != nil)
}

// stalest is the ear that has heard nothing for longest, of those that may give way.
func (e *ears) stalest(now time.Time) (found *ear) {
	for _, x := range e.all {
		if now.Sub(x.since) >= tenure && (found == nil || x.news.Before(found.news)) {
			found = x
		}
	}
	return found
}

// begin listens to a connection that was taken, in the place of the one that is the stalest where all are taken.
func (e *ears) begin(ctx context.Context, x *ear, l provider.Listener) {
	ctx, x.stop = context.WithCancel(context.WithoutCancel(ctx)) // longer than the run
	e.mu.Lock()
	fits := e.open
	if fits && len(e.all) >= e.most {
		old := e.stalest(x.since)
		if fits = old != nil; fits {
			old.stop()
			delete(e.all, old.key())
		}
	}
	if fits {
		e.all[x.key()] = x
		e.wg.Go(func() { e.listen(ctx, x, l) })
	}
	e.mu.Unlock()
	if !fits {
		x.stop()
		e.letGo(ctx, x, nil)
	}
}

// listen is an ear's life.
func (e *ears) listen(ctx context.Context, x *ear, l provider.Listener) {
	err := e.contained(ctx, x, l)
	if ctx.Err() != nil {
		err = nil // it is we who have ended it
	}
	e.mu.Lock()
	if e.all[x.key()] == x {
		delete(e.all, x.key())
	}
	e.mu.Unlock()
	x.stop()
	e.letGo(ctx, x, err)
}

// contained listens; a panic is this ear's alone.
func (e *ears) contained(ctx context.Context, x *ear, l provider.Listener) (err error) {
	defer func() {
		if p := recover(); p != nil {
			e.log.Error("listening broke off", "company", x.company, "connection", x.connection, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return e.hear(ctx, x, l)
}

// hear listens as long as the provider ends each connection in good order and in its time.
func (e *ears) hear(ctx context.Context, x *ear, l provider.Listener) error {
	for {
		began, first := e.clock.Now(), true
		err := l.Listen(ctx, func() {
			e.heard(ctx, x, !first)
			first = false
		})
		if err != nil {
			return err
		}
		if e.clock.Now().Sub(began) < shortest {
			return &provider.Error{Op: "listen", Class: provider.Transient, Code: provider.CodeServer, Status: "ended as soon as it had begun"}
		}
		if e.check(ctx, x); ctx.Err() != nil {
			return nil
		}
	}
}

// heard asks for a run. That the provider has begun to tell is no news.
func (e *ears) heard(ctx context.Context, x *ear, news bool) {
	x.mu.Lock()
	err := e.hearing.Heard(ctx, x.company, x.row)
	x.mu.Unlock()
	if err != nil && ctx.Err() == nil {
		e.log.Warn("ask for a run", "company", x.company, "connection", x.connection, "error", err)
	}
	if !news {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	x.news = e.clock.Now()
}

// letGo notes the end, also while the process stops.
func (e *ears) letGo(ctx context.Context, x *ear, why error) {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer stop()
	log := e.log.With("company", x.company, "connection", x.connection)
	if why != nil {
		log.Info("listening ended", "error", why)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if err := e.hearing.LetGo(ctx, x.company, x.row, why); err != nil {
		log.Error("note that nobody listens", "error", err)
	}
}
