package connection_test

import (
	"slices"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
	"tahti/internal/hub"
	"tahti/internal/lens"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// TestOfWhatIsMaskedAllThatRestsIsNamedAndWhoseItIs: an event whose activity is a colleague's by now, who keeps it private. That everything
// rests does not hide that it is somebody else's, and what else is in the way is not for who asks.
func TestOfWhatIsMaskedAllThatRestsIsNamedAndWhoseItIs(t *testing.T) {
	r := newRig(t)
	c := r.connect(r.bob, "work", everything)
	a := r.CreateActivity(r.Bob, crm.Activity{Type: "meeting", Plan: event("Mine", 9), Visibility: crm.Everyone})
	r.run(c.ID)
	id := r.Links(c.ID)[0].Remote
	_, err := r.s.Pause(r.ctx(), r.bob, c.ID)
	r.ok(err)
	r.Edit(r.Bob, a.ID, func(a *crm.Activity) { a.OwnerID = r.Alice.ID }, hub.FieldOwner)
	r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Private = true }, calendar.Private.String())
	r.Tx(func(tx engine.Tx) error { // the next run has yet to hear of it
		w, err := tx.WorkBySubject(r.ctx(), c.ID, hub.Subject(a.ID))
		if err == nil {
			err = tx.DeleteWork(r.ctx(), w)
		}
		return err
	})
	r.ok(r.s.StopAll(r.ctx(), r.alice))
	r.Pass(time.Second)
	x, err := r.s.ExplainEvent(r.ctx(), r.bob, c.ID, provider.RemoteID(id))
	r.ok(err)
	if len(x.Obstacles) != 3 || x.Obstacles[0].State != engine.CompanyStopped || x.Obstacles[1].State != store.Paused || x.Obstacles[2].Reason != lens.OtherOwner {
		t.Errorf("in the way is %+v", x.Obstacles)
	}
}

// TestThatAnItemIsGoneIsSaidThoughNobodyHasToldOfIt: it was deleted in a CRM while its activity was kept out of it, and no listing brings
// that up. A CRM that does not answer keeps nobody from being told what is known.
func TestThatAnItemIsGoneIsSaidThoughNobodyHasToldOfIt(t *testing.T) {
	for _, gone := range []bool{false, true} {
		r := newRig(t)
		there := enginetest.New(enginetest.CRM())
		there.Now, r.cals[r.Bob.Email+"/work"] = r.Now, there
		c := r.connect(r.bob, "work", everything)
		id := there.Add(event("Theirs", 9))
		r.run(c.ID)
		a := r.Activities()[0]
		r.Edit(r.Bob, a.ID, func(a *crm.Activity) { a.Plan.Private = true }, calendar.Private.String())
		r.run(c.ID)
		if gone {
			there.Delete(id)
			r.run(c.ID)
		}
		want := []lens.Reason{lens.PrivateNotHeld}
		if gone {
			want = append(want, lens.GoesOwnWay)
		}
		for _, down := range []bool{true, false} {
			there.Before = nil
			if down {
				there.Before = func(enginetest.Call) error { return &provider.Error{Op: "read", Class: provider.Transient} }
			}
			x, err := r.s.Explain(r.ctx(), r.bob, c.ID, a.ID)
			r.ok(err)
			var got []lens.Reason
			for _, o := range x.Obstacles {
				got = append(got, o.Reason)
			}
			if down && !slices.Equal(got, want[:1]) || !down && !slices.Equal(got, want) {
				t.Errorf("gone: %t, the CRM does not answer: %t, in the way is %v", gone, down, got)
			}
		}
		r.Edit(r.Bob, a.ID, func(a *crm.Activity) { a.Plan.Private = false }, calendar.Private.String())
		r.run(c.ID)
		x, err := r.s.Explain(r.ctx(), r.bob, c.ID, a.ID)
		r.ok(err)
		if x.InSync == gone {
			t.Errorf("gone: %t, in sync once nothing else is in the way: %t, %+v", gone, x.InSync, x.Obstacles)
		}
	}
}
