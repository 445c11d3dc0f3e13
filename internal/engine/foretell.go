package engine

import (
	"context"
	"maps"
	"slices"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/merge"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// count decides each item once and counts the decision.
func (d *dry) count(ctx context.Context, works []store.Work) error {
	fresh := works[:0:0]
	for _, w := range works {
		if !d.seen[w.Subject] {
			d.seen[w.Subject] = true
			fresh = append(fresh, w)
		}
	}
	read, err := d.readFor(ctx, fresh)
	if err != nil {
		return err
	}
	goneLast(fresh, read)
	moved, err := d.successors(ctx, fresh, read)
	if err != nil {
		return err
	}
	d.moved = moved
	for _, l := range moved { // any order: each is taken out, being somewhere else now
		old := remoteSubject(provider.RemoteID(l.Remote))
		fresh = slices.DeleteFunc(fresh, func(w store.Work) bool { return w.Subject == old })
	}
	unread, err := d.round(ctx, fresh, read, true)
	if err != nil || len(unread) == 0 {
		return err
	}
	_, err = d.round(ctx, unread, read, false)
	return err
}

// goneLast lets what is gone be decided behind all else, as a run puts deletions off: what took the place of something was met by then.
func goneLast(works []store.Work, read map[provider.RemoteID]provider.Item) {
	gone := func(w store.Work) int {
		if it, remote := itemOf(w, read); remote && it.State == provider.StateGone {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(works, func(a, b store.Work) int { return gone(a) - gone(b) })
}

// round counts what can be decided. What has to be looked at first is read, once, and answered.
func (d *dry) round(ctx context.Context, works []store.Work, read map[provider.RemoteID]provider.Item, look bool) ([]store.Work, error) {
	var unread []store.Work
	var ids []provider.RemoteID
	d.looked = read
	err := d.e.Store.View(ctx, d.t.Company, func(tx Tx) error {
		for _, w := range works {
			s, err := d.load(ctx, tx, w, read)
			if err != nil {
				return err
			}
			if l, ok := d.moved[s.item.ID]; ok && w.Subject == remoteSubject(s.item.ID) {
				if err := d.loadMoved(ctx, tx, s, movedTo(l, s.item.ID)); err != nil {
					return err
				}
			}
			if err := d.settle(ctx, tx, s); err != nil {
				return err
			}
			if s.activity != nil && d.decided[s.activity.ID] {
				continue // by the other of its two pieces of work, or by what joined it
			}
			// The activity's own work is about the same, also where its note has just said that the item is tied to it no more.
			both := s.activity != nil && (s.link != nil || s.item.ID != "")
			if both {
				d.seen[activitySubject(s.activity.ID)] = true
			}
			if err := d.meetTwins(ctx, tx, s); err != nil {
				return err
			}
			action := merge.Decide(s.state)
			if look && (action == merge.Read || action == merge.Probe || action == merge.Settle) && s.item.ID != "" {
				unread, ids = append(unread, w), append(ids, s.item.ID)
				continue
			}
			ask, err := d.mayBeThere(ctx, tx, s, action)
			if err != nil {
				return err
			}
			if look && ask {
				unread = append(unread, w)
				continue
			}
			if both {
				d.decided[s.activity.ID] = true
			}
			d.counts[ConflictCount] += len(s.cut)
			if err := d.decide(ctx, tx, s, action); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	got, err := d.read(ctx, ids)
	if err != nil {
		return nil, err
	}
	maps.Copy(read, got)
	if err := d.readCopiesThere(ctx); err != nil {
		return nil, err
	}
	found, err := d.seekForgotten(ctx)
	maps.Copy(d.forgotten, found)
	return unread, err
}

// settle reads the note of a write, knows of what waited before the start what the start notes, and gives a meeting to its organiser,
// as a run would before it decides. Nothing of it is saved.
func (d *dry) settle(ctx context.Context, tx Tx, s *situation) error {
	switch {
	case s.link == nil && d.start[s.item.ID].Known:
		s.baseline = d.start[s.item.ID]
		return d.assess(ctx, tx, s)
	case s.link != nil && d.unmade[s.link.ID]:
		s.link, s.item = nil, provider.Item{State: provider.StateGone}
		return d.assess(ctx, tx, s)
	case s.link != nil && d.made[s.link.ID].link != nil:
		found := d.made[s.link.ID]
		s.link, s.item, s.fromWork, s.frame = found.link, found.item, true, found.frame
		return d.assess(ctx, tx, s)
	case s.answersNote():
		d.readNote(s)
		if err := d.noteRead(ctx, tx, s); err != nil {
			return err
		}
	}
	if !d.mayClaim(s) {
		return nil
	}
	if i := slices.IndexFunc(s.parts, func(p crm.Participant) bool { return p.UserID == d.connection.Member }); i >= 0 {
		if err := d.owns(ctx, tx, s, s.parts[i], nil); err != nil {
			return err
		}
	}
	return d.assess(ctx, tx, s)
}

// owns lets an activity be this user's, as it would be once they have taken it over.
func (d *dry) owns(ctx context.Context, tx Tx, s *situation, share crm.Participant, copied *calendar.Event) error {
	taken, err := d.e.Hub.WouldPass(ctx, tx, *s.activity, share, copied)
	s.activity = &taken
	return err
}

// decide counts what a run would do about a situation.
func (d *dry) decide(ctx context.Context, tx Tx, s *situation, action merge.Action) error {
	if s.activity != nil {
		if f, there := d.forgotten[s.activity.ID]; there {
			delete(d.forgotten, s.activity.ID)
			s.item, s.fromWork = f.item, true
			return d.arrivesLate(ctx, tx, s, s.activity.ID, f.incarnation)
		}
	}
	if s.link == nil && d.asked[s.item.ID] && s.item.State == provider.StateLive {
		d.counts[ParkedCount]++
		return nil
	}
	switch activity, incarnation, err := d.lateOf(ctx, tx, s); {
	case err != nil:
		return err
	case activity != 0:
		return d.arrivesLate(ctx, tx, s, activity, incarnation)
	}
	switch action {
	case merge.CreateHere:
		return d.comesIn(ctx, tx, s)
	case merge.Reinstate, merge.Rejoin, merge.ReviveHere:
		return d.comesBack(ctx, tx, s, action)
	case merge.CreateThere, merge.Recreate:
		if s.link == nil {
			if there, err := d.copyThere(ctx, tx, s.activity.ID); err != nil {
				return err
			} else if there != nil {
				return d.joins(ctx, tx, there, s.activity.ID)
			}
		}
		if dates, err := d.keptAsDates(ctx, tx, s, out); err != nil || dates {
			return err
		}
		if held, err := d.isThere(ctx, tx, s, out); err != nil || held {
			return err
		}
		d.counts[CreatedInCalendar]++
		if s.outlives() {
			d.counts[ConflictCount]++
		}
	case merge.UpdateHere, merge.UpdateThere, merge.MergeBoth:
		return d.carried(ctx, tx, s, action)
	case merge.Wait:
		if s.state.Local == merge.LocalLive {
			return d.carried(ctx, tx, s, action)
		}
		return d.sending(ctx, tx, s, DeletedInCalendar)
	case merge.DeleteHereNow:
		return d.goes(ctx, tx, s)
	case merge.DeleteThereNow, merge.Withdraw:
		d.counts[DeletedInCalendar]++
		d.losesOnlyThere(s)
	case merge.Park:
		d.counts[ParkedCount]++
	default:
		d.counts[Unchanged]++
	}
	return nil
}

// goes counts a deletion. Deletions come last in a run: what was edited here is dealt with before, upon what the calendar last said,
// unless the item had to be looked at, so that its being gone is known to that piece of work as well.
func (d *dry) goes(ctx context.Context, tx Tx, s *situation) error {
	if left, err := d.leaves(ctx, tx, s); err != nil || left {
		return err
	}
	d.counts[DeletedInCRM]++
	lost, kept := d.typedHere(s)
	if !kept {
		return nil
	}
	if _, looked := d.looked[s.item.ID]; looked || len(s.link.RemoteMeta.Versions) == 0 {
		d.conflicts(s, lost)
		return nil
	}
	edit, err := d.load(ctx, tx, store.Work{Connection: d.connection.ID, Subject: activitySubject(s.activity.ID)}, nil)
	if err != nil {
		return err
	}
	return d.decide(ctx, tx, edit, merge.Decide(edit.state))
}

// leaves reports that an activity which is no longer of this connection lets its item go before that item's deletion has its turn,
// unless the item had to be looked at: its being gone is known to both pieces of work then.
func (d *dry) leaves(ctx context.Context, tx Tx, s *situation) (bool, error) {
	subject := activitySubject(s.activity.ID)
	if s.state.Local != merge.LocalOut {
		return false, nil
	}
	w, err := tx.WorkBySubject(ctx, d.connection.ID, subject)
	if err != nil {
		if isNotFound(err) {
			err = nil
		}
		return false, err
	}
	out, err := d.load(ctx, tx, w, d.looked)
	if err != nil {
		return false, err
	}
	action := merge.Decide(out.state)
	if action != merge.Retire && action != merge.Sever {
		return false, nil
	}
	return true, d.decide(ctx, tx, out, action)
}

// sending counts what would mail people: it waits, unless somebody has let it go.
func (d *dry) sending(ctx context.Context, tx Tx, s *situation, sent string) error {
	d.counts[WouldMail] += s.item.WouldMail
	released, err := d.released(ctx, tx, s)
	if err == nil && released && d.settings.MaySend() {
		d.counts[sent]++
		if sent == DeletedInCalendar {
			d.losesOnlyThere(s)
		}
		return nil
	}
	d.counts[NeedsSending]++
	return err
}

// conflicts counts the values that [run.recordConflicts] would keep.
func (d *dry) conflicts(s *situation, lost []merge.Conflict) {
	d.counts[ConflictCount] += len(lost)
	d.counts[ConflictCount] += len(s.typed)
}

// carried counts what a merge would write on either side.
func (d *dry) carried(ctx context.Context, tx Tx, s *situation, action merge.Action) error {
	if action != merge.UpdateThere {
		if loop, err := d.loops(ctx, tx, s); err != nil {
			return err
		} else if loop {
			d.counts[ParkedCount]++
			return nil
		}
	}
	res, err := d.merge(ctx, tx, s)
	if err != nil {
		return err
	}
	d.conflicts(s, res.Conflicts)
	if d.changesHere(s, res) {
		d.counts[UpdatedInCRM]++
	}
	if s.state.Local == merge.LocalOut {
		if d.kept[activitySubject(s.activity.ID)] {
			return nil // what becomes of the pair is that work's (see [run.part]), which no edit lets go
		}
		s.state.RemoteChanged, s.typed = false, nil
		return d.decide(ctx, tx, s, merge.Decide(s.state))
	}
	if err := d.frameAs(ctx, tx, s, res); err != nil {
		return err
	}
	target := d.worded(s.dress(&res.Remote), s, &res.Remote, &s.item.Event)
	switch {
	case !s.state.Out || merge.Diff(&s.item.Event, &target).Only(calendar.EitherSide).Empty():
	case s.state.Mails:
		return d.sending(ctx, tx, s, UpdatedInCalendar)
	default:
		d.counts[UpdatedInCalendar]++
	}
	return nil
}

// changesHere reports whether a merge changes the activity, or this user's share in it: see [run.updateShared].
func (d *dry) changesHere(s *situation, res merge.Result) bool {
	if s.activity.OwnerID == d.connection.Member || d.concerned(s) {
		return !res.ToLocal.Empty()
	}
	return !shared(res).Empty()
}
