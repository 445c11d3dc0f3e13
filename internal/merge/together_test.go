package merge_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tahti/internal/calendar"
	"tahti/internal/merge"
)

// TestAStartAndAPatternThatChangedAtOnceStandOrFallTogether: where the other side moved the series too, no start is put to the
// other one's rule, and every occurrence is called by its own name on both sides.
func TestAStartAndAPatternThatChangedAtOnceStandOrFallTogether(t *testing.T) {
	const mondays, tuesdays = "FREQ=WEEKLY;BYDAY=MO;COUNT=4", "FREQ=WEEKLY;BYDAY=TU;COUNT=4"
	weekly := daily()
	weekly.Rule, weekly.Cancelled, weekly.Overrides[0].Original = mondays, []calendar.Wall{morning(16)}, morning(9)
	moved := func(by calendar.Wall, rule string) func(*calendar.Event) {
		return func(e *calendar.Event) {
			moveSeries(e, by)
			repattern(e, rule)
		}
	}
	named := func(at calendar.Wall, then func(*calendar.Event)) func(*calendar.Event) {
		return func(e *calendar.Event) {
			editOccurrence(e, at, "named", false)
			then(e)
		}
	}
	longer := func(rule string) func(*calendar.Event) {
		return func(e *calendar.Event) {
			e.End.Wall += 3600
			repattern(e, rule)
		}
	}
	plain := daily()
	plain.Overrides, plain.Cancelled = nil, nil
	const februaries = "FREQ=YEARLY;BYMONTH=2"
	const untilTheSixth = "FREQ=DAILY;UNTIL=20260306T215959Z"
	const everyThird = "FREQ=DAILY;INTERVAL=3;COUNT=9"
	const day, hour = calendar.Day, calendar.Wall(3600)
	for _, c := range []struct {
		name         string
		base         calendar.Event
		ours, theirs func(*calendar.Event)
		rule         string
		// start, pattern, cancelled and named are what both sides have afterwards.
		start     calendar.Wall
		pattern   string
		cancelled []calendar.Wall
		named     calendar.Wall // 0: the name is filed
		lost      []string      // what was filed
	}{
		{
			"Mondays became Tuesdays there, an hour later here, and the calendar wins",
			weekly, named(morning(23), moved(hour, mondays)), moved(day, tuesdays), "calendar",
			morning(3), tuesdays, []calendar.Wall{morning(17)}, morning(24), []string{"when"},
		},
		{
			"the same, and the CRM wins",
			weekly, moved(hour, mondays), named(morning(23), moved(day, tuesdays)), "crm",
			morning(2) + hour, mondays, []calendar.Wall{morning(16) + hour}, morning(23) + hour, []string{"recurrence", "when"},
		},
		{
			"every other day from the next one there, an hour later here, and the CRM wins",
			daily(), moved(hour, "FREQ=DAILY;COUNT=9"), func(e *calendar.Event) {
				moved(day, everyOther)(e)
				editOccurrence(e, morning(7), "named", false)
			}, "crm",
			morning(2) + hour, "FREQ=DAILY;COUNT=9", []calendar.Wall{morning(4) + hour}, 0, []string{"recurrence", "subject", "when"},
		},
		{
			"the same, and the calendar wins: what was named here takes place at that hour no more",
			daily(), named(morning(6), moved(hour, "FREQ=DAILY;COUNT=9")), moved(day, everyOther), "calendar",
			morning(3), everyOther, []calendar.Wall{morning(5)}, 0, []string{"subject", "when"},
		},
		{
			"both a day later and every other day, and a date was named here",
			daily(), func(e *calendar.Event) {
				moved(day, everyOther)(e)
				editOccurrence(e, morning(7), "named", false)
			}, moved(day, everyOther), "calendar",
			morning(3), everyOther, []calendar.Wall{morning(5)}, morning(7), nil,
		},
		{
			"every other day on both sides, and only here a day later: what was named there is a day that is another one here",
			daily(), moved(day, everyOther), func(e *calendar.Event) {
				repattern(e, everyOther)
				editOccurrence(e, morning(6), "named", false)
			}, "crm",
			morning(3), everyOther, []calendar.Wall{morning(5)}, 0, []string{"subject"},
		},
		{
			"both a day later, only there every other day: what was named here on such a day is",
			daily(), named(morning(6), moved(day, "FREQ=DAILY;COUNT=9")), moved(day, everyOther), "crm",
			morning(3), everyOther, []calendar.Wall{morning(5)}, morning(7), nil,
		},
		{
			"both a day later, only here every other day, and the next was named there",
			daily(), moved(day, everyOther), named(morning(5), moved(day, "FREQ=DAILY;COUNT=9")), "calendar",
			morning(3), everyOther, []calendar.Wall{morning(5)}, 0, []string{"subject"},
		},
		{
			"two days later here; there a day later, and every other day: what was named there is a day that is another one here",
			daily(), moved(2*day, "FREQ=DAILY;COUNT=9"), func(e *calendar.Event) {
				moved(day, everyOther)(e)
				editOccurrence(e, morning(7), "named", false)
			}, "crm",
			morning(4), "FREQ=DAILY;COUNT=9", []calendar.Wall{morning(6)}, 0, []string{"recurrence", "subject", "when"},
		},
		{
			"both a day later, every other day here and every third there: a day of both keeps the name that it got here",
			daily(), func(e *calendar.Event) {
				moved(day, everyOther)(e)
				editOccurrence(e, morning(9), "named", false)
			}, moved(day, everyThird), "calendar",
			morning(3), everyThird, nil, morning(9), []string{"recurrence"},
		},
		{
			"the same, and the name is of a day that is only here",
			daily(), func(e *calendar.Event) {
				moved(day, everyOther)(e)
				editOccurrence(e, morning(7), "named", false)
			}, moved(day, everyThird), "calendar",
			morning(3), everyThird, nil, 0, []string{"recurrence", "subject"},
		},
		{
			"it ends on the sixth here, there it begins two weeks later: the calendar wins, and it does not end",
			daily(), named(morning(5), func(e *calendar.Event) { repattern(e, untilTheSixth) }), moved(14*day, "FREQ=DAILY;COUNT=9"), "calendar",
			morning(16), "FREQ=DAILY;COUNT=9", []calendar.Wall{morning(18)}, morning(19), []string{"recurrence"},
		},
		{
			"the same, and the CRM wins: it ends, and is not moved",
			daily(), named(morning(5), func(e *calendar.Event) { repattern(e, untilTheSixth) }), moved(14*day, "FREQ=DAILY;COUNT=9"), "crm",
			morning(2), untilTheSixth, []calendar.Wall{morning(4)}, morning(5), []string{"when"},
		},
		{
			"it ends on the sixth here and takes longer, there it begins two weeks later: the calendar wins, and it does not end",
			plain, longer(untilTheSixth), moved(14*day, "FREQ=DAILY;COUNT=9"), "calendar",
			morning(16), "FREQ=DAILY;COUNT=9", nil, 0, []string{"recurrence", "when"},
		},
		{
			"the same, and the CRM wins: it ends, takes longer, and is not moved",
			plain, longer(untilTheSixth), moved(14*day, "FREQ=DAILY;COUNT=9"), "crm",
			morning(2), untilTheSixth, nil, 0, []string{"when"},
		},
		{
			"two weeks later here, it ends on the sixth there and takes longer: the CRM wins",
			plain, moved(14*day, "FREQ=DAILY;COUNT=9"), longer(untilTheSixth), "crm",
			morning(16), "FREQ=DAILY;COUNT=9", nil, 0, []string{"recurrence", "when"},
		},
		{
			"two weeks later here, it ends on the sixth there: the CRM wins",
			daily(), named(morning(5), moved(14*day, "FREQ=DAILY;COUNT=9")), func(e *calendar.Event) { repattern(e, untilTheSixth) }, "crm",
			morning(16), "FREQ=DAILY;COUNT=9", []calendar.Wall{morning(18)}, morning(19), []string{"recurrence"},
		},
		{
			"each February here, on the thirtieth there: there is no such day, and the calendar wins",
			plain, func(e *calendar.Event) { e.Rule = februaries }, func(e *calendar.Event) { moveSeries(e, 28*day) }, "calendar",
			morning(30), "FREQ=DAILY;COUNT=9", nil, 0, []string{"recurrence"},
		},
		{
			"two days later here, it ends on the sixth there: both can be had",
			daily(), moved(2*day, "FREQ=DAILY;COUNT=9"), func(e *calendar.Event) { repattern(e, untilTheSixth) }, "calendar",
			morning(4), untilTheSixth, []calendar.Wall{morning(6)}, 0, nil,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			base := c.base.Clone()
			base.Normalize()
			ours, theirs := base.Clone(), base.Clone()
			c.ours(&ours)
			c.theirs(&theirs)
			ours.Normalize()
			theirs.Normalize()
			r := merge.Merge(both(&base, &ours, &theirs, c.rule))
			if diff := cmp.Diff(r.Remote, r.Local); diff != "" {
				t.Errorf("there (-) is not as here (+):\n%s", diff)
			}
			if r.Local.Start.Wall != c.start || r.Local.Rule != c.pattern || !slices.Equal(r.Local.Cancelled, c.cancelled) {
				t.Errorf("%v %s without %v", r.Local.Start.Wall, r.Local.Rule, r.Local.Cancelled)
			}
			var named calendar.Wall
			for _, o := range r.Local.Overrides {
				if o.Subject == "named" {
					named = o.Original
				}
			}
			if named != c.named {
				t.Errorf("named is %v, want %v", named, c.named)
			}
			var lost []string
			for _, x := range r.Conflicts {
				lost = append(lost, x.Field.String())
				if x.Winner.String() != c.rule && x.Field != calendar.Subject {
					t.Errorf("%v won %v", x.Winner, x.Field)
				}
				if x.Field == calendar.Recurrence && (x.KeptRule != c.pattern || x.LostRule == c.pattern || x.LostRule == "") {
					t.Errorf("kept %s, lost %s", x.KeptRule, x.LostRule)
				}
				loser := ours
				if c.rule == "crm" {
					loser = theirs
				}
				if x.Field == calendar.When && (x.Kept.Start.Wall != c.start || x.Lost.Start != loser.Start || x.Lost.End != loser.End) {
					t.Errorf("kept %+v, lost %+v", x.Kept, x.Lost)
				}
				if x.Field == calendar.Subject && (x.Lost.Subject != "named" || !x.Occurrence) {
					t.Errorf("filed %+v", x)
				}
			}
			slices.Sort(lost)
			if !slices.Equal(lost, c.lost) {
				t.Errorf("filed %v, want %v", lost, c.lost)
			}
		})
	}
}

// What differs between the sides because a setting accepts it stays as it is when start and pattern are judged.
func TestADifferenceThatWasAcceptedOutlivesAnotherPattern(t *testing.T) {
	here, there := daily(), daily()
	there.Location = "their room"
	there.Normalize()
	ours, theirs := here.Clone(), there.Clone()
	moveSeries(&ours, 3600)
	moveSeries(&theirs, calendar.Day)
	repattern(&theirs, everyOther)
	for _, rule := range []string{"crm", "calendar"} {
		in := both(&here, &ours, &theirs, rule)
		in.RemoteShadow = &there
		r := merge.Merge(in)
		if r.Local.Location != "room" || r.Remote.Location != "their room" || r.Local.Start != r.Remote.Start || r.Local.Rule != r.Remote.Rule {
			t.Errorf("%s: %+v here, %+v there", rule, r.Local, r.Remote)
		}
	}
}

// Who wins is asked once, also where the hub's start is newer than the event and its rule is older.
func TestTheNewestEditDoesNotSplitAStartFromItsPattern(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	base := daily()
	ours, theirs := base.Clone(), base.Clone()
	moveSeries(&ours, 2*calendar.Day)
	repattern(&ours, everyOther)
	moveSeries(&theirs, calendar.Day)
	repattern(&theirs, "FREQ=WEEKLY;COUNT=3")
	in := both(&base, &ours, &theirs, "newest")
	in.Policy.RemoteAt = at
	in.Policy.LocalAt = func(f calendar.Field) time.Time {
		if f == calendar.When {
			return at.Add(time.Hour)
		}
		return at.Add(-time.Hour)
	}
	r := merge.Merge(in)
	for _, e := range []calendar.Event{r.Local, r.Remote} {
		if e.Start != theirs.Start || e.Rule != theirs.Rule {
			t.Errorf("it begins at %v and is %s", e.Start.Wall, e.Rule)
		}
	}
}

// TestBothMovedASeriesAndSaidMoreOfIt: whose start stands, the dates have one name on both sides, however much else is in dispute.
func TestBothMovedASeriesAndSaidMoreOfIt(t *testing.T) {
	base := daily()
	for _, rule := range []string{"crm", "calendar"} {
		ours, theirs := base.Clone(), base.Clone()
		for _, side := range []struct {
			e    *calendar.Event
			by   calendar.Wall
			word string
		}{{&ours, 3600, "ours"}, {&theirs, 7200, "theirs"}} {
			moveSeries(side.e, side.by)
			side.e.Subject, side.e.Location = side.word, side.word
			at := morning(6) + side.by
			o := side.e.EnsureOverride(at)
			o.Set, o.Start, o.End = calendar.Fields(calendar.When), calendar.InZone(at+side.by, zone), calendar.InZone(at+side.by+3600, zone)
			side.e.Normalize()
		}
		stands := ours
		if rule == "calendar" {
			stands = theirs
		}
		r := merge.Merge(both(&base, &ours, &theirs, rule))
		if diff := cmp.Diff(stands, r.Local) + cmp.Diff(stands, r.Remote); diff != "" {
			t.Errorf("%s (-want +got):\n%s", rule, diff)
		}
		if len(r.Conflicts) != 4 {
			t.Errorf("%s: filed %+v", rule, r.Conflicts)
		}
	}
}

// TestBothDidTheSameToASeries: it is no dispute of start and pattern, and of a date the policy decides.
func TestBothDidTheSameToASeries(t *testing.T) {
	base := daily()
	ours, theirs := base.Clone(), base.Clone()
	for e, word := range map[*calendar.Event]string{&ours: "ours", &theirs: "theirs"} {
		moveSeries(e, calendar.Day)
		repattern(e, everyOther)
		editOccurrence(e, morning(7), word, false)
		e.Normalize()
	}
	for rule, word := range map[string]string{"crm": "ours", "calendar": "theirs"} {
		r := merge.Merge(both(&base, &ours, &theirs, rule))
		for _, e := range []calendar.Event{r.Local, r.Remote} {
			if o := e.Override(morning(7)); o == nil || o.Subject != word {
				t.Errorf("%s: the 7th is %+v", rule, o)
			}
		}
		if len(r.Conflicts) != 1 || r.Conflicts[0].Winner.String() != rule {
			t.Errorf("%s: filed %+v", rule, r.Conflicts)
		}
	}
}

// TestWhatTheLosingSideSaidOfDatesOfItsOwn: what it only moved along is not its word, and what it said anew is.
func TestWhatTheLosingSideSaidOfDatesOfItsOwn(t *testing.T) {
	for _, c := range []struct {
		name      string
		said      func(*calendar.Event)
		cancelled []calendar.Wall
		lost      []string
	}{
		{"nothing", func(*calendar.Event) {}, nil, []string{"recurrence"}},
		{"a date falls out, and the one that had fallen out takes place", func(e *calendar.Event) {
			e.Cancelled = nil
			cancel(e, morning(9))
		}, []calendar.Wall{morning(9)}, []string{"recurrence"}},
		{"the date that was elsewhere is not, and there the day of its name is in the hall", func(e *calendar.Event) { e.Overrides = nil }, nil, []string{"recurrence"}},
		{"a date is at another hour", func(e *calendar.Event) {
			o := e.EnsureOverride(morning(7))
			o.Set, o.Start, o.End = calendar.Fields(calendar.When), calendar.InZone(morning(7)+3600, zone), calendar.InZone(morning(7)+7200, zone)
		}, nil, []string{"recurrence", "when"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			base := daily()
			ours, theirs := base.Clone(), base.Clone()
			moveSeries(&ours, calendar.Day)
			repattern(&ours, everyOther)
			c.said(&ours)
			ours.Normalize()
			moveSeries(&theirs, calendar.Day)
			repattern(&theirs, "FREQ=DAILY;INTERVAL=3;COUNT=9")
			editOccurrence(&theirs, morning(3), "hall", true)
			r := merge.Merge(both(&base, &ours, &theirs, "calendar"))
			if o := r.Local.Override(morning(3)); o == nil || o.Location != "hall" {
				t.Errorf("the 3rd is %+v", o)
			}
			if !slices.Equal(r.Local.Cancelled, c.cancelled) {
				t.Errorf("without %v, want %v", r.Local.Cancelled, c.cancelled)
			}
			var lost []string
			for _, x := range r.Conflicts {
				lost = append(lost, x.Field.String())
				if x.Occurrence != (x.Field == calendar.When) {
					t.Errorf("filed %+v", x)
				}
			}
			slices.Sort(lost)
			if !slices.Equal(lost, c.lost) {
				t.Errorf("filed %v, want %v", lost, c.lost)
			}
		})
	}
}

// TestADateThatMovedAlongAndSaysMoreIsHeard: its word is kept, and what it said before is not taken for one.
func TestADateThatMovedAlongAndSaysMoreIsHeard(t *testing.T) {
	for word, filed := range map[string]int{"elsewhere": 1, "farther": 2} {
		base := daily()
		ours, theirs := base.Clone(), base.Clone()
		moveSeries(&ours, calendar.Day)
		ours.Overrides[0].Location = word
		repattern(&ours, "FREQ=WEEKLY;BYDAY=TU,WE,FR;COUNT=9")
		moveSeries(&theirs, calendar.Day)
		repattern(&theirs, "FREQ=WEEKLY;BYDAY=TU,WE;COUNT=6")
		r := merge.Merge(both(&base, &ours, &theirs, "calendar"))
		if len(r.Conflicts) != filed || filed == 2 && (r.Conflicts[1].Lost.Location != word || r.Conflicts[1].Place != on(4)) {
			t.Errorf("%s: filed %+v", word, r.Conflicts)
		}
		if diff := cmp.Diff(theirs, r.Local) + cmp.Diff(theirs, r.Remote); diff != "" {
			t.Errorf("%s (-want +got):\n%s", word, diff)
		}
	}
}
