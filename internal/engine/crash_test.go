package engine_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine/enginetest"
	"tahti/internal/lens"
	"tahti/internal/provider"
)

// story is what happens to a room, in acts, with a run after each. Every act leaves the same end, wherever a run died.
type story struct {
	name    string
	stride  int // every how many steps it dies
	options enginetest.Options
	acts    []func(*room)
	end     func(*testing.T, *room)
}

func subjects(r *room) (here, there []string) {
	for _, a := range r.Activities() {
		here = append(here, a.Plan.Subject)
	}
	for _, e := range r.cal.Held() {
		there = append(there, e.Subject)
	}
	slices.Sort(here)
	slices.Sort(there)
	return here, there
}

func expect(want ...string) func(*testing.T, *room) {
	slices.Sort(want)
	return func(t *testing.T, r *room) {
		t.Helper()
		if here, there := subjects(r); !slices.Equal(here, want) || !slices.Equal(there, want) {
			t.Errorf("here %q, there %q, want %q", here, there, want)
		}
	}
}

func (r *room) find(subject string) (crm.Activity, bool) {
	for _, a := range r.Activities() {
		if a.Plan.Subject == subject {
			return a, true
		}
	}
	return crm.Activity{}, false
}

func (r *room) findEvent(subject string) (provider.RemoteID, bool) {
	for id, e := range r.cal.Held() {
		if e.Subject == subject {
			return id, true
		}
	}
	return "", false
}

func fill(r *room) {
	for i, name := range []string{"a", "b", "c"} {
		r.Create(r.Alice, event("out "+name, 3+i, 10))
		r.cal.Add(event("in "+name, 3+i, 14))
	}
	r.cal.Add(series("daily", "FREQ=DAILY;COUNT=5", 3, 8))
}

func changeAll(r *room) {
	for _, a := range r.Activities() {
		switch a.Plan.Subject {
		case "out a":
			r.Delete(r.Alice, a.ID)
		case "out b":
			r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Location = "here" }, "location")
		case "in c":
			r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Subject = "in C" }, "subject")
		case "daily":
			r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Subject = "every day" }, "subject")
		}
	}
	for id, e := range r.cal.Held() {
		switch e.Subject {
		case "in a":
			r.cal.Delete(id)
		case "in b", "in c":
			r.cal.Edit(id, func(e *calendar.Event) { e.Location = "there" })
		case "out b":
			r.cal.Edit(id, func(e *calendar.Event) { e.Description = "there" })
		case "daily":
			r.cal.Edit(id, func(e *calendar.Event) { e.Cancelled = []calendar.Wall{hour(5, 8)} })
		}
	}
	r.Create(r.Alice, event("late", 20, 10))
}

func endOfAll(t *testing.T, r *room) {
	t.Helper()
	expect("out b", "out c", "in b", "in C", "every day", "late")(t, r)
	r.inStep(t, 6)
	b, _ := r.find("out b")
	c, _ := r.find("in C")
	d, _ := r.find("every day")
	if b.Plan.Location != "here" || b.Plan.Description != "there" || c.Plan.Location != "there" || len(d.Plan.Cancelled) != 1 {
		t.Errorf("an edit is lost: %+v %+v %+v", b.Plan.Values, c.Plan.Values, d.Plan)
	}
}

// TestDyingAnywhereLosesAndDoublesNothing lets the process die at every commit and every call, before and after it (at one
// in four where the calendar lists and everything is read apart: those steps are many and alike); one more run has to put all of it right (I1, I2, I4, I8).
func TestDyingAnywhereLosesAndDoublesNothing(t *testing.T) {
	for _, s := range []story{
		{name: "deltas", stride: 1, acts: []func(*room){fill, changeAll}, end: endOfAll},
		{name: "unread listings", stride: 4, options: enginetest.Options{Listing: true, Unread: true, Page: 3}, acts: []func(*room){fill, changeAll}, end: endOfAll},
	} {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			steps := s.play(t, 0)
			if steps < 40 {
				t.Fatalf("only %d steps", steps)
			}
			for k := 1; k <= steps && !t.Failed(); k += s.stride {
				s.play(t, k)
			}
			t.Logf("died at every one in %d of %d steps", s.stride, steps)
		})
	}
}

// play lets the story happen, with a death at step k, and answers how many steps there were.
func (s story) play(t *testing.T, k int) int {
	t.Helper()
	r := newRoom(t, s.options, everything)
	r.CrashAt = k
	died := k == 0
	for _, act := range s.acts {
		act(r)
		for range 3 {
			rep, err := r.Run(r.id, false)
			if err != nil || rep.Err != nil {
				died = true
				r.Revive()
			}
		}
	}
	steps := r.Steps
	r.Settle(r.id)
	s.end(t, r)
	if !died {
		t.Errorf("nothing died")
	}
	if t.Failed() {
		t.Errorf("died at step %d", k)
	}
	return steps
}

// TestDyingWhileTheStartIsTakenLosesNoEdit: whatever is edited after the activation enters, and nothing else, wherever the
// first run died and whatever its provider has forgotten since.
func TestDyingWhileTheStartIsTakenLosesNoEdit(t *testing.T) {
	for name, o := range map[string]enginetest.Options{
		"deltas": {}, "pages": {Page: 2}, "unread pages": {Page: 2, Unread: true}, "listings": {Page: 2, Listing: true},
	} {
		for _, forget := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, cursors forgotten %t", name, forget), func(t *testing.T) {
				t.Parallel()
				dieWhileTheStartIsTaken(t, o, forget)
			})
		}
	}
}

func dieWhileTheStartIsTaken(t *testing.T, o enginetest.Options, forget bool) {
	begin := func(k int) *room {
		r := newRoom(t, o, start(lens.NewAndChanged))
		for i := range 5 {
			r.cal.Add(event(fmt.Sprint("old ", i), 3+i, 10))
		}
		r.Pass(time.Minute)
		r.Create(r.Alice, event("new here", 9, 10))
		r.CrashAt = r.Steps + k
		if k == 0 {
			r.CrashAt = 0
		}
		if rep, err := r.Run(r.id, false); k > 0 && err == nil && rep.Err == nil {
			t.Errorf("nothing died at step %d", k)
		}
		return r
	}
	steps := begin(0).Steps - newRoom(t, o, start(lens.NewAndChanged)).Steps
	for k := 0; k <= steps && !t.Failed(); k++ {
		r := begin(k)
		for i := range 5 {
			if id, _ := r.findEvent(fmt.Sprint("old ", i)); i != 2 {
				r.cal.Edit(id, setTitle(fmt.Sprint("edited ", i)))
			}
		}
		r.cal.Add(event("new there", 9, 12))
		if forget {
			r.cal.Forget()
		}
		r.Revive()
		r.Settle(r.id)
		want := []string{"edited 0", "edited 1", "edited 3", "edited 4", "new here", "new there"}
		if here, there := subjects(r); !slices.Equal(here, want) || len(there) != 7 {
			t.Errorf("died at step %d: here %q, there %q", k, here, there)
		}
		r.Quiet(r.id)
	}
}
