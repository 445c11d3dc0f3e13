package world

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var (
	first  = flag.Uint64("seed", 1, "the first seed")
	seeds  = flag.Int("seeds", 0, "how many seeds; 0: a few hundred, fewer under the race detector")
	moves  = flag.String("moves", "", "make only these moves of the one seed, as a shrunk failure names them")
	survey = flag.Bool("survey", false, "go on behind a failure; one line for each")
)

// TestNothingBreaks runs seeds one after the other. A failure prints the command that runs it again, and a trace of as few
// moves as it takes.
func TestNothingBreaks(t *testing.T) {
	n, alone := *seeds, *moves != ""
	if n == 0 {
		n = few
	}
	keep, err := ParseMoves(*moves)
	if err != nil {
		t.Fatal(err)
	}
	var c Coverage
	failed, began := 0, time.Now()
	for seed := *first; seed < *first+uint64(n); seed++ {
		r, err := Run(seed, Options{Keep: keep})
		if err != nil {
			t.Fatal(err)
		}
		c.Add(r)
		if seed%100 == 0 {
			twice(t, seed, r)
		}
		switch {
		case len(r.Broken) == 0:
		case *survey:
			failed++
			fmt.Printf("seed %d: %s\n", seed, strings.SplitN(r.Broken[0], "\n", 2)[0])
		case alone:
			t.Fatalf("seed %d: %s\n%s", seed, strings.Join(r.Broken, "\n"), strings.Join(r.Trace, "\n"))
		default:
			report(t, seed, r)
		}
	}
	if *survey && failed > 0 {
		t.Errorf("%d of %d seeds failed", failed, n)
	}
	t.Logf("%.0f ms a seed\n%s", float64(time.Since(began).Milliseconds())/float64(n), &c)
	if list := c.Missing(); n >= 200 && len(list) > 0 {
		t.Errorf("never happened: %s", strings.Join(list, ", "))
	}
	if n >= 200 && c.MedianFaults() < 10 {
		t.Errorf("%d faults had an effect in the median, want 10", c.MedianFaults())
	}
}

// twice: a seed leaves the same trace each time.
func twice(t *testing.T, seed uint64, r Result) {
	t.Helper()
	again, err := Run(seed, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(r.Trace, again.Trace) {
		t.Errorf("seed %d went differently the second time:\n%s", seed, cmp.Diff(r.Trace, again.Trace))
	}
}

func report(t *testing.T, seed uint64, r Result) {
	t.Helper()
	few, r, err := Shrink(seed, r)
	if err != nil {
		t.Fatal(err)
	}
	t.Fatalf("seed %d: %s\n\nagain: go test ./internal/world -run TestNothingBreaks -seeds 1 -seed %d -moves %s\n\n%s",
		seed, strings.Join(r.Broken, "\n"), seed, FormatMoves(few), strings.Join(r.Trace, "\n"))
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
