package match

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Item is one item of a side, as far as telling it from others needs it.
type Item struct {
	ID  string // within its side
	UID string // iCalendar's; may be empty
	// Start and End are instants; of what takes whole days the midnights of its dates in UTC. End may be zero.
	Start, End time.Time
	AllDay     bool
	Rule       string // how it recurs, in canonical form; empty for a single one
	// On reports whether a date of a series starts then; nil of what does not repeat.
	On    func(start time.Time) bool
	Title string
	Names []string // of the deal, person and organisation that it belongs to, where that is known
	// Print names all that it says: items of a side with the same print cannot be told apart.
	Print string
}

// Reason says why a pair or a group is unsure. The list is closed: pages have a sentence for each.
type Reason string

// The reasons.
const (
	OtherTitle   Reason = "other_title"   // the same start, another title
	OtherStart   Reason = "other_start"   // the same title, another start, not far away: moved since
	OtherPattern Reason = "other_pattern" // the same start and title, but it recurs otherwise
	Dates        Reason = "dates"         // a series on one side, and its dates one by one on the other
	SameUID      Reason = "same_uid"      // the same UID, and another start or title
	Several      Reason = "several"       // several that may be meant
	Edited       Reason = "edited"        // they were noted as alike, and have nothing in common any more
)

// Reasons are all reasons there are.
var Reasons = []Reason{OtherTitle, OtherStart, OtherPattern, Dates, SameUID, Several, Edited}

// Pair is an item there and the one here that it is, by index.
type Pair struct {
	There, Here int
	// Frame is what stands around the subject in the title there.
	Frame Frame
	// Meeting: both are copies of one meeting, which are one whatever they say, and whatever is said of them. Unlike: they say so different
	// things that others would be asked about.
	Meeting, Unlike bool
}

// Question is what has to be asked, by index: which of the items there are which of those here. Both lists are ordered by start and ID.
type Question struct {
	Reason      Reason
	There, Here []int
}

// Result is the two sides, each item in exactly one place. All lists are ordered by start and ID.
type Result struct {
	Matched []Pair
	Unsure  []Question
	// There and Here are new: the other side has nothing like them.
	There, Here []int
}

// maxEdges bounds the comparisons of each with each among items that may be one another; what is more is asked as a whole.
const maxEdges = 1024

// side is one side's items with what is left of them.
type side struct {
	items []Item
	done  []bool
}

func (s *side) left(list []int) []int {
	return slices.DeleteFunc(slices.Clone(list), func(i int) bool { return s.done[i] })
}

// order is by start and ID.
func (s *side) order(i, j int) int {
	a, b := &s.items[i], &s.items[j]
	return cmp.Or(a.Start.Compare(b.Start), strings.Compare(a.ID, b.ID))
}

// Apart tells which items a person has said not to be the same, by their IDs there and here.
type Apart map[[2]string]bool

// Noted tells which items were found to be alike before, by their IDs there and here, and nobody has said whether they are the same.
type Noted map[[2]string]bool

// Meets reports of an item there and one here, by index, which have one UID, that they are copies of one meeting.
type Meets func(there, here int) bool

type matcher struct {
	there, here side
	apart       Apart
	noted       Noted
	meets       Meets
	result      Result
}

// Match sorts the items of two sides. IDs are unique within a side. Copies of one meeting are paired; of all else nothing is paired or asked
// that is said to be apart, and what was noted is asked about, however it was edited since. meets may be nil: nothing is a meeting's.
func Match(there, here []Item, said Apart, noted Noted, meets Meets) Result {
	m := &matcher{
		there: side{there, make([]bool, len(there))}, here: side{here, make([]bool, len(here))}, apart: said, noted: noted, meets: meets,
	}
	m.byUID()
	m.byStart()
	m.ask()
	m.rest()
	return m.result
}

// Same reports that two items start at once, recur alike and have the same title: that one may well be the other.
func Same(a, b *Item) bool {
	l, _ := alike(a, b)
	return slotOf(a) == slotOf(b) && a.Rule == b.Rule && l > doubt
}

// mayBe reports that nobody has said that two items are not the same.
func (m *matcher) mayBe(t, h int) bool {
	return len(m.apart) == 0 || !m.apart[[2]string{m.there.items[t].ID, m.here.items[h].ID}]
}

func (m *matcher) pair(t, h int, f Frame) {
	m.add(Pair{There: t, Here: h, Frame: f})
}

func (m *matcher) add(p Pair) {
	m.result.Matched = append(m.result.Matched, p)
	m.there.done[p.There], m.here.done[p.Here] = true, true
}

func (m *matcher) question(why Reason, there, here []int) {
	slices.SortFunc(there, m.there.order)
	slices.SortFunc(here, m.here.order)
	m.result.Unsure = append(m.result.Unsure, Question{why, there, here})
	for _, t := range there {
		m.there.done[t] = true
	}
	for _, h := range here {
		m.here.done[h] = true
	}
}

// slot is where items can be the same: they start at once.
type slot struct {
	start int64
	day   bool
}

func slotOf(it *Item) slot { return slot{it.Start.Unix(), it.AllDay} }

// pool are the items of both sides that have something in common.
type pool struct{ there, here []int }

// pools sorts what is left of both sides by a key, those first that come first. An item without a key is in none.
func pools[K comparable](m *matcher, key func(*Item) (K, bool)) []*pool {
	all, list := map[K]*pool{}, []*pool(nil)
	add := func(s *side, to func(*pool) *[]int) {
		for i := range s.items {
			k, ok := key(&s.items[i])
			if !ok || s.done[i] {
				continue
			}
			if all[k] == nil {
				all[k] = &pool{}
				list = append(list, all[k])
			}
			at := to(all[k])
			*at = append(*at, i)
		}
	}
	add(&m.there, func(p *pool) *[]int { return &p.there })
	add(&m.here, func(p *pool) *[]int { return &p.here })
	return slices.DeleteFunc(list, func(p *pool) bool { return len(p.there) == 0 || len(p.here) == 0 })
}

// byUID pairs what has the same UID and says the same. A UID that several items have proves nothing: copies carry it along.
func (m *matcher) byUID() {
	for _, p := range pools(m, func(it *Item) (string, bool) { return it.UID, it.UID != "" }) {
		if m.meeting(p) || len(p.there) != 1 || len(p.here) != 1 || !m.mayBe(p.there[0], p.here[0]) {
			continue
		}
		t, h := p.there[0], p.here[0]
		a, b := &m.there.items[t], &m.here.items[h]
		if _, frame := alike(a, b); Same(a, b) {
			m.pair(t, h, frame)
		} else {
			m.question(SameUID, []int{t}, []int{h})
		}
	}
}

// meeting pairs an activity with a copy of its meeting, if there is one: of several the first that says the same, which is what a run ties.
// The others are copies of that.
func (m *matcher) meeting(p *pool) bool {
	if m.meets == nil {
		return false
	}
	for _, h := range p.here {
		b, at := &m.here.items[h], -1
		for _, t := range p.there {
			if m.meets(t, h) && (at < 0 || Same(&m.there.items[t], b) && !Same(&m.there.items[at], b)) {
				at = t
			}
		}
		if at < 0 {
			continue
		}
		a := &m.there.items[at]
		frame := FrameOf(a.Title, b.Title, slices.Concat(a.Names, b.Names))
		m.add(Pair{There: at, Here: h, Frame: frame, Meeting: true, Unlike: !Same(a, b)})
		return true
	}
	return false
}

// byStart pairs what starts at once and has the same title, and asks where that can be done in more ways than one; what is a date of a
// series is none of them.
func (m *matcher) byStart() {
	var list []*pool
	for _, p := range pools(m, func(it *Item) (slot, bool) { return slotOf(it), true }) {
		list = append(list, m.related(p)...)
	}
	for _, p := range list {
		m.settle(p)
	}
	m.byDates()
	for _, p := range list {
		p.there, p.here = m.there.left(p.there), m.here.left(p.here)
		m.contested(p)
	}
}

// related splits a pool into those parts of it within which titles have something in common.
func (m *matcher) related(p *pool) []*pool {
	u := newUnion()
	node := func(s *side, i int, first int) {
		for _, text := range runs(s.items[i].Title) {
			u.join(first+i, text)
		}
	}
	for _, t := range p.there {
		node(&m.there, t, 0)
	}
	for _, h := range p.here {
		node(&m.here, h, here)
	}
	return u.parts()
}

// settle pairs those items of a pool of which each can be meant by nothing but the other.
func (m *matcher) settle(p *pool) {
	if len(p.there) == 0 || len(p.here) == 0 {
		return
	}
	if len(p.there)*len(p.here) <= maxEdges {
		for m.best(p) {
			p.there, p.here = m.there.left(p.there), m.here.left(p.here)
		}
	}
	m.identical(p)
}

// rank is how well two items of a pool fit; 0: they are not the same.
func (m *matcher) rank(t, h int) (int, Frame) {
	a, b := &m.there.items[t], &m.here.items[h]
	l, frame := alike(a, b)
	if l <= doubt || a.Rule != b.Rule || !m.mayBe(t, h) {
		return 0, frame
	}
	rank := 2 * int(l)
	if a.End.Equal(b.End) {
		rank++
	}
	return rank, frame
}

// best pairs all items of which each fits the other better than anything else, and reports whether there was any.
func (m *matcher) best(p *pool) bool {
	type edge struct {
		pair Pair
		rank int
	}
	var edges []edge
	topThere, topHere := map[int]int{}, map[int]int{}
	ties := map[[2]int]int{} // how many edges of an item have a rank; items here are counted from -1 down
	for _, t := range p.there {
		for _, h := range p.here {
			rank, frame := m.rank(t, h)
			if rank == 0 {
				continue
			}
			edges = append(edges, edge{Pair{There: t, Here: h, Frame: frame}, rank})
			topThere[t], topHere[h] = max(topThere[t], rank), max(topHere[h], rank)
			ties[[2]int{t, rank}]++
			ties[[2]int{-1 - h, rank}]++
		}
	}
	found := false
	for _, e := range edges {
		if e.rank == topThere[e.pair.There] && e.rank == topHere[e.pair.Here] &&
			ties[[2]int{e.pair.There, e.rank}] == 1 && ties[[2]int{-1 - e.pair.Here, e.rank}] == 1 {
			m.pair(e.pair.There, e.pair.Here, e.pair.Frame)
			found = true
		}
	}
	return found
}

// identical pairs, in their order, as many items as there are on the other side if nothing tells those of a side apart: whichever way
// they are paired, nobody could see a difference.
func (m *matcher) identical(p *pool) {
	n := len(p.there)
	if n == 0 || n != len(p.here) || !same(&m.there, p.there) || !same(&m.here, p.here) {
		return
	}
	there, here := slices.Clone(p.there), slices.Clone(p.here)
	slices.SortFunc(there, m.there.order)
	slices.SortFunc(here, m.here.order)
	for i := range there {
		if rank, _ := m.rank(there[i], here[i]); rank == 0 {
			return
		}
	}
	for i := range there {
		_, frame := m.rank(there[i], here[i])
		m.pair(there[i], here[i], frame)
	}
}

func same(s *side, list []int) bool {
	first := &s.items[list[0]]
	return !slices.ContainsFunc(list[1:], func(i int) bool { return s.items[i].Print != first.Print || first.Print == "" })
}

// contested asks about what could be paired in more ways than one, or recurs otherwise. What is merely alike waits for what else starts
// then.
func (m *matcher) contested(p *pool) {
	if len(p.there) == 0 || len(p.here) == 0 {
		return
	}
	pairable := false
	if len(p.there)*len(p.here) <= maxEdges {
		for _, t := range p.there {
			pairable = pairable || slices.ContainsFunc(p.here, func(h int) bool { rank, _ := m.rank(t, h); return rank > 0 })
		}
	} else {
		pairable = true
	}
	if pairable {
		m.question(Several, p.there, p.here)
		return
	}
	if len(p.there) != 1 || len(p.here) != 1 || !m.mayBe(p.there[0], p.here[0]) {
		return
	}
	a, b := &m.there.items[p.there[0]], &m.here.items[p.here[0]]
	if l, _ := alike(a, b); l > doubt && a.Rule != b.Rule {
		m.question(OtherPattern, p.there, p.here)
	}
}

// rest are the new ones, and brings all into order.
func (m *matcher) rest() {
	m.result.There, m.result.Here = fresh(&m.there), fresh(&m.here)
	slices.SortFunc(m.result.Matched, func(a, b Pair) int { return m.there.order(a.There, b.There) })
	slices.SortFunc(m.result.Unsure, func(a, b Question) int { return m.there.order(a.There[0], b.There[0]) })
}

func fresh(s *side) []int {
	var list []int
	for i := range s.items {
		if !s.done[i] {
			list = append(list, i)
		}
	}
	slices.SortFunc(list, s.order)
	return list
}
