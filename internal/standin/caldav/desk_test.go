package caldav_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"tahti/internal/standin/caldav"
)

// form posts one of the page's forms and follows to the page it leads to.
func (r *rig) form(path string, fields ...string) string {
	r.Helper()
	form := url.Values{"calendar": {"alice/calendar"}, "from": {"20260105"}}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	resp, err := http.PostForm(r.http.URL+path, form)
	if err != nil {
		r.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		r.Fatal(err)
	}
	return string(body)
}

// page reads the page.
func (r *rig) page(query string) string {
	r.Helper()
	return r.want(200, r.do("GET", "/?calendar=alice/calendar&from=20260105"+query, "")).body
}

// timed are the fields of a form for one hour from nine.
var timed = []string{"title", "Dentist", "place", "Town", "start", "2026-01-06T09:00", "end", "2026-01-06T10:00", "zone", "Europe/Helsinki"}

func TestWhatIsTypedOnThePageIsThereForClients(t *testing.T) {
	r := newRig(t, caldav.Options{})
	before := r.sync("", "").multi(t).Token
	if got := r.form("/_standin/events", timed...); !strings.Contains(got, "Dentist") || !strings.Contains(got, "09:00–10:00") {
		t.Fatalf("the page shows %s", got)
	}
	delta := r.sync(before, "").multi(t)
	if len(delta.Responses) != 1 {
		t.Fatalf("clients see %s", delta.summary())
	}
	path := delta.Responses[0].Href
	body := r.want(200, r.do("GET", path, "")).body
	for _, want := range []string{"SUMMARY:Dentist", "LOCATION:Town", "DTSTART;TZID=Europe/Helsinki:20260106T090000", "BEGIN:VTIMEZONE", "TZID:Europe/Helsinki"} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s in %s", want, body)
		}
	}
	// What the page wrote, the strict server takes from a client too.
	r.want(204, r.put(path, body))
}

func TestEditingOnThePageChangesWhatWasEdited(t *testing.T) {
	r := newRig(t, caldav.Options{})
	r.want(201, r.put(home+"a.ics", event("a", "DTSTART:20260106T090000Z", "DURATION:PT1H", "SUMMARY;LANGUAGE=en:Plan", "X-OWN;X-P=\"a;b\":1",
		"CATEGORIES:x,y", "BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT5M", "END:VALARM")))
	tag := r.do("GET", home+"a.ics", "").header.Get("ETag")
	r.form("/_standin/events", "id", "a.ics", "title", "Plan B", "start", "2026-01-06T09:00", "end", "2026-01-06T10:00", "zone", "UTC")
	got := r.do("GET", home+"a.ics", "")
	for _, want := range []string{"SUMMARY;LANGUAGE=en:Plan B", "DTSTART:20260106T090000Z", "DURATION:PT1H", "X-OWN;X-P=\"a;b\":1", "CATEGORIES:x,y", "TRIGGER:-PT5M", "SEQUENCE:1"} {
		if !strings.Contains(got.body, want+"\r\n") {
			t.Errorf("no %s in %s", want, got.body)
		}
	}
	if got.header.Get("ETag") == tag {
		t.Error("the ETag did not move")
	}
	r.form("/_standin/events", "id", "a.ics", "title", "Plan B", "allday", "on", "fromday", "2026-01-07", "lastday", "2026-01-08")
	whole := r.do("GET", home+"a.ics", "").body
	for want, count := range map[string]int{"DTSTART;VALUE=DATE:20260107\r\n": 1, "DTEND;VALUE=DATE:20260109\r\n": 1, "DURATION": 0} {
		if strings.Count(whole, want) != count {
			t.Errorf("as whole days, %q is not there %d times: %s", want, count, whole)
		}
	}
}

func TestMovingASeriesTakesItsExceptionsAlong(t *testing.T) {
	r := newRig(t, caldav.Options{})
	r.want(201, r.put(home+"a.ics", object("BEGIN:VEVENT", "UID:a", "DTSTAMP:20260101T000000Z", "DTSTART:20260105T090000Z", "DTEND:20260105T100000Z",
		"SUMMARY:Daily", "RRULE:FREQ=DAILY;UNTIL=20260109T090000Z", "EXDATE:20260106T090000Z", "END:VEVENT",
		"BEGIN:VEVENT", "UID:a", "DTSTAMP:20260101T000000Z", "DTSTART:20260107T150000Z", "DTEND:20260107T160000Z",
		"SUMMARY:Later", "RECURRENCE-ID:20260107T090000Z", "END:VEVENT")))
	if got := strings.Count(r.page(""), `<span class="clock">`); got != 4 {
		t.Errorf("the page shows %d occurrences", got)
	}
	r.form("/_standin/events/move", "id", "a.ics", "minutes", "60")
	got := r.do("GET", home+"a.ics", "").body
	for _, want := range []string{"DTSTART:20260105T100000Z", "DTEND:20260105T110000Z", "EXDATE:20260106T100000Z", "RECURRENCE-ID:20260107T100000Z",
		"DTSTART:20260107T150000Z", "UNTIL=20260109T100000Z"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
	if got := strings.Count(r.page(""), `<span class="clock">`); got != 4 {
		t.Errorf("after the move the page shows %d occurrences", got)
	}
}

func TestMovingAndDeletingOnThePage(t *testing.T) {
	r := newRig(t, caldav.Options{})
	r.want(201, r.put(home+"a.ics", event("a", "DTSTART;VALUE=DATE:20260106", "SUMMARY:Fair")))
	if got := r.form("/_standin/events/move", "id", "a.ics", "minutes", "60"); !strings.Contains(got, "whole days move by days") {
		t.Error("a whole day moved by an hour")
	}
	r.form("/_standin/events/move", "id", "a.ics", "minutes", "1440")
	if got := r.do("GET", home+"a.ics", "").body; !strings.Contains(got, "DTSTART;VALUE=DATE:20260107") || strings.Contains(got, "DTEND") {
		t.Errorf("moved to %s", got)
	}
	r.form("/_standin/events/delete", "id", "a.ics")
	r.want(404, r.do("GET", home+"a.ics", ""))
	if got := r.form("/_standin/events/delete", "id", "a.ics"); !strings.Contains(got, "not there any more") {
		t.Error("deleting twice says nothing")
	}
}

func TestThePageSaysWhatIsWrongWithAForm(t *testing.T) {
	r := newRig(t, caldav.Options{})
	for problem, fields := range map[string][]string{
		"the end is before the start": {"start", "2026-01-06T09:00", "end", "2026-01-06T08:00"},
		"loppu on ennen alkua":        {"lang", "fi", "start", "2026-01-06T09:00", "end", "2026-01-06T08:00"},
		"is no date and time":         {"start", "soon", "end", "2026-01-06T08:00"},
		"zone &#34;Nowhere&#34;":      {"start", "2026-01-06T09:00", "end", "2026-01-06T10:00", "zone", "Nowhere"},
		"is no date":                  {"allday", "on", "fromday", "", "lastday", "2026-01-08"},
	} {
		if got := r.form("/_standin/events", fields...); !strings.Contains(got, problem) {
			t.Errorf("no %q in the answer", problem)
		}
	}
	if got := r.form("/_standin/events", append([]string{"id", "none.ics"}, timed...)...); !strings.Contains(got, "not there any more") {
		t.Errorf("editing nothing: %s", got)
	}
	if n := len(r.bodies("alice", "calendar")); n != 0 {
		t.Errorf("%d objects were made", n)
	}
}

func TestThePageSwitchesFaultsOnAndOff(t *testing.T) {
	r := newRig(t, caldav.Options{})
	r.form("/_standin/switches", "own.signin", "on")
	r.want(401, r.do("GET", home+"a.ics", ""))
	r.form("/_standin/switches", "own.readonly", "on", "fault.throttled", "on")
	r.want(403, r.put(home+"a.ics", event("a")))
	r.do("GET", home+"a.ics", "")
	r.do("GET", home+"a.ics", "")
	if got := r.want(429, r.do("GET", home+"a.ics", "")); got.header.Get("Retry-After") != "5" {
		t.Errorf("Retry-After %q", got.header.Get("Retry-After"))
	}
	if got := r.page(""); strings.Count(got, " checked>") != 2 {
		t.Error("the page does not show two switches as on")
	}
	r.form("/_standin/switches")
	r.want(201, r.put(home+"a.ics", event("a")))
	token := r.sync("", "").multi(t).Token
	r.form("/_standin/switches", "own.forget", "on")
	r.want(403, r.sync(token, ""))
}

func TestThePageEscapesAndGuards(t *testing.T) {
	r := newRig(t, caldav.Options{})
	r.want(201, r.put(home+"a.ics", event("a", "DTSTART:20260106T090000Z", "SUMMARY:<script>alert(1)</script>")))
	if err := r.caldav.PutRaw("alice", "calendar", "broken.ics", []byte("BEGIN:NONSENSE")); err != nil {
		t.Fatal(err)
	}
	a := r.want(200, r.do("GET", "/?calendar=alice/calendar&from=20260105", ""))
	if strings.Contains(a.body, "<script>alert") || !strings.Contains(a.body, "unreadable") {
		t.Errorf("page: %s", a.body)
	}
	csp := a.header.Get("Content-Security-Policy")
	if !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
		t.Errorf("CSP %q", csp)
	}
	_, nonce, _ := strings.Cut(csp, "'nonce-")
	nonce, _, _ = strings.Cut(nonce, "'")
	if strings.Count(a.body, `nonce="`+nonce+`"`) != 2 {
		t.Error("style and script do not carry the nonce")
	}
	if fi := r.page("&lang=fi"); !strings.Contains(fi, "Lisää tapahtuma") || !strings.Contains(fi, `lang="fi"`) {
		t.Error("no Finnish")
	}
	if off := r.page("&live=off"); strings.Contains(off, "<script") || strings.Contains(off, "http-equiv") {
		t.Error("the page renews itself although that is off")
	}
	r.now = r.now.Add(365 * 24 * time.Hour)
	if later := r.want(200, r.do("GET", "/_standin/", "")); strings.Contains(later.body, "alert(1)") {
		t.Error("the page does not follow the clock")
	}
}
