package hub_test

import (
	"errors"
	"slices"
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/hub"
	"tahti/internal/lens"
	"tahti/internal/store"
)

func TestWhichStartsAnActivityHas(t *testing.T) {
	r := newRoom(t)
	by := hub.By(r.alice)
	series := weekly("Team")
	series.Plan.Cancelled = []calendar.Wall{monday(2)}
	series = r.create(by, series)
	single := r.create(by, meeting("Once"))
	none := meeting("Some day")
	none.Plan.Start, none.Plan.End = calendar.Time{}, calendar.Time{}
	none = r.create(by, none)
	subject := hub.Change{Fields: []string{"subject"}, To: values(calendar.Values{Subject: "x"})}
	for name, c := range map[string]struct {
		id   store.ID
		at   calendar.Wall
		code string
	}{
		"the first":             {series.ID, monday(0), ""},
		"a later one":           {series.ID, monday(5), ""},
		"one that is not there": {series.ID, monday(5) + 60, hub.CodeNoOccurrence},
		"one before the first":  {series.ID, monday(-1), hub.CodeNoOccurrence},
		"one that is taken out": {series.ID, monday(2), hub.CodeNoOccurrence},
		"the only one":          {single.ID, monday(0), ""},
		"another":               {single.ID, monday(1), hub.CodeNoOccurrence},
		"of what has no date":   {none.ID, 0, hub.CodeNoOccurrence},
	} {
		_, err := r.patch(by, c.id, c.at, hub.This, subject)
		checkInvalid(t, name, err, "original_start", c.code)
	}
	for _, scope := range []hub.Scope{"", "some"} {
		_, err := r.patch(by, series.ID, monday(1), scope, subject)
		checkInvalid(t, "a scope that is none", err, "scope", hub.CodeUnknown)
		checkInvalid(t, "a scope that is none", r.remove(by, series.ID, monday(1), scope), "scope", hub.CodeUnknown)
	}
	// From the first on is all of it, also where the first was taken out: then there is no such start to name.
	later := weekly("Team")
	later.Plan.Cancelled = []calendar.Wall{monday(0)}
	later = r.create(by, later)
	tail, err := r.patch(by, later.ID, monday(1), hub.Following, subject)
	if err != nil || tail.ID == later.ID {
		t.Errorf("from the second on: %v, activity %d", err, tail.ID)
	}
	all, err := r.patch(by, series.ID, monday(0), hub.Following, subject)
	if err != nil || all.ID != series.ID {
		t.Errorf("from the first on: %v, activity %d", err, all.ID)
	}
}

// A rule may not fall on the day on which its series is said to start: the first start is then the rule's.
func TestFromTheFirstOnIsAllOfIt(t *testing.T) {
	r := newRoom(t)
	a := meeting("Team")
	a.Plan.Rule = "FREQ=WEEKLY;BYDAY=WE"
	a = r.create(hub.By(r.alice), a)
	var first calendar.Wall
	for _, s := range look(t, a)[:1] {
		first = calendar.WallIn(s.Start, helsinki(t))
	}
	got, err := r.patch(hub.By(r.alice), a.ID, first, hub.Following, hub.Change{Fields: []string{"location"}, To: values(calendar.Values{Location: "x"})})
	if err != nil || got.ID != a.ID || got.Plan.Location != "x" {
		t.Errorf("%v: activity %d, %+v", err, got.ID, got.Plan)
	}
	if err := r.remove(hub.By(r.alice), a.ID, first, hub.Following); err != nil || !activityOf(r, a.ID).Deleted() {
		t.Errorf("%v: it is still there", err)
	}
}

func TestWhatIsTakenOutTakesItsNoteAlong(t *testing.T) {
	r := newRoom(t)
	a := withWords()
	a.Occurrences = append(a.Occurrences, crm.Occurrence{Original: monday(4), Done: true})
	a = r.create(hub.By(r.alice), a)
	if err := r.remove(hub.By(r.alice), a.ID, monday(3), hub.This); err != nil {
		t.Fatal(err)
	}
	got := r.activity(a.ID)
	if !got.Plan.IsCancelled(monday(3)) || got.Plan.Override(monday(1)) == nil || !slices.Equal(got.Occurrences, []crm.Occurrence{{Original: monday(4), Done: true}}) {
		t.Errorf("left is %+v", got)
	}
	if err := r.remove(hub.By(r.alice), a.ID, monday(4), hub.Following); err != nil {
		t.Fatal(err)
	}
	got = r.activity(a.ID)
	if got.Occurrences != nil || len(look(t, got)) != 2 || got.Plan.Override(monday(1)) == nil || len(r.conflicts()) != 0 {
		t.Errorf("left is %+v, filed %+v", got, r.conflicts())
	}
}

// An occurrence that has a time of its own moves the series from there, and whole days move by whole days.
func TestASeriesMovesByAsMuchAsTheOneThatIsDragged(t *testing.T) {
	r := newRoom(t)
	by := hub.By(r.alice)
	moved := weekly("Team")
	moved.Plan.Overrides = []calendar.Override{{
		Original: monday(1), Set: calendar.Fields(calendar.When), Values: calendar.Values{Start: at(2026, 3, 9, 12, 0), End: at(2026, 3, 9, 13, 0)},
	}}
	moved = r.create(by, moved)
	got, err := r.patch(by, moved.ID, monday(1), hub.All, hub.Change{
		Fields: []string{"when", "subject"}, To: values(calendar.Values{Subject: "x", Start: at(2026, 3, 9, 13, 0), End: at(2026, 3, 9, 15, 0)}),
	})
	if err != nil || got.Plan.Start != at(2026, 3, 2, 11, 0) || got.Plan.End != at(2026, 3, 2, 13, 0) || got.Plan.Subject != "x" {
		t.Errorf("%v: %s to %s", err, got.Plan.Start, got.Plan.End)
	}
	days := meeting("Fair")
	days.Plan.Rule, days.Plan.Start, days.Plan.End = "FREQ=WEEKLY", calendar.OnDate(2026, 3, 2), calendar.OnDate(2026, 3, 4)
	days = r.create(by, days)
	got, err = r.patch(by, days.ID, calendar.OnDate(2026, 3, 9).Wall, hub.All, hub.Change{
		Fields: []string{"when"}, To: values(calendar.Values{Start: calendar.OnDate(2026, 3, 10), End: calendar.OnDate(2026, 3, 11)}),
	})
	if err != nil || got.Plan.Start != calendar.OnDate(2026, 3, 3) || got.Plan.End != calendar.OnDate(2026, 3, 4) {
		t.Errorf("%v: %s to %s", err, got.Plan.Start, got.Plan.End)
	}
	// A series with times is made one of whole days, from one of its dates.
	timed := r.create(by, weekly("Team"))
	got, err = r.patch(by, timed.ID, monday(1), hub.All, hub.Change{
		Fields: []string{"when"}, To: values(calendar.Values{Start: calendar.OnDate(2026, 3, 10), End: calendar.OnDate(2026, 3, 11)}),
	})
	if err != nil || got.Plan.Start != calendar.OnDate(2026, 3, 3) || got.Plan.Rule != "FREQ=WEEKLY;BYDAY=TU" {
		t.Errorf("%v: %s, %s", err, got.Plan.Start, got.Plan.Rule)
	}
	// With a rule of its own nothing is moved along.
	ruled := r.create(by, weekly("Team"))
	to := crm.Activity{Plan: calendar.Event{Rule: "FREQ=WEEKLY;BYDAY=MO,TU"}}
	to.Plan.Start, to.Plan.End = at(2026, 3, 10, 10, 0), at(2026, 3, 10, 11, 0)
	got, err = r.patch(by, ruled.ID, monday(1), hub.All, hub.Change{Fields: []string{"when", "recurrence"}, To: to})
	if err != nil || got.Plan.Rule != "FREQ=WEEKLY;BYDAY=MO,TU" || got.Plan.Start != at(2026, 3, 3, 10, 0) {
		t.Errorf("%v: %s, %s", err, got.Plan.Start, got.Plan.Rule)
	}
	for _, scope := range []hub.Scope{hub.All, hub.Following} {
		_, err = r.patch(by, ruled.ID, calendar.WallOf(2026, 3, 10, 10, 0, 0), scope, hub.Change{Fields: []string{"colour"}})
		checkInvalid(t, string(scope), err, "colour", hub.CodeUnknownField)
	}
}

// People move a series with its rule; a calendar says both, or neither.
func TestARuleFollowsPeopleAndNotCalendars(t *testing.T) {
	r := newRoom(t)
	c := r.connect(r.alice, nil)
	tuesday := hub.Change{Fields: []string{"when"}, To: values(calendar.Values{Start: at(2026, 3, 3, 10, 0), End: at(2026, 3, 3, 11, 0)})}
	both := tuesday
	both.Fields = []string{"when", "recurrence"}
	both.To.Plan.Rule = "FREQ=WEEKLY;BYDAY=MO"
	for _, x := range []struct {
		name   string
		by     hub.Actor
		change hub.Change
		want   string
	}{
		{"a person", hub.By(r.alice), tuesday, "FREQ=WEEKLY;BYDAY=TU"},
		{"a person who says the rule", hub.By(r.alice), both, "FREQ=WEEKLY;BYDAY=MO"},
		{"a calendar", hub.BySync(c, 0), tuesday, "FREQ=WEEKLY;BYDAY=MO"},
	} {
		a := r.create(hub.By(r.alice), weekly("Team"))
		if got := r.mustUpdate(x.by, a.ID, x.change); got.Plan.Rule != x.want {
			t.Errorf("%s: %s, want %s", x.name, got.Plan.Rule, x.want)
		}
	}
	a := weekly("Team")
	a.Plan.Rule = "FREQ=MONTHLY;BYDAY=1MO"
	a = r.create(hub.By(r.alice), a)
	_, err := r.update(hub.By(r.alice), a.ID, tuesday)
	checkInvalid(t, "a rule that cannot be moved", err, "recurrence", hub.CodeBadRule)
}

// The new half of a series that is split is an appointment to which nobody was invited yet.
func TestASplitInvitesNobody(t *testing.T) {
	r := newRoom(t)
	c := r.connect(r.alice, nil)
	a := withOwner(weekly("Team"), r.alice)
	a.Plan.UID, a.Plan.Organizer.Email, a.Plan.Answer = "uid", r.alice.Email, calendar.Accepted
	a.Plan.Guests = []calendar.Guest{{Person: calendar.Person{Email: "x@example.org"}, Answer: calendar.Accepted}}
	a.Plan.Extra = []calendar.Time{at(2026, 3, 4, 10, 0), at(2026, 3, 25, 10, 0)}
	a.Visibility, a.Priority = crm.Everyone, 2
	a = r.create(hub.BySync(c, 0), a)
	subject := hub.Change{Base: a.Revision, Fields: []string{"subject"}, To: values(calendar.Values{Subject: "New"})}
	tail, err := r.patch(hub.By(r.alice), a.ID, monday(2), hub.Following, subject)
	if err != nil {
		t.Fatal(err)
	}
	p := tail.Plan
	if p.UID != "" || p.Organizer.Email != "" || p.Answer != calendar.NoAnswer || len(p.Guests) != 1 || p.Guests[0].Answer != calendar.NoAnswer {
		t.Errorf("the new half is %+v", p)
	}
	if tail.Priority != 2 || tail.CreatorID != r.alice.ID || tail.Origin != 0 || tail.Revision != 1 || p.Start != at(2026, 3, 16, 10, 0) ||
		p.End != at(2026, 3, 16, 11, 0) || !slices.Equal(p.Extra, a.Plan.Extra[1:]) {
		t.Errorf("the new half is %+v", tail)
	}
	head := r.activity(a.ID)
	if head.Plan.UID != "uid" || head.Plan.Guests[0].Answer != calendar.Accepted || !slices.Equal(head.Plan.Extra, a.Plan.Extra[:1]) {
		t.Errorf("the old half is %+v", head.Plan)
	}
	_, err = r.patch(hub.By(r.alice), tail.ID, calendar.WallOf(2026, 3, 25, 10, 0, 0), hub.Following, subject)
	checkInvalid(t, "from a further date on", err, "original_start", hub.CodeBadRule)
	checkInvalid(t, "up to a further date", r.remove(hub.By(r.alice), tail.ID, calendar.WallOf(2026, 3, 25, 10, 0, 0), hub.Following), "original_start", hub.CodeBadRule)
}

// A series of further dates alone is split, too: the first of the later ones begins the new half.
func TestASeriesWithoutARuleIsSplit(t *testing.T) {
	r := newRoom(t)
	a := meeting("Team")
	a.Plan.Extra = []calendar.Time{at(2026, 3, 4, 10, 0), at(2026, 3, 6, 10, 0), at(2026, 3, 8, 10, 0)}
	a = r.create(hub.By(r.alice), a)
	tail, err := r.patch(hub.By(r.alice), a.ID, at(2026, 3, 6, 10, 0).Wall, hub.Following,
		hub.Change{Fields: []string{"subject"}, To: values(calendar.Values{Subject: "New"})})
	head := r.activity(a.ID)
	if err != nil || tail.Plan.Start != at(2026, 3, 6, 10, 0) || !slices.Equal(tail.Plan.Extra, a.Plan.Extra[2:]) || !slices.Equal(head.Plan.Extra, a.Plan.Extra[:1]) {
		t.Errorf("%v: %+v and %+v", err, head.Plan, tail.Plan)
	}
}

func TestASplitThatAsksForNothingOrForWhatWasChangedSince(t *testing.T) {
	r := newRoom(t)
	a := r.create(hub.By(r.alice), weekly("Team"))
	same, err := r.patch(hub.By(r.alice), a.ID, monday(2), hub.Following, hub.Change{Fields: []string{"subject"}, To: values(calendar.Values{Subject: "Team"})})
	if err != nil || same.ID != a.ID || same.Revision != a.Revision {
		t.Errorf("nothing was asked for: %v, %+v", err, same)
	}
	r.mustUpdate(hub.By(r.bob), a.ID, hub.Change{Fields: []string{"subject"}, To: values(calendar.Values{Subject: "Bob's"})})
	var stale *hub.Stale
	_, err = r.patch(hub.By(r.alice), a.ID, monday(2), hub.Following, hub.Change{Base: a.Revision, Fields: []string{"subject"}, To: values(calendar.Values{Subject: "Alice's"})})
	if !errors.As(err, &stale) || !slices.Equal(stale.Fields, []string{"subject"}) {
		t.Errorf("changed since: %v", err)
	}
	_, err = r.patch(hub.By(r.alice), a.ID, monday(2), hub.Following, hub.Change{Base: a.Revision, Fields: []string{"location"}, To: values(calendar.Values{Location: "x"})})
	if err != nil {
		t.Errorf("something else: %v", err)
	}
	rest := weekly("Team")
	rest.Plan.Rule = "FREQ=MONTHLY;BYDAY=1MO"
	rest = r.create(hub.By(r.alice), rest)
	_, err = r.patch(hub.By(r.alice), rest.ID, calendar.WallOf(2026, 4, 6, 10, 0, 0), hub.Following,
		hub.Change{Fields: []string{"when"}, To: values(calendar.Values{Start: at(2026, 4, 7, 10, 0), End: at(2026, 4, 7, 11, 0)})})
	checkInvalid(t, "a rule that cannot be moved", err, "recurrence", hub.CodeBadRule)
	_, err = r.patch(hub.By(r.alice), rest.ID, calendar.WallOf(2026, 4, 6, 10, 0, 0), hub.Following,
		hub.Change{Fields: []string{"when"}, To: values(calendar.Values{Start: at(2026, 4, 6, 10, 0), End: at(2026, 4, 6, 9, 0)})})
	checkInvalid(t, "an end before its start", err, "when", hub.CodeEndFirst)
	_, err = r.patch(hub.By(r.alice), rest.ID, calendar.WallOf(2026, 4, 6, 10, 0, 0), hub.Following,
		hub.Change{Fields: []string{"type"}, To: crm.Activity{Type: "party"}})
	checkInvalid(t, "a type that there is not", err, "type", hub.CodeUnknown)
}

// Another pattern keeps what is said of days that it still has, under their new times, and of each key the later word.
func TestWhatIsSaidOfADayStaysWithTheDay(t *testing.T) {
	r := newRoom(t)
	c := r.connect(r.alice, func(s *lens.Settings) { s.Start = lens.Everything })
	a := withWords()
	a.Plan.Rule = "FREQ=DAILY"
	a = r.create(hub.By(r.alice), a)
	r.link(c, a.ID, true)
	a = r.mustUpdate(hub.By(r.alice), a.ID, hub.Change{Fields: []string{hub.FieldOccurrences}, To: crm.Activity{
		Occurrences: []crm.Occurrence{{Original: monday(3), Note: "bring two cakes"}},
	}})
	to := crm.Activity{Plan: calendar.Event{Rule: "FREQ=DAILY;INTERVAL=7"}}
	to.Plan.Start, to.Plan.End = at(2026, 3, 2, 15, 0), at(2026, 3, 2, 16, 0)
	got := r.mustUpdate(hub.By(r.alice), a.ID, hub.Change{Fields: []string{"when", "recurrence"}, To: to})
	later := calendar.Wall(5 * 3600)
	if o := got.Plan.Override(monday(1) + later); o == nil || o.Subject != "Retro" || !slices.Equal(got.Plan.Cancelled, []calendar.Wall{monday(2) + later}) {
		t.Errorf("became %+v", got.Plan)
	}
	if !slices.Equal(got.Occurrences, []crm.Occurrence{{Original: monday(3) + later, Note: "bring two cakes"}}) {
		t.Errorf("notes became %+v", got.Occurrences)
	}
	if change, ok := got.Changed["note@20260323T150000"]; !ok || change.Revision != a.Revision || len(r.conflicts()) != 0 {
		t.Errorf("changed %+v, filed %+v", got.Changed, r.conflicts())
	}
	if _, old := got.Changed["note@20260323T100000"]; old {
		t.Errorf("what is said of no date any more is remembered: %+v", got.Changed)
	}
	// What recurs no more keeps nothing of single dates.
	once := r.mustUpdate(hub.By(r.alice), a.ID, hub.Change{Fields: []string{"recurrence"}})
	if once.Plan.Overrides != nil || once.Plan.Cancelled != nil || once.Occurrences != nil || len(r.conflicts()) != 2 {
		t.Errorf("became %+v, filed %+v", once, r.conflicts())
	}
}
