package graph

import (
	"encoding/json"
	"slices"
	"time"

	"tahti/internal/calendar"
)

// recurrence is a pattern with its range, checked.
type recurrence struct {
	kind     string
	interval int
	month    time.Month
	day      int
	weekdays []time.Weekday
	first    time.Weekday // of the week
	index    string

	rangeKind string
	from      calendar.Wall // midnight of the first day
	until     calendar.Wall // midnight of the last day, of endDate
	count     int           // of numbered
	zone      zone
}

var (
	weekdayNames = []string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}
	indexNames   = []string{"first", "second", "third", "fourth", "last"}
)

// maxSeriesEnd is the last day that a series may have.
var maxSeriesEnd = calendar.WallOf(4500, time.August, 31, 0, 0, 0)

// wireRecurrence is a patternedRecurrence as it is sent.
type wireRecurrence struct {
	Pattern *struct {
		Type           string   `json:"type"`
		Interval       int      `json:"interval"`
		Month          int      `json:"month"`
		DayOfMonth     int      `json:"dayOfMonth"`
		DaysOfWeek     []string `json:"daysOfWeek"`
		FirstDayOfWeek *string  `json:"firstDayOfWeek"`
		Index          *string  `json:"index"`
	} `json:"pattern"`
	Range *struct {
		Type                string  `json:"type"`
		StartDate           string  `json:"startDate"`
		EndDate             *string `json:"endDate"`
		RecurrenceTimeZone  *string `json:"recurrenceTimeZone"`
		NumberOfOccurrences int     `json:"numberOfOccurrences"`
	} `json:"range"`
}

// parseRecurrence checks what can be checked without the event's start.
func (s *Server) parseRecurrence(raw json.RawMessage) (*recurrence, *failure) {
	var v wireRecurrence
	if f := strict(raw, &v, "patternedRecurrence"); f != nil {
		return nil, f
	}
	if v.Pattern == nil || v.Range == nil {
		return nil, badPattern("a recurrence has a pattern and a range")
	}
	r := &recurrence{kind: v.Pattern.Type, interval: v.Pattern.Interval, month: time.Month(v.Pattern.Month), day: v.Pattern.DayOfMonth, index: "first"}
	if v.Pattern.Index != nil {
		r.index = *v.Pattern.Index
	}
	for _, name := range v.Pattern.DaysOfWeek {
		i := slices.Index(weekdayNames, name)
		if i < 0 {
			return nil, badPattern("daysOfWeek: " + name)
		}
		r.weekdays = append(r.weekdays, time.Weekday(i))
	}
	if v.Pattern.FirstDayOfWeek != nil {
		i := slices.Index(weekdayNames, *v.Pattern.FirstDayOfWeek)
		if i < 0 {
			return nil, badPattern("firstDayOfWeek: " + *v.Pattern.FirstDayOfWeek)
		}
		r.first = time.Weekday(i)
	}
	if problem := r.checkPattern(); problem != "" {
		return nil, badPattern(problem)
	}
	return r, s.parseRange(r, &v)
}

func badPattern(problem string) *failure {
	return refPattern.because("At least one property failed validation: " + problem + ".")
}

// checkPattern holds the table of required properties of recurrencePattern.
func (r *recurrence) checkPattern() string {
	needDays := func() string {
		if len(r.weekdays) == 0 {
			return "daysOfWeek is required for " + r.kind
		}
		return ""
	}
	switch {
	case r.interval < 1 || r.interval > 999:
		return "interval is not within 1 and 999"
	case !slices.Contains(indexNames, r.index):
		return "index: " + r.index
	}
	switch r.kind {
	case "daily":
	case "weekly":
		return needDays()
	case "absoluteMonthly", "absoluteYearly":
		if r.day < 1 || r.day > 31 {
			return "dayOfMonth is not within 1 and 31"
		}
	case "relativeMonthly", "relativeYearly":
		if problem := needDays(); problem != "" {
			return problem
		}
	default:
		return "type: " + r.kind
	}
	if r.kind == "absoluteYearly" || r.kind == "relativeYearly" {
		if r.month < 1 || r.month > 12 {
			return "month is not within 1 and 12"
		}
		if longest := time.Date(2000, r.month+1, 0, 0, 0, 0, 0, time.UTC).Day(); r.kind == "absoluteYearly" && r.day > longest {
			return "the month has no such day"
		}
	}
	return ""
}

func (s *Server) parseRange(r *recurrence, v *wireRecurrence) *failure {
	var ok bool
	if r.from, ok = parseDate(v.Range.StartDate); !ok {
		return badPattern("startDate: " + v.Range.StartDate)
	}
	if name := v.Range.RecurrenceTimeZone; name != nil && *name != "" {
		if r.zone, ok = parseZone(*name); !ok {
			return noZone(*name)
		}
		r.zone = s.kept(r.zone)
	}
	switch r.rangeKind = v.Range.Type; r.rangeKind {
	case "noEnd":
	case "numbered":
		if r.count = v.Range.NumberOfOccurrences; r.count < 1 || r.count > 999 {
			return badPattern("numberOfOccurrences is not within 1 and 999")
		}
	case "endDate":
		if v.Range.EndDate == nil {
			return badPattern("endDate is required")
		}
		if r.until, ok = parseDate(*v.Range.EndDate); !ok {
			return badPattern("endDate: " + *v.Range.EndDate)
		}
		if r.until > maxSeriesEnd {
			return refEndDate.because("Recurrence end date can not exceed Sep 1, 4500 00:00:00.")
		}
		if r.until < r.from {
			return refBarren.because("The recurrence has no occurrences.")
		}
	default:
		return badPattern("range type: " + r.rangeKind)
	}
	return nil
}

func parseDate(s string) (calendar.Wall, bool) {
	t, err := time.Parse("2006-01-02", s)
	return calendar.Wall(t.Unix()), err == nil
}

// write gives the recurrence as the original does, with every property of both parts.
func (r *recurrence) write() object {
	if r == nil {
		return nil
	}
	days := []string{}
	for _, d := range r.weekdays {
		days = append(days, weekdayNames[d])
	}
	pattern := object{{"type", r.kind}, {"interval", r.interval}, {"month", int(r.month)}, {"dayOfMonth", r.day}}
	if r.kind != "daily" && len(days) > 0 {
		pattern = append(pattern, member{"daysOfWeek", days})
	}
	pattern = append(pattern, member{"firstDayOfWeek", weekdayNames[r.first]}, member{"index", r.index})
	end := "0001-01-01"
	if r.rangeKind == "endDate" {
		end = r.until.Civil().Format("2006-01-02")
	}
	return object{{"pattern", pattern}, {"range", object{
		{"type", r.rangeKind}, {"startDate", r.from.Civil().Format("2006-01-02")}, {"endDate", end},
		{"recurrenceTimeZone", r.zone.name}, {"numberOfOccurrences", r.count},
	}}}
}

// days gives the days of the series from its first one on, as midnights on its clock. It ends with the range, or where
// yield says so; a day's work is constant, so a caller bounds it by the last day that it asks for.
func (r *recurrence) days(last calendar.Wall, yield func(calendar.Wall) bool) {
	if r.rangeKind == "endDate" {
		last = min(last, r.until)
	}
	n := 0
	for d := r.from; d <= last; d += calendar.Day {
		if !r.falls(d) {
			continue
		}
		if n++; r.rangeKind == "numbered" && n > r.count {
			return
		}
		if !yield(d) {
			return
		}
	}
}

// falls reports whether the pattern has an occurrence on a day; the interval counts from the first day of the range.
func (r *recurrence) falls(d calendar.Wall) bool {
	c, from := d.Civil(), r.from.Civil()
	months := (c.Year()-from.Year())*12 + int(c.Month()-from.Month())
	switch r.kind {
	case "daily":
		return int((d-r.from)/calendar.Day)%r.interval == 0
	case "weekly":
		weeks := int((weekOf(d, r.first) - weekOf(r.from, r.first)) / (7 * calendar.Day))
		return slices.Contains(r.weekdays, c.Weekday()) && weeks%r.interval == 0
	case "absoluteMonthly":
		return months%r.interval == 0 && r.fallsInMonth(c)
	case "absoluteYearly":
		return c.Month() == r.month && (c.Year()-from.Year())%r.interval == 0 && r.fallsInMonth(c)
	case "relativeMonthly":
		return months%r.interval == 0 && r.fallsOnWeekday(c)
	case "relativeYearly":
		return c.Month() == r.month && (c.Year()-from.Year())%r.interval == 0 && r.fallsOnWeekday(c)
	}
	return false
}

// fallsInMonth reports whether the day is the pattern's; in a month that is too short the last day is.
func (r *recurrence) fallsInMonth(c time.Time) bool { return c.Day() == min(r.day, lastDay(c)) }

// fallsOnWeekday reports whether the day is the one that the index picks among the days of the month that fit.
func (r *recurrence) fallsOnWeekday(c time.Time) bool {
	if !slices.Contains(r.weekdays, c.Weekday()) {
		return false
	}
	before, after := 0, 0
	for day := 1; day <= lastDay(c); day++ {
		weekday := time.Weekday(((int(c.Weekday())+day-c.Day())%7 + 7) % 7)
		switch fits := slices.Contains(r.weekdays, weekday); {
		case fits && day < c.Day():
			before++
		case fits && day > c.Day():
			after++
		}
	}
	if r.index == "last" {
		return after == 0
	}
	return before == slices.Index(indexNames, r.index)
}

func lastDay(c time.Time) int {
	return time.Date(c.Year(), c.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// weekOf is the midnight at which the week of a day begins.
func weekOf(d calendar.Wall, first time.Weekday) calendar.Wall {
	return d - calendar.Wall((int(d.Civil().Weekday())-int(first)+7)%7)*calendar.Day
}
