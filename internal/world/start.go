package world

import (
	"fmt"
	"strings"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/lens"
)

// beforeStart: the starting point of a connection leaves an activity out, or may.
func (s *side) beforeStart(a *crm.Activity) bool {
	w := s.server.w
	if s.settings.Start != lens.NewAndChanged {
		return s.over(&a.Plan)
	}
	if !w.typedSince(&a.Plan, s.started) {
		return true
	}
	// Which of two clocks that differ was later cannot be told.
	return w.counts.faults[ClockStep] > 0 && (s.started > 0 || !stamped(a).After(start))
}

// stamped is when an activity was made, or what calendars show of it last changed, by the clocks of the nodes.
func stamped(a *crm.Activity) time.Time {
	last := a.CreatedAt
	for key, c := range a.Changed { // any order: the latest
		name, _, dated := strings.Cut(key, "@")
		if _, shown := calendar.ParseField(name); (shown || dated) && c.At.After(last) {
			last = c.At
		}
	}
	return last
}

// typedSince: something of what an event shows was typed first behind a move.
func (w *World) typedSince(e *calendar.Event, move int) bool {
	for _, m := range marksOf(e) {
		if k := w.book.marks[m]; k != nil && k.first > move && k.stands() {
			return true
		}
	}
	return false
}

// over: by a starting point that is a day, an event has ended before it, or so close to it that the zones matter.
func (s *side) over(e *calendar.Event) bool {
	day := s.server.w.now
	switch s.settings.Start {
	case lens.Everything, lens.NewAndChanged:
		return false
	case lens.FromToday:
	default:
		t, err := time.Parse(time.DateOnly, string(s.settings.Start))
		if err != nil {
			panic(fmt.Sprintf("a starting point %q", s.settings.Start))
		}
		day = t
	}
	if e.Rule != "" && !strings.Contains(e.Rule, "COUNT") && !strings.Contains(e.Rule, "UNTIL") {
		return false
	}
	for _, o := range judge(e) {
		if o.End.Wall.Civil().After(day.Add(48 * time.Hour)) {
			return false
		}
	}
	return true
}
