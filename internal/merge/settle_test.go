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

// places are the components that a write of a series touches: the master, and each occurrence. A server may have taken any
// of them before the connection broke.
func places(d merge.Changes) (list []merge.Place) {
	for _, ch := range d.List {
		if !slices.Contains(list, ch.Place) {
			list = append(list, ch.Place)
		}
	}
	return list
}

func only(d merge.Changes, keep []merge.Place) merge.Changes {
	part := merge.Changes{}
	for _, ch := range d.List {
		if slices.Contains(keep, ch.Place) {
			part.List = append(part.List, ch)
		}
	}
	if slices.Contains(keep, merge.Place{}) {
		part.Shift = d.Shift
	}
	return part
}

// spot is a field of the series, or of one of its occurrences under the shadow's name.
type spot struct {
	merge.Place
	field calendar.Field
}

func spots(d merge.Changes, rename calendar.Wall) (list []spot) {
	for _, ch := range d.List {
		s := spot{ch.Place, ch.Field}
		if ch.Op == merge.Cancel || ch.Op == merge.Uncancel {
			s.field = calendar.Recurrence
		}
		if s.Occurrence {
			s.Original -= rename
		}
		if !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}

func sameSpots(a, b []spot) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(s spot) bool { return !slices.Contains(b, s) })
}

// TestAnEditOfADateIsFoundInASeriesThatWeHaveMoved: the date has another name there than it had before.
func TestAnEditOfADateIsFoundInASeriesThatWeHaveMoved(t *testing.T) {
	shadow := daily()
	moved := shadow.Clone()
	moved.Start.Wall, moved.End.Wall = moved.Start.Wall+3600, moved.End.Wall+3600
	for i := range moved.Overrides {
		moved.Overrides[i].Original += 3600
	}
	for i := range moved.Cancelled {
		moved.Cancelled[i] += 3600
	}
	found := moved.Clone()
	editOccurrence(&found, morning(6)+3600, "sixth", false)
	s := merge.AfterLostReply(&shadow, &moved, &found, &shadow, &moved, false)
	edits := merge.Diff(&s.RemoteShadow, &found)
	if len(edits.List) != 1 || edits.List[0].Original != morning(6)+3600 || edits.List[0].Field != calendar.Subject || !s.Arrived {
		t.Errorf("arrived %t, edited there: %+v", s.Arrived, edits)
	}
	if rest := merge.Diff(&s.LocalShadow, &moved); !rest.Empty() {
		t.Errorf("still to go out: %+v", rest)
	}
}

// TestAfterALostReplyNothingIsMistaken writes a series in several requests, of which any may have arrived, while somebody
// may have edited a word of the series or of an occurrence meanwhile. Exactly that edit remains as a change there, and
// exactly what did not arrive, or was edited over, remains as a change here.
func TestAfterALostReplyNothingIsMistaken(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		shadow := drawEvent(t)
		sent := edit(t, &shadow, "x")
		meant := merge.Diff(&shadow, &sent)
		all := places(meant)
		var arrived []merge.Place
		for _, p := range all {
			if rapid.Bool().Draw(t, "arrived") {
				arrived = append(arrived, p)
			}
		}
		part := only(meant, arrived)
		halfway, _ := merge.Apply(&shadow, part, 0)
		found, touched := halfway.Clone(), []spot(nil)
		switch rapid.IntRange(0, 2).Draw(t, "meanwhile") {
		case 1:
			found.Location = "y9"
			touched = []spot{{field: calendar.Location}}
		case 2:
			if len(found.Overrides) > 0 {
				o := &found.Overrides[0]
				o.Set |= calendar.Fields(calendar.Subject)
				o.Subject = "y9"
				touched = []spot{{merge.Place{Occurrence: true, Original: o.Original - part.Shift}, calendar.Subject}}
			}
		}
		found.Normalize()
		res := merge.AfterLostReply(&shadow, &sent, &found, &shadow, &sent, false)
		theirs := merge.Diff(&res.RemoteShadow, &found)
		if got := spots(theirs, part.Shift); !sameSpots(got, touched) {
			t.Errorf("changes there: %+v, edited was %+v", got, touched)
		}
		missing := spots(merge.Diff(&halfway, &sent), part.Shift)
		for _, s := range spots(meant, 0) {
			if slices.Contains(touched, s) && !slices.Contains(missing, s) {
				missing = append(missing, s)
			}
		}
		renamed := merge.Diff(&shadow, &res.LocalShadow).Shift
		if got := spots(merge.Diff(&res.LocalShadow, &sent), renamed); !sameSpots(got, missing) {
			t.Errorf("changes here: %+v, missing is %+v", got, missing)
		}
		if want := len(arrived) > 0; res.Arrived != want && len(touched) == 0 {
			t.Errorf("arrived: %t, want %t", res.Arrived, want)
		}
		// Planned anew, everybody gets what they meant.
		r := merge.Merge(merge.Input{
			LocalShadow: &res.LocalShadow, Local: &sent, RemoteShadow: &res.RemoteShadow, Remote: &found,
			Editable: calendar.BothWaysFields, In: true, Out: true, Policy: merge.Policy{Rule: "calendar"},
		})
		same(t, "both sides agree", r.Remote, r.Local)
		nothingTypedIsLost(t, []any{r.Local, r.Conflicts}, sent, found)
	})
}

func TestACreationWhoseReplyWasLostIsAllOurs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		target := drawEvent(t)
		res := merge.AfterLostReply(&target, &target, &target, &target, &target, false)
		same(t, "remote shadow", res.RemoteShadow, target)
		same(t, "local shadow", res.LocalShadow, target)
	})
}

// TestWhatSomebodyDidToASeriesWhileAReplyWasLostIsTheirs: whatever it was, whether the write arrived or not, it and nothing else
// shows as a change of the other side, and what was sent and is not there as one of ours.
func TestWhatSomebodyDidToASeriesWhileAReplyWasLostIsTheirs(t *testing.T) {
	name := func(day int, word string) func(*calendar.Event) {
		return func(e *calendar.Event) { editOccurrence(e, morning(day), word, false) }
	}
	for _, c := range []struct {
		name         string
		sent, edited func(*calendar.Event)
		missing      []calendar.Wall // dates of which what was sent is not there, if it arrived before the edit
	}{
		{"a date is as all are again", name(5, "x"), func(e *calendar.Event) {
			e.Overrides = slices.DeleteFunc(e.Overrides, func(o calendar.Override) bool { return o.Original == morning(3) })
		}, nil},
		{"a date takes place again", name(5, "x"), func(e *calendar.Event) { e.Cancelled = nil }, nil},
		{"a date is taken out", name(5, "x"), func(e *calendar.Event) { cancel(e, morning(7)) }, nil},
		{"a date that had something of its own is taken out", name(5, "x"), func(e *calendar.Event) { cancel(e, morning(3)) }, nil},
		{"the date that was written is taken out", name(5, "x"), func(e *calendar.Event) { cancel(e, morning(5)) }, []calendar.Wall{morning(5)}},
		{"the date that was taken out is named", func(e *calendar.Event) { cancel(e, morning(5)) }, name(5, "y"), []calendar.Wall{morning(5)}},
		{"all are an hour later", name(5, "x"), func(e *calendar.Event) { moveSeries(e, 3600) }, nil},
		{"the rule is another", name(5, "x"), func(e *calendar.Event) { e.Rule = "FREQ=DAILY;COUNT=8" }, nil},
	} {
		for _, arrived := range []bool{true, false} {
			shadow := daily()
			sent := shadow.Clone()
			c.sent(&sent)
			sent.Normalize()
			before := shadow.Clone()
			if arrived {
				before = sent.Clone()
			}
			found := before.Clone()
			c.edited(&found)
			found.Normalize()
			res := merge.AfterLostReply(&shadow, &sent, &found, &shadow, &sent, false)
			r := merge.Merge(merge.Input{
				LocalShadow: &res.LocalShadow, Local: &sent, RemoteShadow: &res.RemoteShadow, Remote: &found,
				Editable: calendar.BothWaysFields, In: true, Out: true, Policy: merge.Policy{Rule: "calendar"},
			})
			if diff := cmp.Diff(r.Remote, r.Local); diff != "" {
				t.Errorf("%s, arrived %t: there (-) is not as here (+):\n%s", c.name, arrived, diff)
			}
			if diff := cmp.Diff(before, res.RemoteShadow); diff != "" && len(c.missing) == 0 {
				t.Errorf("%s, arrived %t: without the edit it is (-want +got):\n%s", c.name, arrived, diff)
			}
			theirs := merge.Diff(&res.RemoteShadow, &found)
			if theirs.Empty() {
				t.Errorf("%s, arrived %t: nothing shows", c.name, arrived)
			}
			for _, ch := range theirs.List {
				if arrived && len(c.missing) == 0 && ch.Place == (merge.Place{Occurrence: true, Original: morning(5)}) {
					t.Errorf("%s: our own write shows as an edit: %+v", c.name, ch)
				}
			}
			var ours []calendar.Wall
			for _, ch := range merge.Diff(&res.LocalShadow, &sent).List {
				if !slices.Contains(ours, ch.Original) {
					ours = append(ours, ch.Original)
				}
			}
			want := c.missing
			if !arrived {
				want = []calendar.Wall{morning(5)}
			}
			if !slices.Equal(ours, want) {
				t.Errorf("%s, arrived %t: of ours is missing %v, want %v", c.name, arrived, ours, want)
			}
		}
	}
}

// TestAnEditBesideAWriteThatNeverArrivedLeavesTheShadowAsItWas: of a date that is said for the first time, once more, no more, or
// that falls out.
func TestAnEditBesideAWriteThatNeverArrivedLeavesTheShadowAsItWas(t *testing.T) {
	for name, edit := range map[string]func(*calendar.Event){
		"for the first time": func(e *calendar.Event) { editOccurrence(e, morning(7), "seventh", false) },
		"once more":          func(e *calendar.Event) { e.Overrides[0].Location = "farther" },
		"no more":            func(e *calendar.Event) { e.Overrides = nil },
		"another field":      func(e *calendar.Event) { editOccurrence(e, morning(3), "third", false) },
		"it falls out":       func(e *calendar.Event) { cancel(e, morning(3)) },
		"it takes place":     func(e *calendar.Event) { e.Cancelled = nil },
		"all is moved":       func(e *calendar.Event) { moveSeries(e, 2*calendar.Day) },
	} {
		shadow, target, found := daily(), daily(), daily()
		target.Subject = "sent"
		edit(&found)
		found.Normalize()
		got := merge.AfterLostReply(&shadow, &target, &found, &shadow, &target, false)
		if diff := cmp.Diff(shadow, got.RemoteShadow); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if diff := cmp.Diff(shadow, got.LocalShadow); diff != "" || got.Arrived {
			t.Errorf("%s: arrived %t (-want +got):\n%s", name, got.Arrived, diff)
		}
	}
}

// TestAMoveBesideAShorteningThatNeverArrivedLeavesTheShadowAsItWas: what fell out of the pattern that was sent has another name there
// by now, and is said as before.
func TestAMoveBesideAShorteningThatNeverArrivedLeavesTheShadowAsItWas(t *testing.T) {
	for _, by := range []calendar.Wall{-3 * calendar.Day, 3600} {
		shadow := daily()
		editOccurrence(&shadow, morning(8), "eighth", false)
		cancel(&shadow, morning(7))
		shadow.Normalize()
		target, found := shadow.Clone(), shadow.Clone()
		repattern(&target, "FREQ=DAILY;UNTIL=20260306T065959Z")
		moveSeries(&found, by)
		got := merge.AfterLostReply(&shadow, &target, &found, &shadow, &target, false)
		if diff := cmp.Diff(shadow, got.LocalShadow) + cmp.Diff(shadow, got.RemoteShadow); diff != "" || got.Arrived {
			t.Errorf("arrived %t (-want +got):\n%s", got.Arrived, diff)
		}
	}
}

// TestWhatArrivedOfADateHasArrived, whatever somebody edited of the same date.
func TestWhatArrivedOfADateHasArrived(t *testing.T) {
	shadow, sent, found := daily(), daily(), daily()
	editOccurrence(&sent, morning(7), "seventh", false)
	editOccurrence(&found, morning(7), "seventh", false)
	editOccurrence(&found, morning(7), "hall", true)
	for _, e := range []*calendar.Event{&sent, &found} {
		e.Normalize()
	}
	got := merge.AfterLostReply(&shadow, &sent, &found, &shadow, &sent, false)
	if diff := cmp.Diff(sent, got.LocalShadow) + cmp.Diff(sent, got.RemoteShadow); diff != "" || !got.Arrived {
		t.Errorf("arrived %t (-want +got):\n%s", got.Arrived, diff)
	}
}

// TestWhatSomebodyDidToASeriesThatWeMovedIsTheirs: our move arrived without an answer, and then somebody changed it once more.
func TestWhatSomebodyDidToASeriesThatWeMovedIsTheirs(t *testing.T) {
	for shift, by := range map[string]calendar.Wall{"by days": -2 * calendar.Day, "by an hour": 3600} {
		for name, edit := range map[string]func(*calendar.Event){
			"shortened, and its first date named":  func(e *calendar.Event) { e.Rule = "FREQ=DAILY;COUNT=4"; editOccurrence(e, morning(2)+by, "hall", true) },
			"shortened, and its second date named": func(e *calendar.Event) { e.Rule = "FREQ=DAILY;COUNT=4"; editOccurrence(e, morning(3)+by, "hall", true) },
			"shortened, and its third date named":  func(e *calendar.Event) { e.Rule = "FREQ=DAILY;COUNT=4"; editOccurrence(e, morning(4)+by, "hall", true) },
			"longer each time":                     func(e *calendar.Event) { e.End.Wall += 3600 },
			"moved on":                             func(e *calendar.Event) { moveSeries(e, calendar.Day) },
		} {
			shadow := daily()
			sent := shadow.Clone()
			moveSeries(&sent, by)
			sent.Normalize()
			found := sent.Clone()
			edit(&found)
			found.Normalize()
			res := merge.AfterLostReply(&shadow, &sent, &found, &shadow, &sent, false)
			r := merge.Merge(merge.Input{
				LocalShadow: &res.LocalShadow, Local: &sent, RemoteShadow: &res.RemoteShadow, Remote: &found,
				Editable: calendar.BothWaysFields, In: true, Out: true, Policy: merge.Policy{Rule: "calendar"},
			})
			if diff := cmp.Diff(found, r.Local) + cmp.Diff(found, r.Remote); diff != "" {
				t.Errorf("moved %s, then %s: it is (-want +got):\n%s", shift, name, diff)
			}
		}
	}
}

// TestDatesThatWereDroppedAreSaidAgain: a provider that is written to a date at a time may drop what was said of dates when their
// series gets other starts. Where the write broke off there, nobody has edited anything, and all of it goes out again.
func TestDatesThatWereDroppedAreSaidAgain(t *testing.T) {
	for name, change := range map[string]func(*calendar.Event){
		"it ends sooner":  func(e *calendar.Event) { e.Rule = "FREQ=DAILY;COUNT=8" },
		"it begins later": func(e *calendar.Event) { moveSeries(e, 3600) },
	} {
		shadow := daily()
		sent := shadow.Clone()
		change(&sent)
		sent.Normalize()
		found := sent.Clone()
		found.Overrides, found.Cancelled = nil, nil
		res := merge.AfterLostReply(&shadow, &sent, &found, &shadow, &sent, true)
		if d := merge.Diff(&res.RemoteShadow, &found); !d.Empty() {
			t.Errorf("%s: edited there: %+v", name, d)
		}
		r := merge.Merge(merge.Input{
			LocalShadow: &res.LocalShadow, Local: &sent, RemoteShadow: &res.RemoteShadow, Remote: &found,
			Editable: calendar.BothWaysFields, In: true, Out: true, Policy: merge.Policy{Rule: "calendar"},
		})
		if diff := cmp.Diff(sent, r.Remote); diff != "" || len(r.Conflicts) > 0 {
			t.Errorf("%s: what goes out (-want +got): %v\n%s", name, r.Conflicts, diff)
		}
	}
}

// TestDatesThatWereKeptGo: a provider that is written to a date at a time may keep dates that a series no longer has, as further ones
// (Google does, in one of the readings of providers.md). Where the write broke off there, nobody has added them.
func TestDatesThatWereKeptGo(t *testing.T) {
	for name, change := range map[string]func(*calendar.Event){
		"on other days":                     func(e *calendar.Event) { repattern(e, everyOther) },
		"it begins later":                   func(e *calendar.Event) { moveSeries(e, 3600) },
		"on other days, under another name": func(e *calendar.Event) { repattern(e, everyOther); e.Subject = "Renamed" },
	} {
		shadow := daily()
		sent := shadow.Clone()
		change(&sent)
		sent.Normalize()
		found := sent.Clone()
		for _, o := range shadow.Overrides {
			if !recur.Has(&sent, o.Original) {
				x := found.Start
				x.Wall = o.Original
				found.Extra, found.Overrides = append(found.Extra, x), append(found.Overrides, o)
			}
		}
		found.Normalize()
		if len(found.Extra) == 0 {
			t.Fatalf("%s: nothing is kept", name)
		}
		for _, edited := range []bool{false, true} {
			if edited {
				found.Override(found.Extra[0].Wall).Set |= calendar.Fields(calendar.Location)
				found.Override(found.Extra[0].Wall).Location = "by hand"
			}
			res := merge.AfterLostReply(&shadow, &sent, &found, &shadow, &sent, true)
			if d := merge.Diff(&res.RemoteShadow, &found); d.Empty() == edited {
				t.Errorf("%s: edited %t, and there: %+v", name, edited, d)
			}
			r := merge.Merge(merge.Input{
				LocalShadow: &res.LocalShadow, Local: &sent, RemoteShadow: &res.RemoteShadow, Remote: &found,
				Editable: calendar.BothWaysFields, In: true, Out: true, Policy: merge.Policy{Rule: "calendar"},
			})
			if diff := cmp.Diff(sent, r.Remote); !edited && (diff != "" || len(r.Conflicts) > 0) {
				t.Errorf("%s: what goes out (-want +got): %v\n%s", name, r.Conflicts, diff)
			}
		}
	}
}

// TestWhatADateInheritedIsNobodysEdit: a provider may keep a date that differs from its series as a whole. Where the write of the
// series has arrived and that of the date has not, the date still says what the series said.
func TestWhatADateInheritedIsNobodysEdit(t *testing.T) {
	shadow := daily()
	sent := shadow.Clone()
	sent.Description = "What we said of all"
	found := sent.Clone()
	for i := range found.Overrides {
		if o := &found.Overrides[i]; !o.Set.Has(calendar.Description) {
			o.Set |= calendar.Fields(calendar.Description)
			o.Description = shadow.Description
		}
	}
	for _, edited := range []bool{false, true} {
		if edited {
			found.Overrides[0].Set |= calendar.Fields(calendar.Location)
			found.Overrides[0].Location = "by hand"
		}
		res := merge.AfterLostReply(&shadow, &sent, &found, &shadow, &sent, true)
		if d := merge.Diff(&res.RemoteShadow, &found); d.Empty() == edited {
			t.Errorf("edited %t, and there: %+v", edited, d)
		}
		r := merge.Merge(merge.Input{
			LocalShadow: &res.LocalShadow, Local: &sent, RemoteShadow: &res.RemoteShadow, Remote: &found,
			Editable: calendar.BothWaysFields, In: true, Out: true, Policy: merge.Policy{Rule: "calendar"},
		})
		want := sent.Clone()
		if edited {
			o := want.EnsureOverride(found.Overrides[0].Original)
			o.Set, o.Location = o.Set|calendar.Fields(calendar.Location), "by hand"
		}
		if diff := cmp.Diff(want, r.Remote); diff != "" || len(r.Conflicts) > 0 {
			t.Errorf("edited %t: what goes out (-want +got): %v\n%s", edited, r.Conflicts, diff)
		}
	}
}

// TestADateThatSaysTheSameInOtherWordsFollowsItsSeries: a date said itself what its series said, in other words than those (something has
// been typed into its block), so that the activity knows of none. Where the write of the series has arrived and that of the date has not,
// it goes out yet that the date says nothing of its own.
func TestADateThatSaysTheSameInOtherWordsFollowsItsSeries(t *testing.T) {
	local := daily()
	shadow, sent := local.Clone(), local.Clone()
	day := shadow.Overrides[0].Original
	o := shadow.EnsureOverride(day)
	o.Set, o.Description = o.Set|calendar.Fields(calendar.Description), "In other words"
	sent.Description = "What we said of all"
	for name, says := range map[string]string{"it is to follow": "", "it stays as it is": "In other words", "it stays, in others again": "As we say it"} {
		found, target, want := shadow.Clone(), sent.Clone(), sent
		if found.Description = sent.Description; says != "" {
			target, want = found.Clone(), found
			target.Override(day).Description = says
		}
		res := merge.AfterLostReply(&shadow, &target, &found, &local, &sent, true)
		if d := merge.Diff(&res.RemoteShadow, &found); !d.Empty() {
			t.Errorf("%s: edited there: %+v", name, d)
		}
		r := merge.Merge(merge.Input{
			LocalShadow: &res.LocalShadow, Local: &sent, RemoteShadow: &res.RemoteShadow, Remote: &found,
			Editable: calendar.BothWaysFields, In: true, Out: true, Policy: merge.Policy{Rule: "calendar"},
		})
		if diff := cmp.Diff(want, r.Remote) + cmp.Diff(sent, r.Local); diff != "" || len(r.Conflicts) > 0 {
			t.Errorf("%s: what goes out (-want +got): %v\n%s", name, r.Conflicts, diff)
		}
	}
}

// TestALostWriteToASeriesThatWasMovedUnheardGoesOutWhole: its dates have other names there than here, and whatever of the write has arrived,
// the rest of it goes out yet.
func TestALostWriteToASeriesThatWasMovedUnheardGoesOutWhole(t *testing.T) {
	for name, change := range map[string]func(*calendar.Event){
		"a date is named":                 func(e *calendar.Event) { editOccurrence(e, morning(7), "x", false) },
		"a date is named anew":            func(e *calendar.Event) { editOccurrence(e, morning(3), "x", true) },
		"a date is taken out":             func(e *calendar.Event) { cancel(e, morning(7)) },
		"a date takes place again":        func(e *calendar.Event) { e.Cancelled = nil },
		"a date is as all are":            func(e *calendar.Event) { e.Overrides = nil },
		"the series and a date are named": func(e *calendar.Event) { e.Subject = "x"; editOccurrence(e, morning(7), "y", false) },
		"it ends sooner":                  func(e *calendar.Event) { e.Rule = "FREQ=DAILY;COUNT=8" },
		"it is moved here, too":           func(e *calendar.Event) { editOccurrence(e, morning(7), "x", false); moveSeries(e, 7200) },
	} {
		for _, by := range []calendar.Wall{3600, calendar.Day, 18 * calendar.Day} {
			base, theirs, sent := daily(), daily(), daily()
			moveSeries(&theirs, by)
			change(&sent)
			sent.Normalize()
			in := both(&base, &sent, &theirs, "newest")
			in.In, in.RemoteShadow = false, &theirs
			target := merge.Merge(in).Remote
			meant := merge.Diff(&theirs, &target)
			for _, arrived := range subsets(places(meant)) {
				plain, _ := merge.Apply(&theirs, only(meant, arrived), 0)
				inherited, dropped := plain.Clone(), plain.Clone()
				if slices.Contains(arrived, merge.Place{}) { // what a provider may do to dates when their series is written; see the tests above
					for i := range inherited.Overrides {
						if o := &inherited.Overrides[i]; !o.Set.Has(calendar.Subject) {
							o.Set, o.Subject = o.Set|calendar.Fields(calendar.Subject), theirs.Subject
						}
					}
					if meant.Fields()&calendar.Fields(calendar.When, calendar.Recurrence) != 0 {
						dropped.Overrides, dropped.Cancelled = nil, nil
					}
				}
				for i, found := range []calendar.Event{plain, plain, inherited, dropped} {
					piecemeal := i > 0
					res := merge.AfterLostReply(&theirs, &target, &found, &base, &sent, piecemeal)
					in.LocalShadow, in.RemoteShadow, in.Remote = &res.LocalShadow, &res.RemoteShadow, &found
					if diff := cmp.Diff(target, merge.Merge(in).Remote); diff != "" {
						t.Errorf("%s, moved there by %d, arrived %v, case %d: what goes out (-want +got):\n%s", name, by, arrived, i, diff)
					}
				}
			}
		}
	}
}

func subsets(all []merge.Place) (list [][]merge.Place) {
	for n := range 1 << len(all) {
		var some []merge.Place
		for i, p := range all {
			if n>>i&1 == 1 {
				some = append(some, p)
			}
		}
		list = append(list, some)
	}
	return list
}
