package engine

import (
	"context"

	"tahti/internal/calendar"
	"tahti/internal/merge"
	"tahti/internal/provider"
)

// What is taken over need not say the same on both sides, and stays so until somebody edits it. The link remembers in which fields: whoever
// edits one side then has not seen what stands on the other.

// standsApart is in which fields both sides of a tie say different things, or may: nobody has compared what the calendar hides of a private
// event.
func standsApart(s *situation) calendar.FieldSet {
	apart := merge.Diff(&s.local, &s.remote).Fields()
	if s.remote.Private {
		apart |= s.local.Known &^ s.remote.Known & calendar.BothWaysFields
	}
	return apart
}

// stillApart are those fields of which nothing else was said here since both were compared last.
func (s *situation) stillApart() calendar.FieldSet {
	was := s.link.LocalEvent
	if was == nil {
		return 0
	}
	return s.link.RemoteMeta.Apart & was.Known &^ merge.Diff(was, &s.local).Fields()
}

// staysPrivate: of two that were taken over, one private and one not, what is typed where it is private does not reach the other before that
// is private, too (I23): the one that has changed says so anew.
func (s *situation) staysPrivate() {
	if !s.link.RemoteMeta.Apart.Has(calendar.Private) || s.link.LocalEvent == nil {
		return
	}
	switch {
	case s.remote.Private && !s.local.Private:
		if !merge.Diff(&s.shadow, &s.remote).Empty() {
			s.shadow.Private = false
		}
	case s.local.Private && !s.remote.Private:
		if !merge.Diff(s.link.LocalEvent, &s.local).Only(calendar.EitherSide).Empty() {
			shown := s.link.LocalEvent.Clone()
			shown.Private = false
			s.link.LocalEvent = &shown
		}
	}
}

// leaves is what changes of what a side says if it follows the other one, of what both say differently: not that it is private. Where a date
// alone is, nothing of it does.
func leaves(side, says *calendar.Event, differ merge.Changes) merge.Changes {
	for _, ch := range merge.Diff(side, says).Only(calendar.Fields(calendar.Private)).List {
		switch {
		case ch.To.Private && ch.Op == merge.Set:
		case ch.Occurrence:
			return merge.Changes{}
		default:
			differ = differ.Only(^calendar.Fields(calendar.Private))
		}
	}
	return differ
}

// onlyThere is what the calendar alone says of a pair that is deleted there because its activity was. What somebody keeps private there
// is theirs alone (I23).
func (s *situation) onlyThere() []merge.Conflict {
	apart := s.link.RemoteMeta.Apart & calendar.EitherSide &^ s.link.RemoteMeta.ApartKept
	if apart == 0 || s.item.State != provider.StateLive {
		return nil
	}
	lost := merge.Unheard(&s.local, &s.remote, apart)
	for i := range lost {
		lost[i].Own = keptPrivate(&s.remote, lost[i].Place, lost[i].Field, 0)
	}
	return lost
}

// keepOnlyThere keeps it as the deletion is begun, and once, however often that has to be tried.
func (r *run) keepOnlyThere(ctx context.Context, tx Tx, s *situation) error {
	lost := s.onlyThere()
	s.link.RemoteMeta.ApartKept = s.link.RemoteMeta.Apart
	if len(lost) == 0 {
		return nil
	}
	return r.recordConflicts(ctx, tx, s, lost)
}

// losesOnlyThere counts it.
func (d *dry) losesOnlyThere(s *situation) {
	if lost := s.onlyThere(); len(lost) > 0 {
		d.conflicts(s, lost)
	}
}
