package world

import (
	"fmt"
	"maps"
	"slices"
)

// manySeeds reach nearly all that there is to reach: from so many on, enough of a hundred pairs and crash points have to be reached.
const (
	manySeeds = 3000
	enough    = 95
)

// Coverage adds up what many worlds went through.
type Coverage struct {
	Seeds  int
	steps  []int // of each seed
	faults []int // of each seed, those that had an effect
	counts counts
}

// newCounts are those of a world in which nothing has happened.
func newCounts() counts {
	return counts{actions: map[string]int{}, pairs: map[pair]int{}, stood: map[string]int{}, crashes: map[string]int{}}
}

// Add counts a world.
func (c *Coverage) Add(r Result) {
	if c.counts.actions == nil {
		c.counts = newCounts()
	}
	c.Seeds++
	c.steps = append(c.steps, r.Steps)
	c.faults = append(c.faults, r.Faults)
	for f, n := range r.counts.faults {
		c.counts.faults[f] += n
	}
	addAll(c.counts.actions, r.counts.actions)
	addAll(c.counts.pairs, r.counts.pairs)
	addAll(c.counts.stood, r.counts.stood)
	addAll(c.counts.crashes, r.counts.crashes)
}

func addAll[K comparable](to, from map[K]int) {
	for k, n := range from { // any order: sums
		to[k] += n
	}
}

// MedianFaults is how many faults had an effect in the world in the middle.
func (c *Coverage) MedianFaults() int { return median(c.faults) }

// MedianSteps is how many steps the world in the middle took.
func (c *Coverage) MedianSteps() int { return median(c.steps) }

func median(list []int) int {
	if len(list) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(list))
	return sorted[len(sorted)/2]
}

// The names of what people do besides, where more than one place needs them.
const (
	cloning, restoring, undoing = "run a copy beside", "restore the database", "undo once all is quiet"
	poisoning                   = "edit what its server cannot take"
)

// besides are what people do that no weight decides about.
var besides = []string{
	"narrow", "fancy", "name deal", "put to deal", jotting, poisoning, copying, nowhereToBe,
	"other setting", "all but one", "all but the right", "clear away", "let go on as told",
	"make one's own", "bring back", "may only read", renaming, hiding, "change facet here", "change facet there", "answer question",
	"dry run", "preview", "ask why", "ask of what is not shown", "ask while stopped", cloning, restoring, undoing, falseHint, noHint,
}

// idle are those that change nothing, or with which nothing breaks any more, so that no fault can meet what they did.
var idle = []string{
	"look around", "dry run", "preview", "ask why", "ask of what is not shown", "ask while stopped", cloning, restoring, undoing,
	falseHint, noHint,
}

// settled is what somebody does to see what comes of it, so that the connection has carried it through, in peace, before a fault could meet
// it; or at the end. The same is done without that by others: settings are changed, activities pass on and come back, what waits is let go on.
var settled = []string{
	"other setting", "all but one", "all but the right", "clear away", "make one's own", "bring back", "may only read",
	"let go on as told", "answer question",
}

// atCRM is what people do in another CRM, whose items are no meetings.
var atCRM = []string{renaming, "change facet there"}

// canMeet: a fault can strike behind an action, at a connection that it concerns.
func (p pair) canMeet() bool {
	mail := p.fault == MailLost || p.fault == MailDoubled || p.fault == MailLate
	return !slices.Contains(idle, p.action) && !slices.Contains(settled, p.action) && !(mail && slices.Contains(atCRM, p.action))
}

// rare is what a few hundred seeds may well go without.
var rare = []string{"bring back"}

// deeds are the names of all that people do.
func deeds() []string {
	var list []string
	for _, a := range actions {
		list = append(list, a.name)
	}
	return append(list, besides...)
}

// Missing are the actions and faults that never happened, and that so many seeds should have gone through.
func (c *Coverage) Missing() []string {
	var list []string
	for _, name := range deeds() {
		if c.counts.actions[name] == 0 && (c.Seeds >= manySeeds || !slices.Contains(rare, name)) {
			list = append(list, name)
		}
	}
	for f, n := range c.counts.faults {
		if n == 0 {
			list = append(list, Fault(f).String())
		}
	}
	return list
}

// Unlisted are actions that were counted, and would not be missed.
func (c *Coverage) Unlisted() []string {
	list := slices.Sorted(maps.Keys(c.counts.actions))
	return slices.DeleteFunc(list, func(name string) bool { return slices.Contains(deeds(), name) })
}

// pairs are those of an action and a fault that struck soon behind it at a connection that it concerns: how many there
// are, and which were not reached.
func (c *Coverage) pairs() (all int, missing []pair) {
	for _, name := range deeds() {
		for f := range faultCount {
			p := pair{name, f}
			if !p.canMeet() {
				continue
			}
			all++
			if c.counts.pairs[p] == 0 {
				missing = append(missing, p)
			}
		}
	}
	return all, missing
}

// Places are those at which a worker can stand while anything breaks: how many there are, and at which none was killed.
func (c *Coverage) Places() (all int, missing []string) {
	list := slices.Concat(places, slices.Collect(maps.Keys(c.counts.stood))) // any order: it is sorted
	slices.Sort(list)
	list = slices.Compact(list)
	for _, at := range list {
		if c.counts.crashes[at] == 0 {
			missing = append(missing, fmt.Sprintf("%s (stood at %d times)", at, c.counts.stood[at]))
		}
	}
	return len(list), missing
}

// reached is how many of a hundred are not missing.
func reached(all, missing int) float64 { return 100 * float64(all-missing) / float64(max(1, all)) }
