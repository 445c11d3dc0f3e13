package house_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tahti/internal/account"
	"tahti/internal/connection"
	"tahti/internal/realserver"
)

// TestARealInvitationIsOneActivity: the organiser's own server delivers the invitation to the guest's calendar, and both
// connect, in either order. It is one activity of both (I10); moving it there moves it once; a guest who takes it out leaves
// and the meeting stays; and all the while sync mails nobody and writes neither copy (I14).
func TestARealInvitationIsOneActivity(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"cyrus", "sogo", "davical"} {
		t.Run(name, func(t *testing.T) {
			if !realserver.InFull(name) {
				t.Skipf("%s left out: TAHTI_TEST_SERVERS=all includes it", name)
			}
			server := realserver.Start(t, name, realserver.Options{})
			orders := [][]string{{"bob", "alice"}, {"alice", "bob"}}
			if !full() {
				orders = orders[:1]
			}
			for _, order := range orders {
				t.Run(order[0]+" connects first", func(t *testing.T) { invited(t, server, order) })
			}
		})
	}
}

func invited(t *testing.T, server *realserver.Server, order []string) {
	l, collection := realLab(t, server)
	for _, it := range contents(t, server, "bob") {
		server.Delete("bob", it.URL)
	}
	who := map[string]connection.Who{"alice": l.who, "bob": l.join("bob@example.com")}
	me, bob := server.User("alice").Email, server.User("bob").Email
	body := strings.Replace(stranger, "SUMMARY:Stranger", "SUMMARY:Meeting\r\nORGANIZER:mailto:"+me+"\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:"+me+
		"\r\nATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:"+bob, 1)
	body = strings.ReplaceAll(body, "stranger@", "invited-"+order[0]+"@")
	server.Put("alice", collection+"invited.ics", body)
	delivered := func(what string) realserver.Item {
		t.Helper()
		var items []realserver.Item
		for range 50 {
			if items = contents(t, server, "bob"); len(items) == 1 && strings.Contains(items[0].Body, what) {
				return items[0]
			}
			time.Sleep(100 * time.Millisecond)
		}
		t.Skipf("%s left out: it does not put invitations into the guest's calendar by itself: %v", server.Name, items)
		return realserver.Item{}
	}
	delivered("20261203T080000")
	ids := map[string]int64{}
	both := func() {
		t.Helper()
		for _, name := range order {
			if ids[name] == 0 {
				user := server.User(name)
				sign := account.Credentials{URL: server.CalendarURL(name), Username: user.Name, Password: user.Password}
				c, err := l.tryConnect(who[name], sign, `{"start":"everything"}`)
				if err != nil {
					t.Fatal(err)
				}
				ids[name] = c.ID
			}
			l.syncBy(who[name], ids[name])
		}
	}
	silently := func(do func()) {
		t.Helper()
		time.Sleep(500 * time.Millisecond) // what the people's own requests set off has arrived
		before := traces(t, server)
		do()
		time.Sleep(300 * time.Millisecond)
		if after := traces(t, server); !slices.Equal(before, after) {
			t.Errorf("sync wrote or mailed:\n%s\nwas:\n%s", strings.Join(after, "\n"), strings.Join(before, "\n"))
		}
	}
	silently(both)
	found := l.bySubject()["Meeting"]
	if len(found) != 1 || len(l.all()) != 1 {
		t.Fatalf("the CRM holds %d activities, %d of them the meeting", len(l.all()), len(found))
	}
	l.checkMembers(found[0].ID, who["alice"], who["bob"])

	settled(server)
	server.Put("alice", collection+"invited.ics", strings.NewReplacer("20261203T08", "20261203T10", "20261203T09", "20261203T11").Replace(body))
	invitation := delivered("20261203T100000")
	silently(both)
	if now := l.bySubject()["Meeting"]; len(now) != 1 || starts(t, now[0].Plan)[0] != "1203T1000" {
		t.Errorf("after the organiser moved it the CRM holds %+v", now)
	}

	settled(server)
	server.Delete("bob", invitation.URL)
	silently(both)
	if now := l.bySubject()["Meeting"]; len(now) != 1 || len(contents(t, server, "alice")) != 1 {
		t.Errorf("the meeting went with the guest's copy: %+v", now)
	}
}

func contents(t *testing.T, server *realserver.Server, user string) []realserver.Item {
	t.Helper()
	items, err := server.List(user, server.CalendarURL(user))
	if err != nil {
		t.Fatal(err)
	}
	return items
}

// traces are all that a write or a mail would change.
func traces(t *testing.T, server *realserver.Server) (list []string) {
	t.Helper()
	for _, user := range []string{"alice", "bob"} {
		for _, it := range append(contents(t, server, user), server.Inbox(user)...) {
			list = append(list, fmt.Sprint(user, " ", it.URL, "\n", it.Body))
		}
	}
	slices.Sort(list)
	return append(list, server.Mails()...)
}
