package world

import (
	"strings"
	"time"

	"tahti/internal/calendar"
)

// tool is another program that syncs two calendars of one person, in the few seeds that have it. It knows nothing of ours, and writes
// as a person would (I22).
type tool struct {
	from, to *side
	title    func(string) string // that a copy gets
	knows    bool                // its own copies; else it copies them back
	copies   map[*entry]*entry
	seen     map[*entry]int // change of an item that its copy says
	made     map[*entry]bool
}

// toolOf is the other program of a company; nil where nobody has two calendars that it could write to.
func (w *World) toolOf() *tool {
	if w.firm.tool != nil {
		return w.firm.tool
	}
	for i, s := range w.sides {
		for _, other := range w.sides[i+1:] {
			if s.user.ID != other.user.ID || s.server.feed || other.server.feed || s.server.crm || other.server.crm {
				continue
			}
			w.firm.tool = &tool{
				from: s, to: other, knows: w.dice.chance(700), copies: map[*entry]*entry{}, seen: map[*entry]int{}, made: map[*entry]bool{},
				title: pick(w.dice, []func(string) string{
					func(t string) string { return t },
					func(t string) string { return "Copy: " + t },
					func(t string) string { return t + " (mirrored)" },
				}),
			}
			return w.firm.tool
		}
	}
	return nil
}

// mirrorCalendars lets the other program copy what is new in each of its two calendars into the other one, and carry on what has
// changed since.
func mirrorCalendars(w *World) bool {
	t := w.toolOf()
	return t != nil && w.happened(w.mirror(t, t.from, t.to, anyEntry), "mirror calendars", t.to) &&
		w.happened(w.mirror(t, t.to, t.from, anyEntry)+1, "mirror calendars", t.from)
}

func (w *World) mirror(t *tool, from, to *side, fit func(*entry) bool) int {
	const most = 3 // a copy of a copy has copies, too
	n := 0
	for _, e := range from.server.live() {
		if e.event.Organizer.Email != "" || t.made[e] && t.knows || n == most || !fit(e) {
			continue
		}
		c := t.copies[e]
		if c != nil && (c.gone || t.seen[e] == e.seq) {
			continue
		}
		ev := e.event.Clone()
		ev.Subject = t.title(strings.TrimSpace(ev.Subject))
		w.soften(&e.event)
		t.seen[e] = e.seq
		n++
		if t.made[e] {
			w.rows.outside[markPattern.FindString(ev.Subject)]++
		}
		if c == nil {
			c = to.server.add(ev)
			t.copies[e], t.made[c] = c, true
			continue
		}
		w.change("carry on", to, c, func(was *calendar.Event) { *was = ev })
	}
	return n
}

// fight is what a program does that has an opinion of its own about each item that sync has written: it takes our words off, and says
// something else about the place.
func fight(w *World) bool {
	t := w.toolOf()
	if t == nil {
		return false
	}
	n := 0
	for _, e := range t.from.server.live() {
		if e.sent && e.event.Organizer.Email == "" {
			w.change("fight over", t.from, e, func(ev *calendar.Event) {
				unblock(ev)
				ev.Location = w.someText()
			})
			n++
		}
	}
	return w.happened(n, "fight", t.from)
}

const (
	// bornOfOne is how many activities and items sync may make in an hour that say what one outside edit brought: what is born in a
	// calendar is made in the CRM and goes to others of its user, and a copy that comes in before the first is known does so, too.
	bornOfOne = 12
	// bornOfCopy is how many of each copy that a tool makes of its own copies, for which it needs nobody's help, and of each item that a
	// restored database knows nothing of.
	bornOfCopy = 4
	// sentInAnHour is how often an item may be written in an hour: the loop breaker's twenty, and what was under way when it struck.
	sentInAnHour = 25
)

// lately counts a moment more to those of the last hour, by name.
func (w *World) lately(list map[string][]time.Time, name string) int {
	kept := list[name][:0]
	for _, at := range list[name] {
		if w.now.Sub(at) < time.Hour {
			kept = append(kept, at)
		}
	}
	list[name] = append(kept, w.now)
	return len(list[name])
}

// checkBred: one outside edit does not breed, whatever other tools do with what comes of it (I22). Whatever is made of it has its mark
// in the title.
func (w *World) checkBred(what string, ev *calendar.Event) {
	m := markPattern.FindString(ev.Subject)
	if m == "" {
		return
	}
	if n := w.lately(w.rows.bred, m); n > bornOfOne+bornOfCopy*w.rows.outside[m] {
		w.broke("I22", "%s is the %dth thing in an hour that sync makes of %s", what, n, m)
	}
}

// checkRewritten: no item is written again and again (I22).
func (w *World) checkRewritten(s *server, e *entry) {
	if n := w.lately(w.rows.sent, s.name+" "+string(e.id)); n > sentInAnHour {
		w.broke("I22", "%s: %s is written %d times in an hour", s.name, e.id, n)
	}
}
