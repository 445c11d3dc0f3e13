package connection

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"tahti/internal/engine"
	"tahti/internal/match"
	"tahti/internal/store"
)

// Another sync may have filled a calendar and the CRM before a connection is made (features.md B12). What both hold is looked at first
// (PreviewTakeOver), which writes nothing; then what is the same is tied (TakeOver), which writes nothing to either side but what a person
// has said to count. It can be broken off at any point: what is tied is not shown again, and what is left is found again.

// TakeOverPreview is what is on both sides. Its number authorises exactly what it shows.
type TakeOverPreview struct {
	ID store.ID
	*engine.Overlap
}

// Answer is what a person says of an event. Same: it is this activity, and if both say different things, Counts tells which side has the
// say; a series and its dates, which are asked about together, need no activity, and stay as they are. Else it is none of those that were asked about, or, where Activity is given, not this one.
type Answer struct {
	Event    string
	Activity store.ID
	Same     bool
	Counts   engine.Counts
}

// Choice is one answer for all pairs that are unsure for the same reason.
type Choice struct {
	Same   bool
	Counts engine.Counts
}

// TakeOverWish is what to do with what a preview has shown: all that is matched is tied, but for what Answers say otherwise.
type TakeOverWish struct {
	Preview store.ID
	Answers []Answer
	ForAll  map[match.Reason]Choice
}

// TakenOver is what became of it.
type TakenOver struct {
	Linked int // ties that were made
	Dates  int // series that stay beside their dates
	Apart  int // pairs that were said to be different
	Open   int // questions that are still to be answered
	// Stale are pairs that were not tied because a side has changed since the preview, or something else is the same by now.
	Stale []StalePair
}

// StalePair is an event and an activity of which a preview holds no more.
type StalePair struct {
	Event    string
	Activity store.ID
}

// takeOverState marks the previews of a take-over among those of settings.
const takeOverState = "take_over"

// shownPairs is what a preview remembers of what it has shown: which versions, and what was matched.
type shownPairs struct {
	There   map[string]string   `json:"there"`
	Here    map[store.ID]int64  `json:"here"`
	Matched map[string]store.ID `json:"matched"`
}

// PreviewTakeOver compares both sides, and changes nothing. Errors: those of the calendar, engine.ErrTooMuch, ErrNotYours.
func (s *Service) PreviewTakeOver(ctx context.Context, who Who, id store.ID) (TakeOverPreview, error) {
	c, o, err := s.overlap(ctx, who, id)
	if err != nil {
		return TakeOverPreview{}, err
	}
	shown := shownPairs{There: map[string]string{}, Here: map[store.ID]int64{}, Matched: map[string]store.ID{}}
	show := func(t, h int) {
		event, activity := &o.Events[t], &o.Activities[h].Activity
		shown.There[string(event.Item.ID)], shown.Here[activity.ID] = event.Print, activity.Revision
	}
	for _, p := range o.Matched {
		show(p.There, p.Here)
		shown.Matched[string(o.Events[p.There].Item.ID)] = o.Activities[p.Here].Activity.ID
	}
	for _, q := range o.Unsure {
		for i := range max(len(q.There), len(q.Here)) {
			show(q.There[i%len(q.There)], q.Here[i%len(q.Here)])
		}
	}
	effects, err := json.Marshal(shown)
	if err != nil {
		return TakeOverPreview{}, err
	}
	row := store.Preview{
		Connection: id, Member: who.User.ID, Settings: c.Settings, HubState: takeOverState, Effects: effects, Created: s.now(),
	}
	err = s.Store.Tx(ctx, who.Company, func(tx engine.Tx) error {
		row.ID = 0
		return tx.PutPreview(ctx, &row)
	})
	return TakeOverPreview{ID: row.ID, Overlap: o}, err
}

// overlap looks at both sides of a connection of who's own: titles are its owner's business.
func (s *Service) overlap(ctx context.Context, who Who, id store.ID) (store.Connection, *engine.Overlap, error) {
	c, err := s.Get(ctx, who, id)
	if err != nil {
		return c, nil, err
	}
	if c.Member != who.User.ID {
		return c, nil, ErrNotYours
	}
	if err := mayTakeOver(&c); err != nil {
		return c, nil, err
	}
	remote, err := s.rested(ctx, who.Company, c)
	if err != nil {
		return c, nil, err
	}
	o, err := s.Engine.Overlap(ctx, engine.Target{Company: who.Company, Connection: id, Remote: remote})
	return c, o, err
}

// mayTakeOver refuses where nothing can be taken over: there is no calendar, or nothing may be written before an administrator's look.
func mayTakeOver(c *store.Connection) error {
	if unready(c) || c.State == store.Held {
		return &ErrState{State: c.State, Action: "take over"}
	}
	return nil
}

// tieBatch bounds what one transaction ties.
const tieBatch = 100

// TakeOver ties what a preview has shown to be the same and a person has said to be so, as far as it still is. Errors: ErrStalePreview
// where there is no such preview, and those of PreviewTakeOver.
func (s *Service) TakeOver(ctx context.Context, who Who, id store.ID, wish TakeOverWish) (TakenOver, error) {
	shown, err := s.shownTo(ctx, who, id, wish.Preview)
	if err != nil {
		return TakenOver{}, err
	}
	_, o, err := s.overlap(ctx, who, id)
	if err != nil {
		return TakenOver{}, err
	}
	d := newDeciding(o, shown, wish)
	d.decide()
	done := TakenOver{Apart: len(d.apart), Dates: len(d.dates), Open: len(d.open), Stale: d.stale}
	// What is left open comes first: whatever happens behind it, nothing of it is made twice.
	_, err = s.change(ctx, who, id, takeOverState, func(tx engine.Tx, c *store.Connection) error {
		if err := mayTakeOver(c); err != nil {
			return err
		}
		for _, q := range d.open {
			if err := s.Engine.LeaveOpen(ctx, tx, *c, o, q); err != nil {
				return err
			}
		}
		for _, q := range d.apart {
			if err := s.Engine.SetApart(ctx, tx, *c, o, q); err != nil {
				return err
			}
		}
		for _, q := range d.dates {
			if err := s.Engine.KeepDates(ctx, tx, *c, o, q); err != nil {
				return err
			}
		}
		c.Health.TakenOver = s.now()
		if o.Tool != "" {
			c.Health.OtherSync = string(o.Tool)
		}
		return nil
	})
	if err != nil {
		return TakenOver{}, err
	}
	for ties := range slices.Chunk(d.ties, tieBatch) {
		made, err := s.tie(ctx, who, id, o, ties)
		if err != nil {
			return done, err
		}
		for i, ok := range made {
			if ok {
				done.Linked++
				continue
			}
			done.Stale = append(done.Stale, pairOf(o, ties[i].There, ties[i].Here))
		}
	}
	if done.Stale, err = s.untied(ctx, who, id, done.Stale); err != nil {
		return done, err
	}
	return done, s.closeTwins(ctx, who, id)
}

func pairOf(o *engine.Overlap, t, h int) StalePair {
	return StalePair{Event: string(o.Events[t].Item.ID), Activity: o.Activities[h].Activity.ID}
}

// shownTo reads what a preview has shown to a person.
func (s *Service) shownTo(ctx context.Context, who Who, id, preview store.ID) (shown shownPairs, err error) {
	var p store.Preview
	err = s.Store.View(ctx, who.Company, func(tx engine.Tx) error {
		p, err = tx.Preview(ctx, preview)
		return err
	})
	if errors.Is(err, store.ErrNotFound) || err == nil && (p.Connection != id || p.Member != who.User.ID || p.HubState != takeOverState) {
		return shown, ErrStalePreview
	}
	if err != nil {
		return shown, err
	}
	if err := json.Unmarshal(p.Effects, &shown); err != nil {
		return shown, fmt.Errorf("read preview %d: %w", preview, err)
	}
	return shown, nil
}

func (s *Service) tie(ctx context.Context, who Who, id store.ID, o *engine.Overlap, ties []engine.Tie) (made []bool, err error) {
	err = s.Store.Tx(ctx, who.Company, func(tx engine.Tx) error {
		c, err := s.load(ctx, tx, who, id)
		if err != nil {
			return err
		}
		if err := mayTakeOver(&c); err != nil {
			return err
		}
		made, err = s.Engine.TakeOver(ctx, tx, c, o, ties)
		return err
	})
	return made, err
}

// untied leaves out of pairs those that are tied to each other by now: an earlier try has done so, and was broken off.
func (s *Service) untied(ctx context.Context, who Who, id store.ID, pairs []StalePair) (left []StalePair, err error) {
	err = s.Store.View(ctx, who.Company, func(tx engine.Tx) error {
		left = nil
		for _, p := range pairs {
			l, err := tx.LinkByRemote(ctx, id, p.Event)
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return err
			}
			if err != nil || l.Activity != p.Activity {
				left = append(left, p)
			}
		}
		return nil
	})
	return left, err
}

// closeTwins has all that is held because it seemed to be there planned anew, and wakes the connection: what is left open is held again,
// and what is only on one side goes its way.
func (s *Service) closeTwins(ctx context.Context, who Who, id store.ID) error {
	return s.Store.Tx(ctx, who.Company, func(tx engine.Tx) error {
		holds, err := tx.Holds(ctx, id)
		if err != nil {
			return err
		}
		for _, h := range holds {
			if h.Kind != engine.HoldTwin {
				continue
			}
			if err := s.planAnew(ctx, tx, &h); err != nil {
				return err
			}
			h.State, h.Decided, h.Member = store.HoldConfirmed, s.now(), who.User.ID
			if err := tx.PutHold(ctx, &h); err != nil {
				return fmt.Errorf("save hold: %w", err)
			}
		}
		return tx.Wake(ctx, id, s.now(), 0)
	})
}

// planAnew lets what a brake holds go without letting it pass.
func (s *Service) planAnew(ctx context.Context, tx engine.Tx, h *store.Hold) error {
	return eachHeld(ctx, tx, h, func(w store.Work) error {
		w.HeldBy, w.Class, w.Reason, w.Due = store.HeldByNothing, "", "", s.now()
		return tx.UpdateWork(ctx, w)
	})
}
