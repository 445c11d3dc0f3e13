package exchange_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/standin/exchange"
)

// from is Monday, 5 January 2026.
var from = calendar.WallOf(2026, time.January, 5, 0, 0, 0)

func TestPatternsFallOnTheDaysThatMicrosoftSays(t *testing.T) {
	workdays := []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday}
	for name, c := range map[string]struct {
		p    exchange.Pattern
		days string
	}{
		"every third day":            {exchange.Pattern{Kind: exchange.Daily, Interval: 3}, "01-05 01-08 01-11"},
		"weeks that begin on Sunday": {exchange.Pattern{Kind: exchange.Weekly, Interval: 2, Weekdays: []time.Weekday{time.Monday, time.Sunday}}, "01-05 01-18 01-19"},
		"the 31st is the last":       {exchange.Pattern{Kind: exchange.AbsoluteMonthly, Interval: 1, Day: 31}, "01-31 02-28 03-31"},
		"the last workday":           {exchange.Pattern{Kind: exchange.RelativeMonthly, Interval: 1, Weekdays: workdays, Index: "last"}, "01-30 02-27 03-31"},
		"29 February":                {exchange.Pattern{Kind: exchange.AbsoluteYearly, Interval: 1, Day: 29, Month: time.February}, "02-28 02-28 02-29"},
		"the second Tuesday of May":  {exchange.Pattern{Kind: exchange.RelativeYearly, Interval: 1, Weekdays: workdays[1:2], Index: "second", Month: time.May}, "05-12 05-11 05-09"},
	} {
		c.p.Range, c.p.Count, c.p.From = exchange.Numbered, 3, from
		if c.p.Index == "" {
			c.p.Index = "first"
		}
		if problem := c.p.Problem(); problem != "" {
			t.Errorf("%s: %s", name, problem)
		}
		var days []string
		c.p.Days(from+4000*calendar.Day, func(d calendar.Wall) bool {
			days = append(days, d.Civil().Format("01-02"))
			return true
		})
		if got := strings.Join(days, " "); got != c.days {
			t.Errorf("%s falls on %s, want %s", name, got, c.days)
		}
	}
}

func TestASeriesMovesByDaysWhereItsPatternDoes(t *testing.T) {
	p := exchange.Pattern{Kind: exchange.Weekly, Interval: 1, Weekdays: []time.Weekday{time.Sunday}, Range: exchange.EndDate, From: from, Until: from + 7*calendar.Day}
	got, err := p.Shifted(1)
	if err != nil || !slices.Equal(got.Weekdays, []time.Weekday{time.Monday}) || got.From != from+calendar.Day || got.Until != from+8*calendar.Day {
		t.Errorf("%+v, %v", got, err)
	}
	if p.Weekdays[0] != time.Sunday || p.Equal(&got) {
		t.Error("the first pattern has moved along")
	}
	monthly := exchange.Pattern{Kind: exchange.AbsoluteMonthly, Interval: 1, Day: 5}
	if _, err := monthly.Shifted(1); err == nil {
		t.Error("a monthly pattern moved by a day")
	}
}
