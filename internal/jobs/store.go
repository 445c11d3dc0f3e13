package jobs

import (
	"context"

	"tahti/internal/engine"
	"tahti/internal/store"
)

// Store is the database as engine, pages and API use it. After a commit that asked for a run the runner takes a look, so that
// a local change reaches the calendar at once.
type Store struct {
	db      *store.DB
	changed chan struct{}
}

// NewStore wraps a database.
func NewStore(db *store.DB) *Store { return &Store{db: db, changed: make(chan struct{}, 1)} }

// Tx runs f in a transaction that may write.
func (s *Store) Tx(ctx context.Context, company store.ID, f func(engine.Tx) error) error {
	woken := false
	err := s.db.Tx(ctx, company, func(tx *store.Tx) error {
		err := f(tx)
		woken = tx.Woken()
		return err
	})
	if err != nil || !woken {
		return err
	}
	select {
	case s.changed <- struct{}{}:
	default:
	}
	return nil
}

// View runs f in a transaction that only reads.
func (s *Store) View(ctx context.Context, company store.ID, f func(engine.Tx) error) error {
	return s.db.View(ctx, company, func(tx *store.Tx) error { return f(tx) })
}

// Global is what has no company.
func (s *Store) Global() store.Global { return s.db }
