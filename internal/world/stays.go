package world

import (
	"slices"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/hub"
)

// left is an activity as an undo has left it.
type left struct {
	crm.Activity
	was    *crm.Activity // before the undo
	joins  bool          // the undo gave it to somebody or made it of another type: calendars may carry it that did not
	hidden bool          // a calendar hid its details, and may show them now
	untold bool          // sync had not heard all that was typed at a calendar
}

// stays: an activity says what an undo has left there. What cannot be written in a calendar that carries it is taken back, and kept as a
// conflict: what it hides, and with an undo that opens it may come to light what was typed there; and what only the organiser of a
// meeting says. A calendar that carries it again has in it what was typed there meanwhile, as one that shows a window may have, and the copy
// of a meeting that its new owner has counts.
func (w *World) stays(l *left, a *crm.Activity) bool {
	var taken, heard, theirs calendar.FieldSet
	if l.untold && l.Deleted() && !a.Deleted() {
		return true // what was typed there comes to light when the item is to go, and outlives that
	}
	if slices.ContainsFunc(w.sides, func(s *side) bool { return s.cannotHold(l.was) && !s.cannotHold(a) }) {
		return true // the CRM carries it again, and has in it what was said there meanwhile
	}
	if l.hidden || w.hidesSome(a) {
		taken = details
	}
	if w.isGuest(a) {
		taken |= calendar.OrganizerOwned
	}
	if l.joins || l.untold {
		heard = calendar.BothWaysFields
	}
	if l.joins {
		theirs = calendar.Fields(calendar.AnswerField) // no undo promises an answer: what whoever has it now has answered only comes in
	}
	same := func(x *crm.Activity) bool {
		return says(without(x, taken|heard|theirs)) == says(without(a, taken|heard|theirs))
	}
	return w.keptOf(l, a, taken|heard) && (same(&l.Activity) || l.was.Deleted() && same(w.reworded(&l.Activity)))
}

// isGuest reports that whoever owns an activity has it as a guest.
func (w *World) isGuest(a *crm.Activity) bool {
	organises := func(u crm.User) bool { return u.ID == a.OwnerID && u.Email == a.Plan.Organizer.Email }
	return a.Plan.Organizer.Email != "" && !slices.ContainsFunc(w.users, organises)
}

// reworded is an activity in the words of the calendars that carry it: where something is made anew, and an earlier try of it was never
// answered, nobody can tell what the server has rewritten from what somebody has edited there.
func (w *World) reworded(a *crm.Activity) *crm.Activity {
	c := a.Clone()
	for _, s := range w.sidesOf(a.OwnerID) {
		if w.itemOf(s, a.ID) == nil {
			continue
		}
		for _, n := range s.server.normal {
			n.apply(&c.Plan)
		}
	}
	c.Plan.Normalize()
	return &c
}

// itemOf is the item of a calendar that is tied to an activity; nil if there is none.
func (w *World) itemOf(s *side, activity crm.ID) *entry {
	list := s.server.live()
	at := slices.IndexFunc(list, func(e *entry) bool { return w.rows.linked[linkKey{s.id, string(e.id)}] == activity })
	if at < 0 {
		return nil
	}
	return list[at]
}

// hidesSome reports that a calendar hides details of an activity.
func (w *World) hidesSome(a *crm.Activity) bool {
	return slices.ContainsFunc(w.sides, func(s *side) bool { return s.server.hidesFrom(a.ID) })
}

// isUntold reports that what was typed at a calendar that carries an activity may never have been told.
func (w *World) isUntold(a *crm.Activity) bool {
	return slices.ContainsFunc(w.sides, func(s *side) bool {
		e := w.itemOf(s, a.ID)
		return e != nil && s.server.untold(e)
	})
}

// keptOf: what an undo has put back of some fields, and does not stay, is kept as conflicts. Dates are looked at under the names that they
// had.
func (w *World) keptOf(l *left, a *crm.Activity, fields calendar.FieldSet) bool {
	for _, f := range fields.List() {
		keys := []string{f.String()}
		for _, o := range l.Plan.Overrides {
			if !samePattern(&l.Activity, a) {
				break
			}
			keys = append(keys, hub.OccurrenceKey(f.String(), calendar.Time{Kind: l.Plan.Start.Kind, Wall: o.Original}.Key()))
		}
		for _, key := range keys {
			_, original := hub.SplitKey(key)
			put := string(hub.Value(&l.Activity, key))
			if put != "" && put != string(hub.Value(l.was, key)) && put != string(hub.Value(a, key)) && !w.keeps(a.ID, f.String(), original, put) {
				return false
			}
		}
	}
	return true
}

// without is an activity that says nothing of some fields.
func without(a *crm.Activity, fields calendar.FieldSet) *crm.Activity {
	c := a.Clone()
	for _, f := range fields.List() {
		if f == calendar.Recurrence {
			c.Plan.Rule, c.Plan.Extra, c.Plan.Cancelled = "", nil, nil
			continue
		}
		calendar.Copy(f, &c.Plan.Values, &calendar.Values{})
		for i := range c.Plan.Overrides {
			c.Plan.Overrides[i].Set &^= calendar.Fields(f)
		}
	}
	c.Plan.Normalize()
	return &c
}
