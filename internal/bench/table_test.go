package bench

import (
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"
)

// row is one promise and what was measured. Others is what the other programs took.
type row struct {
	what, want, got, others string
	reached                 verdict
	why                     string // the profile's top three, where it was not reached
}

type verdict string

const (
	yes      verdict = "reached"
	no       verdict = "not reached"
	unjudged verdict = "not judged" // what it is held against is not there
)

func judge(ok bool) verdict {
	if ok {
		return yes
	}
	return no
}

// against judges a figure that is to be at most a part of another, which is 0 where it was not measured.
func against(got, other time.Duration, part float64) verdict {
	if other == 0 {
		return unjudged
	}
	return judge(float64(got) <= part*float64(other))
}

func milliseconds(d time.Duration) string {
	switch ms := float64(d) / float64(time.Millisecond); {
	case ms >= 100:
		return fmt.Sprintf("%.0f ms", ms)
	default:
		return fmt.Sprintf("%.2f ms", ms)
	}
}

func megabytes(n int64) string { return fmt.Sprintf("%.0f MB", float64(n)/1e6) }

// times says how many times as much the other took.
func times(other, got time.Duration) string {
	if other == 0 || got == 0 {
		return "–"
	}
	return fmt.Sprintf("%.1f ×", float64(other)/float64(got))
}

// top answers the three functions in which a profile spent the most by themselves, with their share.
func top(profile string) string {
	out, err := exec.Command("go", "tool", "pprof", "-top", "-nodecount=3", profile).Output()
	if err != nil {
		return fmt.Sprintf("no profile: %v", err)
	}
	_, list, _ := strings.Cut(string(out), "flat  flat%")
	var found []string
	for line := range strings.Lines(list) {
		if f := strings.Fields(line); len(f) >= 6 && strings.HasSuffix(f[1], "%") {
			found = append(found, fmt.Sprintf("%s %s", strings.Join(f[5:], " "), f[1]))
		}
	}
	return strings.Join(found, ", ")
}

func printTable(w io.Writer, rows []row) {
	fmt.Fprintln(w, "| what | reach | measured | others | |\n|---|---|---|---|---|")
	for _, r := range rows {
		mark := string(r.reached)
		if r.reached == no && r.why != "" {
			mark += ": " + r.why
		}
		fmt.Fprintf(w, "| %s | %s | %s | %s | %s |\n", r.what, r.want, r.got, r.others, mark)
	}
}
