package google

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/recur"
)

// maxOccurrences bounds every expansion.
const maxOccurrences = 3000

// horizon is how far an endless series is expanded where the request sets no end.
const horizon = 2 * 365 * 24 * time.Hour

// parseRecurrence reads the lines of a series that begins at start.
func parseRecurrence(lines []any, start, end moment, standard string) (*calendar.Event, error) {
	e := &calendar.Event{Known: calendar.AllFields}
	e.Start, e.End = start.wallTime(standard), end.wallTime(standard)
	for _, x := range lines {
		line, _ := x.(string)
		head, value, ok := strings.Cut(line, ":")
		if !ok {
			return nil, fmt.Errorf("%q is no line of a recurrence", line)
		}
		name, params, _ := strings.Cut(head, ";")
		switch name = strings.ToUpper(name); name {
		case "RRULE":
			if e.Rule != "" {
				return nil, fmt.Errorf("more than one RRULE")
			}
			rule, err := recur.Canonical(value, e.Start)
			if err != nil {
				return nil, err
			}
			e.Rule = rule
		case "RDATE", "EXDATE":
			times, err := parseDates(params, value, e.Start)
			if err != nil {
				return nil, err
			}
			if name == "RDATE" {
				e.Extra = append(e.Extra, times...)
			}
			for _, t := range times {
				if name == "EXDATE" {
					e.Cancelled = append(e.Cancelled, t.Wall)
				}
			}
		default:
			return nil, fmt.Errorf("a recurrence has no %s lines", name)
		}
	}
	if e.Rule == "" && len(e.Extra) == 0 {
		return nil, fmt.Errorf("nothing recurs")
	}
	e.Normalize()
	return e, recur.Check(e)
}

// parseDates reads the values of RDATE and EXDATE on the clock of the series.
func parseDates(params, value string, start calendar.Time) ([]calendar.Time, error) {
	zone := start.Zone
	for _, p := range strings.Split(params, ";") {
		if name, v, _ := strings.Cut(p, "="); strings.EqualFold(name, "TZID") {
			zone = v
		}
	}
	var list []calendar.Time
	for _, v := range strings.Split(value, ",") {
		utc := strings.HasSuffix(v, "Z")
		w, err := calendar.ParseWall(strings.TrimSuffix(v, "Z"))
		if err != nil {
			return nil, err
		}
		if (len(v) == 8) != (start.Kind == calendar.Date) {
			return nil, fmt.Errorf("%q is not of the kind of the start", v)
		}
		t := start
		t.Wall = w
		if start.Kind != calendar.Date && (utc || zone != start.Zone) {
			if utc {
				zone = "UTC"
			}
			from, err := location(zone)
			if err != nil {
				return nil, err
			}
			own, err := location(start.Zone)
			if err != nil {
				return nil, err
			}
			t.Wall = calendar.WallIn(calendar.InZone(w, zone).Instant(from), own)
		}
		list = append(list, t)
	}
	return list, nil
}

// occurrences are those of a series that touch a window, changed ones in their changed form, cancelled ones too. A zero
// bound is none; an endless series ends some years from now.
func (s *Server) occurrences(sh *shelf, e *event, from, to time.Time) []*event {
	limit := to
	if limit.IsZero() {
		limit = s.now().Add(horizon)
	}
	var list []*event
	changed := map[string]bool{}
	for _, x := range e.exceptions {
		changed[x.id] = true
		if x.touches(sh, from, to) {
			list = append(list, x)
		}
	}
	begin := from
	if begin.IsZero() {
		begin = e.start.in(sh.zone).Add(-24 * time.Hour)
	}
	loc, err := location(sh.zone)
	if err != nil {
		panic(fmt.Sprintf("zone of calendar %s: %v", sh.id, err))
	}
	found, _, err := recur.Expand(e.rule, begin, limit, loc, maxOccurrences)
	if err != nil {
		panic(fmt.Sprintf("rule of %s was checked when it was stored: %v", e.id, err))
	}
	for _, o := range found {
		original := e.start
		original.at = o.Start.UTC()
		if e.start.day {
			original.at = o.Original.Civil()
		}
		if x := sh.occurrence(e, original); !changed[x.id] && x.touches(sh, from, to) {
			list = append(list, x)
		}
	}
	slices.SortStableFunc(list, func(a, b *event) int { return a.start.in(sh.zone).Compare(b.start.in(sh.zone)) })
	return list
}

// touches reports whether the event ends after from and starts before to (reference: both exclusive).
func (e *event) touches(sh *shelf, from, to time.Time) bool {
	start, end := e.start.in(sh.zone), e.end.in(sh.zone)
	return (from.IsZero() || end.After(from)) && (to.IsZero() || start.Before(to))
}

// occurrence makes the one of a series that begins at an original start, unchanged and not stored.
func (sh *shelf) occurrence(e *event, original moment) *event {
	x := &event{
		id: e.base() + "_" + original.key(), series: e, original: original, start: original, uid: e.uid, kind: e.kind, organizer: e.organizer,
		creator: e.creator, created: e.created, updated: e.updated, sequence: e.sequence, tag: e.tag, locked: e.locked, privateCopy: e.privateCopy,
	}
	wall := original.wallTime(sh.zone)
	wall.Wall += e.rule.End.Wall - e.rule.Start.Wall
	x.end = e.end
	if e.end.day {
		x.end.at = wall.Wall.Civil()
	} else {
		loc, err := location(wall.Zone)
		if err != nil {
			panic(fmt.Sprintf("zone of %s was checked when it was stored: %v", e.id, err))
		}
		x.end.at = wall.Instant(loc).UTC()
	}
	x.own = object{"start": x.start.stored(), "end": x.end.stored(), "status": e.status()}
	return x
}

// stored writes a moment as a client would have sent it.
func (m moment) stored() object {
	if m.day {
		return object{"date": m.at.Format(time.DateOnly)}
	}
	o := object{"dateTime": m.at.UTC().Format(time.RFC3339)}
	if m.zone != "" {
		o["timeZone"] = m.zone
	}
	return o
}

// find is the event of an id: a stored one, or an occurrence of a living series; nil if there is none.
func (sh *shelf) find(id string) *event {
	if e := sh.events[id]; e != nil {
		return e
	}
	i := strings.LastIndexByte(id, '_')
	if i < 0 {
		return nil
	}
	base, key := id[:i], id[i+1:]
	for _, e := range append([]*event{sh.events[base]}, sh.splits[base]...) {
		if e == nil || !e.recurs() || e.base() != base {
			continue
		}
		if original, ok := e.originalOf(key); ok && hasStart(sh, e, original) {
			return sh.occurrence(e, original)
		}
	}
	return nil
}

// originalOf reads the key of an occurrence.
func (e *event) originalOf(key string) (moment, bool) {
	m := e.start
	layout := "20060102T150405Z"
	if m.day {
		layout = "20060102"
	}
	at, err := time.Parse(layout, key)
	m.at = at
	return m, err == nil
}
