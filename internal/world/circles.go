package world

import (
	"slices"
	"strings"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/lens"
	"tahti/internal/store"
)

// Once all is quiet, another program that has rewritten or mirrored calendars goes on without anybody in between, at a pace that no person
// has: each time as soon as sync has answered it. What comes of it stays within the product's own bounds (I22). Those are bounds of an hour, and
// what comes behind that does not count: where a host bears little and its lists are long, an answer takes minutes.

const (
	// turnsInAnHour is how often sync may write what a program rewrites each time: five turns, and the write with which the sixth began.
	turnsInAnHour = 6
	// roundsInAnHour is how often sync may carry on what a program changes in another calendar each time.
	roundsInAnHour = 20
)

// circles lets the other program of a company, if it has one, begin each of the circles.
func (w *World) circles() {
	t := w.firm.tool
	if t == nil || len(w.broken) > 0 {
		return
	}
	w.move++
	w.disagree(t)
	w.carryRound(t)
	for _, quicker := range []bool{false, true} {
		if len(w.broken) == 0 {
			w.breed(t, quicker)
		}
	}
}

// disagree is two programs of which each has the last word about an item: one at its calendar, one in the CRM.
func (w *World) disagree(t *tool) {
	s := t.from
	for _, e := range s.server.live() {
		a := w.goesBothWays(s, e)
		if a == nil {
			continue
		}
		w.say("program", "has the last word about %s at %s, and another one about activity %d", e.id, s.name, a.ID)
		n, began := 0, w.now
		for range 2 * turnsInAnHour {
			to := w.rows.activities[a.ID].Clone()
			to.Plan.Location = w.book.fresh()
			seq := e.seq
			w.patch("rewrite", s.user, w.rows.activities[a.ID], to, "location")
			if w.runSoon(s); w.now.Sub(began) >= time.Hour {
				break
			}
			if e.seq != seq {
				n++
			}
			w.change("rewrite", s, e, func(ev *calendar.Event) { ev.Location = w.book.fresh() })
			w.runSoon(s)
		}
		if n > turnsInAnHour {
			w.broke("I22", "%s: %s was written %d times in an hour, in turn with a program that rewrites it", s.name, e.id, n)
		}
		return
	}
}

// carryRound is a program that answers each change of an item in one calendar with another one of what is the same in the second.
func (w *World) carryRound(t *tool) {
	for _, e := range t.from.server.live() {
		a := w.goesBothWays(t.from, e)
		if a == nil {
			continue
		}
		other := w.itemOf(t.to, a.ID)
		if other == nil || w.goesBothWays(t.to, other) != a {
			continue
		}
		w.say("program", "carries %s at %s to %s at %s", e.id, t.from.name, other.id, t.to.name)
		n, began := 0, w.now
		for range 2 * roundsInAnHour {
			seq := e.seq
			w.change("carry on", t.to, other, func(ev *calendar.Event) { ev.Location = w.book.fresh() })
			if w.runSoon(t.to, t.from); e.seq == seq || w.now.Sub(began) >= time.Hour {
				break
			}
			n++
		}
		if n > roundsInAnHour {
			w.broke("I22", "%s: %s was written %d times in an hour, each time for what a program had made of that", t.from.name, e.id, n)
		}
		return
	}
}

// breed is a program that copies what is new in either calendar into the other one, before sync has seen it or behind it. However often it
// does, sync makes each thing once, where it comes in and where that goes on to.
func (w *World) breed(t *tool, quicker bool) {
	e := t.from.server.add(w.someEvent())
	m, knew := markPattern.FindString(e.event.Subject), t.knows
	its := func(x *entry) bool { return strings.Contains(x.event.Subject, m) }
	t.knows = true // what it makes of its own copies is its own doing
	if quicker {
		w.mirror(t, t.from, t.to, its)
	}
	for range 4 {
		w.runSoon(t.from, t.to)
		w.mirror(t, t.from, t.to, its)
		w.mirror(t, t.to, t.from, its)
	}
	w.runSoon(t.from, t.to)
	t.knows = knew
	if n, most := w.bredOf(m), w.enoughOf(t, e, quicker); n > most {
		w.broke("I22", "sync has made %d things of %s, which one person added at %s, and %d are enough", n, m, t.from.name, most)
	}
}

// bredOf counts what there is of a mark in a title, but for what people and programs have added themselves.
func (w *World) bredOf(m string) (n int) {
	for _, a := range w.liveActivities(0) {
		if strings.Contains(a.Plan.Subject, m) {
			n++
		}
	}
	for _, s := range w.sides {
		for _, e := range s.server.live() {
			if e.ours && strings.Contains(e.event.Subject, m) {
				n++
			}
		}
	}
	return n
}

// enoughOf is how much of it one new event may become.
func (w *World) enoughOf(t *tool, e *entry, quicker bool) int {
	copied := t.copies[e]
	switch {
	case !slices.Contains(w.goesOnTo(t.from, e), t.to): // the copy is all that sync can know of the thing there, and comes in
		return 2 + len(w.goesOnTo(t.from, e)) + len(w.goesOnTo(t.to, copied))
	case quicker: // each may come in where it is, and before anybody has said which is the copy neither goes on to the other's calendar
		return 2 + len(w.goesOnTo(t.from, e, t.to)) + len(w.goesOnTo(t.to, copied, t.from))
	}
	return 1 + len(w.goesOnTo(t.from, e))
}

// goesOnTo are the other calendars to which what came in from one goes on.
func (w *World) goesOnTo(s *side, e *entry, but ...*side) []*side {
	a := w.activityIn(s, e)
	return slices.DeleteFunc(w.sidesOf(s.user.ID), func(x *side) bool {
		now := x.now()
		return x == s || a == nil || !w.carries(x, &now, a) || slices.Contains(but, x)
	})
}

// goesBothWays is the activity of an item that sync carries both ways and that nothing holds back; nil if there is none.
func (w *World) goesBothWays(s *side, e *entry) *crm.Activity {
	x := s.now()
	if !x.on || x.settings.Direction != lens.TwoWay || s.server.readOnly || s.unseen || s.former != nil || s.server.outside(e) {
		return nil
	}
	a := w.rows.activities[w.rows.linked[linkKey{s.id, string(e.id)}]]
	if a == nil || a.Deleted() || a.OwnerID != s.user.ID || a.Plan.Private || e.event.Private || e.event.Organizer.Email != "" || e.gone {
		return nil
	}
	st := w.standingOf(s)
	if st.byRemote[string(e.id)].State != store.LinkLinked || st.work["r:"+string(e.id)].ID != 0 || st.work["a:"+number(a.ID)].ID != 0 {
		return nil
	}
	return a
}

// runSoon lets connections run to their end, and a minute go by.
func (w *World) runSoon(sides ...*side) {
	for _, s := range sides {
		w.wakeNow(s, 0)
		w.runAll()
	}
	w.pass(time.Minute)
}
