package recur

import (
	"fmt"
	"slices"
	"time"

	"tahti/internal/calendar"
)

// Observance is one STANDARD or DAYLIGHT part of a VTIMEZONE (RFC 5545 section 3.6.5).
type Observance struct {
	// Start is DTSTART: the first onset, on the clock that ran until then.
	Start calendar.Wall
	// From and To are TZOFFSETFROM and TZOFFSETTO in seconds east of UTC.
	From, To int
	Name     string // TZNAME
	// Rule is an RRULE value or empty; its UNTIL is in UTC, as RFC 5545 section 3.3.10 asks of these parts.
	Rule string
	// Dates are further onsets, RDATE.
	Dates []calendar.Wall
	// Daylight is summer time: the later clock of the two, whatever the database calls it. (In Ireland and Morocco it has
	// winter as the exception, which clients misread.)
	Daylight bool
}

// How far Observances looks: years on each side that a definition may span, and years after it in which a yearly rule
// must go on to be written without an end. Within 28 years each date falls on each weekday in each kind of year.
const (
	maxZoneYears = 400
	ruleYears    = 28
)

// Observances says what a VTIMEZONE must say of a zone for the years from fromYear to toYear: the offset at the beginning
// and every change up to the end. Changes that follow a yearly rule are written as that rule, without an end if it goes on
// beyond toYear; others are listed. They are in the order of their starts.
func Observances(iana string, fromYear, toYear int) ([]Observance, error) {
	loc, err := Location(iana)
	if err != nil {
		return nil, err
	}
	if fromYear < 1 || toYear < fromYear || toYear > 9999-ruleYears-1 || toYear-fromYear > maxZoneYears {
		return nil, fmt.Errorf("define zone %s: years %d to %d are out of range", iana, fromYear, toYear)
	}
	begin := time.Date(fromYear, 1, 1, 0, 0, 0, 0, loc)
	end := time.Date(toYear+1, 1, 1, 0, 0, 0, 0, loc)
	since := heldSince(begin)
	var out []Observance
	if since.IsZero() {
		out, since = append(out, unchanged(begin)), begin
	}
	for _, group := range groupChanges(changes(loc, since, end.AddDate(ruleYears, 0, 0))) {
		out = append(out, compact(group, end)...)
	}
	slices.SortFunc(out, func(a, b Observance) int { return int(a.Start - b.Start) })
	return out, nil
}

// heldSince is the change that brought the offset that holds at a moment, zero if it always held.
func heldSince(at time.Time) time.Time {
	name, offset := at.Zone()
	for {
		begin, _ := calendar.ZoneBounds(at)
		if begin.IsZero() {
			return begin
		}
		before := begin.Add(-time.Second)
		if n, o := before.Zone(); n != name || o != offset || before.IsDST() != at.IsDST() {
			return begin
		}
		at = before
	}
}

// unchanged is the offset that always held until the first change.
func unchanged(begin time.Time) Observance {
	name, offset := begin.Zone()
	start := min(calendar.WallOf(1970, 1, 1, 0, 0, 0), calendar.WallIn(begin, begin.Location()))
	return Observance{Start: start, From: offset, To: offset, Name: name}
}

// groupChanges brings together what one observance can say: the same offsets, name and kind.
func groupChanges(all []change) [][]change {
	var groups [][]change
	for _, c := range all {
		i := slices.IndexFunc(groups, func(g []change) bool {
			return g[0].from == c.from && g[0].to == c.to && g[0].name == c.name && g[0].daylight() == c.daylight()
		})
		if i < 0 {
			i, groups = len(groups), append(groups, nil)
		}
		groups[i] = append(groups[i], c)
	}
	return groups
}

func (c *change) daylight() bool {
	if c.summer != c.was {
		return c.to > c.from
	}
	return c.summer
}

// wall is the onset on the clock that ran until then.
func (c *change) wall() calendar.Wall { return calendar.Wall(c.at.Unix() + int64(c.from)) }

// compact writes a group as yearly rules where three years or more follow one, and as a list for the rest. The group
// reaches beyond end, so that what goes on can be told from what stops; nothing from there is listed.
func compact(group []change, end time.Time) []Observance {
	base := Observance{From: group[0].from, To: group[0].to, Name: group[0].name, Daylight: group[0].daylight()}
	var out []Observance
	var listed []calendar.Wall
	for i := 0; i < len(group) && group[i].at.Before(end); {
		run, r := longestRun(group[i:])
		if run < 3 {
			listed = append(listed, group[i].wall())
			i++
			continue
		}
		last := group[i+run-1]
		if last.at.Before(end.AddDate(ruleYears-2, 0, 0)) {
			r.until = calendar.AtUTC(last.at)
		}
		o := base
		o.Start, o.Rule = group[i].wall(), r.String()
		out = append(out, o)
		i += run
	}
	if len(listed) > 0 {
		o := base
		o.Start, o.Dates = listed[0], listed[1:]
		if len(o.Dates) == 0 {
			o.Dates = nil
		}
		out = append(out, o)
	}
	return out
}

// longestRun returns how many changes from the first on follow one yearly rule, and the rule: a date, a numbered weekday,
// the last such weekday, or a weekday on or after a date (the four ways in which the zone database states rules).
func longestRun(group []change) (run int, best *rule) {
	first := group[0].wall()
	d := dayAt(dayOf(first))
	try := func(r *rule) {
		if run == len(group) { // no other can follow more of them
			return
		}
		r.freq, r.interval, r.byMonth = yearly, 1, []int{d.month}
		n := 0
		for w := range newPattern(r, first).walls(first, lastWall) {
			if n == len(group) || group[n].wall() != w {
				break
			}
			n++
		}
		if n > run {
			run, best = n, r
		}
	}
	if d.ofMonth > d.inMonth-7 {
		try(&rule{byDay: []weekday{{nth: -1, day: d.weekday}}})
	}
	if nth := (d.ofMonth-1)/7 + 1; nth < 5 {
		try(&rule{byDay: []weekday{{nth: nth, day: d.weekday}}})
	}
	try(&rule{byMonthDay: []int{d.ofMonth}})
	for from := max(d.ofMonth-6, 1); from <= d.ofMonth && from+6 <= d.inMonth; from++ {
		week := []int{from, from + 1, from + 2, from + 3, from + 4, from + 5, from + 6}
		try(&rule{byDay: []weekday{{day: d.weekday}}, byMonthDay: week})
	}
	return run, best
}
