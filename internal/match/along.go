package match

import (
	"slices"
	"time"
)

// Along asks what [Match] would ask about many items here, of which it holds a stretch at a time: they come in the order of their starts.
// What is the same is not told. Memory is bounded by the items there and the size of a stretch.
//
// Nothing that starts further away than reach has a say in whether two items are asked about, but for a UID, of which only the place is
// remembered.
type Along struct {
	there []Item
	size  int
	here  []Item // those before the stretch in hand that have a say in it, and those from its beginning on
	from  int    // where it begins
	uids  map[string]*sameUID
}

// sameUID is what was met with the UID of a single item there.
type sameUID struct {
	there, met int
	here       string
	far        bool
}

// Asked is one item there that may be one here, by index and by ID.
type Asked struct {
	There int
	Here  string
}

const (
	// reach is how far away an item may start that has a say: it is the nearest to what may have been moved, which is the nearest to another.
	reach = 2 * moved
	// margin bounds how many of them are held on each side of a stretch, where very much starts within reach.
	margin = 5000
)

// NewAlong begins with the items there. size is how many here are asked about at a time.
func NewAlong(there []Item, size int) *Along {
	a := &Along{there: there, size: size, uids: map[string]*sameUID{}}
	for i := range there {
		uid := there[i].UID
		if s := a.uids[uid]; s != nil {
			s.met = 2 // a UID that several items have proves nothing
		} else if uid != "" {
			a.uids[uid] = &sameUID{there: i}
		}
	}
	return a
}

// Add takes the next items here, and answers what can be asked by now.
func (a *Along) Add(items ...Item) (asked []Asked) {
	for i := range items {
		if s := a.uids[items[i].UID]; s != nil {
			s.met++
			s.here, s.far = items[i].ID, gap(&a.there[s.there], &items[i]) > moved
		}
	}
	a.here = append(a.here, items...)
	for a.ready() {
		asked = append(asked, a.stretch(a.from+a.size)...)
	}
	return asked
}

// End answers what else is to be asked.
func (a *Along) End() []Asked {
	asked := a.stretch(len(a.here))
	for i := range a.there {
		if s := a.uids[a.there[i].UID]; s != nil && s.there == i && s.met == 1 && s.far {
			asked = append(asked, Asked{i, s.here})
		}
	}
	return asked
}

// ready reports that all is held that has a say in the stretch.
func (a *Along) ready() bool {
	end := a.from + a.size
	if len(a.here) <= end {
		return false
	}
	return len(a.here) >= end+margin || a.here[len(a.here)-1].Start.Sub(a.here[end-1].Start) > reach
}

// stretch asks about the items up to an index, and forgets what has no say in the next.
func (a *Along) stretch(end int) (asked []Asked) {
	if a.from == end {
		return nil
	}
	for _, q := range Match(a.there, a.here, nil, nil, nil).Unsure {
		_ = q.Each(func(t, h int) error {
			if a.from <= h && h < end {
				asked = append(asked, Asked{t, a.here[h].ID})
			}
			return nil
		})
	}
	if a.from = end; end < len(a.here) {
		since := a.here[end].Start.Add(-reach)
		first, _ := slices.BinarySearchFunc(a.here, since, func(it Item, at time.Time) int { return it.Start.Compare(at) })
		first = min(max(first, end-margin), end)
		a.here, a.from = slices.Clone(a.here[first:]), end-first
	}
	return asked
}

// maxPairs bounds how many pairs of one question are told. Of more than that each side of it is in a pair with some other.
const maxPairs = 1000

// Each goes through the pairs of a question, by index, until one of them fails.
func (q Question) Each(do func(there, here int) error) error {
	if there, here := len(q.There), len(q.Here); there*here > maxPairs {
		for i := range max(there, here) {
			if err := do(q.There[i%there], q.Here[i%here]); err != nil {
				return err
			}
		}
		return nil
	}
	for _, t := range q.There {
		for _, h := range q.Here {
			if err := do(t, h); err != nil {
				return err
			}
		}
	}
	return nil
}
