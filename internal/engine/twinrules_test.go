package engine_test

import (
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
	"tahti/internal/hub"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// TestWhatOnlyTakesPlaceOnADateOfASeriesIsNoDateOfIt: another title, and an activity that is newer than the connection, which nobody else has
// made. Both are made on the other side.
func TestWhatOnlyTakesPlaceOnADateOfASeriesIsNoDateOfIt(t *testing.T) {
	weekly := series("Standup", "FREQ=WEEKLY;COUNT=10", 3, 9)
	for name, c := range map[string]struct {
		set func(r *room)
		n   int
	}{
		"an activity of another title": {func(r *room) {
			r.cal.Add(weekly)
			r.Create(r.Alice, event("Lunch", 10, 9))
		}, 2},
		"an event of another title": {func(r *room) {
			r.Create(r.Alice, weekly)
			r.cal.Add(event("Lunch", 10, 9))
		}, 2},
		"a newer activity": {func(r *room) {
			r.cal.Add(weekly)
			r.Create(r.Alice, event("Lunch", 10, 9))
			r.Pass(time.Minute)
			r.begun()
			r.Pass(time.Minute)
			r.Create(r.Alice, event("Standup", 10, 9))
		}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRoom(t, enginetest.Options{}, everything)
			c.set(r)
			if name != "a newer activity" {
				r.Pass(time.Minute)
				r.begun()
			}
			r.Settle(r.id)
			r.still(t, c.n)
			if works := r.Works(r.id); len(works) != 0 {
				t.Errorf("waiting: %+v", works)
			}
		})
	}
}

// TestAQuestionThatItsActivityHasSettledIsNone: it is deleted, or somebody else's by now, before anything was made of the event.
func TestAQuestionThatItsActivityHasSettledIsNone(t *testing.T) {
	for name, c := range map[string]struct {
		leave func(r *room, a crm.Activity)
		here  int
	}{
		"it stays":      {func(*room, crm.Activity) {}, 1},
		"it is deleted": {func(r *room, a crm.Activity) { r.Delete(r.Alice, a.ID) }, 1},
		"it is given away": {func(r *room, a crm.Activity) {
			r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.OwnerID = r.Bob.ID }, "owner")
		}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			r, here, there := mirrored(t, enginetest.Options{}, 1, nothing)
			r.cal.Edit(there[0], setTitle("item 0"))
			r.begun()
			r.Settle(r.id)
			c.leave(r, here[0])
			r.cal.Edit(there[0], setPlace("Room 4"))
			r.Settle(r.id)
			came := 0
			for _, a := range r.Activities() {
				if a.Origin == r.id {
					came++
				}
			}
			if want := map[bool]int{true: 0, false: 1}[name == "it stays"]; came != want || len(r.Activities()) != c.here {
				t.Errorf("%d came in, %d are here", came, len(r.Activities()))
			}
		})
	}
}

// TestLettingAMirrorInAnswersNoOtherQuestion, nor does it where nothing waits as a mirror.
func TestLettingAMirrorInAnswersNoOtherQuestion(t *testing.T) {
	for reason, mirror := range map[string]string{engine.Mirror: store.TwinApart, "copy": store.TwinMirror} {
		r, a, id := linked(t, enginetest.Options{}, true, event("Call", 3, 10), nil)
		other := r.Create(r.Alice, event("Lunch", 4, 10))
		r.Tx(func(tx engine.Tx) error {
			for activity, state := range map[store.ID]string{a.ID: store.TwinMirror, other.ID: store.TwinOpen} {
				if err := tx.PutTwin(t.Context(), store.Twin{Connection: r.id, Remote: string(id), Activity: activity, State: state}); err != nil {
					return err
				}
			}
			c, err := tx.Connection(t.Context(), r.id)
			if err != nil {
				return err
			}
			if err := r.Engine.GoOn(t.Context(), tx, c, store.Work{Subject: "r:" + string(id), Reason: reason}); err != nil {
				return err
			}
			twins, err := tx.TwinsOf(t.Context(), r.id, string(id), 0)
			for _, w := range twins {
				if want := map[store.ID]string{a.ID: mirror, other.ID: store.TwinOpen}[w.Activity]; w.State != want {
					t.Errorf("%s: activity %d is %s, want %s", reason, w.Activity, w.State, want)
				}
			}
			return err
		})
	}
}

// TestWhatIsLikeACreationThatCannotBeLookedForWaits, and what is not comes in; once it can be looked for, all is settled (I1).
func TestWhatIsLikeACreationThatCannotBeLookedForWaits(t *testing.T) {
	r := unanswered(t)
	r.cal.Add(atUTC("Lunch", 4, 10, calendar.Facets{}))
	r.Pass(10 * time.Minute) // after which it would be made anew, if it were known not to be there
	r.once("made", false, provider.Transient)
	r.Sync(r.id)
	if _, lunch := r.find("Lunch"); !lunch || len(r.Activities()) != 2 || len(r.cal.Held()) != 2 {
		t.Errorf("%d here, %d there", len(r.Activities()), len(r.cal.Held()))
	}
	r.settleAll(t)
	if len(r.Activities()) != 2 || len(r.cal.Held()) != 2 || len(r.Works(r.id)) != 0 {
		t.Errorf("%d here, %d there, waiting: %+v", len(r.Activities()), len(r.cal.Held()), r.Works(r.id))
	}
	r.Quiet(r.id)
}

// TestWhatAColleagueIsStillWritingIsHandedOverBehindThat: what becomes of a write of theirs has to be known first.
func TestWhatAColleagueIsStillWritingIsHandedOverBehindThat(t *testing.T) {
	r := newRoom(t, enginetest.CRM(), everything)
	bobs := &room{Lab: r.Lab, cal: enginetest.New(enginetest.CRM())}
	bobs.id = r.Connect(r.Bob, bobs.cal, everything)
	id := r.cal.Add(atUTC("Call", 3, 12, calendar.Facets{Type: calendar.Ref{ID: "call"}}))
	r.Settle(r.id, bobs.id)
	a := r.only(t)
	r.loseAnswers("put")
	r.Edit(r.Alice, a.ID, setSubject("Call Ann"), "subject")
	r.Sync(r.id)
	r.cal.After = nil
	bobs.cal.Add(r.cal.Held()[id])
	bobs.Sync(bobs.id)
	if got := r.only(t); got.OwnerID != r.Alice.ID || len(r.Works(bobs.id)) != 1 || r.Works(bobs.id)[0].Attempts != 1 {
		t.Errorf("owned by %d, waiting: %+v", got.OwnerID, r.Works(bobs.id))
	}
	r.Pass(time.Minute)
	r.Sync(r.id) // what was written is known now
	r.cal.Spoil(id, provider.StateForbidden, "")
	r.Settle(bobs.id, r.id)
	if got := r.only(t); got.OwnerID != r.Bob.ID || got.Plan.Subject != "Call Ann" || len(r.Works(bobs.id)) != 0 {
		t.Errorf("%q is owned by %d, waiting: %+v", got.Plan.Subject, got.OwnerID, r.Works(bobs.id))
	}
}

// TestAFindThatFailsIsTriedAgainBeforeAnythingIsMadeAnew: a restored database has forgotten an event that took the place of another, and that
// no list shows (I1).
func TestAFindThatFailsIsTriedAgainBeforeAnythingIsMadeAnew(t *testing.T) {
	r, a, id := linked(t, enginetest.Options{Window: march, Unproven: true}, true, event("call", 20, 10), nil)
	r.cal.Delete(id)
	put := provider.Put{Key: r.Key(r.id, a.ID, 4), Event: a.Plan, Fields: calendar.BothWaysFields}
	if _, err := r.cal.Put(t.Context(), put); err != nil {
		t.Fatal(err)
	}
	r.tieIs(id, store.LinkGone) // the backup knows the first one, which two had taken the place of
	r.Tx(func(tx engine.Tx) error {
		if err := tx.PutWork(t.Context(), r.id, hub.Subject(a.ID), nil, r.Now(), false); err != nil {
			return err
		}
		return tx.SaveCursor(t.Context(), r.id, "")
	})
	r.restore(t)
	r.once("find", false, provider.Transient)
	r.Settle(r.id)
	if got := r.onlyEvent(t); string(got) != string(put.Key) || len(r.Links(r.id)) != 1 {
		t.Errorf("there is %s, tied: %+v", got, r.Links(r.id))
	}
	r.Quiet(r.id)
}
