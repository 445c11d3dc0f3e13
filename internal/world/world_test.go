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
		if testing.Short() {
			n = min(n, 30) // scripts/mutants asks often
		}
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

// TestWhatOnceBroke replays the moves that broke something, for as long as the world throws its dice as it did then. Each defect
// has a test of its own beside the code that had it.
func TestWhatOnceBroke(t *testing.T) {
	for name, x := range map[string]struct {
		seed  uint64
		moves string
	}{
		"a try is answered with what an earlier one said": {10818, "1-5,9-17,19-24,27,29-30,35-39,41,43,46-47,50,53-54,56-61,63-64," +
			"67-74,76-77,79-82,84,87-90,93-94,98-100,102-107,113,118,120,122-123,125,157"},
		"a try is found with what an earlier one said": {10729, "2,7-14,16-21,24-26,28-30,32-37,39-45,47,49-51,57-63,65-67,69-71," +
			"73-74,79,83,85-86,88-89,91,93-96,98-99,105-106,108-112,115-121,125,127-128,134"},
		"guests that no creation writes count as an edit": {12814, "1-2,5,8,10-11,15-17,31-32,35-36,41,43-44,48,51-54,58-60,63,65," +
			"67-68,71-72,74,77,79-80,87-88,90,92-95,97-99,102-104,127,129-130,133,138,140-141"},
		"an owner without a calendar that carries the meeting": {13575, "24,28,59,68,73"},
		"a date is made as long as the whole series":           {11870, "9,14,35,41,45,51,55,57,63-64,75-76,78-80,90,106,120,141,143,167"},
		"an exception that a server in parts cannot keep":      {20125, ""},
	} {
		t.Run(name, func(t *testing.T) {
			keep, err := ParseMoves(x.moves)
			if err != nil {
				t.Fatal(err)
			}
			r, err := Run(x.seed, Options{Keep: keep})
			if err != nil {
				t.Fatal(err)
			}
			if len(r.Broken) > 0 {
				t.Errorf("seed %d: %s", x.seed, strings.Join(r.Broken, "\n"))
			}
		})
	}
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
