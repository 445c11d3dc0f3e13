package recur

import (
	"time"

	"tahti/internal/calendar"
)

// clock reads walls as instants in one zone. It gives what [calendar.Time.Instant] gives, and remembers the stretch of
// constant offset in which the last reading lay, since starts come in order.
type clock struct {
	loc        *time.Location
	offset     int64
	begin, end int64 // where the offset holds beyond doubt: not near a change
}

// read returns the instant in seconds since 1970, and whether the zone's clocks skipped the reading.
func (c *clock) read(w calendar.Wall) (at int64, skipped bool) {
	if at = int64(w) - c.offset; c.begin <= at && at < c.end {
		return at, false
	}
	t := calendar.Time{Kind: calendar.Zoned, Wall: w}.Instant(c.loc)
	at = t.Unix()
	_, offset := t.Zone()
	begin, end := calendar.ZoneBounds(t)
	c.offset, c.begin, c.end = int64(offset), at, at // nothing is known yet beyond this reading
	if begin.IsZero() {
		c.begin = int64(firstWall - 2*calendar.Day)
	} else if safe := begin.Unix() + int64(calendar.Day); safe <= at { // no fold is longer than a day
		c.begin = safe
	}
	c.end = int64(lastWall + 2*calendar.Day)
	if !end.IsZero() {
		c.end = end.Unix()
	}
	return at, int64(w)-int64(offset) != at
}

func (c *clock) time(at int64) time.Time { return time.Unix(at, 0).In(c.loc) }
