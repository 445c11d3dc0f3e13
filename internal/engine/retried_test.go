package engine_test

import (
	"flag"
	"fmt"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine/enginetest"
	"tahti/internal/lens"
	"tahti/internal/provider"
)

var every = flag.Int("every", 29, "TestAWriteThatIsTriedOnceMoreLeavesWhatTheFirstTryWould plays each so-manieth way; 1: all, in two minutes")

// What people do to a series on both sides before a write of it fails, under which settings, and how it fails.
var (
	doneThere = []struct {
		name string
		do   func(*calendar.Event)
	}{
		{"nothing", func(*calendar.Event) {}},
		{"subject", func(e *calendar.Event) { e.Subject = "there" }},
		{"text", func(e *calendar.Event) { e.Description = "there" }},
		{"in block", func(e *calendar.Event) { e.Description = strings.Replace(e.Description, "---\n", "---\ntyped\n", 1) }},
		{"text and block", func(e *calendar.Event) { e.Description = "there\n\n" + lens.BlockIn(e) }},
		{"move", func(e *calendar.Event) { movedBy(e, 3600) }},
		{"longer", func(e *calendar.Event) { e.End.Wall += 1800 }},
		{"name of a date", func(e *calendar.Event) { ofDate(e, calendar.Subject, "date there") }},
		{"text of a date", func(e *calendar.Event) { ofDate(e, calendar.Description, "date there") }},
		{"cancel a date", func(e *calendar.Event) { e.Overrides, e.Cancelled = nil, append(e.Cancelled, hour(4, 10)) }},
		{"private", func(e *calendar.Event) { e.Private, e.Location = true, "secret" }},
		{"shorten", func(e *calendar.Event) { e.Rule = "FREQ=DAILY;COUNT=3" }},
		{"bare subject", func(e *calendar.Event) { e.Subject = strings.Replace(e.Subject, "Call", "there", 1) }},
		{"no prefix", func(e *calendar.Event) { e.Subject = strings.TrimPrefix(e.Subject, "CRM > ") }},
	}
	doneHere = []struct {
		field string
		do    func(*calendar.Event)
	}{
		{"", nil},
		{"subject", func(e *calendar.Event) { e.Subject = "here" }},
		{"description", func(e *calendar.Event) { e.Description = "here" }},
		{"location", func(e *calendar.Event) { e.Location = "here" }},
		{"when", func(e *calendar.Event) { e.Start.Wall, e.End.Wall = e.Start.Wall+7200, e.End.Wall+7200 }},
		{"recurrence", func(e *calendar.Event) { e.Rule = "FREQ=DAILY;COUNT=2" }},
	}
	underSettings = []struct {
		name string
		set  func(*lens.Settings)
	}{
		{"plain", func(*lens.Settings) {}},
		{"framed", framedTitles},
		{"to calendar", func(s *lens.Settings) { framedTitles(s); s.Direction = lens.ToCalendr }},
		{"CRM wins", func(s *lens.Settings) { framedTitles(s); s.Conflicts = "crm" }},
		{"calendar wins", func(s *lens.Settings) { s.Conflicts = "calendar" }},
	}
	failsAs = []struct {
		name  string
		class provider.Class
		after bool
	}{
		{"503", provider.Transient, false}, {"unanswered", provider.Unknown, false}, {"reply lost", provider.Unknown, true},
		{"overtaken", provider.Conflict, false},
	}
)

func framedTitles(s *lens.Settings) { s.TitleTemplate, s.CRMContext = "CRM > {subject}", true }

func movedBy(e *calendar.Event, by calendar.Wall) {
	e.Start.Wall, e.End.Wall = e.Start.Wall+by, e.End.Wall+by
	for i := range e.Overrides {
		e.Overrides[i].Original += by
	}
	for i := range e.Cancelled {
		e.Cancelled[i] += by
	}
}

func ofDate(e *calendar.Event, f calendar.Field, text string) {
	o := e.EnsureOverride(hour(4, 10))
	o.Set |= calendar.Fields(f)
	o.Subject, o.Description = text, text
}

// retried is one way through all that.
type retried struct {
	piecemeal, ours            bool
	there, here, settings, how int
}

func (x retried) String() string {
	return fmt.Sprintf("in pieces %t, ours %t, %s: there %s, here %q, %s", x.piecemeal, x.ours, underSettings[x.settings].name,
		doneThere[x.there].name, doneHere[x.here].field, failsAs[x.how].name)
}

// play answers what both sides say in the end, and what is kept.
func (x retried) play(t *testing.T, fails bool) []string {
	e := series("Call", "FREQ=DAILY;COUNT=5", 3, 10)
	if e.Description = "text"; !x.ours {
		e.Overrides = []calendar.Override{{Original: hour(5, 10), Set: calendar.Fields(calendar.Location), Values: calendar.Values{Location: "Oulu"}}}
	}
	set := underSettings[x.settings].set
	r, a, id := linked(t, enginetest.Options{Guard: provider.GuardFull, Piecemeal: x.piecemeal}, x.ours, e, func(s *lens.Settings) {
		whole := *s
		set(&whole)
		s.TitleTemplate, s.CRMContext, s.Conflicts = whole.TitleTemplate, whole.CRMContext, whole.Conflicts
	})
	r.Lab.Settings(r.id, set)
	r.Pass(time.Hour)
	if h := doneHere[x.here]; h.do != nil {
		r.Edit(r.Alice, a.ID, func(a *crm.Activity) { h.do(&a.Plan) }, h.field)
	}
	r.cal.Edit(id, doneThere[x.there].do)
	if how := failsAs[x.how]; fails {
		once := func(c enginetest.Call) error {
			if c.Op != "put" {
				return nil
			}
			r.cal.Before, r.cal.After = nil, nil
			return &provider.Error{Op: "put", Class: how.class}
		}
		if r.cal.Before = once; how.after {
			r.cal.Before, r.cal.After = nil, once
		}
	}
	r.Sync(r.id)
	r.Pass(time.Hour)
	r.Settle(r.id)
	r.Quiet(r.id)
	return r.told(t)
}

// told is what both sides say, and what is kept of what lost.
func (r *room) told(t *testing.T) (said []string) {
	tell := func(where string, e calendar.Event) {
		e = e.Clone()
		e.UID, e.Guests = "", nil
		said = append(said, fmt.Sprintf("%s %+v", where, e))
	}
	for _, e := range r.cal.Held() {
		tell("there", e)
	}
	for _, a := range r.Activities() {
		tell("here", a.Plan)
	}
	for _, c := range r.Conflicts() {
		said = append(said, fmt.Sprintf("kept %s %s, won by %s: %s", c.Field, c.Original, c.Winner, c.Lost))
	}
	sort.Strings(said)
	return said
}

// TestAWriteThatIsTriedOnceMoreLeavesWhatTheFirstTryWould have: the same on both sides, and no value kept twice. A sample of all ways; with
// -every 1, each of them.
func TestAWriteThatIsTriedOnceMoreLeavesWhatTheFirstTryWould(t *testing.T) {
	n := 0
	for _, piecemeal := range []bool{false, true} {
		for _, ours := range []bool{true, false} {
			for settings := range underSettings {
				for there := range doneThere {
					for here := range doneHere {
						n++
						x := retried{piecemeal, ours, there, here, settings, n % len(failsAs)}
						if n%*every == 0 {
							t.Run(x.String(), func(t *testing.T) {
								if diff := cmp.Diff(x.play(t, false), x.play(t, true)); diff != "" {
									t.Errorf("(-at once +tried twice)\n%s", diff)
								}
							})
						}
					}
				}
			}
		}
	}
}
