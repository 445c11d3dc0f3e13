package google_test

import (
	"strings"
	"testing"
	"time"

	"tahti/internal/standin/google"
)

// starts are the ids of instances behind the series' own, and where they begin.
func (r *rig) starts(id string) string {
	r.Helper()
	a := r.want(200, r.do("GET", events+"/"+id+"/instances?showDeleted=true", ""))
	var list []string
	for _, x := range a.at("items").([]any) {
		e := answer{body: x.(map[string]any)}
		begin, _ := e.at("start.dateTime").(string)
		if day, ok := e.at("start.date").(string); ok {
			begin = day
		}
		if e.at("status") == "cancelled" {
			begin = "cancelled"
		}
		list = append(list, strings.TrimPrefix(e.at("id").(string), id+"_")+" "+begin)
	}
	return strings.Join(list, ", ")
}

func TestInstancesAreNamedByTheirOriginalStart(t *testing.T) {
	for name, c := range map[string]struct{ body, want string }{
		"over a change to summer time": {
			`{"id":"aaaaa","start":{"dateTime":"2026-03-22T09:00:00","timeZone":"Europe/Helsinki"},"end":{"dateTime":"2026-03-22T10:00:00","timeZone":"Europe/Helsinki"},` +
				`"recurrence":["RRULE:FREQ=WEEKLY;COUNT=2"]}`,
			"20260322T070000Z 2026-03-22T09:00:00+02:00, 20260329T060000Z 2026-03-29T09:00:00+03:00",
		},
		"in another zone than the calendar's": {
			`{"id":"aaaaa","start":{"dateTime":"2026-03-06T22:00:00","timeZone":"America/New_York"},"end":{"dateTime":"2026-03-06T23:00:00","timeZone":"America/New_York"},` +
				`"recurrence":["RRULE:FREQ=WEEKLY;BYDAY=FR;COUNT=2"]}`,
			"20260307T030000Z 2026-03-07T05:00:00+02:00, 20260314T020000Z 2026-03-14T04:00:00+02:00",
		},
		"whole days": {
			`{"id":"aaaaa","start":{"date":"2026-01-30"},"end":{"date":"2026-02-01"},"recurrence":["RRULE:FREQ=MONTHLY;BYMONTHDAY=30;COUNT=2"]}`,
			"20260130 2026-01-30, 20260330 2026-03-30",
		},
		"dates apart from the rule": {
			`{"id":"aaaaa","start":{"dateTime":"2026-01-06T09:00:00","timeZone":"Europe/Helsinki"},"end":{"dateTime":"2026-01-06T10:00:00","timeZone":"Europe/Helsinki"},` +
				`"recurrence":["RRULE:FREQ=DAILY;COUNT=3","EXDATE;TZID=Europe/Helsinki:20260107T090000","RDATE:20260110T100000Z"]}`,
			"20260106T070000Z 2026-01-06T09:00:00+02:00, 20260108T070000Z 2026-01-08T09:00:00+02:00, 20260110T100000Z 2026-01-10T12:00:00+02:00",
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, google.Options{})
			r.want(200, r.do("POST", events, c.body))
			if got := r.starts("aaaaa"); got != c.want {
				t.Errorf("%s\nwant %s", got, c.want)
			}
			first, _, _ := strings.Cut(c.want, " ")
			a := r.want(200, r.do("GET", events+"/aaaaa_"+first, ""))
			if a.at("recurringEventId") != "aaaaa" || a.at("iCalUID") != "aaaaa@google.com" || a.at("originalStartTime") == nil {
				t.Errorf("%s", a.text)
			}
		})
	}
}

func TestAnInstanceIsFoundAndFetchedByItsOriginalStart(t *testing.T) {
	r := newRig(t, google.Options{})
	r.want(200, r.do("POST", events, series(`"id":"series"`)))
	r.want(200, r.do("PATCH", events+"/series_20260107T070000Z", `{"start":{"dateTime":"2026-01-20T09:00:00+02:00"},"end":{"dateTime":"2026-01-20T10:00:00+02:00"}}`))
	r.want(204, r.do("DELETE", events+"/series_20260108T070000Z", ""))
	for query, want := range map[string]string{
		"originalStart=2026-01-07T09:00:00%2B02:00":                          "series_20260107T070000Z",
		"originalStart=2026-01-07T07:00:00Z":                                 "series_20260107T070000Z",
		"originalStart=2026-01-08T07:00:00Z":                                 "",
		"showDeleted=true&originalStart=2026-01-08T07:00:00Z":                "series_20260108T070000Z",
		"originalStart=2026-01-07":                                           "",
		"timeMin=2026-01-19T00:00:00Z":                                       "series_20260107T070000Z",
		"timeMin=2026-01-07T00:00:00Z&timeMax=2026-01-08T00:00:00Z":          "",
		"timeMin=2026-01-10T07:30:00Z&timeMax=2026-01-10T07:45:00Z&fields=*": "series_20260110T070000Z",
	} {
		a := r.want(200, r.do("GET", events+"/series/instances?"+query, ""))
		var ids []string
		for _, x := range a.at("items").([]any) {
			ids = append(ids, x.(map[string]any)["id"].(string))
		}
		if got := strings.Join(ids, " "); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	// What was taken out comes back by its status.
	a := r.want(200, r.do("PATCH", events+"/series_20260108T070000Z", `{"status":"confirmed"}`))
	if a.at("status") != "confirmed" || a.at("summary") != "Daily" || a.at("start.dateTime") != "2026-01-08T09:00:00+02:00" {
		t.Errorf("%s", a.text)
	}
}

func TestASeriesIsSplitByItsClients(t *testing.T) {
	r := newRig(t, google.Options{})
	r.want(200, r.do("POST", events, series(`"id":"series"`)))
	r.want(200, r.do("PATCH", events+"/series_20260106T070000Z", `{"summary":"First"}`))
	r.want(200, r.do("PATCH", events+"/series_20260109T070000Z", `{"summary":"Fourth"}`))
	_, token := r.list("")
	r.want(200, r.do("PATCH", events+"/series", `{"recurrence":["RRULE:FREQ=DAILY;UNTIL=20260107T070000Z"]}`))
	r.want(200, r.do("POST", events, strings.Replace(series(`"id":"second"`), "2026-01-06T", "2026-01-08T", 2)))
	items, _ := r.list("syncToken=" + token)
	if got := names(items); got != "Daily First -series_20260109T070000Z Daily" {
		t.Errorf("told are %q", got)
	}
	items, _ = r.list("singleEvents=true&orderBy=startTime&timeMax=2026-01-09T00:00:00Z")
	if got := names(items); got != "First Daily Daily" {
		t.Errorf("there are %q", got)
	}
}

func TestASeriesIsSplitByTheOriginalsOwnPages(t *testing.T) {
	r := newRig(t, google.Options{})
	r.want(200, r.do("POST", events, series(`"id":"series","location":"Town"`)))
	r.want(200, r.do("PATCH", events+"/series_20260109T070000Z", `{"summary":"Fourth"}`))
	_, token := r.list("")
	id, err := r.google.Split("alice@example.com", "series", time.Date(2026, 1, 8, 7, 0, 0, 0, time.UTC), map[string]any{"summary": "Later"})
	if err != nil || id != "series_R20260108T070000" {
		t.Fatal(id, err)
	}
	items, _ := r.list("syncToken=" + token)
	if got := names(items); got != "Daily Later Fourth" || items[2]["recurringEventId"] != id || items[2]["id"] != "series_20260109T070000Z" ||
		items[2]["location"] != "Town" || items[1]["iCalUID"] != id+"@google.com" {
		t.Fatalf("told are %q: %v", got, items)
	}
	if got := r.starts("series"); got != "20260106T070000Z 2026-01-06T09:00:00+02:00, 20260107T070000Z 2026-01-07T09:00:00+02:00" {
		t.Errorf("the first goes on to %s", got)
	}
	// Occurrences of the second are named as before, and not by its id.
	a := r.want(200, r.do("GET", events+"/series_20260110T070000Z", ""))
	if a.at("recurringEventId") != id || a.at("summary") != "Later" {
		t.Errorf("%s", a.text)
	}
	r.want(404, r.do("GET", events+"/"+id+"_20260110T070000Z", ""))
	r.want(204, r.do("DELETE", events+"/series_20260110T070000Z", ""))
	// Moved to another time, and split again.
	second, err := r.google.Split("alice@example.com", id, time.Date(2026, 1, 9, 7, 0, 0, 0, time.UTC),
		map[string]any{"start": map[string]any{"dateTime": "2026-01-09T12:00:00+02:00"}, "end": map[string]any{"dateTime": "2026-01-09T13:00:00+02:00"}})
	if err != nil || second != "series_R20260109T070000" {
		t.Fatal(second, err)
	}
	items, _ = r.list("singleEvents=true&orderBy=startTime")
	if got := names(items); got != "Daily Daily Later Later Later" || items[4]["id"] != "series_20260110T100000Z" {
		t.Errorf("%q, %v", got, items[len(items)-1])
	}
	if _, err := r.google.Split("alice@example.com", "series", time.Date(2026, 1, 6, 7, 0, 0, 0, time.UTC), nil); err == nil {
		t.Error("split before the first occurrence")
	}
}
