package world

import (
	"flag"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
)

var (
	first  = flag.Uint64("seed", 1, "the first seed")
	seeds  = flag.Int("seeds", 0, "how many seeds; 0: a few hundred, fewer under the race detector")
	moves  = flag.String("moves", "", "make only these moves of the one seed, as a shrunk failure names them")
	survey = flag.Bool("survey", false, "go on behind a failure; one line for each")
	cores  = flag.Int("cores", runtime.GOMAXPROCS(0), "how many seeds at a time")
)

// TestNothingBreaks runs seeds, some at a time. A failure prints the command that runs it again, and a trace of as few moves as
// it takes.
func TestNothingBreaks(t *testing.T) {
	n := *seeds
	if n == 0 {
		n = few
		if testing.Short() {
			n = min(n, 30) // scripts/mutants asks often
		}
	}
	keep, err := ParseMoves(*moves)
	if err != nil {
		t.Fatal(err)
	}
	spent := cpuTime()
	r := lives{first: *first, n: uint64(n), o: Options{Keep: keep, NoTrace: true}, survey: *survey, tell: testing.Verbose()}
	if err := r.run(*cores); err != nil {
		t.Fatal(err)
	}
	spent = cpuTime() - spent
	for _, x := range r.differ {
		t.Error(x)
	}
	if r.failed > 0 && !*survey {
		report(t, r.worst, keep)
	}
	if r.failed > 0 {
		t.Errorf("%d of %d seeds failed", r.failed, n)
	}
	t.Logf("\n%s%s", r.figures(spent), r.Lists())
	r.check(t)
}

// check holds what many seeds together have to go through.
func (c *Coverage) check(t *testing.T) {
	t.Helper()
	if list := c.Unlisted(); len(list) > 0 {
		t.Errorf("counted, and not among what has to happen: %s", strings.Join(list, ", "))
	}
	if c.Seeds < 200 {
		return
	}
	if list := c.Missing(); len(list) > 0 {
		t.Errorf("never happened: %s", strings.Join(list, ", "))
	}
	if n := c.MedianFaults(); n < 10 {
		t.Errorf("%d faults had an effect in the median, want 10", n)
	}
	if n := c.MedianSteps(); n < 300 {
		t.Errorf("%d steps in the median, want 300", n)
	}
	if c.Seeds < manySeeds {
		return
	}
	if all, missing := c.pairs(); reached(all, len(missing)) < enough {
		t.Errorf("%.1f %% of the pairs were reached, want %d %%", reached(all, len(missing)), enough)
	}
	if all, missing := c.Places(); reached(all, len(missing)) < enough {
		t.Errorf("workers were killed at %.1f %% of the crash points, want %d %%", reached(all, len(missing)), enough)
	}
}

// report tells of a failure: as it was, if the moves were chosen by hand, else with as few of them as it takes.
func report(t *testing.T, seed uint64, keep func(int) bool) {
	t.Helper()
	r, err := Run(seed, Options{Keep: keep})
	if err != nil {
		t.Fatal(err)
	}
	again := ""
	if keep == nil {
		few, shrunk, err := Shrink(seed, r)
		if err != nil {
			t.Fatal(err)
		}
		r, again = shrunk, fmt.Sprintf("again: go test ./internal/world -run TestNothingBreaks -seeds 1 -seed %d -moves %s\n\n", seed, FormatMoves(few))
	}
	t.Fatalf("seed %d: %s\n\n%s%s", seed, strings.Join(r.Broken, "\n"), again, strings.Join(r.Trace, "\n"))
}

func TestMovesAreReadAsTheyAreWritten(t *testing.T) {
	for _, list := range [][]int{{1}, {1, 2, 3}, {2, 4, 5, 6, 9}} {
		keep, err := ParseMoves(FormatMoves(list))
		if err != nil {
			t.Fatal(err)
		}
		for m := range 12 {
			if keep(m) != slices.Contains(list, m) {
				t.Errorf("%s: move %d", FormatMoves(list), m)
			}
		}
	}
	for _, bad := range []string{"x", "3-1", "1-", "1,,2", "1-999999999"} {
		if _, err := ParseMoves(bad); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}
