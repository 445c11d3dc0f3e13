package merge_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"tahti/internal/calendar"
	"tahti/internal/merge"
)

func on(day int) merge.Place { return merge.Place{Occurrence: true, Original: morning(day)} }

// values are those with one field set.
func values(set func(*calendar.Values)) (v calendar.Values) {
	set(&v)
	return v
}

func located(where string) calendar.Values {
	return values(func(v *calendar.Values) { v.Location = where })
}

func named(what string) calendar.Values {
	return values(func(v *calendar.Values) { v.Subject = what })
}

// A change tells what was and what is, and calls an occurrence by the name that it had before, also where the series was
// moved.
func TestADifferenceTellsWhatWasAndWhatIs(t *testing.T) {
	const twoDays = 2 * calendar.Day
	for _, c := range []struct {
		name string
		edit func(*calendar.Event)
		want merge.Changes
	}{
		{"a field of the series", func(e *calendar.Event) { e.Subject = "new" }, merge.Changes{List: []merge.Change{
			{Op: merge.Set, Field: calendar.Subject, From: named("series"), To: named("new")},
		}}},
		{"the rule", func(e *calendar.Event) { e.Rule = "FREQ=DAILY;COUNT=10" }, merge.Changes{List: []merge.Change{
			{Op: merge.Set, Field: calendar.Recurrence, FromRule: "FREQ=DAILY;COUNT=9", Rule: "FREQ=DAILY;COUNT=10"},
		}}},
		{"an occurrence for the first time", func(e *calendar.Event) { editOccurrence(e, morning(5), "fifth", false) }, merge.Changes{List: []merge.Change{
			{Place: on(5), Op: merge.Set, Field: calendar.Subject, From: named("series"), To: named("fifth")},
		}}},
		{"an occurrence once more", func(e *calendar.Event) { e.Overrides[0].Location = "farther" }, merge.Changes{List: []merge.Change{
			{Place: on(3), Op: merge.Set, Field: calendar.Location, From: located("elsewhere"), To: located("farther")},
		}}},
		{"an occurrence is as the series again", func(e *calendar.Event) { e.Overrides = nil }, merge.Changes{List: []merge.Change{
			{Place: on(3), Op: merge.Inherit, Field: calendar.Location, From: located("elsewhere"), To: located("room")},
		}}},
		{"an occurrence falls out", func(e *calendar.Event) { cancel(e, morning(3)) }, merge.Changes{List: []merge.Change{
			{Place: on(3), Op: merge.Cancel},
		}}},
		{"an occurrence takes place after all", func(e *calendar.Event) { e.Cancelled = nil }, merge.Changes{List: []merge.Change{
			{Place: on(4), Op: merge.Uncancel},
		}}},
		{"a moved series with an occurrence that is as the series again", func(e *calendar.Event) {
			moveSeries(e, twoDays)
			e.Overrides = nil
			e.Location = "hall"
		}, merge.Changes{Shift: twoDays, List: []merge.Change{
			{
				Op: merge.Set, Field: calendar.When,
				From: values(func(v *calendar.Values) {
					v.Start, v.End = calendar.InZone(morning(2), zone), calendar.InZone(morning(2)+3600, zone)
				}),
				To: values(func(v *calendar.Values) {
					v.Start, v.End = calendar.InZone(morning(4), zone), calendar.InZone(morning(4)+3600, zone)
				}),
			},
			{Op: merge.Set, Field: calendar.Location, From: located("room"), To: located("hall")},
			{Place: on(3), Op: merge.Inherit, Field: calendar.Location, From: located("elsewhere"), To: located("hall")},
		}}},
		{"a moved series with its occurrences and nothing else", func(e *calendar.Event) { moveSeries(e, 0) }, merge.Changes{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			base, now := daily(), daily()
			c.edit(&now)
			now.Normalize()
			if diff := cmp.Diff(c.want, merge.Diff(&base, &now)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestASeriesThatBecomesASingleEventIsNotMoved(t *testing.T) {
	base, now := daily(), daily()
	repattern(&now, "")
	now.Start.Wall += calendar.Day
	now.End.Wall += calendar.Day
	for _, d := range []merge.Changes{merge.Diff(&base, &now), merge.Diff(&now, &base)} {
		if d.Shift != 0 {
			t.Errorf("moved by %v", d.Shift)
		}
	}
	hidden := daily()
	moveSeries(&hidden, calendar.Day)
	hidden.Known &^= calendar.Fields(calendar.When)
	if d := merge.Diff(&base, &hidden); d.Shift != 0 {
		t.Errorf("a time that is not known moved it by %v", d.Shift)
	}
}

func TestChangesAreCountedByTheirFields(t *testing.T) {
	base, now := daily(), daily()
	now.Subject = "new"
	moveSeries(&now, calendar.Day)
	all := merge.Diff(&base, &now)
	if got := all.Fields(); got != calendar.Fields(calendar.Subject, calendar.When) {
		t.Errorf("fields %v", got)
	}
	if got := all.Only(calendar.Fields(calendar.Subject)); got.Shift != 0 || len(got.List) != 1 || got.List[0].Field != calendar.Subject {
		t.Errorf("only the subject: %+v", got)
	}
	if got := all.Only(calendar.Fields(calendar.When)); got.Shift != calendar.Day || len(got.List) != 1 {
		t.Errorf("only the time: %+v", got)
	}
	for name, edit := range map[string]func(*calendar.Event){
		"falls out":   func(e *calendar.Event) { cancel(e, morning(6)) },
		"takes place": func(e *calendar.Event) { e.Cancelled = nil },
	} {
		one := daily()
		edit(&one)
		d := merge.Diff(&base, &one)
		if got := d.Fields(); got != calendar.Fields(calendar.Recurrence) {
			t.Errorf("an occurrence %s: fields %v", name, got)
		}
		if d.Only(calendar.Fields(calendar.Subject)).Empty() == false || d.Only(calendar.Fields(calendar.Recurrence)).Empty() {
			t.Errorf("an occurrence %s: it is no change of the recurrence alone", name)
		}
	}
}

func TestSidesHaveNames(t *testing.T) {
	if merge.CRM.String() != "crm" || merge.Calendar.String() != "calendar" {
		t.Errorf("%v, %v", merge.CRM, merge.Calendar)
	}
}

// What is said of an occurrence applies to another event of the series whatever that one says of it.
func TestAChangeOfAnOccurrenceAppliesToWhateverIsThere(t *testing.T) {
	said := func(subject string) func(*calendar.Event) {
		return func(e *calendar.Event) { editOccurrence(e, morning(5), subject, false) }
	}
	out := func(e *calendar.Event) { cancel(e, morning(5)) }
	for _, c := range []struct {
		name             string
		change, on, want func(*calendar.Event)
	}{
		{"falls out where it had a name", out, said("other"), out},
		{"falls out where it is out already", out, out, out},
		{"gets a name where it was out", said("new"), out, said("new")},
		{"gets a name where it had one", said("new"), said("old"), said("new")},
	} {
		t.Run(c.name, func(t *testing.T) {
			base, changed, target, want := daily(), daily(), daily(), daily()
			c.change(&changed)
			c.on(&target)
			c.want(&want)
			for _, e := range []*calendar.Event{&changed, &target, &want} {
				e.Normalize()
			}
			got, dropped := merge.Apply(&target, merge.Diff(&base, &changed), 0)
			if diff := cmp.Diff(want, got); diff != "" || len(dropped) > 0 {
				t.Errorf("dropped %v (-want +got):\n%s", dropped, diff)
			}
		})
	}
}

// What a merge has to write is told as what was there and what is to be, for each side.
func TestAMergeTellsWhatItCarriesOver(t *testing.T) {
	base, ours, theirs := daily(), daily(), daily()
	ours.Subject, theirs.Location = "ours", "theirs"
	r := merge.Merge(both(&base, &ours, &theirs, "newest"))
	carried := map[string][2]merge.Changes{
		"here":  {r.ToLocal, {List: []merge.Change{{Op: merge.Set, Field: calendar.Location, From: located("room"), To: located("theirs")}}}},
		"there": {r.ToRemote, {List: []merge.Change{{Op: merge.Set, Field: calendar.Subject, From: named("series"), To: named("ours")}}}},
	}
	for side, c := range carried {
		if diff := cmp.Diff(c[1], c[0]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", side, diff)
		}
	}
}
