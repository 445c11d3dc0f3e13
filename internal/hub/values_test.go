package hub

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"tahti/internal/calendar"
	"tahti/internal/crm"
)

// What is kept as JSON by key can be put back by key, from nothing.
func TestASnapshotRebuildsTheActivity(t *testing.T) {
	w := calendar.WallOf(2026, 3, 2, 10, 0, 0)
	start := calendar.InZone(w, "Europe/Helsinki")
	end := calendar.InZone(w+3600, "Europe/Helsinki")
	a := crm.Activity{
		OwnerID: 7, Type: "call", Note: "<p>note</p>", Done: true, Visibility: crm.Everyone, Priority: 2, DealID: 3, PersonID: 4, OrgID: 5,
		Plan: calendar.Event{
			Known: calendar.AllFields,
			Values: calendar.Values{
				Subject: "Ä & <b>", Start: start, End: end, Location: "Oulu", Description: "two\nlines", Busy: true, Private: true,
				Status: calendar.Tentative, Organizer: calendar.Person{Email: "x@example.com", Name: "X"},
				Guests: []calendar.Guest{{Person: calendar.Person{Email: "y@example.com"}, Answer: calendar.Maybe}},
				Answer: calendar.Accepted, MeetingURL: "https://meet.example/1",
			},
			Rule: "FREQ=DAILY;COUNT=9", Extra: []calendar.Time{calendar.InZone(w+60, "Europe/Helsinki")},
			Cancelled: []calendar.Wall{w + 2*calendar.Day},
			Overrides: []calendar.Override{{Original: w + calendar.Day, Set: calendar.Fields(calendar.Subject, calendar.When, calendar.GuestsField), Values: calendar.Values{
				Subject: "other", Start: calendar.InZone(w+calendar.Day+60, "Europe/London"), End: calendar.InZone(w+calendar.Day+120, "Europe/London"),
			}}},
		},
		Occurrences: []crm.Occurrence{{Original: w + 3*calendar.Day, Done: true, Note: "n"}},
	}
	all := snapshot(&a)
	var b crm.Activity
	for _, key := range all.keys() {
		if err := put(&b, key, all[key]); err != nil {
			t.Errorf("%s: %v", key, err)
		}
	}
	tidy(&b)
	if d := cmp.Diff(a, b); d != "" {
		t.Error(d)
	}
	for _, key := range all.keys() {
		if err := put(&b, key, nil); err != nil {
			t.Errorf("%s: %v", key, err)
		}
	}
	tidy(&b)
	if d := cmp.Diff(crm.Activity{Visibility: crm.OwnerOnly, Plan: calendar.Event{Known: calendar.AllFields}}, b); d != "" {
		t.Errorf("taken back: %s", d)
	}
}

func TestLosingValuesAreWrittenAsHistoryIs(t *testing.T) {
	a := crm.Activity{Plan: calendar.Event{
		Values: calendar.Values{Subject: "x", Start: calendar.OnDate(2026, 3, 2), End: calendar.OnDate(2026, 3, 3)},
		Rule:   "FREQ=DAILY", Extra: []calendar.Time{calendar.OnDate(2026, 5, 5)},
	}}
	all := snapshot(&a)
	for _, f := range calendar.AllFields.List() {
		got := ValueOf(&a.Plan.Values, f)
		if f == calendar.Recurrence {
			got = RecurrenceValue(a.Plan.Rule, a.Plan.Extra)
		}
		if string(got) != string(all[f.String()]) || string(got) != string(Value(&a, f.String())) {
			t.Errorf("%s: %s, history has %s", f, got, all[f.String()])
		}
	}
}

func TestAFieldThatIsAddedLaterIsNotForgotten(t *testing.T) {
	for _, f := range calendar.AllFields.List() {
		if f != calendar.Recurrence && planRef(&calendar.Values{}, f) == nil {
			t.Errorf("field %s is neither compared nor kept", f)
		}
	}
}
