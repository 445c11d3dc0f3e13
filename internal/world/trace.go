package world

import (
	"context"
	"fmt"
	"log/slog"
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

// broke notes that an invariant does not hold. The world stops after the move in hand.
func (w *World) broke(invariant, format string, args ...any) {
	text := invariant + " " + fmt.Sprintf(format, args...)
	w.broken = append(w.broken, text)
	w.say("!!", "%s", text)
}

// logger writes what a worker logs to the trace.
func (w *World) logger(k *worker) *slog.Logger {
	if w.quiet {
		return silent
	}
	return slog.New(logged{k})
}

var silent = slog.New(slog.DiscardHandler)

// logged is the log of a worker.
type logged struct{ k *worker }

func (l logged) Enabled(_ context.Context, level slog.Level) bool { return level > slog.LevelDebug }

func (l logged) Handle(_ context.Context, r slog.Record) error {
	text := r.Message
	r.Attrs(func(a slog.Attr) bool {
		text += ": " + a.Value.String()
		return true
	})
	l.k.w.say(l.k.name, "%s", text)
	return nil
}

func (l logged) WithAttrs([]slog.Attr) slog.Handler { return l }
func (l logged) WithGroup(string) slog.Handler      { return l }
