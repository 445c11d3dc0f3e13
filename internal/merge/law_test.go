package merge_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tahti/internal/calendar"
	"tahti/internal/merge"
)

func same(t *rapid.T, what string, got, want calendar.Event) {
	t.Helper()
	got.UID, want.UID = "", ""
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("%s (-want +got):\n%s", what, diff)
	}
}

func TestNothingDiffersFromItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := drawEvent(t)
		if d := merge.Diff(&a, &a); !d.Empty() || d.Shift != 0 {
			t.Errorf("%+v", d)
		}
		b := a.Clone()
		b.Normalize()
		same(t, "normalised twice", b, a)
	})
}

func TestADifferenceAppliedGivesTheOther(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawEvent(t), drawEvent(t)
		got, _ := merge.Apply(&a, merge.Diff(&a, &b), 0)
		same(t, "two events of any kind", got, b)
	})
}

func TestADifferenceOfAnEditedSeriesAppliedGivesIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := drawEvent(t)
		b := edit(t, &a, "x")
		got, dropped := merge.Apply(&a, merge.Diff(&a, &b), 0)
		same(t, "edited", got, b)
		if len(dropped) > 0 {
			t.Errorf("dropped %+v", dropped)
		}
	})
}

func both(base, local, remote *calendar.Event, rule string) merge.Input {
	return merge.Input{
		LocalShadow: base, Local: local, RemoteShadow: base, Remote: remote, Editable: calendar.BothWaysFields, In: true, Out: true,
		Policy: merge.Policy{Rule: rule},
	}
}

func TestOneSideAloneIsTakenAsItIs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base := drawEvent(t)
		now := edit(t, &base, "x")
		in := merge.Merge(both(&base, &base, &now, "newest"))
		same(t, "came in", in.Local, now)
		same(t, "stays there", in.Remote, now)
		same(t, "shadow", in.Shadow, now)
		out := merge.Merge(both(&base, &now, &base, "newest"))
		same(t, "went out", out.Remote, now)
		same(t, "stays here", out.Local, now)
		same(t, "shadow of what went out", out.Shadow, base)
		if len(in.Conflicts)+len(out.Conflicts) > 0 || !in.ToRemote.Empty() || !out.ToLocal.Empty() {
			t.Errorf("conflicts %v %v, back there %v, back here %v", in.Conflicts, out.Conflicts, in.ToRemote, out.ToLocal)
		}
	})
}

func TestEqualEditsAreNoChange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base := drawEvent(t)
		now := edit(t, &base, "x")
		r := merge.Merge(both(&base, &now, &now, "newest"))
		same(t, "here", r.Local, now)
		same(t, "there", r.Remote, now)
		if !r.ToLocal.Empty() || !r.ToRemote.Empty() || len(r.Conflicts) > 0 {
			t.Errorf("%+v", r)
		}
	})
}

var words = regexp.MustCompile(`[xy]\d`)

// nothingTypedIsLost looks for every word that somebody typed.
func nothingTypedIsLost(t *rapid.T, said []any, typed ...calendar.Event) {
	t.Helper()
	b, err := json.Marshal(said)
	if err != nil {
		t.Fatal(err)
	}
	was, err := json.Marshal(typed)
	if err != nil {
		t.Fatal(err)
	}
	left := words.FindAllString(string(b), -1)
	for _, word := range words.FindAllString(string(was), -1) {
		if !slices.Contains(left, word) {
			t.Errorf("%s is lost: %s", word, b)
		}
	}
}

// TestBothSidesAgreeAfterwards: whatever two people did, both sides say the same afterwards, and every word that either
// typed is in the result or in a conflict (I2).
func TestBothSidesAgreeAfterwards(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base := drawEvent(t)
		ours, theirs := edit(t, &base, "x"), edit(t, &base, "y")
		rule := rapid.SampledFrom([]string{"newest", "crm", "calendar"}).Draw(t, "rule")
		r := merge.Merge(both(&base, &ours, &theirs, rule))
		same(t, "there is as here", r.Remote, r.Local)
		nothingTypedIsLost(t, []any{r.Local, r.Conflicts}, ours, theirs)
		// What is written there is exactly what still differs there, and after it everything is quiet (I3).
		again := merge.Merge(merge.Input{
			LocalShadow: &r.Local, Local: &r.Local, RemoteShadow: &r.Remote, Remote: &r.Remote, Editable: calendar.BothWaysFields,
			In: true, Out: true, Policy: merge.Policy{Rule: rule},
		})
		if !again.ToLocal.Empty() || !again.ToRemote.Empty() || len(again.Conflicts) > 0 {
			t.Errorf("not quiet: %+v", again)
		}
	})
}

// TestAgainstTheShadowOnlyOurOwnChangesShow: a run that dies between taking in and writing out leaves the shadow; the next
// one has to write out the same.
func TestAgainstTheShadowOnlyOurOwnChangesShow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base := drawEvent(t)
		ours, theirs := edit(t, &base, "x"), edit(t, &base, "y")
		first := merge.Merge(both(&base, &ours, &theirs, "newest"))
		second := merge.Merge(merge.Input{
			LocalShadow: &first.Shadow, Local: &first.Local, RemoteShadow: &theirs, Remote: &theirs, Editable: calendar.BothWaysFields,
			In: true, Out: true, Policy: merge.Policy{Rule: "newest"},
		})
		same(t, "there, from the second try", second.Remote, first.Remote)
		same(t, "here, from the second try", second.Local, first.Local)
		if len(second.Conflicts) > 0 {
			t.Errorf("conflicts out of nothing: %+v", second.Conflicts)
		}
	})
}

func TestOneWayLeavesTheOtherSideAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base := drawEvent(t)
		ours, theirs := edit(t, &base, "x"), edit(t, &base, "y")
		in := both(&base, &ours, &theirs, "newest")
		in.Out = false
		r := merge.Merge(in)
		same(t, "nothing goes out", r.Remote, theirs)
		in.In, in.Out = false, true
		r = merge.Merge(in)
		same(t, "nothing comes in", r.Local, ours)
	})
}

func TestThePolicyPicksTheWinner(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name          string
		rule          string
		local, remote time.Time
		want          string
	}{
		{"the CRM wins by setting", "crm", at, at.Add(time.Hour), "ours"},
		{"the calendar wins by setting", "calendar", at.Add(time.Hour), at, "theirs"},
		{"the newer edit here wins", "newest", at.Add(2 * time.Minute), at, "ours"},
		{"the newer edit there wins", "newest", at, at.Add(2 * time.Minute), "theirs"},
		{"a minute apart the calendar wins", "newest", at.Add(time.Minute), at, "theirs"},
		{"the calendar wins where its time is unknown", "newest", at, time.Time{}, "theirs"},
	} {
		t.Run(c.name, func(t *testing.T) {
			base := calendar.Event{Known: calendar.BothWaysFields}
			ours, theirs := base.Clone(), base.Clone()
			ours.Subject, theirs.Subject = "ours", "theirs"
			in := both(&base, &ours, &theirs, c.rule)
			in.Policy.RemoteAt = c.remote
			in.Policy.LocalAt = func(calendar.Field) time.Time { return c.local }
			r := merge.Merge(in)
			if r.Local.Subject != c.want || r.Remote.Subject != c.want || len(r.Conflicts) != 1 || r.Conflicts[0].Kept.Subject != c.want {
				t.Errorf("%s here, %s there, conflicts %+v", r.Local.Subject, r.Remote.Subject, r.Conflicts)
			}
			if lost := r.Conflicts[0].Lost.Subject; lost == c.want || lost == "" {
				t.Errorf("kept as lost: %q", lost)
			}
		})
	}
}

func TestTheStricterPrivacyWins(t *testing.T) {
	base := calendar.Event{Known: calendar.BothWaysFields, Rule: "FREQ=DAILY;COUNT=3"}
	base.Start = calendar.OnDate(2026, 3, 1)
	base.End = calendar.OnDate(2026, 3, 2)
	base.Private = true
	// The series is opened there; here one occurrence, which had been opened before, is closed again.
	base.Overrides = []calendar.Override{{Original: base.Start.Wall, Set: calendar.Fields(calendar.Private)}}
	ours, theirs := base.Clone(), base.Clone()
	ours.Overrides = nil
	theirs.Private = false
	theirs.Normalize()
	for _, rule := range []string{"calendar", "newest", "crm"} {
		r := merge.Merge(both(&base, &ours, &theirs, rule))
		if !cmp.Equal(r.Local, r.Remote) || r.Local.Private {
			t.Errorf("%s: %+v here, %+v there", rule, r.Local, r.Remote)
		}
	}
	// In one place both can only have changed it to the same, as it has two values: no winner is needed.
	for _, value := range []bool{true, false} {
		was := calendar.Event{Known: calendar.BothWaysFields}
		was.Private = !value
		now := was.Clone()
		now.Private = value
		if r := merge.Merge(both(&was, &now, &now, "calendar")); r.Local.Private != value || len(r.Conflicts) > 0 {
			t.Errorf("%t: %+v", value, r)
		}
	}
}

// TestWhatMayNotBeWrittenThereIsTakenBack: the time of somebody else's meeting stays theirs, and what was typed is kept.
func TestWhatMayNotBeWrittenThereIsTakenBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base := drawEvent(t)
		ours := edit(t, &base, "x")
		in := both(&base, &ours, &base, "crm")
		in.Editable = calendar.Fields(calendar.Busy, calendar.Private)
		r := merge.Merge(in)
		for _, side := range []calendar.Event{r.Remote, r.Local} {
			if d := merge.Diff(&base, &side).Only(calendar.BothWaysFields &^ in.Editable); !d.Empty() {
				t.Errorf("changed all the same: %+v", d)
			}
		}
		nothingTypedIsLost(t, []any{r.Conflicts}, ours)
	})
}
