package world

import "tahti/internal/store"

const (
	// copies is the stream of people who copy what sync has made into another calendar.
	copies = -24
	// copiers is how many seeds in a thousand have such people.
	copiers = 120
	// copying is what they do.
	copying = "copy into another calendar"
)

// copyAhead lets somebody of such a seed do that, before some nine moves. Where the database is to be restored nobody does: "Known and open"
// in docs/correctness.md says why.
func (w *World) copyAhead() {
	if w.toRestore || !newDice(w.Seed, copies).chance(copiers) {
		return
	}
	w.sometimes(copies, 50, func() { w.in(w.someFirm(), w.copyElsewhere) })
}

// copyElsewhere is somebody who copies an event that sync has made, with its key and the block of the CRM's own words, into another calendar
// of theirs or into a colleague's. There it is an event of its own: what it was made for says nothing of it (I10).
func (w *World) copyElsewhere() {
	from := w.someSide(func(s *side) bool { return len(s.withKeys()) > 0 })
	if from == nil {
		return
	}
	to := w.someSide(func(s *side) bool { return s != from && !s.server.feed && !s.server.crm && !s.server.readOnly })
	if to == nil {
		return
	}
	e := pick(w.dice, from.withKeys())
	c := w.copyTo(to, e)
	c.key, c.copied = e.key, true
	w.say(to.user.Name, "had %s at %s to copy", e.id, from.name)
	w.did(copying, to)
}

// checkCopied: what somebody copied from another calendar, with its key, is tied to no activity that another item was made for (I10).
func (w *World) checkCopied(l *store.Link, e *entry) {
	if e.copied && l.State == store.LinkLinked && (l.Ours || l.Activity == activityOfKey(string(e.key))) {
		w.broke("I10", "%s: %s is a copy, and is tied to activity %d as ours: %t", w.nameOf(l.Connection), e.id, l.Activity, l.Ours)
	}
}

// withKeys are the events of a calendar that carry a key of ours, which a CRM keeps to itself, and that nobody was invited to.
func (s *side) withKeys() (list []*entry) {
	for _, e := range s.server.live() {
		if e.ours && e.key != "" && !s.server.crm && e.event.Organizer.Email == "" {
			list = append(list, e)
		}
	}
	return list
}
