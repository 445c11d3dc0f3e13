package main

import (
	"context"
	"log/slog"
	"time"

	"tahti/internal/store"
)

// retention is for how long history, losing values, ended runs and stopped connections' links are kept (features.md G9).
const retention = 90 * 24 * time.Hour

// prune deletes what is past its retention, now and then, until ctx ends.
func prune(ctx context.Context, db *store.DB, log *slog.Logger) {
	tick := time.NewTicker(6 * time.Hour)
	defer tick.Stop()
	for {
		n, err := db.Prune(ctx, time.Now().Add(-retention))
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			log.Error("delete what is past its retention", "error", err)
		case n > 0:
			log.Info("deleted what is past its retention", "rows", n)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
