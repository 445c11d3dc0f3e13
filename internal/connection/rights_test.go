package connection_test

import (
	"testing"
	"time"

	"tahti/internal/account"
	"tahti/internal/connection"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/lens"
	"tahti/internal/store"
)

func (r *rig) reconnect(who connection.Who, c store.Connection) {
	r.t.Helper()
	r.ok(r.s.Reconnect(r.ctx(), who, c.Account, account.Credentials{Password: password}))
	r.Pass(time.Second)
}

func (r *rig) why(who connection.Who, c store.Connection, a crm.Activity) (reasons []lens.Reason) {
	r.t.Helper()
	x, err := r.s.Explain(r.ctx(), who, c.ID, a.ID)
	r.ok(err)
	for _, o := range x.Obstacles {
		reasons = append(reasons, o.Reason)
	}
	return reasons
}

// TestARightThatWasGivenSinceCountsOnceSomebodyReconnects, whatever the connection is at, and lets out what was kept here for want of it:
// what explanations name is what helps.
func TestARightThatWasGivenSinceCountsOnceSomebodyReconnects(t *testing.T) {
	for _, state := range []string{store.Active, store.Paused, store.NeedsSignIn} {
		t.Run(state, func(t *testing.T) {
			r := newRig(t)
			r.kept["work"] = true
			c := r.connect(r.bob, "work", everything)
			a := r.CreateActivity(r.Bob, crm.Activity{Type: "meeting", Plan: event("Kept", 9)})
			r.run(c.ID)
			if got := r.why(r.bob, c, a); len(got) != 1 || got[0] != lens.CalendarReadnly {
				t.Fatalf("in the way is %v", got)
			}
			r.Pass(48 * time.Hour)
			r.set(c.ID, func(c *store.Connection) { c.State = state })
			r.kept["work"] = false
			r.reconnect(r.bob, c)
			if state == store.Paused {
				_, err := r.s.Resume(r.ctx(), r.bob, c.ID)
				r.ok(err)
			}
			if counts := r.run(c.ID); counts[engine.CreatedInCalendar] != 1 {
				t.Errorf("behind it a run does %v, and in the way is %v", counts, r.why(r.bob, c, a))
			}
			r.kept["work"] = true
			r.reconnect(r.bob, c)
			a = r.CreateActivity(r.Bob, crm.Activity{Type: "meeting", Plan: event("Late", 11)})
			r.run(c.ID)
			if got := r.why(r.bob, c, a); len(got) != 1 || got[0] != lens.CalendarReadnly {
				t.Errorf("once the right is gone again, in the way is %v", got)
			}
		})
	}
}

// TestConnectedAgainItLetsOutWhatItMayCarryNow: a calendar that was stopped is connected again with the right to write in it, or with other
// settings. What it carries now goes out, however long ago it was made.
func TestConnectedAgainItLetsOutWhatItMayCarryNow(t *testing.T) {
	for _, c := range []struct {
		name, before, after string
		kept                bool
	}{
		{"the right to write in it", everything, everything, true},
		{"another type", `{"start":"everything","types_out":["task"]}`, everything, false},
		{"another direction", `{"start":"everything","direction":"to_crm"}`, everything, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t)
			r.kept["work"] = c.kept
			was := r.connect(r.bob, "work", c.before)
			a := r.CreateActivity(r.Bob, crm.Activity{Type: "meeting", Plan: event("Kept", 9)})
			r.run(was.ID)
			r.Pass(48 * time.Hour)
			_, err := r.s.Stop(r.ctx(), r.bob, was.ID, true)
			r.ok(err)
			r.kept["work"] = false
			is := r.connect(r.bob, "work", c.after)
			if counts := r.run(is.ID); is.ID != was.ID || counts[engine.CreatedInCalendar] != 1 {
				t.Errorf("connection %d, once %d: a run does %v, and in the way is %v", is.ID, was.ID, counts, r.why(r.bob, is, a))
			}
		})
	}
}
