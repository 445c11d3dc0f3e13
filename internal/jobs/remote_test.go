package jobs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
	"tahti/internal/provider"
	"tahti/internal/store"
)

func planned(subject string) calendar.Event {
	e := calendar.Event{Known: calendar.AllFields}
	e.Subject, e.Busy = subject, true
	e.Start, e.End = calendar.InZone(calendar.WallOf(2030, 3, 4, 9, 0, 0), "Europe/Helsinki"), calendar.InZone(calendar.WallOf(2030, 3, 4, 10, 0, 0), "Europe/Helsinki")
	return e
}

func creations(name string, n int) []engine.Write {
	writes := make([]engine.Write, n)
	for i := range writes {
		writes[i].Put = &provider.Put{Key: provider.Key(fmt.Sprint(name, i)), Event: planned(name), Fields: calendar.BothWaysFields}
	}
	return writes
}

func newCal(width int) *cal {
	return &cal{inner: enginetest.New(enginetest.Options{Guard: provider.GuardFull}), width: width}
}

// desk binds calendars to accounts as a runner does.
type desk struct {
	runner *Runner
	gate   *Gate
}

func newDesk(perHost int) *desk {
	d := &desk{gate: &Gate{}}
	d.runner = New(NewStore(nil), &engine.Engine{Clock: clock{}}, nil, d.gate, slog.New(slog.NewTextHandler(io.Discard, nil)), Options{PerHost: perHost})
	return d
}

func (d *desk) bind(company store.ID, a *store.Account, c *cal) engine.Remote {
	return outside{nil, d.runner}.Bind(company, a, c)
}

func TestConnectionsAtOneHostShareItsSlots(t *testing.T) {
	for name, c := range map[string]struct {
		servers []string
		width   int
		most    int64
	}{
		"three accounts at one host":        {[]string{"https://cal.example.com/a/", "https://CAL.example.com/b/", "https://cal.example.com/c/"}, 4, 4},
		"one host, accounts of two at once": {[]string{"https://cal.example.com/a/", "https://cal.example.com/b/"}, 1, 2},
		"two hosts":                         {[]string{"https://one.example.com/", "https://two.example.com/"}, 4, 8},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDesk(4)
				var under, most atomic.Int64
				var wg sync.WaitGroup
				for i, server := range c.servers {
					k := newCal(c.width)
					k.before = func(context.Context, string) error {
						most.Store(max(most.Load(), under.Add(1)))
						time.Sleep(time.Second)
						under.Add(-1)
						return nil
					}
					r := d.bind(store.ID(i+1), &store.Account{ID: 1, Server: server}, k)
					wg.Go(func() { r.WriteAll(t.Context(), creations(fmt.Sprint("w", i), 20)) })
					wg.Go(func() { _, _ = r.Pull(t.Context(), "", func(provider.RemoteID) provider.Versions { return nil }) })
				}
				wg.Wait()
				if most.Load() != c.most {
					t.Errorf("%d requests at a time, want %d", most.Load(), c.most)
				}
			})
		})
	}
}

func TestTheCalendarsOfAnAccountShareWhatItBears(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(4)
		var under, most atomic.Int64
		var wg sync.WaitGroup
		for i := range 3 {
			k := newCal(2)
			k.before = func(context.Context, string) error {
				most.Store(max(most.Load(), under.Add(1)))
				time.Sleep(time.Second)
				under.Add(-1)
				return nil
			}
			r := d.bind(1, &store.Account{ID: 5, Server: "https://cal.example.com"}, k)
			wg.Go(func() { r.WriteAll(t.Context(), creations(fmt.Sprint(i), 10)) })
		}
		wg.Wait()
		if most.Load() != 2 {
			t.Errorf("%d requests of an account at a time, want 2", most.Load())
		}
	})
}

func TestWriteAllEndsWithWhatSpeaksForAll(t *testing.T) {
	until := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		err  error
		stop bool
		ends bool
	}{
		"throttled until a time": {err: &provider.Error{Op: "put", Class: provider.RateLimited, RetryAfter: until}, ends: true},
		"throttled":              {err: &provider.Error{Op: "put", Class: provider.RateLimited}, ends: true},
		"signed out":             {err: &provider.Error{Op: "put", Class: provider.SignIn}, ends: true},
		"busy until a time":      {err: &provider.Error{Op: "put", Class: provider.Transient, RetryAfter: until}, ends: true},
		"the company is stopped": {stop: true, ends: true},
		"one item is refused":    {err: &provider.Error{Op: "put", Class: provider.Rejected}},
		"one answer is lost":     {err: &provider.Error{Op: "put", Class: provider.Unknown}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDesk(2) // fewer than the account would bear: writes wait for the host
				k := newCal(4)
				r := d.bind(1, &store.Account{ID: 1, Server: "https://cal.example.com"}, k)
				var n atomic.Int64
				k.before = func(context.Context, string) error {
					i := n.Add(1)
					time.Sleep(time.Duration(i) * time.Second)
					if i != 3 {
						return nil
					}
					return c.err
				}
				if c.stop {
					d.gate.Shut(1)
				}
				answers := r.WriteAll(t.Context(), creations("w", 30))
				unsent := 0
				for _, a := range answers {
					if a.Unsent {
						unsent++
						if a.Err == nil {
							t.Error("an unsent write without reason")
						}
					}
				}
				if sent := int(n.Load()); sent+unsent != 30 {
					t.Errorf("%d were sent and %d answered as unsent", sent, unsent)
				}
				if c.ends && n.Load() > 4 || !c.ends && n.Load() != 30 {
					t.Errorf("%d of 30 were sent", n.Load())
				}
			})
		})
	}
}

func TestARestHoldsForEveryCallOfTheAccount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(4)
		a := &store.Account{ID: 1, Server: "https://cal.example.com"}
		one, two := newCal(4), newCal(4)
		until := time.Now().Add(time.Minute)
		one.before = func(context.Context, string) error {
			return &provider.Error{Op: "read", Class: provider.RateLimited, RetryAfter: until}
		}
		if _, err := d.bind(1, a, one).Read(t.Context(), nil); provider.ClassOf(err) != provider.RateLimited {
			t.Fatal(err)
		}
		r := d.bind(1, a, two)
		calls := map[string]func() error{
			"pull": func() error {
				_, err := r.Pull(t.Context(), "", func(provider.RemoteID) provider.Versions { return nil })
				return err
			},
			"read":   func() error { _, err := r.Read(t.Context(), nil); return err },
			"find":   func() error { _, err := r.Find(t.Context(), "k"); return err },
			"put":    func() error { _, err := r.Put(t.Context(), *creations("w", 1)[0].Put); return err },
			"remove": func() error { return r.Remove(t.Context(), provider.Remove{ID: "x"}) },
		}
		for name, call := range calls {
			err := call()
			if pe, ok := errors.AsType[*provider.Error](err); !ok || pe.Class != provider.RateLimited || !pe.RetryAfter.Equal(until) {
				t.Errorf("%s while the account rests: %v", name, err)
			}
		}
		if two.requests() != 0 {
			t.Errorf("%d requests left while the account rested", two.requests())
		}
		time.Sleep(time.Minute)
		for name, call := range calls {
			if err := call(); err != nil {
				t.Errorf("%s after the rest: %v", name, err)
			}
		}
	})
}

func TestAWriteThatIsCalledOffStaysUnsent(t *testing.T) {
	d, k := newDesk(4), newCal(4)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, a := range d.bind(1, &store.Account{ID: 1}, k).WriteAll(ctx, creations("w", 50)) {
		if !a.Unsent {
			t.Error("a write was sent after the run was called off")
		}
	}
	if k.requests() != 0 {
		t.Errorf("%d requests left", k.requests())
	}
}

func TestAPanicInOneWriteIsThatWritesAlone(t *testing.T) {
	d, k := newDesk(4), newCal(4)
	var n atomic.Int64
	k.before = func(context.Context, string) error {
		if n.Add(1) == 3 {
			panic("out of order")
		}
		return nil
	}
	broken := 0
	for _, a := range d.bind(1, &store.Account{ID: 1}, k).WriteAll(t.Context(), creations("w", 10)) {
		if a.Err == nil {
			continue
		}
		broken++
		if a.Unsent || provider.ClassOf(a.Err) != provider.Unknown {
			t.Errorf("whether it arrived is not known, yet: %+v", a)
		}
	}
	if broken != 1 || len(k.inner.Held()) != 9 {
		t.Errorf("%d answers with errors, %d events", broken, len(k.inner.Held()))
	}
}
