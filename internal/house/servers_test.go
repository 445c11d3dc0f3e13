package house_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tahti/internal/account"
	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/hub"
	"tahti/internal/icalendar"
	"tahti/internal/realserver"
	"tahti/internal/recur"
	"tahti/internal/store"
)

// TestRealServers holds the table of promises in docs/providers.md, on the real servers that are installed.
func TestRealServers(t *testing.T) {
	t.Parallel()
	for _, name := range realserver.Names() {
		t.Run(name, func(t *testing.T) {
			server := realserver.Start(t, name, realserver.Options{})
			t.Run("create, edit and delete travel both ways", func(t *testing.T) { realBothWays(t, server) })
			if !realserver.InFull(name) {
				return
			}
			t.Run("series and zones come back exact", func(t *testing.T) { realSeries(t, server) })
			t.Run("what is unknown stays", func(t *testing.T) { realUnknown(t, server) })
			if name != "xandikos" { // it has one user and no invitations
				t.Run("meetings with guests wait", func(t *testing.T) { realGuests(t, server) })
			}
		})
	}
}

// realLab connects a fresh house to a user's calendar on a real server, which is emptied first.
func realLab(t *testing.T, server *realserver.Server) (*lab, string) {
	l := newHouse(t)
	user := server.User("alice")
	l.sign = account.Credentials{URL: server.CalendarURL("alice"), Username: user.Name, Password: user.Password}
	items, err := server.List("alice", server.CalendarURL("alice"))
	if err != nil {
		t.Fatal(err)
	}
	for _, it := range items {
		server.Delete("alice", it.URL)
	}
	return l, server.CalendarURL("alice")
}

func (l *lab) remoteBodies(server *realserver.Server) []realserver.Item {
	l.t.Helper()
	items, err := server.List("alice", server.CalendarURL("alice"))
	if err != nil {
		l.t.Fatal(err)
	}
	return items
}

func realBothWays(t *testing.T, server *realserver.Server) {
	l, collection := realLab(t, server)
	c := l.connect(`{"start":"everything"}`)
	made := l.add("Call Bob", calendar.WallOf(2026, 12, 1, 8, 0, 0))
	l.sync(c.ID)
	items := l.remoteBodies(server)
	if len(items) != 1 || !strings.Contains(items[0].Body, "SUMMARY:Call Bob") {
		t.Fatalf("the server holds %d items: %v", len(items), items)
	}
	settled(server)
	server.Put("alice", items[0].URL, strings.ReplaceAll(items[0].Body, "SUMMARY:Call Bob", "SUMMARY:Call Robert"))
	server.Put("alice", collection+"theirs.ics", string(object("theirs", "Theirs", calendar.WallOf(2026, 12, 2, 8, 0, 0))))
	l.sync(c.ID)
	byID := map[store.ID]string{}
	for _, a := range l.all() {
		byID[a.ID] = a.Plan.Subject
	}
	if len(byID) != 2 || byID[made.ID] != "Call Robert" {
		t.Fatalf("the CRM holds %v", byID)
	}
	l.quiet(c.ID)
	settled(server)
	server.Delete("alice", items[0].URL)
	l.sync(c.ID)
	list := l.all()
	if len(list) != 1 || list[0].Plan.Subject != "Theirs" {
		t.Fatalf("after the deletion there the CRM holds %d activities", len(list))
	}
	l.tx(func(tx engine.Tx) error { return l.house.Hub.Delete(t.Context(), tx, hub.By(l.who.User), list[0].ID) })
	l.sync(c.ID)
	if items := l.remoteBodies(server); len(items) != 0 {
		t.Fatalf("after the deletion here the server holds %v", items)
	}
	l.quiet(c.ID)
}

// settled lets the second pass in which a server cannot tell changes apart (SOGo and DAViCal count in seconds).
func settled(server *realserver.Server) {
	if server.Name == "sogo" || server.Name == "davical" {
		time.Sleep(1100 * time.Millisecond)
	}
}

// quiet demands that two runs in a row write nothing, with one request each.
func (l *lab) quiet(id store.ID) {
	l.t.Helper()
	for range 2 {
		run := l.sync(id)
		wrote := 0
		for _, name := range []string{engine.CreatedInCRM, engine.UpdatedInCRM, engine.DeletedInCRM, engine.CreatedInCalendar, engine.UpdatedInCalendar, engine.DeletedInCalendar} {
			wrote += run.Counts[name]
		}
		if wrote != 0 || run.State != "done" {
			l.t.Errorf("a quiet run wrote: %+v", run)
		}
		if run.Requests != 1 {
			l.t.Errorf("a quiet run took %d requests", run.Requests)
		}
	}
}

// sample is one activity of each difficult kind.
func samples() map[string]calendar.Event {
	event := func(start, end calendar.Time, rule string) calendar.Event {
		return calendar.Event{Known: calendar.AllFields, Rule: rule, Values: calendar.Values{Busy: true, Start: start, End: end, Location: "Room; 1, north"}}
	}
	at := func(zone string, d, h int) calendar.Time {
		return calendar.InZone(calendar.WallOf(2026, 10, d, h, 30, 0), zone)
	}
	series := event(at("Europe/Helsinki", 19, 9), at("Europe/Helsinki", 19, 10), "FREQ=WEEKLY;COUNT=8")
	series.Cancelled = []calendar.Wall{calendar.WallOf(2026, 11, 2, 9, 30, 0)}
	moved := calendar.Override{Original: calendar.WallOf(2026, 11, 9, 9, 30, 0), Set: calendar.Fields(calendar.When, calendar.Subject)}
	moved.Subject, moved.Start, moved.End = "moved", at("Europe/Helsinki", 41, 14), at("Europe/Helsinki", 41, 15)
	series.Overrides = []calendar.Override{moved}
	return map[string]calendar.Event{
		"series with an override and a cancelled date": series,
		"all-day": event(calendar.OnDate(2026, 12, 24), calendar.OnDate(2026, 12, 27), ""),
		"no DST":  event(at("Asia/Tokyo", 20, 8), at("Asia/Tokyo", 20, 9), "FREQ=DAILY;COUNT=4"),
		"south":   event(at("Australia/Sydney", 1, 8), at("Australia/Sydney", 1, 9), "FREQ=WEEKLY;BYDAY=TH;COUNT=6"),
		"yearly":  event(at("America/New_York", 31, 18), at("America/New_York", 31, 23), "FREQ=YEARLY;COUNT=3"),
	}
}

func realSeries(t *testing.T, server *realserver.Server) {
	l, _ := realLab(t, server)
	c := l.connect(`{"start":"everything"}`)
	want := map[string]calendar.Event{}
	for name, e := range samples() {
		e.Subject = name
		want[name] = e
		l.tx(func(tx engine.Tx) error {
			_, err := l.house.Hub.Create(t.Context(), tx, hub.By(l.who.User), crm.Activity{Type: "meeting", Plan: e})
			return err
		})
	}
	l.sync(c.ID)
	got := map[string]calendar.Event{}
	for _, it := range l.remoteBodies(server) {
		d, problem := icalendar.Decode([]byte(it.Body), icalendar.Options{})
		if problem != nil {
			t.Fatalf("%s: %+v\n%s", it.URL, problem, it.Body)
		}
		got[d.Event.Subject] = d.Event
	}
	for name, e := range want {
		g, there := got[name]
		if !there {
			t.Errorf("%s is not on the server", name)
			continue
		}
		if w, h := occurrences(t, e), occurrences(t, g); w != h {
			t.Errorf("%s\nhere:  %s\nthere: %s", name, w, h)
		}
		for _, f := range calendar.BothWaysFields.List() {
			if !calendar.Same(f, &e.Values, &g.Values) {
				t.Errorf("%s: %v is %+v here and %+v there", name, f, e.Values, g.Values)
			}
		}
	}
	l.quiet(c.ID)
	realMove(t, l, server, c.ID, want["series with an override and a cancelled date"])
}

// realMove lets another client rename the whole series and move it by an hour; the CRM follows, with the override, which
// stays where it was moved to, and the gap.
func realMove(t *testing.T, l *lab, server *realserver.Server, id store.ID, want calendar.Event) {
	t.Helper()
	const hour = calendar.Day / 24
	want = want.Clone()
	want.Subject = "renamed"
	want.Start.Wall += hour
	want.End.Wall += hour
	want.Cancelled[0] += hour
	want.Overrides[0].Original += hour
	for _, it := range l.remoteBodies(server) {
		if strings.Contains(it.Body, "SUMMARY:series with") {
			settled(server)
			body := strings.ReplaceAll(it.Body, "SUMMARY:series with an override and a cancelled date", "SUMMARY:renamed")
			body = strings.ReplaceAll(body, "T103000", "T113000") // the end
			server.Put("alice", it.URL, strings.ReplaceAll(body, "T093000", "T103000"))
		}
	}
	l.sync(id)
	for _, a := range l.all() {
		if a.Plan.Subject != "renamed" {
			continue
		}
		if w, h := occurrences(t, want), occurrences(t, a.Plan); w != h {
			t.Errorf("moved series\nwant %s\ngot  %s", w, h)
		}
		if o := a.Plan.Override(want.Overrides[0].Original); o == nil || o.Subject != "moved" {
			t.Errorf("the override of the moved series is %+v", o)
		}
		l.quiet(id)
		return
	}
	t.Error("the move there did not arrive")
}

func occurrences(t *testing.T, e calendar.Event) string {
	t.Helper()
	list, _, err := recur.Expand(&e, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC), time.UTC, 100)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, o := range list {
		fmt.Fprintf(&b, "%s/%s %v ", o.Start.UTC().Format("0102T1504"), o.End.UTC().Format("0102T1504"), o.Values.Start)
	}
	return b.String()
}

const stranger = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example//client//EN\r\nX-WR-NOTE:outer\r\nBEGIN:VEVENT\r\nUID:stranger@example.com\r\n" +
	"DTSTAMP:20260101T000000Z\r\nDTSTART:20261203T080000Z\r\nDTEND:20261203T090000Z\r\nSUMMARY:Stranger\r\nX-UNKNOWN;X-P=1:value\\, kept\r\n" +
	"CATEGORIES:RED\r\nATTACH:https://files.example.com/a.pdf\r\nBEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:ring\r\nTRIGGER:-PT15M\r\nEND:VALARM\r\n" +
	"END:VEVENT\r\nEND:VCALENDAR\r\n"

// realGuests: nothing that sync does reaches an inbox, an outbox or a mailbox; a change of a meeting that this person
// organises waits on servers that would mail it.
func realGuests(t *testing.T, server *realserver.Server) {
	l, collection := realLab(t, server)
	c := l.connect(`{"start":"everything","guests":"on_send"}`)
	me, bob := server.User("alice").Email, server.User("bob").Email
	body := strings.Replace(stranger, "SUMMARY:Stranger", "SUMMARY:Meeting\r\nORGANIZER:mailto:"+me+"\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:"+me+
		"\r\nATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:"+bob, 1)
	server.Put("alice", collection+"meeting.ics", strings.ReplaceAll(body, "stranger@", "meeting@"))
	l.sync(c.ID)
	list := l.all()
	if len(list) != 1 || len(list[0].Plan.Guests) == 0 { // SOGo leaves the organiser out of the guests
		t.Fatalf("the CRM holds %+v", list)
	}
	time.Sleep(300 * time.Millisecond) // what the person's own PUT mailed has arrived
	inbox, mails := fmt.Sprint(server.Inbox("bob")), len(server.Mails())
	a := list[0]
	l.tx(func(tx engine.Tx) error {
		to := a.Clone()
		to.Plan.Start.Wall += 7200
		to.Plan.End.Wall += 7200
		_, err := l.house.Hub.Update(t.Context(), tx, hub.By(l.who.User), a.ID, hub.Change{Base: a.Revision, Fields: []string{"when"}, To: to})
		return err
	})
	look, err := l.house.Connections.DryRun(t.Context(), l.who, c.ID)
	if err != nil {
		t.Fatal(err)
	}
	counts := look.Counts
	l.sync(c.ID) // the edit itself began a run, which may have been the one that set the change aside
	waits := 0
	for _, w := range l.waiting(c.ID) {
		if w.HeldBy == store.HeldBySending {
			waits += w.People
		}
	}
	schedules := strings.Contains("cyrus sogo davical", server.Name)
	if schedules && (counts[engine.WouldMail] != 1 || waits != 1) {
		t.Errorf("dry run %v, %d people wait: one person would be mailed, and the change waits", counts, waits)
	}
	time.Sleep(300 * time.Millisecond)
	if now := fmt.Sprint(server.Inbox("bob")); now != inbox || len(server.Mails()) != mails {
		t.Errorf("sync caused mail: %s\nbefore: %s\nmails %v", now, inbox, server.Mails())
	}
	if !schedules {
		return
	}
	var work store.ID
	for _, w := range l.waiting(c.ID) {
		if w.HeldBy == store.HeldBySending && w.People == 1 {
			work = w.ID
		}
	}
	if err := l.house.Connections.Send(t.Context(), l.who, work); err != nil {
		t.Fatal(err)
	}
	settled(server)
	l.sync(c.ID)
	if got := l.remoteBodies(server)[0].Body; !strings.Contains(got, "20261203T10") {
		t.Errorf("what was sent did not arrive:\n%s", got)
	}
}
