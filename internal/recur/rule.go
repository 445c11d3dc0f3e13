package recur

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"tahti/internal/calendar"
)

// Why a rule is refused; every error of this package wraps one of them.
var (
	ErrSyntax      = errors.New("not a valid recurrence rule")
	ErrUnsupported = errors.New("recurrence rule not supported")
	ErrDense       = errors.New("recurrence rule repeats too often")
	ErrBarren      = errors.New("recurrence rule never gives an occurrence")
	ErrZone        = errors.New("unknown time zone")
)

// The bounds of what is read. MaxPerDay is the densest rule that is taken, one start every five minutes: a calendar
// that holds more is a mistake or an attack, and no provider of ours stores one.
const (
	MaxPerDay   = 288
	maxRuleText = 4096
	maxCount    = 1_000_000
	maxInterval = 1_000_000
)

// frequency is FREQ, from dense to sparse.
type frequency int

const (
	secondly frequency = iota
	minutely
	hourly
	daily
	weekly
	monthly
	yearly
)

var frequencyNames = []string{"SECONDLY", "MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"}

// Weekdays count from Monday, as WKST's default does.
var weekdayNames = []string{"MO", "TU", "WE", "TH", "FR", "SA", "SU"}

// weekday is an entry of BYDAY: nth is zero for every such day, negative from the end of the month or year.
type weekday struct{ nth, day int }

// rule is an RRULE value, RFC 5545 section 3.3.10. Lists are sorted and hold nothing twice; a nil list is absent.
type rule struct {
	freq      frequency
	interval  int
	count     int           // 0: not bounded by a count
	until     calendar.Time // NoTime: not bounded by a time; else Date, Floating or UTC, as it was written
	weekStart int
	byDay     []weekday

	bySecond, byMinute, byHour                         []int
	byMonthDay, byYearDay, byWeekNo, byMonth, bySetPos []int
}

// list describes a part that is a list of numbers.
type list struct {
	name     string
	min, max int
	signed   bool // -max to -min as well, counted from the end
	at       func(*rule) *[]int
}

// lists stand in the order in which the canonical text has them, on both sides of BYDAY.
var lists = []list{
	{"BYSECOND", 0, 60, false, func(r *rule) *[]int { return &r.bySecond }},
	{"BYMINUTE", 0, 59, false, func(r *rule) *[]int { return &r.byMinute }},
	{"BYHOUR", 0, 23, false, func(r *rule) *[]int { return &r.byHour }},
	{"BYMONTHDAY", 1, 31, true, func(r *rule) *[]int { return &r.byMonthDay }},
	{"BYYEARDAY", 1, 366, true, func(r *rule) *[]int { return &r.byYearDay }},
	{"BYWEEKNO", 1, 53, true, func(r *rule) *[]int { return &r.byWeekNo }},
	{"BYMONTH", 1, 12, false, func(r *rule) *[]int { return &r.byMonth }},
	{"BYSETPOS", 1, 366, true, func(r *rule) *[]int { return &r.bySetPos }},
}

const listsBeforeByDay = 3

// validate holds what RFC 5545 section 3.3.10 forbids, as far as no start is needed to see it.
func (r *rule) validate() error {
	numbered := slices.ContainsFunc(r.byDay, func(d weekday) bool { return d.nth != 0 })
	others := len(r.byDay) > 0
	for _, l := range lists[:len(lists)-1] {
		others = others || *l.at(r) != nil
	}
	for _, c := range []struct {
		wrong bool
		text  string
	}{
		{r.freq < 0, "FREQ is missing"},
		{r.count > 0 && !r.until.IsZero(), "COUNT and UNTIL exclude each other"},
		{numbered && r.freq != monthly && r.freq != yearly, "numbered weekdays need FREQ=MONTHLY or YEARLY"},
		{numbered && r.byWeekNo != nil, "numbered weekdays cannot go with BYWEEKNO"},
		{r.byMonthDay != nil && r.freq == weekly, "BYMONTHDAY cannot go with FREQ=WEEKLY"},
		{r.byYearDay != nil && r.freq >= daily && r.freq <= monthly, "BYYEARDAY cannot go with FREQ=DAILY, WEEKLY or MONTHLY"},
		{r.byWeekNo != nil && r.freq != yearly, "BYWEEKNO needs FREQ=YEARLY"},
		{r.bySetPos != nil && !others, "BYSETPOS needs another BY part"},
	} {
		if c.wrong {
			return fmt.Errorf("%w: %s", ErrSyntax, c.text)
		}
	}
	return nil
}

// perDay is the most starts that the rule can give on one day, or in all if that is less. The start is on the clock of
// UNTIL.
func (r *rule) perDay(start calendar.Wall) int {
	or := func(list []int, all int) int {
		if list != nil {
			return len(list)
		}
		return all
	}
	expand := func(finest frequency, list []int, all int) int { // a part finer than FREQ expands, else it limits
		if r.freq > finest {
			all = 1
		}
		return or(list, all)
	}
	n := expand(secondly, r.bySecond, 60) * expand(minutely, r.byMinute, 60) * expand(hourly, r.byHour, 24)
	if r.freq < daily {
		step := r.interval * []int{1, 60, 3600}[r.freq]
		periods := (int(calendar.Day) + step - 1) / step
		each := []int{1, or(r.bySecond, 1), or(r.bySecond, 1) * or(r.byMinute, 1)}[r.freq]
		n = min(n, periods*each)
		if !r.until.IsZero() {
			span := min(max(int64(r.until.Wall-start), 0)/int64(step)+1, math.MaxInt32)
			n = min(n, int(span)*each)
		}
	}
	if r.count > 0 {
		n = min(n, r.count)
	}
	return n
}

// String writes the canonical text: parts in RFC 5545's order, defaults left out.
func (r *rule) String() string {
	var b strings.Builder
	b.WriteString("FREQ=" + frequencyNames[r.freq])
	if r.interval > 1 {
		b.WriteString(";INTERVAL=" + strconv.Itoa(r.interval))
	}
	if r.count > 0 {
		b.WriteString(";COUNT=" + strconv.Itoa(r.count))
	}
	if !r.until.IsZero() {
		b.WriteString(";UNTIL=" + r.until.String())
	}
	write := func(parts []list) {
		for _, l := range parts {
			for i, n := range *l.at(r) {
				b.WriteString(separator(i, l.name) + strconv.Itoa(n))
			}
		}
	}
	write(lists[:listsBeforeByDay])
	for i, d := range r.byDay {
		b.WriteString(separator(i, "BYDAY"))
		if d.nth != 0 {
			b.WriteString(strconv.Itoa(d.nth))
		}
		b.WriteString(weekdayNames[d.day])
	}
	write(lists[listsBeforeByDay:])
	if r.weekStart != 0 {
		b.WriteString(";WKST=" + weekdayNames[r.weekStart])
	}
	return b.String()
}

func separator(i int, name string) string {
	if i == 0 {
		return ";" + name + "="
	}
	return ","
}
