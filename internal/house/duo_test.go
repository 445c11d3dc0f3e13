package house_test

import (
	"fmt"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"tahti/internal/account"
	"tahti/internal/calendar"
	"tahti/internal/connection"
	"tahti/internal/engine"
	"tahti/internal/house"
	"tahti/internal/lens"
	"tahti/internal/netguard"
	"tahti/internal/provider"
	"tahti/internal/standin/caldav"
	"tahti/internal/standin/google"
	"tahti/internal/standin/graph"
	"tahti/internal/standin/pipedrive"
	"tahti/internal/store"
)

// duo is two users of one company: each has connected Pipedrive, one company there that they share, and a calendar of their own at one
// server, which carries invitations between them. Alice has invited Bob.
type duo struct {
	*office
	mailer     *caldav.Server
	alice, bob *colleague
	meeting    calendar.Event
	mails      int // that people's own programs have sent, and that somebody has pressed a button for
}

// colleague is one of them, with their connections.
type colleague struct {
	who  connection.Who
	mail string
	p, c store.ID
	far  *farEnd
}

// newDuo has both connect all that they have; Bob may come with an API token, and not by Pipedrive's page.
func newDuo(t *testing.T, token bool) *duo {
	t.Helper()
	ours := &clock{}
	local, err := netguard.Parse("127.0.0.0/8")
	if err != nil {
		t.Fatal(err)
	}
	s := caldav.New(caldav.Options{Profile: caldav.ProfileCyrus, Now: ours.Now, Users: []caldav.User{{Name: me, Password: "secret"}, {Name: bobs, Password: "secret"}}})
	ts := httptest.NewServer(s)
	t.Cleanup(ts.Close)
	d := &duo{mailer: s}
	d.office = openBeside(t, ours, func(c *house.Config) { c.Policy = local }, google.Options{}, graph.Options{}, pipedrive.Options{Token: "all"})
	join := func(who connection.Who, mail string) *colleague {
		d.who, d.person = who, newPerson(t, mail, "secret")
		x := &standFar{t, s, ts.URL, mail}
		c := &colleague{who: who, mail: mail, far: x.end()}
		if mail == bobs && token {
			c.p = d.byToken(who)
		} else {
			_, p := d.connectTo(account.Pipedrive)
			c.p = p.ID
		}
		d.sign, d.kind = x.sign(), x.kind()
		c.c = d.connect(`{"start":"everything","guests":"on_send"}`).ID
		d.relay(c.p)
		d.share(c.c)
		return c
	}
	first, second := d.who, d.join(bobs)
	d.alice = join(first, me)
	d.bob = join(second, bobs)
	d.settle() // the first runs are over
	start := calendar.AtUTC(ours.Now().Add(72 * time.Hour).Truncate(time.Hour))
	d.meeting = calendar.Event{Known: calendar.AllFields, Values: calendar.Values{Subject: "Meeting", Busy: true, Start: start, End: start}}
	d.meeting.End.Wall += 3600
	d.meeting.Organizer = calendar.Person{Email: me, Name: "Alice"}
	d.meeting.Guests = []calendar.Guest{{Person: d.meeting.Organizer, Answer: calendar.Accepted}, {Person: calendar.Person{Email: bobs, Name: "Bob"}}}
	return d
}

// byToken connects Bob's activities, at the address that Alice's page has led to.
func (d *duo) byToken(who connection.Who) store.ID {
	d.t.Helper()
	hers, err := d.house.Connections.Get(d.t.Context(), d.alice.who, d.alice.p)
	if err != nil {
		d.t.Fatal(err)
	}
	c, err := d.house.Connections.Connect(d.t.Context(), who, connection.Request{
		Provider: account.PipedriveToken, Calendar: fmt.Sprint(d.pipedrive.UserID(bobs)), Settings: []byte(`{"start":"everything"}`),
		Sign: account.Credentials{URL: d.server(hers.Account), Password: "bobs-token"},
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return c.ID
}

// settle runs the connections of both, those of one before those of the other, until nothing can be left to do.
func (d *duo) settle(order ...*colleague) {
	d.t.Helper()
	if len(order) == 0 {
		order = []*colleague{d.bob, d.alice}
	}
	for range 3 {
		for _, c := range order {
			for _, id := range []store.ID{c.c, c.p} {
				d.clock.pass(5 * time.Second)
				if got, err := d.house.Connections.Get(d.t.Context(), c.who, id); err != nil {
					d.t.Fatal(err)
				} else if got.State == store.Active {
					d.syncBy(c.who, id)
				}
			}
		}
	}
}

// holds demands what is called so: one activity, one item at Pipedrive, as one person's, and an event in each calendar; and that nobody
// was mailed by sync, and nothing waits.
func (d *duo) holds(what, subject, owner string, atBobs int) {
	d.t.Helper()
	want := func(where string, got []string, n int) {
		d.t.Helper()
		if !slices.Equal(got, slices.Repeat([]string{subject}, n)) {
			d.t.Errorf("%s: %s is %q, want %q, %d times", what, where, got, subject, n)
		}
	}
	var here []string
	for _, a := range d.all() {
		here = append(here, a.Plan.Subject)
	}
	want("here", here, 1)
	for _, c := range []*colleague{d.alice, d.bob} {
		n := 0
		if c.mail == owner {
			n = 1
		}
		want("at Pipedrive, "+c.mail+"'s", d.titlesThere(c.mail), n)
		for _, id := range []store.ID{c.p, c.c} {
			for _, w := range d.waiting(id) {
				d.t.Errorf("%s: of %s %s waits: %s %s", what, c.mail, w.Subject, w.Reason, w.Detail)
			}
		}
	}
	want("in Alice's calendar", d.alice.far.titles(), 1)
	want("in Bob's calendar", d.bob.far.titles(), atBobs)
	if n := len(d.mailer.Mails()) + len(d.pipedrive.Mails()); n != d.mails {
		d.t.Errorf("%s: %d mails, want %d: %+v", what, n, d.mails, d.mailer.Mails())
	}
}

// there changes the one item at Pipedrive, as whoever is signed in.
func (d *duo) there(mail, owner string, fields map[string]any) {
	d.t.Helper()
	list, err := d.pipedrive.Activities(owner)
	if err == nil && len(list) == 1 {
		err = d.pipedrive.Change(mail, fields, list[0]["id"].(int64))
	}
	if err != nil || len(list) != 1 {
		d.t.Fatalf("%d items, %v", len(list), err)
	}
}

// send presses "Save and send" for the one change that waits for it.
func (d *duo) send(what string) {
	d.t.Helper()
	if n := len(d.mailer.Mails()); n != d.mails {
		d.t.Errorf("%s: %d mails before anybody asked for one", what, n-d.mails)
	}
	waits := d.waiting(d.alice.c)
	if len(waits) != 1 || waits[0].HeldBy != store.HeldBySending {
		d.t.Fatalf("%s: waiting: %+v", what, waits)
	}
	if err := d.house.Connections.Send(d.t.Context(), d.alice.who, waits[0].ID); err != nil {
		d.t.Fatal(err)
	}
	d.mails++
	d.settle()
}

// edited is Alice's own program, which mails Bob.
func (d *duo) edited(subject string) {
	d.t.Helper()
	list := d.alice.far.events()
	d.meeting.Values = list[0].Values
	d.meeting.Subject = subject
	if err := d.alice.far.program.Edit(provider.RemoteID(list[0].id), d.meeting); err != nil {
		d.t.Fatal(err)
	}
	d.mails++
}

func (d *duo) stop(c *colleague) {
	d.t.Helper()
	for _, id := range []store.ID{c.c, c.p} {
		if _, err := d.house.Connections.Stop(d.t.Context(), c.who, id, true); err != nil {
			d.t.Fatal(err)
		}
	}
}

// TestTwoUsersOfOneCompanyInOneMeeting: a meeting of two who share a company at Pipedrive is one activity, one item there, and one event
// in each calendar (I10), whoever's calendar brings it in first and whoever leaves; only what somebody sends mails anybody (I14).
func TestTwoUsersOfOneCompanyInOneMeeting(t *testing.T) {
	t.Parallel()
	for i, x := range []struct {
		name  string
		leave func(d *duo)
		token bool
	}{
		{"the organiser stops, and gives it away", func(d *duo) { organiserStops(d); givenAway(d) }, true},
		{"the organiser gives it away there", givenAway, false},
		{"the guest takes it out of his calendar", guestLeaves, true},
		{"the guest stops", func(d *duo) {
			d.stop(d.bob)
			d.edited("Smaller meeting")
			d.settle()
			d.holds("stopped", "Smaller meeting", me, 1)
		}, false},
	} {
		for _, guestFirst := range []bool{true, false} {
			if !full() && guestFirst != (i%2 == 0) {
				continue // the plain run plays each way once
			}
			t.Run(x.name+map[bool]string{true: ", the guest first", false: ""}[guestFirst], func(t *testing.T) {
				t.Parallel()
				if i > 0 {
					notShort(t)
				}
				d := newDuo(t, x.token)
				d.meet(guestFirst)
				x.leave(d)
			})
		}
	}
}

func guestLeaves(d *duo) {
	d.t.Helper()
	if err := d.bob.far.program.Delete(provider.RemoteID(d.bob.far.events()[0].id)); err != nil {
		d.t.Fatal(err)
	}
	d.settle()
	d.holds("left", "Small meeting", me, 0)
	d.checkMembers(d.all()[0].ID, d.alice.who)
}

// meet has the meeting made and edited at every place.
func (d *duo) meet(guestFirst bool) {
	d.t.Helper()
	if _, err := d.alice.far.program.Create(d.meeting); err != nil {
		d.t.Fatal(err)
	}
	d.mails++
	order, most := []*colleague{d.alice, d.bob}, 1
	if guestFirst { // it is his until her copy comes in: his item is taken out, and hers made
		order, most = []*colleague{d.bob, d.alice}, 3
	}
	d.settle(order...)
	d.holds("made", "Meeting", me, 1)
	if n := d.writesThere(); n != most {
		d.t.Errorf("%d writes at Pipedrive, want %d", n, most)
	}
	d.checkMembers(d.all()[0].ID, d.alice.who, d.bob.who)

	d.there(me, me, map[string]any{"subject": "Big meeting"})
	d.settle()
	d.send("renamed at Pipedrive")
	d.holds("renamed at Pipedrive", "Big meeting", me, 1)
	d.there(bobs, me, map[string]any{"location": map[string]any{"value": "Room 4"}})
	d.settle()
	d.send("moved at Pipedrive by the guest")
	d.holds("moved at Pipedrive by the guest", "Big meeting", me, 1)
	for _, c := range []*colleague{d.alice, d.bob} {
		if at := c.far.events()[0].Location; at != "Room 4" {
			d.t.Errorf("in %s's calendar it is at %q", c.mail, at)
		}
	}
	d.edited("Small meeting")
	d.settle()
	d.holds("renamed in the organiser's calendar", "Small meeting", me, 1)
	if n := d.writesThere(); n != most+1 {
		d.t.Errorf("%d writes at Pipedrive, want %d", n, most+1)
	}
}

// organiserStops: the guest owns the meeting from now on. At Pipedrive it stays the organiser's, and none is made beside it.
func organiserStops(d *duo) {
	d.t.Helper()
	d.stop(d.alice)
	d.settle()
	d.holds("stopped", "Small meeting", me, 1)
	a := d.all()[0]
	if a.OwnerID != d.bob.who.User.ID {
		d.t.Errorf("it is user %d's", a.OwnerID)
	}
	d.tx(func(tx engine.Tx) error {
		x, err := d.house.Engine.Explain(d.t.Context(), tx, d.bob.p, a.ID)
		if x.Reason != lens.ColleaguesThere {
			d.t.Errorf("at Pipedrive it is not: %+v", x)
		}
		return err
	})
}

// givenAway: the item gets another owner at Pipedrive, and goes on with the activity as his.
func givenAway(d *duo) {
	d.t.Helper()
	d.there(me, me, map[string]any{"owner_id": d.pipedrive.UserID(bobs)})
	d.settle()
	d.holds("given away", "Small meeting", bobs, 1)
	if a := d.all()[0]; a.OwnerID != d.bob.who.User.ID {
		d.t.Errorf("it is user %d's", a.OwnerID)
	}
	before := d.writesThere()
	d.there(bobs, bobs, map[string]any{"done": true})
	d.settle()
	d.holds("done there", "Small meeting", bobs, 1)
	if a := d.all()[0]; !a.Done || d.writesThere() != before {
		d.t.Errorf("done is %t, and there were %d writes", a.Done, d.writesThere()-before)
	}
}
