package hub

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/recur"
	"tahti/internal/store"
)

// Undone is what became of an undo.
type Undone struct {
	Activity crm.Activity // as it is now
	// Kept are keys that somebody has changed since, or of dates that the series has no more. They were left alone, and what undo
	// would have put there was filed as a conflict.
	Kept []string
}

// Undo takes one row of history back by an ordinary edit. A field is restored only where it still holds what the row
// wrote. A deletion is undone by bringing the activity back: as a new appointment without guests if no calendar holds it any
// more. What sync brought in is taken out of the CRM and stays in the calendar. Undo promises all modelled fields, and no
// ids, answers or mails. Errors: [Denied] (also for a row that is undone already), store.ErrNotFound.
func (h *Hub) Undo(ctx context.Context, tx Tx, by Actor, row store.ID) (Undone, error) {
	if err := mayBegin(by); err != nil {
		return Undone{}, err
	}
	r, err := tx.History(ctx, row)
	if err != nil {
		return Undone{}, err
	}
	if !r.Undone.IsZero() {
		return Undone{}, &Denied{Code: DeniedUndone}
	}
	if r.Activity == 0 {
		return Undone{}, &Denied{Code: DeniedNotUndoable}
	}
	before, after, err := rowValues(&r)
	if err != nil {
		return Undone{}, err
	}
	cur, err := tx.Activity(ctx, r.Activity)
	if err != nil {
		return Undone{}, err
	}
	member, err := memberOf(ctx, tx, r.Connection)
	if err != nil {
		return Undone{}, err
	}
	if by.Kind == Person && keptFrom(by.User, &cur, &r, member) {
		return Undone{}, &Denied{Code: DeniedMasked}
	}
	delete(after, keyMasked)
	if r.Direction == outward && (r.Kind == "create" || r.Kind == "delete" && !cur.Deleted()) {
		// A mirror that was made or withdrawn: that follows from the settings, not from anything that could be put back here.
		return Undone{}, &Denied{Code: DeniedNotUndoable}
	}
	var done Undone
	switch r.Kind {
	case "update", "merge", "undo", "restore":
		done, err = h.undoUpdate(ctx, tx, by, cur, before, after)
	case "create":
		done, err = h.undoCreate(ctx, tx, by, cur, after, r.Connection)
	case "delete":
		done.Activity, err = h.undoDelete(ctx, tx, by, r.Activity)
	case "revive":
		err = h.Delete(ctx, tx, by, r.Activity)
	default:
		return Undone{}, &Denied{Code: DeniedNotUndoable}
	}
	if err != nil {
		return Undone{}, err
	}
	if len(done.Kept) > 0 && done.Activity.Revision == cur.Revision {
		return done, nil // nothing could be taken back: the row stays as it is
	}
	if err := tx.MarkUndone(ctx, row, h.now()); err != nil {
		return Undone{}, fmt.Errorf("mark history undone: %w", err)
	}
	return done, nil
}

func rowValues(r *store.History) (before, after values, err error) {
	before, after = values{}, values{}
	if len(r.Before) > 0 {
		err = json.Unmarshal(r.Before, &before)
	}
	if len(r.After) > 0 {
		err = errors.Join(err, json.Unmarshal(r.After, &after))
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read history %d: %w", r.ID, err)
	}
	for _, v := range []values{before, after} {
		for key, raw := range v { // any order: each on its own
			if field, original := SplitKey(key); original != "" && (field == FieldCancelled || field == FieldDone) && isFalse(raw) {
				delete(v, key)
			}
		}
	}
	return before, after, nil
}

// undoUpdate restores what still holds what was written.
func (h *Hub) undoUpdate(ctx context.Context, tx Tx, by Actor, cur crm.Activity, before, after values) (Undone, error) {
	if cur.Deleted() {
		return Undone{}, fmt.Errorf("activity %d is deleted: %w", cur.ID, store.ErrNotFound)
	}
	keys, err := withoutAnswers(before, after)
	if err != nil {
		return Undone{}, err
	}
	now := snapshot(&cur)
	var kept []string
	var series, here, gone []string // here: of occurrences that the present pattern has, gone: that it has no more
	for _, key := range keys {
		_, original := SplitKey(key)
		w, err := calendar.ParseWall(original)
		switch {
		case !bytes.Equal(now[key], after[key]):
			kept = append(kept, key)
		case original == "":
			series = append(series, key)
		case err == nil && recur.Has(&cur.Plan, w):
			here = append(here, key)
		default:
			gone = append(gone, key)
		}
	}
	// What is said of occurrences is restored under the names in which it was written, the pattern is put back, which
	// names them anew, and last comes what only the old pattern has a place for.
	next := cur.Clone()
	putAll := func(keys []string) (err error) {
		for _, key := range keys {
			err = errors.Join(err, put(&next, key, before[key]))
		}
		return err
	}
	if err := putAll(here); err != nil {
		return Undone{}, err
	}
	middle := next.Clone()
	if err := putAll(series); err != nil {
		return Undone{}, err
	}
	_, dropped := follow(&middle, &next, saving{})
	kept = append(kept, homeless(&next.Plan, gone)...)
	gone = slices.DeleteFunc(gone, func(key string) bool { return slices.Contains(kept, key) })
	if err := putAll(gone); err != nil {
		return Undone{}, err
	}
	saved, err := h.save(ctx, tx, by, cur, next, saving{kind: "undo", overrides: true, occurrences: true, putBack: true})
	if err != nil {
		return Undone{}, err
	}
	if err := h.fileDropped(ctx, tx, by, &saved, dropped); err != nil {
		return Undone{}, err
	}
	return Undone{Activity: saved, Kept: kept}, h.fileKept(ctx, tx, &cur, kept, now, before)
}

// homeless are the keys of occurrences that a pattern does not have, but for those that say no more than that.
func homeless(e *calendar.Event, keys []string) (list []string) {
	for _, key := range keys {
		field, original := SplitKey(key)
		if w, err := calendar.ParseWall(original); field != FieldCancelled && (err != nil || !e.IsSeries() || !recur.Has(e, w)) {
			list = append(list, key)
		}
	}
	return list
}

// withoutAnswers are the keys under which a row of history changed more than what somebody answered. An answer is given in a calendar
// and only comes in: put back here, it would be wrong for as long as nobody answers anew.
func withoutAnswers(before, after values) ([]string, error) {
	all := before.diff(after)
	keys := slices.DeleteFunc(slices.Clone(all), func(key string) bool {
		switch field, _ := SplitKey(key); field {
		case calendar.AnswerField.String():
			return true
		case calendar.GuestsField.String():
			return slices.Equal(invitees(before[key]), invitees(after[key]))
		}
		return false
	})
	if len(keys) == 0 && len(all) > 0 {
		return nil, &Denied{Code: DeniedNotUndoable}
	}
	return keys, nil
}

// invitees are stored guests without what they answered.
func invitees(raw json.RawMessage) []calendar.Guest {
	var list []calendar.Guest
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil // nobody
	}
	for i := range list {
		list[i].Answer = calendar.NoAnswer
	}
	return list
}

// fileKept files what undo would have restored.
func (h *Hub) fileKept(ctx context.Context, tx Tx, a *crm.Activity, keys []string, now, before values) error {
	for _, key := range keys {
		field, original := SplitKey(key)
		c := store.Conflict{
			Activity: a.ID, Original: original, Field: field, Winner: "crm", Kept: now[key], Lost: before[key],
		}
		if err := h.AddConflict(ctx, tx, c); err != nil {
			return err
		}
	}
	return nil
}

// undoCreate takes out of the CRM what a connection brought in, unless somebody has worked on it. The event stays in its
// calendar: its link is severed, so that the deletion does not travel and the event does not come in again.
func (h *Hub) undoCreate(
	ctx context.Context, tx Tx, by Actor, cur crm.Activity, after values, connection store.ID,
) (Undone, error) {
	if cur.Deleted() {
		return Undone{Activity: cur}, nil
	}
	now, said := snapshot(&cur), values{}
	for _, key := range now.said() {
		said[key] = now[key]
	}
	if edited := after.diff(said); len(edited) > 0 {
		return Undone{Activity: cur, Kept: edited}, nil
	}
	l, err := tx.LinkByActivity(ctx, connection, cur.ID)
	switch {
	case isNotFound(err):
	case err != nil:
		return Undone{}, fmt.Errorf("read link: %w", err)
	case l.State == store.LinkWriting || l.State == store.LinkCreating:
		return Undone{}, &Denied{Code: DeniedNotUndoable} // a write is on its way; in a moment it can be undone
	case l.State == store.LinkLinked && !l.Ours:
		l.State, l.Changed = store.LinkSevered, h.now()
		if err := tx.PutLink(ctx, &l); err != nil {
			return Undone{}, fmt.Errorf("sever link: %w", err)
		}
	}
	if err := h.Delete(ctx, tx, by, cur.ID); err != nil {
		return Undone{}, err
	}
	cur, err = tx.Activity(ctx, cur.ID)
	return Undone{Activity: cur}, err
}

// undoDelete brings an activity back. Where a calendar still holds it, it is the same appointment; else a new one, to which
// nobody has been invited.
func (h *Hub) undoDelete(ctx context.Context, tx Tx, by Actor, id store.ID) (crm.Activity, error) {
	links, err := tx.LinksOfActivity(ctx, id)
	if err != nil {
		return crm.Activity{}, fmt.Errorf("list links: %w", err)
	}
	held := slices.ContainsFunc(links, func(l store.Link) bool {
		return l.State == store.LinkLinked || l.State == store.LinkWriting
	})
	if held {
		return h.revive(ctx, tx, by, id, nil)
	}
	return h.revive(ctx, tx, by, id, func(a *crm.Activity) {
		a.Plan.UID = ""
		uninvited := calendar.Fields(calendar.OrganizerField, calendar.GuestsField, calendar.AnswerField)
		for _, f := range uninvited.List() {
			calendar.Copy(f, &a.Plan.Values, &calendar.Values{})
			for i := range a.Plan.Overrides {
				a.Plan.Overrides[i].Set &^= calendar.Fields(f)
				calendar.Copy(f, &a.Plan.Overrides[i].Values, &calendar.Values{})
			}
		}
		tidy(a)
	})
}
