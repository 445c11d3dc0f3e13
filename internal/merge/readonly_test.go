package merge_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tahti/internal/calendar"
	"tahti/internal/merge"
)

// placeOnly is a calendar in which only the place may be written.
var placeOnly = calendar.Fields(calendar.Location)

func TestWhatIsTakenBackIsFiledAsItWas(t *testing.T) {
	base, ours := daily(), daily()
	ours.Subject, ours.Rule = "typed", "FREQ=DAILY;COUNT=10"
	cancel(&ours, morning(6))
	ours.Cancelled = []calendar.Wall{morning(6)} // and the fourth takes place
	editOccurrence(&ours, morning(7), "seventh", false)
	ours.Normalize()
	in := both(&base, &ours, &base, "crm")
	in.Editable = placeOnly
	r := merge.Merge(in)
	if diff := cmp.Diff(base, r.Local); diff != "" {
		t.Errorf("here (-want +got):\n%s", diff)
	}
	if !r.ToRemote.Empty() || r.ToLocal.Empty() {
		t.Errorf("to be written: there %+v, here %+v", r.ToRemote, r.ToLocal)
	}
	want := []merge.Conflict{
		{Field: calendar.Subject, Winner: merge.Calendar, Kept: named("series"), Lost: named("typed")},
		{Field: calendar.Recurrence, Winner: merge.Calendar, KeptRule: base.Rule, LostRule: ours.Rule},
		{Place: on(4), Field: calendar.Recurrence, Op: merge.Uncancel, Winner: merge.Calendar},
		{Place: on(6), Field: calendar.Recurrence, Op: merge.Cancel, Winner: merge.Calendar},
		{Place: on(7), Field: calendar.Subject, Winner: merge.Calendar, Kept: named("series"), Lost: named("seventh")},
	}
	if diff := cmp.Diff(want, r.Conflicts); diff != "" {
		t.Errorf("filed (-want +got):\n%s", diff)
	}
}

// What the calendar says too, and the activity has heard by another way, is nobody's to take back.
func TestWhatTheCalendarSaysAsWellIsNotTakenBack(t *testing.T) {
	base, heard := daily(), daily()
	heard.Subject = "heard"
	in := both(&base, &heard, &base, "crm")
	in.RemoteShadow, in.Remote, in.Editable = &heard, &heard, placeOnly
	r := merge.Merge(in)
	if r.Local.Subject != "heard" || len(r.Conflicts) != 0 || !r.ToLocal.Empty() || !r.ToRemote.Empty() {
		t.Errorf("%q, to be written here %+v, there %+v, kept %+v", r.Local.Subject, r.ToLocal, r.ToRemote, r.Conflicts)
	}
}

// The place of an occurrence may be written, that it falls out may not: it comes back with the place that it had. What was
// typed of other occurrences' places goes out.
func TestAnOccurrenceThatComesBackSaysWhatItSaid(t *testing.T) {
	base, ours, want := daily(), daily(), daily()
	o := calendar.Override{Original: morning(8), Set: placeOnly}
	o.Location = "yard"
	for _, e := range []*calendar.Event{&base, &want} {
		e.Overrides = append(e.Overrides, o)
	}
	cancel(&ours, morning(3))
	for i, where := range []string{"garden", "roof"} {
		for _, e := range []*calendar.Event{&ours, &want} {
			editOccurrence(e, morning(6+2*i), where, true)
		}
	}
	for _, e := range []*calendar.Event{&ours, &want} {
		e.Normalize()
	}
	in := both(&base, &ours, &base, "crm")
	in.Editable = placeOnly
	r := merge.Merge(in)
	for side, got := range map[string]calendar.Event{"here": r.Local, "there": r.Remote} {
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", side, diff)
		}
	}
	if len(r.Conflicts) != 1 || r.Conflicts[0].Op != merge.Cancel {
		t.Errorf("filed %+v", r.Conflicts)
	}
}

// What other calendars brought into a shared meeting stays, and does not go where it may not be written.
func TestASharedMeetingTakesNothingBack(t *testing.T) {
	base, ours := daily(), daily()
	ours.Subject, ours.Location = "typed", "hall"
	in := both(&base, &ours, &base, "crm")
	in.Editable, in.Shared = placeOnly, calendar.AllFields
	r := merge.Merge(in)
	if r.Local.Subject != "typed" || r.Local.Location != "hall" || len(r.Conflicts) > 0 {
		t.Errorf("here %q at %q, filed %+v", r.Local.Subject, r.Local.Location, r.Conflicts)
	}
	if r.Remote.Subject != "series" || r.Remote.Location != "hall" {
		t.Errorf("there %q at %q", r.Remote.Subject, r.Remote.Location)
	}
}

// Where this calendar says something else by then, nobody can tell whether another one said what it writes over, or somebody typed it.
func TestWhatASharedMeetingWritesOverIsKept(t *testing.T) {
	base, ours, theirs := daily(), daily(), daily()
	ours.Subject = "typed"
	editOccurrence(&ours, morning(7), "seventh", false)
	theirs.Subject = "told"
	cancel(&theirs, morning(7))
	theirs.Normalize()
	in := both(&base, &ours, &theirs, "crm")
	in.Editable, in.Shared = placeOnly, calendar.AllFields
	r := merge.Merge(in)
	want := []merge.Conflict{
		{Field: calendar.Subject, Winner: merge.Calendar, Kept: named("told"), Lost: named("typed")},
		{Place: on(7), Field: calendar.Subject, Winner: merge.Calendar, Lost: named("seventh")},
	}
	if diff := cmp.Diff(want, r.Conflicts) + cmp.Diff(theirs, r.Local); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Without changes out nothing is taken back either: the calendar is not asked to hold any of it.
func TestWhereNothingGoesOutNothingIsTakenBack(t *testing.T) {
	base, ours := daily(), daily()
	ours.Subject = "typed"
	in := both(&base, &ours, &base, "crm")
	in.Editable, in.Out = placeOnly, false
	if r := merge.Merge(in); r.Local.Subject != "typed" || len(r.Conflicts) > 0 {
		t.Errorf("here %q, filed %+v", r.Local.Subject, r.Conflicts)
	}
}

// A minute is told to the nanosecond: clocks can tell two changes apart only beyond it.
func TestACloseCallIsAMinuteAndNoMore(t *testing.T) {
	base, ours, theirs := daily(), daily(), daily()
	ours.Subject, theirs.Subject = "ours", "theirs"
	said := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for later, want := range map[time.Duration]string{time.Minute: "theirs", time.Minute + time.Nanosecond: "ours"} {
		in := both(&base, &ours, &theirs, "newest")
		in.Policy.RemoteAt = said
		in.Policy.LocalAt = func(calendar.Field) time.Time { return said.Add(later) }
		if r := merge.Merge(in); r.Local.Subject != want {
			t.Errorf("%v later here: %s", later, r.Local.Subject)
		}
	}
}

// The occurrence that one side edits and the other takes out stays, on both sides, whichever side it is.
func TestAnEditOfAnOccurrenceBeatsItsEndOnEitherSide(t *testing.T) {
	for _, editedHere := range []bool{true, false} {
		base, edited, without := daily(), daily(), daily()
		editOccurrence(&edited, morning(3), "third", false)
		edited.Normalize()
		cancel(&without, morning(3))
		without.Normalize()
		in, winner := both(&base, &edited, &without, "newest"), merge.CRM
		if !editedHere {
			in, winner = both(&base, &without, &edited, "newest"), merge.Calendar
		}
		r := merge.Merge(in)
		for side, got := range map[string]calendar.Event{"here": r.Local, "there": r.Remote} {
			if diff := cmp.Diff(edited, got); diff != "" {
				t.Errorf("edited here %t: %s (-want +got):\n%s", editedHere, side, diff)
			}
		}
		want := []merge.Conflict{{Place: on(3), Field: calendar.Recurrence, Op: merge.Cancel, Winner: winner}}
		if diff := cmp.Diff(want, r.Conflicts); diff != "" {
			t.Errorf("edited here %t: filed (-want +got):\n%s", editedHere, diff)
		}
		if editedHere != r.ToLocal.Empty() || editedHere == r.ToRemote.Empty() {
			t.Errorf("edited here %t: to be written here %+v, there %+v", editedHere, r.ToLocal, r.ToRemote)
		}
	}
}
