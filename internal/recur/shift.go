package recur

import (
	"iter"

	"tahti/internal/calendar"
)

// shiftStarts is how many starts of two series are compared: more than forty years of a weekly one.
const shiftStarts = 2_200

// Shift reports whether the starts of one event are those of another, each moved by the same delta: then overrides and
// cancelled starts can be re-keyed by it. It looks at the starts and not at the text, so Tuesdays that became Wednesdays
// are a plain shift, as is the 15th that became the 16th; the second Tuesday that became the second Wednesday is not, for in
// some months they are six days apart the other way. Dates against times are never one, two zones may be: the delta is
// on the clock on the wall.
//
// The delta is that of the first starts also when the shift is not plain.
func Shift(from, to *calendar.Event) (delta calendar.Wall, plain bool) {
	delta = to.Start.Wall - from.Start.Wall
	if (from.Start.Kind == calendar.Date) != (to.Start.Kind == calendar.Date) {
		return delta, false
	}
	if !from.IsSeries() && !to.IsSeries() {
		return delta, true
	}
	a, err := newSeries(from)
	if err != nil {
		return delta, false
	}
	b, err := newSeries(to)
	if err != nil || a.bounded() != b.bounded() {
		return delta, false
	}
	n, same := compare(a, b, delta)
	if !same || n < shiftStarts || !a.bounded() {
		return delta, same
	}
	all := func(calendar.Wall) bool { return true }
	lastA, _ := a.last(lastWall, all)
	lastB, _ := b.last(lastWall, all)
	return delta, lastA+delta == lastB
}

// compare walks the first starts of both series side by side.
func compare(a, b *series, delta calendar.Wall) (n int, same bool) {
	nextA, stopA := iter.Pull(a.starts(firstWall, lastWall))
	defer stopA()
	nextB, stopB := iter.Pull(b.starts(firstWall, lastWall))
	defer stopB()
	for ; n < shiftStarts; n++ {
		x, moreA := nextA()
		y, moreB := nextB()
		if !moreA && !moreB {
			return n, true
		}
		if moreA != moreB || x+delta != y {
			return n, false
		}
	}
	return n, true
}
