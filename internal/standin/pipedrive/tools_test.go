package pipedrive_test

import (
	"testing"
	"time"

	"tahti/internal/standin/pipedrive"
)

const alice = "alice@example.com"

// What tests do to a company without a client.
func TestWhatTestsDoToACompany(t *testing.T) {
	r := newRig(t, pipedrive.Options{})
	r.add("")
	e := newEar(t)
	r.hook(e, "")
	at := func(path string) any { return r.want(200, r.do("GET", "activities/1", "")).at("data." + path) }

	if err := r.server.Meet(1, "zoom", "https://zoom.example/1", "z1"); err != nil {
		t.Error(err)
	}
	if at("conference_meeting_url") != "https://zoom.example/1" || at("conference_meeting_client") != "zoom" || at("conference_meeting_id") != "z1" {
		t.Error("no meeting")
	}
	if _, heard := e.take(r); heard != "change.activity 1/1" {
		t.Errorf("heard %q of a meeting", heard)
	}

	r.clock.Advance(time.Minute)
	was := at("update_time")
	r.server.Housekeep()
	if at("update_time") == was || at("subject") != "Plan" {
		t.Error("not kept house")
	}
	if err := r.server.Spoil(1, map[string]any{"subject": nil, "due_date": "2026-02-30"}); err != nil {
		t.Error(err)
	}
	if at("subject") != nil || at("due_date") != "2026-02-30" {
		t.Error("not spoiled")
	}
	if _, heard := e.take(r); heard != "" {
		t.Errorf("heard %q of what nobody hears of", heard)
	}

	if err := r.server.Delete(alice, 1); err != nil {
		t.Error(err)
	}
	if at("is_deleted") != true {
		t.Error("not deleted")
	}
	if _, heard := e.take(r); heard != "delete.activity 1/1" {
		t.Errorf("heard %q of a deletion", heard)
	}

	dave := r.server.Join(pipedrive.User{Email: "dave@example.com", APIToken: "dave-token"})
	if a := r.want(200, r.do("GET", "/v1/users/me", "", "X-Api-Token: dave-token")); a.at("data.id") != float64(dave) || r.server.UserID("dave@example.com") != dave {
		t.Errorf("dave is %d: %s", dave, a.text)
	}
	n := r.server.Requested()
	r.do("GET", "activities", "")
	if got := r.server.Requests(n); len(got) != 1 || r.server.Requested() != n+1 {
		t.Errorf("requests: %v", got)
	}
	for name, err := range map[string]error{
		"delete twice": r.server.Delete(alice, 1), "delete as nobody": r.server.Delete("x@example.com", 1), "meet": r.server.Meet(7, "", "", ""), "spoil": r.server.Spoil(7, nil),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if r.server.UserID("x@example.com") != 0 {
		t.Error("nobody has an id")
	}
}
