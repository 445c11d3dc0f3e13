package hub

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/store"
)

// Meeting finds the activity that an event is another copy of (I10): same iCalendar UID, organiser and start, and one of the
// joiner's addresses among the stored guests, or the organiser's being it. A UID alone proves nothing: anybody can choose it.
// found is false if there is none.
func (h *Hub) Meeting(ctx context.Context, tx Tx, e *calendar.Event, addresses []string) (a crm.Activity, found bool, err error) {
	if e.UID == "" {
		return crm.Activity{}, false, nil
	}
	same, err := tx.ActivitiesByUID(ctx, e.UID)
	if err != nil {
		return crm.Activity{}, false, fmt.Errorf("find meeting: %w", err)
	}
	for _, a := range same {
		p := &a.Plan
		if p.Organizer.Email == "" || !strings.EqualFold(p.Organizer.Email, e.Organizer.Email) || !sameStart(p, e) {
			continue
		}
		if slices.ContainsFunc(addresses, func(address string) bool { return invited(p, address) }) {
			return a, true, nil
		}
	}
	return crm.Activity{}, false, nil
}

// sameStart compares instants: two calendars may write one meeting's start in the zones of their owners.
func sameStart(a, b *calendar.Event) bool {
	if (a.Start.Kind == calendar.Date) != (b.Start.Kind == calendar.Date) || a.Start.IsZero() != b.Start.IsZero() {
		return false
	}
	return instant(a.Start).Equal(instant(b.Start))
}

func invited(e *calendar.Event, address string) bool {
	if address == "" {
		return false
	}
	return strings.EqualFold(e.Organizer.Email, address) ||
		slices.ContainsFunc(e.Guests, func(g calendar.Guest) bool { return strings.EqualFold(g.Email, address) })
}

// Join notes that a user's calendar carries the activity too, or what has changed in their share of it. The owner's own share
// is in the activity itself. What is the same already is not written. A person may say only their own share.
func (h *Hub) Join(ctx context.Context, tx Tx, by Actor, activity store.ID, p crm.Participant) error {
	a, err := h.live(ctx, tx, activity)
	if err != nil {
		return err
	}
	parts, err := h.parts(ctx, tx, &a)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(parts, func(x crm.Participant) bool { return x.UserID == p.UserID })
	if err := mayJoin(by, p.UserID, at >= 0); err != nil {
		return err
	}
	if p.UserID == a.OwnerID || at >= 0 && parts[at] == p {
		return nil
	}
	if _, err := tx.User(ctx, p.UserID); err != nil {
		return exists("user", err)
	}
	if err := tx.PutParticipant(ctx, activity, p); err != nil {
		return fmt.Errorf("save participant: %w", err)
	}
	return h.markMember(ctx, tx, by, activity, p.UserID)
}

func mayJoin(by Actor, user store.ID, takesPart bool) error {
	if err := mayBegin(by); err != nil || by.Kind != Person {
		return err
	}
	if by.User.ID != user || !takesPart {
		return &Denied{Code: DeniedShare}
	}
	return nil
}

// Leave notes that a user's calendar carries the activity no more. If the owner leaves, the organiser takes over if they take
// part, else whoever joined first; alone, the owner stays. It answers the activity as it is then.
func (h *Hub) Leave(ctx context.Context, tx Tx, by Actor, activity, user store.ID) (crm.Activity, error) {
	if err := mayBegin(by); err != nil {
		return crm.Activity{}, err
	}
	if by.Kind == Person && by.User.ID != user && by.User.Role != crm.Administrator {
		return crm.Activity{}, &Denied{Code: DeniedShare}
	}
	cur, err := h.live(ctx, tx, activity)
	if err != nil {
		return crm.Activity{}, err
	}
	parts, err := h.parts(ctx, tx, &cur)
	if err != nil {
		return crm.Activity{}, err
	}
	if user != cur.OwnerID {
		if !slices.ContainsFunc(parts, func(p crm.Participant) bool { return p.UserID == user }) {
			return cur, nil
		}
		if err := h.dropShare(ctx, tx, activity, user); err != nil {
			return crm.Activity{}, err
		}
		return cur, h.markMember(ctx, tx, by, activity, user)
	}
	heir, ok, err := h.heir(ctx, tx, &cur, parts, by.Connection)
	if err != nil || !ok {
		return cur, err
	}
	return h.pass(ctx, tx, by, cur, heir, false)
}

func (h *Hub) dropShare(ctx context.Context, tx Tx, activity, user store.ID) error {
	if err := tx.DeleteParticipant(ctx, activity, user); err != nil {
		return fmt.Errorf("remove participant: %w", err)
	}
	return nil
}
