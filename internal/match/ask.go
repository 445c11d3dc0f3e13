package match

import (
	"slices"
	"time"
)

// moved is how far apart two items of one title may start to be asked about: somebody may have moved the one since.
const moved = 31 * 24 * time.Hour

// ask gathers what is left into questions: what starts at once under other titles, what has the same title and starts elsewhere, and what
// was noted before.
// Of the latter each is asked together with the nearest of the other side alone, if that is the nearest to it, too.
func (m *matcher) ask() {
	u := newUnion()
	slots := pools(m, func(it *Item) (slot, bool) { return slotOf(it), true })
	for _, p := range slots {
		m.tieAll(u, p)
	}
	m.nearest(u)
	m.tieNoted(u)
	for _, p := range u.parts() {
		m.question(m.why(p), p.there, p.here)
	}
}

// tieAll ties what starts at once, but for what is apart.
func (m *matcher) tieAll(u *union, p *pool) {
	for i, t := range p.there {
		for j, h := range p.here {
			if (i == 0 || j == 0 || len(m.apart) > 0 && len(p.there)*len(p.here) <= maxEdges) && m.mayBe(t, h) {
				u.tie(t, here+h)
			}
			if i > 0 && len(m.apart) == 0 {
				break // the first here holds all of them together
			}
		}
	}
}

// tieNoted ties what was noted and is left on both sides.
func (m *matcher) tieNoted(u *union) {
	if len(m.noted) == 0 {
		return
	}
	byID := map[string]int{}
	for _, h := range fresh(&m.here) {
		byID[m.here.items[h].ID] = h
	}
	left := map[string]int{}
	for _, t := range fresh(&m.there) {
		left[m.there.items[t].ID] = t
	}
	for pair := range m.noted { // any order: which of them belong together does not go by it
		t, isThere := left[pair[0]]
		if h, isHere := byID[pair[1]]; isThere && isHere && m.mayBe(t, h) {
			u.tie(t, here+h)
		}
	}
}

// here is where the numbers of items here begin among those of both sides.
const here = 1 << 40

func (m *matcher) why(p *pool) Reason {
	if len(p.there) != 1 || len(p.here) != 1 {
		return Several
	}
	if slotOf(&m.there.items[p.there[0]]) == slotOf(&m.here.items[p.here[0]]) {
		return OtherTitle
	}
	if l, _ := alike(&m.there.items[p.there[0]], &m.here.items[p.here[0]]); l <= doubt {
		return Edited
	}
	return OtherStart
}

// shelf are the items of a side by what their titles say, each list by start.
type shelf struct {
	side        *side
	whole, runs map[string][]int
}

func newShelf(s *side) *shelf {
	f := &shelf{s, map[string][]int{}, map[string][]int{}}
	for _, i := range fresh(s) {
		title := s.items[i].Title
		whole := plain(title)
		f.whole[whole] = append(f.whole[whole], i)
		for _, text := range runs(title) {
			f.runs[text] = append(f.runs[text], i)
		}
	}
	return f
}

// nearest ties the items that are the nearest to each other among those whose titles agree.
func (m *matcher) nearest(u *union) {
	to := near(&m.there, newShelf(&m.here), m.mayBe)
	from := near(&m.here, newShelf(&m.there), func(h, t int) bool { return m.mayBe(t, h) })
	for _, t := range fresh(&m.there) {
		for _, h := range to[t] {
			if slices.Contains(from[h], t) {
				u.tie(t, here+h)
			}
		}
	}
}

// near answers, by item, the nearest of the other side: one, or the two that are as far away before and behind.
func near(s *side, f *shelf, mayBe func(i, other int) bool) map[int][]int {
	found := map[int][]int{}
	for _, i := range fresh(s) {
		it := &s.items[i]
		whole := plain(it.Title)
		if whole == "" {
			continue
		}
		var list []int
		may := func(other int) bool { return mayBe(i, other) }
		for _, text := range runs(it.Title) {
			list = closest(f.side, it, f.whole[text], list, may)
		}
		if list = closest(f.side, it, f.runs[whole], list, may); len(list) > 0 {
			found[i] = list
		}
	}
	return found
}

// maxTied bounds how many items that start at once are looked at as the nearest.
const maxTied = 32

// closest adds to the nearest items so far those of a list that are nearer, or as near.
func closest(s *side, it *Item, list, best []int, mayBe func(int) bool) []int {
	at, _ := slices.BinarySearchFunc(list, it.Start, func(i int, start time.Time) int { return s.items[i].Start.Compare(start) })
	for k := at; k < len(list) && k < at+maxTied && s.items[list[k]].Start.Equal(s.items[list[at]].Start); k++ {
		if mayBe(list[k]) {
			best = closer(s, it, list[k], best)
		}
	}
	for k := at - 1; k >= 0 && k >= at-maxTied && s.items[list[k]].Start.Equal(s.items[list[at-1]].Start); k-- {
		if mayBe(list[k]) {
			best = closer(s, it, list[k], best)
		}
	}
	return best
}

func closer(s *side, it *Item, candidate int, best []int) []int {
	o := &s.items[candidate]
	if o.AllDay != it.AllDay || o.Rule != it.Rule || gap(it, o) > moved {
		return best
	}
	if l, _ := alike(it, o); l <= doubt || slices.Contains(best, candidate) {
		return best
	}
	switch {
	case len(best) == 0 || gap(it, o) < gap(it, &s.items[best[0]]):
		return []int{candidate}
	case gap(it, o) == gap(it, &s.items[best[0]]):
		return append(best, candidate)
	}
	return best
}

func gap(a, b *Item) time.Duration { return a.Start.Sub(b.Start).Abs() }
