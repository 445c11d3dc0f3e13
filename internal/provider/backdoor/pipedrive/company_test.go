package pipedrive_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/provider"
	"tahti/internal/provider/backdoor"
	"tahti/internal/provider/backdoor/pipedrive"
	"tahti/internal/provider/conformance"
	standin "tahti/internal/standin/pipedrive"
)

// What a backdoor has to be for the suite.
var (
	_ conformance.Backdoor = (*pipedrive.Company)(nil)
	_ conformance.Richer   = (*pipedrive.Company)(nil)
	_ conformance.Belonger = (*pipedrive.Company)(nil)
)

func TestAnotherProgramAtACompanysActivities(t *testing.T) {
	s := standin.New(standin.Options{Token: "t", Unlimited: true, Now: func() time.Time { return time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC) }})
	server := httptest.NewServer(s)
	defer server.Close()
	c := &pipedrive.Company{
		Server: backdoor.Server{Base: server.URL, Transport: http.DefaultTransport, Sign: pipedrive.Token("t")}, Owner: s.UserID("alice@example.com"),
	}
	says := func(id provider.RemoteID, want string) {
		t.Helper()
		all, err := c.List()
		if err != nil {
			t.Fatal(err)
		}
		held, err := c.Held()
		if err != nil {
			t.Fatal(err)
		}
		for i, o := range all {
			if held[i] == id {
				var got []string
				for _, k := range []string{"subject", "due_date", "due_time", "duration"} {
					v, _ := o[k].(string)
					got = append(got, v)
				}
				if strings.Join(got, " ") != want {
					t.Errorf("%s: %q, want %q", id, got, want)
				}
				return
			}
		}
		t.Errorf("%s is not there: %v", id, held)
	}
	hour := calendar.Values{
		Subject: "Plan", Busy: true, Start: calendar.InZone(calendar.WallOf(2026, 1, 6, 1, 0, 0), "Europe/Helsinki"), End: calendar.InZone(calendar.WallOf(2026, 1, 6, 2, 30, 0), "Europe/Helsinki"),
	}
	id, err := c.Create(calendar.Event{Values: hour})
	if err != nil {
		t.Fatal(err)
	}
	says(id, "Plan 2026-01-05 23:00 01:30")
	if err := c.Edit(id, calendar.Event{Values: calendar.Values{Subject: "Fair", Start: calendar.OnDate(2026, 1, 7), End: calendar.OnDate(2026, 1, 10)}}); err != nil {
		t.Fatal(err)
	}
	says(id, "Fair 2026-01-07  72:00")

	rich, err := c.CreateRich(calendar.Event{Values: hour})
	if err != nil {
		t.Fatal(err)
	}
	before, err := c.Unmodelled(rich)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Edit(rich, calendar.Event{Values: calendar.Values{Subject: "Other", Start: hour.Start, End: hour.End}}); err != nil {
		t.Fatal(err)
	}
	after, err := c.Unmodelled(rich)
	if err != nil || !slices.Equal(before, after) || !slices.Contains(before, "done true") {
		t.Errorf("%v, %v: %v", before, after, err)
	}
	facets, err := c.Belongings()
	if err != nil || facets.Type.ID != "task" || facets.Deal.Name != "Big" {
		t.Fatalf("%+v, %v", facets, err)
	}
	facets.Note = "<p>n</p>"
	if err := c.Edit(id, calendar.Event{Values: calendar.Values{Subject: "Fair", Start: hour.Start, End: hour.End, Facets: &facets}}); err != nil {
		t.Fatal(err)
	}
	now, err := c.Unmodelled(id)
	for _, want := range []string{"type \"task\"", "done false", "deal_id " + facets.Deal.ID, "person_id " + facets.Person.ID, "org_id " + facets.Org.ID} {
		if err != nil || !slices.Contains(now, want) {
			t.Errorf("%s is not among %v, %v", want, now, err)
		}
	}
	if err := c.Delete(id); err != nil {
		t.Fatal(err)
	}
	if held, err := c.Held(); err != nil || !slices.Equal(held, []provider.RemoteID{rich}) {
		t.Errorf("%v, %v", held, err)
	}
	if _, err := c.Create(calendar.Event{Values: hour, Rule: "FREQ=DAILY"}); err == nil {
		t.Error("a series was taken")
	}
}
