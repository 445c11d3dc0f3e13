package hub

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/store"
)

// keyMasked stands among a row's values when the details were not for everyone at the time: such a row is shown to the
// owner alone, also after the activity was opened.
const keyMasked = "was_masked"

// empty is what a new activity says before anybody said anything.
var empty = snapshot(&crm.Activity{})

// said lists the keys that are not blank.
func (v values) said() []string {
	return slices.DeleteFunc(v.keys(), func(k string) bool { return bytes.Equal(v[k], empty[k]) })
}

// record adds a row of history: for everything that sync does, and for what people change in activities that some
// connection carries.
func (h *Hub) record(
	ctx context.Context, tx Tx, by Actor, kind string, a *crm.Activity, parts []crm.Participant,
	before, after values, keys []string, masked bool,
) error {
	row := store.History{
		// The very moment of the change: a new owner is shown what came behind it, and not what was their predecessor's alone.
		At: a.UpdatedAt, Activity: a.ID, Actor: by.Kind.String(), Kind: kind,
		Connection: by.Connection, Run: by.Run, Member: by.User.ID,
	}
	if by.Kind == Sync {
		row.Direction = "in"
	} else if carried, err := h.carried(ctx, tx, a.ID); err != nil || !carried {
		return err
	}
	if kind == "create" || kind == "revive" || kind == "delete" {
		masked = masked || privacyOf(a, parts) != open
	}
	if kind == "delete" {
		after = values{}
	}
	row.Before, row.After = before.object(keys), after.object(keys)
	if masked {
		row.After = withMark(row.After)
	}
	if err := tx.AddHistory(ctx, &row); err != nil {
		return fmt.Errorf("add history: %w", err)
	}
	return nil
}

// outward is the direction of rows of what a run wrote at its provider.
const outward = "out"

// AddHistory adds a row of what a run wrote at its provider. Before and After are from [Object]; the clock is the hub's.
// They are what stood in somebody's calendar, maybe since long before the activity became what it is, and are theirs
// whose calendar it is (see [Hub.ShowHistory]).
func (h *Hub) AddHistory(ctx context.Context, tx Tx, row store.History) error {
	row.ID, row.At = 0, h.now()
	if err := tx.AddHistory(ctx, &row); err != nil {
		return fmt.Errorf("add history: %w", err)
	}
	return nil
}

// anyPrivate reports whether an occurrence is private in a series that is not.
func anyPrivate(e *calendar.Event) bool {
	return slices.ContainsFunc(e.Overrides, func(o calendar.Override) bool { return o.Set.Has(calendar.Private) && o.Private })
}

// withMark adds the mark to an object of values.
func withMark(object json.RawMessage) json.RawMessage {
	rest, ok := bytes.CutSuffix(object, []byte{'}'})
	if !ok {
		panic(fmt.Sprintf("history %s is no object", object))
	}
	mark := `"` + keyMasked + `":true}`
	if len(rest) > 1 {
		mark = "," + mark
	}
	return append(slices.Clone(rest), mark...)
}

// carried reports whether some connection carries the activity.
func (h *Hub) carried(ctx context.Context, tx Tx, id store.ID) (bool, error) {
	links, err := tx.LinksOfActivity(ctx, id)
	if err != nil {
		return false, fmt.Errorf("list links: %w", err)
	}
	return len(links) > 0, nil
}

// AddConflict keeps a losing value, so that it can be restored. A conflict in which nothing was lost is not kept. Field and
// Original are a key taken apart ([SplitKey]); Kept and Lost come from [Value], [ValueOf] or [RecurrenceValue]. It is as of a moment
// behind the activity's last change, so that it is theirs who owns the activity. What loses here to the calendar of somebody who gave the
// activity away, and takes no part in it, does not come through their connection: it was never theirs to see (I23).
func (h *Hub) AddConflict(ctx context.Context, tx Tx, c store.Conflict) error {
	if bytes.Equal(c.Kept, c.Lost) {
		return nil
	}
	a, err := tx.Activity(ctx, c.Activity)
	if err != nil {
		return fmt.Errorf("read activity of a conflict: %w", err)
	}
	if c.Winner == winner(Actor{Kind: Sync}) {
		parts, err := h.parts(ctx, tx, &a)
		if err != nil {
			return err
		}
		member, err := memberOf(ctx, tx, c.Connection)
		if err != nil {
			return err
		}
		if member != a.OwnerID && !slices.ContainsFunc(parts, func(p crm.Participant) bool { return p.UserID == member }) {
			c.Connection = 0
		}
	}
	c.ID, c.At = 0, h.behind(a.UpdatedAt)
	if err := tx.PutConflict(ctx, &c); err != nil {
		return fmt.Errorf("add conflict: %w", err)
	}
	return nil
}

// lost is what was said of an occurrence that the pattern has no more.
type lost struct {
	key   string
	value json.RawMessage
}

// fileDropped keeps what was said of occurrences that the new pattern does not have. What the calendar said so already
// when it was last read was filed then.
func (h *Hub) fileDropped(ctx context.Context, tx Tx, by Actor, a *crm.Activity, dropped []lost) error {
	if len(dropped) == 0 {
		return nil
	}
	filed := values{}
	if by.Kind == Sync {
		link, err := tx.LinkByActivity(ctx, by.Connection, a.ID)
		if err == nil && link.RemoteEvent != nil {
			filed = snapshot(&crm.Activity{Plan: *link.RemoteEvent})
		} else if err != nil && !isNotFound(err) {
			return fmt.Errorf("read link: %w", err)
		}
	}
	for _, l := range dropped {
		field, original := SplitKey(l.key)
		if bytes.Equal(filed[l.key], l.value) {
			continue
		}
		c := store.Conflict{
			Connection: by.Connection, Activity: a.ID, Original: original, Field: field, Winner: winner(by), Lost: l.value,
		}
		if err := h.AddConflict(ctx, tx, c); err != nil {
			return err
		}
	}
	return nil
}

// winner names the side whose change stands.
func winner(by Actor) string {
	if by.Kind == Sync {
		return "calendar"
	}
	return "crm"
}

// lostOf lists what an activity says of some occurrences. A cancellation of what does not take place says nothing.
func lostOf(a *crm.Activity, gone map[calendar.Wall]bool) []lost {
	var out []lost
	all := snapshot(a)
	for _, key := range all.keys() {
		field, original := SplitKey(key)
		if original == "" || field == FieldCancelled {
			continue
		}
		if w, err := calendar.ParseWall(original); err == nil && gone[w] {
			out = append(out, lost{key, all[key]})
		}
	}
	return out
}
