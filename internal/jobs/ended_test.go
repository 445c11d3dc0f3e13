package jobs

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"tahti/internal/engine"
)

func TestTheEndOfARunIsToldToWhoeverWaitsForIt(t *testing.T) {
	inBubble(t, Options{}, func(r *rig) {
		company, u := r.company("acme")
		id, _ := r.connect(company, r.account(company, u, "https://cal.example.com"), "work")
		other, _ := r.connect(company, r.account(company, u, "https://other.example.com"), "other")
		stop := r.start(r.runner)
		defer stop()
		told, others := r.runner.Ended(company, id), r.runner.Ended(company, other)
		r.wake(company, id, 0)
		select {
		case <-told:
		case <-time.After(time.Minute):
			t.Fatal("nobody was told")
		}
		if runs := r.runs(company, id); len(runs) != 1 || runs[0].Finished.IsZero() {
			t.Errorf("told, and the runs are %+v", runs)
		}
		select {
		case <-others:
			t.Error("told of another connection's run")
		default:
		}
		synctest.Wait() // whoever rings puts the bell away after it was heard
		if n := len(r.runner.ended.hung); n != 1 {
			t.Errorf("%d bells are left, one of them is waited for", n)
		}
	})
}

func TestOnlyACommitThatAsksForARunMakesTheRunnerLook(t *testing.T) {
	inBubble(t, Options{}, func(r *rig) {
		company, u := r.company("acme")
		id, _ := r.connect(company, r.account(company, u, "https://cal.example.com"), "work")
		for _, c := range []struct {
			what string
			f    func(tx engine.Tx) error
			want int
		}{
			{"a commit that changes something else", func(tx engine.Tx) error {
				c, err := tx.GetCompany(context.Background())
				if err != nil {
					return err
				}
				return tx.PutCompany(context.Background(), c)
			}, 0},
			{"a wake", func(tx engine.Tx) error { return tx.Wake(context.Background(), id, time.Now(), 1) }, 1},
			{"a wake that is not committed", func(tx engine.Tx) error {
				if err := tx.Wake(context.Background(), id, time.Now(), 1); err != nil {
					return err
				}
				return context.Canceled
			}, 0},
		} {
			if len(r.store.changed) > 0 {
				<-r.store.changed
			}
			_ = r.store.Tx(context.Background(), company, c.f) // the last one fails, as it shall
			if got := len(r.store.changed); got != c.want {
				t.Errorf("%s: %d looks, want %d", c.what, got, c.want)
			}
		}
	})
}
