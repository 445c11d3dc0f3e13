package world

import (
	"strings"
	"time"

	"tahti/internal/store"
)

// maxRounds is how many rounds of the second phase it may take until nothing is left to do.
const maxRounds = 14

// calmDown is the second phase. Nothing breaks any more and nobody edits; people sign in again and answer what waits for
// them; an audit's interval passes.
func (w *World) calmDown() {
	w.move++
	w.calm, w.dice = true, newDice(w.Seed, -3)
	w.say("", "from here on nothing breaks")
	for _, k := range w.standing() {
		k.kill()
	}
	w.endCopy()
	if w.backup != nil {
		w.restore(w.backup)
	}
	w.pass(25 * time.Hour)
	for _, step := range []func(){func() { w.inEach(w.mend) }, w.lookAll, w.settle, w.afterwards} {
		if step(); len(w.broken) > 0 {
			return // nothing that is found behind that means anything
		}
	}
}

// settle lets everything run until nothing is left to do, and looks at what has become of it.
func (w *World) settle() {
	for round := 1; round <= maxRounds && len(w.broken) == 0; round++ {
		rows, writes := w.rowsWritten(), w.serverWrites()
		w.runAll()
		answered := false
		w.inEach(func() { answered = w.answerAll(round) || answered })
		w.pass(2 * time.Hour)
		if !answered && w.rowsWritten() == rows && w.serverWrites() == writes {
			w.checkQuiet()
			w.inEach(w.checkEnd)
			w.inEach(w.checkSurfaces)
			w.checkApart()
			return
		}
	}
	if len(w.broken) == 0 {
		w.broke("I3", "after %d rounds without faults there still is something to do: %s", maxRounds, w.left())
	}
}

// mend lets the calendars of a company take everything again.
func (w *World) mend() {
	resumeCompany(w)
	for _, s := range w.sides {
		s.server.restUntil = noTime
		for _, e := range s.server.live() {
			e.refused = false
		}
		if s.server.signedOut {
			w.signInAt(s)
		}
		w.goOnAt(s)
	}
}

// goOnAt lets a connection go on that somebody let rest. Of those that were stopped, half are connected again.
func (w *World) goOnAt(s *side) {
	switch {
	case s.paused():
		w.resumeAt(s)
	case s.stopped() && w.dice.chance(500):
		w.connectAt(s)
	}
}

func (w *World) serverWrites() int {
	n := 0
	for _, s := range w.everySide() {
		n += s.server.writes
	}
	return n
}

// runAll runs every connection that is due, each to its end.
func (w *World) runAll() {
	for range 20 * len(w.everySide()) {
		k := w.claim(w.nodes[0])
		if k == nil {
			return
		}
		for !k.ended && len(w.broken) == 0 {
			k.keepLease()
			w.now = w.now.Add(50 * time.Millisecond)
			k.goOn()
		}
	}
}

// answerAll presses the buttons that people are asked to press. What is set aside is tried again in the first rounds.
func (w *World) answerAll(round int) bool {
	answered := false
	for _, s := range w.sides {
		answered = w.answersTheRest(s) || answered
		for w.decideHold(s, true) && len(w.broken) == 0 {
			answered = true
		}
		for _, item := range w.waiting(s) {
			if item.HeldBy == store.HeldByParked && round > 3 {
				continue
			}
			answered = w.answerOne(s, item, 1) || answered
		}
	}
	return answered
}

// left is what is still to do, for people.
func (w *World) left() string {
	var list []string
	w.inEach(func() {
		for _, s := range w.sides {
			for _, item := range w.waiting(s) {
				list = append(list, s.name+" "+item.Subject+" "+item.HeldBy+" "+item.Reason+" "+item.Detail)
			}
		}
	})
	return strings.Join(list, "; ")
}

// checkQuiet: two more runs of each connection write nothing, and ask once (I3).
func (w *World) checkQuiet() {
	sides := w.everySide()
	for range 2 {
		for _, s := range sides {
			w.in(s.firm, func() { w.wakeNow(s, 0) })
		}
		rows, writes := w.rowsWritten(), w.serverWrites()
		before := make([]int, len(sides))
		for i, s := range sides {
			before[i] = s.server.requests
		}
		w.runAll()
		if w.rowsWritten() != rows || w.serverWrites() != writes {
			w.broke("I3", "a quiet run wrote %d rows and %d events", w.rowsWritten()-rows, w.serverWrites()-writes)
		}
		for i, s := range sides {
			if n := s.server.requests - before[i]; n > 1 && !s.server.listing {
				w.broke("I3", "a quiet run of %s took %d requests", s.name, n)
			}
		}
		w.pass(time.Minute)
	}
}
