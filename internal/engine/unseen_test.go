package engine_test

import (
	"errors"
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
	"tahti/internal/lens"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// TestWhatACopyOfOursHidesIsOldOnceItIsShown: what a colleague's meeting says since waits as long as a copy of ours hides its details, and
// what that still says then is nobody's edit (I3, I2).
func TestWhatACopyOfOursHidesIsOldOnceItIsShown(t *testing.T) {
	a, b := pair(t, nothing)
	c := hiddenCopy(a, a.Bob)
	settle := func() { a.Settle(a.id, b.id, c.id, a.id, b.id, c.id) }
	review := datedSeries(meeting("Review", "alice"))
	inA, inB := a.cal.Add(review), b.cal.Add(review)
	settle()
	made := c.onlyEvent(t)
	c.cal.Edit(made, func(e *calendar.Event) { e.Private = true })
	settle()
	a.cal.Edit(inA, moveDated)
	b.cal.Edit(inB, moveDated)
	settle()
	a.Quiet(a.id, b.id, c.id)
	c.cal.Edit(made, func(e *calendar.Event) { e.Private = false })
	settle()
	a.Quiet(a.id, b.id, c.id)
	here, there := a.only(t), a.cal.Held()[inA]
	same(t, &here, there)
	same(t, &here, c.cal.Held()[made])
	if there.Subject != "Big review" || len(a.Conflicts()) != 0 {
		t.Errorf("its organiser's says %q, conflicts %+v", there.Subject, a.Conflicts())
	}
}

// TestAMeetingIsNotTakenBackForACopyOfOursThatHidesIt: of a meeting without colleagues, too, its organiser's word stands. The calendar
// that brings it in does not take it back, either (I3).
func TestAMeetingIsNotTakenBackForACopyOfOursThatHidesIt(t *testing.T) {
	for name, change := range map[string]func(*room){
		"from a calendar that may be written": func(*room) {},
		"from one that only comes in":         func(a *room) { a.Settings(a.id, func(s *lens.Settings) { s.Direction = lens.ToCRM }) },
	} {
		t.Run(name, func(t *testing.T) {
			a := newRoom(t, enginetest.Options{}, everything)
			change(a)
			b := hiddenCopy(a, a.Alice)
			settle := func() { a.Settle(a.id, b.id, a.id, b.id) }
			invited := a.cal.Add(datedSeries(meeting("Review", "dave")))
			settle()
			made := b.onlyEvent(t)
			b.cal.Edit(made, func(e *calendar.Event) { e.Private = true })
			settle()
			a.cal.Edit(invited, moveDated)
			settle()
			a.Quiet(a.id, b.id)
			if got := a.only(t).Plan.Subject; got != "Big review" {
				t.Errorf("it says %q", got)
			}
			b.cal.Edit(made, func(e *calendar.Event) { e.Private = false })
			settle()
			a.Quiet(a.id, b.id)
			here := a.only(t)
			same(t, &here, a.cal.Held()[invited])
			same(t, &here, b.cal.Held()[made])
			if len(a.Conflicts()) != 0 {
				t.Errorf("conflicts %+v", a.Conflicts())
			}
		})
	}
}

// TestAnEditIsNotUndoneForACopyOfOursThatHidesIt: whoever edits their own event, or the activity that one of their calendars shows, is not
// taken back because another one holds a copy that somebody made private. It waits there, and is said to (I2).
func TestAnEditIsNotUndoneForACopyOfOursThatHidesIt(t *testing.T) {
	inCalendar := func(a *room, id provider.RemoteID) { a.cal.Edit(id, moveDated) }
	for name, c := range map[string]struct {
		here bool // it is made here
		edit func(*room, provider.RemoteID)
	}{
		"their own event":          {false, inCalendar},
		"what was made here":       {true, inCalendar},
		"here, of their own event": {false, retitleHere}, "here, of what was made here": {true, retitleHere},
	} {
		t.Run(name, func(t *testing.T) {
			a := newRoom(t, enginetest.Options{}, everything)
			b := hiddenCopy(a, a.Alice)
			settle := func() { a.Settle(a.id, b.id, a.id, b.id) }
			if e := datedSeries(event("Review", 3, 10)); c.here {
				a.Create(a.Alice, e)
			} else {
				a.cal.Add(e)
			}
			settle()
			shown, made := a.onlyEvent(t), b.onlyEvent(t)
			b.cal.Edit(made, func(e *calendar.Event) { e.Private = true })
			settle()
			if x := b.explained(a.only(t).ID, ""); !x.InSync || x.Hidden != 0 {
				t.Errorf("before: %+v", x)
			}
			c.edit(a, shown)
			settle()
			a.Quiet(a.id, b.id)
			here := a.only(t)
			same(t, &here, a.cal.Held()[shown])
			if x := b.explained(a.only(t).ID, ""); here.Plan.Subject != "Big review" || !x.InSync || !x.Hidden.Has(calendar.Subject) {
				t.Errorf("it says %q, explained by %+v", here.Plan.Subject, x)
			}
			b.cal.Edit(made, func(e *calendar.Event) { e.Private = false })
			settle()
			a.Quiet(a.id, b.id)
			here = a.only(t)
			same(t, &here, a.cal.Held()[shown])
			same(t, &here, b.cal.Held()[made])
			if x := b.explained(a.only(t).ID, ""); len(a.Conflicts()) != 0 || here.Plan.Subject != "Big review" || x.Hidden != 0 {
				t.Errorf("conflicts %+v, explained by %+v", a.Conflicts(), x)
			}
		})
	}
}

// TestWhatStandsOnlyHereIsTakenBackWhereItIsHidden, and kept: somebody who types here has to be told that it arrives nowhere. A calendar
// that is in sync no more does not show it, either.
func TestWhatStandsOnlyHereIsTakenBackWhereItIsHidden(t *testing.T) {
	a := newRoom(t, enginetest.Options{}, everything)
	b := hiddenCopy(a, a.Alice)
	shown := a.cal.Add(event("Review", 3, 10))
	a.Settle(a.id, b.id, a.id, b.id)
	b.cal.Edit(b.onlyEvent(t), func(e *calendar.Event) { e.Private = true })
	a.Settle(a.id, b.id, a.id, b.id)
	a.Tx(func(tx engine.Tx) error {
		c, err := tx.Connection(t.Context(), a.id)
		if err != nil {
			return err
		}
		c.State = store.Stopped
		return errors.Join(tx.PutConnection(t.Context(), &c), tx.DetachLinks(t.Context(), c.ID))
	})
	retitleHere(a, shown)
	a.Settle(b.id)
	a.Quiet(b.id)
	if list := a.Conflicts(); len(list) != 1 || string(list[0].Lost) != `"Big review"` || a.only(t).Plan.Subject != "Review" {
		t.Errorf("it says %q, conflicts %+v", a.only(t).Plan.Subject, list)
	}
}

func retitleHere(r *room, _ provider.RemoteID) {
	r.Edit(r.Alice, r.Activities()[0].ID, setSubject("Big review"), "subject")
}

// hiddenCopy is somebody's second calendar, which hides the details of what is private, and into which goes what their first brings in.
func hiddenCopy(r *room, user crm.User) *room {
	other := &room{Lab: r.Lab, cal: enginetest.New(enginetest.Options{})}
	other.id = r.Connect(user, other.cal, func(s *lens.Settings) { everything(s); s.Relay = true })
	hides(other)
	return other
}

// datedSeries makes an event a series, two dates of which say something of their own.
func datedSeries(e calendar.Event) calendar.Event {
	e.Rule = "FREQ=DAILY;COUNT=4"
	for day, room := range map[int]string{4: "Room 4", 5: "Room 5"} { // any order: Normalize sorts
		e.Overrides = append(e.Overrides, calendar.Override{
			Original: hour(day, 10), Set: calendar.Fields(calendar.Location), Values: calendar.Values{Location: room},
		})
	}
	e.Normalize()
	return e
}

// moveDated gives such a series another title and other times, and one of its dates another room.
func moveDated(e *calendar.Event) {
	e.Subject, e.Start.Wall, e.End.Wall = "Big review", e.Start.Wall+3600, e.End.Wall+3600
	for i := range e.Overrides {
		e.Overrides[i].Original += 3600
	}
	e.Overrides[1].Location = "Room 6"
}
