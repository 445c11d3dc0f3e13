package connection_test

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"tahti/internal/account"
	"tahti/internal/calendar"
	"tahti/internal/connection"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
	"tahti/internal/provider"
	"tahti/internal/secret"
	"tahti/internal/store"
)

// rig is the service on a lab's store and engine, with a provider in memory that has calendars "work" and "home".
type rig struct {
	*enginetest.Lab
	t     *testing.T
	s     *connection.Service
	alice connection.Who // an administrator
	bob   connection.Who
	cals  map[string]*enginetest.Calendar
	shut  map[store.ID]bool
	// kept are the calendars that may only be read.
	kept map[string]bool
}

const kind = "memory"

// password is the one that the provider in memory takes.
const password = "right"

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{Lab: enginetest.NewLab(t), t: t, cals: map[string]*enginetest.Calendar{}, shut: map[store.ID]bool{}, kept: map[string]bool{}}
	box, err := secret.Create(filepath.Join(t.TempDir(), "key"))
	r.ok(err)
	kinds := account.Kinds
	t.Cleanup(func() { account.Kinds = kinds })
	account.Kinds = append(account.Kinds[:len(kinds):len(kinds)], account.Kind{
		Name: kind,
		Discover: func(_ context.Context, _ account.Env, c account.Credentials) (account.Discovery, error) {
			if c.Password != password {
				return account.Discovery{}, &provider.Error{Op: "sign in", Class: provider.SignIn, Code: provider.CodeWrongPassword}
			}
			return account.Discovery{Server: "https://cal.example.com", Username: c.Username, Calendars: []provider.Calendar{
				{ID: "work", Name: "Work", Writable: !r.kept["work"]}, {ID: "home", Name: "Home", Writable: !r.kept["home"]},
			}}, nil
		},
		Make: func(_ context.Context, _ account.Env, _ account.Opening, name string) (provider.Calendar, error) {
			return provider.Calendar{ID: "made", Name: name, Writable: true}, nil
		},
		Probe: func(context.Context, account.Env, account.Opening) (json.RawMessage, error) {
			return json.RawMessage(`{}`), nil
		},
	})
	r.s = &connection.Service{
		Store: r.Engine.Store, Engine: r.Engine, Remotes: r, Gate: r,
		Accounts: &account.Service{Box: box, Installation: []byte("0123456789abcdef0123456789abcdef")},
	}
	r.alice, r.bob = connection.Who{Company: r.Company, User: r.Alice}, connection.Who{Company: r.Company, User: r.Bob}
	return r
}

func (r *rig) Shut(company store.ID) { r.shut[company] = true }
func (r *rig) Open(company store.ID) { r.shut[company] = false }

// Remote implements [connection.Remotes].
func (r *rig) Remote(_ store.ID, c store.Connection, a store.Account) (engine.Remote, error) {
	return r.cal(a.Username, c.Calendar), nil
}

func (r *rig) cal(user, name string) *enginetest.Calendar {
	key := user + "/" + name
	if r.cals[key] == nil {
		r.cals[key] = enginetest.New(enginetest.Options{Guard: provider.GuardFull, Me: user})
		r.cals[key].Now = r.Now
	}
	return r.cals[key]
}

func (r *rig) ctx() context.Context { return context.Background() }

func (r *rig) ok(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func request(user, cal, settings string) connection.Request {
	return connection.Request{
		Provider: kind, Sign: account.Credentials{Username: user, Password: password}, Calendar: cal, Settings: json.RawMessage(settings),
	}
}

const everything = `{"start":"everything"}`

func (r *rig) connect(who connection.Who, cal, settings string) store.Connection {
	r.t.Helper()
	c, err := r.s.Connect(r.ctx(), who, request(who.User.Email, cal, settings))
	r.ok(err)
	r.Pass(time.Second)
	return c
}

// run lets a connection run until nothing is due any more, and answers the counts of all that.
func (r *rig) run(id store.ID) map[string]int {
	r.t.Helper()
	counts := map[string]int{}
	for range 10 {
		var c store.Connection
		var a store.Account
		r.Tx(func(tx engine.Tx) (err error) {
			if c, err = tx.Connection(r.ctx(), id); err == nil {
				a, err = tx.Account(r.ctx(), c.Account)
			}
			return err
		})
		target := r.Target(id)
		target.Remote = r.cal(a.Username, c.Calendar)
		rep, err := r.Engine.Run(r.ctx(), target)
		r.ok(err)
		r.ok(rep.Err)
		r.ok(r.DB.FinishWake(r.ctx(), target.Claim, r.Now().Add(time.Hour)))
		for k, n := range rep.Counts {
			counts[k] += n
		}
		r.Pass(time.Second)
		if !rep.Again {
			break
		}
	}
	return counts
}

func (r *rig) get(id store.ID) (c store.Connection) {
	r.t.Helper()
	r.Tx(func(tx engine.Tx) (err error) { c, err = tx.Connection(r.ctx(), id); return err })
	return c
}

// set changes a row behind everybody's back.
func (r *rig) set(id store.ID, f func(c *store.Connection)) {
	r.t.Helper()
	r.Tx(func(tx engine.Tx) error {
		c, err := tx.Connection(r.ctx(), id)
		if err != nil {
			return err
		}
		f(&c)
		return tx.PutConnection(r.ctx(), &c)
	})
}

func (r *rig) audits() (actions map[string]int) {
	r.t.Helper()
	actions = map[string]int{}
	r.ok(r.DB.View(r.ctx(), r.Company, func(tx *store.Tx) error {
		list, err := tx.Audits(r.ctx(), 0, 100)
		for _, a := range list {
			actions[a.Action]++
		}
		return err
	}))
	return actions
}

func event(subject string, hour int) calendar.Event {
	e := calendar.Event{Known: calendar.AllFields}
	e.Subject, e.Busy = subject, true
	e.Start = calendar.InZone(calendar.WallOf(2026, 3, 9, hour, 0, 0), "Europe/Helsinki")
	e.End = calendar.InZone(calendar.WallOf(2026, 3, 9, hour+1, 0, 0), "Europe/Helsinki")
	return e
}

func (r *rig) add(u crm.User, kind string, n int) {
	for i := range n {
		r.CreateActivity(u, crm.Activity{Type: kind, Plan: event(fmt.Sprint(kind, i), 8+i)})
	}
}
