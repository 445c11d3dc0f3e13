package world

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tahti/internal/calendar"
)

// splitEvent changes "this and all that follow" in a calendar program: the series is ended, and another one goes on. Some programs
// copy what they find in the old one, our mark with it, some say what it is related to, others say nothing.
func splitEvent(w *World) bool {
	s, e := w.someEntry(func(e *entry) bool { return e.event.IsSeries() && e.event.Rule != "" && len(e.event.Extra) == 0 })
	if e == nil {
		return false
	}
	starts := stepped(&e.event)
	slices.Sort(starts)
	if starts = slices.Compact(starts); len(starts) < 2 {
		return false
	}
	n := 1 + w.dice.below(min(len(starts), 6)-1)
	at := starts[n]
	old, rest := halves(&e.event, at, len(starts)-n)
	if len(judge(&old)) == 0 || len(judge(&rest)) == 0 {
		return false
	}
	if w.dice.chance(700) {
		w.someField(&rest.Values)
	}
	w.soften(&e.event) // both show what they have in common
	c := s.server.add(rest)
	switch w.dice.below(3) {
	case 0:
		c.related = e.event.UID
	case 1:
		if w.rows.linked[linkKey{s.id, string(e.id)}] != 0 {
			c.key = e.key
		}
	}
	w.change(fmt.Sprintf("ends before %s", at), s, e, func(ev *calendar.Event) { *ev = old })
	e.splitAt = at
	for _, m := range marksOf(&c.event) { // what went from one series to the other was not written over
		k := w.book.marks[m]
		k.replaced, k.deleted = false, false
	}
	w.concerns("split event", s)
	return true
}

// halves are a series up to a start and from there on, where so many are left.
func halves(e *calendar.Event, at calendar.Wall, left int) (old, rest calendar.Event) {
	old, rest = e.Clone(), e.Clone()
	rest.Start.Wall, rest.End.Wall = at, at+(e.End.Wall-e.Start.Wall)
	var parts, later []string
	for _, part := range strings.Split(e.Rule, ";") {
		switch key, _, _ := strings.Cut(part, "="); key {
		case "UNTIL":
			later = append(later, part)
		case "COUNT":
			later = append(later, fmt.Sprint("COUNT=", left))
		default:
			parts, later = append(parts, part), append(later, part)
		}
	}
	by := slices.IndexFunc(append(parts, "BY"), func(part string) bool { return strings.HasPrefix(part, "BY") })
	parts = slices.Insert(parts, by, "UNTIL="+justBefore(e.Start, at)) // in the one order that parts have
	old.Rule, rest.Rule = strings.Join(parts, ";"), strings.Join(later, ";")
	before, after := func(w calendar.Wall) bool { return w < at }, func(w calendar.Wall) bool { return w >= at }
	old.Cancelled, rest.Cancelled = slices.DeleteFunc(old.Cancelled, after), slices.DeleteFunc(rest.Cancelled, before)
	old.Overrides = slices.DeleteFunc(old.Overrides, func(o calendar.Override) bool { return after(o.Original) })
	rest.Overrides = slices.DeleteFunc(rest.Overrides, func(o calendar.Override) bool { return before(o.Original) })
	return old, rest
}

// justBefore is the last moment that does not count a start any more, as UNTIL has it for that kind of series.
func justBefore(start calendar.Time, at calendar.Wall) string {
	switch start.Kind {
	case calendar.Date:
		return (at - calendar.Day).DateString()
	case calendar.Floating:
		return (at - 1).String()
	}
	loc := time.UTC
	if start.Kind == calendar.Zoned {
		var err error
		if loc, err = time.LoadLocation(start.Zone); err != nil {
			panic(err)
		}
	}
	start.Wall = at
	return start.Instant(loc).Add(-time.Second).UTC().Format("20060102T150405Z")
}
