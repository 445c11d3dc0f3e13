package world

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tahti/internal/engine"
	"tahti/internal/store"
)

// looks is the stream of what people look at before moves: nobody's dice fall otherwise for it, but what they meet may differ.
const looks = -12

// lookAhead lets somebody look, before some three moves of a seed.
func (w *World) lookAhead() {
	w.sometimes(looks, 18, func() { w.in(w.someFirm(), func() { foresee(w) }) })
}

// foreseen are the counts that a dry run and the run behind it have to agree on.
var foreseen = []string{
	engine.CreatedInCRM, engine.UpdatedInCRM, engine.DeletedInCRM, engine.CreatedInCalendar, engine.UpdatedInCalendar,
	engine.DeletedInCalendar, engine.LinkedCount, engine.NeedsSending, engine.ParkedCount, engine.ConflictCount,
}

// foresee is somebody who has a dry run say what a run would do, and then lets that run do it: meanwhile nobody does anything else,
// nothing breaks and time stands still. What was begun before, by workers that died or by faults, is there all the same.
func foresee(w *World) {
	s := w.someSide(w.mayRun)
	if s == nil {
		return
	}
	w.pass(w.backsOffFor(s))
	var k *worker
	w.peacefully(func() { k = w.claimOf(s) })
	if k == nil {
		return
	}
	w.did("dry run")
	w.peacefully(func() {
		sweeps := w.auditIsDue(s) // which finds what no look since the last sweep has shown
		left := w.leftBehind(s)
		says := w.dryRun(s)
		did := w.runToEnd(k)
		if says != nil && did != nil && !sweeps && !left && !k.met {
			w.checkForeseen(s, says, did)
		}
	})
}

// leftBehind reports that settings let an activity go while it was being written: what became of that a run finds out, and goes back on
// it, which is more than a look can say.
func (w *World) leftBehind(s *side) (left bool) {
	w.must("read links", w.db.View(w.ctx, w.company, func(tx *store.Tx) error {
		links, err := tx.Links(w.ctx, s.id, 0, 1000)
		left = slices.ContainsFunc(links, func(l store.Link) bool { return l.Pending != nil && (l.State == store.LinkDormant || s.server.crm) })
		return err
	}))
	return left
}

// peacefully does something while nothing breaks.
func (w *World) peacefully(do func()) {
	before := w.calm
	w.calm = true
	do()
	w.calm = before
}

// mayRun: nothing but its being due keeps a connection from running to its end.
func (w *World) mayRun(s *side) bool {
	return !w.stopped && !s.unseen && (s.state == store.Active || s.state == store.Retrying) && w.canLook(s) && !s.wake.running &&
		(s.worker == nil || s.worker.ended)
}

// backsOffFor is how long it takes until nothing at a connection backs off any more: a dry run counts what does with the rest.
func (w *World) backsOffFor(s *side) (d time.Duration) {
	for _, item := range w.waiting(s) {
		if item.HeldBy == store.HeldByNothing {
			d = max(d, item.Due.Sub(w.nodes[0].Now()))
		}
	}
	return d
}

// claimOf lets a node claim a connection, ahead of all others. Its worker stands at the beginning of its run.
func (w *World) claimOf(s *side) *worker {
	w.must("wake", w.tx(func(tx engine.Tx) error { return tx.Wake(w.ctx, s.id, noTime, 0) }))
	for range w.everySide() {
		k := w.claim(w.nodes[0])
		if k == nil || k.side == s {
			return k
		}
	}
	return nil
}

// runToEnd lets a worker go on to its end, and answers what the run did; nil if it did not get that far.
func (w *World) runToEnd(k *worker) map[string]int {
	for !k.ended && len(w.broken) == 0 {
		k.goOn()
	}
	if k.report == nil || k.report.Err != nil {
		return nil
	}
	return k.report.Counts
}

// dryRun looks at what a connection would do. Looking writes no row but its own, and nothing at all to a calendar.
func (w *World) dryRun(s *side) map[string]int {
	writes := w.serverWrites()
	w.looking = s
	run, err := w.service.DryRun(w.ctx, w.who(s), s.id)
	w.looking = nil
	if !w.pressed(s, "dry run", fmt.Sprint(" says ", figures(run.Counts)), err) {
		return nil
	}
	if w.serverWrites() != writes {
		w.broke("dry run", "a look at %s wrote %d events", s.name, w.serverWrites()-writes)
	}
	return run.Counts
}

// checkLook: all that a look writes is what is expected of the connection from now on.
func (w *World) checkLook(c *change) {
	if w.looking != nil && (c.tie == nil || c.tie.ID != w.looking.id) {
		w.broke("dry run", "a look at %s wrote %+v", w.looking.name, *c)
	}
}

// checkForeseen: a run does what a dry run said a moment before, but for what a brake holds. What a copy of a meeting says of it
// counts only once it is tied to it, so that a run may bring more of it in. And whether an item is somebody's mirror is told by the
// activities as they are when it comes up: a run that has just changed one may see nothing of it in the copy any more, or only now.
func (w *World) checkForeseen(s *side, says, did map[string]int) {
	joined := says[engine.LinkedCount] > says[engine.CreatedInCRM]
	others := did[engine.CreatedInCRM] - says[engine.CreatedInCRM] // mirrors that are none any more, less those that have become one
	if others != says[engine.ParkedCount]-did[engine.ParkedCount] || others != did[engine.LinkedCount]-says[engine.LinkedCount] ||
		max(others, -others) > did[engine.UpdatedInCRM] {
		others = 0
	}
	for _, c := range foreseen {
		switch {
		case says[c] == did[c], did[engine.HeldCount] > 0:
		case others != 0 && (c == engine.CreatedInCRM || c == engine.LinkedCount || c == engine.ParkedCount):
		case joined && did[c] > says[c] && (c == engine.UpdatedInCRM || c == engine.ConflictCount):
		default:
			w.broke("dry run", "%s: a dry run said %d %s, and the run did %d; said %s; did %s", s.name, says[c], c, did[c], figures(says), figures(did))
			return
		}
	}
}

// figures are counts in order, but for those of nothing.
func figures(counts map[string]int) string {
	var list []string
	for _, c := range slices.Sorted(maps.Keys(counts)) {
		if counts[c] != 0 {
			list = append(list, fmt.Sprint(counts[c], " ", c))
		}
	}
	return strings.Join(list, ", ")
}

// auditIsDue reports that the next run of a connection sweeps besides.
func (w *World) auditIsDue(s *side) (due bool) {
	w.must("read connection", w.db.View(w.ctx, w.company, func(tx *store.Tx) error {
		c, err := tx.Connection(w.ctx, s.id)
		due = c.Baselined && w.nodes[0].Now().Sub(c.Audited) > 24*time.Hour
		return err
	}))
	return due
}
