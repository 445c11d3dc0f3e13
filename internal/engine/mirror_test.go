package engine_test

import (
	"fmt"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
	"tahti/internal/lens"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// TestAMirrorOfSomebodyElsesIsNotTakenIn: another tool copies our events from one calendar into the other.
func TestAMirrorOfSomebodyElsesIsNotTakenIn(t *testing.T) {
	r := newRoom(t, enginetest.Options{}, everything)
	other := &room{Lab: r.Lab, cal: enginetest.New(enginetest.Options{})}
	other.id = r.Connect(r.Alice, other.cal, func(s *lens.Settings) { everything(s); s.Direction = lens.ToCRM })
	r.Create(r.Alice, event("Call", 3, 10))
	r.Settle(r.id, other.id)
	other.cal.Add(event("Call", 3, 10))
	r.Sync(other.id)
	if works := r.Works(other.id); len(works) != 1 || works[0].Reason != "mirror" || len(r.Activities()) != 1 {
		t.Errorf("waiting %+v, %d activities", works, len(r.Activities()))
	}
	r.Tx(func(tx engine.Tx) error {
		n, err := tx.TallySince(t.Context(), other.id, "in", engine.Mirror, r.Now().Add(-time.Hour))
		if n != 1 {
			t.Errorf("%d are counted", n)
		}
		return err
	})
	w := r.Works(other.id)[0]
	r.Tx(func(tx engine.Tx) error { // who lets it in at once
		c, err := tx.Connection(t.Context(), other.id)
		if err != nil {
			return err
		}
		if err := r.Engine.GoOn(t.Context(), tx, c, w); err != nil {
			return err
		}
		return tx.PutWork(t.Context(), other.id, w.Subject, nil, r.Now(), true)
	})
	r.Settle(other.id)
	if works := r.Works(other.id); len(works) != 0 || len(r.Activities()) != 2 {
		t.Errorf("let in: waiting %+v, %d activities", works, len(r.Activities()))
	}
}

// TestAMirrorStaysOneUntilSomebodyLetsItIn: hours later the tool carries an edit over, which makes nothing else of its copy; where a person
// wants it tried again, it comes in.
func TestAMirrorStaysOneUntilSomebodyLetsItIn(t *testing.T) {
	r := newRoom(t, enginetest.Options{}, everything)
	other := &room{Lab: r.Lab, cal: enginetest.New(enginetest.Options{})}
	other.cal.Now = r.Now
	other.id = r.Connect(r.Alice, other.cal, func(s *lens.Settings) { everything(s); s.Direction = lens.ToCRM })
	r.Create(r.Alice, event("Call", 3, 10))
	r.Settle(r.id, other.id)
	id := other.cal.Add(event("Call", 3, 10))
	r.Sync(other.id)
	r.Pass(3 * time.Hour)
	other.cal.Edit(id, func(e *calendar.Event) {
		e.Subject = "Big call"
		e.Start, e.End = event("", 4, 12).Start, event("", 4, 12).End
	})
	r.Sync(other.id)
	works := r.Works(other.id)
	if len(works) != 1 || works[0].Reason != "mirror" || len(r.Activities()) != 1 {
		t.Fatalf("waiting %+v, %d activities", works, len(r.Activities()))
	}
	r.Quiet(other.id)
	goOn(t, other, works[0])
	r.Settle(other.id)
	if n := len(r.Activities()); n != 2 || len(r.Works(other.id)) != 0 {
		t.Errorf("%d activities, waiting %+v", n, r.Works(other.id))
	}
}

// TestWhatWasAskedBeforeIsNoMirror: of what may be there already nobody has said whether it is, when its activity goes to another of
// the user's calendars. It was there before, is no copy of that, and is asked about as before; once somebody lets it in, it comes in.
func TestWhatWasAskedBeforeIsNoMirror(t *testing.T) {
	for _, d := range []lens.Direction{lens.TwoWay, lens.ToCRM} {
		t.Run(string(d), func(t *testing.T) {
			r := newRoom(t, enginetest.Options{}, everything)
			r.Create(r.Alice, event("Call", 3, 10))
			other := &room{Lab: r.Lab, cal: enginetest.New(enginetest.Options{})}
			other.id = r.Connect(r.Alice, other.cal, func(s *lens.Settings) { everything(s); s.Direction = d })
			other.cal.Add(event("Call", 3, 10))
			other.Sync(other.id)
			r.Settle(r.id)
			asked := func(when string) {
				t.Helper()
				for _, w := range r.Works(other.id) {
					if w.Reason != "twin_brake" {
						t.Errorf("%s: waiting %+v", when, w)
					}
				}
				if len(r.Works(other.id)) == 0 || len(r.Activities()) != 1 {
					t.Errorf("%s: waiting %+v, %d activities", when, r.Works(other.id), len(r.Activities()))
				}
			}
			asked("at first")
			waiting := r.Works(other.id)
			r.Tx(func(tx engine.Tx) error { // whoever looks at it, and leaves it open
				for _, w := range waiting {
					w.HeldBy, w.Class, w.Reason = store.HeldByNothing, "", ""
					if err := tx.UpdateWork(t.Context(), w); err != nil {
						return err
					}
				}
				return nil
			})
			target := r.Target(other.id)
			says, err := r.Engine.DryRun(t.Context(), target, nil)
			if err != nil {
				t.Fatal(err)
			}
			did, err := r.Engine.Run(t.Context(), target)
			if err != nil || says[engine.HeldCount] != len(waiting) || did.Counts[engine.HeldCount] != len(waiting) {
				t.Errorf("a dry run says %v, a run does %v, %v", says, did.Counts, err)
			}
			asked("behind a look")
			r.Revive()
			other.answer(t, true)
			other.Sync(other.id)
			if works := r.Works(other.id); len(works) != 0 || len(r.Activities()) != 2 {
				t.Errorf("let in: waiting %+v, %d activities", works, len(r.Activities()))
			}
		})
	}
}

// TestAMirrorOfWhatIsOlderThanItsCalendarIsOne: it comes at once with the question whether it is what it copies, and was not there before.
func TestAMirrorOfWhatIsOlderThanItsCalendarIsOne(t *testing.T) {
	r := newRoom(t, enginetest.Options{}, everything)
	r.Create(r.Alice, event("Call", 3, 10))
	other := &room{Lab: r.Lab, cal: enginetest.New(enginetest.Options{})}
	other.id = r.Connect(r.Alice, other.cal, func(s *lens.Settings) { everything(s); s.Direction = lens.ToCRM })
	r.Settle(other.id, r.id)
	other.cal.Add(event("Call", 3, 10))
	r.Sync(other.id)
	if works := r.Works(other.id); len(works) != 1 || works[0].Reason != "mirror" || len(r.Activities()) != 1 {
		t.Errorf("waiting %+v, %d activities", works, len(r.Activities()))
	}
}

// TestAMirrorOfWhatStandsUnderAnotherIDIsNotTakenIn: the tool takes what was moved for new, however long it has been there.
func TestAMirrorOfWhatStandsUnderAnotherIDIsNotTakenIn(t *testing.T) {
	r, _, id := linked(t, enginetest.Options{}, true, event("Call", 3, 10), nil)
	other := &room{Lab: r.Lab, cal: enginetest.New(enginetest.Options{})}
	other.id = r.Connect(r.Alice, other.cal, func(s *lens.Settings) { everything(s); s.Direction = lens.ToCRM })
	r.Settle(r.id, other.id)
	r.Pass(2 * time.Hour)
	r.cal.Move(id)
	r.Sync(r.id)
	other.cal.Add(event("Call", 3, 10))
	r.Sync(other.id)
	if works := r.Works(other.id); len(works) != 1 || works[0].Reason != "mirror" || len(r.Activities()) != 1 {
		t.Errorf("waiting %+v, %d activities", works, len(r.Activities()))
	}
}

// relayed is two calendars of one person, of which each gets what is born in the other.
func relayed(t *testing.T) (r, other *room) {
	t.Helper()
	relay := func(s *lens.Settings) { everything(s); s.Relay = true }
	r = newRoom(t, enginetest.Options{}, relay)
	other = &room{Lab: r.Lab, cal: enginetest.New(enginetest.Options{})}
	other.cal.Now = r.Now
	other.id = r.Connect(r.Alice, other.cal, relay)
	return r, other
}

// TestAMirrorBesideARelayStops: another tool copies what is new in each of two calendars into the other one, and we do so as well. It
// knows its own copies and not ours. One event that a person adds must not breed (I22).
func TestAMirrorBesideARelayStops(t *testing.T) {
	for name, title := range map[string]func(string) string{
		"as it is":                          func(s string) string { return s },
		"with a prefix":                     func(s string) string { return "Private: " + s },
		"with a suffix":                     func(s string) string { return s + " (work)" },
		"nothing but that somebody is busy": func(string) string { return "Busy" },
	} {
		for _, born := range []string{"calendar", "CRM"} {
			t.Run(name+", born in the "+born, func(t *testing.T) {
				r, other := relayed(t)
				type there struct {
					in *room
					id provider.RemoteID
				}
				made := map[there]bool{}
				mirror := func(from, to *room) {
					for id, e := range from.cal.Held() {
						if made[there{from, id}] {
							continue
						}
						made[there{from, id}] = true
						e.Subject, e.UID = title(e.Subject), fmt.Sprint("copy-", len(made))
						e.Start, e.End = inUTC(e.Start), inUTC(e.End) // said in words of its own
						made[there{to, to.cal.Add(e)}] = true
					}
				}
				r.Settle(r.id, other.id)
				if born == "CRM" {
					r.Create(r.Alice, event("Call", 3, 10))
				} else {
					r.cal.Add(event("Call", 3, 10))
				}
				for range 20 {
					mirror(r, other)
					r.Sync(other.id)
					r.Sync(r.id)
					mirror(other, r)
					r.Pass(time.Minute)
				}
				if n := len(r.Activities()); n > 3 { // "Busy" enters once from each calendar
					t.Errorf("one event became %d activities", n)
				}
				if n := r.cal.Writes + other.cal.Writes; n > 4 {
					t.Errorf("one event made sync write %d times", n)
				}
			})
		}
	}
}

// TestWhatAMirrorWasQuickerWithIsMadeNowhere: another tool has copied what is new in one calendar into the other before we looked at either.
// Which is whose copy nobody can tell: both are there, so that neither is made a second time, and a person is asked (I22, I24).
func TestWhatAMirrorWasQuickerWithIsMadeNowhere(t *testing.T) {
	for _, born := range []string{"r", "other"} {
		t.Run(born+" is looked at first", func(t *testing.T) {
			r, other := relayed(t)
			r.Settle(r.id, other.id)
			r.Pass(time.Hour)
			e := event("Call", 3, 10)
			r.cal.Add(e)
			e.UID, e.Start, e.End = "copy", inUTC(e.Start), inUTC(e.End)
			other.cal.Add(e)
			first, second := r, other
			if born == "other" {
				first, second = other, r
			}
			first.Sync(first.id)
			second.foresee(t, 0)
			for range 5 {
				first.Sync(first.id)
				second.Sync(second.id)
				r.Pass(time.Minute)
			}
			if n := len(r.Activities()); n != 1 || r.cal.Writes+other.cal.Writes != 0 {
				t.Errorf("%d activities, %d and %d writes", n, r.cal.Writes, other.cal.Writes)
			}
			if n := second.held(t); n != 2 {
				t.Errorf("%d wait for a person, want the event and the activity", n)
			}
			r.Quiet(r.id, other.id)
			// Whoever says that they are two gets both in both.
			second.answer(t, true)
			r.Settle(r.id, other.id)
			r.Settle(r.id, other.id)
			if n := len(r.Activities()); n != 2 || len(r.cal.Held()) != 2 || len(other.cal.Held()) != 2 {
				t.Errorf("confirmed: %d activities, %d and %d events", n, len(r.cal.Held()), len(other.cal.Held()))
			}
		})
	}
}

// inUTC says a time of March in Helsinki in UTC.
func inUTC(t calendar.Time) calendar.Time {
	if t.Kind == calendar.UTC {
		return t
	}
	return calendar.Time{Kind: calendar.UTC, Wall: t.Wall - 2*3600}
}

// TestWhatWeHaveNotJustMadeIsMirroredByNobody: the same event in two calendars is no circle, neither where both came in nor where
// ours has been there for long.
func TestWhatWeHaveNotJustMadeIsMirroredByNobody(t *testing.T) {
	for _, ours := range []bool{true, false} {
		r, _, _ := linked(t, enginetest.Options{}, ours, event("Call", 3, 10), nil)
		if ours {
			r.Pass(2 * time.Hour)
		}
		other := &room{Lab: r.Lab, cal: enginetest.New(enginetest.Options{})}
		other.id = r.Connect(r.Alice, other.cal, func(s *lens.Settings) { everything(s); s.Direction = lens.ToCRM })
		e := event("Call", 3, 10)
		e.UID = "another"
		other.cal.Add(e)
		r.Sync(other.id)
		// It is asked for as something that was there before, and comes in if a person says so.
		if works := r.Works(other.id); len(works) != 1 || works[0].Reason != "twin_brake" || len(r.Activities()) != 1 {
			t.Errorf("ours %t: waiting %+v, %d activities", ours, works, len(r.Activities()))
		}
		other.answer(t, true)
		r.Sync(other.id)
		if works := r.Works(other.id); len(works) != 0 || len(r.Activities()) != 2 {
			t.Errorf("ours %t: waiting %+v, %d activities", ours, works, len(r.Activities()))
		}
	}
}

// TestWhatOnlyTakesPlaceAtTheSameTimeIsNoMirror: neither another title nor another length is a copy.
func TestWhatOnlyTakesPlaceAtTheSameTimeIsNoMirror(t *testing.T) {
	longer := event("Call", 3, 10)
	longer.End.Wall += 3600
	for name, e := range map[string]calendar.Event{"another title": event("Lunch", 3, 10), "longer": longer, "no title": event("", 3, 10)} {
		t.Run(name, func(t *testing.T) {
			r, other := relayed(t)
			r.cal.Add(event("Call", 3, 10))
			r.Settle(r.id, other.id)
			e.UID = "another"
			other.cal.Add(e)
			r.Settle(other.id, r.id)
			if works := r.Works(other.id); len(works) != 0 || len(r.Activities()) != 2 {
				t.Errorf("waiting %+v, %d activities", works, len(r.Activities()))
			}
		})
	}
}

// TestWhatARunTouchesMakesNoMirror: an item that a run has listed was there before the run did anything to our event, so that it cannot
// be a copy of what the run has made of it; whichever of the two comes up first.
func TestWhatARunTouchesMakesNoMirror(t *testing.T) {
	for _, first := range []string{"our event", "the new one"} {
		t.Run(first+" comes up first", func(t *testing.T) {
			r, other := relayed(t)
			other.cal.Add(event("Call", 3, 10))
			r.Settle(other.id, r.id)
			r.Pass(2 * time.Hour)
			r.Settle(r.id, other.id)
			r.Pass(2 * time.Hour)
			ours := r.onlyEvent(t)
			add := func() {
				e := event("Call", 3, 10)
				e.UID = "another"
				r.cal.Add(e)
			}
			if first == "the new one" {
				add()
			}
			r.cal.Edit(ours, setPlace("Room 4"))
			if first == "our event" {
				add()
			}
			target := r.Target(r.id)
			says, err := r.Engine.DryRun(t.Context(), target, nil)
			if err != nil {
				t.Fatal(err)
			}
			rep, err := r.Engine.Run(t.Context(), target)
			if err != nil || rep.Counts[engine.CreatedInCRM] != 1 || says[engine.CreatedInCRM] != 1 || rep.Counts[engine.UpdatedInCRM] != 1 {
				t.Errorf("a dry run says %v, a run does %v, %v", says, rep.Counts, err)
			}
		})
	}
}
