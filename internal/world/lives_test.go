package world

import (
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/go-cmp/cmp"
)

// lives runs seeds, several at a time. A world has nothing to do with any other one, and stays on one goroutine.
type lives struct {
	Coverage
	first, n uint64
	o        Options
	survey   bool // go on behind a failure
	tell     bool // how far they are, now and then

	mu     sync.Mutex
	taken  uint64
	told   time.Time
	failed int
	twice  int      // were run a second time
	worst  uint64   // the first seed that failed
	differ []string // seeds that went differently the second time
	err    error
}

// often is how long nothing is told of how far they are.
const often = 30 * time.Second

func (l *lives) run(cores int) error {
	// A world is small, and a collector that ran as often as by default would cost a sixth of the time.
	l.told = time.Now()
	defer debug.SetGCPercent(debug.SetGCPercent(800))
	var wg sync.WaitGroup
	for range max(1, cores) {
		wg.Go(func() {
			for seed, more := l.next(); more; seed, more = l.next() {
				r, diff, err := live(seed, l.o)
				l.add(r, diff, err)
			}
		})
	}
	wg.Wait()
	return l.err
}

// next hands out seeds in order.
func (l *lives) next() (seed uint64, more bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.taken == l.n || l.err != nil || l.failed > 0 && !l.survey {
		return 0, false
	}
	l.taken++
	if l.tell && time.Since(l.told) > often {
		l.told = time.Now()
		fmt.Printf("%d of %d seeds, %d broken\n", l.taken-1, l.n, l.failed)
	}
	return l.first + l.taken - 1, true
}

func (l *lives) add(r Result, diff string, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		l.err = err
		return
	}
	l.Add(r)
	if twice(r.Seed) {
		l.twice++
	}
	if diff != "" {
		l.differ = append(l.differ, diff)
	}
	if len(r.Broken) == 0 {
		return
	}
	if l.survey {
		fmt.Printf("seed %d: %s\n  again: make world SEEDS=1 SEED=%d\n", r.Seed, strings.SplitN(r.Broken[0], "\n", 2)[0], r.Seed)
	}
	if l.failed == 0 || r.Seed < l.worst {
		l.worst = r.Seed
	}
	l.failed++
}

// figures are what is to know of a run at a glance, a number a line.
func (l *lives) figures(spent time.Duration) string {
	var b strings.Builder
	figure(&b, "seeds", "%d to %d", l.first, l.first+l.n-1)
	figure(&b, "broken", "%d", l.failed)
	figure(&b, "not the same", "%d of %d that were run twice", len(l.differ), l.twice)
	figure(&b, "rate", "%.0f seeds in an hour of one core", float64(l.Seeds)/spent.Hours())
	return b.String() + l.Figures()
}

// twice is which seeds are run a second time: every hundredth.
func twice(seed uint64) bool { return seed%100 == 0 }

// live runs a seed, some of them twice, to leave the same trace each time.
func live(seed uint64, o Options) (r Result, diff string, err error) {
	o.NoTrace = !twice(seed)
	r, err = Run(seed, o)
	if err != nil || o.NoTrace {
		return r, "", err
	}
	again, err := Run(seed, o)
	if !slices.Equal(r.Trace, again.Trace) {
		diff = fmt.Sprintf("seed %d went differently the second time:\n%s", seed, cmp.Diff(r.Trace, again.Trace))
	}
	return r, diff, err
}
