package storetest

import (
	"errors"
	"testing"
	"time"

	"tahti/internal/crm"
	"tahti/internal/store"
)

func signIns(t *testing.T, db *store.DB) {
	one, two := newCompany(t, db), newCompany(t, db)
	l := store.Login{Email: "Alice@Example.com", Created: start}
	ok(t, db.PutLogin(ctx, &l))
	twin := store.Login{Email: "alice@EXAMPLE.com"}
	if err := db.PutLogin(ctx, &twin); !errors.Is(err, store.ErrExists) {
		t.Errorf("a second sign-in with the address: %v, want exists", err)
	}
	got := must[store.Login](t)(db.LoginByEmail(ctx, "ALICE@example.com"))
	same(t, "sign-in by address", got, store.Login{ID: l.ID, Email: "alice@example.com", Created: start})
	got.Failed = 3
	ok(t, db.PutLogin(ctx, &got))
	same(t, "failed", must[store.Login](t)(db.Login(ctx, l.ID)).Failed, 3)
	var users []store.ID
	for _, f := range []fixture{one, two} {
		f.tx(t, db, func(tx *store.Tx) error {
			users = append(users, addUser(t, tx, l.ID))
			if err := tx.PutUser(ctx, &crm.User{Login: l.ID}); !errors.Is(err, store.ErrExists) {
				t.Errorf("a second user with the sign-in: %v, want exists", err)
			}
			return nil
		})
	}
	same(t, "memberships", must[[]store.Membership](t)(db.Memberships(ctx, l.ID)), []store.Membership{
		{Company: one.company, CompanyName: "Example", Member: users[0]}, {Company: two.company, CompanyName: "Example", Member: users[1]},
	})
	two.tx(t, db, func(tx *store.Tx) error {
		u := must[crm.User](t)(tx.User(ctx, users[1]))
		u.Active = false
		return tx.PutUser(ctx, &u)
	})
	same(t, "memberships after leaving", len(must[[]store.Membership](t)(db.Memberships(ctx, l.ID))), 1)
	same(t, "companies", must[[]store.ID](t)(db.CompanyIDs(ctx)), []store.ID{one.company, two.company})
	tokens(t, db, two)
}

func tokens(t *testing.T, db *store.DB, f fixture) {
	k := store.APIToken{Member: f.user, Name: "n", Hash: []byte("hash"), Created: start}
	f.tx(t, db, func(tx *store.Tx) error { return tx.PutToken(ctx, &k) })
	ok(t, db.TouchToken(ctx, f.company, k.ID, start))
	company, got, err := db.TokenByHash(ctx, []byte("hash"))
	ok(t, err)
	k.Used = start
	same(t, "token", got, k)
	same(t, "company of token", company, f.company)
	if _, _, err := db.TokenByHash(ctx, []byte("other")); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("unknown token: %v, want not found", err)
	}
	same(t, "secrets", must[bool](t)(db.HaveSecrets(ctx)), false)
	f.tx(t, db, func(tx *store.Tx) error {
		a := must[store.Account](t)(tx.Account(ctx, f.account))
		a.Secret = []byte("sealed")
		return tx.PutAccount(ctx, &a)
	})
	same(t, "secrets", must[bool](t)(db.HaveSecrets(ctx)), true)
}

func sessions(t *testing.T, db *store.DB) {
	s, future := db.Sessions(), time.Now().Add(time.Hour)
	ok(t, s.CommitCtx(ctx, "token", []byte("one"), future))
	ok(t, s.CommitCtx(ctx, "token", []byte("two"), future))
	ok(t, s.Commit("old", []byte("old"), time.Now().Add(-time.Hour)))
	find := func(token, want string) {
		t.Helper()
		b, found, err := s.FindCtx(ctx, token)
		ok(t, err)
		same(t, "session "+token, string(b), want)
		same(t, "found "+token, found, want != "")
	}
	find("token", "two")
	find("old", "")
	find("Token", "")
	find("forged\xff\x00", "")
	same(t, "run out", must[int64](t)(s.DeleteExpired(ctx)), 1)
	ok(t, s.DeleteCtx(ctx, "token"))
	ok(t, s.Delete("token"))
	find("token", "")
}

func instance(t *testing.T, db *store.DB) {
	i := must[store.Instance](t)(db.Instance(ctx))
	if len(i.Secret) != 32 || len(i.Mark) != 26 || i.Created.IsZero() || !i.Restored.IsZero() {
		t.Errorf("instance %+v", i)
	}
	changed := i
	changed.Mark, changed.Restored, changed.Held, changed.Secret = "elsewhere", start, start.Add(-time.Hour), []byte("forged")
	ok(t, db.PutInstance(ctx, changed))
	changed.Secret = i.Secret
	same(t, "instance", must[store.Instance](t)(db.Instance(ctx)), changed)
	ok(t, db.PutInstance(ctx, i))
	ok(t, db.MarkRestored(ctx))
	marked := must[store.Instance](t)(db.Instance(ctx)).Restored
	if marked.IsZero() {
		t.Error("the restore was not marked")
	}
	newCompany(t, db).view(t, db, func(tx *store.Tx) error {
		same(t, "restored", must[time.Time](t)(tx.Restored(ctx)), marked)
		return nil
	})
}

// skippedIDs: a later instant leads to later ids, in companies that are there and in those to come.
func skippedIDs(t *testing.T, db *store.DB) {
	next := func(f fixture) (id store.ID) {
		f.tx(t, db, func(tx *store.Tx) error {
			id = addUser(t, tx, 0)
			return nil
		})
		return id
	}
	old := newCompany(t, db)
	last := next(old)
	for _, until := range []time.Time{start, start, start.Add(time.Second)} {
		ok(t, db.SkipIDs(ctx, until))
		for _, f := range []fixture{old, newCompany(t, db)} {
			if id := next(f); id <= last || id >= 1<<53 {
				t.Errorf("id %d of company %d, and %d was given out before", id, f.company, last)
			}
		}
		last = next(old)
	}
	before := last
	ok(t, db.SkipIDs(ctx, start.AddDate(-10, 0, 0)))
	if id := next(old); id <= before || id > before+100 {
		t.Errorf("an earlier instant moved the counter from %d to %d", before, id)
	}
}

// prune saves one old and one new row of each kind, deletes what is old, and looks at what is left.
func prune(t *testing.T, db *store.DB) {
	f := newCompany(t, db)
	old, before := start.AddDate(0, 0, -100), start.AddDate(0, 0, -90)
	var stopped fixture
	f.tx(t, db, func(tx *store.Tx) error {
		for _, at := range []time.Time{old, start} {
			a := single(f, 9)
			a.DeletedAt = at
			ok(t, tx.PutActivity(ctx, &a))
			ok(t, tx.AddHistory(ctx, &store.History{Activity: a.ID, At: at}))
			ok(t, tx.PutConflict(ctx, &store.Conflict{Activity: a.ID, At: at}))
			ok(t, tx.PutRun(ctx, &store.Run{Connection: f.connection, Started: at, Finished: at}))
			ok(t, tx.PutHold(ctx, &store.Hold{Connection: f.connection, State: "confirmed", Decided: at}))
			ok(t, tx.PutPreview(ctx, &store.Preview{Connection: f.connection, Created: at}))
			ok(t, tx.Tally(ctx, f.connection, "in", "delete", at, 1))
			l := link(f, a.ID, at.String())
			l.State, l.Changed = store.LinkGone, at
			ok(t, tx.PutLink(ctx, &l))
		}
		ok(t, tx.PutSignIn(ctx, store.SignIn{State: []byte("old"), Member: f.user, Account: f.account, Expires: old}, time.Time{}))
		ok(t, tx.PutRun(ctx, &store.Run{Connection: f.connection, Started: old}))
		ok(t, tx.PutHold(ctx, &store.Hold{Connection: f.connection, Kind: "create", State: "open", Created: old}))
		stopped = f
		for _, at := range []time.Time{start, old} {
			stopped.connection = addConnection(t, tx, f)
			c := must[store.Connection](t)(tx.Connection(ctx, stopped.connection))
			c.Stopped = at
			w := watch(stopped, at.String())
			ok(t, tx.PutWatch(ctx, &w))
			l := link(stopped, addActivity(t, tx, f), "r1")
			ok(t, errors.Join(tx.PutConnection(ctx, &c), tx.PutLink(ctx, &l), tx.PutWork(ctx, c.ID, "r:1", nil, start, false),
				tx.PutBaseline(ctx, []store.Baseline{{Connection: c.ID, Remote: "r1"}}), tx.DetachLinks(ctx, c.ID)))
		}
		return nil
	})
	if n := must[int](t)(db.Prune(ctx, before)); n < 9 {
		t.Errorf("only %d rows were touched", n)
	}
	same(t, "rows touched again", must[int](t)(db.Prune(ctx, before)), 0)
	f.view(t, db, func(tx *store.Tx) error {
		same(t, "history", len(must[[]store.History](t)(tx.ListHistory(ctx, 0, 0, 0, 0))), 1)
		same(t, "conflicts", len(must[[]store.Conflict](t)(tx.Conflicts(ctx, 0, 0, 0))), 1)
		same(t, "runs", len(must[[]store.Run](t)(tx.Runs(ctx, f.connection, 0))), 2)
		same(t, "open holds", len(must[[]store.Hold](t)(tx.Holds(ctx, f.connection))), 1)
		same(t, "tally", must[int](t)(tx.TallySince(ctx, f.connection, "in", "delete", old)), 1)
		same(t, "activities", must[int](t)(tx.CountActivities(ctx, store.ActivityFilter{Deleted: true})), 4)
		same(t, "links", must[map[store.LinkState]int](t)(tx.CountLinks(ctx, f.connection)), map[store.LinkState]int{store.LinkGone: 2})
		kept := stopped.connection - 1
		for _, c := range must[[]store.Connection](t)(tx.Connections(ctx, 0)) {
			if c.Stopped.Equal(start) {
				kept = c.ID
			}
		}
		for id, want := range map[store.ID][4]int{kept: {1, 1, 1, 1}, stopped.connection: {0, 0, 0, 0}} {
			same(t, "rest of a stopped connection", [4]int{
				len(must[[]store.Work](t)(tx.ListWork(ctx, id, 0, 0))), len(must[map[string]string](t)(tx.BaselineVersions(ctx, id))),
				must[map[store.LinkState]int](t)(tx.CountLinks(ctx, id))[store.LinkDetached],
				len(must[[]store.Watch](t)(tx.Watches(ctx, id))),
			}, want)
		}
		return nil
	})
}
