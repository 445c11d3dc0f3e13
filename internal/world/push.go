package world

import (
	"slices"
	"time"
)

// push is a notification on its way: a hint that something has changed (I17).
type push struct {
	at   time.Time
	side *side
}

// notify sends a notification about a change at a calendar. It may be lost, doubled, late, or somebody else's.
func (w *World) notify(s *side) {
	if s.id == 0 || w.strikes(PushDropped, s) {
		return
	}
	p := push{w.now, s}
	if w.strikes(PushLate, s) {
		p.at = w.now.Add(w.upTo(600))
	}
	w.pushes = append(w.pushes, p)
	if w.strikes(PushDoubled, s) {
		w.pushes = append(w.pushes, push{p.at.Add(w.upTo(60)), s})
	}
	if w.strikes(PushForged, s) {
		w.pushes = append(w.pushes, push{w.now, pick(w.dice, w.everySide())})
	}
}

// deliver brings the notifications that are due, in whatever order they were sent.
func (w *World) deliver() {
	for i := 0; i < len(w.pushes); {
		p := w.pushes[i]
		if p.at.After(w.now) {
			i++
			continue
		}
		w.pushes = slices.Delete(w.pushes, i, i+1)
		w.in(p.side.firm, func() { w.wakeNow(p.side, 1) })
	}
}
