package world

import (
	"strings"
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/store"
)

// TestWhatIsMissedOfAnEventThatTwoDeleted: one deletes the activity, another edits its event and then deletes that as well. To whoever
// looked in between the edit outlives the deletion (I5); from then on nothing is to come back (I4).
func TestWhatIsMissedOfAnEventThatTwoDeleted(t *testing.T) {
	w := someWorld(t)
	e := calendar.Event{Known: calendar.AllFields, Values: calendar.Values{Subject: w.book.fresh()}}
	here, there, back := e.Clone(), e.Clone(), e.Clone()
	here.Description, there.Location = w.book.fresh(), w.book.fresh()
	back.Description, back.Location = here.Description, there.Location
	for move, typed := range []func(){
		1: func() { w.typed("bob", "there", nil, &e) },
		2: func() { w.typed("alice", "crm", &e, &here) },
		4: func() { w.typed("alice", "crm", &here, nil) },
		6: func() { w.typed("bob", "there", &e, &there) },
		9: func() { w.typed("bob", "there", &there, nil) },
	} {
		if w.move = move; typed != nil {
			typed()
		}
	}
	for before, want := range map[int][2]bool{4: {true, false}, 7: {true, true}, 9: {true, true}, 10: {false, true}} {
		if missed, deleted := w.book.missed(&back, before); missed != want[0] || deleted != want[1] {
			t.Errorf("before move %d: missed %t, deleted %t", before, missed, deleted)
		}
	}
}

// TestWhatARunHasListedOutlivesADeletion: somebody edits the event of an activity that is deleted, and edits it once more while a run has the
// first of that in hands. It brings the activity back for that, which has lost to what the activity says (I5). To a run that begins behind
// the second edit the first is no reason.
func TestWhatARunHasListedOutlivesADeletion(t *testing.T) {
	w := someWorld(t)
	was := calendar.Event{Known: calendar.AllFields, Values: calendar.Values{Subject: w.book.fresh()}}
	first, second := was.Clone(), was.Clone()
	first.Location, second.Location = w.book.fresh(), w.book.fresh()
	w.move = 3
	w.typed("alice", "there", &was, &first)
	w.move = 7
	w.typed("alice", "there", &first, &second)
	w.rows.conflicts[1] = &store.Conflict{ID: 1, Activity: 41, Lost: []byte(`{"location":"` + first.Location + `"}`)}
	for before, want := range map[int]bool{5: true, 7: true, 8: false} {
		if got := w.outlived(41, before); got != want {
			t.Errorf("to a run that began in move %d it outlived its deletion: %t", before, got)
		}
	}
	if w.outlived(42, 5) {
		t.Error("another activity has lost nothing")
	}
}

// TestAStartThatStandsTwiceIsNoMark: a date of a series begins when the series does, and only takes longer. The series is moved on one
// side and that date on the other, so that nobody has seen the start go.
func TestAStartThatStandsTwiceIsNoMark(t *testing.T) {
	w := someWorld(t)
	e := w.someEvent()
	e.Start, e.Rule = calendar.Time{Kind: calendar.UTC, Wall: w.book.freshStart()}, "FREQ=DAILY;COUNT=4"
	w.typed("bob", "there", nil, &e)
	key := "@" + minute(e.Start)
	if k := w.book.marks[key]; k == nil || k.excused != "" {
		t.Fatalf("%+v", k)
	}
	o := e.EnsureOverride(e.Start.Wall)
	o.Set, o.Start = calendar.Fields(calendar.When), e.Start
	w.typed("bob", "there", &e, &e)
	if k := w.book.marks[key]; k.excused == "" {
		t.Errorf("%+v", k)
	}
}

// TestAStartThatStoodThereBeforeIsNobodysMark: a write that broke off between its parts gave a series another end, and a date that says
// something of its own kept the old one, so that it shows when it is. Whoever then edits another date has typed nothing of that.
func TestAStartThatStoodThereBeforeIsNobodysMark(t *testing.T) {
	w := someWorld(t)
	e := w.someEvent()
	e.Start, e.Rule = calendar.Time{Kind: calendar.UTC, Wall: w.book.freshStart()}, "FREQ=DAILY;COUNT=4"
	w.typed("bob", "there", nil, &e)
	before := e.Clone()
	kept := before.EnsureOverride(e.Start.Wall + calendar.Day)
	kept.Set, kept.Start = calendar.Fields(calendar.When), calendar.Time{Kind: calendar.UTC, Wall: kept.Original}
	after := before.Clone()
	edited := after.EnsureOverride(e.Start.Wall + 2*calendar.Day)
	edited.Set, edited.Location = calendar.Fields(calendar.Location), w.book.fresh()
	w.typed("bob", "there", &before, &after)
	if k := w.book.marks["@"+minute(kept.Start)]; k != nil {
		t.Errorf("%+v is nothing that bob typed", k)
	}
	if w.book.marks[edited.Location] == nil {
		t.Error("what bob typed is no mark")
	}
	moved := after.Clone()
	moved.Override(kept.Original).Start.Wall = w.book.freshStart()
	w.typed("bob", "there", &after, &moved)
	if k := w.book.marks["@"+minute(moved.Override(kept.Original).Start)]; k == nil || k.replaced {
		t.Errorf("the start that bob gave it is %+v", k)
	}
}

// TestAnEventIsOpenedBeforeItsCreationIsAnswered: nothing ties it yet, but whoever no longer keeps it to themselves has opened the activity
// that it was made for. A copy, which somebody made of it with all its marks, is another event.
func TestAnEventIsOpenedBeforeItsCreationIsAnswered(t *testing.T) {
	w := someWorld(t)
	s := w.sides[0]
	secret := w.someEvent()
	secret.Private = true
	made := &crm.Activity{ID: 4711, Plan: secret}
	w.rows.activities[made.ID] = made
	e := s.server.add(secret)
	e.key = "key-1-4711-1-calendar-0"
	before := e.event.Clone()
	e.event.Private = false
	for _, ours := range []bool{false, true} {
		e.ours = ours
		if w.opened(s, e, &before); w.rows.opened[made.ID] != ours {
			t.Errorf("ours %t: activity %d is opened: %t", ours, made.ID, w.rows.opened[made.ID])
		}
	}
}

// TestAnEventIsOpenedBeforeItComesInAsItWas: what was read of it was private still, and so is the activity that it becomes. What is typed into
// that is open once the rest is heard, if somebody has opened the event, and nobody has closed it again.
func TestAnEventIsOpenedBeforeItComesInAsItWas(t *testing.T) {
	for name, c := range map[string]struct {
		then func(w *World, s *side, e *entry)
		want string
	}{
		"it is opened": {open, ""},
		"it is opened and closed again": {func(w *World, s *side, e *entry) {
			open(w, s, e)
			e.event.Private = true
		}, "I23"},
		"nobody has opened it": {func(_ *World, _ *side, e *entry) { e.event.Private = false }, "I23"},
	} {
		t.Run(name, func(t *testing.T) {
			w := someWorld(t)
			s := w.sides[0]
			secret := w.someEvent()
			secret.Private = true
			e := s.server.add(secret)
			c.then(w, s, e)

			a := &crm.Activity{ID: 4711, OwnerID: s.user.ID, Plan: secret}
			w.rows.activities[a.ID], w.rows.linked[linkKey{s.id, string(e.id)}] = a, a.ID
			w.activityTold(&worker{side: s}, nil, a)
			typed := a.Clone()
			typed.Plan.Location = w.book.fresh()
			w.saving = true
			w.activityTold(nil, a, &typed)
			w.saving = false
			is := typed.Clone()
			is.Plan.Private = false
			w.activityTold(&worker{side: s}, &typed, &is)
			got := strings.Join(w.broken, "\n")
			if (c.want == "") != (got == "") || !strings.HasPrefix(got, c.want) {
				t.Errorf("broke %q, want %q", got, c.want)
			}
		})
	}
}

// open lets somebody no longer keep an event to themselves.
func open(w *World, s *side, e *entry) {
	before := e.event.Clone()
	e.event.Private = false
	w.opened(s, e, &before)
}

// TestATitleIsSomebodysUntilTheyReplaceIt: an event that holds its mark between other words counts where two sides are taken over, and is
// not called as its activity was before somebody gave that another title.
func TestATitleIsSomebodysUntilTheyReplaceIt(t *testing.T) {
	w := someWorld(t)
	e := calendar.Event{Known: calendar.AllFields, Values: calendar.Values{Subject: w.book.fresh() + " and more"}}
	other := e.Clone()
	other.Subject = w.book.fresh()
	for _, step := range []struct {
		before, after *calendar.Event
		title         string
	}{{nil, &e, e.Subject}, {&e, nil, e.Subject}, {nil, &e, e.Subject}, {&e, &other, ""}, {&other, &e, e.Subject}} {
		w.typed("alice", "crm", step.before, step.after)
		if k := w.book.marks[marksOf(&e)[0]]; k.title != step.title {
			t.Errorf("from %v to %v: its title is %q, want %q", step.before, step.after, k.title, step.title)
		}
	}
}
