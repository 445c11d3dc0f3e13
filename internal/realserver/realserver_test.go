package realserver

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
)

func event(uid, extra string) string {
	return strings.ReplaceAll(fmt.Sprintf(`BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Tahti//realserver test//EN
BEGIN:VEVENT
UID:%s
DTSTAMP:20260101T000000Z
DTSTART:20270110T090000Z
DTEND:20270110T100000Z
SUMMARY:Smoke
%sEND:VEVENT
END:VCALENDAR
`, uid, extra), "\n", "\r\n")
}

func TestAnEventIsStoredReadAndDeletedAndSurvivesKill9(t *testing.T) {
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := Start(t, name, Options{})
			address := s.CalendarURL("alice") + "smoke-1.ics"
			s.Put("alice", address, event("smoke-1", ""))

			s.Kill9()
			if _, err := s.Try("alice", http.MethodGet, address, ""); err == nil {
				t.Error("a killed server still answers")
			}
			s.Restart()

			if r := s.Get("alice", address); r.Status != http.StatusOK || !strings.Contains(r.Body, "SUMMARY:Smoke") {
				t.Fatalf("get: %d\n%s", r.Status, r.Body)
			}
			if items, err := s.List("alice", s.CalendarURL("alice")); err != nil || len(items) != 1 {
				t.Errorf("list: %d items, %v; want 1", len(items), err)
			}
			s.Delete("alice", address)
			if r := s.Get("alice", address); r.Status != http.StatusNotFound {
				t.Errorf("get after delete: %d, want 404", r.Status)
			}
			if r := s.Propfind("alice", s.HomeURL("alice"), "1", "<d:displayname/>"); r.Status != http.StatusMultiStatus {
				t.Errorf("propfind of the home: %d, want 207", r.Status)
			}
		})
	}
}

func TestScheduledInvitationsShowInTheInboxAndOutsideGuestsAreMailed(t *testing.T) {
	for name, mails := range map[string]bool{"cyrus": true, "sogo": true, "davical": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := Start(t, name, Options{})
			if before := s.Inbox("bob"); len(before) != 0 || len(s.Mails()) != 0 {
				t.Fatalf("before anything happened: inbox %v, mails %v", before, s.Mails())
			}
			s.Put("alice", s.CalendarURL("alice")+"invite-1.ics", event("invite-1",
				"ORGANIZER:mailto:alice@example.com\nATTENDEE;PARTSTAT=ACCEPTED:mailto:alice@example.com\n"+
					"ATTENDEE;RSVP=TRUE;PARTSTAT=NEEDS-ACTION:mailto:bob@example.com\n"+
					"ATTENDEE;RSVP=TRUE;PARTSTAT=NEEDS-ACTION:mailto:guest@elsewhere.example\n"))
			eventually(t, "the invitation is in bob's inbox", func() bool {
				inbox := s.Inbox("bob")
				return len(inbox) == 1 && strings.Contains(inbox[0].Body, "UID:invite-1")
			})
			if mails {
				eventually(t, "the outside guest is mailed", func() bool {
					return strings.Contains(strings.Join(s.Mails(), "\n"), "guest@elsewhere.example")
				})
			}
		})
	}
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for range 100 {
		if is() {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Errorf("not within 10 s: %s", what)
}

func TestAReadOnlyCalendarCanBeReadAndNotWritten(t *testing.T) {
	t.Parallel()
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := Start(t, name, Options{Users: []User{{Name: "carol"}, {Name: "dave"}}})
			address := s.ReadOnlyURL("carol")
			if address == "" {
				t.Skip("one person, who may write everything")
			}
			if r := s.Do("carol", http.MethodPut, address+"x.ics", event("x", "")); r.Status != http.StatusForbidden {
				t.Errorf("put: %d, want 403", r.Status)
			}
			if items, err := s.List("carol", s.ReadOnlyURL("carol")); err != nil || len(items) != 0 {
				t.Errorf("list: %v, %v; want nothing", items, err)
			}
		})
	}
}

func TestStoppingLeavesNoProcessBehind(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"stop", "kill"} {
		s := Start(t, "radicale", Options{})
		pid := s.running[0].cmd.Process.Pid
		if how == "stop" {
			s.Stop()
		} else {
			s.Kill9()
		}
		if err := syscall.Kill(-pid, 0); !errors.Is(err, syscall.ESRCH) {
			t.Errorf("%s: the group of process %d is still there: %v", how, pid, err)
		}
	}
}

func TestEveryDatabaseIsEmptyAndOneKilledPostgresKeepsWhatItHeld(t *testing.T) {
	t.Parallel()
	first, second := Database(t), Database(t)
	if first == second {
		t.Errorf("two databases have one address: %s", first)
	}
	own := StartPostgres(t)
	if err := own.cluster.exec("postgres", "create table kept (n int)", "insert into kept values (1)"); err != nil {
		t.Fatal(err)
	}
	own.Kill9()
	own.Restart()
	if err := own.cluster.exec("postgres", "insert into kept select 1/count(*) from kept"); err != nil {
		t.Errorf("after a restart: %v", err)
	}
}

func TestWhatIsMissingIsNamedWithTheWayToGetIt(t *testing.T) {
	if ok, reason := Available("nextcloud"); ok || !strings.Contains(reason, "radicale") {
		t.Errorf("an unknown server: %t, %q", ok, reason)
	}
	if reason := lacking("a-package", "no-such-program"); !strings.Contains(reason, "apt-get install a-package") {
		t.Errorf("a missing program: %q", reason)
	}
	for _, name := range append(Names(), "postgres") {
		if ok, reason := Available(name); ok != (reason == "") {
			t.Errorf("%s: %t with reason %q", name, ok, reason)
		}
	}
}
