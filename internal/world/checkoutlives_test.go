package world

import (
	"strings"
	"testing"

	"tahti/internal/crm"
	"tahti/internal/hub"
	"tahti/internal/lens"
	"tahti/internal/store"
)

// TestAnEditOutlivesADeletionAndPeopleAreTold: an item was deleted of whose activity it had not heard all. That is not deleted with it, even
// where what was typed is kept as a conflict, and people are told why the item is made anew, or the activity brought back (I5).
func TestAnEditOutlivesADeletionAndPeopleAreTold(t *testing.T) {
	kept := change{conflict: &store.Conflict{Activity: 7, Field: "location"}}
	told := change{conflict: &store.Conflict{Activity: 7, Field: hub.FieldDeleted}}
	anew := change{link: &store.Link{ID: 6, Activity: 7, State: store.LinkCreating, Pending: &store.Pending{Kind: "create"}}}
	for name, c := range map[string]struct {
		edited, was, is bool // the activity: edited; there before the transaction, and behind it
		done            []change
		breaks          bool
	}{
		"deleted as the calendar said":        {false, true, false, nil, false},
		"deleted although it was edited":      {true, true, false, []change{kept}, true},
		"made anew":                           {true, true, true, []change{anew, told}, false},
		"made anew, and nobody is told":       {true, true, true, []change{anew, kept}, true},
		"brought back":                        {true, false, true, []change{told}, false},
		"brought back, and nobody is told":    {true, false, true, nil, true},
		"tied no more, for another one of it": {true, true, true, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := someWorld(t)
			s := w.sides[0]
			s.server.traits, s.spans = kinds[0], []span{{settings: lens.Defaults(), on: true}}
			e := s.server.add(w.someEvent())
			e.gone, e.taken = true, w.move+1
			a := crm.Activity{ID: 7, OwnerID: s.user.ID, Origin: s.id, Plan: e.event.Clone()}
			if c.edited {
				a.Plan.Location = w.book.fresh()
				w.typed("alice", "crm", &e.event, &a.Plan)
			}
			state := func(there bool) *crm.Activity {
				x := a.Clone()
				if !there {
					x.DeletedAt = w.now
				}
				return &x
			}
			w.rows.activities[a.ID] = state(c.is)
			for _, x := range c.done {
				if x.link != nil {
					x.link.Connection = s.id
				}
			}
			l := &store.Link{ID: 5, Connection: s.id, Activity: a.ID, Remote: string(e.id), State: store.LinkGone}
			w.checkOutlives(&worker{actor: &actor{name: "north"}, side: s}, l, state(c.was), c.done)
			if got := strings.Join(w.broken, "; "); strings.HasPrefix(got, "I5") != c.breaks || !c.breaks && got != "" {
				t.Errorf("broken: %q", got)
			}
		})
	}
}
