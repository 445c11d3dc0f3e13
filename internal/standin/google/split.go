package google

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"tahti/internal/recur"
)

// splitOff is how the id of a series ends that the original's own pages have split off another one.
var splitOff = regexp.MustCompile(`_R\d{8}(T\d{6})?$`)

// base is what the ids of a series' occurrences begin with: that of the first series also after splits.
func (e *event) base() string { return splitOff.ReplaceAllString(e.id, "") }

// Split does what the original's own pages do to "this and following events": the series ends before an occurrence, and a
// second one goes on from there with the fields laid over (as a PATCH would). The second one's id is that of the first
// with _R and the start in UTC behind it; its occurrences keep the ids that they had, which do not begin with its id
// (seen in public captures). Changed occurrences go along. Guests are not told.
func (s *Server) Split(calendar, id string, at time.Time, fields map[string]any) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.ring()
	second, err := s.split(calendar, id, at, fields)
	if err != nil {
		return "", fmt.Errorf("split %s: %w", id, err)
	}
	return second.id, nil
}

func (s *Server) split(calendar, id string, at time.Time, fields object) (*event, error) {
	sh := s.calendars[calendar]
	if sh == nil || sh.events[id] == nil || !sh.events[id].recurs() {
		return nil, errors.New("there is no such series")
	}
	e := sh.events[id]
	original := e.start
	if original.at = at.UTC(); original.day {
		original.at = original.at.Truncate(24 * time.Hour)
	}
	if !hasStart(sh, e, original) || !original.at.After(e.start.at) {
		return nil, errors.New("the series has no such start, or it is the first")
	}
	l := &listing{shelf: sh, role: roleOwner, primary: true}
	c := &call{Server: s, who: sh.owner}
	ended, rest, err := halves(sh, e, original)
	if err != nil {
		return nil, err
	}
	first := sh.occurrence(e, original)
	whole := merge(e.fields(), object{"recurrence": rest, "start": first.start.stored(), "end": first.end.stored()})
	d, f := c.accept(l, merge(whole, fields), false)
	if f != nil {
		return nil, errors.New(f.message)
	}
	suffix := "_R" + strings.TrimSuffix(original.key(), "Z")
	second := &event{id: e.base() + suffix, kind: e.kind, created: s.now(), creator: e.creator, organizer: e.organizer}
	second.uid = second.id + "@google.com"
	moved := slices.Clone(e.exceptions)
	moved = slices.DeleteFunc(moved, func(x *event) bool { return x.original.at.Before(original.at) })
	e.exceptions = slices.DeleteFunc(e.exceptions, func(x *event) bool { return !x.original.at.Before(original.at) })
	e.sequence++
	c.storeSeries(l, e, draft{fields: merge(e.fields(), object{"recurrence": ended}), start: e.start, end: e.end, recurrence: ended})
	c.store(l, second, d)
	sh.splits[e.base()] = append(sh.splits[e.base()], second)
	for _, x := range moved {
		all := x.fields()
		x.series, x.uid = second, second.uid
		x.setFields(all)
		second.exceptions = append(second.exceptions, x)
		c.follow(l, second, x, false)
	}
	return second, nil
}

// halves are the recurrence lines of both parts: the rule ended and the rule that is left, other lines in both.
func halves(sh *shelf, e *event, original moment) (ended, rest []any, err error) {
	lines, _ := e.own["recurrence"].([]any)
	at := original.wallTime(sh.zone)
	for _, x := range lines {
		line, _ := x.(string)
		if name, _, _ := strings.Cut(line, ":"); strings.ToUpper(name) != "RRULE" {
			ended, rest = append(ended, line), append(rest, line)
			continue
		}
		before, err := recur.Bound(e.rule.Rule, at)
		if err != nil {
			return nil, nil, err
		}
		after, err := recur.Rest(e.rule.Rule, e.rule.Start, at)
		if err != nil {
			return nil, nil, err
		}
		ended, rest = append(ended, "RRULE:"+before), append(rest, "RRULE:"+after)
	}
	return ended, rest, nil
}
