package calendar

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestEveryFieldKeepsItsName(t *testing.T) {
	for _, f := range AllFields.List() {
		if got, ok := ParseField(f.String()); !ok || got != f {
			t.Errorf("%s is read as %s, %t", f, got, ok)
		}
	}
	if _, ok := ParseField("colour"); ok {
		t.Error("an unknown field was read")
	}
	if got := Fields(When, Subject).String(); got != "subject,when" {
		t.Errorf("set: %q", got)
	}
}

func TestClassesFollowTheFieldTable(t *testing.T) {
	for _, f := range AllFields.List() {
		if got, want := f.Class() == BothWays, BothWaysFields.Has(f); got != want {
			t.Errorf("%s travels both ways: %t, in the set: %t", f, got, want)
		}
	}
	if OrganizerOwned.Has(Busy) || OrganizerOwned.Has(Private) || !OrganizerOwned.Has(When) {
		t.Errorf("organiser-owned: %s", OrganizerOwned)
	}
}

// anyValues draws from few values on purpose, so that overrides often repeat their series.
func anyValues(t *rapid.T) Values {
	few := rapid.SampledFrom([]string{"", "a", "b"})
	start := Wall(rapid.IntRange(0, 3).Draw(t, "start")) * 3600
	v := Values{
		Subject: few.Draw(t, "subject"), Location: few.Draw(t, "location"), Description: few.Draw(t, "description"),
		Start: InZone(start, "Europe/Helsinki"), End: InZone(start+3600, "Europe/Helsinki"),
		Busy: rapid.Bool().Draw(t, "busy"), Private: rapid.Bool().Draw(t, "private"),
		Status:    rapid.SampledFrom([]Status{Confirmed, Tentative, Cancelled}).Draw(t, "status"),
		Organizer: Person{Email: few.Draw(t, "organizer")}, MeetingURL: few.Draw(t, "url"),
		Answer: rapid.SampledFrom([]Answer{NoAnswer, Accepted, Declined}).Draw(t, "answer"),
	}
	for _, email := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"alice@example.com", "bob@example.com"}), 0, 2,
		rapid.ID).Draw(t, "guests") {
		v.Guests = append(v.Guests, Guest{Person: Person{Email: email}})
	}
	return v
}

func anyEvent() *rapid.Generator[Event] {
	return rapid.Custom(func(t *rapid.T) Event {
		e := Event{UID: "u@example.com", Known: AllFields, Values: anyValues(t), Rule: "FREQ=DAILY"}
		original := rapid.Custom(func(t *rapid.T) Wall {
			return e.Start.Wall + Day*Wall(rapid.IntRange(0, 5).Draw(t, "day"))
		})
		for _, w := range rapid.SliceOfN(original, 0, 3).Draw(t, "extra") {
			e.Extra = append(e.Extra, InZone(w+1800, "Europe/Helsinki"))
		}
		e.Cancelled = rapid.SliceOfN(original, 0, 3).Draw(t, "cancelled")
		for _, w := range rapid.SliceOfNDistinct(original, 0, 4, rapid.ID).Draw(t, "overrides") {
			set := FieldSet(rapid.IntRange(0, int(AllFields)).Draw(t, "set"))
			e.Overrides = append(e.Overrides, Override{Original: w, Set: set, Values: anyValues(t)})
		}
		return e
	})
}

func TestNormalizeTwiceIsNormalizeOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := anyEvent().Draw(t, "event")
		e.Normalize()
		once := e.Clone()
		e.Normalize()
		if d := cmp.Diff(once, e); d != "" {
			t.Fatalf("the second time changed it:\n%s", d)
		}
	})
}

func TestNormalizeKeepsWhatEveryOccurrenceSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before := anyEvent().Draw(t, "event")
		after := before.Clone()
		after.Normalize()
		for i := range before.Overrides {
			o := &before.Overrides[i]
			if after.IsCancelled(o.Original) {
				if after.Override(o.Original) != nil {
					t.Fatalf("%s is cancelled and overridden", o.Original)
				}
				continue
			}
			kept := after.Override(o.Original)
			if kept == nil {
				kept = &Override{Original: o.Original}
			}
			was, is := before.Effective(o), after.Effective(kept)
			slices.SortFunc(was.Guests, compareGuest)
			for _, f := range AllFields.List() {
				if !Same(f, &was, &is) {
					t.Fatalf("%s of %s changed", f, o.Original)
				}
			}
		}
	})
}

func TestNormalizeIsSparse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := anyEvent().Draw(t, "event")
		e.Normalize()
		for i := range e.Overrides {
			o := &e.Overrides[i]
			inherited := e.Effective(&Override{Original: o.Original})
			if o.Set == 0 || o.Set.Has(Recurrence) {
				t.Fatalf("override %s sets %q", o.Original, o.Set)
			}
			for _, f := range AllFields.List() {
				switch {
				case o.Set.Has(f) && Same(f, &o.Values, &inherited):
					t.Fatalf("%s repeats the series' %s", o.Original, f)
				case !o.Set.Has(f) && !Same(f, &o.Values, &Values{}):
					t.Fatalf("%s holds a %s that it does not set", o.Original, f)
				}
			}
		}
	})
}

func TestEventKeepsItsStoredForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := anyEvent().Draw(t, "event")
		want.Normalize()
		text, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got Event
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("%s was read back differently:\n%s", text, d)
		}
	})
}

func TestCloneSharesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := anyEvent().Draw(t, "event")
		c := e.Clone()
		before, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		for i := range e.Guests {
			e.Guests[i].Email = "changed"
		}
		for i := range e.Overrides {
			e.Overrides[i].Subject = "changed"
			for j := range e.Overrides[i].Guests {
				e.Overrides[i].Guests[j].Email = "changed"
			}
		}
		for i := range e.Extra {
			e.Extra[i].Wall++
		}
		for i := range e.Cancelled {
			e.Cancelled[i]++
		}
		after, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		if string(before) != string(after) {
			t.Fatal("a change of the original reached the copy")
		}
	})
}

func TestAnOccurrenceInheritsTheTimeOfItsOriginalStart(t *testing.T) {
	e := Event{Values: Values{
		Subject: "Stand-up",
		Start:   InZone(WallOf(2026, 1, 5, 9, 0, 0), "Europe/Helsinki"),
		End:     InZone(WallOf(2026, 1, 5, 9, 30, 0), "Europe/Helsinki"),
	}, Rule: "FREQ=DAILY"}
	original := WallOf(2026, 3, 30, 9, 0, 0)
	v := e.Effective(&Override{Original: original, Set: Fields(Subject), Values: Values{Subject: "Review"}})
	if v.Subject != "Review" || v.Start != InZone(original, "Europe/Helsinki") || v.End.Wall != original+1800 {
		t.Errorf("got %q %s to %s", v.Subject, v.Start, v.End)
	}
}

func TestAnOccurrenceOfASeriesWithoutAnEndHasNone(t *testing.T) {
	e := Event{Values: Values{Start: OnDate(2026, 1, 5)}, Rule: "FREQ=DAILY"}
	if v := e.Effective(&Override{Original: e.Start.Wall + Day}); v.End != (Time{}) {
		t.Errorf("it ends at %+v", v.End)
	}
}

func TestOnAnswersWhatADateSaysOrInherits(t *testing.T) {
	first := WallOf(2026, 1, 5, 9, 0, 0)
	e := Event{Values: Values{Subject: "Stand-up", Start: InZone(first, "Europe/Helsinki")}, Rule: "FREQ=DAILY", Cancelled: []Wall{first + 3*Day}}
	o := e.EnsureOverride(first + 2*Day)
	o.Set, o.Subject = Fields(Subject), "Review"
	if v := e.On(first + 2*Day); v.Subject != "Review" || v.Start.Wall != first+2*Day {
		t.Errorf("a date that differs says %q at %s", v.Subject, v.Start)
	}
	if v := e.On(first + Day); v.Subject != "Stand-up" || v.Start.Wall != first+Day {
		t.Errorf("a date that does not says %q at %s", v.Subject, v.Start)
	}
	other := Event{Values: e.Values, Rule: e.Rule, Cancelled: []Wall{first + Day, first + 2*Day}}
	if got := Dates(&e, &other); !slices.Equal(got, []Wall{first + Day, first + 2*Day, first + 3*Day}) {
		t.Errorf("of %v one of them says something", got)
	}
}
