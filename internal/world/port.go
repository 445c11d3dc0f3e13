package world

import (
	"context"
	"errors"

	"tahti/internal/engine"
	"tahti/internal/store"
)

var (
	errDisk    = errors.New("the disk is full")
	errAborted = errors.New("the database gave the transaction up")
	errReply   = errors.New("the connection to the database was lost")
)

// port is the store as a worker sees it: it stops before each transaction, which may then fail in all ways that
// databases know.
type port struct{ k *worker }

var _ engine.Store = port{}

func (p port) Tx(ctx context.Context, company store.ID, f func(engine.Tx) error) error {
	k, w := p.k, p.k.w
	k.pause("commits "+purpose(), "")
	switch {
	case w.strikes(DiskFull, k.side):
		return errDisk
	case w.strikes(Aborted, k.side):
		// What a transaction did is taken back, wherever it stood.
		if err := w.rollBack(ctx, company, f); err != nil {
			return err
		}
		return errAborted
	case w.strikes(Twice, k.side):
		// PostgreSQL gives a transaction up in favour of another, and it is run again.
		if err := w.rollBack(ctx, company, f); err != nil {
			return err
		}
	}
	if err := w.commit(ctx, company, k, f); err != nil {
		return err
	}
	if w.strikes(CommitLost, k.side) {
		return errReply
	}
	return nil
}

func (p port) View(ctx context.Context, company store.ID, f func(engine.Tx) error) error {
	p.k.pause("looks "+purpose(), "")
	return p.k.w.db.View(ctx, company, func(tx *store.Tx) error { return f(tx) })
}

// rollBack runs f and takes it back. Errors of f itself are answered.
func (w *World) rollBack(ctx context.Context, company store.ID, f func(engine.Tx) error) error {
	err := w.db.Tx(ctx, company, func(tx *store.Tx) error {
		if err := f(tx); err != nil {
			return err
		}
		return errAborted
	})
	if errors.Is(err, errAborted) {
		return nil
	}
	return err
}

// commit runs f in a transaction and looks at what it wrote. by is nil for people.
func (w *World) commit(ctx context.Context, company store.ID, by *worker, f func(engine.Tx) error) error {
	var done []change
	err := w.db.Tx(ctx, company, func(tx *store.Tx) error {
		done = done[:0]
		return f(recording{tx, &done})
	})
	if err != nil {
		return err
	}
	w.in(w.firmOf(company), func() { w.committed(by, done) })
	return nil
}

// tx is a transaction of a person or of the world itself. One that is refused is the caller's to judge.
func (w *World) tx(f func(tx engine.Tx) error) error { return w.commit(w.ctx, w.company, nil, f) }

// people is the store as people's pages see it.
type people struct{ w *World }

func (p people) Tx(ctx context.Context, company store.ID, f func(engine.Tx) error) error {
	t := p.w.taking
	if t == nil {
		return p.w.commit(ctx, company, nil, f)
	}
	if err := t.before(p.w); err != nil {
		return err
	}
	if err := p.w.commit(ctx, company, nil, f); err != nil {
		return err
	}
	return t.behindIt()
}

func (p people) View(ctx context.Context, company store.ID, f func(engine.Tx) error) error {
	return p.w.db.View(ctx, company, func(tx *store.Tx) error { return f(tx) })
}
