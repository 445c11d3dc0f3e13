package conformance

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"tahti/internal/provider"
)

// Outcome is how a case ended.
type Outcome string

// The outcomes.
const (
	Passed  Outcome = "passed"
	Skipped Outcome = "skipped" // with the reason among the lines
	Failed  Outcome = "failed"
	NotRun  Outcome = "not run" // the whole was told to stop before the case had ended
)

// Result is a case that has ended, or all of them.
type Result struct {
	Name    string        `json:"name"`
	Outcome Outcome       `json:"outcome"`
	Took    time.Duration `json:"-"`
	Lines   []string      `json:"lines,omitempty"` // what it said: what is wrong, why it was skipped
	Parts   []Result      `json:"parts,omitempty"`
}

// Reason is why a case was skipped: the last thing that it said.
func (r Result) Reason() string {
	if r.Outcome != Skipped || len(r.Lines) == 0 {
		return ""
	}
	return r.Lines[len(r.Lines)-1]
}

// MarshalJSON writes Took as seconds.
func (r Result) MarshalJSON() ([]byte, error) {
	type plain Result
	return json.Marshal(struct {
		plain
		Seconds float64 `json:"seconds"`
	}{plain(r), r.Took.Round(time.Millisecond).Seconds()})
}

// Examine runs the suite outside of go test, one case after the other until ctx ends, and answers a result whose parts are
// the cases. told hears of each as it ends.
func Examine(ctx context.Context, target Target, open func(*Trial) (provider.Provider, Backdoor), told func(Result)) Result {
	root := &Trial{parent: ctx, told: told, result: Result{Name: target.Name}}
	root.perform(func(t *Trial) { Run(t, target, open) })
	return root.result
}

// Trial is a test outside of go test, as *testing.T is one inside: what is fatal ends its goroutine, which is not the
// caller's, and a panic is its failure.
type Trial struct {
	parent context.Context // what Context answers comes from it, as with a *testing.T
	ctx    context.Context
	told   func(Result) // of the parts, by the whole

	mu       sync.Mutex
	result   Result
	cleanups []func()
}

// perform runs f to its end, whatever that is, and then what was left to clean up, last things first.
func (t *Trial) perform(f func(*Trial)) {
	begun := time.Now()
	ctx, cancel := context.WithCancel(t.parent)
	t.ctx = ctx
	t.guard(func() { f(t) })
	cancel()
	for len(t.cleanups) > 0 {
		last := len(t.cleanups) - 1
		clean := t.cleanups[last]
		t.cleanups = t.cleanups[:last]
		t.guard(clean)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.result.Took = time.Since(begun)
	switch t.result.Outcome {
	case "":
		t.result.Outcome = Passed
	case Failed:
		if t.parent.Err() != nil { // what fails then says nothing about the provider
			t.result.Outcome = NotRun
		}
	}
}

// guard waits for f in a goroutine of its own, which may be ended in the middle.
func (t *Trial) guard(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if p := recover(); p != nil {
				t.Errorf("panic: %v\n%s", p, debug.Stack())
			}
		}()
		f()
	}()
	<-done
}

// Run runs a part and reports whether it has not failed. What fails in a part fails the whole.
func (t *Trial) Run(name string, f func(*Trial)) bool {
	part := &Trial{parent: t.ctx, result: Result{Name: name}}
	if t.ctx.Err() != nil {
		part.result.Outcome = NotRun
	} else {
		part.perform(f)
	}
	t.mu.Lock()
	t.result.Parts = append(t.result.Parts, part.result)
	failed := part.result.Outcome == Failed || part.result.Outcome == NotRun
	if failed && t.result.Outcome != Failed {
		t.result.Outcome = part.result.Outcome
	}
	t.mu.Unlock()
	if t.told != nil {
		t.told(part.result)
	}
	return !failed
}

// Name is the case's, or the part's.
func (t *Trial) Name() string { return t.result.Name }

// Context ends when the whole is told to stop, and before the cleaning up.
func (t *Trial) Context() context.Context { return t.ctx }

// Cleanup calls f after the end, what was left last first.
func (t *Trial) Cleanup(f func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.cleanups = append(t.cleanups, f)
}

// Helper does nothing: lines bear no place in the source.
func (t *Trial) Helper() {}

func (t *Trial) say(outcome Outcome, text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.result.Lines = append(t.result.Lines, strings.TrimSuffix(text, "\n"))
	if outcome != "" && t.result.Outcome != Failed {
		t.result.Outcome = outcome
	}
}

// Log and Logf say something that decides nothing.
func (t *Trial) Log(args ...any) { t.say("", fmt.Sprintln(args...)) }

// Logf is [Trial.Log] with a format.
func (t *Trial) Logf(format string, args ...any) { t.say("", fmt.Sprintf(format, args...)) }

// Error says what is wrong and goes on.
func (t *Trial) Error(args ...any) { t.say(Failed, fmt.Sprintln(args...)) }

// Errorf is [Trial.Error] with a format.
func (t *Trial) Errorf(format string, args ...any) { t.say(Failed, fmt.Sprintf(format, args...)) }

// Fatal says what is wrong and ends the case.
func (t *Trial) Fatal(args ...any) {
	t.Error(args...)
	runtime.Goexit()
}

// Fatalf is [Trial.Fatal] with a format.
func (t *Trial) Fatalf(format string, args ...any) {
	t.Errorf(format, args...)
	runtime.Goexit()
}

// Skipf says why the case is left out, and ends it.
func (t *Trial) Skipf(format string, args ...any) {
	t.say(Skipped, fmt.Sprintf(format, args...))
	runtime.Goexit()
}
