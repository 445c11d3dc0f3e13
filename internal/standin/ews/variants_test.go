package ews_test

import (
	"strings"
	"testing"

	"tahti/internal/standin/ews"
)

// Each open question is answered both ways. Those that are refusals in one of them stand in the table of refusals.

func TestAutoResolveMergesWhatDoesNotTouchTheSame(t *testing.T) {
	t.Parallel()
	r := newRig(t, ews.Options{})
	old := r.make(event("x"))
	r.ok(r.soap(update(old, "NeverOverwrite", set("item:Subject", "<t:Subject>y</t:Subject>"))))
	r.ok(r.soap(update(old, "AutoResolve", set("calendar:Location", "<t:Location>Hall</t:Location>"))))
	r.ok(r.soap(update(old, "AlwaysOverwrite", set("item:Importance", "<t:Importance>High</t:Importance>"))))
	if a := r.ok(r.soap(get(old.String()))); a.xml.text("Subject") != "y" || a.xml.text("Location") != "Hall" || a.xml.text("Importance") != "High" {
		t.Errorf("%s", a.body)
	}
}

func TestAnotherPatternOrTimeDropsExceptions(t *testing.T) {
	t.Parallel()
	for _, keeps := range []bool{false, true} {
		for name, change := range map[string]string{
			"pattern": set("calendar:Recurrence", strings.Replace(daily5, "Occurrences>5<", "Occurrences>9<", 1)),
			"time":    set("calendar:Start", `<t:Start>2026-01-06T07:30:00Z</t:Start>`),
			"subject": set("item:Subject", "<t:Subject>y</t:Subject>"),
		} {
			r := newRig(t, variant(ews.Variants{KeepExceptions: keeps}))
			id := r.make(series("x"))
			r.ok(r.soap(updateOf(id.nth(2), "AlwaysOverwrite", set("calendar:Location", "<t:Location>Hall</t:Location>"))))
			r.ok(r.soap(del(id.nth(3))))
			now := r.ok(r.soap(get(ref{id: id.id}.String()))).ref()
			a := r.ok(r.soap(get(r.ok(r.soap(update(now, "NeverOverwrite", change))).ref().String())))
			want := 1
			if !keeps && name != "subject" {
				want = 0
			}
			if len(a.xml.all("ModifiedOccurrences")) != want || len(a.xml.all("DeletedOccurrences")) != want {
				t.Errorf("keeps %t, another %s: %s", keeps, name, a.body)
			}
		}
	}
}

func TestOccurrencesHaveTheKeyOfTheirSeriesOrOneOfTheirOwn(t *testing.T) {
	t.Parallel()
	for _, own := range []bool{false, true} {
		r := newRig(t, variant(ews.Variants{OccurrenceKeys: own}))
		id := r.make(series("x"))
		second, third := r.ok(r.soap(get(id.nth(2)))).ref(), r.ok(r.soap(get(id.nth(3)))).ref()
		r.ok(r.soap(update(second, "NeverOverwrite", set("item:Subject", "<t:Subject>y</t:Subject>"))))
		want := "ErrorIrresolvableConflict"
		if own {
			want = "NoError"
		}
		if got := r.soap(update(third, "NeverOverwrite", set("item:Subject", "<t:Subject>z</t:Subject>"))).code(); got != want {
			t.Errorf("own keys %t: %s", own, got)
		}
		if got := r.soap(update(second, "NeverOverwrite", set("item:Subject", "<t:Subject>z</t:Subject>"))).code(); got != "ErrorIrresolvableConflict" {
			t.Errorf("own keys %t, twice: %s", own, got)
		}
	}
}

func TestADeletionLooksAtNoKey(t *testing.T) {
	t.Parallel()
	r := newRig(t, ews.Options{})
	old := r.make(event("x"))
	r.ok(r.soap(update(old, "NeverOverwrite", set("item:Subject", "<t:Subject>y</t:Subject>"))))
	r.ok(r.soap(del(old.String())))
}

func TestAViewMayBeRestricted(t *testing.T) {
	t.Parallel()
	r := newRig(t, variant(ews.Variants{ViewRestricts: true}))
	r.make(event("x"))
	r.make(event("y"))
	if a := r.ok(r.soap(find(view(january), where(`<t:FieldURI FieldURI="item:Subject"/>`)))); len(a.xml.all("CalendarItem")) != 1 {
		t.Errorf("%s", a.body)
	}
}

func TestChangesComeNewestFirstOrOldestFirst(t *testing.T) {
	t.Parallel()
	for oldest, want := range map[bool]string{false: "Create B,Create A", true: "Create A,Create B"} {
		r := newRig(t, variant(ews.Variants{OldestFirst: oldest}))
		r.make(event("A"))
		r.make(event("B"))
		if list, _, _ := r.changes("", 512); strings.Join(list, ",") != want {
			t.Errorf("oldest first %t: %v", oldest, list)
		}
	}
}

func TestASearchMayLag(t *testing.T) {
	t.Parallel()
	for late, want := range map[bool]int{false: 1, true: 0} {
		r := newRig(t, variant(ews.Variants{LateFind: late}))
		id := r.make(event("x"))
		r.ok(r.soap(get(id.String())))
		if a := r.ok(r.soap(find("", where(`<t:FieldURI FieldURI="item:Subject"/>`)))); len(a.xml.all("CalendarItem")) != want {
			t.Errorf("late %t: %s", late, a.body)
		}
		if a := r.ok(r.soap(find("", where(`<t:FieldURI FieldURI="item:Subject"/>`)))); len(a.xml.all("CalendarItem")) != 1 {
			t.Errorf("late %t, again: %s", late, a.body)
		}
	}
}

func TestGuestsMayEditTheirCopies(t *testing.T) {
	t.Parallel()
	r := newRig(t, variant(ews.Variants{GuestsEdit: true}))
	if err := r.ews.Invite("alice@example.com", "boss@example.com", event("Theirs")); err != nil {
		t.Fatal(err)
	}
	id := r.ok(r.soap(find("", ""))).ref()
	r.ok(r.soap(update(id, "NeverOverwrite", set("item:Subject", "<t:Subject>Mine</t:Subject>"))))
	a := r.ok(r.soap(get(ref{id: id.id}.String())))
	if a.xml.text("AppointmentState") != "3" || a.xml.text("MyResponseType") != "NoResponseReceived" || a.xml.text("IsMeeting") != "true" {
		t.Errorf("%s", a.body)
	}
}

func TestZonesOfIANAMayBeTaken(t *testing.T) {
	t.Parallel()
	r := newRig(t, variant(ews.Variants{IANAZones: true}))
	id := r.make(`<t:Start>2026-01-06T09:00:00</t:Start><t:StartTimeZone Id="Europe/Helsinki"/>`)
	if a := r.ok(r.soap(get(id.String()))); a.xml.attr("StartTimeZone", "Id") != "FLE Standard Time" {
		t.Errorf("%s", a.body)
	}
}
