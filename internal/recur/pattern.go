package recur

import (
	"iter"
	"slices"

	"tahti/internal/calendar"
)

// pattern is a rule made ready for stepping: what it leaves to the start is filled in (RFC 5545 section 3.3.10,
// "information, not contained in the rule"), lists are tables. COUNT and UNTIL are not its concern.
type pattern struct {
	freq                frequency
	interval, weekStart int
	start               calendar.Wall
	first               day   // of the start
	times               []int // times of day in seconds, sorted; for periods of a day and longer
	positions           []int // BYSETPOS, for those as well
	clockwork           *clockwork

	months    *[13]bool
	monthDays *[63]bool  // [n+31], negative from the end
	yearDays  *[733]bool // [n+366]
	weeks     *[107]bool // [n+53]
	weekdays  []weekday
	byMonth   bool // numbered weekdays count in the month, not in the year
}

// cycle is the number of periods after which the Gregorian calendar repeats, 400 years. A rule that is silent for a whole
// cycle is silent for ever.
var cycle = [...]int{daily: 146_097, weekly: 20_871, monthly: 4_800, yearly: 400}

func newPattern(r *rule, start calendar.Wall) *pattern {
	p := &pattern{
		freq: r.freq, interval: r.interval, weekStart: r.weekStart, start: start,
		first: dayAt(dayOf(start)), positions: r.bySetPos, weekdays: r.byDay,
		byMonth: r.freq == monthly || r.byMonth != nil,
	}
	months, monthDays := r.byMonth, r.byMonthDay
	if r.byDay == nil && r.byMonthDay == nil && r.byYearDay == nil {
		switch {
		case r.freq == weekly, r.freq == yearly && r.byWeekNo != nil:
			p.weekdays = []weekday{{day: p.first.weekday}}
		case r.freq == yearly && months == nil:
			months = []int{p.first.month}
			fallthrough
		case r.freq == yearly, r.freq == monthly:
			monthDays = []int{p.first.ofMonth}
		}
	}
	if months != nil {
		p.months = new([13]bool)
		mark(p.months[:], months, 0)
	}
	if monthDays != nil {
		p.monthDays = new([63]bool)
		mark(p.monthDays[:], monthDays, 31)
	}
	if r.byYearDay != nil {
		p.yearDays = new([733]bool)
		mark(p.yearDays[:], r.byYearDay, 366)
	}
	if r.byWeekNo != nil {
		p.weeks = new([107]bool)
		mark(p.weeks[:], r.byWeekNo, 53)
	}
	own := int(start - start.Midnight())
	if r.freq < daily {
		p.clockwork = newClockwork(r, own)
		return p
	}
	p.times = product(orOwn(r.byHour, own/3600), 3600,
		product(orOwn(r.byMinute, own/60%60), 60, orOwn(r.bySecond, own%60)))
	return p
}

func mark(table []bool, list []int, zero int) {
	for _, n := range list {
		table[n+zero] = true
	}
}

// matches reports whether the BY parts let a day pass.
func (p *pattern) matches(d *day) bool {
	if p.months != nil && !p.months[d.month] {
		return false
	}
	if p.monthDays != nil && !p.monthDays[d.ofMonth+31] && !p.monthDays[d.ofMonth-d.inMonth-1+31] {
		return false
	}
	if p.yearDays != nil && !p.yearDays[d.ofYear+366] && !p.yearDays[d.ofYear-d.inYear-1+366] {
		return false
	}
	if p.weekdays != nil && !slices.ContainsFunc(p.weekdays, func(w weekday) bool { return p.isNth(w, d) }) {
		return false
	}
	if p.weeks != nil {
		n, of := d.week(p.weekStart)
		return p.weeks[n+53] || p.weeks[n-of-1+53]
	}
	return true
}

func (p *pattern) isNth(w weekday, d *day) bool {
	at, of := d.ofYear, d.inYear
	if p.byMonth {
		at, of = d.ofMonth, d.inMonth
	}
	switch {
	case w.day != d.weekday:
		return false
	case w.nth > 0:
		return (at-1)/7+1 == w.nth
	case w.nth < 0:
		return (of-at)/7+1 == -w.nth
	}
	return true
}

// walls gives the starts from lo to hi in order, none of them before the pattern's own start. Both ends are included.
func (p *pattern) walls(lo, hi calendar.Wall) iter.Seq[calendar.Wall] {
	lo, hi = max(lo, p.start), min(hi, lastWall)
	if p.freq < daily {
		return p.within(lo, hi)
	}
	return p.periods(lo, hi)
}

// periods steps by days, weeks, months or years.
func (p *pattern) periods(lo, hi calendar.Wall) iter.Seq[calendar.Wall] {
	return func(yield func(calendar.Wall) bool) {
		var days []int
		d := dayAt(dayOf(lo))
		last := dayOf(hi)
		for n, silent := p.periodOf(dayOf(lo)), 0; silent <= cycle[p.freq]; n++ {
			begin, length := p.period(n)
			if begin > last {
				return
			}
			days = p.days(days[:0], &d, begin, length)
			if p.positions == nil { // a first period may have many before lo
				before, _ := slices.BinarySearch(days, dayOf(lo))
				days = days[before:]
			}
			silent++
			count, chosen := len(days)*len(p.times), []int(nil)
			if p.positions != nil {
				chosen = places(p.positions, count)
				count = len(chosen)
			}
			for i := range count {
				silent = 0
				if chosen != nil {
					i = chosen[i]
				}
				w := calendar.Wall(days[i/len(p.times)])*calendar.Day + calendar.Wall(p.times[i%len(p.times)])
				if w > hi || w >= lo && !yield(w) {
					return
				}
			}
		}
	}
}

// periodOf is the index of the last period that begins on the day or before it, counted from the start's.
func (p *pattern) periodOf(number int) int {
	f := &p.first
	var n int
	switch p.freq {
	case yearly:
		n = dayAt(number).year - f.year
	case monthly:
		d := dayAt(number)
		n = (d.year-f.year)*12 + d.month - f.month
	case weekly:
		begin := f.number - floorMod(f.weekday-p.weekStart, 7)
		n = (number - begin) / 7
	case daily:
		n = number - f.number
	}
	return n / p.interval
}

// period is the first day and the length in days of a period.
func (p *pattern) period(n int) (begin, length int) {
	f := &p.first
	n *= p.interval
	switch p.freq {
	case yearly:
		return dayNumber(f.year+n, 1, 1), daysInYear(f.year + n)
	case monthly:
		month := f.month - 1 + n
		year := f.year + month/12
		return dayNumber(year, month%12+1, 1), daysIn(year, month%12+1)
	case weekly:
		return f.number - floorMod(f.weekday-p.weekStart, 7) + 7*n, 7
	}
	return f.number + n, 1
}

// days collects the days of a period that match. The day is where the period before was left, often where this one
// begins.
func (p *pattern) days(out []int, d *day, begin, length int) []int {
	if p.freq == daily && p.months == nil && p.monthDays == nil && p.weekdays == nil {
		return append(out, begin)
	}
	if d.number != begin {
		*d = dayAt(begin)
	}
	for d.number < begin+length {
		if p.freq == yearly && d.ofMonth == 1 && p.months != nil && !p.months[d.month] {
			*d = dayAt(d.number + d.inMonth) // a whole month at once
			continue
		}
		if p.matches(d) {
			out = append(out, d.number)
		}
		d.next()
	}
	return out
}

// places turns the positions of BYSETPOS into sorted indexes of a set of n.
func places(positions []int, n int) []int {
	var out []int
	for _, pos := range positions {
		i := pos - 1
		if pos < 0 {
			i = n + pos
		}
		if i >= 0 && i < n {
			out = append(out, i)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
