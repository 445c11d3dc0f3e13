package hub_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/hub"
	"tahti/internal/store"
)

// given is a meeting that bob owns and says of himself that he declined, is busy and, if secret, keeps it private; alice takes part.
// Both have a calendar that carries it.
func given(r *room, organiser string, secret bool) (a crm.Activity, alices store.ID) {
	bobs, alices := r.connect(r.bob, nil), r.connect(r.alice, nil)
	a = withOwner(meeting("Shared"), r.bob)
	a.Plan.UID, a.Plan.Organizer.Email, a.Visibility = "uid-1", organiser, crm.Everyone
	a.Plan.Answer, a.Plan.Busy, a.Plan.Private, a.Plan.Location = calendar.Declined, true, secret, "Bob's room"
	a = r.create(hub.BySync(bobs, 0), a)
	r.link(bobs, a.ID, false)
	r.do(func(tx *store.Tx) error {
		return r.hub.Join(r.ctx, tx, hub.BySync(0, 0), a.ID, crm.Participant{UserID: r.alice.ID, Answer: calendar.Accepted})
	})
	r.link(alices, a.ID, false)
	return a, alices
}

func (r *room) give(by hub.Actor, a crm.Activity, to crm.User) crm.Activity {
	return r.mustUpdate(by, a.ID, hub.Change{Fields: []string{hub.FieldOwner}, To: crm.Activity{OwnerID: to.ID}})
}

func (r *room) shares(activity store.ID) (list []crm.Participant) {
	r.do(func(tx *store.Tx) (err error) {
		list, err = tx.Participants(r.ctx, activity)
		return err
	})
	return list
}

// What each says for themselves stays theirs when somebody gives a meeting to a colleague who takes part (I10).
func TestWhoIsGivenAMeetingSaysTheirOwn(t *testing.T) {
	r := newRoom(t)
	a, alices := given(r, "eve@example.org", false)
	got := r.give(hub.By(r.bob), a, r.alice)
	if got.OwnerID != r.alice.ID || got.Plan.Answer != calendar.Accepted || got.Plan.Busy || got.Plan.Location != "Bob's room" {
		t.Errorf("alice owns %+v", got)
	}
	if want := []crm.Participant{{UserID: r.bob.ID, Answer: calendar.Declined, Busy: true}}; !slices.Equal(r.shares(a.ID), want) {
		t.Errorf("others: %+v, want %+v", r.shares(a.ID), want)
	}
	if !slices.ContainsFunc(r.work(alices), func(w store.Work) bool { return strings.HasPrefix(w.Subject, "r:") }) {
		t.Errorf("her copy is not read again: %+v", r.work(alices))
	}
	rows := r.history(a.ID)
	if u, err := r.undo(hub.By(r.alice), rows[0].ID); err != nil || u.Activity.OwnerID != r.bob.ID || u.Activity.Plan.Answer != calendar.Declined ||
		!u.Activity.Plan.Busy {
		t.Errorf("undone: %+v, %v", u, err)
	}
	if want := []crm.Participant{{UserID: r.alice.ID, Answer: calendar.Accepted}}; !slices.Equal(r.shares(a.ID), want) {
		t.Errorf("others, undone: %+v, want %+v", r.shares(a.ID), want)
	}
}

// What an owner kept to themselves does not go along to somebody who takes part, and is kept for them (I23, I2).
func TestWhoIsGivenAMeetingIsNotGivenWhatWasPrivate(t *testing.T) {
	r := newRoom(t)
	a, _ := given(r, "eve@example.org", true)
	got := r.give(hub.By(r.bob), a, r.alice)
	if got.OwnerID != r.alice.ID || got.Plan.Private || got.Plan.Location != "" {
		t.Errorf("alice owns %+v", got)
	}
	r.unseen(got, r.alice, r.carol)
}

// Whoever takes no part is given all of it, and has answered nothing.
func TestWhoTakesNoPartInAMeetingIsGivenAllOfIt(t *testing.T) {
	r := newRoom(t)
	a, _ := given(r, "eve@example.org", true)
	got := r.give(hub.By(r.bob), a, r.carol)
	if got.OwnerID != r.carol.ID || got.Plan.Answer != calendar.NoAnswer || !got.Plan.Private || got.Plan.Location != "Bob's room" {
		t.Errorf("carol owns %+v", got)
	}
	if want := []store.ID{r.alice.ID, r.bob.ID}; !slices.Equal(r.parts(a.ID), want) {
		t.Errorf("%v take part, want %v", r.parts(a.ID), want)
	}
	if got = r.give(hub.By(r.carol), got, r.alice); got.OwnerID != r.alice.ID || !slices.Equal(r.parts(a.ID), []store.ID{r.bob.ID}) {
		t.Errorf("passed on by carol, whose calendar does not carry it: %+v, and %v take part", got, r.parts(a.ID))
	}
}

// An organiser who gave their meeting away would get it back from their own calendar if they took part in it.
func TestAnOrganiserWhoGivesTheirMeetingAwayTakesNoPart(t *testing.T) {
	r := newRoom(t)
	a, _ := given(r, r.bob.Email, false)
	got := r.give(hub.By(r.bob), a, r.alice)
	if got.OwnerID != r.alice.ID || got.Plan.Answer != calendar.Accepted || len(r.parts(a.ID)) != 0 {
		t.Errorf("%+v, and %v take part", got, r.parts(a.ID))
	}
}

// What does not pass with a meeting is not shown to its new owner either, however little later it was written down (I23).
func TestWhatDoesNotPassIsNotShownEither(t *testing.T) {
	r := newRoom(t)
	a, alices := given(r, r.alice.Email, true)
	var got crm.Activity
	r.do(func(tx *store.Tx) (err error) {
		got, err = r.hub.TakeOver(r.ctx, tx, hub.BySync(alices, 0), a.ID, r.alice.ID)
		return err
	})
	if got.OwnerID != r.alice.ID || got.Plan.Location != "" {
		t.Errorf("alice owns %+v", got)
	}
	r.unseen(got, r.alice, r.carol)
}

// TestWhatPassesOnOfAPrivateMeetingIsItsNewOwnersToSee: nobody but them has ever been shown what their own copy says of it, and neither of the
// two has let the company see that. How widely its former owner would have shown it, had it been open, is no word of theirs (I23).
func TestWhatPassesOnOfAPrivateMeetingIsItsNewOwnersToSee(t *testing.T) {
	leave := func(r *room, a crm.Activity, _ store.ID) {
		r.do(func(tx *store.Tx) error {
			_, err := r.hub.Leave(r.ctx, tx, hub.BySync(0, 0), a.ID, r.bob.ID)
			return err
		})
	}
	for name, c := range map[string]struct {
		organiser string
		passes    func(r *room, a crm.Activity, alices store.ID)
	}{
		"its owner leaves": {"eve@example.org", leave},
		"its organiser takes it over, and its owner leaves then": {"alice@example.com", func(r *room, a crm.Activity, alices store.ID) {
			r.do(func(tx *store.Tx) error {
				_, err := r.hub.TakeOver(r.ctx, tx, hub.BySync(alices, 0), a.ID, r.alice.ID)
				return err
			})
			leave(r, a, alices)
		}},
		"its owner gives it away": {"bob@example.com", func(r *room, a crm.Activity, _ store.ID) { r.give(hub.By(r.bob), a, r.alice) }},
	} {
		for _, secret := range []bool{true, false} {
			r := newRoom(t)
			a, alices := given(r, c.organiser, secret)
			r.do(func(tx *store.Tx) error {
				l, err := tx.LinkByActivity(r.ctx, alices, a.ID)
				if err != nil {
					return err
				}
				l.RemoteEvent = &calendar.Event{Known: calendar.AllFields, Values: calendar.Values{Subject: "Alice's words"}}
				return tx.PutLink(r.ctx, &l)
			})
			c.passes(r, a, alices)
			got := r.activity(a.ID)
			if got.OwnerID != r.alice.ID || got.Plan.Private || secret != (got.Plan.Subject == "Alice's words") {
				t.Errorf("%s, private %t: alice owns %+v", name, secret, got)
			}
			if shown := r.hub.Show(r.carol, got, r.shares(a.ID)); shown.Masked != secret {
				t.Errorf("%s, private %t: a colleague is shown %+v", name, secret, shown.Activity)
			}
			for _, kept := range r.conflicts() {
				if kept.Field == hub.FieldVisibility {
					t.Errorf("%s, private %t: kept is %+v", name, secret, kept)
				}
			}
		}
	}
}

// unseen fails if somebody is shown what bob kept to himself.
func (r *room) unseen(a crm.Activity, users ...crm.User) {
	r.t.Helper()
	kept := r.conflicts()
	if !slices.ContainsFunc(kept, func(c store.Conflict) bool { return string(c.Lost) == `"Bob's room"` }) {
		r.t.Errorf("kept: %+v", kept)
	}
	for _, u := range users {
		for _, row := range r.history(a.ID) {
			row = r.hub.ShowHistory(u, a, r.shares(a.ID), row, r.bob.ID)
			if text := string(row.Before) + string(row.After); strings.Contains(text, "Bob's room") {
				r.t.Errorf("%s's history says %s", u.Name, text)
			}
		}
		for _, c := range kept {
			if c = r.hub.ShowConflict(u, a, r.shares(a.ID), c, r.bob.ID); c.Lost != nil {
				r.t.Errorf("%s sees %s of what bob kept to himself", u.Name, c.Lost)
			}
		}
	}
}

// The node that gives a meeting to its organiser has a clock that is behind the one of the node that wrote down what its owner kept from
// all others. What came first stays first, and what comes behind it is the new owner's.
func TestAClockThatIsBehindShowsANewOwnerNothingFromBefore(t *testing.T) {
	r := newRoom(t)
	a, alices := given(r, r.alice.Email, false)
	r.mustUpdate(hub.By(r.bob), a.ID, hub.Change{Fields: []string{"visibility", "subject"}, To: crm.Activity{
		Visibility: crm.OwnerOnly, Plan: calendar.Event{Values: calendar.Values{Subject: "Bob's words"}},
	}})
	taken := r.mustUpdate(hub.By(r.bob), a.ID, hub.Change{Fields: []string{"subject"}, To: values(calendar.Values{Subject: "Shared"})})
	conflict := func(lost string) store.Conflict {
		r.do(func(tx *store.Tx) error {
			return r.hub.AddConflict(r.ctx, tx, store.Conflict{Activity: a.ID, Field: "subject", Winner: "calendar", Lost: []byte(lost)})
		})
		return r.conflicts()[0]
	}
	r.clock.now = r.clock.now.Add(time.Minute)
	before := conflict(`"Bob's words"`)
	r.clock.now = taken.UpdatedAt.Add(-5 * time.Minute)
	var got crm.Activity
	r.do(func(tx *store.Tx) (err error) {
		got, err = r.hub.TakeOver(r.ctx, tx, hub.BySync(alices, 0), a.ID, r.alice.ID)
		return err
	})
	for _, row := range r.history(a.ID) {
		row = r.hub.ShowHistory(r.alice, got, r.shares(a.ID), row, 0)
		if text := string(row.Before) + string(row.After); strings.Contains(text, "Bob's words") {
			t.Errorf("alice is shown %s", text)
		}
	}
	if shown := r.hub.ShowConflict(r.alice, got, r.shares(a.ID), before, 0); shown.Lost != nil {
		t.Errorf("alice is shown %s", shown.Lost)
	}
	after := conflict(`"Alice's words"`)
	if shown := r.hub.ShowConflict(r.alice, got, r.shares(a.ID), after, 0); shown.Lost == nil {
		t.Error("alice is not shown what came behind it")
	}
	next := r.mustUpdate(hub.By(r.alice), a.ID, hub.Change{Fields: []string{"location"}, To: values(calendar.Values{Location: "Turku"})})
	if row := r.history(a.ID)[0]; !next.UpdatedAt.After(got.UpdatedAt) || !strings.Contains(string(row.After), "Turku") {
		t.Errorf("the last change is not the newest: %+v", row)
	}
}

// Of a title that a calendar has cut, a new owner is not given what settings put around it (C8).
func TestWhoIsGivenAMeetingIsNotGivenWhatStandsAroundACutTitle(t *testing.T) {
	for _, title := range []string{"CRM > Alice's > ours", "CRM > Ali", "CR"} {
		r := newRoom(t)
		a, alices := given(r, "alice@example.com", true)
		r.do(func(tx *store.Tx) error {
			l, err := tx.LinkByActivity(r.ctx, alices, a.ID)
			if err != nil {
				return err
			}
			shown := func(title string) *calendar.Event {
				return &calendar.Event{Known: calendar.AllFields, Values: calendar.Values{Subject: title}}
			}
			l.Ours, l.RemoteEvent, l.LocalEvent, l.Frame = true, shown(title), shown("Alice's"), []byte(`{"prefix":"CRM > ","suffix":" > ours"}`)
			if err := tx.PutLink(r.ctx, &l); err != nil {
				return err
			}
			_, err = r.hub.TakeOver(r.ctx, tx, hub.BySync(alices, 0), a.ID, r.alice.ID)
			return err
		})
		if got := r.activity(a.ID); got.OwnerID != r.alice.ID || got.Plan.Subject != "Alice's" {
			t.Errorf("of %q she is given %q", title, got.Plan.Subject)
		}
	}
}
