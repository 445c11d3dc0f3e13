package exchange

import (
	"errors"
	"reflect"
	"slices"
	"strconv"
	"time"

	"tahti/internal/calendar"
)

// The kinds of a pattern.
const (
	Daily           = "daily"
	Weekly          = "weekly"
	AbsoluteMonthly = "absoluteMonthly"
	RelativeMonthly = "relativeMonthly"
	AbsoluteYearly  = "absoluteYearly"
	RelativeYearly  = "relativeYearly"
)

// The ends of a range.
const (
	NoEnd    = "noEnd"
	Numbered = "numbered"
	EndDate  = "endDate"
)

// Indexes are the words for which of the days that fit a month: the n-th, or the last.
var Indexes = []string{"first", "second", "third", "fourth", "last"}

// MaxSeriesEnd is the last day that a series may have.
var MaxSeriesEnd = calendar.WallOf(4500, time.August, 31, 0, 0, 0)

// Pattern is a recurrence with its range.
type Pattern struct {
	Kind     string
	Interval int // of days, weeks, months or years
	Month    time.Month
	Day      int // of the month
	Weekdays []time.Weekday
	First    time.Weekday // of the week
	Index    string

	Range string
	From  calendar.Wall // midnight of the first day
	Until calendar.Wall // midnight of the last day, of [EndDate]
	Count int           // of [Numbered]
}

// Problem says what the pattern lacks, by the names that requests use; empty if nothing is.
func (p *Pattern) Problem() string {
	needDays := func() string {
		if len(p.Weekdays) == 0 {
			return "daysOfWeek is required for " + p.Kind
		}
		return ""
	}
	switch {
	case p.Interval < 1 || p.Interval > 999:
		return "interval is not within 1 and 999"
	case !slices.Contains(Indexes, p.Index):
		return "index: " + p.Index
	}
	switch p.Kind {
	case Daily:
	case Weekly:
		return needDays()
	case AbsoluteMonthly, AbsoluteYearly:
		if p.Day < 1 || p.Day > 31 {
			return "dayOfMonth is not within 1 and 31"
		}
	case RelativeMonthly, RelativeYearly:
		if problem := needDays(); problem != "" {
			return problem
		}
	default:
		return "type: " + p.Kind
	}
	if p.Kind == AbsoluteYearly || p.Kind == RelativeYearly {
		if p.Month < 1 || p.Month > 12 {
			return "month is not within 1 and 12"
		}
		if longest := time.Date(2000, p.Month+1, 0, 0, 0, 0, 0, time.UTC).Day(); p.Kind == AbsoluteYearly && p.Day > longest {
			return "the month has no such day"
		}
	}
	return ""
}

// Days gives the days of the series from its first one on, as midnights on its clock. It ends with the range, or where
// yield says so; a day's work is constant, so a caller bounds it by the last day that it asks for.
func (p *Pattern) Days(last calendar.Wall, yield func(calendar.Wall) bool) {
	if p.Range == EndDate {
		last = min(last, p.Until)
	}
	n := 0
	for d := p.From; d <= last; d += calendar.Day {
		if !p.falls(d) {
			continue
		}
		if n++; p.Range == Numbered && n > p.Count {
			return
		}
		if !yield(d) {
			return
		}
	}
}

// FirstTwo are the first days of the series; -1 stands for one that there is not.
func (p *Pattern) FirstTwo() (first, second calendar.Wall) {
	first, second = -1, -1
	// Each pattern has an occurrence within 999 of its units; years are stepped no further than a leap day is apart.
	p.Days(p.From+8*366*calendar.Day*calendar.Wall(max(1, p.Interval/8+1)), func(d calendar.Wall) bool {
		if first < 0 {
			first = d
			return true
		}
		second = d
		return false
	})
	return first, second
}

// falls reports whether the pattern has an occurrence on a day; the interval counts from the first day of the range.
func (p *Pattern) falls(d calendar.Wall) bool {
	c, from := d.Civil(), p.From.Civil()
	months := (c.Year()-from.Year())*12 + int(c.Month()-from.Month())
	switch p.Kind {
	case Daily:
		return int((d-p.From)/calendar.Day)%p.Interval == 0
	case Weekly:
		weeks := int((weekOf(d, p.First) - weekOf(p.From, p.First)) / (7 * calendar.Day))
		return slices.Contains(p.Weekdays, c.Weekday()) && weeks%p.Interval == 0
	case AbsoluteMonthly:
		return months%p.Interval == 0 && p.fallsInMonth(c)
	case AbsoluteYearly:
		return c.Month() == p.Month && (c.Year()-from.Year())%p.Interval == 0 && p.fallsInMonth(c)
	case RelativeMonthly:
		return months%p.Interval == 0 && p.fallsOnWeekday(c)
	case RelativeYearly:
		return c.Month() == p.Month && (c.Year()-from.Year())%p.Interval == 0 && p.fallsOnWeekday(c)
	}
	return false
}

// fallsInMonth reports whether the day is the pattern's; in a month that is too short the last day is.
func (p *Pattern) fallsInMonth(c time.Time) bool { return c.Day() == min(p.Day, lastDay(c)) }

// fallsOnWeekday reports whether the day is the one that the index picks among the days of the month that fit.
func (p *Pattern) fallsOnWeekday(c time.Time) bool {
	if !slices.Contains(p.Weekdays, c.Weekday()) {
		return false
	}
	before, after := 0, 0
	for day := 1; day <= lastDay(c); day++ {
		weekday := time.Weekday(((int(c.Weekday())+day-c.Day())%7 + 7) % 7)
		switch fits := slices.Contains(p.Weekdays, weekday); {
		case fits && day < c.Day():
			before++
		case fits && day > c.Day():
			after++
		}
	}
	if p.Index == "last" {
		return after == 0
	}
	return before == slices.Index(Indexes, p.Index)
}

func lastDay(c time.Time) int {
	return time.Date(c.Year(), c.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// weekOf is the midnight at which the week of a day begins.
func weekOf(d calendar.Wall, first time.Weekday) calendar.Wall {
	return d - calendar.Wall((int(d.Civil().Weekday())-int(first)+7)%7)*calendar.Day
}

// Equal reports whether two patterns are written alike.
func (p *Pattern) Equal(q *Pattern) bool { return reflect.DeepEqual(p.canonical(), q.canonical()) }

// canonical has no weekdays as nil.
func (p *Pattern) canonical() Pattern {
	out := *p
	if len(out.Weekdays) == 0 {
		out.Weekdays = nil
	}
	return out
}

// String is the pattern in short.
func (p *Pattern) String() string {
	text := p.Kind
	if p.Interval > 1 {
		text += " every " + strconv.Itoa(p.Interval)
	}
	for _, d := range p.Weekdays {
		text += " " + d.String()
	}
	switch p.Range {
	case Numbered:
		text += ", " + strconv.Itoa(p.Count) + " times"
	case EndDate:
		text += ", until " + p.Until.Civil().Format("2006-01-02")
	}
	return text
}

// Shifted is the pattern some days later.
func (p *Pattern) Shifted(days calendar.Wall) (Pattern, error) {
	out := *p
	if days != 0 && p.Kind != Daily && p.Kind != Weekly {
		return out, errors.New("a monthly or yearly series moves by its pattern, not by days")
	}
	out.Weekdays = slices.Clone(p.Weekdays)
	for i := range out.Weekdays {
		out.Weekdays[i] = time.Weekday(((int(out.Weekdays[i])+int(days))%7 + 7) % 7)
	}
	out.From += days * calendar.Day
	if out.Range == EndDate {
		out.Until += days * calendar.Day
	}
	return out, nil
}
