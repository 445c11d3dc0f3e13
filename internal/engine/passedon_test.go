package engine_test

import (
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine/enginetest"
	"tahti/internal/hub"
)

// TestWhatWasTypedBehindAPassingOnIsComparedOnceItComesBack: an activity is passed on, and before sync knows, somebody types into the item
// what a colleague's CRM has no say in. It is kept, and once the activity is back both say the same (I2).
func TestWhatWasTypedBehindAPassingOnIsComparedOnceItComesBack(t *testing.T) {
	facet := func(change func(*calendar.Facets)) func(*calendar.Event) {
		return func(e *calendar.Event) {
			f := e.Facet()
			change(&f)
			e.Facets = &f
		}
	}
	for name, typed := range map[string]func(*calendar.Event){
		"its type, which all has that comes in without one": facet(func(f *calendar.Facets) { f.Type.ID = "meeting" }),
		"that it is not done":                               facet(func(f *calendar.Facets) { f.Done = false }),
		"a note, and a place, which comes in": func(e *calendar.Event) {
			facet(func(f *calendar.Facets) { f.Note = "typed" })(e)
			e.Location = "Room 4"
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRoom(t, enginetest.CRM(), everything)
			id := r.cal.Add(atUTC("Call", 3, 12, calendar.Facets{Type: calendar.Ref{ID: "call"}, Done: true}))
			r.Settle(r.id)
			a := r.only(t)
			r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.OwnerID = r.Bob.ID }, hub.FieldOwner)
			r.cal.Edit(id, typed)
			r.Settle(r.id)
			r.Quiet(r.id)
			r.Edit(r.Bob, a.ID, func(a *crm.Activity) { a.OwnerID = r.Alice.ID }, hub.FieldOwner)
			r.Settle(r.id)
			b, held := r.only(t), r.cal.Held()[id]
			f := held.Facet()
			if f.Type.ID != "call" || !f.Done || f.Note != "" || b.Type != "call" || !b.Done || b.Note != "" || b.Plan.Location != held.Location {
				t.Errorf("here: %+v, there: %+v", b, f)
			}
			if list := r.Conflicts(); len(list) != 1 || !list[0].Own || list[0].Kept != nil {
				t.Errorf("conflicts: %+v", list)
			}
			r.Quiet(r.id)
		})
	}
}

// TestTextsBehindAPassingOnOfAPrivateSeriesAreComparedOnceItComesBack: the same of what a private activity withholds, also of a date.
func TestTextsBehindAPassingOnOfAPrivateSeriesAreComparedOnceItComesBack(t *testing.T) {
	plan := series("Call", "FREQ=DAILY;COUNT=5", 3, 10)
	plan.Private = true
	r, a, id := linked(t, enginetest.Options{}, false, plan, nil)
	r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.OwnerID = r.Bob.ID }, hub.FieldOwner)
	r.cal.Edit(id, func(e *calendar.Event) {
		e.Description = "typed"
		o := e.EnsureOverride(hour(4, 10))
		o.Set, o.Location = calendar.Fields(calendar.Location), "Room 4"
	})
	r.Settle(r.id)
	r.Edit(r.Bob, a.ID, func(a *crm.Activity) { a.OwnerID = r.Alice.ID }, hub.FieldOwner)
	r.Settle(r.id)
	r.inStep(t, 1)
	if list := r.Conflicts(); len(list) != 2 {
		t.Errorf("conflicts: %+v", list)
	}
}
