package conformance

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tahti/internal/provider"
)

// Both are tests to the suite.
var (
	_ Test[*testing.T] = (*testing.T)(nil)
	_ Test[*Trial]     = (*Trial)(nil)
)

// outline is a result without its times.
func outline(r Result) string {
	s := r.Name + ": " + string(r.Outcome)
	for _, line := range r.Lines {
		first, _, _ := strings.Cut(line, "\n")
		s += "\n  " + first
	}
	for _, p := range r.Parts {
		s += "\n" + strings.ReplaceAll(outline(p), "\n", "\n  ")
	}
	return s
}

func trial(ctx context.Context, f func(*Trial)) Result {
	t := &Trial{parent: ctx, result: Result{Name: "all"}}
	t.perform(f)
	return t.result
}

func TestATrialEndsAsATestDoes(t *testing.T) {
	for name, c := range map[string]struct {
		run  func(*Trial)
		want string
	}{
		"nothing is wrong":           {func(t *Trial) { t.Logf("by the way %d", 1) }, "all: passed\n  by the way 1"},
		"what is wrong is collected": {func(t *Trial) { t.Error("one", 1); t.Errorf("two") }, "all: failed\n  one 1\n  two"},
		"what is fatal is the end":   {func(t *Trial) { func() { t.Fatalf("no %s", "way") }(); t.Error("never said") }, "all: failed\n  no way"},
		"a skip is the end":          {func(t *Trial) { t.Skipf("it cannot"); t.Error("never said") }, "all: skipped\n  it cannot"},
		"a skip mends nothing":       {func(t *Trial) { t.Error("wrong"); t.Skipf("and on") }, "all: failed\n  wrong\n  and on"},
		"a panic is a failure":       {func(*Trial) { panic(errors.New("nil map")) }, "all: failed\n  panic: nil map"},
		"parts fail the whole": {func(t *Trial) {
			t.Run("good", func(*Trial) {})
			if t.Run("bad", func(t *Trial) { t.Fatal("broken") }) {
				t.Error("a failed part is said to be good")
			}
			if !t.Run("left out", func(t *Trial) { t.Skipf("why") }) {
				t.Error("a skipped part is said to be bad")
			}
		}, "all: failed\ngood: passed\nbad: failed\n    broken\nleft out: skipped\n    why"},
		"a part that panics leaves the others": {func(t *Trial) {
			t.Run("one", func(t *Trial) { t.Run("inside", func(*Trial) { panic("oh") }) })
			t.Run("two", func(*Trial) {})
		}, "all: failed\none: failed\n  inside: failed\n      panic: oh\ntwo: passed"},
		"cleaning up is done last things first, whatever happens": {func(t *Trial) {
			t.Cleanup(func() { t.Log("first made") })
			t.Cleanup(func() { t.Fatal("cannot clean up") })
			t.Cleanup(func() { t.Log(t.Context().Err()) })
			t.Fatal("broken")
		}, "all: failed\n  broken\n  context canceled\n  cannot clean up\n  first made"},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, outline(trial(t.Context(), c.run))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhoIsToldToStopBeginsNothingAndBlamesNobody(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	got := trial(ctx, func(t *Trial) {
		t.Run("before", func(*Trial) {})
		t.Run("meanwhile", func(t *Trial) {
			stop()
			t.Fatal(t.Context().Err())
		})
		t.Run("after", func(t *Trial) { t.Error("begun") })
	})
	want := "all: not run\nbefore: passed\nmeanwhile: not run\n    context canceled\nafter: not run"
	if diff := cmp.Diff(want, outline(got)); diff != "" {
		t.Error(diff)
	}
}

// nowhere is a provider that nobody can reach.
type nowhere struct{ provider.Provider }

func (nowhere) Pull(context.Context, provider.Cursor, provider.Known) (provider.Pull, error) {
	return nil, errors.New("no network")
}

func TestTheSuiteRunsWithoutGoTest(t *testing.T) {
	var told []string
	opened := 0
	got := Examine(t.Context(), Target{Name: "nowhere", Skip: map[string]string{"many items come complete, each once": "it is full"}},
		func(*Trial) (provider.Provider, Backdoor) { opened++; return nowhere{}, nil },
		func(r Result) { told = append(told, r.Name) })
	if got.Outcome != Failed || len(got.Parts) != len(cases) || len(told) != len(cases) || opened != len(cases)-1 {
		t.Fatalf("%v: %d cases, told of %d, opened %d times", got.Outcome, len(got.Parts), len(told), opened)
	}
	i := slices.IndexFunc(got.Parts, func(r Result) bool { return r.Name == "many items come complete, each once" })
	if first := got.Parts[0]; first.Outcome != Failed || first.Lines[0] != "no network" || first.Name != cases[0].name {
		t.Errorf("first: %+v", first)
	}
	text, err := json.Marshal(got.Parts[i])
	if err != nil || !strings.Contains(string(text), `"outcome":"skipped","lines":["it is full"],"seconds":0`) {
		t.Errorf("%s %v", text, err)
	}
}

func TestACaseThatDoesNotExistCannotBeSkipped(t *testing.T) {
	got := Examine(t.Context(), Target{Name: "x", Skip: map[string]string{"no such case": "a slip"}},
		func(t *Trial) (provider.Provider, Backdoor) { t.Skipf("not now"); return nil, nil }, nil)
	if got.Outcome != Failed || !strings.Contains(strings.Join(got.Lines, " "), "no such case") {
		t.Errorf("%v %q", got.Outcome, got.Lines)
	}
}
