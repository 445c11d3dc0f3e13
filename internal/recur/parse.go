package recur

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tahti/internal/calendar"
)

// parseRule reads the value of an RRULE, with or without the property's name before it, in any case and order.
func parseRule(text string) (*rule, error) {
	if len(text) > maxRuleText {
		return nil, fmt.Errorf("read rule of %d bytes: %w: too long", len(text), ErrSyntax)
	}
	r := &rule{freq: -1, interval: 1}
	value := strings.ToUpper(strings.TrimSpace(text))
	value = strings.TrimSuffix(strings.TrimPrefix(value, "RRULE:"), ";")
	seen := map[string]bool{}
	for part := range strings.SplitSeq(value, ";") {
		name, value, found := strings.Cut(part, "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		err := r.setPart(name, value)
		switch {
		case !found:
			err = fmt.Errorf("%w: %q is not name=value", ErrSyntax, part)
		case seen[name]:
			err = fmt.Errorf("%w: %s twice", ErrSyntax, name)
		}
		if err != nil {
			return nil, fmt.Errorf("read rule %q: %w", text, err)
		}
		seen[name] = true
	}
	if err := r.validate(); err != nil {
		return nil, fmt.Errorf("read rule %q: %w", text, err)
	}
	return r, nil
}

func (r *rule) setPart(name, value string) (err error) {
	for _, l := range lists {
		if l.name == name {
			*l.at(r), err = parseList(value, l)
			return err
		}
	}
	switch name {
	case "FREQ":
		if r.freq = frequency(slices.Index(frequencyNames, value)); r.freq < 0 {
			return fmt.Errorf("%w: FREQ=%s", ErrSyntax, value)
		}
	case "INTERVAL":
		r.interval, err = parseNumber(name, value, 1, maxInterval)
	case "COUNT":
		r.count, err = parseNumber(name, value, 1, maxCount)
	case "UNTIL":
		r.until, err = parseUntil(value)
	case "BYDAY":
		r.byDay, err = parseByDay(value)
	case "WKST":
		if r.weekStart = slices.Index(weekdayNames, value); r.weekStart < 0 {
			return fmt.Errorf("%w: WKST=%s", ErrSyntax, value)
		}
	case "RSCALE", "SKIP":
		return fmt.Errorf("%w: %s (RFC 7529, calendars other than the Gregorian)", ErrUnsupported, name)
	default:
		return fmt.Errorf("%w: unknown part %q", ErrUnsupported, name)
	}
	return err
}

func parseNumber(name, value string, min, max int) (int, error) {
	n, err := strconv.Atoi(value)
	if err != nil || n < min || n > max {
		return 0, fmt.Errorf("%w: %s=%s is not a number from %d to %d", ErrSyntax, name, value, min, max)
	}
	return n, nil
}

func parseList(value string, l list) ([]int, error) {
	var out []int
	for item := range strings.SplitSeq(value, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(item))
		size := n
		if l.signed && n < 0 {
			size = -n
		}
		if err != nil || size < l.min || size > l.max {
			return nil, fmt.Errorf("%w: %s=%s", ErrSyntax, l.name, item)
		}
		if l.name == "BYSECOND" {
			n = min(n, 59) // a leap second is read as the one before it (RFC 5545 section 3.3.12)
		}
		out = append(out, n)
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

func parseByDay(value string) ([]weekday, error) {
	var out []weekday
	for item := range strings.SplitSeq(value, ",") {
		item = strings.TrimSpace(item)
		cut := max(len(item)-2, 0)
		d := weekday{day: slices.Index(weekdayNames, item[cut:])}
		var err error
		if cut > 0 {
			d.nth, err = strconv.Atoi(item[:cut])
		}
		if err != nil || d.day < 0 || d.nth < -53 || d.nth > 53 || cut > 0 && d.nth == 0 {
			return nil, fmt.Errorf("%w: BYDAY=%s", ErrSyntax, item)
		}
		out = append(out, d)
	}
	slices.SortFunc(out, func(a, b weekday) int { return (a.nth-b.nth)*7 + a.day - b.day })
	return slices.Compact(out), nil
}

func parseUntil(value string) (calendar.Time, error) {
	bare, utc := strings.CutSuffix(value, "Z")
	w, err := calendar.ParseWall(bare)
	switch {
	case err != nil || utc && len(bare) == len("20060102"):
		return calendar.Time{}, fmt.Errorf("%w: UNTIL=%s", ErrSyntax, value)
	case utc:
		return calendar.Time{Kind: calendar.UTC, Wall: w}, nil
	case len(bare) == len("20060102"):
		return calendar.Time{Kind: calendar.Date, Wall: w}, nil
	}
	return calendar.Time{Kind: calendar.Floating, Wall: w}, nil
}
