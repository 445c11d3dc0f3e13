package ews

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/provider/outlook"
)

func itoa(n int) string { return strconv.Itoa(n) }

// recurrence is a pattern and its range: one of each is set.
type recurrence struct {
	RelativeYearly  *pattern `xml:"RelativeYearlyRecurrence" json:",omitempty"`
	AbsoluteYearly  *pattern `xml:"AbsoluteYearlyRecurrence" json:",omitempty"`
	RelativeMonthly *pattern `xml:"RelativeMonthlyRecurrence" json:",omitempty"`
	AbsoluteMonthly *pattern `xml:"AbsoluteMonthlyRecurrence" json:",omitempty"`
	Weekly          *pattern `xml:"WeeklyRecurrence" json:",omitempty"`
	Daily           *pattern `xml:"DailyRecurrence" json:",omitempty"`
	NoEnd           *ends    `xml:"NoEndRecurrence" json:",omitempty"`
	EndDate         *ends    `xml:"EndDateRecurrence" json:",omitempty"`
	Numbered        *ends    `xml:"NumberedRecurrence" json:",omitempty"`
}

type pattern struct {
	Interval       int    `xml:"Interval" json:",omitempty"`
	DayOfMonth     int    `xml:"DayOfMonth" json:",omitempty"`
	DaysOfWeek     string `xml:"DaysOfWeek" json:",omitempty"`
	FirstDayOfWeek string `xml:"FirstDayOfWeek" json:",omitempty"`
	Index          string `xml:"DayOfWeekIndex" json:",omitempty"`
	Month          string `xml:"Month" json:",omitempty"`
}

type ends struct {
	Start string `xml:"StartDate" json:",omitempty"`
	End   string `xml:"EndDate" json:",omitempty"`
	Count int    `xml:"NumberOfOccurrences" json:",omitempty"`
}

// groups are the words that Exchange has for several days at once. Of other sets it has none where a position counts.
var groups = []struct {
	word string
	days []string
}{
	{"Weekday", outlook.Days[1:6]},
	{"WeekendDay", []string{outlook.Days[6], outlook.Days[0]}},
	{"Day", outlook.Days},
}

// rule tells the recurrence as an RRULE for a series that begins at start.
func (r *recurrence) rule(start calendar.Time) (string, error) {
	in, err := r.neutral()
	if err != nil {
		return "", err
	}
	return in.Rule(start)
}

// neutral tells the recurrence in the words of package outlook.
func (r *recurrence) neutral() (out outlook.Recurrence, err error) {
	var p *pattern
	for _, c := range []struct {
		kind string
		p    *pattern
	}{
		{outlook.RelativeYearly, r.RelativeYearly}, {outlook.AbsoluteYearly, r.AbsoluteYearly}, {outlook.RelativeMonthly, r.RelativeMonthly},
		{outlook.AbsoluteMonthly, r.AbsoluteMonthly}, {outlook.Weekly, r.Weekly}, {outlook.Daily, r.Daily},
	} {
		if c.p != nil {
			out.Pattern.Type, p = c.kind, c.p
		}
	}
	if p == nil {
		return out, fmt.Errorf("a pattern that is none of calendars'")
	}
	q := &out.Pattern
	q.Interval, q.DayOfMonth = max(p.Interval, 1), p.DayOfMonth
	q.Index, q.FirstDayOfWeek = strings.ToLower(p.Index), strings.ToLower(p.FirstDayOfWeek)
	if p.Month != "" {
		at, err := time.Parse("January", p.Month)
		if err != nil {
			return out, fmt.Errorf("a month %.20q", p.Month)
		}
		q.Month = int(at.Month())
	}
	for _, name := range strings.Fields(p.DaysOfWeek) {
		days := []string{strings.ToLower(name)}
		for _, g := range groups {
			if g.word == name {
				days = g.days
			}
		}
		q.DaysOfWeek = append(q.DaysOfWeek, days...)
	}
	switch {
	case r.NoEnd != nil:
		out.Range = outlook.Range{Type: outlook.NoEnd}
	case r.Numbered != nil:
		out.Range = outlook.Range{Type: outlook.Numbered, Count: r.Numbered.Count}
	case r.EndDate != nil:
		out.Range = outlook.Range{Type: outlook.EndDate, EndDate: dateOf(r.EndDate.End)}
	}
	return out, nil
}

// dateOf is the date of an xs:date, whose zone says nothing about the series.
func dateOf(s string) string { return s[:min(len(s), len(time.DateOnly))] }

// recurrenceOf tells the rule of a series as Exchange holds it, with the very same starts, or says why that cannot be. A year is no
// interval here: each second year is each 24th month.
func recurrenceOf(e *calendar.Event) (*outlook.Recurrence, error) {
	r, err := outlook.PatternOf(e)
	if err != nil {
		return nil, err
	}
	p := &r.Pattern
	if p.Interval > 1 && (p.Type == outlook.AbsoluteYearly || p.Type == outlook.RelativeYearly) {
		p.Type = map[string]string{outlook.AbsoluteYearly: outlook.AbsoluteMonthly, outlook.RelativeYearly: outlook.RelativeMonthly}[p.Type]
		if p.Interval *= 12; p.Interval > 99 {
			return nil, outlook.Inexpressible(fmt.Sprintf("an interval of %d years", p.Interval/12))
		}
		p.Month = 0
	}
	if (p.Type == outlook.RelativeMonthly || p.Type == outlook.RelativeYearly) && len(p.DaysOfWeek) > 1 && groupOf(p.DaysOfWeek) == "" {
		return nil, outlook.Inexpressible("a position among several weekdays")
	}
	return r, nil
}

// groupOf is the word for a set of days, empty if there is none.
func groupOf(days []string) string {
	for _, g := range groups {
		if len(days) == len(g.days) && !slices.ContainsFunc(days, func(d string) bool { return !slices.Contains(g.days, d) }) {
			return g.word
		}
	}
	return ""
}

// recurrenceElement writes a recurrence. The order within patterns is the schema's.
func recurrenceElement(r *outlook.Recurrence) element {
	p := r.Pattern
	interval, month := word("t:Interval", itoa(p.Interval)), word("t:Month", time.Month(p.Month).String())
	day, index := word("t:DayOfMonth", itoa(p.DayOfMonth)), word("t:DayOfWeekIndex", capital(p.Index))
	var pattern element
	switch p.Type {
	case outlook.RelativeYearly:
		pattern = el("t:RelativeYearlyRecurrence", word("t:DaysOfWeek", position(p.DaysOfWeek)), index, month)
	case outlook.AbsoluteYearly:
		pattern = el("t:AbsoluteYearlyRecurrence", day, month)
	case outlook.RelativeMonthly:
		pattern = el("t:RelativeMonthlyRecurrence", interval, word("t:DaysOfWeek", position(p.DaysOfWeek)), index)
	case outlook.AbsoluteMonthly:
		pattern = el("t:AbsoluteMonthlyRecurrence", interval, day)
	case outlook.Weekly:
		days := make([]string, len(p.DaysOfWeek))
		for i, d := range p.DaysOfWeek {
			days[i] = capital(d)
		}
		pattern = el("t:WeeklyRecurrence", interval, word("t:DaysOfWeek", strings.Join(days, " ")), word("t:FirstDayOfWeek", capital(p.FirstDayOfWeek)))
	default:
		pattern = el("t:DailyRecurrence", interval)
	}
	start := word("t:StartDate", r.Range.StartDate)
	switch r.Range.Type {
	case outlook.Numbered:
		return el("t:Recurrence", pattern, el("t:NumberedRecurrence", start, word("t:NumberOfOccurrences", itoa(r.Range.Count))))
	case outlook.EndDate:
		return el("t:Recurrence", pattern, el("t:EndDateRecurrence", start, word("t:EndDate", r.Range.EndDate)))
	}
	return el("t:Recurrence", pattern, el("t:NoEndRecurrence", start))
}

// position is the word for the days of a relative pattern.
func position(days []string) string {
	if len(days) == 1 {
		return capital(days[0])
	}
	return groupOf(days)
}

func capital(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
