package world

import (
	"fmt"
	"strings"
	"time"
)

// trace is what happened, in lines that a person can read.
type trace struct {
	lines []string
	start time.Time
}

// say adds a line: the move, the hour of the world, who, what.
func (w *World) say(who, format string, args ...any) {
	if w.quiet {
		return
	}
	at := w.now.Sub(w.trace.start).Truncate(time.Millisecond)
	w.trace.lines = append(w.trace.lines, fmt.Sprintf("%4d %12s  %-12s %s", w.move, at, who, fmt.Sprintf(format, args...)))
}

func (t *trace) String() string { return strings.Join(t.lines, "\n") }

// broke notes that an invariant does not hold. The world stops after the move in hand.
func (w *World) broke(invariant, format string, args ...any) {
	text := invariant + " " + fmt.Sprintf(format, args...)
	w.broken = append(w.broken, text)
	w.say("!!", "%s", text)
}
