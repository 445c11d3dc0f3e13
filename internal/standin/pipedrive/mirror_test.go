package pipedrive_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/standin/pipedrive"
)

// wall is a calendar at the other end of the company's own sync.
type wall struct {
	events map[string]calendar.Event
	made   int
}

func (w *wall) Create(e calendar.Event) (string, error) {
	w.made++
	id := fmt.Sprintf("e%d", w.made)
	w.events[id] = e
	return id, nil
}

func (w *wall) Edit(id string, e calendar.Event) error { w.events[id] = e; return nil }
func (w *wall) Delete(id string) error                 { delete(w.events, id); return nil }

func (w *wall) titles() string {
	var list []string
	for _, e := range w.events {
		list = append(list, e.Subject)
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

func TestTheCompanysOwnSyncLeavesItsTraces(t *testing.T) {
	r, w := newRig(t, pipedrive.Options{Unlimited: true}), &wall{events: map[string]calendar.Event{}}
	m, err := r.server.Mirror("alice@example.com", w)
	if err != nil {
		t.Fatal(err)
	}
	m.Context = true
	r.made("deals", r.do("POST", "deals", `{"title":"Big"}`))
	r.made("persons", r.do("POST", "persons", `{"name":"Pat Smith"}`))
	r.made("organizations", r.do("POST", "organizations", `{"name":"Acme"}`))
	r.add(`"deal_id":1,"org_id":1,"participants":[{"person_id":1}],"public_description":"Bring it"`)
	r.add(`"subject":"Alone","due_time":null`)
	r.add(`"subject":"Bob's","owner_id":1002`)
	r.add(`"subject":"Some day","due_date":null,"due_time":null`)
	run := func(want int, titles string) {
		t.Helper()
		if n, err := m.Run(); err != nil || n != want || w.titles() != titles {
			t.Errorf("%d written, %v: %s", n, err, w.titles())
		}
	}
	run(2, "Alone, Big > Pat Smith > Acme > Plan")
	run(0, "Alone, Big > Pat Smith > Acme > Plan")
	e := w.events["e1"]
	if e.Start != calendar.InZone(calendar.WallOf(2026, 1, 6, 10, 0, 0), "Europe/Helsinki") || e.End.Wall-e.Start.Wall != 3600 ||
		e.Description != "Bring it\n\nDeal: Big\nhttps://example.pipedrive.com/deal/1\nPerson: Pat Smith\nhttps://example.pipedrive.com/person/1\n"+
			"Organization: Acme\nhttps://example.pipedrive.com/organization/1" {
		t.Errorf("%+v", e)
	}
	if e = w.events["e2"]; e.Start != calendar.OnDate(2026, 1, 6) || e.End != calendar.OnDate(2026, 1, 7) {
		t.Errorf("%+v", e)
	}
	r.clock.Advance(time.Minute)
	r.want(200, r.do("PATCH", "activities/1", `{"subject":"Plan 2"}`))
	r.want(200, r.do("DELETE", "activities/2", ""))
	run(2, "Big > Pat Smith > Acme > Plan 2")

	// What it put in front itself does not come back as a subject.
	e = w.events["e1"]
	e.Subject = "Big > Pat Smith > Acme > Plan 3"
	if id, err := m.Receive("e1", e); err != nil || r.do("GET", fmt.Sprintf("activities/%d", id), "").at("data.subject") != "Plan 3" {
		t.Errorf("%d, %v", id, err)
	}
	r.clock.Advance(time.Minute)
	r.want(200, r.do("PATCH", "activities/1", `{"subject":"Plan 2"}`))
	run(1, "Big > Pat Smith > Acme > Plan 2")

	// The other way: an event of the calendar comes in, is changed and goes.
	id, err := m.Receive("google-1", calendar.Event{Values: calendar.Values{
		Subject: "Lunch", Start: calendar.InZone(calendar.WallOf(2026, 1, 7, 12, 0, 0), "Europe/Helsinki"), End: calendar.InZone(calendar.WallOf(2026, 1, 7, 13, 30, 0), "Europe/Helsinki"),
		Private: true, Busy: true,
	}})
	if err != nil {
		t.Fatal(err)
	}
	path := fmt.Sprintf("activities/%d", id)
	if a := r.do("GET", path, ""); a.at("data.due_time") != "10:00" || a.at("data.duration") != "01:30" || a.at("data.type") != "meeting" || a.at("data.subject") != "Lunch" {
		t.Errorf("%s", a.text)
	}
	if a := r.do("GET", path, "", "X-Api-Token: bob-token"); a.at("data.subject") != "Private" {
		t.Errorf("%s", a.text)
	}
	run(0, "Big > Pat Smith > Acme > Plan 2")
	if again, err := m.Receive("google-1", calendar.Event{Values: calendar.Values{Subject: "Long lunch", Start: calendar.OnDate(2026, 1, 8), End: calendar.OnDate(2026, 1, 9)}}); err != nil || again != id {
		t.Errorf("made anew as %d: %v", again, err)
	}
	if a := r.do("GET", path, ""); a.at("data.due_date") != "2026-01-08" || a.at("data.due_time") != nil || a.at("data.subject") != "Long lunch" {
		t.Errorf("%s", a.text)
	}
	if got := m.Pairs(); len(got) != 2 || got[1] != "e1" || got[id] != "google-1" {
		t.Errorf("pairs: %v", got)
	}
	m.Lose("google-1")
	if a := r.do("GET", path, ""); a.at("data.is_deleted") != true {
		t.Errorf("%s", a.text)
	}
}

func TestGuestsAreMailedByTheOwnersSyncAlone(t *testing.T) {
	for _, on := range []bool{false, true} {
		r := newRig(t, pipedrive.Options{})
		if err := r.server.SwitchSync("alice@example.com", on); err != nil {
			t.Fatal(err)
		}
		r.add(`"attendees":[{"email":"x@example.com"},{"email":"bob@example.com"}]`)
		r.want(200, r.do("PATCH", "activities/1", `{"note":"nobody's business"}`))
		r.want(200, r.do("PATCH", "activities/1", `{"due_time":"09:00"}`))
		r.want(200, r.do("PATCH", "activities/1", `{"attendees":[{"email":"x@example.com"}]}`))
		r.want(200, r.do("DELETE", "activities/1", ""))
		var said []string
		for _, m := range r.server.Mails() {
			said = append(said, m.Method+" "+m.To)
		}
		want := ""
		if on {
			want = "REQUEST bob@example.com, REQUEST x@example.com, REQUEST bob@example.com, REQUEST x@example.com, CANCEL bob@example.com, REQUEST x@example.com, CANCEL x@example.com"
		}
		if got := strings.Join(said, ", "); got != want {
			t.Errorf("on %v: %s", on, got)
		}
	}
}
