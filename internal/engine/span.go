package engine

import (
	"time"

	"tahti/internal/calendar"
	"tahti/internal/provider"
	"tahti/internal/recur"
)

// spanOf is from the first to the last time at which an event takes place, without bounds where that is not known. What has no zone
// has a day's play on each side. What has one has none: a listing would be taken to miss what lies just outside of it, and be
// followed by a request for that each time (I3).
func (r *run) spanOf(e *calendar.Event) provider.Range {
	if e == nil || e.Start.IsZero() {
		return provider.Range{}
	}
	first := e.Start.Instant(r.zoneOf(e.Start))
	for i := range e.Overrides {
		if o := &e.Overrides[i]; o.Set.Has(calendar.When) {
			if at := o.Start.Instant(r.zoneOf(o.Start)); at.Before(first) {
				first = at
			}
		}
	}
	var play time.Duration
	if e.Start.Kind == calendar.Date || e.Start.Kind == calendar.Floating {
		play = 24 * time.Hour
	}
	span := provider.Range{From: first.Add(-play)}
	if last, endless, err := recur.LastEnd(e, r.zone); err == nil && !endless && !last.IsZero() {
		span.To = last.Add(play)
	}
	return span
}
