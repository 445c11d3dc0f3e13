package engine_test

import (
	"fmt"
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// unrecalled is a CRM that keeps no keys, with an item that sync made behind the backup by which the rows are restored.
func unrecalled(t *testing.T) (*room, store.ID, provider.RemoteID) {
	r := newRoom(t, enginetest.CRM(), everything)
	r.Settle(r.id)
	a := r.Create(r.Alice, event("Call", 3, 12))
	r.Settle(r.id)
	id := r.onlyEvent(t)
	r.forget(t, a.ID)
	r.Tx(func(tx engine.Tx) error { return tx.SaveCursor(t.Context(), r.id, "") })
	r.restore(t)
	return r, a.ID, id
}

// TestWhatABackupDoesNotKnowIsFoundWithoutKeys, and neither made nor taken in a second time (I1), also where another calendar of the
// same user has got its own just now, so that the item could be somebody's mirror.
func TestWhatABackupDoesNotKnowIsFoundWithoutKeys(t *testing.T) {
	for _, sibling := range []bool{false, true} {
		r, _, id := unrecalled(t)
		if sibling {
			r.Settle(r.Connect(r.Alice, enginetest.New(enginetest.Options{}), everything))
		}
		writes := r.cal.Writes
		r.Settle(r.id)
		links := r.Links(r.id)
		if r.only(t); r.onlyEvent(t) != id || len(links) != 1 || links[0].Remote != string(id) || r.cal.Writes != writes {
			t.Errorf("with a sibling %t: tied %+v, %d writes", sibling, links, r.cal.Writes-writes)
		}
		r.Quiet(r.id)
	}
}

// TestWhatIsLikeWhatABackupDoesNotKnowIsAskedAbout, and is what somebody says it is.
func TestWhatIsLikeWhatABackupDoesNotKnowIsAskedAbout(t *testing.T) {
	for _, it := range []bool{true, false} {
		r, a, id := unrecalled(t)
		r.cal.Edit(id, func(e *calendar.Event) { e.Location = "Room 4" })
		r.Sync(r.id)
		if w := r.Works(r.id); len(w) != 2 || w[0].Reason != engine.Unsure && w[1].Reason != engine.Unsure || len(r.cal.Held()) != 1 {
			t.Fatalf("waits: %+v", w)
		}
		want := 2
		if it {
			want = 1
			r.choose(t, "r:"+string(id))
		} else {
			r.choose(t, fmt.Sprint("a:", a))
		}
		r.settleAll(t)
		if n, m := len(r.cal.Held()), len(r.Activities()); n != want || m != want {
			t.Errorf("it is %t: %d there, %d here", it, n, m)
		}
		r.Quiet(r.id)
	}
}

// TestTheDryRunKnowsWhatABackupDoesNot.
func TestTheDryRunKnowsWhatABackupDoesNot(t *testing.T) {
	r, _, _ := unrecalled(t)
	r.foresee(t, 0)
	r.Settle(r.id)
	r.Quiet(r.id)
}
