package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"tahti/internal/crm"
	"tahti/internal/store"
)

// readAhead writes in every way behind reading ahead, and compares the answers with those that nothing was read ahead for.
func readAhead(t *testing.T, db *store.DB) {
	f := newCompany(t, db)
	all := store.Ahead{Connection: f.connection, Owner: f.user, Linked: true, Remotes: []string{"r1", "r2", "r3", "", "bad \x00 text"}, UIDs: []string{"uid-1@example.com", "new@example.com"}}
	var a, b, bare store.ID
	var l, gone store.Link
	f.tx(t, db, func(tx *store.Tx) error {
		full := activity(f)
		full.DeletedAt = time.Time{}
		full.Plan.UID = ""
		ok(t, tx.PutActivity(ctx, &full))
		a, b, bare = full.ID, addActivity(t, tx, f), addActivity(t, tx, f)
		ok(t, tx.PutParticipant(ctx, a, crm.Participant{UserID: f.user, Busy: true}))
		l, gone = link(f, a, "r1"), link(f, b, "r2")
		gone.State, gone.Incarnation = store.LinkGone, 5
		l.RemoteEvent.UID = "other@example.com"
		ok(t, errors.Join(tx.PutLink(ctx, &l), tx.PutLink(ctx, &gone)))
		return tx.PutBaseline(ctx, []store.Baseline{{Connection: f.connection, Remote: "r1", Version: "1"}})
	})
	all.Activities, all.Links = []store.ID{a, b, bare, 1 << 40}, []store.ID{l.ID, gone.ID, 1 << 40}
	free := start.AddDate(1, 0, 0).Truncate(time.Second)
	all.Starts = []time.Time{free, time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)}
	answers := func(tx *store.Tx) (list []any) {
		add := func(v any, err error) { list = append(list, v, err != nil, errors.Is(err, store.ErrNotFound)) }
		for _, id := range all.Activities {
			add(wrapped(tx.Activity(ctx, id)))
			add(wrapped(tx.Participants(ctx, id)))
			add(wrapped(tx.LinkByActivity(ctx, f.connection, id)))
			add(wrapped(tx.LastIncarnation(ctx, f.connection, id)))
		}
		for _, r := range all.Remotes[:4] {
			add(wrapped(tx.LinkByRemote(ctx, f.connection, r)))
			add(wrapped(tx.LinkByRemote(ctx, f.connection+1, r)))
			add(wrapped(tx.Baseline(ctx, f.connection, r)))
		}
		for _, id := range all.Links {
			add(wrapped(tx.Link(ctx, id)))
		}
		for _, uid := range all.UIDs {
			add(wrapped(tx.ActivitiesByUID(ctx, uid)))
		}
		for _, at := range all.Starts {
			add(wrapped(tx.ActivitiesAt(ctx, f.user, at)))
			add(wrapped(tx.ActivitiesAt(ctx, f.user+1, at)))
		}
		add(wrapped(tx.Types(ctx)))
		add(wrapped(tx.Connections(ctx, f.user)))
		return list
	}
	undone := errors.New("taken back")
	for _, c := range []struct {
		what  string
		write func(tx *store.Tx) error
	}{
		{"nothing is written", func(*store.Tx) error { return nil }},
		{"a link ends", func(tx *store.Tx) error { x := l; x.State = store.LinkGone; return tx.PutLink(ctx, &x) }},
		{"a link takes another remote item", func(tx *store.Tx) error { x := l; x.Remote = "r3"; return tx.PutLink(ctx, &x) }},
		{"a link is made", func(tx *store.Tx) error { x := link(f, bare, "r3"); return tx.PutLink(ctx, &x) }},
		{"a link names a UID", func(tx *store.Tx) error {
			x := l
			e := x.RemoteEvent.Clone()
			e.UID = "new@example.com"
			x.RemoteEvent = &e
			return tx.PutLink(ctx, &x)
		}},
		{"links are put aside", func(tx *store.Tx) error { return tx.DetachLinks(ctx, f.connection) }},
		{"an activity is made", func(tx *store.Tx) error {
			x := single(f, 9)
			x.Plan.UID = "new@example.com"
			return tx.PutActivity(ctx, &x)
		}},
		{"an activity is changed", func(tx *store.Tx) error {
			x, err := tx.Activity(ctx, a)
			x.Revision, x.Note = x.Revision+1, "changed"
			return errors.Join(err, tx.PutActivity(ctx, &x))
		}},
		{"a participant is added", func(tx *store.Tx) error {
			return tx.PutParticipant(ctx, b, crm.Participant{UserID: f.user, Private: true})
		}},
		{"a participant leaves", func(tx *store.Tx) error { return tx.DeleteParticipant(ctx, a, f.user) }},
		{"a baseline is added to", func(tx *store.Tx) error {
			return tx.PutBaseline(ctx, []store.Baseline{{Connection: f.connection, Remote: "r2", Version: "2"}})
		}},
		{"a baseline is forgotten", func(tx *store.Tx) error { return tx.DeleteBaseline(ctx, f.connection) }},
		{"a type is added", func(tx *store.Tx) error {
			return tx.PutType(ctx, &crm.ActivityType{Key: "call", Name: "Call", Created: start, Updated: start})
		}},
		{"a connection is renamed", func(tx *store.Tx) error {
			x, err := tx.Connection(ctx, f.connection)
			x.CalendarName = "renamed"
			return errors.Join(err, tx.PutConnection(ctx, &x))
		}},
		{"a cursor moves", func(tx *store.Tx) error { return tx.SaveCursor(ctx, f.connection, "next") }},
	} {
		for _, back := range []bool{false, true} {
			err := db.Tx(ctx, f.company, func(tx *store.Tx) error {
				must[[]crm.ActivityType](t)(tx.Types(ctx))
				must[[]store.Connection](t)(tx.Connections(ctx, f.user))
				ok(t, tx.ReadAhead(ctx, all))
				err := tx.Savepoint(ctx, func() error {
					ok(t, c.write(tx))
					if back {
						answers(tx)
						return undone
					}
					return nil
				})
				if !back {
					ok(t, err)
				}
				got := answers(tx)
				ok(t, tx.ReadAhead(ctx, store.Ahead{}))
				same(t, c.what, got, answers(tx))
				return undone // for the next case
			})
			if !errors.Is(err, undone) {
				t.Fatalf("%s: %v", c.what, err)
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
