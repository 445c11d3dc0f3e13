package engine_test

import (
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
	"tahti/internal/lens"
	"tahti/internal/provider"
)

// list is what the calendar answers now to who has a cursor, or none.
func (r *room) list(t *testing.T, since provider.Cursor) provider.Pull {
	t.Helper()
	p, err := r.cal.Pull(t.Context(), since, func(provider.RemoteID) provider.Versions { return nil })
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (r *room) cursor(t *testing.T) (since provider.Cursor) {
	t.Helper()
	r.Tx(func(tx engine.Tx) error {
		c, err := tx.Connection(t.Context(), r.id)
		since = provider.Cursor(c.Cursor)
		return err
	})
	return since
}

// lags lets the next sweep list what was there a while ago.
func (r *room) lags(was provider.Pull) {
	r.cal.Forget()
	r.cal.Bend = func(provider.Pull) provider.Pull {
		r.cal.Bend = nil
		return was
	}
}

// TestAListThatLagsBringsNothingBack: an event was deleted, on either side, and a list comes from a replica that has not heard of it.
// What was deleted stays so (I4).
func TestAListThatLagsBringsNothingBack(t *testing.T) {
	for name, c := range map[string]struct {
		ours   bool
		delete func(r *room, a crm.Activity, id provider.RemoteID)
	}{
		"deleted here, it came from there":  {false, func(r *room, a crm.Activity, _ provider.RemoteID) { r.Delete(r.Alice, a.ID) }},
		"deleted here, it was made here":    {true, func(r *room, a crm.Activity, _ provider.RemoteID) { r.Delete(r.Alice, a.ID) }},
		"deleted there, it came from there": {false, func(r *room, _ crm.Activity, id provider.RemoteID) { r.cal.Delete(id) }},
		"deleted there, it was made here":   {true, func(r *room, _ crm.Activity, id provider.RemoteID) { r.cal.Delete(id) }},
		"no longer carried": {true, func(r *room, a crm.Activity, _ provider.RemoteID) {
			r.Settings(r.id, func(s *lens.Settings) { s.TypesOut = []string{"task"} })
			r.Edit(r.Alice, a.ID, setSubject("call again"), "subject")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			r, a, id := linked(t, enginetest.Options{}, c.ours, event("call", 3, 10), nil)
			was := r.list(t, "")
			c.delete(r, a, id)
			r.Settle(r.id)
			held, there := len(r.Activities()), len(r.cal.Held())
			if there != 0 {
				t.Fatalf("%d events are left", there)
			}
			r.lags(was)
			r.Sync(r.id)
			if now := len(r.Activities()); now != held {
				t.Errorf("%d activities, and %d before the list", now, held)
			}
			r.Settle(r.id)
			if now := len(r.Activities()); now != held {
				t.Errorf("%d activities in the end, and %d before the list", now, held)
			}
		})
	}
}

// TestAListThatLagsPutsNothingBack: sync has written an event, and a list shows it as it was before, under the version that it had. That is
// no edit: what was typed stays (I2), and no change is written down that nobody made.
func TestAListThatLagsPutsNothingBack(t *testing.T) {
	for name, sweep := range map[string]bool{"a sweep": true, "what is new": false} {
		t.Run(name, func(t *testing.T) {
			r, a, id := linked(t, enginetest.Options{}, false, event("call", 3, 10), nil)
			since := r.cursor(t)
			r.cal.Edit(id, func(e *calendar.Event) { e.Description = "there" })
			was := r.list(t, since)
			if sweep {
				was = r.list(t, "")
			}
			r.cal.Bend = func(provider.Pull) provider.Pull { // that has not come through yet either
				r.cal.Bend = nil
				return provider.Delta{Next: since}
			}
			r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Location = "Room 4" }, "location")
			r.Sync(r.id)
			if sweep {
				r.lags(was)
			} else {
				r.cal.Bend = func(provider.Pull) provider.Pull {
					r.cal.Bend = nil
					return was
				}
			}
			r.Sync(r.id)
			if got := r.only(t).Plan; got.Location != "Room 4" || got.Description != "there" {
				t.Errorf("behind the list it is at %q and says %q", got.Location, got.Description)
			}
			if list := r.Conflicts(); len(list) != 0 {
				t.Errorf("%d conflicts", len(list))
			}
			r.Settle(r.id)
			r.inStep(t, 1)
		})
	}
}

// TestAListThatLagsTakesNothingAway: somebody took an event out of the bin again, and a list still says that it is gone (I6).
func TestAListThatLagsTakesNothingAway(t *testing.T) {
	r, _, id := linked(t, enginetest.Options{}, false, event("call", 3, 10), nil)
	since := r.cursor(t)
	r.cal.Delete(id)
	was := r.list(t, since)
	r.Sync(r.id)
	r.cal.Restore(id)
	r.Sync(r.id)
	a := r.only(t)
	r.cal.Bend = func(provider.Pull) provider.Pull {
		r.cal.Bend = nil
		return was
	}
	r.Sync(r.id)
	if now := r.Activity(a.ID); now.Deleted() {
		t.Error("the activity was deleted")
	}
	r.Settle(r.id)
	r.inStep(t, 1)
}
