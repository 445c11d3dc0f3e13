package engine_test

import (
	"errors"
	"strings"
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
	"tahti/internal/lens"
	"tahti/internal/provider"
	"tahti/internal/store"
)

func (r *room) waitingToSend(t *testing.T, people int) store.Work {
	t.Helper()
	works := r.Works(r.id)
	if len(works) != 1 || works[0].HeldBy != store.HeldBySending || works[0].People != people {
		t.Fatalf("want one item that needs sending to %d: %+v", people, works)
	}
	return works[0]
}

// send is what pressing "Save and send" does to a work item, where the settings let people be mailed.
func (r *room) send(w store.Work) {
	r.Settings(r.id, func(s *lens.Settings) { s.Guests = "on_send" })
	r.Tx(func(tx engine.Tx) error {
		w.HeldBy, w.Class, w.Due = store.HeldByNothing, engine.ClassSend, r.Now()
		return tx.UpdateWork(r.T.Context(), w)
	})
}

func TestWhatWouldMailWaitsUntilSomebodySendsIt(t *testing.T) {
	r, a, id := linked(t, enginetest.Options{Mails: true}, false, meeting("Review", "alice"), nil)
	r.Edit(r.Alice, a.ID, setSubject("Big review"), "subject")
	r.Sync(r.id)
	r.waitingToSend(t, 3)
	r.Quiet(r.id)
	// What is typed there meanwhile comes in all the same, and there is still one thing to send.
	r.cal.Edit(id, setPlace("Room 4"))
	r.Sync(r.id)
	if a := r.only(t); a.Plan.Location != "Room 4" || a.Plan.Subject != "Big review" {
		t.Errorf("%+v", a.Plan.Values)
	}
	w := r.waitingToSend(t, 3)
	if r.cal.Mailed != 0 {
		t.Errorf("%d people were mailed", r.cal.Mailed)
	}
	r.send(w)
	r.Sync(r.id)
	r.inStep(t, 1)
	if r.cal.Mailed != 3 {
		t.Errorf("%d people were mailed, want 3", r.cal.Mailed)
	}
	r.Delete(r.Alice, a.ID)
	r.Sync(r.id)
	r.send(r.waitingToSend(t, 3))
	r.Settle(r.id)
	r.inStep(t, 0)
	if r.cal.Mailed != 6 {
		t.Errorf("%d people were mailed, want 6", r.cal.Mailed)
	}
}

// TestWhatComesInDoesNotTakeTheLeaveToSendAway: somebody has pressed the button, and before the run something else is typed there.
func TestWhatComesInDoesNotTakeTheLeaveToSendAway(t *testing.T) {
	r, a, id := linked(t, enginetest.Options{Mails: true}, false, meeting("Review", "alice"), nil)
	r.Edit(r.Alice, a.ID, setSubject("Big review"), "subject")
	r.Sync(r.id)
	r.send(r.waitingToSend(t, 3))
	r.cal.Edit(id, setPlace("Room 4"))
	target := r.Target(r.id)
	says, err := r.Engine.DryRun(t.Context(), target, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.DB.FinishWake(t.Context(), target.Claim, r.Now()); err != nil {
		t.Fatal(err)
	}
	did := r.Sync(r.id).Counts
	for _, counts := range []map[string]int{says, did} {
		if counts[engine.UpdatedInCalendar] != 1 || counts[engine.UpdatedInCRM] != 1 || counts[engine.NeedsSending] != 0 {
			t.Errorf("said %v, did %v", says, did)
		}
	}
	if works := r.Works(r.id); len(works) != 0 || r.cal.Mailed != 3 {
		t.Errorf("%d people were mailed, and there waits %+v", r.cal.Mailed, works)
	}
	r.inStep(t, 1)
}

// TestWhatTheCalendarBringsUpWaitsToBeSent: somebody has typed into what is ours in an event with guests, and to take it out would mail them.
func TestWhatTheCalendarBringsUpWaitsToBeSent(t *testing.T) {
	r, _, id := linked(t, enginetest.Options{Mails: true}, true, event("Call", 3, 10), func(s *lens.Settings) { s.CRMContext = true })
	r.cal.Edit(id, func(e *calendar.Event) { e.Guests = meeting("Review", "alice").Guests })
	r.Settle(r.id)
	r.cal.Edit(id, func(e *calendar.Event) { e.Description = intoBlock(e.Description, "typed inside") })
	r.Settle(r.id)
	w := r.waitingToSend(t, len(r.cal.Held()[id].Guests))
	if len(r.Works(r.id)) != 1 || r.cal.Mailed != 0 {
		t.Errorf("%d were mailed, waiting: %+v", r.cal.Mailed, r.Works(r.id))
	}
	r.send(w)
	r.Settle(r.id)
	if works := r.Works(r.id); len(works) != 0 || strings.Contains(r.cal.Held()[id].Description, "typed inside") {
		t.Errorf("waiting: %+v, there it says %q", works, r.cal.Held()[id].Description)
	}
	r.Quiet(r.id)
}

// TestADeletionThatIsSentIsPlannedOnWhatIsThereThen, where the calendar was edited while it waited, and edits there do not come in.
func TestADeletionThatIsSentIsPlannedOnWhatIsThereThen(t *testing.T) {
	for _, compares := range []bool{true, false} {
		r, a, id := linked(t, enginetest.Options{Mails: true, Compares: compares}, false, meeting("Review", "alice"), nil)
		r.Settings(r.id, func(s *lens.Settings) { s.Direction = "to_calendar" })
		r.Delete(r.Alice, a.ID)
		r.cal.Edit(id, setPlace("Room 4"))
		r.Sync(r.id)
		r.cal.Listing = true // whoever lists everything each time shows it again
		r.Quiet(r.id)
		r.send(r.waitingToSend(t, 3))
		r.Settle(r.id)
		if works, held := r.Works(r.id), r.cal.Held(); len(works) != 0 || len(held) != 0 || r.cal.Mailed != 3 {
			t.Errorf("compares %t: %d people were mailed, there are %d events, waiting: %+v", compares, r.cal.Mailed, len(held), works)
		}
	}
}

func TestNobodyIsMailedWhereTheSettingSaysNever(t *testing.T) {
	r, a, id := linked(t, enginetest.Options{Mails: true}, false, meeting("Review", "alice"), nil)
	r.Edit(r.Alice, a.ID, setSubject("Big review"), "subject")
	r.Sync(r.id)
	r.send(r.waitingToSend(t, 3))
	r.Settings(r.id, func(s *lens.Settings) { s.Guests = "never" }) // after it was pressed, and before the run
	r.Settle(r.id)
	r.waitingToSend(t, 3)
	if got := r.cal.Held()[id].Subject; got != "Review" || r.cal.Mailed != 0 {
		t.Errorf("%q there, %d people were mailed", got, r.cal.Mailed)
	}
}

func TestAReplyThatIsLostDoesNotTakeTheLeaveToSendAway(t *testing.T) {
	r, a, _ := linked(t, enginetest.Options{Mails: true}, false, meeting("Review", "alice"), nil)
	r.Edit(r.Alice, a.ID, setSubject("Big review"), "subject")
	r.Sync(r.id)
	r.send(r.waitingToSend(t, 3))
	fail := true
	r.cal.Before = func(c enginetest.Call) error {
		if c.Op == "put" && fail {
			fail = false
			return &provider.Error{Op: "put", Class: provider.Transient}
		}
		return nil
	}
	r.Settle(r.id)
	r.inStep(t, 1)
	if r.cal.Mailed != 3 {
		t.Errorf("%d people were mailed, want 3", r.cal.Mailed)
	}
}

func TestDroppingAChangeLeavesBothSidesAsTheyAre(t *testing.T) {
	r, a, id := linked(t, enginetest.Options{Mails: true}, false, meeting("Review", "alice"), nil)
	r.Edit(r.Alice, a.ID, setSubject("Big review"), "subject")
	r.Sync(r.id)
	w := r.waitingToSend(t, 3)
	r.Tx(func(tx engine.Tx) error {
		c, err := tx.Connection(t.Context(), r.id)
		if err != nil {
			return err
		}
		return r.Engine.Accept(t.Context(), tx, c, w)
	})
	r.Quiet(r.id)
	if a := r.only(t); a.Plan.Subject != "Big review" || r.cal.Held()[id].Subject != "Review" || len(r.Works(r.id)) != 0 {
		t.Errorf("%q here, %q there", a.Plan.Subject, r.cal.Held()[id].Subject)
	}
	r.cal.Edit(id, setPlace("Room 4"))
	r.Settle(r.id)
	r.Quiet(r.id)
	if a := r.only(t); a.Plan.Location != "Room 4" || a.Plan.Subject != "Big review" || r.cal.Mailed != 0 || len(r.Works(r.id)) != 0 {
		t.Errorf("%+v, %d mailed, waiting %+v", a.Plan.Values, r.cal.Mailed, r.Works(r.id))
	}
}

// TestATitleThatIsNotSentIsWantedNoMore: a new frame would mail guests, and was dropped.
func TestATitleThatIsNotSentIsWantedNoMore(t *testing.T) {
	r, a, id := linked(t, enginetest.Options{Mails: true}, true, event("Call", 3, 10), func(s *lens.Settings) { s.Done = "tick" })
	r.cal.Edit(id, func(e *calendar.Event) { e.Guests = []calendar.Guest{{Person: person("carol")}} })
	r.Settle(r.id)
	r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Done = true }, "done")
	r.Sync(r.id)
	w := r.waitingToSend(t, 1)
	r.Tx(func(tx engine.Tx) error {
		c, err := tx.Connection(t.Context(), r.id)
		if err != nil {
			return err
		}
		return r.Engine.Accept(t.Context(), tx, c, w)
	})
	r.cal.Edit(id, setPlace("Room 4"))
	r.Settle(r.id)
	r.Quiet(r.id)
	if works := r.Works(r.id); len(works) != 0 || r.cal.Held()[id].Subject != "Call" || r.only(t).Plan.Location != "Room 4" {
		t.Errorf("waiting %+v, it is called %q there", works, r.cal.Held()[id].Subject)
	}
}

// madeAnewUnheard is a room in which a change waited to be sent until its event was deleted. The event is made anew, as an edit outlives
// a deletion, and the process dies before it hears of that.
func madeAnewUnheard(t *testing.T) *room {
	t.Helper()
	r, a, id := linked(t, enginetest.Options{Mails: true}, false, meeting("Review", "alice"), nil)
	r.Edit(r.Alice, a.ID, setSubject("Big review"), "subject")
	r.Sync(r.id)
	r.waitingToSend(t, 3)
	r.cal.Delete(id)
	r.cal.After = func(c enginetest.Call) error {
		if c.Op == "put" {
			r.CrashAt = r.Steps + 1
		}
		return nil
	}
	if _, err := r.Run(r.id, false); !errors.Is(err, enginetest.ErrCrash) {
		t.Fatalf("it did not die: %v", err)
	}
	r.cal.After = nil
	r.Revive()
	return r
}

// TestNothingWaitsToBeSentOfAnEventThatIsGone: the one that took its place has no guests.
func TestNothingWaitsToBeSentOfAnEventThatIsGone(t *testing.T) {
	r := madeAnewUnheard(t)
	r.Settle(r.id)
	r.inStep(t, 1)
	if works := r.Works(r.id); len(works) != 0 || r.cal.Mailed != 0 {
		t.Errorf("%d people were mailed, and there waits %+v", r.cal.Mailed, works)
	}
}
