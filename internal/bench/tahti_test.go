package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"strings"
	"time"

	"tahti/internal/account"
	"tahti/internal/connection"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/house"
	"tahti/internal/hub"
	"tahti/internal/jobs"
	"tahti/internal/netguard"
	"tahti/internal/secret"
	"tahti/internal/store"
)

// tahti is the house with its runner on a SQLite file in the working folder. It polls nothing by itself while it is
// measured.
type tahti struct {
	ctx   context.Context
	house *house.House
	who   connection.Who
	conn  store.ID
	ids   map[int]store.ID // activities by the number in their title
}

func newTahti() (func(order) (reply, error), error) {
	ctx := context.Background()
	db, err := store.Open(ctx, store.Config{Path: "tahti.db"})
	if err != nil {
		return nil, err
	}
	box, err := secret.Create("key")
	if err != nil {
		return nil, err
	}
	policy, err := netguard.Parse("127.0.0.0/8")
	if err != nil {
		return nil, err
	}
	h, err := house.Build(ctx, house.Config{
		DB: db, Box: box, Policy: policy, Jobs: jobs.Options{Owner: "bench", Poll: 12 * time.Hour},
		Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	if err != nil {
		return nil, err
	}
	company, user, err := h.Found(ctx, house.Founding{
		Company: "Acme", Name: "Alice", Email: "alice@example.com", PasswordHash: "x", TimeZone: "Europe/Helsinki", Locale: "en",
	})
	if err != nil {
		return nil, err
	}
	go func() { _ = h.Runner.Run(ctx) }() // until the process ends
	t := &tahti{ctx: ctx, house: h, who: connection.Who{Company: company, User: user}}
	return t.obey, nil
}

func (t *tahti) obey(o order) (r reply, err error) {
	switch o.Op {
	case "connect":
		run, err := t.connect(o)
		r.N, r.Run = run.Requests, run.Finished.Sub(run.Started)
		return r, err
	case "sync":
		for range max(1, o.N) {
			if err := t.sync(); err != nil {
				return r, err
			}
		}
		return r, nil
	case "count":
		r.N, err = t.count()
		return r, err
	case "create":
		return r, t.create(o)
	case "trickle":
		for i := range o.N {
			r.Times = append(r.Times, time.Now())
			if _, err := t.edit(order{N: 1, From: o.From + i, Text: o.Text}); err != nil {
				return r, err
			}
			time.Sleep(100 * time.Millisecond)
		}
		return r, nil
	case "index":
		return r, t.index()
	case "carry":
		r.N, err = t.carry(o)
		return r, err
	case "idle":
		r.Bytes, err = t.idle(o.N)
		return r, err
	}
	return r, fmt.Errorf("no such order: %q", o.Op)
}

// connect connects a calendar and waits for the first run, which follows by itself.
func (t *tahti) connect(o order) (run store.Run, err error) {
	sign := account.Credentials{URL: o.URL, Username: "alice", Password: o.Password}
	d, err := t.house.Accounts.Discover(t.ctx, "caldav", sign)
	if err != nil {
		return run, err
	}
	for _, cal := range d.Calendars {
		if !strings.HasSuffix(o.URL, strings.TrimSuffix(string(cal.ID), "/")+"/") {
			continue
		}
		c, err := t.house.Connections.Connect(t.ctx, t.who, connection.Request{
			Provider: "caldav", Sign: sign, Calendar: cal.ID, Settings: json.RawMessage(`{"start":"everything"}`),
		})
		if err != nil {
			return run, err
		}
		t.conn = c.ID
		return t.await(0)
	}
	return run, fmt.Errorf("%s is not among the calendars %v", o.URL, d.Calendars)
}

// sync asks for a run and waits for its end.
func (t *tahti) sync() error {
	wish, err := t.house.Connections.SyncNow(t.ctx, t.who, t.conn)
	if err != nil {
		return err
	}
	_, err = t.await(wish)
	return err
}

// await waits for the end of the first run that took a wish.
func (t *tahti) await(wish int64) (store.Run, error) {
	ctx, cancel := context.WithTimeout(t.ctx, 20*time.Minute)
	defer cancel()
	run, err := t.house.Connections.Await(ctx, t.who, t.conn, wish)
	if err == nil && run.State != "done" {
		err = fmt.Errorf("the run ended as %q: %s", run.State, run.Error)
	}
	return run, err
}

// count is the number of live activities that stand in step with the calendar.
func (t *tahti) count() (n int, err error) {
	err = t.house.Store.View(t.ctx, t.who.Company, func(tx engine.Tx) error {
		for after := store.ID(0); ; {
			links, err := tx.Links(t.ctx, t.conn, after, 500)
			if err != nil || len(links) == 0 {
				return err
			}
			for _, l := range links {
				after = l.ID
				if l.State == store.LinkLinked && l.Remote != "" && l.Pending == nil {
					n++
				}
			}
		}
	})
	return n, err
}

func (t *tahti) create(o order) error {
	for from := o.From; from < o.From+o.N; from += 100 {
		err := t.house.Store.Tx(t.ctx, t.who.Company, func(tx engine.Tx) error {
			for i := from; i < min(from+100, o.From+o.N); i++ {
				if _, err := t.house.Hub.Create(t.ctx, tx, hub.By(t.who.User), activity(i, o.Text)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// carry gives N activities another title, in one transaction, and waits for the run that this causes. The reply's N is
// the number of its requests.
func (t *tahti) carry(o order) (int, error) {
	wish, err := t.edit(o)
	if err != nil {
		return 0, err
	}
	run, err := t.await(wish)
	return run.Requests, err
}

// edit answers the wish for a run that comes of it.
func (t *tahti) edit(o order) (wish int64, err error) {
	err = t.house.Store.Tx(t.ctx, t.who.Company, func(tx engine.Tx) error {
		for i := o.From; i < o.From+o.N; i++ {
			to := crm.Activity{}
			to.Plan.Subject = fmt.Sprintf("%s %d", o.Text, i)
			if _, err := t.house.Hub.Update(t.ctx, tx, hub.By(t.who.User), t.ids[i], hub.Change{Fields: []string{"subject"}, To: to}); err != nil {
				return err
			}
		}
		w, err := tx.GetWake(t.ctx, t.conn)
		wish = w.Wanted
		return err
	})
	return wish, err
}

// index notes which activity has which number in its title.
func (t *tahti) index() error {
	t.ids = map[int]store.ID{}
	f := store.ActivityFilter{Limit: 500, Sort: "id"}
	for {
		var list []crm.Activity
		err := t.house.Store.View(t.ctx, t.who.Company, func(tx engine.Tx) (err error) {
			list, f.After, err = tx.Activities(t.ctx, f)
			return err
		})
		for _, a := range list {
			t.ids[number(a.Plan.Subject)] = a.ID
		}
		if err != nil || f.After == "" {
			return err
		}
	}
}

func number(title string) (i int) {
	if _, err := fmt.Sscanf(title[strings.LastIndexByte(title, ' ')+1:], "%d", &i); err != nil {
		return -1
	}
	return i
}

// idle makes N connections that have nothing to do, lets the runner look for a while, and answers by how many bytes the
// process has grown for each: heap, stacks and what the runtime keeps for them.
func (t *tahti) idle(n int) (int64, error) {
	memory := func() int64 {
		settle()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc + m.StackInuse)
	}
	before := memory()
	err := t.house.DB.Tx(t.ctx, t.who.Company, func(tx *store.Tx) error {
		a := store.Account{Member: t.who.User.ID, Provider: "caldav"}
		if err := tx.PutAccount(t.ctx, &a); err != nil {
			return err
		}
		for i := range n {
			c := store.Connection{Account: a.ID, Member: t.who.User.ID, Calendar: fmt.Sprint(i), State: store.Active, Baselined: true}
			if err := tx.PutConnection(t.ctx, &c); err != nil {
				return err
			}
			if err := tx.Wake(t.ctx, c.ID, time.Now().Add(time.Hour), 2); err != nil {
				return err
			}
		}
		return nil
	})
	time.Sleep(6 * time.Second) // the runner looks at least every five
	return (memory() - before) / int64(n), err
}
