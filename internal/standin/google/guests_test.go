package google_test

import (
	"fmt"
	"strings"
	"testing"

	"tahti/internal/standin/google"
)

// as is the same server for another user.
func (r *rig) as(email string) *rig {
	r.Helper()
	token, err := r.google.Grant(email, "calendar")
	if err != nil {
		r.Fatal(err)
	}
	x := *r
	x.token = token
	return &x
}

// mails are "METHOD address" in order, and forgotten then.
func (r *rig) mails(from int) string {
	r.Helper()
	var list []string
	for _, m := range r.google.Mails()[from:] {
		list = append(list, m.Method+" "+m.To)
	}
	return strings.Join(list, ", ")
}

const guests = `"attendees":[{"email":"bob@example.com"},{"email":"carol@elsewhere.example"}]`

func TestWhoIsMailed(t *testing.T) {
	const both, outside = "REQUEST bob@example.com, REQUEST carol@elsewhere.example", "REQUEST carol@elsewhere.example"
	for _, c := range []struct {
		query, want string
		variant     google.Variant
	}{
		{"sendUpdates=all", both, google.Variant{}},
		{"sendUpdates=externalOnly", outside, google.Variant{}},
		{"sendUpdates=none", outside, google.Variant{}},
		{"sendUpdates=none", "", google.Variant{NoneIsSilent: true}},
		{"", outside, google.Variant{}},
		{"", "", google.Variant{NoneIsSilent: true}},
		{"", both, google.Variant{SendsByDefault: true}},
		{"sendNotifications=true", both, google.Variant{}},
		{"sendNotifications=false", "", google.Variant{SendsByDefault: true, NoneIsSilent: true}},
	} {
		r := newRig(t, google.Options{Variant: c.variant})
		r.want(200, r.do("POST", events+"?"+c.query, timed(`"id":"aaaaa",`+guests)))
		if got := r.mails(0); got != c.want {
			t.Errorf("%q %+v: created: %q, want %q", c.query, c.variant, got, c.want)
		}
		n := len(r.google.Mails())
		r.want(200, r.do("PATCH", events+"/aaaaa?"+c.query, `{"summary":"Other"}`))
		if got := r.mails(n); got != c.want {
			t.Errorf("%q %+v: changed: %q, want %q", c.query, c.variant, got, c.want)
		}
		n = len(r.google.Mails())
		r.want(204, r.do("DELETE", events+"/aaaaa?"+c.query, ""))
		if got, want := r.mails(n), strings.ReplaceAll(c.want, "REQUEST", "CANCEL"); got != want {
			t.Errorf("%q %+v: deleted: %q, want %q", c.query, c.variant, got, want)
		}
	}
	r := newRig(t, google.Options{})
	r.want(400, r.do("POST", events+"?sendUpdates=nobody", timed(guests)))
}

func TestMailsAreAboutWhatConcernsTheGuest(t *testing.T) {
	r := newRig(t, google.Options{})
	r.do("POST", events+"?sendUpdates=all", timed(`"id":"aaaaa",`+guests))
	step := func(change, want string) {
		t.Helper()
		n := len(r.google.Mails())
		r.want(200, r.do("PATCH", events+"/aaaaa?sendUpdates=all", change))
		if got := r.mails(n); got != want {
			t.Errorf("%s: %q, want %q", change, got, want)
		}
	}
	step(`{"colorId":"3","transparency":"transparent","extendedProperties":{"private":{"a":"b"}}}`, "")
	step(`{"reminders":{"useDefault":false}}`, "")
	step(`{"summary":"Plan"}`, "")
	step(`{"attendees":[{"email":"bob@example.com"},{"email":"dave@elsewhere.example"}]}`, "REQUEST dave@elsewhere.example, CANCEL carol@elsewhere.example")
	// An update without guests takes them out: what a client forgets to send back is cancelled (1.7, SuiteCRM 10804).
	n := len(r.google.Mails())
	r.want(200, r.do("PUT", events+"/aaaaa?sendUpdates=all", timed("")))
	if got := r.mails(n); got != "CANCEL bob@example.com, CANCEL dave@elsewhere.example" {
		t.Errorf("PUT without guests: %q", got)
	}
}

func TestGuestsHaveTheirOwnCopies(t *testing.T) {
	r := newRig(t, google.Options{})
	bob := r.as("bob@example.com")
	r.want(200, r.insert(`"id":"aaaaa","reminders":{"useDefault":false},"extendedProperties":{"private":{"crm":"7"},"shared":{"s":"t"}},`+guests))
	_, token := bob.list("")
	a := bob.want(200, bob.do("GET", events+"/aaaaa", ""))
	if a.at("organizer.email") != "alice@example.com" || a.at("organizer.self") != nil || a.at("extendedProperties.private") != nil ||
		a.at("extendedProperties.shared.s") != "t" || a.at("reminders.useDefault") != true {
		t.Errorf("bob's copy %s", a.text)
	}
	// What is personal stays where it was made.
	a = bob.want(200, bob.do("PATCH", events+"/aaaaa", `{"transparency":"transparent","extendedProperties":{"private":{"own":"1"}},`+
		`"attendees":[{"email":"bob@example.com","responseStatus":"accepted"},{"email":"carol@elsewhere.example"}]}`))
	if a.at("transparency") != "transparent" || a.at("extendedProperties.private.own") != "1" {
		t.Errorf("bob's copy %s", a.text)
	}
	a = r.do("GET", events+"/aaaaa", "")
	if a.at("transparency") != nil || a.at("extendedProperties.private.own") != nil || !strings.Contains(a.text, `"accepted"`) {
		t.Errorf("alice's event %s", a.text)
	}
	r.want(200, r.do("PATCH", events+"/aaaaa", `{"summary":"Other"}`))
	a = bob.do("GET", events+"/aaaaa", "")
	if a.at("summary") != "Other" || a.at("transparency") != "transparent" || a.at("extendedProperties.private.own") != "1" {
		t.Errorf("bob's copy %s", a.text)
	}
	if items, _ := bob.list("syncToken=" + token); names(items) != "Other" {
		t.Errorf("bob is told %q", names(items))
	}
	// Who leaves has declined; who calls it off takes it away.
	n := len(r.google.Mails())
	bob.want(204, bob.do("DELETE", events+"/aaaaa?sendUpdates=all", ""))
	if got := r.mails(n); got != "REPLY alice@example.com" || !strings.Contains(r.do("GET", events+"/aaaaa", "").text, `"declined"`) {
		t.Errorf("%s, %s", got, r.do("GET", events+"/aaaaa", "").text)
	}
}

func TestASeriesAndItsExceptionsReachTheGuests(t *testing.T) {
	r := newRig(t, google.Options{})
	bob := r.as("bob@example.com")
	r.want(200, r.do("POST", events, series(`"id":"series",`+guests)))
	second := "/series_20260107T070000Z"
	r.want(200, r.do("PATCH", events+second, `{"summary":"Moved"}`))
	if a := bob.want(200, bob.do("GET", events+second, "")); a.at("summary") != "Moved" || a.at("recurringEventId") != "series" {
		t.Errorf("%s", a.text)
	}
	r.want(204, r.do("DELETE", events+"/series_20260108T070000Z", ""))
	r.want(200, r.do("PATCH", events+"/series", `{"location":"Town"}`))
	items, _ := bob.list("singleEvents=true&orderBy=startTime")
	if got := names(items); got != "Daily Moved Daily Daily" || items[1]["location"] != "Town" {
		t.Errorf("%q, %v", got, items[1])
	}
	r.want(204, r.do("DELETE", events+"/series", ""))
	if items, _ = bob.list(""); len(items) != 0 {
		t.Errorf("left %q", names(items))
	}
}

func TestWhatAGuestMayChange(t *testing.T) {
	for _, c := range []struct {
		made, change string
		variant      google.Variant
		want         string // the refusal, or empty
	}{
		{"", `{"colorId":"2","reminders":{"useDefault":false},"visibility":"private"}`, google.Variant{}, ""},
		{"", `{"summary":"Mine"}`, google.Variant{}, "G-33"},
		{"", `{"summary":"Mine"}`, google.Variant{GuestsKeepOwn: true}, ""},
		{`,"guestsCanModify":true`, `{"summary":"Mine"}`, google.Variant{}, ""},
		{"", `{"guestsCanModify":true}`, google.Variant{GuestsKeepOwn: true}, "G-33"},
		{"", `{"extendedProperties":{"shared":{"a":"b"}}}`, google.Variant{GuestsKeepOwn: true}, "G-33"},
		{"", `{"attendees":[{"email":"bob@example.com"}]}`, google.Variant{}, "G-33"},
		{"", `{"attendees":[{"email":"bob@example.com"},{"email":"carol@elsewhere.example"},{"email":"new@elsewhere.example"}]}`, google.Variant{}, ""},
		{`,"guestsCanInviteOthers":false`, `{"attendees":[{"email":"bob@example.com"},{"email":"carol@elsewhere.example"},{"email":"new@elsewhere.example"}]}`,
			google.Variant{}, "G-33"},
	} {
		t.Run(fmt.Sprintf("%s %s %v", c.made, c.change, c.variant.GuestsKeepOwn), func(t *testing.T) {
			r := newRig(t, google.Options{Variant: c.variant})
			r.want(200, r.insert(`"id":"aaaaa",`+guests+c.made))
			bob := r.as("bob@example.com")
			before := bob.do("GET", events+"/aaaaa", "").text
			a := bob.do("PATCH", events+"/aaaaa", c.change)
			if c.want == "" {
				r.want(200, a)
			} else {
				r.refuses(c.want, a)
			}
			if after := bob.do("GET", events+"/aaaaa", "").text; (after == before) != (c.want != "") {
				t.Errorf("before %s, after %s", before, after)
			}
			if title := r.do("GET", events+"/aaaaa", "").at("summary"); (title == "Mine") != (c.made == `,"guestsCanModify":true`) {
				t.Errorf("the organizer has %v", title)
			}
		})
	}
}

func TestEventsThatOnlyTheOriginalMakes(t *testing.T) {
	r := newRig(t, google.Options{})
	plant := func(fields map[string]any) string {
		fields["start"], fields["end"] = map[string]any{"date": "2026-01-06"}, map[string]any{"date": "2026-01-07"}
		id, err := r.google.Plant("alice@example.com", fields)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	locked := plant(map[string]any{"locked": true, "summary": "Locked"})
	r.refuses("G-34", r.do("PATCH", events+"/"+locked, `{"summary":"x"}`))
	r.want(200, r.do("PATCH", events+"/"+locked, `{"colorId":"2"}`))
	flight := plant(map[string]any{"eventType": "fromGmail", "summary": "Flight"})
	r.refuses("G-23", r.do("PATCH", events+"/"+flight, `{"location":"x"}`))
	r.want(200, r.do("PATCH", events+"/"+flight, `{"transparency":"transparent"}`))
	r.google.SetVariant(google.Variant{GmailEdits: true})
	r.want(200, r.do("PATCH", events+"/"+flight, `{"location":"x"}`))
	theirs := plant(map[string]any{"organizer": map[string]any{"email": "boss@elsewhere.example"}, "attendees": []any{map[string]any{"email": "alice@example.com"}}})
	n := len(r.google.Mails())
	r.want(200, r.do("PATCH", events+"/"+theirs+"?sendUpdates=all", `{"attendees":[{"email":"alice@example.com","responseStatus":"declined"}]}`))
	if got := r.mails(n); got != "REPLY boss@elsewhere.example" {
		t.Errorf("mails %q", got)
	}
	if err := r.google.Spoil("alice@example.com", theirs, map[string]any{"start": nil, "summary": "No start"}); err != nil {
		t.Fatal(err)
	}
	if a := r.do("GET", events+"/"+theirs, ""); a.at("start") != nil || a.at("summary") != "No start" {
		t.Errorf("%s", a.text)
	}
}

func TestPrivateDetailsAreHidden(t *testing.T) {
	for name, want := range map[string][2]string{
		"owner": {"Open", "Secret"}, "writer": {"Open", "Secret"}, "writerWithoutPrivateAccess": {"Open", ""}, "reader": {"Open", ""}, "freeBusyReader": {"", ""},
	} {
		r := newRig(t, google.Options{Users: []google.User{
			{Email: "alice@example.com", Calendars: []google.Calendar{{}}},
			{Email: "bob@example.com", Calendars: []google.Calendar{{}, {ID: "alice@example.com", Role: name}}},
		}})
		r.insert(`"id":"aaaaa","summary":"Open","description":"x"`)
		r.insert(`"id":"bbbbb","summary":"Secret","description":"x","visibility":"private"`)
		bob := r.as("bob@example.com")
		a := bob.want(200, bob.do("GET", "calendars/alice@example.com/events", ""))
		for i, x := range a.at("items").([]any) {
			e := x.(map[string]any)
			if title, _ := e["summary"].(string); title != want[i] || e["start"] == nil || (e["description"] == nil) != (title == "") {
				t.Errorf("%s sees %v, want %q", name, e, want[i])
			}
		}
		status := 403
		if name == "owner" || name == "writer" {
			status = 200
		}
		bob.want(status, bob.do("PATCH", "calendars/alice@example.com/events/bbbbb", `{"location":"x"}`))
	}
}

func TestVisibilityOfOneOccurrence(t *testing.T) {
	r := newRig(t, google.Options{})
	r.want(200, r.do("POST", events, series(`"id":"series"`)))
	r.want(200, r.do("PATCH", events+"/series_20260107T070000Z", `{"visibility":"private"}`))
	if a := r.do("GET", events+"/series", ""); a.at("visibility") != "private" {
		t.Errorf("%s", a.text)
	}
	r.want(200, r.do("PATCH", events+"/series_20260108T070000Z", `{"visibility":"public"}`))
	if a := r.do("GET", events+"/series_20260108T070000Z", ""); a.at("visibility") != "private" {
		t.Errorf("%s", a.text)
	}
}

func TestGuestsWhoDoNotSeeEachOther(t *testing.T) {
	r := newRig(t, google.Options{})
	r.want(200, r.insert(`"id":"aaaaa","guestsCanSeeOtherGuests":false,`+guests))
	bob := r.as("bob@example.com")
	a := bob.want(200, bob.do("GET", events+"/aaaaa", ""))
	if list := a.at("attendees").([]any); len(list) != 1 || a.at("attendeesOmitted") != true {
		t.Errorf("bob sees %s", a.text)
	}
	// What he sees, sent back, would take the others out; what says that it is not all changes his answer.
	const own = `"attendees":[{"email":"bob@example.com","responseStatus":"accepted"}]`
	if a = bob.do("PATCH", events+"/aaaaa", `{`+own+`}`); a.header.Get("X-Standin-Refusal") != "G-33" {
		t.Errorf("%s", a.text)
	}
	bob.want(200, bob.do("PATCH", events+"/aaaaa", `{"attendeesOmitted":true,`+own+`}`))
	if a = r.do("GET", events+"/aaaaa", ""); len(a.at("attendees").([]any)) != 2 || !strings.Contains(a.text, `"accepted"`) || a.at("attendeesOmitted") != nil {
		t.Errorf("alice has %s", a.text)
	}
	if a = r.do("GET", events+"/aaaaa?maxAttendees=1", ""); a.at("attendees") != nil || a.at("attendeesOmitted") != true {
		t.Errorf("with one at the most %s", a.text)
	}
}

func TestSyncTokensEndWhenAccessChanges(t *testing.T) {
	r := newRig(t, google.Options{})
	_, token := r.list("")
	if err := r.google.SetRole("alice@example.com", "alice@example.com", "reader"); err != nil {
		t.Fatal(err)
	}
	r.want(410, r.do("GET", events+"?syncToken="+token, ""))
	_, token = r.list("")
	r.want(200, r.do("GET", events+"?syncToken="+token, ""))
}
