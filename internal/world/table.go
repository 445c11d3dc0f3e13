package world

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Figures are what seeds went through, a number a line.
func (c *Coverage) Figures() string {
	var b strings.Builder
	pairs, apart := c.pairs()
	places, alive := c.Places()
	figure(&b, "steps", "%d in the median seed, %d in the shortest", c.MedianSteps(), slices.Min(append(c.steps, c.MedianSteps())))
	figure(&b, "faults", "%d had an effect in the median seed", c.MedianFaults())
	figure(&b, "pairs", "%.1f %% of %d: an action, and a fault soon behind it at the same connection", reached(pairs, len(apart)), pairs)
	figure(&b, "crash points", "%.1f %% of %d: places at which a worker was killed", reached(places, len(alive)), places)
	return b.String()
}

// figure is a line of the table.
func figure(b *strings.Builder, what, format string, args ...any) {
	fmt.Fprintf(b, "%-14s "+format+"\n", append([]any{what}, args...)...)
}

// Lists say how often each fault had an effect, each action was done and workers died where, and where many seeds were lived through also
// what was not reached.
func (c *Coverage) Lists() string {
	var b strings.Builder
	var faults, done, died []string
	for f, n := range c.counts.faults {
		faults = append(faults, fmt.Sprintf("%s %d", Fault(f), n))
	}
	for _, name := range deeds() {
		done = append(done, fmt.Sprintf("%s %d", name, c.counts.actions[name]))
	}
	for _, at := range slices.Sorted(maps.Keys(c.counts.crashes)) {
		died = append(died, fmt.Sprintf("%s %d", at, c.counts.crashes[at]))
	}
	fill(&b, "\nfaults that had an effect:\n ", faults)
	fill(&b, "\nwhat people did:\n ", done)
	fill(&b, "\nwhere workers were killed:\n ", died)
	if c.Seeds < manySeeds {
		fmt.Fprintf(&b, "\nFrom %d seeds on it is listed which pairs and crash points were not reached.\n", manySeeds)
		return b.String()
	}
	if _, alive := c.Places(); len(alive) > 0 {
		fill(&b, "\nwhere no worker was:\n ", alive)
	}
	if _, apart := c.pairs(); len(apart) > 0 {
		b.WriteString("\nno such fault soon behind:\n")
		for _, list := range byAction(apart) {
			var faults []string
			for _, p := range list {
				faults = append(faults, p.fault.String())
			}
			fill(&b, "  "+list[0].action+":", faults)
		}
	}
	return b.String()
}

// byAction parts pairs that are in order by their actions.
func byAction(list []pair) (parts [][]pair) {
	for i, p := range list {
		if i == 0 || p.action != list[i-1].action {
			parts = append(parts, nil)
		}
		last := &parts[len(parts)-1]
		*last = append(*last, p)
	}
	return parts
}

// fill writes a list behind a title, in lines that fit a screen.
func fill(b *strings.Builder, title string, list []string) {
	const width = 100
	line := title[strings.LastIndex(title, "\n")+1:]
	b.WriteString(strings.TrimSuffix(title, line))
	for i, item := range list {
		if i < len(list)-1 {
			item += ","
		}
		if len([]rune(line))+1+len([]rune(item)) > width {
			b.WriteString(line + "\n")
			line = "   "
		}
		line += " " + item
	}
	b.WriteString(line + "\n")
}
