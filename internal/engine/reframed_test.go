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

// TestANewFrameIsNoEditThatOutlivesADeletion: an event of ours was deleted, and before that is told, its title or context is to be
// written anew, because the settings say so or a deal was renamed. Nobody has edited it: the deletion counts (I4).
func TestANewFrameIsNoEditThatOutlivesADeletion(t *testing.T) {
	for name, o := range map[string]enginetest.Options{"told": {}, "listed": {Listing: true}, "told by id": {Unread: true}} {
		t.Run(name, func(t *testing.T) {
			r, a, id := linked(t, o, true, event("Call", 3, 10), nil)
			r.cal.Delete(id)
			r.Lab.Settings(r.id, func(s *lens.Settings) { s.CRMContext = true })
			r.Tx(func(tx engine.Tx) error {
				return tx.PutWork(t.Context(), r.id, fmt.Sprint("a:", a.ID), nil, r.Now(), false)
			})
			r.Settle(r.id)
			r.inStep(t, 0)
			if list := r.Conflicts(); len(list) != 0 {
				t.Errorf("conflicts: %+v", list)
			}
		})
	}
}

// TestANewFrameReachesTheDatesToo, where a provider takes a series a date at a time, each of which repeats what its series said, and the
// write breaks off behind the first request.
func TestANewFrameReachesTheDatesToo(t *testing.T) {
	for name, c := range map[string]struct{ before, after string }{
		"added": {"", "CRM > {subject}"}, "taken away": {"{subject} > ours", ""}, "another": {"{subject} > ours", "CRM > {subject}"},
	} {
		t.Run(name, func(t *testing.T) {
			e := series("Call", "FREQ=DAILY;COUNT=4", 3, 10)
			day := hour(4, 10)
			e.Overrides = []calendar.Override{{Original: day, Set: calendar.Fields(calendar.Location), Values: calendar.Values{Location: "Oulu"}}}
			o := enginetest.Options{Guard: provider.GuardFull, Piecemeal: true}
			r, a, id := linked(t, o, true, e, func(s *lens.Settings) { s.TitleTemplate = c.before })
			was := r.cal.Held()[id]
			r.cal.Before = func(call enginetest.Call) error {
				if call.Op != "put" {
					return nil
				}
				r.cal.Before = nil
				r.cal.Edit(id, func(e *calendar.Event) {
					e.Subject = strings.Replace(c.after, "{subject}", "Call", 1)
					if c.after == "" {
						e.Subject = "Call"
					}
					o := e.EnsureOverride(day)
					o.Set, o.Subject = o.Set|calendar.Fields(calendar.Subject), was.Subject
				})
				return &provider.Error{Op: "put", Class: provider.Unknown}
			}
			r.Lab.Settings(r.id, func(s *lens.Settings) { s.TitleTemplate = c.after })
			r.Tx(func(tx engine.Tx) error {
				return tx.PutWork(t.Context(), r.id, fmt.Sprint("a:", a.ID), nil, r.Now(), false)
			})
			r.Settle(r.id)
			now := r.cal.Held()[id]
			if o := now.Override(day); o == nil || o.Set != calendar.Fields(calendar.Location) {
				t.Errorf("the date says %+v of a series that is called %q", o, now.Subject)
			}
			if x := r.only(t); x.Plan.Subject != "Call" || x.Plan.Override(day).Set != calendar.Fields(calendar.Location) {
				t.Errorf("the activity says %q, and on the date %+v", x.Plan.Subject, x.Plan.Override(day))
			}
			r.Quiet(r.id)
		})
	}
}

// TestSettingsThatChangeDuringAWriteGiveItsEventTheirTitle: what is under way carries the title of the settings that were.
func TestSettingsThatChangeDuringAWriteGiveItsEventTheirTitle(t *testing.T) {
	for _, made := range []bool{false, true} {
		t.Run(fmt.Sprintf("there already: %t", made), func(t *testing.T) {
			r := newRoom(t, enginetest.Options{}, func(s *lens.Settings) { s.Start = lens.Everything })
			a := r.Create(r.Alice, event("Call", 3, 10))
			if made {
				r.Settle(r.id)
			}
			r.retitle(t, "CRM > {subject}")
			r.cal.Before = func(call enginetest.Call) error {
				if call.Op == "put" {
					r.cal.Before = nil
					r.retitle(t, "{deal} > {subject}") // it has none
				}
				return nil
			}
			r.Settle(r.id)
			if e := r.cal.Held()[r.onlyEvent(t)]; e.Subject != "Call" || r.cal.Before != nil {
				t.Errorf("activity %d is called %q there", a.ID, e.Subject)
			}
			r.Quiet(r.id)
		})
	}
}

// retitle saves another title template, as people do.
func (r *room) retitle(t *testing.T, template string) {
	t.Helper()
	row, _ := r.connection(t)
	settings, err := lens.ParseSettings(lens.Defaults(), row.Settings)
	if err != nil {
		t.Fatal(err)
	}
	settings.TitleTemplate = template
	plan, err := r.Engine.Resettle(t.Context(), r.Company, r.id, &settings)
	if err != nil {
		t.Fatal(err)
	}
	r.Tx(func(tx engine.Tx) error {
		row.Settings, row.Revision = settings.JSON(), row.Revision+1
		if err := r.Engine.ApplyResettle(t.Context(), tx, row, plan, false, false); err != nil {
			return err
		}
		return tx.PutConnection(t.Context(), &row)
	})
}

// TestNoContextIsWrittenWhereACalendarHidesTheText, nor foreseen; it is once the event is opened there.
func TestNoContextIsWrittenWhereACalendarHidesTheText(t *testing.T) {
	r, _, id := linked(t, enginetest.Options{Guard: provider.GuardFull}, true, event("Call", 3, 10), nil)
	hides(r)
	r.cal.Edit(id, func(e *calendar.Event) { e.Private = true })
	r.Settle(r.id)
	row, _ := r.connection(t)
	settings, err := lens.ParseSettings(lens.Defaults(), row.Settings)
	if err != nil {
		t.Fatal(err)
	}
	settings.CRMContext = true
	plan, err := r.Engine.Resettle(t.Context(), r.Company, r.id, &settings)
	if err != nil || len(plan.Reframed) != 0 {
		t.Errorf("%+v, %v", plan, err)
	}
	r.Tx(func(tx engine.Tx) error {
		row.Settings, row.Revision = settings.JSON(), row.Revision+1
		if err := r.Engine.ApplyResettle(t.Context(), tx, row, plan, false, false); err != nil {
			return err
		}
		return tx.PutConnection(t.Context(), &row)
	})
	writes := r.cal.Writes
	r.Settle(r.id)
	if r.cal.Writes != writes {
		t.Errorf("%d writes", r.cal.Writes-writes)
	}
	r.cal.Edit(id, func(e *calendar.Event) { e.Private = false })
	r.Settle(r.id)
	if e := r.cal.Held()[id]; lens.BlockIn(&e) == "" {
		t.Errorf("opened, it says %q", e.Description)
	}
}

// TestTheNameOfADateIsFramedAlsoIfTheFirstTryFails: somebody names a date of an event of ours there, and what settings put around titles
// is written around it. That the name is in by then does not make the write any less due.
func TestTheNameOfADateIsFramedAlsoIfTheFirstTryFails(t *testing.T) {
	for name, class := range map[string]provider.Class{
		"refused for now": provider.Transient, "unanswered": provider.Unknown, "overtaken": provider.Conflict,
	} {
		t.Run(name, func(t *testing.T) {
			o := enginetest.Options{Guard: provider.GuardFull, Piecemeal: true}
			r, _, id := linked(t, o, true, series("Call", "FREQ=DAILY;COUNT=4", 3, 10), template("CRM > {subject}"))
			day := hour(4, 10)
			r.cal.Edit(id, func(e *calendar.Event) {
				e.Overrides = []calendar.Override{{Original: day, Set: calendar.Fields(calendar.Subject), Values: calendar.Values{Subject: "Visit"}}}
			})
			r.failFirst(class)
			r.Sync(r.id)
			r.Pass(time.Hour)
			r.Settle(r.id)
			e := r.cal.Held()[id]
			if o := e.Override(day); o == nil || o.Subject != "CRM > Visit" {
				t.Errorf("the date says %+v", o)
			}
			if x := r.only(t); x.Plan.Override(day).Subject != "Visit" {
				t.Errorf("here the date says %+v", x.Plan.Override(day))
			}
			r.Quiet(r.id)
		})
	}
}

// TestATitleOfTheirOwnStaysBareAlsoIfAWriteFails: that somebody has chosen it is known from when it came in.
func TestATitleOfTheirOwnStaysBareAlsoIfAWriteFails(t *testing.T) {
	r, a, id := linked(t, enginetest.Options{Guard: provider.GuardFull}, true, event("Call", 3, 10), func(s *lens.Settings) {
		s.TitleTemplate, s.CRMContext = "CRM > {subject}", true
	})
	r.cal.Edit(id, func(e *calendar.Event) { e.Subject, e.Description = "Visit", "soon" })
	r.failFirst(provider.Transient)
	r.Sync(r.id)
	r.Pass(time.Hour)
	r.Settle(r.id)
	r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Subject = "Visits" }, "subject")
	r.Settle(r.id)
	if e := r.cal.Held()[id]; e.Subject != "Visits" {
		t.Errorf("it is called %q", e.Subject)
	}
	r.Quiet(r.id)
}

func template(title string) func(*lens.Settings) {
	return func(s *lens.Settings) { s.TitleTemplate = title }
}

// failFirst lets the next write fail without an effect.
func (r *room) failFirst(class provider.Class) {
	r.cal.Before = func(call enginetest.Call) error {
		if call.Op != "put" {
			return nil
		}
		r.cal.Before = nil
		return &provider.Error{Op: "put", Class: class}
	}
}
