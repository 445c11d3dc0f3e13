package pipedrive_test

import (
	"html"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"tahti/internal/standin/pipedrive"
)

// form posts one of the page's forms, in alice's calendar, and follows to the page it leads to.
func (r *rig) form(path string, fields ...string) string {
	r.Helper()
	form := url.Values{"calendar": {"1001"}, "from": {"20260105"}}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	resp, err := http.PostForm(r.http.URL+path, form)
	if err != nil {
		r.Fatal(err)
	}
	return r.read(resp)
}

func (r *rig) page(query string) string {
	r.Helper()
	resp, err := http.Get(r.http.URL + "/_standin/?from=20260105&" + query)
	if err != nil {
		r.Fatal(err)
	}
	return r.read(resp)
}

func (r *rig) read(resp *http.Response) string {
	r.Helper()
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		r.Fatal(err)
	}
	return string(b)
}

// typed is an hour on Tuesday from nine, on alice's clock.
var typed = []string{"title", "Dentist", "place", "Town", "start", "2026-01-06T09:00", "end", "2026-01-06T10:00", "zone", "Europe/Helsinki", "kind", "meeting"}

func TestWhatIsTypedOnThePageIsThereForClients(t *testing.T) {
	r := newRig(t, pipedrive.Options{Unlimited: true})
	if got := r.form("/_standin/events", typed...); !strings.Contains(got, "Dentist") || !strings.Contains(got, "09:00–10:00") || !strings.Contains(got, "Meeting") {
		t.Fatalf("the page shows %s", got)
	}
	see := func(want map[string]any) {
		t.Helper()
		a := r.do("GET", "activities/1", "")
		for at, v := range want {
			if got := a.at("data." + at); got != v {
				t.Errorf("%s: %v, want %v", at, got, v)
			}
		}
	}
	see(map[string]any{"subject": "Dentist", "type": "meeting", "due_date": "2026-01-06", "due_time": "07:00", "duration": "01:00", "location.value": "Town", "owner_id": 1001.0})
	// Editing changes what was edited.
	r.want(200, r.do("PATCH", "activities/1", `{"note":"<p>n</p>","busy":true}`))
	r.form("/_standin/events", append([]string{"id", "1", "title", "Dentist 2"}, typed[2:]...)...)
	see(map[string]any{"subject": "Dentist 2", "note": "<p>n</p>", "busy": true, "due_time": "07:00"})
	// Ticked off, and of another type.
	if got := r.form("/_standin/events/done", "id", "1", "done", "on"); !strings.Contains(got, "<s>Dentist 2</s>") || !strings.Contains(got, "<button>Not done</button>") {
		t.Errorf("%s", got)
	}
	see(map[string]any{"done": true, "subject": "Dentist 2", "due_time": "07:00", "marked_as_done_time": "2026-01-05T09:00:00Z"})
	r.form("/_standin/events/done", "id", "1")
	r.form("/_standin/events", append([]string{"id", "1"}, append(typed[:len(typed)-1:len(typed)-1], "lunch")...)...)
	see(map[string]any{"done": false, "type": "lunch"})
	// Whole days, and moves.
	r.form("/_standin/events", "id", "1", "title", "Fair", "allday", "on", "fromday", "2026-01-07", "lastday", "2026-01-07", "kind", "lunch")
	see(map[string]any{"due_date": "2026-01-07", "due_time": nil, "duration": nil, "location": nil})
	if got := r.form("/_standin/events/move", "id", "1", "minutes", "60"); !strings.Contains(got, "whole days move by days") {
		t.Error("a whole day moved by an hour")
	}
	r.form("/_standin/events/move", "id", "1", "minutes", "1440")
	see(map[string]any{"due_date": "2026-01-08"})
	r.form("/_standin/events/delete", "id", "1")
	see(map[string]any{"is_deleted": true})
	if got := r.form("/_standin/events/delete", "id", "1"); !strings.Contains(got, "not there any more") {
		t.Error("deleting twice says nothing")
	}
	if got := r.form("/_standin/events", "title", "x", "start", "2026-01-06T09:00", "end", "2026-01-06T10:00"); !strings.Contains(got, "without a zone") {
		t.Errorf("a floating time: %s", got)
	}
	if got := r.form("/_standin/events", "title", "", "start", "2026-01-06T09:00", "end", "2026-01-06T10:00", "zone", "UTC"); strings.Contains(got, `role="alert"`) {
		t.Errorf("an activity without a title: %s", got)
	}
}

// An activity without a day stands on the page, and a tick gives it none.
func TestAnActivityWithoutADay(t *testing.T) {
	r := newRig(t, pipedrive.Options{})
	r.want(200, r.do("POST", "activities", `{"subject":"Some day","type":"task"}`))
	if got := r.page("lang=fi"); !strings.Contains(got, "Some day") || !strings.Contains(got, "ei päivämäärää") || !strings.Contains(got, "Lisää toiminto") {
		t.Errorf("%s", got)
	}
	r.form("/_standin/events/done", "id", "1", "done", "on")
	if a := r.do("GET", "activities/1", ""); a.at("data.done") != true || a.at("data.due_date") != nil {
		t.Errorf("%s", a.text)
	}
}

func TestThePageHasFinnishForAllItsSwitches(t *testing.T) {
	r := newRig(t, pipedrive.Options{})
	english, finnish := r.page("lang=en"), r.page("lang=fi")
	for _, label := range r.server.SwitchLabels() {
		label = html.EscapeString(label)
		if !strings.Contains(english, label) || strings.Contains(finnish, label) {
			t.Errorf("%q: in English %v, said so in Finnish %v", label, strings.Contains(english, label), strings.Contains(finnish, label))
		}
	}
	r.want(200, r.do("GET", "activities", ""))
	if got := r.page("lang=fi"); !strings.Contains(got, "Rajapintatokeneita käytetty tänään: 10 / 90000.") {
		t.Errorf("%s", got)
	}
}

func TestWhatThePageDoesOnce(t *testing.T) {
	r := newRig(t, pipedrive.Options{})
	token := r.exchange(r.code("alice@example.com"))
	r.want(200, r.with(token.at("access_token")))
	r.flip("endtokens")
	r.refuses("P-02", r.with(token.at("access_token")))
	r.want(200, r.refresh(token.at("refresh_token")))
	r.flip("uninstall")
	r.refuses("P-52", r.refresh(token.at("refresh_token")))
	r.want(200, r.do("POST", "/_standin/reset", ""))
	r.want(200, r.do("GET", "activities", ""))
}
