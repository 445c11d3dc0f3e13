package hub

import (
	"context"
	"fmt"
	"slices"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/store"
)

// passing is what goes on, beside the plan, when a meeting gets another owner. Answer, busy and private of the activity are its
// owner's: what the former one said of themselves does not stay in it.
type passing struct {
	heir   crm.Participant // what the new owner says for themselves
	part   bool            // who took part until now
	stays  bool            // the former owner goes on taking part
	keeper store.ID        // in whose name the former owner's secrets are kept; 0: they have none, or nothing is kept
	keys   []string        // what changes by it, and nobody asked for
}

// pass makes an heir the owner. What the former owner kept to themselves does not go with the meeting: in its place stands
// what the heir's own calendar says. stays: the former owner goes on taking part, and keeps what was theirs as conflicts,
// which nobody else may see; whoever has no list of conflicts, because they never had a calendar, stays the owner instead.
func (h *Hub) pass(ctx context.Context, tx Tx, by Actor, cur crm.Activity, heir crm.Participant, stays bool) (crm.Activity, error) {
	p := &passing{heir: heir, part: true, stays: stays}
	next, err := h.passes(ctx, tx, cur, p, nil)
	if err != nil || next.OwnerID != heir.UserID {
		return cur, err
	}
	return h.save(ctx, tx, Actor{Kind: System, Connection: by.Connection, Run: by.Run}, cur, next,
		saving{overrides: true, occurrences: true, passing: p})
}

// WouldPass is a meeting as it would be with an heir for its owner, for a look that saves nothing; see [Hub.TakeOver]. copied is what the
// heir's own calendar says of it where that is not tied yet, else nil.
func (h *Hub) WouldPass(ctx context.Context, tx Tx, cur crm.Activity, heir crm.Participant, copied *calendar.Event) (crm.Activity, error) {
	return h.passes(ctx, tx, cur, &passing{heir: heir, part: true, stays: true}, copied)
}

// passes is an activity as its heir has it; unchanged if it has to stay.
func (h *Hub) passes(ctx context.Context, tx Tx, cur crm.Activity, p *passing, copied *calendar.Event) (crm.Activity, error) {
	next := cur.Clone()
	next.OwnerID = p.heir.UserID
	if hasSecrets(&cur) {
		if p.stays {
			var err error
			if p.keeper, err = h.keeper(ctx, tx, cur.ID, cur.OwnerID); err != nil || p.keeper == 0 {
				return cur, err
			}
		}
		if copied != nil {
			next = withoutSecrets(&next, copied)
		} else if err := h.withhold(ctx, tx, &next); err != nil {
			return crm.Activity{}, err
		}
	}
	p.give(&next)
	return next, nil
}

// handed prepares that somebody gives a meeting to a colleague: as [Hub.pass] does it, where the colleague takes part. A colleague who
// does not is given all of it, as with any activity, but for the answer to an invitation that is not theirs. Whoever organises the
// meeting themselves and gives it away takes no part in it from then on: their calendar would take it back.
func (h *Hub) handed(ctx context.Context, tx Tx, cur, next *crm.Activity, parts []crm.Participant) (*passing, error) {
	if cur.OwnerID == next.OwnerID || cur.OwnerID == 0 || cur.Plan.Organizer.Email == "" {
		return nil, nil
	}
	organiser, err := h.Organiser(ctx, tx, cur, parts)
	if err != nil {
		return nil, err
	}
	carried, err := h.CarriedBy(ctx, tx, cur.ID, cur.OwnerID)
	if err != nil {
		return nil, err
	}
	p := &passing{stays: carried && organiser != cur.OwnerID}
	p.heir = crm.Participant{UserID: next.OwnerID, Busy: next.Plan.Busy, Private: next.Plan.Private}
	asked := snapshot(next)
	if at := slices.IndexFunc(parts, func(x crm.Participant) bool { return x.UserID == next.OwnerID }); at >= 0 {
		p.heir, p.part = parts[at], true
		if hasSecrets(next) && !repatterned(cur, next) {
			if p.keeper, err = h.keeper(ctx, tx, cur.ID, cur.OwnerID); err != nil {
				return nil, err
			}
		}
		switch {
		case p.keeper != 0:
			if err := h.withhold(ctx, tx, next); err != nil {
				return nil, err
			}
		case next.Plan.Private: // it cannot be kept for its owner: it is given, and stays private
			p.heir.Private = true
		}
	}
	p.give(next)
	p.keys = asked.diff(snapshot(next))
	return p, nil
}

func hasSecrets(a *crm.Activity) bool { return a.Plan.Private || anyPrivate(&a.Plan) }

// withhold puts what the new owner's own calendar says in the place of what was private.
func (h *Hub) withhold(ctx context.Context, tx Tx, next *crm.Activity) error {
	own, err := h.copyOf(ctx, tx, next.ID, next.OwnerID)
	if err != nil {
		return err
	}
	*next = withoutSecrets(next, own)
	return nil
}

// give lets the activity say of its owner what the new one says.
func (p *passing) give(next *crm.Activity) {
	next.Plan.Answer, next.Plan.Busy, next.Plan.Private = p.heir.Answer, p.heir.Busy, p.heir.Private
}

// passed writes down what each of the two takes part with from now on, once the activity is saved.
func (h *Hub) passed(ctx context.Context, tx Tx, acting store.ID, p *passing, was, is *crm.Activity) error {
	if p.stays {
		part := crm.Participant{UserID: was.OwnerID, Answer: was.Plan.Answer, Busy: was.Plan.Busy, Private: was.Plan.Private}
		if err := tx.PutParticipant(ctx, was.ID, part); err != nil {
			return fmt.Errorf("save participant: %w", err)
		}
	}
	if p.keeper != 0 {
		if err := h.fileSecrets(ctx, tx, p.keeper, was, is); err != nil {
			return err
		}
	}
	if !p.part {
		return nil
	}
	if err := h.Hear(ctx, tx, was.ID, is.OwnerID, acting); err != nil {
		return err
	}
	return h.dropShare(ctx, tx, was.ID, is.OwnerID)
}

// Hear has the copies that a user has of a meeting read again, as they count now and did not so far. The acting connection has its copy
// at hand.
func (h *Hub) Hear(ctx context.Context, tx Tx, activity, user, acting store.ID) error {
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
