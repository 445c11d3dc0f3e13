package engine_test

import (
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine/enginetest"
	"tahti/internal/lens"
)

// TestWhatChangesWhileALinkRestsIsCarriedOverAfterwards: an activity is given to a colleague, edited on both sides, and given
// back. Each side has what the other one typed (I2), and where both typed, the losing value is kept.
func TestWhatChangesWhileALinkRestsIsCarriedOverAfterwards(t *testing.T) {
	for name, o := range map[string]enginetest.Options{"deltas": {}, "unread deltas": {Unread: true}, "listings": {Listing: true, Unread: true}} {
		t.Run(name, func(t *testing.T) {
			r, a, id := linked(t, o, false, event("call", 3, 10), nil)
			r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.OwnerID = r.Bob.ID }, "owner")
			r.Settle(r.id)
			r.Edit(r.Bob, a.ID, func(a *crm.Activity) { a.Plan.Location, a.Plan.Subject = "Room 4", "call Bob" }, "location", "subject")
			r.Settle(r.id)
			r.cal.Edit(id, func(e *calendar.Event) { e.Description, e.Subject = "there", "call there" })
			r.Settle(r.id)
			r.Quiet(r.id)
			r.Edit(r.Bob, a.ID, func(a *crm.Activity) { a.OwnerID = r.Alice.ID }, "owner")
			r.Settle(r.id)
			r.inStep(t, 1)
			if got := r.only(t).Plan; got.Location != "Room 4" || got.Description != "there" {
				t.Errorf("at %q, says %q", got.Location, got.Description)
			}
			if list := r.Conflicts(); len(list) != 1 || list[0].Field != "subject" {
				t.Errorf("conflicts: %+v", list)
			}
		})
	}
}

// TestAnEventThatGoesWhileItsLinkRestsIsNotAskedForAtEveryListing (I3).
func TestAnEventThatGoesWhileItsLinkRestsIsNotAskedForAtEveryListing(t *testing.T) {
	for name, keep := range map[string]func(*room, crm.Activity){
		"dormant": func(r *room, a crm.Activity) {
			r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.OwnerID = r.Bob.ID }, "owner")
		},
		"severed": func(r *room, _ crm.Activity) {
			r.Lab.Settings(r.id, func(s *lens.Settings) { s.DeleteInCRM = false })
		},
	} {
		t.Run(name, func(t *testing.T) {
			r, a, id := linked(t, enginetest.Options{Listing: true, Unread: true}, false, event("call", 3, 10), nil)
			keep(r, a)
			r.Settle(r.id)
			r.cal.Delete(id)
			r.Settle(r.id)
			r.Quiet(r.id)
			if r.only(t).ID != a.ID {
				t.Error("the activity is gone")
			}
		})
	}
}

// TestWhatWasWithheldMeanwhileGoesOutOnceItIsShownAgain: an edit has not gone out yet when the activity, which is private, is given to
// a colleague. The old owner's event takes in what may be shown; given back, it gets the rest (I2).
func TestWhatWasWithheldMeanwhileGoesOutOnceItIsShownAgain(t *testing.T) {
	r, a, id := linked(t, enginetest.Options{}, false, event("call", 3, 10), nil)
	r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Location, a.Plan.Private = "Room 4", true }, "location", "private")
	r.cal.Edit(id, func(e *calendar.Event) { e.End.Wall += 1800 })
	r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.OwnerID = r.Bob.ID }, "owner")
	r.Settle(r.id)
	r.Edit(r.Bob, a.ID, func(a *crm.Activity) { a.OwnerID = r.Alice.ID }, "owner")
	r.Settle(r.id)
	r.inStep(t, 1)
	if got := r.only(t).Plan; got.Location != "Room 4" {
		t.Errorf("at %q", got.Location)
	}
}
