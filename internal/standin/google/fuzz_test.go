package google_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"tahti/internal/standin/google"
)

func fresh() *google.Server {
	return google.New(google.Options{Token: "full", Now: func() time.Time { return time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC) }})
}

// ask sends a request without a network; a panic of the server is one of the test.
func ask(s *google.Server, method, target, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://calendar.example/", strings.NewReader(body))
	u, err := url.Parse(target)
	if err != nil {
		return nil
	}
	r.URL.Path, r.URL.RawPath, r.URL.RawQuery = u.Path, u.RawPath, u.RawQuery
	r.Header.Set("Authorization", "Bearer full")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// FuzzEvents: whatever is sent as an event is taken or refused; what was taken can be read, listed in each way, changed
// to itself and deleted.
func FuzzEvents(f *testing.F) {
	for _, body := range []string{
		aaaaa, series(guests), timed(`"reminders":{"overrides":[{"method":"popup","minutes":5}]},"extendedProperties":{"private":{"a":null}}`),
		`{"start":{"date":"2026-01-06"},"end":{"date":"2026-01-07"},"recurrence":["RRULE:FREQ=YEARLY","EXDATE;VALUE=DATE:20270106"]}`,
		strings.Replace(series(""), `"RRULE:FREQ=DAILY;COUNT=5"`, `"RDATE;TZID=Asia/Tokyo:20260108T170000,20260109T170000Z","EXDATE;X=TZID=:20260106T070000Z"`, 1),
		timed(`"conferenceData":{"createRequest":{"requestId":"x"},"entryPoints":[7]},"attendees":[null]`),
		timed(`"workingLocationProperties":{"type":"homeOffice","homeOffice":[]},"visibility":"public","transparency":"transparent","eventType":"workingLocation"`),
	} {
		f.Add(body, `{"summary":"x"}`)
	}
	f.Fuzz(func(t *testing.T, body, change string) {
		s := fresh()
		const list = "/calendar/v3/calendars/primary/events"
		made := ask(s, "POST", list+"?conferenceDataVersion=1", body)
		if made.Code >= 500 {
			t.Fatalf("%d: %s", made.Code, made.Body)
		}
		for _, q := range []string{"", "?singleEvents=true&orderBy=startTime&maxResults=5", "?timeMin=2026-01-07T00:00:00Z&q=x"} {
			if w := ask(s, "GET", list+q, ""); w.Code != http.StatusOK {
				t.Fatalf("%s: %d %s", q, w.Code, w.Body)
			}
		}
		if made.Code != http.StatusOK {
			return
		}
		_, rest, _ := strings.Cut(made.Body.String(), `"id":"`)
		id, _, _ := strings.Cut(rest, `"`)
		at := list + "/" + id
		if w := ask(s, "PATCH", at, "{}"); w.Code != http.StatusOK {
			t.Fatalf("what was taken is refused: %d %s", w.Code, w.Body)
		}
		if w := ask(s, "PATCH", at, change); w.Code >= 500 {
			t.Fatalf("%d: %s", w.Code, w.Body)
		}
		if w := ask(s, "GET", at, ""); w.Code != http.StatusOK {
			t.Fatalf("%d: %s", w.Code, w.Body)
		}
	})
}

// FuzzQueries: no parameter, token or field selection breaks a listing.
func FuzzQueries(f *testing.F) {
	for _, q := range []string{"syncToken=CPx&pageToken=Cp", "fields=items(id,start/dateTime),a/b(c/d,*)", "timeMin=2026-01-01T00:00:00%2B02:00&maxResults=-1", "fields=a(b(c)", "q=%ff"} {
		f.Add(q)
	}
	f.Fuzz(func(t *testing.T, q string) {
		s := fresh()
		ask(s, "POST", "/calendar/v3/calendars/primary/events", aaaaa)
		for _, path := range []string{"/calendar/v3/calendars/primary/events", "/calendar/v3/users/me/calendarList", "/o/oauth2/v2/auth"} {
			if w := ask(s, "GET", path+"?"+q, ""); w != nil && w.Code >= 500 {
				t.Fatalf("%d: %s", w.Code, w.Body)
			}
		}
	})
}

// FuzzBatches: what is no batch is refused.
func FuzzBatches(f *testing.F) {
	f.Add("--x\r\nContent-Type: application/http\r\n\r\nGET /calendar/v3/users/me/calendarList HTTP/1.1\r\nA: b\r\n\r\n--x--")
	f.Add("--x\r\nContent-Type: application/http\r\n\r\nG\x00T %zz\r\n--x--")
	f.Fuzz(func(t *testing.T, body string) {
		if w := ask(fresh(), "POST", "/batch/calendar/v3", body, "Content-Type", "multipart/mixed; boundary=x"); w.Code >= 500 {
			t.Fatalf("%d: %s", w.Code, w.Body)
		}
	})
}

func TestARefusedWriteChangesNothing(t *testing.T) {
	r := newRig(t, google.Options{})
	r.want(200, r.do("POST", events, series(`"id":"series",`+guests)))
	r.want(200, r.do("PATCH", events+"/series_20260107T070000Z", `{"summary":"Changed"}`))
	r.want(200, r.insert(`"id":"gone0"`))
	r.want(204, r.do("DELETE", events+"/gone0", ""))
	before, token := r.list("showDeleted=true")
	mails := len(r.google.Mails())
	for _, w := range [][]string{
		{"POST", events, series(`"id":"series"`)},
		{"PATCH", events + "/series", `{"summary":"x","end":{"dateTime":"2026-01-06T01:00:00Z"}}`},
		{"PATCH", events + "/series", `{"summary":"x"}`, `If-Match: "old"`},
		{"PATCH", events + "/series", `{"summary":"x","attendees":[{"email":"bob"}]}`},
		{"PUT", events + "/series", timed(`"recurrence":["RRULE:FREQ=NEVER"]`)},
		{"PATCH", events + "/series_20260108T070000Z", `{"summary":"x","eventType":"focusTime"}`},
		{"PATCH", events + "/series_20260107T070000Z", `{"visibility":"private","originalStartTime":{"date":"2026-01-07"}}`},
		{"PATCH", events + "/gone0", `{"summary":"x"}`},
		{"DELETE", events + "/gone0", ""},
		{"DELETE", events + "/series", "", `If-Match: "old"`},
		{"POST", events + "/series/move?destination=nowhere", ""},
	} {
		if a := r.do(w[0], w[1]+"", w[2], w[3:]...); a.status < 400 {
			t.Errorf("%v: taken: %s", w, a.text)
		}
	}
	after, _ := r.list("showDeleted=true")
	changes, _ := r.list("showDeleted=true&syncToken=" + token)
	if names(after) != names(before) || len(changes) != 0 || len(r.google.Mails()) != mails {
		t.Errorf("before %q, after %q, changes %q", names(before), names(after), names(changes))
	}
}
