package hub

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/store"
)

// Shown is an activity as one viewer may see it.
type Shown struct {
	// Activity holds only what the viewer may see. Masked: when it takes place, how it recurs, whether it makes its owner
	// busy, whose it is, and when the row was written; everything else is blank, and Plan.Known says so. Pages write
	// "Private" or "Busy" for the blank subject.
	Activity crm.Activity
	Masked   bool
	// Private: masked because its owner keeps it private, not only because it is the owner's to see.
	Private bool
	// Access is what the viewer may do; an organiser elsewhere may still narrow it (see [Hub.OrganisedElsewhere]).
	Access Access
}

// visibleWhenMasked are the fields of a plan that everybody in the company sees.
var visibleWhenMasked = calendar.Fields(calendar.When, calendar.Recurrence, calendar.Busy, calendar.Private)

// Show is the projection of an activity by viewer: the only one, for every surface. parts are the activity's participants.
func (h *Hub) Show(viewer crm.User, a crm.Activity, parts []crm.Participant) Shown {
	s := Shown{Access: AccessOf(viewer, &a, parts)}
	switch {
	case !s.Access.See:
		s.Masked, s.Private = true, a.Plan.Private
		s.Activity = mask(&a)
	case viewer.ID == a.OwnerID:
		s.Activity = a.Clone()
	default:
		s.Activity = a.Clone()
		hideOccurrences(&s.Activity)
	}
	return s
}

// mask builds what everybody may see, field by field, so that a field which is added later stays hidden until somebody
// decides otherwise.
func mask(a *crm.Activity) crm.Activity {
	m := crm.Activity{
		ID: a.ID, OwnerID: a.OwnerID, Revision: a.Revision, Visibility: crm.OwnerOnly,
		CreatedAt: a.CreatedAt, UpdatedAt: a.UpdatedAt, DeletedAt: a.DeletedAt,
		Plan: calendar.Event{Known: visibleWhenMasked, Rule: a.Plan.Rule},
	}
	from := a.Plan.Clone()
	m.Plan.Extra, m.Plan.Cancelled = from.Extra, from.Cancelled
	maskValues(&m.Plan.Values, &from.Values)
	for i := range from.Overrides {
		o := calendar.Override{Original: from.Overrides[i].Original, Set: from.Overrides[i].Set & visibleWhenMasked}
		if o.Set != 0 {
			maskValues(&o.Values, &from.Overrides[i].Values)
			m.Plan.Overrides = append(m.Plan.Overrides, o)
		}
	}
	return m
}

func maskValues(dst, src *calendar.Values) {
	for _, f := range visibleWhenMasked.List() {
		calendar.Copy(f, dst, src)
	}
}

// hideOccurrences blanks the occurrences that are private in a series that is not. They must not show the series' own
// title either: it is what they were before somebody made them private.
func hideOccurrences(a *crm.Activity) {
	for i := range a.Plan.Overrides {
		o := &a.Plan.Overrides[i]
		if !o.Set.Has(calendar.Private) || !o.Private {
			continue
		}
		blank := calendar.Override{Original: o.Original, Set: o.Set | calendar.AllFields&^visibleWhenMasked}
		for _, f := range (o.Set & visibleWhenMasked).List() {
			calendar.Copy(f, &blank.Values, &o.Values)
		}
		*o = blank
		name := originalName(a.Plan.Start.Kind, o.Original)
		for key := range a.Changed {
			if _, original := SplitKey(key); original == name {
				delete(a.Changed, key)
			}
		}
		for j := range a.Occurrences {
			if a.Occurrences[j].Original == o.Original {
				a.Occurrences[j] = crm.Occurrence{Original: o.Original}
			}
		}
	}
}

// ShowHistory is a row of history as a viewer may see it: what happened and when, but values only where the activity is
// visible in full and was so at the time. What was written in somebody's calendar is shown to them alone, as it stood there: how
// private that was has changed since, or their calendar keeps it otherwise. What the activity said has rows of its own. member is
// whose connection the row came through, 0 if none.
func (h *Hub) ShowHistory(viewer crm.User, a crm.Activity, parts []crm.Participant, row store.History, member store.ID) store.History {
	kept, mine := keptFrom(viewer, &a, &row, member), owned(viewer, &a, row.At)
	switch {
	case row.Direction != outward && mine:
		return row
	case kept || !AccessOf(viewer, &a, parts).See:
		row.Before, row.After = nil, nil
	case !mine:
		row.Before, row.After = withoutHidden(&a, row.Before), withoutHidden(&a, row.After)
	}
	return row
}

// keptFrom reports whether the values of a row are somebody else's alone.
func keptFrom(u crm.User, a *crm.Activity, row *store.History, member store.ID) bool {
	if row.Direction == outward {
		return u.ID != member
	}
	var then struct {
		Masked bool `json:"was_masked"`
	}
	readable := row.After == nil || json.Unmarshal(row.After, &then) == nil
	return (!readable || then.Masked) && !owned(u, a, row.At)
}

// withoutHidden takes occurrences that are private, or were when the row was written, out of its values.
func withoutHidden(a *crm.Activity, raw json.RawMessage) json.RawMessage {
	var v values
	if json.Unmarshal(raw, &v) != nil {
		return nil
	}
	hidden := func(key string) bool {
		_, original := SplitKey(key)
		if original == "" {
			return false
		}
		return hiddenOccurrence(&a.Plan, original) || bytes.Equal(v[OccurrenceKey(calendar.Private.String(), original)], []byte("true"))
	}
	keys := slices.DeleteFunc(v.keys(), func(key string) bool { return !hidden(key) })
	for _, key := range keys {
		delete(v, key)
	}
	return encode(v)
}

// ShowConflict is a conflict as a viewer may see it. The values are the owner's: one of them may come from a time when the
// activity was private. What somebody typed in their own calendar they may see too, as long as they see the activity, and alone if it
// was theirs alone: then also where they see nothing of the activity, which would show in what won. member is whose connection the conflict
// came through, 0 if none.
func (h *Hub) ShowConflict(viewer crm.User, a crm.Activity, parts []crm.Participant, c store.Conflict, member store.ID) store.Conflict {
	switch {
	case seesConflict(viewer, &a, parts, member, &c):
	case c.Own && viewer.ID == member:
		c.Kept = nil
	default:
		c.Kept, c.Lost = nil, nil
	}
	return c
}

func seesConflict(u crm.User, a *crm.Activity, parts []crm.Participant, member store.ID, c *store.Conflict) bool {
	return !c.Own && owned(u, a, c.At) || u.ID == member && AccessOf(u, a, parts).See
}

// owned reports whether somebody is the owner and was it already: what was kept from all but an earlier owner does not pass
// to the next one with the activity.
func owned(u crm.User, a *crm.Activity, at time.Time) bool {
	since, passed := a.Changed[FieldOwner]
	return u.ID == a.OwnerID && (!passed || at.After(since.At))
}

// memberOf is whose connection a row came through; 0 if none.
func memberOf(ctx context.Context, tx Tx, connection store.ID) (store.ID, error) {
	c, err := read(ctx, connection, tx.Connection)
	return c.Member, err
}
