package engine_test

import (
	"slices"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
	"tahti/internal/lens"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// beforeY is a calendar that was connected as by default, and lets on what others bring in. It holds what is given here since before that.
func beforeY(t *testing.T, o enginetest.Options, change func(*lens.Settings), held ...calendar.Event) (x *room, ids []provider.RemoteID) {
	t.Helper()
	x = newRoom(t, o, func(s *lens.Settings) { s.Relay = true; change(s) })
	for _, e := range held {
		ids = append(ids, x.cal.Add(e))
	}
	x.Settle(x.id)
	x.Pass(time.Hour)
	return x, ids
}

// and is a second calendar of the same user, all of which comes in.
func (r *room) and(held ...calendar.Event) *room {
	y := &room{Lab: r.Lab, cal: enginetest.New(enginetest.Options{})}
	y.cal.Now = r.Now
	for _, e := range held {
		y.cal.Add(e)
	}
	y.id = r.Connect(r.Alice, y.cal, everything)
	return y
}

// TestAMeetingGoesToNoCalendarThatHoldsItAlready: a copy of it was there when that calendar was connected, and has not come in. The activity
// that another calendar of the same user makes of the meeting is tied to it (I10): nothing is made beside it.
func TestAMeetingGoesToNoCalendarThatHoldsItAlready(t *testing.T) {
	past := meeting("Review", "dave")
	moved := meeting("Review", "dave")
	moveTo(15)(&moved)
	for name, c := range map[string]struct {
		o      enginetest.Options
		change func(*lens.Settings)
		there  calendar.Event
	}{
		"what is new and changed": {enginetest.Options{}, nothing, past},
		"only listed":             {enginetest.Options{Unread: true}, nothing, past},
		"all listed each time":    {enginetest.Options{Listing: true}, nothing, past},
		"no keys":                 {enginetest.Options{Keyless: true}, nothing, past},
		"not told of a move":      {enginetest.Options{}, nothing, moved},
		"from a day on":           {enginetest.Options{}, func(s *lens.Settings) { s.Start = "2026-03-04" }, past},
	} {
		t.Run(name, func(t *testing.T) {
			x, ids := beforeY(t, c.o, c.change, c.there)
			here := past
			if name == "from a day on" {
				here.Start.Wall, here.End.Wall = hour(5, 10), hour(5, 11)
			}
			y := x.and(here)
			x.Settle(y.id)
			x.foresee(t, 0)
			x.Settle(x.id, y.id)
			a := x.only(t)
			if id := x.onlyEvent(t); id != ids[0] {
				t.Errorf("the event is %q, was %q", id, ids[0])
			}
			if x.cal.Writes != 0 {
				t.Errorf("%d writes, requests: %v", x.cal.Writes, x.cal.Calls)
			}
			x.wantRemedies(x.explained(a.ID, ids[0]))
			x.Quiet(x.id, y.id)
			y.cal.Delete(y.onlyEvent(t))
			x.Settle(x.id, y.id)
			x.onlyEvent(t)
		})
	}
}

// TestWhatIsNoCopyOfAMeetingIsNotTiedToIt, though it has its UID: another organiser's event, a date of a series to which somebody is invited
// alone, and what may not come in whatever its start. It stays as it is, and the meeting goes out beside it.
func TestWhatIsNoCopyOfAMeetingIsNotTiedToIt(t *testing.T) {
	hidden := meeting("Review", "dave")
	hidden.Private = true
	whole := meeting("Review", "dave")
	whole.Rule = "FREQ=DAILY;COUNT=3"
	whole.Start.Wall, whole.End.Wall = hour(2, 10), hour(2, 11)
	for name, c := range map[string]struct {
		change func(*lens.Settings)
		there  calendar.Event
	}{
		"another organiser": {nothing, meeting("Review", "erin")},
		"a series":          {nothing, whole},
		"private":           {func(s *lens.Settings) { s.Private = "skip" }, hidden},
	} {
		t.Run(name, func(t *testing.T) {
			x, ids := beforeY(t, enginetest.Options{}, c.change, c.there)
			y := x.and(meeting("Review", "dave"))
			x.Settle(y.id)
			x.foresee(t, 0)
			x.Settle(x.id, y.id)
			x.only(t)
			if held := x.cal.Held(); len(held) != 2 {
				t.Errorf("%d events", len(held))
			}
			if l := x.Links(x.id); len(l) != 1 || l[0].Remote == string(ids[0]) {
				t.Errorf("links: %+v", l)
			}
			x.Quiet(x.id, y.id)
		})
	}
}

// TestNothingIsAskedOfWhatNoMeetingNames: what goes out costs the requests that it did, also beside meetings that were there.
func TestNothingIsAskedOfWhatNoMeetingNames(t *testing.T) {
	other := meeting("Other", "dave")
	other.UID = "meeting-2@example.com"
	x, _ := beforeY(t, enginetest.Options{}, nothing, other)
	y := x.and(meeting("Review", "dave"))
	x.Create(x.Alice, event("call", 4, 10))
	x.Settle(y.id)
	reads := x.cal.Calls["read"]
	x.Settle(x.id, y.id)
	if held := x.cal.Held(); len(held) != 3 || x.cal.Calls["read"] != reads {
		t.Errorf("%d events, requests: %v", len(held), x.cal.Calls)
	}
}

// TestACopyThatIsSomethingElseIsAskedForNoMore: a person has said so, it is gone since, or it is tied to an activity of its own.
func TestACopyThatIsSomethingElseIsAskedForNoMore(t *testing.T) {
	whole := meeting("Review", "dave")
	whole.Subject, whole.Rule = "All reviews", "FREQ=DAILY;COUNT=3"
	whole.Start.Wall, whole.End.Wall = hour(2, 10), hour(2, 11)
	for name, c := range map[string]struct {
		happens   func(x, y *room, id provider.RemoteID)
		elsewhere calendar.Event
		there     int
	}{
		"said to be two": {func(x, y *room, id provider.RemoteID) {
			x.Settle(y.id)
			w := store.Twin{Connection: x.id, Remote: string(id), Activity: x.only(t).ID, State: store.TwinApart}
			x.Tx(func(tx engine.Tx) error { return tx.PutTwin(t.Context(), w) })
		}, meeting("Review", "dave"), 2},
		"gone": {func(x, y *room, id provider.RemoteID) {
			x.cal.Delete(id)
			x.Settle(y.id)
		}, meeting("Review", "dave"), 1},
		"tied": {func(x, y *room, id provider.RemoteID) {
			x.cal.Edit(id, setPlace("Room 4"))
			x.Settle(x.id)
			x.Settle(y.id)
		}, whole, 2},
	} {
		t.Run(name, func(t *testing.T) {
			x, ids := beforeY(t, enginetest.Options{}, nothing, meeting("Review", "dave"))
			y := x.and(c.elsewhere)
			c.happens(x, y, ids[0])
			reads := x.cal.Calls["read"]
			x.foresee(t, 0)
			x.Settle(x.id, y.id)
			if n := x.cal.Calls["read"] - reads; n != 0 && name != "gone" || len(x.cal.Held()) != c.there {
				t.Errorf("asked for %d times, and %d are there", n, len(x.cal.Held()))
			}
			x.Quiet(x.id, y.id)
		})
	}
}

// TestWhatACopyThereIsTiedToIsForeseen where other settings let an activity out to a calendar that holds its meeting.
func TestWhatACopyThereIsTiedToIsForeseen(t *testing.T) {
	x, _ := beforeY(t, enginetest.Options{}, func(s *lens.Settings) { s.Relay = false }, meeting("Review", "dave"))
	y := x.and(meeting("Review", "dave"))
	x.Settle(x.id, y.id)
	_, after := x.change(t, func(s *lens.Settings) { s.Relay = true })
	back, err := x.Engine.Returns(t.Context(), x.Target(x.id), &after, []int64{x.only(t).ID})
	x.Revive()
	if err != nil || back[engine.LinkedCount] != 1 || back[engine.CreatedInCalendar] != 0 {
		t.Errorf("foreseen %v, %v", back, err)
	}
	plan := x.saves(t, func(s *lens.Settings) { s.Relay = true })
	if a := x.only(t).ID; !slices.Equal(plan.Copied, []int64{a}) {
		t.Errorf("planned: %+v", plan)
	}
	x.Settle(x.id, y.id)
	x.onlyEvent(t)
}

// TestACopyThereIsTiedAgainBehindARestore, whether the backup knows of the activity or not.
func TestACopyThereIsTiedAgainBehindARestore(t *testing.T) {
	for _, known := range []bool{false, true} {
		x, ids := beforeY(t, enginetest.Options{}, nothing, meeting("Review", "dave"))
		y := x.and(meeting("Review", "dave"))
		if known {
			x.Settle(y.id)
		}
		backup := x.Backup()
		x.Settle(y.id, x.id)
		x.Pass(time.Hour)
		x.Restore(backup)
		x.Settle(y.id, x.id)
		x.only(t)
		if id := x.onlyEvent(t); id != ids[0] || len(x.Links(x.id)) != 1 {
			t.Errorf("known %t: the event is %q, links: %+v", known, id, x.Links(x.id))
		}
		x.Quiet(x.id, y.id)
	}
}
