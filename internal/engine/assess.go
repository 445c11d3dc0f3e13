package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/hub"
	"tahti/internal/lens"
	"tahti/internal/merge"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// assess turns a situation into the planner's inputs.
func (r *run) assess(ctx context.Context, tx Tx, s *situation) error {
	if err := r.wear(ctx, tx, s); err != nil {
		return err
	}
	if err := r.knowFrame(ctx, tx, s); err != nil {
		return err
	}
	off := s.link != nil && s.link.RemoteMeta.CalledOff
	view, err := r.scopeOf(ctx, tx, s.activity, s.link)
	if err != nil {
		return err
	}
	view.Asked = string(s.work.Payload) == AnyStart
	st := merge.State{Link: linkState(s.link), Note: note(s.link), Remote: remoteState(s.item.State)}
	st.CalledOff = off && s.activity != nil && (s.activity.Deleted() || !r.concerned(s))
	ours := s.link != nil && s.link.Ours
	st.Ours, st.Invited = ours, s.item.Invited || s.item.State != provider.StateLive && s.link != nil && s.link.RemoteMeta.Invited
	st.Mails = !r.capable.SilentUpdate && s.item.WouldMail > 0 && !(s.mayNotify() && r.settings.MaySend())
	st.In, st.Out = r.settings.In(ours || s.link != nil && s.link.Origin == "hub"), r.settings.Out() && r.connection.Writable && !r.capable.ReadOnly
	st.DeleteHere, st.DeleteThere = r.settings.DeleteInCRM && (s.activity == nil || r.concerned(s)), r.settings.DeleteInCalendar
	if err := r.assessLocal(ctx, tx, s, &st, view); err != nil {
		return err
	}
	r.assessRemote(s, &st, view)
	r.compare(s, &st)
	s.state = st
	if sent, err := r.sentSince(ctx, tx, s); err != nil || sent {
		s.state.Note = note(s.link)
		return err
	}
	return r.hearHeir(ctx, tx, s)
}

// wear: copies of what we have made bring its context block along. In what is not ours it is no text, and stays as it stands there. In
// what is ours it is ours, also where a restored database knows of none that was written: only what we would not write into it was typed.
func (r *run) wear(ctx context.Context, tx Tx, s *situation) error {
	if s.item.State != provider.StateLive {
		return nil
	}
	if s.link == nil || !s.link.Ours {
		s.frame.Block = lens.BlockIn(&s.item.Event)
		return nil
	}
	var err error
	if s.frame.Block == "" {
		s.frame.Block, err = r.ourBlock(ctx, tx, s.activity, &s.item.Event)
	}
	return err
}

// ourBlock is the block that we have put into an event of ours, as far as can be known where no row tells: see [lens.OurBlock].
func (r *run) ourBlock(ctx context.Context, tx Tx, a *crm.Activity, e *calendar.Event) (string, error) {
	block := lens.BlockIn(e)
	if block == "" || a == nil {
		return "", nil
	}
	c, err := r.e.Hub.Context(ctx, tx, a, r.e.BaseURL)
	return lens.OurBlock(block, c), err
}

func linkState(l *store.Link) merge.Link {
	if l == nil {
		return merge.Unlinked
	}
	switch l.State {
	case store.LinkCreating, store.LinkLinked, store.LinkWriting:
		return merge.Linked
	case store.LinkSevered:
		return merge.Severed
	case store.LinkDormant, store.LinkDetached:
		return merge.Dormant
	}
	panic(fmt.Sprintf("engine: link %d in state %q was read as live", l.ID, l.State))
}

func note(l *store.Link) merge.Note {
	if l == nil || l.Pending == nil {
		return merge.NoNote
	}
	switch l.Pending.Kind {
	case "create":
		return merge.CreateNote
	case "update":
		return merge.UpdateNote
	case "delete":
		return merge.DeleteNote
	}
	panic(fmt.Sprintf("engine: link %d has a note of kind %q", l.ID, l.Pending.Kind))
}

func remoteState(s provider.State) merge.Remote {
	switch s {
	case provider.StateNotRead:
		return merge.RemoteNotRead
	case provider.StateLive:
		return merge.RemoteLive
	case provider.StateUnproven:
		return merge.RemoteUnproven
	case provider.StateGone:
		return merge.RemoteGone
	case provider.StateForbidden:
		return merge.RemoteForbidden
	}
	return merge.RemoteUnreadable
}

func (r *run) assessLocal(ctx context.Context, tx Tx, s *situation, st *merge.State, view lens.View) error {
	switch {
	case s.activity == nil:
		st.Local = merge.LocalNone
		return nil
	case s.activity.Deleted():
		st.Local, s.why = merge.LocalDeleted, lens.Deleted
	default:
		in, why := lens.Scope(s.activity, s.parts, view)
		st.Local, s.why = merge.LocalLive, why
		if !in {
			st.Local = merge.LocalOut
		}
	}
	var err error
	if s.local, err = r.bare(ctx, tx, s.activity, s.parts); err != nil {
		return err
	}
	s.wanted = s.frame // what was made there keeps the title and the text that it was given
	if s.link != nil && !s.link.Ours {
		return nil
	}
	return r.frame(ctx, tx, s)
}

// frame wants for an activity what goes around all that we make.
func (r *run) frame(ctx context.Context, tx Tx, s *situation) error {
	c, err := r.e.Hub.Context(ctx, tx, s.activity, r.e.BaseURL)
	if err != nil {
		return err
	}
	s.wanted = lens.FrameOf(s.activity, c, &r.settings, s.frame.Off)
	return nil
}

func (r *run) assessRemote(s *situation, st *merge.State, view lens.View) {
	st.Admit = merge.Enter
	if s.item.State != provider.StateLive {
		return
	}
	s.whole = s.asSent(&s.item.Event)
	bare, rewritten, typed := lens.Land(s.whole, s.frame)
	s.remote = r.incoming(s, &bare)
	if s.rewrote = rewritten; s.link != nil && s.link.Ours {
		s.typed = typed
	}
	switch ok, why := lens.Admit(&s.item.Event, s.baseline, st.Ours, view); {
	case !ok && why == lens.CancelledThere:
		st.Admit, s.why = merge.CalledOff, why
	case !ok:
		st.Admit, s.why = merge.Refuse, why
	}
}

// asSent is an event of ours with the titles that it was given, where its calendar has kept less of them. Where both sides were called
// otherwise when they were tied, nothing was sent.
func (s *situation) asSent(e *calendar.Event) *calendar.Event {
	l := s.link
	if l == nil || !l.Ours || l.RemoteEvent == nil || l.LocalEvent == nil || l.RemoteMeta.Apart.Has(calendar.Subject) {
		return e
	}
	return s.frame.Whole(e, l.RemoteEvent, l.LocalEvent)
}

// concerned reports whether the activity is this user's, or they take part in it.
func (r *run) concerned(s *situation) bool {
	return s.activity.OwnerID == r.connection.Member ||
		slices.ContainsFunc(s.parts, func(p crm.Participant) bool { return p.UserID == r.connection.Member })
}

// compare finds out which side changed since its shadow.
func (r *run) compare(s *situation, st *merge.State) {
	if s.link == nil {
		return
	}
	if s.link.RemoteEvent != nil {
		known := s.link.RemoteEvent
		if s.item.State == provider.StateLive {
			known = lastKnown(s.link, &s.item.Event)
		}
		frame := s.frame
		if !s.link.Ours {
			frame.Block = lens.BlockIn(known)
			s.typed = lens.TypedSince(&s.item.Event, known)
		}
		bare, _, _ := lens.Land(s.asSent(known), frame)
		s.shadow = r.incoming(s, &bare)
	}
	s.learn()
	if s.item.State == provider.StateLive && s.link.RemoteEvent != nil {
		changes := merge.Diff(&s.shadow, &s.remote)
		if st.Local == merge.LocalDeleted {
			changes = withoutAnswers(changes)
		}
		st.RemoteChanged = !changes.Empty() || len(s.typed) > 0
	}
	if s.activity != nil && s.link.LocalEvent != nil {
		mine := merge.Diff(s.link.LocalEvent, &s.local).Only(calendar.EitherSide)
		st.LocalChanged = !mine.Empty() && !s.deletedBefore(mine) || st.Local == merge.LocalLive && s.reframed()
	}
}

// withoutAnswers leaves of changes those that outlive a deletion (I5): what guests answered to a meeting is no edit of it, and brings
// none back that its organiser has deleted (I4).
func withoutAnswers(changes merge.Changes) merge.Changes {
	same := func(a, b calendar.Guest) bool { return strings.EqualFold(a.Email, b.Email) }
	changes.List = slices.DeleteFunc(slices.Clone(changes.List), func(ch merge.Change) bool {
		return ch.Op != merge.Cancel && ch.Op != merge.Uncancel && (ch.Field == calendar.AnswerField ||
			ch.Field == calendar.GuestsField && slices.EqualFunc(ch.From.Guests, ch.To.Guests, same))
	})
	return changes
}

// deletedBefore reports that an item is gone whose edit alone had brought its activity back, and that what is to go out was deleted with
// that: nobody has edited the activity since, so that it would outlive this deletion, too (I4, I5).
func (s *situation) deletedBefore(mine merge.Changes) bool {
	revived := s.link.RemoteMeta.Revived
	return revived != 0 && s.item.State == provider.StateGone && !slices.ContainsFunc(mine.Fields().List(), func(f calendar.Field) bool {
		return hub.ChangedSince(s.activity, f.String(), revived)
	})
}

// learn lets what was withheld from this connection until now, and no longer is, count from what its calendar last said: all that
// was typed here meanwhile is a change (I2). It is about texts, and what only an owner's CRM is told: whether something is private has its
// own setting, and turning that on must not open what is private there.
func (s *situation) learn() {
	shown := s.link.LocalEvent
	if shown == nil || s.activity == nil || s.link.RemoteEvent == nil {
		return
	}
	texts := calendar.Fields(calendar.Subject, calendar.Location, calendar.Description)
	fresh := (texts | calendar.FacetFields) & s.local.Known & s.shadow.Known &^ shown.Known
	if fresh == 0 {
		return
	}
	base := shown.Clone()
	base.Known |= fresh
	base, _ = merge.Apply(&base, merge.Diff(&base, &s.shadow).Only(fresh), 0)
	s.link.LocalEvent = &base
}

// reframed reports that title or context are to be written anew. A title that a person rewrote stays theirs; and around what is gone
// nothing is to be written: nobody has edited it, so that it would outlive its deletion (I4, I5).
func (s *situation) reframed() bool {
	if s.link == nil || s.item.Invited || !s.link.Ours || s.item.State == provider.StateGone {
		return false
	}
	return s.wanted != s.frame || len(s.typed) > 0
}

// mayNotify reports that a person pressed "Save and send".
func (s *situation) mayNotify() bool { return s.work.Class == ClassSend }

// today is the midnight that the user's day began with.
func today(now time.Time, zone *time.Location) calendar.Wall {
	return calendar.WallIn(now, zone).Midnight()
}
