package engine_test

import (
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine/enginetest"
)

// TestWhatWaitedWithAnItemIsNotTakenForAnEdit: the work of an item that was edited on both sides waits, because the write was
// not answered. The activity is edited once more, that is written, and the work becomes due with what the calendar said before
// all this. It was so once; taken for an edit, it would undo what people typed since (I2).
func TestWhatWaitedWithAnItemIsNotTakenForAnEdit(t *testing.T) {
	r, a, id := linked(t, enginetest.Options{}, true, event("call", 3, 10), nil)
	lost := r.loseFirstReply()
	r.cal.Edit(id, func(e *calendar.Event) { e.Description = "there" })
	r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Location = "Room 4" }, "location")
	r.Sync(r.id)
	r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Subject = "call again" }, "subject")
	r.Sync(r.id)
	r.Pass(time.Minute)
	r.Settle(r.id)
	if got := r.only(t).Plan; !*lost || got.Location != "Room 4" || got.Subject != "call again" || got.Description != "there" {
		t.Errorf("lost a reply: %t; %q at %q says %q", *lost, got.Subject, got.Location, got.Description)
	}
	r.inStep(t, 1)
}

// TestAnItemOfTheBaselineWithANewVersionIsReadOnce: a server gives its items other versions and they say what they said. They
// are kept out as before, at the new version (I3).
func TestAnItemOfTheBaselineWithANewVersionIsReadOnce(t *testing.T) {
	r := newRoom(t, enginetest.Options{Listing: true, Unread: true}, nothing)
	id := r.cal.Add(event("old", 3, 10))
	r.Settle(r.id)
	r.cal.Edit(id, func(*calendar.Event) {})
	r.Settle(r.id)
	if list := r.Activities(); len(list) != 0 {
		t.Errorf("%d activities came in", len(list))
	}
	r.Quiet(r.id)
	r.cal.Edit(id, func(e *calendar.Event) { e.Location = "Room 4" })
	r.Settle(r.id)
	r.inStep(t, 1)
}

// TestADeletionIsSentAtTheVersionThatIsThere: the item got another version while the deletion waited to be sent. Pressing the
// button once is enough.
func TestADeletionIsSentAtTheVersionThatIsThere(t *testing.T) {
	r, a, id := linked(t, enginetest.Options{Mails: true}, false, meeting("Review", "alice"), nil)
	r.Delete(r.Alice, a.ID)
	r.Settle(r.id)
	r.waitingToSend(t, 3)
	r.cal.Edit(id, func(*calendar.Event) {})
	r.Sync(r.id)
	r.send(r.waitingToSend(t, 3))
	r.Sync(r.id)
	if held := r.cal.Held(); len(held) != 0 {
		t.Errorf("it is still there; waiting: %+v", r.Works(r.id))
	}
}
