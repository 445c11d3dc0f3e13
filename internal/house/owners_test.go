package house_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"tahti/internal/account"
	"tahti/internal/connection"
	"tahti/internal/engine"
	"tahti/internal/provider/backdoor"
	other "tahti/internal/provider/backdoor/google"
	"tahti/internal/standin/google"
	"tahti/internal/standin/graph"
	"tahti/internal/standin/pipedrive"
	"tahti/internal/store"
)

const bobs = "bob@example.com"

// handing is a chain of an administrator's, and a colleague with a calendar of his own, whose activities in Pipedrive are connected on the
// administrator's account, or are not. Carol has activities there, and is no user here.
type handing struct {
	*chain
	alice, bob  connection.Who
	his, hisFar store.ID // his connections; the first is 0 where there is none
	hisCalendar *other.Calendar
}

func newHanding(t *testing.T, connected bool) *handing {
	t.Helper()
	o := openBeside(t, &clock{}, nil, google.Options{Token: "all", Users: []google.User{{Email: me, Password: "secret"}, {Email: bobs, Password: "secret"}}}, graph.Options{}, pipedrive.Options{Token: "all"})
	_, p := o.connectTo(account.Pipedrive)
	_, f := o.connectTo(account.Google)
	h := &handing{chain: &chain{office: o, far: hosted(o, account.Google), p: p.ID, c: f.ID}}
	o.relay(p.ID)
	o.share(f.ID)
	h.alice, h.bob = h.who, h.join(bobs)
	h.pipedrive.Join(pipedrive.User{Email: "carol@example.com", Name: "Carol"})
	h.who, h.person = h.bob, newPerson(t, bobs, "secret")
	_, far := h.connectTo(account.Google)
	h.share(far.ID)
	h.hisFar, h.who = far.ID, h.alice
	h.hisCalendar = &other.Calendar{Server: at(h.google, "http://google.example/calendar/v3"), ID: bobs, Prefix: "other"}
	if connected {
		h.connectBob()
	}
	return h
}

// connectBob connects his activities in Pipedrive on Alice's account.
func (h *handing) connectBob() {
	h.t.Helper()
	var acc store.ID
	h.tx(func(tx engine.Tx) error {
		c, err := tx.Connection(h.t.Context(), h.p)
		acc = c.Account
		return err
	})
	c, err := h.house.Connections.Connect(h.t.Context(), h.alice, connection.Request{
		Provider: account.Pipedrive, Account: acc, Calendar: fmt.Sprint(h.pipedrive.UserID(bobs)), User: h.bob.User.ID, Settings: []byte(`{"start":"everything"}`),
	})
	if err != nil {
		h.t.Fatal(err)
	}
	h.relay(c.ID)
	h.his = c.ID
}

// settle runs all connections until nothing can be left to do.
func (h *handing) settle() {
	for range 2 {
		h.chain.settle(1)
		for _, id := range []store.ID{h.his, h.hisFar} {
			if id != 0 {
				h.pass(5 * time.Second)
				h.syncBy(h.bob, id)
			}
		}
	}
}

// holds demands the titles in both calendars and whose the activities here are, and that a quiet round writes nothing.
func (h *handing) holds(what string, hers, his []string, owners map[string]store.ID) {
	h.t.Helper()
	h.settle()
	var bobsTitles []string
	token, err := h.google.Grant(bobs, "https://www.googleapis.com/auth/calendar.events")
	if err != nil {
		h.t.Fatal(err)
	}
	h.hisCalendar.Sign = backdoor.Bearer(token)
	list, err := h.hisCalendar.List()
	if err != nil {
		h.t.Fatal(err)
	}
	for _, e := range list {
		if e["status"] != "cancelled" {
			bobsTitles = append(bobsTitles, fmt.Sprint(e["summary"]))
		}
	}
	for who, pair := range map[string][2][]string{"Alice": {h.far.titles(), hers}, "Bob": {bobsTitles, his}} {
		slices.Sort(pair[0])
		if !slices.Equal(pair[0], pair[1]) {
			h.t.Errorf("%s: %s's calendar has %q, want %q", what, who, pair[0], pair[1])
		}
	}
	all := h.all()
	if len(all) != len(owners) {
		h.t.Errorf("%s: %d activities here, want %d", what, len(all), len(owners))
	}
	for _, a := range all {
		if a.OwnerID != owners[a.Plan.Subject] {
			h.t.Errorf("%s: %q is user %d's, want %d", what, a.Plan.Subject, a.OwnerID, owners[a.Plan.Subject])
		}
	}
	there, far := h.writesThere(), len(h.google.Requests())
	writes := func() (n int) {
		for _, r := range h.google.Requests()[far:] {
			if h.far.wrote(&r) {
				n++
			}
		}
		return n
	}
	if h.settle(); h.writesThere() != there || writes() != 0 {
		h.t.Errorf("%s: a quiet round writes %d times at Pipedrive and %d at Google", what, h.writesThere()-there, writes())
	}
	if n := len(h.pipedrive.Mails()) + len(h.google.Mails()); n != 0 {
		h.t.Errorf("%s: %d mails", what, n)
	}
}

func (h *handing) give(id int64, to string) {
	h.t.Helper()
	if err := h.pipedrive.Change(me, map[string]any{"owner_id": h.pipedrive.UserID(to)}, id); err != nil {
		h.t.Fatal(err)
	}
}

// TestAnActivityThatGoesToAColleagueAtPipedrive: the calendar that it is in follows, there is one of it, and it may come back.
func TestAnActivityThatGoesToAColleagueAtPipedrive(t *testing.T) {
	t.Parallel()
	h := newHanding(t, true)
	id := h.there(me, "Review")
	alices, bobsOwn := map[string]store.ID{"Review": h.alice.User.ID}, map[string]store.ID{"Review": h.bob.User.ID}
	h.holds("made", []string{"Review"}, nil, alices)
	h.give(id, bobs)
	h.holds("given to Bob", nil, []string{"Review"}, bobsOwn)
	if n := h.writesThere(); n != 0 {
		t.Errorf("%d writes at Pipedrive", n)
	}
	if err := h.pipedrive.Change(bobs, map[string]any{"subject": "Big review"}, id); err != nil {
		t.Fatal(err)
	}
	h.holds("edited by Bob", nil, []string{"Big review"}, map[string]store.ID{"Big review": h.bob.User.ID})
	h.give(id, me)
	h.holds("given back", []string{"Big review"}, nil, map[string]store.ID{"Big review": h.alice.User.ID})
	if got := h.titlesThere(me); len(got) != 1 {
		t.Errorf("at Pipedrive: %q", got)
	}
}

// TestAnActivityThatGoesToSomebodyWhoIsNotConnected: it stays here and in the calendar, as nobody knows that it is gone (I9), waits with the
// reason, and is the same once whoever has it is connected, or gives it back.
func TestAnActivityThatGoesToSomebodyWhoIsNotConnected(t *testing.T) {
	t.Parallel()
	for _, to := range []string{bobs, "carol@example.com"} {
		t.Run(to, func(t *testing.T) {
			t.Parallel()
			h := newHanding(t, false)
			id := h.there(me, "Review")
			alices := map[string]store.ID{"Review": h.alice.User.ID}
			h.holds("made", []string{"Review"}, nil, alices)
			h.give(id, to)
			h.holds("given away", []string{"Review"}, nil, alices)
			waits := h.waiting(h.p)
			if len(waits) != 1 || waits[0].Reason != "others_now" {
				t.Errorf("waiting: %+v", waits)
			}
			if to == bobs {
				h.connectBob()
				h.holds("whoever has it is connected", nil, []string{"Review"}, map[string]store.ID{"Review": h.bob.User.ID})
			}
			h.give(id, me)
			if err := h.pipedrive.Change(me, map[string]any{"subject": "Big review"}, id); err != nil {
				t.Fatal(err)
			}
			h.holds("given back", []string{"Big review"}, nil, map[string]store.ID{"Big review": h.alice.User.ID})
			if waits := h.waiting(h.p); len(waits) != 0 {
				t.Errorf("waiting: %+v", waits)
			}
		})
	}
}
