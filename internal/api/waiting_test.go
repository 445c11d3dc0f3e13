package api_test

import (
	"fmt"
	"path"
	"testing"
)

// TestAConnectionSaysThatSomethingWaits: with deletions held, nobody may read that there is nothing to do.
func TestAConnectionSaysThatSomethingWaits(t *testing.T) {
	l := newLab(t)
	c := l.connect(object{"start": "everything"})
	address := fmt.Sprintf("/connections/%v", c["id"])
	if c["title"] != "In step" {
		t.Fatalf("before: %v", c["title"])
	}
	for i := range 3 {
		l.ok("alice", "POST", "/api/v2/activities", object{"subject": fmt.Sprint("Call ", i), "due_date": "2026-12-01", "due_time": "08:00"})
	}
	l.sync(c["id"])
	events, err := l.calendar.Events("alice@example.com", "calendar")
	must(t, err)
	for _, e := range events {
		must(t, l.calendar.Remove("alice@example.com", "calendar", path.Base(e.Path)))
	}
	l.sync(c["id"])
	got := l.own("alice", "GET", address, nil)
	if got["counts"].(object)["held"] != 3.0 || got["title"] != "3 need your decision" || got["next"] != "Look at what waits, and decide." {
		t.Errorf("%v; %v; %v", got["title"], got["next"], got["counts"])
	}
}
