package ews

import (
	"fmt"
	"strings"
	"time"

	"tahti/internal/calendar"
)

// change of a clock, as it recurs each year.
type clockChange struct {
	month    time.Month
	weekday  time.Weekday
	week     int           // of the month; -1 is the last
	clock    time.Duration // what the clock shows, before the change
	from, to time.Duration // offsets
}

// clocks are the offset of a zone in winter, and its two changes if it has them, as they are in a year.
type clocks struct {
	standard           time.Duration
	toSummer, toWinter *clockChange
}

// clocksOf finds the changes of a zone in a year. A zone with another number of them than two is taken as one without, as
// the original's tables do.
func clocksOf(loc *time.Location, year int) clocks {
	var changes []clockChange
	var summers []bool
	for at := time.Date(year, 1, 1, 0, 0, 0, 0, loc); at.Year() <= year; {
		_, end := at.ZoneBounds()
		if end.IsZero() || end.In(time.UTC).Year() > year {
			break
		}
		before, after := offset(end.Add(-time.Second), loc), offset(end, loc)
		wall := calendar.Wall(end.Unix() + int64(before/time.Second)).Civil()
		c := clockChange{month: wall.Month(), weekday: wall.Weekday(), week: (wall.Day()-1)/7 + 1, from: before, to: after}
		if wall.AddDate(0, 0, 7).Month() != wall.Month() {
			c.week = -1
		}
		c.clock = time.Duration(wall.Hour())*time.Hour + time.Duration(wall.Minute())*time.Minute
		changes, summers = append(changes, c), append(summers, end.In(loc).IsDST())
		at = end.In(loc)
	}
	out := clocks{standard: offset(time.Date(year, 1, 1, 0, 0, 0, 0, loc), loc)}
	if len(changes) != 2 || summers[0] == summers[1] {
		return out
	}
	for i := range changes {
		if summers[i] {
			out.toSummer = &changes[i]
		} else {
			out.toWinter = &changes[i]
			out.standard = changes[i].to
		}
	}
	return out
}

func offset(t time.Time, loc *time.Location) time.Duration {
	_, seconds := t.In(loc).Zone()
	return time.Duration(seconds) * time.Second
}

// vtimezone writes a zone in iCalendar's way.
func (z zone) vtimezone(year int) string {
	c := clocksOf(z.loc, year)
	sign := func(d time.Duration) string {
		s := "+"
		if d < 0 {
			s, d = "-", -d
		}
		return fmt.Sprintf("%s%02d%02d", s, d/time.Hour, d%time.Hour/time.Minute)
	}
	part := func(name string, x *clockChange, to time.Duration) string {
		lines := []string{"BEGIN:" + name, "DTSTART:16010101T000000", "TZOFFSETFROM:" + sign(to), "TZOFFSETTO:" + sign(to)}
		if x != nil {
			lines[1] = fmt.Sprintf("DTSTART:16010101T%02d%02d00", x.clock/time.Hour, x.clock%time.Hour/time.Minute)
			lines[2] = "TZOFFSETFROM:" + sign(x.from)
			day := strings.ToUpper(x.weekday.String()[:2])
			lines = append(lines, fmt.Sprintf("RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=%d%s;BYMONTH=%d", x.week, day, x.month))
		}
		return strings.Join(append(lines, "END:"+name), "\r\n") + "\r\n"
	}
	text := "BEGIN:VTIMEZONE\r\nTZID:" + z.id + "\r\n" + part("STANDARD", c.toWinter, c.standard)
	if c.toSummer != nil {
		text += part("DAYLIGHT", c.toSummer, c.toSummer.to)
	}
	return text + "END:VTIMEZONE\r\n"
}
