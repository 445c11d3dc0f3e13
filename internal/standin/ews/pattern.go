package ews

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"tahti/internal/standin/exchange"
)

var (
	weekdayNames = []string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"}
	indexNames   = []string{"First", "Second", "Third", "Fourth", "Last"}
	// dayGroups are the names of more than one day.
	dayGroups = map[string][]time.Weekday{
		"Day":        {time.Sunday, time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday},
		"Weekday":    {time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday},
		"WeekendDay": {time.Saturday, time.Sunday},
	}
	kindNames = map[string]string{
		"DailyRecurrence": exchange.Daily, "WeeklyRecurrence": exchange.Weekly,
		"AbsoluteMonthlyRecurrence": exchange.AbsoluteMonthly, "RelativeMonthlyRecurrence": exchange.RelativeMonthly,
		"AbsoluteYearlyRecurrence": exchange.AbsoluteYearly, "RelativeYearlyRecurrence": exchange.RelativeYearly,
	}
)

// number reads an integer that the schema has let through; 0 if there is none.
func number(e *element) int {
	n, _ := strconv.Atoi(textOf(e)) // what is no number has been refused
	return n
}

// readPattern reads a recurrence, whose shape the schema has let through.
func readPattern(e *element) (*exchange.Pattern, *failure) {
	pattern, end := e.Children[0], e.Children[1]
	p := &exchange.Pattern{Kind: kindNames[pattern.Name.Local], Interval: 1, Day: number(t(pattern, "DayOfMonth")), Index: "first"}
	if i := t(pattern, "Interval"); i != nil {
		p.Interval = number(i)
	}
	if i := slices.Index(indexNames, textOf(t(pattern, "DayOfWeekIndex"))); i >= 0 {
		p.Index = exchange.Indexes[i]
	}
	if name := textOf(t(pattern, "Month")); name != "" {
		month, _ := time.Parse("January", name) // one of the twelve, by the schema
		p.Month = month.Month()
	}
	for name := range strings.FieldsSeq(textOf(t(pattern, "DaysOfWeek"))) {
		if group := dayGroups[name]; group != nil {
			if p.Kind == exchange.Weekly {
				return nil, refWeeklyDay.because("The specified day is not valid for a weekly recurrence.")
			}
			p.Weekdays = append(p.Weekdays, group...)
			continue
		}
		p.Weekdays = append(p.Weekdays, time.Weekday(slices.Index(weekdayNames, name)))
	}
	if name := textOf(t(pattern, "FirstDayOfWeek")); name != "" {
		first := slices.Index(weekdayNames, name)
		if first < 0 {
			return nil, refPattern.because("FirstDayOfWeek is no day of the week.")
		}
		p.First = time.Weekday(first)
	}
	if problem := p.Problem(); problem != "" {
		return nil, refPatternRange.because("The property value is out of range: " + problem + ".")
	}
	return p, readRange(p, end)
}

// readRange reads where a recurrence begins and ends.
func readRange(p *exchange.Pattern, e *element) *failure {
	p.From, _ = parseDate(textOf(t(e, "StartDate"))) // dates, by the schema
	switch e.Name.Local {
	case "NoEndRecurrence":
		p.Range = exchange.NoEnd
	case "NumberedRecurrence":
		p.Range = exchange.Numbered
		if p.Count = number(t(e, "NumberOfOccurrences")); p.Count < 1 || p.Count > 999 {
			return refPatternRange.because("The property value is out of range: NumberOfOccurrences is not within 1 and 999.")
		}
	case "EndDateRecurrence":
		p.Range = exchange.EndDate
		p.Until, _ = parseDate(textOf(t(e, "EndDate")))
		if p.Until > exchange.MaxSeriesEnd {
			return refEndDate.because("Recurrence end date can not exceed Sep 1, 4500 00:00:00.")
		}
		if p.Until < p.From {
			return refBarren.because("The recurrence has no occurrence.")
		}
	}
	return nil
}

// writePattern writes a recurrence as the original does.
func writePattern(p *exchange.Pattern) node {
	var kids []node
	if p.Kind != exchange.AbsoluteYearly && p.Kind != exchange.RelativeYearly {
		kids = append(kids, tx("t:Interval", strconv.Itoa(p.Interval)))
	}
	switch p.Kind {
	case exchange.Weekly:
		kids = append(kids, tx("t:DaysOfWeek", dayNames(p.Weekdays)), tx("t:FirstDayOfWeek", weekdayNames[p.First]))
	case exchange.RelativeMonthly, exchange.RelativeYearly:
		kids = append(kids, tx("t:DaysOfWeek", dayNames(p.Weekdays)), tx("t:DayOfWeekIndex", indexNames[slices.Index(exchange.Indexes, p.Index)]))
	case exchange.AbsoluteMonthly, exchange.AbsoluteYearly:
		kids = append(kids, tx("t:DayOfMonth", strconv.Itoa(p.Day)))
	}
	if p.Kind == exchange.AbsoluteYearly || p.Kind == exchange.RelativeYearly {
		kids = append(kids, tx("t:Month", p.Month.String()))
	}
	name := ""
	for k, v := range kindNames { // any order: one fits
		if v == p.Kind {
			name = k
		}
	}
	day := func(name string, at interface{ Civil() time.Time }) node {
		return tx(name, at.Civil().Format("2006-01-02")+"Z")
	}
	end := el("t:NoEndRecurrence", day("t:StartDate", p.From))
	switch p.Range {
	case exchange.Numbered:
		end = el("t:NumberedRecurrence", day("t:StartDate", p.From), tx("t:NumberOfOccurrences", strconv.Itoa(p.Count)))
	case exchange.EndDate:
		end = el("t:EndDateRecurrence", day("t:StartDate", p.From), day("t:EndDate", p.Until))
	}
	return el("t:Recurrence", el("t:"+name, kids...), end)
}

// dayNames are the names of days, a group's where they are all of it.
func dayNames(days []time.Weekday) string {
	for name, group := range dayGroups { // any order: groups differ
		if slices.Equal(days, group) {
			return name
		}
	}
	var names []string
	for _, d := range days {
		names = append(names, weekdayNames[d])
	}
	return strings.Join(names, " ")
}
