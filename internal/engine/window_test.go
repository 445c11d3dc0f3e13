package engine_test

import (
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/engine/enginetest"
	"tahti/internal/lens"
	"tahti/internal/provider"
)

// march is a window from the first to the tenth of the month in which the events of these tests lie.
var march = provider.Range{From: at(1), To: at(10)}

func at(day int) time.Time { return hour(day, 0).Civil() }

// windowed is a room with an event inside the window that its calendar shows, and one outside of it.
func windowed(t *testing.T) (r *room, inside, outside provider.RemoteID) {
	t.Helper()
	r = newRoom(t, enginetest.Options{Guard: provider.GuardFull, Unproven: true}, func(s *lens.Settings) { s.Start = lens.Everything })
	inside, outside = r.cal.Add(event("inside", 3, 10)), r.cal.Add(event("outside", 20, 10))
	r.Settle(r.id)
	r.cal.Window = march
	return r, inside, outside
}

func (r *room) subjects() map[string]bool {
	list := map[string]bool{}
	for _, a := range r.Activities() {
		list[a.Plan.Subject] = true
	}
	return list
}

// A sweep of a window does not show what changed outside of it, and behind it the cursor that would have told is gone (I2).
func TestAnAuditTellsAlsoWhatChangedOutsideOfTheWindow(t *testing.T) {
	r, _, outside := windowed(t)
	r.cal.Edit(outside, func(e *calendar.Event) { e.Subject = "edited" })
	if _, err := r.Run(r.id, true); err != nil {
		t.Fatal(err)
	}
	if !r.subjects()["edited"] {
		t.Errorf("the edit did not come in: %v", r.subjects())
	}
}

// Of what a window does not show, only what lies in it may be gone (I6, I9); that is asked for, and goes (I4).
func TestAListingOfAWindowTellsWhatIsGoneInsideOfIt(t *testing.T) {
	r, inside, _ := windowed(t)
	r.cal.Delete(inside)
	r.cal.Forget()
	r.Settle(r.id)
	if got := r.subjects(); got["inside"] || !got["outside"] {
		t.Errorf("there are %v, want what lies outside of the window", got)
	}
	before := r.cal.Calls["read"]
	r.cal.Forget()
	r.Settle(r.id)
	if n := r.cal.Calls["read"] - before; n != 0 {
		t.Errorf("what lies outside of the window was asked for in %d requests", n)
	}
}

func TestWhatChangesOutsideOfTheWindowIsNotDeleted(t *testing.T) {
	r, inside, outside := windowed(t)
	r.cal.Edit(outside, func(e *calendar.Event) { e.Location = "elsewhere" })
	r.cal.Edit(inside, func(e *calendar.Event) {
		e.Start.Wall, e.End.Wall = e.Start.Wall+20*calendar.Day, e.End.Wall+20*calendar.Day
	})
	r.Settle(r.id)
	if got := r.subjects(); !got["inside"] || !got["outside"] {
		t.Errorf("there are %v, want both", got)
	}
}

// An audit that finds a listing broken off ends it, and asks for what has changed since that began.
func TestAnAuditAlsoEndsAListingThatWasBrokenOff(t *testing.T) {
	r, inside, outside := windowed(t)
	r.cal.Page = 1
	r.cal.Edit(inside, func(e *calendar.Event) { e.Location = "hall" })
	r.cal.Forget()
	pulls := r.cal.Calls["pull"]
	r.cal.Before = func(c enginetest.Call) error {
		if c.Op == "pull" && r.cal.Calls["pull"] == pulls+3 { // the cursor is lost, one page is listed, the next is not
			return &provider.Error{Op: "pull", Class: provider.Transient}
		}
		return nil
	}
	if _, err := r.Run(r.id, false); err != nil {
		t.Fatal(err)
	}
	r.Pass(time.Hour)
	r.cal.Edit(outside, func(e *calendar.Event) { e.Subject = "edited" })
	if _, err := r.Run(r.id, true); err != nil {
		t.Fatal(err)
	}
	if !r.subjects()["edited"] {
		t.Errorf("the edit did not come in: %v", r.subjects())
	}
}

// TestWhatReachesIntoAWindowIsMissedThere: a series of which a date was moved ahead of its start, and whole days, which begin earlier
// in one zone than in another. What is gone is asked for, and goes (I4); what lies outside stays (I9).
func TestWhatReachesIntoAWindowIsMissedThere(t *testing.T) {
	moved := series("moved", "FREQ=DAILY;COUNT=3", 12, 10)
	moved.Overrides = []calendar.Override{{
		Original: hour(13, 10), Set: calendar.Fields(calendar.When),
		Values: calendar.Values{Start: calendar.InZone(hour(8, 10), zone), End: calendar.InZone(hour(8, 11), zone)},
	}}
	day := func(d int) calendar.Event {
		e := event("day", d, 0)
		e.Start, e.End = calendar.Time{Kind: calendar.Date, Wall: hour(d, 0)}, calendar.Time{Kind: calendar.Date, Wall: hour(d+1, 0)}
		return e
	}
	for name, c := range map[string]struct {
		e     calendar.Event
		asked bool
	}{
		"a date that was moved into it":  {moved, true},
		"a day in it":                    {day(5), true},
		"a day that may begin within it": {day(10), true},
		"a day behind it":                {day(14), false},
		"an hour behind it":              {event("hour", 10, 3), false},
		"an hour in it":                  {event("hour", 9, 22), true},
	} {
		t.Run(name, func(t *testing.T) {
			r, _, id := linked(t, enginetest.Options{Guard: provider.GuardFull, Unproven: true}, false, c.e, nil)
			r.cal.Window = march
			r.cal.Delete(id)
			r.cal.Forget()
			before := r.cal.Calls["read"]
			r.Settle(r.id)
			if asked := r.cal.Calls["read"] > before; asked != c.asked || c.asked != (len(r.Activities()) == 0) {
				t.Errorf("asked for: %t, activities: %d", asked, len(r.Activities()))
			}
		})
	}
}
