package graph

import (
	"encoding/json"
	"slices"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/standin/exchange"
)

// recurrence is a pattern with its range, checked, and the zone that it is on the clock of.
type recurrence struct {
	exchange.Pattern
	zone zone
}

var weekdayNames = []string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}

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
	r := &recurrence{Pattern: exchange.Pattern{
		Kind: v.Pattern.Type, Interval: v.Pattern.Interval, Month: time.Month(v.Pattern.Month), Day: v.Pattern.DayOfMonth, Index: "first",
	}}
	if v.Pattern.Index != nil {
		r.Index = *v.Pattern.Index
	}
	for _, name := range v.Pattern.DaysOfWeek {
		i := slices.Index(weekdayNames, name)
		if i < 0 {
			return nil, badPattern("daysOfWeek: " + name)
		}
		r.Weekdays = append(r.Weekdays, time.Weekday(i))
	}
	if v.Pattern.FirstDayOfWeek != nil {
		i := slices.Index(weekdayNames, *v.Pattern.FirstDayOfWeek)
		if i < 0 {
			return nil, badPattern("firstDayOfWeek: " + *v.Pattern.FirstDayOfWeek)
		}
		r.First = time.Weekday(i)
	}
	if problem := r.Problem(); problem != "" {
		return nil, badPattern(problem)
	}
	return r, s.parseRange(r, &v)
}

func badPattern(problem string) *failure {
	return refPattern.because("At least one property failed validation: " + problem + ".")
}

func (s *Server) parseRange(r *recurrence, v *wireRecurrence) *failure {
	var ok bool
	if r.From, ok = parseDate(v.Range.StartDate); !ok {
		return badPattern("startDate: " + v.Range.StartDate)
	}
	if name := v.Range.RecurrenceTimeZone; name != nil && *name != "" {
		if r.zone, ok = parseZone(*name); !ok {
			return noZone(*name)
		}
		r.zone = s.kept(r.zone)
	}
	switch r.Range = v.Range.Type; r.Range {
	case exchange.NoEnd:
	case exchange.Numbered:
		if r.Count = v.Range.NumberOfOccurrences; r.Count < 1 || r.Count > 999 {
			return badPattern("numberOfOccurrences is not within 1 and 999")
		}
	case exchange.EndDate:
		if v.Range.EndDate == nil {
			return badPattern("endDate is required")
		}
		if r.Until, ok = parseDate(*v.Range.EndDate); !ok {
			return badPattern("endDate: " + *v.Range.EndDate)
		}
		if r.Until > exchange.MaxSeriesEnd {
			return refEndDate.because("Recurrence end date can not exceed Sep 1, 4500 00:00:00.")
		}
		if r.Until < r.From {
			return refBarren.because("The recurrence has no occurrences.")
		}
	default:
		return badPattern("range type: " + r.Range)
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
	for _, d := range r.Weekdays {
		days = append(days, weekdayNames[d])
	}
	pattern := object{{"type", r.Kind}, {"interval", r.Interval}, {"month", int(r.Month)}, {"dayOfMonth", r.Day}}
	if r.Kind != exchange.Daily && len(days) > 0 {
		pattern = append(pattern, member{"daysOfWeek", days})
	}
	pattern = append(pattern, member{"firstDayOfWeek", weekdayNames[r.First]}, member{"index", r.Index})
	end := "0001-01-01"
	if r.Range == exchange.EndDate {
		end = r.Until.Civil().Format("2006-01-02")
	}
	return object{{"pattern", pattern}, {"range", object{
		{"type", r.Range}, {"startDate", r.From.Civil().Format("2006-01-02")}, {"endDate", end},
		{"recurrenceTimeZone", r.zone.name}, {"numberOfOccurrences", r.Count},
	}}}
}
