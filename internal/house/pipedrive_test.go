package house_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"tahti/internal/account"
	"tahti/internal/calendar"
	"tahti/internal/connection"
	"tahti/internal/engine"
	"tahti/internal/hub"
	"tahti/internal/provider/backdoor"
	other "tahti/internal/provider/backdoor/pipedrive"
	"tahti/internal/push"
	"tahti/internal/store"
)

// there adds an activity of a user's in Pipedrive's own pages.
func (o *office) there(email, subject string) int64 {
	o.t.Helper()
	day := o.clock.Now().Add(48 * time.Hour)
	id, err := o.pipedrive.Add(email, map[string]any{
		"subject": subject, "type": "call", "due_date": day.Format(time.DateOnly), "due_time": "08:00", "duration": "01:00", "note": "<p>n</p>",
	}, false)
	if err != nil {
		o.t.Fatal(err)
	}
	return id
}

// writesThere are the requests that changed activities in Pipedrive so far.
func (o *office) writesThere() (n int) {
	for _, r := range o.pipedrive.Requests(0) {
		if r.Method != "GET" && strings.Contains(r.Path, "/activities") {
			n++
		}
	}
	return n
}

// company is another program at a user's activities in Pipedrive.
func (o *office) company(email string) *other.Company {
	return &other.Company{Server: backdoor.Server{Base: "http://pipedrive.example", Transport: inside{o.pipedrive}, Sign: other.Token("all")}, Owner: o.pipedrive.UserID(email)}
}

// titlesThere are what a user's activities in Pipedrive are called.
func (o *office) titlesThere(email string) (list []string) {
	o.t.Helper()
	all, err := o.company(email).List()
	if err != nil {
		o.t.Fatal(err)
	}
	for _, x := range all {
		list = append(list, fmt.Sprint(x["subject"]))
	}
	return list
}

func TestACompanyAtPipedriveIsASideOfTheHub(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	acc, c := o.connectTo(account.Pipedrive)
	if acc.Label != "alice@example.com" || !strings.HasPrefix(acc.Server, "http://127.0.0.1") || !strings.Contains(acc.Username, "/") {
		t.Fatalf("%+v", acc)
	}
	o.sync(c.ID)
	id := o.there("alice@example.com", "Call Acme")
	o.pass(2 * time.Second)
	o.sync(c.ID)
	all := o.all()
	if len(all) != 1 || all[0].Plan.Subject != "Call Acme" || all[0].Type != "call" || all[0].Note != "<p>n</p>" || all[0].Plan.Start.Zone != o.who.User.TimeZone {
		t.Fatalf("came in: %+v", all)
	}
	o.edit(all[0], []string{"subject"}, func(e *calendar.Event) { e.Subject = "Call Acme today" })
	o.pass(2 * time.Second)
	o.sync(c.ID)
	o.linked(c.ID, all[0].ID)
	made := o.add("From here", calendar.WallOf(2027, 3, 4, 10, 0, 0))
	o.pass(2 * time.Second)
	o.sync(c.ID)
	o.linked(c.ID, made.ID)
	if n := o.writesThere(); n != 2 {
		t.Errorf("%d writes, want one edit and one creation", n)
	}
	if err := o.pipedrive.Delete("alice@example.com", id); err != nil {
		t.Fatal(err)
	}
	o.pass(25 * time.Hour) // the access token ends
	o.sync(c.ID)           // a person waits, so that all is listed: no list of changes tells of deletions
	if left := o.all(); len(left) != 1 || left[0].ID != made.ID {
		t.Errorf("left: %+v", left)
	}
	o.pass(2 * time.Second)
	o.tx(func(tx engine.Tx) error { return o.house.Hub.Delete(t.Context(), tx, hub.By(o.who.User), made.ID) })
	o.sync(c.ID)
	for range 2 {
		o.pass(time.Minute)
		if run := o.sync(c.ID); run.Requests != 1 {
			t.Errorf("a quiet run costs %d requests: %v", run.Requests, run.Counts)
		}
	}
	if n := o.writesThere(); n != 3 {
		t.Errorf("%d writes, want one deletion more", n)
	}
}

// TestPipedriveTellsOfChangesAndDeletions: a webhook wakes whom it concerns, and the only proof of a deletion is asked for.
func TestPipedriveTellsOfChangesAndDeletions(t *testing.T) {
	t.Parallel()
	x := newTold(t, account.Pipedrive, true)
	id := x.there(me, "Told")
	x.until("it is here", func() bool { return x.here("Told") })
	x.until("the connection rests", x.resting)
	x.pass(10 * time.Second)
	if err := x.pipedrive.Delete(me, id); err != nil {
		t.Fatal(err)
	}
	x.until("it is gone", func() bool { return !x.here("Told") })
	if x.door.seen(push.Woken) < 2 || x.door.seen(push.Refused) != 0 {
		t.Errorf("%+v", x.door.what)
	}
	if _, err := x.house.Connections.Stop(t.Context(), x.who, x.c.ID, true); err != nil {
		t.Fatal(err)
	}
	x.until("the webhook is deleted", func() bool { return len(x.watches()) == 0 })
}

// TestAnAdministratorConnectsColleagues: on the company's account, each to their own activities, over one feed and one webhook.
func TestAnAdministratorConnectsColleagues(t *testing.T) {
	t.Parallel()
	x := newTold(t, account.Pipedrive, true)
	alice, bob := x.who, x.join("bob@example.com")
	acc := x.c.Account
	connect := func(who connection.Who, calendar string, user store.ID) (store.Connection, error) {
		return x.house.Connections.Connect(t.Context(), who, connection.Request{
			Provider: account.Pipedrive, Account: acc, Calendar: calendar, User: user, Settings: []byte(`{"start":"everything"}`),
		})
	}
	hers, his := fmt.Sprint(x.pipedrive.UserID(me)), fmt.Sprint(x.pipedrive.UserID("bob@example.com"))
	if _, err := connect(bob, his, bob.User.ID); !errors.Is(err, connection.ErrNotYours) {
		t.Errorf("Bob on Alice's account: %v", err)
	}
	if _, err := connect(bob, hers, alice.User.ID); !errors.Is(err, connection.ErrNotYours) {
		t.Errorf("Bob for Alice: %v", err)
	}
	if _, err := connect(alice, hers, bob.User.ID); !errors.Is(err, connection.ErrNoCalendar) {
		t.Errorf("Alice's activities for Bob: %v", err)
	}
	list, err := x.house.Connections.Colleagues(t.Context(), alice, acc)
	if err != nil || len(list) != 1 || list[0].User.ID != bob.User.ID || list[0].Calendar != his || list[0].Connected {
		t.Fatalf("%+v, %v", list, err)
	}
	c, err := connect(alice, his, bob.User.ID)
	if err != nil || c.Member != bob.User.ID {
		t.Fatalf("%+v, %v", c, err)
	}
	if list, err = x.house.Connections.Colleagues(t.Context(), alice, acc); err != nil || !list[0].Connected {
		t.Errorf("%+v, %v", list, err)
	}
	// Whichever way one signs in, activities have one connection.
	_, err = x.house.Connections.Connect(t.Context(), bob, connection.Request{
		Provider: account.PipedriveToken, Calendar: his, Sign: account.Credentials{URL: x.server(acc), Password: "bobs-token"},
	})
	if err == nil {
		t.Error("Bob's activities were connected twice")
	}
	x.there("bob@example.com", "Bob's")
	x.until("it is here", func() bool { return x.here("Bob's") })
	for _, a := range x.all() {
		if a.Plan.Subject == "Bob's" && a.OwnerID != bob.User.ID {
			t.Errorf("it is user %d's", a.OwnerID)
		}
	}
	if _, err := x.house.Connections.Pause(t.Context(), bob, c.ID); err != nil {
		t.Errorf("Bob may not pause his own: %v", err)
	}
	hooks := 0
	for _, r := range x.pipedrive.Requests(0) {
		if r.Method == "POST" && strings.HasSuffix(r.Path, "/webhooks") {
			hooks++
		}
	}
	if hooks != 1 {
		t.Errorf("%d webhooks were made", hooks)
	}
	if ended, _, err := x.house.Connections.Revoke(t.Context(), alice, acc, true); err != nil || len(ended) != 2 {
		t.Errorf("ended %d, %v", len(ended), err)
	}
}

func (o *office) server(acc store.ID) (server string) {
	o.t.Helper()
	o.tx(func(tx engine.Tx) error {
		a, err := tx.Account(o.t.Context(), acc)
		server = a.Server
		return err
	})
	return server
}
