package engine_test

import (
	"slices"
	"testing"

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
	})
}
