package jobs

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/engine"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// audible is a calendar that tells of changes while somebody listens.
type audible struct {
	*cal
	how func(ctx context.Context, told func()) error
}

func (a audible) Listen(ctx context.Context, told func()) error {
	if err := a.enter(ctx, "listen"); err != nil {
		return err
	}
	return a.how(ctx, told)
}

// hearing keeps in memory who listens.
type hearing struct {
	rows   *Store
	mu     sync.Mutex
	held   map[store.ID]bool
	unkept map[store.ID]bool // these are not to be listened to any more
	ends   []error
	begun  int
}

func (h *hearing) Hold(_ context.Context, c store.Claim) (*store.Watch, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.held[c.Connection] || h.unkept[c.Connection] {
		return nil, nil
	}
	h.held[c.Connection] = true
	h.begun++
	return &store.Watch{Connection: c.Connection}, nil
}

func (h *hearing) Keep(_ context.Context, _ store.ID, w *store.Watch) (bool, error) {
	h.mu.Lock()
	kept := !h.unkept[w.Connection]
	h.mu.Unlock()
	*w = store.Watch{Connection: w.Connection, Tended: time.Now()} // as where the row is put anew
	return kept, nil
}

func (h *hearing) Heard(ctx context.Context, company store.ID, w *store.Watch) error {
	return h.rows.Tx(ctx, company, func(tx engine.Tx) error { return tx.Wake(ctx, w.Connection, time.Now(), 1) })
}

func (h *hearing) LetGo(_ context.Context, _ store.ID, w *store.Watch, why error) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.held, w.Connection)
	h.ends = append(h.ends, why)
	return nil
}

func (h *hearing) drop(id store.ID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.unkept[id] = true
}

func (h *hearing) hears(id store.ID) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.held[id]
}

// room is a rig with calendars that can be listened to, and a poll that is hours away.
type room struct {
	*rig
	*hearing
	company store.ID
	ids     []store.ID
	news    []chan struct{} // of each calendar
}

// inRoom runs a test with so many calendars, of which so many are listened to at a time.
func inRoom(t *testing.T, calendars, most int, how func(r *room, i int) func(ctx context.Context, told func()) error, f func(r *room)) {
	h := &hearing{held: map[store.ID]bool{}, unkept: map[store.ID]bool{}}
	inBubble(t, Options{Poll: 5 * time.Hour, Hearing: h, Ears: most}, func(rig *rig) {
		r := &room{rig: rig, hearing: h}
		h.rows = rig.store
		company, user := r.rig.company("acme")
		r.company = company
		account := r.account(company, user, "https://mail.example.com")
		r.audible = map[string]func(context.Context, func()) error{}
		for i := range calendars {
			name := string(rune('a' + i))
			id, _ := r.connect(company, account, name)
			r.ids, r.news = append(r.ids, id), append(r.news, make(chan struct{}))
			if r.audible[name] = r.tells(i); how != nil {
				r.audible[name] = how(r, i)
			}
		}
		f(r)
	})
}

// tells is a provider that tells until the end.
func (r *room) tells(i int) func(ctx context.Context, told func()) error {
	return func(ctx context.Context, told func()) error {
		told()
		for {
			select {
			case <-r.news[i]:
				told()
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
}

// run lets a connection run, and all that follows from it.
func (r *room) run(i int) {
	r.t.Helper()
	r.wake(r.company, r.ids[i], 1)
	r.settles()
}

// settles lets what is under way end.
func (r *room) settles() {
	time.Sleep(time.Second)
	synctest.Wait()
}

// change lets something new come into a calendar, of which nobody tells.
func (r *room) change(i int) {
	r.t.Helper()
	c := r.cals[string(rune('a'+i))]
	c.mu.Lock()
	defer c.mu.Unlock()
	e := calendar.Event{Known: calendar.AllFields}
	e.Subject, e.Busy = "Theirs", true
	e.Start, e.End = calendar.AtUTC(time.Date(2030, 3, 4, 9, 0, 0, 0, time.UTC)), calendar.AtUTC(time.Date(2030, 3, 4, 10, 0, 0, 0, time.UTC))
	c.inner.Add(e)
}

func TestWhatIsHeardIsFetchedAtOnce(t *testing.T) {
	inRoom(t, 1, 10, nil, func(r *room) {
		defer r.start(r.runner)()
		r.run(0)
		if n := len(r.runs(r.company, r.ids[0])); n != 2 {
			t.Errorf("%d runs: want the first, and one for what came before the provider began to tell", n)
		}
		began := time.Now()
		r.news[0] <- struct{}{}
		r.settles()
		if runs := r.runs(r.company, r.ids[0]); len(runs) != 3 || runs[0].Started.Sub(began) > 100*time.Millisecond {
			t.Errorf("%d runs, the last after %v", len(runs), runs[0].Started.Sub(began))
		}
		time.Sleep(time.Hour)
		if n := len(r.runs(r.company, r.ids[0])); n != 3 {
			t.Errorf("%d runs while nothing happens", n)
		}
	})
}

func TestTheEndOfTheProcessEndsListeningAtOnce(t *testing.T) {
	deaf := func(*room, int) func(ctx context.Context, told func()) error {
		return func(ctx context.Context, _ func()) error { <-ctx.Done(); return ctx.Err() } // it never answers
	}
	inRoom(t, 3, 10, deaf, func(r *room) {
		for range 2 { // and the process may begin again
			stop := r.start(r.runner)
			for i := range r.ids {
				r.run(i)
				if !r.hears(r.ids[i]) {
					t.Error("nobody listens")
				}
			}
			began := time.Now()
			stop()
			if d := time.Since(began); d > 0 || len(r.held) != 0 {
				t.Errorf("it took %v, and %d are still listened to", d, len(r.held))
			}
			for _, err := range r.ends {
				if err != nil {
					t.Errorf("noted as a failure: %v", err)
				}
			}
		}
	})
}

// Listening ends with the next run of a connection that is not to be listened to any more, and soon after where nothing runs here.
func TestListeningEndsWhenItIsNotWanted(t *testing.T) {
	inRoom(t, 2, 10, nil, func(r *room) {
		defer r.start(r.runner)()
		r.run(0)
		r.run(1)
		r.drop(r.ids[0])
		r.run(0)
		if r.hears(r.ids[0]) || !r.hears(r.ids[1]) {
			t.Error("not the first alone has ended")
		}
		r.drop(r.ids[1])
		time.Sleep(recheck)
		synctest.Wait()
		if r.hears(r.ids[1]) {
			t.Error("the second is listened to on")
		}
	})
}

// Where there are more calendars than may be listened to, the one that was silent for longest gives way to one that has changed, and not
// before its time.
func TestWhatChangesIsListenedTo(t *testing.T) {
	inRoom(t, 3, 2, nil, func(r *room) {
		defer r.start(r.runner)()
		heard := func(want ...bool) {
			t.Helper()
			for i, w := range want {
				if r.hears(r.ids[i]) != w {
					t.Errorf("calendar %d: listened to %t, want %t", i, !w, w)
				}
			}
		}
		for i := range r.ids {
			r.run(i)
		}
		heard(true, true, false)
		r.news[0] <- struct{}{}
		r.settles()
		r.change(2)
		r.run(2)
		heard(true, true, false) // too early
		time.Sleep(tenure)
		r.run(2)
		heard(true, true, false) // nothing new
		r.change(2)
		r.run(2)
		heard(true, false, true)
		if len(r.ends) != 1 || r.ends[0] != nil {
			t.Errorf("ended: %v", r.ends)
		}
	})
}

// A row is put anew by whoever looks whether to listen on, and nobody else reads it meanwhile: not who gives its place to another, nor who
// ends. For the race detector.
func TestARowIsReadByNobodyWhileItIsPutAnew(t *testing.T) {
	h := &hearing{held: map[store.ID]bool{}, unkept: map[store.ID]bool{}}
	now := time.Now()
	e := &ears{hearing: h, clock: clock{}, log: slog.New(slog.DiscardHandler), most: 1, open: true, all: map[[2]store.ID]*ear{}}
	listen := audible{&cal{}, func(ctx context.Context, _ func()) error { <-ctx.Done(); return ctx.Err() }}
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		for ctx.Err() == nil {
			for _, x := range e.list() {
				e.check(t.Context(), x)
			}
		}
	})
	const last = 100
	for id := store.ID(1); id <= last; id++ { // each has begun a tenure after the one before, and takes its place
		x := &ear{company: 1, connection: id, since: now.Add(time.Duration(id) * tenure), row: &store.Watch{Connection: id}}
		e.begin(t.Context(), x, listen)
	}
	stop()
	wg.Wait()
	if all := e.list(); len(all) != 1 || all[0].connection != last {
		t.Errorf("%d are listened to at the end", len(all))
	}
	e.close()
}

// Whatever goes wrong ends this listening and nothing else; the next good run begins anew.
func TestListeningThatFailsIsNoted(t *testing.T) {
	down := &provider.Error{Op: "listen", Class: provider.Transient, Code: provider.CodeUnreachable}
	for name, c := range map[string]struct {
		how   func(ctx context.Context, told func()) error
		code  string
		after time.Duration
	}{
		"fails":                      {func(context.Context, func()) error { return down }, provider.CodeUnreachable, 0},
		"ends as soon as it began":   {func(_ context.Context, told func()) error { told(); return nil }, provider.CodeServer, 0},
		"panics":                     {func(context.Context, func()) error { panic("out of order") }, "", 0},
		"ends in its time and fails": {inItsTime(down), provider.CodeUnreachable, 30 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			inRoom(t, 1, 10, func(*room, int) func(context.Context, func()) error { return c.how }, func(r *room) {
				defer r.start(r.runner)()
				r.wake(r.company, r.ids[0], 1)
				time.Sleep(c.after + time.Second) // nothing here keeps it from beginning anew at once
				synctest.Wait()
				r.mu.Lock()
				defer r.mu.Unlock()
				if len(r.ends) == 0 || len(r.ends) != r.begun {
					t.Fatalf("begun %d times, ended %v", r.begun, r.ends)
				}
				e, _ := errors.AsType[*provider.Error](r.ends[0])
				if r.ends[0] == nil || (e == nil) != (c.code == "") || e != nil && e.Code != c.code {
					t.Errorf("ended with %v", r.ends[0])
				}
			})
		})
	}
}

// inItsTime ends well twice, after half an hour.
func inItsTime(then error) func(ctx context.Context, told func()) error {
	n := 0
	return func(ctx context.Context, told func()) error {
		if n++; n > 1 {
			return then
		}
		told()
		select {
		case <-time.After(30 * time.Minute):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// A rest that the server asks of whoever listens holds for the runs of its account, and the other way round (I19).
func TestListeningKeepsTheRestsOfTheAccount(t *testing.T) {
	busy := func(*room, int) func(ctx context.Context, told func()) error {
		return func(context.Context, func()) error {
			return &provider.Error{Op: "listen", Class: provider.RateLimited, RetryAfter: time.Now().Add(time.Hour)}
		}
	}
	inRoom(t, 1, 10, busy, func(r *room) {
		defer r.start(r.runner)()
		r.run(0)
		asked := r.cals["a"].requests()
		r.run(0)
		if n := r.cals["a"].requests() - asked; n != 0 {
			t.Errorf("%d requests while the account is to rest", n)
		}
	})
}
