package world

import (
	"errors"
	"time"

	"tahti/internal/lens"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// What one item, or a sign-in that is no longer good, may cost in an hour: beyond that it is in the way of everybody else (I15). Most of
// what an item is asked for it is asked for because somebody has done something; the bounds stand a little above what seeds show of that.
var anHour = map[string]int{
	"write": 10, // tries of one item, whether they arrive or not
	"look":  6,  // for what a creation whose answer was lost has made
	"read":  20, // of one item by its id
}

// triesAnHour is how often a connection may try to sign in where that was refused.
const triesAnHour = 2

// asksFor counts that a worker is about to ask for something, and says no where it has done so too often. Where another program rewrites
// what sync writes, the bounds of circles hold instead (I22).
func (r *remote) asksFor(what, item string) {
	s, w := r.s, r.s.w
	if r.k.desk {
		return
	}
	n, most := w.lately(w.rows.asked, what+" "+s.name+" "+item), anHour[what]
	if n > most && w.firm.tool == nil {
		w.broke("I15", "%s: %d × %s %s in an hour, and %d are enough", s.name, n, what, item, most)
	}
}

// refusedSignIn is a worker that showed a sign-in which was refused.
type refusedSignIn struct {
	at time.Time
	by *worker
}

// triesSignIn counts that a worker does. One that died, or whose database gave up before the refusal was written down, has told nobody.
func (s *server) triesSignIn(k *worker) {
	if k.desk {
		return
	}
	w, n := s.w, 0
	s.side.signIns = append(s.side.signIns, refusedSignIn{w.now, k})
	for _, x := range s.side.signIns {
		if w.now.Sub(x.at) < time.Hour && (!x.by.ended || x.by.report != nil) {
			n++
		}
	}
	if n > triesAnHour {
		w.broke("I15", "%s: a sign-in that is refused was shown %d times in an hour, and %d are enough", s.name, n, triesAnHour)
	}
}

const (
	// poisons is the stream of items that a server cannot take, however often it is asked to, until nothing breaks any more.
	poisons = -16
	// poisoned is how many seeds in a thousand have one.
	poisoned = 100
)

// poison is the work about an item that its server cannot take, by subject: there is one about the item and one about its activity.
type poison map[string]rests

// rests are how often a piece of work was laid aside without anything new about it, and when that was last.
type rests struct {
	n    int
	last time.Time
}

// atLeast is for how long an item is let alone behind so many tries, a little less than what sync says.
var atLeast = []time.Duration{10 * time.Second, 50 * time.Second, 4 * time.Minute, 10 * time.Minute}

// poisonAhead lets somebody change an activity whose item a server cannot take any more.
func (w *World) poisonAhead() {
	d := newDice(w.Seed, poisons)
	if !d.chance(poisoned) || w.poisoned != nil || w.move < 30+d.below(90) {
		return
	}
	d = newDice(w.Seed, poisons-100*w.move)
	dice := w.dice
	w.dice = d
	w.in(w.firms[0], func() {
		s := w.someSide(func(s *side) bool {
			return running(s) && !s.server.feed && !s.server.crm && s.settings.Direction == lens.TwoWay
		})
		if s == nil {
			return
		}
		for _, e := range s.server.live() {
			a := w.rows.activities[w.rows.linked[linkKey{s.id, string(e.id)}]]
			if a == nil || a.Deleted() || a.OwnerID != s.user.ID || e.event.Organizer.Email != "" || e.event.Private {
				continue
			}
			e.poison, w.poisoned = poison{}, e
			w.say("fault", "%s cannot take %s", s.name, e.id)
			to := a.Clone()
			to.Plan.Location = w.someText()
			w.patch("edit activity", s.user, a, to, "location")
			w.did(poisoning, s)
			return
		}
	})
	w.dice = dice
}

// poisonous is the answer of a server that cannot take an item.
func (s *server) poisonous(op string, e *entry) error {
	if s.w.poisoned != e || s.w.calm {
		return nil
	}
	return &provider.Error{Op: op, Class: provider.Transient, Code: provider.CodeServer, Status: "500"}
}

// checkRested: what could not be taken is let alone for a while, and longer each time, unless there is something new about it (I15).
func (r *remote) checkRested(id provider.RemoteID) {
	e, w := r.s.stored[id], r.s.w
	if e == nil || len(e.poison) == 0 || r.k.desk || w.calm || w.counts.faults[ClockStep] > 0 {
		return
	}
	for _, x := range e.poison { // any order: one that is due is enough
		if x.n == 0 || w.now.Sub(x.last) >= atLeast[min(x.n, len(atLeast))-1] {
			return
		}
	}
	w.broke("I15", "%s: %s could not be taken, and is tried again before it has rested: %v at %v", r.s.name, id, e.poison, w.now)
}

// laidAside notes that a piece of work rests, that there is something new about it, or nothing any more.
func (w *World) laidAside(by *worker, s *side, d *workDone) {
	e := w.poisoned
	if e == nil || s.server.stored[e.id] != e || d.subject != "r:"+string(e.id) && d.subject != "a:"+number(w.rows.linked[linkKey{s.id, string(e.id)}]) {
		return
	}
	switch {
	case d.became == "is done with":
		if _, newer := w.workOf(s, d.subject); newer {
			e.poison[d.subject] = rests{} // what was done with was older
		} else {
			delete(e.poison, d.subject)
		}
	case by == nil, d.became == "arrives":
		e.poison[d.subject] = rests{}
	case d.held: // a deletion waits for the end of its run, or the work for a person
	default:
		row, _ := w.workOf(s, d.subject) // by the time it was laid aside there may have been something new
		e.poison[d.subject] = rests{row.Attempts, w.now}
	}
}

// workOf is the piece of work about a subject, if there is one.
func (w *World) workOf(s *side, subject string) (row store.Work, there bool) {
	w.must("read work", w.db.View(w.ctx, w.company, func(tx *store.Tx) (err error) {
		row, err = tx.WorkBySubject(w.ctx, s.id, subject)
		if there = err == nil; errors.Is(err, store.ErrNotFound) {
			return nil
		}
		return err
	}))
	return row, there
}
