package house_test

import (
	"testing"

	"tahti/internal/realserver"
)

// TestOnPostgreSQL runs in short on PostgreSQL what the other tests here hold on SQLite: brakes, conflicts, poison.
func TestOnPostgreSQL(t *testing.T) {
	t.Parallel()
	realserver.Database(t) // the server stays up for all
	for name, scenario := range map[string]func(*testing.T, setup){
		"deletions held and confirmed": func(t *testing.T, s setup) {
			deleteBrake(t, s, deletions{live: 40, count: 11, runs: 1}, false, true)
		},
		"deletions held and rejected": func(t *testing.T, s setup) {
			deleteBrake(t, s, deletions{live: 40, count: 11, runs: 1}, true, false)
		},
		"a flood held and confirmed": func(t *testing.T, s setup) { createBrake(t, s, false, true) },
		"both sides edited":          func(t *testing.T, s setup) { bothEdited(t, s, "calendar") },
		"poison":                     poison,
	} {
		t.Run(name, func(t *testing.T) { scenario(t, setup{dsn: realserver.Database(t)}) })
	}
}
