package enginetest

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/hub"
	"tahti/internal/lens"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// ErrCrash is what everything answers once the process is dead.
var ErrCrash = errors.New("the process is dead")

// Lab is a company with users on a real store in memory.
type Lab struct {
	T          testing.TB
	DB         *store.DB
	Hub        *hub.Hub
	Engine     *engine.Engine
	Company    store.ID
	Alice, Bob crm.User
	// Steps counts what changed the world outside of the process; CrashAt kills the process at that step (0: never).
	Steps, CrashAt int
	// Rows counts rows that were written, but for those of runs and health.
	Rows int
	// Refuse, if it is set, is asked before each call of the store in a run, with the work item that the call saves if it
	// does: its error is the call's answer.
	Refuse func(saved *store.Work) error

	now       time.Time
	dead      bool
	calendars map[store.ID]*Calendar
}

// Start is when labs begin: a Monday morning.
var Start = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

// NewLab founds a company with two users.
func NewLab(t testing.TB) *Lab {
	t.Helper()
	l := &Lab{T: t, now: Start, calendars: map[store.ID]*Calendar{}}
	db, err := store.OpenMemory(context.Background(), store.Config{Now: l.Now})
	l.ok(err)
	t.Cleanup(func() { _ = db.Close() })
	l.DB, l.Hub = db, &hub.Hub{Clock: l}
	l.Engine = &engine.Engine{Store: (*labStore)(l), Hub: l.Hub, Clock: l, Keys: keys{}, BaseURL: "https://crm.example.com"}
	company, err := l.Hub.NewCompany(l.ctx(), db, "Example")
	l.ok(err)
	l.Company = company.ID
	for i, name := range []string{"alice", "bob"} {
		login := store.Login{Email: name + "@example.com", Created: l.now}
		l.ok(db.PutLogin(l.ctx(), &login))
		u := crm.User{Login: login.ID, Name: name, Email: login.Email, TimeZone: "Europe/Helsinki", Locale: "en", Active: true}
		l.Tx(func(tx engine.Tx) (err error) {
			if i == 0 {
				l.Alice, err = l.Hub.SetUp(l.ctx(), tx, u)
			} else {
				l.Bob, err = l.Hub.AddUser(l.ctx(), tx, hub.By(l.Alice), u)
			}
			return err
		})
	}
	return l
}

// Now is the clock of everybody in the lab.
func (l *Lab) Now() time.Time { return l.now }

// Pass lets time go by.
func (l *Lab) Pass(d time.Duration) { l.now = l.now.Add(d) }

func (l *Lab) ctx() context.Context { return context.Background() }

func (l *Lab) ok(err error) {
	l.T.Helper()
	if err != nil {
		l.T.Fatal(err)
	}
}

// Tx runs f and commits.
func (l *Lab) Tx(f func(tx engine.Tx) error) {
	l.T.Helper()
	l.ok(l.DB.Tx(l.ctx(), l.Company, func(tx *store.Tx) error { return f(tx) }))
}

type keys struct{}

func (keys) Key(company, account store.ID, cal string, activity store.ID, incarnation int, birth string) provider.Key {
	h := fnv.New64a()
	fmt.Fprint(h, company, account, cal, activity, incarnation)
	return provider.Key(fmt.Sprintf("key-%d-%d-%x-%s", activity, incarnation, h.Sum64(), birth))
}

func (keys) Birth(company store.ID, parts ...string) string {
	h := fnv.New64a()
	fmt.Fprintf(h, "%d %q", company, parts)
	return fmt.Sprintf("%x", h.Sum64())
}

func (keys) BirthIn(key provider.Key) string {
	if parts := strings.Split(string(key), "-"); len(parts) == 5 {
		return parts[4]
	}
	return ""
}

// Key is the key of an incarnation of an activity's item in a connection.
func (l *Lab) Key(id, activity store.ID, incarnation int) (key provider.Key) {
	l.T.Helper()
	l.Tx(func(tx engine.Tx) error {
		c, err := tx.Connection(l.ctx(), id)
		if err != nil {
			return err
		}
		a, err := tx.Activity(l.ctx(), activity)
		birth := a.Born
		if birth == crm.BornHere {
			birth = l.Engine.Keys.Birth(l.Company, crm.BornHere, strconv.FormatInt(activity, 10))
		}
		key = l.Engine.Keys.Key(l.Company, c.Account, c.Calendar, activity, incarnation, birth)
		return err
	})
	return key
}

// Connect ties a calendar to a user under the default settings, changed.
func (l *Lab) Connect(u crm.User, c *Calendar, change func(*lens.Settings)) store.ID {
	l.T.Helper()
	s := lens.Defaults()
	if change != nil {
		change(&s)
	}
	c.Now, c.Me = l.Now, u.Email
	var id store.ID
	l.Tx(func(tx engine.Tx) error {
		a := store.Account{Member: u.ID, Provider: "caldav", Server: "https://cal.example.com", Username: u.Email, State: "ok", Created: l.now}
		if err := tx.PutAccount(l.ctx(), &a); err != nil {
			return err
		}
		row := store.Connection{
			Account: a.ID, Member: u.ID, Provider: "caldav", Calendar: fmt.Sprint("calendar-", a.ID), Writable: !c.ReadOnly, Settings: s.JSON(),
			State: store.Active, Created: l.now, Started: l.now, HubAt: l.now,
		}
		err := tx.PutConnection(l.ctx(), &row)
		id = row.ID
		return err
	})
	l.calendars[id] = c
	return id
}

// Settings changes the settings of a connection behind everybody's back.
func (l *Lab) Settings(id store.ID, change func(*lens.Settings)) {
	l.T.Helper()
	l.Tx(func(tx engine.Tx) error {
		c, err := tx.Connection(l.ctx(), id)
		if err != nil {
			return err
		}
		s, err := lens.ParseSettings(lens.Defaults(), c.Settings)
		if err != nil {
			return err
		}
		change(&s)
		c.Settings = s.JSON()
		c.Revision++
		return tx.PutConnection(l.ctx(), &c)
	})
}

// Target claims a connection for a run.
func (l *Lab) Target(id store.ID) engine.Target {
	l.T.Helper()
	l.Tx(func(tx engine.Tx) error { return tx.Wake(l.ctx(), id, l.now, 0) })
	claims, err := l.DB.ClaimWakes(l.ctx(), "lab", l.now, time.Hour, 100, 100)
	l.ok(err)
	var mine *store.Claim
	for _, c := range claims {
		if c.Connection == id {
			mine = &c
			continue
		}
		l.ok(l.DB.FinishWake(l.ctx(), c, l.now.Add(time.Hour)))
	}
	if mine != nil {
		return engine.Target{Company: l.Company, Connection: id, Claim: *mine, Remote: &labRemote{l, l.calendars[id]}}
	}
	l.T.Fatalf("connection %d cannot be claimed", id)
	return engine.Target{}
}

// Run makes one run and answers its report; errors are the caller's to judge.
func (l *Lab) Run(id store.ID, audit bool) (engine.Report, error) {
	l.T.Helper()
	target := l.Target(id)
	target.Audit = audit
	rep, err := l.Engine.Run(l.ctx(), target)
	if !l.dead {
		l.ok(l.DB.FinishWake(l.ctx(), target.Claim, l.now.Add(time.Hour)))
	}
	l.Pass(time.Second)
	return rep, err
}

// Sync makes a run that has to succeed.
func (l *Lab) Sync(id store.ID) engine.Report {
	l.T.Helper()
	rep, err := l.Run(id, false)
	l.ok(err)
	l.ok(rep.Err)
	return rep
}

// Settle runs until nothing is due any more, letting time go by for what backs off.
func (l *Lab) Settle(ids ...store.ID) {
	l.T.Helper()
	for range 30 {
		busy := false
		for _, id := range ids {
			rep := l.Sync(id)
			busy = busy || rep.Again || !rep.Next.IsZero()
		}
		if !busy {
			return
		}
		l.Pass(2 * time.Hour)
	}
	l.T.Fatalf("still not settled: %+v", l.Works(ids[0]))
}

// Quiet checks that two more runs write nothing on either side (I3).
func (l *Lab) Quiet(ids ...store.ID) {
	l.T.Helper()
	for _, id := range ids {
		l.Sync(id) // our own writes come back
	}
	for range 2 {
		for _, id := range ids {
			rows, writes := l.Rows, l.calendars[id].Writes
			rep := l.Sync(id)
			if l.Rows != rows || l.calendars[id].Writes != writes {
				l.T.Errorf("a quiet run wrote %d rows and %d events: %v", l.Rows-rows, l.calendars[id].Writes-writes, rep.Counts)
			}
		}
	}
	for _, id := range ids {
		for _, w := range l.calendars[id].Wrongs {
			l.T.Errorf("calendar of connection %d: %s", id, w)
		}
	}
}

// Revive is a new process after a crash.
func (l *Lab) Revive() {
	l.dead, l.CrashAt = false, 0
	l.Pass(2 * time.Hour) // the lease of the dead one runs out
}

// step is a moment in which the world changes; the process may die there.
func (l *Lab) step() error {
	if l.dead {
		return ErrCrash
	}
	l.Steps++
	if l.Steps == l.CrashAt {
		l.dead = true
		return ErrCrash
	}
	return nil
}

// Create saves an activity of a user.
func (l *Lab) Create(u crm.User, plan calendar.Event) crm.Activity {
	l.T.Helper()
	return l.CreateActivity(u, crm.Activity{Type: "meeting", Plan: plan})
}

// CreateActivity saves an activity of a user with all that is the CRM's.
func (l *Lab) CreateActivity(u crm.User, a crm.Activity) crm.Activity {
	l.T.Helper()
	a.Plan.Known = calendar.AllFields
	l.Tx(func(tx engine.Tx) (err error) { a, err = l.Hub.Create(l.ctx(), tx, hub.By(u), a); return err })
	l.Pass(time.Second)
	return a
}

// Edit changes fields of an activity as its owner.
func (l *Lab) Edit(u crm.User, id store.ID, f func(*crm.Activity), fields ...string) {
	l.T.Helper()
	l.Tx(func(tx engine.Tx) error {
		a, err := tx.Activity(l.ctx(), id)
		if err != nil {
			return err
		}
		f(&a)
		_, err = l.Hub.Update(l.ctx(), tx, hub.By(u), id, hub.Change{Fields: fields, To: a})
		return err
	})
	l.Pass(time.Second)
}

// Delete deletes an activity.
func (l *Lab) Delete(u crm.User, id store.ID) {
	l.T.Helper()
	l.Tx(func(tx engine.Tx) error { return l.Hub.Delete(l.ctx(), tx, hub.By(u), id) })
	l.Pass(time.Second)
}

// Activities are all live ones, by id.
func (l *Lab) Activities() (list []crm.Activity) {
	l.T.Helper()
	f := store.ActivityFilter{Limit: 500, Sort: "id"}
	for {
		l.Tx(func(tx engine.Tx) error {
			page, next, err := tx.Activities(l.ctx(), f)
			list, f.After = append(list, page...), next
			return err
		})
		if f.After == "" {
			return list
		}
	}
}

// Activity reads one, also a deleted one.
func (l *Lab) Activity(id store.ID) (a crm.Activity) {
	l.T.Helper()
	l.Tx(func(tx engine.Tx) (err error) { a, err = tx.Activity(l.ctx(), id); return err })
	return a
}

// Works is all that a connection has still to deal with.
func (l *Lab) Works(id store.ID) (list []store.Work) {
	l.T.Helper()
	l.Tx(func(tx engine.Tx) (err error) { list, err = tx.ListWork(l.ctx(), id, 0, 1000); return err })
	return list
}

// Links are the live links of a connection.
func (l *Lab) Links(id store.ID) (list []store.Link) {
	l.T.Helper()
	l.Tx(func(tx engine.Tx) (err error) { list, err = tx.Links(l.ctx(), id, 0, 1000); return err })
	return list
}

// Conflicts are all losing values.
func (l *Lab) Conflicts() (list []store.Conflict) {
	l.T.Helper()
	l.Tx(func(tx engine.Tx) (err error) { list, err = tx.Conflicts(l.ctx(), 0, 0, 1000); return err })
	return list
}
