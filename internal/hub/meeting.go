package hub

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"tahti/internal/crm"
	"tahti/internal/store"
)

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
	if p.Private != (at >= 0 && parts[at].Private) {
		if err := h.markShared(ctx, tx, by, &a, parts); err != nil {
			return err
		}
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
		at := slices.IndexFunc(parts, func(p crm.Participant) bool { return p.UserID == user })
		if at < 0 {
			return cur, nil
		}
		if err := h.dropShare(ctx, tx, activity, user); err != nil {
			return crm.Activity{}, err
		}
		if parts[at].Private {
			if err := h.markShared(ctx, tx, by, &cur, parts); err != nil {
				return crm.Activity{}, err
			}
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

// livesOn reports that the meeting of a deleted activity is here as another one by now: a calendar of its owner's, or of somebody whom it
// names, has brought it in anew. A UID alone proves nothing, as anybody can choose one.
func (h *Hub) livesOn(ctx context.Context, tx Tx, was *crm.Activity) (bool, error) {
	if was.Plan.UID == "" {
		return false, nil
	}
	list, err := tx.ActivitiesByUID(ctx, was.Plan.UID)
	if err != nil {
		return false, fmt.Errorf("list activities of a meeting: %w", err)
	}
	for _, a := range list {
		address := a.Plan.Organizer.Email
		switch {
		case a.ID == was.ID, !strings.EqualFold(address, was.Plan.Organizer.Email):
		case a.Plan.Start == was.Plan.Start && a.OwnerID == was.OwnerID:
			return true, nil
		case address != "" && a.Plan.IsSeries() == was.Plan.IsSeries():
			if named, err := h.Names(ctx, tx, &was.Plan, a.OwnerID); err != nil || named {
				return named, err
			}
		}
	}
	return false, nil
}
