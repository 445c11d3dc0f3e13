package engine_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
	"tahti/internal/store"
)

var errFull = errors.New("disk full")

// refusing is a store of which one write is refused, counted from 1; 0 for none. All after it are taken.
type refusing struct {
	engine.Store
	writes *int
	at     int
}

func (s refusing) Tx(ctx context.Context, company store.ID, f func(engine.Tx) error) error {
	return s.Store.Tx(ctx, company, func(tx engine.Tx) error { return f(refusingTx{tx, s}) })
}

type refusingTx struct {
	engine.Tx
	s refusing
}

func (t refusingTx) try(write func() error) error {
	if *t.s.writes++; *t.s.writes == t.s.at {
		return errFull
	}
	return write()
}

func (t refusingTx) PutActivity(ctx context.Context, a *crm.Activity) error {
	return t.try(func() error { return t.Tx.PutActivity(ctx, a) })
}

func (t refusingTx) PutLink(ctx context.Context, l *store.Link) error {
	return t.try(func() error { return t.Tx.PutLink(ctx, l) })
}

func (t refusingTx) PutWork(ctx context.Context, connection store.ID, subject string, payload []byte, due time.Time, release bool) error {
	return t.try(func() error { return t.Tx.PutWork(ctx, connection, subject, payload, due, release) })
}

func (t refusingTx) UpdateWork(ctx context.Context, w store.Work) error {
	return t.try(func() error { return t.Tx.UpdateWork(ctx, w) })
}

func (t refusingTx) DeleteWork(ctx context.Context, w store.Work) error {
	return t.try(func() error { return t.Tx.DeleteWork(ctx, w) })
}

func (t refusingTx) SaveCursor(ctx context.Context, connection store.ID, cursor string) error {
	return t.try(func() error { return t.Tx.SaveCursor(ctx, connection, cursor) })
}

func (t refusingTx) AddHistory(ctx context.Context, h *store.History) error {
	return t.try(func() error { return t.Tx.AddHistory(ctx, h) })
}

func (t refusingTx) PutConflict(ctx context.Context, c *store.Conflict) error {
	return t.try(func() error { return t.Tx.PutConflict(ctx, c) })
}

// TestAWriteThatTheStoreRefusesTakesNothingWithIt: whichever row cannot be written, both sides are in step once the store
// takes rows again, and what history and conflicts tell of people's edits is the same as if nothing had happened.
func TestAWriteThatTheStoreRefusesTakesNothingWithIt(t *testing.T) {
	type told struct{ conflicts, revived int }
	play := func(at int) (writes int, got told) {
		r, a, id := linked(t, enginetest.Options{}, true, event("Call", 3, 10), nil)
		b := r.Create(r.Alice, event("Lunch", 4, 12))
		r.Settle(r.id)
		var lunch store.Link
		for _, l := range r.Links(r.id) {
			if l.Activity == b.ID {
				lunch = l
			}
		}
		r.Edit(r.Alice, a.ID, setSubject("Call Bob"), "subject")
		r.cal.Edit(id, func(e *calendar.Event) { e.Subject, e.Location = "Call Carol", "Room 4" })
		r.Delete(r.Alice, b.ID)
		r.cal.Edit(remoteOf(lunch), setPlace("Canteen"))
		r.cal.Add(event("in", 5, 9))
		r.Create(r.Alice, event("out", 6, 9))
		sound := r.Engine.Store
		r.Engine.Store = refusing{sound, &writes, at}
		_, err := r.Run(r.id, false)
		if err != nil && !errors.Is(err, errFull) {
			t.Fatalf("write %d: %v", at, err)
		}
		r.Engine.Store = sound
		r.Pass(3 * time.Hour)
		r.Settle(r.id)
		r.inStep(t, 4)
		for _, c := range r.Conflicts() {
			if c.Field == "deleted" {
				got.revived++
			} else {
				got.conflicts++
			}
		}
		return writes, got
	}
	writes, want := play(0)
	if writes < 20 || want != (told{1, 1}) {
		t.Fatalf("%d writes, told %+v", writes, want)
	}
	for at := range writes {
		if _, got := play(at + 1); got != want {
			t.Errorf("write %d refused: told %+v, want %+v", at+1, got, want)
		}
	}
}
