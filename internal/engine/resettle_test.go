package engine_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
	"tahti/internal/hub"
	"tahti/internal/lens"
	"tahti/internal/store"
)

// TestWhatAPreviewShowsIsWhatThenHappens for settings that narrow, that widen, and that start elsewhere.
func TestWhatAPreviewShowsIsWhatThenHappens(t *testing.T) {
	for _, c := range []struct {
		name              string
		before, after     func(*lens.Settings)
		remove            bool
		leaving, entering int
		there             int // our events in the calendar afterwards
	}{
		{"narrower, removing", everything, func(s *lens.Settings) { s.TypesOut = []string{"call"} }, true, 12, 0, 0},
		{"narrower, keeping", everything, func(s *lens.Settings) { s.TypesOut = []string{"call"} }, false, 12, 0, 12},
		{"wider", func(s *lens.Settings) { everything(s); s.TypesOut = []string{"call"} }, func(s *lens.Settings) { s.TypesOut = nil }, false, 0, 12, 12},
		{"from the default to everything", nothing, everything, false, 0, 12, 12},
		{"from everything to the default", everything, start(lens.NewAndChanged), false, 0, 0, 12},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &room{Lab: enginetest.NewLab(t), cal: enginetest.New(enginetest.Options{})}
			for i := range 12 {
				r.Create(r.Alice, event(fmt.Sprint("item ", i), 3, 8+i))
			}
			r.id = r.Connect(r.Alice, r.cal, c.before)
			foreign := r.cal.Add(event("foreign", 4, 10))
			r.Settle(r.id)
			var row store.Connection
			r.Tx(func(tx engine.Tx) (err error) { row, err = tx.Connection(t.Context(), r.id); return err })
			before, err := lens.ParseSettings(lens.Defaults(), row.Settings)
			if err != nil {
				t.Fatal(err)
			}
			after := before
			c.after(&after)
			plan, err := r.Engine.Resettle(t.Context(), r.Company, r.id, &after)
			if err != nil || len(plan.Leaving) != c.leaving || len(plan.Entering) != c.entering {
				t.Fatalf("preview: %+v, %v", plan, err)
			}
			r.Tx(func(tx engine.Tx) error {
				row.Settings, row.Revision = after.JSON(), row.Revision+1
				if after.Start != before.Start {
					row.Baselined, row.Cursor, row.HubAt = false, "", r.Now()
				}
				if err := r.Engine.ApplyResettle(t.Context(), tx, row, plan, c.remove, false); err != nil {
					return err
				}
				return tx.PutConnection(t.Context(), &row)
			})
			r.Pass(time.Minute)
			r.Settle(r.id)
			r.Quiet(r.id)
			held := r.cal.Held()
			if _, there := held[foreign]; !there || len(held)-1 != c.there || r.held(t) != 0 {
				t.Errorf("%d of ours there, foreign %t, %d held", len(held)-1, there, r.held(t))
			}
		})
	}
}

func TestRetypingTouchesWhatCameInAndNothingElse(t *testing.T) {
	r := newRoom(t, enginetest.Options{}, everything)
	for i := range 101 { // more than are read at a time
		r.cal.Add(event("in", 4+i/20, i%20))
	}
	r.Settle(r.id)
	r.Create(r.Alice, event("out", 3, 12))
	r.Settle(r.id)
	var row store.Connection
	r.Tx(func(tx engine.Tx) (err error) { row, err = tx.Connection(t.Context(), r.id); return err })
	after := lens.Defaults()
	after.Start, after.TypeIn = lens.Everything, "call"
	plan, err := r.Engine.Resettle(t.Context(), r.Company, r.id, &after)
	if err != nil || plan.Retyped != 101 {
		t.Fatalf("%+v, %v", plan, err)
	}
	r.Tx(func(tx engine.Tx) error {
		row.Settings = after.JSON()
		if err := r.Engine.ApplyResettle(t.Context(), tx, row, plan, false, true); err != nil {
			return err
		}
		return tx.PutConnection(t.Context(), &row)
	})
	r.Settle(r.id)
	for _, a := range r.Activities() {
		if (a.Type == "call") != (a.Origin == r.id) {
			t.Errorf("%q from %d is a %s", a.Plan.Subject, a.Origin, a.Type)
		}
	}
	r.Quiet(r.id)
}

// TestAnotherTitleIsWrittenToWhatIsThere: titles and context follow a change of settings, as the preview says, on our own events
// alone and without touching what a person has named anew there.
func TestAnotherTitleIsWrittenToWhatIsThere(t *testing.T) {
	r := &room{Lab: enginetest.NewLab(t), cal: enginetest.New(enginetest.Options{})}
	for i := range 3 {
		a := r.Create(r.Alice, event(fmt.Sprint("item ", i), 3, 8+i))
		if i == 2 {
			r.Tx(func(tx engine.Tx) error {
				_, err := r.Engine.Hub.Update(t.Context(), tx, hub.By(r.Alice), a.ID, hub.Change{Fields: []string{"done"}, To: crm.Activity{Done: true}})
				return err
			})
		}
	}
	r.id = r.Connect(r.Alice, r.cal, everything)
	foreign := r.cal.Add(event("foreign", 4, 10))
	r.Settle(r.id)
	var row store.Connection
	r.Tx(func(tx engine.Tx) (err error) { row, err = tx.Connection(t.Context(), r.id); return err })
	before, err := lens.ParseSettings(lens.Defaults(), row.Settings)
	if err != nil {
		t.Fatal(err)
	}
	after := before
	after.Done = "tick"
	plan, err := r.Engine.Resettle(t.Context(), r.Company, r.id, &after)
	if err != nil || len(plan.Reframed) != 1 || len(plan.Leaving)+len(plan.Entering) != 0 {
		t.Fatalf("%+v, %v", plan, err)
	}
	r.Tx(func(tx engine.Tx) error {
		row.Settings, row.Revision = after.JSON(), row.Revision+1
		if err := r.Engine.ApplyResettle(t.Context(), tx, row, plan, false, false); err != nil {
			return err
		}
		return tx.PutConnection(t.Context(), &row)
	})
	r.Pass(time.Minute)
	r.Settle(r.id)
	r.Quiet(r.id)
	ticked := 0
	for id, e := range r.cal.Held() {
		if strings.HasPrefix(e.Subject, "✓ ") {
			ticked++
		}
		if id == foreign && e.Subject != "foreign" {
			t.Errorf("a foreign event is called %q", e.Subject)
		}
	}
	if ticked != 1 {
		t.Errorf("%d titles are ticked", ticked)
	}
}

// TestWhatWaitsToGoOutAnywayIsNoneOfAPreview, unless everything starts anew.
func TestWhatWaitsToGoOutAnywayIsNoneOfAPreview(t *testing.T) {
	for name, c := range map[string]struct {
		after    func(*lens.Settings)
		entering int
	}{
		"another rule":  {func(s *lens.Settings) { s.Conflicts = "crm" }, 0},
		"another start": {start(lens.FromToday), 1},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRoom(t, enginetest.Options{}, everything)
			r.Settle(r.id)
			r.Create(r.Alice, event("waits", 5, 10))
			_, after := r.change(t, c.after)
			plan, err := r.Engine.Resettle(t.Context(), r.Company, r.id, &after)
			if err != nil || len(plan.Entering) != c.entering || len(plan.Leaving)+len(plan.Reframed)+plan.Retyped+plan.WouldMail != 0 {
				t.Errorf("%+v, %v", plan, err)
			}
		})
	}
}

// saves gives the connection other settings, as somebody does who has seen the preview, and answers that.
func (r *room) saves(t *testing.T, change func(*lens.Settings)) engine.Resettling {
	t.Helper()
	row, after := r.change(t, change)
	plan, err := r.Engine.Resettle(t.Context(), r.Company, r.id, &after)
	if err != nil {
		t.Fatal(err)
	}
	r.Tx(func(tx engine.Tx) error {
		row.Settings, row.Revision = after.JSON(), row.Revision+1
		if err := r.Engine.ApplyResettle(t.Context(), tx, row, plan, false, false); err != nil {
			return err
		}
		return tx.PutConnection(t.Context(), &row)
	})
	return plan
}

// TestWhatWasTakenOverIsLetGoOnceItsTypeGoesOutNoMore: its event is not ours, so that nothing becomes of it, and what somebody does to it
// afterwards has no effect here. Once the type goes out again, the two go on.
func TestWhatWasTakenOverIsLetGoOnceItsTypeGoesOutNoMore(t *testing.T) {
	for name, deleted := range map[string]bool{"edited there": false, "deleted there": true} {
		t.Run(name, func(t *testing.T) {
			r, here, there := mirrored(t, enginetest.Options{}, 1, func(s *lens.Settings) { s.Start = lens.Everything })
			r.cal.Edit(there[0], func(e *calendar.Event) { e.Subject = "item 0" })
			r.takeOver(t, engine.BothStand)
			r.Settle(r.id)
			writes := r.cal.Writes
			if plan := r.saves(t, func(s *lens.Settings) { s.TypesOut = []string{"lunch"} }); len(plan.Leaving) != 0 {
				t.Errorf("what is not ours is to leave: %+v", plan)
			}
			r.wantRemedies(r.explained(here[0].ID, there[0]), "type_not_selected>change_setting")
			for _, l := range r.Links(r.id) {
				if l.State != store.LinkDormant {
					t.Errorf("the tie is %s", l.State)
				}
			}
			if deleted {
				r.cal.Delete(there[0])
			} else {
				r.cal.Edit(there[0], func(e *calendar.Event) { e.Location = "Room 4" })
			}
			r.Settle(r.id)
			if a := r.only(t); a.Plan.Location != "" || r.cal.Writes != writes {
				t.Errorf("here it is at %q, %d writes", a.Plan.Location, r.cal.Writes-writes)
			}
			if r.Quiet(r.id); deleted {
				return
			}
			if plan := r.saves(t, func(s *lens.Settings) { s.TypesOut = nil }); !slices.Equal(plan.Returning, []store.ID{here[0].ID}) {
				t.Errorf("what returns is not foreseen: %+v", plan)
			}
			r.Settle(r.id)
			r.inStep(t, 1)
			if a := r.only(t); a.Plan.Location != "Room 4" {
				t.Errorf("here it is at %q", a.Plan.Location)
			}
		})
	}
}

// TestWhoComesStaysAsItWasTakenOver: the calendar alone knew of a guest when both sides were tied as they stood. That they were let go and
// go on again is no news of it; what is said of guests there meanwhile is.
func TestWhoComesStaysAsItWasTakenOver(t *testing.T) {
	for name, answered := range map[string]bool{"nothing is said meanwhile": false, "the guest answers meanwhile": true} {
		t.Run(name, func(t *testing.T) {
			r, here, there := mirrored(t, enginetest.Options{}, 1, func(s *lens.Settings) { s.Start = lens.Everything })
			r.cal.Edit(there[0], func(e *calendar.Event) {
				e.Subject = "item 0"
				e.Guests = []calendar.Guest{{Person: calendar.Person{Email: "dave@example.com"}, Answer: calendar.NeedsReply}}
			})
			r.takeOver(t, engine.BothStand)
			r.Settle(r.id)
			r.saves(t, func(s *lens.Settings) { s.TypesOut = []string{"lunch"} })
			r.Settle(r.id)
			if answered {
				r.cal.Edit(there[0], func(e *calendar.Event) { e.Guests[0].Answer = calendar.Accepted })
			}
			r.saves(t, func(s *lens.Settings) { s.TypesOut = nil })
			r.Settle(r.id)
			if a := r.only(t); len(a.Plan.Guests) == 1 != answered || a.Revision == here[0].Revision == answered {
				t.Errorf("of %d, here it is revision %d, and %v come", here[0].Revision, a.Revision, a.Plan.Guests)
			}
			r.Quiet(r.id)
			r.Delete(r.Alice, here[0].ID)
			r.Settle(r.id)
			if list := r.Conflicts(); len(list) != 0 || len(r.cal.Held()) != 0 {
				t.Errorf("kept as if somebody had typed it: %+v, %d events", list, len(r.cal.Held()))
			}
		})
	}
}

// TestWhatIsChosenWhileNothingGoesOutIsWrittenOnceItDoes, and the preview says so.
func TestWhatIsChosenWhileNothingGoesOutIsWrittenOnceItDoes(t *testing.T) {
	r, _, id := linked(t, enginetest.Options{}, true, event("Call", 3, 10), nil)
	hidden := r.saves(t, func(s *lens.Settings) { s.Direction, s.CRMContext = lens.ToCRM, true })
	r.Settle(r.id)
	if e := r.cal.Held()[id]; len(hidden.Reframed) != 0 || e.Description != "" {
		t.Errorf("nothing was to go out: %+v, and the event says %q", hidden, e.Description)
	}
	shown := r.saves(t, to(lens.TwoWay))
	r.Settle(r.id)
	if e := r.cal.Held()[id]; len(shown.Reframed) != 1 || e.Description == "" {
		t.Errorf("%+v, and the event says %q", shown, e.Description)
	}
	if again := r.saves(t, func(s *lens.Settings) { s.Conflicts = "crm" }); len(again.Reframed) != 0 {
		t.Errorf("once it is written: %+v", again)
	}
}

// TestWhatAnOrganiserSaidWhileNothingCameInIsHeardOnceItDoes: a guest's copy cannot be changed here, so that it would differ for ever.
func TestWhatAnOrganiserSaidWhileNothingCameInIsHeardOnceItDoes(t *testing.T) {
	r, _, id := linked(t, enginetest.Options{}, false, meeting("Review", "dave"), nil)
	r.cal.Add(event("theirs", 5, 10))
	r.Create(r.Alice, event("ours", 6, 10))
	r.Settle(r.id)
	r.saves(t, to(lens.OwnItems))
	r.Settle(r.id)
	r.cal.Edit(id, moveTo(12))
	r.Settle(r.id)
	if a := r.Activity(r.activityOf("Review")); a.Plan.Start.Wall != hour(3, 10) {
		t.Errorf("nothing was to come in: %v", a.Plan.Start)
	}
	r.saves(t, to(lens.TwoWay))
	if works := r.Works(r.id); len(works) != 1 || works[0].Subject != "r:"+string(id) {
		t.Errorf("to be read again are %+v", works)
	}
	r.Settle(r.id)
	r.inStep(t, 3)
	if a := r.Activity(r.activityOf("Review")); a.Plan.Start.Wall != hour(3, 12) {
		t.Errorf("it says %v", a.Plan.Start)
	}
}

// TestWhatIsTiedIsNotCountedAsGoingOutBesides.
func TestWhatIsTiedIsNotCountedAsGoingOutBesides(t *testing.T) {
	plan := engine.Resettling{Entering: []store.ID{1, 2, 3, 4, 5, 6}, Copied: []store.ID{2}, Waiting: []store.ID{1, 3}}
	if entering, waiting := plan.Beside([]store.ID{1}); entering != 3 || waiting != 1 {
		t.Errorf("%d enter, %d wait", entering, waiting)
	}
}

// TestAPreviewCountsWhomItWouldMail: events of ours to which somebody has invited guests leave, or get another title.
func TestAPreviewCountsWhomItWouldMail(t *testing.T) {
	r, _, id := linked(t, enginetest.Options{Mails: true}, true, event("Call", 3, 10), nil)
	r.cal.Edit(id, func(e *calendar.Event) { e.Guests = meeting("Review", "alice").Guests })
	r.Settle(r.id)
	for name, change := range map[string]func(*lens.Settings){"leaves": onlyCalls, "is called otherwise": template("CRM > {subject}"), "stays": policy("crm")} {
		_, after := r.change(t, change)
		plan, err := r.Engine.Resettle(t.Context(), r.Company, r.id, &after)
		if want := map[bool]int{true: 0, false: len(r.cal.Held()[id].Guests)}[name == "stays"]; err != nil || plan.WouldMail != want {
			t.Errorf("it %s: %+v, %v", name, plan, err)
		}
	}
}

// TestWhatSeemsToBeThereWaitsInAPreviewToo: a twin, and beside many twins all that is older than the connection, which another starting point
// starts anew.
func TestWhatSeemsToBeThereWaitsInAPreviewToo(t *testing.T) {
	for n, later := range map[int]int{2: 0, 6: 1} {
		r, here, there := mirrored(t, enginetest.Options{}, n, nothing)
		for i, id := range there {
			r.cal.Edit(id, func(e *calendar.Event) {
				e.Subject, e.Start, e.End = here[i].Plan.Subject, here[i].Plan.Start, here[i].Plan.End
			})
		}
		r.begun()
		r.Settle(r.id)
		r.CreateActivity(r.Alice, crm.Activity{Type: "task", Plan: event("later", 20, 9)})
		r.Pass(time.Minute)
		_, after := r.change(t, everything)
		plan, err := r.Engine.Resettle(t.Context(), r.Company, r.id, &after)
		if err != nil || len(plan.Entering) != n+1 || len(plan.Waiting) != n+later {
			t.Errorf("%d twins: %d enter, %d wait, %v", n, len(plan.Entering), len(plan.Waiting), err)
		}
		coming, err := r.Engine.Widened(t.Context(), r.target(), &after)
		if err != nil || coming.Held != n || coming.Created != 0 {
			t.Errorf("%d twins: to come in is %+v, %v", n, coming, err)
		}
	}
}

// TestWhatIsOnItsWayOutIsNoEffectOfOtherSettings.
func TestWhatIsOnItsWayOutIsNoEffectOfOtherSettings(t *testing.T) {
	r, a, _ := linked(t, enginetest.Options{}, true, event("Call", 3, 10), func(s *lens.Settings) { s.Done = "tick" })
	r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Done = true }, "done")
	for want, change := range map[int]func(*lens.Settings){0: policy("crm"), 1: template("CRM > {subject}")} {
		_, after := r.change(t, change)
		if plan, err := r.Engine.Resettle(t.Context(), r.Company, r.id, &after); err != nil || len(plan.Reframed) != want {
			t.Errorf("%+v, %v, want %d", plan, err, want)
		}
	}
}
