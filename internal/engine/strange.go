package engine

import (
	"context"

	"tahti/internal/calendar"
	"tahti/internal/lens"
	"tahti/internal/merge"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// Behind the backup that a database was restored from, settings may have put other words around titles, a deal may have got another name,
// and something may have been ticked. Events of ours say so, and no row does. Read as a person's edit, each of them would rename its
// activity. So what can only be a frame is taken for one, and written anew by what the rows say; as somebody may have typed it all the
// same, the title that is written over is kept as a conflict (I2). A title in which the subject is not to be found as the rows have it is
// what it always is: somebody's.

// knowFrame lets a link from a backup know in which frame its event stands by now.
func (r *run) knowFrame(ctx context.Context, tx Tx, s *situation) error {
	l := s.link
	if l == nil || !l.Ours || s.frame.Off || l.RemoteEvent == nil || l.LocalEvent == nil || s.item.State != provider.StateLive {
		return nil
	}
	title := s.item.Event.Subject
	if !(s.item.Event.Known & l.RemoteEvent.Known & l.LocalEvent.Known).Has(calendar.Subject) || title == l.RemoteEvent.Subject {
		return nil
	}
	if old, err := r.fromBackup(ctx, tx, l); err != nil || !old {
		return err
	}
	f, ok := lens.Around(title, l.LocalEvent.Subject)
	if !ok && s.activity != nil {
		f, ok = lens.Around(title, s.activity.Plan.Subject)
	}
	if !ok || sameTitle(f, s.frame) {
		return nil
	}
	if f.Block = s.frame.Block; r.capable.Piecemeal {
		f = f.After(s.frame)
	}
	shadow := lens.Retitle(l.RemoteEvent, s.frame, f)
	l.RemoteEvent, l.Frame = &shadow, writeFrame(f)
	s.frame, s.strange = f, true
	return nil
}

// sentSince leaves on a link from a backup the note of the write that waits here, where its calendar shows what it may have kept of a title
// in it: that has gone out behind the backup, and nobody saved the reply (see [run.settleWrite]). What a calendar keeps whole needs no
// note: both sides say the same.
func (r *run) sentSince(ctx context.Context, tx Tx, s *situation) (bool, error) {
	l := s.link
	if l == nil || s.activity == nil || l.Pending != nil || l.State != store.LinkLinked || !l.Ours || s.item.State != provider.StateLive || !s.fromWork ||
		!s.state.Out || s.state.Local != merge.LocalLive || !s.state.LocalChanged || !s.state.RemoteChanged || l.RemoteMeta.Apart.Has(calendar.Subject) {
		return false, nil
	}
	if old, err := r.fromBackup(ctx, tx, l); err != nil || !old {
		return false, err
	}
	bare, _ := merge.Apply(&s.shadow, merge.Diff(l.LocalEvent, &s.local).Only(calendar.EitherSide), 0)
	target, known := lens.Dress(&bare, s.wanted), lastKnown(l, &s.item.Event)
	lens.Unsent(&target, s.asSent(known), known)
	if kept, _ := lens.Kept(&target, known, &s.item.Event, s.wanted); merge.Diff(&target, kept).Empty() {
		return false, nil
	}
	l.Pending = r.pending("update", "", r.worded(target, s, &bare, &s.item.Event), s.local, s.activity.Revision, s.wanted, false)
	return true, nil
}

// fromBackup reports that nothing has been done about a link since the rows were restored.
func (r *run) fromBackup(ctx context.Context, tx Tx, l *store.Link) (bool, error) {
	at, err := r.restoredAt(ctx, tx)
	return err == nil && r.asInBackup(l, at), err
}

func sameTitle(a, b lens.Frame) bool { return a.Prefix == b.Prefix && a.Suffix == b.Suffix }

// retitled is the title of an event of which only the frame was known to be ours, where another one takes its place.
func retitled(subject, title string) merge.Conflict {
	c := merge.Conflict{Field: calendar.Subject, Op: merge.Set, Winner: merge.CRM}
	c.Kept.Subject, c.Lost.Subject = subject, title
	return c
}
