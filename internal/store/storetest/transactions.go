package storetest

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"tahti/internal/crm"
	"tahti/internal/store"
)

var errOurs = errors.New("ours")

func countUsers(t *testing.T, db *store.DB, f fixture) (n int) {
	t.Helper()
	f.view(t, db, func(tx *store.Tx) error {
		n = len(must[[]crm.User](t)(tx.Users(ctx)))
		return nil
	})
	return n
}

func rollback(t *testing.T, db *store.DB) {
	f := newCompany(t, db)
	err := db.Tx(ctx, f.company, func(tx *store.Tx) error {
		addUser(t, tx, 0)
		return errOurs
	})
	same(t, "error", errors.Is(err, errOurs), true)
	func() {
		defer func() { same(t, "panic", recover(), any("stop")) }()
		ok(t, db.Tx(ctx, f.company, func(tx *store.Tx) error {
			addUser(t, tx, 0)
			panic("stop")
		}))
	}()
	same(t, "users", countUsers(t, db, f), 1)
	f.tx(t, db, func(tx *store.Tx) error { addUser(t, tx, 0); return nil })
	same(t, "users afterwards", countUsers(t, db, f), 2)
}

func savepoints(t *testing.T, db *store.DB) {
	f := newCompany(t, db)
	f.tx(t, db, func(tx *store.Tx) error {
		addUser(t, tx, 0)
		err := tx.Savepoint(ctx, func() error {
			addUser(t, tx, 0)
			return tx.PutRun(ctx, &store.Run{Connection: 4711}) // an error of the engine
		})
		same(t, "error of the engine", errors.Is(err, store.ErrReference), true)
		ok(t, tx.Savepoint(ctx, func() error {
			addUser(t, tx, 0)
			err := tx.Savepoint(ctx, func() error { addUser(t, tx, 0); return errOurs })
			same(t, "error inside", errors.Is(err, errOurs), true)
			return nil
		}))
		return nil
	})
	same(t, "users", countUsers(t, db, f), 3)
}

func readOnly(t *testing.T, db *store.DB) {
	f := newCompany(t, db)
	err := db.View(ctx, f.company, func(tx *store.Tx) error { return tx.PutUser(ctx, &crm.User{Name: "x"}) })
	if err == nil {
		t.Error("a transaction for reading has written")
	}
	err = db.View(ctx, f.company, func(tx *store.Tx) error { return tx.SaveCursor(ctx, f.connection, "x") })
	if err == nil {
		t.Error("a transaction for reading has changed a row")
	}
}

func ids(t *testing.T, db *store.DB) {
	f := newCompany(t, db)
	seen := map[store.ID]bool{}
	add := func(tx *store.Tx) {
		t.Helper()
		id := addUser(t, tx, 0)
		if seen[id] || id <= 0 || id >= 1<<53 {
			t.Errorf("id %d is not new", id)
		}
		seen[id] = true
	}
	for range 3 {
		f.tx(t, db, func(tx *store.Tx) error {
			for range 70 {
				add(tx)
			}
			err := tx.Savepoint(ctx, func() error {
				for range 7 {
					addUser(t, tx, 0)
				}
				return errOurs
			})
			same(t, "error", errors.Is(err, errOurs), true)
			for range 3 {
				add(tx)
			}
			return nil
		})
		_ = db.Tx(ctx, f.company, func(tx *store.Tx) error { addUser(t, tx, 0); return errOurs })
	}
}

// texts: what providers call their items comes back as it was, with case, accents and spaces; bytes that are no text are
// refused by every engine alike, and leave the transaction as it was.
func texts(t *testing.T, db *store.DB) {
	f := newCompany(t, db)
	f.tx(t, db, func(tx *store.Tx) error {
		names := []string{"abc", "ABC", "Abc", "abc ", " abc", "é", "e\u0301", "日本", "😀", "a'b\"c\\", "%", "_", "\t\n", strings.Repeat("x", 1000)}
		want := map[string]string{}
		for _, name := range names {
			l := link(f, addActivity(t, tx, f), name)
			ok(t, tx.PutLink(ctx, &l))
			ok(t, tx.PutWork(ctx, f.connection, "r:"+name, nil, start, false))
			same(t, "link of "+name, must[store.Link](t)(tx.LinkByRemote(ctx, f.connection, name)).ID, l.ID)
			same(t, "work of "+name, must[store.Work](t)(tx.WorkBySubject(ctx, f.connection, "r:"+name)).Subject, "r:"+name)
			want[name] = `"1"`
		}
		same(t, "versions", must[map[string]string](t)(tx.LinkVersions(ctx, f.connection)), want)
		for _, bad := range []string{"a\xffb", "a\x00b", "\xed\xa0\x80"} {
			l := link(f, 0, bad)
			if err := tx.PutLink(ctx, &l); err == nil {
				t.Errorf("a link of %q was saved", bad)
			}
			if _, err := tx.LinkByRemote(ctx, f.connection, bad); err == nil {
				t.Errorf("a link of %q was found", bad)
			}
		}
		addUser(t, tx, 0)
		return nil
	})
}

func large(t *testing.T, db *store.DB) {
	f := newCompany(t, db)
	payload := bytes.Repeat([]byte{0, 1, 255, 'x'}, 1<<20)
	f.tx(t, db, func(tx *store.Tx) error {
		ok(t, tx.PutWork(ctx, f.connection, "r:big", payload, start, false))
		a := single(f, 9)
		a.Note = strings.Repeat("ä", 1<<20)
		ok(t, tx.PutActivity(ctx, &a))
		if got := must[crm.Activity](t)(tx.Activity(ctx, a.ID)); got.Note != a.Note {
			t.Error("a large note came back different")
		}
		return nil
	})
	f.view(t, db, func(tx *store.Tx) error {
		if w := must[store.Work](t)(tx.WorkBySubject(ctx, f.connection, "r:big")); !bytes.Equal(w.Payload, payload) {
			t.Error("a large payload came back different")
		}
		return nil
	})
}

// calledOff ends the context of a transaction between two statements, and before its commit.
func calledOff(t *testing.T, db *store.DB) {
	f := newCompany(t, db)
	for _, c := range []struct {
		what string
		more bool          // a statement follows
		wait time.Duration // so long that the end has been heard of meanwhile
	}{{"a statement", true, 0}, {"a commit", false, 0}, {"a commit some time", false, 20 * time.Millisecond}} {
		ending, cancel := context.WithCancel(ctx)
		err := db.Tx(ending, f.company, func(tx *store.Tx) error {
			ok(t, tx.PutCompany(ending, store.Company{ID: f.company, Name: "Changed", Created: start}))
			cancel()
			time.Sleep(c.wait)
			if c.more {
				_, err := tx.GetCompany(ending)
				return err
			}
			return nil
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s after the end: %v", c.what, err)
		}
		f.tx(t, db, func(tx *store.Tx) error {
			same(t, "name after "+c.what, must[store.Company](t)(tx.GetCompany(ctx)).Name, "Example")
			return nil
		})
	}
}
