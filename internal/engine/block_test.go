package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
	"tahti/internal/lens"
	"tahti/internal/provider"
)

// copied is a room with an event of ours and a person's copy of it, context block and all.
func copied(t *testing.T, change func(*calendar.Event)) (*room, provider.RemoteID) {
	t.Helper()
	e := series("call", "FREQ=DAILY;COUNT=6", 3, 10)
	e.Description = "bring the plan"
	r, _, id := linked(t, enginetest.Options{}, true, e, func(s *lens.Settings) { s.CRMContext = true })
	ev := r.cal.Held()[id]
	if lens.BlockIn(&ev) == "" {
		t.Fatalf("no block in %q", ev.Description)
	}
	ev.UID = "copy@example.com"
	change(&ev)
	return r, r.cal.Add(ev)
}

// TestTheBlockInACopyIsNoText, and stays where it is: the copy is not written for it, also where something else of it is.
func TestTheBlockInACopyIsNoText(t *testing.T) {
	r, id := copied(t, func(e *calendar.Event) { e.Subject = "copy" })
	writes, before := r.cal.Writes, r.cal.Held()[id]
	r.Settle(r.id)
	list := r.Activities()
	a := list[len(list)-1]
	if a.Plan.Description != "bring the plan" || r.cal.Writes != writes {
		t.Errorf("says %q; %d writes", a.Plan.Description, r.cal.Writes-writes)
	}
	r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Location = "Room 4" }, "location")
	r.Settle(r.id)
	if e := r.cal.Held()[id]; e.Description != before.Description || e.Location != "Room 4" {
		t.Errorf("at %q, says %q", e.Location, e.Description)
	}
	r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Description = "bring nothing" }, "description")
	r.Settle(r.id)
	if e := r.cal.Held()[id]; e.Description != "bring nothing\n\n"+lens.BlockIn(&before) {
		t.Errorf("says %q", e.Description)
	}
	r.Quiet(r.id)
}

// TestWhatIsTypedIntoTheBlockOfACopyIsKept, although it is no text (I2).
func TestWhatIsTypedIntoTheBlockOfACopyIsKept(t *testing.T) {
	r, id := copied(t, func(e *calendar.Event) { e.Subject = "copy" })
	r.Settle(r.id)
	r.cal.Edit(id, func(e *calendar.Event) {
		e.Description = strings.Replace(e.Description, "--- CRM ---\n", "--- CRM ---\nask Bob\n", 1)
	})
	r.Settle(r.id)
	if list := r.Conflicts(); len(list) != 1 || string(list[0].Lost) != `"ask Bob"` {
		t.Errorf("conflicts: %+v", list)
	}
	r.Quiet(r.id)
}

// TestTheBlockInWhatASeriesGoesOnInIsNoText: calendars copy it when they split what we have made.
func TestTheBlockInWhatASeriesGoesOnInIsNoText(t *testing.T) {
	r, id := copied(t, func(e *calendar.Event) {
		e.Rule, e.Start.Wall, e.End.Wall = "FREQ=DAILY;COUNT=3", hour(6, 10), hour(6, 11)
	})
	for other := range r.cal.Held() {
		if other != id {
			r.cal.Edit(other, func(e *calendar.Event) { e.Rule = "FREQ=DAILY;COUNT=3" })
		}
	}
	before := r.cal.Held()[id]
	r.Settle(r.id)
	if list := r.Activities(); len(list) != 2 || list[0].Plan.Description != "bring the plan" || list[1].Plan.Description != "bring the plan" {
		t.Errorf("%+v", list)
	}
	if e := r.cal.Held()[id]; e.Description != before.Description {
		t.Errorf("says %q", e.Description)
	}
	r.Quiet(r.id)
}

// TestABlockThatARestoredDatabaseKnowsNothingOfIsNoText: context was chosen and written behind the backup. It goes again, as the settings
// that are restored have none, and what somebody typed into it is kept (I2).
func TestABlockThatARestoredDatabaseKnowsNothingOfIsNoText(t *testing.T) {
	for _, typed := range []string{"", "ask Bob\n"} {
		e := event("call", 3, 10)
		e.Description = "bring the plan"
		r, a, id := linked(t, enginetest.Options{}, true, e, nil)
		block := fmt.Sprintf("--- CRM ---\n%shttps://crm.example.com/activities/%d\n--- /CRM ---", typed, a.ID)
		r.cal.Edit(id, func(e *calendar.Event) { e.Description += "\n\n" + block })
		r.Settle(r.id)
		r.Quiet(r.id)
		if here, there := r.only(t).Plan.Description, r.cal.Held()[id].Description; here != "bring the plan" || there != here {
			t.Errorf("here it says %q, there %q", here, there)
		}
		if list := r.Conflicts(); len(list) != len(strings.Fields(typed))/2 {
			t.Errorf("kept: %+v", list)
		}
	}
}

// TestTheBlockInADateOfACopyIsNoText, also where somebody has typed over the one of the series.
func TestTheBlockInADateOfACopyIsNoText(t *testing.T) {
	day := hour(7, 10)
	r, id := copied(t, func(e *calendar.Event) {
		o := e.EnsureOverride(day)
		o.Set, o.Description = calendar.Fields(calendar.Description), strings.Replace(e.Description, "plan", "map", 1)
		e.Subject, e.Description = "copy", "typed over"
	})
	before := r.cal.Held()[id]
	r.Settle(r.id)
	list := r.Activities()
	a := list[len(list)-1]
	if o := a.Plan.Override(day); a.Plan.Description != "typed over" || o == nil || o.Description != "bring the map" {
		t.Errorf("says %+v", a.Plan)
	}
	r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Location = "Room 4" }, "location")
	r.Settle(r.id)
	e := r.cal.Held()[id]
	if e.Location != "Room 4" || e.Description != before.Description || e.Override(day).Description != before.Override(day).Description {
		t.Errorf("the copy says %+v", e)
	}
	r.Quiet(r.id)
}

// TestWhatIsTypedIntoTheBlockIsKeptOnce, however often the write that takes it out is tried: people would see one value several times.
func TestWhatIsTypedIntoTheBlockIsKeptOnce(t *testing.T) {
	for text, typing := range map[string]func(string) string{
		"":        func(text string) string { return text },
		"and Ann": func(text string) string { return text + "\nand Ann" },
	} {
		for name, f := range map[string]struct {
			class provider.Class
			after bool
		}{
			"refused for now": {class: provider.Transient}, "overtaken": {class: provider.Conflict},
			"lost on the way": {class: provider.Unknown}, "arrived without a reply": {class: provider.Unknown, after: true},
		} {
			t.Run(name+text, func(t *testing.T) {
				r, _, id := linked(t, enginetest.Options{Guard: provider.GuardFull}, true, event("call", 3, 10), func(s *lens.Settings) { s.CRMContext = true })
				ours := r.cal.Held()[id]
				r.cal.Edit(id, func(e *calendar.Event) {
					e.Description = typing(strings.Replace(e.Description, "--- CRM ---\n", "--- CRM ---\nask Bob\n", 1))
				})
				tries := 0
				fail := func(c enginetest.Call) error {
					if c.Op != "put" {
						return nil
					}
					if tries++; tries > 3 {
						return nil
					}
					return &provider.Error{Op: "put", Class: f.class}
				}
				if r.cal.Before = fail; f.after {
					r.cal.Before, r.cal.After = nil, fail
				}
				for range 5 {
					r.Sync(r.id)
					r.Pass(time.Hour)
				}
				r.Settle(r.id)
				if list := r.Conflicts(); len(list) != 1 || string(list[0].Lost) != `"ask Bob"` {
					t.Errorf("behind %d tries it keeps %+v", tries, list)
				}
				want := strings.TrimPrefix(text+"\n\n"+lens.BlockIn(&ours), "\n\n")
				if here, there := r.only(t).Plan.Description, r.cal.Held()[id].Description; here != text || there != want {
					t.Errorf("here it says %q, there %q", here, there)
				}
				r.Quiet(r.id)
			})
		}
	}
}

// TestWhatIsTypedIntoTheBlockOfWhatIsGivenAwayIsKeptOnce, and the event goes out of its former owner's calendar: no write puts the block in
// order before.
func TestWhatIsTypedIntoTheBlockOfWhatIsGivenAwayIsKeptOnce(t *testing.T) {
	r, a, id := textDates(t, enginetest.Options{})
	want := ` description "ask Eve" own`
	r.cal.Edit(id, func(e *calendar.Event) {
		for day := 4; day < 9; day++ {
			intoDate(hour(day, 10), fmt.Sprint("ask ", day))(e)
			want += fmt.Sprintf(`; 2026030%dT100000 description "ask %d" own`, day, day)
		}
		e.Description = intoBlock(e.Description, "ask Eve")
	})
	r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.OwnerID = r.Bob.ID }, "owner")
	if says := r.atOnce(t); says[engine.ConflictCount] != 6 || says[engine.DeletedInCalendar] != 1 {
		t.Errorf("did %v", says)
	}
	if held, kept := r.cal.Held(), r.lostIn(); len(held) != 0 || kept != want {
		t.Errorf("the calendar holds %v; kept: %s, want %s", held, kept, want)
	}
	r.Quiet(r.id)
}
