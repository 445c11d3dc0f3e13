package world

import (
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"sync"

	"github.com/google/go-cmp/cmp"
)

// lives runs seeds, several at a time. A world has nothing to do with any other one, and stays on one goroutine.
type lives struct {
	Coverage
	first, n uint64
	o        Options
	survey   bool // go on behind a failure
	tell     func(format string, args ...any)

	mu     sync.Mutex
	taken  uint64
	failed int
	worst  uint64   // the first seed that failed
	differ []string // seeds that went differently the second time
	err    error
}

// often is after how many seeds it is told how far they are.
const often = 2000

func (l *lives) run(cores int) error {
	// A world is small, and a collector that ran as often as by default would cost a sixth of the time.
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
	if l.tell != nil && l.taken%often == 0 {
		l.tell("up to seed %d: %d failed", l.first+l.taken-1, l.failed)
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
	if diff != "" {
		l.differ = append(l.differ, diff)
	}
	if len(r.Broken) == 0 {
		return
	}
	if l.survey {
		fmt.Printf("seed %d: %s\n", r.Seed, strings.SplitN(r.Broken[0], "\n", 2)[0])
	}
	if l.failed == 0 || r.Seed < l.worst {
		l.worst = r.Seed
	}
	l.failed++
}

// live runs a seed; every hundredth twice, to leave the same trace each time.
func live(seed uint64, o Options) (r Result, diff string, err error) {
	o.NoTrace = seed%100 != 0
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
