package icalendar

import (
	"strconv"
	"strings"
	"time"

	"tahti/internal/calendar"
)

// clock is a DATE or DATE-TIME as it is written, before anybody knows what its zone is (RFC 5545 sections 3.3.4, 3.3.5).
type clock struct {
	wall calendar.Wall
	date bool
	utc  bool
}

// parseClock reads a DATE or DATE-TIME by its shape: what VALUE says is often wrong or missing.
func parseClock(s string) (c clock, ok bool) {
	s = strings.TrimSpace(s)
	if c.utc = len(s) == 16 && (s[15] == 'Z' || s[15] == 'z'); c.utc {
		s = s[:15]
	}
	c.date = len(s) == 8
	if !c.date && (len(s) != 15 || s[8] != 'T' && s[8] != 't') {
		return clock{}, false
	}
	year, ok1 := digits(s[:4])
	month, ok2 := digits(s[4:6])
	day, ok3 := digits(s[6:8])
	var hour, minute, second int
	ok4, ok5, ok6 := true, true, true
	if !c.date {
		hour, ok4 = digits(s[9:11])
		minute, ok5 = digits(s[11:13])
		second, ok6 = digits(s[13:15])
	}
	if !(ok1 && ok2 && ok3 && ok4 && ok5 && ok6) || year < 1 || month < 1 || month > 12 || day < 1 ||
		day > daysIn(year, month) || hour > 23 || minute > 59 || second > 60 {
		return clock{}, false
	}
	second = min(second, 59) // a leap second: nobody's wall clock can hold it
	c.wall = calendar.WallOf(year, time.Month(month), day, hour, minute, second)
	return c, true
}

func digits(s string) (n int, ok bool) {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, true
}

func daysIn(year, month int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// clockText writes a time without its zone's name.
func clockText(t calendar.Time) string {
	switch t.Kind {
	case calendar.Date:
		return t.Wall.DateString()
	case calendar.UTC:
		return t.Wall.String() + "Z"
	}
	return t.Wall.String()
}

// length is a DURATION (RFC 5545 section 3.3.6). Days are steps of the wall clock, seconds pass.
type length struct{ days, seconds int64 }

// maxLength keeps the sums of lengths and times far from overflowing: ten thousand years.
const maxLength = 10_000 * 366

// parseLength reads a DURATION. A negative one is answered as such; nothing an event does has one.
func parseLength(s string) (l length, ok bool) {
	s = strings.ToUpper(strings.TrimSpace(s))
	sign := int64(1)
	if rest, minus := strings.CutPrefix(s, "-"); minus {
		s, sign = rest, -1
	}
	s, ok = strings.CutPrefix(strings.TrimPrefix(s, "+"), "P")
	if !ok || s == "" || strings.HasSuffix(s, "T") {
		return length{}, false
	}
	inTime := false
	for s != "" {
		if s[0] == 'T' && !inTime {
			inTime, s = true, s[1:]
		}
		i := strings.IndexAny(s, "WDHMS")
		if i <= 0 || i > 10 {
			return length{}, false
		}
		n64, err := strconv.ParseInt(s[:i], 10, 64)
		if err != nil || n64 < 0 {
			return length{}, false
		}
		switch unit := s[i]; {
		case unit == 'W' && !inTime:
			l.days += n64 * 7
		case unit == 'D' && !inTime:
			l.days += n64
		case unit == 'H' && inTime:
			l.seconds += n64 * 3600
		case unit == 'M' && inTime:
			l.seconds += n64 * 60
		case unit == 'S' && inTime:
			l.seconds += n64
		default:
			return length{}, false
		}
		s = s[i+1:]
	}
	if l.days > maxLength || l.seconds > maxLength*int64(calendar.Day) {
		return length{}, false
	}
	return length{sign * l.days, sign * l.seconds}, true
}

// String writes the length; zero is PT0S.
func (l length) String() string {
	var b strings.Builder
	b.WriteByte('P')
	if l.days != 0 {
		b.WriteString(strconv.FormatInt(l.days, 10) + "D")
	}
	if l.seconds != 0 || l.days == 0 {
		b.WriteByte('T')
		part := func(n int64, unit string) {
			if n != 0 {
				b.WriteString(strconv.FormatInt(n, 10) + unit)
			}
		}
		part(l.seconds/3600, "H")
		part(l.seconds/60%60, "M")
		if part(l.seconds%60, "S"); l.seconds == 0 {
			b.WriteString("0S")
		}
	}
	return b.String()
}

// after returns the time that comes l after t. Days are nominal, the rest is exact (RFC 5545 section 3.8.5.3); loc is
// t's zone, or nil where its kind has none.
func (l length) after(t calendar.Time, loc *time.Location) calendar.Time {
	t.Wall += calendar.Wall(l.days) * calendar.Day
	if l.seconds == 0 {
		return t
	}
	if t.Kind != calendar.Zoned || loc == nil {
		t.Wall += calendar.Wall(l.seconds)
		return t
	}
	t.Wall = calendar.WallIn(time.Unix(t.Instant(loc).Unix()+l.seconds, 0), loc)
	return t
}

// between returns the length from start to end, if one says exactly that. The times are of one kind.
func between(start, end calendar.Time, loc *time.Location) (l length, ok bool) {
	if start.Kind != end.Kind || start.Zone != end.Zone || end.Wall < start.Wall {
		return length{}, false
	}
	most := int64((end.Wall - start.Wall) / calendar.Day)
	for days := most; days >= max(0, most-1); days-- {
		l = length{days: days}
		anchor := l.after(start, loc)
		l.seconds = int64(end.Wall - anchor.Wall)
		if start.Kind == calendar.Zoned && loc != nil {
			l.seconds = end.Instant(loc).Unix() - anchor.Instant(loc).Unix()
		}
		if l.seconds >= 0 && l.after(start, loc) == end {
			return l, true
		}
	}
	return length{}, false
}
