package house_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"tahti/internal/account"
	"tahti/internal/calendar"
	"tahti/internal/connection"
	"tahti/internal/engine"
	"tahti/internal/hub"
	"tahti/internal/icalendar"
	"tahti/internal/provider"
	"tahti/internal/realserver"
	"tahti/internal/recur"
	"tahti/internal/store"
)

// heldBy are the rows of the table of promises in docs/providers.md, and the tests that hold them on each real server.
var heldBy = map[string]string{
	"create does not overwrite":  "provider/caldav TestRealServers: creating twice under one key makes one item; realGuard",
	"update does not overwrite":  "provider/caldav TestRealServers: an update planned on an old version is a conflict; realGuard",
	"delete spares a newer edit": "provider/caldav TestRealServers: a removal planned on an old version is a conflict; realGuard",
	"create, edit, delete on either side show on the other after one run":          "realBothWays",
	"override, cancelled occurrence, moved series, all-day, zones come back exact": "realSeries, realMoved, realStrangers",
	"what Tahti does not know stays as it was":                                     "realUnknown",
	"two quiet runs write nothing":                                                 "quiet, after each of them",
	"a quiet run is one request":                                                   "quiet, after each of them",
	"deletions are seen at once":                                                   "realBothWays, realForgotten",
	"nobody is mailed or invited by sync":                                          "realGuests",
	"a calendar that cannot be written is told":                                    "realReadOnly",
	"a wrong password is told":                                                     "realPassword",
}

// promised reads the table of promises: rows by their first cell, cells by server.
func promised(t *testing.T) map[string]map[string]string {
	t.Helper()
	text, err := os.ReadFile("../../docs/providers.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(text), "\n| | Radicale ")
	table, _, ended := strings.Cut("| | Radicale "+table, "\n\n")
	if !found || !ended {
		t.Fatal("docs/providers.md has no table of promises")
	}
	var servers []string
	rows := map[string]map[string]string{}
	for i, line := range strings.Split(table, "\n") {
		cells := strings.Split(strings.Trim(line, "| "), " | ")
		switch {
		case i == 0:
			for _, c := range cells {
				name, _, _ := strings.Cut(strings.TrimSpace(c), " ")
				servers = append(servers, strings.ToLower(name))
			}
		case i > 1:
			row := map[string]string{}
			for j, cell := range cells[1:] {
				row[servers[j]] = cell
			}
			rows[cells[0]] = row
		}
	}
	return rows
}

func TestEveryPromiseIsHeldByATest(t *testing.T) {
	rows := promised(t)
	for row, cells := range rows {
		if heldBy[row] == "" {
			t.Errorf("no test holds %q: write one, and name it in heldBy", row)
		}
		if got, want := slices.Sorted(maps.Keys(cells)), slices.Sorted(slices.Values(realserver.Names())); !slices.Equal(got, want) {
			t.Errorf("%q speaks of %v, want %v", row, got, want)
		}
	}
	for row := range heldBy {
		if rows[row] == nil {
			t.Errorf("%q is no longer promised", row)
		}
	}
}

// TestPromisesOnRealServers holds the rows that TestRealServers leaves; on Xandikos and DAViCal in full runs alone.
func TestPromisesOnRealServers(t *testing.T) {
	t.Parallel()
	for _, name := range realserver.Names() {
		t.Run(name, func(t *testing.T) {
			if !realserver.InFull(name) {
				t.Skipf("%s left out: TestRealServers is its smoke test; TAHTI_TEST_SERVERS=all includes it", name)
			}
			server := realserver.Start(t, name, realserver.Options{})
			for _, c := range []struct {
				name string
				run  func(*testing.T, *realserver.Server)
			}{
				{"a wrong password is told", realPassword},
				{"writes are guarded as the table says", realGuard},
				{"what others write comes in exact", realStrangers},
				{"a moved series is moved on the other side", realMoved},
				{"a lost cursor loses no deletion", realForgotten},
				{"a read-only calendar is told", realReadOnly},
			} {
				t.Run(c.name, func(t *testing.T) { c.run(t, server) })
			}
		})
	}
}

// realGuard: what the connection found out about the server is what the table says of it.
func realGuard(t *testing.T, server *realserver.Server) {
	l, _ := realLab(t, server)
	c := l.connect(`{"start":"everything"}`)
	l.tx(func(tx engine.Tx) error {
		a, err := tx.Account(t.Context(), c.Account)
		if err != nil {
			return err
		}
		remote, err := l.house.Runner.Remote(l.who.Company, c, a)
		if err != nil {
			return err
		}
		guarded := remote.Capabilities().Guard == provider.GuardFull
		for _, row := range []string{"create does not overwrite", "update does not overwrite", "delete spares a newer edit"} {
			if cell := promised(t)[row][server.Name]; guarded != (cell == "guarded") || !guarded && cell != "read-back" {
				t.Errorf("%s: %q, and the connection holds it for guarded: %t", row, cell, guarded)
			}
		}
		return nil
	})
}

// strangers are items as other clients write them: with a zone of their own making, and whole series in one object.
var strangers = map[string]string{
	"helsinki": "BEGIN:VEVENT\r\nUID:helsinki\r\nDTSTAMP:20260101T000000Z\r\nSUMMARY:helsinki\r\nDTSTART;TZID=Europe/Helsinki:20261019T093000\r\n" +
		"DTEND;TZID=Europe/Helsinki:20261019T103000\r\nRRULE:FREQ=WEEKLY;COUNT=8\r\nEXDATE;TZID=Europe/Helsinki:20261102T093000\r\nEND:VEVENT\r\n" +
		"BEGIN:VEVENT\r\nUID:helsinki\r\nDTSTAMP:20260101T000000Z\r\nSUMMARY:helsinki\r\nRECURRENCE-ID;TZID=Europe/Helsinki:20261109T093000\r\n" +
		"DTSTART;TZID=Europe/Helsinki:20261110T140000\r\nDTEND;TZID=Europe/Helsinki:20261110T150000\r\nEND:VEVENT\r\n",
	"days": "BEGIN:VEVENT\r\nUID:days\r\nDTSTAMP:20260101T000000Z\r\nSUMMARY:days\r\nDTSTART;VALUE=DATE:20261224\r\nDTEND;VALUE=DATE:20261227\r\nEND:VEVENT\r\n",
	"tokyo": "BEGIN:VEVENT\r\nUID:tokyo\r\nDTSTAMP:20260101T000000Z\r\nSUMMARY:tokyo\r\nDTSTART;TZID=Asia/Tokyo:20261020T083000\r\n" +
		"DTEND;TZID=Asia/Tokyo:20261020T093000\r\nRRULE:FREQ=DAILY;COUNT=4\r\nEND:VEVENT\r\n",
	"sydney": "BEGIN:VEVENT\r\nUID:sydney\r\nDTSTAMP:20260101T000000Z\r\nSUMMARY:sydney\r\nDTSTART;TZID=Australia/Sydney:20261001T083000\r\n" +
		"DTEND;TZID=Australia/Sydney:20261001T093000\r\nRRULE:FREQ=WEEKLY;BYDAY=TH;COUNT=3\r\nEND:VEVENT\r\n",
}

const (
	helsinkiZone = "BEGIN:VTIMEZONE\r\nTZID:Europe/Helsinki\r\nBEGIN:STANDARD\r\nDTSTART:19701025T040000\r\nTZOFFSETFROM:+0300\r\nTZOFFSETTO:+0200\r\n" +
		"RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\nEND:STANDARD\r\nBEGIN:DAYLIGHT\r\nDTSTART:19700329T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0300\r\n" +
		"RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\n"
	tokyoZone = "BEGIN:VTIMEZONE\r\nTZID:Asia/Tokyo\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0900\r\nTZOFFSETTO:+0900\r\n" +
		"END:STANDARD\r\nEND:VTIMEZONE\r\n"
	sydneyZone = "BEGIN:VTIMEZONE\r\nTZID:Australia/Sydney\r\nBEGIN:STANDARD\r\nDTSTART:20080406T030000\r\nTZOFFSETFROM:+1100\r\nTZOFFSETTO:+1000\r\n" +
		"RRULE:FREQ=YEARLY;BYMONTH=4;BYDAY=1SU\r\nEND:STANDARD\r\nBEGIN:DAYLIGHT\r\nDTSTART:20081005T020000\r\nTZOFFSETFROM:+1000\r\nTZOFFSETTO:+1100\r\n" +
		"RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=1SU\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\n"
)

// instants are when the strangers take place, worked out by hand: in UTC, across the ends of summer time.
var instants = map[string][]string{
	"helsinki": {"1019T0630", "1026T0730", "1110T1200", "1116T0730", "1123T0730", "1130T0730", "1207T0730"},
	"days":     {"1223T2200"}, // midnight in Helsinki, where the person lives
	"tokyo":    {"1019T2330", "1020T2330", "1021T2330", "1022T2330"},
	"sydney":   {"0930T2230", "1007T2130", "1014T2130"},
}

func realStrangers(t *testing.T, server *realserver.Server) {
	l, collection := realLab(t, server)
	c := l.connect(`{"start":"everything"}`)
	zones := map[string]string{"helsinki": helsinkiZone, "tokyo": tokyoZone, "sydney": sydneyZone}
	for name, body := range strangers {
		server.Put("alice", collection+name+".ics", "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example//client//EN\r\n"+zones[name]+body+"END:VCALENDAR\r\n")
	}
	l.sync(c.ID)
	l.begins(instants)
	l.quiet(c.ID)
}

// begins demands that the CRM has exactly these items, at these instants.
func (l *lab) begins(want map[string][]string) {
	l.t.Helper()
	list := l.all()
	if len(list) != len(want) {
		l.t.Errorf("%d activities, want %d", len(list), len(want))
	}
	for _, a := range list {
		got := starts(l.t, a.Plan)
		if !slices.Equal(got, want[a.Plan.Subject]) {
			l.t.Errorf("%s begins at %v, want %v", a.Plan.Subject, got, want[a.Plan.Subject])
		}
	}
}

// realMoved: a whole series is moved by another client, with the names of its occurrences, and the CRM's moves with it;
// then it is moved here, and the calendar's follows.
func realMoved(t *testing.T, server *realserver.Server) {
	l, collection := realLab(t, server)
	c := l.connect(`{"start":"everything"}`)
	body := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example//client//EN\r\n" + helsinkiZone + strangers["helsinki"] + "END:VCALENDAR\r\n"
	server.Put("alice", collection+"helsinki.ics", body)
	l.sync(c.ID)
	settled(server)
	later := strings.NewReplacer("T093000", "T113000", "T103000", "T123000").Replace(l.remoteBodies(server)[0].Body)
	server.Put("alice", collection+"helsinki.ics", later)
	l.sync(c.ID)
	l.begins(map[string][]string{"helsinki": {"1019T0830", "1026T0930", "1110T1200", "1116T0930", "1123T0930", "1130T0930", "1207T0930"}})
	l.quiet(c.ID)
	a := l.all()[0]
	l.tx(func(tx engine.Tx) error {
		to := a.Clone()
		to.Plan.Start.Wall += 3600
		to.Plan.End.Wall += 3600
		_, err := l.house.Hub.Update(t.Context(), tx, hub.By(l.who.User), a.ID, hub.Change{Base: a.Revision, Fields: []string{"when"}, To: to})
		return err
	})
	settled(server)
	l.sync(c.ID)
	d, problem := icalendar.Decode([]byte(l.remoteBodies(server)[0].Body), icalendar.Options{})
	if problem != nil {
		t.Fatal(problem)
	}
	want := []string{"1019T0930", "1026T1030", "1110T1200", "1116T1030", "1123T1030", "1130T1030", "1207T1030"}
	if got := starts(t, d.Event); !slices.Equal(got, want) {
		t.Errorf("moved here, it begins there at %v, want %v", got, want)
	}
	l.quiet(c.ID)
}

// starts are the instants at which an event begins; days begin in Helsinki.
func starts(t *testing.T, e calendar.Event) (list []string) {
	t.Helper()
	helsinki, err := time.LoadLocation("Europe/Helsinki")
	if err != nil {
		t.Fatal(err)
	}
	from, to := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	all, _, err := recur.Expand(&e, from, to, helsinki, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range all {
		list = append(list, o.Start.UTC().Format("0102T1504"))
	}
	slices.Sort(list)
	return list
}

// realForgotten: the server no longer knows where we were. What was deleted meanwhile is seen, at the latest by the daily
// sweep, and nothing comes back or is doubled.
func realForgotten(t *testing.T, server *realserver.Server) {
	l, collection := realLab(t, server)
	c := l.connect(`{"start":"everything"}`)
	for _, name := range []string{"stays", "goes"} {
		server.Put("alice", collection+name+".ics", string(object(name, name, calendar.WallOf(2026, 12, 2, 8, 0, 0))))
	}
	l.sync(c.ID)
	settled(server)
	server.Delete("alice", collection+"goes.ics")
	l.change(c.ID, func(c *store.Connection) {
		var cursor map[string]string
		if err := json.Unmarshal([]byte(c.Cursor), &cursor); err != nil || cursor["token"] == "" {
			t.Fatalf("cursor %s: %v", c.Cursor, err)
		}
		cursor["token"] = digit.ReplaceAllString(cursor["token"], "1")
		b, err := json.Marshal(cursor)
		if err != nil {
			t.Fatal(err)
		}
		c.Cursor = string(b)
	})
	l.sync(c.ID)
	if promised(t)["deletions are seen at once"][server.Name] != "yes" {
		l.change(c.ID, func(c *store.Connection) { c.Audited = time.Time{} })
		l.sync(c.ID)
	}
	if list := l.all(); len(list) != 1 || list[0].Plan.Subject != "stays" {
		t.Errorf("the CRM holds %v", list)
	}
	if items := l.remoteBodies(server); len(items) != 1 {
		t.Errorf("the server holds %d items", len(items))
	}
}

var digit = regexp.MustCompile(`[0-9]`)

func (l *lab) change(id store.ID, f func(*store.Connection)) {
	l.t.Helper()
	l.tx(func(tx engine.Tx) error {
		c, err := tx.Connection(l.t.Context(), id)
		if err != nil {
			return err
		}
		f(&c)
		return tx.PutConnection(l.t.Context(), &c)
	})
}

// realReadOnly: where a calendar can be read-only, connecting it tells, and nothing is sent there.
func realReadOnly(t *testing.T, server *realserver.Server) {
	address := server.ReadOnlyURL("alice")
	if says := promised(t)["a calendar that cannot be written is told"][server.Name]; (says == "yes") != (address != "") {
		t.Fatalf("the table says %q, and the read-only calendar is %q", says, address)
	}
	if address == "" {
		t.Skip("one person, who may write everything")
	}
	l := newHouse(t)
	user := server.User("alice")
	l.sign = account.Credentials{URL: address, Username: user.Name, Password: user.Password}
	c, err := l.house.Connections.Connect(t.Context(), l.who, connection.Request{
		Provider: "caldav", Sign: l.sign, Calendar: address, Settings: json.RawMessage(`{"start":"everything"}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	if c.Writable {
		t.Error("the connection says that the calendar can be written")
	}
	l.add("Call Bob", calendar.WallOf(2026, 12, 1, 8, 0, 0))
	if run := l.sync(c.ID); run.State != "done" || len(l.waiting(c.ID)) != 0 {
		t.Errorf("%+v, waiting %+v", run, l.waiting(c.ID))
	}
}

func realPassword(t *testing.T, server *realserver.Server) {
	l, _ := realLab(t, server)
	l.sign.Password = "wrong"
	_, err := l.house.Accounts.Discover(t.Context(), "caldav", l.sign)
	e, ok := errors.AsType[*provider.Error](err)
	told := ok && e.Code == provider.CodeWrongPassword
	if says := promised(t)["a wrong password is told"][server.Name]; (says == "yes") != told {
		t.Errorf("the table says %q, and what was told is %v", says, fmt.Sprint(err))
	}
}
