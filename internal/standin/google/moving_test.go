package google_test

import (
	"strings"
	"testing"
	"time"

	"tahti/internal/standin/google"
)

const team = "calendars/" + secondary + "/events"

// movingRefusals are those of import, move and calendars.
var movingRefusals = []refusalCase{
	{number: "G-06", name: "an import without iCalUID", when: func(r *rig) answer { return r.do("POST", events+"/import", timed("")) }},
	{number: "G-23", name: "an import of focus time", when: func(r *rig) answer {
		return r.do("POST", events+"/import", timed(`"iCalUID":"x","eventType":"focusTime"`))
	}},
	{number: "G-26", name: "an import with an id", when: func(r *rig) answer { return r.do("POST", events+"/import", timed(`"iCalUID":"x","id":"aaaaa"`)) }},
	{number: "G-27", name: "an import of an older state", given: func(r *rig) {
		r.want(200, r.do("POST", events+"/import", timed(`"iCalUID":"x","sequence":3`)))
	}, when: func(r *rig) answer { return r.do("POST", events+"/import", timed(`"iCalUID":"x","sequence":2`)) }},
	{number: "G-35", name: "a move by a guest", given: func(r *rig) {
		r.want(200, r.do("POST", events+"/import", timed(`"iCalUID":"x","organizer":{"email":"boss@elsewhere.example"}`)))
	}, when: func(r *rig) answer {
		items, _ := r.list("")
		return r.do("POST", events+"/"+items[0]["id"].(string)+"/move?destination="+secondary, "")
	}},
	{number: "G-36", name: "a move of one occurrence", given: func(r *rig) { r.want(200, r.do("POST", events, series(`"id":"series"`))) },
		when: func(r *rig) answer {
			return r.do("POST", events+"/series_20260107T070000Z/move?destination="+secondary, "")
		}},
	{number: "G-23", name: "a move of focus time", given: func(r *rig) { r.want(200, r.insert(`"id":"aaaaa","eventType":"focusTime"`)) },
		when: func(r *rig) answer { return r.do("POST", events+"/aaaaa/move?destination="+secondary, "") }},
	{number: "G-06", name: "a move to nowhere", given: func(r *rig) { r.want(200, r.insert(`"id":"aaaaa"`)) },
		when: func(r *rig) answer { return r.do("POST", events+"/aaaaa/move", "") }},
	{number: "G-04", name: "a move to somebody else's calendar", given: func(r *rig) { r.want(200, r.insert(`"id":"aaaaa"`)) },
		when: func(r *rig) answer { return r.do("POST", events+"/aaaaa/move?destination=bob@example.com", "") }},
	{number: "G-11", name: "a move to where the id is", given: func(r *rig) {
		r.want(200, r.insert(`"id":"aaaaa"`))
		r.want(200, r.do("POST", team, aaaaa))
	}, when: func(r *rig) answer { return r.do("POST", events+"/aaaaa/move?destination="+secondary, "") }},
	{number: "G-16", name: "calendars since, of some roles only", when: func(r *rig) answer {
		token := r.do("GET", "users/me/calendarList", "").at("nextSyncToken").(string)
		return r.do("GET", "users/me/calendarList?minAccessRole=owner&syncToken="+token, "")
	}},
	{number: "G-37", name: "the primary calendar", when: func(r *rig) answer { return r.do("DELETE", "calendars/primary", "") }},
	{number: "G-06", name: "a calendar without a title", when: func(r *rig) answer { return r.do("POST", "calendars", `{"timeZone":"UTC"}`) }},
	{number: "G-07", name: "a calendar in no zone", when: func(r *rig) answer { return r.do("POST", "calendars", `{"summary":"x","timeZone":"Nowhere"}`) }},
	{number: "G-20", name: "busy times of no time", when: func(r *rig) answer {
		return r.do("POST", "freeBusy", `{"timeMin":"2026-01-06T00:00:00Z","timeMax":"2026-01-06T00:00:00Z","items":[{"id":"primary"}]}`)
	}},
}

func TestImportFindsAnEventAgainByItsUID(t *testing.T) {
	r := newRig(t, google.Options{})
	a := r.want(200, r.do("POST", events+"/import", timed(`"iCalUID":"x@elsewhere.example","organizer":{"email":"boss@elsewhere.example"},`+guests)))
	b := r.want(200, r.do("POST", events+"/import", strings.Replace(timed(`"iCalUID":"x@elsewhere.example"`), "Plan", "Again", 1)))
	if a.at("id") != "_f106ar3jclrmgpbickn6au31dlo6op8" || a.at("id") != b.at("id") || b.at("summary") != "Again" || b.at("organizer.email") != "boss@elsewhere.example" || len(r.google.Mails()) != 0 {
		t.Errorf("%s\n%s", a.text, b.text)
	}
}

func TestAMovedEventLeavesATombstone(t *testing.T) {
	r := newRig(t, google.Options{})
	r.want(200, r.do("POST", events, series(`"id":"series"`)))
	r.want(200, r.do("PATCH", events+"/series_20260107T070000Z", `{"summary":"Moved"}`))
	_, token := r.list("")
	a := r.want(200, r.do("POST", events+"/series/move?destination="+secondary, ""))
	if a.at("organizer.email") != secondary || a.at("organizer.self") != true {
		t.Errorf("%s", a.text)
	}
	items, _ := r.list("syncToken=" + token)
	if names(items) != "-series -series_20260107T070000Z" || items[0]["start"] != nil {
		t.Errorf("%v", items)
	}
	if x := r.want(200, r.do("GET", team+"/series_20260107T070000Z", "")); x.at("summary") != "Moved" {
		t.Errorf("%s", x.text)
	}
	r.want(409, r.do("POST", events, series(`"id":"series"`)))
}

func TestCalendarsAreMadeAndRemoved(t *testing.T) {
	r := newRig(t, google.Options{})
	_, before := "", r.do("GET", "users/me/calendarList", "").at("nextSyncToken").(string)
	token, err := r.google.Grant("alice@example.com", "calendar.app.created")
	if err != nil {
		t.Fatal(err)
	}
	app := *r
	app.token = token
	made := app.want(200, app.do("POST", "calendars", `{"summary":"Tahti","description":"made"}`))
	id := made.at("id").(string)
	app.want(200, app.do("POST", "calendars/"+id+"/events", timed("")))
	app.want(403, app.do("POST", team, timed("")))
	if a := r.want(200, r.do("GET", "users/me/calendarList?syncToken="+before, "")); strings.Count(a.text, `"Tahti"`) != 1 || !strings.Contains(a.text, "Europe/Helsinki") {
		t.Errorf("%s", a.text)
	}
	if a := app.want(200, app.do("PATCH", "calendars/"+id, `{"summary":"Renamed","description":null}`)); a.at("summary") != "Renamed" || a.at("description") != nil {
		t.Errorf("%s", a.text)
	}
	app.want(204, app.do("DELETE", "calendars/"+id, ""))
	r.want(404, r.do("GET", "calendars/"+id, ""))
}

func TestBusyTimesAreMerged(t *testing.T) {
	r := newRig(t, google.Options{})
	r.insert(`"id":"aaaaa"`)
	r.insert(`"id":"bbbbb","transparency":"transparent"`)
	r.do("POST", events, `{"start":{"dateTime":"2026-01-06T07:30:00Z"},"end":{"dateTime":"2026-01-06T09:00:00Z"}}`)
	r.do("POST", events, series(`"id":"series"`))
	a := r.want(200, r.do("POST", "freeBusy", `{"timeMin":"2026-01-06T00:00:00Z","timeMax":"2026-01-08T00:00:00Z","items":[{"id":"primary"},{"id":"none"}]}`))
	want := `"busy":[{"end":"2026-01-06T09:00:00Z","start":"2026-01-06T07:00:00Z"},{"end":"2026-01-07T08:00:00Z","start":"2026-01-07T07:00:00Z"}]`
	if !strings.Contains(a.text, want) || !strings.Contains(a.text, `"notFound"`) {
		t.Errorf("%s", a.text)
	}
}

func TestChangesOfTheCalendarListAreTold(t *testing.T) {
	r := newRig(t, google.Options{})
	since := func(token string) (string, string) {
		t.Helper()
		a := r.want(200, r.do("GET", "users/me/calendarList?syncToken="+token, ""))
		var list []string
		for _, x := range a.at("items").([]any) {
			e := x.(map[string]any)
			name, _ := e["summary"].(string)
			if e["deleted"] == true {
				name = "-" + e["id"].(string)
			} else if e["accessRole"] != "owner" {
				name += "!" + e["accessRole"].(string)
			}
			list = append(list, name)
		}
		return strings.Join(list, ","), a.at("nextSyncToken").(string)
	}
	token := r.do("GET", "users/me/calendarList", "").at("nextSyncToken").(string)
	step := func(want string) {
		t.Helper()
		var got string
		if got, token = since(token); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	step("")
	made := r.want(200, r.do("POST", "calendars", `{"summary":"New"}`)).at("id").(string)
	step("New")
	r.want(200, r.do("PATCH", "calendars/"+made, `{"summary":"Renamed"}`))
	step("Renamed")
	if err := r.google.SetRole("alice@example.com", secondary, "reader"); err != nil {
		t.Fatal(err)
	}
	step("Team!reader")
	r.want(204, r.do("DELETE", "calendars/"+made, ""))
	step("-" + made)
	if err := r.google.SetRole("alice@example.com", secondary, "none"); err != nil {
		t.Fatal(err)
	}
	step("-" + secondary)
	r.want(404, r.do("GET", team, ""))
	step("")
}

func TestAnAccountThatActsForOthersHasAMinuteForEach(t *testing.T) {
	r := newRig(t, google.Options{PerMinute: 1})
	r.want(200, r.do("GET", events+"?quotaUser=a", ""))
	r.want(403, r.do("GET", events+"?quotaUser=a", ""))
	r.want(200, r.do("GET", events+"?quotaUser=b", ""))
	r.now = r.now.Add(time.Minute)
	r.want(200, r.do("GET", events+"?quotaUser=a", ""))
}
