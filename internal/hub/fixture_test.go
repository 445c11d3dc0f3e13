package hub_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/hub"
	"tahti/internal/lens"
	"tahti/internal/store"
)

// clock moves on by a second with every look at it, so that no two saves are at one time.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time {
	c.now = c.now.Add(time.Second)
	return c.now
}

// room is a company with three users, on a real store in memory.
type room struct {
	t                 rapid.TB
	ctx               context.Context
	db                *store.DB
	hub               *hub.Hub
	clock             *clock
	company           store.ID
	alice, bob, carol crm.User // alice is the administrator
}

func newRoom(t rapid.TB) *room {
	t.Helper()
	r := &room{t: t, ctx: context.Background(), clock: &clock{time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)}}
	r.hub = &hub.Hub{Clock: r.clock}
	var err error
	if r.db, err = store.OpenMemory(r.ctx, store.Config{}); err != nil {
		t.Fatal(err)
	}
	if c, ok := t.(testing.TB); ok {
		c.Cleanup(func() { r.db.Close() })
	}
	company, err := r.hub.NewCompany(r.ctx, r.db, "Example")
	if err != nil {
		t.Fatal(err)
	}
	r.company = company.ID
	users := []*crm.User{&r.alice, &r.bob, &r.carol}
	for i, name := range []string{"alice", "bob", "carol"} {
		login := store.Login{Email: name + "@example.com", Created: r.clock.Now()}
		if err := r.db.PutLogin(r.ctx, &login); err != nil {
			t.Fatal(err)
		}
		u := crm.User{Login: login.ID, Name: name, Email: login.Email, TimeZone: "Europe/Helsinki", Locale: "en"}
		r.do(func(tx *store.Tx) (err error) {
			if i == 0 {
				*users[i], err = r.hub.SetUp(r.ctx, tx, u)
			} else {
				*users[i], err = r.hub.AddUser(r.ctx, tx, hub.By(r.alice), u)
			}
			return err
		})
	}
	return r
}

// try runs f in a transaction, which is rolled back if f fails.
func (r *room) try(f func(tx *store.Tx) error) error { return r.db.Tx(r.ctx, r.company, f) }

func (r *room) do(f func(tx *store.Tx) error) {
	r.t.Helper()
	if err := r.try(f); err != nil {
		r.t.Fatal(err)
	}
}

func (r *room) create(by hub.Actor, a crm.Activity) crm.Activity {
	r.t.Helper()
	r.do(func(tx *store.Tx) (err error) { a, err = r.hub.Create(r.ctx, tx, by, a); return err })
	return a
}

func (r *room) update(by hub.Actor, id store.ID, c hub.Change) (a crm.Activity, err error) {
	err = r.try(func(tx *store.Tx) (err error) { a, err = r.hub.Update(r.ctx, tx, by, id, c); return err })
	return a, err
}

func (r *room) mustUpdate(by hub.Actor, id store.ID, c hub.Change) crm.Activity {
	r.t.Helper()
	a, err := r.update(by, id, c)
	if err != nil {
		r.t.Fatal(err)
	}
	return a
}

func (r *room) activity(id store.ID) (a crm.Activity) {
	r.t.Helper()
	r.do(func(tx *store.Tx) (err error) { a, err = tx.Activity(r.ctx, id); return err })
	return a
}

func (r *room) history(activity store.ID) (rows []store.History) {
	r.t.Helper()
	r.do(func(tx *store.Tx) (err error) { rows, err = tx.ListHistory(r.ctx, 0, activity, 0, 100); return err })
	return rows
}

func (r *room) conflicts() (rows []store.Conflict) {
	r.t.Helper()
	r.do(func(tx *store.Tx) (err error) { rows, err = tx.Conflicts(r.ctx, 0, 0, 100); return err })
	return rows
}

// connect gives a user a connection with settings.
func (r *room) connect(u crm.User, change func(*lens.Settings)) store.ID {
	r.t.Helper()
	s := lens.Defaults()
	if change != nil {
		change(&s)
	}
	var id store.ID
	r.do(func(tx *store.Tx) error {
		account := store.Account{Member: u.ID, Provider: "caldav", Username: u.Name + "@calendar.example", State: "ok", Created: r.clock.Now()}
		if err := tx.PutAccount(r.ctx, &account); err != nil {
			return err
		}
		c := store.Connection{
			Account: account.ID, Member: u.ID, Provider: "caldav", Calendar: "main", Writable: true, Settings: s.JSON(),
			State: store.Active, Created: r.clock.Now(), Started: r.clock.Now(),
		}
		err := tx.PutConnection(r.ctx, &c)
		id = c.ID
		return err
	})
	return id
}

// link ties an activity to a remote event.
func (r *room) link(connection, activity store.ID, ours bool) store.ID {
	r.t.Helper()
	l := store.Link{
		Connection: connection, Activity: activity, Remote: fmt.Sprint("event of ", activity), State: store.LinkLinked, Incarnation: 1, Ours: ours,
		Changed: r.clock.Now(),
	}
	r.do(func(tx *store.Tx) error { return tx.PutLink(r.ctx, &l) })
	return l.ID
}

// marked takes the work off the connections and answers which of them had some for the activity.
func (r *room) marked(activity store.ID, connections ...store.ID) (out []bool) {
	r.t.Helper()
	r.do(func(tx *store.Tx) error {
		for _, c := range connections {
			list, err := tx.ListWork(r.ctx, c, 0, 1000)
			if err != nil {
				return err
			}
			found := false
			for _, w := range list {
				found = found || w.Subject == hub.Subject(activity)
				if err := tx.DeleteWork(r.ctx, w); err != nil {
					return err
				}
			}
			out = append(out, found)
		}
		return nil
	})
	return out
}

const zone = "Europe/Helsinki"

// at is a wall clock in Helsinki.
func at(year int, month time.Month, day, hour, minute int) calendar.Time {
	return calendar.InZone(calendar.WallOf(year, month, day, hour, minute, 0), zone)
}

// meeting is an hour on a Monday.
func meeting(subject string) crm.Activity {
	return crm.Activity{
		Type: "meeting", Visibility: crm.Everyone,
		Plan: calendar.Event{Values: calendar.Values{
			Subject: subject, Start: at(2026, 3, 2, 10, 0), End: at(2026, 3, 2, 11, 0), Busy: true,
		}},
	}
}

// weekly is the same every Monday.
func weekly(subject string) crm.Activity {
	a := meeting(subject)
	a.Plan.Rule = "FREQ=WEEKLY;BYDAY=MO"
	return a
}

func monday(week int) calendar.Wall { return calendar.WallOf(2026, 3, 2+7*week, 10, 0, 0) }

func values(v calendar.Values) crm.Activity { return crm.Activity{Plan: calendar.Event{Values: v}} }
