package world

import (
	"slices"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
)

// What breaks is named by what was promised, not by where it shows.

// lostTie is what it means that the item of a live activity is gone: if a person deleted it, and nobody has typed anything into the
// activity since, the deletion was not followed (I4); else the activity should have been brought to the calendar again (I2).
func (w *World) lostTie(e *entry, a *crm.Activity) string {
	since := func(m string) bool { k := w.book.marks[m]; return k != nil && !k.replaced && k.move > e.taken }
	if e != nil && e.taken > 0 && !slices.ContainsFunc(marksOf(&a.Plan), since) {
		return "I4"
	}
	return "I2"
}

// lostMark is what it means that a mark is nowhere: a start that is there by another clock was not lost, but turned (I12).
func (w *World) lostMark(k *mark) string {
	if k.start.IsZero() {
		return "I2"
	}
	turned := func(e *calendar.Event) bool {
		return slices.ContainsFunc(judge(e), func(o occurrence) bool { return o.Start != k.start && sameInstant(o.Start, k.start) })
	}
	for _, a := range w.liveActivities(0) {
		if turned(&a.Plan) {
			return "I12"
		}
	}
	return "I2"
}

func sameInstant(a, b calendar.Time) bool {
	if a.Kind == calendar.Date || b.Kind == calendar.Date || a.Kind == calendar.Floating || b.Kind == calendar.Floating {
		return false
	}
	x, errX := time.LoadLocation(a.Zone)
	y, errY := time.LoadLocation(b.Zone)
	return errX == nil && errY == nil && a.Instant(x).Equal(b.Instant(y))
}
