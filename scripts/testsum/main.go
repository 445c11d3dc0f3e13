// Command testsum reads what `go test -json` prints and shows what a person wants to see of it: the closing line of each
// package as it ends, everything that a failed test printed, and at the end what was skipped, with the reasons, and the
// numbers. It exits with 1 if anything failed, or if no test ran. With -again the tests have run before, in full, so that what
// is left out this time is not listed.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// event is a line of go test -json; see `go doc test2json`.
type event struct {
	Action, Package, Test, Output string
}

type key struct{ pkg, test string }

type summary struct {
	out             io.Writer
	again           bool
	printed         map[key][]string // what each test that is under way has printed
	passed, failed  int
	skipped         []string
	failedInPackage map[string]bool
}

func main() {
	again := flag.Bool("again", false, "do not list what is skipped: it ran before")
	flag.Parse()
	s := &summary{out: os.Stdout, again: *again, printed: map[key][]string{}, failedInPackage: map[string]bool{}}
	if err := s.read(os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, "testsum:", err)
		os.Exit(1)
	}
	if !s.close() {
		os.Exit(1)
	}
}

func (s *summary) read(in io.Reader) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			fmt.Fprintln(s.out, lines.Text()) // of the go command itself
			continue
		}
		s.take(e)
	}
	return lines.Err()
}

func (s *summary) take(e event) {
	k := key{e.Package, e.Test}
	switch e.Action {
	case "build-output":
		fmt.Fprint(s.out, e.Output)
	case "output":
		if e.Test == "" {
			if closing(e.Output) {
				fmt.Fprint(s.out, e.Output)
				return
			}
		}
		s.printed[k] = append(s.printed[k], e.Output)
	case "pass", "fail", "skip":
		s.end(e, k)
		delete(s.printed, k)
	}
}

// end counts a test, or closes a package.
func (s *summary) end(e event, k key) {
	text := s.printed[k]
	switch {
	case e.Action == "fail":
		if e.Test == "" {
			s.broken(e.Package)
		}
		if e.Test == "" && s.failedInPackage[e.Package] {
			return // it failed because of a test that is counted
		}
		fmt.Fprint(s.out, strings.Join(text, ""))
		s.failedInPackage[e.Package] = true
		s.failed++
	case e.Test == "":
	case e.Action == "pass":
		s.passed++
	default:
		s.skipped = append(s.skipped, fmt.Sprintf("%s %s: %s", strings.TrimPrefix(e.Package, "tahti/"), e.Test, reason(text)))
	}
}

// broken shows and counts the tests that a package which has ended never ended: time was up, or something else ended the process. What
// it said of that, all goroutines with it, is with one of them.
func (s *summary) broken(pkg string) {
	var open []string
	for k, text := range s.printed {
		if k.pkg == pkg && k.test != "" && len(text) > 0 {
			open = append(open, k.test)
		}
	}
	slices.Sort(open)
	for _, test := range open {
		k := key{pkg, test}
		fmt.Fprint(s.out, strings.Join(s.printed[k], ""))
		delete(s.printed, k)
		s.failedInPackage[pkg] = true
		s.failed++
	}
}

// closing reports whether a line that belongs to no test is the last of its package.
func closing(line string) bool {
	return strings.HasPrefix(line, "ok  \t") || strings.HasPrefix(line, "FAIL\t") || strings.HasPrefix(line, "?   \t")
}

// reason is what a skipped test said, without the frame around it and without the file and line.
func reason(text []string) string {
	var said []string
	for _, line := range text {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "=== ") || strings.HasPrefix(line, "--- ") {
			continue
		}
		if _, rest, ok := strings.Cut(line, ".go:"); ok {
			if _, message, ok := strings.Cut(rest, ": "); ok {
				line = message
			}
		}
		said = append(said, line)
	}
	return strings.Join(said, " ")
}

// close prints the end and reports whether all is well.
func (s *summary) close() bool {
	if !s.again {
		for _, line := range s.skipped {
			fmt.Fprintln(s.out, "left out:", line)
		}
	}
	fmt.Fprintf(s.out, "%d passed, %d failed, %d skipped\n", s.passed, s.failed, len(s.skipped))
	if s.passed+s.failed == 0 {
		fmt.Fprintln(s.out, "no test ran")
	}
	return s.failed == 0 && s.passed > 0
}
