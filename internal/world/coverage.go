package world

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Coverage adds up what many worlds went through.
type Coverage struct {
	Seeds, Steps int
	faults       []int // of each seed, those that had an effect
	counts       counts
}

// Add counts a world.
func (c *Coverage) Add(r Result) {
	if c.counts.actions == nil {
		c.counts = counts{actions: map[string]int{}, pairs: map[pair]int{}, crashes: map[string]int{}}
	}
	c.Seeds++
	c.Steps += r.Steps
	c.faults = append(c.faults, r.Faults)
	for f, n := range r.counts.faults {
		c.counts.faults[f] += n
	}
	for k, n := range r.counts.actions { // any order: sums
		c.counts.actions[k] += n
	}
	for k, n := range r.counts.pairs { // any order: sums
		c.counts.pairs[k] += n
	}
	for k, n := range r.counts.crashes { // any order: sums
		c.counts.crashes[k] += n
	}
}

// MedianFaults is how many faults had an effect in the world in the middle.
func (c *Coverage) MedianFaults() int {
	if len(c.faults) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(c.faults))
	return sorted[len(sorted)/2]
}

// Missing are the actions and faults that never happened.
func (c *Coverage) Missing() []string {
	var list []string
	for _, a := range actions {
		if c.counts.actions[a.name] == 0 {
			list = append(list, a.name)
		}
	}
	for f, n := range c.counts.faults {
		if n == 0 {
			list = append(list, Fault(f).String())
		}
	}
	return list
}

// Pairs is how many pairs of an action and a fault that struck behind it were reached, of how many there are.
func (c *Coverage) Pairs() (reached, all int) { return len(c.counts.pairs), len(actions) * pairable }

// pairable are the faults that strike at a connection; a clock belongs to none.
const pairable = int(faultCount) - 1

// String is the table: how often each fault had an effect, each action was done, and workers died where.
func (c *Coverage) String() string {
	var b strings.Builder
	reached, all := c.Pairs()
	fmt.Fprintf(&b, "%d seeds, %d steps each, %d faults with effect in the median, %d of %d pairs of action and fault\n",
		c.Seeds, c.Steps/max(c.Seeds, 1), c.MedianFaults(), reached, all)
	b.WriteString("faults:")
	for f, n := range c.counts.faults {
		fmt.Fprintf(&b, " %s %d,", Fault(f), n)
	}
	b.WriteString("\nactions:")
	for _, a := range actions {
		fmt.Fprintf(&b, " %s %d,", a.name, c.counts.actions[a.name])
	}
	b.WriteString("\ndied at:")
	for _, at := range slices.Sorted(maps.Keys(c.counts.crashes)) {
		fmt.Fprintf(&b, " %s %d,", at, c.counts.crashes[at])
	}
	b.WriteString("\nnot reached:")
	for _, p := range c.unreached() {
		fmt.Fprintf(&b, " %s × %s,", p.action, p.fault)
	}
	return b.String()
}

func (c *Coverage) unreached() []pair {
	var list []pair
	for _, a := range actions {
		for f := range faultCount {
			if p := (pair{a.name, f}); f != ClockStep && c.counts.pairs[p] == 0 {
				list = append(list, p)
			}
		}
	}
	return list
}
