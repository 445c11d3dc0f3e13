package hub_test

import (
	"errors"
	"slices"
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/hub"
	"tahti/internal/store"
)

func shared(r *room) crm.Activity {
	a := withOwner(meeting("Shared"), r.bob)
	a.Plan.UID, a.Plan.Organizer.Email = "uid-1", "carol@example.com"
	a.Plan.Guests = []calendar.Guest{{Person: calendar.Person{Email: "bob@example.com"}}, {Person: calendar.Person{Email: "Alice@Example.com"}}}
	return r.create(hub.BySync(0, 0), a)
}

func TestJoiningAndLeaving(t *testing.T) {
	r := newRoom(t)
	a := shared(r)
	alices := r.connect(r.alice, nil)
	join := func(by hub.Actor, p crm.Participant) string {
		return codeOf(t, r.try(func(tx *store.Tx) error { return r.hub.Join(r.ctx, tx, by, a.ID, p) }))
	}
	share := crm.Participant{UserID: r.alice.ID, Busy: true, Answer: calendar.Accepted}
	if code := join(hub.By(r.alice), share); code != hub.DeniedShare {
		t.Errorf("a person joins by themselves: %q", code)
	}
	if code := join(hub.BySync(0, 0), share); code != "" || !r.marked(a.ID, alices)[0] {
		t.Errorf("joining marks nothing: %q", code)
	}
	if code := join(hub.BySync(0, 0), share); code != "" || r.marked(a.ID, alices)[0] {
		t.Errorf("joining twice is not quiet: %q", code)
	}
	share.Answer = calendar.Declined
	if code := join(hub.By(r.alice), share); code != "" {
		t.Errorf("an own answer: %q", code)
	}
	if code := join(hub.By(r.carol), share); code != hub.DeniedShare {
		t.Errorf("another's answer: %q", code)
	}
	if code := join(hub.BySync(0, 0), crm.Participant{UserID: 4711}); code != hub.CodeUnknown {
		t.Errorf("somebody unknown joins: %q", code)
	}
	join(hub.BySync(0, 0), crm.Participant{UserID: r.carol.ID, Busy: true})

	leave := func(u crm.User) (a2 crm.Activity, parts []crm.Participant) {
		r.do(func(tx *store.Tx) (err error) {
			if a2, err = r.hub.Leave(r.ctx, tx, hub.BySync(0, 0), a.ID, u.ID); err != nil {
				return err
			}
			parts, err = tx.Participants(r.ctx, a.ID)
			return err
		})
		return a2, parts
	}
	// The owner leaves: carol organises it, so she comes before alice.
	got, parts := leave(r.bob)
	if got.OwnerID != r.carol.ID || !got.Plan.Busy || len(parts) != 1 || parts[0].UserID != r.alice.ID {
		t.Fatalf("after bob: owner %d, %+v", got.OwnerID, parts)
	}
	if got, parts = leave(r.carol); got.OwnerID != r.alice.ID || len(parts) != 0 || got.Plan.Answer != calendar.Declined {
		t.Fatalf("after carol: owner %d, %+v", got.OwnerID, parts)
	}
	if got, _ = leave(r.alice); got.OwnerID != r.alice.ID || got.Deleted() {
		t.Errorf("alone, the owner stays: %+v", got)
	}
}

// TestAPrivateShareIsHeardOfWhereColleaguesSee: it keeps the meeting out of a CRM that they share, also the owner's.
func TestAPrivateShareIsHeardOfWhereColleaguesSee(t *testing.T) {
	r := newRoom(t)
	a := shared(r)
	own, crms := r.connect(r.bob, nil), r.connect(r.bob, nil)
	r.do(func(tx *store.Tx) error {
		c, err := tx.Connection(r.ctx, crms)
		if err != nil {
			return err
		}
		c.Health.Limits.Shared = true
		return tx.PutConnection(r.ctx, &c)
	})
	says := func(p crm.Participant) {
		r.do(func(tx *store.Tx) error { return r.hub.Join(r.ctx, tx, hub.BySync(0, 0), a.ID, p) })
	}
	leaves := func(crm.Participant) {
		r.do(func(tx *store.Tx) error {
			_, err := r.hub.Leave(r.ctx, tx, hub.BySync(0, 0), a.ID, r.alice.ID)
			return err
		})
	}
	for _, c := range []struct {
		name  string
		do    func(crm.Participant)
		share crm.Participant
		want  bool
	}{
		{"joins", says, crm.Participant{Busy: true}, false},
		{"makes it private", says, crm.Participant{Busy: true, Private: true}, true},
		{"answers", says, crm.Participant{Busy: true, Private: true, Answer: calendar.Accepted}, false},
		{"opens it", says, crm.Participant{Busy: true, Answer: calendar.Accepted}, true},
		{"answers in the open", says, crm.Participant{Busy: true, Answer: calendar.Declined}, false},
		{"leaves", leaves, crm.Participant{}, false},
		{"joins in private", says, crm.Participant{Private: true}, true},
		{"leaves what was private", leaves, crm.Participant{}, true},
	} {
		c.share.UserID = r.alice.ID
		if c.do(c.share); !slices.Equal(r.marked(a.ID, own, crms), []bool{false, c.want}) {
			t.Errorf("alice %s: it is to be heard of: %t", c.name, c.want)
		}
	}
}

func TestAPrivateNoteDoesNotGoWithTheMeeting(t *testing.T) {
	r := newRoom(t)
	a := shared(r)
	r.mustUpdate(hub.By(r.bob), a.ID, hub.Change{Fields: []string{"note", "private"}, To: crm.Activity{Note: "to myself", Plan: calendar.Event{Values: calendar.Values{Private: true}}}})
	r.do(func(tx *store.Tx) error {
		if err := r.hub.Join(r.ctx, tx, hub.BySync(0, 0), a.ID, crm.Participant{UserID: r.alice.ID}); err != nil {
			return err
		}
		got, err := r.hub.Leave(r.ctx, tx, hub.BySync(0, 0), a.ID, r.bob.ID)
		if got.OwnerID != r.alice.ID || got.Note != "" || got.Plan.Private {
			t.Errorf("alice owns %+v", got)
		}
		return err
	})
}

// TestWhatAnOwnerKeptToThemselvesIsKeptForThem, also where none of their calendars carries the meeting (I2). Whoever has no
// calendar at all keeps the meeting: there is no list in which they would find what was taken out of it.
func TestWhatAnOwnerKeptToThemselvesIsKeptForThem(t *testing.T) {
	for _, connected := range []bool{true, false} {
		r := newRoom(t)
		a := withOwner(meeting("Shared"), r.bob)
		a.Plan.UID, a.Plan.Organizer.Email = "uid-1", "alice@example.com"
		a = r.create(hub.BySync(0, 0), a)
		bobs := store.ID(0)
		if connected {
			bobs = r.connect(r.bob, nil)
		}
		secret := calendar.Event{Values: calendar.Values{Private: true, Location: "Room 4"}}
		r.mustUpdate(hub.By(r.bob), a.ID, hub.Change{Fields: []string{"location", "private"}, To: crm.Activity{Plan: secret}})
		r.do(func(tx *store.Tx) error {
			if err := r.hub.Join(r.ctx, tx, hub.BySync(0, 0), a.ID, crm.Participant{UserID: r.alice.ID}); err != nil {
				return err
			}
			got, err := r.hub.TakeOver(r.ctx, tx, hub.BySync(0, 0), a.ID, r.alice.ID)
			if err != nil {
				return err
			}
			kept, err := tx.Conflicts(r.ctx, r.bob.ID, 0, 10)
			if err != nil {
				return err
			}
			found := slices.ContainsFunc(kept, func(c store.Conflict) bool {
				return c.Connection == bobs && c.Field == "location" && string(c.Lost) == `"Room 4"`
			})
			switch {
			case connected && (got.OwnerID != r.alice.ID || !found):
				t.Errorf("owner %d, bob's conflicts: %+v", got.OwnerID, kept)
			case !connected && (got.OwnerID != r.bob.ID || got.Plan.Location != "Room 4"):
				t.Errorf("without a calendar: owner %d, at %q", got.OwnerID, got.Plan.Location)
			}
			return nil
		})
	}
}

func TestWhoMaySayAShare(t *testing.T) {
	r := newRoom(t)
	a := shared(r)
	join := func(by hub.Actor, u crm.User, busy bool) string {
		return codeOf(t, r.try(func(tx *store.Tx) error {
			return r.hub.Join(r.ctx, tx, by, a.ID, crm.Participant{UserID: u.ID, Busy: busy})
		}))
	}
	for _, c := range []struct {
		name string
		by   hub.Actor
		of   crm.User
		code string
	}{
		{"nobody", hub.Actor{}, r.alice, hub.DeniedNobody},
		{"a run", hub.BySync(0, 0), r.alice, ""},
		{"who takes part", hub.By(r.alice), r.alice, ""},
		{"the owner, of another", hub.By(r.bob), r.alice, hub.DeniedShare},
		{"who takes no part", hub.By(r.carol), r.carol, hub.DeniedShare},
		{"a run, of the owner", hub.BySync(0, 0), r.bob, ""},
	} {
		if code := join(c.by, c.of, true); code != c.code {
			t.Errorf("%s: %q, want %q", c.name, code, c.code)
		}
	}
	if ids := r.parts(a.ID); len(ids) != 1 || ids[0] != r.alice.ID {
		t.Errorf("who takes part: %v; the owner's share is in the activity itself", ids)
	}
	r.do(func(tx *store.Tx) error { return r.hub.Delete(r.ctx, tx, hub.By(r.bob), a.ID) })
	for name, ask := range map[string]func(tx *store.Tx) error{
		"join": func(tx *store.Tx) error {
			return r.hub.Join(r.ctx, tx, hub.BySync(0, 0), a.ID, crm.Participant{UserID: r.carol.ID})
		},
		"leave": func(tx *store.Tx) error {
			_, err := r.hub.Leave(r.ctx, tx, hub.BySync(0, 0), a.ID, r.alice.ID)
			return err
		},
		"take over": func(tx *store.Tx) error {
			_, err := r.hub.TakeOver(r.ctx, tx, hub.BySync(0, 0), a.ID, r.alice.ID)
			return err
		},
	} {
		if err := r.try(ask); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s what is deleted: %v", name, err)
		}
	}
}
