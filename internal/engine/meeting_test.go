package engine_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
	"tahti/internal/hub"
	"tahti/internal/lens"
	"tahti/internal/provider"
	"tahti/internal/store"
)

func person(name string) calendar.Person { return calendar.Person{Email: name + "@example.com"} }

// meeting is organised by somebody and has Alice and Bob as guests.
func meeting(subject, organizer string) calendar.Event {
	e := event(subject, 3, 10)
	e.UID = "meeting-1@example.com"
	e.Organizer = person(organizer)
	e.Guests = []calendar.Guest{{Person: person("alice")}, {Person: person("bob")}, {Person: person("carol")}}
	return e
}

func TestWhatSomebodyElseOrganisesStaysTheirs(t *testing.T) {
	r, a, id := linked(t, enginetest.Options{Mails: true}, false, meeting("Review", "dave"), nil)
	// A person is refused by the hub; what gets past it (an import, an undo) is taken back and kept.
	r.Tx(func(tx engine.Tx) error {
		a.Plan.Subject = "Mine"
		_, err := r.Hub.Update(t.Context(), tx, hub.Actor{Kind: hub.System}, a.ID, hub.Change{Fields: []string{"subject"}, To: a})
		return err
	})
	r.Settle(r.id)
	r.inStep(t, 1)
	if got := r.cal.Held()[id].Subject; got != "Review" || len(r.Conflicts()) != 1 {
		t.Errorf("%q there, conflicts %+v", got, r.Conflicts())
	}
	r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Busy = false }, "busy")
	r.Settle(r.id)
	r.inStep(t, 1)
	// Removing the invitation here cuts the tie and declines nothing.
	r.Delete(r.Alice, a.ID)
	r.Settle(r.id)
	r.Quiet(r.id)
	if here, there := subjects(r); len(here) != 0 || len(there) != 1 {
		t.Errorf("here %q, there %q", here, there)
	}
	if r.cal.Mailed != 0 {
		t.Errorf("%d people were mailed", r.cal.Mailed)
	}
}

func TestAnInvitationThatIsGoneIsNotMadeAnew(t *testing.T) {
	r, a, id := linked(t, enginetest.Options{}, false, meeting("Review", "dave"), nil)
	r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Busy = false }, "busy")
	r.cal.Delete(id)
	r.Settle(r.id)
	if here, there := subjects(r); len(here) != 0 || len(there) != 0 {
		t.Errorf("here %q, there %q", here, there)
	}
}

func TestAMeetingThatIsCalledOffLeavesTheCRM(t *testing.T) {
	r, _, id := linked(t, enginetest.Options{}, false, meeting("Review", "dave"), nil)
	r.cal.Edit(id, func(e *calendar.Event) { e.Status = calendar.Cancelled })
	r.Settle(r.id)
	r.Quiet(r.id)
	if here, there := subjects(r); len(here) != 0 || len(there) != 1 {
		t.Errorf("here %q, there %q", here, there)
	}
}

func callOff(r *room, id provider.RemoteID) {
	r.cal.Edit(id, func(e *calendar.Event) { e.Status = calendar.Cancelled })
}

func reinstate(r *room, id provider.RemoteID) {
	r.cal.Edit(id, func(e *calendar.Event) { e.Status, e.Location = calendar.Confirmed, "Room 5" })
}

// TestAMeetingThatTakesPlaceAfterAllComesBack as the activity that it was, with what is the CRM's own.
func TestAMeetingThatTakesPlaceAfterAllComesBack(t *testing.T) {
	for _, o := range []enginetest.Options{{}, {Unread: true}, {Listing: true}} {
		r, a, id := linked(t, o, false, meeting("Review", "dave"), start(lens.FromToday))
		r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Note = "ours" }, "note")
		callOff(r, id)
		r.Settle(r.id)
		r.Pass(100 * time.Hour) // it would be in the past by now
		reinstate(r, id)
		r.Settle(r.id)
		r.inStep(t, 1)
		if got := r.only(t); got.ID != a.ID || got.Note != "ours" || got.Plan.Location != "Room 5" {
			t.Errorf("%+v: came back as %+v", o, got)
		}
		callOff(r, id)
		r.Settle(r.id)
		if list := r.Activities(); len(list) != 0 {
			t.Errorf("called off again, and still there: %+v", list)
		}
	}
}

// TestWhatAPersonDeletedStaysDeletedWhenTheMeetingTakesPlaceAfterAll (I4).
func TestWhatAPersonDeletedStaysDeletedWhenTheMeetingTakesPlaceAfterAll(t *testing.T) {
	r, a, id := linked(t, enginetest.Options{}, false, meeting("Review", "dave"), nil)
	callOff(r, id)
	r.Settle(r.id)
	r.Tx(func(tx engine.Tx) error {
		_, err := r.Hub.Revive(t.Context(), tx, hub.By(r.Alice), a.ID)
		return err
	})
	r.Settle(r.id)
	if here, _ := subjects(r); len(here) != 1 {
		t.Fatalf("brought back by a person, and here is %q", here)
	}
	r.Delete(r.Alice, a.ID)
	r.Settle(r.id)
	reinstate(r, id)
	r.Settle(r.id)
	r.Quiet(r.id)
	if here, there := subjects(r); len(here) != 0 || len(there) != 1 {
		t.Errorf("here %q, there %q", here, there)
	}
}

func TestASharedMeetingThatTakesPlaceAfterAllComesBackToEverybody(t *testing.T) {
	for _, aliceFirst := range []bool{true, false} {
		a, b := pair(t, nothing)
		inA, inB := a.cal.Add(meeting("Review", "dave")), b.cal.Add(meeting("Review", "dave"))
		a.Settle(a.id, b.id)
		was := a.only(t)
		callOff(a, inA)
		a.Settle(a.id, b.id)
		callOff(b, inB)
		a.Settle(a.id, b.id)
		if list := a.Activities(); len(list) != 0 {
			t.Fatalf("called off, and still there: %+v", list)
		}
		rooms := []*room{a, b}
		ids := []provider.RemoteID{inA, inB}
		if !aliceFirst {
			slices.Reverse(rooms)
			slices.Reverse(ids)
		}
		for i := range rooms {
			reinstate(rooms[i], ids[i])
			a.Settle(a.id, b.id)
		}
		a.Quiet(a.id, b.id)
		got := a.only(t)
		if people := a.people(got); got.ID != was.ID || len(people) != 2 {
			t.Errorf("activity %d of %v came back, it was %d of both", got.ID, people, was.ID)
		}
	}
}

// people are all who carry an activity, its owner first.
func (r *room) people(a crm.Activity) []store.ID {
	list := []store.ID{a.OwnerID}
	for _, p := range r.parts(a.ID) {
		list = append(list, p.UserID)
	}
	return list
}

// parts is what is each one's own of those who take part in an activity.
func (r *room) parts(activity store.ID) (parts []crm.Participant) {
	r.Tx(func(tx engine.Tx) (err error) { parts, err = tx.Participants(r.T.Context(), activity); return err })
	return parts
}

// pair is a lab in which Alice and Bob have a calendar each.
func pair(t *testing.T, change func(*lens.Settings)) (*room, *room) {
	t.Helper()
	a := newRoom(t, enginetest.Options{}, func(s *lens.Settings) { everything(s); change(s) })
	b := &room{Lab: a.Lab, cal: enginetest.New(enginetest.Options{})}
	b.id = a.Connect(a.Bob, b.cal, func(s *lens.Settings) { everything(s); change(s) })
	return a, b
}

func nothing(*lens.Settings) {}

func TestOneMeetingIsOneActivityForAllOfUs(t *testing.T) {
	a, b := pair(t, nothing)
	inA := a.cal.Add(meeting("Review", "dave"))
	mine := meeting("Review", "dave")
	mine.Busy, mine.Answer = false, calendar.Declined
	inB := b.cal.Add(mine)
	a.Settle(a.id, b.id)
	shared := a.only(t)
	if shared.OwnerID != a.Alice.ID {
		t.Errorf("the owner is %d", shared.OwnerID)
	}
	// Each keeps what is their own.
	a.cal.Edit(inA, func(e *calendar.Event) { e.Busy = false })
	a.Settle(a.id, b.id)
	b.cal.Edit(inB, func(e *calendar.Event) { e.Busy = true })
	a.Settle(a.id, b.id)
	a.Quiet(a.id, b.id)
	if a.cal.Held()[inA].Busy || !b.cal.Held()[inB].Busy {
		t.Errorf("busy: %t for Alice, %t for Bob", a.cal.Held()[inA].Busy, b.cal.Held()[inB].Busy)
	}
	if parts := a.parts(shared.ID); len(parts) != 1 || parts[0].UserID != a.Bob.ID || !parts[0].Busy || a.only(t).Plan.Busy {
		t.Errorf("here Bob's part is %+v, and Alice is busy: %t", parts, a.only(t).Plan.Busy)
	}
	// The organiser moves it: both calendars say so, the activity follows once.
	for _, c := range []*room{a, b} {
		for id := range c.cal.Held() {
			c.cal.Edit(id, func(e *calendar.Event) { e.Start.Wall += 3600; e.End.Wall += 3600 })
		}
	}
	a.Settle(a.id, b.id)
	a.Quiet(a.id, b.id)
	if got := a.only(t); got.Plan.Start.Wall != hour(3, 11) || len(a.Conflicts()) != 0 {
		t.Errorf("%v, conflicts %+v", got.Plan.Start, a.Conflicts())
	}
	// Alice, who owns it, throws her copy away: it is Bob's then, and he keeps his.
	a.cal.Delete(inA)
	a.Settle(a.id, b.id)
	if got := a.only(t); got.OwnerID != b.Bob.ID || len(b.cal.Held()) != 1 {
		t.Errorf("owner %d, Bob has %d events", got.OwnerID, len(b.cal.Held()))
	}
	b.cal.Delete(inB)
	a.Settle(a.id, b.id)
	if list := a.Activities(); len(list) != 0 {
		t.Errorf("still there: %+v", list)
	}
}

func TestACopiedUIDJoinsNobodyElsesMeeting(t *testing.T) {
	a, b := pair(t, nothing)
	a.cal.Add(meeting("Review", "dave"))
	forged := meeting("Let me in", "mallory")
	b.cal.Add(forged)
	a.Settle(a.id, b.id)
	if list := a.Activities(); len(list) != 2 {
		t.Errorf("%d activities", len(list))
	}
}

func TestWhatASettingKeepsOutDoesNotJoinEither(t *testing.T) {
	a, b := pair(t, func(s *lens.Settings) { s.Private = "skip" })
	a.cal.Add(meeting("Review", "dave"))
	secret := meeting("Review", "dave")
	secret.Private = true
	b.cal.Add(secret)
	a.Settle(a.id, b.id)
	if links := b.Links(b.id); len(links) != 0 {
		t.Errorf("%+v", links)
	}
}

func TestACopyInTheSameCalendarMovesNoLink(t *testing.T) {
	r, a, id := linked(t, enginetest.Options{}, false, meeting("Review", "dave"), nil)
	r.cal.Add(meeting("Review", "dave"))
	r.Settle(r.id)
	if links := r.Links(r.id); len(links) != 1 || links[0].Remote != string(id) || links[0].Activity != a.ID {
		t.Errorf("%+v", links)
	}
	if works := r.Works(r.id); len(works) != 1 || works[0].Reason != "copy" {
		t.Errorf("%+v", works)
	}
}

// TestAPrivateMeetingShowsNothingOnOthersCalendars: what another person's calendar gets is busy time, and that never comes
// back as an edit (I23).
func TestAPrivateMeetingShowsNothingOnOthersCalendars(t *testing.T) {
	a, b := pair(t, nothing)
	a.cal.Add(meeting("Review", "dave"))
	inB := b.cal.Add(meeting("Review", "dave"))
	a.Settle(a.id, b.id)
	for id := range a.cal.Held() {
		a.cal.Edit(id, func(e *calendar.Event) { e.Private, e.Description = true, "the secret" })
	}
	a.Settle(a.id, b.id)
	if e := b.cal.Held()[inB]; e.Description != "" || e.Subject != "Review" {
		t.Errorf("Bob's calendar says %+v", e.Values)
	}
	b.cal.Edit(inB, setPlace("Bob's room"))
	a.Settle(a.id, b.id)
	if got := a.only(t); !got.Plan.Private || got.Plan.Description != "the secret" || got.Plan.Subject != "Review" {
		t.Errorf("%+v", got.Plan.Values)
	}
	a.Quiet(a.id, b.id)
}

// TestWhatIsPrivateNoLongerIsToldToColleagues: what was withheld from an event of ours on a colleague's calendar goes there once its
// owner shows it, as a change of this side (I2).
func TestWhatIsPrivateNoLongerIsToldToColleagues(t *testing.T) {
	a, b := pair(t, nothing)
	other := enginetest.New(enginetest.Options{})
	otherID := a.Connect(a.Bob, other, func(s *lens.Settings) { everything(s); s.Relay = true })
	secret := meeting("Review", "dave")
	secret.Private = true
	inA := a.cal.Add(secret)
	a.Settle(a.id)
	b.cal.Add(meeting("Review", "dave"))
	a.Settle(a.id, b.id, otherID)
	if len(other.Held()) != 1 {
		t.Fatalf("%d events of ours", len(other.Held()))
	}
	for _, e := range other.Held() {
		if e.Subject != "" {
			t.Errorf("it says %q", e.Subject)
		}
	}
	a.cal.Edit(inA, func(e *calendar.Event) { e.Private = false })
	a.Settle(a.id, b.id, otherID)
	a.Quiet(a.id, b.id, otherID)
	for _, e := range other.Held() {
		if e.Subject != "Review" || len(a.Conflicts()) != 0 {
			t.Errorf("it says %q, conflicts %+v", e.Subject, a.Conflicts())
		}
	}
}

// TestAPrivateDateOfAnOpenSeriesIsWithheldToo: only its time shows on a colleague's calendar, and what they write there of
// that date stays theirs (I23).
func TestAPrivateDateOfAnOpenSeriesIsWithheldToo(t *testing.T) {
	a, b := pair(t, nothing)
	daily := meeting("Daily", "dave")
	daily.Rule = "FREQ=DAILY;COUNT=4"
	inA, inB := a.cal.Add(daily), b.cal.Add(daily)
	a.Settle(a.id, b.id)
	day := hour(4, 10)
	secret := calendar.Override{
		Original: day, Set: calendar.Fields(calendar.Subject, calendar.Private), Values: calendar.Values{Subject: "secret", Private: true},
	}
	a.cal.Edit(inA, func(e *calendar.Event) { e.Overrides = []calendar.Override{secret} })
	a.Settle(a.id, b.id)
	b.cal.Edit(inB, func(e *calendar.Event) {
		if len(e.Overrides) != 0 {
			t.Errorf("Bob's calendar was given %+v", e.Overrides)
		}
		o := e.EnsureOverride(day)
		o.Set, o.Subject, o.Location = calendar.Fields(calendar.Subject, calendar.Location), "Bob's words", "Bob's room"
	})
	a.Settle(a.id, b.id)
	shared := a.only(t)
	if o := shared.Plan.Override(day); o == nil || o.Subject != "secret" || o.Location != "" {
		t.Errorf("the private date is %+v", o)
	}
	if e := b.cal.Held()[inB]; e.Override(day) == nil || e.Override(day).Subject != "Bob's words" {
		t.Errorf("Bob's calendar says %+v", e.Overrides)
	}
	a.Quiet(a.id, b.id)
}

// organised is a meeting that Bob organises, with Alice as a guest.
func organised() calendar.Event { return meeting("Review", "bob") }

// TestTheOrganiserOwnsTheMeetingWheneverTheyCome: the owner, everybody's own share, and the one copy that is written.
func TestTheOrganiserOwnsTheMeetingWheneverTheyCome(t *testing.T) {
	for _, guestFirst := range []bool{true, false} {
		a, b := pair(t, nothing)
		guests, his := organised(), organised()
		guests.Answer, guests.Busy = calendar.Maybe, false
		his.Description = "the agenda"
		order := []*room{b, a}
		if guestFirst {
			order = []*room{a, b}
		}
		var inA, inB provider.RemoteID
		for _, r := range order {
			if r == a {
				inA = a.cal.Add(guests)
			} else {
				inB = b.cal.Add(his)
			}
			a.Settle(a.id, b.id)
		}
		m := a.only(t)
		if people := a.people(m); m.OwnerID != a.Bob.ID || !slices.Equal(people, []store.ID{a.Bob.ID, a.Alice.ID}) {
			t.Fatalf("guest first %t: the meeting is of %v, want %d and %d", guestFirst, people, a.Bob.ID, a.Alice.ID)
		}
		if m.Plan.Description != "the agenda" || !m.Plan.Busy || m.Plan.Answer != his.Answer {
			t.Errorf("guest first %t: it says %+v, not what its organiser says", guestFirst, m.Plan.Values)
		}
		a.Tx(func(tx engine.Tx) error {
			parts, err := tx.Participants(t.Context(), m.ID)
			if want := (crm.Participant{UserID: a.Alice.ID, Answer: calendar.Maybe}); len(parts) != 1 || parts[0] != want {
				t.Errorf("guest first %t: Alice's share is %+v", guestFirst, parts)
			}
			return err
		})
		a.Quiet(a.id, b.id)
		writes := a.cal.Writes
		a.Edit(a.Bob, m.ID, setSubject("Big review"), "subject")
		a.Settle(a.id, b.id)
		if got := b.cal.Held()[inB].Subject; got != "Big review" || a.cal.Writes != writes || a.cal.Held()[inA].Subject != "Review" {
			t.Errorf("guest first %t: %q at the organiser's, %q at the guest's", guestFirst, got, a.cal.Held()[inA].Subject)
		}
		a.Quiet(a.id, b.id)
	}
}

// TestWhatWasEditedBeforeTheOrganiserCameIsKept as a conflict that can be restored (I2).
func TestWhatWasEditedBeforeTheOrganiserCameIsKept(t *testing.T) {
	a, b := pair(t, nothing)
	a.cal.Add(organised())
	a.Settle(a.id, b.id)
	a.Edit(a.Alice, a.only(t).ID, setSubject("Typed here"), "subject")
	a.Settle(a.id, b.id)
	b.cal.Add(organised())
	a.Settle(a.id, b.id)
	list := a.Conflicts()
	if got := a.only(t).Plan.Subject; got != "Review" || len(list) != 1 || string(list[0].Lost) != `"Typed here"` {
		t.Errorf("%q, conflicts %+v", got, list)
	}
	a.Quiet(a.id, b.id)
}

// TestWhatWasTypedAMomentBeforeTheOrganiserCameIsKept: no run has seen it yet. The organiser's copy says what the meeting is
// (I2); what a guest's calendar said is nobody's words here.
func TestWhatWasTypedAMomentBeforeTheOrganiserCameIsKept(t *testing.T) {
	for _, typed := range []bool{true, false} {
		a, b := pair(t, nothing)
		theirs := organised()
		theirs.Description = "from the invitation"
		a.cal.Add(theirs)
		a.Settle(a.id, b.id)
		if typed {
			a.Pass(-time.Minute) // by a node whose clock is behind
			a.Edit(a.Alice, a.only(t).ID, func(a *crm.Activity) { a.Plan.Description = "typed here" }, "description")
			a.Pass(time.Minute)
		}
		his := organised()
		his.Description = "the agenda"
		b.cal.Add(his)
		a.Settle(b.id, a.id)
		m := a.only(t)
		if m.OwnerID != a.Bob.ID || m.Plan.Description != "the agenda" {
			t.Errorf("typed %t: it is of %d and says %q", typed, m.OwnerID, m.Plan.Description)
		}
		list := a.Conflicts()
		switch {
		case typed && (len(list) != 1 || string(list[0].Lost) != `"typed here"` || string(list[0].Kept) != `"the agenda"` ||
			list[0].Winner != "calendar" || list[0].Field != "description"):
			t.Errorf("kept: %+v", list)
		case !typed && len(list) != 0:
			t.Errorf("nobody typed anything, and filed is %+v", list)
		}
		a.Quiet(a.id, b.id)
	}
}

// TestWhatWasTypedOfADateThatItsOrganiserCalledOffIsKept: their copy comes in behind a guest's, and has no such date (I2).
func TestWhatWasTypedOfADateThatItsOrganiserCalledOffIsKept(t *testing.T) {
	for _, typed := range []bool{true, false} {
		a, b := pair(t, nothing)
		theirs := organised()
		theirs.Rule = "FREQ=DAILY;COUNT=4"
		theirs.Overrides = []calendar.Override{{
			Original: hour(4, 10), Set: calendar.Fields(calendar.Location), Values: calendar.Values{Location: "from the invitation"},
		}}
		a.cal.Add(theirs)
		a.Settle(a.id, b.id)
		if typed {
			to := a.only(t)
			to.Plan.Subject = "typed here"
			a.Tx(func(tx engine.Tx) error {
				_, err := a.Hub.PatchOccurrence(t.Context(), tx, hub.By(a.Alice), to.ID, hour(4, 10), hub.This, hub.Change{
					Fields: []string{"subject"}, To: to,
				})
				return err
			})
		}
		his := organised()
		his.Rule, his.Cancelled = "FREQ=DAILY;COUNT=4", []calendar.Wall{hour(4, 10)}
		b.cal.Add(his)
		a.Settle(b.id, a.id)
		if m := a.only(t); m.OwnerID != a.Bob.ID || !m.Plan.IsCancelled(hour(4, 10)) {
			t.Errorf("typed %t: it is of %d and says %+v", typed, m.OwnerID, m.Plan)
		}
		list := a.Conflicts()
		if typed && (len(list) != 1 || string(list[0].Lost) != `"typed here"` || list[0].Winner != "calendar" || list[0].Original == "") ||
			!typed && len(list) != 0 {
			t.Errorf("typed %t, kept: %+v", typed, list)
		}
		a.Quiet(a.id, b.id)
	}
}

// TestWhatAGuestKeptToThemselvesDoesNotGoToTheOrganiser: not on any surface (I23), and the guest loses nothing (I2).
func TestWhatAGuestKeptToThemselvesDoesNotGoToTheOrganiser(t *testing.T) {
	a, b := pair(t, func(s *lens.Settings) { s.Visibility = "everyone" })
	mine := organised()
	mine.Private, mine.Description = true, "my secret"
	inA := a.cal.Add(mine)
	a.Settle(a.id, b.id)
	a.Edit(a.Alice, a.only(t).ID, func(a *crm.Activity) { a.Note = "note to myself" }, "note")
	inB := b.cal.Add(organised())
	a.Settle(a.id, b.id)
	a.Quiet(a.id, b.id)
	m := a.only(t)
	if m.OwnerID != a.Bob.ID || m.Plan.Private || m.Note != "" || m.Plan.Description != "" {
		t.Errorf("Bob owns %+v", m)
	}
	if got := a.cal.Held()[inA].Description; got != "my secret" || b.cal.Held()[inB].Description != "" {
		t.Errorf("Alice's calendar says %q, Bob's %q", got, b.cal.Held()[inB].Description)
	}
	conflicts, list := map[store.ID]int{}, a.Conflicts()
	a.Tx(func(tx engine.Tx) error {
		parts, err := tx.Participants(t.Context(), m.ID)
		if err != nil {
			return err
		}
		for _, u := range []crm.User{a.Alice, a.Bob} {
			rows, err := tx.ListHistory(t.Context(), 0, m.ID, 0, 100)
			if err != nil {
				return err
			}
			for _, row := range rows {
				shown := a.Hub.ShowHistory(u, m, parts, row, a.Alice.ID)
				if text := string(shown.Before) + string(shown.After); u == a.Bob && (strings.Contains(text, "secret") || strings.Contains(text, "myself")) {
					t.Errorf("Bob's history says %s", text)
				}
			}
			for _, c := range list {
				if c = a.Hub.ShowConflict(u, m, parts, c, a.Alice.ID); c.Lost != nil {
					conflicts[u.ID]++
				}
			}
		}
		return nil
	})
	if conflicts[a.Bob.ID] != 0 || conflicts[a.Alice.ID] != 2 {
		t.Errorf("Bob sees %d of her values, Alice %d, want none and 2", conflicts[a.Bob.ID], conflicts[a.Alice.ID])
	}
}

// TestAnOrganisersCopyKnowsWhomItInvitesByNow: it was listed, and before the run takes it in the organiser invites a colleague, whose
// calendar tells of that first. It is one meeting (I10).
func TestAnOrganisersCopyKnowsWhomItInvitesByNow(t *testing.T) {
	a, b := pair(t, nothing)
	before := organised()
	before.Guests = before.Guests[2:]
	a.Settle(a.id, b.id)
	inB := b.cal.Add(before)
	b.cal.After = func(c enginetest.Call) error {
		if c.Op == "pull" {
			b.cal.After = nil
			b.cal.Edit(inB, func(e *calendar.Event) { e.Guests = organised().Guests })
			a.cal.Add(organised())
			a.Sync(a.id)
		}
		return nil
	}
	a.Settle(b.id)
	m := a.only(t)
	if people := a.people(m); m.OwnerID != a.Bob.ID || len(people) != 2 {
		t.Errorf("%v carry it", people)
	}
	a.Settle(a.id, b.id)
	a.Quiet(a.id, b.id)
}

// TestTheNameOfAnAccountIsNobodyElsesAddress: who adds an account that is called like a colleague is not named by what names the
// colleague, and a UID that they chose makes their event no copy of the colleague's meeting (I10).
func TestTheNameOfAnAccountIsNobodyElsesAddress(t *testing.T) {
	a, b := pair(t, nothing)
	forged := event("Mine", 3, 10)
	forged.UID = organised().UID
	forged.Organizer = person("bob")
	a.cal.Add(forged)
	a.Settle(a.id)
	a.Tx(func(tx engine.Tx) error {
		return tx.PutAccount(t.Context(), &store.Account{Member: a.Alice.ID, Provider: "caldav", Server: "https://other.example.com", Username: a.Bob.Email, State: "ok"})
	})
	his := organised()
	his.Guests = his.Guests[2:]
	b.cal.Add(his)
	a.Settle(b.id)
	if list := a.Activities(); len(list) != 2 {
		t.Errorf("%d activities", len(list))
	}
}
