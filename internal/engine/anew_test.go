package engine_test

import (
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/engine/enginetest"
	"tahti/internal/lens"
	"tahti/internal/provider"
)

// remade is a room whose calendar was cleaned and listed again, and what a second calendar of Alice's made of its event before:
// there somebody may have edited it meanwhile.
func remade(t *testing.T, edit func(*calendar.Event)) (r, o *room, copied provider.RemoteID) {
	t.Helper()
	r = newRoom(t, enginetest.Options{}, everything)
	r.cal.Add(event("Call", 3, 10))
	o = &room{Lab: r.Lab, cal: enginetest.New(enginetest.Options{})}
	o.id = r.Connect(r.Alice, o.cal, func(s *lens.Settings) { everything(s); s.Relay = true })
	r.Settle(r.id, o.id)
	copied = o.onlyEvent(t)
	if err := r.clean(); err != nil {
		t.Fatal(err)
	}
	if list := r.Activities(); len(list) != 0 {
		t.Fatalf("still there: %+v", list)
	}
	if edit != nil {
		o.cal.Edit(copied, edit)
	}
	r.Pass(time.Minute)
	if _, err := r.Run(r.id, true); err != nil {
		t.Fatal(err)
	}
	return r, o, copied
}

// TestWhatWasMadeAnewIsNotBroughtBackBesides: the event of an activity that went with its calendar was edited at another calendar. If
// the first one is connected again and brings its item in once more, the edit goes there: it is one meeting (I10, I2).
func TestWhatWasMadeAnewIsNotBroughtBackBesides(t *testing.T) {
	r, o, copied := remade(t, setPlace("Room 4"))
	r.Settle(o.id, r.id)
	r.Quiet(r.id, o.id)
	got := r.only(t)
	if got.Plan.Location != "Room 4" || o.onlyEvent(t) != copied || r.cal.Held()[r.onlyEvent(t)].Location != "Room 4" {
		t.Errorf("here %+v, there %+v and %+v", got.Plan.Values, o.cal.Held(), r.cal.Held())
	}
	if list := r.Conflicts(); len(list) != 0 {
		t.Errorf("conflicts: %+v", list)
	}
}

// TestWhatNothingTookThePlaceOfIsBroughtBack: its event was edited at another calendar than the one that it came from.
func TestWhatNothingTookThePlaceOfIsBroughtBack(t *testing.T) {
	r, o := relayed(t)
	r.cal.Add(event("Call", 3, 10))
	r.Settle(r.id, o.id)
	a := r.only(t)
	r.Delete(r.Alice, a.ID)
	o.cal.Edit(o.onlyEvent(t), setPlace("Room 4"))
	r.Settle(o.id, r.id)
	if got := r.only(t); got.ID != a.ID || got.Plan.Location != "Room 4" || r.cal.Held()[r.onlyEvent(t)].Location != "Room 4" {
		t.Errorf("here %+v, there %+v and %+v", got.Plan.Values, o.cal.Held(), r.cal.Held())
	}
	r.Quiet(r.id, o.id)
}

// TestWhatWasMadeAnewKeepsItsOwnEvent: where the activity that is there now has an event of its own already, the one that was edited
// is a copy of it. It stays as it is, with a word to its user.
func TestWhatWasMadeAnewKeepsItsOwnEvent(t *testing.T) {
	r, o, copied := remade(t, nil)
	edited := false
	o.cal.Before = func(c enginetest.Call) error {
		if c.Op == "remove" && !edited { // a moment before it is to go
			edited = true
			o.cal.Edit(copied, setPlace("Room 4"))
		}
		return nil
	}
	r.Settle(o.id, r.id)
	got, held, links := r.only(t), o.cal.Held(), r.Links(o.id)
	if len(held) != 2 || held[copied].Location != "Room 4" || got.Plan.Location != "" {
		t.Errorf("here %+v, there %+v", got.Plan.Values, held)
	}
	if len(links) != 1 || links[0].Activity != got.ID || links[0].Remote == string(copied) {
		t.Errorf("ties: %+v", links)
	}
	if works := r.Works(o.id); len(works) != 1 || works[0].Reason != "copy" || works[0].Subject != "r:"+string(copied) {
		t.Errorf("waiting: %+v", works)
	}
	r.Quiet(r.id, o.id)
}

// TestWhatAColleagueHasAnewIsNotBroughtBackBesides: an organiser deletes their meeting here, a colleague's calendar brings it in anew, and
// then the organiser edits what we made of it in another calendar. It stays there as it is, and the meeting is the colleague's (I10).
func TestWhatAColleagueHasAnewIsNotBroughtBackBesides(t *testing.T) {
	a, b := pair(t, nothing)
	other := &room{Lab: a.Lab, cal: enginetest.New(enginetest.Options{})}
	other.id = b.Connect(b.Bob, other.cal, func(s *lens.Settings) { everything(s); s.Relay = true })
	b.cal.Add(organised())
	b.Settle(b.id, other.id)
	mirror := other.onlyEvent(t)
	b.Delete(b.Bob, b.only(t).ID)
	a.cal.Add(organised())
	a.Settle(a.id)
	other.cal.Edit(mirror, setPlace("Room 4"))
	a.Settle(other.id)
	if got := a.only(t); got.OwnerID != a.Alice.ID || got.Plan.Location != "" || other.cal.Held()[mirror].Location != "Room 4" {
		t.Errorf("here %+v, there %+v", got.Plan, other.cal.Held())
	}
	if works := a.Works(other.id); len(works) != 1 || works[0].Reason != "copy" {
		t.Errorf("waiting: %+v", works)
	}
	a.Quiet(a.id, other.id)
}
