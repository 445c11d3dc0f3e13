package connection_test

import (
	"context"
	"slices"
	"testing"

	"tahti/internal/connection"
	"tahti/internal/engine"
	"tahti/internal/store"
)

// watched notes looks at the database and questions for the end of a run, and lets a run pass behind the first look.
type watched struct {
	engine.Store
	calls []string
	told  chan struct{} // the last that was asked for
	run   func()
}

func (w *watched) View(ctx context.Context, company store.ID, f func(engine.Tx) error) error {
	err := w.Store.View(ctx, company, f)
	w.calls = append(w.calls, "look")
	if told, run := w.told, w.run; run != nil {
		w.run = nil
		run()
		close(told)
	}
	return err
}

func (w *watched) Ended(store.ID, store.ID) <-chan struct{} {
	w.calls = append(w.calls, "ask to be told")
	w.told = make(chan struct{})
	return w.told
}

func TestWhoWaitsForARunLooksAgainWhenItsEndIsTold(t *testing.T) {
	r := newRig(t)
	c := r.connect(r.alice, "work", `{}`)
	asked, err := r.s.SyncNow(r.ctx(), r.alice, c.ID)
	r.ok(err)
	w := &watched{Store: r.s.Store, run: func() { r.run(c.ID) }}
	waiting := *r.s
	waiting.Store, waiting.Ends = w, connection.Ends(w)
	run, err := waiting.Await(r.ctx(), r.alice, c.ID, asked)
	r.ok(err)
	if run.State != "done" {
		t.Errorf("the run is %q", run.State)
	}
	// Asked before the look, so that no end falls between the two; and nobody looks while there is nothing to see.
	if want := []string{"ask to be told", "look", "ask to be told", "look"}; !slices.Equal(w.calls, want) {
		t.Errorf("calls %q, want %q", w.calls, want)
	}
}
