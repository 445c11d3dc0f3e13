package hub_test

import (
	"errors"
	"strings"
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/hub"
	"tahti/internal/store"
)

// Nobody takes a colleague out of a meeting, but an administrator.
func TestWhoMayTakeSomebodyOutOfAMeeting(t *testing.T) {
	s := newStage(t)
	for name, c := range map[string]struct {
		by   crm.User
		code string
	}{
		"the guest":        {s.bob, ""},
		"an administrator": {s.alice, ""},
		"somebody else":    {s.carol, hub.DeniedShare},
	} {
		back := errors.New("roll back")
		err := s.try(func(tx *store.Tx) error {
			if _, err := s.hub.Leave(s.ctx, tx, hub.By(c.by), s.shared.ID, s.bob.ID); err != nil {
				return err
			}
			parts, err := tx.Participants(s.ctx, s.shared.ID)
			if err != nil || len(parts) != 0 {
				t.Errorf("%s: left are %v, %v", name, parts, err)
			}
			return back
		})
		if errors.Is(err, back) {
			err = nil
		}
		if got := codeOf(t, err); got != c.code {
			t.Errorf("%s: %q, want %q", name, got, c.code)
		}
	}
}

// An item whose coming in is to be undone may be on its way out at this moment: then it waits.
func TestWhatIsOnItsWayIsNotUndone(t *testing.T) {
	for state, code := range map[store.LinkState]string{store.LinkWriting: hub.DeniedNotUndoable, store.LinkCreating: hub.DeniedNotUndoable, store.LinkLinked: ""} {
		s := newStage(t)
		var made crm.Activity
		s.do(func(tx *store.Tx) (err error) {
			came := meeting("came in")
			came.OwnerID = s.alice.ID
			if made, err = s.hub.Create(s.ctx, tx, hub.BySync(s.linked, 1), came); err != nil {
				return err
			}
			l := store.Link{Connection: s.linked, Activity: made.ID, Remote: "other", State: state, Incarnation: 1, Changed: s.clock.Now()}
			return tx.PutLink(s.ctx, &l)
		})
		row := s.history(made.ID)[0].ID
		err := s.try(func(tx *store.Tx) error { _, err := s.hub.Undo(s.ctx, tx, s.by, row); return err })
		if got := codeOf(t, err); got != code {
			t.Errorf("while its link is %s: %q, want %q", state, got, code)
		}
		gone := !s.activity(made.ID).DeletedAt.IsZero()
		if gone != (code == "") {
			t.Errorf("while its link is %s: deleted %t", state, gone)
		}
	}
}

func TestADealIsBoundedAndKeepsItsOwner(t *testing.T) {
	s := newStage(t)
	save := func(by hub.Actor, d crm.Deal) (crm.Deal, string) {
		t.Helper()
		err := s.try(func(tx *store.Tx) (err error) { d, err = s.hub.SaveDeal(s.ctx, tx, by, d); return err })
		return d, codeOf(t, err)
	}
	for currency, code := range map[string]string{strings.Repeat("x", 10): "", strings.Repeat("x", 11): hub.CodeTooLong} {
		if _, got := save(s.by, crm.Deal{Title: "t", Currency: currency}); got != code {
			t.Errorf("a currency of %d letters: %q, want %q", len(currency), got, code)
		}
	}
	made, _ := save(s.other, crm.Deal{Title: "Bob's"})
	if made.OwnerID != s.bob.ID {
		t.Errorf("made by %d, it is of %d", s.bob.ID, made.OwnerID)
	}
	made.OwnerID, made.Title = 0, "Still Bob's"
	if changed, code := save(s.by, made); code != "" || changed.OwnerID != s.bob.ID {
		t.Errorf("changed by somebody else it is of %d (%s)", changed.OwnerID, code)
	}
}

func TestTheKeyOfATypeComesFromItsName(t *testing.T) {
	s := newStage(t)
	for _, c := range []struct{ name, key string }{
		{"Site visit!", "site_visit"}, {"Site-visit", "site_visit_2"}, {"Tapaaminen äkkiä", "tapaaminen_äkkiä"},
		{strings.Repeat("a", 60), strings.Repeat("a", 60)}, {strings.Repeat("b", 61), strings.Repeat("b", 60)},
		{strings.Repeat("c", 59) + "ä", strings.Repeat("c", 59)}, {"!!", "type"},
	} {
		var made crm.ActivityType
		s.do(func(tx *store.Tx) (err error) {
			made, err = s.hub.SaveType(s.ctx, tx, s.by, crm.ActivityType{Name: c.name, Active: true})
			return err
		})
		if made.Key != c.key {
			t.Errorf("%q has the key %q, want %q", c.name, made.Key, c.key)
		}
	}
}

func TestASeriesIsBounded(t *testing.T) {
	s := newStage(t)
	for _, c := range []struct {
		name   string
		change func(*calendar.Event)
		code   string
	}{
		{"as many cancelled dates as may be", func(e *calendar.Event) { e.Cancelled = days(hub.MaxOccurrences) }, ""},
		{"one more", func(e *calendar.Event) { e.Cancelled = days(hub.MaxOccurrences + 1) }, hub.CodeTooMany},
		{"an occurrence that is moved to no time", func(e *calendar.Event) {
			e.Overrides = []calendar.Override{{Original: monday(1), Set: calendar.Fields(calendar.When)}}
		}, hub.CodeNeedsDate},
	} {
		a := weekly("series")
		a.Plan.Rule = "FREQ=DAILY"
		c.change(&a.Plan)
		err := s.try(func(tx *store.Tx) error { _, err := s.hub.Create(s.ctx, tx, s.by, a); return err })
		if got := codeOf(t, err); got != c.code {
			t.Errorf("%s: %q, want %q", c.name, got, c.code)
		}
	}
}

// days are so many mornings, one after the other.
func days(n int) (list []calendar.Wall) {
	for i := range n {
		list = append(list, monday(0)+calendar.Wall(i)*calendar.Day)
	}
	return list
}
