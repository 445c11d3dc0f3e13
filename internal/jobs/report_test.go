package jobs

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"tahti/internal/claim"
	"tahti/internal/engine"
	"tahti/internal/provider"
	"tahti/internal/store"
)

func TestATransactionThatFailedSaysSo(t *testing.T) {
	inBubble(t, Options{}, func(r *rig) {
		company, _ := r.company("acme")
		for len(r.store.changed) > 0 {
			<-r.store.changed
		}
		no := errors.New("no")
		if err := r.store.Tx(context.Background(), company, func(engine.Tx) error { return no }); !errors.Is(err, no) {
			t.Errorf("answered %v", err)
		}
		if len(r.store.changed) > 0 {
			t.Error("the runner is told of a change that there was not")
		}
	})
}

// The second is none on which anything else looks: what is due then is done then.
func TestWhatIsDueLaterIsDoneOnTheDot(t *testing.T) {
	inBubble(t, Options{Poll: time.Hour}, func(r *rig) {
		company, user := r.company("acme")
		id, c := r.connect(company, r.account(company, user, "https://cal.example.com"), "c")
		due := time.Now().Add(93*time.Second + 300*time.Millisecond)
		r.tx(company, func(tx engine.Tx) error { return tx.Wake(context.Background(), id, due, 1) })
		defer r.start(r.runner)()
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if c.requests() == 0 || c.at[0].Before(due) || c.at[0].After(due.Add(breath)) {
			t.Errorf("requests at %v, due at %v", c.at, due)
		}
	})
}

func TestProgressIsToldWhileARunIsUnderWay(t *testing.T) {
	inBubble(t, Options{Poll: time.Hour}, func(r *rig) {
		company, user := r.company("acme")
		id, c := r.connect(company, r.account(company, user, "https://cal.example.com"), "c")
		for i := range 120 { // more than are done at once
			r.add(company, user, fmt.Sprint("call ", i))
		}
		var seen []Progress
		c.before = func(_ context.Context, op string) error {
			if op == "put" {
				time.Sleep(time.Second)
				if p, ok := r.runner.Progress(company, id); ok {
					c.mu.Lock()
					seen = append(seen, p)
					c.mu.Unlock()
				}
			}
			return nil
		}
		defer r.start(r.runner)()
		r.wake(company, id, 1)
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if len(seen) == 0 {
			t.Fatal("nothing was told")
		}
		if last := seen[len(seen)-1]; last.Total != 120 || last.Done < 1 || last.Done >= 120 {
			t.Errorf("at the last of 120 items: %+v", last)
		}
		if p, ok := r.runner.Progress(company, id); ok {
			t.Errorf("after the run: %+v", p)
		}
		if p, ok := r.runner.Progress(company+1, id); ok {
			t.Errorf("of another company: %+v", p)
		}
	})
}

func TestWhoObservesIsToldOfEveryRunAndItsLength(t *testing.T) {
	type seen struct {
		run  store.Run
		took time.Duration
	}
	var all []seen
	o := Options{Poll: time.Hour, Observe: func(rep engine.Report, took time.Duration) { all = append(all, seen{rep.Run, took}) }}
	inBubble(t, o, func(r *rig) {
		company, user := r.company("acme")
		id, c := r.connect(company, r.account(company, user, "https://cal.example.com"), "c")
		c.before = func(_ context.Context, op string) error {
			time.Sleep(7 * time.Second)
			return nil
		}
		defer r.start(r.runner)()
		r.wake(company, id, 1)
		time.Sleep(time.Minute)
		synctest.Wait()
		if len(all) != 1 || all[0].run.State != "done" || all[0].took != time.Duration(c.requests())*7*time.Second {
			t.Errorf("told of %+v, with %d requests", all, c.requests())
		}
	})
}

// A sweep is due a day after the last, not before, and not before the starting point is taken.
func TestASweepIsMadeOnceInEachInterval(t *testing.T) {
	if day := (Options{}).withDefaults().Audit; day != 24*time.Hour {
		t.Errorf("without a setting a sweep is made every %v", day)
	}
	inBubble(t, Options{Poll: 20 * time.Minute, Audit: 2 * time.Hour}, func(r *rig) {
		company, user := r.company("acme")
		id, _ := r.connect(company, r.account(company, user, "https://cal.example.com"), "c")
		defer r.start(r.runner)()
		r.wake(company, id, 1)
		time.Sleep(6*time.Hour + 5*time.Minute)
		synctest.Wait()
		kinds := map[string]int{}
		for _, run := range r.runs(company, id) {
			kinds[run.Kind]++
		}
		if kinds["audit"] < 2 || kinds["audit"] > 3 {
			t.Errorf("runs in three intervals by kind: %v", kinds)
		}
	})
}

// What broke inside of Tahti shows on a connection that was to run, with when it began and when it is tried again; where a
// person has to do something first, that stays.
func TestABreakShowsUnlessSomethingElseIsToBeDone(t *testing.T) {
	for name, state := range map[string]string{"active": store.Active, "signed out meanwhile": store.NeedsSignIn, "stopped meanwhile": store.Stopped} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, Options{Poll: time.Hour}, func(r *rig) {
				company, user := r.company("acme")
				id, c := r.connect(company, r.account(company, user, "https://cal.example.com"), "c")
				var begun time.Time
				c.before = func(context.Context, string) error {
					if begun.IsZero() {
						begun = time.Now()
					}
					if state != store.Active {
						r.tx(company, func(tx engine.Tx) error {
							x, err := tx.Connection(context.Background(), id)
							if err != nil {
								return err
							}
							return tx.SaveHealth(context.Background(), id, state, "other", x.Health)
						})
					}
					panic("out of order")
				}
				defer r.start(r.runner)()
				r.wake(company, id, 1)
				time.Sleep(time.Second)
				synctest.Wait()
				x := r.connection(company, id)
				if state != store.Active {
					if x.State != state || x.Reason != "other" {
						t.Errorf("shows %s (%s)", x.State, x.Reason)
					}
					return
				}
				h := x.Health
				if x.State != store.Retrying || h.ErrorCode != claim.CodeInternal || h.ErrorClass != provider.Transient.String() || h.Failures != 1 {
					t.Errorf("shows %s: %+v", x.State, h)
				}
				if !h.FailedSince.Equal(begun) || !h.LastRun.Equal(begun) || !h.NextRun.Equal(begun.Add(5*time.Minute)) {
					t.Errorf("failed since %v, last run %v, next run %v; it broke at %v", h.FailedSince, h.LastRun, h.NextRun, begun)
				}
				time.Sleep(6 * time.Minute)
				synctest.Wait()
				if again := r.connection(company, id).Health; !again.FailedSince.Equal(begun) || again.Failures != 2 {
					t.Errorf("after it broke again: %+v", again)
				}
			})
		})
	}
}
