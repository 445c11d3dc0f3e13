package merge_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tahti/internal/calendar"
	"tahti/internal/merge"
	"tahti/internal/recur"
)

// morning is nine o'clock on a day of March 2026, of which the second is a Monday.
func morning(d int) calendar.Wall { return calendar.WallOf(2026, 3, d, 9, 0, 0) }

// daily is a series of nine mornings from the second of March; the third is elsewhere, the fourth is left out.
func daily() calendar.Event {
	e := calendar.Event{UID: "u", Known: calendar.BothWaysFields, Rule: "FREQ=DAILY;COUNT=9", Cancelled: []calendar.Wall{morning(4)}}
	e.Subject, e.Location = "series", "room"
	e.Start, e.End = calendar.InZone(morning(2), zone), calendar.InZone(morning(2)+3600, zone)
	o := calendar.Override{Original: morning(3), Set: calendar.Fields(calendar.Location)}
	o.Location = "elsewhere"
	e.Overrides = []calendar.Override{o}
	e.Normalize()
	return e
}

// repattern gives a series another rule, and lets go what no longer fits, as a person's own calendar does.
func repattern(e *calendar.Event, rule string) {
	e.Rule = rule
	e.Overrides = slices.DeleteFunc(e.Overrides, func(o calendar.Override) bool { return !e.IsSeries() || !recur.Has(e, o.Original) })
	e.Cancelled = slices.DeleteFunc(e.Cancelled, func(w calendar.Wall) bool { return !e.IsSeries() || !recur.Has(e, w) })
	e.Normalize()
}

const everyOther = "FREQ=DAILY;INTERVAL=2;COUNT=9" // the second, the fourth, the sixth…

func TestAnotherPatternKeepsWhatStillFitsAndFilesTheRest(t *testing.T) {
	edited := func(e calendar.Event, day int, subject string) calendar.Event {
		editOccurrence(&e, morning(day), subject, false)
		return e
	}
	for _, c := range []struct {
		name         string
		ours, theirs func(calendar.Event) calendar.Event
		kept         map[calendar.Wall]string // subjects of occurrences afterwards
		cancelled    []calendar.Wall
		lost         map[calendar.Wall]string
		winner       merge.Side
	}{
		{
			"they change it, we have named two days",
			func(e calendar.Event) calendar.Event { return edited(edited(e, 6, "sixth"), 7, "seventh") },
			func(e calendar.Event) calendar.Event { repattern(&e, everyOther); return e },
			map[calendar.Wall]string{morning(6): "sixth"}, []calendar.Wall{morning(4)},
			map[calendar.Wall]string{morning(7): "seventh"}, merge.Calendar,
		},
		{
			"we change it, they have named two days",
			func(e calendar.Event) calendar.Event { repattern(&e, everyOther); return e },
			func(e calendar.Event) calendar.Event { return edited(edited(e, 6, "sixth"), 7, "seventh") },
			map[calendar.Wall]string{morning(6): "sixth"}, []calendar.Wall{morning(4)},
			map[calendar.Wall]string{morning(7): "seventh"}, merge.CRM,
		},
		{
			"they make it a single event",
			func(e calendar.Event) calendar.Event { return edited(e, 7, "seventh") },
			func(e calendar.Event) calendar.Event { repattern(&e, ""); return e },
			nil, nil, map[calendar.Wall]string{morning(7): "seventh"}, merge.Calendar,
		},
		{
			"we begin it on another day of the same weeks",
			func(e calendar.Event) calendar.Event {
				e.Rule = everyOther
				e.Start.Wall, e.End.Wall = morning(3), morning(3)+3600
				repattern(&e, everyOther)
				return e
			},
			func(e calendar.Event) calendar.Event { return edited(edited(e, 6, "sixth"), 7, "seventh") },
			map[calendar.Wall]string{morning(7): "seventh"}, nil,
			map[calendar.Wall]string{morning(6): "sixth"}, merge.CRM,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			base := daily()
			ours, theirs := c.ours(base.Clone()), c.theirs(base.Clone())
			r := merge.Merge(both(&base, &ours, &theirs, "newest"))
			if diff := cmp.Diff(r.Remote, r.Local); diff != "" {
				t.Errorf("there (-) is not as here (+):\n%s", diff)
			}
			got := map[calendar.Wall]string{}
			for _, o := range r.Local.Overrides {
				if o.Set.Has(calendar.Subject) {
					got[o.Original] = o.Subject
				}
			}
			if len(got) != len(c.kept) || len(got) > 0 && !cmp.Equal(got, c.kept) || !slices.Equal(r.Local.Cancelled, c.cancelled) {
				t.Errorf("kept %v without %v, want %v without %v", got, r.Local.Cancelled, c.kept, c.cancelled)
			}
			lost := map[calendar.Wall]string{}
			for _, x := range r.Conflicts {
				if !x.Occurrence || x.Winner != c.winner || x.Op != merge.Set {
					t.Errorf("conflict %+v", x)
				}
				if x.Field == calendar.Subject {
					if _, double := lost[x.Original]; double {
						t.Errorf("%v is filed twice", x.Original)
					}
					lost[x.Original] = x.Lost.Subject
				}
			}
			if diff := cmp.Diff(c.lost, lost); diff != "" {
				t.Errorf("filed (-want +got):\n%s", diff)
			}
		})
	}
}

// What both sides had said of starts that one of them takes away goes with them, and nothing is written back.
func TestAPatternThatChangesAloneTakesItsOccurrencesAlong(t *testing.T) {
	base := daily()
	theirs := base.Clone()
	repattern(&theirs, "FREQ=WEEKLY;COUNT=3")
	r := merge.Merge(both(&base, &base, &theirs, "newest"))
	if diff := cmp.Diff(theirs, r.Local); diff != "" {
		t.Errorf("here (-want +got):\n%s", diff)
	}
	if !r.ToRemote.Empty() {
		t.Errorf("goes back: %+v", r.ToRemote)
	}
}

// TestEveryPatternConverges: whatever one side does to the pattern and the other to occurrences, both sides are the same
// afterwards, what was typed is there or filed, and nothing fits no start.
func TestEveryPatternConverges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base := drawEvent(t)
		if !base.IsSeries() {
			base.Rule = seriesRules[0]
			base.Normalize()
		}
		ours, theirs := edit(t, &base, "x"), edit(t, &base, "y")
		rules := append([]string{""}, seriesRules...)
		repattern(&theirs, rapid.SampledFrom(rules).Draw(t, "their rule"))
		if rapid.Bool().Draw(t, "both") {
			repattern(&ours, rapid.SampledFrom(rules).Draw(t, "our rule"))
		}
		if rapid.Bool().Draw(t, "swapped") {
			ours, theirs = theirs, ours
		}
		rule := rapid.SampledFrom([]string{"newest", "crm", "calendar"}).Draw(t, "rule")
		r := merge.Merge(both(&base, &ours, &theirs, rule))
		same(t, "there is as here", r.Remote, r.Local)
		for _, o := range r.Local.Overrides {
			if !r.Local.IsSeries() || !recur.Has(&r.Local, o.Original) {
				t.Errorf("%v is an occurrence of nothing", o.Original)
			}
		}
		nothingTypedIsLost(t, []any{r.Local, r.Conflicts}, ours, theirs)
		again := merge.Merge(merge.Input{
			LocalShadow: &r.Shadow, Local: &r.Local, RemoteShadow: &theirs, Remote: &theirs, Editable: calendar.BothWaysFields,
			In: true, Out: true, Policy: merge.Policy{Rule: rule},
		})
		same(t, "there, from a second try", again.Remote, r.Remote)
		same(t, "here, from a second try", again.Local, r.Local)
	})
}

// TestWhatFallsOutOfAPatternIsTakenBackByAMove: one side ends a series earlier, so that two of its dates fall out, of which both knew that
// the one is left out and the other has a name. Nobody has taken that back: moved by the other side, these dates are in it again.
func TestWhatFallsOutOfAPatternIsTakenBackByAMove(t *testing.T) {
	for _, swapped := range []bool{false, true} {
		base := daily()
		editOccurrence(&base, morning(8), "eighth", false)
		cancel(&base, morning(7))
		base.Normalize()
		shorter, moved := base.Clone(), base.Clone()
		repattern(&shorter, "FREQ=DAILY;UNTIL=20260306T065959Z") // the fifth is the last
		moveSeries(&moved, -3*calendar.Day)
		want := moved.Clone()
		repattern(&want, shorter.Rule)
		if len(want.Cancelled) != 2 || len(want.Overrides) != 2 {
			t.Fatalf("%+v", want)
		}
		ours, theirs := shorter, moved
		if swapped {
			ours, theirs = moved, shorter
		}
		r := merge.Merge(both(&base, &ours, &theirs, "newest"))
		if diff := cmp.Diff(want, r.Local) + cmp.Diff(want, r.Remote); diff != "" || len(r.Conflicts) > 0 {
			t.Errorf("swapped %t: %+v (-want +got):\n%s", swapped, r.Conflicts, diff)
		}
		again := merge.Merge(merge.Input{
			LocalShadow: &r.Shadow, Local: &r.Local, RemoteShadow: &theirs, Remote: &theirs, Editable: calendar.BothWaysFields,
			In: true, Out: true, Policy: merge.Policy{Rule: "newest"},
		})
		if diff := cmp.Diff(want, again.Local) + cmp.Diff(want, again.Remote); diff != "" {
			t.Errorf("swapped %t, from a second try (-want +got):\n%s", swapped, diff)
		}
	}
}

// TestOnlyAnotherPatternLetsGoWhatFitsNone: a server may keep an override of a start that its series does not have. It goes when the
// series gets other starts, and with nothing else.
func TestOnlyAnotherPatternLetsGoWhatFitsNone(t *testing.T) {
	base := daily()
	base.Rule, base.Cancelled = "FREQ=WEEKLY;BYDAY=MO;COUNT=5", nil
	base.Overrides[0].Original = morning(9)
	stray := base.Overrides[0]
	stray.Original = morning(11)
	base.Overrides = append(base.Overrides, stray)
	base.Normalize()
	for name, c := range map[string]struct {
		edit    func(*calendar.Event)
		dropped int
	}{
		"another title":           {func(e *calendar.Event) { e.Subject = "renamed" }, 0},
		"a later end":             {func(e *calendar.Event) { e.End.Wall += 1800 }, 0},
		"a date's title":          {func(e *calendar.Event) { editOccurrence(e, morning(16), "sixteenth", false) }, 0},
		"a start on another day":  {func(e *calendar.Event) { e.Start.Wall += calendar.Day; e.End.Wall += calendar.Day }, 1},
		"a pattern that fits one": {func(e *calendar.Event) { e.Rule = "FREQ=WEEKLY;BYDAY=MO;COUNT=6" }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			after := base.Clone()
			c.edit(&after)
			after.Normalize()
			result, dropped := merge.Apply(&base, merge.Diff(&base, &after), 0)
			if len(dropped) != c.dropped || len(result.Overrides) < len(base.Overrides)-c.dropped {
				t.Errorf("dropped %+v, kept %+v", dropped, result.Overrides)
			}
		})
	}
}

// TestWhatIsSaidBesideASeriesIsSaidOnBothSidesOrNone: a program has moved a monthly series, and the names of its dates by as many days, so
// that two are of no start of it now. Other starts, which one side gives the series, have them: both sides say the same of them then.
func TestWhatIsSaidBesideASeriesIsSaidOnBothSidesOrNone(t *testing.T) {
	there := daily()
	there.Rule, there.Cancelled = "FREQ=MONTHLY;COUNT=4", []calendar.Wall{morning(5)}
	here := there.Clone()
	here.Overrides, here.Cancelled = nil, nil
	edited := func(e calendar.Event, f func(*calendar.Event)) *calendar.Event { f(&e); e.Normalize(); return &e }
	days := func(e *calendar.Event) { e.Rule = "FREQ=DAILY;COUNT=9" }
	another := func(e *calendar.Event) { editOccurrence(e, morning(3), "typed", true) }
	for name, c := range map[string]struct {
		ours, theirs func(*calendar.Event)
		says, lost   string // on the third of March
	}{
		"given here":             {days, func(*calendar.Event) {}, "room", "elsewhere"},
		"given here on the way":  {func(e *calendar.Event) { days(e); another(e) }, func(*calendar.Event) {}, "typed", "elsewhere"},
		"given there":            {func(*calendar.Event) {}, days, "elsewhere", ""},
		"given here, said there": {days, another, "typed", ""},
		"moved there as a whole": {func(*calendar.Event) {}, func(e *calendar.Event) { moveSeries(e, calendar.Day) }, "room", ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := merge.Merge(merge.Input{
				LocalShadow: &here, Local: edited(here.Clone(), c.ours), RemoteShadow: &there, Remote: edited(there.Clone(), c.theirs),
				Editable: calendar.BothWaysFields, In: true, Out: true, Policy: merge.Policy{Rule: "newest"},
			})
			for side, e := range map[string]*calendar.Event{"here": &r.Local, "there": &r.Remote} {
				if on := e.On(morning(3)); on.Location != c.says {
					t.Errorf("%s the third is at %q, want %q", side, on.Location, c.says)
				}
			}
			if r.Local.IsCancelled(morning(5)) != r.Remote.IsCancelled(morning(5)) {
				t.Errorf("the fifth is left out %v here, %v there", r.Local.Cancelled, r.Remote.Cancelled)
			}
			lost := ""
			for _, x := range r.Conflicts {
				lost += x.Lost.Location
			}
			if lost != c.lost {
				t.Errorf("filed %q, want %q", lost, c.lost)
			}
		})
	}
}
