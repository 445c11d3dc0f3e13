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

// TestAnItemOutlivesADeletionOfWhatNeverHeardOfIt: an activity was deleted, and its item says what somebody typed there. It goes only where the
// activity said that before, or it was kept (I5).
func TestAnItemOutlivesADeletionOfWhatNeverHeardOfIt(t *testing.T) {
	for name, c := range map[string]struct {
		edited, cameIn, lost bool
		direction            lens.Direction
		breaks               bool
	}{
		"nobody edits it":       {false, false, false, lens.TwoWay, false},
		"the edit is unheard":   {true, false, false, lens.TwoWay, true},
		"it comes in":           {true, true, false, lens.TwoWay, false},
		"it loses a conflict":   {true, false, true, lens.TwoWay, false},
		"it was not to come in": {true, false, false, lens.ToCalendr, false},
		"nothing is to go out":  {true, false, false, lens.ToCRM, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := someWorld(t)
			s := w.sides[0]
			settings := lens.Defaults()
			settings.Direction = c.direction
			s.spans = []span{{settings: settings, on: true}}
			e := s.server.add(w.someEvent())
			a := crm.Activity{ID: 7, OwnerID: s.user.ID, Origin: s.id, Plan: e.event.Clone(), DeletedAt: w.now}
			if c.edited {
				was := e.event.Clone()
				e.event.Location = w.book.fresh()
				w.typed("alice", s.name, &was, &e.event)
			}
			if c.cameIn {
				a.Plan.Location = e.event.Location
			}
			if c.lost {
				w.rows.conflicts[1] = &store.Conflict{Activity: a.ID, Field: "location", Lost: []byte(e.event.Location)}
			}
			w.checkUnseen(&worker{actor: &actor{name: "north"}, side: s}, s.server, e, &a)
			if got := strings.Join(w.broken, "; "); strings.HasPrefix(got, "I5") != c.breaks || !c.breaks && got != "" {
				t.Errorf("broken: %q", got)
			}
		})
	}
}
