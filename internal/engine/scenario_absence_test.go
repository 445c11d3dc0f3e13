package engine_test

import (
	"slices"
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine/enginetest"
	"tahti/internal/provider"
)

// nothingThere is a calendar that says, and means, that it is empty.
func nothingThere(p provider.Pull) provider.Pull {
	if s, ok := p.(provider.Snapshot); ok {
		s.Items, s.Whole, s.More = nil, provider.NewWhole(provider.Range{}, nil), false
		return s
	}
	return p
}

// TestScenariosOfAbsence: what is not listed is not thereby gone (vdirsyncer: storage empty; Graph: removed from a view).
func TestScenariosOfAbsence(t *testing.T) {
	five := only(event("a", 3, 10), event("b", 4, 10), event("c", 5, 10), event("d", 6, 10), event("e", 7, 10))
	all := []string{"a 3/10", "b 4/10", "c 5/10", "d 6/10", "e 7/10"}
	play(t, []scenario{
		{
			name:     "an empty answer where there were many, and each is there when asked for: nothing happens",
			calendar: enginetest.Options{Listing: true}, theirs: five,
			happens: func(r *room) {
				r.cal.Bend = nothingThere
				r.Settle(r.id)
				r.cal.Bend = nil
			},
			left: all,
		},
		{
			name:     "a calendar that was emptied in truth: somebody is asked before the CRM is emptied, too",
			calendar: enginetest.Options{Listing: true}, theirs: five,
			happens: func(r *room) {
				for _, s := range []string{"a", "b", "c", "d", "e"} {
					r.deleteThere(s)
				}
			},
			leftHere: all, waits: slices.Repeat([]string{"delete_brake"}, 5),
		},
		{
			name:     "removed from a view, and there when asked for: it only left the window",
			calendar: enginetest.Options{Unread: true}, theirs: only(event("Call", 3, 10)),
			happens: func(r *room) {
				id := r.eventOf("Call")
				r.cal.Retext(id, "left the window")
				r.cal.Bend = func(p provider.Pull) provider.Pull {
					if d, ok := p.(provider.Delta); ok && len(d.Items) > 0 {
						d.Items = []provider.Item{{ID: id, State: provider.StateUnproven}}
						return d
					}
					return p
				}
			},
			left: []string{"Call 3/10"},
		},
		{
			name:     "a listing that covers one day says nothing of the next, though it is near",
			calendar: enginetest.Options{Listing: true}, theirs: only(event("Call", 3, 10), event("Lunch", 4, 12)),
			happens: func(r *room) {
				r.cal.Window = provider.Range{From: at(2), To: at(4)}
				r.cal.Delete(r.eventOf("Lunch"))
			},
			left: []string{"Call 3/10"}, leftHere: []string{"Lunch 4/12"},
		},
		{
			name:     "event outside the window: it is moved out of it there, and stays here as it was",
			calendar: enginetest.Options{Listing: true}, theirs: only(event("Call", 3, 10), event("Lunch", 3, 12)),
			happens: func(r *room) {
				r.cal.Window = march
				r.editThere("Lunch", func(e *calendar.Event) { e.Start.Wall += 20 * calendar.Day; e.End.Wall += 20 * calendar.Day })
			},
			left: []string{"Call 3/10", "Lunch 23/12"},
		},
		{
			name:     "event outside the window: it is moved out of it here, and made beyond it; both are written once",
			calendar: enginetest.Options{Unproven: true, Guard: provider.GuardFull}, theirs: only(event("Call", 3, 10)),
			happens: func(r *room) {
				r.cal.Window = march
				r.Edit(r.Alice, r.activityOf("Call"), func(a *crm.Activity) {
					a.Plan.Start.Wall, a.Plan.End.Wall = a.Plan.Start.Wall+20*calendar.Day, a.Plan.End.Wall+20*calendar.Day
				}, "when")
				r.Create(r.Alice, event("Lunch", 20, 12))
				r.Settle(r.id)
				r.audit()
			},
			left: []string{"Call 23/10", "Lunch 20/12"}, writes: 2,
		},
		{
			name:     "event outside the window: a copy of it inside takes nothing over, as the first is there",
			calendar: enginetest.Options{Unproven: true, Guard: provider.GuardFull}, theirs: only(event("Call", 3, 10)),
			happens: func(r *room) {
				r.cal.Window = march
				r.Edit(r.Alice, r.activityOf("Call"), func(a *crm.Activity) { a.Note = "ours alone" }, "note")
				id := r.eventOf("Call")
				copied := r.cal.Held()[id]
				r.cal.Edit(id, func(e *calendar.Event) {
					e.Subject, e.Start.Wall, e.End.Wall = "First", e.Start.Wall+20*calendar.Day, e.End.Wall+20*calendar.Day
				})
				r.cal.Add(copied)
			},
			left:  []string{"Call 3/10", "First 23/10"},
			check: func(t *testing.T, r *room) { isAnother(t, r, "Call") },
		},
	})
}
