package recur

import (
	"fmt"

	"tahti/internal/calendar"
)

// Bound returns the rule ended just before a start, as the first half of a split has it ("this and following"): UNTIL is
// the second before, or the day before for dates, in the form that fits the kind of the start. An earlier UNTIL stays. A
// COUNT gives way to UNTIL; that is exact because the start is one that the rule gives, so the count has not run out yet.
func Bound(rule string, before calendar.Time) (string, error) {
	loc, err := zoneOf(before)
	if err != nil {
		return "", err
	}
	r, err := parseFor(rule, before, loc)
	if err != nil {
		return "", err
	}
	until := before
	switch before.Kind {
	case calendar.Date:
		until.Wall -= calendar.Day
	case calendar.Zoned:
		until = calendar.AtUTC(before.Instant(loc))
		until.Wall--
	default:
		until.Wall--
	}
	r.count = 0
	if r.until.IsZero() || until.Wall < r.until.Wall {
		r.until = until
	}
	return r.String(), nil
}

// Rest returns the rule of the second half of a split: the same rule beginning with the original start from, on the clock
// of the series that began at start. COUNT is reduced by what lies before. It is an error when nothing is left.
func Rest(rule string, start, from calendar.Time) (string, error) {
	loc, err := zoneOf(start)
	if err != nil {
		return "", err
	}
	s, err := seriesIn(start, loc, rule, nil)
	if err != nil {
		return "", err
	}
	if s.rule == nil {
		return "", fmt.Errorf("split at %s: %w: no rule", from, ErrSyntax)
	}
	r := *s.rule
	if r.count > 0 {
		for range s.ruleStarts(firstWall, from.Wall-1) {
			r.count--
		}
	}
	if r.count == 0 && s.rule.count > 0 || s.past(from.Wall) {
		return "", fmt.Errorf("split %q of %s at %s: %w: it has ended by then", rule, start, from, ErrBarren)
	}
	if loc, err = zoneOf(from); err != nil {
		return "", err
	}
	if err := r.fit(from, loc); err != nil {
		return "", err
	}
	return r.String(), nil
}
