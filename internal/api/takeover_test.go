package api_test

import (
	"fmt"
	"testing"
)

// TestTakeOver goes the whole way: seen, tied, asked about, answered; and a wrong wish is refused.
func TestTakeOver(t *testing.T) {
	l := newLab(t)
	event := func(name, title, hour string) {
		body := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//former//EN\r\nBEGIN:VEVENT\r\nUID:" + name + "\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20261201T" + hour +
			"0000Z\r\nDURATION:PT1H\r\nSUMMARY:" + title + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
		if err := l.calendar.PutRaw("alice@example.com", "calendar", name+".ics", []byte(body)); err != nil {
			t.Fatal(err)
		}
	}
	activity := func(title, hour string) any {
		return l.ok("alice", "POST", "/api/v2/activities", object{
			"subject": title, "due_date": "2026-12-01", "due_time": hour + ":00", "duration": "01:00",
		})["id"]
	}
	event("same", "Big deal > Call", "08")
	same := activity("Call", "08")
	event("other", "Talk", "10")
	other := activity("Chat", "10")
	event("there", "Lunch", "12")
	activity("Plan", "14")
	c := l.connect(object{"start": "everything"})
	path := fmt.Sprintf("/connections/%v", c["id"])
	l.own("alice", "POST", path+"/pause", nil)

	seen := l.own("alice", "POST", path+"/take-over", object{"preview": true})
	counts := seen["counts"].(object)
	if counts["matched"] != 1.0 || counts["unsure"] != 1.0 || counts["new_in_crm"] != 1.0 || counts["new_in_calendar"] != 1.0 {
		t.Fatalf("seen: %v", seen)
	}
	pair := seen["matched"].([]any)[0].(object)
	if pair["activity"].(object)["activity"] != same || pair["event"].(object)["title"] != "Big deal > Call" {
		t.Errorf("matched: %v", pair)
	}
	question := seen["unsure"].([]any)[0].(object)
	asked := question["events"].([]any)[0].(object)
	if question["reason"] != "other_title" || question["why"] == "" || asked["title"] != "Talk" {
		t.Errorf("asked: %v", question)
	}
	if stop := seen["other_sync"].(object); stop["tool"] != "" || stop["stop"] == "" {
		t.Errorf("the other sync: %v", stop)
	}
	done := l.own("alice", "POST", path+"/take-over", object{"preview_id": seen["id"]})
	if done["linked"] != 1.0 || done["left"] != 1.0 {
		t.Errorf("done: %v", done)
	}
	if found := l.own("alice", "GET", path+"/findings", nil)["findings"].([]any); len(found) != 1 || found[0].(object)["check"] != "taken_over.twins" {
		t.Errorf("found: %v", found)
	}
	for what, wish := range map[string]object{
		"a preview that nobody has seen": {"preview_id": 999999}, "a reason that is none": {"preview_id": seen["id"], "same_for_all": object{"whim": object{"same": true}}},
	} {
		if status, answer := l.call("alice", "POST", "/api/tahti/v1"+path+"/take-over", wish); status != 409 && status != 422 {
			t.Errorf("%s: %d %v", what, status, answer)
		}
	}
	if status, _ := l.call("bob", "POST", "/api/tahti/v1"+path+"/take-over", object{"preview": true}); status != 403 {
		t.Errorf("somebody else looks: %d", status)
	}
	seen = l.own("alice", "POST", path+"/take-over", object{"preview": true, "limit": 1})
	done = l.own("alice", "POST", path+"/take-over", object{"preview_id": seen["id"], "answers": []any{
		object{"event": asked["event"], "activity": other, "same": true, "counts": "calendar"},
	}})
	if done["linked"] != 1.0 || done["left"] != 0.0 {
		t.Errorf("answered: %v", done)
	}
	if got := l.ok("alice", "GET", fmt.Sprintf("/api/v2/activities/%v", other), nil); got["subject"] != "Talk" {
		t.Errorf("the activity is called %v", got["subject"])
	}
	l.own("alice", "POST", path+"/resume", nil)
	l.sync(c["id"])
	if events, err := l.calendar.Events("alice@example.com", "calendar"); err != nil || len(events) != 4 {
		t.Errorf("%d events, %v: want the three and what was new here", len(events), err)
	}
}
