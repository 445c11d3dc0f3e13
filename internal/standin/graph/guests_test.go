package graph_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"tahti/internal/standin/graph"
)

// copies are the events in bob's calendar, as another program of his sees them.
func (r *rig) copies() []tree {
	r.Helper()
	list, err := r.graph.Events("bob@example.com", "Calendar")
	if err != nil {
		r.Fatal(err)
	}
	var out []tree
	for _, raw := range list {
		var t tree
		if err := json.Unmarshal(raw, &t); err != nil {
			r.Fatal(err)
		}
		out = append(out, t)
	}
	return out
}

// bob does something with his copy, and is not refused.
func (r *rig) bob(method, path, body string) {
	r.Helper()
	if _, _, err := r.graph.Do("bob@example.com", method, path, body); err != nil {
		r.Fatal(err)
	}
}

func TestAMeetingIsInTheCalendarsOfItsGuests(t *testing.T) {
	r := newRig(t, graph.Options{})
	e := r.make("attendees", attendees("bob@example.com", "out@example.net"), "recurrence", recurs(daily5, numbered), "categories", `["Mine"]`)
	master := "/me/events/" + e.text("id")
	list := r.copies()
	if len(list) != 1 {
		t.Fatalf("bob has %d events", len(list))
	}
	got := list[0]
	for path, want := range map[string]any{
		"subject": "Plan", "iCalUId": e["iCalUId"], "isOrganizer": false, "organizer/emailAddress/address": "alice@example.com", "showAs": "tentative",
		"responseStatus/response": "notResponded", "type": "seriesMaster",
	} {
		if got.at(path) != want {
			t.Errorf("the copy's %s is %v, want %v", path, got.at(path), want)
		}
	}
	if mine, _ := got["categories"].([]any); len(mine) != 0 {
		t.Error("the organiser's category is in the guest's copy")
	}

	// Bob accepts, and makes the copy his own; the organiser sees the answer, and changes the subject and one occurrence.
	bobs := "/me/events/" + got.text("id")
	r.bob("POST", bobs+"/accept", `{"comment":"gladly"}`)
	r.bob("PATCH", bobs, `{"categories":["His"]}`)
	guests := fmt.Sprint(r.tree(r.do("GET", master, ""))["attendees"])
	if !strings.Contains(guests, "response:accepted") || !strings.Contains(guests, "response:none") {
		t.Errorf("the organiser sees %s", guests)
	}
	r.want(200, r.do("PATCH", master, `{"subject":"Other"}`))
	r.want(200, r.do("PATCH", r.nth(master, 1), `{"showAs":"free","location":{"displayName":"Room"}}`))
	r.want(204, r.do("DELETE", r.nth(master, 3), ""))
	got = r.copies()[0]
	if got.text("subject") != "Other" || got.text("responseStatus/response") != "accepted" || got.text("showAs") != "busy" || fmt.Sprint(got["categories"]) != "[His]" {
		t.Errorf("after the change: %v", got)
	}
	exceptions, _ := got["exceptionOccurrences"].([]any)
	cancelled, _ := got["cancelledOccurrences"].([]any)
	if len(exceptions) != 1 || len(cancelled) != 1 {
		t.Fatalf("exceptions %v, cancelled %v", exceptions, cancelled)
	}
	one := tree(exceptions[0].(map[string]any))
	if one.text("location/displayName") != "Room" || one.text("showAs") != "busy" {
		t.Errorf("the exception: %v, %v", one.at("location/displayName"), one["showAs"])
	}

	// Another time takes the answer away; so does the end of the meeting take it off.
	r.want(200, r.do("PATCH", master, `{"start":`+string(times("2026-01-05T11:00:00"))+`,"end":`+string(times("2026-01-05T12:00:00"))+`}`))
	if got = r.copies()[0]; got.text("responseStatus/response") != "notResponded" || got.text("start/dateTime") != "2026-01-05T09:00:00.0000000" {
		t.Errorf("after another time: %v", got["responseStatus"])
	}
	r.want(202, r.do("POST", master+"/cancel", `{"comment":"sorry"}`))
	if got = r.copies()[0]; got["isCancelled"] != true || got.text("subject") != "Canceled: Other" {
		t.Errorf("after the cancellation: %v", got["subject"])
	}
	r.want(404, r.do("GET", master, ""))
	r.bob("DELETE", bobs, "")
	if last := r.graph.Mails(); last[len(last)-1].Method != "CANCEL" {
		t.Errorf("the guest's removal mailed: %v", last[len(last)-1])
	}
}

func TestAGuestDeclines(t *testing.T) {
	r := newRig(t, graph.Options{})
	master := "/me/events/" + r.make("attendees", attendees("bob@example.com", "out@example.net"), "recurrence", recurs(daily5, numbered)).text("id")
	bobs := "/me/events/" + r.copies()[0].text("id")
	_, body, err := r.graph.Do("bob@example.com", "GET", bobs+"/instances"+january, "")
	if err != nil {
		t.Fatal(err)
	}
	second := "/me/events/" + r.tree(answer{body: string(body)}).values()[1].text("id")
	third := "/me/events/" + r.tree(answer{body: string(body)}).values()[2].text("id")
	r.bob("POST", second+"/decline", `{}`)
	r.bob("POST", third+"/tentativelyAccept", `{"sendResponse":false}`)
	instances := r.tree(r.do("GET", master+"/instances"+january, "")).values()
	if got := fmt.Sprint(instances[1]["attendees"]); !strings.Contains(got, "response:declined") || instances[1].text("type") != "exception" {
		t.Errorf("the organiser sees of one occurrence %s", got)
	}
	if got := fmt.Sprint(instances[2]["attendees"]); strings.Contains(got, "tentativelyAccepted") {
		t.Error("an answer that was not sent has arrived")
	}
	_, body, err = r.graph.Do("bob@example.com", "GET", bobs+"/instances"+january, "")
	if err != nil {
		t.Fatal(err)
	}
	if left := r.tree(answer{body: string(body)}).values(); len(left) != 4 || left[1].text("responseStatus/response") != "tentativelyAccepted" {
		t.Errorf("bob's occurrences: %s", summary(left))
	}
	r.bob("POST", bobs+"/decline", `{}`)
	if n := len(r.copies()); n != 0 {
		t.Errorf("what was declined is there: %d", n)
	}
	if err := r.graph.Respond("alice@example.com", strings.TrimPrefix(master, "/me/events/"), "out@example.net", "accepted"); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(r.tree(r.do("GET", master, ""))["attendees"]); !strings.Contains(got, "response:accepted") || !strings.Contains(got, "response:declined") {
		t.Errorf("the organiser sees %s", got)
	}
	var replies int
	for _, m := range r.graph.Mails() {
		if m.Method == "REPLY" {
			replies++
		}
	}
	if replies != 2 {
		t.Errorf("%d answers were mailed", replies)
	}
}

func TestIdsAreTranslated(t *testing.T) {
	r := newRig(t, graph.Options{})
	regular := r.tree(r.want(201, r.do("POST", "/me/events", event()))).text("id")
	a := r.tree(r.want(200, r.do("POST", "/me/translateExchangeIds", `{"inputIds":["`+regular+`","x"],"sourceIdType":"restId","targetIdType":"restImmutableEntryId"}`)))
	list := a.values()
	if len(list) != 1 || list[0].text("sourceId") != regular {
		t.Fatalf("translated: %v", list)
	}
	fixed := list[0].text("targetId")
	again, err := r.graph.Reimport("alice@example.com", fixed)
	if err != nil {
		t.Fatal(err)
	}
	r.want(404, r.do("GET", "/me/events/"+fixed, ""))
	if got := r.tree(r.want(200, r.do("GET", "/me/events/"+again, ""))); got.text("subject") != "Plan" {
		t.Errorf("imported again: %v", got)
	}
}
