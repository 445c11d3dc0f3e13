package engine_test

import (
	"fmt"
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// unrecalled is a CRM that keeps no keys, with an item that sync made behind the backup by which the rows are restored.
func unrecalled(t *testing.T) (*room, store.ID, provider.RemoteID) {
	return unrecalledBy(t, (*room).restore)
}

func unrecalledBy(t *testing.T, restore func(*room, *testing.T)) (*room, store.ID, provider.RemoteID) {
	r := newRoom(t, enginetest.CRM(), everything)
	r.Settle(r.id)
	a := r.Create(r.Alice, event("Call", 3, 12))
	r.Settle(r.id)
	id := r.onlyEvent(t)
	r.forget(t, a.ID)
	r.Tx(func(tx engine.Tx) error { return tx.SaveCursor(t.Context(), r.id, "") })
	restore(r, t)
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
	for _, there := range []bool{true, false} {
		r, _, id := unrecalled(t)
		if !there {
			r.cal.Delete(id)
		}
		r.foresee(t, 0)
		r.Settle(r.id)
		r.onlyEvent(t)
		r.Quiet(r.id)
	}
}

// TestWhatWasTypedHereSinceABackupIsKept where an item that the backup does not know turns out to be the activity's: nobody knows what it
// was made with, so it comes in as it is, and what the activity says can be restored (I2).
func TestWhatWasTypedHereSinceABackupIsKept(t *testing.T) {
	r, a, id := unrecalled(t)
	r.Edit(r.Alice, a, func(a *crm.Activity) { a.Plan.Description = "typed since" }, "description")
	r.cal.Edit(id, func(e *calendar.Event) { e.Description = "typed there" })
	r.Sync(r.id)
	r.choose(t, "r:"+string(id))
	r.settleAll(t)
	if e := r.cal.Held()[r.onlyEvent(t)]; r.only(t).Plan.Description != "typed there" || e.Description != "typed there" {
		t.Errorf("here %q, there %q", r.only(t).Plan.Description, e.Description)
	}
	if list := r.Conflicts(); len(list) != 1 || list[0].Winner != "calendar" || string(list[0].Lost) != `"typed since"` {
		t.Errorf("kept: %+v", list)
	}
	r.Quiet(r.id)
}

// remadeBehind is a CRM that keeps no keys, in which an item was deleted, and made anew by sync as its activity was edited, both behind the
// backup by which the rows are restored.
func remadeBehind(t *testing.T) (*room, store.ID, provider.RemoteID) {
	return remadeBehindBy(t, (*room).restore)
}

func remadeBehindBy(t *testing.T, restore func(*room, *testing.T)) (*room, store.ID, provider.RemoteID) {
	r, a, _ := linked(t, enginetest.CRM(), false, atUTC("Call", 3, 12, calendar.Facets{Type: calendar.Ref{ID: "call"}}), nil)
	backup := r.Links(r.id)[0]
	r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Subject = "Call Ann" }, "subject")
	r.cal.Delete(provider.RemoteID(backup.Remote))
	r.settleAll(t)
	id := r.onlyEvent(t)
	r.forget(t, a.ID)
	r.Tx(func(tx engine.Tx) error {
		if err := tx.PutLink(t.Context(), &backup); err != nil {
			return err
		}
		return tx.SaveCursor(t.Context(), r.id, "")
	})
	restore(r, t)
	return r, a.ID, id
}

// TestWhatWasMadeAnewBehindABackupIsFoundWithoutKeys, and is not made once more because its first item is gone (I1).
func TestWhatWasMadeAnewBehindABackupIsFoundWithoutKeys(t *testing.T) {
	r, a, id := remadeBehind(t)
	r.settleAll(t)
	links := r.Links(r.id)
	if r.only(t); r.onlyEvent(t) != id || len(links) != 1 || links[0].Remote != string(id) || links[0].Activity != a {
		t.Errorf("tied %+v", links)
	}
	r.Quiet(r.id)
}

// TestAClockThatIsBehindHidesNothingOfABackup: what was made on the strength of the rows, a moment before, is no newer than they are (I1).
func TestAClockThatIsBehindHidesNothingOfABackup(t *testing.T) {
	for what, lab := range map[string]func(*testing.T, func(*room, *testing.T)) (*room, store.ID, provider.RemoteID){
		"made": unrecalledBy, "made anew": remadeBehindBy,
	} {
		t.Run(what, func(t *testing.T) {
			r, _, id := lab(t, (*room).restoreBehind)
			r.foresee(t, 0)
			r.settleAll(t)
			if r.only(t); r.onlyEvent(t) != id {
				t.Errorf("there: %+v", r.cal.Held())
			}
			r.Quiet(r.id)
		})
	}
}

// TestTheDryRunKnowsWhatWasMadeAnewBehindABackup, though that its first item is gone only shows in a listing; and asks as the run does.
func TestTheDryRunKnowsWhatWasMadeAnewBehindABackup(t *testing.T) {
	for _, edited := range []bool{false, true} {
		r, _, id := remadeBehind(t)
		if edited {
			r.cal.Edit(id, func(e *calendar.Event) { e.Location = "Room 4" })
		}
		r.foresee(t, 0)
		if edited {
			r.choose(t, "r:"+string(id))
		}
		r.settleAll(t)
		r.onlyEvent(t)
		r.Quiet(r.id)
	}
}

// TestWhatIsLikeWhatWasMadeAnewBehindABackupIsAskedAbout, and nothing is made or deleted before somebody has answered.
func TestWhatIsLikeWhatWasMadeAnewBehindABackupIsAskedAbout(t *testing.T) {
	r, a, id := remadeBehind(t)
	r.cal.Edit(id, func(e *calendar.Event) { e.Location = "Room 4" })
	r.settleAll(t)
	if w := r.Works(r.id); len(w) != 2 || w[0].Reason != engine.Unsure && w[1].Reason != engine.Unsure || r.onlyEvent(t) != id || r.only(t).ID != a {
		t.Fatalf("waits: %+v", w)
	}
	r.choose(t, "r:"+string(id))
	r.settleAll(t)
	if here := r.only(t); r.onlyEvent(t) != id || here.ID != a || here.Plan.Location != "Room 4" {
		t.Errorf("here it is %+v", here)
	}
	r.Quiet(r.id)
}

// TestWhatIsGoneSinceABackupAndWasNotMadeAnewIsMade, as ever: an edit here outlives a deletion there (I5).
func TestWhatIsGoneSinceABackupAndWasNotMadeAnewIsMade(t *testing.T) {
	r, a, id := remadeBehind(t)
	r.cal.Delete(id)
	r.settleAll(t)
	if l := r.Links(r.id); r.only(t).Plan.Subject != "Call Ann" || len(l) != 1 || l[0].Activity != a || l[0].Remote != string(r.onlyEvent(t)) {
		t.Errorf("tied %+v", l)
	}
	r.Quiet(r.id)
}
