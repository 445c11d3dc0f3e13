package hub_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/hub"
	"tahti/internal/store"
)

func (r *room) undo(by hub.Actor, row store.ID) (u hub.Undone, err error) {
	err = r.try(func(tx *store.Tx) (err error) { u, err = r.hub.Undo(r.ctx, tx, by, row); return err })
	return u, err
}

// Undo restores every modelled field, whatever sync wrote: also where another pattern made occurrences fit no more.
func TestUndoRestoresAllModelledFields(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := newRoom(rt)
		defer r.db.Close()
		c := r.connect(r.alice, nil)
		draft := drawSeries(rt)
		draft.OwnerID = r.alice.ID
		a := r.create(hub.BySync(c, 0), draft)
		r.link(c, a.ID, true)
		to := drawSeries(rt)
		if rapid.Bool().Draw(rt, "the same pattern, moved") && to.Plan.Start.Kind == a.Plan.Start.Kind {
			to.Plan.Rule = a.Plan.Rule
			drawOccurrences(rt, &to)
		}
		to.Plan.Status = calendar.Tentative
		fields := slices.DeleteFunc(allFields(), func(f string) bool { return f == "owner" || f == "visibility" })
		fields = append(fields, hub.FieldOverrides)
		if rapid.Bool().Draw(rt, "with notes of occurrences") {
			fields = append(fields, hub.FieldOccurrences)
		}
		written := r.mustUpdate(hub.BySync(c, 0), a.ID, hub.Change{Base: a.Revision, Fields: fields, To: to, Merged: true})
		if written.Revision == a.Revision {
			return
		}
		row := r.history(a.ID)[0]
		u, err := r.undo(hub.By(r.alice), row.ID)
		if err != nil || len(u.Kept) > 0 {
			rt.Fatalf("%v, kept %v\nbefore %s\nafter %s", err, u.Kept, row.Before, row.After)
		}
		if d := cmp.Diff(promised(a), promised(u.Activity)); d != "" {
			rt.Fatalf("%s\nbefore %s\nafter %s", d, row.Before, row.After)
		}
		if d := cmp.Diff(u.Activity, r.activity(a.ID)); d != "" {
			rt.Fatal(d)
		}
		var denied *hub.Denied
		if _, err := r.undo(hub.By(r.alice), row.ID); !errors.As(err, &denied) || denied.Code != hub.DeniedUndone {
			rt.Fatalf("undone twice: %v", err)
		}
		// Undo is an ordinary edit: it can be undone itself.
		again, err := r.undo(hub.By(r.alice), r.history(a.ID)[0].ID)
		if err != nil || len(again.Kept) > 0 {
			rt.Fatalf("undo the undo: %v, kept %v", err, again.Kept)
		}
		if d := cmp.Diff(promised(written), promised(again.Activity)); d != "" {
			rt.Fatalf("undo the undo: %s", d)
		}
	})
}

// promised is what an activity says and an undo puts back: no answers.
func promised(a crm.Activity) crm.Activity {
	a = said(a)
	silent := func(v *calendar.Values) {
		v.Answer = calendar.NoAnswer
		for i := range v.Guests {
			v.Guests[i].Answer = calendar.NoAnswer
		}
	}
	silent(&a.Plan.Values)
	for i := range a.Plan.Overrides {
		a.Plan.Overrides[i].Set &^= calendar.Fields(calendar.AnswerField)
		silent(&a.Plan.Overrides[i].Values)
	}
	a.Plan.Normalize()
	return a
}

// An answer is given in a calendar and only comes in: taken back here, it would differ for ever.
func TestUndoTakesNoAnswerBack(t *testing.T) {
	r := newRoom(t)
	c := r.connect(r.alice, nil)
	draft := withOwner(meeting("First"), r.alice)
	draft.Plan.Organizer.Email = r.alice.Email
	draft.Plan.Guests = []calendar.Guest{{Person: calendar.Person{Email: "x@example.org"}, Answer: calendar.NeedsReply}}
	a := r.create(hub.BySync(c, 0), draft)
	r.link(c, a.ID, true)
	replied := a.Plan.Clone()
	replied.Answer, replied.Guests[0].Answer = calendar.Maybe, calendar.Accepted
	answer, guests := calendar.AnswerField.String(), calendar.GuestsField.String()
	answered := r.mustUpdate(hub.BySync(c, 0), a.ID, hub.Change{Fields: []string{answer, guests}, To: crm.Activity{Plan: replied}})
	var denied *hub.Denied
	if _, err := r.undo(hub.By(r.alice), r.history(a.ID)[0].ID); !errors.As(err, &denied) || denied.Code != hub.DeniedNotUndoable {
		t.Errorf("answers alone are undone: %v", err)
	}
	moved := answered.Plan.Clone()
	moved.Answer, moved.Subject = calendar.Accepted, "Second"
	r.mustUpdate(hub.BySync(c, 0), a.ID, hub.Change{Fields: []string{answer, "subject"}, To: crm.Activity{Plan: moved}})
	u, err := r.undo(hub.By(r.alice), r.history(a.ID)[0].ID)
	if err != nil || len(u.Kept) > 0 || u.Activity.Plan.Subject != "First" || u.Activity.Plan.Answer != calendar.Accepted {
		t.Errorf("%v: %+v", err, u)
	}
}

func TestUndoLeavesAloneWhatWasEditedSince(t *testing.T) {
	r := newRoom(t)
	c := r.connect(r.alice, nil)
	a := r.create(hub.BySync(c, 0), withOwner(meeting("First"), r.alice))
	r.link(c, a.ID, true)
	a = r.mustUpdate(hub.BySync(c, 0), a.ID, hub.Change{Fields: []string{"subject", "location"}, To: values(calendar.Values{Subject: "Second", Location: "Oulu"})})
	row := r.history(a.ID)[0].ID
	r.mustUpdate(hub.By(r.alice), a.ID, hub.Change{Fields: []string{"subject"}, To: values(calendar.Values{Subject: "Third"})})
	u, err := r.undo(hub.By(r.alice), row)
	if err != nil || !slices.Equal(u.Kept, []string{"subject"}) || u.Activity.Plan.Subject != "Third" || u.Activity.Plan.Location != "" {
		t.Fatalf("%v: %+v", err, u)
	}
	filed := r.conflicts()
	if len(filed) != 1 || filed[0].Field != "subject" || string(filed[0].Lost) != `"First"` || string(filed[0].Kept) != `"Third"` {
		t.Fatalf("filed %+v", filed)
	}
	restore := func(by hub.Actor) (a crm.Activity, err error) {
		err = r.try(func(tx *store.Tx) (err error) { a, err = r.hub.RestoreConflict(r.ctx, tx, by, filed[0].ID); return err })
		return a, err
	}
	var denied *hub.Denied
	if _, err := restore(hub.By(r.bob)); !errors.As(err, &denied) || denied.Code != hub.DeniedMasked {
		t.Errorf("somebody else restores what they may not see: %v", err)
	}
	if a, err := restore(hub.By(r.alice)); err != nil || a.Plan.Subject != "First" {
		t.Errorf("restored to %+v: %v", a.Plan, err)
	}
	if _, err := restore(hub.By(r.alice)); !errors.As(err, &denied) || denied.Code != hub.DeniedResolved {
		t.Errorf("restored twice: %v", err)
	}
	r.do(func(tx *store.Tx) error {
		rows, err := r.hub.ConflictsOf(r.ctx, tx, r.bob, 0, 0, 10)
		if len(rows) != 1 || rows[0].Lost != nil || rows[0].Kept != nil {
			t.Errorf("bob sees %+v", rows)
		}
		return err
	})
}

func TestRestoringAConflictOfAnOccurrence(t *testing.T) {
	r := newRoom(t)
	a := r.create(hub.By(r.alice), withWords())
	file := func(field string, w calendar.Wall, lost string) store.ID {
		r.do(func(tx *store.Tx) error {
			return r.hub.AddConflict(r.ctx, tx, store.Conflict{Activity: a.ID, Field: field, Original: w.String(), Lost: []byte(lost), Winner: "calendar"})
		})
		return r.conflicts()[0].ID
	}
	for _, c := range []struct {
		name  string
		id    store.ID
		check func(crm.Activity) bool
		code  string
	}{
		{"a subject", file("subject", monday(0), `"Kick-off"`), func(a crm.Activity) bool { return a.Plan.Override(monday(0)).Subject == "Kick-off" }, ""},
		{"of one that was taken out", file("location", monday(2), `"Oulu"`), func(a crm.Activity) bool {
			return !a.Plan.IsCancelled(monday(2)) && a.Plan.Override(monday(2)).Location == "Oulu"
		}, ""},
		{"that it said nothing", file("subject", monday(1), `null`), func(a crm.Activity) bool { return a.Plan.Override(monday(1)) == nil }, ""},
		{"a cancellation", file("cancelled", monday(4), `true`), func(a crm.Activity) bool { return a.Plan.IsCancelled(monday(4)) }, ""},
		{"of a day that there is not", file("subject", monday(1)+60, `"x"`), nil, hub.CodeNoOccurrence},
		{"that cannot be read", file("subject", monday(1), `{}`), nil, hub.CodeBadSpelling},
		{"of a field that is none", file("colour", monday(1), `"x"`), nil, hub.CodeUnknownField},
	} {
		var got crm.Activity
		err := r.try(func(tx *store.Tx) (err error) {
			got, err = r.hub.RestoreConflict(r.ctx, tx, hub.By(r.alice), c.id)
			return err
		})
		var invalid *hub.Invalid
		switch {
		case c.code != "" && (!errors.As(err, &invalid) || invalid.Code != c.code):
			t.Errorf("%s: %v", c.name, err)
		case c.code == "" && (err != nil || !c.check(got)):
			t.Errorf("%s: %v, %+v", c.name, err, got.Plan)
		}
	}
	r.do(func(tx *store.Tx) error {
		return r.hub.AddConflict(r.ctx, tx, store.Conflict{Activity: a.ID, Field: "subject", Kept: []byte(`"x"`), Lost: []byte(`"x"`)})
	})
	if n := len(r.conflicts()); n != 7 {
		t.Errorf("what lost nothing is filed: %d", n)
	}
}

func TestUndoOfACreation(t *testing.T) {
	r := newRoom(t)
	c := r.connect(r.alice, nil)
	a := r.create(hub.BySync(c, 0), withOwner(meeting("Came in"), r.alice))
	link := r.link(c, a.ID, false)
	row := r.history(a.ID)[0].ID
	edited := r.create(hub.BySync(c, 0), withOwner(meeting("Worked on"), r.alice))
	editedRow := r.history(edited.ID)[0].ID
	r.mustUpdate(hub.By(r.alice), edited.ID, hub.Change{Fields: []string{"note"}, To: crm.Activity{Note: "mine"}})

	if u, err := r.undo(hub.By(r.alice), row); err != nil || !u.Activity.Deleted() {
		t.Fatalf("%v: %+v", err, u)
	}
	r.do(func(tx *store.Tx) error {
		l, err := tx.Link(r.ctx, link)
		if l.State != store.LinkSevered {
			t.Errorf("the deletion would travel: the link is %s", l.State)
		}
		return err
	})
	u, err := r.undo(hub.By(r.alice), editedRow)
	if err != nil || u.Activity.Deleted() || !slices.Equal(u.Kept, []string{"note"}) {
		t.Errorf("what was worked on is taken away: %v %+v", err, u)
	}
}

func TestUndoOfWhatWasWrittenThere(t *testing.T) {
	r := newRoom(t)
	c := r.connect(r.alice, nil)
	a := r.create(hub.By(r.alice), withWords())
	r.link(c, a.ID, true)
	add := func(kind, before, after string) store.ID {
		r.do(func(tx *store.Tx) error {
			return r.hub.AddHistory(r.ctx, tx, store.History{
				Activity: a.ID, Connection: c, Actor: "sync", Direction: "out", Kind: kind, Before: []byte(before), After: []byte(after),
			})
		})
		return r.history(a.ID)[0].ID
	}
	for _, kind := range []string{"create", "delete"} {
		_, err := r.undo(hub.By(r.alice), add(kind, "{}", "{}"))
		if code := codeOf(t, err); code != hub.DeniedNotUndoable {
			t.Errorf("%s: %q", kind, code)
		}
	}
	u, err := r.undo(hub.By(r.alice), add("update", `{"subject":"Old","cancelled@20260316T100000":false}`, `{"subject":"Team","cancelled@20260316T100000":true}`))
	if err != nil || len(u.Kept) > 0 || u.Activity.Plan.Subject != "Old" || u.Activity.Plan.Cancelled != nil {
		t.Errorf("%v: %+v", err, u)
	}
	r.mustUpdate(hub.By(r.alice), a.ID, hub.Change{Fields: []string{"private"}, To: values(calendar.Values{Private: true})})
	add("update", `{"subject":"Secret"}`, `{"subject":"Secret 2"}`)
	r.mustUpdate(hub.By(r.alice), a.ID, hub.Change{Fields: []string{"private"}})
	r.do(func(tx *store.Tx) error {
		rows, err := r.hub.HistoryOf(r.ctx, tx, r.bob, 0, a.ID, 0, 100)
		for _, row := range rows {
			if strings.Contains(string(row.Before)+string(row.After), "Secret") {
				t.Errorf("bob sees %+v", row)
			}
		}
		return err
	})
}

// A date that was taken out, of a series that ends before it by now, has no place to come back to.
func TestWhatAnUndoHasNoDateForIsKept(t *testing.T) {
	r := newRoom(t)
	c := r.connect(r.alice, nil)
	a := r.create(hub.By(r.alice), withWords())
	r.link(c, a.ID, true)
	r.do(func(tx *store.Tx) error {
		return r.hub.DeleteOccurrence(r.ctx, tx, hub.By(r.alice), a.ID, monday(1), hub.This)
	})
	taken := r.history(a.ID)[0].ID
	shorter := a.Plan.Clone()
	shorter.Rule = "FREQ=WEEKLY;COUNT=1"
	r.mustUpdate(hub.By(r.alice), a.ID, hub.Change{Fields: []string{"recurrence"}, To: crm.Activity{Plan: shorter}})
	before := len(r.conflicts())
	u, err := r.undo(hub.By(r.alice), taken)
	subject := hub.OccurrenceKey("subject", calendar.Time{Kind: a.Plan.Start.Kind, Wall: monday(1)}.Key())
	if err != nil || !slices.Contains(u.Kept, subject) {
		t.Fatalf("%v: %+v", err, u)
	}
	filed := r.conflicts()
	if !slices.ContainsFunc(filed[:len(filed)-before], func(c store.Conflict) bool { return c.Field == "subject" && string(c.Lost) == `"Retro"` }) {
		t.Errorf("filed %+v", filed)
	}
}

func TestALosingDeletionCanBeRestored(t *testing.T) {
	r := newRoom(t)
	c := r.connect(r.carol, nil)
	a := r.create(hub.By(r.alice), meeting("Meeting"))
	r.do(func(tx *store.Tx) error {
		return r.hub.AddConflict(r.ctx, tx, store.Conflict{Activity: a.ID, Connection: c, Field: hub.FieldDeleted, Lost: []byte(`"deleted_in_calendar"`)})
	})
	id := r.conflicts()[0].ID
	restore := func(u crm.User) (a crm.Activity, err error) {
		err = r.try(func(tx *store.Tx) (err error) { a, err = r.hub.RestoreConflict(r.ctx, tx, hub.By(u), id); return err })
		return a, err
	}
	if _, err := restore(r.bob); codeOf(t, err) != hub.DeniedMasked {
		t.Errorf("somebody else's calendar: %v", err)
	}
	if a, err := restore(r.carol); err != nil || !a.Deleted() {
		t.Errorf("her own calendar: %v", err)
	}
}

// A colleague's calendar, or another one of the owner's, has brought the meeting in anew before somebody takes its deletion back.
func TestNothingIsBroughtBackBesideItsMeeting(t *testing.T) {
	for name, test := range map[string]struct {
		uid     string
		people  func(r *room) (owner, organiser crm.User)
		refused bool
	}{
		"a guest has it":              {"uid", func(r *room) (owner, organiser crm.User) { return r.bob, r.alice }, true},
		"the owner has it":            {"uid", func(r *room) (owner, organiser crm.User) { return r.alice, r.alice }, true},
		"it has only the UID":         {"uid", func(r *room) (owner, organiser crm.User) { return r.bob, r.bob }, false},
		"it is of somebody uninvited": {"uid", func(r *room) (owner, organiser crm.User) { return r.carol, r.alice }, false},
		"it is another by the same":   {"another", func(r *room) (owner, organiser crm.User) { return r.bob, r.alice }, false},
	} {
		r := newRoom(t)
		c := r.connect(r.alice, nil)
		invites := func(owner, organiser crm.User, uid string) crm.Activity {
			a := withOwner(meeting("Meeting"), owner)
			a.Plan.UID, a.Plan.Organizer.Email = uid, organiser.Email
			a.Plan.Guests = []calendar.Guest{{Person: calendar.Person{Email: r.bob.Email}}}
			return r.create(hub.BySync(c, 0), a)
		}
		a := invites(r.alice, r.alice, "uid")
		r.link(c, a.ID, false)
		r.do(func(tx *store.Tx) error { return r.hub.Delete(r.ctx, tx, hub.By(r.alice), a.ID) })
		row := r.history(a.ID)[0].ID
		owner, organiser := test.people(r)
		invites(owner, organiser, test.uid)
		_, err := r.undo(hub.By(r.alice), row)
		if refused := err != nil; refused != test.refused || refused && codeOf(t, err) != hub.DeniedLivesOn {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestUndoOfADeletion(t *testing.T) {
	for name, held := range map[string]bool{"a calendar still holds it": true, "no calendar holds it": false} {
		r := newRoom(t)
		c := r.connect(r.alice, nil)
		a := withOwner(meeting("Meeting"), r.alice)
		a.Plan.UID, a.Plan.Organizer.Email = "uid", "alice@calendar.example"
		a.Plan.Guests = []calendar.Guest{{Person: calendar.Person{Email: "x@example.org"}}}
		a = r.create(hub.BySync(c, 0), a)
		if held {
			r.link(c, a.ID, false)
		}
		r.do(func(tx *store.Tx) error { return r.hub.Delete(r.ctx, tx, hub.BySync(c, 0), a.ID) })
		u, err := r.undo(hub.By(r.alice), r.history(a.ID)[0].ID)
		if err != nil || u.Activity.Deleted() || u.Activity.Plan.Subject != "Meeting" {
			t.Fatalf("%s: %v %+v", name, err, u)
		}
		p := u.Activity.Plan
		if whole := len(p.Guests) == 1 && p.UID == "uid" && p.Organizer.Email != ""; whole != held {
			t.Errorf("%s: revived as %+v", name, p)
		}
	}
}
