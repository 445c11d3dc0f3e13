package hub_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/hub"
	"tahti/internal/lens"
	"tahti/internal/recur"
	"tahti/internal/store"
)

func (r *room) patch(by hub.Actor, id store.ID, w calendar.Wall, scope hub.Scope, c hub.Change) (a crm.Activity, err error) {
	err = r.try(func(tx *store.Tx) (err error) {
		a, err = r.hub.PatchOccurrence(r.ctx, tx, by, id, w, scope, c)
		return err
	})
	return a, err
}

func (r *room) remove(by hub.Actor, id store.ID, w calendar.Wall, scope hub.Scope) error {
	return r.try(func(tx *store.Tx) error { return r.hub.DeleteOccurrence(r.ctx, tx, by, id, w, scope) })
}

// seen is what somebody who looks at a calendar sees of an occurrence.
type seen struct {
	Start, End        time.Time
	Subject, Location string
	Busy              bool
}

func look(t rapid.TB, activities ...crm.Activity) []seen {
	t.Helper()
	var out []seen
	for _, a := range activities {
		if a.Deleted() {
			continue
		}
		list, more, err := recur.Expand(&a.Plan, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC), time.UTC, 0)
		if err != nil || more {
			t.Fatalf("expand: %v, more is %v", err, more)
		}
		for _, o := range list {
			out = append(out, seen{o.Start.UTC(), o.End.UTC(), o.Values.Subject, o.Values.Location, o.Values.Busy})
		}
	}
	slices.SortFunc(out, func(a, b seen) int {
		return firstOf(a.Start.Compare(b.Start), a.End.Compare(b.End), cmpString(a.Subject, b.Subject), cmpString(a.Location, b.Location))
	})
	return out
}

func firstOf(list ...int) int {
	for _, c := range list {
		if c != 0 {
			return c
		}
	}
	return 0
}

func cmpString(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// A split keeps what takes place: the two halves together show what the one series showed, but for what was asked for.
func TestASplitKeepsAllOccurrences(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := newRoom(rt)
		defer r.db.Close()
		a := r.create(hub.By(r.alice), drawSeries(rt))
		var starts []calendar.Wall
		for w := range recur.Starts(&a.Plan, 8) {
			if !a.Plan.IsCancelled(w) {
				starts = append(starts, w)
			}
		}
		if len(starts) == 0 {
			return
		}
		at := rapid.SampledFrom(starts).Draw(rt, "split at")
		before := look(rt, a)
		tail, err := r.patch(hub.By(r.alice), a.ID, at, hub.Following, hub.Change{
			Base: a.Revision, Fields: []string{"location"}, To: values(calendar.Values{Location: "moved here"}),
		})
		if err != nil {
			rt.Fatal(err)
		}
		head := r.activity(a.ID)
		all := []crm.Activity{head}
		if tail.ID != a.ID {
			all = append(all, tail)
			if tail.Type != a.Type || tail.Note != a.Note || tail.Done != a.Done || tail.Priority != a.Priority || tail.OwnerID != a.OwnerID {
				rt.Fatalf("the CRM's own fields are lost: %+v", tail)
			}
			for _, o := range head.Plan.Overrides {
				if o.Original >= at {
					rt.Fatalf("an override stayed behind: %+v", o)
				}
			}
			if n := len(head.Occurrences) + len(tail.Occurrences); n != len(a.Occurrences) {
				rt.Fatalf("%d occurrences had notes, now %d", len(a.Occurrences), n)
			}
		}
		after := look(rt, all...)
		for i := range before {
			before[i].Location = ""
		}
		moved := 0
		for i := range after {
			if after[i].Location == "moved here" {
				moved++
			}
			after[i].Location = ""
		}
		if d := cmp.Diff(before, after); d != "" {
			rt.Fatalf("split at %s of %q from %s: %s", at, a.Plan.Rule, a.Plan.Start, d)
		}
		if len(r.conflicts()) > 0 {
			rt.Fatalf("a split lost %+v", r.conflicts())
		}
	})
}

func TestSplitWithANewTime(t *testing.T) {
	r := newRoom(t)
	c := r.connect(r.alice, nil)
	a := weekly("Team")
	a.Note = "agenda"
	a.Plan.Overrides = []calendar.Override{
		{Original: monday(1), Set: calendar.Fields(calendar.Subject), Values: calendar.Values{Subject: "One"}},
		{Original: monday(4), Set: calendar.Fields(calendar.Subject), Values: calendar.Values{Subject: "Four"}},
	}
	a.Plan.Cancelled = []calendar.Wall{monday(2), monday(5)}
	a = r.create(hub.By(r.alice), a)
	r.link(c, a.ID, true)
	r.marked(a.ID, c)
	tail, err := r.patch(hub.By(r.alice), a.ID, monday(3), hub.Following, hub.Change{
		Fields: []string{"when"}, To: values(calendar.Values{Start: at(2026, 3, 24, 9, 0), End: at(2026, 3, 24, 9, 30)}),
	})
	if err != nil {
		t.Fatal(err)
	}
	head := r.activity(a.ID)
	tuesday := func(week int) calendar.Wall { return calendar.WallOf(2026, 3, 3+7*week, 9, 0, 0) }
	if tail.Plan.Rule != "FREQ=WEEKLY;BYDAY=TU" || tail.Plan.Start.Wall != tuesday(3) || tail.Plan.End.Wall != tuesday(3)+1800 {
		t.Errorf("the new series is %s from %s to %s", tail.Plan.Rule, tail.Plan.Start, tail.Plan.End)
	}
	if o := tail.Plan.Override(tuesday(4)); o == nil || o.Subject != "Four" || !slices.Equal(tail.Plan.Cancelled, []calendar.Wall{tuesday(5)}) {
		t.Errorf("what was said of later ones is lost: %+v", tail.Plan)
	}
	if o := head.Plan.Override(monday(1)); o == nil || len(head.Plan.Overrides) != 1 || !slices.Equal(head.Plan.Cancelled, []calendar.Wall{monday(2)}) {
		t.Errorf("what was said of earlier ones is lost: %+v", head.Plan)
	}
	if got := look(t, head); len(got) != 2 {
		t.Errorf("the old series still has %d occurrences", len(got))
	}
	if head.Note != "agenda" || tail.Note != "agenda" {
		t.Error("the note is lost")
	}
	for _, id := range []store.ID{head.ID, tail.ID} {
		list := 0
		for _, row := range r.history(id) {
			list++
			if row.Actor != "person" || row.Member != r.alice.ID {
				t.Errorf("history: %+v", row)
			}
		}
		if (id == head.ID) != (list == 1) {
			t.Errorf("activity %d has %d rows of history", id, list)
		}
	}
	r.do(func(tx *store.Tx) error {
		list, err := tx.ListWork(r.ctx, c, 0, 10)
		if len(list) != 2 || list[0].Subject != hub.Subject(tail.ID) || list[1].Subject != hub.Subject(head.ID) {
			t.Errorf("the new series is not written first: %+v", list)
		}
		return err
	})
}

func TestOneOccurrence(t *testing.T) {
	r := newRoom(t)
	a := r.create(hub.By(r.alice), weekly("Team"))
	by := hub.By(r.alice)
	one, err := r.patch(by, a.ID, monday(1), hub.This, hub.Change{
		Base: 1, Fields: []string{"subject", "when", "done", "note"},
		To: crm.Activity{Done: true, Note: "went well", Plan: calendar.Event{Values: calendar.Values{
			Subject: "Retro", Start: at(2026, 3, 10, 12, 0), End: at(2026, 3, 10, 13, 0),
		}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []crm.Occurrence{{Original: monday(1), Done: true, Note: "went well"}}
	if o := one.Plan.Override(monday(1)); o == nil || o.Set != calendar.Fields(calendar.Subject, calendar.When) || !slices.Equal(one.Occurrences, want) {
		t.Errorf("patched to %+v", one)
	}
	if one.Done || one.Changed["subject@20260309T100000"].Revision != 2 {
		t.Errorf("what is said of one is said of all: %+v", one)
	}
	// Somebody who still looks at revision 1 changes another occurrence, and then the same one.
	if _, err := r.patch(hub.By(r.bob), a.ID, monday(2), hub.This, hub.Change{Base: 1, Fields: []string{"subject"}, To: values(calendar.Values{Subject: "Demo"})}); err != nil {
		t.Errorf("another occurrence: %v", err)
	}
	var stale *hub.Stale
	if _, err := r.patch(hub.By(r.bob), a.ID, monday(1), hub.This, hub.Change{Base: 1, Fields: []string{"subject"}}); !errors.As(err, &stale) {
		t.Errorf("the same occurrence: %v", err)
	}
	// Saying what the series says inherits again.
	back, err := r.patch(by, a.ID, monday(2), hub.This, hub.Change{Fields: []string{"subject"}, To: values(calendar.Values{Subject: "Team"})})
	if err != nil || back.Plan.Override(monday(2)) != nil {
		t.Errorf("%v, still an override: %+v", err, back.Plan.Overrides)
	}
	var invalid *hub.Invalid
	for name, try := range map[string]func() error{
		"a start that there is not": func() error {
			_, err := r.patch(by, a.ID, monday(1)+60, hub.This, hub.Change{})
			return err
		},
		"recurrence of one": func() error {
			_, err := r.patch(by, a.ID, monday(1), hub.This, hub.Change{Fields: []string{"recurrence"}})
			return err
		},
		"a whole day among times": func() error {
			_, err := r.patch(by, a.ID, monday(1), hub.This, hub.Change{Fields: []string{"when"}, To: values(calendar.Values{Start: calendar.OnDate(2026, 3, 9), End: calendar.OnDate(2026, 3, 10)})})
			return err
		},
		"a scope that is none": func() error { _, err := r.patch(by, a.ID, monday(1), "some", hub.Change{}); return err },
		"removing what is not": func() error { return r.remove(by, a.ID, monday(1)+60, hub.This) },
	} {
		if err := try(); !errors.As(err, &invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRemovingOccurrences(t *testing.T) {
	r := newRoom(t)
	by := hub.By(r.alice)
	a := weekly("Team")
	a.Plan.Rule = "FREQ=WEEKLY;COUNT=4"
	a.Occurrences = []crm.Occurrence{{Original: monday(1), Note: "x"}}
	a = r.create(by, a)
	if err := r.remove(by, a.ID, monday(1), hub.This); err != nil {
		t.Fatal(err)
	}
	if err := r.remove(by, a.ID, monday(1), hub.This); err == nil {
		t.Error("removed twice")
	}
	if got := r.activity(a.ID); len(look(t, got)) != 3 || got.Occurrences != nil {
		t.Errorf("after this: %+v", got)
	}
	if err := r.remove(by, a.ID, monday(2), hub.Following); err != nil {
		t.Fatal(err)
	}
	if got := r.activity(a.ID); len(look(t, got)) != 1 || got.Deleted() {
		t.Errorf("after following: %+v", got.Plan)
	}
	if err := r.remove(by, a.ID, monday(0), hub.This); err != nil {
		t.Fatal(err)
	}
	if got := r.activity(a.ID); !got.Deleted() {
		t.Errorf("a series without occurrences is left: %+v", got.Plan)
	}
	for _, scope := range []hub.Scope{hub.All, hub.Following} {
		b := r.create(by, weekly("Team"))
		if err := r.remove(by, b.ID, monday(0), scope); err != nil || !activityOf(r, b.ID).Deleted() {
			t.Errorf("%s from the first: %v", scope, err)
		}
	}
	single := r.create(by, meeting("Once"))
	if err := r.remove(by, single.ID, monday(0), hub.This); err != nil || !activityOf(r, single.ID).Deleted() {
		t.Errorf("a series of one: %v", err)
	}
}

func activityOf(r *room, id store.ID) *crm.Activity {
	a := r.activity(id)
	return &a
}

func TestAllMoveByAsMuchAsOne(t *testing.T) {
	for name, c := range map[string]struct {
		rule       string
		from, to   calendar.Time
		start      calendar.Time
		ruleBecame string
		refused    bool
	}{
		"an hour later":             {"FREQ=WEEKLY;BYDAY=MO", at(2026, 3, 9, 10, 0), at(2026, 3, 9, 11, 0), at(2026, 3, 2, 11, 0), "FREQ=WEEKLY;BYDAY=MO", false},
		"Mondays become Thursdays":  {"FREQ=WEEKLY;BYDAY=MO", at(2026, 3, 9, 10, 0), at(2026, 3, 12, 10, 0), at(2026, 3, 5, 10, 0), "FREQ=WEEKLY;BYDAY=TH", false},
		"Mondays become Sundays":    {"FREQ=WEEKLY;BYDAY=MO", at(2026, 3, 9, 10, 0), at(2026, 3, 8, 10, 0), at(2026, 3, 1, 10, 0), "FREQ=WEEKLY;BYDAY=SU", false},
		"no day is named":           {"FREQ=WEEKLY", at(2026, 3, 9, 10, 0), at(2026, 3, 10, 10, 0), at(2026, 3, 3, 10, 0), "FREQ=WEEKLY", false},
		"two days a week":           {"FREQ=WEEKLY;BYDAY=MO,SA", at(2026, 3, 9, 10, 0), at(2026, 3, 10, 10, 0), at(2026, 3, 3, 10, 0), "FREQ=WEEKLY;BYDAY=TU,SU", false},
		"over the week's end":       {"FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU", at(2026, 3, 2, 10, 0), at(2026, 3, 3, 10, 0), at(2026, 3, 3, 10, 0), "", true},
		"the 2nd of the month":      {"FREQ=MONTHLY;BYMONTHDAY=2", at(2026, 4, 2, 10, 0), at(2026, 4, 3, 10, 0), at(2026, 3, 3, 10, 0), "FREQ=MONTHLY;BYMONTHDAY=3", false},
		"the first Monday":          {"FREQ=MONTHLY;BYDAY=1MO", at(2026, 4, 6, 10, 0), at(2026, 4, 7, 10, 0), at(2026, 3, 3, 10, 0), "", true},
		"the end moves along":       {"FREQ=WEEKLY;UNTIL=20260330T070000Z", at(2026, 3, 9, 10, 0), at(2026, 3, 9, 22, 0), at(2026, 3, 2, 22, 0), "FREQ=WEEKLY;UNTIL=20260330T190000Z", false},
		"hours that are named stay": {"FREQ=DAILY;BYHOUR=10,15", at(2026, 3, 9, 10, 0), at(2026, 3, 9, 11, 0), at(2026, 3, 2, 11, 0), "", true},
	} {
		r := newRoom(t)
		a := meeting("Team")
		a.Plan.Rule = c.rule
		a = r.create(hub.By(r.alice), a)
		got, err := r.patch(hub.By(r.alice), a.ID, c.from.Wall, hub.All, hub.Change{
			Fields: []string{"when"}, To: values(calendar.Values{Start: c.to, End: calendar.InZone(c.to.Wall+3600, zone)}),
		})
		var invalid *hub.Invalid
		switch {
		case c.refused:
			if !errors.As(err, &invalid) || invalid.Field != "recurrence" {
				t.Errorf("%s: %v", name, err)
			}
		case err != nil:
			t.Errorf("%s: %v", name, err)
		case got.Plan.Start != c.start || got.Plan.Rule != c.ruleBecame || got.Plan.End.Wall != c.start.Wall+3600:
			t.Errorf("%s: %s from %s to %s", name, got.Plan.Rule, got.Plan.Start, got.Plan.End)
		default:
			if _, plain := recur.Shift(&a.Plan, &got.Plan); !plain {
				t.Errorf("%s: not every occurrence moved by as much", name)
			}
		}
	}
}

// withWords is a weekly series of which something is said on the second, third and fourth Monday.
func withWords() crm.Activity {
	a := weekly("Team")
	a.Plan.Overrides = []calendar.Override{{Original: monday(1), Set: calendar.Fields(calendar.Subject), Values: calendar.Values{Subject: "Retro"}}}
	a.Plan.Cancelled = []calendar.Wall{monday(2)}
	a.Occurrences = []crm.Occurrence{{Original: monday(3), Note: "bring cake"}}
	return a
}

func TestAShiftTakesOccurrencesAlong(t *testing.T) {
	r := newRoom(t)
	c := r.connect(r.alice, func(s *lens.Settings) { s.Direction = lens.TwoWay })
	a := r.create(hub.By(r.alice), withWords())
	r.link(c, a.ID, true)
	move := hub.Change{Fields: []string{"when"}, To: values(calendar.Values{Start: at(2026, 3, 3, 12, 0), End: at(2026, 3, 3, 13, 0)})}
	moved := r.mustUpdate(hub.By(r.alice), a.ID, move)
	delta := 26 * calendar.Wall(3600)
	if moved.Plan.Override(monday(1)+delta) == nil || !moved.Plan.IsCancelled(monday(2)+delta) || moved.Occurrences[0].Original != monday(3)+delta {
		t.Errorf("moved to %+v %+v", moved.Plan, moved.Occurrences)
	}
	if len(moved.Changed) != 2 || len(r.conflicts()) > 0 {
		t.Errorf("every occurrence looks edited: %v, %+v", moved.Changed, r.conflicts())
	}
	r.do(func(tx *store.Tx) error {
		_, err := r.hub.Undo(r.ctx, tx, hub.By(r.alice), r.history0(tx, a.ID))
		return err
	})
	if d := cmp.Diff(said(a), said(r.activity(a.ID))); d != "" {
		t.Errorf("undo: %s", d)
	}
}

// history0 is the newest row of history.
func (r *room) history0(tx *store.Tx, activity store.ID) store.ID {
	rows, err := tx.ListHistory(r.ctx, 0, activity, 0, 1)
	if err != nil || len(rows) == 0 {
		r.t.Fatalf("no history: %v", err)
	}
	return rows[0].ID
}

func TestAnotherPatternKeepsWhatFits(t *testing.T) {
	r := newRoom(t)
	c := r.connect(r.alice, nil)
	a := r.create(hub.By(r.alice), withWords())
	r.link(c, a.ID, true)
	to := crm.Activity{Plan: calendar.Event{Rule: "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO"}}
	to.Plan.Start, to.Plan.End = at(2026, 3, 2, 15, 0), at(2026, 3, 2, 16, 0)
	next := r.mustUpdate(hub.By(r.alice), a.ID, hub.Change{Fields: []string{"when", "recurrence"}, To: to})
	if !slices.Equal(next.Plan.Cancelled, []calendar.Wall{monday(2) + 5*3600}) || next.Plan.Overrides != nil || next.Occurrences != nil {
		t.Errorf("became %+v %+v", next.Plan, next.Occurrences)
	}
	var filed []string
	for _, c := range r.conflicts() {
		filed = append(filed, c.Field+"@"+c.Original+"="+string(c.Lost))
		if c.Activity != a.ID || c.Winner != "crm" {
			t.Errorf("conflict: %+v", c)
		}
	}
	slices.Sort(filed)
	if want := []string{`note@20260323T100000="bring cake"`, `subject@20260309T100000="Retro"`}; !slices.Equal(filed, want) {
		t.Errorf("filed %v", filed)
	}
	r.do(func(tx *store.Tx) error {
		_, err := r.hub.Undo(r.ctx, tx, hub.By(r.alice), r.history0(tx, a.ID))
		return err
	})
	if d := cmp.Diff(said(a), said(r.activity(a.ID))); d != "" {
		t.Errorf("undo: %s", d)
	}
}

func TestStraysOfACalendarAreFiledOnce(t *testing.T) {
	r := newRoom(t)
	c := r.connect(r.alice, nil)
	a := withOwner(weekly("Team"), r.alice)
	stray := []calendar.Override{{Original: monday(1) + 60, Set: calendar.Fields(calendar.Subject), Values: calendar.Values{Subject: "Stray"}}}
	a.Plan.Overrides = slices.Clone(stray)
	theirs := a.Plan.Clone()
	a = r.create(hub.BySync(c, 0), a)
	if a.Plan.Overrides != nil || len(r.conflicts()) != 1 {
		t.Fatalf("%+v, filed %+v", a.Plan.Overrides, r.conflicts())
	}
	id := r.link(c, a.ID, false)
	r.do(func(tx *store.Tx) error {
		l, err := tx.Link(r.ctx, id)
		if err != nil {
			return err
		}
		l.RemoteEvent = &theirs
		return tx.PutLink(r.ctx, &l)
	})
	e := theirs.Clone()
	e.Subject = "Team B"
	r.mustUpdate(hub.BySync(c, 0), a.ID, hub.Planned(a.Revision, &e, calendar.Fields(calendar.Subject)))
	if n := len(r.conflicts()); n != 1 {
		t.Errorf("the stray was filed %d times", n)
	}
}

// said is what an activity says, without what tells how it came to say it.
func said(a crm.Activity) crm.Activity {
	a = a.Clone()
	a.Revision, a.Changed, a.UpdatedAt, a.DoneAt = 0, nil, time.Time{}, time.Time{}
	return a
}
