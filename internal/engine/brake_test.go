package engine_test

import (
	"fmt"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
	"tahti/internal/lens"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// many is a room with n activities that have their events.
func many(t testing.TB, n int, o enginetest.Options) *room {
	r := newRoom(t, o, everything)
	for i := range n {
		e := event(fmt.Sprint("item ", i), 3+i/10, 8+i%10)
		if i%2 == 0 {
			r.cal.Add(e)
		} else {
			r.Create(r.Alice, e)
		}
	}
	r.Settle(r.id)
	return r
}

func (r *room) deleteSome(here bool, from, to int) {
	for i := from; i < to; i++ {
		name := fmt.Sprint("item ", i)
		if here {
			a, _ := r.find(name)
			r.Delete(r.Alice, a.ID)
			continue
		}
		id, _ := r.findEvent(name)
		r.cal.Delete(id)
	}
}

// held are the open brakes of a connection, with how many each holds.
func (r *room) held(t testing.TB) (size int) {
	r.Tx(func(tx engine.Tx) error {
		list, err := tx.Holds(t.Context(), r.id)
		for _, h := range list {
			size += h.Size
		}
		return err
	})
	return size
}

// answer lets what a brake holds go, or leaves both sides as they are.
func (r *room) answer(t testing.TB, confirm bool) {
	r.Tx(func(tx engine.Tx) error {
		c, err := tx.Connection(t.Context(), r.id)
		if err != nil {
			return err
		}
		list, err := tx.Holds(t.Context(), r.id)
		if err != nil {
			return err
		}
		for _, h := range list {
			h.State = "confirmed"
			if err := tx.PutHold(t.Context(), &h); err != nil {
				return err
			}
			holder := fmt.Sprint(store.HeldByBrake, h.ID)
			if confirm {
				if _, err := tx.ReleaseWork(t.Context(), r.id, holder); err != nil {
					return err
				}
				continue
			}
			works, err := tx.ListWork(t.Context(), r.id, 0, 1000)
			if err != nil {
				return err
			}
			for _, w := range works {
				if w.HeldBy == holder {
					if err := r.Engine.Accept(t.Context(), tx, c, w); err != nil {
						return err
					}
				}
			}
		}
		return nil
	})
}

// TestABrakeThatWasLetGoHoldsNothingAgain: a deletion in the other direction is no occasion to ask once more.
func TestABrakeThatWasLetGoHoldsNothingAgain(t *testing.T) {
	r := many(t, 20, enginetest.Options{})
	r.deleteSome(true, 0, 12)
	r.Settle(r.id)
	r.answer(t, true)
	r.Settle(r.id)
	r.deleteSome(false, 12, 13)
	r.Settle(r.id)
	r.Tx(func(tx engine.Tx) error {
		list, err := tx.Holds(t.Context(), r.id)
		if len(list) != 0 {
			t.Errorf("held: %+v", list)
		}
		return err
	})
	r.inStep(t, 7)
}

func TestTheDeleteBrake(t *testing.T) {
	for _, c := range []struct {
		of, delete, runs, held int
	}{
		{40, 3, 1, 0}, {40, 10, 1, 0}, {40, 11, 1, 11}, {3, 3, 1, 3}, {3, 2, 1, 0}, {2, 2, 1, 0},
		{100, 20, 1, 0}, {100, 21, 1, 21}, {100, 60, 1, 60},
		{100, 60, 12, 40}, // the first four runs of five pass
	} {
		for _, here := range []bool{true, false} {
			for _, confirm := range []bool{true, false} {
				t.Run(fmt.Sprintf("%+v, here %t, confirm %t", c, here, confirm), func(t *testing.T) {
					t.Parallel()
					r := many(t, c.of, enginetest.Options{})
					for i := range c.runs {
						r.deleteSome(here, i*c.delete/c.runs, (i+1)*c.delete/c.runs)
						r.Sync(r.id)
					}
					r.Settle(r.id)
					if got := r.held(t); got != c.held {
						t.Errorf("%d are held", got)
					}
					r.Quiet(r.id)
					r.answer(t, confirm)
					r.Settle(r.id)
					r.Quiet(r.id)
					left := c.of - c.delete
					if !confirm {
						left += c.held
					}
					list, there := subjects(r)
					if here {
						list, there = there, list
					}
					if len(list) != left || len(there) != c.of-c.delete || len(r.Works(r.id)) != 0 {
						t.Errorf("%d left where it follows, want %d; waiting %d", len(list), left, len(r.Works(r.id)))
					}
					// What was rejected stays rejected: neither goes nor comes back, also in a sweep.
					r.cal.Forget()
					r.Settle(r.id)
					r.Quiet(r.id)
				})
			}
		}
	}
}

func TestTheBrakeOpensAgainTheNextDay(t *testing.T) {
	r := many(t, 40, enginetest.Options{})
	r.deleteSome(true, 0, 10)
	r.Settle(r.id)
	r.Pass(25 * time.Hour)
	r.deleteSome(true, 10, 15)
	r.Settle(r.id)
	if got := r.held(t); got != 0 || len(r.cal.Held()) != 25 {
		t.Errorf("%d held, %d events", got, len(r.cal.Held()))
	}
}

// TestOtherWorkGoesOnWhileABrakeIsClosed, and what was confirmed passes also if the first try fails.
func TestOtherWorkGoesOnWhileABrakeIsClosed(t *testing.T) {
	r := many(t, 40, enginetest.Options{})
	r.deleteSome(true, 0, 15)
	r.Create(r.Alice, event("new", 20, 20))
	r.Settle(r.id)
	if _, there := r.findEvent("new"); !there || r.held(t) != 15 {
		t.Errorf("new there %t, %d held", there, r.held(t))
	}
	fails := 5
	r.cal.Before = func(c enginetest.Call) error {
		if c.Op == "remove" && fails > 0 {
			fails--
			return &provider.Error{Op: "remove", Class: provider.Transient}
		}
		return nil
	}
	r.answer(t, true)
	r.Settle(r.id)
	r.inStep(t, 26)
}

// TestAnEditOutlivesAHeldDeletion: what is edited while its deletion is held is planned again on what is there.
func TestAnEditOutlivesAHeldDeletion(t *testing.T) {
	r := many(t, 40, enginetest.Options{})
	r.deleteSome(true, 0, 15)
	r.Settle(r.id)
	id, _ := r.findEvent("item 3")
	r.cal.Edit(id, setPlace("Room 4"))
	r.Settle(r.id)
	r.answer(t, true)
	r.Settle(r.id)
	r.inStep(t, 26)
	if a, ok := r.find("item 3"); !ok || a.Plan.Location != "Room 4" {
		t.Errorf("the edit is lost: %+v", a.Plan.Values)
	}
}

// TestCreationsInDoubtCountWhileTheyAreInDoubt: more comes up in the very run in which the first answers are lost.
func TestCreationsInDoubtCountWhileTheyAreInDoubt(t *testing.T) {
	r := newRoom(t, enginetest.Options{}, everything)
	r.Sync(r.id)
	more := func(n int) {
		for i := range n {
			r.Create(r.Alice, event("call", 3+i/10, 8+i%10))
		}
	}
	more(40)
	r.cal.After = func(c enginetest.Call) error {
		if c.Op != "put" {
			return nil
		}
		if r.cal.Calls["put"] == 40 {
			more(20)
		}
		return &provider.Error{Op: "put", Class: provider.Unknown}
	}
	r.Sync(r.id)
	if n := len(r.cal.Held()); n != 50 || r.held(t) != 10 {
		t.Errorf("%d were made, and %d are held", n, r.held(t))
	}
}

// TestACreationThatIsFoundCountsLikeAnyOther: answers get lost, and more than a day's creations pass no more for it (I24).
func TestACreationThatIsFoundCountsLikeAnyOther(t *testing.T) {
	r := newRoom(t, enginetest.Options{}, everything)
	r.Sync(r.id)
	r.cal.After = func(c enginetest.Call) error {
		if c.Op == "put" {
			return &provider.Error{Op: "put", Class: provider.Unknown}
		}
		return nil
	}
	for range 4 {
		for i := range 20 {
			r.Create(r.Alice, event("call", 3+i, 10))
		}
		r.Settle(r.id)
		r.Pass(5 * time.Minute)
	}
	if n := len(r.cal.Held()); n != 50 || r.held(t) != 30 {
		t.Errorf("%d were made, and %d are held", n, r.held(t))
	}
	var made int
	r.Tx(func(tx engine.Tx) error {
		list, err := tx.ListHistory(t.Context(), r.id, 0, 0, 200)
		for _, h := range list {
			if h.Direction == "out" && h.Kind == "create" {
				made++
			}
		}
		return err
	})
	if made != 50 {
		t.Errorf("history tells of %d creations", made)
	}
}

func TestTheCreateBrake(t *testing.T) {
	for _, here := range []bool{true, false} {
		r := many(t, 10, enginetest.Options{})
		for i := range 70 {
			e := event(fmt.Sprint("flood ", i), 5+i/10, 8+i%10)
			if here {
				r.Create(r.Alice, e)
			} else {
				r.cal.Add(e)
			}
		}
		r.Settle(r.id)
		list, there := subjects(r)
		made := min(len(list), len(there)) - 10
		if held := r.held(t); made+held != 70 || held < 20 || made > 50 {
			t.Errorf("here %t: %d made, %d held", here, made, held)
		}
		r.Quiet(r.id)
		r.answer(t, true)
		r.Settle(r.id)
		r.inStep(t, 80)
	}
}

func TestAFirstSyncIsNoFlood(t *testing.T) {
	r := newRoom(t, enginetest.Options{Unread: true}, everything)
	for i := range 150 {
		r.cal.Add(event(fmt.Sprint("in ", i), 3+i/10, 8+i%10))
		r.Create(r.Alice, event(fmt.Sprint("out ", i), 3+i/10, 8+i%10))
	}
	r.Settle(r.id)
	r.inStep(t, 300)
	// A fifth more on the same day is none either, whatever failed on the way.
	for i := range 60 {
		r.Create(r.Alice, event(fmt.Sprint("more ", i), 3+i/10, 20))
	}
	r.Settle(r.id)
	r.inStep(t, 360)
}

// TestWhatIsMadeHereWhileAStartIsUnderWayForeseesNothingThere: what the calendar listed is foreseen, and what was made in the CRM
// meanwhile is not of the calendar (I24).
func TestWhatIsMadeHereWhileAStartIsUnderWayForeseesNothingThere(t *testing.T) {
	r := newRoom(t, enginetest.Options{}, everything)
	r.cal.Add(event("in", 3, 10))
	r.meanwhile("pull", func() {
		for i := range 40 {
			r.Create(r.Alice, event(fmt.Sprint("out ", i), 3+i/10, 8+i%10))
		}
	})
	r.Settle(r.id)
	r.inStep(t, 41)
	for i := range 60 {
		r.cal.Add(event(fmt.Sprint("flood ", i), 10+i/10, 8+i%10))
	}
	r.Settle(r.id)
	if held := r.held(t); held != 11 { // fifty a day
		t.Errorf("%d of 61 are held", held)
	}
}

func TestManyTwinsAreHeld(t *testing.T) {
	r := many(t, 20, enginetest.Options{})
	for i := range 20 {
		r.cal.Add(event(fmt.Sprint("item ", i), 3+i/10, 8+i%10))
	}
	r.Settle(r.id)
	if held := r.held(t); held != 15 {
		t.Errorf("%d of 20 copies are held", held)
	}
}

// A doubling need not come in at once (I24).
func TestManyTwinsAreHeldAlsoIfTheyComeOneByOne(t *testing.T) {
	r := many(t, 20, enginetest.Options{})
	for i := range 20 {
		r.cal.Add(event(fmt.Sprint("item ", i), 3+i/10, 8+i%10))
		r.Settle(r.id)
	}
	if held := r.held(t); held != 15 {
		t.Errorf("%d of 20 copies are held", held)
	}
}

// What a server has trimmed equals what it was made of.
func TestTwinsWhoseTitlesWereTrimmedAreHeld(t *testing.T) {
	r := newRoom(t, enginetest.Options{}, everything)
	for i := range 20 {
		r.Create(r.Alice, event(fmt.Sprint("item  ", i), 3+i/10, 8+i%10))
	}
	r.Settle(r.id)
	for i := range 20 {
		r.cal.Add(event(fmt.Sprint("item ", i), 3+i/10, 8+i%10))
	}
	r.Settle(r.id)
	if held := r.held(t); held != 15 {
		t.Errorf("%d of 20 copies are held", held)
	}
}

// A whole day and a time without a zone have twins as well.
func TestTwinsWithoutAZoneAreHeld(t *testing.T) {
	for _, kind := range []calendar.Kind{calendar.Date, calendar.Floating} {
		r := newRoom(t, enginetest.Options{}, everything)
		for range 2 {
			for i := range 20 {
				e := event(fmt.Sprint("item ", i), 3+i, 0)
				e.Start, e.End = calendar.Time{Kind: kind, Wall: hour(3+i, 0)}, calendar.Time{Kind: kind, Wall: hour(4+i, 0)}
				r.cal.Add(e)
			}
			r.Settle(r.id)
		}
		if held := r.held(t); held != 15 {
			t.Errorf("%v: %d of 20 copies are held", kind, held)
		}
	}
}

// A calendar that lists everything shows what is held at each pull: that is no newer arrival, and what was confirmed passes.
func TestWhatIsConfirmedPassesAlsoWhereEverythingIsListed(t *testing.T) {
	r := many(t, 20, enginetest.Options{Listing: true, Unread: true})
	for i := range 20 {
		r.cal.Add(event(fmt.Sprint("item ", i), 3+i/10, 8+i%10))
	}
	r.Settle(r.id)
	r.answer(t, true)
	r.Settle(r.id)
	if held := r.held(t); held != 0 || len(r.Activities()) != 40 {
		t.Errorf("%d are held, and %d of 40 are here", held, len(r.Activities()))
	}
}

func TestNarrowingAsksBeforeManyMirrorsGo(t *testing.T) {
	for _, confirm := range []bool{true, false} {
		r := newRoom(t, enginetest.Options{}, everything)
		for i := range 30 {
			r.Create(r.Alice, event(fmt.Sprint("item ", i), 3+i/10, 8+i%10))
		}
		r.Settle(r.id)
		r.Settings(r.id, func(s *lens.Settings) { s.TypesOut = []string{"call"} })
		for _, a := range r.Activities() {
			r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Location = "x" }, "location")
		}
		r.Settle(r.id)
		if held := r.held(t); held != 30 {
			t.Errorf("%d are held", held)
		}
		r.answer(t, confirm)
		r.Settle(r.id)
		r.Quiet(r.id)
		if here, there := subjects(r); len(here) != 30 || len(there) != map[bool]int{true: 0, false: 30}[confirm] {
			t.Errorf("confirm %t: %d here, %d there", confirm, len(here), len(there))
		}
		if !confirm {
			a, _ := r.find("item 1")
			r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Location = "y" }, "location")
			r.Settle(r.id)
			if r.held(t) != 0 || len(r.cal.Held()) != 30 {
				t.Errorf("asked again: %d held", r.held(t))
			}
		}
	}
}

// TestABrakeThatIsLetGoStaysSo at a calendar that tells what was deleted only by listing the rest.
func TestABrakeThatIsLetGoStaysSo(t *testing.T) {
	for _, confirm := range []bool{true, false} {
		t.Run(fmt.Sprint(confirm), func(t *testing.T) {
			r := many(t, 40, enginetest.Options{Listing: true})
			r.deleteSome(false, 0, 12)
			r.Settle(r.id)
			if got := r.held(t); got != 12 {
				t.Fatalf("%d are held", got)
			}
			r.answer(t, confirm)
			r.Settle(r.id)
			left := 40
			if confirm {
				left = 28
			}
			here, there := subjects(r)
			if got := r.held(t); got != 0 || len(here) != left || len(there) != 28 {
				t.Errorf("%d are held again, %d activities, %d events", got, len(here), len(there))
			}
			r.Quiet(r.id)
		})
	}
}
