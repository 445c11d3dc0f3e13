package store

import (
	"context"
	"errors"
	"time"
)

// Rest notes until when a provider wants to be left alone by a circle of accounts. A rest that lasts longer stands.
func (db *DB) Rest(ctx context.Context, circle string, until time.Time) error {
	err := db.global(ctx, func(s scope) error {
		_, err := s.exec(ctx, `INSERT INTO rest (circle, until) VALUES ($1, $2)
			ON CONFLICT (circle) DO UPDATE SET until = excluded.until WHERE excluded.until > rest.until`, circle, micros(until))
		return err
	})
	return wrap(err, "note rest of %s", circle)
}

// Resting is the latest instant until which one of some circles rests; zero if none was ever asked to.
func (db *DB) Resting(ctx context.Context, circles []string) (latest time.Time, err error) {
	err = db.view(ctx, func(s scope) error {
		for _, c := range circles {
			var until time.Time
			switch err := s.one(ctx, "SELECT until FROM rest WHERE circle = $1", []any{c}, []any{at(&until)}); {
			case errors.Is(err, ErrNotFound):
			case err != nil:
				return err
			case until.After(latest):
				latest = until
			}
		}
		return nil
	})
	return latest, wrap(err, "read rests")
}
