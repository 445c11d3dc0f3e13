package store_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tahti/internal/crm"
	"tahti/internal/store"
)

func newCompany(t *testing.T, db *store.DB) store.ID {
	t.Helper()
	c := store.Company{Name: "Example"}
	check(t, db.CreateCompany(ctx, &c))
	return c.ID
}

// addPair adds two users in one transaction; a consistent copy never has an odd number.
func addPair(db *store.DB, company store.ID) error {
	return db.Tx(ctx, company, func(tx *store.Tx) error {
		return errors.Join(tx.PutUser(ctx, &crm.User{Name: "a"}), tx.PutUser(ctx, &crm.User{Name: "b"}))
	})
}

func users(t *testing.T, db *store.DB, company store.ID) (n int) {
	t.Helper()
	check(t, db.View(ctx, company, func(tx *store.Tx) error {
		list, err := tx.Users(ctx)
		n = len(list)
		return err
	}))
	return n
}

func TestABackupIsOneStateAndIsRestoredMarked(t *testing.T) {
	dir := t.TempDir()
	db := open(t, store.Config{Path: filepath.Join(dir, "tahti.db")})
	company := newCompany(t, db)
	check(t, addPair(db, company))
	stop, stopped := make(chan struct{}), make(chan error, 1)
	go func() {
		for {
			select {
			case <-stop:
				stopped <- nil
				return
			default:
			}
			if err := addPair(db, company); err != nil {
				stopped <- err
				return
			}
		}
	}()
	backup := filepath.Join(dir, "backup ?.db")
	check(t, db.Backup(ctx, backup))
	close(stop)
	check(t, <-stopped)
	check(t, addPair(db, company))
	if err := db.Backup(ctx, backup); err == nil {
		t.Error("a backup was written over another")
	}
	before, err := db.Instance(ctx)
	check(t, err)
	check(t, db.Close())

	into := filepath.Join(dir, "restored.db")
	check(t, store.Restore(ctx, backup, into, false, now))
	restored := open(t, store.Config{Path: into})
	defer func() { check(t, restored.Close()) }()
	if n := users(t, restored, company); n == 0 || n%2 != 0 {
		t.Errorf("the backup has %d users, which is no state that was committed", n)
	}
	after, err := restored.Instance(ctx)
	check(t, err)
	if after.Mark != before.Mark || !bytes.Equal(after.Secret, before.Secret) || !after.Restored.Equal(now) {
		t.Errorf("instance %+v was restored as %+v", before, after)
	}
}

// TestARestoredDatabaseGivesNoIDOutAgain: an id is part of the name under which an event is found again at its provider. The
// second activity with an id would find the event of the first, and take it for its own (I1, I2, I10).
func TestARestoredDatabaseGivesNoIDOutAgain(t *testing.T) {
	dir := t.TempDir()
	path, backup := filepath.Join(dir, "tahti.db"), filepath.Join(dir, "backup.db")
	db := open(t, store.Config{Path: path})
	old := newCompany(t, db)
	check(t, db.Backup(ctx, backup))
	seen := map[[2]store.ID]bool{}
	first := store.FirstID(time.Time{})
	for life := range 3 { // the second restore is of the same backup as the first
		for _, company := range []store.ID{old, newCompany(t, db)} {
			check(t, db.Tx(ctx, company, func(tx *store.Tx) error {
				u := crm.User{Name: "Alice"}
				if err := tx.PutUser(ctx, &u); err != nil {
					return err
				}
				a := crm.Activity{OwnerID: u.ID}
				if err := tx.PutActivity(ctx, &a); err != nil {
					return err
				}
				if u.ID < first || u.ID >= store.FirstID(now) && life == 0 {
					t.Errorf("life %d gives out the id %d, and begins at %d", life, u.ID, first)
				}
				if key := [2]store.ID{company, a.ID}; seen[key] {
					t.Errorf("life %d gives the id %d of company %d out again", life, a.ID, company)
				} else {
					seen[key] = true
				}
				return nil
			}))
		}
		check(t, db.Close())
		restored := now.Add(time.Duration(life) * time.Hour)
		check(t, store.Restore(ctx, backup, path, true, restored))
		first = store.FirstID(restored)
		db = open(t, store.Config{Path: path})
	}
	check(t, db.Close())
}

func TestRestoreReplacesOnlyByForce(t *testing.T) {
	dir := t.TempDir()
	path, backup := filepath.Join(dir, "tahti.db"), filepath.Join(dir, "backup.db")
	db := open(t, store.Config{Path: path})
	company := newCompany(t, db)
	check(t, db.Backup(ctx, backup))
	check(t, addPair(db, company))
	check(t, db.Close())
	content, err := os.ReadFile(path)
	check(t, err)
	if err := store.Restore(ctx, backup, path, false, now); err == nil {
		t.Error("an existing database was replaced without force")
	}
	// A journal that was left behind belongs to the old database.
	check(t, os.WriteFile(path+"-wal", []byte("left behind"), 0o600))
	for name, from := range map[string]string{
		"not there": filepath.Join(dir, "nothing.db"), "no database": write(t, dir, "text", []byte("text, not a database, but long enough to be one")),
		"damaged": write(t, dir, "damaged", damaged(t, backup)), "another program's": foreign(t, dir), "empty": write(t, dir, "empty", nil),
		"cut off": write(t, dir, "cut", content[:len(content)/2]),
	} {
		if err := store.Restore(ctx, from, path, true, now); err == nil {
			t.Errorf("%s: was restored", name)
		}
		if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, content) {
			t.Fatalf("%s: what was there has changed (%v)", name, err)
		}
	}
	check(t, store.Restore(ctx, backup, path, true, now))
	db = open(t, store.Config{Path: path})
	if n := users(t, db, company); n != 0 {
		t.Errorf("%d users are left of the database that was replaced", n)
	}
	check(t, db.Close())
	left, err := filepath.Glob(filepath.Join(dir, "*.restore-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v (%v)", left, err)
	}
}

// A server that has the database open would go on in a file that is no longer there, and all that it saves would be lost.
func TestWhatIsOpenIsNotReplaced(t *testing.T) {
	dir := t.TempDir()
	path, backup := filepath.Join(dir, "tahti.db"), filepath.Join(dir, "backup.db")
	db := open(t, store.Config{Path: path})
	company := newCompany(t, db)
	check(t, db.Backup(ctx, backup))
	check(t, addPair(db, company))
	if err := store.Restore(ctx, backup, path, true, now); !errors.Is(err, store.ErrInUse) {
		t.Errorf("restored under a running server: %v", err)
	}
	check(t, addPair(db, company))
	check(t, db.Close())
	db = open(t, store.Config{Path: path})
	if n := users(t, db, company); n != 4 {
		t.Errorf("%d users are left of four", n)
	}
	check(t, db.Close())
	check(t, os.WriteFile(path, []byte("no database, whatever it was"), 0o600))
	check(t, store.Restore(ctx, backup, path, true, now)) // what is broken is what a backup is for
}

func write(t *testing.T, dir, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	check(t, os.WriteFile(path, content, 0o600))
	return path
}

func damaged(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	check(t, err)
	for i := 3 * 4096; i < 6*4096; i++ {
		content[i] ^= 0x55
	}
	return content
}

func foreign(t *testing.T, dir string) string {
	t.Helper()
	path := filepath.Join(dir, "foreign.db")
	db, err := sql.Open("sqlite", path)
	check(t, err)
	_, err = db.Exec("CREATE TABLE theirs (x)")
	check(t, errors.Join(err, db.Close()))
	return path
}

func TestAnotherProgramsFileIsNotOpened(t *testing.T) {
	path := foreign(t, t.TempDir())
	before, err := os.ReadFile(path)
	check(t, err)
	if _, err := store.Open(ctx, store.Config{Path: path}); err == nil || !strings.Contains(err.Error(), "no database of Tahti") {
		t.Errorf("%v, want another program's file to be refused", err)
	}
	after, err := os.ReadFile(path)
	check(t, err)
	if !bytes.Equal(before[100:], after[100:]) {
		t.Error("another program's rows were changed")
	}
}

func TestWhatIsNeitherFileNorURLIsRefused(t *testing.T) {
	for _, c := range []store.Config{
		{}, {Path: "a", URL: "postgres://localhost"}, {Path: filepath.Join(t.TempDir(), "no", "folder", "x.db")}, {URL: "mysql://localhost"},
		{Path: filepath.Join(t.TempDir(), "short.db"), Rand: bytes.NewReader(make([]byte, 10))},
	} {
		if db, err := store.Open(ctx, c); err == nil {
			t.Errorf("%+v was opened", c)
			check(t, db.Close())
		}
	}
}

func TestThePostgreSQLBackupIsPgDumps(t *testing.T) {
	db := open(t, store.Config{URL: postgresURL(t)})
	defer func() { check(t, db.Close()) }()
	if err := db.Backup(ctx, filepath.Join(t.TempDir(), "x")); !errors.Is(err, store.ErrUsePgDump) {
		t.Errorf("%v, want to be told about pg_dump", err)
	}
}

// A context that ends takes its transaction back and leaves the database as it was, also where the connection is the database.
func TestACancelledTransactionIsTakenBack(t *testing.T) {
	memory, err := store.OpenMemory(ctx, store.Config{})
	check(t, err)
	for name, db := range map[string]*store.DB{"file": open(t, store.Config{Path: filepath.Join(t.TempDir(), "x.db")}), "memory": memory} {
		company := newCompany(t, db)
		check(t, addPair(db, company))
		for range 20 {
			c, cancel := context.WithTimeout(ctx, time.Millisecond)
			err := db.Tx(c, company, func(tx *store.Tx) error {
				for {
					if err := tx.PutUser(c, &crm.User{Name: "x"}); err != nil {
						return err
					}
				}
			})
			cancel()
			if err == nil {
				t.Errorf("%s: a cancelled transaction was committed", name)
			}
		}
		check(t, addPair(db, company))
		if n := users(t, db, company); n != 4 {
			t.Errorf("%s: %d users, want 4", name, n)
		}
		check(t, db.Close())
	}
}
