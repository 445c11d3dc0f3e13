package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tahti/internal/crm"
	"tahti/internal/store"
)

func frozen(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "v1", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// theFirstReleaseComesForward: its rows are there, and its schema is that of a database made today.
func theFirstReleaseComesForward(t *testing.T, e engine) {
	c, address := e.fresh(t)
	old := e.tables(t, address)
	schema, _, _ := strings.Cut(frozen(t, e.name+".sql"), "-- +goose Down")
	for _, script := range []string{schema, e.versions, frozen(t, "rows.sql")} {
		for text := range strings.SplitSeq(script, ";\n") {
			if strings.TrimSpace(text) == "" {
				continue
			}
			if _, err := old.ExecContext(ctx, text); err != nil {
				t.Fatalf("%v in %s", err, text)
			}
		}
	}
	db := open(t, c)
	firstRows(t, db)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	today, other := e.fresh(t)
	if err := open(t, today).Close(); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(e.objects(t, other), e.objects(t, address)); d != "" {
		t.Errorf("the schema that came forward differs from a new one (-new +old):\n%s", d)
	}
}

func firstRows(t *testing.T, db *store.DB) {
	i, err := db.Instance(ctx)
	if err != nil || i.Mark != "mark" || string(i.Secret) != "secret" {
		t.Errorf("instance %+v, %v", i, err)
	}
	err = db.Tx(ctx, 1, func(tx *store.Tx) error {
		a, err := tx.Activity(ctx, 4)
		if err != nil {
			return err
		}
		if a.Plan.Subject != "Review" || len(a.Plan.Overrides) != 1 || len(a.Plan.Cancelled) != 1 || len(a.Occurrences) != 1 || a.Origin != 3 {
			t.Errorf("activity %+v", a)
		}
		l, err := tx.LinkByRemote(ctx, 3, "/home/u1.ics")
		if err != nil {
			return err
		}
		if l.RemoteEvent.Subject != "Review" || string(l.RemoteRaw) != "BEGIN:VCALENDAR" || l.RemoteMeta.Versions[""].Tag != "e1" {
			t.Errorf("link %+v", l)
		}
		w, err := tx.WorkBySubject(ctx, 3, "r:/home/u2.ics")
		if err != nil {
			return err
		}
		if w.Revision != 3 || w.HeldBy != store.HeldByBackOff {
			t.Errorf("work %+v", w)
		}
		u := crm.User{Name: "Bob"}
		if err := tx.PutUser(ctx, &u); err != nil {
			return err
		}
		if u.ID < 100 {
			t.Errorf("id %d was given out before", u.ID)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// What was released is never changed: databases out there have run it. A change of the schema is a new migration. (Until
// there is a first release, testdata/v1 follows the migration by hand.)
func theFirstMigrationStays(t *testing.T, e engine) {
	now, err := os.ReadFile(filepath.Join("migrations", e.name, "00001_first.sql"))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(frozen(t, e.name+".sql"), string(now)); d != "" {
		t.Errorf("the first migration was changed (-frozen +now):\n%s", d)
	}
}

func aNewerDatabaseIsRefused(t *testing.T, e engine) {
	c, address := e.fresh(t)
	if err := open(t, c).Close(); err != nil {
		t.Fatal(err)
	}
	applied := map[string]string{"sqlite": "1", "postgres": "true"}[e.name]
	if _, err := e.tables(t, address).ExecContext(ctx, "INSERT INTO schema_version (version_id, is_applied) VALUES (9999, "+applied+")"); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(ctx, c); !errors.Is(err, store.ErrNewer) {
		t.Errorf("%v, want a newer database to be refused", err)
	}
}

func severalNodesOpenAtOnce(t *testing.T, e engine) {
	c, _ := e.fresh(t)
	var nodes sync.WaitGroup
	marks := make([]string, 4)
	for n := range marks {
		nodes.Go(func() {
			db, err := store.Open(ctx, c)
			if err != nil {
				t.Error(err)
				return
			}
			i, err := db.Instance(ctx)
			if err := errors.Join(err, db.Close()); err != nil {
				t.Error(err)
			}
			marks[n] = i.Mark
		})
	}
	nodes.Wait()
	if len(slices.Compact(marks)) != 1 {
		t.Errorf("the nodes have the marks %v", marks)
	}
}
