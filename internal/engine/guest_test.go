package engine_test

import (
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
	"tahti/internal/hub"
	"tahti/internal/lens"
	"tahti/internal/provider"
)

// TestAGuestsLateCopyTakesNothingFromTheOrganiser: it only repeats what the organiser had told before (I2).
func TestAGuestsLateCopyTakesNothingFromTheOrganiser(t *testing.T) {
	a, b := pair(t, nothing)
	inA, inB := a.cal.Add(organised()), b.cal.Add(organised())
	a.Settle(a.id, b.id)
	b.cal.Edit(inB, moveTo(12))
	a.Settle(b.id)
	a.Edit(a.Bob, a.only(t).ID, setSubject("Typed by its organiser"), "subject")
	a.cal.Edit(inA, func(e *calendar.Event) { e.Subject = "What it was called in between"; moveTo(11)(e) })
	a.Settle(a.id, b.id)
	a.Quiet(a.id, b.id)
	if got := a.only(t).Plan; got.Subject != "Typed by its organiser" || got.Start.Wall != hour(3, 12) {
		t.Errorf("it says %q, %v", got.Subject, got.Start)
	}
	if got := b.cal.Held()[inB]; got.Subject != "Typed by its organiser" || got.Start.Wall != hour(3, 12) || len(a.Conflicts()) != 0 {
		t.Errorf("the organiser's calendar says %q, %v, conflicts %+v", got.Subject, got.Start, a.Conflicts())
	}
}

// TestWhatWeMadeOfASharedMeetingFollowsIt: an event of our own on another calendar is no copy that its organiser tells.
func TestWhatWeMadeOfASharedMeetingFollowsIt(t *testing.T) {
	a, b := pair(t, nothing)
	other := enginetest.New(enginetest.Options{})
	otherID := a.Connect(a.Alice, other, func(s *lens.Settings) { everything(s); s.Relay = true })
	inA := a.cal.Add(meeting("Review", "dave"))
	b.cal.Add(meeting("Review", "dave"))
	a.Settle(a.id, b.id, otherID)
	a.cal.Edit(inA, func(e *calendar.Event) { e.Subject = "Big review" })
	a.Settle(a.id, b.id, otherID)
	a.Quiet(a.id, b.id, otherID)
	for _, e := range other.Held() {
		if e.Subject != "Big review" {
			t.Errorf("it says %q", e.Subject)
		}
	}
	if len(other.Held()) != 1 {
		t.Errorf("%d events", len(other.Held()))
	}
}

// TestWhatSomebodyElseOrganisesStaysTheirsWhenItIsShared: what gets past the hub is taken back and kept, also where colleagues carry
// the meeting, and two calendars of its owner do not take it back from each other for ever (I3).
func TestWhatSomebodyElseOrganisesStaysTheirsWhenItIsShared(t *testing.T) {
	for _, twoCopies := range []bool{false, true} {
		a, b := pair(t, nothing)
		ids := []int64{a.id, b.id}
		a.cal.Add(meeting("Review", "dave"))
		b.cal.Add(meeting("Review", "dave"))
		if twoCopies {
			other := enginetest.New(enginetest.Options{})
			ids = append(ids, a.Connect(a.Alice, other, everything))
			behind := meeting("Review", "dave")
			behind.Location = "Where it was"
			other.Add(behind)
		}
		a.Settle(ids...)
		m := a.only(t)
		a.Tx(func(tx engine.Tx) error {
			m.Plan.Subject = "Mine"
			_, err := a.Hub.Update(t.Context(), tx, hub.Actor{Kind: hub.System}, m.ID, hub.Change{Fields: []string{"subject"}, To: m})
			return err
		})
		a.Settle(ids...)
		a.Quiet(ids...)
		if got := a.only(t).Plan.Subject; !twoCopies && (got != "Review" || len(a.Conflicts()) != 1) {
			t.Errorf("it says %q, conflicts %+v", got, a.Conflicts())
		}
	}
}

// TestTheHeirsCopyCounts: until now its owner's did, and may not have heard what the heir's has. So does one that is private where what is
// private is not to come in: it is tied, and what is said of it comes in as ever.
func TestTheHeirsCopyCounts(t *testing.T) {
	for _, private := range []bool{false, true} {
		a, b := pair(t, func(s *lens.Settings) { s.Private = "skip" })
		inA, inB := a.cal.Add(meeting("Review", "dave")), b.cal.Add(meeting("Review", "dave"))
		a.Settle(a.id, b.id)
		b.cal.Edit(inB, func(e *calendar.Event) { e.Subject, e.Private = "Big review", private; moveTo(12)(e) })
		a.Settle(a.id, b.id)
		if got := a.only(t); got.Plan.Subject != "Review" || got.OwnerID != a.Alice.ID {
			t.Errorf("%q of %d, want what Alice's copy says", got.Plan.Subject, got.OwnerID)
		}
		a.cal.Delete(inA)
		a.Settle(a.id, b.id)
		a.Quiet(a.id, b.id)
		got := a.only(t)
		if got.OwnerID != a.Bob.ID || got.Plan.Subject != "Big review" || got.Plan.Start.Wall != hour(3, 12) || got.Plan.Private != private {
			t.Errorf("private %t: %q, %v of %d, want what Bob's copy says", private, got.Plan.Subject, got.Plan.Start, got.OwnerID)
		}
	}
}

// TestTheHeirsCopyCountsAlsoWhereItSaysMoreByThen: by the time that it is read for what it said already, it may have heard something
// else, or its owner may have said here what is theirs.
func TestTheHeirsCopyCountsAlsoWhereItSaysMoreByThen(t *testing.T) {
	for name, meanwhile := range map[string]func(a, b *room, inB provider.RemoteID){
		"there": func(_, b *room, inB provider.RemoteID) { b.cal.Edit(inB, setPlace("Room 4")) },
		"here": func(a, b *room, inB provider.RemoteID) {
			b.cal.Edit(inB, setPlace("Room 4"))
			a.Edit(a.Bob, a.only(t).ID, func(a *crm.Activity) { a.Plan.Busy = false }, "busy")
		},
	} {
		t.Run(name, func(t *testing.T) {
			a, b := pair(t, nothing)
			days := meeting("Review", "dave")
			days.Rule = "FREQ=DAILY;COUNT=4"
			a.cal.Add(days)
			inB := b.cal.Add(days)
			a.Settle(a.id, b.id)
			b.cal.Edit(inB, func(e *calendar.Event) {
				o := e.EnsureOverride(hour(4, 10))
				o.Set, o.Subject = calendar.Fields(calendar.Subject), "Big review"
			})
			a.Settle(a.id, b.id)
			a.Edit(a.Alice, a.only(t).ID, func(m *crm.Activity) { m.OwnerID = a.Bob.ID }, "owner")
			meanwhile(a, b, inB)
			a.Settle(a.id, b.id)
			a.Quiet(a.id, b.id)
			got := a.only(t)
			if o := got.Plan.Override(hour(4, 10)); got.OwnerID != a.Bob.ID || o == nil || o.Subject != "Big review" || got.Plan.Location != "Room 4" {
				t.Errorf("it says %+v", got.Plan)
			}
			same(t, &got, b.cal.Held()[inB])
		})
	}
}

// TestWhatAnOwnerTypedIsKeptWhenAColleaguesCopyHearsMore: who was given a meeting need not be invited; then the colleague's copy is what
// the organiser tells, and there is no other place for what the owner typed (I2).
func TestWhatAnOwnerTypedIsKeptWhenAColleaguesCopyHearsMore(t *testing.T) {
	a, b := pair(t, nothing)
	inA := a.cal.Add(meeting("Review", "dave"))
	a.Settle(a.id, b.id)
	a.Edit(a.Alice, a.only(t).ID, func(m *crm.Activity) { m.OwnerID = a.Bob.ID }, "owner")
	a.Settle(a.id, b.id)
	m := a.only(t)
	a.Tx(func(tx engine.Tx) error {
		m.Plan.Location = "Typed"
		_, err := a.Hub.Update(t.Context(), tx, hub.Actor{Kind: hub.System}, m.ID, hub.Change{Fields: []string{"location"}, To: m})
		return err
	})
	a.Settle(a.id, b.id)
	a.cal.Edit(inA, setPlace("Room 4"))
	a.Settle(a.id, b.id)
	a.Quiet(a.id, b.id)
	list := a.Conflicts()
	if got := a.only(t).Plan.Location; got != "Room 4" || len(list) != 1 || string(list[0].Lost) != `"Typed"` {
		t.Errorf("it is at %q, kept %+v", got, list)
	}
}

// TestWhatComesBackWhileAColleagueHasItIsTheirs: the meeting has one activity (I10), and who deleted theirs is told (I5).
func TestWhatComesBackWhileAColleagueHasItIsTheirs(t *testing.T) {
	a, b := pair(t, nothing)
	inB := b.cal.Add(organised())
	a.Settle(b.id)
	gone := a.only(t)
	a.Delete(a.Bob, gone.ID)
	a.cal.Add(organised())
	a.Settle(a.id)
	b.cal.Edit(inB, setPlace("Room 4"))
	a.Settle(a.id, b.id)
	a.Quiet(a.id, b.id)
	m := a.only(t)
	if people := a.people(m); m.OwnerID != a.Bob.ID || len(people) != 2 || m.Plan.Location != "Room 4" {
		t.Errorf("%v carry it, at %q", people, m.Plan.Location)
	}
	if list := a.Conflicts(); len(list) != 1 || list[0].Activity != m.ID || string(list[0].Lost) != `"deleted_in_crm"` {
		t.Errorf("conflicts %+v", list)
	}
}

// TestWhatWasTypedIsKeptWhenTheMeetingIsCalledOff: it could not be written at the guest's copy (I2).
func TestWhatWasTypedIsKeptWhenTheMeetingIsCalledOff(t *testing.T) {
	for _, removed := range []bool{false, true} {
		r, a, id := linked(t, enginetest.Options{}, false, meeting("Review", "bob"), nil)
		r.Edit(r.Alice, a.ID, setSubject("Typed here"), "subject")
		if removed {
			r.cal.Delete(id)
		} else {
			callOff(r, id)
		}
		r.Settle(r.id)
		r.Quiet(r.id)
		if here, _ := subjects(r); len(here) != 0 {
			t.Errorf("removed %t: here is %q", removed, here)
		}
		if list := r.Conflicts(); len(list) != 1 || string(list[0].Lost) != `"Typed here"` {
			t.Errorf("removed %t: conflicts %+v", removed, list)
		}
	}
}

// TestWhatIsTypedAgainKeepsNoMeetingThatIsCalledOff: the run that was to delete it dies, and somebody goes on typing (I6).
func TestWhatIsTypedAgainKeepsNoMeetingThatIsCalledOff(t *testing.T) {
	for at, died := 1, true; died; at++ {
		r, a, id := linked(t, enginetest.Options{}, false, meeting("Review", "bob"), nil)
		r.Edit(r.Alice, a.ID, setSubject("Typed here"), "subject")
		callOff(r, id)
		r.CrashAt = r.Steps + at
		_, _ = r.Run(r.id, false)
		died = r.Steps == r.CrashAt
		r.Revive()
		typed := len(r.Activities()) == 1
		if typed {
			r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Location = "and here" }, "location")
		}
		r.Settle(r.id)
		r.Quiet(r.id)
		if here, _ := subjects(r); len(here) != 0 {
			t.Errorf("died at step %d: here is %q", at, here)
		}
		if list := r.Conflicts(); typed && len(list) != 2 {
			t.Errorf("died at step %d: conflicts %+v", at, list)
		}
	}
}

// TestAGuestAnswersAPrivateMeeting: what its owner keeps to themselves keeps nobody from saying what is their own (I10).
func TestAGuestAnswersAPrivateMeeting(t *testing.T) {
	a, b := pair(t, nothing)
	secret := meeting("Review", "alice")
	secret.Private = true
	a.cal.Add(secret)
	inB := b.cal.Add(meeting("Review", "alice"))
	a.Settle(a.id, b.id)
	b.cal.Edit(inB, func(e *calendar.Event) { e.Answer = calendar.Maybe })
	a.Settle(a.id, b.id)
	got := a.only(t)
	a.Tx(func(tx engine.Tx) error {
		parts, err := tx.Participants(t.Context(), got.ID)
		if len(parts) != 1 || parts[0].Answer != calendar.Maybe {
			t.Errorf("what is Bob's own: %+v", parts)
		}
		return err
	})
	if got.Plan.Answer != calendar.NoAnswer || !got.Plan.Private {
		t.Errorf("what is Alice's own: %+v", got.Plan.Values)
	}
	a.Quiet(a.id, b.id)
}
