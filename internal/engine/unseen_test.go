package engine_test

import (
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine/enginetest"
	"tahti/internal/lens"
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
