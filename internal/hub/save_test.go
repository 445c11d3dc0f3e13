package hub_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/hub"
	"tahti/internal/lens"
	"tahti/internal/store"
)

func TestCreateChecksWhatItSaves(t *testing.T) {
	r := newRoom(t)
	when := func(from, to calendar.Time) func(*crm.Activity) {
		return func(a *crm.Activity) { a.Plan.Start, a.Plan.End = from, to }
	}
	day := calendar.OnDate(2026, 3, 2)
	for name, c := range map[string]struct {
		change func(*crm.Activity)
		field  string
		code   string
	}{
		"a meeting":                      {func(*crm.Activity) {}, "", ""},
		"without a date":                 {when(calendar.Time{}, calendar.Time{}), "", ""},
		"a whole day":                    {when(day, day), "", ""},
		"a flight across zones":          {when(at(2026, 3, 2, 10, 0), calendar.InZone(at(2026, 3, 2, 9, 0).Wall, "Europe/London")), "", ""},
		"a start alone":                  {when(at(2026, 3, 2, 10, 0), calendar.Time{}), "", ""},
		"ends before it starts":          {when(at(2026, 3, 2, 10, 0), at(2026, 3, 2, 9, 0)), "when", hub.CodeEndFirst},
		"ends before it starts by zones": {when(at(2026, 3, 2, 10, 0), calendar.InZone(at(2026, 3, 2, 7, 0).Wall, "Europe/London")), "when", hub.CodeEndFirst},
		"an end without a start":         {when(calendar.Time{}, day), "when", hub.CodeNeedsDate},
		"a date and a time":              {when(day, at(2026, 3, 2, 9, 0)), "when", hub.CodeKinds},
		"a day with a time of day":       {when(calendar.Time{Kind: calendar.Date, Wall: 60}, calendar.Time{Kind: calendar.Date, Wall: 90}), "when", hub.CodeOutOfRange},
		"a zone nobody knows":            {when(calendar.InZone(0, "Mars/Base"), calendar.InZone(0, "Mars/Base")), "when", hub.CodeUnknownZone},
		"a zone that is a path":          {when(calendar.InZone(0, "../../etc/passwd"), calendar.InZone(0, "../../etc/passwd")), "when", hub.CodeUnknownZone},
		"a zone without a name":          {when(calendar.InZone(0, ""), calendar.InZone(0, "")), "when", hub.CodeUnknownZone},
		"eleven years":                   {when(day, calendar.OnDate(2037, 3, 2)), "when", hub.CodeTooLong},
		"beyond all years":               {when(calendar.AtUTC(time.Unix(1<<50, 0)), calendar.AtUTC(time.Unix(1<<50, 0))), "when", hub.CodeOutOfRange},
		"a kind nobody knows":            {when(calendar.Time{Kind: 9}, calendar.Time{Kind: 9}), "when", hub.CodeOutOfRange},
		"recurs":                         {func(a *crm.Activity) { a.Plan.Rule = "freq=weekly" }, "", ""},
		"recurs without a date": {func(a *crm.Activity) {
			a.Plan.Start, a.Plan.End, a.Plan.Rule = calendar.Time{}, calendar.Time{}, "FREQ=DAILY"
		}, "recurrence", hub.CodeNeedsDate},
		"a rule that is none":      {func(a *crm.Activity) { a.Plan.Rule = "EVERY DAY" }, "recurrence", hub.CodeBadRule},
		"a rule without a day":     {func(a *crm.Activity) { a.Plan.Rule = "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30" }, "", ""},
		"a further date of a kind": {func(a *crm.Activity) { a.Plan.Extra = []calendar.Time{day} }, "recurrence", hub.CodeKinds},
		"a long subject":           {func(a *crm.Activity) { a.Plan.Subject = strings.Repeat("ä", hub.MaxSubject) }, "", ""},
		"a longer subject":         {func(a *crm.Activity) { a.Plan.Subject = strings.Repeat("ä", hub.MaxSubject+1) }, "subject", hub.CodeTooLong},
		"a book":                   {func(a *crm.Activity) { a.Plan.Description = strings.Repeat("x", hub.MaxText+1) }, "description", hub.CodeTooLong},
		"a note like a book":       {func(a *crm.Activity) { a.Note = strings.Repeat("x", hub.MaxText+1) }, "note", hub.CodeTooLong},
		"not UTF-8":                {func(a *crm.Activity) { a.Plan.Location = "\xff" }, "location", hub.CodeBadText},
		"a zero byte":              {func(a *crm.Activity) { a.Plan.Subject = "a\x00b" }, "subject", hub.CodeBadText},
		"a crowd":                  {func(a *crm.Activity) { a.Plan.Guests = guests(hub.MaxGuests + 1) }, "guests", hub.CodeTooMany},
		"no type":                  {func(a *crm.Activity) { a.Type = "" }, "type", hub.CodeRequired},
		"an unknown type":          {func(a *crm.Activity) { a.Type = "party" }, "type", hub.CodeUnknown},
		"an unknown owner":         {func(a *crm.Activity) { a.OwnerID = 4711 }, "owner", hub.CodeUnknown},
		"an unknown deal":          {func(a *crm.Activity) { a.DealID = 4711 }, "deal", hub.CodeUnknown},
		"an unknown visibility":    {func(a *crm.Activity) { a.Visibility = "all" }, "visibility", hub.CodeUnknown},
		"no priority":              {func(a *crm.Activity) { a.Priority = -1 }, "priority", hub.CodeOutOfRange},
	} {
		a := meeting("Meeting")
		c.change(&a)
		err := r.try(func(tx *store.Tx) error {
			saved, err := r.hub.Create(r.ctx, tx, hub.By(r.alice), a)
			if err == nil && (saved.ID == 0 || saved.Revision != 1 || saved.OwnerID != r.alice.ID) {
				t.Errorf("%s: saved as %+v", name, saved)
			}
			if err == nil {
				stored, err := tx.Activity(r.ctx, saved.ID)
				if d := cmp.Diff(saved, stored); err != nil || d != "" {
					t.Errorf("%s: %v, what is answered is not what is stored: %s", name, err, d)
				}
			}
			return err
		})
		var invalid *hub.Invalid
		switch {
		case c.code == "" && err != nil:
			// A rule may be refused by the package of rules; everything else here has to pass.
			if !errors.As(err, &invalid) || name != "a rule without a day" || invalid.Code != hub.CodeBadRule {
				t.Errorf("%s: %v", name, err)
			}
		case c.code != "" && (!errors.As(err, &invalid) || invalid.Field != c.field || invalid.Code != c.code):
			t.Errorf("%s: %v, want %s: %s", name, err, c.field, c.code)
		}
	}
}

func guests(n int) []calendar.Guest {
	var out []calendar.Guest
	for i := range n {
		out = append(out, calendar.Guest{Person: calendar.Person{Email: strings.Repeat("g", i%7+1) + string(rune('a'+i%26)) + "@" + time.Duration(i).String() + ".example"}})
	}
	return out
}

func TestDraftsOfPeople(t *testing.T) {
	r := newRoom(t)
	a := crm.Activity{Type: "call"}
	a.Plan.UID, a.Plan.Organizer.Email, a.Plan.Status = "uid", "x@example.com", calendar.Cancelled
	a.Plan.Description, a.Origin, a.ID, a.Revision = "one\r\ntwo", 9, 0, 12
	a = r.create(hub.By(r.bob), a)
	if a.Plan.Subject != "Call" || a.Plan.Description != "one\ntwo" || a.Visibility != crm.Everyone || a.OwnerID != r.bob.ID {
		t.Errorf("saved as %+v", a)
	}
	if a.Plan.UID != "" || a.Plan.Organizer.Email != "" || a.Plan.Status != "" || a.Origin != 0 || a.CreatorID != r.bob.ID {
		t.Errorf("a person sets what is the calendar's to say: %+v", a)
	}
	if h := r.history(a.ID); len(h) != 0 {
		t.Errorf("what no connection carries has history: %+v", h)
	}
}

func TestASaveThatChangesNothingWritesNothing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := newRoom(rt)
		defer r.db.Close()
		c := r.connect(r.alice, nil)
		a := r.create(hub.By(r.alice), drawSeries(rt))
		r.link(c, a.ID, true)
		r.marked(a.ID, c)
		fields := slices.Concat(allFields(), []string{hub.FieldOverrides, hub.FieldOccurrences})
		for _, by := range []hub.Actor{hub.By(r.alice), hub.BySync(c+1, 0), {Kind: hub.System}} {
			same := r.mustUpdate(by, a.ID, hub.Change{Base: a.Revision, Fields: fields, To: a.Clone()})
			if d := cmp.Diff(a, same); d != "" {
				rt.Fatalf("%s: %s", by.Kind, d)
			}
		}
		if d := cmp.Diff(a, r.activity(a.ID)); d != "" {
			rt.Fatal(d)
		}
		if h := r.history(a.ID); len(h) > 0 || r.marked(a.ID, c)[0] {
			rt.Fatalf("a quiet save left %+v", h)
		}
	})
}

// allFields are the keys of a series.
func allFields() []string {
	out := []string{"type", "note", "done", "owner", "visibility", "priority", "deal", "person", "org"}
	for _, f := range calendar.AllFields.List() {
		out = append(out, f.String())
	}
	return out
}

func TestEditsOfOthersMergeByField(t *testing.T) {
	r := newRoom(t)
	a := r.create(hub.By(r.alice), meeting("First"))
	base := a.Revision
	a = r.mustUpdate(hub.By(r.bob), a.ID, hub.Change{Base: base, Fields: []string{"subject"}, To: values(calendar.Values{Subject: "Bob's"})})
	if a.Revision != 2 || a.Changed["subject"].Revision != 2 || !a.UpdatedAt.Equal(a.Changed["subject"].At) {
		t.Fatalf("after the first edit: %+v", a)
	}
	_, err := r.update(hub.By(r.alice), a.ID, hub.Change{
		Base: base, Fields: []string{"subject", "location"}, To: values(calendar.Values{Subject: "Alice's", Location: "Oulu"}),
	})
	var stale *hub.Stale
	if !errors.As(err, &stale) || !slices.Equal(stale.Fields, []string{"subject"}) || stale.Current.Plan.Subject != "Bob's" {
		t.Fatalf("both changed the subject: %v", err)
	}
	merged := r.mustUpdate(hub.By(r.alice), a.ID, hub.Change{Base: base, Fields: []string{"location"}, To: values(calendar.Values{Location: "Oulu"})})
	if merged.Plan.Subject != "Bob's" || merged.Plan.Location != "Oulu" || merged.Revision != 3 {
		t.Errorf("different fields do not merge: %+v", merged)
	}
	same := r.mustUpdate(hub.By(r.alice), a.ID, hub.Change{Base: base, Fields: []string{"subject"}, To: values(calendar.Values{Subject: "Bob's"})})
	if same.Revision != 3 {
		t.Error("typing what stands there already is a conflict")
	}
	last := r.mustUpdate(hub.By(r.carol), a.ID, hub.Change{Fields: []string{"subject"}, To: values(calendar.Values{Subject: "Carol's"})})
	if last.Plan.Subject != "Carol's" {
		t.Error("without a base the last write wins")
	}
	if _, err := r.update(hub.BySync(1, 0), a.ID, hub.Change{Base: 3, Fields: []string{"location"}}); !errors.As(err, &stale) {
		t.Errorf("a run planned on another revision: %v", err)
	}
	var invalid *hub.Invalid
	if _, err := r.update(hub.By(r.carol), a.ID, hub.Change{Base: 99, Fields: []string{"location"}}); !errors.As(err, &invalid) {
		t.Errorf("a revision that never was: %v", err)
	}
	if _, err := r.update(hub.By(r.carol), a.ID, hub.Change{Fields: []string{"colour"}}); !errors.As(err, &invalid) || invalid.Code != hub.CodeUnknownField {
		t.Errorf("a field that is none: %v", err)
	}
	if at := hub.ChangedAt(&last, "subject"); !at.Equal(last.UpdatedAt) {
		t.Errorf("subject changed at %s", at)
	}
	if at := hub.ChangedAt(&last, "when"); !at.Equal(last.CreatedAt) {
		t.Errorf("when changed at %s", at)
	}
}

func TestDoneHasATime(t *testing.T) {
	r := newRoom(t)
	a := r.create(hub.By(r.alice), meeting("Call back"))
	done := r.mustUpdate(hub.By(r.alice), a.ID, hub.Change{Fields: []string{"done"}, To: crm.Activity{Done: true}})
	if !done.DoneAt.Equal(done.UpdatedAt) {
		t.Errorf("done at %s", done.DoneAt)
	}
	if again := r.mustUpdate(hub.By(r.alice), a.ID, hub.Change{Fields: []string{"done"}}); !again.DoneAt.IsZero() {
		t.Errorf("open again, and done at %s", again.DoneAt)
	}
}

func TestDeleteAndRevive(t *testing.T) {
	r := newRoom(t)
	c := r.connect(r.alice, nil)
	a := r.create(hub.BySync(c, 0), withOwner(meeting("Gone"), r.alice))
	del := func(by hub.Actor) error {
		return r.try(func(tx *store.Tx) error { return r.hub.Delete(r.ctx, tx, by, a.ID) })
	}
	if err := del(hub.BySync(c, 0)); err != nil {
		t.Fatal(err)
	}
	if err := del(hub.BySync(c, 0)); err != nil {
		t.Fatal(err)
	}
	gone := r.activity(a.ID)
	if !gone.Deleted() || gone.Revision != 2 {
		t.Fatalf("deleted as %+v", gone)
	}
	if _, err := r.update(hub.By(r.alice), a.ID, hub.Change{Fields: []string{"subject"}}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a deleted activity is edited: %v", err)
	}
	var back crm.Activity
	r.do(func(tx *store.Tx) (err error) {
		back, err = r.hub.Revive(r.ctx, tx, hub.BySync(c, 0), a.ID)
		return err
	})
	if back.Deleted() || back.Revision != 3 || back.Plan.Subject != "Gone" {
		t.Errorf("revived as %+v", back)
	}
	var kinds []string
	for _, row := range r.history(a.ID) {
		kinds = append(kinds, row.Kind)
		if row.Direction != "in" || row.Actor != "sync" || row.Connection != c || !json.Valid(row.Before) || !json.Valid(row.After) {
			t.Errorf("history: %+v", row)
		}
	}
	if !slices.Equal(kinds, []string{"revive", "delete", "create"}) {
		t.Errorf("history: %v", kinds)
	}
}

func withOwner(a crm.Activity, u crm.User) crm.Activity {
	a.OwnerID = u.ID
	return a
}

func TestWhoGetsWork(t *testing.T) {
	r := newRoom(t)
	own := r.connect(r.alice, nil)
	oneWayIn := r.connect(r.alice, func(s *lens.Settings) { s.Direction = lens.ToCRM })
	ticks := r.connect(r.alice, func(s *lens.Settings) { s.Done = "tick" })
	labels := r.connect(r.alice, func(s *lens.Settings) { s.CRMContext = true })
	bobs := r.connect(r.bob, nil)
	stopped := r.connect(r.alice, nil)
	r.do(func(tx *store.Tx) error {
		c, err := tx.Connection(r.ctx, stopped)
		if err != nil {
			return err
		}
		c.State = store.Stopped
		return tx.PutConnection(r.ctx, &c)
	})
	linkedIn := r.connect(r.carol, func(s *lens.Settings) { s.Direction = lens.ToCRM })
	all := []store.ID{own, oneWayIn, ticks, labels, bobs, stopped, linkedIn}

	a := r.create(hub.By(r.alice), meeting("Meeting"))
	check := func(name string, want ...store.ID) {
		t.Helper()
		for i, marked := range r.marked(a.ID, all...) {
			if marked != slices.Contains(want, all[i]) {
				t.Errorf("%s: connection %d of %v is marked: %v", name, all[i], all, marked)
			}
		}
	}
	check("created", own, ticks, labels)
	r.link(linkedIn, a.ID, false)
	deal := crm.Deal{Title: "Big deal"}
	r.do(func(tx *store.Tx) (err error) {
		deal, err = r.hub.SaveDeal(r.ctx, tx, hub.By(r.alice), deal)
		return err
	})

	for _, c := range []struct {
		name   string
		by     hub.Actor
		change hub.Change
		want   []store.ID
	}{
		{"a note is nobody's", hub.By(r.alice), hub.Change{Fields: []string{"note"}, To: crm.Activity{Note: "x"}}, nil},
		{"done, for those that tick", hub.By(r.alice), hub.Change{Fields: []string{"done"}, To: crm.Activity{Done: true}}, []store.ID{ticks}},
		{"a deal, for those that label", hub.By(r.alice), hub.Change{Fields: []string{"deal"}, To: crm.Activity{DealID: deal.ID}}, []store.ID{labels}},
		{"visibility is nobody's", hub.By(r.alice), hub.Change{Fields: []string{"visibility"}, To: crm.Activity{Visibility: crm.OwnerOnly}}, nil},
		{"a type decides on the scope", hub.By(r.alice), hub.Change{Fields: []string{"type"}, To: crm.Activity{Type: "call"}}, []store.ID{own, ticks, labels, linkedIn}},
		{"a subject", hub.By(r.alice), hub.Change{Fields: []string{"subject"}, To: values(calendar.Values{Subject: "y"})}, []store.ID{own, ticks, labels, linkedIn}},
		{"what a connection brought, for the others", hub.BySync(own, 0), hub.Change{Fields: []string{"subject"}, To: values(calendar.Values{Subject: "z"})}, []store.ID{ticks, labels, linkedIn}},
		{"answers stay here", hub.BySync(own, 0), hub.Change{Fields: []string{"answer"}, To: values(calendar.Values{Answer: calendar.Accepted})}, nil},
		{"the old and the new owner", hub.By(r.alice), hub.Change{Fields: []string{"owner"}, To: crm.Activity{OwnerID: r.bob.ID}}, []store.ID{own, ticks, labels, bobs, linkedIn}},
	} {
		before := r.activity(a.ID).Revision
		if after := r.mustUpdate(c.by, a.ID, c.change); after.Revision != before+1 {
			t.Fatalf("%s: nothing changed", c.name)
		}
		check(c.name, c.want...)
	}
	r.do(func(tx *store.Tx) error {
		deal.Title = "Small deal"
		_, err := r.hub.SaveDeal(r.ctx, tx, hub.By(r.alice), deal)
		return err
	})
	check("a new name of the deal is nobody's who is not linked")
	r.do(func(tx *store.Tx) error { return r.hub.Delete(r.ctx, tx, hub.By(r.bob), a.ID) })
	check("deleted", bobs, linkedIn)
}
