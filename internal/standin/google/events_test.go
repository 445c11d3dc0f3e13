package google_test

import (
	"strings"
	"testing"

	"tahti/internal/standin/google"
)

func TestAnEventIsMadeReadChangedAndDeleted(t *testing.T) {
	r := newRig(t, google.Options{})
	made := r.want(200, r.insert(`"id":"crm0001","location":"Town"`))
	if made.at("start.dateTime") != "2026-01-06T09:00:00+02:00" || made.at("start.timeZone") != "Europe/Helsinki" || made.at("status") != "confirmed" ||
		made.at("organizer.self") != true || made.at("iCalUID") != "crm0001@google.com" || made.at("eventType") != "default" {
		t.Errorf("made %s", made.text)
	}
	tag := made.at("etag").(string)
	same := r.want(304, r.do("GET", events+"/crm0001", "", "If-None-Match: "+tag))
	if same.text != "" {
		t.Errorf("304 with %q", same.text)
	}
	r.now = r.now.Add(1e9)
	after := r.want(200, r.do("PATCH", events+"/crm0001", `{"summary":"Other"}`, "If-Match: "+tag))
	if after.at("summary") != "Other" || after.at("location") != "Town" || after.at("etag") == tag || after.at("updated") == made.at("updated") {
		t.Errorf("patched %s", after.text)
	}
	r.want(412, r.do("PATCH", events+"/crm0001", `{"summary":"Late"}`, "If-Match: "+tag))
	put := r.want(200, r.do("PUT", events+"/crm0001", timed("")))
	if put.at("location") != nil || put.at("summary") != "Plan" {
		t.Errorf("put %s", put.text)
	}
	r.want(204, r.do("DELETE", events+"/crm0001", ""))
	r.want(410, r.do("DELETE", events+"/crm0001", ""))
	gone := r.want(200, r.do("GET", events+"/crm0001", ""))
	if gone.at("status") != "cancelled" || gone.at("summary") != "Plan" {
		t.Errorf("deleted %s", gone.text)
	}
	r.want(409, r.insert(`"id":"crm0001"`))
	r.want(403, r.do("PUT", events+"/crm0001", timed("")))
	back := r.want(200, r.do("PATCH", events+"/crm0001", `{"status":"confirmed","summary":"Back"}`))
	if back.at("summary") != "Back" {
		t.Errorf("restored %s", back.text)
	}
}

func TestTimesAreAnsweredOnTheReadersClock(t *testing.T) {
	r := newRig(t, google.Options{})
	r.want(200, r.do("POST", events, `{"id":"other","start":{"dateTime":"2026-01-06T09:00:00","timeZone":"America/New_York"},"end":{"dateTime":"2026-01-06T15:00:00Z"}}`))
	a := r.do("GET", events+"/other", "")
	if a.at("start.dateTime") != "2026-01-06T16:00:00+02:00" || a.at("start.timeZone") != "America/New_York" || a.at("end.dateTime") != "2026-01-06T17:00:00+02:00" {
		t.Errorf("%s", a.text)
	}
	if a = r.do("GET", events+"/other?timeZone=Asia/Tokyo", ""); a.at("start.dateTime") != "2026-01-06T23:00:00+09:00" || a.at("start.timeZone") != "America/New_York" {
		t.Errorf("%s", a.text)
	}
	r.want(400, r.do("PATCH", events+"/other", `{"start":{"date":"2026-01-06"},"end":{"date":"2026-01-07"}}`))
	a = r.want(200, r.do("PATCH", events+"/other", `{"start":{"date":"2026-01-06","dateTime":null,"timeZone":null},"end":{"date":"2026-01-07","dateTime":null}}`))
	if a.at("start.date") != "2026-01-06" || a.at("start.dateTime") != nil {
		t.Errorf("%s", a.text)
	}
}

func TestIncrementalListingsHoldWhatChanged(t *testing.T) {
	for _, empty := range []bool{false, true} {
		r := newRig(t, google.Options{Variant: google.Variant{EmptyPages: empty}})
		for _, id := range []string{"aaaaa", "bbbbb", "ccccc"} {
			r.want(200, r.insert(`"id":"`+id+`","description":"`+id+`"`))
		}
		items, token := r.list("maxResults=2")
		if len(items) != 3 || token == "" {
			t.Fatalf("%d items, token %q", len(items), token)
		}
		if items, token = r.list("syncToken=" + token); len(items) != 0 || token == "" {
			t.Errorf("nothing changed, and %s came", names(items))
		}
		r.do("PATCH", events+"/bbbbb", `{"summary":"Changed"}`)
		r.do("DELETE", events+"/aaaaa", "")
		r.insert(`"id":"ddddd","summary":"New"`)
		items, next := r.list("maxResults=1&syncToken=" + token)
		if got := names(items); got != "Changed -aaaaa New" {
			t.Errorf("changes %q", got)
		}
		if items[1]["summary"] != nil || items[1]["description"] != nil {
			t.Errorf("a deleted event says %v", items[1])
		}
		if again, _ := r.list("syncToken=" + token); names(again) != names(items) {
			t.Errorf("the same token gives %q", names(again))
		}
		if items, _ = r.list("syncToken=" + next); len(items) != 0 {
			t.Errorf("and again %q", names(items))
		}
		if items, _ = r.list(""); names(items) != "Changed Plan New" {
			t.Errorf("in full %q", names(items))
		}
		if items, _ = r.list("showDeleted=true"); names(items) != "-aaaaa Changed Plan New" {
			t.Errorf("with deleted ones %q", names(items))
		}
	}
}

func TestWhatChangesBetweenPagesIsNotLost(t *testing.T) {
	r := newRig(t, google.Options{})
	for _, id := range []string{"aaaaa", "bbbbb", "ccccc"} {
		r.insert(`"id":"` + id + `","summary":"` + id + `"`)
	}
	first := r.want(200, r.do("GET", events+"?maxResults=2", ""))
	r.do("DELETE", events+"/aaaaa", "")
	r.do("PATCH", events+"/bbbbb", `{"summary":"bbb2"}`)
	second := r.want(200, r.do("GET", events+"?maxResults=2&pageToken="+first.at("nextPageToken").(string), ""))
	if n := len(second.at("items").([]any)); n != 1 {
		t.Fatalf("%d on the second page: %s", n, second.text)
	}
	items, _ := r.list("syncToken=" + second.at("nextSyncToken").(string))
	if got := names(items); got != "-aaaaa bbb2" {
		t.Errorf("the next round has %q", got)
	}
}

func TestASeriesIsOneItemWithItsExceptions(t *testing.T) {
	r := newRig(t, google.Options{})
	master := r.want(200, r.do("POST", events, series(`"id":"series","description":"each"`)))
	if master.at("start.dateTime") != "2026-01-06T09:00:00+02:00" {
		t.Errorf("%s", master.text)
	}
	second, third := "series_20260107T070000Z", "series_20260108T070000Z"
	if a := r.want(200, r.do("GET", events+"/"+second, "")); a.at("recurringEventId") != "series" || a.at("summary") != "Daily" || a.at("recurrence") != nil ||
		a.at("originalStartTime.dateTime") != "2026-01-07T09:00:00+02:00" {
		t.Errorf("%s", a.text)
	}
	r.want(404, r.do("GET", events+"/series_20260107T080000Z", ""))
	moved := r.want(200, r.do("PATCH", events+"/"+second, `{"summary":"Moved","start":{"dateTime":"2026-01-07T12:00:00+02:00"},"end":{"dateTime":"2026-01-07T13:00:00+02:00"}}`))
	if moved.at("originalStartTime.dateTime") != "2026-01-07T09:00:00+02:00" || moved.at("id") != second {
		t.Errorf("%s", moved.text)
	}
	_, token := r.list("")
	r.want(204, r.do("DELETE", events+"/"+third, ""))
	r.want(410, r.do("DELETE", events+"/"+third, ""))
	items, _ := r.list("syncToken=" + token)
	if len(items) != 1 || items[0]["id"] != third || items[0]["status"] != "cancelled" || items[0]["recurringEventId"] != "series" || items[0]["originalStartTime"] == nil {
		t.Fatalf("%v", items)
	}
	if items, _ = r.list(""); names(items) != "Daily Moved -"+third {
		t.Errorf("in full %q", names(items))
	}
	if items, _ = r.list("singleEvents=true&orderBy=startTime"); names(items) != "Daily Moved Daily Daily" {
		t.Errorf("expanded %q", names(items))
	}
	a := r.want(200, r.do("GET", events+"/series/instances?showDeleted=true&maxResults=3", ""))
	if n := len(a.at("items").([]any)); n != 3 || a.at("nextPageToken") == nil || a.at("nextSyncToken") != nil {
		t.Errorf("instances %s", a.text)
	}
	// The series' new title reaches the exception that has a title of its own not at all, its description does.
	r.want(200, r.do("PATCH", events+"/series", `{"summary":"Renamed","description":"other"}`))
	if a = r.do("GET", events+"/"+second, ""); a.at("summary") != "Moved" || a.at("description") != "other" {
		t.Errorf("%s", a.text)
	}
	r.want(204, r.do("DELETE", events+"/series", ""))
	if items, _ = r.list(""); len(items) != 0 {
		t.Errorf("left: %q", names(items))
	}
}

func TestWindowsFilterByEndAndStart(t *testing.T) {
	r := newRig(t, google.Options{})
	r.insert(`"id":"single","summary":"Single"`) // 07:00 to 08:00 UTC on the 6th
	r.do("POST", events, series(`"id":"series"`))
	for window, want := range map[string]string{
		"timeMin=2026-01-06T08:00:00Z&timeMax=2026-01-07T07:00:00Z": "",
		"timeMin=2026-01-06T07:59:59Z&timeMax=2026-01-06T08:00:00Z": "Single Daily",
		"timeMin=2026-01-10T00:00:00Z":                              "Daily",
		"timeMax=2026-01-06T07:00:00Z":                              "",
	} {
		items, token := r.list(window)
		if got := names(items); got != want || token == "" {
			t.Errorf("%s: %q, want %q; token %q", window, got, want, token)
		}
	}
	_, token := r.list("timeMin=2026-02-01T00:00:00Z")
	r.do("PATCH", events+"/single", `{"summary":"Outside"}`)
	if items, _ := r.list("syncToken=" + token); names(items) != "Outside" {
		t.Errorf("a change outside the window: %q", names(items))
	}
}

func TestPropertiesAndTextAreSearched(t *testing.T) {
	r := newRig(t, google.Options{})
	r.insert(`"id":"aaaaa","summary":"One","extendedProperties":{"private":{"crm":"7","x":"y"},"shared":{"s":"t"}}`)
	r.insert(`"id":"bbbbb","summary":"Two","extendedProperties":{"private":{"crm":"8"}}`)
	for query, want := range map[string]string{
		"privateExtendedProperty=crm%3D7": "One", "privateExtendedProperty=crm%3D7&privateExtendedProperty=x%3Dz": "",
		"sharedExtendedProperty=s%3Dt": "One", "q=two": "Two", "iCalUID=bbbbb%40google.com": "Two",
	} {
		items, token := r.list(query)
		if got := names(items); got != want || token != "" {
			t.Errorf("%s: %q, want %q; token %q", query, got, want, token)
		}
	}
	a := r.want(200, r.do("PATCH", events+"/aaaaa", `{"extendedProperties":{"private":{"x":null,"z":"1"}}}`))
	if a.at("extendedProperties.private.crm") != "7" || a.at("extendedProperties.private.x") != nil || a.at("extendedProperties.private.z") != "1" || a.at("extendedProperties.shared.s") != "t" {
		t.Errorf("%s", a.text)
	}
}

func TestCalendarsAreListed(t *testing.T) {
	r := newRig(t, google.Options{})
	a := r.want(200, r.do("GET", "users/me/calendarList", ""))
	if strings.Count(a.text, `"calendar#calendarListEntry"`) != 2 || a.at("nextSyncToken") == nil {
		t.Errorf("%s", a.text)
	}
	one := r.want(200, r.do("GET", "users/me/calendarList/"+strings.ReplaceAll(secondary, "@", "%40"), ""))
	if one.at("summary") != "Team" || one.at("accessRole") != "owner" || one.at("primary") != nil {
		t.Errorf("%s", one.text)
	}
	r.want(404, r.do("GET", "users/me/calendarList/bob@example.com", ""))
	first := r.want(200, r.do("GET", "users/me/calendarList?maxResults=1", ""))
	second := r.want(200, r.do("GET", "users/me/calendarList?maxResults=1&pageToken="+first.at("nextPageToken").(string), ""))
	if second.at("nextPageToken") != nil || !strings.Contains(second.text, secondary) {
		t.Errorf("%s", second.text)
	}
	if again := r.want(200, r.do("GET", "users/me/calendarList?syncToken="+a.at("nextSyncToken").(string), "")); len(again.at("items").([]any)) != 0 {
		t.Errorf("%s", again.text)
	}
}

func TestFieldsAreSelected(t *testing.T) {
	r := newRig(t, google.Options{})
	r.insert(`"id":"aaaaa"`)
	a := r.want(200, r.do("GET", events+"?fields=items(id,start/dateTime),nextSyncToken", ""))
	if len(a.body) != 2 || !strings.Contains(a.text, `{"id":"aaaaa","start":{"dateTime":"2026-01-06T09:00:00+02:00"}}`) {
		t.Errorf("%s", a.text)
	}
	r.want(400, r.do("GET", events+"?fields=items(id", ""))
}

func TestDeletedEventsDisappearInTheEnd(t *testing.T) {
	r := newRig(t, google.Options{})
	r.want(200, r.do("POST", events, series(`"id":"series"`)))
	r.want(200, r.do("PATCH", events+"/series_20260107T070000Z", `{"summary":"x"}`))
	r.want(200, r.insert(`"id":"aaaaa"`))
	_, before := r.list("")
	r.want(204, r.do("DELETE", events+"/series", ""))
	_, told := r.list("syncToken=" + before)
	if err := r.google.Purge("alice@example.com"); err != nil {
		t.Fatal(err)
	}
	r.want(404, r.do("GET", events+"/series", ""))
	r.want(404, r.do("GET", events+"/series_20260107T070000Z", ""))
	r.want(409, r.do("POST", events, series(`"id":"series"`)))
	if items, _ := r.list("showDeleted=true"); names(items) != "Plan" {
		t.Errorf("there are %q", names(items))
	}
	// Who has heard of the deletion goes on; who has not begins again.
	if items, _ := r.list("syncToken=" + told); len(items) != 0 {
		t.Errorf("told are %q", names(items))
	}
	r.want(410, r.do("GET", events+"?syncToken="+before, ""))
}
