package engine_test

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tahti/internal/calendar"
	"tahti/internal/engine/enginetest"
	"tahti/internal/provider"
	"tahti/internal/store"
)

var errFull = errors.New("disk full")

// failing is a store, or a calendar, that fails once, at the first place in the engine that was not seen before.
type failing struct {
	seen map[string]bool
	at   string // where it failed
	told bool   // it stands at an item
}

func (f *failing) refuse(saved *store.Work) error {
	if saved != nil && strings.Contains(saved.Detail, errFull.Error()) {
		f.told = true
	}
	at := place()
	if f.at != "" || at == "" || f.seen[at] {
		return nil
	}
	f.seen[at], f.at = true, at
	return errFull
}

// throttle lets the calendar refuse to answer a question at such a place.
func (f *failing) throttle(before func(enginetest.Call) error) func(enginetest.Call) error {
	return func(c enginetest.Call) error {
		if c.Op != "put" && c.Op != "remove" {
			if err := f.refuse(nil); err != nil {
				return &provider.Error{Op: c.Op, Class: provider.RateLimited, Err: err}
			}
		}
		if before != nil {
			return before(c)
		}
		return nil
	}
}

// place is where the engine asks the store or the calendar, and from where. It is empty where an answer that cannot be had costs no more than
// reading an item once again.
func place() string {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)])
	var at []string
	for len(at) < 3 {
		f, more := frames.Next()
		if name, ok := strings.CutPrefix(f.Function, "tahti/internal/engine."); ok {
			if strings.Contains(name, ".known.") || strings.Contains(name, ").unchangedSinceStart") {
				return ""
			}
			at = append(at, fmt.Sprint(name, ":", f.Line))
		}
		if !more {
			break
		}
	}
	return strings.Join(at, " < ")
}

// trial is something that the engine does with rooms of one lab, the first of which is whose. It can be done again after an
// error.
type trial struct {
	name string
	set  func(t *testing.T) []*room
	do   func(t *testing.T, r *room) error // nil: a run of each room
	// told: it is enough that somebody is told. What fails comes later than what did not, and something else may come of it.
	told bool
}

// runs makes a run of each room.
func runs(t *testing.T, rooms []*room) error {
	t.Helper()
	var all error
	for _, r := range rooms {
		rep, err := r.Run(r.id, false)
		all = errors.Join(all, err)
		if errors.Is(rep.Err, errFull) {
			all = errors.Join(all, rep.Err)
		}
	}
	return all
}

// said are the values of an event, with what it says beside.
func said(e calendar.Event) string {
	f := e.Facet()
	e.Facets = nil
	return fmt.Sprint(e.Values, f)
}

// picture is all that people see of rooms in the end.
func picture(rooms []*room) (lines []string) {
	name := map[store.ID]string{}
	for _, a := range rooms[0].Activities() {
		name[a.ID] = a.Plan.Subject
		lines = append(lines, fmt.Sprint("here ", rooms[0].people(a), a.Type, a.Note, a.Occurrences, said(a.Plan), a.Plan.Rule, a.Plan.Overrides, a.Plan.Cancelled))
	}
	for _, c := range rooms[0].Conflicts() {
		lines = append(lines, fmt.Sprint("conflict ", name[c.Activity], c.Field, c.Original, c.Winner, string(c.Lost), c.Resolved.IsZero()))
	}
	for _, r := range rooms {
		for _, e := range r.cal.Held() {
			lines = append(lines, fmt.Sprint("there ", r.id, said(e), e.Rule, e.Overrides, e.Cancelled))
		}
		for _, l := range r.Links(r.id) {
			if l.State == store.LinkDormant && l.Remote == "" {
				continue // as good as none
			}
			lines = append(lines, fmt.Sprint("tie ", r.id, name[l.Activity], l.State, l.Ours, l.Pending != nil))
		}
		for _, w := range r.Works(r.id) {
			holder, _, _ := strings.Cut(w.HeldBy, ":")
			lines = append(lines, fmt.Sprint("waits ", r.id, w.Subject[:1], holder, w.Reason))
		}
		lines = append(lines, r.cal.Wrongs...)
	}
	slices.Sort(lines)
	return lines
}

// play does it once, and again if the store failed, and answers what came of it.
func (c trial) play(t *testing.T, f *failing) []string {
	rooms := c.set(t)
	do := func() error { return runs(t, rooms) }
	if c.do != nil {
		do = func() error { return c.do(t, rooms[0]) }
	}
	f.told, rooms[0].Refuse = false, f.refuse
	for _, r := range rooms {
		r.cal.Before = f.throttle(r.cal.Before)
	}
	err := do()
	rooms[0].Refuse = nil
	if f.seen != nil && f.at != "" {
		if !errors.Is(err, errFull) && !f.told {
			t.Errorf("failed at %s: nobody was told: %v", f.at, err)
		}
		rooms[0].Pass(10 * time.Minute)
		err = do()
	}
	if err != nil {
		t.Errorf("failed at %s: and again: %v", f.at, err)
	}
	ids := make([]store.ID, len(rooms))
	for i, r := range rooms {
		ids[i] = r.id
	}
	rooms[0].Settle(ids...)
	return picture(rooms)
}

// TestAStoreThatFailsOnceLosesNothingAndIsReported: wherever the engine asks the store or tells it something, or asks the calendar, an error
// reaches whoever runs it or stands at the item, and once there are answers again the same comes of it as if nothing had happened.
func TestAStoreThatFailsOnceLosesNothingAndIsReported(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	var all []trial
	for _, c := range slices.Concat(trials, crmTrials, rareTrials) {
		all = append(all, c)
		if c.do == nil {
			all = append(all, trial{name: "a dry run: " + c.name, set: c.set, do: dryRun})
		}
	}
	for _, c := range all {
		t.Run(c.name, func(t *testing.T) {
			want := c.play(t, &failing{at: "nowhere"})
			for n := 0; ; n++ {
				f := &failing{seen: seen}
				got := c.play(t, f)
				if f.at == "" {
					t.Logf("%d places", n)
					break
				}
				if diff := cmp.Diff(want, got); diff != "" && !c.told {
					t.Errorf("failed at %s (-as ever +now):\n%s", f.at, diff)
				}
			}
		})
	}
}
