package world

import (
	"slices"

	"tahti/internal/crm"
	"tahti/internal/store"
)

// afterwards is what people still try once all is quiet, in some seeds. Then both sides have to agree again.
func (w *World) afterwards() {
	d := newDice(w.Seed, -9)
	if d.chance(80) && len(w.broken) == 0 {
		w.undoSome(d)
	}
	w.inEach(w.circles)
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
			l := &left{was: a, hidden: w.hidesSome(a), untold: w.isUntold(a)}
			if undone[w.firm][a.ID] == nil && len(undone[w.firm]) < 6 && d.chance(300) && w.undoRow(&w.users[u], &row) {
				l.Activity = w.rows.activities[a.ID].Clone()
				l.joins = l.OwnerID != a.OwnerID || l.Type != a.Type
				undone[w.firm][a.ID] = l
			}
		}
	})
	w.did(undoing)
	w.settle()
	w.inEach(func() {
		for _, a := range w.activities() {
			if l := undone[w.firm][a.ID]; l != nil && !w.stays(l, a) && len(w.broken) == 0 {
				w.broke("undo", "activity %d does not stay as an undo has left it:\n  %s\n  %s", a.ID, says(&l.Activity), says(a))
			}
		}
	})
}

// undoable are rows that nobody has taken back yet: of activities that still say what those made of them, or all.
func (w *World) undoable(untouched bool) []store.History {
	return slices.DeleteFunc(w.history(0, 200), func(row store.History) bool {
		a := w.rows.activities[row.Activity]
		return a == nil || !row.Undone.IsZero() || untouched && !w.asWritten(&row, a)
	})
}
