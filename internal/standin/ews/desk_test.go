package ews_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"tahti/internal/standin/ews"
)

// calendarShelf is alice's calendar on the page: the fourth folder of her mailbox.
const calendarShelf = "alice@example.com/4"

// form posts one of the page's forms and follows to the page it leads to.
func (r *rig) form(path string, fields ...string) string {
	r.Helper()
	form := url.Values{"calendar": {calendarShelf}, "from": {"20260105"}}
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
	return r.do("GET", "/?calendar="+calendarShelf+"&from=20260105", "").body
}

// typed are the fields of a form for one hour from nine.
var typed = []string{"title", "Dentist", "place", "Town", "description", "Bring <card>", "start", "2026-01-06T09:00", "end", "2026-01-06T10:00", "zone", "Europe/Helsinki"}

func TestWhatIsTypedOnThePageIsThereForClients(t *testing.T) {
	t.Parallel()
	r := newRig(t, ews.Options{Zone: "Europe/Helsinki"})
	_, state, _ := r.changes("", 512)
	if got := r.form("/_standin/events", typed...); !strings.Contains(got, "Dentist") || !strings.Contains(got, "09:00–10:00") {
		t.Fatalf("the page shows %s", got)
	}
	list, state, _ := r.changes(state, 512)
	if strings.Join(list, ",") != "Create Dentist" {
		t.Fatalf("clients hear of %v", list)
	}
	id := r.ok(r.soap(find("", ""))).ref()
	a := r.ok(r.soap(get(id.String())))
	if a.xml.text("Location") != "Town" || !strings.Contains(a.body, `<t:Body BodyType="Text">Bring &lt;card&gt;</t:Body>`) || a.xml.text("Start") != "2026-01-06T07:00:00Z" || a.xml.attr("StartTimeZone", "Id") != "FLE Standard Time" {
		t.Errorf("clients see %s", a.body)
	}
	if got := r.form("/_standin/events", "id", id.id, "title", "Dentist 2", "place", "Town", "description", "Bring <card>", "allday", "on", "fromday", "2026-01-07", "lastday", "2026-01-08"); !strings.Contains(got, "Dentist 2") {
		t.Fatalf("after the edit: %s", got)
	}
	if list, _, _ = r.changes(state, 512); strings.Join(list, ",") != "Update Dentist 2" {
		t.Errorf("clients hear of %v", list)
	}
	if a = r.ok(r.soap(get(id.String()))); a.xml.text("IsAllDayEvent") != "true" || a.xml.text("End") != "2026-01-08T22:00:00Z" || a.ref().key == id.key {
		t.Errorf("as whole days: %s", a.body)
	}
	if got := r.form("/_standin/events/move", "id", id.id, "minutes", "60"); !strings.Contains(got, "whole days move by days") {
		t.Error("a whole day moved by an hour")
	}
	r.form("/_standin/events/delete", "id", id.id)
	if got := r.soap(get(id.String())).code(); got != "ErrorItemNotFound" {
		t.Errorf("deleted: %s", got)
	}
	if got := r.form("/_standin/events/delete", "id", id.id); !strings.Contains(got, "not there any more") {
		t.Error("deleting twice says nothing")
	}
	if got := r.form("/_standin/events", "start", "2026-01-06T09:00", "end", "2026-01-06T10:00"); !strings.Contains(got, "no floating times in Outlook") {
		t.Error("a floating time was taken")
	}
}

func TestThePageSaysWhatWasAskedFor(t *testing.T) {
	t.Parallel()
	r := newRig(t, ews.Options{})
	r.make(event("x"))
	if list := r.ews.Requests(); len(list) != 1 || list[0].Operation != "CreateItem" {
		t.Errorf("%+v", list)
	}
	if got := r.page(); !strings.Contains(got, "/EWS/Exchange.asmx CreateItem") {
		t.Errorf("the page shows %s", got)
	}
}

func TestMovingASeriesOnThePageMovesItsPattern(t *testing.T) {
	t.Parallel()
	r := newRig(t, ews.Options{})
	id := r.make(weekly("Wednesday", until("2026-01-14")))
	if got := r.page(); strings.Count(got, `<span class="clock">`) != 2 {
		t.Errorf("the page shows %s", got)
	}
	r.form("/_standin/events/move", "id", id.id, "minutes", "1440")
	r.form("/_standin/events/move", "id", id.id, "minutes", "60")
	a := r.ok(r.soap(get(ref{id: id.id}.String())))
	if a.xml.text("Start") != "2026-01-08T08:00:00Z" || a.xml.text("DaysOfWeek") != "Thursday" || a.xml.text("EndDate") != "2026-01-15Z" {
		t.Errorf("moved: %s", a.body)
	}
	monthly := r.make(strings.Replace(series("x"), "<t:DailyRecurrence><t:Interval>1</t:Interval></t:DailyRecurrence>",
		"<t:AbsoluteMonthlyRecurrence><t:Interval>1</t:Interval><t:DayOfMonth>6</t:DayOfMonth></t:AbsoluteMonthlyRecurrence>", 1))
	if got := r.form("/_standin/events/move", "id", monthly.id, "minutes", "1440"); !strings.Contains(got, "moves by its pattern") {
		t.Error("a monthly series moved by a day")
	}
}

func TestThePageSwitchesWhatTheServiceDoes(t *testing.T) {
	t.Parallel()
	r := newRig(t, ews.Options{})
	_, state, _ := r.changes("", 512)
	sub, mark := r.subscribed()
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
	ask := func() string { return r.soap(folders(inCalendar)).header.Get("X-Standin-Refusal") }
	for _, x := range [][2]string{
		{"locked", "E-80"}, {"expired", "E-81"}, {"forbidden", "E-82"}, {"cloud", "E-86"}, {"kerberos", "E-01"}, {"gateway", "E-01"}, {"gatewaypage", "E-01"},
		{"loginpage", "E-83"}, {"secondfactor", "E-83"}, {"timeout", "E-84"},
	} {
		flip(x[0]) // which switches off the one before
		if got := ask(); got != x[1] {
			t.Errorf("%s: refused as %q, want %s", x[0], got, x[1])
		}
	}
	flip()
	if got := ask(); got != "" {
		t.Errorf("with all switched off: %s", got)
	}
	found := settings("<a:Users><a:User><a:Mailbox>alice@example.com</a:Mailbox></a:User></a:Users>")
	for id, part := range map[string]string{"nodiscovery": "404", "nowhere": "https://192.0.2.1/", "broken": "<html>", "tocloud": ews.CloudURL, "noservice": "SettingIsNotAvailable", "unknown": "InvalidUser"} {
		flip(id)
		if got := found(r).body; !strings.Contains(got, part) {
			t.Errorf("%s: %s", id, got)
		}
	}
	flip("loop")
	if a := found(r); a.status != 302 || a.header.Get("Location") != "/autodiscover/autodiscover.xml" || r.do("GET", a.header.Get("Location"), "").status != 302 {
		t.Errorf("no loop: %d %v", a.status, a.header)
	}
	flip()
	for id, number := range map[string]string{"busyfault": "E-90", "busyqueue": "E-91", "busyinner": "E-92"} {
		flip(id)
		if got := ask(); got != number {
			t.Errorf("%s: refused as %q", id, got)
		}
	}
	r.now = r.now.Add(minute)
	flip("forgetstates", "endsubscriptions")
	if got := r.soap(sync(state, 1)).code(); got != "ErrorInvalidSyncStateData" {
		t.Errorf("forgotten states: %s", got)
	}
	if got := r.soap(events(sub, mark)).code(); got != "ErrorSubscriptionNotFound" {
		t.Errorf("ended subscriptions: %s", got)
	}
	page := r.do("GET", "/?lang=fi", "").body
	if !strings.Contains(page, "Lopeta kaikki tilaukset nyt") {
		t.Error("the switches are not in Finnish")
	}
	for _, english := range []string{"locked (401)", "Kerberos alone", "passwords alone", "Be busy", "autodiscover leads", "mailboxes are"} {
		if strings.Contains(page, english) {
			t.Errorf("in English on the Finnish page: %s", english)
		}
	}
	flip("cloud")
	r.ews.Reset()
	if got := ask(); got != "" {
		t.Errorf("after a reset: %s", got)
	}
}
