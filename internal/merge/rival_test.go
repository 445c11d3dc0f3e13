package merge_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tahti/internal/calendar"
	"tahti/internal/merge"
)

// TestTwoChangesOfOneThing: what becomes of them on both sides, and what is filed.
func TestTwoChangesOfOneThing(t *testing.T) {
	const hour = calendar.Wall(3600)
	longer := func(e *calendar.Event) { e.End.Wall += hour }
	later := func(e *calendar.Event) { moveSeries(e, hour) }
	elsewhere := func(e *calendar.Event) {
		e.Start, e.End = calendar.InZone(e.Start.Wall, "Europe/Paris"), calendar.InZone(e.End.Wall, "Europe/Paris")
	}
	in := func(day int, where string) func(*calendar.Event) {
		return func(e *calendar.Event) { editOccurrence(e, morning(day), where, true) }
	}
	asAll := func(e *calendar.Event) { e.Overrides = nil }
	extra := func(days ...int) func(*calendar.Event) {
		return func(e *calendar.Event) {
			for _, d := range days {
				e.Extra = append(e.Extra, calendar.InZone(morning(d), zone))
			}
		}
	}
	for _, c := range []struct {
		name         string
		ours, theirs func(*calendar.Event)
		want         func(*calendar.Event) // what is done to the event that both began with
		lost         []merge.Change        // their field, Extra and To are looked at
	}{
		{"later here and longer there: both are meant", later, longer, func(e *calendar.Event) { later(e); longer(e) }, nil},
		{"longer here and later there", longer, later, func(e *calendar.Event) { later(e); longer(e) }, nil},
		{
			"in another zone here and longer there: that is no mere shift", elsewhere, longer, longer,
			[]merge.Change{{Field: calendar.When, To: values(func(v *calendar.Values) {
				v.Start, v.End = calendar.InZone(morning(2), "Europe/Paris"), calendar.InZone(morning(2)+hour, "Europe/Paris")
			})}},
		},
		{
			"longer here, in another zone there", longer, elsewhere, elsewhere,
			[]merge.Change{{Field: calendar.When, To: values(func(v *calendar.Values) {
				v.Start, v.End = calendar.InZone(morning(2), zone), calendar.InZone(morning(2)+2*hour, zone)
			})}},
		},
		{
			"later and longer here, longer there: that is no mere shift", func(e *calendar.Event) { later(e); longer(e) },
			func(e *calendar.Event) { longer(e); longer(e) }, func(e *calendar.Event) { longer(e); longer(e) },
			[]merge.Change{{Field: calendar.When, To: values(func(v *calendar.Values) {
				v.Start, v.End = calendar.InZone(morning(2)+hour, zone), calendar.InZone(morning(2)+3*hour, zone)
			})}},
		},
		{"the same further date", extra(20), extra(20), extra(20), nil},
		{
			"other further dates", extra(20), extra(21), extra(21),
			[]merge.Change{{Field: calendar.Recurrence, Extra: []calendar.Time{calendar.InZone(morning(20), zone)}}},
		},
		{"a date is as all are again here, and elsewhere still there", asAll, in(3, "garden"), in(3, "garden"), []merge.Change{{Field: calendar.Location, To: located("room")}}},
		{"a date is elsewhere still here, and as all are again there", in(3, "garden"), asAll, asAll, []merge.Change{{Field: calendar.Location, To: located("garden")}}},
		{"a date is as all are again on both sides", asAll, asAll, asAll, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			base, want := daily(), daily()
			ours, theirs := base.Clone(), base.Clone()
			for _, x := range []struct {
				e  *calendar.Event
				do func(*calendar.Event)
			}{{&ours, c.ours}, {&theirs, c.theirs}, {&want, c.want}} {
				x.do(x.e)
				x.e.Normalize()
			}
			r := merge.Merge(both(&base, &ours, &theirs, "calendar"))
			if diff := cmp.Diff(want, r.Local) + cmp.Diff(want, r.Remote); diff != "" {
				t.Errorf("here, and there (-want +got):\n%s", diff)
			}
			var lost []merge.Change
			for _, x := range r.Conflicts {
				lost = append(lost, merge.Change{Field: x.Field, To: x.Lost, Extra: x.LostExtra})
				if x.Winner != merge.Calendar {
					t.Errorf("%v won", x.Winner)
				}
				if x.Field == calendar.Recurrence && !slices.Equal(x.KeptExtra, theirs.Extra) {
					t.Errorf("kept are %v", x.KeptExtra)
				}
			}
			if diff := cmp.Diff(c.lost, lost); diff != "" {
				t.Errorf("filed (-want +got):\n%s", diff)
			}
		})
	}
}

// TestADateThatIsBroughtBackOnOneSideAndTakenOutOnTheOther: a setting may let the sides differ, and then each side's change is one against its own past: one brings a date back that the
// other takes out. It takes place, as an edit beats a deletion (I5).
func TestADateThatIsBroughtBackOnOneSideAndTakenOutOnTheOther(t *testing.T) {
	with, without := daily(), daily()
	cancel(&without, morning(6))
	without.Normalize()
	for name, hereBack := range map[string]bool{"brought back here": true, "brought back there": false} {
		in := both(&without, &with, &without, "calendar")
		in.RemoteShadow = &with
		if !hereBack {
			in = both(&with, &without, &with, "calendar")
			in.RemoteShadow = &without
		}
		r := merge.Merge(in)
		if r.Local.IsCancelled(morning(6)) || r.Remote.IsCancelled(morning(6)) || len(r.Conflicts) != 0 {
			t.Errorf("%s: without %v here and %v there; %+v", name, r.Local.Cancelled, r.Remote.Cancelled, r.Conflicts)
		}
	}
}

// TestWhoeverKeepsItPrivateWins, whatever the policy says: one side hides what the other, which a setting let differ, opens.
func TestWhoeverKeepsItPrivateWins(t *testing.T) {
	open, private := daily(), daily()
	private.Private = true
	for name, hereHides := range map[string]bool{"hidden here": true, "hidden there": false} {
		for _, rule := range []string{"crm", "calendar", "newest"} {
			in := both(&open, &private, &open, rule)
			in.RemoteShadow = &private
			want := merge.CRM
			if !hereHides {
				in = both(&private, &open, &private, rule)
				in.RemoteShadow, want = &open, merge.Calendar
			}
			r := merge.Merge(in)
			if !r.Local.Private || !r.Remote.Private || len(r.Conflicts) != 1 || r.Conflicts[0].Winner != want {
				t.Errorf("%s, %s: private here %t, there %t; %+v", name, rule, r.Local.Private, r.Remote.Private, r.Conflicts)
			}
		}
	}
}

// TestADateThatTheOtherSideDoesNotHaveIsTakenOutOfNothing: nothing is filed for it.
func TestADateThatTheOtherSideDoesNotHaveIsTakenOutOfNothing(t *testing.T) {
	base := daily()
	ours, theirs := base.Clone(), base.Clone()
	moveSeries(&ours, 3600)
	cancel(&ours, morning(9)+3600)
	moveSeries(&theirs, calendar.Day)
	repattern(&theirs, "FREQ=DAILY;COUNT=3")
	ours.Normalize()
	theirs.Normalize()
	r := merge.Merge(both(&base, &ours, &theirs, "calendar"))
	for _, c := range r.Conflicts {
		if c.Occurrence {
			t.Errorf("filed %+v", c)
		}
	}
	if diff := cmp.Diff(r.Local, r.Remote) + cmp.Diff(theirs, r.Local); diff != "" {
		t.Errorf("not as there:\n%s", diff)
	}
}

// TestAnotherTitleBesideAnotherStartAndPattern changes nothing of who wins those.
func TestAnotherTitleBesideAnotherStartAndPattern(t *testing.T) {
	base := daily()
	ours, theirs := base.Clone(), base.Clone()
	ours.Subject, ours.Location = "renamed", "garden"
	moveSeries(&ours, 3600)
	moveSeries(&theirs, calendar.Day)
	repattern(&theirs, everyOther)
	r := merge.Merge(both(&base, &ours, &theirs, "calendar"))
	want := theirs.Clone()
	want.Subject, want.Location = "renamed", "garden"
	want.Normalize()
	if diff := cmp.Diff(want, r.Local) + cmp.Diff(want, r.Remote); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var lost []string
	for _, c := range r.Conflicts {
		lost = append(lost, c.Field.String())
	}
	if !slices.Equal(lost, []string{"when"}) {
		t.Errorf("filed %v", lost)
	}
}

// TestOfARuleThatCannotBeReadNothingIsKnown: a start and such a rule are not said to leave no day.
func TestOfARuleThatCannotBeReadNothingIsKnown(t *testing.T) {
	base := daily()
	base.Overrides, base.Cancelled = nil, nil
	ours, theirs := base.Clone(), base.Clone()
	moveSeries(&ours, 3600)
	theirs.Rule = "FREQ=FORTNIGHTLY"
	r := merge.Merge(both(&base, &ours, &theirs, "calendar"))
	for _, e := range []calendar.Event{r.Local, r.Remote} {
		if e.Start.Wall != morning(2)+3600 || e.Rule != "FREQ=FORTNIGHTLY" {
			t.Errorf("%v %s", e.Start.Wall, e.Rule)
		}
	}
	if len(r.Conflicts) != 0 {
		t.Errorf("filed %+v", r.Conflicts)
	}
}
