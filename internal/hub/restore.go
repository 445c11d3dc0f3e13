package hub

import (
	"bytes"
	"context"
	"fmt"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/recur"
	"tahti/internal/store"
)

// FieldDeleted is the field of a conflict in which a deletion lost to an edit (I5).
const FieldDeleted = "deleted"

// RestoreConflict puts a losing value back by an ordinary edit, and closes the conflict. Where a deletion lost, the activity
// is deleted after all. Errors: as for [Hub.Update]; [Denied] if it is resolved already or not this person's to see;
// [Invalid] if the series has the occurrence no more.
func (h *Hub) RestoreConflict(ctx context.Context, tx Tx, by Actor, id store.ID) (crm.Activity, error) {
	if err := mayBegin(by); err != nil {
		return crm.Activity{}, err
	}
	c, err := tx.Conflict(ctx, id)
	if err != nil {
		return crm.Activity{}, err
	}
	cur, err := h.live(ctx, tx, c.Activity)
	if err != nil {
		return crm.Activity{}, err
	}
	if err := h.mayRestore(ctx, tx, by, &cur, &c); err != nil {
		return crm.Activity{}, err
	}
	saved := cur
	if c.Field == FieldDeleted {
		if err = h.Delete(ctx, tx, by, cur.ID); err == nil {
			saved, err = tx.Activity(ctx, cur.ID)
		}
	} else {
		saved, err = h.restoreValue(ctx, tx, by, cur, &c)
	}
	if err != nil {
		return crm.Activity{}, err
	}
	c.Resolved = h.now()
	if err := tx.PutConflict(ctx, &c); err != nil {
		return crm.Activity{}, fmt.Errorf("resolve conflict: %w", err)
	}
	return saved, nil
}

func (h *Hub) mayRestore(ctx context.Context, tx Tx, by Actor, a *crm.Activity, c *store.Conflict) error {
	if !c.Resolved.IsZero() {
		return &Denied{Code: DeniedResolved}
	}
	if by.Kind != Person {
		return nil
	}
	parts, err := h.parts(ctx, tx, a)
	if err != nil {
		return err
	}
	member, err := memberOf(ctx, tx, c.Connection)
	if err != nil {
		return err
	}
	if !seesConflict(by.User, a, parts, member, c) {
		return &Denied{Code: DeniedMasked}
	}
	return nil
}

func (h *Hub) restoreValue(ctx context.Context, tx Tx, by Actor, cur crm.Activity, c *store.Conflict) (crm.Activity, error) {
	next, key, lost := cur.Clone(), c.Field, c.Lost
	if c.Original != "" {
		key = OccurrenceKey(c.Field, c.Original)
		w, err := calendar.ParseWall(c.Original)
		if err != nil || !recur.Has(&cur.Plan, w) {
			return crm.Activity{}, &Invalid{Field: key, Code: CodeNoOccurrence}
		}
		if c.Field != FieldCancelled {
			// A value of an occurrence that was taken out brings it back with it.
			if err := put(&next, OccurrenceKey(FieldCancelled, c.Original), nil); err != nil {
				return crm.Activity{}, err
			}
		}
	}
	if bytes.Equal(lost, []byte("null")) {
		lost = nil
	}
	if err := put(&next, key, lost); err != nil {
		return crm.Activity{}, err
	}
	if err := keepDates(&cur.Plan, &next.Plan, key); err != nil {
		return crm.Activity{}, err
	}
	return h.save(ctx, tx, by, cur, next, saving{kind: "restore", putBack: true})
}

// keepDates lets the end of a series move along where a start that is restored lies behind it: the series would have no date left. A
// repetition that ends before the series begins is not restored; its start has to be first.
func keepDates(cur, next *calendar.Event, key string) error {
	if !barren(next) || barren(cur) {
		return nil
	}
	if key == calendar.When.String() {
		if err := moveRule(cur, next); err != nil {
			return err
		}
	}
	if barren(next) {
		return &Invalid{Field: calendar.Recurrence.String(), Code: CodeNoDates}
	}
	return nil
}

// barren reports that a series has no date at all, as it ends before it begins.
func barren(e *calendar.Event) bool {
	if !e.IsSeries() {
		return false
	}
	for range recur.Starts(e, 1) {
		return false
	}
	return true
}
