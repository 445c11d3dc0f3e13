package storetest

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"tahti/internal/crm"
	"tahti/internal/store"
)

func addActivity(t *testing.T, tx *store.Tx, f fixture) store.ID {
	t.Helper()
	a := single(f, 9)
	ok(t, tx.PutActivity(ctx, &a))
	return a.ID
}

func linkUniqueness(t *testing.T, db *store.DB) {
	f := newCompany(t, db)
	f.tx(t, db, func(tx *store.Tx) error {
		a, b := addActivity(t, tx, f), addActivity(t, tx, f)
		first := link(f, a, "r1")
		ok(t, tx.PutLink(ctx, &first))
		refused := func(what string, l store.Link) {
			t.Helper()
			if err := tx.PutLink(ctx, &l); !errors.Is(err, store.ErrExists) {
				t.Errorf("%s: %v, want exists", what, err)
			}
		}
		refused("the same remote item", link(f, b, "r1"))
		refused("the same activity", link(f, a, "r2"))
		// The transaction goes on after a refusal, on every engine.
		other := link(f, b, "r2")
		ok(t, tx.PutLink(ctx, &other))
		moved := other
		moved.Remote = "r1"
		refused("moving to a remote item that is taken", moved)
		moved = other
		moved.Activity = a
		refused("moving to an activity that is taken", moved)
		first.State = store.LinkGone
		ok(t, tx.PutLink(ctx, &first))
		moved.Remote = "r1"
		ok(t, tx.PutLink(ctx, &moved))
		refused("coming back to what is taken by now", func() store.Link { l := first; l.State = store.LinkLinked; return l }())
		for range 2 { // nothing is unique about no remote item or no activity
			open := link(f, 0, "")
			ok(t, tx.PutLink(ctx, &open))
		}
		elsewhere := link(f, a, "r1")
		elsewhere.Connection = addConnection(t, tx, f)
		ok(t, tx.PutLink(ctx, &elsewhere))
		return nil
	})
}

func linkQueries(t *testing.T, db *store.DB) {
	f := newCompany(t, db)
	f.tx(t, db, func(tx *store.Tx) error {
		a := addActivity(t, tx, f)
		gone, l := link(f, a, "r0"), link(f, a, "r1")
		gone.State, gone.Incarnation, l.Incarnation, l.State = store.LinkGone, 4, 2, store.LinkSevered
		elsewhere := link(f, a, "r1")
		elsewhere.Connection = addConnection(t, tx, f)
		untouched := link(f, 0, "")
		ok(t, errors.Join(tx.PutLink(ctx, &gone), tx.PutLink(ctx, &l), tx.PutLink(ctx, &elsewhere), tx.PutLink(ctx, &untouched)))
		same(t, "by remote", must[store.Link](t)(tx.LinkByRemote(ctx, f.connection, "r1")), l)
		same(t, "by activity", must[store.Link](t)(tx.LinkByActivity(ctx, f.connection, a)), l)
		for what, err := range map[string]error{
			"gone": second(tx.LinkByRemote(ctx, f.connection, "r0")), "no remote item": second(tx.LinkByRemote(ctx, f.connection, "")),
		} {
			if !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s: %v, want not found", what, err)
			}
		}
		if l.RemoteEvent.UID == "" {
			t.Fatal("the fixture's link has no UID")
		}
		carried := must[[]crm.Activity](t)(tx.ActivitiesByUID(ctx, l.RemoteEvent.UID))
		if len(carried) != 1 || carried[0].ID != a {
			t.Errorf("by the UID that it has in a calendar: %d activities, want the one that the link ties", len(carried))
		}
		same(t, "of activity", must[[]store.Link](t)(tx.LinksOfActivity(ctx, a)), []store.Link{l, elsewhere})
		bare, bare2 := l, untouched
		bare.RemoteRaw, bare2.RemoteRaw = nil, nil
		same(t, "listed", must[[]store.Link](t)(tx.Links(ctx, f.connection, 0, 10)), []store.Link{bare, bare2})
		same(t, "listed after", must[[]store.Link](t)(tx.Links(ctx, f.connection, l.ID, 10)), []store.Link{bare2})
		same(t, "first", must[[]store.Link](t)(tx.Links(ctx, f.connection, 0, 1)), []store.Link{bare})
		same(t, "versions", must[map[string]string](t)(tx.LinkVersions(ctx, f.connection)), map[string]string{"r1": `"1"`})
		same(t, "counts", must[map[store.LinkState]int](t)(tx.CountLinks(ctx, f.connection)),
			map[store.LinkState]int{store.LinkGone: 1, store.LinkSevered: 1, store.LinkLinked: 1})
		same(t, "nothing pending", must[[]store.Link](t)(tx.PendingLinks(ctx, f.connection, 10)), nil)
		for _, x := range []struct {
			l     *store.Link
			state store.LinkState
		}{{&l, store.LinkWriting}, {&untouched, store.LinkCreating}} {
			x.l.State = x.state
			ok(t, tx.PutLink(ctx, x.l))
		}
		bare.State, bare2.State = l.State, untouched.State
		letGo, written, rests := link(f, 0, ""), link(f, 0, "r2"), link(f, 0, "")
		rests.Pending = nil
		for _, l := range []*store.Link{&letGo, &written, &rests} {
			l.State = store.LinkDormant
			ok(t, tx.PutLink(ctx, l))
		}
		letGo.RemoteRaw = nil
		same(t, "pending", must[[]store.Link](t)(tx.PendingLinks(ctx, f.connection, 10)), []store.Link{bare, bare2, letGo})
		same(t, "first pending", must[[]store.Link](t)(tx.PendingLinks(ctx, f.connection, 1)), []store.Link{bare})
		same(t, "incarnation", must[int](t)(tx.LastIncarnation(ctx, f.connection, a)), 4)
		same(t, "no incarnation", must[int](t)(tx.LastIncarnation(ctx, f.connection, 4711)), 0)
		before := must[[]store.Link](t)(tx.UnfoundLinks(ctx, f.connection, a))
		unfound := []store.Link{link(f, a, ""), link(f, a, ""), link(f, a, "")}
		for i := range unfound {
			unfound[i].State, unfound[i].RemoteRaw = store.LinkGone, nil
			if i == 1 {
				unfound[i].Pending = nil
			}
			ok(t, tx.PutLink(ctx, &unfound[i]))
		}
		same(t, "unfound", must[[]store.Link](t)(tx.UnfoundLinks(ctx, f.connection, a)),
			append([]store.Link{unfound[2], unfound[0]}, before...))
		same(t, "unfound of none", must[[]store.Link](t)(tx.UnfoundLinks(ctx, f.connection, 4711)), nil)
		return nil
	})
}

func endedLinks(t *testing.T, db *store.DB) {
	f := newCompany(t, db)
	f.tx(t, db, func(tx *store.Tx) error {
		put := func(remote string, state store.LinkState, changed time.Time) {
			l := link(f, 0, remote)
			l.State, l.Changed = state, changed
			ok(t, tx.PutLink(ctx, &l))
		}
		put("long ago", store.LinkGone, start.Add(-time.Hour))
		put("just then", store.LinkGone, start)
		put("since", store.LinkGone, start.Add(time.Hour))
		put("", store.LinkGone, start.Add(time.Hour))
		put("lives", store.LinkLinked, start.Add(time.Hour))
		remotes := must[[]string](t)(tx.EndedLinks(ctx, f.connection, start))
		slices.Sort(remotes)
		same(t, "ended", remotes, []string{"just then", "since"})
		same(t, "ended elsewhere", must[[]string](t)(tx.EndedLinks(ctx, addConnection(t, tx, f), start)), nil)
		return nil
	})
}

func detachedLinks(t *testing.T, db *store.DB) {
	f := newCompany(t, db)
	f.tx(t, db, func(tx *store.Tx) error {
		states := []store.LinkState{store.LinkLinked, store.LinkSevered, store.LinkDormant, store.LinkWriting, store.LinkGone}
		links := make([]store.Link, len(states))
		for i, s := range states {
			links[i] = link(f, addActivity(t, tx, f), string(s))
			links[i].State = s
			ok(t, tx.PutLink(ctx, &links[i]))
		}
		ok(t, tx.DetachLinks(ctx, f.connection))
		ok(t, tx.DetachLinks(ctx, f.connection)) // stopping twice
		same(t, "detached", must[map[store.LinkState]int](t)(tx.CountLinks(ctx, f.connection)),
			map[store.LinkState]int{store.LinkGone: 1, store.LinkDetached: 4})
		ok(t, tx.AttachLinks(ctx, f.connection))
		for _, l := range links {
			same(t, "attached", must[store.Link](t)(tx.Link(ctx, l.ID)), l)
		}
		// What was severed, is saved as linked and then as detached is linked afterwards.
		l := links[1]
		for _, s := range []store.LinkState{store.LinkLinked, store.LinkDetached} {
			l.State = s
			ok(t, tx.PutLink(ctx, &l))
		}
		ok(t, tx.AttachLinks(ctx, f.connection))
		same(t, "state", must[store.Link](t)(tx.Link(ctx, l.ID)).State, store.LinkLinked)
		return nil
	})
}

// rawAnswers keeps bytes below and above the length from which they are deflated, those that shrink and those that do not.
func rawAnswers(t *testing.T, db *store.DB) {
	f := newCompany(t, db)
	noise := rand.New(rand.NewPCG(1, 2))
	f.tx(t, db, func(tx *store.Tx) error {
		for _, size := range []int{0, 1, 2048, 2049, 10000, 300000} {
			random := make([]byte, size)
			for i := range random {
				random[i] = byte(noise.Uint32())
			}
			for _, content := range [][]byte{random, bytes.Repeat([]byte("x"), size)} {
				l := link(f, 0, "")
				l.RemoteRaw = content
				ok(t, tx.PutLink(ctx, &l))
				if got := must[store.Link](t)(tx.Link(ctx, l.ID)).RemoteRaw; !bytes.Equal(got, content) {
					t.Errorf("%d bytes came back as %d others", size, len(got))
				}
			}
		}
		return nil
	})
}

func addresses(t *testing.T, db *store.DB) {
	f := newCompany(t, db)
	f.tx(t, db, func(tx *store.Tx) error {
		p := crm.Person{Name: "P", Emails: []string{"a@example.com", "b@example.com", "a@example.com"}}
		q := crm.Person{Name: "Q", Emails: []string{"b@example.com"}}
		ok(t, errors.Join(tx.PutPerson(ctx, &p), tx.PutPerson(ctx, &q)))
		find := func(email string, want store.ID) {
			t.Helper()
			got, err := tx.PersonByEmail(ctx, email)
			if want == 0 && errors.Is(err, store.ErrNotFound) {
				return
			}
			ok(t, err)
			same(t, email, got.ID, want)
		}
		find("A@Example.com", p.ID)
		find("b@example.com", p.ID)
		p.Emails = []string{"c@example.com"}
		ok(t, tx.PutPerson(ctx, &p))
		find("a@example.com", 0)
		find("b@example.com", q.ID)
		find("c@example.com", p.ID)
		p.DeletedAt = start
		ok(t, tx.PutPerson(ctx, &p))
		find("c@example.com", 0)
		return nil
	})
}

// births finds live activities by what they were born as, and only an owner's.
func births(t *testing.T, db *store.DB) {
	f := newCompany(t, db)
	f.tx(t, db, func(tx *store.Tx) error {
		a, deleted, here := single(f, 9), single(f, 9), single(f, 9)
		a.Born, deleted.Born, here.Born = "an item", "an item", crm.BornHere
		deleted.DeletedAt = start
		ok(t, errors.Join(tx.PutActivity(ctx, &a), tx.PutActivity(ctx, &deleted), tx.PutActivity(ctx, &here)))
		found := must[[]crm.Activity](t)(tx.ActivitiesByBirth(ctx, f.user, []string{"an item", "", crm.BornHere, "another", "an item"}))
		if len(found) != 1 || found[0].ID != a.ID {
			t.Errorf("%d activities by birth, want the live one", len(found))
		}
		same(t, "made here", must[[]store.ID](t)(tx.BornHere(ctx, f.user)), []store.ID{here.ID})
		same(t, "made here by a colleague", must[[]store.ID](t)(tx.BornHere(ctx, f.user+1)), nil)
		same(t, "a colleague's", must[[]crm.Activity](t)(tx.ActivitiesByBirth(ctx, f.user+1, []string{"an item"})), nil)
		return nil
	})
}
