package recur

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/teambition/rrule-go"
	"pgregory.net/rapid"

	"tahti/internal/calendar"
)

// anyRule makes up a rule from choices of pick, which gives a number below its argument, and a start. The rule ends after
// a while, for the others would look for more until the year 9999, and keeps to what they read as the RFC has it. They
// do not, so these are left to the table of examples:
//
//   - BYWEEKNO without BYDAY is the whole week there, not the start's weekday,
//   - weeks around New Year: dateutil miscounts the weeks of the year before (20540102 is in week 52 by weeks from Saturday),
//   - numbered and plain weekdays in one BYDAY give only days that are both,
//   - BYSETPOS counts in the first week from the start on, not in the whole week.
func anyRule(pick func(int) int) (start calendar.Wall, text string) {
	start = calendar.WallOf(1995+pick(40), time.Month(1+pick(12)), 1+pick(31), pick(24), 15*pick(4), 30*pick(2))
	freq := frequency(pick(len(frequencyNames)))
	interval := 1 + pick(4)
	if freq <= minutely {
		interval = []int{300, 5}[freq] * (1 + pick(50))
	}
	r := rule{freq: freq, interval: interval, weekStart: pick(7)}
	numbers := func(chance, from, to int, signed bool) []int {
		if pick(chance) != 0 {
			return nil
		}
		var out []int
		for range 1 + pick(3) {
			n := from + pick(to-from+1)
			if signed && pick(3) == 0 {
				n = -n
			}
			out = append(out, n)
		}
		slices.Sort(out)
		return slices.Compact(out)
	}
	r.byMonth = numbers(3, 1, 12, false)
	r.byHour, r.byMinute, r.bySecond = numbers(5, 0, 23, false), numbers(6, 0, 59, false), numbers(8, 0, 59, false)
	if freq != weekly {
		r.byMonthDay = numbers(4, 1, 31, true)
	}
	if freq == yearly || freq < daily {
		r.byYearDay = numbers(6, 1, 366, true)
	}
	if freq == yearly {
		r.byWeekNo = numbers(5, 2, 51, true)
	}
	if r.byWeekNo != nil || pick(2) == 0 {
		numbered := freq >= monthly && r.byWeekNo == nil && pick(2) == 0
		for range 1 + pick(3) {
			d := weekday{day: pick(7)}
			if numbered {
				d.nth = []int{1, 2, 3, 4, 5, -1, -2}[pick(7)]
			}
			r.byDay = append(r.byDay, d)
		}
	}
	if freq != weekly {
		r.bySetPos = numbers(5, 1, 4, true)
	}
	if r.validate() != nil {
		r.bySetPos = nil
	}
	span := []calendar.Wall{calendar.Day, 5 * calendar.Day, 20 * calendar.Day, 500 * calendar.Day, 900 * calendar.Day,
		4000 * calendar.Day, 15000 * calendar.Day}[freq]
	r.until = calendar.Time{Kind: calendar.Floating, Wall: start + span + 3600*calendar.Wall(pick(100))}
	return start, r.String()
}

// comparable reports whether a rule can be given to the others: not denser than we take, and with a start not long after
// UNTIL. They look for the next one step by step, some of them for ever, and see only then that it lies beyond.
func comparable(start calendar.Wall, text string) bool {
	r, err := parseFor(text, calendar.Time{Kind: calendar.Floating, Wall: start}, time.UTC)
	if err != nil {
		return false
	}
	reach := 366 * calendar.Day
	if r.freq >= daily {
		reach *= 30
	}
	for range newPattern(r, start).walls(r.until.Wall+1, r.until.Wall+reach) {
		return true
	}
	return false
}

// ours and theirs are compared up to so many starts.
const compared = 60

// ours is what this package gives. The others leave a start out that the rule does not match, so it is taken away.
func ours(start calendar.Wall, text string, theirs []calendar.Wall) ([]calendar.Wall, error) {
	e := calendar.Event{Rule: text}
	e.Start = calendar.Time{Kind: calendar.Floating, Wall: start}
	if _, err := newSeries(&e); err != nil {
		return nil, err
	}
	got := slices.Collect(Starts(&e, compared+1))
	if len(got) > 0 && (len(theirs) == 0 || theirs[0] != start) {
		got = got[1:]
	}
	return got[:min(len(got), compared)], nil
}

func TestStartsAgreeWithRRuleGo(t *testing.T) {
	tried, given := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		start, text := anyRule(func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "choice") })
		if !comparable(start, text) {
			t.Skip("not for the others")
		}
		option, err := rrule.StrToROption(text)
		if err != nil {
			t.Fatalf("rrule-go does not read %s: %v", text, err)
		}
		option.Dtstart, option.Until = start.Civil(), option.Until.UTC()
		other, err := rrule.NewRRule(*option)
		if err != nil {
			t.Fatalf("rrule-go refuses %s: %v", text, err)
		}
		var want []calendar.Wall
		for next := other.Iterator(); len(want) < compared; {
			at, more := next()
			if !more {
				break
			}
			want = append(want, calendar.Wall(at.Unix()))
		}
		got, err := ours(start, text, want)
		if err != nil {
			t.Fatal(err)
		}
		tried, given = tried+1, given+len(want)
		if !slices.Equal(got, want) {
			t.Fatalf("%s from %s:\n got %v\nwant %v", text, start, got, want)
		}
	})
	t.Logf("%d rules, %d starts", tried, given)
	if given < tried {
		t.Errorf("only %d starts in %d rules: the rules are too poor to compare", given, tried)
	}
}

const dateutilScript = `
import sys, json, itertools
from datetime import datetime
from dateutil.rrule import rrulestr
for line in sys.stdin:
    q = json.loads(line)
    starts = itertools.islice(rrulestr(q["rule"], dtstart=datetime.strptime(q["start"], "%Y%m%dT%H%M%S")), q["max"])
    print(" ".join(s.strftime("%Y%m%dT%H%M%S") for s in starts))
`

func TestStartsAgreeWithDateutil(t *testing.T) {
	const python = "/usr/bin/python3"
	if err := exec.Command(python, "-c", "import dateutil").Run(); err != nil {
		t.Skipf("python3-dateutil is not there to compare with: %v", err)
	}
	random := rand.New(rand.NewPCG(2026, 1))
	type question struct {
		Rule  string `json:"rule"`
		Start string `json:"start"`
		Max   int    `json:"max"`
	}
	var questions []question
	var input strings.Builder
	for len(questions) < 500 {
		start, text := anyRule(random.IntN)
		if !comparable(start, text) {
			continue
		}
		q := question{text, start.String(), compared}
		line, err := json.Marshal(q)
		if err != nil {
			t.Fatal(err)
		}
		questions = append(questions, q)
		fmt.Fprintf(&input, "%s\n", line)
	}
	command := exec.CommandContext(t.Context(), python, "-c", dateutilScript)
	command.Stdin = strings.NewReader(input.String())
	output, err := command.Output()
	if err != nil {
		t.Fatalf("run dateutil: %v", err)
	}
	answers := bufio.NewScanner(strings.NewReader(string(output)))
	for _, q := range questions {
		if !answers.Scan() {
			t.Fatalf("dateutil has no answer to %s", q.Rule)
		}
		want := walls(t, strings.Fields(answers.Text())...)
		got, err := ours(wall(t, q.Start), q.Rule, want)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s from %s:\n got %v\nwant %v", q.Rule, q.Start, got, want)
		}
	}
}
