package hub

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/lens"
	"tahti/internal/store"
)

// What the owner of a meeting kept to themselves is theirs: it does not pass to the next owner, and is not lost either.

// copyOf is what a user's own calendar says of an activity, as it was last read; blank if none does.
func (h *Hub) copyOf(ctx context.Context, tx Tx, activity, user store.ID) (*calendar.Event, error) {
	links, err := tx.LinksOfActivity(ctx, activity)
	if err != nil {
		return nil, fmt.Errorf("list links: %w", err)
	}
	for _, l := range links {
		c, err := tx.Connection(ctx, l.Connection)
		if err != nil {
			return nil, fmt.Errorf("read connection of link %d: %w", l.ID, err)
		}
		if c.Member != user || l.RemoteEvent == nil {
			continue
		}
		var f lens.Frame
		if len(l.Frame) > 0 {
			if err := json.Unmarshal(l.Frame, &f); err != nil {
				return nil, fmt.Errorf("read frame of link %d: %w", l.ID, err)
			}
		}
		if !l.Ours {
			f.Block = lens.BlockIn(l.RemoteEvent) // a copy of ours has one that is no text
		}
		there := l.RemoteEvent
		if l.Ours && l.LocalEvent != nil && !l.RemoteMeta.Apart.Has(calendar.Subject) {
			there = f.Whole(there, there, l.LocalEvent) // a title that was cut shows no frame that could be taken off
		}
		bare, _, _ := lens.Land(there, f)
		return &bare, nil
	}
	return &calendar.Event{}, nil
}

// withoutSecrets is an activity in which everything that was its owner's alone is as another copy has it: all of it if it is
// private, else its private dates. What a whole copy says nobody has let the company see: that is for who has it to do.
func withoutSecrets(a *crm.Activity, own *calendar.Event) crm.Activity {
	next := a.Clone()
	secret := calendar.AllFields &^ visibleWhenMasked
	hidden := func(w calendar.Wall) bool {
		o := a.Plan.Override(w)
		return a.Plan.Private || o != nil && o.Set.Has(calendar.Private) && o.Private
	}
	if a.Plan.Private {
		for _, f := range secret.List() {
			calendar.Copy(f, &next.Plan.Values, &own.Values)
		}
		next.Note, next.DealID, next.PersonID, next.OrgID = "", 0, 0, 0
		next.Visibility = crm.OwnerOnly
	}
	for i := range next.Plan.Overrides {
		o := &next.Plan.Overrides[i]
		if !hidden(o.Original) {
			continue
		}
		for _, f := range (secret | lens.Own).List() {
			calendar.Copy(f, &o.Values, &calendar.Values{})
		}
		o.Set &^= secret | lens.Own
	}
	for _, theirs := range own.Clone().Overrides {
		if !hidden(theirs.Original) || theirs.Set&secret == 0 {
			continue
		}
		o := next.Plan.EnsureOverride(theirs.Original)
		o.Set |= theirs.Set & secret
		for _, f := range (theirs.Set & secret).List() {
			calendar.Copy(f, &o.Values, &theirs.Values)
		}
	}
	next.Occurrences = slices.DeleteFunc(next.Occurrences, func(o crm.Occurrence) bool { return hidden(o.Original) })
	return next
}

// keeper is the connection in whose name a user's conflicts of an activity are kept: one that carries it, else any of theirs, also
// a stopped one; 0 if there is none.
func (h *Hub) keeper(ctx context.Context, tx Tx, activity, user store.ID) (store.ID, error) {
	theirs, err := tx.Connections(ctx, user)
	if err != nil {
		return 0, fmt.Errorf("list connections: %w", err)
	}
	if len(theirs) == 0 {
		return 0, nil
	}
	links, err := tx.LinksOfActivity(ctx, activity)
	if err != nil {
		return 0, fmt.Errorf("list links: %w", err)
	}
	for _, l := range links {
		if slices.ContainsFunc(theirs, func(c store.Connection) bool { return c.ID == l.Connection }) {
			return l.Connection, nil
		}
	}
	return theirs[0].ID, nil
}

// fileSecrets keeps what was taken out of a meeting for the one who had written it, in their own calendar's name.
func (h *Hub) fileSecrets(ctx context.Context, tx Tx, keeper store.ID, was, is *crm.Activity) error {
	before, after := snapshot(was), snapshot(is)
	for _, key := range before.diff(after) {
		field, original := SplitKey(key)
		f, planned := calendar.ParseField(field)
		if field == FieldOwner || field == FieldVisibility || planned && visibleWhenMasked.Has(f) || planned && original == "" && lens.Own.Has(f) {
			continue // what they say for themselves of the whole meeting is in their share of it, and who sees it is no secret
		}
		c := store.Conflict{
			Connection: keeper, Activity: was.ID, Original: original, Field: field, Winner: "crm", Kept: after[key], Lost: before[key],
			Own: true,
		}
		if err := h.AddConflict(ctx, tx, c); err != nil {
			return err
		}
	}
	return nil
}
