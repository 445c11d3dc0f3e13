package merge_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tahti/internal/calendar"
	"tahti/internal/merge"
)

// TestWhatTheLosingSideSaidOfSingleOccurrencesIsTakenOver: Mondays became Tuesdays there, here an hour later, and the calendar
// wins. Of the Mondays, the ninth is elsewhere and the sixteenth is left out.
func TestWhatTheLosingSideSaidOfSingleOccurrencesIsTakenOver(t *testing.T) {
	const later = calendar.Wall(3600)
	base := daily()
	base.Rule, base.Cancelled, base.Overrides[0].Original = "FREQ=WEEKLY;BYDAY=MO;COUNT=4", []calendar.Wall{morning(16)}, morning(9)
	base.Normalize()
	nobody := func(*calendar.Event) {}
	name := func(at calendar.Wall, subject string) func(*calendar.Event) {
		return func(e *calendar.Event) { editOccurrence(e, at, subject, false) }
	}
	for _, c := range []struct {
		name         string
		ours, theirs func(*calendar.Event) // before they move it
		cancelled    []calendar.Wall
		subject      string          // of the last one
		place        string          // of the second one
		filed        *merge.Conflict // beside the start
	}{
		{"nothing", nobody, nobody, []calendar.Wall{morning(17)}, "series", "elsewhere", nil},
		{"a name", name(morning(23), "x"), nobody, []calendar.Wall{morning(17)}, "x", "elsewhere", nil},
		{"the same name", name(morning(23), "x"), name(morning(23), "x"), []calendar.Wall{morning(17)}, "x", "elsewhere", nil},
		{
			"another name", name(morning(23), "x"), name(morning(23), "y"), []calendar.Wall{morning(17)}, "y", "elsewhere",
			&merge.Conflict{
				Place: merge.Place{Occurrence: true, Original: morning(24)}, Field: calendar.Subject, Winner: merge.Calendar,
				Kept: calendar.Values{Subject: "y"}, Lost: calendar.Values{Subject: "x"},
			},
		},
		{
			"a name of one that they took out", name(morning(23), "x"), func(e *calendar.Event) { cancel(e, morning(23)) },
			[]calendar.Wall{morning(17), morning(24)}, "", "elsewhere",
			&merge.Conflict{
				Place: merge.Place{Occurrence: true, Original: morning(24)}, Field: calendar.Subject, Winner: merge.Calendar,
				Lost: calendar.Values{Subject: "x"},
			},
		},
		{
			"one is taken out", func(e *calendar.Event) { cancel(e, morning(23)) }, nobody,
			[]calendar.Wall{morning(17), morning(24)}, "", "elsewhere", nil,
		},
		{
			"one is taken out that they named", func(e *calendar.Event) { cancel(e, morning(23)) }, name(morning(23), "y"),
			[]calendar.Wall{morning(17)}, "y", "elsewhere",
			&merge.Conflict{
				Place: merge.Place{Occurrence: true, Original: morning(24)}, Field: calendar.Recurrence, Op: merge.Cancel, Winner: merge.Calendar,
			},
		},
		{"one takes place again", func(e *calendar.Event) { e.Cancelled = nil }, nobody, nil, "series", "elsewhere", nil},
		{"one is where all are again", func(e *calendar.Event) { e.Overrides = nil }, nobody, []calendar.Wall{morning(17)}, "series", "room", nil},
		{
			"one is where all are again, and they put it anywhere else", func(e *calendar.Event) { e.Overrides = nil },
			func(e *calendar.Event) { e.Overrides[0].Location = "garden" }, []calendar.Wall{morning(17)}, "series", "garden", nil,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			ours, theirs := base.Clone(), base.Clone()
			c.ours(&ours)
			c.theirs(&theirs)
			moveSeries(&ours, later)
			moveSeries(&theirs, calendar.Day)
			theirs.Rule = "FREQ=WEEKLY;BYDAY=TU;COUNT=4"
			ours.Normalize()
			theirs.Normalize()
			r := merge.Merge(both(&base, &ours, &theirs, "calendar"))
			if diff := cmp.Diff(r.Remote, r.Local); diff != "" {
				t.Errorf("there (-) is not as here (+):\n%s", diff)
			}
			if !slices.Equal(r.Local.Cancelled, c.cancelled) {
				t.Errorf("without %v, want %v", r.Local.Cancelled, c.cancelled)
			}
			at := r.Local.On
			if got := at(morning(24)).Subject; c.subject != "" && got != c.subject {
				t.Errorf("the last one is %q, want %q", got, c.subject)
			}
			if got := at(morning(10)).Location; got != c.place {
				t.Errorf("the second one is at %q, want %q", got, c.place)
			}
			filed := slices.DeleteFunc(r.Conflicts, func(x merge.Conflict) bool { return !x.Occurrence })
			var want []merge.Conflict
			if c.filed != nil {
				want = append(want, *c.filed)
			}
			if len(filed) != len(want) || len(want) > 0 && !cmp.Equal(filed, want) {
				t.Errorf("filed (-want +got):\n%s", cmp.Diff(want, filed))
			}
		})
	}
}

// What a series said of single occurrences before it was moved is nothing that somebody typed: it is not filed when the new
// start and pattern are not taken.
func TestWhatOnlyMovedAlongIsNotFiled(t *testing.T) {
	base := daily()
	ours, theirs := base.Clone(), base.Clone()
	moveSeries(&ours, 2*calendar.Day)
	moveSeries(&theirs, calendar.Day)
	theirs.Rule = "FREQ=DAILY;COUNT=8"
	r := merge.Merge(both(&base, &ours, &theirs, "crm"))
	if diff := cmp.Diff(ours, r.Remote); diff != "" {
		t.Errorf("there (-want +got):\n%s", diff)
	}
	for _, c := range r.Conflicts {
		if c.Occurrence {
			t.Errorf("filed %+v", c)
		}
	}
}
