package engine_test

import (
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
	"tahti/internal/store"
)

// forgetLinks loses the rows that say what belongs together, and the cursor with them.
func (r *room) forgetLinks() {
	r.Tx(func(tx engine.Tx) error {
		links, err := tx.Links(r.T.Context(), r.id, 0, 100)
		if err != nil {
			return err
		}
		for _, l := range links {
			l.State = store.LinkGone
			if err := tx.PutLink(r.T.Context(), &l); err != nil {
				return err
			}
		}
		return tx.SaveCursor(r.T.Context(), r.id, "")
	})
}

// TestScenariosOfTheMemory: what sync remembers does not fit what is there (vdirsyncer: irrelevant status, missing status; ids
// and UIDs that move).
func TestScenariosOfTheMemory(t *testing.T) {
	shift := func(e *calendar.Event) { e.Start.Wall += 3600; e.End.Wall += 3600 }
	play(t, []scenario{
		{
			name:   "irrelevant status: a row for an item that neither side has any more goes",
			theirs: only(event("Call", 3, 10)), ours: only(event("Lunch", 3, 12)),
			happens: func(r *room) {
				r.deleteThere("Call")
				r.deleteHere("Call")
				r.deleteThere("Lunch")
				r.deleteHere("Lunch")
			},
			check: func(t *testing.T, r *room) {
				if links := r.Links(r.id); len(links) != 0 {
					t.Errorf("rows are left: %+v", links)
				}
			},
		},
		{
			name:   "the same, and the calendar has forgotten the cursor",
			theirs: only(event("Call", 3, 10)), ours: only(event("Lunch", 3, 12)),
			happens: func(r *room) {
				r.deleteThere("Call")
				r.deleteHere("Call")
				r.deleteThere("Lunch")
				r.deleteHere("Lunch")
				r.cal.Forget()
			},
			check: func(t *testing.T, r *room) {
				if links := r.Links(r.id); len(links) != 0 {
					t.Errorf("rows are left: %+v", links)
				}
			},
		},
		{
			name:    "missing status: both sides have an item and nobody remembers that it is one",
			theirs:  only(event("Call", 3, 10)),
			happens: (*room).forgetLinks,
			left:    []string{"Call 3/10"},
		},
		{
			name:   "missing status, and the two differ: the calendar's word is taken, and what was typed here can be restored",
			theirs: only(event("Call", 3, 10)),
			happens: func(r *room) {
				r.forgetLinks()
				r.placeHere("Call", "Room 4")
				r.editThere("Call", func(e *calendar.Event) { e.Description = "Bring cake" })
			},
			left: []string{"Call 3/10"}, lost: []string{"location"},
			check: func(t *testing.T, r *room) {
				if a := r.only(t); a.Plan.Description != "Bring cake" {
					t.Errorf("says %q", a.Plan.Description)
				}
			},
		},
		{
			name:   "moved href: the item stands under another id, and is the same",
			theirs: only(event("Call", 3, 10)), ours: only(event("Lunch", 3, 12)),
			happens: func(r *room) {
				r.Edit(r.Alice, r.activityOf("Call"), func(a *crm.Activity) { a.Note = "ours alone" }, "note")
				r.Sync(r.id)
				r.cal.Move(r.eventOf("Call"))
				r.cal.Move(r.eventOf("Lunch"))
				foreseen, err := r.Engine.DryRun(r.T.Context(), r.Target(r.id), nil)
				if err != nil || foreseen[engine.CreatedInCRM]+foreseen[engine.DeletedInCRM]+foreseen[engine.CreatedInCalendar] != 0 {
					r.T.Errorf("the dry run foresees %v, %v", foreseen, err)
				}
				r.Pass(2 * time.Hour) // its lease runs out
			},
			left: []string{"Call 3/10", "Lunch 3/12"},
			check: func(t *testing.T, r *room) {
				if a, _ := r.find("Call"); a.Note != "ours alone" {
					t.Errorf("what is the CRM's own is lost: %+v", a)
				}
			},
		},
		{
			name:   "moved href, and edited on both sides at once",
			theirs: only(event("Call", 3, 10)), ours: only(event("Lunch", 3, 12)),
			happens: func(r *room) {
				for _, s := range []string{"Call", "Lunch"} {
					r.cal.Edit(r.cal.Move(r.eventOf(s)), shift)
					r.placeHere(s, "Room 4")
				}
			},
			left: []string{"Call 3/11 @Room 4", "Lunch 3/13 @Room 4"}, writes: 2,
		},
		{
			name:   "moved href, and somebody else's item: a forged UID takes nothing over",
			theirs: only(event("Call", 3, 10)),
			happens: func(r *room) {
				e := r.cal.Held()[r.eventOf("Call")]
				r.Edit(r.Alice, r.activityOf("Call"), func(a *crm.Activity) { a.Note = "ours alone" }, "note")
				r.deleteThere("Call")
				e.Organizer = calendar.Person{Email: "mallory@example.com"}
				e.Guests = []calendar.Guest{{Person: calendar.Person{Email: r.Alice.Email}}}
				r.cal.Add(e)
			},
			left:  []string{"Call 3/10"},
			check: func(t *testing.T, r *room) { isAnother(t, r, "Call") },
		},
		{
			name:   "moved href, and one date of the series: it is no series",
			theirs: only(series("Daily", "FREQ=DAILY;COUNT=5", 3, 9)),
			happens: func(r *room) {
				e := r.cal.Held()[r.eventOf("Daily")]
				r.Edit(r.Alice, r.activityOf("Daily"), func(a *crm.Activity) { a.Note = "ours alone" }, "note")
				r.deleteThere("Daily")
				e.Rule, e.Subject = "", "Once"
				e.Start.Wall, e.End.Wall = e.Start.Wall+calendar.Day, e.End.Wall+calendar.Day
				r.cal.Add(e)
			},
			left:  []string{"Once 4/09"},
			check: func(t *testing.T, r *room) { isAnother(t, r, "Once") },
		},
		{
			name:   "deleted, and another made that says the same: it is another",
			theirs: only(event("Call", 3, 10)),
			happens: func(r *room) {
				r.Edit(r.Alice, r.activityOf("Call"), func(a *crm.Activity) { a.Note = "ours alone" }, "note")
				r.deleteThere("Call")
				r.cal.Add(event("Call", 3, 10))
			},
			left:  []string{"Call 3/10"},
			check: func(t *testing.T, r *room) { isAnother(t, r, "Call") },
		},
		{
			name:     "duplicate hrefs: one answer names an item twice",
			calendar: enginetest.Options{Listing: true, Unread: true},
			theirs:   only(event("Call", 3, 10)), there: only(event("Lunch", 3, 12)),
			happens: func(r *room) { r.cal.Bend = twice },
			left:    []string{"Call 3/10", "Lunch 3/12"},
		},
		{
			name:   "duplicate UIDs: a second item of the same UID changes nothing of the first",
			theirs: only(event("Call", 3, 10)),
			happens: func(r *room) {
				e := r.cal.Held()[r.eventOf("Call")]
				r.cal.Add(e)
				r.Settle(r.id)
				r.placeHere("Call", "Room 4")
			},
			left: []string{"Call 3/10 @Room 4"}, leftThere: []string{"Call 3/10"}, writes: 1, waits: []string{"copy"},
		},
		{
			name:   "changed UID: it is the item that it was",
			theirs: only(event("Call", 3, 10)), ours: only(event("Lunch", 3, 12)),
			happens: func(r *room) {
				r.editThere("Call", func(e *calendar.Event) { e.UID = "another@example.com" })
				r.editThere("Lunch", func(e *calendar.Event) { e.UID = "yet another@example.com" })
				r.Settle(r.id)
				r.placeHere("Call", "Room 4")
				r.editThere("Lunch", setPlace("Room 5"))
			},
			left: []string{"Call 3/10 @Room 4", "Lunch 3/12 @Room 5"}, writes: 1,
		},
	})
}

// isAnother checks that an activity is not the one that had a note.
func isAnother(t *testing.T, r *room, subject string) {
	t.Helper()
	if a, ok := r.find(subject); !ok || a.Note != "" {
		t.Errorf("%q goes on with what was of another: %+v", subject, a)
	}
}
