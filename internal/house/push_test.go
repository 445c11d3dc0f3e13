package house_test

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"tahti/internal/account"
	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/provider"
	"tahti/internal/push"
	"tahti/internal/standin/graph"
	"tahti/internal/store"
)

var tellers = []string{account.Google, account.Graph}

func eachTeller(t *testing.T, test func(t *testing.T, kind string)) {
	t.Parallel()
	for _, kind := range tellers {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			test(t, kind)
		})
	}
}

// The poll is an hour away: whatever arrives was told. How long it took is logged (design.md: in under a second).
func TestAChangeArrivesBecauseItWasTold(t *testing.T) {
	eachTeller(t, func(t *testing.T, kind string) {
		x := newTold(t, kind, true)
		runs := len(x.runs())
		if runs != 2 {
			t.Errorf("%d runs so far, want the first and the one after the provider began to tell", runs)
		}
		var took []time.Duration
		for range 9 {
			woken := x.door.seen(push.Woken)
			start := time.Now()
			subject := x.addThere()
			x.until(subject+" is here", func() bool { return x.here(subject) })
			took = append(took, time.Since(start))
			if x.door.seen(push.Woken) == woken {
				t.Error("it is here without having been told")
			}
			x.until("the connection rests", x.resting)
			x.pass(time.Second) // what comes close after another waits for some of that
		}
		slices.Sort(took)
		t.Logf("from the change at the provider to the hub: median %v, slowest %v", took[len(took)/2], took[len(took)-1])
		if n := x.writes(); n != 0 {
			t.Errorf("%d writes", n)
		}
	})
}

// Microsoft may tell of a change before its delta shows it. It is looked for again, long before the poll, which is an hour away.
func TestAChangeThatWasToldBeforeItShowsArrivesAllTheSame(t *testing.T) {
	t.Parallel()
	x := newTold(t, account.Graph, true)
	x.graph.Lag(time.Second)
	runs := len(x.runs())
	subject := x.addThere()
	x.until(subject+" is here", func() bool { return x.here(subject) })
	if n := len(x.runs()) - runs; n < 2 || n > 3 {
		t.Errorf("%d runs, want the one that saw nothing and the one after it", n)
	}
}

func TestAQuietRunOfAWatchedConnectionIsOneRequest(t *testing.T) {
	eachTeller(t, func(t *testing.T, kind string) {
		x := newTold(t, kind, true)
		before := len(x.requests())
		run := x.sync(x.c.ID)
		x.until("the connection rests", x.resting)
		if n := len(x.requests()) - before; n != 1 || run.Requests != 1 {
			t.Errorf("%d requests, %d counted: %v", n, run.Requests, x.requests()[before:])
		}
	})
}

// What sync itself writes is told too; it ends with a run that finds nothing new (I22).
func TestWhatWeWriteIsToldAndThatIsAll(t *testing.T) {
	eachTeller(t, func(t *testing.T, kind string) {
		x := newTold(t, kind, true)
		runs, woken := len(x.runs()), x.door.seen(push.Woken)
		x.add("Ours", calendar.WallIn(x.clock.Now().Add(24*time.Hour).Truncate(time.Hour), time.UTC))
		x.until("our own write is told", func() bool { return x.writes() == 1 && x.door.seen(push.Woken) > woken })
		x.pass(16 * time.Second) // for so long, what Microsoft tells of is looked for
		x.until("the connection rests", x.resting)
		if n := len(x.runs()) - runs; n > 5 || x.writes() != 1 {
			t.Errorf("%d runs, %d writes", n, x.writes())
		}
	})
}

// Doubled, out of order, forged, or told to another house: nothing but a run comes of it (I17).
func TestWhateverIsToldChangesNothing(t *testing.T) {
	eachTeller(t, func(t *testing.T, kind string) {
		x := newTold(t, kind, true)
		for range 3 {
			subject := x.addThere()
			x.until(subject+" is here", func() bool { return x.here(subject) })
		}
		x.until("the connection rests", x.resting)
		came := x.door.all()
		slices.Reverse(came)
		if len(came) < 3 {
			t.Fatalf("%d deliveries", len(came))
		}
		before := x.all()
		for name, change := range map[string]func(*delivery){
			"doubled": func(*delivery) {},
			"with another secret": func(d *delivery) {
				d.header.Set("X-Goog-Channel-Token", "x")
				d.body = bytes.ReplaceAll(d.body, []byte(`"clientState":"`), []byte(`"clientState":"x`))
			},
			"of another watch": func(d *delivery) {
				d.header.Set("X-Goog-Channel-ID", "x")
				d.body = bytes.ReplaceAll(d.body, []byte(`"subscriptionId":"`), []byte(`"subscriptionId":"x`))
			},
			"at another address": func(d *delivery) { d.path += "A" },
			"in pieces": func(d *delivery) {
				d.body = d.body[:len(d.body)/2]
				d.header.Del("X-Goog-Channel-Token")
			},
		} {
			woken := x.door.seen(push.Woken) + x.door.seen(push.Awaited)
			for _, d := range came {
				d.header, d.body = d.header.Clone(), bytes.Clone(d.body)
				change(&d)
				if status := x.send(d); status/100 != 2 {
					t.Errorf("%s: answered %d", name, status)
				}
			}
			if asked := x.door.seen(push.Woken)+x.door.seen(push.Awaited) > woken; asked != (name == "doubled") {
				t.Errorf("%s: a run was asked for: %t", name, asked)
			}
			x.pass(16 * time.Second) // for so long, what Microsoft tells of is looked for
			x.until("the connection rests", x.resting)
		}
		after := x.all()
		if !slices.EqualFunc(before, after, func(a, b crm.Activity) bool { return a.ID == b.ID && a.Revision == b.Revision }) || x.writes() != 0 {
			t.Errorf("%d activities were %d, %d writes", len(after), len(before), x.writes())
		}
		if rows := x.watches(); len(rows) != 1 || rows[0].State != store.WatchLive {
			t.Errorf("watched by %+v", rows)
		}
	})
}

// send delivers once more.
func (x *told) send(d delivery) int {
	x.t.Helper()
	r, err := http.NewRequestWithContext(x.t.Context(), http.MethodPost, x.door.URL+d.path, bytes.NewReader(d.body))
	if err != nil {
		x.t.Fatal(err)
	}
	r.Header = d.header
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		x.t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

// Over five weeks there is no moment at which nobody would tell.
func TestWatchesAreRenewedForEver(t *testing.T) {
	eachTeller(t, func(t *testing.T, kind string) {
		x := newTold(t, kind, true)
		first := x.watches()[0]
		for range 35 {
			if rows := x.watches(); len(rows) != 1 || rows[0].State != store.WatchLive || !rows[0].Expires.After(x.clock.Now().Add(24*time.Hour)) {
				t.Fatalf("watched by %+v at %v", rows, x.clock.Now())
			}
			x.pass(24 * time.Hour)
			x.sync(x.c.ID)
			x.until("the connection rests", x.resting)
		}
		if last := x.watches()[0]; !last.Expires.After(first.Expires.Add(30*24*time.Hour)) || (last.Channel == first.Channel) != (kind == account.Graph) {
			t.Errorf("first %+v\nlast %+v", first, last)
		}
		if kind == account.Google {
			var order []string
			for _, r := range x.requests() {
				if strings.HasSuffix(r, "/watch") || strings.HasSuffix(r, "/stop") {
					order = append(order, r[strings.LastIndex(r, "/")+1:])
				}
			}
			for i, r := range order { // one, and then the next before the last is stopped
				if want := []string{"watch", "stop"}[(i+1)%2]; i > 0 && r != want {
					t.Fatalf("asked in this order: %v", order)
				}
			}
		}
		subject := x.addThere()
		x.until("what changes then is told", func() bool { return x.here(subject) })
		if x.door.seen(push.Failed) != 0 {
			t.Errorf("%v", x.door.what)
		}
	})
}

func TestNobodyTellsOfWhatWasPausedOrStopped(t *testing.T) {
	eachTeller(t, func(t *testing.T, kind string) {
		x := newTold(t, kind, true)
		ended := func() bool { return len(x.watches()) == 0 }
		do := func(what string, err error) {
			t.Helper()
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
		}
		_, err := x.house.Connections.Pause(t.Context(), x.who, x.c.ID)
		do("pause", err)
		x.until("the watch of a paused connection ends", ended)
		if !slices.ContainsFunc(x.requests(), func(r string) bool {
			return strings.HasSuffix(r, "/channels/stop") || strings.HasPrefix(r, "DELETE ") && strings.Contains(r, "/subscriptions/")
		}) {
			t.Errorf("the provider was not asked to end it: %v", x.requests())
		}
		_, err = x.house.Connections.Resume(t.Context(), x.who, x.c.ID)
		do("resume", err)
		x.settle()
		_, err = x.house.Connections.Stop(t.Context(), x.who, x.c.ID, true)
		do("stop", err)
		x.until("the watch of a stopped connection ends", ended)
		if n := x.door.seen(push.Ended); n != 2 {
			t.Errorf("%d watches were ended, want 2", n)
		}
	})
}

// Where the provider cannot send to us, sync is none the worse.
func TestADoorThatIsShutDisturbsNoSync(t *testing.T) {
	t.Parallel()
	x := newTold(t, account.Graph, false)
	x.until("it was asked in vain", func() bool { return len(x.watches()) == 1 && x.watches()[0].State == store.WatchFailed && x.resting() })
	if row := x.watches()[0]; row.Reason != provider.CodeNotReached || row.Failures != 1 {
		t.Errorf("kept as %+v", row)
	}
	subject := x.addThere()
	before := len(x.requests())
	x.sync(x.c.ID)
	x.until("the connection rests", x.resting)
	if !x.here(subject) || len(x.runs()) != 2 {
		t.Errorf("after %d runs it is not here", len(x.runs()))
	}
	for _, r := range x.requests()[before:] {
		if strings.Contains(r, "subscriptions") {
			t.Errorf("asked again at once: %s", r)
		}
	}
	c, err := x.house.Connections.Get(t.Context(), x.who, x.c.ID)
	if err != nil || c.State != store.Active || c.Reason != "" || c.Health.Failures != 0 {
		t.Errorf("the connection shows it: %+v, %v", c, err)
	}
	x.door.close(false)
	x.pass(2 * time.Minute)
	x.sync(x.c.ID)
	x.settle()
}

func TestMicrosoftsSubscriptionsHaveALifeOfTheirOwn(t *testing.T) {
	t.Parallel()
	for event, renewed := range map[string]bool{graph.Reauthorize: true, graph.Removed: false, graph.Missed: true} {
		t.Run(event, func(t *testing.T) {
			t.Parallel() // most of it is waiting
			x := newTold(t, account.Graph, true)
			first := x.watches()[0]
			runs := len(x.runs())
			if err := x.graph.Lifecycle(me, event); err != nil {
				t.Fatal(err)
			}
			x.until("a run is made for it", func() bool { return len(x.runs()) > runs })
			x.settle()
			if row := x.watches()[0]; (row.Channel == first.Channel) != renewed {
				t.Errorf("watched by %+v after %+v", row, first)
			}
			subject := x.addThere()
			x.until("what changes then is told", func() bool { return x.here(subject) })
		})
	}
}

func TestWhoeverForgetsASignInIsToldOfNothingMore(t *testing.T) {
	eachTeller(t, func(t *testing.T, kind string) {
		x := newTold(t, kind, true)
		x.stop() // nobody but who asks does it
		if _, _, err := x.house.Connections.Revoke(t.Context(), x.who, x.c.Account, true); err != nil {
			t.Error(err)
		}
		if n := x.door.seen(push.Ended); n != 1 || len(x.watches()) != 0 {
			t.Errorf("%d watches were ended, kept %+v", n, x.watches())
		}
		x.tx(func(tx engine.Tx) error {
			c, err := tx.Connection(t.Context(), x.c.ID)
			if c.State != store.Stopped {
				t.Errorf("the connection is %s", c.State)
			}
			return err
		})
	})
}
