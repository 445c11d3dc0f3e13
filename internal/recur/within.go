package recur

import (
	"iter"

	"tahti/internal/calendar"
)

// units are the lengths in seconds of the periods shorter than a day.
var units = [...]int{secondly: 1, minutely: 60, hourly: 3600}

// within steps a rule whose periods are shorter than a day. The days are walked, and on each that matches the times of
// day that lie in a period that INTERVAL hits.
func (p *pattern) within(lo, hi calendar.Wall) iter.Seq[calendar.Wall] {
	unit := units[p.freq]
	origin := floorDiv(int(p.start), unit)
	return func(yield func(calendar.Wall) bool) {
		d := dayAt(dayOf(lo))
		last, idle := dayOf(hi), 0
		for d.number <= last && idle <= maxIdle {
			idle++
			if p.matches(&d) {
				idle += len(p.times)
				midnight := d.number * int(calendar.Day)
				for group := range p.groups(unit) {
					if (floorDiv(midnight+group[0], unit)-origin)%p.interval != 0 {
						continue
					}
					for _, t := range p.choose(group) {
						idle = 0
						w := calendar.Wall(midnight + t)
						if w > hi || w >= lo && !yield(w) {
							return
						}
					}
				}
			}
			p.skip(&d, unit, origin)
		}
	}
}

// groups cuts the times of day into those of one period each.
func (p *pattern) groups(unit int) iter.Seq[[]int] {
	return func(yield func([]int) bool) {
		for i := 0; i < len(p.times); {
			j := i + 1
			for j < len(p.times) && p.times[j]/unit == p.times[i]/unit {
				j++
			}
			if !yield(p.times[i:j]) {
				return
			}
			i = j
		}
	}
}

func (p *pattern) choose(group []int) []int {
	if p.positions == nil {
		return group
	}
	out := make([]int, 0, len(p.positions))
	for _, i := range places(p.positions, len(group)) {
		out = append(out, group[i])
	}
	return out
}

// skip moves on to the next day that holds a period of the interval.
func (p *pattern) skip(d *day, unit, origin int) {
	d.next()
	if p.interval*unit <= int(calendar.Day) {
		return
	}
	index := d.number*(int(calendar.Day)/unit) - origin // of the first period of that day
	if ahead := floorMod(-index, p.interval); ahead > 0 {
		if number := floorDiv((origin+index+ahead)*unit, int(calendar.Day)); number > d.number {
			*d = dayAt(number)
		}
	}
}
