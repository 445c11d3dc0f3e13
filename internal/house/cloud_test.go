package house_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"tahti/internal/account"
	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/hub"
	"tahti/internal/standin/graph"
)

// TestOneMeetingAtGoogleAndMicrosoftIsOneActivity: Bob invites Alice from Outlook, and her copy stands at Google (odoo 241997).
func TestOneMeetingAtGoogleAndMicrosoftIsOneActivity(t *testing.T) {
	t.Parallel()
	const alice, bob = "alice@example.com", "bob@example.com"
	o := openOffice(t, nil, []graph.User{{Name: bob, Password: "secret"}})
	code, made, err := o.graph.Do(bob, "POST", "/me/events", `{"subject":"Review",
		"start":{"dateTime":"2027-01-12T10:00:00","timeZone":"UTC"},"end":{"dateTime":"2027-01-12T11:00:00","timeZone":"UTC"},
		"attendees":[{"type":"required","emailAddress":{"address":"alice@example.com"}}]}`)
	if err != nil || code != 201 {
		t.Fatalf("%d %s %v", code, made, err)
	}
	var meeting struct{ ID, ICalUID string }
	if err := json.Unmarshal(made, &meeting); err != nil || meeting.ICalUID == "" {
		t.Fatalf("%s %v", made, err)
	}
	if _, err := o.google.Plant(alice, map[string]any{
		"iCalUID": meeting.ICalUID, "summary": "Review", "organizer": map[string]any{"email": bob},
		"start": map[string]any{"dateTime": "2027-01-12T10:00:00Z"}, "end": map[string]any{"dateTime": "2027-01-12T11:00:00Z"},
		"attendees": []any{map[string]any{"email": alice, "responseStatus": "needsAction"}, map[string]any{"email": bob, "responseStatus": "accepted"}},
	}); err != nil {
		t.Fatal(err)
	}

	invited := o.who
	o.person = newPerson(t, alice, "")
	_, hers := o.connectTo(account.Google)
	o.sync(hers.ID)
	organiser := o.join(bob)
	o.who, o.person = organiser, newPerson(t, bob, "secret")
	_, his := o.connectTo(account.Graph)
	o.sync(his.ID)

	all := o.all()
	if len(all) != 1 || all[0].OwnerID != organiser.User.ID || all[0].Plan.Subject != "Review" {
		t.Fatalf("%d activities: %+v", len(all), all)
	}
	o.linked(hers.ID, all[0].ID)
	o.linked(his.ID, all[0].ID)

	// Nobody is mailed by what follows from it, and a second run finds nothing to do.
	code, _, err = o.graph.Do(bob, "PATCH", "/me/events/"+meeting.ID, `{"subject":"Big review"}`)
	if err != nil || code != 200 {
		t.Fatal(code, err)
	}
	mails := len(o.graph.Mails()) + len(o.google.Mails())
	o.sync(his.ID)
	o.who = invited
	o.sync(hers.ID)
	if all = o.all(); len(all) != 1 || all[0].Plan.Subject != "Big review" {
		t.Errorf("%+v", all)
	}
	if n := len(o.graph.Mails()) + len(o.google.Mails()); n != mails {
		t.Errorf("%d mails were sent", n-mails)
	}
}

// TestWholeDaysAreWrittenInThePersonsZone, of which a calendar at Microsoft 365 is told when it is connected.
func TestWholeDaysAreWrittenInThePersonsZone(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	_, c := o.connectTo(account.Graph)
	o.tx(func(tx engine.Tx) error {
		day := calendar.WallOf(2026, 12, 24, 0, 0, 0)
		_, err := o.house.Hub.Create(t.Context(), tx, hub.By(o.who.User), crm.Activity{Type: "meeting", Plan: calendar.Event{
			Known: calendar.AllFields, Values: calendar.Values{
				Subject: "Holiday", Start: calendar.Time{Kind: calendar.Date, Wall: day}, End: calendar.Time{Kind: calendar.Date, Wall: day + 86400},
			},
		}})
		return err
	})
	o.sync(c.ID)
	events, err := o.graph.Events("alice@example.com", "Calendar")
	if err != nil || len(events) != 1 {
		t.Fatalf("%s, %v", events, err)
	}
	var e struct {
		IsAllDay              bool
		OriginalStartTimeZone string
	}
	if err := json.Unmarshal(events[0], &e); err != nil || !e.IsAllDay || e.OriginalStartTimeZone == "UTC" {
		t.Errorf("%s, %v; %s lives in %s", events[0], err, o.who.User.Name, o.who.User.TimeZone)
	}
}

// TestALostCursorBringsNothingBack: what was deleted on either side while the provider forgot our place in its list stays deleted, and
// what is there is not made a second time (twenty 24096).
func TestALostCursorBringsNothingBack(t *testing.T) {
	for kind, forget := range map[string]func(o *office) error{
		account.Google: func(o *office) error { return o.google.ForgetTokens("alice@example.com") },
		account.Graph:  func(o *office) error { return o.graph.ForgetTokens("alice@example.com") },
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t)
			_, c := o.connectTo(kind)
			day := calendar.WallOf(2026, 12, 1, 10, 0, 0)
			var made []crm.Activity
			for i := range 6 {
				made = append(made, o.add(fmt.Sprint("Item ", i), day+calendar.Wall(i)*86400))
			}
			o.sync(c.ID)
			for _, a := range made[:2] {
				o.tx(func(tx engine.Tx) error { return o.house.Hub.Delete(t.Context(), tx, hub.By(o.who.User), a.ID) })
			}
			if err := forget(o); err != nil {
				t.Fatal(err)
			}
			for range 3 {
				if run := o.sync(c.ID); run.State != "done" {
					t.Fatalf("%+v", run)
				}
			}
			if left := o.all(); len(left) != 4 {
				t.Errorf("%d activities are left, want 4", len(left))
			}
			for _, a := range made[2:] {
				o.linked(c.ID, a.ID)
			}
			run := o.sync(c.ID)
			for what, n := range run.Counts {
				if n != 0 && what != engine.Unchanged {
					t.Errorf("a quiet run: %d %s", n, what)
				}
			}
			if run.Requests != 1 {
				t.Errorf("a quiet run costs %d requests, want 1", run.Requests)
			}
		})
	}
}
