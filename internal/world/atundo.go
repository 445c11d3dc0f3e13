package world

import (
	"errors"
	"fmt"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/hub"
	"tahti/internal/store"
)

// ownWords lets somebody type what is the CRM's alone: a note, a priority, and of a date that it was done. It answers the fields.
func (w *World) ownWords(a *crm.Activity) (fields []string) {
	d := w.aside()
	if d.chance(500) {
		a.Note = w.book.aside(d)
		fields = append(fields, hub.FieldNote)
	}
	if d.chance(300) {
		a.Priority = d.below(3)
		fields = append(fields, hub.FieldPriority)
	}
	if dates := judge(&a.Plan); a.Plan.IsSeries() && len(dates) > 0 && d.chance(600) {
		at := pick(d, dates).original
		a.Occurrences = []crm.Occurrence{{Original: at, Done: d.chance(600), Note: w.book.aside(d)}}
		fields = append(fields, hub.FieldOccurrences)
	}
	return fields
}

// aside makes a text for what no calendar shows: it is no mark, and nobody looks for it on the other side.
func (*ledger) aside(d *dice) string { return fmt.Sprint("aside ", d.below(1000)) }

// undo takes a row of history back: one of the last, half of the time the last one of what that one is about.
func undo(w *World) bool {
	u := &w.users[w.dice.below(len(w.users))]
	list := w.history(0, 20)
	if len(list) == 0 {
		return false
	}
	row := pick(w.dice, list)
	if w.aside().chance(500) {
		row = w.history(row.Activity, 1)[0]
	}
	a := w.rows.activities[row.Activity]
	if a == nil || a.OwnerID != u.ID {
		return false
	}
	return w.undoRow(u, &row)
}

// history lists the newest rows, of one activity or (0) of all.
func (w *World) history(activity store.ID, limit int) (list []store.History) {
	w.must("read history", w.db.View(w.ctx, w.company, func(tx *store.Tx) (err error) {
		list, err = tx.ListHistory(w.ctx, 0, activity, 0, limit)
		return err
	}))
	return list
}

func (w *World) undoRow(u *crm.User, row *store.History) bool {
	cur := w.rows.activities[row.Activity]
	about := fmt.Sprintf("row %d, %s %s", row.ID, row.Direction, row.Kind)
	w.soften(&cur.Plan)
	shares := w.rows.shares[cur.ID]
	var done hub.Undone
	var refused error
	ok := w.save("undo", u, about, func(tx engine.Tx, h *hub.Hub) error {
		done, refused = h.Undo(w.ctx, tx, hub.By(*u), row.ID)
		return refused
	})
	var invalid *hub.Invalid
	switch {
	case ok:
		w.checkUndone(row, cur, shares, &done)
	case errors.As(refused, &invalid) && w.asWritten(row, cur):
		w.broke("undo", "%s of activity %d, which nobody has changed since, is refused: %v", about, cur.ID, refused)
	}
	return ok
}

// invitation are the fields that an activity comes back without, once no calendar holds it.
var invitation = calendar.Fields(calendar.OrganizerField, calendar.GuestsField, calendar.AnswerField)
