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

// TestTakeOverOfASeriesBesideItsDates: where the CRM holds the dates of a series one by one, one question is asked. If they are the same
// nothing is made on either side then, whatever is edited, and nobody is asked again; if not, each is made on the other side.
func TestTakeOverOfASeriesBesideItsDates(t *testing.T) {
	for same, want := range map[bool]int{true: 1, false: 6} {
		t.Run(fmt.Sprint("the same: ", same), func(t *testing.T) {
			l := newLab(t)
			put := func(summary string) {
				body := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//former//EN\r\nBEGIN:VEVENT\r\nUID:series\r\nDTSTAMP:20260101T000000Z\r\n" +
					"DTSTART:20261201T080000Z\r\nDURATION:PT1H\r\nRRULE:FREQ=WEEKLY;COUNT=5\r\nSUMMARY:" + summary + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
				if err := l.calendar.PutRaw("alice@example.com", "calendar", "series.ics", []byte(body)); err != nil {
					t.Fatal(err)
				}
			}
			put("Standup")
			var ids []any
			for _, day := range []string{"2026-12-01", "2026-12-08", "2026-12-15", "2026-12-22", "2026-12-29"} {
				ids = append(ids, l.ok("alice", "POST", "/api/v2/activities", object{
					"subject": "Standup", "due_date": day, "due_time": "08:00", "duration": "01:00",
				})["id"])
			}
			c := l.connect(object{"start": "everything"})
			path := fmt.Sprintf("/connections/%v", c["id"])
			seen := l.own("alice", "POST", path+"/take-over", object{"preview": true})
			if n := len(seen["unsure"].([]any)); n != 1 {
				t.Fatalf("%d questions, want one: %v", n, seen)
			}
			q := seen["unsure"].([]any)[0].(object)
			if q["reason"] != "dates" || len(q["events"].([]any)) != 1 || len(q["activities"].([]any)) != 5 {
				t.Errorf("asked: %v", q)
			}
			done := l.own("alice", "POST", path+"/take-over", object{"preview_id": seen["id"], "answers": []any{
				object{"event": q["events"].([]any)[0].(object)["event"], "same": same},
			}})
			if done["linked"] != 0.0 || done["left"] != 0.0 || same && done["counts"].(object)["dates"] != 1.0 {
				t.Errorf("done: %v", done)
			}
			l.sync(c["id"])
			put("Standup, in room 4")
			for _, id := range ids {
				l.ok("alice", "PATCH", fmt.Sprintf("/api/v2/activities/%v", id), object{"public_description": "Bring cake"})
			}
			l.sync(c["id"])
			l.sync(c["id"])
			if events, err := l.calendar.Events("alice@example.com", "calendar"); err != nil || len(events) != want {
				t.Errorf("%d events, %v: want %d", len(events), err, want)
			}
			explained := l.own("alice", "GET", fmt.Sprintf("/activities/%v/explain?connection=%v", ids[1], c["id"]), nil)
			if explained["in_sync"] != !same || same && explained["code"] != "kept_as_dates" {
				t.Errorf("explained: %v", explained)
			}
			if work := l.own("alice", "GET", path+"/work", nil)["work"].([]any); len(work) != 0 {
				t.Errorf("waiting: %v", work)
			}
			seen = l.own("alice", "POST", path+"/take-over", object{"preview": true})
			if counts := seen["counts"].(object); counts["unsure"] != 0.0 || counts["new_in_crm"] != 0.0 || counts["new_in_calendar"] != 0.0 {
				t.Errorf("asked again: %v", counts)
			}
		})
	}
}
