package recur

import (
	"fmt"
	"time"

	"tahti/internal/calendar"
)

// Canonical returns the one text of a rule: upper case, parts in RFC 5545's order, lists sorted, INTERVAL=1 and WKST=MO
// left out. UNTIL gets the form that section 3.3.10 asks for the kind of start: a date for dates, local time for floating,
// UTC for all others. Where a sender wrote another form, what was meant is kept:
//
//   - a date with a timed start means the whole of that day in the series' zone,
//   - a time with a start that is a date means the date that was written,
//   - a local time with a zoned start is read in that zone, and a UTC time with a floating start as it stands.
//
// Parts that a date cannot have (BYHOUR, BYMINUTE, BYSECOND) are left out, as section 3.3.10 demands. What the RFC
// forbids, what is not supported (RSCALE) and what repeats more often than [MaxPerDay] is refused with an error
// that wraps one of this package's; nothing is guessed.
func Canonical(rrule string, start calendar.Time) (string, error) {
	loc, err := zoneOf(start)
	if err != nil {
		return "", err
	}
	r, err := parseFor(rrule, start, loc)
	if err != nil {
		return "", err
	}
	return r.String(), nil
}

// parseFor reads a rule and fits it to its start.
func parseFor(text string, start calendar.Time, loc *time.Location) (*rule, error) {
	r, err := parseRule(text)
	if err != nil {
		return nil, err
	}
	if err := r.fit(start, loc); err != nil {
		return nil, fmt.Errorf("read rule %q for %s: %w", text, start, err)
	}
	return r, nil
}

// fit mends what depends on the kind of the start, and refuses what repeats too often.
func (r *rule) fit(start calendar.Time, loc *time.Location) error {
	if start.Kind == calendar.Date {
		r.bySecond, r.byMinute, r.byHour = nil, nil, nil
		if r.freq < daily {
			return fmt.Errorf("%w: FREQ=%s of whole days", ErrSyntax, frequencyNames[r.freq])
		}
		if err := r.validate(); err != nil {
			return err
		}
	}
	if !r.until.IsZero() {
		r.until = fitUntil(r.until, start, loc)
	}
	from := start.Wall
	if r.until.Kind == calendar.UTC {
		from = calendar.Wall(start.Instant(loc).Unix())
	}
	if n := r.perDay(from); n > MaxPerDay {
		return fmt.Errorf("%w: %d a day, at most %d are taken", ErrDense, n, MaxPerDay)
	}
	return nil
}

func fitUntil(until, start calendar.Time, loc *time.Location) calendar.Time {
	if start.Kind == calendar.Date {
		return calendar.Time{Kind: calendar.Date, Wall: until.Wall.Midnight()}
	}
	if until.Kind == calendar.Date {
		until = calendar.Time{Kind: calendar.Floating, Wall: until.Wall + calendar.Day - 1}
	}
	switch {
	case start.Kind == calendar.Floating:
		until.Kind = calendar.Floating
	case until.Kind == calendar.Floating && start.Kind == calendar.UTC:
		until.Kind = calendar.UTC
	case until.Kind == calendar.Floating:
		until = calendar.AtUTC(until.Instant(loc))
	}
	return until
}

// zoneOf is the zone whose clock a series runs on: the named one, or UTC for what has none, where only its being
// without changes matters.
func zoneOf(start calendar.Time) (*time.Location, error) {
	if start.Wall < firstWall || start.Wall > lastWall {
		return nil, fmt.Errorf("read start %d: %w: outside the years 1 to 9999", start.Wall, ErrSyntax)
	}
	switch start.Kind {
	case calendar.NoTime:
		return nil, fmt.Errorf("%w: a series without a start", ErrSyntax)
	case calendar.Zoned:
		return Location(start.Zone)
	}
	return time.UTC, nil
}

// What has four digits for the year; no expansion goes beyond.
var (
	firstWall = calendar.WallOf(1, time.January, 1, 0, 0, 0)
	lastWall  = calendar.WallOf(9999, time.December, 31, 23, 59, 59)
)
