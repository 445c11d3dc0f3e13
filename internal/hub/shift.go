package hub

import (
	"slices"
	"strconv"
	"strings"

	"tahti/internal/calendar"
	"tahti/internal/recur"
)

// weekdays in the order of RFC 5545 section 3.3.10.
var weekdays = []string{"MO", "TU", "WE", "TH", "FR", "SA", "SU"}

// moveRule lets the rule of a series follow when the series as a whole was moved: "every Monday" that is dragged to a
// Tuesday is every Tuesday, and what ended on a day ends as many days later. old is the plan before, now has the new times
// and still the old rule. A rule that names days in a way which cannot be moved along is refused; the caller then has to say
// the new rule.
func moveRule(old, now *calendar.Event) error {
	delta := now.Start.Wall - old.Start.Wall
	days := int((now.Start.Wall.Midnight() - old.Start.Wall.Midnight()) / calendar.Day)
	for i := range now.Extra {
		now.Extra[i].Kind, now.Extra[i].Zone = now.Start.Kind, now.Start.Zone
		now.Extra[i].Wall += delta
		if now.Start.Kind == calendar.Date {
			now.Extra[i].Wall = (now.Extra[i].Wall - delta).Midnight() + calendar.Wall(days)*calendar.Day
		}
	}
	if now.Rule == "" || old.Start == now.Start {
		return nil
	}
	clock := delta - calendar.Wall(days)*calendar.Day
	parts := strings.Split(now.Rule, ";")
	for i, part := range parts {
		name, value, _ := strings.Cut(part, "=")
		moved, ok := value, true
		switch {
		case name == "UNTIL":
			moved, ok = moveUntil(value, old.Start, now.Start)
		case name == "BYHOUR", name == "BYMINUTE", name == "BYSECOND":
			ok = clock == 0
		case days == 0 || !strings.HasPrefix(name, "BY"):
		case name == "BYDAY":
			moved, ok = moveWeekdays(value, days, parts)
		case name == "BYMONTHDAY":
			moved, ok = moveMonthDays(value, days)
		default:
			ok = false
		}
		if !ok {
			return &Invalid{Field: calendar.Recurrence.String(), Code: CodeBadRule, Detail: part + " cannot be moved along"}
		}
		parts[i] = name + "=" + moved
	}
	now.Rule = strings.Join(parts, ";")
	return nil
}

// moveUntil moves the bound as far as the series, on the clocks of both: in UTC alone a change to summer time on the way
// would cut the last occurrence off.
func moveUntil(value string, old, now calendar.Time) (string, bool) {
	until, err := calendar.ParseWall(strings.TrimSuffix(value, "Z"))
	if err != nil {
		return "", false
	}
	switch {
	case old.Kind == calendar.Date || len(value) == len("20060102"):
		until += calendar.Day - 1 // the whole of that day
	case old.Kind == calendar.Zoned:
		loc, err := recur.Location(old.Zone)
		if err != nil {
			return "", false
		}
		until = calendar.WallIn(calendar.Time{Kind: calendar.UTC, Wall: until}.Instant(loc), loc)
	}
	until += now.Wall - old.Wall
	to := calendar.Time{Kind: now.Kind, Wall: until, Zone: now.Zone}
	switch now.Kind {
	case calendar.Date:
		return until.DateString(), true
	case calendar.Floating:
		return until.String(), true
	}
	return calendar.AtUTC(instant(to)).String(), true
}

// moveWeekdays turns the days of the week. In a rule of every second week, a day must not leave its week.
func moveWeekdays(value string, days int, parts []string) (string, bool) {
	if !slices.Contains(parts, "FREQ=WEEKLY") {
		return "", false
	}
	each := !slices.ContainsFunc(parts, func(p string) bool { return strings.HasPrefix(p, "INTERVAL=") && p != "INTERVAL=1" })
	names := strings.Split(value, ",")
	var at []int
	for _, name := range names {
		i := slices.Index(weekdays, name)
		if i < 0 {
			return "", false
		}
		to := i + days
		if len(names) > 1 && !each && (to < 0 || to > 6) {
			return "", false
		}
		at = append(at, ((to%7)+7)%7)
	}
	slices.Sort(at)
	for i := range at {
		names[i] = weekdays[at[i]]
	}
	return strings.Join(names, ","), true
}

// moveMonthDays moves days of the month as long as every month has them.
func moveMonthDays(value string, days int) (string, bool) {
	names := strings.Split(value, ",")
	for i, name := range names {
		n, err := strconv.Atoi(name)
		if err != nil || n < 1 || n > 28 || n+days < 1 || n+days > 28 {
			return "", false
		}
		names[i] = strconv.Itoa(n + days)
	}
	return strings.Join(names, ","), true
}
