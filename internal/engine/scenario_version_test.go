package engine_test

import (
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/engine/enginetest"
	"tahti/internal/provider"
)

// nothingNew keeps what has changed to itself.
func nothingNew(p provider.Pull) provider.Pull {
	if d, ok := p.(provider.Delta); ok {
		d.Items = nil
		return d
	}
	return p
}

// TestScenariosOfVersions: versions that say too much or too little (vdirsyncer: both etags new, bogus etag change).
func TestScenariosOfVersions(t *testing.T) {
	bump := func(*calendar.Event) {}
	play(t, []scenario{
		{
			name:   "both etags new: each side was saved and neither says anything else",
			theirs: only(event("Call", 3, 10)), ours: only(event("Lunch", 3, 12)),
			happens: func(r *room) {
				for _, s := range []string{"Call", "Lunch"} {
					r.editThere(s, bump)
					r.placeHere(s, "")
				}
			},
			left: []string{"Call 3/10", "Lunch 3/12"},
		},
		{
			name:   "both etags new: the same was typed on both sides",
			theirs: only(event("Call", 3, 10)), ours: only(event("Lunch", 3, 12)),
			happens: func(r *room) {
				for _, s := range []string{"Call", "Lunch"} {
					r.editThere(s, setPlace("Room 4"))
					r.placeHere(s, "Room 4")
				}
			},
			left: []string{"Call 3/10 @Room 4", "Lunch 3/12 @Room 4"},
		},
		{
			name:   "bogus etag change: what is typed here goes out as if it had not been",
			theirs: only(event("Call", 3, 10)), ours: only(event("Lunch", 3, 12)),
			happens: func(r *room) {
				for _, s := range []string{"Call", "Lunch"} {
					r.editThere(s, bump)
					r.placeHere(s, "Room 4")
				}
			},
			left: []string{"Call 3/10 @Room 4", "Lunch 3/12 @Room 4"}, writes: 2,
		},
		{
			name:   "bogus etag change while we write: the guard stops us, and we write again",
			theirs: only(event("Call", 3, 10)),
			happens: func(r *room) {
				r.placeHere("Call", "Room 4")
				r.meanwhile("put", func() { r.editThere("Call", bump) })
			},
			left: []string{"Call 3/10 @Room 4"}, writes: 1,
		},
		{
			name:   "bogus etag change of what is deleted here: it goes all the same",
			theirs: only(event("Call", 3, 10)),
			happens: func(r *room) {
				r.deleteHere("Call")
				r.meanwhile("remove", func() { r.editThere("Call", bump) })
			},
			writes: 1,
		},
		{
			name:   "unchanged etag over changed content: it is seen with the next change there",
			theirs: only(event("Call", 3, 10)),
			happens: func(r *room) {
				r.cal.Slip(r.eventOf("Call"), setPlace("Room 4"))
				r.Settle(r.id)
				if here, _ := told(r); here[0] != "Call 3/10" {
					r.T.Errorf("seen already: %q", here)
				}
				r.editThere("Call", bump)
			},
			left: []string{"Call 3/10 @Room 4"},
		},
		{
			name:     "a change that the cursor skipped is seen by the audit",
			calendar: enginetest.Options{Unread: true},
			theirs:   only(event("Call", 3, 10), event("Lunch", 3, 12)),
			happens: func(r *room) {
				r.cal.Bend = nothingNew
				r.editThere("Call", setPlace("Room 4"))
				r.deleteThere("Lunch")
				r.Settle(r.id)
				if here, _ := told(r); len(here) != 2 || here[0] != "Call 3/10" {
					r.T.Errorf("before the audit: %q", here)
				}
				r.audit()
			},
			left: []string{"Call 3/10 @Room 4"},
		},
		{
			name:   "metadata-only difference: an alarm of theirs is no edit, and is there after our write",
			theirs: only(event("Call", 3, 10), event("Lunch", 3, 12)),
			happens: func(r *room) {
				r.cal.Retext(r.eventOf("Call"), "ALARM:-PT5M")
				r.cal.Retext(r.eventOf("Lunch"), "COLOR:red")
				r.Settle(r.id)
				if n := len(r.Conflicts()); n != 0 {
					r.T.Errorf("%d conflicts", n)
				}
				r.placeHere("Call", "Room 4")
			},
			left: []string{"Call 3/10 @Room 4", "Lunch 3/12"}, writes: 1,
			check: func(t *testing.T, r *room) {
				if raw := r.cal.Raw(r.eventOf("Call")); raw != "ALARM:-PT5M" {
					t.Errorf("the alarm is lost: %q", raw)
				}
			},
		},
		{
			name:   "metadata-only difference while we write: the alarm stays, and so does the edit",
			theirs: only(event("Call", 3, 10)),
			happens: func(r *room) {
				r.placeHere("Call", "Room 4")
				r.meanwhile("put", func() { r.cal.Retext(r.eventOf("Call"), "ALARM:-PT5M") })
			},
			left: []string{"Call 3/10 @Room 4"}, writes: 1,
			check: func(t *testing.T, r *room) {
				if raw := r.cal.Raw(r.eventOf("Call")); raw != "ALARM:-PT5M" {
					t.Errorf("the alarm is lost: %q", raw)
				}
			},
		},
	})
}
