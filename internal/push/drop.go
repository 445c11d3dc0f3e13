package push

import (
	"context"
	"errors"
	"time"

	"tahti/internal/engine"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// patience is how long a person waits for a provider to end the watches of a connection.
const patience = 10 * time.Second

// Drop ends the watches of a connection that was stopped, while there still is a sign-in to do it with, and forgets them. What
// cannot be ended runs out by itself. The error is the store's.
func (s *Service) Drop(ctx context.Context, company, connection store.ID, remote engine.Remote) error {
	var rows []store.Watch
	err := s.Store.View(ctx, company, func(tx engine.Tx) (err error) {
		rows, err = s.ending(ctx, tx, connection)
		return err
	})
	if err != nil || len(rows) == 0 {
		return err
	}
	if r, ok := remote.(interface{ Watcher() provider.Watcher }); ok && r.Watcher() != nil {
		s.endAll(ctx, r.Watcher(), rows)
	}
	return s.Store.Tx(ctx, company, func(tx engine.Tx) error {
		for _, row := range rows {
			if err := tx.DeleteWatch(ctx, row.ID); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Service) endAll(ctx context.Context, w provider.Watcher, rows []store.Watch) {
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	for i := range rows {
		if rows[i].State != store.WatchLive && rows[i].State != store.WatchEnding {
			continue
		}
		what := Ended
		if err := w.Unwatch(ctx, watched(&rows[i])); err != nil {
			what = Failed
			if !errors.Is(err, context.Canceled) {
				s.Log.Warn("end a watch", "connection", rows[i].Connection, "error", err)
			}
		}
		s.observe(rows[i].Provider, what)
	}
}
