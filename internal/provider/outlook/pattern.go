package outlook

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/provider"
	"tahti/internal/recur"
)

// maxCount is the largest number of occurrences that a range takes; a longer series is written with the date of its last.
const maxCount = 999

// PatternOf tells the rule of a series as a pattern, with the very same starts, or says why that cannot be: there are no
// further dates, no periods below a day, no lists of positions, and the days 29 to 31 mean something else (see [Recurrence.Rule]).
func PatternOf(e *calendar.Event) (*Recurrence, error) {
	if len(e.Extra) > 0 {
		return nil, Inexpressible("further dates beside a rule")
	}
	rule, err := recur.Canonical(e.Rule, e.Start)
	if err != nil {
		return nil, refused(provider.Inexpressive, err)
	}
	r := parseRule(rule)
	p, reason := r.pattern(e.Start.Wall)
	if reason == shortMonths {
		if spared, _ := r.spared(&p, e.Start); spared {
			reason = ""
		}
	}
	if reason == "" && !p.falls(e.Start.Wall.Civil()) {
		reason = "a start that the rule does not give"
	}
	switch {
	case reason == shortMonths:
		return nil, refused(provider.ShortMonths, errors.New(reason))
	case reason != "":
		return nil, Inexpressible(reason)
	}
	out := &Recurrence{Pattern: p, Range: Range{Type: NoEnd, StartDate: e.Start.Wall.Civil().Format(time.DateOnly)}}
	switch count, _ := strconv.Atoi(r["COUNT"]); {
	case count > maxCount:
		last := e.Start.Wall
		for w := range recur.Starts(&calendar.Event{Values: calendar.Values{Start: e.Start, End: e.End}, Rule: rule}, count) {
			last = w
		}
		out.Range.Type, out.Range.EndDate = EndDate, last.Civil().Format(time.DateOnly)
	case count > 0:
		out.Range.Type, out.Range.Count = Numbered, count
	case r["UNTIL"] != "":
		last, err := lastDay(r["UNTIL"], e.Start)
		if err != nil {
			return nil, refused(provider.Inexpressive, err)
		}
		if last < e.Start.Wall.Midnight() {
			return nil, Inexpressible("a series that ends before it begins")
		}
		out.Range.Type, out.Range.EndDate = EndDate, last.Civil().Format(time.DateOnly)
	}
	return out, nil
}

// Inexpressible is a series that Outlook cannot hold, and why.
func Inexpressible(reason string) error {
	return refused(provider.Inexpressive, errors.New(reason))
}

// refused is content that cannot be held.
func refused(code provider.ProblemCode, err error) error {
	return &provider.Error{Op: opPut, Class: provider.Rejected, Code: string(code), Err: err}
}

// lastDay is the last day on which UNTIL leaves a start, on the clock of the series.
func lastDay(until string, start calendar.Time) (calendar.Wall, error) {
	bare, utc := strings.CutSuffix(until, "Z")
	w, err := calendar.ParseWall(bare)
	if err != nil || start.Kind == calendar.Date {
		return w, err
	}
	if utc && start.Kind == calendar.Zoned {
		loc, err := recur.Location(start.Zone)
		if err != nil {
			return 0, err
		}
		w = calendar.WallIn(time.Unix(int64(w), 0), loc)
	}
	if w-w.Midnight() < start.Wall-start.Wall.Midnight() {
		w -= calendar.Day // the start of that day would come later
	}
	return w.Midnight(), nil
}

// ruleParts are the parts of a canonical rule.
type ruleParts map[string]string

func parseRule(canonical string) ruleParts {
	r := ruleParts{}
	for part := range strings.SplitSeq(canonical, ";") {
		name, value, _ := strings.Cut(part, "=")
		r[name] = value
	}
	return r
}

// only reports whether the rule has no BY part but those named; a time of day that is the start's own says nothing.
func (r ruleParts) only(start calendar.Wall, names ...string) bool {
	c := start.Civil()
	own := map[string]int{"BYHOUR": c.Hour(), "BYMINUTE": c.Minute(), "BYSECOND": c.Second()}
	for name, value := range r { // any order: a conjunction
		if n, timed := own[name]; timed && value == strconv.Itoa(n) {
			continue
		}
		if strings.HasPrefix(name, "BY") && !slices.Contains(names, name) {
			return false
		}
	}
	return true
}

// pattern finds the pattern of a rule, or why there is none.
func (r ruleParts) pattern(start calendar.Wall) (p Pattern, reason string) {
	p.Interval = 1
	if n, err := strconv.Atoi(r["INTERVAL"]); err == nil {
		p.Interval = n
	}
	at := start.Civil()
	p.FirstDayOfWeek = "monday"
	if i := slices.Index(dayCodes, r["WKST"]); i >= 0 {
		p.FirstDayOfWeek = Days[i]
	}
	switch r["FREQ"] {
	case "DAILY":
		reason = r.daily(&p, start)
	case "WEEKLY":
		reason = r.weekly(&p, start)
	case "MONTHLY":
		reason = r.monthly(&p, start)
	case "YEARLY":
		p.Month = int(at.Month())
		if m, err := strconv.Atoi(r["BYMONTH"]); err == nil {
			p.Month = m
		} else if r["BYMONTH"] != "" {
			return p, "several months of a year"
		}
		reason = r.yearly(&p, start)
	default:
		return p, "a period shorter than a day"
	}
	if most := map[string]int{Daily: 999}[p.Type]; reason == "" && p.Interval > max(most, 99) {
		reason = fmt.Sprintf("an interval of %d", p.Interval)
	}
	return p, reason
}

func (r ruleParts) daily(p *Pattern, start calendar.Wall) string {
	p.Type = Daily
	if r["BYDAY"] != "" && p.Interval == 1 {
		return r.weekly(p, start)
	}
	if !r.only(start) {
		return "days of a daily series"
	}
	return ""
}

func (r ruleParts) weekly(p *Pattern, start calendar.Wall) string {
	p.Type = Weekly
	if !r.only(start, "BYDAY") {
		return "parts that a weekly series has not"
	}
	p.DaysOfWeek = []string{Days[start.Civil().Weekday()]}
	if r["BYDAY"] != "" {
		p.DaysOfWeek = nil
		for code := range strings.SplitSeq(r["BYDAY"], ",") {
			i := slices.Index(dayCodes, code)
			if i < 0 {
				return "numbered days of a week"
			}
			p.DaysOfWeek = append(p.DaysOfWeek, Days[i])
		}
	}
	return ""
}

func (r ruleParts) monthly(p *Pattern, start calendar.Wall) string {
	if r["BYDAY"] != "" {
		p.Type = RelativeMonthly
		if r["BYSETPOS"] == "" && p.Interval == 1 && !strings.ContainsAny(r["BYDAY"], "0123456789") && r.only(start, "BYDAY") {
			return r.weekly(p, start) // every Tuesday of every month
		}
		return r.relative(p, start)
	}
	p.Type = AbsoluteMonthly
	return r.absolute(p, start, 31)
}

func (r ruleParts) yearly(p *Pattern, start calendar.Wall) string {
	if r["BYDAY"] != "" {
		p.Type = RelativeYearly
		if r["BYMONTH"] == "" {
			return "weekdays of a year"
		}
		return r.relative(p, start)
	}
	if r["BYMONTHDAY"] != "" && r["BYMONTH"] == "" {
		return "a day of each month of a year"
	}
	p.Type = AbsoluteYearly
	return r.absolute(p, start, time.Date(2001, time.Month(p.Month)+1, 0, 0, 0, 0, 0, time.UTC).Day())
}

// absolute is a day of months of which the shortest, or the only one, has so many days in a year that is no leap year.
func (r ruleParts) absolute(p *Pattern, start calendar.Wall, longest int) string {
	if !r.only(start, "BYMONTH", "BYMONTHDAY", "BYSETPOS") || p.Type == AbsoluteMonthly && r["BYMONTH"] != "" {
		return "parts that a series by days of the month has not"
	}
	short := 28 // every month has these
	if p.Type == AbsoluteYearly {
		short = longest
	}
	days, position := r["BYMONTHDAY"], r["BYSETPOS"]
	if days == "" {
		days = strconv.Itoa(start.Civil().Day())
	}
	n, err := strconv.Atoi(days)
	switch {
	case position == "" && err == nil && n >= 1 && n <= short:
		p.DayOfMonth = n
		return ""
	case position == "" && n == -1 && p.Type == AbsoluteMonthly:
		p.DayOfMonth = 31
		return ""
	case position == "" && n == -1:
		if p.DayOfMonth = longest; p.Month == int(time.February) {
			p.DayOfMonth = 29
		}
		return ""
	case position == "-1":
		for last := short + 1; last <= 31; last++ {
			if want := monthDay(last, longest); len(want) == 2 && want[0] == "BYMONTHDAY="+days {
				p.DayOfMonth = last
				return ""
			}
		}
	}
	if position == "" && err == nil && n > short && n <= 31 {
		p.DayOfMonth = n
		return shortMonths
	}
	return "the days " + days + " of a month"
}

// shortMonths is why most series on the 29th to 31st cannot be held: an RRULE leaves out the months that are too short (RFC 5545
// section 3.3.10), and Outlook takes their last day. Taking those days out one by one would never end for an endless series, and
// one that has an end would come back as another rule with holes once somebody edits it in Outlook.
const shortMonths = "a day that not every month has"

// mostMonths is how many months there are before the calendar repeats itself: 400 years of them.
const mostMonths = 400 * 12

// spared reports whether a series never comes to a month that has no day of its pattern, so that both readings are one, and how many
// starts were looked at for that.
func (r ruleParts) spared(p *Pattern, start calendar.Time) (spared bool, looked int) {
	if p.Interval > 99 {
		return false, 0
	}
	step := p.Interval
	if p.Type == AbsoluteYearly {
		step *= 12
	}
	count, _ := strconv.Atoi(r["COUNT"])
	last := start.Wall
	if until := r["UNTIL"]; until != "" {
		var err error
		if last, err = lastDay(until, start); err != nil {
			return false, 0
		}
	}
	at, endless := start.Wall.Civil(), count == 0 && r["UNTIL"] == ""
	for i := 0; ; i++ {
		first := time.Date(at.Year(), at.Month()+time.Month(i*step), 1, 0, 0, 0, 0, time.UTC)
		longest := first.AddDate(0, 1, -1).Day()
		if first.Month() == time.February && endless {
			longest = 28
		}
		theirs := calendar.Wall(first.AddDate(0, 0, min(p.DayOfMonth, longest)-1).Unix())
		switch {
		case count > 0 && i >= count, r["UNTIL"] != "" && theirs > last:
			return true, i
		case endless && i >= 12: // by now it has been in every month that it comes to
			return true, i
		case i >= mostMonths: // likewise, in leap years and others
			return true, i
		case longest < p.DayOfMonth:
			return false, i
		}
	}
}

// relative is the first to fourth, or the last, of some weekdays in a month.
func (r ruleParts) relative(p *Pattern, start calendar.Wall) string {
	if !r.only(start, "BYMONTH", "BYDAY", "BYSETPOS") || p.Type == RelativeMonthly && r["BYMONTH"] != "" {
		return "parts that a series by weekdays of the month has not"
	}
	number := r["BYSETPOS"]
	for code := range strings.SplitSeq(r["BYDAY"], ",") {
		i := slices.Index(dayCodes, code[max(len(code)-2, 0):])
		if nth := code[:max(len(code)-2, 0)]; nth != "" {
			if number != "" {
				return "several numbered weekdays"
			}
			number = nth
		} else if r["BYSETPOS"] == "" {
			return "every such weekday of some months"
		}
		p.DaysOfWeek = append(p.DaysOfWeek, Days[i])
	}
	n, err := strconv.Atoi(number)
	i := slices.Index(positions, n)
	if err != nil || i < 0 {
		return "the position " + number
	}
	p.Index = Indexes[i]
	return ""
}
