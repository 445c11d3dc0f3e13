package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"tahti/internal/crm"
	"tahti/internal/store"
)

// aheadRows are the rows that reading ahead is tried on.
type aheadRows struct {
	f          fixture
	all        store.Ahead
	a, b, bare store.ID // activities: linked, not any more, never
	l          store.Link
}

func newAheadRows(t *testing.T, db *store.DB) *aheadRows {
	x := &aheadRows{f: newCompany(t, db)}
	var gone store.Link
	x.f.tx(t, db, func(tx *store.Tx) error {
		full := activity(x.f)
		full.DeletedAt, full.Plan.UID = time.Time{}, ""
		ok(t, tx.PutActivity(ctx, &full))
		x.a, x.b, x.bare = full.ID, addActivity(t, tx, x.f), addActivity(t, tx, x.f)
		ok(t, tx.PutParticipant(ctx, x.a, crm.Participant{UserID: x.f.user, Busy: true}))
		x.l, gone = link(x.f, x.a, "r1"), link(x.f, x.b, "r2")
		gone.State, gone.Incarnation = store.LinkGone, 5
		x.l.RemoteEvent.UID = "other@example.com"
		ok(t, errors.Join(tx.PutLink(ctx, &x.l), tx.PutLink(ctx, &gone)))
		return tx.PutBaseline(ctx, []store.Baseline{{Connection: x.f.connection, Remote: "r1", Version: "1"}})
	})
	x.all = store.Ahead{
		Connection: x.f.connection, Owner: x.f.user, Linked: true, Remotes: []string{"r1", "r2", "r3", "", "bad \x00 text"},
		UIDs: []string{"uid-1@example.com", "new@example.com"}, Activities: []store.ID{x.a, x.b, x.bare, 1 << 40},
		Links:  []store.ID{x.l.ID, gone.ID, 1 << 40},
		Starts: []time.Time{start.AddDate(1, 0, 0).Truncate(time.Second), time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)},
	}
	return x
}

// answers asks everything that is read ahead.
func (x *aheadRows) answers(tx *store.Tx) (list []any) {
	add := func(v any, err error) { list = append(list, v, err != nil, errors.Is(err, store.ErrNotFound)) }
	for _, id := range x.all.Activities {
		add(wrapped(tx.Activity(ctx, id)))
		add(wrapped(tx.Participants(ctx, id)))
		add(wrapped(tx.LinkByActivity(ctx, x.f.connection, id)))
		add(wrapped(tx.LastIncarnation(ctx, x.f.connection, id)))
	}
	for _, r := range x.all.Remotes[:4] {
		add(wrapped(tx.LinkByRemote(ctx, x.f.connection, r)))
		add(wrapped(tx.LinkByRemote(ctx, x.f.connection+1, r)))
		add(wrapped(tx.Baseline(ctx, x.f.connection, r)))
	}
	for _, id := range x.all.Links {
		add(wrapped(tx.Link(ctx, id)))
	}
	for _, uid := range x.all.UIDs {
		add(wrapped(tx.ActivitiesByUID(ctx, uid)))
	}
	for _, at := range x.all.Starts {
		add(wrapped(tx.ActivitiesAt(ctx, x.f.user, at)))
		add(wrapped(tx.ActivitiesAt(ctx, x.f.user+1, at)))
	}
	add(wrapped(tx.Types(ctx)))
	add(wrapped(tx.Connections(ctx, x.f.user)))
	return list
}

type aheadWrite struct {
	what string
	do   func(tx *store.Tx) error
}

// writes are the ways in which what was read ahead becomes wrong.
func (x *aheadRows) writes() []aheadWrite {
	changed := func(change func(l *store.Link)) func(tx *store.Tx) error {
		return func(tx *store.Tx) error {
			l := x.l
			change(&l)
			return tx.PutLink(ctx, &l)
		}
	}
	return []aheadWrite{
		{"nothing is written", func(*store.Tx) error { return nil }},
		{"a link ends", changed(func(l *store.Link) { l.State = store.LinkGone })},
		{"a link takes another remote item", changed(func(l *store.Link) { l.Remote = "r3" })},
		{"a link names a UID", changed(func(l *store.Link) {
			e := l.RemoteEvent.Clone()
			e.UID = "new@example.com"
			l.RemoteEvent = &e
		})},
		{"a link is made", func(tx *store.Tx) error { l := link(x.f, x.bare, "r3"); return tx.PutLink(ctx, &l) }},
		{"links are put aside", func(tx *store.Tx) error { return tx.DetachLinks(ctx, x.f.connection) }},
		{"an activity is made", func(tx *store.Tx) error {
			a := single(x.f, 9)
			a.Plan.UID = "new@example.com"
			return tx.PutActivity(ctx, &a)
		}},
		{"an activity is changed", func(tx *store.Tx) error {
			a, err := tx.Activity(ctx, x.a)
			a.Revision, a.Note = a.Revision+1, "changed"
			return errors.Join(err, tx.PutActivity(ctx, &a))
		}},
		{"a participant is added", func(tx *store.Tx) error {
			return tx.PutParticipant(ctx, x.b, crm.Participant{UserID: x.f.user, Private: true})
		}},
		{"a participant leaves", func(tx *store.Tx) error { return tx.DeleteParticipant(ctx, x.a, x.f.user) }},
		{"a baseline is added to", func(tx *store.Tx) error {
			return tx.PutBaseline(ctx, []store.Baseline{{Connection: x.f.connection, Remote: "r2", Version: "2"}})
		}},
		{"a baseline is forgotten", func(tx *store.Tx) error { return tx.DeleteBaseline(ctx, x.f.connection) }},
		{"a type is added", func(tx *store.Tx) error {
			return tx.PutType(ctx, &crm.ActivityType{Key: "call", Name: "Call", Created: start, Updated: start})
		}},
		{"a connection is renamed", func(tx *store.Tx) error {
			c, err := tx.Connection(ctx, x.f.connection)
			c.CalendarName = "renamed"
			return errors.Join(err, tx.PutConnection(ctx, &c))
		}},
		{"a cursor moves", func(tx *store.Tx) error { return tx.SaveCursor(ctx, x.f.connection, "next") }},
	}
}

// readAhead writes in every way behind reading ahead, and compares the answers with those that nothing was read ahead for.
func readAhead(t *testing.T, db *store.DB) {
	x := newAheadRows(t, db)
	undone := errors.New("taken back")
	for _, w := range x.writes() {
		for _, back := range []bool{false, true} {
			err := db.Tx(ctx, x.f.company, func(tx *store.Tx) error {
				ok(t, tx.ReadAhead(ctx, x.all))
				must[[]crm.ActivityType](t)(tx.Types(ctx))
				must[[]store.Connection](t)(tx.Connections(ctx, x.f.user))
				err := tx.Savepoint(ctx, func() error {
					ok(t, w.do(tx))
					if back {
						x.answers(tx)
						return undone
					}
					return nil
				})
				if !back {
					ok(t, err)
				}
				got := x.answers(tx)
				ok(t, tx.ReadAhead(ctx, store.Ahead{}))
				same(t, w.what, got, x.answers(tx))
				return undone // for the next one
			})
			if !errors.Is(err, undone) {
				t.Fatalf("%s: %v", w.what, err)
			}
		}
	}
}

// readAheadAsksNothing: what was read ahead is given out without a statement; with a context that has ended there is none.
func readAheadAsksNothing(t *testing.T, db *store.DB) {
	f := newCompany(t, db)
	f.tx(t, db, func(tx *store.Tx) error {
		a := addActivity(t, tx, f)
		l := link(f, a, "r1")
		ok(t, tx.PutLink(ctx, &l))
		ended, cancel := context.WithCancel(ctx)
		cancel()
		free := start.AddDate(1, 0, 0).Truncate(time.Second)
		for what, c := range map[string]struct { // any order: each is looked at by itself
			ahead store.Ahead
			ask   func() error
		}{
			"a link by its remote item, and what it ties": {store.Ahead{Connection: f.connection, Remotes: []string{"r1"}, Linked: true}, func() error {
				return errors.Join(second(tx.LinkByRemote(ended, f.connection, "r1")), second(tx.Activity(ended, a)), second(tx.Participants(ended, a)))
			}},
			"an activity and its link": {store.Ahead{Connection: f.connection, Activities: []store.ID{a}}, func() error {
				return errors.Join(second(tx.Activity(ended, a)), second(tx.Participants(ended, a)), second(tx.LinkByActivity(ended, f.connection, a)),
					second(tx.LastIncarnation(ended, f.connection, a)))
			}},
			"a link": {store.Ahead{Links: []store.ID{l.ID}}, func() error { return second(tx.Link(ended, l.ID)) }},
			"what is not there": {store.Ahead{Connection: f.connection, Remotes: []string{"new"}, UIDs: []string{"new"}, Owner: f.user, Starts: []time.Time{free}}, func() error {
				for _, err := range []error{second(tx.LinkByRemote(ended, f.connection, "new")), second(tx.Baseline(ended, f.connection, "new"))} {
					if !errors.Is(err, store.ErrNotFound) {
						return err
					}
				}
				return errors.Join(second(tx.ActivitiesByUID(ended, "new")), second(tx.ActivitiesAt(ended, f.user, free)))
			}},
		} {
			if err := c.ask(); !errors.Is(err, context.Canceled) {
				t.Errorf("%s, not read ahead: %v, want a statement that is refused", what, err)
			}
			ok(t, tx.ReadAhead(ctx, c.ahead))
			if err := c.ask(); err != nil {
				t.Errorf("%s: %v", what, err)
			}
			ok(t, tx.ReadAhead(ctx, store.Ahead{}))
		}
		return nil
	})
}

func wrapped[T any](v T, err error) (any, error) { return v, err }
