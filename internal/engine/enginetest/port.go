package enginetest

import (
	"context"
	"time"

	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// labStore is the store as the engine sees it: every commit is a step before and after which the process may die.
type labStore Lab

func (s *labStore) Tx(ctx context.Context, company store.ID, f func(engine.Tx) error) error {
	l := (*Lab)(s)
	if l.dead {
		return ErrCrash
	}
	rows := 0
	err := l.DB.Tx(ctx, company, func(tx *store.Tx) error {
		rows = 0
		if err := f(l.asked(counted{tx, &rows})); err != nil {
			return err
		}
		return l.step()
	})
	if err != nil {
		return err
	}
	l.Rows += rows
	return l.step()
}

func (s *labStore) View(ctx context.Context, company store.ID, f func(engine.Tx) error) error {
	if s.dead {
		return ErrCrash
	}
	l := (*Lab)(s)
	return s.DB.View(ctx, company, func(tx *store.Tx) error { return f(l.asked(tx)) })
}

// asked is a transaction whose calls fail where Refuse says so.
func (l *Lab) asked(tx engine.Tx) engine.Tx {
	if l.Refuse == nil {
		return tx
	}
	return asking{tx, l.Refuse}
}

// counted counts rows that are written.
type counted struct {
	engine.Tx
	rows *int
}

func (c counted) PutActivity(ctx context.Context, a *crm.Activity) error {
	*c.rows++
	return c.Tx.PutActivity(ctx, a)
}

func (c counted) PutLink(ctx context.Context, k *store.Link) error {
	*c.rows++
	return c.Tx.PutLink(ctx, k)
}

func (c counted) PutWork(ctx context.Context, connection store.ID, subject string, payload []byte, due time.Time, release bool) error {
	*c.rows++
	return c.Tx.PutWork(ctx, connection, subject, payload, due, release)
}

func (c counted) UpdateWork(ctx context.Context, w store.Work) error {
	*c.rows++
	return c.Tx.UpdateWork(ctx, w)
}

func (c counted) SaveCursor(ctx context.Context, connection store.ID, cursor string) error {
	*c.rows++
	return c.Tx.SaveCursor(ctx, connection, cursor)
}

func (c counted) AddHistory(ctx context.Context, h *store.History) error {
	*c.rows++
	return c.Tx.AddHistory(ctx, h)
}

func (c counted) PutConflict(ctx context.Context, x *store.Conflict) error {
	*c.rows++
	return c.Tx.PutConflict(ctx, x)
}

func (c counted) PutBaseline(ctx context.Context, b []store.Baseline) error {
	*c.rows += len(b)
	return c.Tx.PutBaseline(ctx, b)
}

func (c counted) PutHold(ctx context.Context, h *store.Hold) error {
	*c.rows++
	return c.Tx.PutHold(ctx, h)
}

// labRemote is a calendar as the engine sees it: every write is a step before and after which the process may die.
type labRemote struct {
	l *Lab
	*Calendar
}

func (r *labRemote) Pull(ctx context.Context, since provider.Cursor, known provider.Known) (provider.Pull, error) {
	if err := r.l.step(); err != nil {
		return nil, err
	}
	return r.Calendar.Pull(ctx, since, known)
}

func (r *labRemote) Read(ctx context.Context, ids []provider.RemoteID) ([]provider.Item, error) {
	if err := r.l.step(); err != nil {
		return nil, err
	}
	return r.Calendar.Read(ctx, ids)
}

func (r *labRemote) Find(ctx context.Context, key provider.Key) (provider.Item, error) {
	if err := r.l.step(); err != nil {
		return provider.Item{}, err
	}
	return r.Calendar.Find(ctx, key)
}

func (r *labRemote) MadeSince(ctx context.Context, at time.Time) ([]provider.Item, error) {
	if err := r.l.step(); err != nil {
		return nil, err
	}
	return r.Calendar.MadeSince(ctx, at)
}

func (r *labRemote) Put(ctx context.Context, w provider.Put) (provider.Item, error) {
	if err := r.l.step(); err != nil {
		return provider.Item{}, err
	}
	it, err := r.Calendar.Put(ctx, w)
	if dead := r.l.step(); dead != nil {
		return provider.Item{}, dead
	}
	return it, err
}

func (r *labRemote) Remove(ctx context.Context, w provider.Remove) error {
	if err := r.l.step(); err != nil {
		return err
	}
	err := r.Calendar.Remove(ctx, w)
	if dead := r.l.step(); dead != nil {
		return dead
	}
	return err
}

func (r *labRemote) WriteAll(ctx context.Context, writes []engine.Write) []engine.Answer {
	answers := make([]engine.Answer, len(writes))
	for i, w := range writes {
		if w.Put != nil {
			answers[i].Item, answers[i].Err = r.Put(ctx, *w.Put)
			continue
		}
		answers[i].Err = r.Remove(ctx, *w.Remove)
	}
	return answers
}
