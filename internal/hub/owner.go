package hub

import (
	"context"
	"fmt"
	"slices"
	"strings"

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
// the next whose calendar carries the meeting owns it from now on. Where there is none, or the owner has another calendar
// that carries it, they stay.
func (h *Hub) StepBack(ctx context.Context, tx Tx, by Actor, activity, user store.ID) error {
	cur, parts, err := h.meeting(ctx, tx, by, activity)
	if err != nil || cur.OwnerID != user || len(parts) == 0 {
		return err
	}
	carried, err := h.carriers(ctx, tx, activity, by.Connection)
	if err != nil || carried[user] {
		return err
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

// pass makes an heir the owner. What the former owner kept to themselves does not go with the meeting: in its place stands
// what the heir's own calendar says. stays: the former owner goes on taking part, and keeps what was theirs as conflicts,
// which nobody else may see; whoever has no list of conflicts, because they never had a calendar, stays the owner instead.
func (h *Hub) pass(ctx context.Context, tx Tx, by Actor, cur crm.Activity, heir crm.Participant, stays bool) (crm.Activity, error) {
	next := cur.Clone()
	secret := cur.Plan.Private || anyPrivate(&cur.Plan)
	keeper := store.ID(0)
	if secret && stays {
		var err error
		if keeper, err = h.keeper(ctx, tx, cur.ID, cur.OwnerID); err != nil || keeper == 0 {
			return cur, err
		}
	}
	if secret {
		own, err := h.copyOf(ctx, tx, cur.ID, heir.UserID)
		if err != nil {
			return crm.Activity{}, err
		}
		next = withoutSecrets(&cur, own)
	}
	next.OwnerID = heir.UserID
	next.Plan.Answer, next.Plan.Busy, next.Plan.Private = heir.Answer, heir.Busy, heir.Private
	if stays {
		p := crm.Participant{UserID: cur.OwnerID, Answer: cur.Plan.Answer, Busy: cur.Plan.Busy, Private: cur.Plan.Private}
		if err := tx.PutParticipant(ctx, cur.ID, p); err != nil {
			return crm.Activity{}, fmt.Errorf("save participant: %w", err)
		}
	}
	saved, err := h.save(ctx, tx, Actor{Kind: System, Connection: by.Connection, Run: by.Run}, cur, next,
		saving{overrides: true, occurrences: true})
	if err != nil {
		return crm.Activity{}, err
	}
	if stays && secret {
		if err := h.fileSecrets(ctx, tx, keeper, &cur, &saved); err != nil {
			return crm.Activity{}, err
		}
	}
	if err := h.hear(ctx, tx, cur.ID, heir.UserID, by.Connection); err != nil {
		return crm.Activity{}, err
	}
	return saved, h.dropShare(ctx, tx, cur.ID, heir.UserID)
}

// hear has the copies of who owns the meeting now read again: until now the former owner's counted. The acting connection has its
// copy at hand.
func (h *Hub) hear(ctx context.Context, tx Tx, activity, user, acting store.ID) error {
	links, err := tx.LinksOfActivity(ctx, activity)
	if err != nil {
		return fmt.Errorf("list links: %w", err)
	}
	for _, l := range links {
		if l.Connection == acting || l.Ours || l.Remote == "" || l.State == store.LinkDormant || l.State == store.LinkSevered {
			continue
		}
		c, err := tx.Connection(ctx, l.Connection)
		if err != nil {
			return fmt.Errorf("read connection of link %d: %w", l.ID, err)
		}
		if c.Member != user || c.State == store.Stopped {
			continue
		}
		if err := tx.PutWork(ctx, c.ID, "r:"+l.Remote, nil, h.now(), false); err != nil {
			return fmt.Errorf("mark work: %w", err)
		}
		if err := tx.Wake(ctx, c.ID, h.now(), laneLocal); err != nil {
			return fmt.Errorf("wake connection: %w", err)
		}
	}
	return nil
}
