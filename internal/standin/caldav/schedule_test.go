package caldav_test

import (
	"fmt"
	"strings"
	"testing"

	"tahti/internal/standin/caldav"
)

// mails writes what was sent since the last call in short: "REQUEST to (local)".
func (r *rig) mails(from *int) string {
	list := r.caldav.Mails()
	var out []string
	for _, m := range list[*from:] {
		where := ""
		if m.Local {
			where = " (local)"
		}
		out = append(out, fmt.Sprintf("%s %s%s", m.Method, m.To, where))
	}
	*from = len(list)
	return strings.Join(out, ", ")
}

// bodies are the texts of a user's collection.
func (r *rig) bodies(user, calendar string) []string {
	r.Helper()
	list, err := r.caldav.Events(user, calendar)
	if err != nil {
		r.Fatal(err)
	}
	var out []string
	for _, o := range list {
		out = append(out, string(o.Body))
	}
	return out
}

func TestGuestsAreToldWhatTheOrganiserDoes(t *testing.T) {
	r := newRig(t, caldav.Options{})
	seen := 0
	step := func(name, want string) {
		t.Helper()
		if got := r.mails(&seen); got != want {
			t.Errorf("%s: sent %q, want %q", name, got, want)
		}
	}
	const alice, bob, out = "alice@example.com", "bob@example.com", "out@example.net"
	r.want(201, r.put(home+"a.ics", meeting("a", alice, "Plan", alice, bob, out)))
	step("made", "REQUEST bob@example.com (local), REQUEST out@example.net")
	if got := r.bodies("bob", "calendar"); len(got) != 1 || !strings.Contains(got[0], "SUMMARY:Plan") {
		t.Errorf("bob's calendar: %q", got)
	}
	if got := r.bodies("bob", "inbox"); len(got) != 1 || !strings.Contains(got[0], "METHOD:REQUEST") {
		t.Errorf("bob's inbox: %q", got)
	}
	if got := r.bodies("alice", "calendar")[0]; !strings.Contains(got, "SCHEDULE-STATUS=1.2:mailto:bob") {
		t.Errorf("no delivery status: %s", got)
	}
	r.want(204, r.put(home+"a.ics", r.bodies("alice", "calendar")[0]))
	step("put again as it was", "")
	r.want(204, r.put(home+"a.ics", meeting("a", alice, "Plan B", alice, bob, out)))
	step("renamed", "REQUEST bob@example.com (local), REQUEST out@example.net")
	r.want(204, r.put(home+"a.ics", meeting("a", alice, "Plan B", alice, bob)))
	step("one guest less", "CANCEL out@example.net")
	r.want(204, r.do("DELETE", home+"a.ics", "", "Schedule-Reply: F"))
	step("deleted", "CANCEL bob@example.com (local)")
	if got := r.bodies("bob", "calendar"); len(got) != 0 {
		t.Errorf("bob still has %q", got)
	}
}

func TestAnAnswerReachesTheOrganiserAndLeavesTheScheduleTag(t *testing.T) {
	r := newRig(t, caldav.Options{})
	const alice, bob = "alice@example.com", "bob@example.com"
	r.want(201, r.put(home+"a.ics", meeting("a", alice, "Plan", bob)))
	before := r.do("GET", home+"a.ics", "")
	seen := 0
	r.mails(&seen)

	r.user = "bob"
	mine := "/dav/calendars/bob/calendar/a.ics"
	copied := r.want(200, r.do("GET", mine, "")).body
	r.want(204, r.put(mine, strings.Replace(copied, "ATTENDEE:mailto:bob", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:bob", 1)))
	if got := r.mails(&seen); got != "REPLY alice@example.com (local)" {
		t.Errorf("sent %q", got)
	}
	r.user = "alice"
	after := r.do("GET", home+"a.ics", "")
	if !strings.Contains(after.body, "PARTSTAT=ACCEPTED") {
		t.Errorf("the organiser sees %s", after.body)
	}
	if after.header.Get("Schedule-Tag") != before.header.Get("Schedule-Tag") || after.header.Get("ETag") == before.header.Get("ETag") {
		t.Errorf("tags %v, before %v", after.header, before.header)
	}
	r.user = "bob"
	r.want(204, r.do("DELETE", mine, ""))
	if got := r.mails(&seen); got != "REPLY alice@example.com (local)" {
		t.Errorf("declined with %q", got)
	}
}

func TestAnAttendeeMayDeleteInSilence(t *testing.T) {
	r := newRig(t, caldav.Options{})
	r.want(201, r.put(home+"a.ics", meeting("a", "boss@example.net", "Plan", "alice@example.com")))
	r.want(204, r.do("DELETE", home+"a.ics", "", "Schedule-Reply: F"))
	if got := r.caldav.Mails(); len(got) != 0 {
		t.Errorf("sent %v", got)
	}
}

func TestAnAttendeesAlarmsOutliveAnUpdate(t *testing.T) {
	r := newRig(t, caldav.Options{})
	const alice, bob = "alice@example.com", "bob@example.com"
	r.want(201, r.put(home+"a.ics", meeting("a", alice, "Plan", bob)))
	r.user = "bob"
	mine := "/dav/calendars/bob/calendar/a.ics"
	alarm := "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT5M\r\nDESCRIPTION:x\r\nEND:VALARM\r\nEND:VEVENT"
	r.want(204, r.put(mine, strings.Replace(r.do("GET", mine, "").body, "END:VEVENT", alarm, 1)))
	r.user = "alice"
	r.want(204, r.put(home+"a.ics", meeting("a", alice, "Plan B", bob)))
	if got := r.bodies("bob", "calendar")[0]; !strings.Contains(got, "Plan B") || !strings.Contains(got, "TRIGGER:-PT5M") {
		t.Errorf("bob has %s", got)
	}
}
