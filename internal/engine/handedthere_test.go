package engine_test

import (
	"slices"
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
	"tahti/internal/hub"
	"tahti/internal/lens"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// What gets another owner in a CRM goes to them here as well, whichever connection hears of it first.
func TestWhatIsHandedOverInACRMIsHandedOverHere(t *testing.T) {
	for name, first := range map[string]bool{"the one that it leaves hears first": true, "the one that it comes to hears first": false} {
		t.Run(name, func(t *testing.T) {
			r := newRoom(t, enginetest.CRM(), everything)
			bobs := enginetest.New(enginetest.CRM())
			other := r.Connect(r.Bob, bobs, everything)
			id := r.cal.Add(atUTC("Call", 3, 12, calendar.Facets{Type: calendar.Ref{ID: "call"}, Note: "n"}))
			r.Settle(r.id, other)
			a := r.only(t)
			r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Note = "typed before" }, hub.FieldNote)

			held := r.cal.Held()[id]
			held.Location = "Room 4"
			if got := bobs.Add(held); got != id {
				t.Fatalf("there it is %s, and not %s", got, id)
			}
			r.cal.Spoil(id, provider.StateForbidden, "")
			if first {
				r.Sync(r.id)
				if !slices.ContainsFunc(r.Works(r.id), func(w store.Work) bool { return w.Reason == "others_now" }) {
					t.Errorf("waits: %+v", r.Works(r.id))
				}
			}
			says, err := r.Engine.DryRun(t.Context(), r.Target(other), nil)
			r.Revive() // a look is no run: it gives the claim back
			if err != nil || says[engine.LinkedCount] != 1 || says[engine.CreatedInCRM] != 0 {
				t.Errorf("foreseen: %v, %v", says, err)
			}
			for i := range 3 {
				if did := r.Sync(other).Counts; i == 0 && (did[engine.LinkedCount] != 1 || did[engine.UpdatedInCRM] != 2) {
					t.Errorf("done: %v", did)
				}
				r.Sync(r.id)
			}
			b := r.only(t)
			if b.ID != a.ID || b.OwnerID != r.Bob.ID || b.Plan.Location != "Room 4" || b.Note != "typed before" {
				t.Errorf("here: %+v", b)
			}
			there := bobs.Held()[id]
			if f := there.Facet(); f.Note != "typed before" || len(bobs.Held()) != 1 {
				t.Errorf("there: %+v", there)
			}
			if l := r.Links(other); len(l) != 1 || len(r.Links(r.id)) != 0 || len(r.Works(r.id)) != 0 || len(r.Works(other)) != 0 {
				t.Errorf("tied: %+v, %+v; waiting: %+v, %+v", l, r.Links(r.id), r.Works(r.id), r.Works(other))
			}
			r.Quiet(other)
		})
	}
}

// TestWhatComesBackToWhoHadItBefore: an activity from Alice's side of a CRM was Bob's for a while, so that it had an item of his, and is
// hers again. Then hers is given to him there: it is the same appointment, and takes the row that tells of the item which was taken out.
func TestWhatComesBackToWhoHadItBefore(t *testing.T) {
	r := newRoom(t, enginetest.CRM(), everything)
	bobs := enginetest.New(enginetest.CRM())
	other := r.Connect(r.Bob, bobs, func(s *lens.Settings) { s.Start, s.Relay = lens.Everything, true })
	r.cal.Delete(r.cal.Add(atUTC("Gone", 4, 12, calendar.Facets{}))) // so that numbers are the same when it is given to Bob
	id := r.cal.Add(atUTC("Call", 3, 12, calendar.Facets{Type: calendar.Ref{ID: "call"}}))
	r.Settle(r.id, other)
	a := r.only(t)
	for _, owner := range []crm.User{r.Bob, r.Alice} {
		r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.OwnerID, a.Visibility = owner.ID, crm.Everyone }, hub.FieldOwner, hub.FieldVisibility)
		r.Settle(r.id, other)
		if want := len(bobs.Held()); (want == 1) != (owner.ID == r.Bob.ID) {
			t.Fatalf("it is user %d's, and Bob has %+v there", owner.ID, bobs.Held())
		}
	}
	if got := bobs.Add(r.cal.Held()[id]); got != id {
		t.Fatalf("there it is %s, and not %s", got, id)
	}
	r.cal.Spoil(id, provider.StateForbidden, "")
	r.Settle(r.id, other)
	if l := r.Links(other); len(l) != 1 || l[0].Activity != a.ID || l[0].Remote != string(id) || len(r.Works(other)) != 0 || len(r.Works(r.id)) != 0 {
		t.Errorf("tied: %+v; waiting: %+v, %+v", l, r.Works(other), r.Works(r.id))
	}
	if b := r.only(t); b.ID != a.ID || b.OwnerID != r.Bob.ID {
		t.Errorf("here: %+v", b)
	}
	r.Quiet(other)
}

// TestWhatAColleagueLeftThereIsNotMadeBesideIt: Alice stops, and keeps what sync made at her side of a CRM. What is Bob's from then on
// stands there as hers: no second one is made, and that is said. What she has at no side goes to his.
func TestWhatAColleagueLeftThereIsNotMadeBesideIt(t *testing.T) {
	r := newRoom(t, enginetest.CRM(), everything)
	bobs := enginetest.New(enginetest.CRM())
	other := r.Connect(r.Bob, bobs, everything)
	left := r.Create(r.Alice, atUTC("Left there", 3, 12, calendar.Facets{}))
	r.Settle(r.id, other)
	r.Tx(func(tx engine.Tx) error { return tx.DetachLinks(t.Context(), r.id) })
	fresh := r.Create(r.Alice, atUTC("Never there", 4, 12, calendar.Facets{}))
	for _, id := range []store.ID{left.ID, fresh.ID} {
		r.Edit(r.Alice, id, func(a *crm.Activity) { a.OwnerID = r.Bob.ID }, hub.FieldOwner)
	}
	r.Settle(other)
	if held := bobs.Held(); len(held) != 1 || len(r.cal.Held()) != 1 {
		t.Fatalf("at Bob's side is %+v", held)
	}
	if l := r.Links(other); len(l) != 1 || l[0].Activity != fresh.ID {
		t.Errorf("tied: %+v", l)
	}
	r.Tx(func(tx engine.Tx) error {
		x, err := r.Engine.Explain(t.Context(), tx, other, left.ID)
		if x.Reason != lens.ColleaguesThere || x.InSync {
			t.Errorf("%+v", x)
		}
		return err
	})
	r.Quiet(other)
}
