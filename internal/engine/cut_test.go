package engine_test

import (
	"fmt"
	"strings"
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine/enginetest"
	"tahti/internal/lens"
	"tahti/internal/provider"
)

// TestATitleThatACalendarCutsIsNobodys: a calendar keeps so much of a title, so that what settings put around it shows in part. Whatever
// else somebody changes on either side, the title stays as it was cut; nobody has chosen it, so that settings go on saying what stands
// around it (C8), and nothing of that gets into the activity.
func TestATitleThatACalendarCutsIsNobodys(t *testing.T) {
	const subject, date = "Call about the long contract", "Meet about the other contract"
	day := hour(4, 10)
	for _, template := range []string{"{subject} > ours", "CRM > {subject}", "CRM > {subject} > ours"} {
		whole := func(subject string) string { return strings.Replace(template, "{subject}", subject, 1) }
		for _, kept := range []int{9, 20, len(whole(subject)) - 4, len(whole(subject)) - 1} {
			t.Run(fmt.Sprintf("%s in %d", template, kept), func(t *testing.T) {
				e := series(subject, "FREQ=DAILY;COUNT=4", 3, 10)
				o := e.EnsureOverride(day)
				o.Set, o.Subject = calendar.Fields(calendar.Subject), date
				r, a, id := linked(t, enginetest.Options{Title: kept}, true, e, func(s *lens.Settings) { s.TitleTemplate = template })
				cut := func(title string) string { return strings.TrimSpace(title[:min(len(title), kept)]) }
				check := func(when string) {
					t.Helper()
					r.Settle(r.id)
					is, here := r.cal.Held()[id], r.Activity(a.ID).Plan
					if is.Subject != cut(whole(subject)) || is.Overrides[0].Subject != cut(whole(date)) {
						t.Errorf("%s: there it is called %q, and on one day %q", when, is.Subject, is.Overrides[0].Subject)
					}
					if here.Subject != subject || here.Overrides[0].Subject != date {
						t.Errorf("%s: here it is called %q, and on one day %q", when, here.Subject, here.Overrides[0].Subject)
					}
					r.Quiet(r.id)
				}
				check("made")
				writes := r.cal.Writes
				r.cal.Edit(id, func(e *calendar.Event) { e.Location = "Oulu" })
				r.foresee(t, 0)
				check("edited there")
				r.cal.Edit(id, func(e *calendar.Event) {
					e.Start.Wall, e.End.Wall, e.Overrides[0].Original = e.Start.Wall+3600, e.End.Wall+3600, e.Overrides[0].Original+3600
				})
				check("moved there")
				if r.cal.Writes != writes {
					t.Errorf("%d writes for what was edited there", r.cal.Writes-writes)
				}
				r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Description = "bring the papers" }, "description")
				check("edited here")
				r.retitle(t, "")
				r.Settle(r.id)
				if is := r.cal.Held()[id]; !strings.HasPrefix(subject, is.Subject) || !strings.HasPrefix(date, is.Overrides[0].Subject) {
					t.Errorf("without a template it is called %q, and on one day %q", is.Subject, is.Overrides[0].Subject)
				}
				r.retitle(t, template)
				check("with the template again")
				r.cal.Edit(id, func(e *calendar.Event) { e.Subject = "Ring" })
				r.Settle(r.id)
				if is, here := r.cal.Held()[id], r.Activity(a.ID).Plan; is.Subject != "Ring" || here.Subject != "Ring" {
					t.Errorf("called %q there, %q here", is.Subject, here.Subject)
				}
			})
		}
	}
}

// TestASubjectThatACalendarCutsIsWholeUnderAShorterTemplate, and under none: nobody has shortened it, so that what has room shows (I2).
func TestASubjectThatACalendarCutsIsWholeUnderAShorterTemplate(t *testing.T) {
	const subject, date = "Call about the contract", "Meet  about the contract"
	for _, shorter := range []string{"", "CRM > {subject}", "CRM > {subject} > ours"} {
		for _, kept := range []int{20, 30, 40} {
			t.Run(fmt.Sprintf("%s in %d", shorter, kept), func(t *testing.T) {
				e := series(subject, "FREQ=DAILY;COUNT=4", 3, 10)
				o := e.EnsureOverride(hour(4, 10))
				o.Set, o.Subject = calendar.Fields(calendar.Subject), date
				r, a, id := linked(t, enginetest.Options{Title: kept}, true, e, func(s *lens.Settings) { s.TitleTemplate = "A long deal > {subject}" })
				r.Settle(r.id)
				r.cal.Edit(id, func(e *calendar.Event) { e.Location = "Oulu" })
				r.retitle(t, shorter)
				r.foresee(t, 0)
				r.Settle(r.id)
				is, here := r.cal.Held()[id], r.Activity(a.ID).Plan
				for got, of := range map[string]string{is.Subject: subject, is.Overrides[0].Subject: date} {
					title := of
					if shorter != "" {
						title = strings.Replace(shorter, "{subject}", of, 1)
					}
					if want := strings.TrimSpace(title[:min(len(title), kept)]); got != want {
						t.Errorf("there it is called %q, want %q", got, want)
					}
				}
				if here.Subject != subject || here.Overrides[0].Subject != date || here.Location != "Oulu" {
					t.Errorf("here it is called %q at %q, and on one day %q", here.Subject, here.Location, here.Overrides[0].Subject)
				}
				r.Quiet(r.id)
			})
		}
	}
}

// TestATitleOfADateThatSomebodyTypedIsNoCutOne: it lacks what settings put around it, like one that a calendar has cut, and is given that
// by the next write, however often that has to be tried (C8).
func TestATitleOfADateThatSomebodyTypedIsNoCutOne(t *testing.T) {
	for failing, class := range []provider.Class{0, provider.Transient, provider.Transient, provider.Unknown, provider.Unknown} {
		t.Run(fmt.Sprint(failing, class), func(t *testing.T) {
			r, a, id := linked(t, enginetest.Options{}, true, series("Call", "FREQ=DAILY;COUNT=4", 3, 10), func(s *lens.Settings) { s.TitleTemplate = "{subject} > ours" })
			day := hour(4, 10)
			r.cal.Edit(id, func(e *calendar.Event) {
				o := e.EnsureOverride(day)
				o.Set, o.Subject = calendar.Fields(calendar.Subject), "Meet"
			})
			left := failing
			r.cal.Before = func(c enginetest.Call) error {
				if c.Op != "put" || left == 0 {
					return nil
				}
				left--
				return &provider.Error{Op: "put", Class: class}
			}
			r.settleAll(t)
			is, plan := r.cal.Held()[id], r.Activity(a.ID).Plan
			there, here := is.Override(day), plan.Override(day)
			if left != 0 || there == nil || there.Subject != "Meet > ours" || here == nil || here.Subject != "Meet" {
				t.Errorf("there %+v, here %+v", there, here)
			}
			r.Quiet(r.id)
		})
	}
}
