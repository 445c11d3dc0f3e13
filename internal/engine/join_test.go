package engine_test

import (
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/hub"
	"tahti/internal/lens"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// moveTo is how an organiser's calendar, or a copy of the meeting, comes to say another start.
func moveTo(at int) func(*calendar.Event) {
	return func(e *calendar.Event) { e.Start.Wall, e.End.Wall = hour(3, at), hour(3, at+1) }
}

// TestACopyThatHasNotHeardOfTheMoveIsTheSameMeeting in whatever order the calendars come (I10).
func TestACopyThatHasNotHeardOfTheMoveIsTheSameMeeting(t *testing.T) {
	for _, guestFirst := range []bool{true, false} {
		a, b := pair(t, nothing)
		moved := organised()
		moveTo(12)(&moved)
		var inA provider.RemoteID
		if guestFirst {
			inA = a.cal.Add(organised())
			a.Settle(a.id)
		}
		b.cal.Add(moved)
		a.Settle(b.id)
		if !guestFirst {
			inA = a.cal.Add(organised())
		}
		a.Settle(a.id, b.id)
		a.cal.Edit(inA, moveTo(12))
		a.Settle(a.id, b.id)
		a.Quiet(a.id, b.id)
		if got := a.only(t); got.Plan.Start.Wall != hour(3, 12) || got.OwnerID != a.Bob.ID {
			t.Errorf("guest first %t: %v, owner %d", guestFirst, got.Plan.Start, got.OwnerID)
		}
	}
}

// TestAnInvitationToOneDateIsNotTheSeries: some calendars give it the UID of the series.
func TestAnInvitationToOneDateIsNotTheSeries(t *testing.T) {
	a, b := pair(t, nothing)
	series := meeting("Daily", "dave")
	series.Rule = "FREQ=DAILY;COUNT=4"
	a.cal.Add(series)
	one := meeting("Daily", "dave")
	one.Start.Wall, one.End.Wall = hour(4, 10), hour(4, 11)
	b.cal.Add(one)
	a.Settle(a.id, b.id)
	if list := a.Activities(); len(list) != 2 {
		t.Errorf("%d activities, want 2", len(list))
	}
}

// TestAUIDThatWasChosenBeforeTheOrganiserCameIsNotTheirMeeting: whoever is not invited neither joins it nor has it join (I10, I23).
func TestAUIDThatWasChosenBeforeTheOrganiserCameIsNotTheirMeeting(t *testing.T) {
	a, b := pair(t, nothing)
	forged := organised() // by Alice, whom Bob has not invited
	a.cal.Add(forged)
	a.Settle(a.id)
	his := organised()
	his.Subject, his.Guests = "Bob's own", []calendar.Guest{{Person: person("carol")}}
	b.cal.Add(his)
	a.Settle(a.id, b.id)
	if list := a.Activities(); len(list) != 2 || len(a.people(list[0])) != 1 || len(a.people(list[1])) != 1 {
		t.Errorf("%+v", list)
	}
}

// inviting is a meeting with just these guests.
func inviting(organizer string, guests ...string) calendar.Event {
	e := meeting("Review", organizer)
	e.Guests = nil
	for _, name := range guests {
		e.Guests = append(e.Guests, calendar.Guest{Person: person(name)})
	}
	return e
}

// TestWhatNobodyOrganisesIsNoMeetingOfTwo, whoever it names: each has an event of their own.
func TestWhatNobodyOrganisesIsNoMeetingOfTwo(t *testing.T) {
	a, b := pair(t, nothing)
	for _, r := range []*room{a, b} {
		e := event("Call", 3, 10)
		e.UID, e.Guests = "handed-on", []calendar.Guest{{Person: person("alice")}, {Person: person("bob")}}
		r.cal.Add(e)
	}
	a.Settle(a.id, b.id)
	if n := len(a.Activities()); n != 2 {
		t.Errorf("%d activities", n)
	}
}

// TestAGuestWhoIsInvitedLaterIsOfTheSameMeeting, whichever calendar tells of it first (I10).
func TestAGuestWhoIsInvitedLaterIsOfTheSameMeeting(t *testing.T) {
	for _, organiser := range []string{"bob", "dave"} {
		for _, newFirst := range []bool{true, false} {
			if newFirst && organiser == "bob" {
				continue // an organiser's calendar is the first to know
			}
			a, b := pair(t, nothing)
			before, now := inviting(organiser, "bob", "carol"), inviting(organiser, "alice", "bob", "carol")
			inB := b.cal.Add(before)
			order := []*room{b, a}
			if newFirst {
				order = []*room{a, b}
			}
			a.cal.Add(now)
			for _, r := range order {
				a.Settle(r.id)
			}
			a.Settle(a.id, b.id)
			if m := a.only(t); len(a.people(m)) != 2 {
				t.Errorf("by %s, new first %t: it is of %v", organiser, newFirst, a.people(m))
			}
			b.cal.Edit(inB, func(e *calendar.Event) { e.Guests = now.Guests })
			a.Settle(a.id, b.id)
			a.Quiet(a.id, b.id)
			if m := a.only(t); len(m.Plan.Guests) != 3 {
				t.Errorf("by %s, new first %t: %v are invited", organiser, newFirst, m.Plan.Guests)
			}
		}
	}
}

// TestWhoKnowsUIDAndOrganiserIsNotInvited: anybody can choose both for an event of their own (I10, I23).
func TestWhoKnowsUIDAndOrganiserIsNotInvited(t *testing.T) {
	for _, organiser := range []string{"bob", "dave"} {
		for _, forgedFirst := range []bool{true, false} {
			a, b := pair(t, nothing)
			order := []*room{b, a}
			if forgedFirst {
				order = []*room{a, b}
			}
			b.cal.Add(inviting(organiser, "bob", "carol"))
			a.cal.Add(inviting(organiser, "alice"))
			for _, r := range order {
				a.Settle(r.id)
			}
			a.Settle(a.id, b.id)
			if list := a.Activities(); len(list) != 2 || len(a.people(list[0])) != 1 || len(a.people(list[1])) != 1 {
				t.Errorf("by %s, forged first %t: %+v", organiser, forgedFirst, list)
			}
		}
	}
}

// givenAway is a lab in which Alice, whom a meeting does not invite, has given an event with its UID and organiser to Bob, whom it does;
// leave is what happens before Bob's copy comes.
func givenAway(t *testing.T, organiser string, leave func(a *room)) (a, b *room, given store.ID) {
	t.Helper()
	a, b = pair(t, func(s *lens.Settings) { s.Visibility = "everyone" })
	a.cal.Add(inviting(organiser, "alice"))
	a.Settle(a.id)
	given = a.only(t).ID
	a.Edit(a.Alice, given, func(x *crm.Activity) { x.OwnerID = a.Bob.ID }, "owner")
	a.Settle(a.id)
	leave(a)
	his := inviting(organiser, "bob", "carol")
	his.Subject = "Bob's own"
	b.cal.Add(his)
	a.Settle(a.id, b.id)
	a.Quiet(a.id, b.id)
	return a, b, given
}

// TestWhoGivesAwayAnEventWithTheUIDOfAMeetingTakesNoPartInIt: whoever is given it is invited to the meeting, and its giver is not (I10, I23).
func TestWhoGivesAwayAnEventWithTheUIDOfAMeetingTakesNoPartInIt(t *testing.T) {
	for _, organiser := range []string{"bob", "dave"} {
		a, _, given := givenAway(t, organiser, func(*room) {})
		list := a.Activities()
		if len(list) != 2 {
			t.Errorf("by %s: %+v", organiser, list)
		}
		for _, x := range list {
			if isGiven := x.ID == given; isGiven != (len(a.people(x)) == 2) || isGiven != (x.Plan.Subject == "Review") {
				t.Errorf("by %s: %v take part in %q", organiser, a.people(x), x.Plan.Subject)
			}
		}
	}
}

// TestWhoIsInvitedInPlaceOfAColleagueWhoLeftHasOneMeeting: whoever is given what a colleague's calendar brought in, and sees no more, has
// their own copy of it tied to that (I10).
func TestWhoIsInvitedInPlaceOfAColleagueWhoLeftHasOneMeeting(t *testing.T) {
	ways := map[string]func(a *room){
		"left the company": func(a *room) {
			a.Tx(func(tx engine.Tx) error {
				left := a.Alice // the last administrator, whom nobody can keep out by a page
				left.Active = false
				return tx.PutUser(t.Context(), &left)
			})
		},
		"left the meeting": func(a *room) {
			id := a.only(t).ID
			a.Tx(func(tx engine.Tx) error {
				_, err := a.Hub.Leave(t.Context(), tx, hub.By(a.Alice), id, a.Alice.ID)
				return err
			})
			a.Settle(a.id)
		},
	}
	for way, leave := range ways {
		a, b, given := givenAway(t, "dave", leave)
		if x := a.only(t); x.ID != given || x.OwnerID != b.Bob.ID || x.Plan.Subject != "Bob's own" {
			t.Errorf("who %s: %+v", way, x)
		}
	}
}
