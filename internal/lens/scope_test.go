package lens_test

import (
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/lens"
)

const (
	alice, bob, carol crm.ID = 1, 2, 3
	ours, sibling     crm.ID = 10, 11
)

var (
	helsinki = mustLoad("Europe/Helsinki")
	started  = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
)

func mustLoad(name string) *time.Location {
	l, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return l
}

func at(day, hour int) calendar.Time {
	return calendar.InZone(calendar.WallOf(2026, 3, day, hour, 0, 0), "Europe/Helsinki")
}

func event(day int) calendar.Event {
	e := calendar.Event{Known: calendar.AllFields}
	e.Subject, e.Busy, e.Start, e.End = "Call", true, at(day, 10), at(day, 11)
	return e
}

// activity is Alice's, made before the connection was started.
func activity(change func(*crm.Activity)) crm.Activity {
	a := crm.Activity{ID: 7, OwnerID: alice, Revision: 1, Type: "call", Plan: event(3), CreatedAt: started.Add(-time.Hour)}
	if change != nil {
		change(&a)
	}
	return a
}

// view is Alice's connection under the default settings but for everything being covered.
func view(change func(*lens.View)) lens.View {
	s := lens.Defaults()
	s.Start = lens.Everything
	v := lens.View{
		Connection: ours, Member: alice, Settings: &s, Writable: true, HubAt: started, Zone: helsinki,
		Today: calendar.WallOf(2026, 3, 2, 0, 0, 0),
	}
	if change != nil {
		change(&v)
	}
	return v
}

func from(s lens.Start) func(*lens.View) { return func(v *lens.View) { v.Settings.Start = s } }

func TestScopeSaysWhy(t *testing.T) {
	touched := func(field string, when time.Time) func(*crm.Activity) {
		return func(a *crm.Activity) { a.Changed = map[string]crm.Change{field: {At: when, Revision: 2}} }
	}
	later := started.Add(time.Minute)
	for _, c := range []struct {
		name     string
		activity func(*crm.Activity)
		parts    []crm.Participant
		view     func(*lens.View)
		want     bool
		why      lens.Reason
	}{
		{name: "an ordinary activity takes part", want: true, why: lens.InScope},
		{name: "a deleted one does not", activity: func(a *crm.Activity) { a.DeletedAt = later }, why: lens.Deleted},
		{name: "one without a date does not", activity: func(a *crm.Activity) { a.Plan.Start = calendar.Time{} }, why: lens.NoDate},
		{name: "a colleague's does not", activity: func(a *crm.Activity) { a.OwnerID = bob }, why: lens.OtherOwner},
		{name: "a colleague's does not, whoever else takes part", activity: func(a *crm.Activity) { a.OwnerID = bob }, parts: []crm.Participant{{UserID: carol}}, why: lens.OtherOwner},
		{name: "a colleague's in which I take part does", activity: func(a *crm.Activity) { a.OwnerID = bob }, parts: []crm.Participant{{UserID: alice}}, want: true, why: lens.InScope},
		{name: "into the CRM only: nothing goes out", view: func(v *lens.View) { v.Settings.Direction = lens.ToCRM }, why: lens.OneWay},
		{name: "into the CRM only: what is tied stays tied", view: func(v *lens.View) { v.Settings.Direction, v.Linked = lens.ToCRM, true }, want: true, why: lens.AlreadyLinked},
		{name: "own items: what was born here goes out", view: func(v *lens.View) { v.Settings.Direction = lens.OwnItems }, want: true, why: lens.InScope},
		{name: "a read-only calendar takes nothing", view: func(v *lens.View) { v.Writable = false }, why: lens.CalendarReadnly},
		{name: "a type that is not selected", view: func(v *lens.View) { v.Settings.TypesOut = []string{"meeting"} }, why: lens.TypeNotSelected},
		{name: "no type is selected", view: func(v *lens.View) { v.Settings.TypesOut = []string{} }, why: lens.TypeNotSelected},
		{name: "a type that is selected", view: func(v *lens.View) { v.Settings.TypesOut = []string{"meeting", "call"} }, want: true, why: lens.InScope},
		{name: "a tied one leaves with its type", view: func(v *lens.View) { v.Settings.TypesOut, v.Linked = []string{"meeting"}, true }, why: lens.TypeNotSelected},
		{name: "what came from this calendar stays, whatever its type", activity: func(a *crm.Activity) { a.Origin = ours },
			view: func(v *lens.View) { v.Settings.TypesOut, v.Linked = []string{"meeting"}, true }, want: true, why: lens.AlreadyLinked},
		{name: "a copy of a meeting that another calendar brought in stays, whatever its type", activity: func(a *crm.Activity) { a.Origin = sibling },
			view: func(v *lens.View) { v.Settings.TypesOut, v.Linked, v.BornThere = []string{"meeting"}, true, true }, want: true, why: lens.AlreadyLinked},
		{name: "what was born here and found there leaves with its type",
			view: func(v *lens.View) { v.Settings.TypesOut, v.Linked, v.BornThere = []string{"meeting"}, true, true }, why: lens.TypeNotSelected},
		{name: "what came from my other calendar is not relayed", activity: func(a *crm.Activity) { a.Origin = sibling }, why: lens.RelayOff},
		{name: "unless I want it", activity: func(a *crm.Activity) { a.Origin = sibling }, view: func(v *lens.View) { v.Settings.Relay = true }, want: true, why: lens.InScope},
		{name: "what came from another CRM is no event of a calendar", activity: func(a *crm.Activity) { a.Origin = sibling }, view: func(v *lens.View) { v.FromCRM = true }, want: true, why: lens.InScope},
		{name: "it goes to no further CRM by itself", activity: func(a *crm.Activity) { a.Origin = sibling }, view: func(v *lens.View) {
			v.FromCRM, v.Limits.Facets = true, calendar.FacetFields
		}, why: lens.RelayOff},
		{name: "what both carry stays", activity: func(a *crm.Activity) { a.Origin = sibling }, view: func(v *lens.View) { v.Linked = true }, want: true, why: lens.AlreadyLinked},
		{name: "new and changed: an old one", view: from(lens.NewAndChanged), why: lens.BeforeStart},
		{name: "new and changed: an old one that is tied", view: func(v *lens.View) { v.Settings.Start, v.Linked = lens.NewAndChanged, true }, want: true, why: lens.AlreadyLinked},
		{name: "new and changed: a new one", view: from(lens.NewAndChanged), activity: func(a *crm.Activity) { a.CreatedAt = later }, want: true, why: lens.InScope},
		{name: "new and changed: a changed one", view: from(lens.NewAndChanged), activity: touched("subject", later), want: true, why: lens.InScope},
		{name: "new and changed: changed before", view: from(lens.NewAndChanged), activity: touched("subject", started), why: lens.BeforeStart},
		{name: "new and changed: what no calendar shows is no change", view: from(lens.NewAndChanged), activity: touched("note", later), why: lens.BeforeStart},
		{name: "new and changed: one that was made at that very moment", view: from(lens.NewAndChanged), activity: func(a *crm.Activity) { a.CreatedAt = started }, why: lens.BeforeStart},
		{name: "new and changed: one date was changed", view: from(lens.NewAndChanged), activity: touched("location@20260303T100000", later), want: true, why: lens.InScope},
		{name: "new and changed: one date was taken out", view: from(lens.NewAndChanged), activity: touched("cancelled@20260303T100000", later), want: true, why: lens.InScope},
		{name: "new and changed: the note of one date", view: from(lens.NewAndChanged), activity: touched("note@20260303T100000", later), why: lens.BeforeStart},
		{name: "new and changed: guests come from the calendar", view: from(lens.NewAndChanged), activity: touched("guests", later), why: lens.BeforeStart},
		{name: "new and changed: a series is not taken out", view: from(lens.NewAndChanged), activity: touched("cancelled", later), why: lens.BeforeStart},
		{name: "into the CRM only: what is tied stays, whatever is selected", view: func(v *lens.View) {
			v.Settings.Direction, v.Linked, v.Settings.TypesOut = lens.ToCRM, true, []string{"meeting"}
		}, want: true, why: lens.AlreadyLinked},
		{name: "a read-only calendar keeps what is tied", view: func(v *lens.View) {
			v.Writable, v.Linked, v.Settings.TypesOut = false, true, []string{"meeting"}
		}, want: true, why: lens.AlreadyLinked},
		{name: "what came from this calendar is no relay", activity: func(a *crm.Activity) { a.Origin = ours }, want: true, why: lens.InScope},
		{name: "from today: one that ends today", view: from(lens.FromToday), activity: func(a *crm.Activity) { a.Plan = event(2) }, want: true, why: lens.InScope},
		{name: "from today: yesterday's", view: from(lens.FromToday), activity: func(a *crm.Activity) { a.Plan = event(1) }, why: lens.BeforeStart},
		{name: "from today: yesterday's whole day", view: from(lens.FromToday), activity: func(a *crm.Activity) {
			a.Plan.Start, a.Plan.End = calendar.OnDate(2026, 3, 1), calendar.OnDate(2026, 3, 2)
		}, why: lens.BeforeStart},
		{name: "from today: a whole day until today", view: from(lens.FromToday), activity: func(a *crm.Activity) {
			a.Plan.Start, a.Plan.End = calendar.OnDate(2026, 3, 1), calendar.OnDate(2026, 3, 3)
		}, want: true, why: lens.InScope},
		{name: "from today: a moment at midnight", view: from(lens.FromToday), activity: func(a *crm.Activity) {
			a.Plan.Start, a.Plan.End = at(2, 0), at(2, 0)
		}, want: true, why: lens.InScope},
		{name: "from today: an old series that goes on", view: from(lens.FromToday), activity: func(a *crm.Activity) { a.Plan = event(1); a.Plan.Rule = "FREQ=DAILY" }, want: true, why: lens.InScope},
		{name: "from today: a series that has ended", view: from(lens.FromToday), activity: func(a *crm.Activity) {
			a.Plan = event(1)
			a.Plan.Start.Wall -= 9 * calendar.Day
			a.Plan.End.Wall -= 9 * calendar.Day
			a.Plan.Rule = "FREQ=DAILY;COUNT=3"
		}, why: lens.BeforeStart},
		{name: "from today: one that ended at midnight", view: from(lens.FromToday), activity: func(a *crm.Activity) {
			a.Plan.Start, a.Plan.End = at(1, 23), at(2, 0)
		}, want: true, why: lens.InScope},
		{name: "from today: one that ended a minute before", view: from(lens.FromToday), activity: func(a *crm.Activity) {
			a.Plan.Start, a.Plan.End = at(1, 23), at(2, 0)
			a.Plan.End.Wall -= 60
		}, why: lens.BeforeStart},
		{name: "from today: a rule that cannot be read is not dropped in silence", view: from(lens.FromToday), activity: func(a *crm.Activity) {
			a.Plan = event(1)
			a.Plan.Rule = "FREQ=SOMETIMES"
		}, want: true, why: lens.InScope},
		{name: "from no day that there is", view: from("2026-02-30"), why: lens.BeforeStart},
		{name: "from a date: the day before", view: from("2026-03-04"), why: lens.BeforeStart},
		{name: "from a date: that day", view: from("2026-03-03"), want: true, why: lens.InScope},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := activity(c.activity)
			if got, why := lens.Scope(&a, c.parts, view(c.view)); got != c.want || why != c.why {
				t.Errorf("%t, %s", got, why)
			}
		})
	}
}

func TestAdmitSaysWhy(t *testing.T) {
	known := func(e calendar.Event) lens.Entry { return lens.Entry{Known: true, Fingerprint: lens.Fingerprint(&e)} }
	rule := func(match, value string) func(*lens.View) {
		return func(v *lens.View) { v.Settings.Rules = []lens.Rule{{Match: match, Value: value}} }
	}
	rules := func(list ...lens.Rule) func(*lens.View) { return func(v *lens.View) { v.Settings.Rules = list } }
	for _, c := range []struct {
		name  string
		event func(*calendar.Event)
		entry lens.Entry
		ours  bool
		view  func(*lens.View)
		want  bool
		why   lens.Reason
	}{
		{name: "an ordinary event enters", want: true, why: lens.InScope},
		{name: "one that was called off does not", event: func(e *calendar.Event) { e.Status = calendar.Cancelled }, why: lens.CancelledThere},
		{name: "also not where it is tied", event: func(e *calendar.Event) { e.Status = calendar.Cancelled }, view: func(v *lens.View) { v.Linked = true }, why: lens.CancelledThere},
		{name: "private ones are masked by default, and enter", event: func(e *calendar.Event) { e.Private = true }, want: true, why: lens.InScope},
		{name: "private ones are skipped by setting", event: func(e *calendar.Event) { e.Private = true }, view: func(v *lens.View) { v.Settings.Private = "skip" }, why: lens.PrivateSkipped},
		{name: "out only: nothing enters", view: func(v *lens.View) { v.Settings.Direction = lens.ToCalendr }, why: lens.OneWay},
		{name: "tied: nothing else keeps it out", view: func(v *lens.View) { v.Settings.Direction, v.Linked = lens.ToCalendr, true }, want: true, why: lens.AlreadyLinked},
		{name: "ordinary ones are not skipped as private", view: func(v *lens.View) { v.Settings.Private = "skip" }, want: true, why: lens.InScope},
		{name: "out only: not even our own", ours: true, view: func(v *lens.View) { v.Settings.Direction = lens.ToCalendr }, why: lens.OneWay},
		{name: "a rule on the answer, and another answer", event: func(e *calendar.Event) { e.Answer = calendar.Accepted }, view: rule("answer", "declined"), want: true, why: lens.InScope},
		{name: "a rule on whole days, and a time", view: rule("all_day", ""), want: true, why: lens.InScope},
		{name: "a rule on tentative ones, and a firm one", view: rule("tentative", ""), want: true, why: lens.InScope},
		{name: "a rule that nobody knows keeps nothing out", view: rule("colour", "red"), want: true, why: lens.InScope},
		{name: "own items: what was not made by us does not enter", view: func(v *lens.View) { v.Settings.Direction = lens.OwnItems }, why: lens.NotOurs},
		{name: "own items: what we made does", ours: true, view: func(v *lens.View) { v.Settings.Direction = lens.OwnItems }, want: true, why: lens.InScope},
		{name: "tied: no rule keeps it out", view: func(v *lens.View) { rule("title", "call")(v); v.Linked = true }, want: true, why: lens.AlreadyLinked},
		{name: "a rule on the title, whatever its case", view: rule("title", "cALL"), why: lens.RuleSkips},
		{name: "a rule on another title", view: rule("title", "lunch"), want: true, why: lens.InScope},
		{name: "a rule on the organiser", event: func(e *calendar.Event) { e.Organizer.Email = "bob@example.com" }, view: rule("organizer", "Bob@example.com"), why: lens.RuleSkips},
		{name: "a rule on the answer", event: func(e *calendar.Event) { e.Answer = calendar.Declined }, view: rule("answer", "declined"), why: lens.RuleSkips},
		{name: "a rule on whole days", event: func(e *calendar.Event) { e.Start, e.End = calendar.OnDate(2026, 3, 3), calendar.OnDate(2026, 3, 4) }, view: rule("all_day", ""), why: lens.RuleSkips},
		{name: "a rule on tentative ones", event: func(e *calendar.Event) { e.Status = calendar.Tentative }, view: rule("tentative", ""), why: lens.RuleSkips},
		{name: "an include rule above lets in", view: rules(lens.Rule{Match: "title", Value: "Call", Include: true}, lens.Rule{Match: "any"}), want: true, why: lens.InScope},
		{name: "an include rule below is too late", view: rules(lens.Rule{Match: "any"}, lens.Rule{Match: "title", Value: "Call", Include: true}), why: lens.RuleSkips},
		{name: "an include rule for others changes nothing", view: rules(lens.Rule{Match: "title", Value: "lunch", Include: true}, lens.Rule{Match: "any"}), why: lens.RuleSkips},
		{name: "new and changed: one that was there", entry: known(event(3)), view: from(lens.NewAndChanged), why: lens.BeforeStart},
		{name: "new and changed: one that could not be read then", entry: lens.Entry{Known: true}, view: from(lens.NewAndChanged), why: lens.BeforeStart},
		{name: "new and changed: one that says something else now", entry: known(event(4)), view: from(lens.NewAndChanged), want: true, why: lens.InScope},
		{name: "new and changed: a new one", view: from(lens.NewAndChanged), want: true, why: lens.InScope},
		{name: "from today: a past one", event: func(e *calendar.Event) { *e = event(1) }, view: from(lens.FromToday), why: lens.BeforeStart},
		{name: "from a date: that day", view: from("2026-03-03"), want: true, why: lens.InScope},
		{name: "from a date: before", view: from("2026-03-04"), why: lens.BeforeStart},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := event(3)
			if c.event != nil {
				c.event(&e)
			}
			if got, why := lens.Admit(&e, c.entry, c.ours, view(c.view)); got != c.want || why != c.why {
				t.Errorf("%t, %s", got, why)
			}
		})
	}
}
