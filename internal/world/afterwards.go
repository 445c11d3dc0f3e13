package world

import (
	"slices"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/hub"
	"tahti/internal/store"
)

// afterwards is what people still try once all is quiet, in some seeds. Then both sides have to agree again.
func (w *World) afterwards() {
	d := newDice(w.Seed, -9)
	if d.chance(80) && len(w.broken) == 0 {
		w.undoSome(d)
	}
}

// left is an activity as an undo has left it.
type left struct {
	crm.Activity
	was    *crm.Activity // before the undo
	given  bool          // a meeting that the undo gave to somebody: their own copy of it counts from then on
	hidden bool          // a calendar hid its details, and may show them now
}

// undoSome takes changes of some activities back: for one half the last ones, which nobody has touched since. What the undo has put back
// stays, here and in the calendars.
func (w *World) undoSome(d *dice) {
	w.move++
	undone := map[*firm]map[store.ID]*left{}
	w.inEach(func() {
		undone[w.firm] = map[store.ID]*left{}
		for _, row := range w.undoable(d.chance(500)) {
			a := w.rows.activities[row.Activity]
			u := slices.IndexFunc(w.users, func(u crm.User) bool { return u.ID == a.OwnerID })
			hidden := w.hidesSome(a)
			if undone[w.firm][a.ID] == nil && len(undone[w.firm]) < 6 && d.chance(300) && w.undoRow(&w.users[u], &row) {
				now := w.rows.activities[a.ID]
				given := now.OwnerID != a.OwnerID && now.Plan.Organizer.Email != ""
				undone[w.firm][a.ID] = &left{Activity: now.Clone(), was: a, given: given, hidden: hidden}
			}
		}
	})
	w.settle()
	w.inEach(func() {
		for _, a := range w.activities() {
			if l := undone[w.firm][a.ID]; l != nil && !w.stays(l, a) && len(w.broken) == 0 {
				w.broke("undo", "activity %d does not stay as an undo has left it:\n  %s\n  %s", a.ID, says(&l.Activity), says(a))
			}
		}
	})
}

// stays: an activity says what an undo has left there. What a calendar hides of it cannot be written in there: it is taken back, and
// kept as a conflict; and with an undo that opens it may come to light what was typed there.
func (w *World) stays(l *left, a *crm.Activity) bool {
	var excused calendar.FieldSet
	if l.given {
		excused = calendar.OrganizerOwned
	}
	if l.hidden || w.hidesSome(a) {
		if !w.keptOf(l, a) {
			return false
		}
		excused |= details
	}
	return says(without(&l.Activity, excused)) == says(without(a, excused))
}

// hidesSome reports that a calendar hides details of an activity.
func (w *World) hidesSome(a *crm.Activity) bool {
	return slices.ContainsFunc(w.sides, func(s *side) bool { return s.server.hidesFrom(a.ID) })
}

// keptOf: details that an undo has put back, and that do not stay, are kept as conflicts.
func (w *World) keptOf(l *left, a *crm.Activity) bool {
	for _, f := range details.List() {
		keys := []string{f.String()}
		for _, o := range l.Plan.Overrides {
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
			calendar.CopyRecurrence(&c.Plan, &calendar.Event{})
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

// undoable are rows that nobody has taken back yet: of activities that still say what those made of them, or all.
func (w *World) undoable(untouched bool) []store.History {
	return slices.DeleteFunc(w.history(0, 200), func(row store.History) bool {
		a := w.rows.activities[row.Activity]
		return a == nil || !row.Undone.IsZero() || untouched && !w.asWritten(&row, a)
	})
}
