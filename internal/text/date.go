package text

import (
	"fmt"
	"strconv"
	"time"
)

// The methods of this file write the parts of t as they are: bring it into the reader's zone first.

// Date writes a day: 22 Nov 2026, 22.11.2026.
func (p Printer) Date(t time.Time) string { return p.pattern("format.date", t) }

// DateLong writes a day with its weekday in full: Sunday 22 November 2026, sunnuntai 22. marraskuuta 2026.
func (p Printer) DateLong(t time.Time) string { return p.pattern("format.date_long", t) }

// DateShort writes a day without its year, for charts and close dates: 22 Nov, 22.11.
func (p Printer) DateShort(t time.Time) string { return p.pattern("format.date_short", t) }

// Month writes a month and its year: November 2026, marraskuu 2026.
func (p Printer) Month(t time.Time) string { return p.pattern("format.month", t) }

// Time writes a time of day by itself, as in a table: 14:30, 14.30.
func (p Printer) Time(t time.Time) string { return p.pattern("format.time", t) }

// Clock writes a time of day as it stands in a sentence: 14:30, klo 14.30.
func (p Printer) Clock(t time.Time) string { return p.T("format.clock", "time", p.Time(t)) }

// DateTime writes a moment: 22 Nov 2026, 14:30, 22.11.2026 klo 14.30.
func (p Printer) DateTime(t time.Time) string {
	return p.T("format.date_time", "date", p.Date(t), "time", p.Time(t))
}

// Day writes a day as seen from now: Today, Tomorrow, Yesterday, within a week with the weekday (Sun 29 Nov), else the
// date. Both are in the reader's zone.
func (p Printer) Day(t, now time.Time) string {
	switch days := daysBetween(now, t); {
	case days == 0:
		return p.T("relative.today")
	case days == 1:
		return p.T("relative.tomorrow")
	case days == -1:
		return p.T("relative.yesterday")
	case -7 < days && days < 7:
		return p.pattern("format.date_weekday", t)
	}
	return p.Date(t)
}

// DayTime writes a moment as seen from now: Today, 14:30, Tänään klo 14.30.
func (p Printer) DayTime(t, now time.Time) string {
	return p.T("relative.day_time", "day", p.Day(t, now), "time", p.Time(t))
}

// Ago writes how far a moment is from now: 3 minutes ago, in 2 hours; beyond a week, the moment itself.
func (p Printer) Ago(t, now time.Time) string {
	d, tense := now.Sub(t), "past"
	if d < 0 {
		d, tense = -d, "future"
	}
	switch {
	case d < 45*time.Second && tense == "past":
		return p.T("relative.just_now")
	case d < 45*time.Second:
		return p.T("relative.in_a_moment")
	case d < 59*time.Minute+30*time.Second:
		return p.relative(tense, "minute", d, time.Minute)
	case d < 23*time.Hour+30*time.Minute:
		return p.relative(tense, "hour", d, time.Hour)
	case d < 7*24*time.Hour:
		return p.relative(tense, "day", d, 24*time.Hour)
	}
	return p.DateTime(t.In(now.Location()))
}

func (p Printer) relative(tense, unit string, d, size time.Duration) string {
	key := "relative." + tense + "." + unit
	return p.T(key, "n", max(int64(d.Round(size)/size), 1))
}

// daysBetween counts midnights, not hours: a day may have 23 or 25.
func daysBetween(from, to time.Time) int {
	day := func(t time.Time) time.Time { return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC) }
	return int(day(to).Sub(day(from)) / (24 * time.Hour))
}

// pattern fills a date pattern. Its placeholders: day, month (numbers), year, hh (two digits), h, mm, mon (short),
// month_name, month_in_date, weekday, wkd (short).
func (p Printer) pattern(key string, t time.Time) string {
	month, weekday := "month."+strconv.Itoa(int(t.Month())), weekdayKey(t.Weekday())
	return p.c.messages[key].plain.render(map[string]string{
		"day": strconv.Itoa(t.Day()), "month": strconv.Itoa(int(t.Month())), "year": strconv.Itoa(t.Year()),
		"hh": fmt.Sprintf("%02d", t.Hour()), "h": strconv.Itoa(t.Hour()), "mm": fmt.Sprintf("%02d", t.Minute()),
		"mon": p.T(month + ".short"), "month_name": p.T(month + ".name"), "month_in_date": p.T(month + ".in_date"),
		"weekday": p.T(weekday + ".name"), "wkd": p.T(weekday + ".short"),
	})
}

// weekdayKey numbers weekdays as ISO 8601 does: Monday is 1.
func weekdayKey(d time.Weekday) string { return "weekday." + strconv.Itoa((int(d)+6)%7+1) }

// Weekday names a day of the week. form is name, short, on (on Monday, maanantaina) or every (maanantaisin).
func (p Printer) Weekday(d time.Weekday, form string) string { return p.T(weekdayKey(d) + "." + form) }

// FirstWeekday is the day that a week starts with in calendars of this language.
func (p Printer) FirstWeekday() time.Weekday {
	n, err := strconv.Atoi(p.T("format.first_weekday"))
	if err != nil || n < 1 || n > 7 {
		panic(fmt.Sprintf("language %s: first_weekday %q", p.Tag(), p.T("format.first_weekday")))
	}
	return time.Weekday(n % 7)
}

// Weekdays lists the days of a week in the order of this language.
func (p Printer) Weekdays() []time.Weekday {
	out := make([]time.Weekday, 7)
	for i := range out {
		out[i] = (p.FirstWeekday() + time.Weekday(i)) % 7
	}
	return out
}
