package hub

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/lens"
	"tahti/internal/store"
)

// Subject is the subject of the work item that an activity is for a connection.
func Subject(activity store.ID) string { return fmt.Sprintf("a:%d", activity) }

// The lanes of the wakes that changes of the hub ask for. Those for which somebody waits at a button have lane 0.
const (
	laneLocal = 1
	laneSlow  = 2 // labels that changed with the name of a deal
)

// mark gives every connection that has to do with a change its work item and wakes it: those that carry the activity,
// and those of its old and new owner and of its participants that let anything out. The connection that brought the change
// is left out. before and after are nil where there is none; keys are what changed, nil: everything.
func (h *Hub) mark(
	ctx context.Context, tx Tx, by Actor, before, after *crm.Activity, parts []crm.Participant, keys []string,
) error {
	if !everShown(keys) {
		return nil
	}
	a := cmp.Or(after, before)
	var members []store.ID
	for _, x := range []*crm.Activity{before, after} {
		if x != nil {
			members = append(members, x.OwnerID)
		}
	}
	for _, p := range parts {
		members = append(members, p.UserID)
	}
	concerned, err := h.concerned(ctx, tx, by, a.ID, before != nil, members)
	if err != nil {
		return err
	}
	return h.enqueueAll(ctx, tx, a.ID, concerned, keys)
}

// markMember does the same for what changed between an activity and one user alone.
func (h *Hub) markMember(ctx context.Context, tx Tx, by Actor, activity, member store.ID) error {
	concerned, err := h.concerned(ctx, tx, by, activity, false, []store.ID{member})
	if err != nil {
		return err
	}
	return h.enqueueAll(ctx, tx, activity, concerned, nil)
}

// Returned lets a colleague's connections look at their activity again, which a side that colleagues share has as this user's: nothing was
// made beside it while nobody followed it there.
func (h *Hub) Returned(ctx context.Context, tx Tx, c *store.Connection, activity store.ID) error {
	a, err := tx.Activity(ctx, activity)
	if err != nil {
		return fmt.Errorf("read activity %d: %w", activity, err)
	}
	if a.OwnerID == c.Member || a.Deleted() {
		return nil
	}
	return h.markMember(ctx, tx, BySync(c.ID, 0), activity, a.OwnerID)
}

// markShared marks the connections to where colleagues see what is there: one share that is private keeps the whole activity out of them.
func (h *Hub) markShared(ctx context.Context, tx Tx, by Actor, a *crm.Activity, parts []crm.Participant) error {
	return h.mark(ctx, tx, by, a, a, parts, []string{FieldVisibility})
}

func (h *Hub) enqueueAll(ctx context.Context, tx Tx, activity store.ID, list []store.Connection, keys []string) error {
	now := h.now()
	for _, c := range list {
		if !shows(&c, keys) {
			continue
		}
		if err := enqueue(ctx, tx, c.ID, activity, now, laneLocal); err != nil {
			return err
		}
	}
	return nil
}

func enqueue(ctx context.Context, tx Tx, connection, activity store.ID, at time.Time, lane int) error {
	if err := tx.PutWork(ctx, connection, Subject(activity), nil, at, false); err != nil {
		return fmt.Errorf("mark work: %w", err)
	}
	if err := tx.Wake(ctx, connection, at, lane); err != nil {
		return fmt.Errorf("wake connection: %w", err)
	}
	return nil
}

// concerned lists connections by id: those with a live link, whatever their settings, and those of members that let
// something out; without the acting one and those that are stopped.
func (h *Hub) concerned(
	ctx context.Context, tx Tx, by Actor, activity store.ID, stored bool, members []store.ID,
) ([]store.Connection, error) {
	var list []store.Connection
	slices.Sort(members)
	for _, m := range slices.Compact(members) {
		if m == 0 {
			continue // Connections takes 0 for everybody's
		}
		theirs, err := tx.Connections(ctx, m)
		if err != nil {
			return nil, fmt.Errorf("list connections: %w", err)
		}
		for _, c := range theirs {
			if c.ID == by.Connection || c.State == store.Stopped {
				continue
			}
			if s, ok := settingsOf(&c); !ok || s.Out() {
				list = append(list, c)
			}
		}
	}
	if stored {
		links, err := tx.LinksOfActivity(ctx, activity)
		if err != nil {
			return nil, fmt.Errorf("list links: %w", err)
		}
		for _, l := range links {
			known := func(c store.Connection) bool { return c.ID == l.Connection }
			if l.Connection == by.Connection || slices.ContainsFunc(list, known) {
				continue
			}
			c, err := tx.Connection(ctx, l.Connection)
			if err != nil {
				return nil, fmt.Errorf("read connection of link %d: %w", l.ID, err)
			}
			if c.State != store.Stopped {
				list = append(list, c)
			}
		}
	}
	slices.SortFunc(list, func(a, b store.Connection) int { return cmp.Compare(a.ID, b.ID) })
	return list, nil
}

// settingsOf reads a connection's settings. Settings that cannot be read are the run's to report: people's edits go on, and
// the connection is marked.
func settingsOf(c *store.Connection) (lens.Settings, bool) {
	if len(c.Settings) == 0 {
		return lens.Defaults(), true
	}
	s, err := lens.ParseSettings(lens.Defaults(), c.Settings)
	return s, err == nil
}

// neverShown are keys that no side shows: the CRM's own, and what only comes in.
var neverShown = []string{
	FieldPriority, calendar.GuestsField.String(), calendar.AnswerField.String(), calendar.MeetingURL.String(),
}

func everShown(keys []string) bool {
	return keys == nil || slices.ContainsFunc(keys, func(key string) bool {
		field, _ := SplitKey(key)
		return !slices.Contains(neverShown, field)
	})
}

// shows reports whether a connection may show any of the keys: done where it ticks titles, deal, person and organisation
// where labels name them, and whatever of the CRM's own a side holds as such. Owner and type decide whether the activity takes part at
// all, and so does visibility where colleagues see what is there.
func shows(c *store.Connection, keys []string) bool {
	if keys == nil {
		return true
	}
	s, ok := settingsOf(c)
	if !ok {
		return true
	}
	return slices.ContainsFunc(keys, func(key string) bool {
		field, original := SplitKey(key)
		if f, is := calendar.ParseFacet(field); is && original == "" && c.Health.Limits.Facets.Has(f) {
			return true
		}
		switch field {
		case FieldNote:
			return false
		case FieldVisibility:
			return c.Health.Limits.Shared
		case FieldDone:
			return s.Done == "tick" && original == ""
		case FieldDeal, FieldPerson, FieldOrg:
			return labels(&s)
		}
		return !slices.Contains(neverShown, field)
	})
}

// labels reports whether events of the connection name deal, person or organisation.
func labels(s *lens.Settings) bool { return s.CRMContext || s.TitleTemplate != "" }
