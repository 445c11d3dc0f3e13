package engine_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine/enginetest"
	"tahti/internal/lens"
	"tahti/internal/provider"
)

// intoBlock types a line into the context block of a text.
func intoBlock(text, line string) string {
	return strings.Replace(text, "--- CRM ---\n", "--- CRM ---\n"+line+"\n", 1)
}

// intoDate types a line into the context block of one date, which says what its series says where it had no text of its own.
func intoDate(day calendar.Wall, line string) func(*calendar.Event) {
	return func(e *calendar.Event) {
		o := e.EnsureOverride(day)
		text := e.Effective(o).Description
		o.Set |= calendar.Fields(calendar.Description)
		o.Description = intoBlock(text, line)
	}
}

// dated is a series of ours with a text, of which two dates have texts of their own.
func textDates(t *testing.T, o enginetest.Options) (*room, crm.Activity, provider.RemoteID) {
	e := series("call", "FREQ=DAILY;COUNT=6", 3, 10)
	e.Description = "bring the plan"
	for day, text := range map[int]string{5: "bring the map", 6: "bring cake"} {
		at := e.EnsureOverride(hour(day, 10))
		at.Set, at.Description = calendar.Fields(calendar.Description), text
	}
	return linked(t, o, true, e, func(s *lens.Settings) { s.CRMContext = true })
}

// lostIn lists what is kept, with the date that it is of.
func (r *room) lostIn() string {
	var list []string
	for _, c := range r.Conflicts() {
		own := ""
		if c.Own {
			own = " own"
		}
		list = append(list, fmt.Sprint(c.Original, " ", c.Field, " ", string(c.Lost), own))
	}
	slices.Sort(list)
	return strings.Join(list, "; ")
}

// TestWhatIsTypedIntoTheBlockOfADateIsKept, under the name of that date, and the block is written anew (I2).
func TestWhatIsTypedIntoTheBlockOfADateIsKept(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(*calendar.Event)
		kept string
	}{
		{"of a date with a text of its own", intoDate(hour(5, 10), "ask Bob"), `20260305T100000 description "ask Bob"`},
		{"of a date that said what its series says", intoDate(hour(7, 10), "ask Bob"), `20260307T100000 description "ask Bob"`},
		{"of two dates and the series", func(e *calendar.Event) {
			intoDate(hour(5, 10), "ask Bob")(e)
			intoDate(hour(6, 10), "ask Ann")(e)
			e.Description = intoBlock(e.Description, "ask Eve")
		}, ` description "ask Eve"; 20260305T100000 description "ask Bob"; 20260306T100000 description "ask Ann"`},
		{"of the series, of which a program then makes a date", func(e *calendar.Event) {
			e.Description = intoBlock(e.Description, "ask Eve")
			o := e.EnsureOverride(hour(7, 10))
			o.Set, o.Location, o.Description = calendar.Fields(calendar.Location, calendar.Description), "Room 4", e.Description
		}, ` description "ask Eve"`},
		{"of a series that is moved as well", func(e *calendar.Event) {
			intoDate(hour(5, 10), "ask Bob")(e)
			e.Start.Wall, e.End.Wall = e.Start.Wall+3600, e.End.Wall+3600
			for i := range e.Overrides {
				e.Overrides[i].Original += 3600
			}
		}, `20260305T110000 description "ask Bob"`},
	} {
		for _, fails := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, fails %t", c.name, fails), func(t *testing.T) {
				r, a, id := textDates(t, enginetest.Options{Guard: provider.GuardFull})
				ours := r.cal.Held()[id]
				r.cal.Edit(id, c.edit)
				if fails {
					r.cal.Before = failOnce("put")
					r.Sync(r.id)
					r.Pass(time.Hour)
				}
				r.Settle(r.id)
				if kept := r.lostIn(); kept != c.kept {
					t.Errorf("kept: %s, want %s", kept, c.kept)
				}
				there, here := r.cal.Held()[id], r.Activity(a.ID).Plan
				if text := fmt.Sprint(there.Values, there.Overrides); strings.Contains(text, "ask") {
					t.Errorf("there stands %s", text)
				}
				if n := strings.Count(fmt.Sprint(there.Values, there.Overrides), lens.BlockIn(&ours)); n < 3 {
					t.Errorf("%d blocks stand there: %+v", n, there.Overrides)
				}
				if text := fmt.Sprint(here.Values, here.Overrides); strings.Contains(text, "CRM ---") || strings.Contains(text, "ask") {
					t.Errorf("here it says %s", text)
				}
				r.Quiet(r.id)
			})
		}
	}
}

// TestADateIntoWhoseBlockSomebodyTypedFollowsItsSeries, where the write that puts its block in order gives the series another text or
// title, and breaks off behind that: the date said what its series said, and goes on doing so (I11).
func TestADateIntoWhoseBlockSomebodyTypedFollowsItsSeries(t *testing.T) {
	day := hour(7, 10)
	for name, f := range map[string]struct {
		here  func(*crm.Activity)
		there func(*calendar.Event)
		field string
	}{
		"another text": {
			func(a *crm.Activity) { a.Plan.Description = "bring nothing" },
			func(e *calendar.Event) {
				e.Description = strings.Replace(e.Description, "bring the plan", "bring nothing", 1)
			}, "description",
		},
		"none any more": {
			func(a *crm.Activity) { a.Plan.Description = "" },
			func(e *calendar.Event) { e.Description = lens.BlockIn(e) }, "description",
		},
		"another title": {
			func(a *crm.Activity) { a.Plan.Subject = "visit" },
			func(e *calendar.Event) { e.Subject = "visit" }, "subject",
		},
	} {
		t.Run(name, func(t *testing.T) {
			r, a, id := textDates(t, enginetest.Options{Guard: provider.GuardFull, Piecemeal: true})
			r.cal.Edit(id, intoDate(day, "ask Bob"))
			r.Edit(r.Alice, a.ID, f.here, f.field)
			r.cal.Before = func(call enginetest.Call) error {
				if call.Op != "put" {
					return nil
				}
				r.cal.Before = nil
				r.cal.Edit(id, func(e *calendar.Event) {
					o := e.EnsureOverride(day) // it differs from its series, and keeps all that it said
					o.Set, o.Subject = o.Set|calendar.Fields(calendar.Subject), e.Subject
					f.there(e)
				})
				return &provider.Error{Op: "put", Class: provider.Unknown}
			}
			r.Sync(r.id)
			r.Pass(time.Hour)
			r.Settle(r.id)
			if kept := r.lostIn(); kept != `20260307T100000 description "ask Bob"` {
				t.Errorf("kept: %s", kept)
			}
			there, here := r.cal.Held()[id], r.Activity(a.ID).Plan
			if there.Override(day) != nil || here.Override(day) != nil {
				t.Errorf("the date says %+v there, and %+v here", there.Override(day), here.Override(day))
			}
			if n := len(there.Overrides); n != 2 || len(here.Overrides) != 2 {
				t.Errorf("%d dates have a text of their own there, %d here", n, len(here.Overrides))
			}
			r.Quiet(r.id)
		})
	}
}

// TestADryRunCountsWhatIsTypedIntoTheBlockOfADate.
func TestADryRunCountsWhatIsTypedIntoTheBlockOfADate(t *testing.T) {
	r, _, id := textDates(t, enginetest.Options{})
	r.cal.Edit(id, func(e *calendar.Event) {
		intoDate(hour(5, 10), "ask Bob")(e)
		intoDate(hour(6, 10), "ask Ann")(e)
	})
	dry, err := r.Engine.DryRun(t.Context(), r.Target(r.id), nil)
	r.Revive() // it gives the claim back
	if err != nil || dry["conflicts"] != 2 {
		t.Errorf("the dry run says %v, %v", dry, err)
	}
}

// TestWhatIsTypedIntoTheBlockInADateOfACopyIsKept once, and stays there: the copy is another program's, also where that date is written.
func TestWhatIsTypedIntoTheBlockInADateOfACopyIsKept(t *testing.T) {
	day := hour(7, 10)
	r, id := copied(t, func(e *calendar.Event) {
		intoDate(day, "before")(e)
		e.Subject = "copy"
	})
	r.Settle(r.id)
	if kept := r.lostIn(); kept != "" {
		t.Fatalf("kept: %s", kept)
	}
	r.cal.Edit(id, intoDate(day, "ask Bob"))
	for range 2 {
		r.Settle(r.id)
		if kept := r.lostIn(); kept != `20260307T100000 description "ask Bob"` {
			t.Errorf("kept: %s", kept)
		}
		list := r.Activities()
		r.Edit(r.Alice, list[len(list)-1].ID, func(a *crm.Activity) {
			o := a.Plan.EnsureOverride(day)
			o.Set |= calendar.Fields(calendar.Description)
			o.Description = "bring nothing"
		}, "overrides")
	}
	held := r.cal.Held()[id]
	if text := held.Override(day).Description; !strings.HasPrefix(text, "bring nothing\n\n--- CRM ---\nask Bob\nbefore\n") {
		t.Errorf("says %q", text)
	}
	r.Quiet(r.id)
}
