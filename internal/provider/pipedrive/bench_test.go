package pipedrive

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/provider"
	"tahti/internal/provider/backdoor"
	other "tahti/internal/provider/backdoor/pipedrive"
	standin "tahti/internal/standin/pipedrive"
)

// BenchmarkTokensOfADay is what a company with 40 users and 10,000 activities spends of its day's budget: when nothing happens, and when
// 1,000 changes are made there and 1,000 here in the course of the day. All forty are connected on one account. Each looks every five
// minutes, is audited once, and is woken by the webhook for what concerns it; the webhook is looked after every six hours. Each activity belongs to one
// of 1,500 deals, with a person and an organisation.
func BenchmarkTokensOfADay(b *testing.B) {
	for _, changes := range []int{0, 2000} {
		b.Run(fmt.Sprintf("changes=%d", changes), func(b *testing.B) {
			for range b.N {
				d := newDay(b, 40, 10_000)
				d.run(changes)
				u := d.server.Usage()
				b.ReportMetric(float64(u.Used), "tokens/day")
				b.ReportMetric(100*float64(u.Used)/float64(u.Budget), "%-of-Lite")
				for name, m := range u.Methods {
					b.Logf("%s: %d calls, %d tokens", name, m.Calls, m.Tokens)
				}
			}
		})
	}
}

// day is a company in the course of one.
type day struct {
	b         *testing.B
	server    *standin.Server
	now       time.Time
	feeds     *provider.Feeds
	users     []*desk
	customers []customer
}

// customer is a deal with an organisation and somebody there.
type customer struct{ deal, person, org int64 }

// addCustomers makes as many customers as there are days on which the activities take place, and then some.
func (d *day) addCustomers(n int) {
	c := &other.Company{Server: backdoor.Server{Base: home, Transport: dated{inProcess{d.server}, func() time.Time { return d.now }}, Sign: other.Token("t")}}
	for i := range n {
		d.now = d.now.Add(time.Second) // which the bursts of a token take
		var made customer
		for _, x := range []struct {
			path, field string
			to          *int64
		}{{"deals", "title", &made.deal}, {"persons", "name", &made.person}, {"organizations", "name", &made.org}} {
			var answer struct {
				Data struct {
					ID int64 `json:"id"`
				} `json:"data"`
			}
			if err := c.JSON(http.MethodPost, "/api/v2/"+x.path, object{x.field: fmt.Sprintf("Customer %d", i)}, &answer, nil); err != nil {
				d.b.Fatal(err)
			}
			*x.to = answer.Data.ID
		}
		d.customers = append(d.customers, made)
	}
}

// desk is one user's connection: where it is, and what it holds.
type desk struct {
	config Config
	email  string
	at     provider.Cursor
	held   map[provider.RemoteID]provider.Item
	ids    []int64
}

func newDay(b *testing.B, users, activities int) *day {
	b.Helper()
	d := &day{b: b, now: time.Date(2026, time.March, 2, 0, 0, 0, 0, time.UTC)}
	clock := func() time.Time { return d.now }
	o := standin.Options{Token: "t", Now: clock, LocalHooks: true, Company: standin.Company{Seats: users}}
	for i := range users {
		o.Users = append(o.Users, standin.User{Email: fmt.Sprintf("user%d@example.com", i)})
	}
	d.server = standin.New(o)
	d.addCustomers(1500)
	d.now = d.now.Truncate(24 * time.Hour)
	d.feeds = &provider.Feeds{Age: 5 * time.Minute, Keep: 32 << 20, Now: clock}
	for i, u := range o.Users {
		k := &desk{email: u.Email, held: map[provider.RemoteID]provider.Item{}, config: Config{
			Base: home, User: fmt.Sprint(d.server.UserID(u.Email)), Token: "t", Transport: dated{inProcess{d.server}, clock}, Now: clock,
			Feed: d.feeds.Of("company"), Profile: Profile{Me: d.server.UserID(o.Users[0].Email), Admin: true},
		}}
		for n := range activities / users {
			at := d.now.AddDate(0, 0, (n*7+i)%365-100)
			c := d.customers[(n*users+i)%len(d.customers)]
			id, err := d.server.Add(u.Email, object{
				"subject": fmt.Sprintf("Call %d", n), "type": "call", "due_date": at.Format(time.DateOnly), "due_time": "08:00", "duration": "00:30",
				"deal_id": c.deal, "org_id": c.org, "participants": []object{{"person_id": c.person, "primary": true}},
			}, false)
			if err != nil {
				b.Fatal(err)
			}
			k.ids = append(k.ids, id)
		}
		d.users = append(d.users, k)
	}
	d.now = d.now.Add(24 * time.Hour) // what was asked before is another day's
	for _, k := range d.users {
		d.now = d.now.Add(time.Second) // which the bursts of a token take
		k.pull(d, time.Time{}, "")
	}
	d.now = d.now.Truncate(24 * time.Hour).Add(24 * time.Hour)
	return d
}

// dated gives answers the stand-in's time.
type dated struct {
	inner http.RoundTripper
	now   func() time.Time
}

func (t dated) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := t.inner.RoundTrip(r)
	if err == nil {
		resp.Header.Set("Date", t.now().UTC().Format(http.TimeFormat))
	}
	return resp, err
}

func (k *desk) open(d *day, fresh time.Time) *User {
	u, err := Open(k.config)
	if err != nil {
		d.b.Fatal(err)
	}
	u.Since(fresh)
	return u
}

// pull is a run of the connection: what it is told it reads and keeps.
func (k *desk) pull(d *day, fresh time.Time, at provider.Cursor) {
	u := k.open(d, fresh)
	p, err := u.Pull(d.b.Context(), at, knows(k.held))
	if err != nil {
		d.b.Fatal(err)
	}
	var items []provider.Item
	switch p := p.(type) {
	case provider.Snapshot:
		items, k.at = p.Items, p.Next
	case provider.Delta:
		items, k.at = p.Items, p.Next
	}
	var ids []provider.RemoteID
	for _, it := range items {
		if it.State == provider.StateLive {
			k.held[it.ID] = it
			continue
		}
		ids = append(ids, it.ID)
	}
	if len(ids) == 0 {
		return
	}
	read, err := u.Read(d.b.Context(), ids)
	if err != nil {
		d.b.Fatal(err)
	}
	for _, it := range read {
		k.held[it.ID] = it
	}
}

// write is a change that was made here.
func (k *desk) write(d *day, n int) {
	id := provider.RemoteID(fmt.Sprint(k.ids[n%len(k.ids)]))
	base := k.held[id]
	e := base.Event.Clone()
	e.Subject = fmt.Sprintf("Changed here %d", n)
	it, err := k.open(d, time.Time{}).Put(d.b.Context(), provider.Put{ID: id, Base: &base, Event: e, Fields: calendar.Fields(calendar.Subject)})
	if err != nil {
		d.b.Fatal(err)
	}
	k.held[id] = it
}

// run lets a day go by, a second at a time; half of the changes are made there and half here.
func (d *day) run(changes int) {
	every := 0
	if changes > 0 {
		every = 24 * 60 * 60 / changes
	}
	for second := range 24*60*60 - 1 { // the next second is another day
		d.now = d.now.Add(time.Second)
		for i, k := range d.users {
			if (second+i*7)%300 == 0 {
				k.pull(d, time.Time{}, k.at)
			}
			if second == 600+i*60 {
				k.pull(d, time.Time{}, "") // the audit
			}
		}
		if second%(6*60*60) == 60 {
			var list []hook
			if _, err := d.users[0].open(d, time.Time{}).client.send(d.b.Context(), call{op: opCheck, method: http.MethodGet, path: "/v1/webhooks", cost: costHooks}, &list); err != nil {
				d.b.Fatal(err)
			}
		}
		if every == 0 || second%every != 0 {
			continue
		}
		n := second / every
		k := d.users[n%len(d.users)]
		if n%2 == 0 {
			k.write(d, n)
			continue
		}
		if err := d.server.Change(k.email, object{"subject": fmt.Sprintf("Changed there %d", n)}, k.ids[(n+13)%len(k.ids)]); err != nil {
			d.b.Fatal(err)
		}
		k.pull(d, d.now, k.at) // the webhook has told
	}
}
