package lens_test

import (
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/lens"
)

func TestWhatASideCannotBeGiven(t *testing.T) {
	shared, singles := lens.Limits{Shared: true}, lens.Limits{Singles: true}
	linked := func(v *lens.View) { v.Linked = true }
	for _, c := range []struct {
		name   string
		limits lens.Limits
		change func(*crm.Activity)
		view   func(*lens.View)
		want   lens.Reason
		kept   bool // by somebody who takes part
	}{
		{"an ordinary one", shared, nil, nil, lens.InScope, false},
		{"a private one", shared, func(a *crm.Activity) { a.Plan.Private = true }, nil, lens.PrivateNotHeld, false},
		{"a private one of one's own calendar", singles, func(a *crm.Activity) { a.Plan.Private = true }, nil, lens.InScope, false},
		{"one that was made private", shared, func(a *crm.Activity) { a.Plan.Private = true }, linked, lens.PrivateNotHeld, false},
		{"one that was born there and made private", shared, func(a *crm.Activity) { a.Plan.Private, a.Origin = true, ours }, linked, lens.PrivateNotHeld, false},
		{"a private one where nothing goes out", shared, func(a *crm.Activity) { a.Plan.Private = true },
			func(v *lens.View) { v.Linked, v.Settings.Direction = true, lens.ToCRM }, lens.AlreadyLinked, false},
		{"one for its owner's eyes", shared, func(a *crm.Activity) { a.Visibility = crm.OwnerOnly }, nil, lens.OwnersOnly, false},
		{"one for its owner's eyes that was born there", shared, func(a *crm.Activity) { a.Visibility, a.Origin = crm.OwnerOnly, ours }, linked, lens.AlreadyLinked, false},
		{"a series", singles, func(a *crm.Activity) { a.Plan.Rule = "FREQ=DAILY" }, nil, lens.SeriesNotHeld, false},
		{"a series in a shared place that can hold it", shared, func(a *crm.Activity) { a.Plan.Rule = "FREQ=DAILY" }, nil, lens.InScope, false},
		{"one that became a series", singles, func(a *crm.Activity) { a.Plan.Rule = "FREQ=DAILY" }, linked, lens.SeriesNotHeld, false},
		{"one that somebody who takes part keeps to themselves", shared, nil, nil, lens.SharePrivate, true},
		{"a colleague's in which one takes part", shared, func(a *crm.Activity) { a.OwnerID = bob }, nil, lens.OtherOwner, false},
		{"one that a colleague left there", shared, nil, func(v *lens.View) { v.ColleaguesThere = true }, lens.ColleaguesThere, false},
		{"one that is tied beside what a colleague left", shared, nil, func(v *lens.View) { v.ColleaguesThere, v.Linked = true, true }, lens.AlreadyLinked, false},
		{"the same at one's own calendar", singles, func(a *crm.Activity) { a.OwnerID = bob }, nil, lens.InScope, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := activity(func(a *crm.Activity) { a.Visibility = crm.Everyone })
			if c.change != nil {
				c.change(&a)
			}
			v := view(c.view)
			v.Limits = c.limits
			in, why := lens.Scope(&a, []crm.Participant{{UserID: alice}, {UserID: carol, Private: c.kept}}, v)
			if why != c.want || in != (why == lens.InScope || why == lens.AlreadyLinked) {
				t.Errorf("%t, %s; want %s", in, why, c.want)
			}
		})
	}
}

func TestAFacetThatChangedSinceTheStartEnters(t *testing.T) {
	a := activity(func(a *crm.Activity) {
		a.Changed = map[string]crm.Change{"note": {At: started.Add(time.Hour), Revision: 2}, "done@20260303T100000": {At: started.Add(time.Hour), Revision: 2}}
	})
	for facets, want := range map[calendar.FieldSet]bool{0: false, calendar.Fields(calendar.DoneFacet): false, calendar.Fields(calendar.NoteFacet): true} {
		v := view(func(v *lens.View) { v.Settings.Start, v.Limits.Facets = lens.NewAndChanged, facets })
		if in, why := lens.Scope(&a, nil, v); in != want {
			t.Errorf("where %s is held: %t, %s", facets, in, why)
		}
	}
}

func TestFacetsAreTheOwnersToShow(t *testing.T) {
	a := activity(func(a *crm.Activity) { a.Note, a.Done = "n", true })
	capable := calendar.AllFields | calendar.Fields(calendar.TypeFacet, calendar.NoteFacet, calendar.DealFacet)
	refs := calendar.Facets{Deal: calendar.Ref{ID: "d"}, Org: calendar.Ref{ID: "o"}}
	for member, want := range map[crm.ID]calendar.Facets{alice: {Type: calendar.Ref{ID: "call"}, Note: "n", Deal: calendar.Ref{ID: "d"}}, bob: {}} {
		e := lens.Bare(&a, nil, member, view(nil).Settings, capable)
		if e.Facets != nil || e.Known&calendar.FacetFields != 0 {
			t.Errorf("a calendar of %d's is shown %+v", member, e.Facets)
		}
		lens.AddFacets(&e, &a, member, capable, refs)
		if got := e.Facet(); got != want || (e.Known&calendar.FacetFields != 0) != (member == alice) {
			t.Errorf("%d is shown %+v of %s", member, got, e.Known)
		}
	}
}

func TestWhatHasNoNameThereIsNotWritten(t *testing.T) {
	here := calendar.Event{Known: calendar.FacetFields, Values: calendar.Values{Facets: &calendar.Facets{
		Deal: calendar.Ref{Here: 7}, Person: calendar.Ref{ID: "p"},
	}}}
	there := calendar.Event{Values: calendar.Values{Facets: &calendar.Facets{Deal: calendar.Ref{ID: "d"}, Person: calendar.Ref{ID: "q"}}}}
	fresh, update := here.Clone(), here.Clone()
	if lens.Untied(&fresh, nil); fresh.Known.Has(calendar.DealFacet) || !fresh.Known.Has(calendar.PersonFacet) || fresh.Facet().Deal.Here != 0 {
		t.Errorf("a new one says %+v in %s", fresh.Facets, fresh.Known)
	}
	if lens.Untied(&update, &there); update.Facet().Deal.ID != "d" || update.Facet().Person.ID != "p" {
		t.Errorf("an update says %+v", update.Facets)
	}
}

func TestInstantsStandOnTheClockOfTheActivity(t *testing.T) {
	utc := func(h int) calendar.Time {
		return calendar.Time{Kind: calendar.UTC, Wall: calendar.WallOf(2026, 3, 3, h, 0, 0)}
	}
	plan := func(start, end calendar.Time) *calendar.Event {
		return &calendar.Event{Values: calendar.Values{Start: start, End: end}}
	}
	day := calendar.OnDate(2026, 3, 3)
	for _, c := range []struct {
		name       string
		start      calendar.Time
		plan       *calendar.Event
		home       string
		want, last calendar.Time
	}{
		{"a new one is on its user's", utc(8), nil, "Europe/Helsinki", at(3, 10), at(3, 10)},
		{"a user without a zone", utc(8), nil, "", utc(8), utc(8)},
		{"a flight keeps both of its clocks", utc(8), plan(at(1, 1), calendar.InZone(0, "Asia/Tokyo")), "", at(3, 10), calendar.InZone(calendar.WallOf(2026, 3, 3, 17, 0, 0), "Asia/Tokyo")},
		{"an instant stays one", utc(8), plan(utc(1), utc(2)), "Europe/Helsinki", utc(8), utc(8)},
		{"what has no zone is read on its user's clock", utc(8), plan(calendar.Time{Kind: calendar.Floating}, calendar.Time{Kind: calendar.Floating}), "Europe/Helsinki",
			calendar.Time{Kind: calendar.Floating, Wall: at(3, 10).Wall}, calendar.Time{Kind: calendar.Floating, Wall: at(3, 10).Wall}},
		{"a day that got a time", utc(8), plan(day, day), "Europe/Helsinki", at(3, 10), at(3, 10)},
		{"a day is never shifted", day, plan(at(1, 1), at(1, 2)), "Asia/Tokyo", day, day},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := plan(c.start, c.start)
			if lens.OnClockOf(e, c.plan, c.home); e.Start != c.want || e.End != c.last {
				t.Errorf("%s to %s, want %s to %s", e.Start, e.End, c.want, c.last)
			}
			if lens.AsInstants(e, helsinki); e.Start != c.start || e.End != c.start {
				t.Errorf("goes back as %s to %s", e.Start, e.End)
			}
		})
	}
	seconds := plan(calendar.InZone(at(3, 10).Wall+59, "Europe/Helsinki"), calendar.InZone(calendar.WallOf(1969, 1, 1, 0, 0, 1), "UTC"))
	if lens.AsInstants(seconds, helsinki); seconds.Start != utc(8) || seconds.End.Wall != calendar.WallOf(1969, 1, 1, 0, 0, 0) {
		t.Errorf("seconds are not cut: %s to %s", seconds.Start, seconds.End)
	}
}
