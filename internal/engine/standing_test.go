package engine_test

import (
	"strings"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
	"tahti/internal/hub"
	"tahti/internal/lens"
	"tahti/internal/provider"
)

// stand is a room with one item on both sides that another sync has made, each as somebody has changed it since.
func stand(t *testing.T, counts engine.Counts, here, there func(*calendar.Event)) (*room, crm.Activity, provider.RemoteID) {
	t.Helper()
	r := newRoom(t, enginetest.Options{}, func(s *lens.Settings) { s.Start, s.Private = lens.Everything, "masked" })
	plan, ev := event("Plan", 3, 9), event("Plan", 3, 9)
	here(&plan)
	there(&ev)
	a, id := r.Create(r.Alice, plan), r.cal.Add(ev)
	r.Pass(time.Minute)
	r.begun()
	r.takeOverAs(t, counts)
	r.Settle(r.id)
	return r, a, id
}

func inPlace(place string) func(*calendar.Event) {
	return func(e *calendar.Event) { e.Location = place }
}

func (r *room) lost() string {
	var list []string
	for _, c := range r.Conflicts() {
		list = append(list, c.Winner+" "+c.Field+" "+string(c.Lost))
	}
	return strings.Join(list, "; ")
}

// What stood on one side and is written over by an edit on the other, whose author never saw it, is kept (I2). What is written over later,
// both sides have said.
func TestWhatStoodApartIsKeptWhenItIsWrittenOver(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(r *room, a crm.Activity, id provider.RemoteID, place string)
		lost string
	}{
		{"here", func(r *room, a crm.Activity, _ provider.RemoteID, place string) {
			r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Location = place }, "location")
		}, `crm location "there"`},
		{"there", func(r *room, _ crm.Activity, id provider.RemoteID, place string) { r.cal.Edit(id, inPlace(place)) }, `calendar location "here"`},
	} {
		t.Run("edited "+c.name, func(t *testing.T) {
			r, a, id := stand(t, engine.BothStand, inPlace("here"), inPlace("there"))
			if lost := r.lost(); lost != "" {
				t.Fatalf("kept: %s", lost)
			}
			for _, place := range []string{"elsewhere", "somewhere"} {
				r.Pass(time.Hour)
				c.edit(r, a, id, place)
				r.Settle(r.id)
				if here, there := r.Activity(a.ID).Plan.Location, r.cal.Held()[id].Location; here != place || there != place {
					t.Errorf("at %q here, and at %q there", here, there)
				}
				if lost := r.lost(); lost != c.lost {
					t.Errorf("kept: %s, want %s", lost, c.lost)
				}
			}
			r.Quiet(r.id)
		})
	}
}

// While a direction is shut, an edit on one side leaves what stood on the other as it is. What writes over either later has seen no more of it
// than ever, and keeps it.
func TestWhatStoodApartWhileADirectionWasShutIsKeptWhenItIsWrittenOver(t *testing.T) {
	here := func(r *room, a crm.Activity, _ provider.RemoteID, place string) {
		r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Location = place }, "location")
	}
	there := func(r *room, _ crm.Activity, id provider.RemoteID, place string) { r.cal.Edit(id, inPlace(place)) }
	for name, c := range map[string]struct {
		shut        lens.Direction
		first, then func(r *room, a crm.Activity, id provider.RemoteID, place string)
		opens       bool // before the second edit
		lost        string
	}{
		"edited here, then there":           {lens.ToCRM, here, there, false, `calendar location "first"`},
		"edited here, opened, edited here":  {lens.ToCRM, here, here, true, `crm location "there"`},
		"edited there, then here":           {lens.ToCalendr, there, here, false, `crm location "first"`},
		"edited there, opened, then edited": {lens.ToCalendr, there, there, true, `calendar location "here"`},
	} {
		t.Run(name, func(t *testing.T) {
			r, a, id := stand(t, engine.BothStand, inPlace("here"), inPlace("there"))
			r.Settings(r.id, func(s *lens.Settings) { s.Direction = c.shut })
			r.Pass(time.Hour)
			c.first(r, a, id, "first")
			r.Settle(r.id)
			if c.opens {
				r.Settings(r.id, func(s *lens.Settings) { s.Direction = lens.TwoWay })
			}
			r.Pass(time.Hour)
			c.then(r, a, id, "then")
			r.Settle(r.id)
			if here, there := r.Activity(a.ID).Plan.Location, r.cal.Held()[id].Location; here != "then" || there != "then" {
				t.Errorf("at %q here, and at %q there", here, there)
			}
			if lost := r.lost(); lost != c.lost {
				t.Errorf("kept: %s, want %s", lost, c.lost)
			}
			r.Quiet(r.id)
		})
	}
}

// Of what both sides edit at once the losing edit is kept, as ever; what stood there before, those who edited it have seen.
func TestOfWhatStoodApartAndBothEditTheEditIsKept(t *testing.T) {
	r, a, id := stand(t, engine.BothStand, inPlace("here"), inPlace("there"))
	r.Pass(time.Hour)
	r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Location = "ours" }, "location")
	r.cal.Edit(id, inPlace("theirs"))
	r.Settle(r.id)
	if lost := r.lost(); lost != `calendar location "ours"` {
		t.Errorf("kept: %s", lost)
	}
	r.Quiet(r.id)
}

// Whichever side counts, taking over opens nothing that somebody keeps private on one of them, and what a private event says makes its
// activity private, too (I23).
func TestTakingOverOpensNothingThatIsPrivate(t *testing.T) {
	private := func(e *calendar.Event) { e.Private = true }
	called := func(e *calendar.Event) { e.Subject = "Called otherwise" }
	both := func(e *calendar.Event) { private(e); called(e) }
	for _, c := range []struct {
		name        string
		counts      engine.Counts
		here, there func(*calendar.Event)
		isPrivate   [2]bool // here and there, then
	}{
		{"the CRM counts and the calendar is private", engine.CRMCounts, called, private, [2]bool{false, true}},
		{"the CRM counts and is private", engine.CRMCounts, both, inPlace(""), [2]bool{true, true}},
		{"the calendar counts and is private", engine.CalendarCounts, inPlace(""), both, [2]bool{true, true}},
		{"the calendar counts and the CRM is private", engine.CalendarCounts, private, called, [2]bool{true, false}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, a, id := stand(t, c.counts, c.here, c.there)
			here, there := r.Activity(a.ID).Plan, r.cal.Held()[id]
			if got := [2]bool{here.Private, there.Private}; got != c.isPrivate || here.Subject != "Called otherwise" || there.Subject != "Called otherwise" {
				t.Errorf("here %q, private %t; there %q, private %t", here.Subject, here.Private, there.Subject, there.Private)
			}
			r.Quiet(r.id)
		})
	}
}

// Where one side is private and the other is not, as they were taken over, what is typed where it is private does not stand openly on the
// other: that becomes private with it (I23).
func TestWhatIsTypedWhereOneOfTwoIsPrivateIsPrivateOnBoth(t *testing.T) {
	private := func(e *calendar.Event) { e.Private = true }
	for _, there := range []bool{true, false} {
		sides := map[bool]func(*calendar.Event){true: private, false: inPlace("")}
		r, a, id := stand(t, engine.BothStand, sides[!there], sides[there])
		if r.Activity(a.ID).Plan.Private == there || r.cal.Held()[id].Private != there {
			t.Fatal("taking over made something private, or opened it")
		}
		r.Pass(time.Hour)
		if there {
			r.cal.Edit(id, inPlace("clinic"))
		} else {
			r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Location = "clinic" }, "location")
		}
		r.Settle(r.id)
		if got, held := r.Activity(a.ID).Plan, r.cal.Held()[id]; !got.Private || !held.Private || got.Location != "clinic" || held.Location != "clinic" {
			t.Errorf("private there %t: here at %q, private %t; there at %q, private %t", there, got.Location, got.Private, held.Location, held.Private)
		}
		r.Quiet(r.id)
	}
}

// What only the other side said of a pair that is deleted is kept: whoever deleted theirs never saw it (I2). Once, also where the deletion
// has to be tried again; and the dry run counts it.
func TestWhatStoodApartIsKeptWhenItIsDeletedUnseen(t *testing.T) {
	for _, fails := range []bool{false, true} {
		r, a, id := stand(t, engine.BothStand, inPlace("here"), func(e *calendar.Event) {
			e.Location, e.Description = "there", "said there alone"
		})
		r.Pass(time.Hour)
		r.Delete(r.Alice, a.ID)
		dry, err := r.Engine.DryRun(t.Context(), r.Target(r.id), nil)
		if err != nil || dry[engine.ConflictCount] != 2 || dry[engine.DeletedInCalendar] != 1 {
			t.Errorf("the dry run says %v, %v", dry, err)
		}
		r.Revive() // it gives the claim back
		if fails {
			r.cal.Before = failOnce("remove")
			r.Sync(r.id)
			if r.cal.Before(enginetest.Call{Op: "remove"}) != nil {
				t.Fatal("the deletion was not tried")
			}
			r.Pass(time.Hour)
		}
		r.Settle(r.id)
		if held, now := r.cal.Held(), r.Activity(a.ID); len(held) != 0 || !now.Deleted() {
			t.Errorf("still there: %v", held[id])
		}
		if lost := r.lost(); lost != `crm description "said there alone"; crm location "there"` {
			t.Errorf("fails %t, kept: %s", fails, lost)
		}
		r.Quiet(r.id)
	}
}

// A date of a series that says something of its own there alone is kept as well, and what is private there for its owner alone (I23).
func TestWhatADateAloneSaidIsKeptWhenItsSeriesIsDeletedUnseen(t *testing.T) {
	r := newRoom(t, enginetest.Options{}, func(s *lens.Settings) { s.Start, s.Private = lens.Everything, "masked" })
	weekly := series("Weekly", "FREQ=WEEKLY;COUNT=5", 3, 9)
	a := r.Create(r.Alice, weekly)
	second := calendar.Override{Original: weekly.Start.Wall + 7*24*3600, Set: calendar.Fields(calendar.Description)}
	second.Description = "of that day"
	weekly.Overrides, weekly.Private = []calendar.Override{second}, true
	r.cal.Add(weekly)
	r.Pass(time.Minute)
	r.begun()
	if made := r.takeOver(t, engine.BothStand); made != 1 {
		t.Fatalf("%d are tied", made)
	}
	r.Settle(r.id)
	r.Pass(time.Hour)
	r.Delete(r.Alice, a.ID)
	r.Settle(r.id)
	kept := false
	for _, c := range r.Conflicts() {
		if c.Field == "description" {
			kept = c.Own && c.Original != "" && string(c.Lost) == `"of that day"`
		}
	}
	if !kept || len(r.cal.Held()) != 0 {
		t.Errorf("kept: %+v", r.Conflicts())
	}
}

// Deleted in the calendar, the activity goes to the trash with all that it alone said, and comes back from there with it.
func TestWhatStoodApartIsKeptInWhatIsDeletedHere(t *testing.T) {
	r, a, id := stand(t, engine.BothStand, inPlace("here"), inPlace("there"))
	r.Pass(time.Hour)
	r.cal.Delete(id)
	r.Settle(r.id)
	if got := r.Activity(a.ID); !got.Deleted() || got.Plan.Location != "here" {
		t.Errorf("deleted %t, at %q", got.Deleted(), got.Plan.Location)
	}
	if lost := r.lost(); lost != "" {
		t.Errorf("kept: %s", lost)
	}
	r.Tx(func(tx engine.Tx) error {
		_, err := r.Engine.Hub.Revive(t.Context(), tx, hub.By(r.Alice), a.ID)
		return err
	})
	r.Settle(r.id)
	if held := r.cal.Held(); len(held) != 1 || r.Activity(a.ID).Plan.Location != "here" || r.onlyEvent(t) == id || held[r.onlyEvent(t)].Location != "here" {
		t.Errorf("brought back: %+v", held)
	}
}

// failOnce lets the first call of a kind fail before anything has happened.
func failOnce(op string) func(enginetest.Call) error {
	failed := false
	return func(c enginetest.Call) error {
		if c.Op != op || failed {
			return nil
		}
		failed = true
		return &provider.Error{Op: op, Class: provider.Transient}
	}
}

// TestWhatFollowedOnceIsKeptOnce: what one side said when the other one's word was taken is kept then, and not once more when somebody
// edits either of the two; guests that the calendar alone knows of do not come along, nor does anything become open (I23).
func TestWhatFollowedOnceIsKeptOnce(t *testing.T) {
	for counts, lost := range map[engine.Counts]string{engine.CalendarCounts: `calendar location "here"`, engine.CRMCounts: `crm private false; crm location "there"`} {
		t.Run(string(counts), func(t *testing.T) {
			r, a, id := stand(t, counts, func(e *calendar.Event) { e.Location, e.Private = "here", true }, func(e *calendar.Event) {
				e.Location, e.Guests = "there", []calendar.Guest{{Person: person("dave")}}
			})
			want := map[engine.Counts]string{engine.CalendarCounts: "there", engine.CRMCounts: "here"}[counts]
			here, there := r.Activity(a.ID), r.cal.Held()[id]
			if here.Plan.Location != want || there.Location != want || !here.Plan.Private || len(here.Plan.Guests) != 0 || r.lost() != lost {
				t.Errorf("here %+v, there %+v, kept: %s", here.Plan.Values, there.Values, r.lost())
			}
			r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Location = "elsewhere" }, "location")
			r.Settle(r.id)
			if r.cal.Edit(id, inPlace("somewhere")); r.lost() != lost {
				t.Errorf("kept: %s", r.lost())
			}
			r.Settle(r.id)
			if here := r.Activity(a.ID); here.Plan.Location != "somewhere" || r.lost() != lost {
				t.Errorf("here it is at %q, kept: %s", here.Plan.Location, r.lost())
			}
			r.Quiet(r.id)
		})
	}
}

// TestWhereADateIsPrivateNothingFollowsTheOtherSide, as what it says would have to be opened to be written over (I23).
func TestWhereADateIsPrivateNothingFollowsTheOtherSide(t *testing.T) {
	daily := func(place string, private bool) func(*calendar.Event) {
		return func(e *calendar.Event) {
			e.Rule, e.Location = "FREQ=DAILY;COUNT=3", place
			if private {
				o := e.EnsureOverride(hour(4, 9))
				o.Set, o.Private = calendar.Fields(calendar.Private), true
			}
		}
	}
	for _, private := range []bool{false, true} {
		for counts, follows := range map[engine.Counts]string{engine.CRMCounts: "here", engine.CalendarCounts: "there"} {
			r, a, id := stand(t, counts, daily("here", private && counts == engine.CalendarCounts), daily("there", private && counts == engine.CRMCounts))
			wantHere, wantThere := follows, follows
			if private {
				wantHere, wantThere = "here", "there"
			}
			if here, there := r.Activity(a.ID).Plan.Location, r.cal.Held()[id].Location; here != wantHere || there != wantThere {
				t.Errorf("%s counts, private %t: at %q here, and at %q there", counts, private, here, there)
			}
			if kept := r.lost(); (kept == "") != private {
				t.Errorf("%s counts, private %t: kept %s", counts, private, kept)
			}
			r.Quiet(r.id)
		}
	}
}
