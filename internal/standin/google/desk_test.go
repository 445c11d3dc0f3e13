package google_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"tahti/internal/standin"
	"tahti/internal/standin/google"
)

const shelf = "alice@example.com/alice@example.com"

// form posts one of the page's forms and follows to the page it leads to.
func (r *rig) form(path string, fields ...string) string {
	r.Helper()
	form := url.Values{"calendar": {shelf}, "from": {"20260105"}}
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
func (r *rig) page() string {
	r.Helper()
	return r.want(200, r.do("GET", "/?from=20260105&calendar="+url.QueryEscape(shelf), "")).text
}

// typed are the fields of a form for one hour from nine.
var typed = []string{"title", "Dentist", "place", "Town", "start", "2026-01-06T09:00", "end", "2026-01-06T10:00", "zone", "Europe/Helsinki"}

func TestWhatIsTypedOnThePageIsThereForClients(t *testing.T) {
	r := newRig(t, google.Options{})
	_, token := r.list("")
	if got := r.form("/_standin/events", typed...); !strings.Contains(got, "Dentist") || !strings.Contains(got, "09:00–10:00") {
		t.Fatalf("the page shows %s", got)
	}
	items, _ := r.list("syncToken=" + token)
	if len(items) != 1 || items[0]["summary"] != "Dentist" || items[0]["location"] != "Town" || items[0]["start"].(map[string]any)["timeZone"] != "Europe/Helsinki" {
		t.Fatalf("clients see %v", items)
	}
	id, tag := items[0]["id"].(string), items[0]["etag"]
	// Editing changes what was edited.
	r.want(200, r.do("PATCH", events+"/"+id, `{"colorId":"4","extendedProperties":{"private":{"crm":"7"}}}`))
	r.form("/_standin/events", append([]string{"id", id, "title", "Dentist 2"}, typed[2:]...)...)
	a := r.do("GET", events+"/"+id, "")
	if a.at("summary") != "Dentist 2" || a.at("colorId") != "4" || a.at("extendedProperties.private.crm") != "7" || a.at("etag") == tag || a.at("sequence") != 0.0 {
		t.Errorf("edited %s", a.text)
	}
	r.form("/_standin/events", "id", id, "title", "Fair", "allday", "on", "fromday", "2026-01-07", "lastday", "2026-01-08")
	if a = r.do("GET", events+"/"+id, ""); a.at("start.date") != "2026-01-07" || a.at("end.date") != "2026-01-09" || a.at("start.dateTime") != nil || a.at("sequence") != 1.0 {
		t.Errorf("whole days %s", a.text)
	}
	if got := r.form("/_standin/events/move", "id", id, "minutes", "60"); !strings.Contains(got, "whole days move by days") {
		t.Error("a whole day moved by an hour")
	}
	r.form("/_standin/events/move", "id", id, "minutes", "1440")
	if a = r.do("GET", events+"/"+id, ""); a.at("start.date") != "2026-01-08" {
		t.Errorf("moved %s", a.text)
	}
	r.form("/_standin/events/delete", "id", id)
	if a = r.do("GET", events+"/"+id, ""); a.at("status") != "cancelled" {
		t.Errorf("deleted %s", a.text)
	}
	if got := r.form("/_standin/events/delete", "id", id); !strings.Contains(got, "not there any more") {
		t.Error("deleting twice says nothing")
	}
	if got := r.form("/_standin/events", "title", "x", "start", "2026-01-06T09:00", "end", "2026-01-06T09:00", "zone", "UTC"); !strings.Contains(got, "time range is empty") {
		t.Errorf("an event without length: %s", got)
	}
	if got := r.form("/_standin/events", "title", "x", "start", "2026-01-06T09:00", "end", "2026-01-06T10:00"); !strings.Contains(got, "without a zone") {
		t.Errorf("a floating time: %s", got)
	}
}

func TestASeriesOnThePage(t *testing.T) {
	r := newRig(t, google.Options{})
	r.want(200, r.do("POST", events, series(`"id":"series",`+guests)))
	second := "series_20260107T070000Z"
	r.want(200, r.do("PATCH", events+"/"+second, `{"summary":"Changed"}`))
	r.want(204, r.do("DELETE", events+"/series_20260108T070000Z", ""))
	got := r.page()
	if strings.Count(got, `<span class="clock">`) != 4 || !strings.Contains(got, "2 guests") || !strings.Contains(got, "Changed") {
		t.Fatalf("the page shows %s", got)
	}
	n := len(r.google.Mails())
	r.form("/_standin/events/move", "id", "series", "minutes", "60")
	if a := r.do("GET", events+"/series", ""); a.at("start.dateTime") != "2026-01-06T10:00:00+02:00" {
		t.Errorf("%s", a.text)
	}
	if got := r.mails(n); got != "REQUEST bob@example.com, REQUEST carol@elsewhere.example" {
		t.Errorf("mails %q", got)
	}
	// Its exceptions stood at starts that are none any more.
	if a := r.do("GET", events+"/"+second, ""); a.at("status") != "cancelled" || strings.Count(r.page(), `<span class="clock">`) != 5 {
		t.Errorf("%s", a.text)
	}
}

// What a program's maker can have registered wrongly shows on the sign-in pages, and what is switched off is as it was.
func TestThePageSwitchesHowTheProgramIsRegistered(t *testing.T) {
	r := newRig(t, google.Options{Users: []google.User{{Email: "alice@example.com", Password: "secret"}, {Email: "bob@example.com", Password: "secret"}}})
	enter := func(email string) string {
		return r.visit().press("email", email, "password", "secret").page.header.Get("X-Standin-Refusal")
	}
	r.form("/_standin/switches", "own.testing", "on")
	if alice, bob := enter("alice@example.com"), enter("bob@example.com"); alice != "" || bob != "G-60" {
		t.Errorf("in testing: %q, %q", alice, bob)
	}
	r.form("/_standin/switches", "own.moved", "on")
	if got := r.visit().page.header.Get("X-Standin-Refusal"); got != "G-54" {
		t.Errorf("another redirect address: %q", got)
	}
	r.form("/_standin/switches", "own.undeclared", "on")
	all := []string{"calendar.events", "calendar.calendarlist.readonly"}
	if got := r.agree(all).Get("scope"); strings.Contains(got, "calendarlist") || !strings.Contains(got, "calendar.events") {
		t.Errorf("undeclared, and granted: %q", got)
	}
	r.form("/_standin/switches")
	if got := r.agree(all).Get("scope"); !strings.Contains(got, "calendarlist") || enter("bob@example.com") != "" {
		t.Errorf("switched off, and left out: %q", got)
	}
	if got := r.want(200, r.do("GET", "/?lang=fi", "")).text; !strings.Contains(got, "testausvaiheessa") || strings.Contains(got, "the program") || strings.Contains(got, "Forget") {
		t.Error("the switches are not in Finnish")
	}
}

func TestThePageSwitchesFaultsOnAndOff(t *testing.T) {
	r := newRig(t, google.Options{})
	_, token := r.list("")
	for on, want := range map[string]string{"signin": "G-01", "readonly": "G-05", "quota": "G-39", "crowded": "G-66", "forget": "G-15"} {
		r.form("/_standin/switches", "own."+on, "on")
		a := r.do("GET", events+"?syncToken="+token, "")
		if on == "readonly" {
			a = r.insert("")
		}
		if got := a.header.Get("X-Standin-Refusal"); got != want {
			t.Errorf("%s: %q, want %q: %s", on, got, want, a.text)
		}
		r.form("/_standin/switches")
	}
	r.want(200, r.insert(""))
	r.form("/_standin/switches", "own.empty", "on", "own.silent", "on", "fault.throttled", "on")
	if a := r.want(200, r.do("GET", events, "")); len(a.at("items").([]any)) != 0 || a.at("nextPageToken") == nil {
		t.Errorf("%s", a.text)
	}
	r.do("GET", events, "")
	r.do("GET", events, "")
	if a := r.want(429, r.do("GET", events, "")); a.header.Get("Retry-After") != "5" || a.header.Get("X-Standin-Refusal") != "G-38" {
		t.Errorf("%v %s", a.header, a.text)
	}
	r.google.Reset()
	if items, _ := r.list(""); len(items) != 0 {
		t.Error("the calendar is not empty on the first day")
	}
}

// switchRefusals are those that a switch brings about.
var switchRefusals = []refusalCase{
	{number: "G-66", name: "a project that has asked too much", given: func(r *rig) { r.google.Crowd(true) }, when: get("")},
}

// faultRefusals are those that only a fault brings about.
var faultRefusals = func() (list []refusalCase) {
	for _, c := range []struct {
		number string
		fault  standin.Fault
	}{
		{"G-28", standin.Fault{Status: 403, Reason: "userRateLimitExceeded"}}, {"G-38", standin.Fault{Status: 403, Reason: "rateLimitExceeded"}},
		{"G-39", standin.Fault{Status: 403, Reason: "quotaExceeded"}}, {"G-40", standin.Fault{Status: 503}},
	} {
		list = append(list, refusalCase{number: c.number, name: "a fault", given: func(r *rig) {
			if err := r.google.Faults(c.fault); err != nil {
				r.Fatal(err)
			}
		}, when: get("")})
	}
	return list
}()
