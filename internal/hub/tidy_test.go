package hub

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tahti/internal/calendar"
	"tahti/internal/crm"
)

func TestOneFormIsStored(t *testing.T) {
	day := func(d int) calendar.Wall { return calendar.WallOf(2026, 3, d, 10, 0, 0) }
	said := func(w calendar.Wall, subject string) calendar.Override {
		return calendar.Override{Original: w, Set: calendar.Fields(calendar.Subject), Values: calendar.Values{Subject: subject}}
	}
	for name, c := range map[string]struct{ change, want func(*crm.Activity) }{
		"lines end in one way": {
			func(a *crm.Activity) { a.Plan.Description = "a\r\nb\nc\rd" }, func(a *crm.Activity) { a.Plan.Description = "a\nb\nc\rd" }},
		"a start alone": {
			func(a *crm.Activity) { a.Plan.End = calendar.Time{} }, func(a *crm.Activity) { a.Plan.End = a.Plan.Start }},
		"a day alone": {
			func(a *crm.Activity) { a.Plan.Start, a.Plan.End = calendar.OnDate(2026, 3, 2), calendar.Time{} },
			func(a *crm.Activity) {
				a.Plan.Start, a.Plan.End = calendar.OnDate(2026, 3, 2), calendar.OnDate(2026, 3, 3)
			}},
		"two days": {
			func(a *crm.Activity) {
				a.Plan.Start, a.Plan.End = calendar.OnDate(2026, 3, 2), calendar.OnDate(2026, 3, 4)
			},
			func(a *crm.Activity) {
				a.Plan.Start, a.Plan.End = calendar.OnDate(2026, 3, 2), calendar.OnDate(2026, 3, 4)
			}},
		"no length stays none": {func(a *crm.Activity) { a.Plan.End = a.Plan.Start }, func(a *crm.Activity) { a.Plan.End = a.Plan.Start }},
		"addresses": {
			func(a *crm.Activity) {
				a.Plan.Organizer.Email = "Bob@Example.com"
				a.Plan.Guests = []calendar.Guest{
					{Person: calendar.Person{Email: "Y@example.org"}}, {Person: calendar.Person{Name: "no address"}},
					{Person: calendar.Person{Email: "x@example.org", Name: "first"}}, {Person: calendar.Person{Name: "nor here"}},
					{Person: calendar.Person{Email: "X@example.org", Name: "second"}},
				}
			},
			func(a *crm.Activity) {
				a.Plan.Organizer.Email = "bob@example.com"
				a.Plan.Guests = []calendar.Guest{
					{Person: calendar.Person{Name: "no address"}}, {Person: calendar.Person{Name: "nor here"}},
					{Person: calendar.Person{Email: "x@example.org", Name: "first"}}, {Person: calendar.Person{Email: "y@example.org"}},
				}
			}},
		"no guests": {func(a *crm.Activity) { a.Plan.Guests = []calendar.Guest{} }, func(*crm.Activity) {}},
		"words of dates": {
			func(a *crm.Activity) {
				a.Plan.Overrides = []calendar.Override{said(day(5), "five"), said(day(3), "three"), said(day(5), "five again")}
				a.Plan.Overrides[1].Set |= calendar.Fields(calendar.Recurrence)
				a.Plan.Cancelled = []calendar.Wall{day(9), day(7), day(9)}
			},
			func(a *crm.Activity) {
				a.Plan.Overrides = []calendar.Override{said(day(3), "three"), said(day(5), "five")}
				a.Plan.Cancelled = []calendar.Wall{day(7), day(9)}
			}},
		"a date whose day alone is said": {
			func(a *crm.Activity) {
				a.Plan.Overrides = []calendar.Override{{Original: day(3), Set: calendar.Fields(calendar.When), Values: calendar.Values{Start: zoned(3, 4, 10)}}}
			},
			func(a *crm.Activity) {
				a.Plan.Overrides = []calendar.Override{{
					Original: day(3), Set: calendar.Fields(calendar.When), Values: calendar.Values{Start: zoned(3, 4, 10), End: zoned(3, 4, 10)},
				}}
			}},
		"notes of dates": {
			func(a *crm.Activity) {
				a.Occurrences = []crm.Occurrence{{Original: day(5), Note: "five"}, {Original: day(4)}, {Original: day(3), Done: true}, {Original: day(5), Note: "again"}}
			},
			func(a *crm.Activity) {
				a.Occurrences = []crm.Occurrence{{Original: day(3), Done: true}, {Original: day(5), Note: "five"}}
			}},
		"no notes of dates": {func(a *crm.Activity) { a.Occurrences = []crm.Occurrence{{Original: day(4)}} }, func(*crm.Activity) {}},
	} {
		start := func() crm.Activity {
			a := crm.Activity{Plan: calendar.Event{Known: calendar.AllFields, Rule: "FREQ=DAILY"}}
			a.Plan.Start, a.Plan.End = zoned(3, 2, 10), zoned(3, 2, 11)
			return a
		}
		got, want := start(), start()
		got.Plan.Known = 0
		c.change(&got)
		c.want(&want)
		tidy(&got)
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: (-want +got):\n%s", name, d)
		}
		again := got.Clone()
		if tidy(&again); !cmp.Equal(got, again) {
			t.Errorf("%s: tidied twice it is another", name)
		}
	}
}

func TestWhenAFieldWasChanged(t *testing.T) {
	at := func(minute int) time.Time { return time.Date(2026, 3, 2, 8, minute, 0, 0, time.UTC) }
	a := crm.Activity{CreatedAt: at(1), Changed: map[string]crm.Change{
		"subject": {At: at(2)}, "subject@20260303T100000": {At: at(4)}, "subject@20260304T100000": {At: at(3)},
		"cancelled@20260303T100000": {At: at(6)}, "recurrence": {At: at(5)}, "note@20260303T100000": {At: at(7)},
		"cancelled": {At: at(8)}, "location": {At: at(0)},
	}}
	for field, want := range map[string]time.Time{
		"subject": at(4), "recurrence": at(6), "note": at(7), "when": at(1), "cancelled": at(8), "location": at(1),
	} {
		if got := ChangedAt(&a, field); !got.Equal(want) {
			t.Errorf("%s: %s, want %s", field, got, want)
		}
	}
}

// A name is private to the owner where its date says so itself.
func TestAPrivateDateIsOneThatSaysSo(t *testing.T) {
	w := zoned(3, 3, 10).Wall
	name := w.String()
	for _, c := range []struct {
		said, private, want bool
	}{{true, true, true}, {true, false, false}, {false, true, false}, {false, false, false}} {
		o := calendar.Override{Original: w, Values: calendar.Values{Private: c.private}}
		if c.said {
			o.Set = calendar.Fields(calendar.Private)
		}
		e := calendar.Event{Rule: "FREQ=DAILY", Overrides: []calendar.Override{{Original: w - calendar.Day}, o}}
		if got := hiddenOccurrence(&e, name); got != c.want || anyPrivate(&e) != c.want {
			t.Errorf("%+v: hidden %t, any %t", c, got, anyPrivate(&e))
		}
		was, is := crm.Activity{Plan: e}, crm.Activity{Plan: calendar.Event{Rule: "FREQ=DAILY"}}
		for _, pair := range [][2]*crm.Activity{{&was, &is}, {&is, &was}} {
			if got := anyHidden(pair[0], pair[1], []string{"subject", "subject@" + name}); got != c.want {
				t.Errorf("%+v: one of the keys is hidden: %t", c, got)
			}
			if anyHidden(pair[0], pair[1], []string{"subject", "subject@20260401T100000"}) {
				t.Errorf("%+v: another date is hidden", c)
			}
		}
	}
	for _, name := range []string{"", "soon", "20260401T100000"} {
		if hiddenOccurrence(&calendar.Event{}, name) {
			t.Errorf("%q is hidden", name)
		}
	}
}

func TestWhichKeysSomebodyAskedToChange(t *testing.T) {
	keys := []string{"subject", "busy@1", "done@1", "location@1", "subject@1", "subject@2"}
	before := values{"subject": []byte(`"a"`), "subject@1": []byte(`"b"`), "subject@2": []byte(`"c"`), "busy@1": []byte(`true`), "done@1": []byte(`true`)}
	after := values{"subject": []byte(`"b"`), "busy": []byte(`false`), "done": []byte(`true`), "location@1": []byte(`"x"`)}
	want := []string{"subject", "busy@1", "done@1", "location@1", "subject@2"}
	if d := cmp.Diff(want, asked(before, after, keys, nil)); d != "" {
		t.Error(d)
	}
}
