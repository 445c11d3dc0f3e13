package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// outcome of a mutant.
type outcome string

const (
	killed     outcome = "killed"
	slow       outcome = "killed: the tests did not end"
	survived   outcome = "survived"
	noCompile  outcome = "does not compile"
	equivalent outcome = "accepted"
)

// draw takes a sample, in the order of the text.
func draw(all []mutant, o options) []mutant {
	var some []mutant
	for _, m := range all {
		begins := func(place string) bool { return strings.HasPrefix(m.place(), place) }
		if slices.ContainsFunc(strings.Split(o.only, ","), begins) && (o.kinds == "" || slices.Contains(strings.Split(o.kinds, ","), m.kind)) {
			some = append(some, m)
		}
	}
	if o.n <= 0 || o.n >= len(some) {
		return some
	}
	chosen := rand.New(rand.NewPCG(o.seed, 0)).Perm(len(some))[:o.n]
	slices.Sort(chosen)
	sample := make([]mutant, o.n)
	for i, at := range chosen {
		sample[i] = some[at]
	}
	return sample
}

// try runs the tests against each mutant, several at a time, and prints the survivors as they are found.
func try(ctx context.Context, o options, r *room, tests []string, sample []mutant, known *accepted) (*summary, error) {
	t := &trial{options: o, known: known, sum: &summary{counts: map[outcome]int{}, begun: time.Now()}}
	groups, alone := r.gather(sample)
	if len(groups) == 0 { // a group's binary is tried with no mutant anyway
		if err := sane(ctx, o, tests); err != nil {
			return nil, err
		}
	}
	for _, g := range groups {
		if err := t.group(ctx, g, tests); err != nil {
			return t.sum, err
		}
	}
	err := t.each(ctx, alone, func(m *mutant) (outcome, error) { return test(ctx, o, tests, m) })
	return t.sum, err
}

// trial gathers what becomes of mutants.
type trial struct {
	options
	known *accepted
	mu    sync.Mutex
	sum   *summary
}

// group tries the mutants of one binary; it has to pass the tests with none of them.
func (t *trial) group(ctx context.Context, g *together, tests []string) error {
	dir, err := os.MkdirTemp("", "mutants")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	list, err := g.build(ctx, t.options, dir, tests)
	if err != nil {
		return err
	}
	if what, err := ask(ctx, t.options, list, ""); err != nil || what != survived {
		return errors.Join(err, fmt.Errorf("with no mutant asked for the tests say: %s", what))
	}
	return t.each(ctx, g.of, func(m *mutant) (outcome, error) { return ask(ctx, t.options, list, m.name()) })
}

// ask runs tests one after the other until one fails: the short ones first, and all that `make test` runs where those notice nothing.
func ask(ctx context.Context, o options, list []binary, name string) (what outcome, err error) {
	for _, short := range []bool{true, false} {
		for _, b := range list {
			if what, err = b.run(ctx, o, name, short); what != survived || err != nil {
				return what, err
			}
		}
	}
	return what, err
}

func (t *trial) each(ctx context.Context, list []*mutant, try func(m *mutant) (outcome, error)) error {
	var wg sync.WaitGroup
	var broken error
	lanes := make(chan struct{}, max(1, t.parallel))
	for _, m := range list {
		lanes <- struct{}{}
		wg.Go(func() {
			defer func() { <-lanes }()
			if ctx.Err() != nil {
				return
			}
			what, err := try(m)
			t.mu.Lock()
			defer t.mu.Unlock()
			if err != nil {
				broken = errors.Join(broken, err)
				return
			}
			t.count(m, what)
		})
	}
	wg.Wait()
	return errors.Join(broken, ctx.Err())
}

func (t *trial) count(m *mutant, what outcome) {
	why := t.known.reason(*m)
	if what == survived && why != "" {
		what = equivalent
	}
	t.sum.counts[what]++
	switch {
	case what == survived:
		fmt.Println(m)
	case what == killed && why != "":
		fmt.Printf("%s\n    was accepted (%s), and is killed now: take it out of accepted.txt\n", m, why)
	case t.verbose:
		fmt.Printf("%s\n    %s\n", m, what)
	}
}

// sane demands that the tests pass on what is there: otherwise every mutant would count as killed.
func sane(ctx context.Context, o options, tests []string) error {
	what, err := test(ctx, o, tests, nil)
	if err == nil && what != survived {
		err = fmt.Errorf("the tests of %s do not pass as they are: %s", strings.Join(tests, ", "), what)
	}
	return err
}

// test runs the tests of packages one after the other until one fails; m is nil for the code as it is.
func test(ctx context.Context, o options, packages []string, m *mutant) (outcome, error) {
	dir, err := os.MkdirTemp("", "mutant")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	overlay := filepath.Join(dir, "overlay.json")
	replace := map[string]string{}
	if m != nil {
		replace[m.file.path] = filepath.Join(dir, "mutant.go")
		if err := os.WriteFile(replace[m.file.path], m.text(), 0o600); err != nil {
			return "", err
		}
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(overlay, text, 0o600); err != nil {
		return "", err
	}
	list, what, err := compileAll(ctx, o, packages, dir, overlay)
	if what != "" || err != nil {
		return what, err
	}
	return ask(ctx, o, list, "")
}

// compileAll compiles the tests of packages; it says with an outcome that one of them does not.
func compileAll(ctx context.Context, o options, packages []string, dir, overlay string) (list []binary, what outcome, err error) {
	for i, p := range packages {
		b, what, err := compile(ctx, o, p, filepath.Join(dir, "test"+strconv.Itoa(i)), overlay)
		if what != "" || err != nil {
			return nil, what, err
		}
		list = append(list, b)
	}
	return list, "", nil
}

// binary is a package's tests, compiled.
type binary struct {
	path, where string
	flags       []string
}

// compile says with an outcome that it does not.
func compile(ctx context.Context, o options, pkg, path, overlay string) (b binary, what outcome, err error) {
	// Without what only a debugger reads, a binary is linked in half the time.
	build := exec.CommandContext(ctx, "go", "test", "-c", "-vet=off", "-ldflags=-s -w", "-overlay", overlay, "-o", path, pkg)
	if out, err := build.CombinedOutput(); err != nil {
		if ctx.Err() != nil {
			return b, "", ctx.Err()
		}
		if o.verbose {
			fmt.Printf("%s\n", out)
		}
		return b, noCompile, nil
	}
	about, err := exec.CommandContext(ctx, "go", "list", "-f", "{{.Dir}}\n{{.TestImports}} {{.XTestImports}}", pkg).Output()
	if err != nil {
		return b, "", fmt.Errorf("find %s: %w", pkg, err)
	}
	where, imports, _ := strings.Cut(string(about), "\n")
	b = binary{path: path, where: where, flags: []string{"-test.failfast", "-test.count=1", "-test.run=" + o.run}}
	if strings.Contains(imports, "pgregory.net/rapid") {
		// It would leave files in the tree, and begin with them the next time; and nobody reads the smallest case of a mutant.
		b.flags = append(b.flags, "-rapid.nofailfile", "-rapid.shrinktime=1ms")
	}
	return b, "", nil
}

// patience is how many times the limit of processor time a mutant may last that waits for what never comes.
const patience = 10

// run asks the tests about a mutant by name; empty: about what was compiled.
func (b binary) run(ctx context.Context, o options, name string, short bool) (outcome, error) {
	limited, cancel := context.WithTimeout(ctx, patience*o.timeout)
	defer cancel()
	temp, err := os.MkdirTemp(filepath.Dir(b.path), "temp")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(temp)
	// A defect may eat memory or time without end. The limits are the shell's: of memory on addresses, of which a test binary maps a
	// gigabyte at rest; of time on the processor's, which is the same on a busy machine.
	seconds := (o.timeout + time.Second - 1) / time.Second
	script := fmt.Sprintf("ulimit -v %d 2>/dev/null; ulimit -t %d 2>/dev/null; exec \"$0\" \"$@\"", (o.memory+1024)<<10, seconds)
	run := exec.CommandContext(limited, "sh", append([]string{"-c", script, b.path, fmt.Sprint("-test.short=", short)}, b.flags...)...)
	run.Dir = b.where
	run.WaitDelay = 5 * time.Second
	run.Env = append(os.Environ(), "TMPDIR="+temp, asking+"="+name)
	err = run.Run()
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case err == nil:
		return survived, nil
	case limited.Err() != nil, run.ProcessState != nil && run.ProcessState.ExitCode() < 0:
		return slow, nil // by a signal: the limit's, for whatever else goes wrong in a Go program ends in an exit code
	default:
		return killed, nil
	}
}

// summary is what became of a sample.
type summary struct {
	counts map[outcome]int
	begun  time.Time
}

// score is how many of a hundred mutants were killed, of those that compile and are not equivalent; 100 where there are
// none.
func (s *summary) score() float64 {
	k := s.counts[killed] + s.counts[slow]
	if k+s.counts[survived] == 0 {
		return 100
	}
	return 100 * float64(k) / float64(k+s.counts[survived])
}

func (s *summary) String() string {
	return fmt.Sprintf("%.1f %% killed: %d killed, %d without end, %d survived, %d accepted as equivalent, %d do not compile; %s",
		s.score(), s.counts[killed], s.counts[slow], s.counts[survived], s.counts[equivalent], s.counts[noCompile],
		time.Since(s.begun).Round(time.Second))
}
