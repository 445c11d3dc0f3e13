package engine

import (
	"context"
	"errors"
	"time"

	"tahti/internal/lens"
	"tahti/internal/merge"
	"tahti/internal/store"
)

// says counts what taking a copy at its word changes.
func (d *dry) says(s *situation, claimed bool) {
	if _, changes, lost := word(s, claimed); !changes.Empty() {
		d.conflicts(s, lost)
		d.counts[UpdatedInCRM]++
	}
}

// comesIn counts a new item: it becomes an activity, joins one of the same meeting, or is set aside as somebody's copy.
func (d *dry) comesIn(ctx context.Context, tx Tx, s *situation) error {
	if was, err := d.colleaguesLink(ctx, tx, s.item.ID); err != nil || was != nil {
		d.counts[LinkedCount]++ // it is handed over with what both sides knew of each other
		return errors.Join(err, d.noTwin(ctx, tx, s))
	}
	if late, err := d.lateTwin(ctx, tx, s); err != nil || late {
		return err
	}
	same, err := d.candidates(ctx, tx, s)
	if err != nil {
		return err
	}
	if len(same) > 0 {
		return d.joins(ctx, tx, s, same[0].ID)
	}
	if dates, err := d.keptAsDates(ctx, tx, s, in); err != nil || dates {
		return err
	}
	mirror, err := d.mirrored(ctx, tx, s, d.unmade)
	switch {
	case err != nil:
		return err
	case mirror != 0:
		d.counts[ParkedCount]++
		return nil
	}
	if held, err := d.isThere(ctx, tx, s, in); err != nil || held {
		return err
	}
	d.counts[CreatedInCRM]++
	d.counts[LinkedCount]++
	return d.noTwin(ctx, tx, s)
}

// arrivesLate counts what becomes of an item that a creation has made after all: see [run.tieLate].
func (d *dry) arrivesLate(ctx context.Context, tx Tx, s *situation, activity store.ID, incarnation int) error {
	note, lost, err := d.lateNote(ctx, tx, s, activity, incarnation)
	if err != nil {
		return err
	}
	d.conflicts(s, lost)
	return d.madeBefore(ctx, tx, s, note)
}

// lateTwin counts what becomes of an item that a creation has made which was given up: see [run.lateTwin].
func (d *dry) lateTwin(ctx context.Context, tx Tx, s *situation) (bool, error) {
	made, err := d.givenUp(ctx, tx, s)
	if err != nil || made == nil {
		return false, err
	}
	if tie, err := d.tieOf(ctx, tx, made.Activity); err != nil {
		return false, err
	} else if tie != nil {
		d.counts[ParkedCount]++
		return true, nil
	}
	if err := d.tieGivenUp(ctx, tx, s, made.Activity); err != nil {
		return false, err
	}
	return true, d.madeBefore(ctx, tx, s, made.Pending)
}

// madeBefore counts an item that is tied to the activity whose creation made it, and what is carried over then.
func (d *dry) madeBefore(ctx context.Context, tx Tx, s *situation, note *store.Pending) error {
	if err := d.noTwin(ctx, tx, s); err != nil {
		return err
	}
	d.counts[LinkedCount]++
	d.decided[s.activity.ID] = true
	d.takesIn(s, note)
	d.counts[ConflictCount] += len(s.cut)
	if err := d.assess(ctx, tx, s); err != nil {
		return err
	}
	return d.decide(ctx, tx, s, merge.Decide(s.state))
}

func (d *dry) joins(ctx context.Context, tx Tx, s *situation, activity store.ID) error {
	l, err := d.tieOf(ctx, tx, activity)
	switch {
	case err != nil:
		return err
	case l != nil && !d.unmade[l.ID], d.decided[activity]: // tied, or joined a moment before
		d.counts[ParkedCount]++ // a copy
		return nil
	}
	if err := d.noTwin(ctx, tx, s); err != nil {
		return err
	}
	d.counts[LinkedCount]++
	d.decided[activity] = true // so that it does not go out as something new
	if err := s.readActivity(ctx, tx, activity); err != nil {
		return err
	}
	if s.anew {
		_, fields, lost, err := d.firstWord(ctx, tx, s)
		if err == nil && fields != 0 {
			d.conflicts(s, lost)
			d.counts[UpdatedInCRM]++
		}
		return err
	}
	claimed := s.activity.OwnerID != d.connection.Member && d.organises(&s.activity.Plan)
	if claimed {
		copied, _, _ := lens.Land(&s.item.Event, s.frame)
		if err := d.owns(ctx, tx, s, d.share(&s.remote), &copied); err != nil {
			return err
		}
		claimed = s.activity.OwnerID == d.connection.Member
	}
	first, err := d.ownersFirst(ctx, tx, s)
	if err == nil && (claimed || first) {
		d.says(s, claimed)
	}
	return err
}

// comesBack counts what is tied, or there, again; what changed meanwhile is planned anew.
func (d *dry) comesBack(ctx context.Context, tx Tx, s *situation, action merge.Action) error {
	switch action {
	case merge.Reinstate:
		d.counts[CreatedInCRM]++
	case merge.ReviveHere:
		if done, err := d.another(ctx, tx, s); err != nil || done {
			return err
		}
		d.counts[ConflictCount]++
	}
	s.link.State, s.activity.DeletedAt = store.LinkLinked, time.Time{}
	if err := d.assess(ctx, tx, s); err != nil {
		return err
	}
	return d.decide(ctx, tx, s, merge.Decide(s.state))
}

// another counts what becomes of an item whose activity is deleted while the meeting is here as another one: see [run.reviveHere].
func (d *dry) another(ctx context.Context, tx Tx, s *situation) (bool, error) {
	same, err := d.candidates(ctx, tx, s)
	if err != nil {
		return false, err
	}
	if len(same) > 0 {
		s.link, s.activity, s.parts = nil, nil, nil
		if err := d.joins(ctx, tx, s, same[0].ID); err != nil {
			return false, err
		}
		if s.activity != nil {
			d.counts[ConflictCount]++
		}
		return true, nil
	}
	a, found, err := d.madeAnew(ctx, tx, s)
	if err != nil || !found {
		return false, err
	}
	tie, err := d.tieOf(ctx, tx, a.ID)
	switch {
	case err != nil:
		return false, err
	case tie != nil, a.OwnerID != d.connection.Member, d.decided[a.ID]:
		d.counts[ParkedCount]++
		return true, nil
	}
	d.decided[a.ID] = true
	s.link.Activity, s.link.State, s.link.Pending = a.ID, store.LinkLinked, nil
	if err := s.readActivity(ctx, tx, a.ID); err != nil {
		return false, err
	}
	if err := d.assess(ctx, tx, s); err != nil {
		return false, err
	}
	return true, d.decide(ctx, tx, s, merge.Decide(s.state))
}
