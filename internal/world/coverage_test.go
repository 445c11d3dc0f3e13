package world

import (
	"slices"
	"strings"
	"testing"
)

func TestWhatFellSilentIsMissed(t *testing.T) {
	var c Coverage
	r := Result{Steps: 400, Faults: 12, counts: newCounts()}
	for f := range r.counts.faults {
		r.counts.faults[f] = 1
	}
	for _, name := range deeds() {
		r.counts.actions[name] = 1
		for f := range faultCount {
			r.counts.pairs[pair{name, f}] = 1
		}
	}
	delete(r.counts.pairs, pair{"delete event", Refused})
	delete(r.counts.pairs, pair{"delete event", ClockStep})
	delete(r.counts.pairs, pair{"dry run", Refused}) // which changes nothing
	delete(r.counts.actions, jotting)
	delete(r.counts.actions, rare[0])
	r.counts.actions["nobody listed this"] = 1
	r.counts.faults[Refused] = 0
	c.Add(r)
	if got, want := c.Missing(), []string{jotting, "refused"}; !slices.Equal(got, want) {
		t.Errorf("of few seeds %q are missing, want %q", got, want)
	}
	c.Seeds = manySeeds
	if got, want := c.Missing(), []string{jotting, rare[0], "refused"}; !slices.Equal(got, want) {
		t.Errorf("of many seeds %q are missing, want %q", got, want)
	}
	if got, want := c.Unlisted(), []string{"nobody listed this"}; !slices.Equal(got, want) {
		t.Errorf("%q are not listed, want %q", got, want)
	}
	all, missing := c.pairs()
	if want := int(faultCount)*(len(deeds())-len(idle)-len(settled)) - 3*len(atCRM); all != want || len(missing) != 2 {
		t.Errorf("%d of %d pairs are missing, want 2 of %d", len(missing), all, want)
	}
	if text := c.Lists(); !strings.HasSuffix(text, "\nno such fault soon behind:\n  delete event: refused, clock step\n") {
		t.Errorf("the lists end with\n%s", text[max(0, len(text)-200):])
	}
	for _, line := range strings.Split(c.Figures()+c.Lists(), "\n") {
		if len([]rune(line)) > 100 {
			t.Errorf("does not fit a screen: %s", line)
		}
	}
}
