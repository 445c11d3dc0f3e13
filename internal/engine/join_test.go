package engine_test

import (
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/provider"
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
