package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/hub"
	"tahti/internal/lens"
	"tahti/internal/match"
	"tahti/internal/merge"
	"tahti/internal/store"
)

// Counts says which side a pair takes its differences from.
type Counts string

// The choices. BothStand writes nothing: what differs stays so until somebody edits it.
const (
	BothStand      Counts = ""
	CalendarCounts Counts = "calendar"
	CRMCounts      Counts = "crm"
	ByTheSettings  Counts = "settings" // as the connection decides conflicts
)

// Tie is an item and an activity of an [Overlap], by index, which are the same.
type Tie struct {
	There, Here int
	Frame       match.Frame
	Counts      Counts
}

// FrameOf is what stands around the subject in the title of an item that is the same as an activity.
func (o *Overlap) FrameOf(there, here int) match.Frame {
	a, e := &o.Activities[here], &o.Events[there].Item.Event
	return match.FrameOf(e.Subject, a.Activity.Plan.Subject, a.Names)
}

// TakeOver ties what is the same, a few at a time, and answers which of the ties were made: those of which neither side was changed or
// tied since the overlap was looked at. Nothing is written to the calendar by it. Both shadows are what each side says now, so that no
// difference follows from a tie, unless somebody has said which side counts: then the other one follows, and what it said is kept.
func (e *Engine) TakeOver(ctx context.Context, tx Tx, c store.Connection, o *Overlap, ties []Tie) (made []bool, err error) {
	r := e.newRun(Target{Company: tx.Company(), Connection: c.ID})
	r.made = map[direction]*creations{in: {}, out: {}}
	r.capable = o.capable
	if err := r.bench.load(ctx, tx, c.ID); err != nil {
		return nil, err
	}
	made = make([]bool, len(ties))
	for i, t := range ties {
		err := tx.Savepoint(ctx, func() (err error) {
			made[i], err = r.takeOver(ctx, tx, o, t)
			return err
		})
		if errors.Is(err, store.ErrExists) {
			made[i], err = false, nil // tied a moment ago
		}
		if err != nil {
			return nil, fmt.Errorf("tie activity %d: %w", o.Activities[t.Here].Activity.ID, err)
		}
	}
	return made, nil
}

// LeaveOpen notes what a person has not said yet: neither side of a question is made on the other before they do.
func (e *Engine) LeaveOpen(ctx context.Context, tx Tx, c store.Connection, o *Overlap, q match.Question) error {
	return e.putTwins(ctx, tx, c, o, q, store.TwinOpen)
}

// SetApart notes that what a question is about are different things.
func (e *Engine) SetApart(ctx context.Context, tx Tx, c store.Connection, o *Overlap, q match.Question) error {
	return e.putTwins(ctx, tx, c, o, q, store.TwinApart)
}

// KeepDates notes that what a question is about are a series and its dates: neither is made on the other side, and both stay as they are.
func (e *Engine) KeepDates(ctx context.Context, tx Tx, c store.Connection, o *Overlap, q match.Question) error {
	return e.putTwins(ctx, tx, c, o, q, store.TwinDates)
}

func (e *Engine) putTwins(ctx context.Context, tx Tx, c store.Connection, o *Overlap, q match.Question, state string) error {
	return q.Each(func(t, h int) error {
		return tx.PutTwin(ctx, store.Twin{
			Connection: c.ID, Remote: string(o.Events[t].Item.ID), Activity: o.Activities[h].Activity.ID, State: state,
		})
	})
}

func (r *run) takeOver(ctx context.Context, tx Tx, o *Overlap, t Tie) (bool, error) {
	s := &situation{item: o.Events[t.There].Item, fromWork: true}
	was := &o.Activities[t.Here].Activity
	if err := s.readActivity(ctx, tx, was.ID); err != nil {
		return false, err
	}
	if s.activity == nil || s.activity.Revision != was.Revision {
		return false, nil
	}
	if free, err := r.free(ctx, tx, s.activity); err != nil || !free {
		return false, err
	}
	if _, err := tx.LinkByRemote(ctx, r.connection.ID, string(s.item.ID)); !isNotFound(err) {
		return false, err
	}
	s.frame = lens.Frame{Prefix: t.Frame.Prefix, Suffix: t.Frame.Suffix}
	if err := r.tieAsItIs(ctx, tx, s); err != nil {
		return false, err
	}
	if err := r.evenOut(ctx, tx, s, t.Counts); err != nil {
		return false, err
	}
	return true, r.lookAfresh(ctx, tx, s)
}

// tieAsItIs makes the tie of two sides of which neither follows the other.
func (r *run) tieAsItIs(ctx context.Context, tx Tx, s *situation) error {
	last, err := tx.LastIncarnation(ctx, r.connection.ID, s.activity.ID)
	if err != nil {
		return err
	}
	s.link = &store.Link{
		Connection: r.connection.ID, Activity: s.activity.ID, State: store.LinkLinked, Incarnation: last, Origin: "calendar",
		Frame: writeFrame(s.frame),
	}
	if s.activity.Origin == 0 {
		s.link.Origin = "hub" // it was born here as far as anybody knows: where only such items travel, this one does
	}
	if in, _ := lens.Scope(s.activity, s.parts, r.view(r.now(), true)); !in {
		s.link.State = store.LinkDormant // not covered: neither of the two is made again
	}
	if err := r.assess(ctx, tx, s); err != nil {
		return err
	}
	setRemoteShadow(s.link, s.item)
	setLocalShadow(s.link, s.local, s.activity.Revision)
	s.link.RemoteMeta.Apart = standsApart(s)
	return r.saveLink(ctx, tx, s)
}

// evened are the fields in which one side may follow the other once they are tied: not what they belong to, which nobody knows yet.
const evened = calendar.EitherSide &^ calendar.References

// evenOut lets the other side follow the one that counts, in what they say differently. Nothing becomes open by it that one of them keeps
// private.
func (r *run) evenOut(ctx context.Context, tx Tx, s *situation, counts Counts) error {
	if counts == BothStand || s.link.State != store.LinkLinked {
		return nil
	}
	differ := merge.Diff(&s.local, &s.remote).Only(evened)
	out, in := leaves(&s.remote, &s.local, differ), leaves(&s.local, &s.remote, differ)
	follows := r.decideCounts(s, counts, differ)
	switch writable := s.state.Out && out.Fields()&^r.editable(s) == 0; {
	case follows == CRMCounts && writable:
		return r.followCRM(ctx, tx, s, out)
	case s.state.In:
		return r.followCalendar(ctx, tx, s, in)
	}
	return nil // what may not travel stays as it is
}

// decideCounts settles the choice that was left to the connection's settings.
func (r *run) decideCounts(s *situation, counts Counts, differ merge.Changes) Counts {
	if counts != ByTheSettings {
		return counts
	}
	switch r.settings.Conflicts {
	case "crm":
		return CRMCounts
	case "calendar":
		return CalendarCounts
	}
	var at time.Time
	for _, f := range differ.Fields().List() {
		if changed := hub.ChangedAt(s.activity, f.String()); changed.After(at) {
			at = changed
		}
	}
	if merge.NewerHere(at, s.item.Modified) {
		return CRMCounts
	}
	return CalendarCounts
}

// followCalendar gives the activity what the calendar says. What it said itself is kept.
func (r *run) followCalendar(ctx context.Context, tx Tx, s *situation, differ merge.Changes) error {
	if differ.Empty() {
		return nil
	}
	plan := s.activity.Plan.Clone()
	said := s.remote.Clone()
	said.Known &= calendar.BothWaysFields
	if !differ.Fields().Has(calendar.Private) {
		said.Known &^= calendar.Fields(calendar.Private)
	}
	s.link.RemoteMeta.Apart &^= differ.Fields()
	overlay(&plan, &said)
	plan.Normalize()
	changes, beside := merge.Diff(&s.activity.Plan, &plan), differ.Only(calendar.FacetFields)
	lost := append(losing(writtenOver(&s.activity.Plan, changes)), losing(beside)...)
	return r.takePlan(ctx, tx, s, &plan, differ.Fields(), lost)
}

// followCRM leaves what the activity says differently as a change that is to go out, guarded and braked like any other: the connection
// shows of the activity what the calendar says. That is kept.
func (r *run) followCRM(ctx context.Context, tx Tx, s *situation, differ merge.Changes) error {
	if differ.Empty() {
		return nil
	}
	lost := losing(writtenOver(&s.remote, merge.Diff(&s.remote, &s.local).Only(differ.Fields())))
	for i := range lost {
		lost[i].Winner = merge.CRM
	}
	if err := r.recordConflicts(ctx, tx, s, lost); err != nil {
		return err
	}
	shown, _ := merge.Apply(&s.local, differ, 0)
	s.link.RemoteMeta.Apart &^= differ.Fields()
	setLocalShadow(s.link, shown, s.activity.Revision)
	if err := r.saveLink(ctx, tx, s); err != nil {
		return err
	}
	return tx.PutWork(ctx, r.connection.ID, activitySubject(s.activity.ID), nil, r.now(), true)
}

// lookAfresh lets what waits of a pair, or is held because it seemed to be there already, be planned on what it is now.
func (r *run) lookAfresh(ctx context.Context, tx Tx, s *situation) error {
	for _, subject := range []string{remoteSubject(s.item.ID), activitySubject(s.activity.ID)} {
		_, err := tx.WorkBySubject(ctx, r.connection.ID, subject)
		if isNotFound(err) {
			continue
		}
		if err == nil {
			err = tx.PutWork(ctx, r.connection.ID, subject, nil, r.now(), true)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
