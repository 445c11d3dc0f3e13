package lens_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/lens"
)

func TestANewConnectionIsAsStated(t *testing.T) {
	want := lens.Settings{
		Direction: lens.TwoWay, TypeIn: "meeting", Start: lens.NewAndChanged, Private: "masked", Visibility: "owner", Guests: "never",
		Conflicts: "newest", DeleteInCRM: true, DeleteInCalendar: true, Done: "ignore", Rules: []lens.Rule{},
	}
	if diff := cmp.Diff(want, lens.Defaults()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWhereChangesMayTravel(t *testing.T) {
	for direction, want := range map[lens.Direction][3]bool{ // out; in, of our own items and of others
		lens.TwoWay: {true, true, true}, lens.OwnItems: {true, true, false}, lens.ToCalendr: {true, false, false}, lens.ToCRM: {false, true, true},
	} {
		s := lens.Settings{Direction: direction}
		if got := [3]bool{s.Out(), s.In(true), s.In(false)}; got != want {
			t.Errorf("%s: %v, want %v", direction, got, want)
		}
	}
}

func TestSettingsThatAreNotSaidStay(t *testing.T) {
	base := lens.Defaults()
	base.TypesOut, base.Rules = []string{"call"}, []lens.Rule{{Match: "any"}}
	got, err := lens.ParseSettings(base, []byte(`{"done":"tick"}`))
	want := base
	want.Done = "tick"
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	for _, broken := range []string{`{`, `[]`, `{"done":"tick"} {}`, `{"dune":"tick"}`} {
		if got, err := lens.ParseSettings(base, []byte(broken)); err == nil || !strings.HasPrefix(err.Error(), "setting settings: ") || !cmp.Equal(got, base) {
			t.Errorf("%s: %v, %+v", broken, err, got)
		}
	}
}

func TestAStartIsADayOrAWord(t *testing.T) {
	for start, good := range map[lens.Start]bool{
		"2026-12-31": true, "2026-02-29": false, "2028-02-29": true, "2026-13-01": false, "2026-31-12": false, "2026-1-1": false,
		"2026-12-31x": false, "2026/12/31": false, "": false, "abcd-ef-gh": false, lens.Everything: true, lens.FromToday: true,
	} {
		s := lens.Defaults()
		s.Start = start
		if err := s.Validate(); (err == nil) != good {
			t.Errorf("%q: %v", start, err)
		}
	}
}

func TestRulesAreBounded(t *testing.T) {
	many := make([]lens.Rule, 51)
	for i := range many {
		many[i].Match = "any"
	}
	for name, c := range map[string]struct {
		rules []lens.Rule
		says  string
	}{
		"fifty":                      {many[:50], ""},
		"fifty-one":                  {many, "more than 50"},
		"a title without text":       {[]lens.Rule{{Match: "any"}, {Match: "title"}}, "rule 2: title needs a value"},
		"an organiser without one":   {[]lens.Rule{{Match: "organizer"}}, "rule 1: organizer needs a value"},
		"an answer without one":      {[]lens.Rule{{Match: "answer"}}, "rule 1: answer needs a value"},
		"whole days":                 {[]lens.Rule{{Match: "all_day"}}, ""},
		"tentative":                  {[]lens.Rule{{Match: "tentative"}}, ""},
		"a text of two hundred":      {[]lens.Rule{{Match: "title", Value: strings.Repeat("x", 200)}}, ""},
		"a longer one":               {[]lens.Rule{{Match: "title", Value: strings.Repeat("x", 201)}}, "rule 1: longer than 200 bytes"},
		"something that is no match": {[]lens.Rule{{Match: "colour"}}, `rule 1: "colour" is none of`},
	} {
		s := lens.Defaults()
		s.Rules = c.rules
		err := s.Validate()
		if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whether an item is private takes part only where that is not left alone by setting.
func TestPrivateTakesNoPartWhereItIsOrdinary(t *testing.T) {
	for setting, known := range map[string]bool{"masked": true, "skip": true, "ordinary": false} {
		s := lens.Defaults()
		s.Private = setting
		a := activity(nil)
		shown := lens.Bare(&a, nil, alice, &s, calendar.AllFields)
		came := lens.Incoming(&a.Plan, &s, calendar.AllFields)
		if shown.Known.Has(calendar.Private) != known || came.Known.Has(calendar.Private) != known {
			t.Errorf("%s: known of what goes out %t, of what comes in %t", setting, shown.Known.Has(calendar.Private), came.Known.Has(calendar.Private))
		}
		a.Plan.Private = true
		came = lens.Incoming(&a.Plan, &s, calendar.AllFields)
		made := lens.NewActivity(&came, alice, &s)
		if made.Plan.Private != known || made.Plan.Known != calendar.AllFields || made.OwnerID != alice || made.Visibility != crm.OwnerOnly {
			t.Errorf("%s: becomes %+v", setting, made)
		}
	}
}

// An occurrence is withheld where it says itself that it is private, and not where others of the series do.
func TestADateThatIsOpenedIsNotWithheld(t *testing.T) {
	a := activity(func(a *crm.Activity) { a.Plan.Rule = "FREQ=DAILY;COUNT=3" })
	open := calendar.Override{Original: at(4, 10).Wall, Set: calendar.Fields(calendar.Subject, calendar.Private)}
	open.Subject = "open"
	stale := calendar.Override{Original: at(5, 10).Wall, Set: calendar.Fields(calendar.Subject)}
	stale.Subject, stale.Private = "open too", true // no word of this date: it is not in the set
	a.Plan.Overrides = []calendar.Override{open, stale}
	s := lens.Defaults()
	e := lens.Bare(&a, nil, bob, &s, calendar.AllFields)
	for _, o := range a.Plan.Overrides {
		if got := e.Override(o.Original); got == nil || got.Subject != o.Subject || !got.Set.Has(calendar.Subject) {
			t.Errorf("%v is shown as %+v", o.Original, got)
		}
	}
}

func TestTheContextBlockIsTakenOffEveryDate(t *testing.T) {
	a := activity(func(a *crm.Activity) { a.Plan.Rule, a.Plan.Description = "FREQ=DAILY;COUNT=3", "agenda" })
	o := calendar.Override{Original: at(4, 10).Wall, Set: calendar.Fields(calendar.Description)}
	o.Description = "another agenda"
	a.Plan.Overrides = []calendar.Override{o}
	s := lens.Defaults()
	s.CRMContext = true
	f := lens.FrameOf(&a, crm.Context{Deal: "Ships", Link: "https://crm.example.com/activities/7"}, &s, false)
	dressed := lens.Dress(&a.Plan, f)
	if !strings.Contains(dressed.Description, "Ships") || !strings.Contains(dressed.Overrides[0].Description, "Ships") {
		t.Fatalf("written as %+v", dressed)
	}
	bare, _, typed := lens.Land(&dressed, f)
	if bare.Description != "agenda" || len(bare.Overrides) != 1 || bare.Overrides[0].Description != "another agenda" || len(typed) > 0 {
		t.Errorf("came back as %q and %+v", bare.Description, bare.Overrides)
	}
	// Nothing else was in it: the block stands at the very beginning, and somebody wrote into it.
	only := calendar.Event{Known: calendar.AllFields}
	only = lens.Dress(&only, f)
	only.Description = strings.Replace(only.Description, "Ships\n", "Ships\nbring cake\n", 1)
	if bare, _, typed := lens.Land(&only, f); bare.Description != "" || said(typed) != "bring cake" {
		t.Errorf("came back as %q, typed %v", bare.Description, typed)
	}
}

func TestATemplateIsBounded(t *testing.T) {
	const end = " > {subject}"
	for length, good := range map[int]bool{200: true, 201: false} {
		s := lens.Defaults()
		s.TitleTemplate = strings.Repeat("x", length-len(end)) + end
		if err := s.Validate(); (err == nil) != good {
			t.Errorf("%d characters: %v", length, err)
		}
	}
	s := lens.Defaults()
	s.TitleTemplate = "{lead} > {subject}"
	if err := s.Validate(); err == nil || !strings.Contains(err.Error(), `"{lead}": only {deal}`) {
		t.Errorf("%v", err)
	}
}

// A date that says nothing of its own any more is none: neither one whose words are withheld, when it is written, nor one
// whose title a person made the series' own.
func TestADateThatSaysNothingIsNoneOfItsOwn(t *testing.T) {
	e := event(3)
	e.Rule = "FREQ=DAILY;COUNT=3"
	e.Overrides = []calendar.Override{{Original: at(4, 10).Wall, Unknown: calendar.Fields(calendar.Subject)}}
	if dressed := lens.Dress(&e, lens.Frame{}); dressed.Overrides != nil {
		t.Errorf("written as %+v", dressed.Overrides)
	}
	plain := calendar.Override{Original: at(4, 10).Wall, Set: calendar.Fields(calendar.Subject)}
	plain.Subject = e.Subject
	f := lens.Frame{Prefix: "Ships > "}
	e.Overrides = []calendar.Override{plain}
	e.Subject = f.Prefix + e.Subject
	if bare, _, _ := lens.Land(&e, f); bare.Subject != "Call" || len(bare.Overrides) != 0 {
		t.Errorf("came back as %q with %+v", bare.Subject, bare.Overrides)
	}
}

func TestARuleLooksForItsTextInTheTitle(t *testing.T) {
	e := event(3)
	e.Subject, e.Organizer.Email = "Daily Stand-up", "Dan@example.com"
	for rule, fits := range map[lens.Rule]bool{
		{Match: "title", Value: "stand"}: true, {Match: "title", Value: "daily stand-up at nine"}: false,
		{Match: "organizer", Value: "dan@example.com"}: true, {Match: "organizer", Value: "dan@example"}: false,
	} {
		if got := lens.Skips([]lens.Rule{rule}, &e); got != fits {
			t.Errorf("%+v: %t, want %t", rule, got, fits)
		}
	}
}
