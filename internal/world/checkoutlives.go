package world

import (
	"slices"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/hub"
	"tahti/internal/store"
)

// hears notes the marks that an item shows or is sent, whatever its server keeps of them.
func (e *entry) hears(now *calendar.Event) {
	if e.heard == nil {
		e.heard = map[string]bool{}
	}
	for _, m := range marksOf(now) {
		e.heard[m] = true
	}
}

// checkOutlives: an activity is not deleted with its item while it says what somebody typed elsewhere, nobody has replaced, and the item was
// never told of: whoever deleted that had not seen it, and the edit outlives the deletion. In both directions people are told of that (I5).
// was is the activity before the transaction.
func (w *World) checkOutlives(by *worker, l *store.Link, was *crm.Activity, done []change) {
	s, a := by.side, w.rows.activities[l.Activity]
	e := s.server.stored[remoteID(l.Remote)]
	if e == nil || a == nil {
		return
	}
	ends, wasThere := l.State == store.LinkGone, was != nil && !was.Deleted()
	switch {
	case ends && wasThere && a.Deleted():
		if k := w.unheard(s, e, was); k != nil {
			w.broke("I5", "%s deletes activity %d with %s, and it says %s, which %s typed at %s in move %d: %s", by.name, a.ID, e.id, k.text, k.by,
				k.place, k.move, brief(&was.Plan))
		}
	case ends && !a.Deleted() && e.taken > 0 && anew(done, l) && w.unheard(s, e, a) != nil && !noticed(done, a.ID):
		w.broke("I5", "%s makes %s anew for activity %d, and nobody is told why", by.name, e.id, a.ID)
	case was != nil && was.Deleted() && !a.Deleted() && e.meeting == nil && !noticed(done, a.ID):
		w.broke("I5", "%s brings activity %d back for %s, and nobody is told why", by.name, a.ID, e.id)
	}
}

// anew reports that a transaction notes the creation of what takes the place of an item.
func anew(done []change, of *store.Link) bool {
	return slices.ContainsFunc(done, func(c change) bool {
		return c.link != nil && c.link.ID != of.ID && c.link.Connection == of.Connection && c.link.Activity == of.Activity && kindOf(c.link) == "create"
	})
}

// noticed reports that a transaction tells of a deletion that an edit has outlived.
func noticed(done []change, activity store.ID) bool {
	return slices.ContainsFunc(done, func(c change) bool {
		return c.conflict != nil && c.conflict.Activity == activity && c.conflict.Field == hub.FieldDeleted
	})
}

// unheard is something that an activity says, and was to go out to an item that never heard of it; nil if there is nothing.
func (w *World) unheard(s *side, e *entry, a *crm.Activity) *mark {
	if e.event.Organizer.Email != "" && e.event.Organizer.Email != s.server.me || s.server.feed || s.server.readOnly {
		return nil
	}
	goes := a.Plan.Clone()
	goes.Known = s.server.shows(e) & calendar.BothWaysFields
	for i := range goes.Overrides {
		goes.Overrides[i].Set &= goes.Known
	}
	for _, m := range marksOf(&goes) {
		k := w.book.marks[m]
		if k == nil || !k.stands() || k.place == s.name || e.heard[m] || e.stoodHere(a, m) {
			continue
		}
		if s.always(k.move, func(x *span) bool { return w.carries(s, x, a) && x.settings.Private != "skip" }) {
			return k
		}
	}
	return nil
}
