package world

import (
	"slices"
	"strings"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/lens"
	"tahti/internal/store"
)

// What a connection is told, or not, while it is at rest.
const (
	falseHint = "be told of what has not happened"
	noHint    = "be told of nothing that has"
)

// hintAhead lets hosts be busy, and follows notifications to their effects, before some moves.
func (w *World) hintAhead() {
	d, dice := newDice(w.Seed, hints-100*w.move), w.dice
	w.dice = d
	defer func() { w.dice = dice }()
	if newDice(w.Seed, hints-50).chance(busy) && d.chance(60) {
		w.in(w.someFirm(), func() { w.isBusy(d) })
	}
	switch d.below(200) {
	case 0:
		w.in(w.someFirm(), w.hearForged)
	case 1:
		w.in(w.someFirm(), w.hearNothing)
	case 2:
		w.in(w.someFirm(), w.addStrange)
	}
}

// hearForged: a notification of what has not happened, however often it comes, lets nothing be written (I17).
func (w *World) hearForged() {
	s := w.someSide(w.mayRun)
	if s == nil || !w.rests(s) || s.server.listing && s.server.hid { // what a list misses is asked for each time, which takes rows (I6)
		return
	}
	rows, writes := w.rowsWritten(), w.serverWrites()
	for range 1 + w.dice.below(2) {
		w.wakeNow(s, 1)
		if !w.runsNext(s) {
			return
		}
	}
	w.did(falseHint)
	if w.rowsWritten() != rows || w.serverWrites() != writes {
		w.broke("I17", "%s was said to have changed, and had not: %d rows and %d events were written", s.name, w.rowsWritten()-rows, w.serverWrites()-writes)
	}
}

// aPoll is how long it takes at the most until a calendar is looked at that tells of nothing.
const aPoll = 6 * time.Minute

// hearNothing: where no notification tells of a change, the next poll finds it, and it arrives (I17).
func (w *World) hearNothing() {
	s := w.someSide(func(s *side) bool {
		return w.mayRun(s) && !s.server.feed && !s.server.readOnly && (s.settings.Direction == lens.TwoWay || s.settings.Direction == lens.ToCRM)
	})
	if s == nil || !w.rests(s) {
		return
	}
	e := w.somePlain(s)
	if e == nil {
		return
	}
	text := w.book.fresh()
	w.peacefully(func() {
		w.change("edit event", s, e, func(ev *calendar.Event) { ev.Location = text })
		w.pushes = slices.DeleteFunc(w.pushes, func(p push) bool { return p.side == s })
		w.pass(aPoll)
	})
	if !w.mayRun(s) || e.lateUntil.After(w.now) || s.server.outside(e) {
		return
	}
	if s.wake.due.IsZero() || s.wake.due.After(w.nodes[0].Now()) {
		w.broke("I17", "%s has changed, of which nobody was told, and is not due a poll later, but at %s", s.name, s.wake.due.Format("02T15:04:05"))
		return
	}
	if !w.runsNext(s) {
		return
	}
	w.did(noHint)
	if a := w.rows.activities[w.rows.linked[linkKey{s.id, string(e.id)}]]; !strings.Contains(a.Plan.Location, text) {
		w.broke("I17", "%s: %s has changed, of which nobody was told, and a poll later activity %d says %s", s.name, e.id, a.ID, brief(&a.Plan))
	}
}

// somePlain picks an event that is tied to an activity of its user, and of which sync keeps nothing back.
func (w *World) somePlain(s *side) *entry {
	st := w.standingOf(s)
	list := slices.DeleteFunc(s.server.live(), func(e *entry) bool {
		l := st.byRemote[string(e.id)]
		a := w.rows.activities[l.Activity]
		return l.State != store.LinkLinked || a == nil || a.Deleted() || a.OwnerID != s.user.ID || e.poison != nil || e.meeting != nil ||
			e.event.Organizer.Email != "" || e.event.Private || a.Plan.Private || s.server.outside(e)
	})
	if len(list) == 0 {
		return nil
	}
	return pick(w.dice, list)
}

// runsNext lets a connection run to its end as it comes up among all that is due, while nothing breaks, and reports whether it got there.
func (w *World) runsNext(s *side) (whole bool) {
	w.peacefully(func() {
		for range w.everySide() {
			k := w.claim(w.nodes[0])
			if k == nil {
				return
			}
			if k.side == s {
				whole = w.runToEnd(k) != nil && !k.met
				return
			}
		}
	})
	return whole
}
