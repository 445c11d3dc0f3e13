package google

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tahti/internal/provider"
	standin "tahti/internal/standin/google"
)

func account(t *testing.T, transport http.RoundTripper) *Account {
	t.Helper()
	a, err := OpenAccount(Config{Base: "http://calendar.example/calendar/v3", Transport: transport, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestCalendarsAreListedAndMade(t *testing.T) {
	server := standin.New(standin.Options{Token: "t", Users: []standin.User{{Email: alice, Calendars: []standin.Calendar{
		{TimeZone: "Europe/Helsinki"}, {ID: "team@group.calendar.google.com", Summary: "Team", Role: roleWriterNoPriv}, {ID: "holidays", Role: roleReader},
	}}}})
	a := account(t, newWire(server, "t"))
	list, err := a.Calendars(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i := range list {
		list[i].Color = ""
	}
	want := []provider.Calendar{
		{ID: alice, Name: alice, Writable: true, Primary: true, TimeZone: "Europe/Helsinki"},
		{ID: "team@group.calendar.google.com", Name: "Team", Writable: true, TimeZone: "UTC"},
		{ID: "holidays", Name: "holidays", TimeZone: "UTC"},
	}
	if diff := cmp.Diff(want, list); diff != "" {
		t.Errorf("(- want, + got):\n%s", diff)
	}
	made, err := a.MakeCalendar(t.Context(), "From Tahti", "Asia/Tokyo")
	if err != nil || made.ID == "" || made.Name != "From Tahti" || made.TimeZone != "Asia/Tokyo" || !made.Writable {
		t.Errorf("made %+v, %v", made, err)
	}
	if list, err = a.Calendars(t.Context()); err != nil || len(list) != 4 {
		t.Errorf("%d calendars, %v", len(list), err)
	}
}

func TestCalendarListsAreFollowed(t *testing.T) {
	a := account(t, scripted(func(r *http.Request) (*http.Response, error) {
		if r.URL.Query().Get("pageToken") == "" {
			return jsonReply(r, 200, `{"kind":"calendar#calendarList","nextPageToken":"p","items":[{"id":"a","summary":"A","summaryOverride":"Mine","accessRole":"freeBusyReader"},{"id":"b","deleted":true}]}`), nil
		}
		return jsonReply(r, 200, `{"kind":"calendar#calendarList","items":[{"id":"c","accessRole":"writer","backgroundColor":"#9fe1e7"}]}`), nil
	}))
	list, err := a.Calendars(t.Context())
	want := []provider.Calendar{{ID: "a", Name: "Mine"}, {ID: "c", Writable: true, Color: "#9fe1e7"}}
	if diff := cmp.Diff(want, list); diff != "" || err != nil {
		t.Errorf("%v (- want, + got):\n%s", err, diff)
	}
	for _, body := range []string{`{}`, `<html>`, `{"kind":"calendar#events"}`} {
		a := account(t, scripted(func(r *http.Request) (*http.Response, error) { return jsonReply(r, 200, body), nil }))
		if list, err := a.Calendars(t.Context()); err == nil {
			t.Errorf("%s: %v", body, list)
		}
		if made, err := a.MakeCalendar(t.Context(), "x", ""); provider.ClassOf(err) != provider.Unknown {
			t.Errorf("%s: made %v, %v", body, made, err)
		}
	}
}

// TestListingNeedsAScopeOfItsOwn: calendar.events can neither list calendars nor see which one is chosen (providers.md 1.1).
func TestListingNeedsAScopeOfItsOwn(t *testing.T) {
	server := standin.New(standin.Options{Users: []standin.User{{Email: alice}}})
	token, err := server.Grant(alice, "calendar.events")
	if err != nil {
		t.Fatal(err)
	}
	_, err = account(t, newWire(server, token)).Calendars(t.Context())
	if provider.ClassOf(err) != provider.SignIn || codeOf(err) != provider.CodeMissingPermission {
		t.Errorf("%v", err)
	}
}

func TestTheRoleDecidesWhatMayBeWritten(t *testing.T) {
	for role, readOnly := range map[string]bool{roleOwner: false, roleWriter: false, roleWriterNoPriv: false, roleReader: true, roleFreeBusy: true} {
		server := standin.New(standin.Options{Token: "t", Users: []standin.User{
			{Email: carol, Calendars: []standin.Calendar{{ID: "shared"}}}, {Email: alice, Calendars: []standin.Calendar{{}, {ID: "shared", Role: role}}},
		}})
		token, err := server.Grant(alice, "calendar")
		if err != nil {
			t.Fatal(err)
		}
		b := &door{wire: newWire(server, token), server: server, base: "http://calendar.example/calendar/v3", calendar: "shared"}
		c := b.open(t)
		if c.profile.Role != role || c.Capabilities().ReadOnly != readOnly {
			t.Errorf("%s: %+v, read-only %v", role, c.profile, c.Capabilities().ReadOnly)
		}
		b.sent()
		_, err = c.Put(t.Context(), provider.Put{Key: testKey, Event: meeting(), Fields: 127})
		if readOnly != (provider.ClassOf(err) == provider.Forbidden && codeOf(err) == provider.CodeReadOnly && err != nil) {
			t.Errorf("%s: put: %v", role, err)
		}
		if sent := b.sent(); readOnly && len(sent) != 0 {
			t.Errorf("%s: sent %v", role, sent)
		}
	}
}

func TestOpeningSendsNothing(t *testing.T) {
	sent := scripted(func(r *http.Request) (*http.Response, error) {
		t.Errorf("%s %s", r.Method, r.URL)
		return jsonReply(r, 500, ""), nil
	})
	if _, err := Open(Config{Calendar: alice, Transport: sent, Now: time.Now}); err != nil {
		t.Error(err)
	}
	for name, c := range map[string]Config{
		"no calendar":  {Transport: sent, Now: time.Now},
		"no transport": {Calendar: alice, Now: time.Now},
		"no clock":     {Calendar: alice, Transport: sent},
		"no address":   {Calendar: alice, Transport: sent, Now: time.Now, Base: "calendar"},
	} {
		if _, err := Open(c); err == nil {
			t.Errorf("%s: opened", name)
		}
	}
	if p, err := ParseProfile(Profile{Role: roleOwner, TimeZone: "Asia/Tokyo"}.String()); err != nil || p.TimeZone != "Asia/Tokyo" {
		t.Errorf("profile %+v, %v", p, err)
	}
	if _, err := ParseProfile("x"); err == nil {
		t.Error("nonsense was read")
	}
}
