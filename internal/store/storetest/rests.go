package storetest

import (
	"testing"
	"time"

	"tahti/internal/store"
)

func rests(t *testing.T, db *store.DB) {
	until := func(circles ...string) time.Time { return must[time.Time](t)(db.Resting(ctx, circles)) }
	same(t, "nobody has asked", until("graph/a", "graph").IsZero(), true)
	ok(t, db.Rest(ctx, "graph", start.Add(time.Minute)))
	ok(t, db.Rest(ctx, "graph", start)) // an answer that came late
	ok(t, db.Rest(ctx, "graph/a", start.Add(time.Hour)))
	same(t, "within both", until("graph/a", "graph"), start.Add(time.Hour))
	same(t, "within one", until("graph/b", "graph"), start.Add(time.Minute))
	same(t, "elsewhere", until("", "google").IsZero(), true)
}
