// Command mutants asks whether the tests would notice a defect. It puts small ones into a package's code, one at a time,
// and runs the tests: a mutant that no test fails on is a survivor, and either a hole in the tests or equivalent to the
// original. Nothing in the tree is written: the mutated file is laid over it (go build -overlay).
//
//	go run ./scripts/mutants -n 150 ./internal/merge
//	go run ./scripts/mutants -tests ./internal/hub,./internal/engine ./internal/hub
//
// The defects: a condition negated, && for || and back, == for != and back, a bound moved by one, a number one higher,
// + for - and back, a statement dropped, true for false and back, two arguments of one type swapped. A sample is drawn
// from a seed, and one seed draws the same mutants from the same code.
//
// The named ones are something else: the fifteen classes of defects that other syncs shipped (named/), each put back where
// our code keeps it out. There the simulated world has to notice, and with the invariant that is named beforehand:
//
//	go run ./scripts/mutants named        # all of them
//	go run ./scripts/mutants named 5 8    # two
//
// Survivors that were judged equivalent stand in accepted.txt beside this file, each with its reason. The exit status
// is 1 if fewer than -floor per cent of the others were killed, and 2 if nothing could be said.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"time"
)

type options struct {
	n        int
	seed     uint64
	timeout  time.Duration
	parallel int
	memory   int
	tests    string
	run      string
	floor    float64
	only     string
	kinds    string
	list     bool
	verbose  bool
}

func main() {
	var o options
	flag.IntVar(&o.n, "n", 100, "mutants of each package; 0: all")
	flag.Uint64Var(&o.seed, "seed", 1, "of the sample")
	flag.DurationVar(&o.timeout, "timeout", time.Minute, "of processor time for one mutant and one package's tests; a mutant that takes more counts as killed")
	flag.IntVar(&o.parallel, "parallel", max(1, runtime.NumCPU()/2), "mutants at a time")
	flag.IntVar(&o.memory, "memory", 2048, "MiB that the tests of one mutant may use")
	flag.StringVar(&o.tests, "tests", "", "packages whose tests are run, in this order, with commas; default: the mutated one")
	flag.StringVar(&o.run, "run", "", "only tests that match, to see whether a new one kills what survived")
	flag.Float64Var(&o.floor, "floor", 0, "per cent that have to be killed")
	flag.StringVar(&o.only, "only", "", "only mutants whose file:line begins so, with commas, as in merge.go:12,plan.go")
	flag.StringVar(&o.kinds, "kinds", "", "only these kinds, with commas, as in drop,bound")
	flag.BoolVar(&o.list, "list", false, "print the mutants of the sample and try none")
	flag.BoolVar(&o.verbose, "v", false, "print the killed ones too")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var good bool
	var err error
	if args := flag.Args(); len(args) > 0 && args[0] == "named" {
		good, err = catchNamed(ctx, args[1:])
	} else {
		good, err = run(ctx, o, args)
	}
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(2)
	case !good:
		os.Exit(1)
	}
}

func run(ctx context.Context, o options, packages []string) (bool, error) {
	accepted, err := readAccepted()
	if err != nil {
		return false, err
	}
	if len(packages) == 0 {
		return false, fmt.Errorf("name at least one package")
	}
	good := true
	for _, pattern := range packages {
		p, err := load(ctx, pattern)
		if err != nil {
			return false, fmt.Errorf("load %s: %w", pattern, err)
		}
		all := p.mutants()
		sample := draw(all, o)
		fmt.Printf("%s: %d mutants of %d, seed %d\n", p.path, len(sample), len(all), o.seed)
		if o.list {
			for _, m := range sample {
				fmt.Println(m)
			}
			continue
		}
		tests := []string{p.path}
		if o.tests != "" {
			tests = strings.Split(o.tests, ",")
		}
		sum, err := try(ctx, o, p, tests, sample, accepted)
		if sum != nil {
			fmt.Println(sum) // also of what was tried before it was interrupted
		}
		if err != nil {
			return false, fmt.Errorf("try %s: %w", p.path, err)
		}
		good = good && sum.score() >= o.floor
	}
	return good, nil
}
