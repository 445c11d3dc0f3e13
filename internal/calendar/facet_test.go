package calendar

import (
	"encoding/json"
	"testing"
)

func TestEveryFacetKeepsItsNameAndGoesBothWays(t *testing.T) {
	for _, f := range FacetFields.List() {
		if got, ok := ParseFacet(f.String()); !ok || got != f {
			t.Errorf("%s is read as %s, %t", f, got, ok)
		}
		if _, ok := ParseField(f.String()); ok {
			t.Errorf("%s is read as a field of calendars", f)
		}
		if f.Class() != BothWays || AllFields.Has(f) || BothWaysFields.Has(f) || !EitherSide.Has(f) {
			t.Errorf("%s is of the wrong class or set", f)
		}
	}
	if _, ok := ParseFacet("subject"); ok {
		t.Error("a field of calendars was read as a facet")
	}
}

// Field sets, fingerprints and shadows are stored: what calendars had before there were facets stays as it is, to the byte.
func TestFacetsAddNothingToCalendars(t *testing.T) {
	if AllFields != 0xfff || BothWaysFields != 0x7f {
		t.Errorf("the fields of calendars are %x and %x", AllFields, BothWaysFields)
	}
	e := Event{Known: AllFields, Values: Values{Subject: "a"}}
	b, err := json.Marshal(&e)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(b), `{"known":4095,"subject":"a"}`; got != want {
		t.Errorf("stored as %s, want %s", got, want)
	}
}

func TestFacetsAreCopiedOneByOneAndNeverInPlace(t *testing.T) {
	from := Values{Facets: &Facets{Type: Ref{ID: "call"}, Done: true, Note: "n", Deal: Ref{ID: "1", Name: "D"}, Person: Ref{ID: "2"}, Org: Ref{Here: 3}}}
	for _, f := range FacetFields.List() {
		var to Values
		if Same(f, &from, &to) {
			t.Errorf("%s: what is said and what is not are the same", f)
		}
		Copy(f, &to, &from)
		for _, g := range FacetFields.List() {
			if got := Same(g, &from, &to); got != (f == g) {
				t.Errorf("copying %s: %s is the same: %t", f, g, got)
			}
		}
		shared := to
		Copy(f, &to, &Values{})
		if !Same(f, &shared, &from) || to.Facets != nil {
			t.Errorf("%s: taking it back changed a copy, or left %+v", f, to.Facets)
		}
	}
	renamed := Values{Facets: &Facets{Deal: Ref{ID: "1", Name: "another name"}}}
	if !Same(DealFacet, &from, &renamed) {
		t.Error("another name makes it another deal")
	}
}

func TestOneDateHasNoFacets(t *testing.T) {
	e := Event{Values: Values{Start: InZone(0, "UTC")}, Rule: "FREQ=DAILY", Overrides: []Override{{
		Original: Day, Set: FacetFields | Fields(Subject), Values: Values{Subject: "s", Facets: &Facets{Done: true}},
	}}}
	if e.Normalize(); e.Overrides[0].Set != Fields(Subject) || e.Overrides[0].Facets != nil {
		t.Errorf("left: %+v", e.Overrides[0])
	}
}
