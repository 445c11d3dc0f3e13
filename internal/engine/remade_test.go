package engine_test

import (
	"testing"
	"time"

	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
	"tahti/internal/hub"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// TestWhatIsMadeAnewAndDoesNotArriveIsTriedAgain: an event is deleted while an edit is written to it. The edit outlives the deletion
// (I5), also where the event that is to take its place is refused at first, or its creation lost: nothing that is gone leads there.
func TestWhatIsMadeAnewAndDoesNotArriveIsTriedAgain(t *testing.T) {
	for _, class := range []provider.Class{provider.Rejected, provider.Unknown, provider.Transient} {
		r, a, id := linked(t, enginetest.Options{}, true, event("Call", 3, 10), nil)
		r.Edit(r.Alice, a.ID, setSubject("Call Bob"), "subject")
		puts := 0
		r.cal.Before = func(c enginetest.Call) error {
			if c.Op != "put" {
				return nil
			}
			switch puts++; puts {
			case 1:
				r.cal.Delete(id)
			case 2:
				return &provider.Error{Op: "put", Class: class}
			}
			return nil
		}
		r.Sync(r.id)
		r.Tx(func(tx engine.Tx) error {
			_, err := tx.ReleaseWork(t.Context(), r.id, store.HeldByParked)
			return err
		})
		r.Pass(time.Hour)
		r.Settle(r.id)
		r.inStep(t, 1)
		if puts != 3 {
			t.Errorf("%v: %d writes", class, puts)
		}
	}
}

// broughtBack is a room whose calendar took a deletion of ours and did not answer, and somebody brought the activity back before anybody
// looked. It has an edit of theirs besides, if edited.
func broughtBack(t *testing.T, o enginetest.Options, edited bool) *room {
	t.Helper()
	r, a, _ := linked(t, o, true, event("Call", 3, 10), nil)
	r.loseAnswers("remove")
	r.Delete(r.Alice, a.ID)
	r.Sync(r.id)
	r.cal.Before, r.cal.After = nil, nil
	r.Tx(func(tx engine.Tx) error {
		_, err := r.Hub.Revive(t.Context(), tx, hub.By(r.Alice), a.ID)
		return err
	})
	if edited {
		r.Edit(r.Alice, a.ID, setSubject("Call Bob"), "subject")
	}
	return r
}

// TestWhatIsBroughtBackBehindALostDeletionStays: that the item is gone is no news then. A dry run knows that, too.
func TestWhatIsBroughtBackBehindALostDeletionStays(t *testing.T) {
	for _, o := range []enginetest.Options{{}, {Listing: true}, {Unread: true}} {
		for _, edited := range []bool{true, false} {
			r := broughtBack(t, o, edited)
			r.Pass(time.Hour)
			r.Settle(r.id)
			r.inStep(t, 1)
			broughtBack(t, o, edited).foresee(t, 0)
		}
	}
}

// TestADeletionIsHeardOfWhatWaits: a write meets somebody's edit, and what becomes of both is refused, so that the item waits for a
// person. That it is deleted then, on either side, is heard.
func TestADeletionIsHeardOfWhatWaits(t *testing.T) {
	for _, there := range []bool{true, false} {
		r, a, id := linked(t, enginetest.Options{Listing: there}, true, event("Call", 3, 10), nil)
		r.Edit(r.Alice, a.ID, setSubject("Call Bob"), "subject")
		puts := 0
		r.cal.Before = func(c enginetest.Call) error {
			if c.Op != "put" {
				return nil
			}
			if puts++; puts == 1 {
				r.cal.Edit(id, setPlace("Room 4"))
				return nil
			}
			return &provider.Error{Op: "put", Class: provider.Rejected, Code: string(provider.Inexpressive)}
		}
		r.Settle(r.id)
		if left := r.Works(r.id); len(left) != 1 || left[0].HeldBy != store.HeldByParked {
			t.Fatalf("waiting: %+v", left)
		}
		r.cal.Before = nil
		if there {
			r.cal.Delete(id)
		} else {
			r.Delete(r.Alice, a.ID)
			r.Sync(r.id)
			r.cal.Forget() // it tells what there is, and no more that this went
		}
		r.Settle(r.id)
		r.inStep(t, map[bool]int{true: 1, false: 0}[there]) // an edit here outlives a deletion there (I5)
		if left := r.Works(r.id); len(left) > 0 {
			t.Errorf("deleted there %t, waiting: %+v", there, left)
		}
	}
}
