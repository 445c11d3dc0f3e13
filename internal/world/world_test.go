package world

import (
	"flag"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
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
	began, spent := time.Now(), cpuTime()
	r := lives{first: *first, n: uint64(n), o: Options{Keep: keep, NoTrace: true}, survey: *survey}
	if n > 5*often {
		r.tell = t.Logf
	}
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
	per := spent.Seconds() / float64(n)
	t.Logf("seeds %d to %d: %d steps in %v, %v of processors: %.0f ms a seed, %.0f seeds in an hour of one\n%s", *first, *first+uint64(n)-1,
		r.Steps, time.Since(began).Round(time.Second), spent.Round(time.Second), 1000*per, 3600/per, &r.Coverage)
	if list := r.Missing(); n >= 200 && len(list) > 0 {
		t.Errorf("never happened: %s", strings.Join(list, ", "))
	}
	if n >= 200 && r.MedianFaults() < 10 {
		t.Errorf("%d faults had an effect in the median, want 10", r.MedianFaults())
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
