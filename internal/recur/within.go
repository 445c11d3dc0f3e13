package recur

import (
	"iter"

	"tahti/internal/calendar"
)

// units are the lengths in seconds of the periods shorter than a day.
var units = [...]int{secondly: 1, minutely: 60, hourly: 3600}

// The bounds of a walk in periods shorter than a day, in periods looked at: between two starts, and in all. Days alone are
// bounded as elsewhere, by the calendar's cycle. A rule within [MaxPerDay] is followed for 190 years at the least.
const (
	maxIdle = 500_000
	maxWalk = 20_000_000
)

// clockwork is what a rule with periods shorter than a day gives on a day that matches.
type clockwork struct {
	unit    int // seconds of a period
	allowed struct{ hours, minutes, seconds [60]bool }
	periods []int // those that the BY parts allow, as seconds into the day; nil where INTERVAL leaves fewer to look at
	inner   []int // the starts in a period, as seconds into it, after BYSETPOS
}

func newClockwork(r *rule, start int) *clockwork {
	c := &clockwork{unit: units[r.freq]}
	hours, minutes, seconds := r.byHour, r.byMinute, r.bySecond
	inner := []int{0}
	if r.freq >= minutely {
		inner, seconds = orOwn(seconds, start%60), []int{0}
	}
	if r.freq >= hourly {
		inner, minutes = product(orOwn(minutes, start/60%60), 60, inner), []int{0}
	}
	c.inner = inner
	if r.bySetPos != nil {
		c.inner = nil
		for _, i := range places(r.bySetPos, len(inner)) {
			c.inner = append(c.inner, inner[i])
		}
	}
	hours, minutes, seconds = orAll(hours, 24), orAll(minutes, 60), orAll(seconds, 60)
	mark(c.allowed.hours[:], hours, 0)
	mark(c.allowed.minutes[:], minutes, 0)
	mark(c.allowed.seconds[:], seconds, 0)
	if len(hours)*len(minutes)*len(seconds) <= int(calendar.Day)/(c.unit*r.interval) {
		c.periods = product(hours, 3600, product(minutes, 60, seconds))
	}
	return c
}

// product adds each of the inner values to each of the outer ones, counted in a unit.
func product(outer []int, unit int, inner []int) []int {
	out := make([]int, 0, len(outer)*len(inner))
	for _, o := range outer {
		for _, i := range inner {
			out = append(out, o*unit+i)
		}
	}
	return out
}

func orOwn(list []int, own int) []int {
	if list == nil {
		return []int{own}
	}
	return list
}

func orAll(list []int, all int) []int {
	if list != nil {
		return list
	}
	for i := range all {
		list = append(list, i)
	}
	return list
}

// hits gives the periods of a day, as seconds into it, that INTERVAL hits, counted from an origin in periods. Those that
// the BY parts do not allow come as -1: they are work, too.
func (c *clockwork) hits(day, origin, interval int) iter.Seq[int] {
	first := day*(int(calendar.Day)/c.unit) - origin
	return func(yield func(int) bool) {
		for _, t := range c.periods {
			if (first+t/c.unit)%interval != 0 {
				t = -1
			}
			if !yield(t) {
				return
			}
		}
		if c.periods != nil {
			return
		}
		for t := floorMod(-first, interval) * c.unit; t < int(calendar.Day); t += interval * c.unit {
			hit := t
			if !c.allowed.hours[t/3600] || !c.allowed.minutes[t/60%60] || !c.allowed.seconds[t%60] {
				hit = -1
			}
			if !yield(hit) {
				return
			}
		}
	}
}

// within steps a rule whose periods are shorter than a day: by days, and on each that matches by periods.
func (p *pattern) within(lo, hi calendar.Wall) iter.Seq[calendar.Wall] {
	c := p.clockwork
	origin := floorDiv(int(p.start), c.unit)
	return func(yield func(calendar.Wall) bool) {
		d := dayAt(dayOf(lo))
		last, days, idle := dayOf(hi), 0, 0
		for walked := 0; d.number <= last && days <= cycle[daily] && idle <= maxIdle && walked <= maxWalk; days++ {
			if p.matches(&d) {
				midnight := calendar.Wall(d.number) * calendar.Day
				for t := range c.hits(d.number, origin, p.interval) {
					walked++
					if idle++; t < 0 {
						continue
					}
					for _, i := range c.inner {
						idle, days = 0, 0
						w := midnight + calendar.Wall(t+i)
						if w > hi || w >= lo && !yield(w) {
							return
						}
					}
				}
			}
			p.skip(&d, origin)
		}
	}
}

// skip moves on to the next day that holds a period of the interval.
func (p *pattern) skip(d *day, origin int) {
	d.next()
	unit := p.clockwork.unit
	if p.interval*unit <= int(calendar.Day) {
		return
	}
	index := d.number*(int(calendar.Day)/unit) - origin // of the first period of that day
	ahead := floorMod(-index, p.interval)
	if number := floorDiv((origin+index+ahead)*unit, int(calendar.Day)); number > d.number {
		*d = dayAt(number)
	}
}
