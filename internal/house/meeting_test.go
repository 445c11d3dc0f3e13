package house_test

import (
	"strings"
	"testing"

	"tahti/internal/account"
	"tahti/internal/calendar"
	"tahti/internal/connection"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/standin/caldav"
)

// TestOneMeetingOfTwoUsers: two users of one company have a meeting in their calendars. It is one activity, whoever
// connects first (I10); only the organiser's copy is written; what is private stays with its owner (I23).
func TestOneMeetingOfTwoUsers(t *testing.T) {
	t.Parallel()
	for _, organiserFirst := range []bool{true, false} {
		name := "the guest connects first"
		if organiserFirst {
			name = "the organiser connects first"
		}
		t.Run(name, func(t *testing.T) { t.Parallel(); meeting(t, organiserFirst) })
	}
}

func meeting(t *testing.T, organiserFirst bool) {
	l := newLab(t, caldav.ProfileCyrus, setup{idle: true})
	alice, bob := l.who, l.join("bob@example.com")
	bobSign := account.Credentials{URL: l.url, Username: "bob@example.com", Password: "secret"}
	at := calendar.WallOf(2027, 3, 1, 8, 0, 0)
	body := strings.Replace(string(object("meeting@example.com", "Meeting", at)), "X-KEEP",
		"ORGANIZER:mailto:alice@example.com\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:alice@example.com\r\n"+
			"ATTENDEE;PARTSTAT=TENTATIVE:mailto:bob@example.com\r\nX-KEEP", 1)
	l.put("alice@example.com", "meeting.ics", body)
	l.put("bob@example.com", "invitation.ics", body)
	l.put("alice@example.com", "secret.ics", strings.Replace(string(object("secret", "Secret", at+7200)), "X-KEEP", "CLASS:PRIVATE\r\nLOCATION:Hidden\r\nX-KEEP", 1))
	// Anybody can choose a UID: another event of Bob's under the UID of Alice's private one must not become it.
	l.put("bob@example.com", "mine.ics", string(object("secret", "Mine", at+9600)))

	connections := map[*connection.Who]account.Credentials{&alice: l.sign, &bob: bobSign}
	order := []*connection.Who{&alice, &bob}
	if !organiserFirst {
		order = []*connection.Who{&bob, &alice}
	}
	ids := map[*connection.Who]int64{}
	l.start()
	for _, who := range order {
		c, err := l.tryConnect(*who, connections[who], `{"start":"everything"}`)
		if err != nil {
			t.Fatal(err)
		}
		ids[who] = c.ID
		l.syncBy(*who, c.ID)
	}
	found := l.bySubject()
	if len(found["Meeting"]) != 1 || len(found["Secret"]) != 1 || len(found["Mine"]) != 1 || len(l.all()) != 3 {
		t.Fatalf("the CRM holds %v, want each item once", found)
	}
	m := found["Meeting"][0]
	l.checkMembers(m.ID, alice, bob)
	if m.OwnerID != alice.User.ID {
		t.Errorf("the meeting is user %d's, want it to be the organiser's", m.OwnerID)
	}

	// The organiser moves it; the guest's copy is the guest's server's to move.
	copyBefore := l.bodyOf("bob@example.com", "invitation.ics")
	l.put("alice@example.com", "meeting.ics", strings.ReplaceAll(body, "20270301T08", "20270301T07"))
	l.syncBy(alice, ids[&alice])
	l.syncBy(bob, ids[&bob])
	if m = l.bySubject()["Meeting"][0]; m.Plan.Start.Wall != at-3600 {
		t.Errorf("the meeting is at %v here, want it moved", m.Plan.Start)
	}
	if now := l.bodyOf("bob@example.com", "invitation.ics"); now != copyBefore {
		t.Errorf("the guest's copy was written:\n%s", now)
	}
	if mails := l.server.Mails(); len(mails) != 0 {
		t.Errorf("sync mailed: %+v", mails)
	}

	l.tx(func(tx engine.Tx) error {
		shown, err := l.house.Hub.Get(t.Context(), tx, bob.User, found["Secret"][0].ID)
		if err != nil {
			return err
		}
		if shown.Activity.Plan.Subject != "" || shown.Activity.Plan.Location != "" || !shown.Masked {
			t.Errorf("a colleague sees of a private event: %q at %q", shown.Activity.Plan.Subject, shown.Activity.Plan.Location)
		}
		return nil
	})
	for _, name := range []string{"invitation.ics", "mine.ics"} {
		if strings.Contains(l.bodyOf("bob@example.com", name), "Hidden") {
			t.Errorf("the private details are in %s", name)
		}
	}

	// The organiser stops: the guest, whose calendar goes on, owns it; taken up again, it is the organiser's.
	if _, err := l.house.Connections.Stop(t.Context(), alice, ids[&alice], true); err != nil {
		t.Fatal(err)
	}
	if m = l.bySubject()["Meeting"][0]; m.OwnerID != bob.User.ID {
		t.Errorf("the organiser stopped, and the meeting is user %d's", m.OwnerID)
	}
	l.checkMembers(m.ID, alice, bob)
	c, err := l.tryConnect(alice, l.sign, `{"start":"everything"}`)
	if err != nil {
		t.Fatal(err)
	}
	l.syncBy(alice, c.ID)
	if m = l.bySubject()["Meeting"][0]; m.OwnerID != alice.User.ID {
		t.Errorf("the organiser is back, and the meeting is user %d's", m.OwnerID)
	}

	// The guest takes it out of their own calendar: they leave, the meeting stays.
	if err := l.server.Remove("bob@example.com", "calendar", "invitation.ics"); err != nil {
		t.Fatal(err)
	}
	l.syncBy(bob, ids[&bob])
	l.syncBy(alice, ids[&alice])
	if len(l.bySubject()["Meeting"]) != 1 || l.bodyOf("alice@example.com", "meeting.ics") == "" {
		t.Error("the meeting went with the guest's copy")
	}
}

func (l *lab) put(user, name, body string) {
	l.t.Helper()
	if err := l.server.PutRaw(user, "calendar", name, []byte(body)); err != nil {
		l.t.Fatal(err)
	}
}

// bodyOf is what a calendar holds under a name; empty if nothing.
func (l *lab) bodyOf(user, name string) string {
	l.t.Helper()
	events, err := l.server.Events(user, "calendar")
	if err != nil {
		l.t.Fatal(err)
	}
	for _, e := range events {
		if strings.HasSuffix(e.Path, "/"+name) {
			return string(e.Body)
		}
	}
	return ""
}

func (l *lab) bySubject() map[string][]crm.Activity {
	found := map[string][]crm.Activity{}
	for _, a := range l.all() {
		found[a.Plan.Subject] = append(found[a.Plan.Subject], a)
	}
	return found
}

// checkMembers demands that exactly these people have an activity, as its owner or as participants.
func (l *lab) checkMembers(id int64, people ...connection.Who) {
	l.t.Helper()
	l.tx(func(tx engine.Tx) error {
		a, err := tx.Activity(l.t.Context(), id)
		if err != nil {
			return err
		}
		parts, err := tx.Participants(l.t.Context(), id)
		if err != nil {
			return err
		}
		has := map[int64]bool{a.OwnerID: true}
		for _, p := range parts {
			has[p.UserID] = true
		}
		for _, who := range people {
			if !has[who.User.ID] {
				l.t.Errorf("user %d does not have activity %d: %v", who.User.ID, id, has)
			}
		}
		if len(has) != len(people) {
			l.t.Errorf("activity %d has %v", id, has)
		}
		return nil
	})
}
