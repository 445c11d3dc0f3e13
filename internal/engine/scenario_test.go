package engine_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine/enginetest"
	"tahti/internal/lens"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// What other syncs test, were taught by, or got wrong, as one table in several files: what is on each side and in the memory,
// what happens, what is left. The names of the first column of vdirsyncer's tests (irrelevant status, moved href, ...) are
// those that people know; the scenarios are written anew from their descriptions.

// scenario is one row. Items are written as [told] has them: "Call 3/10", "Call 3/10 @Room 4".
type scenario struct {
	name     string
	calendar enginetest.Options
	settings func(*lens.Settings)
	// theirs and ours are on both sides and in the memory, born there and here; there and here are on one side alone.
	theirs, ours, there, here []calendar.Event
	happens                   func(r *room)
	// left is what both sides hold in the end; leftHere, leftThere what one side holds besides.
	left, leftHere, leftThere []string
	// writes are those to the calendar, once sync knew what both sides have.
	writes int
	lost   []string // what lost a conflict, and can be restored: "subject", "deleted"
	waits  []string // reasons of what waits for somebody
	check  func(t *testing.T, r *room)
}

// forms are the ways in which a calendar tells what has changed. A scenario that names none is run with each.
var forms = map[string]enginetest.Options{
	"deltas": {}, "unread deltas": {Unread: true}, "listings": {Listing: true}, "unproven": {Unproven: true},
}

func play(t *testing.T, list []scenario) {
	t.Helper()
	for _, s := range list {
		t.Run(s.name, func(t *testing.T) {
			if s.calendar != (enginetest.Options{}) {
				s.play(t, s.calendar)
				return
			}
			for name, o := range forms {
				t.Run(name, func(t *testing.T) { s.play(t, o) })
			}
		})
	}
}

func (s *scenario) play(t *testing.T, o enginetest.Options) {
	r := newRoom(t, o, func(c *lens.Settings) {
		c.Start = lens.Everything
		if s.settings != nil {
			s.settings(c)
		}
	})
	for _, e := range s.theirs {
		r.cal.Add(e)
	}
	for _, e := range s.ours {
		r.Create(r.Alice, e)
	}
	r.Settle(r.id)
	for _, e := range s.there {
		r.cal.Add(e)
	}
	for _, e := range s.here {
		r.Create(r.Alice, e)
	}
	writes := r.cal.Writes
	s.happens(r)
	r.Settle(r.id)
	r.Quiet(r.id)
	here, there := told(r)
	if want := joined(s.left, s.leftHere); !slices.Equal(here, want) {
		t.Errorf("here is %q, want %q", here, want)
	}
	if want := joined(s.left, s.leftThere); !slices.Equal(there, want) {
		t.Errorf("there is %q, want %q", there, want)
	}
	if n := r.cal.Writes - writes; n != s.writes {
		t.Errorf("%d writes to the calendar, want %d", n, s.writes)
	}
	var lost, waits []string
	for _, c := range r.Conflicts() {
		lost = append(lost, c.Field)
	}
	for _, w := range r.Works(r.id) {
		waits = append(waits, w.Reason)
	}
	if !slices.Equal(lost, s.lost) || !slices.Equal(waits, s.waits) {
		t.Errorf("lost %q, want %q; waiting %q, want %q", lost, s.lost, waits, s.waits)
	}
	if s.check != nil {
		s.check(t, r)
	}
}

func joined(a, b []string) []string {
	list := slices.Concat(a, b)
	slices.Sort(list)
	return list
}

// told is what both sides hold, a line each.
func told(r *room) (here, there []string) {
	for _, a := range r.Activities() {
		here = append(here, line(&a.Plan))
	}
	for _, e := range r.cal.Held() { // any order: sorted below
		there = append(there, line(&e))
	}
	slices.Sort(here)
	slices.Sort(there)
	return here, there
}

func line(e *calendar.Event) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", e.Subject, shortly(e.Start))
	if e.Location != "" {
		b.WriteString(" @" + e.Location)
	}
	if e.Rule != "" {
		b.WriteString(" " + e.Rule)
	}
	for i := range e.Overrides {
		o := &e.Overrides[i]
		fmt.Fprintf(&b, " (%s: %s", shortly(calendar.Time{Kind: e.Start.Kind, Wall: o.Original}), o.Subject+o.Location)
		if o.Set.Has(calendar.When) {
			b.WriteString(shortly(o.Start))
		}
		b.WriteString(")")
	}
	for _, c := range e.Cancelled {
		fmt.Fprintf(&b, " (not %s)", shortly(calendar.Time{Kind: e.Start.Kind, Wall: c}))
	}
	return b.String()
}

// shortly is a time in short: day of March and hour; what is not in the usual zone says so.
func shortly(t calendar.Time) string {
	day := t.Wall.Civil().Format("2")
	switch {
	case t.Kind == calendar.Date:
		return day
	case t.Kind == calendar.Zoned && t.Zone != zone && t.Zone != "":
		return day + t.Wall.Civil().Format("/15") + "[" + t.Zone + "]"
	case t.Kind == calendar.UTC, t.Kind == calendar.Floating:
		return day + t.Wall.Civil().Format("/15") + t.Kind.String()
	}
	return day + t.Wall.Civil().Format("/15")
}

func only(e ...calendar.Event) []calendar.Event { return e }

// eventOf and activityOf find by subject.
func (r *room) eventOf(subject string) provider.RemoteID {
	r.T.Helper()
	id, ok := r.findEvent(subject)
	if !ok {
		r.T.Fatalf("no event %q", subject)
	}
	return id
}

func (r *room) activityOf(subject string) store.ID {
	r.T.Helper()
	a, ok := r.find(subject)
	if !ok {
		r.T.Fatalf("no activity %q", subject)
	}
	return a.ID
}

func (r *room) editThere(subject string, f func(*calendar.Event)) { r.cal.Edit(r.eventOf(subject), f) }

func (r *room) deleteThere(subject string) { r.cal.Delete(r.eventOf(subject)) }

func (r *room) deleteHere(subject string) { r.Delete(r.Alice, r.activityOf(subject)) }

func (r *room) placeHere(subject, place string) {
	r.Edit(r.Alice, r.activityOf(subject), func(a *crm.Activity) { a.Plan.Location = place }, "location")
}

// audit is the daily sweep.
func (r *room) audit() {
	r.T.Helper()
	if rep, err := r.Run(r.id, true); err != nil || rep.Err != nil || rep.Run.Kind != "audit" {
		r.T.Fatal(err, rep.Err, rep.Run.Kind)
	}
}

// once lets the first call of a kind fail, before or behind its effect.
func (r *room) once(op string, behind bool, class provider.Class) {
	f := func(c enginetest.Call) error {
		if c.Op != op {
			return nil
		}
		r.cal.Before, r.cal.After = nil, nil
		return &provider.Error{Op: op, Class: class}
	}
	if behind {
		r.cal.After = f
	} else {
		r.cal.Before = f
	}
}

// meanwhile lets people do something just before the first call of a kind arrives.
func (r *room) meanwhile(op string, f func()) {
	r.cal.Before = func(c enginetest.Call) error {
		if c.Op == op {
			r.cal.Before = nil
			f()
		}
		return nil
	}
}

// twice lists every item two times.
func twice(p provider.Pull) provider.Pull {
	switch p := p.(type) {
	case provider.Snapshot:
		p.Items = append(p.Items, p.Items...)
		return p
	case provider.Delta:
		p.Items = append(p.Items, p.Items...)
		return p
	}
	return p
}
