package bench

import (
	"bytes"
	"fmt"
	"syscall"
	"time"

	ical "github.com/emersion/go-ical"

	"tahti/internal/calendar"
	"tahti/internal/icalendar"
	"tahti/internal/merge"
)

// pure measures what needs no server: parsing, and the planner's decisions.
func (l *lab) pure() {
	l.parsing()
	l.planning()
}

// rate is how often f can be done in a second of CPU.
func rate(f func()) float64 {
	const enough = time.Second
	before := cpu(syscall.RUSAGE_SELF)
	for n := 1; ; n++ {
		f()
		if spent := cpu(syscall.RUSAGE_SELF) - before; spent >= enough {
			return float64(n) / spent.Seconds()
		}
	}
}

func (l *lab) parsing() {
	objects, total := make([][]byte, 1000), 0
	for i := range objects {
		objects[i] = []byte(object(i, "Event"))
		total += len(objects[i])
	}
	each := func(parse func(b []byte) error) float64 {
		return float64(total) / 1e6 * rate(func() {
			for _, b := range objects {
				if err := parse(b); err != nil {
					l.b.Fatal(err)
				}
			}
		})
	}
	ours := each(func(b []byte) error { _, err := icalendar.Parse(b, icalendar.DefaultLimits); return err })
	other := each(func(b []byte) error { _, err := ical.NewDecoder(bytes.NewReader(b)).Decode(); return err })
	l.add(row{
		what: "iCalendar parsing, unknown properties kept", want: "≥ 100 MB/s of CPU", got: fmt.Sprintf("%.0f MB/s", ours),
		others: fmt.Sprintf("go-ical %.0f MB/s", other), reached: judge(ours >= 100),
	})
}

// planning takes what a run has decoded about an item through the comparison of both sides with their shadows and the
// planner. The three items of the mix: nothing changed, the calendar changed, both did.
func (l *lab) planning() {
	base := activity(1, "Plan").Plan
	moved, renamed := base, base
	moved.Location = "Elsewhere"
	renamed.Subject = "Renamed"
	mix := [][2]calendar.Event{{base, base}, {base, moved}, {renamed, moved}}
	decided := [len(mixNames)]merge.Action{}
	perSecond := float64(len(mix)*1000) * rate(func() {
		for range 1000 {
			for i := range mix {
				decided[i] = merge.Decide(merge.State{
					Link: merge.Linked, Local: merge.LocalLive, Remote: merge.RemoteLive, In: true, Out: true,
					LocalChanged:  !merge.Diff(&base, &mix[i][0]).Empty(),
					RemoteChanged: !merge.Diff(&base, &mix[i][1]).Empty(),
				})
			}
		}
	})
	if want := [...]merge.Action{merge.Nothing, merge.UpdateHere, merge.MergeBoth}; decided != want {
		l.b.Fatalf("decided %v, not %v", decided, want)
	}
	l.add(row{
		what: "plan decisions on decoded inputs, comparing included", want: "> 1,000,000 per second of CPU",
		got: fmt.Sprintf("%.1f million", perSecond/1e6), others: "–", reached: judge(perSecond > 1e6),
	})
}

// mixNames are the situations that are planned.
var mixNames = [...]string{"nothing changed", "the calendar changed", "both changed"}
