package google

import (
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/provider"
	standin "tahti/internal/standin/google"
)

// A series that Google's own page has split off has _R and its first start in its id, and the ids of its occurrences do
// not begin with that id (odoo PR 287171). One date of it can be changed and taken out all the same.
func TestOneDateOfASeriesThatWasSplitOff(t *testing.T) {
	c, b := stand(t, standin.Variant{})
	e := calendar.Event{Known: calendar.AllFields, Rule: "FREQ=DAILY;COUNT=6", Values: calendar.Values{
		Subject: "Daily", Busy: true, Start: at("20260303T093000[Europe/Helsinki]"), End: at("20260303T101500[Europe/Helsinki]"),
	}}
	first := must[provider.RemoteID](t)(b.Create(e))
	split := must[string](t)(b.server.Split(alice, string(first), time.Date(2026, 3, 6, 7, 30, 0, 0, time.UTC), nil))
	second := provider.RemoteID(split)
	if got := read(t, c, first).Event; got.Rule == e.Rule {
		t.Errorf("the first half goes on: %s", got.Rule)
	}
	base := read(t, c, second)
	if base.Event.Rule != "FREQ=DAILY;COUNT=3" || base.Event.Start != at("20260306T093000[Europe/Helsinki]") {
		t.Fatalf("the second half: %+v", base.Event)
	}
	must[provider.Item](t)(update(c, base, calendar.Fields(calendar.Subject), func(e *calendar.Event) {
		o := e.EnsureOverride(e.Start.Wall + calendar.Day)
		o.Set, o.Values.Subject = calendar.Fields(calendar.Subject), "Changed"
	}))
	must[provider.Item](t)(update(c, read(t, c, second), calendar.Fields(calendar.Recurrence), func(e *calendar.Event) {
		e.Cancelled = append(e.Cancelled, e.Start.Wall+2*calendar.Day)
	}))
	got := read(t, c, second).Event
	if len(got.Overrides) != 1 || got.Overrides[0].Subject != "Changed" || len(got.Cancelled) != 1 {
		t.Errorf("overrides %+v, cancelled %v", got.Overrides, got.Cancelled)
	}
}
