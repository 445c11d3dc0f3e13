package hub_test

import (
	"encoding/json"
	"errors"
	"maps"
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/hub"
	"tahti/internal/lens"
	"tahti/internal/store"
)

// meetingActs are what can be asked about a meeting that bob owns, keeps private and did not organise, and that alice and carol
// carry too.
func (s *stage) meetingActs() map[string]func(tx hub.Tx) error {
	bobs := s.connect(s.bob, nil)
	secret := withOwner(weekly("secret"), s.bob)
	secret.Plan.UID, secret.Plan.Organizer.Email, secret.Plan.Private = "uid-9", s.alice.Email, true
	secret.Plan.Guests = []calendar.Guest{{Person: calendar.Person{Email: s.bob.Email}}}
	secret.Plan.Overrides = []calendar.Override{
		{Original: monday(1), Set: calendar.Fields(calendar.Subject), Values: calendar.Values{Subject: "doctor"}},
	}
	secret = s.create(hub.BySync(bobs, 1), secret)
	s.link(bobs, secret.ID, false)
	s.linkWith(s.linked, secret.ID, "CRM > theirs", lens.Frame{Prefix: "CRM > "})
	named := secret.Clone()
	named.Plan.Organizer.Email = "carol@calendar.example"
	s.connect(s.carol, nil)
	s.do(func(tx *store.Tx) error {
		for _, u := range []crm.User{s.alice, s.carol} {
			if err := s.hub.Join(s.ctx, tx, hub.BySync(s.linked, 1), secret.ID, crm.Participant{UserID: u.ID}); err != nil {
				return err
			}
		}
		return nil
	})
	return map[string]func(tx hub.Tx) error{
		"take over": func(tx hub.Tx) error {
			a, err := s.hub.TakeOver(s.ctx, tx, hub.BySync(s.linked, 1), secret.ID, s.alice.ID)
			return owns(err, a, s.alice)
		},
		"step back": func(tx hub.Tx) error {
			return s.hub.StepBack(s.ctx, tx, hub.BySync(bobs, 1), secret.ID, s.bob.ID)
		},
		"leave one's own": func(tx hub.Tx) error {
			a, err := s.hub.Leave(s.ctx, tx, hub.BySync(bobs, 1), secret.ID, s.bob.ID)
			return owns(err, a, s.alice)
		},
		"find the organiser by an account": func(tx hub.Tx) error {
			id, err := s.hub.Organiser(s.ctx, tx, &named, []crm.Participant{{UserID: s.carol.ID}})
			return meant(err, id == s.carol.ID)
		},
		"ask who organises": func(tx hub.Tx) error {
			elsewhere, err := s.hub.OrganisedElsewhere(s.ctx, tx, &named)
			return meant(err, elsewhere)
		},
	}
}

func owns(err error, a crm.Activity, u crm.User) error { return meant(err, a.OwnerID == u.ID) }

// meant turns an answer that was not meant, and so asked less of the store, into an error.
func meant(err error, yes bool) error {
	if err == nil && !yes {
		return errors.New("it did something else")
	}
	return err
}

// linkWith ties an activity to a remote event of a subject, which was written in a frame.
func (r *room) linkWith(connection, activity store.ID, subject string, f lens.Frame) {
	r.t.Helper()
	frame, err := json.Marshal(f)
	if err != nil {
		r.t.Fatal(err)
	}
	id := r.link(connection, activity, false)
	r.do(func(tx *store.Tx) error {
		l, err := tx.Link(r.ctx, id)
		if err != nil {
			return err
		}
		l.RemoteEvent = &calendar.Event{Known: calendar.AllFields, Values: calendar.Values{Subject: subject}}
		l.Frame = frame
		return tx.PutLink(r.ctx, &l)
	})
}

// historyActs are what can be asked of what came in through a connection, was lost, or was written elsewhere.
func (s *stage) historyActs() map[string]func(tx hub.Tx) error {
	came := s.create(hub.BySync(s.linked, 1), withOwner(weekly("came in"), s.alice))
	s.link(s.linked, came.ID, false)
	began := s.history(came.ID)[0].ID
	worked := s.mustUpdate(hub.BySync(s.linked, 1), s.single.ID, hub.Change{
		Fields: []string{"description"}, To: values(calendar.Values{Description: "by sync"}),
	})
	described := s.history(worked.ID)[0].ID
	s.mustUpdate(s.by, worked.ID, hub.Change{Fields: []string{"description"}, To: values(calendar.Values{Description: "by alice"})})
	s.do(func(tx *store.Tx) error {
		return s.hub.AddConflict(s.ctx, tx, store.Conflict{Activity: came.ID, Connection: s.linked, Field: hub.FieldDeleted, Lost: []byte(`true`)})
	})
	removal := s.conflicts()[0].ID
	stray := came.Plan.Clone()
	stray.Overrides = []calendar.Override{
		{Original: monday(1) + 60, Set: calendar.Fields(calendar.Subject), Values: calendar.Values{Subject: "stray"}},
	}
	return map[string]func(tx hub.Tx) error{
		"undo a creation": func(tx hub.Tx) error {
			u, err := s.hub.Undo(s.ctx, tx, s.by, began)
			return meant(err, u.Activity.Deleted())
		},
		"undo what was edited since": func(tx hub.Tx) error {
			u, err := s.hub.Undo(s.ctx, tx, s.by, described)
			return meant(err, len(u.Kept) == 1)
		},
		"restore a deletion": func(tx hub.Tx) error {
			a, err := s.hub.RestoreConflict(s.ctx, tx, s.by, removal)
			return meant(err, a.Deleted())
		},
		"file what fits nowhere": func(tx hub.Tx) error {
			_, err := s.hub.Update(s.ctx, tx, hub.BySync(s.linked, 1), came.ID, hub.Planned(0, &stray, calendar.Fields(calendar.Subject)))
			return err
		},
		"split what loses a date": func(tx hub.Tx) error {
			rarer := crm.Activity{Plan: calendar.Event{Rule: "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO"}}
			_, err := s.hub.PatchOccurrence(s.ctx, tx, s.by, s.worded.ID, monday(0)+7*calendar.Day, hub.Following,
				hub.Change{Fields: []string{"recurrence"}, To: rarer})
			return err
		},
		"add history": func(tx hub.Tx) error {
			return s.hub.AddHistory(s.ctx, tx, store.History{Activity: s.single.ID, Kind: "update", Before: []byte("{}"), After: []byte("{}")})
		},
	}
}

// crmActs are what can be asked of what the CRM keeps besides activities.
func (s *stage) crmActs() map[string]func(tx hub.Tx) error {
	left := meeting("left behind")
	left.Visibility = crm.OwnerOnly
	left = s.create(s.other, left)
	s.do(func(tx *store.Tx) error { return s.hub.SetActive(s.ctx, tx, s.by, s.bob.ID, false) })
	return map[string]func(tx hub.Tx) error{
		"create without a name": func(tx hub.Tx) error {
			a, err := s.hub.Create(s.ctx, tx, s.by, crm.Activity{Type: "call"})
			return meant(err, a.Plan.Subject == "Call")
		},
		"create by sync": func(tx hub.Tx) error {
			_, err := s.hub.Create(s.ctx, tx, hub.BySync(s.linked, 1), withOwner(meeting("in"), s.carol))
			return err
		},
		"take what a leaver left": func(tx hub.Tx) error {
			a, err := s.hub.Update(s.ctx, tx, s.by, left.ID, hub.Change{Fields: []string{"owner"}, To: crm.Activity{OwnerID: s.alice.ID}})
			return owns(err, a, s.alice)
		},
		"add a user": func(tx hub.Tx) error {
			_, err := s.hub.AddUser(s.ctx, tx, s.by, crm.User{Login: s.spare, Name: "dave", Email: "dave@example.com"})
			return err
		},
		"let an administrator step down": func(tx hub.Tx) error {
			u := s.carol
			u.Role = crm.Administrator
			if _, err := s.hub.SaveUser(s.ctx, tx, s.by, u); err != nil {
				return err
			}
			u.Role = crm.Regular
			_, err := s.hub.SaveUser(s.ctx, tx, s.by, u)
			return err
		},
		"change a type": func(tx hub.Tx) error {
			types, err := tx.Types(s.ctx)
			if err != nil {
				return err
			}
			types[0].Name = "Phone"
			_, err = s.hub.SaveType(s.ctx, tx, s.by, types[0])
			return err
		},
		"add a person of an organisation": func(tx hub.Tx) error {
			_, err := s.hub.SavePerson(s.ctx, tx, s.by, crm.Person{Name: "Eve", OrgID: s.organization.ID})
			return err
		},
		"add a deal of somebody": func(tx hub.Tx) error {
			d := crm.Deal{Title: "Boats", PersonID: s.person.ID, OrgID: s.organization.ID}
			_, err := s.hub.SaveDeal(s.ctx, tx, s.by, d)
			return err
		},
		"count what has details": func(tx hub.Tx) error {
			_, _, err := s.hub.Count(s.ctx, tx, s.carol, store.ActivityFilter{Types: []string{"meeting"}})
			return err
		},
		"count one's own": func(tx hub.Tx) error {
			_, _, err := s.hub.Count(s.ctx, tx, s.alice, store.ActivityFilter{Owner: s.alice.ID, Types: []string{"meeting"}})
			return err
		},
	}
}

// TestAFailureOfTheStoreEndsWhatWasAskedOfMeetingsHistoryAndPeople goes on where the acts of one stage would spoil another's.
func TestAFailureOfTheStoreEndsWhatWasAskedOfMeetingsHistoryAndPeople(t *testing.T) {
	s := newStage(t)
	acts := s.meetingActs()
	maps.Copy(acts, s.historyActs())
	maps.Copy(acts, s.crmActs())
	for name, act := range acts {
		t.Run(name, func(t *testing.T) { failEach(t, s.try, act) })
	}
}

func TestAFailureOfTheStoreEndsSettingUp(t *testing.T) {
	s := newStage(t)
	other, err := s.hub.NewCompany(s.ctx, s.db, "Other")
	if err != nil {
		t.Fatal(err)
	}
	inside := func(f func(tx *store.Tx) error) error { return s.db.Tx(s.ctx, other.ID, f) }
	failEach(t, inside, func(tx hub.Tx) error {
		u, err := s.hub.SetUp(s.ctx, tx, crm.User{Login: s.spare, Name: "dave", Email: "dave@example.com"})
		return meant(err, u.Role == crm.Administrator)
	})
}
