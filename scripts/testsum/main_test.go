package main

import (
	"bytes"
	"strings"
	"testing"
)

func run(t *testing.T, lines ...string) (text string, well bool) {
	t.Helper()
	var out bytes.Buffer
	s := &summary{out: &out, printed: map[key][]string{}, failedInPackage: map[string]bool{}}
	if err := s.read(strings.NewReader(strings.Join(lines, "\n"))); err != nil {
		t.Fatal(err)
	}
	well = s.close()
	return out.String(), well
}

func TestTheSummaryShowsClosingLinesFailuresAndReasons(t *testing.T) {
	text, well := run(
		t,
		`{"Action":"output","Package":"tahti/a","Test":"TestGood","Output":"    a_test.go:3: chatter\n"}`,
		`{"Action":"pass","Package":"tahti/a","Test":"TestGood"}`,
		`{"Action":"output","Package":"tahti/a","Test":"TestAway","Output":"    a_test.go:9: cyrus left out: not: installed\n"}`,
		`{"Action":"output","Package":"tahti/a","Test":"TestAway","Output":"--- SKIP: TestAway (0.00s)\n"}`,
		`{"Action":"skip","Package":"tahti/a","Test":"TestAway"}`,
		`{"Action":"output","Package":"tahti/a","Output":"PASS\n"}`,
		`{"Action":"output","Package":"tahti/a","Output":"ok  \ttahti/a\t0.1s\n"}`,
		`{"Action":"pass","Package":"tahti/a"}`,
	)
	want := "ok  \ttahti/a\t0.1s\nleft out: a TestAway: cyrus left out: not: installed\n1 passed, 0 failed, 1 skipped\n"
	if text != want || !well {
		t.Errorf("got %t\n%swant true\n%s", well, text, want)
	}
}

func TestWhatRanBeforeIsNotListedAgain(t *testing.T) {
	var out bytes.Buffer
	s := &summary{out: &out, again: true, printed: map[key][]string{}, failedInPackage: map[string]bool{}}
	s.take(event{Action: "skip", Package: "tahti/a", Test: "TestAway"})
	s.take(event{Action: "pass", Package: "tahti/a", Test: "TestGood"})
	if well := s.close(); !well || out.String() != "1 passed, 0 failed, 1 skipped\n" {
		t.Errorf("got %t\n%s", well, out.String())
	}
}

func TestAFailureIsShownAndCountedOnce(t *testing.T) {
	text, well := run(
		t,
		`{"Action":"output","Package":"tahti/a","Test":"TestBad","Output":"    a_test.go:3: wrong\n"}`,
		`{"Action":"fail","Package":"tahti/a","Test":"TestBad"}`,
		`{"Action":"output","Package":"tahti/a","Output":"FAIL\ttahti/a\t0.1s\n"}`,
		`{"Action":"fail","Package":"tahti/a"}`,
	)
	if well || !strings.Contains(text, "a_test.go:3: wrong") || !strings.Contains(text, "0 passed, 1 failed, 0 skipped") {
		t.Errorf("got %t\n%s", well, text)
	}
}

func TestABrokenBuildAPanicAndNoTestAtAllAreFailures(t *testing.T) {
	for name, lines := range map[string][]string{
		"a broken build": {
			`{"ImportPath":"tahti/a","Action":"build-output","Output":"a.go:1: syntax error\n"}`,
			`{"Action":"output","Package":"tahti/a","Output":"FAIL\ttahti/a [build failed]\n"}`,
			`{"Action":"fail","Package":"tahti/a"}`,
		},
		"a panic outside of any test": {
			`{"Action":"output","Package":"tahti/a","Output":"panic: syntax error\n"}`,
			`{"Action":"fail","Package":"tahti/a"}`,
		},
		"no test": {`{"Action":"skip","Package":"tahti/a"}`},
	} {
		text, well := run(t, lines...)
		if well {
			t.Errorf("%s: all is well", name)
		}
		if name != "no test" && !strings.Contains(text, "syntax error") {
			t.Errorf("%s is not shown:\n%s", name, text)
		}
	}
}

// TestWhatATimeOutCutOffIsShown: the go command says of the package alone that it failed, and what it was at with a test.
func TestWhatATimeOutCutOffIsShown(t *testing.T) {
	text, well := run(
		t,
		`{"Action":"pass","Package":"tahti/a","Test":"TestGood"}`,
		`{"Action":"output","Package":"tahti/a","Test":"TestSlow","Output":"panic: test timed out after 2m\n"}`,
		`{"Action":"output","Package":"tahti/b","Test":"TestOther","Output":"still going\n"}`,
		`{"Action":"output","Package":"tahti/a","Output":"FAIL\ttahti/a\t120s\n"}`,
		`{"Action":"fail","Package":"tahti/a"}`,
	)
	if well || !strings.Contains(text, "timed out after 2m") || !strings.Contains(text, "1 passed, 1 failed, 0 skipped") || strings.Contains(text, "still going") {
		t.Errorf("got %t\n%s", well, text)
	}
}
