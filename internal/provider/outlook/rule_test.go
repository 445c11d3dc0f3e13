package outlook

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tahti/internal/calendar"
	"tahti/internal/provider"
	"tahti/internal/recur"
)

func series(start, rule string) *calendar.Event {
	e := &calendar.Event{Rule: rule, Known: calendar.AllFields}
	at := wall(start)
	if len(start) == len("20260101") {
		e.Start, e.End = calendar.Time{Kind: calendar.Date, Wall: at}, calendar.Time{Kind: calendar.Date, Wall: at + calendar.Day}
		return e
	}
	e.Start, e.End = calendar.InZone(at, "Europe/Helsinki"), calendar.InZone(at+3600, "Europe/Helsinki")
	return e
}

func TestRulesThatOutlookHas(t *testing.T) {
	for _, c := range []struct{ name, start, rule, want string }{
		{"each day", "20260316T100000", "FREQ=DAILY", "daily 1 noEnd"},
		{"each third day, five times", "20260316T100000", "FREQ=DAILY;INTERVAL=3;COUNT=5", "daily 3 numbered 5"},
		{"working days", "20260316T100000", "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR", "weekly 1 [monday tuesday wednesday thursday friday] monday noEnd"},
		{"a week, without saying the day", "20260316T100000", "FREQ=WEEKLY;COUNT=6", "weekly 1 [monday] monday numbered 6"},
		{"a fortnight with weeks from Sunday", "20260318T100000", "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=SU,WE", "weekly 2 [wednesday sunday] sunday noEnd"},
		{"a time of day that is the start's own", "20260316T100000", "FREQ=WEEKLY;BYHOUR=10;BYMINUTE=0", "weekly 1 [monday] monday noEnd"},
		{"each Tuesday of every month", "20260317T100000", "FREQ=MONTHLY;BYDAY=TU", "weekly 1 [tuesday] monday noEnd"},
		{"a day of the month", "20260316T100000", "FREQ=MONTHLY", "absoluteMonthly 1 day 16 noEnd"},
		{"the last day of the month", "20260331T100000", "FREQ=MONTHLY;BYMONTHDAY=-1", "absoluteMonthly 1 day 31 noEnd"},
		{"the 30th, or the last before it", "20260330T100000", "FREQ=MONTHLY;BYMONTHDAY=28,29,30;BYSETPOS=-1", "absoluteMonthly 1 day 30 noEnd"},
		{"the second Tuesday", "20260310T100000", "FREQ=MONTHLY;BYDAY=2TU", "relativeMonthly 1 [tuesday] second noEnd"},
		{"the second Tuesday by its position", "20260310T100000", "FREQ=MONTHLY;BYDAY=TU;BYSETPOS=2", "relativeMonthly 1 [tuesday] second noEnd"},
		{"the last working day", "20260331T100000", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "relativeMonthly 1 [monday tuesday wednesday thursday friday] last noEnd"},
		{"each year", "20260316T100000", "FREQ=YEARLY", "absoluteYearly 1 month 3 day 16 noEnd"},
		{"the last day of February", "20260228T100000", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1", "absoluteYearly 1 month 2 day 29 noEnd"},
		{"the last Friday of November", "20261127T100000", "FREQ=YEARLY;BYMONTH=11;BYDAY=-1FR", "relativeYearly 1 month 11 [friday] last noEnd"},
		{"until before the start's time of that day", "20260316T100000", "FREQ=DAILY;UNTIL=20260320T075959Z", "daily 1 endDate 2026-03-19"},
		{"until the start's time of that day", "20260316T100000", "FREQ=DAILY;UNTIL=20260320T080000Z", "daily 1 endDate 2026-03-20"},
		{"whole days until a date", "20260316", "FREQ=DAILY;UNTIL=20260320", "daily 1 endDate 2026-03-20"},
		{"more often than Outlook counts", "20260316T100000", "FREQ=DAILY;COUNT=1000", "daily 1 endDate 2028-12-09"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := series(c.start, c.rule)
			r, err := PatternOf(e)
			isPattern(t, e, r, err, c.want)
		})
	}
}

// isPattern holds the pattern that was made of a series against what it should be, and against the starts of the series.
func isPattern(t *testing.T, e *calendar.Event, r *Recurrence, err error, want string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if got := inShort(r); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	sameStarts(t, e, r)
}

// inShort tells a Recurrence in short.
func inShort(r *Recurrence) string {
	p := r.Pattern
	s := fmt.Sprintf("%s %d", p.Type, p.Interval)
	if p.Month > 0 {
		s += fmt.Sprintf(" month %d", p.Month)
	}
	if p.DayOfMonth > 0 {
		s += fmt.Sprintf(" day %d", p.DayOfMonth)
	}
	if len(p.DaysOfWeek) > 0 {
		s += fmt.Sprintf(" %v", p.DaysOfWeek)
	}
	if p.Type == Weekly {
		s += " " + p.FirstDayOfWeek
	}
	if p.Index != "" {
		s += " " + p.Index
	}
	s += " " + r.Range.Type
	if r.Range.Count > 0 {
		s += fmt.Sprintf(" %d", r.Range.Count)
	}
	if r.Range.EndDate != "" {
		s += " " + r.Range.EndDate
	}
	return s
}

// sameStarts holds that a pattern, read as a rule, gives what the rule gives that it was written for.
func sameStarts(t rapid.TB, e *calendar.Event, r *Recurrence) {
	t.Helper()
	rule, err := r.Rule(e.Start)
	if err != nil {
		t.Fatalf("%s: %v", e.Rule, err)
	}
	back := e.Clone()
	back.Rule = rule
	enough := 300
	if r.Range.Type == EndDate && strings.Contains(e.Rule, "COUNT") {
		enough = 1200 // to the end, which was counted
	}
	a, b := slices.Collect(recur.Starts(e, enough)), slices.Collect(recur.Starts(&back, enough))
	if !slices.Equal(a, b) {
		for i := range min(len(a), len(b)) {
			if a[i] != b[i] {
				t.Fatalf("%s at %s was read back as %s: start %d is %s, then %s", e.Rule, e.Start, rule, i, a[i], b[i])
			}
		}
		t.Fatalf("%s at %s was read back as %s: %d starts, then %d", e.Rule, e.Start, rule, len(a), len(b))
	}
}

// A day that not every month has is another series in Outlook, unless it never comes to such a month.
func TestDaysThatNotEveryMonthHas(t *testing.T) {
	for _, c := range []struct {
		name, start, rule string
		want              string // empty: refused
	}{
		{"the 31st, where there is one", "20260331T100000", "FREQ=MONTHLY", ""},
		{"the 30th, where there is one", "20260330T100000", "FREQ=MONTHLY;BYMONTHDAY=30", ""},
		{"the 29th, where there is one", "20260329T100000", "FREQ=MONTHLY;BYMONTHDAY=29", ""},
		{"leap days", "20240229T100000", "FREQ=YEARLY", ""},
		{"every hundred months", "20260331T100000", "FREQ=MONTHLY;INTERVAL=120", ""},
		{"the 30th until February", "20260330T100000", "FREQ=MONTHLY;COUNT=11", "absoluteMonthly 1 day 30 numbered 11"},
		{"and once more", "20260330T100000", "FREQ=MONTHLY;COUNT=12", ""},
		{"the 29th until the year after a leap year", "20280129T100000", "FREQ=MONTHLY;COUNT=13", "absoluteMonthly 1 day 29 numbered 13"},
		{"until a day before the last of a short month", "20260731T100000", "FREQ=MONTHLY;UNTIL=20260929T100000Z", "absoluteMonthly 1 day 31 endDate 2026-09-29"},
		{"until that day", "20260731T100000", "FREQ=MONTHLY;UNTIL=20260930T100000Z", ""},
		{"each second month, none of which is short", "20260330T100000", "FREQ=MONTHLY;INTERVAL=2", "absoluteMonthly 2 day 30 noEnd"},
		{"each second month, with February", "20260430T100000", "FREQ=MONTHLY;INTERVAL=2", ""},
		{"January and July", "20260131T100000", "FREQ=MONTHLY;INTERVAL=6;BYMONTHDAY=31", "absoluteMonthly 6 day 31 noEnd"},
		{"leap days, each fourth year of four", "20240229T100000", "FREQ=YEARLY;INTERVAL=4;COUNT=4", "absoluteYearly 4 month 2 day 29 numbered 4"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := series(c.start, c.rule)
			r, err := PatternOf(e)
			if c.want == "" {
				if x, ok := errors.AsType[*provider.Error](err); !ok || x.Class != provider.Rejected || x.Code != string(provider.ShortMonths) {
					t.Errorf("%+v, %v", r, err)
				}
				return
			}
			isPattern(t, e, r, err, c.want)
		})
	}
}

// However many starts a series has, after 400 years the calendar repeats itself, and there is nothing more to look for.
func TestALongSeriesIsLookedThroughOnce(t *testing.T) {
	for rule, want := range map[string]bool{
		"FREQ=MONTHLY;INTERVAL=6;BYMONTHDAY=31;COUNT=1000000":  true,
		"FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=31;COUNT=1000000": true,
		"FREQ=MONTHLY;INTERVAL=11;BYMONTHDAY=31;COUNT=1000000": false,
		"FREQ=MONTHLY;INTERVAL=48;BYMONTHDAY=31;COUNT=4801":    true,
	} {
		e := series("20260131T100000", rule)
		r := parseRule(e.Rule)
		p, reason := r.pattern(e.Start.Wall)
		spared, looked := r.spared(&p, e.Start)
		if reason != shortMonths || spared != want || looked > 4800 {
			t.Errorf("%s: %q, spared %t, looked at %d", rule, reason, spared, looked)
		}
	}
}

func TestRulesThatOutlookHasNot(t *testing.T) {
	for _, c := range []struct{ name, start, rule string }{
		{"each hour", "20260316T100000", "FREQ=HOURLY;COUNT=4"},
		{"twice a day", "20260316T100000", "FREQ=DAILY;BYHOUR=10,15"},
		{"working days, each second one", "20260316T100000", "FREQ=DAILY;INTERVAL=2;BYDAY=MO,TU,WE,TH,FR"},
		{"two days of a month", "20260310T100000", "FREQ=MONTHLY;BYMONTHDAY=10,20"},
		{"the fifth Friday", "20260529T100000", "FREQ=MONTHLY;BYDAY=5FR"},
		{"the first and third Tuesday", "20260303T100000", "FREQ=MONTHLY;BYDAY=1TU,3TU"},
		{"first and last working day", "20260302T100000", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1,-1"},
		{"Friday the 13th", "20260313T100000", "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13"},
		{"two months of a year", "20260316T100000", "FREQ=YEARLY;BYMONTH=3,9"},
		{"the twentieth Monday of a year", "20260518T100000", "FREQ=YEARLY;BYDAY=20MO"},
		{"a week of a year", "20260511T100000", "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO"},
		{"a day of a year", "20260410T100000", "FREQ=YEARLY;BYYEARDAY=100"},
		{"a start that the rule does not give", "20260317T100000", "FREQ=WEEKLY;BYDAY=MO"},
		{"an end before the beginning", "20260317T100000", "FREQ=DAILY;UNTIL=20260316T000000Z"},
		{"every two hundred weeks", "20260317T100000", "FREQ=WEEKLY;INTERVAL=200"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := PatternOf(series(c.start, c.rule))
			e, ok := errors.AsType[*provider.Error](err)
			if !ok || e.Class != provider.Rejected || e.Code != string(provider.Inexpressive) || e.Err.Error() == "" {
				t.Errorf("%+v, %v", r, err)
			}
		})
	}
	e := series("20260316T100000", "FREQ=DAILY;COUNT=2")
	e.Extra = []calendar.Time{calendar.InZone(wall("20260401T100000"), "Europe/Helsinki")}
	if _, err := PatternOf(e); provider.ClassOf(err) != provider.Rejected || err == nil {
		t.Errorf("further dates: %v", err)
	}
}

// What is written gives the starts that were meant, whatever the rule; and most of what people choose can be written.
func TestRuleLaw(t *testing.T) {
	written, all := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		e := anySeries(t)
		all++
		r, err := PatternOf(e)
		if err != nil {
			return
		}
		written++
		sameStarts(t, e, r)
	})
	if written < all/10 {
		t.Errorf("only %d of %d rules were written", written, all)
	}
}

func anySeries(t *rapid.T) *calendar.Event {
	pick := func(list ...string) string { return rapid.SampledFrom(list).Draw(t, "part") }
	start := pick("20260316T100000", "20260331T233000", "20260228T000000", "20240229T080000", "20261130", "20260130", "20260601T120000")
	rule := "FREQ=" + pick("DAILY", "WEEKLY", "MONTHLY", "YEARLY") + pick("", ";INTERVAL=2", ";INTERVAL=3", ";INTERVAL=12")
	rule += pick("", ";COUNT=1", ";COUNT=13", ";COUNT=1001", ";UNTIL=20290301T103000Z", ";UNTIL=20270331")
	rule += pick("", "", "", "", ";BYMONTH=2", ";BYMONTH=3", ";BYMONTH=11")
	rule += pick("", "", "", "", "", "", "", "", ";BYMONTHDAY=-1", ";BYMONTHDAY=16", ";BYMONTHDAY=28", ";BYMONTHDAY=30", ";BYMONTHDAY=31", ";BYMONTHDAY=28,29", ";BYMONTHDAY=28,29,30")
	rule += pick("", "", "", "", "", "", "", "", ";BYDAY=MO", ";BYDAY=3MO", ";BYDAY=-1TU", ";BYDAY=MO,TU,WE,TH,FR", ";BYDAY=SA,SU", ";BYDAY=MO,SU", ";BYDAY=5MO")
	rule += pick("", "", "", "", "", "", ";BYSETPOS=-1", ";BYSETPOS=1", ";BYSETPOS=2") + pick("", ";WKST=SU", ";WKST=WE")
	e := series(start, rule)
	canonical, err := recur.Canonical(e.Rule, e.Start)
	if err != nil || recur.Check(e) != nil {
		t.Skip("no rule")
	}
	e.Rule = canonical
	return e
}

// A pattern of Outlook's is read as a rule that is written as the very same pattern.
func TestPatternLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := func(from, to int) int { return rapid.IntRange(from, to).Draw(t, "n") }
		r := &Recurrence{Pattern: Pattern{
			Type:     rapid.SampledFrom([]string{Daily, Weekly, AbsoluteMonthly, RelativeMonthly, AbsoluteYearly, RelativeYearly}).Draw(t, "type"),
			Interval: n(1, 5), FirstDayOfWeek: rapid.SampledFrom(Days).Draw(t, "first"),
		}, Range: Range{Type: NoEnd}}
		p := &r.Pattern
		switch p.Type {
		case Weekly, RelativeMonthly, RelativeYearly:
			p.DaysOfWeek = rapid.SliceOfNDistinct(rapid.SampledFrom(Days), 1, 7, rapid.ID[string]).Draw(t, "days")
			if p.Type != Weekly {
				p.Index = rapid.SampledFrom(Indexes).Draw(t, "index")
			}
		case AbsoluteMonthly, AbsoluteYearly:
			p.DayOfMonth = n(1, 31)
		}
		if p.Type == AbsoluteYearly || p.Type == RelativeYearly {
			p.Month = n(1, 12)
		}
		if p.Type == AbsoluteYearly && p.DayOfMonth > []int{31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[p.Month-1] {
			t.Skip("refused by Graph")
		}
		e := series("20260105T100000", "")
		for !p.falls(e.Start.Wall.Civil()) { // Graph begins a series with an occurrence
			e.Start.Wall += calendar.Day
			e.End.Wall += calendar.Day
		}
		var err error
		if e.Rule, err = r.Rule(e.Start); err != nil {
			t.Fatal(err)
		}
		back, err := PatternOf(e)
		if err != nil {
			t.Fatalf("%s was read as %s, which cannot be written: %v", inShort(r), e.Rule, err)
		}
		sameStarts(t, e, back)
	})
}

func TestPatternsThatNobodyKnowsAreNotGuessed(t *testing.T) {
	start := calendar.InZone(wall("20260316T100000"), "Europe/Helsinki")
	for _, r := range []Recurrence{
		{Pattern: Pattern{Type: "absoluteLunar", Interval: 1}, Range: Range{Type: NoEnd}},
		{Pattern: Pattern{Type: Weekly, Interval: 1, DaysOfWeek: []string{"someday"}}, Range: Range{Type: NoEnd}},
		{Pattern: Pattern{Type: Weekly, Interval: 1}, Range: Range{Type: NoEnd}},
		{Pattern: Pattern{Type: AbsoluteYearly, Interval: 1, DayOfMonth: 3}, Range: Range{Type: NoEnd}},
		{Pattern: Pattern{Type: RelativeMonthly, Interval: 1, DaysOfWeek: []string{"monday"}, Index: "fifth"}, Range: Range{Type: NoEnd}},
		{Pattern: Pattern{Type: Daily, Interval: 1}, Range: Range{Type: "forAWhile"}},
		{Pattern: Pattern{Type: Daily, Interval: 1}, Range: Range{Type: EndDate, EndDate: "soon"}},
		{Pattern: Pattern{Type: Daily, Interval: 1}, Range: Range{Type: Numbered}},
		{Pattern: Pattern{Type: Daily, Interval: 1}, Range: Range{Type: Numbered, Count: 1_000_000}},
	} {
		if rule, err := r.Rule(start); err == nil {
			t.Errorf("%s was read as %s", inShort(&r), rule)
		}
	}
}

func wall(s string) calendar.Wall {
	w, err := calendar.ParseWall(s)
	if err != nil {
		panic(err)
	}
	return w
}
