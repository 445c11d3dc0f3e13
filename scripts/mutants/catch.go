package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// world is the package whose test lives through seeds.
const world = "./internal/world"

type catchOptions struct {
	seeds   int
	first   uint64
	hits    int
	timeout time.Duration
}

// catchNamed puts the named defects back one at a time and lets the world run until something breaks. It reports whether each
// was caught with an invariant that was named beforehand, and the code as it is lives through the same seeds.
func catchNamed(ctx context.Context, args []string) (bool, error) {
	var o catchOptions
	flags := flag.NewFlagSet("named", flag.ExitOnError)
	flags.IntVar(&o.seeds, "seeds", 2000, "within which a defect has to be caught")
	flags.Uint64Var(&o.first, "seed", 1, "the first of them")
	flags.IntVar(&o.hits, "hits", 1, "seeds that have to break before the next defect's turn; more than one shows what else fires")
	flags.DurationVar(&o.timeout, "timeout", 20*time.Minute, "for one defect")
	if err := flags.Parse(args); err != nil {
		return false, err
	}
	list, err := chosen(flags.Args())
	if err != nil {
		return false, err
	}
	good, furthest := true, 0
	for _, d := range list {
		c, err := catch(ctx, o, &d)
		if err != nil {
			return false, fmt.Errorf("%02d %s: %w", d.number, d.name, err)
		}
		fmt.Printf("%02d %-28s %s\n", d.number, d.name, c.verdict(o, &d))
		good = good && c.as(&d)
		furthest = max(furthest, c.last)
	}
	if furthest == 0 {
		return good, nil
	}
	o.seeds, o.hits = furthest, 1
	c, err := catch(ctx, o, &defect{})
	if err != nil {
		return false, fmt.Errorf("without a defect: %w", err)
	}
	if len(c.broken) > 0 {
		fmt.Printf("the code as it is breaks at the same seeds: %s\n", c.broken[0])
		return false, nil
	}
	fmt.Printf("the code as it is lives through the same %d seeds\n", furthest)
	return good, nil
}

// chosen are the defects with the numbers that were given; all where none were.
func chosen(numbers []string) ([]defect, error) {
	all, err := readNamed()
	if err != nil || len(numbers) == 0 {
		return all, err
	}
	var list []defect
	for _, word := range numbers {
		n, err := strconv.Atoi(word)
		i := slices.IndexFunc(all, func(d defect) bool { return d.number == n })
		if err != nil || i < 0 {
			return nil, fmt.Errorf("there is no defect %q", word)
		}
		list = append(list, all[i])
	}
	return list, nil
}

// caught is what the world said of a defect.
type caught struct {
	broken []string // lines of seeds that broke
	fired  []string // their invariants
	last   int      // how many seeds were run until the last of them; all where none broke
}

// as reports whether the defect was caught by an invariant that was named beforehand.
func (c *caught) as(d *defect) bool { return len(c.fired) > 0 && slices.Contains(d.expect, c.fired[0]) }

func (c *caught) verdict(o catchOptions, d *defect) string {
	if len(c.fired) == 0 {
		return fmt.Sprintf("NOT CAUGHT within %d seeds, want %s", o.seeds, strings.Join(d.expect, " or "))
	}
	text := fmt.Sprintf("caught as %s by %s", c.fired[0], c.broken[0])
	if !c.as(d) {
		text = fmt.Sprintf("WRONG: want %s, but %s", strings.Join(d.expect, " or "), c.broken[0])
	}
	for _, line := range c.broken[1:] {
		text += "\n   " + line
	}
	return text
}

// catch builds the world over a defect and runs it.
func catch(ctx context.Context, o catchOptions, d *defect) (*caught, error) {
	dir, err := os.MkdirTemp("", "mutant")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	root, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return nil, fmt.Errorf("find the module: %w", err)
	}
	overlay, err := d.overlay(strings.TrimSpace(string(root)), dir)
	if err != nil {
		return nil, err
	}
	binary := filepath.Join(dir, "world.test")
	build := exec.CommandContext(ctx, "go", "test", "-c", "-vet=off", "-overlay", overlay, "-o", binary, world)
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build: %w\n%s", err, out)
	}
	limited, cancel := context.WithTimeout(ctx, o.timeout)
	defer cancel()
	run := exec.CommandContext(limited, binary, "-test.run=^TestNothingBreaks$", "-test.timeout=0", "-survey", "-cores", "1",
		"-seeds", strconv.Itoa(o.seeds), "-seed", strconv.FormatUint(o.first, 10))
	run.Dir = filepath.Join(strings.TrimSpace(string(root)), world)
	run.WaitDelay = 5 * time.Second
	out, err := run.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := run.Start(); err != nil {
		return nil, err
	}
	c, said := listen(out, o)
	enough := len(c.broken) >= o.hits
	if enough {
		cancel() // what else would break nobody asks
	}
	err = run.Wait()
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case !enough && err != nil && len(c.broken) == 0 && !strings.Contains(said, "--- FAIL: TestNothingBreaks"):
		return nil, fmt.Errorf("the world ended with %w:\n%s", err, said)
	}
	return c, nil
}

// overlay writes the files with the defect in them, and the list of what they stand for.
func (d *defect) overlay(root, dir string) (string, error) {
	files, err := d.apply(func(file string) ([]byte, error) { return os.ReadFile(filepath.Join(root, file)) })
	if err != nil {
		return "", err
	}
	replace := map[string]string{}
	for file, text := range files { // any order: each for itself
		path := filepath.Join(dir, fmt.Sprintf("%d-%s", len(replace), filepath.Base(file)))
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return "", err
		}
		replace[filepath.Join(root, file)] = path
	}
	list, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	overlay := filepath.Join(dir, "overlay.json")
	return overlay, os.WriteFile(overlay, list, 0o600)
}

var brokenSeed = regexp.MustCompile(`^seed (\d+): (\S+) `)

// listen reads the world's lines until enough seeds broke. said is the end of all that it printed.
func listen(out io.Reader, o catchOptions) (c *caught, said string) {
	c = &caught{}
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for len(c.broken) < o.hits && lines.Scan() {
		m := brokenSeed.FindStringSubmatch(lines.Text())
		if said += lines.Text() + "\n"; m == nil {
			continue
		}
		seed, err := strconv.ParseUint(m[1], 10, 64)
		if err != nil {
			continue
		}
		c.broken, c.fired, c.last = append(c.broken, lines.Text()), append(c.fired, m[2]), int(seed-o.first)+1
	}
	if len(c.broken) == 0 {
		c.last = o.seeds
	}
	if err := lines.Err(); err != nil && !errors.Is(err, os.ErrClosed) {
		said += err.Error()
	}
	return c, said[max(0, len(said)-4000):]
}
