package engine_test

import (
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine/enginetest"
)

// TestWhatAnEditBroughtBackGoesWhenItsItemIsDeleted: an activity is edited and deleted here, its event is edited there, which brings the
// activity back (I5), and then deleted as well, before what was typed here has gone out. Both are deleted: it does not come back once
// more for what was deleted before (I4). What is edited behind its coming back does outlive the deletion.
func TestWhatAnEditBroughtBackGoesWhenItsItemIsDeleted(t *testing.T) {
	for _, again := range []bool{false, true} {
		for _, ours := range []bool{false, true} {
			r, a, id := linked(t, enginetest.Options{}, ours, event("call", 3, 10), nil)
			r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Description = "typed here" }, "description")
			r.Delete(r.Alice, a.ID)
			r.cal.Edit(id, setPlace("Room 4"))
			r.cal.Before = func(c enginetest.Call) error {
				if c.Op == "put" && c.ID == id {
					r.cal.Before = nil
					r.cal.Delete(id)
					if again {
						r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Location = "Room 5" }, "location")
					}
				}
				return nil
			}
			r.Settle(r.id)
			r.Quiet(r.id)
			here := r.Activity(a.ID)
			if held := len(r.cal.Held()); (held == 1) != again || here.Deleted() == again {
				t.Errorf("edited again %t, ours %t: %d events, and here %+v", again, ours, held, here)
			}
		}
	}
}

// TestAnAnswerBringsNoDeletedMeetingBack: somebody deletes a meeting of theirs here, and a guest's answer reaches their calendar before
// the deletion does. It is deleted (I4); only who else is invited now is an edit of it, which outlives that (I5).
func TestAnAnswerBringsNoDeletedMeetingBack(t *testing.T) {
	guest := calendar.Guest{Person: calendar.Person{Email: "dave@elsewhere.example"}, Answer: calendar.NeedsReply}
	for _, invites := range []bool{false, true} {
		meeting := event("call", 3, 10)
		meeting.Organizer, meeting.Guests = calendar.Person{Email: "alice@example.com"}, []calendar.Guest{guest}
		r, a, id := linked(t, enginetest.Options{Me: "alice@example.com"}, false, meeting, nil)
		r.cal.Edit(id, func(e *calendar.Event) {
			e.Guests[0].Answer = calendar.Declined
			if invites {
				e.Guests = append(e.Guests, calendar.Guest{Person: calendar.Person{Email: "erin@elsewhere.example"}})
			}
		})
		r.Delete(r.Alice, a.ID)
		r.Settle(r.id)
		r.Quiet(r.id)
		if held, gone := len(r.cal.Held()), r.Activity(a.ID); (held == 1) != invites || gone.Deleted() == invites {
			t.Errorf("invites more: %t: %d events, and here %+v", invites, held, gone)
		}
	}
}
