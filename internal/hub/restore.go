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

// RestoreConflict puts a losing value back by an ordinary edit, and closes the conflict. Values of conflicts are the owner's to
// see and to restore. Errors: as for [Hub.Update]; [Denied] if it is resolved already; [Invalid] if the series has the
// occurrence no more.
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
	switch {
	case by.Kind == Person && by.User.ID != cur.OwnerID:
		return crm.Activity{}, &Denied{Code: DeniedMasked}
	case !c.Resolved.IsZero():
		return crm.Activity{}, &Denied{Code: DeniedResolved}
	}
	key, lost := c.Field, c.Lost
	if c.Original != "" {
		key = OccurrenceKey(c.Field, c.Original)
		w, err := calendar.ParseWall(c.Original)
		if err != nil || !recur.Has(&cur.Plan, w) {
			return crm.Activity{}, &Invalid{Field: key, Code: CodeNoOccurrence}
		}
	}
	next := cur.Clone()
	if c.Original != "" && c.Field != FieldCancelled {
		// A value of an occurrence that was taken out brings it back with it.
		if err := put(&next, OccurrenceKey(FieldCancelled, c.Original), nil); err != nil {
			return crm.Activity{}, err
		}
	}
	if bytes.Equal(lost, []byte("null")) {
		lost = nil
	}
	if err := put(&next, key, lost); err != nil {
		return crm.Activity{}, err
	}
	saved, err := h.save(ctx, tx, by, cur, next, saving{kind: "restore", putBack: true})
	if err != nil {
		return crm.Activity{}, err
	}
	c.Resolved = h.now()
	if err := tx.PutConflict(ctx, &c); err != nil {
		return crm.Activity{}, fmt.Errorf("resolve conflict: %w", err)
	}
	return saved, nil
}
