package graph_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"tahti/internal/standin/graph"
)

// form posts one of the page's forms and follows to the page it leads to.
func (r *rig) form(path string, fields ...string) string {
	r.Helper()
	form := url.Values{"calendar": {"alice@example.com/1"}, "from": {"20260105"}}
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

func (r *rig) page() string {
	r.Helper()
	return r.want(200, r.do("GET", r.http.URL+"/?calendar=alice@example.com/1&from=20260105", "")).body
}

// timed are the fields of a form for one hour from nine.
var timed = []string{"title", "Dentist", "place", "Town", "description", "Bring <card>", "start", "2026-01-06T09:00", "end", "2026-01-06T10:00", "zone", "Europe/Helsinki"}

func TestWhatIsTypedOnThePageIsThereForClients(t *testing.T) {
	r := newRig(t, graph.Options{})
	_, link := r.round("/me/calendarView/delta"+january, immut)
	if got := r.form("/_standin/events", timed...); !strings.Contains(got, "Dentist") || !strings.Contains(got, "09:00–10:00") {
		t.Fatalf("the page shows %s", got)
	}
	list, link := r.round(link, immut, `Prefer: outlook.body-content-type="text"`)
	if len(list) != 1 || list[0].text("subject") != "Dentist" || list[0].text("location/displayName") != "Town" || list[0].text("body/content") != "Bring <card>" ||
		list[0].text("start/dateTime") != "2026-01-06T07:00:00.0000000" || list[0].text("originalStartTimeZone") != "FLE Standard Time" {
		t.Fatalf("clients see %v", list)
	}
	id := list[0].text("id")
	if got := r.form("/_standin/events", "id", id, "title", "Dentist 2", "place", "Town", "description", "Bring <card>", "allday", "on", "fromday", "2026-01-07", "lastday", "2026-01-08"); !strings.Contains(got, "Dentist 2") {
		t.Fatalf("after the edit: %s", got)
	}
	list, _ = r.round(link, immut)
	if len(list) != 1 || list[0]["isAllDay"] != true || list[0].text("end/dateTime") != "2026-01-09T00:00:00.0000000" || list[0].text("body/contentType") != "html" {
		t.Errorf("as whole days: %v", list)
	}
	if got := r.form("/_standin/events/move", "id", id, "minutes", "60"); !strings.Contains(got, "whole days move by days") {
		t.Error("a whole day moved by an hour")
	}
	r.form("/_standin/events/delete", "id", id)
	r.want(404, r.do("GET", "/me/events/"+id, ""))
	if got := r.form("/_standin/events/delete", "id", id); !strings.Contains(got, "not there any more") {
		t.Error("deleting twice says nothing")
	}
	if got := r.form("/_standin/events", "start", "2026-01-06T09:00", "end", "2026-01-06T10:00"); !strings.Contains(got, "no floating times in Outlook") {
		t.Error("a floating time was taken")
	}
}

func TestMovingASeriesOnThePageMovesItsPattern(t *testing.T) {
	r := newRig(t, graph.Options{})
	id := r.make("recurrence", recurs(`"type":"weekly","interval":1,"daysOfWeek":["wednesday"]`, `"type":"endDate","endDate":"2026-01-14"`), "attendees", attendees("bob@example.com")).text("id")
	if got := r.page(); strings.Count(got, `<span class="clock">`) != 2 || !strings.Contains(got, "1 guests") {
		t.Errorf("the page shows %s", got)
	}
	r.form("/_standin/events/move", "id", id, "minutes", "1440")
	r.form("/_standin/events/move", "id", id, "minutes", "60")
	if got := r.days(id, january); got != "01-08 01-15" {
		t.Errorf("moved to %s", got)
	}
	if got := r.tree(r.do("GET", "/me/events/"+id, "")); got.text("start/dateTime") != "2026-01-08T08:00:00.0000000" || got.text("recurrence/range/endDate") != "2026-01-15" {
		t.Errorf("moved: %v", got["recurrence"])
	}
	if n := len(r.graph.Mails()); n != 3 {
		t.Errorf("%d mails: an invitation and two updates were due", n)
	}
	monthly := r.make("recurrence", recurs(`"type":"absoluteMonthly","interval":1,"dayOfMonth":6`, numbered)).text("id")
	if got := r.form("/_standin/events/move", "id", monthly, "minutes", "1440"); !strings.Contains(got, "moves by its pattern") {
		t.Error("a monthly series moved by a day")
	}
}

func TestThePageSwitchesWhatTheServiceDoes(t *testing.T) {
	r := newRig(t, graph.Options{})
	link := r.deltaLink()
	flip := func(ids ...string) {
		t.Helper()
		var fields []string
		for _, id := range ids {
			fields = append(fields, "own."+id, "on")
		}
		if got := r.form("/_standin/switches", fields...); strings.Contains(got, `role="alert"`) {
			t.Errorf("%v: %s", ids, got)
		}
	}
	flip("readonly", "aadsts50105")
	r.want(403, r.do("POST", "/me/events", event()))
	if a := r.logIn(ask()); !strings.Contains(a.body, "AADSTS50105") {
		t.Errorf("sign-in: %d", a.status)
	}
	flip()
	e := r.make()
	r.want(200, r.logIn(ask()))
	flip("moved")
	if a := r.authorize(ask()); !strings.Contains(a.body, "AADSTS50011") {
		t.Errorf("another redirect address: %d", a.status)
	}
	flip("emptypages")
	r.want(200, r.authorize(ask()))
	if page := r.tree(r.do("GET", link, "")); len(page.values()) != 0 || page["@odata.nextLink"] == nil {
		t.Errorf("no empty page: %v", page)
	}
	flip("housekeep")
	r.want(412, r.do("DELETE", "/me/events/"+e.text("id"), "", "If-Match: "+e.text("@odata.etag")))
	flip("forget")
	r.want(410, r.do("GET", link, ""))
	for _, x := range [][2]string{{"throttlenow", "M-36"}, {"throttleapp", "M-91"}} {
		flip(x[0])
		if a := r.want(429, r.do("GET", "/me", "")); a.header.Get("X-Standin-Refusal") != x[1] {
			t.Errorf("%s: %v", x[0], a.header)
		}
	}
	r.graph.Reset()
	r.want(200, r.do("GET", "/me", ""))
	if got := r.want(200, r.do("GET", r.http.URL+"/?lang=fi", "")).body; !strings.Contains(got, "Lopeta kaikki tilaukset nyt") || strings.Contains(got, "only an administrator") {
		t.Error("the switches are not in Finnish")
	}
}
