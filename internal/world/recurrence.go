package world

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tahti/internal/calendar"
)

// rules are how things recur. Days that they name are those of the first start: see [ruleFor].
var rules = []string{
	"FREQ=DAILY;COUNT=6", "FREQ=WEEKLY;COUNT=5", "FREQ=WEEKLY;INTERVAL=2;COUNT=4", "FREQ=MONTHLY;COUNT=4", "FREQ=DAILY;INTERVAL=3",
	"FREQ=WEEKLY;COUNT=6;BYDAY=MO,TH", "FREQ=MONTHLY;COUNT=4;BYDAY=2TU", "FREQ=MONTHLY;COUNT=4;BYMONTHDAY=-1", "FREQ=YEARLY;COUNT=2",
	"FREQ=WEEKLY;UNTIL=20;BYDAY=MO,WE", "FREQ=DAILY;INTERVAL=2;UNTIL=9",
}

// someRule is how something recurs that begins at some time.
func (w *World) someRule(start calendar.Time) string { return ruleFor(pick(w.dice, rules), start) }

// ruleFor lets a rule begin with a start, as programs that make a series do: the days that it names are turned so that the start is one of
// them, and what ends after so many days ends on a day.
func ruleFor(rule string, start calendar.Time) string {
	parts := strings.Split(rule, ";")
	for i, part := range parts {
		switch name, value, _ := strings.Cut(part, "="); {
		case name == "BYMONTHDAY":
			day := start.Wall.Civil()
			parts[i] = fmt.Sprint("BYMONTHDAY=", day.Day()-1-day.AddDate(0, 1, -day.Day()).Day())
		case name == "BYDAY" && strings.Contains(rule, "FREQ=MONTHLY"):
			parts[i] = "BYDAY=" + nthOf(start.Wall.Civil())
		case name == "BYDAY":
			parts[i] = "BYDAY=" + turned(value, weekday(start.Wall)-slices.Index(dayNames, value[:2]))
		case name == "UNTIL" && len(value) < len("20060102"):
			var days int
			if _, err := fmt.Sscan(value, &days); err != nil {
				panic(err)
			}
			parts[i] = "UNTIL=" + justBefore(start, start.Wall+calendar.Day*calendar.Wall(days))
		}
	}
	return strings.Join(parts, ";")
}

// dayNames are those of rules, from Monday.
var dayNames = []string{"MO", "TU", "WE", "TH", "FR", "SA", "SU"}

func weekday(at calendar.Wall) int { return (int(at.Civil().Weekday()) + 6) % 7 }

// nthOf names a day of a month, as "2TU"; the last one of its weekday, where not every month has so many.
func nthOf(day time.Time) string {
	n := (day.Day()-1)/7 + 1
	if n == 5 {
		n = -1
	}
	return fmt.Sprint(n, dayNames[(int(day.Weekday())+6)%7])
}

// turned moves the weekdays of a rule by so many days.
func turned(list string, by int) string {
	var days []int
	for _, name := range strings.Split(list, ",") {
		days = append(days, ((slices.Index(dayNames, name)+by)%7+7)%7)
	}
	slices.Sort(days)
	var names []string
	for _, d := range days {
		names = append(names, dayNames[d])
	}
	return strings.Join(names, ",")
}

// movedAlong is what a calendar program does with the rest of a series that was moved: the rule goes along, and its dates get their new
// names. Where those are no starts of the new rule, as of the second Tuesday that became the third Friday, it forgets what was said of them.
func movedAlong(ev *calendar.Event, from calendar.Wall) {
	rename(ev, ev.Start.Wall-from)
	if !strings.Contains(ev.Rule, ";BY") {
		return
	}
	days := int((ev.Start.Wall.Midnight() - from.Midnight()) / calendar.Day)
	if list, weekly := strings.CutPrefix(ev.Rule[strings.LastIndex(ev.Rule, ";")+1:], "BYDAY="); weekly && strings.Contains(ev.Rule, "FREQ=WEEKLY") {
		ev.Rule = strings.TrimSuffix(ev.Rule, list) + turned(list, days)
		return
	}
	ev.Rule = ruleFor(ev.Rule, ev.Start)
	starts := stepped(ev)
	none := func(at calendar.Wall) bool { return !slices.Contains(starts, at) }
	ev.Cancelled = slices.DeleteFunc(ev.Cancelled, none)
	ev.Overrides = slices.DeleteFunc(ev.Overrides, func(o calendar.Override) bool { return none(o.Original) })
}

// counted is the rule of an event that is to begin at another time: what ends on a day ends after as many dates.
func counted(ev *calendar.Event) string {
	parts := strings.Split(ev.Rule, ";")
	for i, part := range parts {
		if strings.HasPrefix(part, "UNTIL=") {
			parts[i] = fmt.Sprint("COUNT=", len(slices.Compact(stepped(ev))))
		}
	}
	return strings.Join(parts, ";")
}

// furtherDate gives some series in calendars that keep text another date beside their rule.
func (w *World) furtherDate(s *side, e *calendar.Event) {
	if d := newDice(w.Seed, hints-100*w.book.next-70); s.server.form == text && e.Rule != "" && d.chance(250) {
		further := e.Start
		if further.Wall += calendar.Day * calendar.Wall(1+d.below(20)); further.Kind != calendar.Date {
			further.Wall += 3600
		}
		e.Extra = []calendar.Time{further}
	}
}
