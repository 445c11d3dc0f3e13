package api_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"tahti/internal/connection"
)

func (l *lab) own(who, method, path string, body any) object {
	l.Helper()
	return l.ok(who, method, "/api/tahti/v1"+path, body)
}

func (l *lab) credentials() object {
	return object{"url": l.calURL, "username": "alice@example.com", "password": "secret"}
}

// connect makes a connection of alice's to the stand-in.
func (l *lab) connect(settings object) object {
	l.Helper()
	if settings == nil {
		settings = object{}
	}
	found := l.own("alice", "POST", "/accounts/discover", object{
		"provider": "caldav", "url": l.calURL, "username": "alice@example.com", "password": "secret",
	})
	calendar := found["calendars"].([]any)[0].(object)
	return l.own("alice", "POST", "/connections", object{
		"provider": "caldav", "account": l.credentials(), "calendar": calendar["id"], "settings": settings,
	})
}

func (l *lab) sync(connection any) object {
	l.Helper()
	run := l.own("alice", "POST", fmt.Sprintf("/connections/%v/runs", connection), object{"wait": true})
	if run["state"] != "done" {
		l.Fatalf("run: %v", run)
	}
	return run
}

func TestConnectSyncAndLookAround(t *testing.T) {
	l := newLab(t)
	c := l.connect(object{"start": "everything", "types_out": nil})
	path := fmt.Sprintf("/connections/%v", c["id"])
	if c["state"] != "active" || c["settings"].(object)["start"] != "everything" {
		t.Fatalf("connection %v", c)
	}
	made := l.ok("alice", "POST", "/api/v2/activities", object{
		"subject": "Call Bob", "due_date": "2026-12-01", "due_time": "08:00", "duration": "01:00", "rec_rule": "FREQ=DAILY;COUNT=3",
	})
	run := l.sync(c["id"])
	events, err := l.calendar.Events("alice@example.com", "calendar")
	must(t, err)
	if len(events) != 1 {
		t.Fatalf("%d events after %v", len(events), run)
	}
	if got := l.own("alice", "GET", path, nil); got["counts"].(object)["linked"] != 1.0 {
		t.Errorf("counts %v", got["counts"])
	}
	explain := l.own("alice", "GET", fmt.Sprintf("/activities/%v/explain?connection=%v", made["id"], c["id"]), nil)
	if explain["in_sync"] != true {
		t.Errorf("explain %v", explain)
	}
	dry := l.own("alice", "POST", path+"/runs", object{"dry_run": true})
	if dry["id"] == nil || dry["kind"] != "dry_run" || dry["requests"] == nil || dry["requests"].(float64) < 1 {
		t.Errorf("the dry run is %v, and cannot be found again", dry)
	}
	if got := l.own("alice", "GET", path, nil); got["counts"].(object)["would_mail"] != nil || got["health"].(object)["last_run"] == nil {
		t.Errorf("a dry run is taken for the last run: %v", got)
	}
	if listed := l.own("alice", "GET", path+"/runs?limit=1", nil)["runs"].([]any)[0].(object); listed["id"] != dry["id"] {
		t.Errorf("the newest run listed is %v, want the dry run", listed)
	}
	if dry["counts"].(object)["would_mail"] != 0.0 || dry["counts"].(object)["created_in_calendar"] != 0.0 {
		t.Errorf("dry run %v", dry)
	}
	if runs := l.own("alice", "GET", path+"/runs", nil)["runs"].([]any); len(runs) == 0 {
		t.Error("no runs are listed")
	}
	for _, p := range []string{path + "/work", path + "/history", "/conflicts", "/holds", "/accounts", "/connections", "/status"} {
		l.own("alice", "GET", p, nil)
	}
	if got := l.own("alice", "POST", path+"/pause", nil); got["state"] != "paused" {
		t.Errorf("paused: %v", got["state"])
	}
	if got := l.own("alice", "POST", path+"/resume", nil); got["state"] != "active" {
		t.Errorf("resumed: %v", got["state"])
	}
	if got := l.own("alice", "POST", "/stop-all", nil); got["stopped"] != true {
		t.Errorf("stop-all: %v", got)
	}
	if got := l.own("alice", "GET", "/status", nil); got["stopped"] != true {
		t.Errorf("status: %v", got)
	}
	l.own("alice", "POST", "/resume-all", nil)
	if got := l.own("alice", "POST", path+"/stop", object{"keep": false}); got["state"] != "stopped" {
		t.Errorf("stopped: %v", got)
	}
	if events, _ := l.calendar.Events("alice@example.com", "calendar"); len(events) != 0 {
		t.Errorf("%d events are left", len(events))
	}
}

// TestAnAdministratorConfirmsAfterARestore goes the whole way: held, refused unseen, seen, confirmed.
func TestAnAdministratorConfirmsAfterARestore(t *testing.T) {
	l := newLab(t)
	c := l.connect(object{"start": "everything"})
	l.sync(c["id"])
	must(t, l.house.Connections.HoldAll(l.Context(), l.company, connection.Restored))
	path := fmt.Sprintf("/connections/%v", c["id"])
	if got := l.own("alice", "GET", path, nil); got["state"] != "held" || got["reason"] != "restored" {
		t.Fatalf("%v", got)
	}
	hold := l.own("alice", "GET", "/holds", nil)["holds"].([]any)[0].(object)
	if hold["kind"] != "restore" || !strings.Contains(hold["why"].(string), "restored or copied") {
		t.Errorf("hold %v", hold)
	}
	confirm := fmt.Sprintf("/api/tahti/v1/holds/%v/confirm", hold["id"])
	if status, p := l.call("alice", "POST", confirm, nil); status != 409 || p["code"] != "look_first" || p["next"] == "" {
		t.Errorf("confirmed unseen: %d %v", status, p)
	}
	if status, p := l.call("bob", "POST", confirm, nil); status != 403 {
		t.Errorf("by somebody else: %d %v", status, p)
	}
	l.own("alice", "POST", path+"/runs", object{"dry_run": true})
	l.ok("alice", "POST", confirm, nil)
	if got := l.own("alice", "GET", path, nil); got["state"] != "active" || got["reason"] != "" {
		t.Errorf("%v", got)
	}
	l.sync(c["id"])
}

func TestHistoryUndoAndSyncOne(t *testing.T) {
	l := newLab(t)
	old := l.ok("alice", "POST", "/api/v2/activities", object{"subject": "Old", "due_date": "2026-12-01", "due_time": "08:00"})
	c := l.connect(nil)
	l.sync(c["id"])
	path := fmt.Sprintf("/activities/%v", old["id"])
	explain := l.own("alice", "GET", fmt.Sprintf("%s/explain?connection=%v", path, c["id"]), nil)
	if explain["in_sync"] != false || explain["code"] != "before_start" || explain["remedy"].(object)["action"] != "sync_one" {
		t.Fatalf("explain %v", explain)
	}
	l.own("alice", "POST", path+"/sync", object{"connection": c["id"]})
	l.sync(c["id"])
	events, err := l.calendar.Events("alice@example.com", "calendar")
	must(t, err)
	if len(events) != 1 {
		t.Fatalf("%d events", len(events))
	}
	name := events[0].Path[strings.LastIndex(events[0].Path, "/")+1:]
	must(t, l.calendar.PutRaw("alice@example.com", "calendar", name, []byte(strings.ReplaceAll(string(events[0].Body), "SUMMARY:Old", "SUMMARY:New"))))
	l.sync(c["id"])
	history := l.own("alice", "GET", fmt.Sprintf("/connections/%v/history", c["id"]), nil)["history"].([]any)
	var row object
	for _, h := range history {
		if h := h.(object); h["direction"] == "in" && h["kind"] == "update" {
			row = h
		}
	}
	if row == nil || row["after"].(object)["subject"] != "New" {
		t.Fatalf("history %v", history)
	}
	l.own("alice", "POST", fmt.Sprintf("/history/%v/undo", row["id"]), nil)
	if got := l.ok("alice", "GET", fmt.Sprintf("/api/v2/activities/%v", old["id"]), nil); got["subject"] != "Old" {
		t.Errorf("undone to %v", got["subject"])
	}
}

func TestSettingsPreview(t *testing.T) {
	l := newLab(t)
	c := l.connect(object{"start": "everything"})
	l.ok("alice", "POST", "/api/v2/activities", object{"type": "call", "due_date": "2026-12-01", "due_time": "08:00"})
	l.sync(c["id"])
	path := fmt.Sprintf("/connections/%v/settings", c["id"])
	p := l.own("alice", "PATCH", path+"?preview=true", object{"types_out": []string{"meeting"}})
	if p["narrowed"] != 1.0 || p["id"] == 0.0 {
		t.Fatalf("preview %v", p)
	}
	saved := l.own("alice", "PATCH", path, object{"types_out": []string{"meeting"}, "preview_id": p["id"], "on_narrow": "remove"})
	if saved["saved"] != true {
		t.Fatalf("saved %v", saved)
	}
	l.sync(c["id"])
	if events, _ := l.calendar.Events("alice@example.com", "calendar"); len(events) != 0 {
		t.Errorf("%d events are left", len(events))
	}
}

func TestOccurrences(t *testing.T) {
	l := newLab(t)
	made := l.ok("alice", "POST", "/api/v2/activities", object{
		"subject": "Standup", "due_date": "2026-12-01", "due_time": "08:00", "duration": "00:15", "rec_rule": "FREQ=DAILY;COUNT=4",
	})
	path := fmt.Sprintf("/activities/%v/occurrences", made["id"])
	window := "?from=2026-12-01T00:00:00Z&to=2026-12-31T00:00:00Z"
	l.own("alice", "PATCH", path+"/20261202T100000", object{"subject": "Demo", "due_time": "12:30", "duration": "01:00"})
	l.own("alice", "DELETE", path+"/20261203T100000", nil)
	l.own("alice", "PATCH", path+"/20261204T100000?scope=this", object{"done": true, "note": "went well"})
	list := l.own("alice", "GET", path+window, nil)["occurrences"].([]any)
	if len(list) != 3 {
		t.Fatalf("%d occurrences: %v", len(list), list)
	}
	second, last := list[1].(object), list[2].(object)
	if second["subject"] != "Demo" || second["start"] != "2026-12-02T12:30:00Z" || second["end"] != "2026-12-02T13:30:00Z" || second["exception"] != true {
		t.Errorf("second %v", second)
	}
	if last["done"] != true || last["note"] != "went well" || last["subject"] != "Standup" {
		t.Errorf("last %v", last)
	}
	split := l.own("alice", "PATCH", path+"/20261204T100000?scope=following", object{"subject": "Late"})
	if split["activity_id"] == made["id"] {
		t.Errorf("the series was not split: %v", split)
	}
}

func TestProblems(t *testing.T) {
	l := newLab(t)
	c := l.connect(nil)
	other := l.ok("alice", "POST", "/api/v2/activities", object{"subject": "Secret", "private": true, "due_date": "2026-12-01"})
	mine := fmt.Sprintf("/connections/%v", c["id"])
	for _, x := range []struct {
		name, who, method, path string
		body                    any
		status                  int
		code                    string
	}{
		{"nobody", "", "GET", "/connections", nil, 401, "not_signed_in"},
		{"a connection that is not there", "alice", "GET", "/connections/999", nil, 404, "not_found"},
		{"somebody else's connection", "bob", "GET", mine, nil, 403, "not_yours"},
		{"stop-all by a regular user", "bob", "POST", "/stop-all", nil, 403, "not_yours"},
		{"the same calendar twice", "alice", "POST", "/connections", object{"provider": "caldav", "account": l.credentials(), "calendar": c["calendar"]}, 409, "already_connected"},
		{"a setting that does not exist", "alice", "PATCH", mine + "/settings", object{"direction": "sideways"}, 422, "bad_setting"},
		{"ticks that are read", "alice", "PATCH", mine + "/settings", object{"done": "both"}, 422, "bad_setting"},
		{"a rule by what is not told apart", "alice", "PATCH", mine + "/settings", object{"rules": []object{{"match": "out_of_office"}}}, 422, "bad_setting"},
		{"removing without a preview that fits", "alice", "PATCH", mine + "/settings", object{"start": "everything", "preview_id": 77}, 409, "stale_preview"},
		{"resuming what is not paused", "alice", "POST", mine + "/resume", nil, 409, "wrong_state"},
		{"a wrong password", "alice", "POST", "/accounts/discover", object{"provider": "caldav", "url": l.calURL, "username": "alice@example.com", "password": "no"}, 422, "wrong_password"},
		{"a provider that does not exist", "alice", "POST", "/accounts/discover", object{"provider": "abacus"}, 422, "unknown"},
		{"an address in a forbidden network", "alice", "POST", "/accounts/discover", object{"provider": "caldav", "url": "https://10.0.0.1/", "username": "a", "password": "b"}, 422, "forbidden_network"},
		{"explaining what one may not see", "bob", "GET", fmt.Sprintf("/activities/%v/explain?connection=%v", other["id"], c["id"]), nil, 403, "not_yours"},
		{"an occurrence that is none", "alice", "PATCH", fmt.Sprintf("/activities/%v/occurrences/20300101", other["id"]), object{"subject": "x"}, 422, "no_such_occurrence"},
		{"a NUL in what is looked for", "alice", "GET", mine + "/explain?event=%00", nil, 422, "bad_text"},
		{"bytes that are no UTF-8", "alice", "PATCH", fmt.Sprintf("/activities/%v/occurrences/20261201", other["id"]), "{\"subject\":\"\xff\"}", 400, "bad_request"},
		{"a private activity of somebody else", "bob", "DELETE", fmt.Sprintf("/activities/%v/occurrences/20261201", other["id"]), nil, 403, "not_visible"},
	} {
		t.Run(x.name, func(t *testing.T) {
			status, got := l.call(x.who, x.method, "/api/tahti/v1"+x.path, x.body)
			if status != x.status || got["code"] != x.code {
				t.Fatalf("%d %v, want %d %s", status, got, x.status, x.code)
			}
			for _, field := range []string{"title", "detail"} {
				if text, _ := got[field].(string); text == "" || strings.Contains(text, "⟦") {
					t.Errorf("%s: %q", field, text)
				}
			}
		})
	}
	_, got := l.call("alice", "POST", "/api/tahti/v1/accounts/discover", object{"provider": "caldav", "url": l.calURL, "username": "alice@example.com", "password": "no"})
	finding := got["findings"].([]any)[0].(object)
	if finding["check"] != "connect" || finding["remedy"].(object)["action"] != "enter_password" || len(finding["evidence"].([]any)) == 0 {
		t.Errorf("finding %v", finding)
	}
}

func TestExportAndImport(t *testing.T) {
	l := newLab(t)
	l.ok("alice", "POST", "/api/v2/activities", object{
		"subject": "Lunch, at noon", "due_date": "2026-12-01", "due_time": "10:00", "duration": "01:00", "rec_rule": "FREQ=WEEKLY;COUNT=5",
		"rec_rule_extension": "EXDATE;TZID=Europe/Helsinki:20261208T120000",
	})
	l.ok("alice", "POST", "/api/v2/activities", object{"subject": "Holiday", "due_date": "2026-12-24", "duration": "48:00"})
	status, ics, header := l.raw("alice", "GET", "/api/tahti/v1/activities.ics", "", nil)
	if status != 200 || !strings.HasPrefix(header.Get("Content-Type"), "text/calendar") || strings.Count(string(ics), "BEGIN:VEVENT") != 2 {
		t.Fatalf("%d %v %s", status, header, ics)
	}
	broken := strings.Replace(string(ics), "END:VCALENDAR", "BEGIN:VEVENT\r\nUID:broken\r\nSUMMARY:no start\r\nEND:VEVENT\r\nEND:VCALENDAR", 1)
	for round, want := range []object{{"created": 2.0, "exists": 0.0, "failed": 1.0}, {"created": 0.0, "exists": 2.0, "failed": 1.0}} {
		status, raw, _ := l.raw("bob", "POST", "/api/tahti/v1/activities.ics", "text/calendar", broken)
		if status != 200 {
			t.Fatalf("import: %d %s", status, raw)
		}
		got := decode(t, raw)
		for k, v := range want {
			if got[k] != v {
				t.Errorf("round %d: %s is %v: %s", round, k, got[k], raw)
			}
		}
	}
	_, list := l.call("bob", "GET", fmt.Sprintf("/api/v2/activities?owner_id=%d&sort_by=due_date", l.bob.ID), nil)
	items := list["data"].([]any)
	first, second := items[0].(object), items[1].(object)
	if first["subject"] != "Lunch, at noon" || first["due_time"] != "10:00" || first["rec_rule_extension"] != "EXDATE;TZID=Europe/Helsinki:20261208T120000" {
		t.Errorf("first %v", first)
	}
	if second["due_date"] != "2026-12-24" || second["due_time"] != nil || second["duration"] != "48:00" {
		t.Errorf("second %v", second)
	}
	if status, raw, _ := l.raw("bob", "POST", "/api/tahti/v1/activities.ics", "text/calendar", "garbage"); status != 422 {
		t.Errorf("garbage: %d %s", status, raw)
	}
}

// TestImportOfEventsWithoutUID: RFC 5545 demands a UID, and files without exist; each event comes in once all the same.
func TestImportOfEventsWithoutUID(t *testing.T) {
	l := newLab(t)
	event := func(stamp, subject string) string {
		return "BEGIN:VEVENT\r\nDTSTAMP:" + stamp + "\r\nDTSTART:20261201T100000Z\r\nSUMMARY:" + subject + "\r\nEND:VEVENT\r\n"
	}
	for _, want := range []object{{"created": 2.0, "exists": 1.0, "failed": 0.0}, {"created": 0.0, "exists": 3.0, "failed": 0.0}} {
		stamp := fmt.Sprintf("2026110%.0fT000000Z", 1+want["exists"].(float64))
		file := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n" + event(stamp, "One") + event(stamp, "Two") + event(stamp, "One") + "END:VCALENDAR\r\n"
		status, raw, _ := l.raw("bob", "POST", "/api/tahti/v1/activities.ics", "text/calendar", file)
		if status != 200 {
			t.Fatalf("import: %d %s", status, raw)
		}
		got := decode(t, raw)
		for k, v := range want {
			if got[k] != v {
				t.Errorf("%s is %v, want %v: %s", k, got[k], v, raw)
			}
		}
	}
}

// TestARedirectElsewhereNeedsAConfirmation goes the way of issue 2: a finding names the host, and the call is repeated with it.
func TestARedirectElsewhereNeedsAConfirmation(t *testing.T) {
	l := newLab(t)
	moved := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, l.calURL+r.URL.Path, http.StatusPermanentRedirect)
	}))
	t.Cleanup(moved.Close)
	sign := object{"url": moved.URL, "username": "alice@example.com", "password": "secret"}
	discover := maps.Clone(sign)
	discover["provider"] = "caldav"
	const at = "/api/tahti/v1/accounts/discover"
	status, refused := l.call("alice", "POST", at, discover)
	if status != 422 || refused["code"] != "unconfirmed_redirect" {
		t.Fatalf("%d %v", status, refused)
	}
	finding := refused["findings"].([]any)[0].(object)
	remedy := finding["remedy"].(object)
	host := strings.TrimPrefix(l.calURL, "http://")
	if remedy["action"] != "confirm_host" || remedy["host"] != host || remedy["label"] != "Send my password to "+host+", too" {
		t.Errorf("remedy %v", remedy)
	}
	if n := len(l.calendar.Requests()); n != 0 {
		t.Errorf("%d requests went there before anybody agreed", n)
	}
	discover["confirm_hosts"] = []string{"other.example.org"}
	if status, _ := l.call("alice", "POST", at, discover); status != 422 {
		t.Errorf("another host was confirmed, and it answers %d", status)
	}
	discover["confirm_hosts"] = []any{remedy["host"]}
	calendars := l.ok("alice", "POST", at, discover)["calendars"].([]any)
	sign["confirm_hosts"] = discover["confirm_hosts"]
	x := l.ok("alice", "POST", "/api/tahti/v1/connections", object{
		"provider": "caldav", "account": sign, "calendar": calendars[0].(object)["id"],
	})
	// What was confirmed is remembered: a new password does not ask again.
	account := fmt.Sprintf("/api/tahti/v1/accounts/%v/reconnect", x["account_id"])
	l.ok("alice", "POST", account, object{"url": moved.URL, "password": "secret"})
}

func TestReconnectAndRevoke(t *testing.T) {
	l := newLab(t)
	c := l.connect(nil)
	path := fmt.Sprintf("/accounts/%v", c["account_id"])
	if got := l.own("alice", "POST", path+"/reconnect", object{"password": "secret"}); got["state"] != "ok" {
		t.Errorf("reconnected: %v", got)
	}
	asked := l.own("alice", "POST", path+"/revoke", object{})
	if asked["done"] != false || len(asked["connections"].([]any)) != 1 {
		t.Fatalf("asked: %v", asked)
	}
	if done := l.own("alice", "POST", path+"/revoke", object{"confirm": true}); done["done"] != true {
		t.Errorf("done: %v", done)
	}
	if got := l.own("alice", "GET", "/connections", nil)["connections"].([]any); len(got) != 0 {
		t.Errorf("still there: %v", got)
	}
}
