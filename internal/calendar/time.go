package calendar

import (
	"fmt"
	"strings"
	"time"
)

// Wall is a reading of the clock on the wall: the seconds that a calendar date and time of day lie after
// 1970-01-01 00:00 on that same wall, whatever the zone. It is ordered, comparable and cheap to step:
// a day later is always the same time of day, also over a change to summer time.
type Wall int64

// Day is one day on the wall.
const Day Wall = 24 * 60 * 60

// WallOf builds a reading from its civil parts. Parts out of range are carried over, as in [time.Date].
func WallOf(year int, month time.Month, day, hour, minute, second int) Wall {
	return Wall(time.Date(year, month, day, hour, minute, second, 0, time.UTC).Unix())
}

// WallIn reads the wall clock of loc at the instant t.
func WallIn(t time.Time, loc *time.Location) Wall {
	t = t.In(loc)
	_, offset := t.Zone()
	return Wall(t.Unix() + int64(offset))
}

// Civil returns the reading as a time in UTC, for its parts only: it is not the instant that is meant.
func (w Wall) Civil() time.Time { return time.Unix(int64(w), 0).UTC() }

// Midnight returns the start of the reading's day.
func (w Wall) Midnight() Wall {
	m := w % Day
	if m < 0 {
		m += Day
	}
	return w - m
}

// String gives RFC 5545 section 3.3.5 basic form without a zone mark, such as 20260102T090000.
func (w Wall) String() string { return w.Civil().Format("20060102T150405") }

// DateString gives RFC 5545 section 3.3.4 form, such as 20260102.
func (w Wall) DateString() string { return w.Civil().Format("20060102") }

// ParseWall reads what String or DateString wrote. A trailing Z is not accepted: a Wall has no zone.
func ParseWall(s string) (Wall, error) {
	layout := "20060102T150405"
	if len(s) == len("20060102") {
		layout = "20060102"
	}
	t, err := time.Parse(layout, s)
	if err != nil {
		return 0, fmt.Errorf("parse wall time %q: %w", s, err)
	}
	return Wall(t.Unix()), nil
}

// Kind says how a [Time] is to be read.
type Kind uint8

// The kinds. NoTime is an activity without a date; no calendar item has it.
const (
	NoTime   Kind = iota
	Date          // a whole day: no time of day, no zone, the same date everywhere
	Zoned         // a wall clock in a named zone
	Floating      // a wall clock wherever the reader is (RFC 5545 section 3.3.5, form 1)
	UTC           // a wall clock in UTC (form 2)
)

var kindNames = [...]string{"none", "date", "zoned", "floating", "utc"}

// String names the kind as it is stored and traced.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("kind(%d)", uint8(k))
}

// ParseKind reads what [Kind.String] wrote.
func ParseKind(s string) (Kind, error) {
	for i, name := range kindNames {
		if s == name {
			return Kind(i), nil
		}
	}
	return NoTime, fmt.Errorf("unknown kind of time %q", s)
}

// Time is a planned moment as its author meant it: a wall clock, a zone and a kind. It is comparable, and two
// times are the same only if all three agree: 10:00 in Helsinki is not 08:00 in UTC, although both are one
// instant today (invariant I12).
type Time struct {
	Kind Kind
	Wall Wall
	// Zone is the IANA name for Zoned, else empty. A name that could not be resolved is kept as it was written;
	// such an event is set aside by its adapter and never compared or written.
	Zone string
}

// OnDate is a whole day.
func OnDate(year int, month time.Month, day int) Time {
	return Time{Kind: Date, Wall: WallOf(year, month, day, 0, 0, 0)}
}

// InZone is a wall clock in a named zone.
func InZone(w Wall, zone string) Time { return Time{Kind: Zoned, Wall: w, Zone: zone} }

// AtUTC is an instant written in UTC.
func AtUTC(t time.Time) Time { return Time{Kind: UTC, Wall: Wall(t.Unix())} }

// IsZero reports whether no time is set.
func (t Time) IsZero() bool { return t.Kind == NoTime }

// Key writes the wall clock as an original start is written: a date for whole days, else basic form. It names
// an occurrence within its series, in the series' own zone (RFC 5545 section 3.8.4.4).
func (t Time) Key() string {
	if t.Kind == Date {
		return t.Wall.DateString()
	}
	return t.Wall.String()
}

// String is for traces and messages.
func (t Time) String() string {
	switch t.Kind {
	case NoTime:
		return "-"
	case Date:
		return t.Wall.DateString()
	case UTC:
		return t.Wall.String() + "Z"
	case Floating:
		return t.Wall.String()
	}
	return t.Wall.String() + "[" + t.Zone + "]"
}

// MarshalText writes the stored form, which is String's.
func (t Time) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (t *Time) UnmarshalText(b []byte) error {
	s := string(b)
	*t = Time{}
	if s == "-" || s == "" {
		return nil
	}
	switch i := strings.IndexByte(s, '['); {
	case i >= 0 && strings.HasSuffix(s, "]"):
		t.Kind, t.Zone, s = Zoned, s[i+1:len(s)-1], s[:i]
	case strings.HasSuffix(s, "Z"):
		t.Kind, s = UTC, s[:len(s)-1]
	case len(s) == len("20060102"):
		t.Kind = Date
	default:
		t.Kind = Floating
	}
	w, err := ParseWall(s)
	if err != nil {
		return err
	}
	t.Wall = w
	return nil
}

// Instant resolves the time in loc: the zone of a Zoned time, the reader's own for Date and Floating. A wall clock
// that a change to summer time skips is read with the offset before the gap, one that comes twice is its first
// occurrence (RFC 5545 section 3.3.5).
func (t Time) Instant(loc *time.Location) time.Time {
	if t.Kind == UTC {
		return time.Unix(int64(t.Wall), 0).UTC()
	}
	// The stretches of constant offset are walked in order, from one that surely begins before the instant: no zone is
	// more than a day and two hours away from UTC. The first that has not ended by then holds the reading, unless the
	// reading lies before its beginning: then the clocks skipped it, and the stretch before decides.
	at := time.Unix(int64(t.Wall-Day)-2*60*60, 0).In(loc)
	_, before := at.Zone()
	for {
		_, offset := at.Zone()
		read := time.Unix(int64(t.Wall)-int64(offset), 0).In(loc)
		begin, end := ZoneBounds(at)
		switch {
		case !begin.IsZero() && read.Before(begin):
			return time.Unix(int64(t.Wall)-int64(before), 0).In(loc)
		case end.IsZero() || read.Before(end):
			return read
		}
		at, before = end, offset
	}
}

// ZoneBounds returns the stretch of constant offset around at, as [time.Time.ZoneBounds] does, and is sure to end after
// at: beyond a zone's table, where a yearly rule takes over, Go 1.26 ends the last stretch of a leap year a day early,
// so that on its last day a walk from end to end would stand still. A stretch may be cut at the turn of a year.
func ZoneBounds(at time.Time) (begin, end time.Time) {
	begin, end = at.ZoneBounds()
	if !end.IsZero() && !end.After(at) {
		end = at.Add(24 * time.Hour)
	}
	return begin, end
}
