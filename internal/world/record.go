package world

import (
	"context"
	"time"

	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/store"
)

// recording is a transaction whose writes the world sees once they are committed.
type recording struct {
	engine.Tx
	done *[]change
}

// change is one row that was written. rows counts those that a quiet run must not write (I3).
type change struct {
	rows     int
	activity *crm.Activity
	conflict *store.Conflict
	link     *store.Link
	cursor   *cursorSaved
	account  *store.Account
	tie      *store.Connection
	work     *workDone
	wake     *wakeSaid
	share    *share
	history  *store.History
}

// share is what became of somebody's part in an activity; gone: they take part no more.
type share struct {
	activity store.ID
	crm.Participant
	gone bool
}

// wakeSaid is a wish for a run.
type wakeSaid struct {
	connection store.ID
	at         time.Time
}

// workDone is what became of a piece of work.
type workDone struct {
	connection      store.ID
	subject, became string
	held            bool // it waits for a person
	allowed         bool // it passes the brakes
}

type cursorSaved struct {
	connection store.ID
	cursor     string
}

func (t recording) add(c change) { *t.done = append(*t.done, c) }

func (t recording) Savepoint(ctx context.Context, f func() error) error {
	mark := len(*t.done)
	err := t.Tx.Savepoint(ctx, f)
	if err != nil {
		*t.done = (*t.done)[:mark]
	}
	return err
}

func (t recording) PutActivity(ctx context.Context, a *crm.Activity) error {
	err := t.Tx.PutActivity(ctx, a)
	if err == nil {
		c := a.Clone()
		t.add(change{rows: 1, activity: &c})
	}
	return err
}

func (t recording) PutParticipant(ctx context.Context, activity store.ID, p crm.Participant) error {
	t.add(change{rows: 1, share: &share{activity, p, false}})
	return t.Tx.PutParticipant(ctx, activity, p)
}

func (t recording) DeleteParticipant(ctx context.Context, activity, user store.ID) error {
	t.add(change{rows: 1, share: &share{activity, crm.Participant{UserID: user}, true}})
	return t.Tx.DeleteParticipant(ctx, activity, user)
}

func (t recording) PutLink(ctx context.Context, l *store.Link) error {
	err := t.Tx.PutLink(ctx, l)
	if err == nil {
		c := *l
		t.add(change{rows: 1, link: &c})
	}
	return err
}

func (t recording) PutConflict(ctx context.Context, x *store.Conflict) error {
	err := t.Tx.PutConflict(ctx, x)
	if err == nil {
		c := *x
		t.add(change{rows: 1, conflict: &c})
	}
	return err
}

func (t recording) SaveCursor(ctx context.Context, connection store.ID, cursor string) error {
	t.add(change{rows: 1, cursor: &cursorSaved{connection, cursor}})
	return t.Tx.SaveCursor(ctx, connection, cursor)
}

func (t recording) PutWork(ctx context.Context, connection store.ID, subject string, payload []byte, due time.Time, release bool) error {
	t.add(change{rows: 1, work: &workDone{connection: connection, subject: subject, became: "arrives"}})
	return t.Tx.PutWork(ctx, connection, subject, payload, due, release)
}

func (t recording) UpdateWork(ctx context.Context, w store.Work) error {
	t.add(change{rows: 1, work: &workDone{
		connection: w.Connection, subject: w.Subject, became: "waits: " + w.HeldBy + " " + w.Reason + " " + w.Detail, held: w.HeldBy != "",
		allowed: w.HeldBy == "" && w.Class == engine.ClassAllowed,
	}})
	return t.Tx.UpdateWork(ctx, w)
}

func (t recording) DeleteWork(ctx context.Context, w store.Work) error {
	t.add(change{work: &workDone{connection: w.Connection, subject: w.Subject, became: "is done with"}})
	return t.Tx.DeleteWork(ctx, w)
}

func (t recording) Wake(ctx context.Context, connection store.ID, at time.Time, lane int) error {
	err := t.Tx.Wake(ctx, connection, at, lane)
	if err == nil {
		t.add(change{wake: &wakeSaid{connection, at}})
	}
	return err
}

func (t recording) AddHistory(ctx context.Context, h *store.History) error {
	err := t.Tx.AddHistory(ctx, h)
	if err == nil {
		c := *h
		t.add(change{rows: 1, history: &c})
	}
	return err
}

func (t recording) PutHold(ctx context.Context, h *store.Hold) error {
	t.add(change{rows: 1})
	return t.Tx.PutHold(ctx, h)
}

func (t recording) PutBaseline(ctx context.Context, b []store.Baseline) error {
	t.add(change{rows: len(b)})
	return t.Tx.PutBaseline(ctx, b)
}

func (t recording) PutAccount(ctx context.Context, a *store.Account) error {
	err := t.Tx.PutAccount(ctx, a)
	if err == nil {
		c := *a
		t.add(change{account: &c})
	}
	return err
}

func (t recording) PutConnection(ctx context.Context, c *store.Connection) error {
	err := t.Tx.PutConnection(ctx, c)
	if err == nil {
		tie := *c
		t.add(change{tie: &tie})
	}
	return err
}
