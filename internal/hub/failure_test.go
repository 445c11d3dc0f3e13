package hub_test

import (
	"errors"
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/hub"
	"tahti/internal/lens"
	"tahti/internal/store"
)

// stage is a company in which everything that can be asked of the hub has something to work on.
type stage struct {
	*room
	by, other                         hub.Actor
	single, series, deleted, shared   crm.Activity
	person                            crm.Person
	organization                      crm.Organization
	deal                              crm.Deal
	edited, removed, conflict, linked store.ID
	worded                            crm.Activity // a series of which something is said on some dates
	spare                             store.ID     // a login that no user has
}

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{room: newRoom(t)}
	s.by, s.other = hub.By(s.alice), hub.By(s.bob)
	mine := s.connect(s.alice, func(set *lens.Settings) { set.Start = lens.Everything })
	s.connect(s.bob, nil)
	s.do(func(tx *store.Tx) (err error) {
		if s.organization, err = s.hub.SaveOrganization(s.ctx, tx, s.by, crm.Organization{Name: "Acme"}); err != nil {
			return err
		}
		dan := crm.Person{Name: "Dan", Emails: []string{"dan@example.com"}, OrgID: s.organization.ID}
		if s.person, err = s.hub.SavePerson(s.ctx, tx, s.by, dan); err != nil {
			return err
		}
		s.deal, err = s.hub.SaveDeal(s.ctx, tx, s.by, crm.Deal{Title: "Ships", OrgID: s.organization.ID, PersonID: s.person.ID})
		return err
	})
	tied := meeting("single")
	tied.DealID, tied.PersonID, tied.OrgID = s.deal.ID, s.person.ID, s.organization.ID
	s.single = s.create(s.by, tied)
	s.link(mine, s.single.ID, true)
	s.linked = mine
	s.series = s.create(s.by, weekly("series"))
	s.deleted = s.create(s.by, meeting("deleted"))
	s.do(func(tx *store.Tx) error { return s.hub.Delete(s.ctx, tx, hub.BySync(mine, 1), s.deleted.ID) })
	s.shared = s.create(s.by, meeting("shared"))
	s.do(func(tx *store.Tx) error {
		return s.hub.Join(s.ctx, tx, hub.BySync(s.linked, 1), s.shared.ID, crm.Participant{UserID: s.bob.ID})
	})
	s.single = s.mustUpdate(hub.BySync(mine, 1), s.single.ID, hub.Change{
		Base: s.single.Revision, Fields: []string{"location"}, To: values(calendar.Values{Location: "room"}),
	})
	s.edited, s.removed = s.history(s.single.ID)[0].ID, s.history(s.deleted.ID)[0].ID
	s.do(func(tx *store.Tx) error {
		return s.hub.AddConflict(s.ctx, tx, store.Conflict{
			Activity: s.single.ID, Connection: mine, Field: "subject", Winner: "calendar", Lost: []byte(`"lost"`),
		})
	})
	s.conflict = s.conflicts()[0].ID
	s.worded = s.create(s.by, withWords())
	login := store.Login{Email: "dave@example.com", Created: s.clock.Now()}
	if err := s.db.PutLogin(s.ctx, &login); err != nil {
		t.Fatal(err)
	}
	s.spare = login.ID
	return s
}

// acts are what can be asked of the hub, each on a stage that the others have not changed.
func (s *stage) acts() map[string]func(tx hub.Tx) error {
	renamed := func(a crm.Activity) hub.Change {
		return hub.Change{Base: a.Revision, Fields: []string{"subject"}, To: values(calendar.Values{Subject: "renamed"})}
	}
	occurrence := func(scope hub.Scope) func(tx hub.Tx) error {
		return func(tx hub.Tx) error {
			_, err := s.hub.PatchOccurrence(s.ctx, tx, s.by, s.series.ID, monday(2), scope, renamed(s.series))
			return err
		}
	}
	without := func(scope hub.Scope) func(tx hub.Tx) error {
		return func(tx hub.Tx) error {
			return s.hub.DeleteOccurrence(s.ctx, tx, s.by, s.series.ID, monday(2), scope)
		}
	}
	return map[string]func(tx hub.Tx) error{
		"create": func(tx hub.Tx) error {
			a := meeting("new")
			a.DealID, a.PersonID, a.OrgID = s.deal.ID, s.person.ID, s.organization.ID
			_, err := s.hub.Create(s.ctx, tx, s.by, a)
			return err
		},
		"update": func(tx hub.Tx) error {
			_, err := s.hub.Update(s.ctx, tx, s.by, s.single.ID, renamed(s.single))
			return err
		},
		"delete":                func(tx hub.Tx) error { return s.hub.Delete(s.ctx, tx, s.by, s.single.ID) },
		"revive":                func(tx hub.Tx) error { _, err := s.hub.Revive(s.ctx, tx, s.by, s.deleted.ID); return err },
		"change this":           occurrence(hub.This),
		"change this and later": occurrence(hub.Following),
		"change all":            occurrence(hub.All),
		"leave out this":        without(hub.This),
		"leave out all later":   without(hub.Following),
		"undo an edit":          func(tx hub.Tx) error { _, err := s.hub.Undo(s.ctx, tx, s.by, s.edited); return err },
		"undo a deletion":       func(tx hub.Tx) error { _, err := s.hub.Undo(s.ctx, tx, s.by, s.removed); return err },
		"restore what lost":     func(tx hub.Tx) error { _, err := s.hub.RestoreConflict(s.ctx, tx, s.by, s.conflict); return err },
		"join": func(tx hub.Tx) error {
			return s.hub.Join(s.ctx, tx, hub.BySync(s.linked, 1), s.series.ID, crm.Participant{UserID: s.bob.ID})
		},
		"leave": func(tx hub.Tx) error { _, err := s.hub.Leave(s.ctx, tx, s.other, s.shared.ID, s.bob.ID); return err },
		"rename a person": func(tx hub.Tx) error {
			p := s.person
			p.Name = "Dora"
			_, err := s.hub.SavePerson(s.ctx, tx, s.by, p)
			return err
		},
		"rename an organisation": func(tx hub.Tx) error {
			o := s.organization
			o.Name = "Ace"
			_, err := s.hub.SaveOrganization(s.ctx, tx, s.by, o)
			return err
		},
		"rename a deal": func(tx hub.Tx) error {
			d := s.deal
			d.Title = "Boats"
			_, err := s.hub.SaveDeal(s.ctx, tx, s.by, d)
			return err
		},
		"delete a person":        func(tx hub.Tx) error { return s.hub.DeletePerson(s.ctx, tx, s.by, s.person.ID) },
		"delete an organisation": func(tx hub.Tx) error { return s.hub.DeleteOrganization(s.ctx, tx, s.by, s.organization.ID) },
		"delete a deal":          func(tx hub.Tx) error { return s.hub.DeleteDeal(s.ctx, tx, s.by, s.deal.ID) },
		"save a type": func(tx hub.Tx) error {
			_, err := s.hub.SaveType(s.ctx, tx, s.by, crm.ActivityType{Name: "Visit", Key: "visit"})
			return err
		},
		"switch a user off": func(tx hub.Tx) error { return s.hub.SetActive(s.ctx, tx, s.by, s.carol.ID, false) },
		"save a user": func(tx hub.Tx) error {
			u := s.carol
			u.Name = "Cora"
			_, err := s.hub.SaveUser(s.ctx, tx, s.by, u)
			return err
		},
		"show one": func(tx hub.Tx) error { _, err := s.hub.Get(s.ctx, tx, s.alice, s.shared.ID); return err },
		"list": func(tx hub.Tx) error {
			_, err := s.hub.List(s.ctx, tx, s.bob, store.ActivityFilter{Limit: 10})
			return err
		},
		"count":          func(tx hub.Tx) error { _, _, err := s.hub.Count(s.ctx, tx, s.bob, store.ActivityFilter{}); return err },
		"show history":   func(tx hub.Tx) error { _, err := s.hub.HistoryOf(s.ctx, tx, s.bob, 0, 0, 0, 50); return err },
		"show conflicts": func(tx hub.Tx) error { _, err := s.hub.ConflictsOf(s.ctx, tx, s.bob, 0, 0, 50); return err },
		"tell the context": func(tx hub.Tx) error {
			_, err := s.hub.Context(s.ctx, tx, &s.single, "https://crm.example.com/")
			return err
		},
		"tell the guests": func(tx hub.Tx) error {
			a := s.single
			a.Plan.Guests = []calendar.Guest{{Person: calendar.Person{Email: "dan@example.com"}}}
			_, err := s.hub.Guests(s.ctx, tx, &a)
			return err
		},
		"hidden": func(tx hub.Tx) error {
			_, _, err := s.hub.Hidden(s.ctx, tx, s.bob, store.ActivityFilter{Types: []string{"meeting"}}, store.ActivityFilter{})
			return err
		},
	}
}

// TestAFailureOfTheStoreEndsWhatWasAsked lets each call that the hub makes of its store fail, one at a time: nothing is
// answered as done that was done in part.
func TestAFailureOfTheStoreEndsWhatWasAsked(t *testing.T) {
	s := newStage(t)
	for name, act := range s.acts() {
		t.Run(name, func(t *testing.T) { failEach(t, s.try, act) })
	}
}

// failEach runs an act with a store that works, and then with one of which one call fails, for each of its calls. Nothing is kept.
func failEach(t *testing.T, try func(func(tx *store.Tx) error) error, act func(tx hub.Tx) error) {
	t.Helper()
	back := errors.New("roll back")
	run := func(calls *int, fails int) error {
		return try(func(tx *store.Tx) error {
			if err := act(failing{Tx: tx, calls: calls, fails: fails}); err != nil {
				return err
			}
			return back
		})
	}
	calls := 0
	if err := run(&calls, 0); !errors.Is(err, back) {
		t.Fatalf("with a store that works: %v", err)
	}
	if calls == 0 {
		t.Fatal("it asks nothing of the store")
	}
	for k := 1; k <= calls; k++ {
		made := 0
		if err := run(&made, k); !errors.Is(err, errStore) {
			t.Errorf("call %d of %d failed, and it ended with: %v", k, calls, err)
		}
	}
}
