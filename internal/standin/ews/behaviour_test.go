package ews_test

import (
	"strings"
	"testing"

	"tahti/internal/standin/ews"
)

func TestAnEventIsMadeReadChangedAndDeleted(t *testing.T) {
	r := newRig(t, ews.Options{})
	id := r.make(event("Plan"))
	a := r.ok(r.soap(get(id.String())))
	for name, want := range map[string]string{
		"Subject": "Plan", "Start": "2026-01-06T07:00:00Z", "End": "2026-01-06T08:00:00Z", "CalendarItemType": "Single", "LegacyFreeBusyStatus": "Busy", "IsAllDayEvent": "false",
	} {
		if got := a.xml.text(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if a.ref() != id || a.xml.attr("StartTimeZone", "Id") != "FLE Standard Time" || !strings.HasPrefix(a.xml.text("UID"), "040000008200E00074C5B7101A82E008") {
		t.Errorf("%s", a.body)
	}
	next := r.ok(r.soap(update(id, "NeverOverwrite", set("item:Subject", "<t:Subject>Plan b</t:Subject>")))).ref()
	if next.id != id.id || next.key == id.key {
		t.Errorf("%v after %v", next, id)
	}
	if again := r.soap(update(id, "NeverOverwrite", set("item:Subject", "<t:Subject>Plan c</t:Subject>"))); again.code() != "ErrorIrresolvableConflict" {
		t.Errorf("%s", again.body)
	}
	if got := r.ok(r.soap(get(id.String()))).xml.text("Subject"); got != "Plan b" {
		t.Errorf("the subject is %q", got)
	}
	r.ok(r.soap(del(next.String())))
	if gone := r.soap(get(id.String())); gone.code() != "ErrorItemNotFound" {
		t.Errorf("%s", gone.body)
	}
}

func TestASynchronizationTellsWhatChangedWhereverItWasBrokenOff(t *testing.T) {
	r := newRig(t, ews.Options{})
	a, b, c := r.make(event("A")), r.make(event("B")), r.make(event("C"))
	first, state, last := r.changes("", 2)
	if strings.Join(first, ",") != "Create C,Create B" || last {
		t.Fatalf("%v, %t", first, last)
	}
	// Between two pages, what was given changes, what was not given is deleted, and something new is made.
	r.ok(r.soap(update(b, "NeverOverwrite", set("item:Subject", "<t:Subject>B2</t:Subject>"))))
	r.ok(r.soap(del(a.String())))
	r.make(event("D"))
	second, state, last := r.changes(state, 512)
	if strings.Join(second, ",") != "Create D,Update B2" || !last {
		t.Errorf("%v, %t", second, last)
	}
	if quiet, same, _ := r.changes(state, 512); len(quiet) != 0 || same == "" {
		t.Errorf("%v", quiet)
	}
	r.ok(r.soap(del(c.String())))
	if third, _, _ := r.changes(state, 512); strings.Join(third, ",") != "Delete" {
		t.Errorf("%v", third)
	}
}

func TestASeriesHasOccurrencesExceptionsAndHoles(t *testing.T) {
	r := newRig(t, ews.Options{})
	id := r.make(series("Stand-up"))
	second := r.ok(r.soap(get(id.nth(2))))
	if second.xml.text("CalendarItemType") != "Occurrence" || second.xml.text("Start") != "2026-01-07T07:00:00Z" || second.ref().id == id.id {
		t.Errorf("%s", second.body)
	}
	moved := r.ok(r.soap(updateOf(second.ref().String(), "NeverOverwrite", set("calendar:Start", "<t:Start>2026-01-07T12:00:00Z</t:Start>")+
		set("calendar:End", "<t:End>2026-01-07T13:00:00Z</t:End>")))).ref()
	master := r.ok(r.soap(get(ref{id: id.id}.String())))
	r.ok(r.soap(del(master.ref().nth(3))))
	master = r.ok(r.soap(get(ref{id: id.id}.String())))
	occurrence := master.xml.all("ModifiedOccurrences")
	if len(occurrence) != 1 || occurrence[0].attr("ItemId", "Id") != moved.id || occurrence[0].text("OriginalStart") != "2026-01-07T07:00:00Z" ||
		occurrence[0].text("Start") != "2026-01-07T12:00:00Z" {
		t.Errorf("%s", master.body)
	}
	if holes := master.xml.all("DeletedOccurrence"); len(holes) != 1 || holes[0].text("Start") != "2026-01-08T07:00:00Z" {
		t.Errorf("%s", master.body)
	}
	for place, code := range map[int]string{3: "ErrorCalendarOccurrenceIsDeletedFromRecurrence", 5: "NoError", 6: "ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange"} {
		if got := r.soap(get(id.nth(place))).code(); got != code {
			t.Errorf("occurrence %d: %s", place, got)
		}
	}
	if got := r.ok(r.soap(get(moved.String()))); got.xml.text("CalendarItemType") != "Exception" {
		t.Errorf("%s", got.body)
	}
}
