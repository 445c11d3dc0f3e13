package outlook

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/recur"
)

// Recurrence is the pattern of a series and where it ends.
type Recurrence struct {
	Pattern Pattern
	Range   Range
}

// Pattern says on which days a series takes place. Which of the fields count depends on the type.
type Pattern struct {
	Type           string // one of the constants
	Interval       int    // in days, weeks, months or years
	Month          int    // of a yearly pattern
	DayOfMonth     int    // of an absolute pattern; the last day in a month that has not so many
	DaysOfWeek     []string
	FirstDayOfWeek string // of a weekly pattern
	Index          string // of a relative pattern: which of the days
}

// Range is from when to when. Dates are as in 2026-03-16, on the clock of the series.
type Range struct {
	Type      string // one of the constants
	StartDate string
	EndDate   string
	Count     int
}

// The pattern types, and the ends of a range.
const (
	Daily           = "daily"
	Weekly          = "weekly"
	AbsoluteMonthly = "absoluteMonthly"
	RelativeMonthly = "relativeMonthly"
	AbsoluteYearly  = "absoluteYearly"
	RelativeYearly  = "relativeYearly"

	NoEnd    = "noEnd"
	EndDate  = "endDate"
	Numbered = "numbered"
)

// Days and Indexes are the words of a pattern, the days from Sunday on.
var (
	Days      = []string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}
	dayCodes  = []string{"SU", "MO", "TU", "WE", "TH", "FR", "SA"}
	Indexes   = []string{"first", "second", "third", "fourth", "last"}
	positions = []int{1, 2, 3, 4, -1}
)

var errPattern = errors.New("a pattern that Outlook does not have")

// Rule tells the pattern as an RRULE, canonical for a series that begins at start. Outlook takes the last day of a month
// that is too short for the day of the pattern, where an RRULE takes none ([MS-OXOCAL] 2.2.1.44.1): so the 30th is the last
// of the days up to the 30th.
func (r *Recurrence) Rule(start calendar.Time) (string, error) {
	p := &r.Pattern
	parts, err := p.parts(start.Wall)
	if err != nil {
		return "", err
	}
	if p.Interval > 1 {
		parts = append(parts, "INTERVAL="+strconv.Itoa(p.Interval))
	}
	switch r.Range.Type {
	case NoEnd:
	case Numbered:
		if r.Range.Count < 1 || r.Range.Count > maxCount { // to look for one start would be to count them all
			return "", fmt.Errorf("%w: %d occurrences", errPattern, r.Range.Count)
		}
		parts = append(parts, "COUNT="+strconv.Itoa(r.Range.Count))
	case EndDate:
		last, err := time.Parse(time.DateOnly, r.Range.EndDate)
		if err != nil {
			return "", fmt.Errorf("read the end of a series: %w", err)
		}
		until := calendar.Wall(last.Unix())
		if start.Kind == calendar.Date {
			parts = append(parts, "UNTIL="+until.DateString())
		} else {
			parts = append(parts, "UNTIL="+(until+start.Wall-start.Wall.Midnight()).String())
		}
	default:
		return "", fmt.Errorf("%w: range %.40q", errPattern, r.Range.Type)
	}
	return recur.Canonical(strings.Join(parts, ";"), start)
}

// parts are the pattern without interval and end. What the start says already is left out, as people write it.
func (p *Pattern) parts(start calendar.Wall) ([]string, error) {
	at := start.Civil()
	switch p.Type {
	case Daily:
		return []string{"FREQ=DAILY"}, nil
	case Weekly:
		parts := []string{"FREQ=WEEKLY"}
		days, err := p.days()
		if err != nil {
			return nil, err
		}
		if !slices.Equal(days, []int{int(at.Weekday())}) {
			parts = append(parts, "BYDAY="+codes(days))
		}
		if i := slices.Index(Days, strings.ToLower(p.FirstDayOfWeek)); i != 1 && p.Interval > 1 {
			parts = append(parts, "WKST="+dayCodes[max(i, 0)])
		}
		return parts, nil
	case AbsoluteMonthly:
		if p.DayOfMonth == at.Day() && p.DayOfMonth <= 28 {
			return []string{"FREQ=MONTHLY"}, nil
		}
		return append([]string{"FREQ=MONTHLY"}, monthDay(p.DayOfMonth, 31)...), nil
	case AbsoluteYearly:
		if p.Month < 1 || p.Month > 12 {
			return nil, fmt.Errorf("%w: month %d", errPattern, p.Month)
		}
		longest := time.Date(2001, time.Month(p.Month)+1, 0, 0, 0, 0, 0, time.UTC).Day() // not a leap year
		if p.Month == int(at.Month()) && p.DayOfMonth == at.Day() && p.DayOfMonth <= longest {
			return []string{"FREQ=YEARLY"}, nil
		}
		return append([]string{"FREQ=YEARLY", "BYMONTH=" + strconv.Itoa(p.Month)}, monthDay(p.DayOfMonth, longest)...), nil
	case RelativeMonthly:
		rest, err := p.relative()
		return append([]string{"FREQ=MONTHLY"}, rest...), err
	case RelativeYearly:
		rest, err := p.relative()
		return append([]string{"FREQ=YEARLY", "BYMONTH=" + strconv.Itoa(p.Month)}, rest...), err
	}
	return nil, fmt.Errorf("%w: type %.40q", errPattern, p.Type)
}

// monthDay is a day of months of which the shortest has, or the only one has, so many days.
func monthDay(n, longest int) []string {
	switch {
	case n >= 31 && longest == 31:
		return []string{"BYMONTHDAY=-1"}
	case n <= 28 || longest < 31 && n <= longest:
		return []string{"BYMONTHDAY=" + strconv.Itoa(n)}
	}
	list := []string{}
	for d := 28; d <= n; d++ {
		list = append(list, strconv.Itoa(d))
	}
	return []string{"BYMONTHDAY=" + strings.Join(list, ","), "BYSETPOS=-1"}
}

// relative is "the second Tuesday", or with several days "the last working day": the event falls on the first, second… of the
// days that are among them.
func (p *Pattern) relative() ([]string, error) {
	i := 0
	if p.Index != "" {
		i = slices.Index(Indexes, strings.ToLower(p.Index))
	}
	days, err := p.days()
	if err != nil || i < 0 {
		return nil, fmt.Errorf("%w: %.40q of %d days", errPattern, p.Index, len(p.DaysOfWeek))
	}
	n := strconv.Itoa(positions[i])
	switch len(days) {
	case 1:
		return []string{"BYDAY=" + n + dayCodes[days[0]]}, nil
	case 7:
		return []string{"BYMONTHDAY=" + n}, nil
	}
	return []string{"BYDAY=" + codes(days), "BYSETPOS=" + n}, nil
}

// days are the weekdays of the pattern, from Sunday on.
func (p *Pattern) days() ([]int, error) {
	out := []int{}
	for _, name := range p.DaysOfWeek {
		i := slices.Index(Days, strings.ToLower(name))
		if i < 0 {
			return nil, fmt.Errorf("%w: day %.40q", errPattern, name)
		}
		out = append(out, i)
	}
	slices.Sort(out)
	if out = slices.Compact(out); len(out) == 0 {
		return nil, fmt.Errorf("%w: no days", errPattern)
	}
	return out, nil
}

func codes(days []int) string {
	list := make([]string, len(days))
	for i, d := range days {
		list[i] = dayCodes[d]
	}
	return strings.Join(list, ",")
}

// falls reports whether the pattern has an occurrence on a day from which its interval counts.
func (p *Pattern) falls(at time.Time) bool {
	last := time.Date(at.Year(), at.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
	fits := func(t time.Time) bool { return slices.Contains(p.DaysOfWeek, Days[t.Weekday()]) }
	switch p.Type {
	case Weekly:
		return fits(at)
	case AbsoluteMonthly:
		return at.Day() == min(p.DayOfMonth, last)
	case AbsoluteYearly:
		return int(at.Month()) == p.Month && at.Day() == min(p.DayOfMonth, last)
	case RelativeMonthly, RelativeYearly:
		if p.Type == RelativeYearly && int(at.Month()) != p.Month || !fits(at) {
			return false
		}
		before, after := 0, 0
		for d := 1; d <= last; d++ {
			switch t := at.AddDate(0, 0, d-at.Day()); {
			case d < at.Day() && fits(t):
				before++
			case d > at.Day() && fits(t):
				after++
			}
		}
		if p.Index == "last" {
			return after == 0
		}
		return before == slices.Index(Indexes, p.Index)
	}
	return true
}
