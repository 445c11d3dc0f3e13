package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/hub"
	"tahti/internal/lens"
	"tahti/internal/merge"
	"tahti/internal/provider"
	"tahti/internal/recur"
	"tahti/internal/store"
)

// carry brings the changes of each side over to the other, field by field.
func (r *run) carry(ctx context.Context, tx Tx, s *situation, action merge.Action) (*planned, bool, error) {
	if action != merge.UpdateThere {
		if loop, err := r.loops(ctx, tx, s); err != nil {
			return nil, false, err
		} else if loop {
			return nil, false, r.park(ctx, tx, s.work, Loop, "")
		}
	}
	res, err := r.merge(ctx, tx, s)
	if err != nil {
		return nil, false, err
	}
	if err := r.recordConflicts(ctx, tx, s, res.Conflicts); err != nil {
		return nil, false, err
	}
	s.link.RemoteMeta.Apart &^= (res.ToLocal.Fields() | res.ToRemote.Fields()) & s.remote.Known
	s.link.RemoteMeta.ApartKept &= s.link.RemoteMeta.Apart
	if err := r.updateHere(ctx, tx, s, res); err != nil {
		return nil, false, err
	}
	// What the calendar says is in the hub now: its shadow advances, in the same commit.
	base := s.item
	if s.item.State == provider.StateLive && s.fromWork {
		setRemoteShadow(s.link, s.item)
	}
	bare, err := r.bare(ctx, tx, s.activity, s.parts)
	if err != nil {
		return nil, false, err
	}
	setLocalShadow(s.link, res.Shadow, s.activity.Revision)
	if s.state.Local == merge.LocalOut {
		s.standing(&base.Event)
		return nil, false, r.part(ctx, tx, s)
	}
	s.shadow = s.remote
	target := r.worded(s.dress(&res.Remote), s, &res.Remote, &base.Event)
	s.item = base
	if !s.state.Out || merge.Diff(&base.Event, &target).Only(calendar.EitherSide).Empty() {
		setLocalShadow(s.link, sent(&bare, &res.Shadow, s.unseen), s.activity.Revision)
		s.link.Frame = writeFrame(s.keptFrame())
		s.link.State = store.LinkLinked
		if err := r.saveLink(ctx, tx, s); err != nil {
			return nil, false, err
		}
		return nil, false, tx.DeleteWork(ctx, s.work)
	}
	s.standing(&base.Event)
	if s.state.Mails {
		return nil, false, r.wait(ctx, tx, s)
	}
	waits := r.hiding(s)
	p, err := r.updateThere(ctx, tx, s, target, sent(&bare, &res.Shadow, waits|s.unseen), s.wanted)
	if p != nil {
		p.waits = waits
	}
	return p, false, err
}

// standing remembers what stands around an event of ours, while a write is due that is to frame it anew, or that takes it away: what was
// typed is in by now, so that nothing else would tell the next try of it. Around what was taken over nothing stands any more once somebody
// has typed a title of their own there.
func (s *situation) standing(there *calendar.Event) {
	switch {
	case s.link.Ours:
		s.link.Frame = writeFrame(s.frame.Standing(there))
	case s.frame.Off:
		s.link.Frame = writeFrame(s.frame)
	}
}

// part plans a pair anew of which the activity is no longer covered: what was typed there is in, and nothing of what is not
// covered goes out.
func (r *run) part(ctx context.Context, tx Tx, s *situation) error {
	if err := r.saveLink(ctx, tx, s); err != nil {
		return err
	}
	if err := tx.DeleteWork(ctx, s.work); err != nil {
		return err
	}
	return tx.PutWork(ctx, r.connection.ID, activitySubject(s.activity.ID), nil, r.now(), false)
}

// dress puts what stands around the remote item, or is to, around what it is to say.
func (s *situation) dress(bare *calendar.Event) calendar.Event {
	if !s.link.Ours {
		return lens.DressLike(&s.item.Event, bare, s.wanted)
	}
	target := lens.Dress(bare, s.wanted)
	if s.whole != nil {
		lens.Unsent(&target, s.whole, &s.item.Event)
	}
	return target
}

// keptFrame is the frame that stands at the provider when nothing is written there.
func (s *situation) keptFrame() lens.Frame {
	if s.link.Ours {
		return s.wanted
	}
	return s.frame
}

// takeRewrittenTitle: somebody wrote a title of their own there; the template is off for this item, visibly.
func (r *run) takeRewrittenTitle(s *situation) {
	if !s.rewrote || !s.state.RemoteChanged {
		return
	}
	s.frame = lens.Frame{Block: s.frame.Block, Off: true}
	s.wanted = lens.Frame{Block: s.wanted.Block, Off: true}
	bare, _, _ := lens.Land(lastKnown(s.link, &s.item.Event), lens.Frame{Block: s.frame.Block})
	r.onClock(s, &bare)
	s.shadow = bare
}

func (r *run) merge(ctx context.Context, tx Tx, s *situation) (merge.Result, error) {
	kept, theirs := r.keepPrivate(s)
	r.takeRewrittenTitle(s)
	s.staysPrivate()
	repeated, shared, err := r.othersCount(ctx, tx, s)
	if err != nil {
		return merge.Result{}, err
	}
	s.unseen = r.unseen(s, shared)
	res := merge.Merge(merge.Input{
		LocalShadow: s.link.LocalEvent, Local: &s.local, RemoteShadow: &s.shadow, Remote: &s.remote,
		Editable: r.editable(s), Later: r.hiding(s) | s.unseen, In: s.state.In, Out: s.state.Out, Shared: shared, Repeated: repeated,
		Apart: s.link.RemoteMeta.Apart & calendar.EitherSide,
		Policy: merge.Policy{
			Rule: r.settings.Conflicts, RemoteAt: s.item.Modified,
			LocalAt: func(f calendar.Field) time.Time { return hub.ChangedAt(s.activity, f.String()) },
		},
	})
	res.Conflicts = append(append(append(res.Conflicts, s.overruled(res.Conflicts)...), kept...), untold(&res)...)
	res.Shadow = s.lostTo(res.Shadow, theirs)
	res.Shadow.Known &^= s.withheld(res.Conflicts)
	if s.strange && s.state.Out && !sameTitle(s.frame, s.wanted) {
		res.Conflicts = append(res.Conflicts, retitled(s.local.Subject, s.item.Event.Subject))
	}
	r.theirsAlone(s, res.Conflicts, merge.Diff(&res.Local, &s.remote).Shift)
	return res, nil
}

// withheld are fields in which a side has said what may not come in, because the activity does not tell it what it says there itself: the
// two differ from now on. That they once agreed is no shadow to compare with when that is told again (see [situation.learn]).
func (s *situation) withheld(kept []merge.Conflict) (fields calendar.FieldSet) {
	for _, c := range kept {
		if c.Winner == merge.CRM && c.Op == merge.Set {
			fields |= calendar.Fields(c.Field)
		}
	}
	return fields &^ s.local.Known
}

// updateHere gives the activity what came in.
func (r *run) updateHere(ctx context.Context, tx Tx, s *situation, res merge.Result) error {
	if res.ToLocal.Empty() {
		return nil
	}
	if s.activity.OwnerID != r.connection.Member {
		return r.updateShared(ctx, tx, s, res)
	}
	before := s.activity.Plan.Clone()
	plan := before.Clone()
	overlay(&plan, &res.Local)
	if err := r.updatePlan(ctx, tx, s, &plan, res.ToLocal.Fields()); err != nil {
		return err
	}
	return r.ended(ctx, tx, s, &before)
}

// updateShared gives a meeting that a colleague owns what came in: what is each person's own goes into this one's share, the
// rest into the plan, in which what was withheld from this person stays as it is. Whoever gave an activity away and takes no part
// in it has no share.
func (r *run) updateShared(ctx context.Context, tx Tx, s *situation, res merge.Result) error {
	rest, concerned := shared(res), r.concerned(s)
	plan, _ := merge.Apply(&s.activity.Plan, rest, 0)
	if !rest.Empty() {
		if err := r.updatePlan(ctx, tx, s, &plan, rest.Fields()); err != nil {
			return err
		}
	}
	if !concerned {
		return nil
	}
	if rest.Empty() {
		r.counts[UpdatedInCRM]++ // in what is theirs alone
	}
	if err := r.e.Hub.Join(ctx, tx, r.by(), s.activity.ID, r.share(&res.Local)); err != nil {
		return fmt.Errorf("save share in activity %d: %w", s.activity.ID, err)
	}
	return s.readActivity(ctx, tx, s.activity.ID)
}

// shared is what a merge carries into the plan of a meeting that a colleague owns.
func shared(res merge.Result) merge.Changes { return res.ToLocal.Only(calendar.AllFields &^ lens.Own) }

// keepsToThemselves reports that what somebody keeps private in an item is for nobody else: the activity is a colleague's, and the item no
// invitation to it, in which only its organiser types.
func (r *run) keepsToThemselves(s *situation) bool {
	return s.activity.OwnerID != r.connection.Member && (s.link.Ours || !s.item.Invited || !r.concerned(s))
}

// keepPrivate takes out of an item what its user has typed into it and keeps private there, where the activity is a colleague's. It reaches
// neither the activity nor those who take part in it (I23), and is kept for whoever typed it (I2); in its place stands again what they
// share. theirs is what was taken out.
func (r *run) keepPrivate(s *situation) (kept []merge.Conflict, theirs []merge.Change) {
	if !r.keepsToThemselves(s) {
		return nil, nil
	}
	changes := merge.Diff(&s.shadow, &s.remote)
	if changes.List, theirs, kept = withoutPrivate(changes, &s.remote); len(kept) == 0 {
		return nil, nil
	}
	apart := merge.Diff(&s.local, &s.remote).List
	for i := range kept {
		c := &kept[i]
		s.rewrote = s.rewrote && (c.Occurrence || c.Field != calendar.Subject)
		if at := slices.IndexFunc(apart, func(ch merge.Change) bool { return ch.Place == c.Place && ch.Field == c.Field }); at >= 0 {
			c.Kept = apart[at].From
		}
	}
	known := s.remote.Known
	s.remote, _ = merge.Apply(&s.shadow, changes, 0)
	s.remote.Known = known
	return kept, theirs
}

// lostTo is a local shadow that knows of what was taken out of an item, as of all that loses (see [merge.Result]): what they share has yet to
// go out in its place, now or when the activity is its user's again.
func (s *situation) lostTo(shadow calendar.Event, theirs []merge.Change) calendar.Event {
	later := merge.Diff(&s.shadow, &shadow).Shift
	theirs = slices.DeleteFunc(theirs, func(ch merge.Change) bool {
		at := ch.Original + later
		return !s.local.Known.Has(ch.Field) || ch.Occurrence && (shadow.IsCancelled(at) || !recur.Has(&shadow, at))
	})
	lost, _ := merge.Apply(&shadow, merge.Changes{List: theirs}, later)
	return lost
}

// withoutPrivate takes out of changes what an event keeps private: all its texts, or those of a date.
func withoutPrivate(changes merge.Changes, e *calendar.Event) (rest, theirs []merge.Change, kept []merge.Conflict) {
	for _, ch := range changes.List {
		if ch.Op != merge.Set || !keptPrivate(e, ch.Place, ch.Field, changes.Shift) {
			rest = append(rest, ch)
			continue
		}
		theirs = append(theirs, ch)
		kept = append(kept, merge.Conflict{
			Place: ch.Place, Field: ch.Field, Op: ch.Op, Winner: merge.CRM, Kept: ch.From, Lost: ch.To, Own: true,
		})
	}
	return rest, theirs, kept
}

// theirsAlone marks of what loses in a calendar what its user keeps private there, where the activity is a colleague's: it does not come
// to that one by losing (I23). Dates may be called by the names that a shift gives them.
func (r *run) theirsAlone(s *situation, lost []merge.Conflict, shift calendar.Wall) {
	for i := range lost {
		c := &lost[i]
		c.Own = c.Own || c.Winner == merge.CRM && s.activity.OwnerID != r.connection.Member && keptPrivate(&s.remote, c.Place, c.Field, shift)
	}
}

// keptPrivate reports whether an event keeps what it says in one place to itself. It may call the place by the name that a shift gives it.
func keptPrivate(e *calendar.Event, p merge.Place, f calendar.Field, shift calendar.Wall) bool {
	o := cmp.Or(e.Override(p.Original+shift), e.Override(p.Original))
	return (lens.Withheld &^ lens.Own).Has(f) && (e.Private || p.Occurrence && o != nil && o.Set.Has(calendar.Private) && o.Private)
}

func (r *run) updatePlan(ctx context.Context, tx Tx, s *situation, plan *calendar.Event, fields calendar.FieldSet) error {
	change := hub.Planned(s.activity.Revision, plan, fields)
	if err := r.adopt(ctx, tx, plan, fields&calendar.FacetFields, &change.To); err != nil {
		return err
	}
	change.Merged = s.state.LocalChanged
	updated, err := r.e.Hub.Update(ctx, tx, r.by(), s.activity.ID, change)
	if err != nil {
		return fmt.Errorf("update activity %d: %w", s.activity.ID, err)
	}
	s.activity = &updated
	r.counts[UpdatedInCRM]++
	if s.link.Ours && s.state.Out && fields&calendar.FacetFields != 0 { // which show in the title and the context there as well
		return r.frame(ctx, tx, s)
	}
	return nil
}

// overlay gives dst what src knows, and leaves the rest.
func overlay(dst, src *calendar.Event) {
	dst.Facets = src.Facets // until they are rows of ours; see [run.adopt]
	for _, f := range (src.Known & calendar.AllFields).List() {
		if f == calendar.Recurrence {
			calendar.CopyRecurrence(dst, src)
			continue
		}
		calendar.Copy(f, &dst.Values, &src.Values)
	}
	dst.Overrides, dst.Cancelled = src.Clone().Overrides, slices.Clone(src.Cancelled)
}

// wait keeps a change that cannot be written without mailing people until a person sends or drops it.
func (r *run) wait(ctx context.Context, tx Tx, s *situation) error {
	if err := r.saveLink(ctx, tx, s); err != nil {
		return err
	}
	w := s.work
	if w.Subject != activitySubject(s.activity.ID) {
		// There is one thing to send, whichever side brought it up.
		if err := tx.DeleteWork(ctx, w); err != nil {
			return err
		}
		if released, err := r.released(ctx, tx, s); err != nil || released {
			return err // it has its turn, with all that came in
		}
		if err := tx.PutWork(ctx, r.connection.ID, activitySubject(s.activity.ID), nil, r.now(), false); err != nil {
			return err
		}
	}
	now, err := tx.WorkBySubject(ctx, r.connection.ID, activitySubject(s.activity.ID))
	if err != nil {
		return err
	}
	if w.Subject == now.Subject && w.Revision != now.Revision {
		return nil // the other side brought it up a moment ago
	}
	r.counts[NeedsSending]++
	w = now
	w.HeldBy, w.Class, w.Reason, w.People = store.HeldBySending, "sending", "needs_sending", s.item.WouldMail
	return tx.UpdateWork(ctx, w)
}

// released reports that somebody has pressed "Save and send" for what an activity's work is to write.
func (r *run) released(ctx context.Context, tx Tx, s *situation) (bool, error) {
	w, err := tx.WorkBySubject(ctx, r.connection.ID, activitySubject(s.activity.ID))
	if isNotFound(err) {
		return false, nil
	}
	return err == nil && w.Class == ClassSend && w.HeldBy == store.HeldByNothing, err
}

// reviveHere brings a deleted activity back, because it was edited in the calendar meanwhile (I5).
func (r *run) reviveHere(ctx context.Context, tx Tx, s *situation) (*planned, bool, error) {
	if joined, err := r.rejoinOthers(ctx, tx, s); err != nil || joined {
		return nil, false, err
	}
	switch tied, done, err := r.goesToAnother(ctx, tx, s); {
	case err != nil || done:
		return nil, false, err
	case tied:
		if err := r.assess(ctx, tx, s); err != nil {
			return nil, false, err
		}
		return r.act(ctx, tx, s)
	}
	revived, err := r.e.Hub.Revive(ctx, tx, r.by(), s.activity.ID)
	if err != nil {
		return nil, false, fmt.Errorf("revive activity %d: %w", s.activity.ID, err)
	}
	s.activity, s.link.RemoteMeta.Revived = &revived, revived.Revision
	if err := r.notice(ctx, tx, s, merge.Calendar, "deleted_in_crm"); err != nil {
		return nil, false, err
	}
	if err := r.assess(ctx, tx, s); err != nil {
		return nil, false, err
	}
	return r.act(ctx, tx, s)
}

// rejoinOthers: a colleague's calendar has brought the meeting in again while the activity was deleted. It is one meeting, and the
// item is tied to what they have (I10).
func (r *run) rejoinOthers(ctx context.Context, tx Tx, s *situation) (bool, error) {
	same, err := r.candidates(ctx, tx, s)
	if err != nil || len(same) == 0 {
		return false, err
	}
	s.link.State = store.LinkGone
	if err := r.saveLink(ctx, tx, s); err != nil {
		return false, err
	}
	s.link, s.activity, s.parts = nil, nil, nil
	if joined, err := r.join(ctx, tx, s); err != nil || !joined || s.activity == nil {
		return joined, err
	}
	return true, r.notice(ctx, tx, s, merge.Calendar, "deleted_in_crm")
}
