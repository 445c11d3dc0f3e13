package api_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestActivityTimes(t *testing.T) {
	l := newLab(t)
	for _, c := range []struct {
		name       string
		send, want object
	}{
		{"no date", object{}, object{"due_date": nil, "due_time": nil, "duration": nil, "source_timezone": nil}},
		{
			"a time is UTC, on the wall clock of the user", object{"due_date": "2026-12-01", "due_time": "08:00", "duration": "01:30"},
			object{"due_date": "2026-12-01", "due_time": "08:00", "duration": "01:30", "source_timezone": "Europe/Helsinki"},
		},
		{
			"late in the evening in New York is the next day in UTC", object{"due_date": "2026-07-02", "due_time": "02:30", "duration": "00:45", "source_timezone": "America/New_York"},
			object{"due_date": "2026-07-02", "due_time": "02:30", "duration": "00:45", "source_timezone": "America/New_York"},
		},
		{
			"a whole day is never shifted", object{"due_date": "2026-12-01", "source_timezone": "Pacific/Auckland"},
			object{"due_date": "2026-12-01", "due_time": nil, "duration": nil, "source_timezone": nil},
		},
		{"several whole days", object{"due_date": "2026-12-01", "duration": "72:00"}, object{"due_date": "2026-12-01", "due_time": nil, "duration": "72:00"}},
		{
			"a series with a date taken out and one added",
			object{
				"due_date": "2026-12-01", "due_time": "08:00", "duration": "00:30", "rec_rule": "FREQ=WEEKLY;COUNT=4",
				"rec_rule_extension": "EXDATE;TZID=Europe/Helsinki:20261208T100000\nRDATE;TZID=Europe/Helsinki:20261210T100000",
			},
			object{
				"rec_rule":           "FREQ=WEEKLY;COUNT=4",
				"rec_rule_extension": "RDATE;TZID=Europe/Helsinki:20261210T100000\nEXDATE;TZID=Europe/Helsinki:20261208T100000",
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.send["subject"] = c.name
			made := l.ok("alice", "POST", "/api/v2/activities", c.send)
			for field, want := range c.want {
				if diff := cmp.Diff(want, made[field]); diff != "" {
					t.Errorf("%s: %s", field, diff)
				}
			}
			read := l.ok("alice", "GET", fmt.Sprintf("/api/v2/activities/%v?include_fields=attendees", made["id"]), nil)
			if diff := cmp.Diff(made, read); diff != "" {
				t.Errorf("read again: %s", diff)
			}
		})
	}
}

func TestPatchKeepsWhatItDoesNotName(t *testing.T) {
	l := newLab(t)
	made := l.ok("alice", "POST", "/api/v2/activities", object{
		"subject": "Call Bob", "due_date": "2026-12-01", "due_time": "08:00", "duration": "01:30", "note": "<b>hello</b>", "private": true,
	})
	path := fmt.Sprintf("/api/v2/activities/%v", made["id"])
	for _, c := range []struct{ patch, want object }{
		{object{"due_time": "09:15"}, object{"due_date": "2026-12-01", "due_time": "09:15", "duration": "01:30"}},
		{object{"source_timezone": "Asia/Tokyo"}, object{"due_time": "09:15", "duration": "01:30", "source_timezone": "Asia/Tokyo"}},
		{object{"due_time": nil}, object{"due_date": "2026-12-01", "due_time": nil, "duration": nil}},
		{object{"due_date": "2026-12-03"}, object{"due_date": "2026-12-03", "due_time": nil}},
		{object{"due_date": nil}, object{"due_date": nil, "due_time": nil}},
		{object{"done": true}, object{"done": true, "subject": "Call Bob", "note": "<b>hello</b>", "private": true}},
	} {
		got := l.ok("alice", "PATCH", path, c.patch)
		for field, want := range c.want {
			if diff := cmp.Diff(want, got[field]); diff != "" {
				t.Errorf("after %v: %s: %s", c.patch, field, diff)
			}
		}
	}
}

func TestRefusals(t *testing.T) {
	l := newLab(t)
	private := l.ok("alice", "POST", "/api/v2/activities", object{"subject": "Doctor", "private": true, "due_date": "2026-12-01"})
	path := fmt.Sprintf("/api/v2/activities/%v", private["id"])
	for _, c := range []struct {
		name, who, method, path string
		body                    any
		status                  int
	}{
		{"nobody", "", "GET", "/api/v2/activities", nil, 401},
		{"an unknown token", "stranger", "GET", "/api/v2/activities", nil, 401},
		{"an activity that is not there", "alice", "GET", "/api/v2/activities/999", nil, 404},
		{"no number", "alice", "GET", "/api/v2/activities/abc", nil, 404},
		{"an unknown path", "alice", "GET", "/api/v2/leads", nil, 404},
		{"a time without date", "alice", "POST", "/api/v2/activities", object{"due_time": "10:00"}, 400},
		{"a date that does not exist", "alice", "POST", "/api/v2/activities", object{"due_date": "2026-02-30"}, 400},
		{"25 o'clock", "alice", "POST", "/api/v2/activities", object{"due_date": "2026-02-20", "due_time": "25:00"}, 400},
		{"an unknown zone", "alice", "POST", "/api/v2/activities", object{"due_date": "2026-02-20", "due_time": "10:00", "source_timezone": "Mars/Base"}, 400},
		{"a field that is not known", "alice", "POST", "/api/v2/activities", object{"subjekt": "x"}, 400},
		{"a type that does not exist", "alice", "POST", "/api/v2/activities", object{"type": "dance"}, 400},
		{"an owner who does not exist", "alice", "POST", "/api/v2/activities", object{"owner_id": 77}, 400},
		{"a rule without end or sense", "alice", "POST", "/api/v2/activities", object{"due_date": "2026-02-20", "rec_rule": "FREQ=NEVER"}, 400},
		{"broken JSON", "alice", "POST", "/api/v2/activities", `{"subject":`, 400},
		{"null instead of an activity", "alice", "POST", "/api/v2/activities", `null`, 400},
		{"bytes that are no UTF-8", "alice", "POST", "/api/v2/activities", "{\"subject\":\"\xff\"}", 400},
		{"two JSON values", "alice", "POST", "/api/v2/activities", `{} {}`, 400},
		{"too large", "alice", "POST", "/api/v2/activities", `{"note":"` + strings.Repeat("x", 3<<20) + `"}`, 413},
		{"a page of a thousand", "alice", "GET", "/api/v2/activities?limit=1000", nil, 400},
		{"an invented cursor", "alice", "GET", "/api/v2/activities?cursor=xyz", nil, 400},
		{"a misspelt filter", "alice", "GET", "/api/v2/activities?owner=1", nil, 400},
		{"somebody else's private activity", "bob", "PATCH", path, object{"subject": "Mine"}, 403},
		{"deleting it", "bob", "DELETE", path, nil, 403},
		{"types are for administrators", "bob", "POST", "/api/v1/activityTypes", object{"name": "Demo", "icon_key": "bell"}, 403},
		{"an icon that does not exist", "alice", "POST", "/api/v1/activityTypes", object{"name": "Demo", "icon_key": "unicorn"}, 400},
		{"webhooks", "alice", "POST", "/api/v1/webhooks", object{"subscription_url": "https://example.com"}, 501},
		{"a filter", "alice", "GET", "/api/v2/activities?filter_id=3", nil, 404},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, body := l.call(c.who, c.method, c.path, c.body)
			if status != c.status {
				t.Fatalf("status %d, want %d: %v", status, c.status, body)
			}
			if body["success"] != false || body["error"] == "" || body["error_info"] == "" {
				t.Errorf("body %v", body)
			}
		})
	}
	if status, _, _ := l.raw("alice", "POST", "/api/v2/activities", "text/plain", `{}`); status != 415 {
		t.Errorf("plain text: %d", status)
	}
}

func TestAWrongKindOfValueIsNamed(t *testing.T) {
	l := newLab(t)
	for body, want := range map[string]string{
		`{"subject":5}`:                 "subject: a number is not taken here",
		`{"location":"Helsinki"}`:       "location: a string is not taken here",
		`{"location":{"value":["x"]}}`:  "location.value: an array is not taken here",
		`[1]`:                           "an object is expected",
		`{"due_date":"2026-01-02" oops`: "invalid character",
	} {
		status, got := l.call("alice", "POST", "/api/v2/activities", body)
		said, _ := got["error"].(string)
		if status != 400 || !strings.Contains(said, want) || strings.Contains(said, "Go ") || strings.Contains(said, "Wish") {
			t.Errorf("%s: %d %q", body, status, said)
		}
	}
}

func TestPrivateDetailsAreMasked(t *testing.T) {
	l := newLab(t)
	l.ok("alice", "POST", "/api/v2/activities", object{
		"subject": "Doctor", "note": "knee", "public_description": "knee", "location": object{"value": "Clinic"}, "private": true,
		"due_date": "2026-12-01", "due_time": "08:00", "duration": "01:00", "attendees": []object{{"email": "dr@example.com"}},
	})
	_, raw, _ := l.raw("bob", "GET", "/api/v2/activities?include_fields=attendees", "", nil)
	for _, word := range []string{"Doctor", "knee", "Clinic", "dr@example.com", `"call"`} {
		if strings.Contains(string(raw), word) {
			t.Errorf("bob reads %q: %s", word, raw)
		}
	}
	if !strings.Contains(string(raw), `"due_time":"08:00"`) {
		t.Errorf("bob does not see when: %s", raw)
	}
}

func TestPagesLoseNothing(t *testing.T) {
	l := newLab(t)
	for i := range 7 {
		l.ok("alice", "POST", "/api/v2/activities", object{"subject": fmt.Sprint(i), "due_date": "2026-12-01"})
	}
	for _, sort := range []string{"id", "update_time", "add_time", "due_date"} {
		seen, cursor, pages := map[any]int{}, "", 0
		for {
			_, page := l.call("alice", "GET", "/api/v2/activities?limit=3&sort_direction=desc&sort_by="+sort+"&cursor="+cursor, nil)
			for _, i := range page["data"].([]any) {
				seen[i.(object)["subject"]]++
			}
			pages++
			next := page["additional_data"].(object)["next_cursor"]
			if next == nil {
				break
			}
			cursor = next.(string)
		}
		if len(seen) != 7 || pages != 3 {
			t.Errorf("%s: %d pages with %v", sort, pages, seen)
		}
	}
}

func TestSoftDelete(t *testing.T) {
	l := newLab(t)
	made := l.ok("alice", "POST", "/api/v2/activities", object{"subject": "gone", "due_date": "2026-12-01"})
	path := fmt.Sprintf("/api/v2/activities/%v", made["id"])
	if got := l.ok("alice", "DELETE", path, nil); got["id"] != made["id"] {
		t.Errorf("answer %v", got)
	}
	if got := l.ok("alice", "GET", path, nil); got["is_deleted"] != true {
		t.Errorf("is_deleted is %v", got["is_deleted"])
	}
	_, list := l.call("alice", "GET", "/api/v2/activities", nil)
	if n := len(list["data"].([]any)); n != 0 {
		t.Errorf("the list has %d", n)
	}
	if status, _ := l.call("alice", "PATCH", path, object{"subject": "back"}); status != 404 {
		t.Errorf("PATCH of a deleted one: %d", status)
	}
}

func TestLinkedThings(t *testing.T) {
	l := newLab(t)
	org := l.ok("alice", "POST", "/api/v2/organizations", object{"name": "Acme Oy", "address": object{"value": "Kalevankatu 1"}})
	person := l.ok("alice", "POST", "/api/v2/persons", object{"name": "Carol", "org_id": org["id"], "emails": []object{
		{"value": "c2@example.com"}, {"value": "carol@example.com", "primary": true},
	}})
	deal := l.ok("alice", "POST", "/api/v2/deals", object{"title": "Big one", "person_id": person["id"], "value": 12.5, "currency": "EUR"})
	made := l.ok("alice", "POST", "/api/v2/activities", object{
		"deal_id": deal["id"], "org_id": org["id"], "participants": []object{{"person_id": person["id"], "primary": true}},
		"attendees": []object{{"email": "Carol@example.com", "name": "Carol", "status": "accepted"}, {"email": "bob@example.com"}},
	})
	if made["deal_id"] != deal["id"] || made["person_id"] != person["id"] || made["org_id"] != org["id"] {
		t.Errorf("links: %v", made)
	}
	want := []any{
		object{"email": "bob@example.com", "name": nil, "status": nil, "is_organizer": false, "person_id": nil, "user_id": float64(l.bob.ID)},
		object{"email": "carol@example.com", "name": "Carol", "status": "accepted", "is_organizer": false, "person_id": person["id"], "user_id": nil},
	}
	if diff := cmp.Diff(want, made["attendees"]); diff != "" {
		t.Error(diff)
	}
	emails := person["emails"].([]any)
	if emails[0].(object)["value"] != "carol@example.com" || emails[0].(object)["primary"] != true {
		t.Errorf("emails %v", emails)
	}
	patched := l.ok("alice", "PATCH", fmt.Sprintf("/api/v2/deals/%v", deal["id"]), object{"status": "won"})
	if patched["status"] != "won" || patched["title"] != "Big one" {
		t.Errorf("deal %v", patched)
	}
	for _, kind := range []string{"organizations", "persons", "deals"} {
		_, list := l.call("alice", "GET", "/api/v2/"+kind+"?limit=1", nil)
		id := list["data"].([]any)[0].(object)["id"]
		l.ok("alice", "DELETE", fmt.Sprintf("/api/v2/%s/%v", kind, id), nil)
		if _, list = l.call("alice", "GET", "/api/v2/"+kind, nil); len(list["data"].([]any)) != 0 {
			t.Errorf("%s are left: %v", kind, list)
		}
	}
}
