package main

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const before = `package pond

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
)

var errDeep = errors.New("deep")

const limit = 3

func fits(a, b int) bool {
	if a > limit && b != 0 {
		return false
	}
	return true
}

func sum(list []int) (n int, err error) {
	defer func() { n++ }()
	for i := 0; i < len(list); i++ {
		switch {
		case list[i] == 9:
			return 0, errDeep
		}
		n += list[i] - 1
	}
	return n, err
}

func pair() bool { return fits(1, 2) }

func say(l *slog.Logger) { l.Info("a", "b", "c") }

func all(first string, rest ...string) {}

func use(a, b int) { all("x", "y", "z"); _ = max(a, b) }

func join(a string) string { return a + "x" }

func (p *puddle[T]) deep(err error) (int, bool, error) {
	if err != nil {
		return 0, true, err
	}
	switch {
	case err != nil:
		return 0, false, err
	}
	return 0, true, fmt.Errorf("deep: %w", err)
}

type puddle[T any] struct{}

func same(a, b string) bool { return strings.EqualFold(a, b) }
`

// pond writes a module with one package and its test, and makes its folder the current one.
func pond(t *testing.T, tests string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module example.com/pond\n\ngo 1.26\n", "pond.go": before, "pond_test.go": "package pond\n\nimport \"testing\"\n\n" + tests,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	t.Setenv("GOWORK", "off")
	t.Setenv("GOFLAGS", "-mod=mod")
}

func TestEachKindOfDefectIsFoundWhereItCanBe(t *testing.T) {
	pond(t, "")
	r, err := load(t.Context(), ".")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range r.mutants() {
		got = append(got, m.kind+": "+m.is())
		if _, err := parser.ParseFile(token.NewFileSet(), "", m.text(), 0); err != nil {
			t.Errorf("%s\n    is no Go: %v", m, err)
		}
	}
	want := []string{
		"number: const limit = 4",
		"negate: if !(a > limit && b != 0) {",
		"bound: if a >= limit && b != 0 {",
		"and-or: if a > limit || b != 0 {",
		"equal: if a > limit && b == 0 {",
		"number: if a > limit && b != 1 {",
		"drop: if false { return false }",
		"truth: return true",
		"truth: return false",
		"drop: if false { defer func() { n++ }() }",
		"drop: defer func() { if false { n++ } }()",
		"number: for i := 1; i < len(list); i++ {",
		"negate: for i := 0; !(i < len(list)); i++ {",
		"bound: for i := 0; i <= len(list); i++ {",
		"negate: case !(list[i] == 9):",
		"number: case list[i] == 10:",
		"drop: if false { return 0, errDeep }",
		"number: return 1, errDeep",
		"drop: if false { n += list[i] - 1 }",
		"sum: n += list[i] + 1",
		"number: n += list[i] - 2",
		"arguments: func pair() bool { return fits(2, 1) }",
		"number: func pair() bool { return fits(2, 2) }",
		"number: func pair() bool { return fits(1, 3) }",
		"drop: func use(a, b int) { if false { all(\"x\", \"y\", \"z\") }; _ = max(a, b) }",
		"arguments: func use(a, b int) { all(\"y\", \"x\", \"z\"); _ = max(a, b) }",
		"drop: func use(a, b int) { all(\"x\", \"y\", \"z\"); if false { _ = max(a, b) } }",
		"negate: if !(err != nil) {", // and nothing of what stands beside an error that is surely there
		"drop: if false { return 0, true, err }",
		"negate: case !(err != nil):",
		"drop: if false { return 0, false, err }",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	all := r.mutants()
	if first, last := all[0].within, all[len(all)-1].within; first != "" || last != "puddle.deep" {
		t.Errorf("the first is in %q, the last in %q", first, last)
	}
}

func TestASeedDrawsTheSameSampleInTheOrderOfTheText(t *testing.T) {
	pond(t, "")
	r, err := load(t.Context(), ".")
	if err != nil {
		t.Fatal(err)
	}
	all := r.mutants()
	places := func(o options) (list []string) {
		for _, m := range draw(all, o) {
			list = append(list, m.String())
		}
		return list
	}
	seven := places(options{n: 7, seed: 4})
	if len(seven) != 7 || !slices.Equal(seven, places(options{n: 7, seed: 4})) || slices.Equal(seven, places(options{n: 7, seed: 5})) {
		t.Errorf("sample of seven: %v", seven)
	}
	if !slices.IsSortedFunc(draw(all, options{n: 7}), func(a, b mutant) int { return a.from - b.from }) {
		t.Error("the sample is out of order")
	}
	if all := places(options{}); len(all) != 31 {
		t.Errorf("no size drew %d", len(all))
	}
	if one := draw(all, options{only: "pond.go:15", kinds: "bound,equal"}); len(one) != 2 {
		t.Errorf("two kinds in one line drew %v", one)
	}
}

func TestWhatTheTestsNoticeIsKilledAndTheRestSurvives(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: it compiles a package some times")
	}
	// The tests do not look at the second value of an error, nor at pair.
	pond(t, `func TestFits(t *testing.T) {
	for a, want := range []bool{true, true, true, true, false} {
		if fits(a, 1) != want {
			t.Error(a)
		}
	}
	if n, err := sum([]int{1, 2}); n != 2 || err != nil {
		t.Error(n, err)
	}
}`)
	r, err := load(t.Context(), ".")
	if err != nil {
		t.Fatal(err)
	}
	var some []mutant
	for _, m := range r.mutants() {
		switch m.is() {
		case "const limit = 4", "if false { return false }": // killed
			some = append(some, m)
		case "return 1, errDeep", "func pair() bool { return fits(2, 1) }": // survive
			some = append(some, m)
		case "for i := 0; !(i < len(list)); i++ {": // killed by the sum
			some = append(some, m)
		}
	}
	// Two that no finder makes: one that does not end, one that is no Go.
	end := strings.LastIndex(before, "return n, err")
	some = append(some,
		mutant{file: r.files[0], kind: "loop", from: end, to: end, instead: "for { n++ }; "},
		mutant{file: r.files[0], kind: "none", from: end, to: end, instead: "nothing "})
	known := &accepted{reasons: map[[3]string]string{}}
	m := some[len(some)-3]
	dir := filepath.Base(filepath.Dir(m.file.path))
	known.reasons[[3]string{dir + "/pond.go " + m.within, m.was(), m.is()}] = "nobody asks"
	sum, err := try(t.Context(), options{timeout: 3 * time.Second, parallel: 2, memory: 1024}, r, []string{"."}, some, known)
	if err != nil {
		t.Fatal(err)
	}
	want := map[outcome]int{killed: 3, slow: 1, noCompile: 1, survived: 1, equivalent: 1}
	if diff := cmp.Diff(want, sum.counts); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if s := sum.score(); s != 80 {
		t.Errorf("score %v, want four of five", s)
	}
}

func TestTestsThatFailAsTheyAreSayNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: it compiles a package")
	}
	pond(t, `func TestNever(t *testing.T) { t.Error("no") }`)
	if _, err := try(t.Context(), options{timeout: time.Minute, memory: 1024}, nil, []string{"."}, nil, nil); err == nil {
		t.Error("a score was given")
	}
}

func TestAcceptedMutantsHaveAReasonEach(t *testing.T) {
	if _, err := readAccepted(); err != nil {
		t.Error(err)
	}
	a, err := parseAccepted("# list\nmerge/a.go f\nwas\nis\nwhy\n\nmerge/a.go T.f\nwas\nis too\nwhy not\n")
	if err != nil || len(a.reasons) != 2 || a.reasons[[3]string{"merge/a.go T.f", "was", "is too"}] != "why not" {
		t.Errorf("%v, %v", a, err)
	}
	if _, err := parseAccepted("merge/a.go\nwas\nis\n"); err == nil {
		t.Error("a block without a reason was taken")
	}
}
