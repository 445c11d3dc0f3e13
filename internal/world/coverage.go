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
	c.Steps += r.Steps
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
func (c *Coverage) MedianFaults() int {
	if len(c.faults) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(c.faults))
	return sorted[len(sorted)/2]
}

// besides are what people do that no weight decides about.
var besides = []string{"dry run", "preview", "narrow", "fancy", "name deal", "put to deal", "ask why", "other setting", "all but one", "clear away", "let go on as told", jotting}

// Missing are the actions and faults that never happened.
func (c *Coverage) Missing() []string {
	var list []string
	for _, a := range actions {
		if c.counts.actions[a.name] == 0 {
			list = append(list, a.name)
		}
	}
	for _, name := range besides {
		if c.counts.actions[name] == 0 {
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

// pair is in people's words.
func (p pair) String() string { return p.action + " × " + p.fault.String() }

// Pairs are the pairs of an action and a fault that struck soon behind it at a connection that it concerns: how many there
// are, and which were not reached. A clock belongs to no connection, and what changes nothing concerns none.
func (c *Coverage) Pairs() (all int, missing []string) {
	for _, a := range actions {
		if slices.Contains(idle, a.name) {
			continue
		}
		for f := range faultCount {
			if f == ClockStep {
				continue
			}
			all++
			if p := (pair{a.name, f}); c.counts.pairs[p] == 0 {
				missing = append(missing, p.String())
			}
		}
	}
	return all, missing
}

// Places are those at which a worker can stand: how many there are, and at which none was killed.
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

// String is the table: how often each fault had an effect, each action was done, and workers died where.
func (c *Coverage) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d seeds, %d steps each, %d faults with effect in the median", c.Seeds, c.Steps/max(c.Seeds, 1), c.MedianFaults())
	b.WriteString("\nfaults:")
	for f, n := range c.counts.faults {
		fmt.Fprintf(&b, " %s %d,", Fault(f), n)
	}
	b.WriteString("\nactions:")
	for _, a := range actions {
		fmt.Fprintf(&b, " %s %d,", a.name, c.counts.actions[a.name])
	}
	for _, name := range besides {
		fmt.Fprintf(&b, " %s %d,", name, c.counts.actions[name])
	}
	b.WriteString("\ndied:")
	for _, at := range slices.Sorted(maps.Keys(c.counts.crashes)) {
		fmt.Fprintf(&b, " %s %d,", at, c.counts.crashes[at])
	}
	all, missing := c.Pairs()
	b.WriteString("\n" + reached("pairs of action and fault", all, missing))
	fmt.Fprintf(&b, "; none with %s, which belongs to no connection, and of %s, which changes nothing", ClockStep, strings.Join(idle, ", "))
	all, missing = c.Places()
	b.WriteString("\n" + reached("places to die at", all, missing))
	return b.String()
}

// reached is a line of the table. A long list of what is missing is cut.
func reached(what string, all int, missing []string) string {
	const most = 40
	n := all - len(missing)
	text := fmt.Sprintf("%s: %d of %d reached, %.1f %%", what, n, all, 100*float64(n)/float64(all))
	if len(missing) == 0 {
		return text
	}
	text += "; not " + strings.Join(missing[:min(most, len(missing))], ", ")
	if more := len(missing) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
