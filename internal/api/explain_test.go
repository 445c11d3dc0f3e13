package api_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"tahti/internal/engine"
	"tahti/internal/store"
)

// applies does what an obstacle names, as a program does that was told of it.
func (l *lab) applies(connection, activity any, o object) {
	l.Helper()
	remedy := o["remedy"].(object)
	switch remedy["action"] {
	case "change_setting":
		l.own("alice", "PATCH", fmt.Sprintf("/connections/%v/settings", connection), remedy["change"].(object))
	case "sync_one":
		l.own("alice", "POST", fmt.Sprintf("/activities/%v/sync", activity), object{"connection": connection})
	case "resume":
		l.own("alice", "POST", fmt.Sprintf("/connections/%v/resume", connection), nil)
	case "undo":
		l.own("alice", "POST", fmt.Sprintf("/activities/%v/revive", remedy["activity_id"]), nil)
	case "change_activity":
		l.ok("alice", "PATCH", fmt.Sprintf("/api/v2/activities/%v", remedy["activity_id"]), object{"owner_id": l.alice.ID})
	case "set_date":
		l.ok("alice", "PATCH", fmt.Sprintf("/api/v2/activities/%v", remedy["activity_id"]), object{"due_date": "2026-12-02"})
	default:
		l.Fatalf("nobody knows how to do %v", o)
	}
}

// An explanation names all that is in the way, and what it names is what lets the activity go out.
func TestAnExplanationNamesAllThatIsInTheWayAndWhatHelps(t *testing.T) {
	l := newLab(t)
	made := l.ok("alice", "POST", "/api/v2/activities", object{"subject": "Call Bob", "type": "call", "due_date": "2026-12-01", "due_time": "08:00"})
	c := l.connect(object{"direction": "to_crm", "types_out": []string{"meeting"}})
	l.sync(c["id"])
	l.own("alice", "POST", fmt.Sprintf("/connections/%v/pause", c["id"]), nil)
	explain := func() object {
		return l.own("alice", "GET", fmt.Sprintf("/activities/%v/explain?connection=%v", made["id"], c["id"]), nil)
	}
	x := explain()
	var codes []string
	for _, o := range x["obstacles"].([]any) {
		codes = append(codes, o.(object)["code"].(string))
	}
	if want := []string{"paused", "direction", "type_not_selected", "before_start"}; !slices.Equal(codes, want) {
		t.Fatalf("in the way is %v, want %v", codes, want)
	}
	if x["code"] != "paused" || x["remedy"].(object)["action"] != "resume" || !strings.Contains(x["reason"].(string), "Its type stays in Tahti.") {
		t.Errorf("explained by %v", x)
	}
	l.own("alice", "POST", fmt.Sprintf("/connections/%v/resume", c["id"]), nil)
	status, p := l.call("alice", "POST", fmt.Sprintf("/api/tahti/v1/activities/%v/sync", made["id"]), object{"connection": c["id"]})
	if status != 409 || p["code"] != "direction" || p["next"] == "" {
		t.Errorf("syncing it is answered by %d: %v", status, p)
	}
	for range codes[1:] {
		if x = explain(); x["in_sync"] != false {
			t.Fatalf("in sync already: %v", x)
		}
		l.applies(c["id"], made["id"], x["obstacles"].([]any)[0].(object))
	}
	if x = explain(); x["in_sync"] != false || x["remedy"].(object)["action"] != "sync_now" {
		t.Errorf("before the next sync: %v", x)
	}
	l.sync(c["id"])
	if x = explain(); x["in_sync"] != true || len(x["obstacles"].([]any)) != 0 {
		t.Errorf("behind it: %v", x)
	}
	l.ok("alice", "PATCH", fmt.Sprintf("/api/v2/activities/%v", made["id"]), object{"subject": "Call Bobby"})
	l.own("alice", "POST", "/stop-all", nil)
	x = explain()
	if o := x["obstacles"].([]any); x["code"] != "company_stopped" || x["remedy"].(object)["action"] != "resume_all" || len(o) != 2 {
		t.Errorf("while all sync is stopped: %v", x)
	}
	events, err := l.calendar.Events("alice@example.com", "calendar")
	must(t, err)
	if len(events) != 1 {
		t.Errorf("%d events", len(events))
	}
}

// An event that was there before has no button of its own: what lets it in is another starting point, and that is what is named.
func TestAnEventFromBeforeTheStartIsToldWhatLetsItIn(t *testing.T) {
	l := newLab(t)
	must(t, l.calendar.PutRaw("alice@example.com", "calendar", "old.ics", []byte(strings.ReplaceAll(`BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//test//
BEGIN:VEVENT
UID:old
DTSTAMP:20261101T000000Z
DTSTART:20261201T080000Z
DTEND:20261201T090000Z
SUMMARY:Old
END:VEVENT
END:VCALENDAR
`, "\n", "\r\n"))))
	c := l.connect(nil)
	l.sync(c["id"])
	events, err := l.calendar.Events("alice@example.com", "calendar")
	must(t, err)
	explain := func() object {
		return l.own("alice", "GET", fmt.Sprintf("/connections/%v/explain?event=%s", c["id"], events[0].Path), nil)
	}
	x := explain()
	remedy := x["remedy"].(object)
	if x["code"] != "before_start" || x["rule"] != "start" || remedy["action"] != "change_setting" || strings.Contains(remedy["label"].(string), "Sync this one") {
		t.Fatalf("explained by %v", x)
	}
	l.applies(c["id"], nil, x["obstacles"].([]any)[0].(object))
	l.sync(c["id"])
	if x = explain(); x["in_sync"] != true {
		t.Errorf("behind it: %v", x)
	}
}

// What is named can be done by the program that is told of it: it says of which activity, piece of work or row of history.
func TestWhatAnExplanationNamesCanBeDone(t *testing.T) {
	l := newLab(t)
	c := l.connect(object{"start": "everything"})
	l.sync(c["id"])
	explain := func(a object) object {
		return l.own("alice", "GET", fmt.Sprintf("/activities/%v/explain?connection=%v", a["id"], c["id"]), nil)
	}
	add := func(who string, more object) object {
		more["subject"], more["type"] = "Call Bob", "call"
		return l.ok(who, "POST", "/api/v2/activities", more)
	}
	deleted := add("alice", object{"due_date": "2026-12-01"})
	l.sync(c["id"])
	l.ok("alice", "DELETE", fmt.Sprintf("/api/v2/activities/%v", deleted["id"]), nil)
	uncarried := add("alice", object{"due_date": "2026-12-01"}) // of which there is no history
	l.ok("alice", "DELETE", fmt.Sprintf("/api/v2/activities/%v", uncarried["id"]), nil)
	for _, named := range []struct {
		code string
		a    object
	}{
		{"deleted", deleted}, {"deleted", uncarried},
		{"other_owner", add("bob", object{"due_date": "2026-12-01"})}, {"no_date", add("alice", object{})},
	} {
		code, a := named.code, named.a
		l.sync(c["id"])
		x := explain(a)
		o := x["obstacles"].([]any)
		if x["code"] != code || len(o) != 1 {
			t.Fatalf("%s: %v", code, x)
		}
		l.applies(c["id"], a["id"], o[0].(object))
		l.sync(c["id"])
		if x = explain(a); x["in_sync"] != true {
			t.Errorf("%s: behind it: %v", code, x)
		}
	}
	asked := add("alice", object{"due_date": "2026-12-01"})
	for held, action := range map[string]string{store.HeldByParked: "answer", store.HeldBySending: "send", store.HeldByBrake + "7": "confirm"} {
		var work store.Work
		must(t, l.house.Store.Tx(t.Context(), l.company, func(tx engine.Tx) (err error) {
			if work, err = tx.WorkBySubject(t.Context(), int64(c["id"].(float64)), fmt.Sprintf("a:%v", asked["id"])); err != nil {
				return err
			}
			work.HeldBy, work.Reason = held, engine.Unsure
			return tx.UpdateWork(t.Context(), work)
		}))
		list := explain(asked)["obstacles"].([]any)
		remedy := list[len(list)-1].(object)["remedy"].(object)
		want := object{"action": action, "label": remedy["label"], "work_id": float64(work.ID)}
		if action == "confirm" {
			want = object{"action": action, "label": remedy["label"], "hold_id": 7.0}
		}
		if fmt.Sprint(remedy) != fmt.Sprint(want) {
			t.Errorf("of what is held by %s: %v, want %v", held, remedy, want)
		}
	}
}
