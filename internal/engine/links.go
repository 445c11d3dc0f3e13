package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"tahti/internal/calendar"
	"tahti/internal/lens"
	"tahti/internal/merge"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// note carries out what changes nothing but our own records.
func (r *run) note(ctx context.Context, tx Tx, s *situation, action merge.Action) error {
	switch action {
	case merge.Park:
		reason := problemOf(s.item)
		if r.capable.Shared && s.item.State == provider.StateForbidden && s.item.Problem == nil {
			if reason = othersNow; s.link == nil {
				return r.refuse(ctx, tx, s) // and never was this user's here
			}
		}
		return r.park(ctx, tx, s.work, reason, detailOf(s.item))
	case merge.Nothing:
		r.counts[Unchanged]++
		if s.link == nil {
			return r.refuse(ctx, tx, s)
		}
	case merge.Forget:
		s.link.State = store.LinkGone
	case merge.Sever:
		s.link.State = store.LinkSevered
	case merge.Retire:
		s.link.State = store.LinkDormant
	}
	if s.link != nil {
		if s.link.State == store.LinkDormant {
			s.rest() // both shadows stay: what changes meanwhile is carried over when it is linked again
		} else {
			r.setShadows(s)
		}
		if err := errors.Join(r.saveLink(ctx, tx, s), r.letNextBeHeard(ctx, tx, s)); err != nil {
			return err
		}
	}
	return tx.DeleteWork(ctx, s.work)
}

// newSince stands for the fingerprint of what was not there at the start: no content is equal to it.
const newSince = "new"

// refuse notes an item that may not enter at the version that was refused, whether it could be read or not, so that a sweep does not read it again. Other
// settings look at it again: see [Engine.LookAgain].
func (r *run) refuse(ctx context.Context, tx Tx, s *situation) error {
	if (s.item.State == provider.StateLive || s.item.State == provider.StateUnreadable) && s.fromWork {
		b := store.Baseline{
			Connection: r.connection.ID, Remote: string(s.item.ID), Version: s.item.Versions.Master().Tag, Fingerprint: s.baseline.Fingerprint,
			UID: calledBy(&s.item.Event),
		}
		if r.settings.Start == lens.NewAndChanged && !s.baseline.Known {
			b.Fingerprint = newSince
		}
		if err := tx.PutBaseline(ctx, []store.Baseline{b}); err != nil {
			return err
		}
	}
	return tx.DeleteWork(ctx, s.work)
}

// LookAgain lets the next run look at what was refused under settings that are no more. The caller empties the cursor. Under
// the default starting point what was there at the start still stays out until it is edited.
func (e *Engine) LookAgain(ctx context.Context, tx Tx, c store.Connection) error {
	s, err := lens.ParseSettings(lens.Defaults(), c.Settings)
	if err != nil {
		return fmt.Errorf("connection %d: %w", c.ID, err)
	}
	if s.Start == lens.NewAndChanged {
		return tx.ForgetVersions(ctx, c.ID)
	}
	return tx.DeleteBaseline(ctx, c.ID)
}

// setShadows takes both sides as they are now for what we know of them.
func (r *run) setShadows(s *situation) {
	if s.item.State == provider.StateLive && s.fromWork {
		setRemoteShadow(s.link, s.item)
	}
	if s.activity != nil {
		setLocalShadow(s.link, s.local, s.activity.Revision)
	}
	s.keptByPerson()
}

// keptByPerson: what was called off and is there again was brought back by somebody; from now on it is theirs to delete.
func (s *situation) keptByPerson() {
	if s.state.Local == merge.LocalLive {
		s.link.RemoteMeta.CalledOff = false
	}
}

// rest notes what was seen of the item of a link that is to be let alone: no listing brings it up again.
func (s *situation) rest() {
	s.keptByPerson()
	if !s.fromWork {
		return
	}
	m := &s.link.RemoteMeta
	switch {
	case s.item.State == provider.StateGone:
		m.NotThere = string(lens.GoesOwnWay)
		return
	case s.state.Admit == merge.CalledOff:
		m.NotThere = string(lens.CancelledThere)
	default:
		m.NotThere = ""
	}
	m.Versions = storedVersions(s.item.Versions)
}

func storedVersions(v provider.Versions) map[string]store.RemoteVersion {
	stored := make(map[string]store.RemoteVersion, len(v))
	for k, x := range v {
		stored[k] = store.RemoteVersion{ID: x.ID, Tag: x.Tag}
	}
	return stored
}

func setRemoteShadow(l *store.Link, it provider.Item) {
	e := it.Event.Clone()
	meta := store.RemoteMeta{Modified: it.Modified, Editable: it.Editable, Invited: it.Invited, Mails: it.WouldMail,
		Versions: storedVersions(it.Versions), Turns: l.RemoteMeta.Turns, Arrivals: l.RemoteMeta.Arrivals, Outward: l.RemoteMeta.Outward,
		Revived: l.RemoteMeta.Revived, CalledOff: l.RemoteMeta.CalledOff, Apart: l.RemoteMeta.Apart,
		ApartKept: l.RemoteMeta.ApartKept, LastShown: lastShown(l, &e), Related: it.Related}
	if !l.Ours {
		meta.Key = string(it.Key)
	}
	l.Remote, l.RemoteEvent, l.RemoteRaw, l.RemoteMeta = string(it.ID), &e, it.Raw, meta
}

func setLocalShadow(l *store.Link, e calendar.Event, revision int64) {
	c := e.Clone()
	l.LocalEvent, l.LocalRevision = &c, revision
}

func (r *run) saveLink(ctx context.Context, tx Tx, s *situation) error {
	was := s.link.Changed
	s.link.Changed = r.now()
	if err := tx.PutLink(ctx, s.link); err != nil {
		return fmt.Errorf("save link: %w", err)
	}
	r.touch(s.link.ID, was)
	return nil
}

// rejoin links a dormant pair again and plans it anew, with what changed meanwhile on either side.
func (r *run) rejoin(ctx context.Context, tx Tx, s *situation) (*planned, bool, error) {
	s.link.State = store.LinkLinked
	s.hearAnew()
	if err := r.saveLink(ctx, tx, s); err != nil {
		return nil, false, err
	}
	if err := r.assess(ctx, tx, s); err != nil {
		return nil, false, err
	}
	return r.act(ctx, tx, s)
}

// hearAnew lets what only a calendar says (who comes, and what they answered) count from what the activity says of it by now: while the link
// rested others said that, or nobody. In the calendar it need not have changed. What stood apart when both were taken over does so on.
func (s *situation) hearAnew() {
	known := s.link.RemoteEvent
	if known == nil || s.link.Ours {
		return
	}
	says := merge.Diff(known, &s.local).Only(calendar.AllFields &^ calendar.BothWaysFields &^ s.stillApart())
	says.List = slices.DeleteFunc(says.List, func(ch merge.Change) bool { return ch.Occurrence && known.IsCancelled(ch.Original) })
	e, _ := merge.Apply(known, says, 0)
	s.link.RemoteEvent = &e
}

// reinstate brings an activity back, or this user into it, that went when the meeting was called off, and plans it anew:
// what changed meanwhile comes in as an ordinary edit.
func (r *run) reinstate(ctx context.Context, tx Tx, s *situation) (*planned, bool, error) {
	if s.activity.Deleted() {
		if _, err := r.e.Hub.Revive(ctx, tx, r.by(), s.activity.ID); err != nil {
			return nil, false, fmt.Errorf("revive activity %d: %w", s.activity.ID, err)
		}
	}
	if s.activity.OwnerID != r.connection.Member {
		if err := r.e.Hub.Join(ctx, tx, r.by(), s.activity.ID, r.share(&s.remote)); err != nil {
			return nil, false, fmt.Errorf("join activity %d: %w", s.activity.ID, err)
		}
	}
	if err := s.readActivity(ctx, tx, s.activity.ID); err != nil {
		return nil, false, err
	}
	r.counts[CreatedInCRM]++
	s.link.RemoteMeta.CalledOff = false
	return r.rejoin(ctx, tx, s)
}

// settleNote finds out what became of a write that was begun, now that the remote item was read, and plans anew.
func (r *run) settleNote(ctx context.Context, tx Tx, s *situation) error {
	p := s.link.Pending
	if p.Kind == "delete" && p.Fence != 0 && s.item.State != provider.StateGone { // cleaning has no fence, and counts nothing
		if err := r.uncount(ctx, tx, p); err != nil {
			return err
		}
	}
	r.readNote(s)
	if err := r.saveLink(ctx, tx, s); err != nil {
		return err
	}
	return errors.Join(r.noteRead(ctx, tx, s), r.keepCut(ctx, tx, s))
}

// broughtBack reports that a deletion of ours has arrived unanswered, and somebody has brought the activity back since: that the item is
// gone is no news from the calendar, and takes nothing away again.
func (s *situation) broughtBack(p *store.Pending) bool {
	return p.Kind == "delete" && p.Fence != 0 && s.item.State == provider.StateGone && s.link.State == store.LinkLinked &&
		s.activity != nil && !s.activity.Deleted()
}

// readNote takes the note of a write off its link, by what was found at the item.
func (r *run) readNote(s *situation) {
	l, p := s.link, s.link.Pending
	switch {
	case p.Kind == "delete" || s.item.State == provider.StateGone:
		// Gone: the deletion arrived, or somebody deleted what we were writing. There: it did not arrive. Either way the
		// item speaks for itself.
		if l.State == store.LinkDormant && s.item.State == provider.StateGone {
			withdrawn(l)
		} else {
			l.State = store.LinkLinked
		}
		if s.item.State == provider.StateGone && l.Remote == "" {
			// The creation has not happened: it is planned again, under the same key.
			unfound(l)
		}
	default:
		r.settleWrite(s, p)
	}
	if l.State != store.LinkGone {
		l.Pending = nil
	}
	if s.broughtBack(p) {
		l.State = store.LinkGone // undoing a deletion makes a new item
	}
}

// noteRead assesses what is left once a note is off its link.
func (r *run) noteRead(ctx context.Context, tx Tx, s *situation) error {
	if s.link.State == store.LinkGone {
		s.link = nil
	}
	return r.assess(ctx, tx, s)
}

// creations finds out what became of creations whose replies were lost, before anything new from the calendar is looked
// at: what we made ourselves must not come in as somebody else's (I1).
func (r *run) creations(ctx context.Context) error {
	links, err := r.begunCreations(ctx)
	if err != nil {
		return err
	}
	if r.capable.Keyless {
		recalled, err := r.noteRecalled(ctx)
		if err != nil {
			return err
		}
		return r.seekCreated(ctx, append(r.questions(links), recalled...))
	}
	for _, l := range links {
		if err := r.findCreated(ctx, l); err != nil {
			return err
		}
	}
	return nil
}

// begunCreations are the links whose creation was begun and not answered.
func (r *run) begunCreations(ctx context.Context) (links []store.Link, err error) {
	err = r.e.Store.View(ctx, r.t.Company, func(tx Tx) (err error) {
		links, err = tx.PendingLinks(ctx, r.connection.ID, maxPending)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list creations: %w", err)
	}
	return slices.DeleteFunc(links, func(l store.Link) bool { return l.Pending.Kind != "create" }), nil
}

// maxPending bounds the notes that one run settles; there are never more than a batch.
const maxPending = 10 * batchSize

// findCreated looks a creation up by its key. If the provider does not answer for this one, the note stands: the item
// that it may have made is kept out by [run.unsettled], and all others go on.
func (r *run) findCreated(ctx context.Context, l store.Link) error {
	it, err := r.t.Remote.Find(ctx, provider.Key(l.Pending.Key))
	switch {
	case err != nil && speaksForAll(err):
		return fmt.Errorf("find a created item: %w", err)
	case err != nil:
		r.doubt(l.Pending)
		return nil
	}
	r.sure(l.Pending)
	return r.found(ctx, l, it)
}

// found settles a creation by what was found under its key.
func (r *run) found(ctx context.Context, l store.Link, it provider.Item) error {
	return r.tx(ctx, func(tx Tx) error {
		now, err := tx.Link(ctx, l.ID)
		if err != nil || now.Pending == nil || now.Remote != "" {
			return err
		}
		s := &situation{link: &now, item: it}
		if it.State == provider.StateGone {
			// It has not happened. The next plan makes it under the same key and incarnation.
			unfound(&now)
			return r.saveLink(ctx, tx, s)
		}
		if taken, err := r.taken(ctx, tx, &now, it.ID); err != nil || taken {
			unmade(&now)
			return errors.Join(err, r.saveLink(ctx, tx, s))
		}
		note, lost, err := r.sentBy(ctx, tx, s)
		if err != nil {
			return err
		}
		if err := errors.Join(r.recordConflicts(ctx, tx, s, lost), r.takeIn(ctx, tx, s, note)); err != nil {
			return err
		}
		// It counts and stands in history like any other: the day's brake must not let more pass because answers were lost (I24).
		if err := r.recordWrite(ctx, tx, planned{kind: "create", activity: now.Activity, after: note.Local}); err != nil {
			return err
		}
		return r.tally(ctx, tx)
	})
}

// sentBy is the note of the try that made what was found of a creation; lost are values of the activity that what is there takes the place
// of, where no row says what was sent.
func (r *run) sentBy(ctx context.Context, tx Tx, s *situation) (note *store.Pending, lost []merge.Conflict, err error) {
	n := s.link.Pending
	if n.Recalled && !says(&s.item, n) {
		if err := s.readActivity(ctx, tx, s.link.Activity); err != nil {
			return nil, nil, err
		}
		return r.forgottenNote(ctx, tx, s, n.Key)
	}
	earlier, err := r.tries(ctx, tx, s.link.Activity, n.Key)
	return maker(append([]*store.Pending{n}, earlier...), &s.item), nil, err
}

// unsettled reports that an item may be one of ours whose creation could not be looked up yet.
func (r *run) unsettled(s *situation) bool {
	if r.capable.Keyless {
		for _, n := range r.doubts { // any order: one is enough
			if alike(&s.item, n) {
				return true
			}
		}
		return false
	}
	return len(r.doubtful) > 0 && (s.item.Key == "" || r.doubtful[string(s.item.Key)])
}

// problemOf is the reason for setting an item aside.
func problemOf(it provider.Item) string {
	if it.Problem != nil {
		return string(it.Problem.Code)
	}
	if it.State == provider.StateForbidden {
		return provider.CodeNoPermission
	}
	return string(provider.BadSyntax)
}

func detailOf(it provider.Item) string {
	if it.Problem != nil {
		return it.Problem.Detail
	}
	return ""
}
