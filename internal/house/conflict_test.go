package house_test

import (
	"fmt"
	"strings"
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/hub"
	"tahti/internal/standin/caldav"
	"tahti/internal/store"
)

// TestBothSidesEdited edits one item on both sides between two runs. Different fields merge; of the same field one value
// is kept by the policy, and the other can be restored (I2).
func TestBothSidesEdited(t *testing.T) {
	t.Parallel()
	for _, policy := range []string{"crm", "calendar", "newest"} {
		t.Run("conflicts go to "+policy, func(t *testing.T) {
			t.Parallel()
			bothEdited(t, setup{}, policy)
		})
	}
}

func bothEdited(t *testing.T, s setup, policy string) {
	s.idle = true
	l := newHouse(t, s)
	f := newStandFar(t, caldav.ProfilePlain)
	l.sign = f.sign()
	p := newPair(l, f)
	p.addThere("merged")
	p.addHere("contested")
	c := l.connect(`{"start":"everything","conflicts":"` + policy + `"}`)
	l.once(c.ID)
	p.check()

	merged := p.subjects()["merged"]
	p.edit(merged, []string{"when"}, func(e *calendar.Event) { e.Start.Wall += 600; e.End.Wall += 600 })
	p.editThere("merged", "another room")
	p.editHere("contested", "typed here", p.subjects()["contested"])
	p.editThere("contested", "typed there") // later, but the stand-in's clock and ours are within a minute
	l.once(c.ID)

	here, there := p.sides()
	start := merged.Plan.Start.Wall + 600
	if a := p.subjects()["merged"]; a.Plan.Start.Wall != start || a.Plan.Location != "another room" {
		t.Errorf("merged here: %v at %q", a.Plan.Start, a.Plan.Location)
	}
	if _, body := p.find("merged"); !strings.Contains(body, "DTSTART:"+start.String()+"Z") || property(body, "LOCATION") != "another room" {
		t.Errorf("merged there:\n%s", body)
	}
	won, lost, winner := "typed there", "typed here", "calendar"
	if policy == "crm" {
		won, lost, winner = lost, won, "crm"
	}
	if got := fmt.Sprint(here["contested"], there["contested"]); got != fmt.Sprintf("[%s] [%s]", won, won) {
		t.Errorf("contested: %s, want %q on both sides", got, won)
	}
	conflicts := l.conflicts()
	if len(conflicts) != 1 {
		t.Fatalf("conflicts: %+v, want one", conflicts)
	}
	x := conflicts[0]
	if x.Field != "location" || x.Winner != winner || string(x.Kept) != `"`+won+`"` || string(x.Lost) != `"`+lost+`"` {
		t.Errorf("recorded: %s, %s won, kept %s, lost %s", x.Field, x.Winner, x.Kept, x.Lost)
	}
	l.still(c.ID)

	l.tx(func(tx engine.Tx) error {
		_, err := l.house.Hub.RestoreConflict(t.Context(), tx, hub.By(l.who.User), x.ID)
		return err
	})
	l.once(c.ID)
	p.want["contested"] = lost
	p.inStep("contested", "merged")
	if again := l.conflicts(); len(again) != 1 || again[0].Resolved.IsZero() {
		t.Errorf("after restoring: %+v, want the one conflict, resolved", again)
	}
	l.still(c.ID)
}

// edit changes an activity as a person does.
func (l *lab) edit(a crm.Activity, fields []string, change func(*calendar.Event)) {
	l.t.Helper()
	l.tx(func(tx engine.Tx) error {
		to := a.Clone()
		change(&to.Plan)
		_, err := l.house.Hub.Update(l.t.Context(), tx, hub.By(l.who.User), a.ID, hub.Change{Base: a.Revision, Fields: fields, To: to})
		return err
	})
}

func (l *lab) conflicts() (list []store.Conflict) {
	l.t.Helper()
	l.tx(func(tx engine.Tx) (err error) {
		list, err = tx.Conflicts(l.t.Context(), 0, 0, 100)
		return err
	})
	return list
}

// TestEditOutlivesDeletion deletes on one side what is edited on the other: it survives, with a notice (I5), and the
// deletion can be had after all.
func TestEditOutlivesDeletion(t *testing.T) {
	t.Parallel()
	l := newHouse(t, setup{idle: true})
	f := newStandFar(t, caldav.ProfilePlain)
	l.sign = f.sign()
	p := newPair(l, f)
	for _, s := range []string{"deleted-here", "deleted-there", "other-1", "other-2"} {
		p.addThere(s)
	}
	c := l.connect(`{"start":"everything"}`)
	l.once(c.ID)
	p.removeHere(p.subjects()["deleted-here"])
	p.editThere("deleted-here", "edited there")
	p.editHere("deleted-there", "edited here", p.subjects()["deleted-there"])
	p.removeThere("deleted-there")
	p.want["deleted-there"] = "edited here"
	l.once(c.ID)
	p.check()
	l.still(c.ID)
	conflicts := l.conflicts()
	if len(conflicts) != 2 {
		t.Fatalf("notices: %+v, want one for each", conflicts)
	}
	for _, x := range conflicts {
		if x.Field != hub.FieldDeleted {
			t.Errorf("notice: %+v", x)
		}
		l.tx(func(tx engine.Tx) error {
			_, err := l.house.Hub.RestoreConflict(t.Context(), tx, hub.By(l.who.User), x.ID)
			return err
		})
	}
	l.once(c.ID)
	delete(p.want, "deleted-here")
	delete(p.want, "deleted-there")
	p.check()
	l.still(c.ID)
}
