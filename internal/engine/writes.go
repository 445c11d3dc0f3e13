package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/lens"
	"tahti/internal/merge"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// planned is a write whose note stands on its link.
type planned struct {
	work     store.Work
	link     store.ID
	activity store.ID
	write    Write
	kind     string // create, update, delete, withdraw: what is counted
	before   *calendar.Event
	after    *calendar.Event
	waits    calendar.FieldSet // see [run.hiding]
}

// createThere makes the remote item, unless a copy of its meeting is there, under a key that is the same however often it is tried.
func (r *run) createThere(ctx context.Context, tx Tx, s *situation) (*planned, bool, error) {
	if tied, err := r.tieCopy(ctx, tx, s); err != nil || tied {
		return nil, false, err
	}
	if dates, err := r.leaveDates(ctx, tx, s, out); err != nil || dates {
		return nil, false, err
	}
	if held, err := r.brakeCreation(ctx, tx, s, out); err != nil || held {
		return nil, false, err
	}
	last, err := tx.LastIncarnation(ctx, r.connection.ID, s.activity.ID)
	if err != nil {
		return nil, false, err
	}
	if s.link != nil {
		if err := r.outlive(ctx, tx, s); err != nil {
			return nil, false, err
		}
		if err := r.frame(ctx, tx, s); err != nil { // whoever made the old one, the new one is ours
			return nil, false, err
		}
	}
	// What becomes of the creation has nothing to do with an item that is gone: no later look at that would lead to it.
	if s.work, err = r.under(ctx, tx, s.work, activitySubject(s.activity.ID)); err != nil {
		return nil, false, err
	}
	incarnation := last + 1
	target := r.worded(lens.Dress(&s.local, s.wanted), s, nil, nil)
	key := r.keyOf(s.activity, incarnation)
	link := store.Link{
		Connection: r.connection.ID, Activity: s.activity.ID, State: store.LinkCreating, Incarnation: incarnation, Ours: true, Origin: "hub",
		Pending: r.pending("create", string(key), target, s.local, s.activity.Revision, s.wanted, false),
	}
	s.link = &link
	if err := r.saveLink(ctx, tx, s); err != nil {
		return nil, false, err
	}
	put := provider.Put{Key: key, Event: target, Fields: calendar.EitherSide & target.Known}
	if put.Tried, err = r.firstTry(ctx, tx, s.activity.ID, string(key)); err != nil {
		return nil, false, err
	}
	return &planned{work: s.work, link: link.ID, activity: s.activity.ID, write: Write{Put: &put}, kind: "create", after: &s.local}, false, nil
}

// outlive ends the tie to an item that is gone. Where an edit here outlives its deletion there (I5), people are told.
func (r *run) outlive(ctx context.Context, tx Tx, s *situation) error {
	s.link.State = store.LinkGone
	if err := r.saveLink(ctx, tx, s); err != nil || !s.outlives() {
		return err
	}
	return r.notice(ctx, tx, s, merge.CRM, "deleted_in_calendar")
}

// outlives reports that an edit here is why an item is made again.
func (s *situation) outlives() bool {
	return s.link != nil && s.state.Local == merge.LocalLive && s.state.LocalChanged
}

func (r *run) pending(kind, key string, target, local calendar.Event, revision int64, f lens.Frame, notify bool) *store.Pending {
	return &store.Pending{
		Kind: kind, Key: key, Target: &target, Local: &local, Frame: writeFrame(f), Revision: revision, At: r.now(),
		Fence: r.t.Claim.Fence, Notify: notify,
	}
}

// updateThere leaves the note of an update and returns the write.
func (r *run) updateThere(ctx context.Context, tx Tx, s *situation, target, local calendar.Event, f lens.Frame) (*planned, error) {
	fields := merge.Diff(&s.item.Event, &target).Fields() & calendar.EitherSide
	base := s.item
	s.link.State = store.LinkWriting
	s.link.Pending = r.pending("update", "", target, local, s.activity.Revision, f, s.mayNotify())
	if err := r.saveLink(ctx, tx, s); err != nil {
		return nil, err
	}
	put := provider.Put{ID: base.ID, Base: &base, Event: target, Fields: fields, Notify: s.mayNotify()}
	before := s.shadow
	return &planned{
		work: s.work, link: s.link.ID, activity: s.activity.ID, write: Write{Put: &put}, kind: "update", before: &before, after: &local,
	}, nil
}

// perform calls the provider for writes whose notes are committed, and settles their answers.
func (r *run) perform(ctx context.Context, writes []planned) error {
	r.rested = map[store.ID]bool{}
	if len(writes) == 0 {
		return nil
	}
	calls := make([]Write, len(writes))
	for i, p := range writes {
		calls[i] = p.write
	}
	answers := r.t.Remote.WriteAll(ctx, calls)
	if len(answers) != len(writes) {
		panic(fmt.Sprintf("engine: %d answers to %d writes", len(answers), len(writes)))
	}
	if ctx.Err() != nil {
		return ctx.Err() // the notes stand; the next run settles them
	}
	var halt error
	err := r.tx(ctx, func(tx Tx) error {
		halt = nil
		if err := r.readNoted(ctx, tx, writes); err != nil {
			return err
		}
		for i, p := range writes {
			if err := r.settle(ctx, tx, p, answers[i]); err != nil {
				return err
			}
			if err := answers[i].Err; err != nil && halt == nil && speaksForAll(err) {
				halt = err
			}
		}
		return r.tally(ctx, tx)
	})
	if err != nil {
		return fmt.Errorf("settle %d writes: %w", len(writes), err)
	}
	r.created[string(out)] = 0 // those that were made stand in the tally now
	return halt
}

// settle records one answer.
func (r *run) settle(ctx context.Context, tx Tx, p planned, a Answer) error {
	l, err := tx.Link(ctx, p.link)
	if err != nil {
		return err
	}
	if l.Pending == nil {
		return nil // somebody gave the item up meanwhile; its work is still there, and is planned on what is found
	}
	s := &situation{work: p.work, link: &l}
	if a.Err != nil {
		return r.settleError(ctx, tx, s, p, a)
	}
	if p.kind == "create" {
		if taken, err := r.taken(ctx, tx, &l, a.Item.ID); err != nil {
			return err
		} else if taken {
			// One item cannot stand for two activities. It waits for a person, and the others go on (I15).
			unmade(&l)
			return errors.Join(r.saveLink(ctx, tx, s), r.park(ctx, tx, p.work, "copy", "the item is tied to another activity"))
		}
		if other, err := r.settleTry(ctx, tx, s, p, a.Item); err != nil || other {
			return err
		}
	}
	note := l.Pending
	l.Pending = nil
	switch p.kind {
	case "delete", "withdraw":
		if err := r.forgetParked(ctx, tx, provider.RemoteID(l.Remote)); err != nil {
			return err
		}
		if l.State = store.LinkGone; p.kind == "withdraw" {
			withdrawn(&l)
		}
	default:
		setRemoteShadow(&l, a.Item)
		delete(r.fresh, a.Item.ID)
		setLocalShadow(&l, *note.Local, note.Revision)
		l.Frame = note.Frame
		written(&l)
		l.RemoteMeta.Outward = true
	}
	if err := tx.DeleteWork(ctx, p.work); err != nil {
		return err
	}
	if p.kind == "update" {
		if err := r.revealed(ctx, tx, &l, p, a.Item); err != nil {
			return err
		}
	}
	if err := r.saveLink(ctx, tx, s); err != nil {
		return err
	}
	return r.recordWrite(ctx, tx, p)
}

// forgetParked lets go of what was set aside about an item that we have deleted. Its object is gone, and the calendar need not tell of
// that again.
func (r *run) forgetParked(ctx context.Context, tx Tx, id provider.RemoteID) error {
	w, err := tx.WorkBySubject(ctx, r.connection.ID, remoteSubject(id))
	if isNotFound(err) || err == nil && w.HeldBy != store.HeldByParked {
		return nil
	}
	if err != nil {
		return err
	}
	return tx.DeleteWork(ctx, w)
}

// written ends a write to what goes on being there. A tie that settings let go of meanwhile rests on, and its event stays.
func written(l *store.Link) {
	if l.State != store.LinkDormant {
		l.State = store.LinkLinked
	}
}

// withdrawn lets a link rest whose event we have taken away.
func withdrawn(l *store.Link) { l.State, l.Remote, l.RemoteRaw = store.LinkDormant, "", nil }

// settleTry settles a creation that was answered with what was there under its key, and reports whether it was: an earlier try made it, or
// a restored database has forgotten the one that did. What the server has just made it may have put into its own words; so it has where
// all tries sent the same, and it does not say that it found something (for which not every provider can vouch).
func (r *run) settleTry(ctx context.Context, tx Tx, s *situation, p planned, it provider.Item) (bool, error) {
	if says(&it, s.link.Pending) {
		return false, nil
	}
	earlier, err := r.tries(ctx, tx, s.link.Activity, s.link.Pending.Key)
	if err != nil {
		return false, err
	}
	sentOther := func(n *store.Pending) bool { return !merge.Diff(n.Target, s.link.Pending.Target).Empty() }
	if !it.Found && !slices.ContainsFunc(earlier, sentOther) {
		return false, nil
	}
	if len(earlier) == 0 {
		s.item, s.fromWork = it, true
		r.counts[LinkedCount]++
		if err := s.readActivity(ctx, tx, p.activity); err != nil {
			return false, err
		}
		return true, errors.Join(r.takeForgotten(ctx, tx, s, s.link.Pending.Key), tx.DeleteWork(ctx, p.work))
	}
	note := maker(append([]*store.Pending{s.link.Pending}, earlier...), &it)
	s.item, s.fromWork, p.after = it, true, note.Local
	delete(r.fresh, it.ID)
	if err := r.takeIn(ctx, tx, s, note); err != nil {
		return false, err
	}
	if err := r.recordWrite(ctx, tx, p); err != nil {
		return false, err
	}
	return true, tx.DeleteWork(ctx, p.work)
}

// settleError keeps the note where the write may have happened, and takes it off where it surely did not. A creation is
// only believed not to have happened if it never left us, or was refused: an answer that could not be had leaves the key
// to be looked up.
func (r *run) settleError(ctx context.Context, tx Tx, s *situation, p planned, a Answer) error {
	cause := itemError(a.Err)
	if !a.Unsent && mayHaveHappened(p.kind, cause.Class) {
		if p.kind == "create" {
			r.doubt(s.link.Pending)
		}
		if speaksForAll(cause) {
			return nil
		}
		return r.restBoth(ctx, tx, s.link, s.work, cause)
	}
	switch cause.Class {
	case provider.Conflict, provider.Gone:
		if p.kind == "create" && cause.Class == provider.Gone {
			return r.usedUp(ctx, tx, s, cause)
		}
		// Somebody was faster: look at what is there, and plan again at once.
		if err := r.takeNoteOff(ctx, tx, s, p, a); err != nil {
			return err
		}
		if p.kind == "create" {
			return r.backOff(ctx, tx, s.work, cause)
		}
		if err := tx.PutWork(ctx, r.connection.ID, remoteSubject(provider.RemoteID(s.link.Remote)),
			encodeItem(provider.Item{State: provider.StateUnproven}), r.clash(s.link.ID), false); err != nil {
			return err
		}
		if s.work.Subject[0] == 'r' {
			return nil
		}
		return tx.DeleteWork(ctx, s.work)
	case provider.Rejected, provider.Forbidden:
		if err := r.takeNoteOff(ctx, tx, s, p, a); err != nil {
			return err
		}
		reason := cause.Code
		if reason == "" {
			reason = string(provider.Refused)
		}
		w, err := r.asRead(ctx, tx, s.work, p.write)
		if err != nil {
			return err
		}
		return r.park(ctx, tx, w, reason, cause.Error())
	case provider.SignIn, provider.RateLimited:
		return r.takeNoteOff(ctx, tx, s, p, a) // the work stays as it is; the whole run rests
	}
	if err := r.takeNoteOff(ctx, tx, s, p, a); err != nil {
		return err
	}
	return r.restBoth(ctx, tx, s.link, s.work, cause)
}

// asRead lets work wait as what its item was when it was written upon. Had it only been said to be removed, or to have changed, the
// next word of that would be taken for the question that waits already, and never be heard.
func (r *run) asRead(ctx context.Context, tx Tx, w store.Work, tried Write) (store.Work, error) {
	id, ok := remoteOf(w)
	if !ok || tried.Put == nil || tried.Put.Base == nil || decodeItem(id, w.Payload).State == provider.StateLive {
		return w, nil
	}
	if err := tx.PutWork(ctx, r.connection.ID, w.Subject, encodeItem(*tried.Put.Base), r.now(), true); err != nil {
		return w, err
	}
	return tx.WorkBySubject(ctx, r.connection.ID, w.Subject)
}

// usedUp ends a tie whose key can make nothing any more: an earlier try arrived and its item was deleted, or an older database knows
// nothing of it. Unlike [unmade] its incarnation counts, so that the next try has a key of its own.
func (r *run) usedUp(ctx context.Context, tx Tx, s *situation, cause *provider.Error) error {
	s.link.State, s.link.Pending = store.LinkGone, nil
	if err := r.saveLink(ctx, tx, s); err != nil {
		return err
	}
	return r.backOff(ctx, tx, s.work, cause)
}

func mayHaveHappened(kind string, class provider.Class) bool {
	switch class {
	case provider.Unknown:
		return true
	case provider.Transient, provider.RateLimited, provider.SignIn:
		return kind == "create"
	}
	return false
}

// clash says when an item may be tried again that changed under our hands: at once, but not for ever.
func (r *run) clash(link store.ID) time.Time {
	r.clashes[link]++
	if r.clashes[link] <= 3 {
		return r.now()
	}
	return r.now().Add(5 * time.Minute)
}

// unmade ends a tie whose remote item was surely never made. Its incarnation does not count, so that the next try has the
// same key.
func unmade(l *store.Link) {
	l.State, l.Pending = store.LinkGone, nil
	l.Incarnation--
}

// takeNoteOff takes a write for one that has not happened. Servers have made what they refused: the note of a creation that was sent
// is kept as that of one that may arrive yet.
func (r *run) takeNoteOff(ctx context.Context, tx Tx, s *situation, p planned, a Answer) error {
	note := s.link.Pending
	switch {
	case p.kind == "create" && a.Unsent:
		unmade(s.link)
	case p.kind == "create":
		unfound(s.link)
	case p.kind == "update":
		s.link.Pending = nil
		written(s.link)
	default: // withdraw, delete
		s.link.State, s.link.Pending = store.LinkLinked, nil
	}
	if p.kind == "withdraw" || p.kind == "delete" {
		if err := r.uncount(ctx, tx, note); err != nil {
			return err
		}
	}
	return r.saveLink(ctx, tx, s)
}
