package merge_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"tahti/internal/calendar"
	"tahti/internal/merge"
)

// A calendar that only comes in says something new of what was typed here: its word counts, and what was typed is kept, whether it
// was typed since the last run or accepted by an earlier one (I2).
func TestWhatWasTypedWhereNothingGoesOutIsKept(t *testing.T) {
	base, ours, theirs := daily(), daily(), daily()
	ours.Subject = "typed"
	editOccurrence(&ours, morning(7), "seventh", false)
	theirs.Subject = "published"
	cancel(&theirs, morning(7))
	theirs.Normalize()
	for name, accepted := range map[string]bool{"since": false, "before": true} {
		in := both(&base, &ours, &theirs, "crm")
		in.Out = false
		if accepted {
			in.LocalShadow = &ours
		}
		r := merge.Merge(in)
		if diff := cmp.Diff(theirs, r.Local); diff != "" {
			t.Errorf("%s: here (-want +got):\n%s", name, diff)
		}
		want := []merge.Conflict{
			{Field: 0, Winner: merge.Calendar, Kept: named("published"), Lost: named("typed")},
			{Place: on(7), Field: 0, Winner: merge.Calendar, Lost: named("seventh")},
		}
		if diff := cmp.Diff(want, r.Conflicts); diff != "" {
			t.Errorf("%s: filed (-want +got):\n%s", name, diff)
		}
	}
}

// TestWhatIsNotWrittenOverIsNoConflict where nothing goes out: what came in says nothing of it, or the very same.
func TestWhatIsNotWrittenOverIsNoConflict(t *testing.T) {
	for name, edit := range map[string]struct{ ours, theirs func(*calendar.Event) }{
		"another field of the series": {
			func(e *calendar.Event) { e.Subject = "typed" }, func(e *calendar.Event) { e.Location = "hall" },
		},
		"another field of the same date": {
			func(e *calendar.Event) { editOccurrence(e, morning(7), "seventh", false) }, func(e *calendar.Event) {
				o := e.EnsureOverride(morning(7))
				o.Set, o.Location = calendar.Fields(calendar.Location), "hall"
			},
		},
		"another date falls out": {
			func(e *calendar.Event) { editOccurrence(e, morning(7), "seventh", false) }, func(e *calendar.Event) { cancel(e, morning(8)) },
		},
		"a date falls out of a series that is called something else here": {
			func(e *calendar.Event) { e.Subject = "typed" }, func(e *calendar.Event) { cancel(e, morning(8)) },
		},
		"the same": {
			func(e *calendar.Event) { e.Subject = "both" }, func(e *calendar.Event) { e.Subject = "both" },
		},
	} {
		base, ours, theirs := daily(), daily(), daily()
		edit.ours(&ours)
		edit.theirs(&theirs)
		ours.Normalize()
		theirs.Normalize()
		in := both(&base, &ours, &theirs, "newest")
		in.Out = false
		if r := merge.Merge(in); len(r.Conflicts) != 0 || !r.ToRemote.Empty() {
			t.Errorf("%s: filed %+v, goes out %+v", name, r.Conflicts, r.ToRemote)
		}
	}
}

// TestWhatDoesNotComeInLeavesTheShadowAsItIs, also where a whole series was moved there, whose dates have other names then.
func TestWhatDoesNotComeInLeavesTheShadowAsItIs(t *testing.T) {
	base, ours, theirs := daily(), daily(), daily()
	ours.Subject = "typed"
	moveSeries(&theirs, 2*calendar.Day)
	for name, only := range map[string]func(*merge.Input){
		"nothing comes in":   func(in *merge.Input) { in.In = false },
		"its times are told": func(in *merge.Input) { in.Repeated = calendar.Fields(calendar.When) },
	} {
		in := both(&base, &ours, &theirs, "newest")
		only(&in)
		r := merge.Merge(in)
		if diff := cmp.Diff(base, r.Shadow); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if !r.ToLocal.Empty() {
			t.Errorf("%s: comes in %+v", name, r.ToLocal)
		}
	}
}

// TestASeriesThatBothHaveMovedKeepsWhatItsDatesSay, where one of them is not heard: what is written over the other's times is moved from
// where these are, and each date keeps what it said there.
func TestASeriesThatBothHaveMovedKeepsWhatItsDatesSay(t *testing.T) {
	base := daily()
	moved := func(by calendar.Wall, named int, subject string) calendar.Event {
		e := base.Clone()
		editOccurrence(&e, morning(named), subject, false)
		moveSeries(&e, by)
		e.Normalize()
		return e
	}
	told := moved(2*calendar.Day, 8, "theirs")
	for name, c := range map[string]struct {
		ours, theirs calendar.Event
		only         func(*merge.Input)
		here, there  func(e *calendar.Event)
	}{
		"nothing comes in": {
			moved(7200, 7, "ours"), moved(3600, 8, "theirs"), func(in *merge.Input) { in.In = false },
			func(e *calendar.Event) { editOccurrence(e, morning(7), "ours", false); moveSeries(e, 7200) },
			func(e *calendar.Event) {
				editOccurrence(e, morning(7), "ours", false)
				editOccurrence(e, morning(8), "theirs", false)
				moveSeries(e, 7200)
			},
		},
		"nothing goes out": {
			moved(7200, 7, "ours"), moved(3600, 8, "theirs"), func(in *merge.Input) { in.Out = false },
			func(e *calendar.Event) {
				editOccurrence(e, morning(7), "ours", false)
				editOccurrence(e, morning(8), "theirs", false)
				moveSeries(e, 3600)
			},
			func(e *calendar.Event) { editOccurrence(e, morning(8), "theirs", false); moveSeries(e, 3600) },
		},
		"its times are told by another": {
			moved(2*calendar.Day, 7, "ours"), told, func(in *merge.Input) { in.Repeated = calendar.Fields(calendar.When) },
			func(e *calendar.Event) {
				editOccurrence(e, morning(7), "ours", false)
				editOccurrence(e, morning(8), "theirs", false)
				moveSeries(e, 2*calendar.Day)
			},
			func(e *calendar.Event) {
				editOccurrence(e, morning(7), "ours", false)
				editOccurrence(e, morning(8), "theirs", false)
				moveSeries(e, 2*calendar.Day)
			},
		},
		"its times are for others to tell": {
			moved(2*calendar.Day, 7, "ours"), told, func(in *merge.Input) {
				in.Shared, in.Editable = calendar.Fields(calendar.When), calendar.BothWaysFields&^calendar.Fields(calendar.When)
			},
			func(e *calendar.Event) {
				editOccurrence(e, morning(7), "ours", false)
				editOccurrence(e, morning(8), "theirs", false)
				moveSeries(e, 2*calendar.Day)
			},
			func(e *calendar.Event) {
				editOccurrence(e, morning(7), "ours", false)
				editOccurrence(e, morning(8), "theirs", false)
				moveSeries(e, 2*calendar.Day)
			},
		},
	} {
		in := both(&base, &c.ours, &c.theirs, "newest")
		c.only(&in)
		r := merge.Merge(in)
		here, there := daily(), daily()
		c.here(&here)
		c.there(&there)
		here.Normalize()
		there.Normalize()
		if diff := cmp.Diff(here, r.Local); diff != "" {
			t.Errorf("%s: here (-want +got):\n%s", name, diff)
		}
		if diff := cmp.Diff(there, r.Remote); diff != "" {
			t.Errorf("%s: there (-want +got):\n%s", name, diff)
		}
		for _, f := range r.Conflicts {
			if f.Field != calendar.When {
				t.Errorf("%s: filed %+v", name, f)
			}
		}
	}
}

// TestWhatIsSaidOfASeriesThatWasMovedUnheardMeetsItsDates, however long ago it was moved there: the shadow has it where it stands by now,
// and what is written over it, or tried once more, finds the dates under the names that they have there.
func TestWhatIsSaidOfASeriesThatWasMovedUnheardMeetsItsDates(t *testing.T) {
	base, theirs := daily(), daily()
	editOccurrence(&theirs, morning(8), "theirs", false)
	moveSeries(&theirs, 3600)
	for name, by := range map[string]calendar.Wall{"moved here, too": 7200, "a date is edited here": 0} {
		ours, there := daily(), daily()
		editOccurrence(&ours, morning(7), "ours", false)
		moveSeries(&ours, by)
		editOccurrence(&there, morning(7), "ours", false)
		editOccurrence(&there, morning(8), "theirs", false)
		if by == 0 {
			moveSeries(&there, 3600) // nobody has said anything against that
		}
		moveSeries(&there, by)
		there.Normalize()
		in := both(&base, &ours, &theirs, "newest")
		in.In, in.RemoteShadow = false, &theirs
		r := merge.Merge(in)
		if diff := cmp.Diff(there, r.Remote); diff != "" {
			t.Errorf("%s: there (-want +got):\n%s", name, diff)
		}
		if len(r.Conflicts) > 0 {
			t.Errorf("%s: kept %+v", name, r.Conflicts)
		}
	}
}

// TestWhatComesInOfASeriesThatWasMovedHereMeetsItsDates, where nothing goes out, so that the calendar calls them by their old names.
func TestWhatComesInOfASeriesThatWasMovedHereMeetsItsDates(t *testing.T) {
	base, ours, theirs, here := daily(), daily(), daily(), daily()
	editOccurrence(&theirs, morning(7), "theirs", false)
	for _, e := range []*calendar.Event{&ours, &here} {
		editOccurrence(e, morning(8), "ours", false)
	}
	editOccurrence(&here, morning(7), "theirs", false)
	moveSeries(&ours, 3600)
	moveSeries(&here, 3600)
	here.Normalize()
	in := both(&base, &ours, &theirs, "newest")
	in.Out, in.LocalShadow = false, &ours
	r := merge.Merge(in)
	if diff := cmp.Diff(here, r.Local); diff != "" || len(r.Conflicts) > 0 {
		t.Errorf("kept %+v, here (-want +got):\n%s", r.Conflicts, diff)
	}
}
