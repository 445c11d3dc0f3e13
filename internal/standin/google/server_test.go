package google_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"tahti/internal/standin/google"
)

// rig is a server behind a real listener, and a clock that moves only by hand.
type rig struct {
	*testing.T
	google *google.Server
	http   *httptest.Server
	now    time.Time
	token  string
}

// secondary is a calendar of alice's that is not her primary one.
const secondary = "team@group.calendar.example"

func newRig(t *testing.T, opt google.Options) *rig {
	t.Helper()
	r := &rig{T: t, now: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC), token: "full"}
	if opt.Users == nil {
		opt.Users = []google.User{
			{Email: "alice@example.com", Name: "Alice", Calendars: []google.Calendar{{TimeZone: "Europe/Helsinki"}, {ID: secondary, Summary: "Team"}}},
			{Email: "bob@example.com", Name: "Bob"},
		}
	}
	if opt.Token == "" {
		opt.Token = "full"
	}
	if opt.Now == nil {
		opt.Now = func() time.Time { return r.now }
	}
	r.google = google.New(opt)
	r.http = httptest.NewServer(r.google.Handler())
	t.Cleanup(r.http.Close)
	return r
}

// answer is a response with its body read.
type answer struct {
	status int
	header http.Header
	text   string
	body   map[string]any
}

// do sends one request to a path below /calendar/v3/ (or an absolute one); headers are "Name: value".
func (r *rig) do(method, path, body string, headers ...string) answer {
	r.Helper()
	if !strings.HasPrefix(path, "/") {
		path = "/calendar/v3/" + path
	}
	req, err := http.NewRequest(method, r.http.URL+path, strings.NewReader(body))
	if err != nil {
		r.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+r.token)
	req.Header.Set("Content-Type", "application/json")
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		if value == "" {
			req.Header.Del(name)
			continue
		}
		req.Header.Set(name, value)
	}
	client := http.Client{
		Timeout:       20 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	resp, err := client.Do(req)
	if err != nil {
		r.Fatalf("%s %s: %v", method, path, err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		r.Fatalf("%s %s: read: %v", method, path, err)
	}
	a := answer{status: resp.StatusCode, header: resp.Header, text: string(b)}
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json") {
		if err := json.Unmarshal(b, &a.body); err != nil {
			r.Fatalf("%s %s: %v in %s", method, path, err, b)
		}
	}
	return a
}

// want does nothing but compare the status.
func (r *rig) want(status int, a answer) answer {
	r.Helper()
	if a.status != status {
		r.Fatalf("status %d, want %d: %s", a.status, status, a.text)
	}
	return a
}

const events = "calendars/primary/events"

// insert makes an event in the primary calendar: one hour on 6 January 2026, and what else is said.
func (r *rig) insert(more string) answer {
	r.Helper()
	return r.do("POST", events, timed(more))
}

// timed is the body of an event, with more fields.
func timed(more string) string {
	if more != "" {
		more = "," + more
	}
	return `{"summary":"Plan","start":{"dateTime":"2026-01-06T09:00:00+02:00"},"end":{"dateTime":"2026-01-06T10:00:00+02:00"}` + more + `}`
}

// series is the body of one that recurs daily, five times, at nine in Helsinki.
func series(more string) string {
	if more != "" {
		more = "," + more
	}
	return `{"summary":"Daily","start":{"dateTime":"2026-01-06T09:00:00","timeZone":"Europe/Helsinki"},` +
		`"end":{"dateTime":"2026-01-06T10:00:00","timeZone":"Europe/Helsinki"},"recurrence":["RRULE:FREQ=DAILY;COUNT=5"]` + more + `}`
}

// list reads a whole listing, page by page, and answers what it holds and the sync token at its end.
func (r *rig) list(query string) (items []map[string]any, token string) {
	r.Helper()
	page := ""
	for range 100 {
		q := query
		if page != "" {
			q += "&pageToken=" + url.QueryEscape(page)
		}
		a := r.want(200, r.do("GET", events+"?"+strings.TrimPrefix(q, "&"), ""))
		for _, x := range a.body["items"].([]any) {
			items = append(items, x.(map[string]any))
		}
		page, _ = a.body["nextPageToken"].(string)
		token, _ = a.body["nextSyncToken"].(string)
		if page == "" {
			return items, token
		}
		if token != "" {
			r.Fatalf("a page with both tokens: %s", a.text)
		}
	}
	r.Fatal("the listing does not end")
	return nil, ""
}

// names are the summaries of what is listed, or the ids of what is cancelled, in order.
func names(items []map[string]any) string {
	var list []string
	for _, x := range items {
		name, _ := x["summary"].(string)
		if x["status"] == "cancelled" {
			name = "-" + x["id"].(string)
		}
		list = append(list, name)
	}
	return strings.Join(list, " ")
}

// at reads a value inside a body: "start.dateTime".
func (a answer) at(path string) any {
	var v any = a.body
	for _, name := range strings.Split(path, ".") {
		o, _ := v.(map[string]any)
		v = o[name]
	}
	return v
}
