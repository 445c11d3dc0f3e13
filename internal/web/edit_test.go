package web_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestEditKeepsWhatOthersChanged(t *testing.T) {
	b := newLab(t, true).browser("en")
	b.setUp()
	path := b.addActivity("subject", "First", "location", "Here", "date", "2027-03-01", "start", "10:00", "end_date", "2027-03-01", "end", "11:30")
	early := b.get(path + "/edit")
	if d := b.submit(b.get(path+"/edit"), path, "location", "There"); d.status != http.StatusOK {
		t.Fatalf("saving answered %d", d.status)
	}
	if d := b.submit(early, path, "subject", "Second"); d.status != http.StatusOK {
		t.Fatalf("saving another field answered %d: %s", d.status, inner(d.root))
	}
	got := inner(b.get(path).root)
	for _, want := range []string{"Second", "There", "1 Mar 2027, 10:00–11:30"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in %s", want, got)
		}
	}
	d := b.submit(early, path, "location", "Elsewhere")
	if d.status != http.StatusConflict || d.id("clash") == nil {
		t.Fatalf("an old form overwrote a newer value: %d", d.status)
	}
	if c := inner(d.id("clash")); !strings.Contains(c, "Elsewhere") || !strings.Contains(c, "There") {
		t.Errorf("the clash shows %s", c)
	}
	if d := b.submit(d, path); d.status != http.StatusOK {
		t.Errorf("saving after having seen both answered %d", d.status)
	}
	if got := inner(b.get(path).root); !strings.Contains(got, "Elsewhere") || !strings.Contains(got, "Second") {
		t.Errorf("after the clash: %s", got)
	}
}

func TestFormsKeepWhatWasTyped(t *testing.T) {
	b := newLab(t, true).browser("en")
	b.setUp()
	for name, c := range map[string]struct{ field, value, input string }{
		"an end before the start": {"end_date", "2020-01-01", "end"},
		"a guest who is none":     {"guests", "nobody", "guests"},
		"a zone nobody knows":     {"zone", "Mars/Olympus", ""},
		"a rule that is none":     {"rule", "FREQ=SOMETIMES", "repeat"},
	} {
		t.Run(name, func(t *testing.T) {
			pairs := []string{"subject", "Kept", c.field, c.value}
			if c.field == "rule" {
				pairs = append(pairs, "repeat", "custom")
			}
			d := b.submit(b.get("/activities/new"), "/activities", pairs...)
			if d.status != http.StatusUnprocessableEntity || attr(d.id("subject"), "value") != "Kept" {
				t.Fatalf("answered %d", d.status)
			}
			if c.input != "" && attr(d.id(c.input), "aria-invalid") != "true" {
				t.Errorf("%s is not marked", c.input)
			}
		})
	}
	if strings.Contains(b.get("/activities").text, "Kept") {
		t.Error("something was saved")
	}
}

func TestOccurrences(t *testing.T) {
	b := newLab(t, true).browser("en")
	b.setUp()
	path := b.addActivity("subject", "Stand-up", "date", "2027-01-04", "end_date", "2027-01-04", "start", "09:00", "end", "09:15", "repeat", "daily", "ends", "count", "count", "5")
	const second = "20270105T090000"
	form := b.get(path + "/edit?occurrence=" + second)
	d := b.submit(form, path, "subject", "Moved stand-up", "start", "10:00", "end", "10:15")
	if d.status != http.StatusOK {
		t.Fatalf("editing one answered %d: %s", d.status, inner(d.root))
	}
	got := inner(b.get(path).root)
	if !strings.Contains(got, "Moved stand-up") || !strings.Contains(got, "5 Jan 2027, 10:00–10:15") || !strings.Contains(got, "6 Jan 2027, 09:00–09:15") {
		t.Errorf("after editing one: %s", got)
	}
	if d := b.post(path+"/delete", "occurrence", "20270106T090000", "scope", "this"); d.status != http.StatusOK {
		t.Fatalf("deleting one answered %d", d.status)
	}
	if got := inner(b.get(path).root); strings.Contains(strings.SplitN(got, "Next dates", 2)[1], "6 Jan 2027") {
		t.Errorf("after deleting one: %s", got)
	}
	if d := b.post(path+"/delete", "occurrence", "20270107T090000", "scope", "following"); d.status != http.StatusOK {
		t.Fatalf("deleting the rest answered %d", d.status)
	}
	if got := inner(b.get(path).root); strings.Contains(strings.SplitN(got, "Next dates", 2)[1], "7 Jan 2027") {
		t.Errorf("after deleting the rest: %s", got)
	}
}

// TestPrivateDetailsAreNowhere looks for a private activity's words on every page of a colleague.
func TestPrivateDetailsAreNowhere(t *testing.T) {
	l := newLab(t, true)
	alice := l.browser("en")
	alice.setUp()
	if d := alice.submit(alice.get("/administration"), "/administration/users", "name", "Bob", "email", "bob@example.com", "password", password, "role", "admin"); d.status != http.StatusOK {
		t.Fatalf("adding a user answered %d", d.status)
	}
	path := alice.addActivity("subject", "zebra-subject", "location", "zebra-place", "description", "zebra-text", "note", "zebra-note", "private", "1",
		"deal", "", "guests", "zebra@example.com")
	alice.submit(alice.get(path+"/edit"), path, "subject", "zebra-two")
	_, connection := alice.connect()
	alice.rest(connection)
	bob := l.browser("en")
	bob.post("/sign-in", "email", "bob@example.com", "password", password)
	for _, p := range []string{"/activities", "/activities?type=meeting", path, path + "/edit", path + "/delete", connection, connection + "/history", "/conflicts", "/administration"} {
		if d := bob.get(p); strings.Contains(d.text, "zebra") {
			t.Errorf("%s (%d) shows a colleague's private details", p, d.status)
		}
	}
	if d := bob.post(path, "was", "{}", "revision", "1", "subject", "mine"); d.status != http.StatusForbidden {
		t.Errorf("a colleague's edit answered %d", d.status)
	}
	if !strings.Contains(bob.get("/activities").text, path) {
		t.Error("a colleague does not see that there is something")
	}
}
