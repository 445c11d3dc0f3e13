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

// Organiser is the user who organises a meeting: the one whose address its organiser has, else one of those who carry it
// through an account of that name; 0 if it is nobody's of the company. Anybody can choose the name of an account: a user's
// own address comes first.
func (h *Hub) Organiser(ctx context.Context, tx Tx, a *crm.Activity, parts []crm.Participant) (store.ID, error) {
	address := a.Plan.Organizer.Email
	if address == "" {
		return 0, nil
	}
	users, err := tx.Users(ctx)
	if err != nil {
		return 0, fmt.Errorf("list users: %w", err)
	}
	for _, u := range users {
		if strings.EqualFold(u.Email, address) {
			return u.ID, nil
		}
	}
	carriers := []store.ID{a.OwnerID}
	for _, p := range parts {
		carriers = append(carriers, p.UserID)
	}
	for _, id := range carriers {
		if id == 0 {
			continue // Accounts takes 0 for everybody's
		}
		accounts, err := tx.Accounts(ctx, id)
		if err != nil {
			return 0, fmt.Errorf("list accounts: %w", err)
		}
		if slices.ContainsFunc(accounts, func(acc store.Account) bool { return strings.EqualFold(acc.Username, address) }) {
			return id, nil
		}
	}
	return 0, nil
}

// Names reports whether a user is among the people of an event. Anybody can choose the name of an account: what is another user's own
// address is theirs.
func (h *Hub) Names(ctx context.Context, tx Tx, e *calendar.Event, user store.ID) (bool, error) {
	accounts, err := tx.Accounts(ctx, user)
	if err != nil {
		return false, fmt.Errorf("list accounts: %w", err)
	}
	users, err := tx.Users(ctx)
	if err != nil {
		return false, fmt.Errorf("list users: %w", err)
	}
	theirs := func(address string) bool {
		if i := slices.IndexFunc(users, func(x crm.User) bool { return strings.EqualFold(address, x.Email) }); i >= 0 {
			return users[i].ID == user
		}
		return slices.ContainsFunc(accounts, func(acc store.Account) bool { return strings.EqualFold(address, acc.Username) })
	}
	return theirs(e.Organizer.Email) || slices.ContainsFunc(e.Guests, func(g calendar.Guest) bool { return theirs(g.Email) }), nil
}

// TakeOver gives a meeting to the participant who organises it; who owned it until now goes on taking part. Anybody else
// changes nothing. It answers the activity as it is then.
func (h *Hub) TakeOver(ctx context.Context, tx Tx, by Actor, activity, user store.ID) (crm.Activity, error) {
	cur, parts, err := h.meeting(ctx, tx, by, activity)
	if err != nil || cur.OwnerID == user {
		return cur, err
	}
	organiser, err := h.Organiser(ctx, tx, &cur, parts)
	if err != nil || organiser != user {
		return cur, err
	}
	at := slices.IndexFunc(parts, func(p crm.Participant) bool { return p.UserID == user })
	if at < 0 {
		return cur, nil
	}
	return h.pass(ctx, tx, by, cur, parts[at], true)
}

// StepBack notes that the owner's calendar is followed no more, by the connection that acts, though they keep their share:
// the next whose calendar carries the meeting owns it from now on. Where there is none they stay, and so they do where another
// calendar of theirs carries it, which is heard from now on.
func (h *Hub) StepBack(ctx context.Context, tx Tx, by Actor, activity, user store.ID) error {
	cur, parts, err := h.meeting(ctx, tx, by, activity)
	if err != nil || cur.OwnerID != user {
		return err
	}
	carried, err := h.carriers(ctx, tx, activity, by.Connection)
	if err != nil {
		return err
	}
	if carried[user] {
		return h.Hear(ctx, tx, activity, user, by.Connection)
	}
	parts = slices.DeleteFunc(parts, func(p crm.Participant) bool { return !carried[p.UserID] })
	heir, ok, err := h.heir(ctx, tx, &cur, parts, by.Connection)
	if err != nil || !ok {
		return err
	}
	_, err = h.pass(ctx, tx, by, cur, heir, true)
	return err
}

func (h *Hub) meeting(ctx context.Context, tx Tx, by Actor, activity store.ID) (crm.Activity, []crm.Participant, error) {
	if err := mayBegin(by); err != nil {
		return crm.Activity{}, nil, err
	}
	cur, err := h.live(ctx, tx, activity)
	if err != nil {
		return crm.Activity{}, nil, err
	}
	parts, err := h.parts(ctx, tx, &cur)
	return cur, parts, err
}

// heir is who owns a meeting after its owner: the organiser if they take part, else the first whose calendar goes on carrying
// it, else the first at all.
func (h *Hub) heir(
	ctx context.Context, tx Tx, a *crm.Activity, parts []crm.Participant, without store.ID,
) (heir crm.Participant, found bool, err error) {
	organiser, err := h.Organiser(ctx, tx, a, parts)
	if err != nil {
		return heir, false, err
	}
	carried, err := h.carriers(ctx, tx, a.ID, without)
	if err != nil {
		return heir, false, err
	}
	best := -1
	for _, p := range parts {
		u, err := tx.User(ctx, p.UserID)
		if err != nil {
			return heir, false, fmt.Errorf("read participant: %w", err)
		}
		rank := 0
		switch {
		case !u.Active:
			continue
		case u.ID == organiser:
			rank = 2
		case carried[u.ID]:
			rank = 1
		}
		if rank > best {
			best, heir = rank, p
		}
	}
	return heir, best >= 0, nil
}

// carriers are the users whose calendars carry an activity through a connection that goes on; one connection does not count.
func (h *Hub) carriers(ctx context.Context, tx Tx, activity, without store.ID) (map[store.ID]bool, error) {
	links, err := tx.LinksOfActivity(ctx, activity)
	if err != nil {
		return nil, fmt.Errorf("list links: %w", err)
	}
	carried := map[store.ID]bool{}
	for _, l := range links {
		if l.Connection == without || l.State == store.LinkDormant || l.State == store.LinkSevered {
			continue
		}
		c, err := tx.Connection(ctx, l.Connection)
		if err != nil {
			return nil, fmt.Errorf("read connection of link %d: %w", l.ID, err)
		}
		if c.State != store.Stopped {
			carried[c.Member] = true
		}
	}
	return carried, nil
}

// CarriedBy reports whether a calendar of this user carries the activity, through a connection that goes on.
func (h *Hub) CarriedBy(ctx context.Context, tx Tx, activity, user store.ID) (bool, error) {
	carried, err := h.carriers(ctx, tx, activity, 0)
	return carried[user], err
}
