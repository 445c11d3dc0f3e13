package engine

import (
	"time"

	"tahti/internal/calendar"
	"tahti/internal/provider"
	"tahti/internal/recur"
)

// spanOf is from the first to the last time at which an event takes place, without bounds where that is not known. A day's play on
// each side is for what has no zone.
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
	span := provider.Range{From: first.Add(-24 * time.Hour)}
	if last, endless, err := recur.LastEnd(e, r.zone); err == nil && !endless && !last.IsZero() {
		span.To = last.Add(24 * time.Hour)
	}
	return span
}
