package engine

import (
	"context"
	"fmt"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/lens"
	"tahti/internal/provider"
	"tahti/internal/recur"
	"tahti/internal/store"
)

// Explanation is why an item is, or is not, in sync with a connection: by the functions that runs decide with.
type Explanation struct {
	InSync bool
	// Activity is what it is about, or what an event is tied to; 0: nothing.
	Activity store.ID
	// Reason is why, where nothing is in the way.
	Reason lens.Reason
	// Obstacles are what is in the way, in the order in which it is to be cleared away.
	Obstacles []Obstacle
	// Untold is what an activity belongs to that the other side does not know, so that it is not written there.
	Untold calendar.FieldSet
	// Shortened: of several whole days the first is all that the other side holds.
	Shortened bool
	// Hidden is what an activity says by now and its event is not told: somebody made that private, and it hides what it says.
	Hidden calendar.FieldSet
	// Problem is the code of why an event cannot be taken in as it is; empty if it can.
	Problem string
	// Unread is the item of a tie that rests, of which rows know nothing but that it was there: a side that does not tell what was deleted
	// may hold it no more, see [Explanation.Read]. Empty: there is none, or its being gone would not matter.
	Unread provider.RemoteID
}

// Read adds what was read just now of the item that was unread.
func (x *Explanation) Read(it provider.Item) {
	if x.Unread = ""; it.State == provider.StateGone {
		x.Obstacles = append(x.Obstacles, ownWay)
	}
}

// Obstacle is something that is in the way of an item: the state of its connection, or of its company, something that waits, or else a
// reason of scope.
type Obstacle struct {
	lens.Obstacle
	State string
	Work  *store.Work
	Shown provider.Range // what the calendar tells of, where the item lies outside of that
}

// ownWay is in the way of what is tied no more.
var ownWay = Obstacle{Obstacle: lens.Obstacle{Reason: lens.GoesOwnWay, Remedy: lens.NoRemedy}}

// dropped is in the way of what fits, is tied to nothing, and waits for nothing: no run looks at it by itself before somebody edits it, see
// [Engine.Accept]. No button brings in an event.
var (
	dropped      = Obstacle{Obstacle: lens.Obstacle{Reason: lens.Dropped, Remedy: lens.SyncOne}}
	droppedThere = Obstacle{Obstacle: lens.Obstacle{Reason: lens.Dropped, Remedy: lens.NoRemedy}}
)

// CompanyStopped is the state of every connection of a company whose sync an administrator has stopped, whatever its own is.
const CompanyStopped = "company_stopped"

// What helps where the connection rests, or something waits.
const (
	ToRetry     lens.Remedy = "retry"
	ToSend      lens.Remedy = "send"
	ToConfirm   lens.Remedy = "confirm"
	ToAnswer    lens.Remedy = "answer"
	ToResume    lens.Remedy = "resume"
	ToConnect   lens.Remedy = "connect"
	ToReconnect lens.Remedy = "reconnect"
	ToResumeAll lens.Remedy = "resume_all"
)

// ofState is what lets a connection run again, in each state in which it does not.
var ofState = map[string]lens.Remedy{
	store.Paused: ToResume, store.Stopped: ToConnect, store.NeedsSignIn: ToReconnect, store.PendingSignIn: ToReconnect,
	store.NeedsPermission: ToReconnect, store.Held: ToConfirm, store.ChooseCalendar: lens.ChooseCalendar,
}

// Explain says why an activity is, or is not, in sync with a connection.
func (e *Engine) Explain(ctx context.Context, tx Tx, connection, activity store.ID) (x Explanation, err error) {
	r, err := e.looker(ctx, tx, connection)
	if err != nil {
		return x, err
	}
	var s situation
	if err := s.readActivity(ctx, tx, activity); err != nil {
		return x, err
	}
	if s.activity == nil {
		return x, fmt.Errorf("read activity %d: %w", activity, store.ErrNotFound)
	}
	if s.link, err = r.tieOf(ctx, tx, activity); err != nil {
		return x, err
	}
	if x, err = r.explain(ctx, tx, &s); err != nil || len(x.Obstacles) > 0 {
		return x, err
	}
	x.Shortened = r.limits().Shortens(s.activity)
	x.Untold, err = r.unknownThere(ctx, tx, s.activity)
	return x, err
}

// ExplainEvent says the same of an event that is tied to an activity, or waits; ok is false where it is neither, so that it has to be read.
func (e *Engine) ExplainEvent(ctx context.Context, tx Tx, connection store.ID, id provider.RemoteID) (x Explanation, ok bool, err error) {
	r, err := e.looker(ctx, tx, connection)
	if err != nil {
		return x, false, err
	}
	l, err := tx.LinkByRemote(ctx, connection, string(id))
	if err == nil {
		s := situation{link: &l}
		if err := s.readActivity(ctx, tx, l.Activity); err != nil || s.activity == nil {
			return x, false, err
		}
		x, err = r.explain(ctx, tx, &s)
		return x, true, err
	}
	if !isNotFound(err) {
		return x, false, err
	}
	w, err := r.waitsFor(ctx, tx, remoteSubject(id))
	if err != nil || w == nil {
		return x, false, err
	}
	x.Obstacles = append(r.rests(), r.before(w)...)
	return x, true, nil
}

// ExplainUntied says of an event that was read just now, and is tied to nothing, whether it would be let in. t is its connection, with
// its calendar.
func (e *Engine) ExplainUntied(ctx context.Context, tx Tx, t Target, it *provider.Item) (x Explanation, err error) {
	r, err := e.looker(ctx, tx, t.Connection)
	if err != nil {
		return x, err
	}
	r.t.Remote = t.Remote
	if it.State != provider.StateLive || it.Problem != nil {
		x.Problem = problemOf(*it)
		return x, nil
	}
	entry, err := r.entry(ctx, tx, it)
	if err != nil {
		return x, err
	}
	x.Reason = lens.InScope
	x.Obstacles = append(r.rests(), scoped(lens.ObstaclesThere(&it.Event, entry, false, r.view(r.now(), false)))...)
	dates, err := r.asDates(ctx, tx, &situation{item: *it}, in)
	x.Obstacles = append(append(x.Obstacles, dates...), r.unshown(&it.Event)...)
	if err != nil || len(x.Obstacles) > 0 {
		return x, err
	}
	refused, err := r.isAsNoted(ctx, tx, it)
	if err == nil && refused && r.hasLooked() {
		x.Obstacles = append(x.Obstacles, droppedThere)
	}
	return x, err
}

// unshown is in the way of an event that takes place outside of the span of time which its calendar tells of.
func (r *run) unshown(e *calendar.Event) []Obstacle {
	w, ok := r.t.Remote.(provider.Windowed)
	if !ok {
		return nil
	}
	span := w.Shows(provider.Cursor(r.connection.Cursor))
	if span.From.IsZero() && span.To.IsZero() {
		return nil
	}
	dates, _, err := recur.Expand(e, span.From, span.To, r.zone, 1)
	if err != nil || len(dates) > 0 {
		return nil // of what cannot be expanded only the calendar knows when it is
	}
	o := Obstacle{Obstacle: lens.Obstacle{Reason: lens.TooFarAhead, Remedy: lens.NoRemedy}, Shown: span}
	if last, endless, err := recur.LastEnd(e, r.zone); err == nil && !endless && !last.After(span.From) {
		o.Reason = lens.TooLongAgo
	}
	return []Obstacle{o}
}

// looker is a run that only looks.
func (e *Engine) looker(ctx context.Context, tx Tx, connection store.ID) (*run, error) {
	r := e.newRun(Target{Company: tx.Company(), Connection: connection})
	return r, r.bench.load(ctx, tx, connection)
}

// explain says it of what an activity and its link have come to.
func (r *run) explain(ctx context.Context, tx Tx, s *situation) (x Explanation, err error) {
	a, parts, link := s.activity, s.parts, s.link
	x.Activity = a.ID
	subjects := []string{activitySubject(a.ID)}
	if link != nil && link.Remote != "" {
		subjects = append(subjects, remoteSubject(provider.RemoteID(link.Remote)))
	}
	work, err := r.waitsFor(ctx, tx, subjects...)
	if err != nil {
		return x, err
	}
	view, err := r.scopeOf(ctx, tx, a, link)
	if err != nil {
		return x, err
	}
	view.Asked = work != nil && string(work.Payload) == AnyStart
	in, why := lens.Scope(a, parts, view)
	x.Reason = why
	switch {
	case work != nil && (in || work.State() != store.WaitsTurn):
		x.Obstacles = r.before(work)
	case !in:
		x.Obstacles = scoped(lens.Obstacles(a, parts, view))
	}
	switch {
	case work != nil:
	case link != nil && link.State == store.LinkSevered:
		x.Obstacles = append(x.Obstacles, ownWay)
	case link != nil && notThere(link) != "":
		x.Obstacles = append(x.Obstacles, Obstacle{Obstacle: lens.Obstacle{Reason: notThere(link), Remedy: lens.NoRemedy}})
	case link != nil && in:
		x.InSync = link.State == store.LinkLinked
	case link != nil && link.State == store.LinkDormant && (!link.Ours || link.RemoteMeta.Invited):
		x.Unread = provider.RemoteID(link.Remote)
	case link == nil:
		dates, err := r.asDates(ctx, tx, s, out)
		if err != nil {
			return x, err
		}
		if x.Obstacles = append(x.Obstacles, dates...); len(x.Obstacles) == 0 && r.hasLooked() {
			x.Obstacles = append(x.Obstacles, dropped)
		}
	}
	if !x.InSync {
		x.Obstacles = append(r.rests(), x.Obstacles...)
		return x, nil
	}
	x.Hidden = r.waitsHidden(s)
	return x, nil
}

// hasLooked: all that fits has had its turn, or waits. A connection that starts, or is taken up again, marks what fits then.
func (r *run) hasLooked() bool { return r.connection.Baselined && r.connection.State != store.Stopped }

// notThere is why the event of a tie that rests is nothing to go on with; empty: it is. What is ours and gone would be made anew.
func notThere(l *store.Link) lens.Reason {
	why := lens.Reason(l.RemoteMeta.NotThere)
	switch {
	case l.State != store.LinkDormant, why == lens.GoesOwnWay && l.Ours && !l.RemoteMeta.Invited:
		return ""
	case l.RemoteMeta.CalledOff:
		return lens.CancelledThere
	}
	return why
}

// scopeOf is how scope looks at an activity, nil where there is none, and what it is tied to by a link; nil: nothing.
func (r *run) scopeOf(ctx context.Context, tx Tx, a *crm.Activity, link *store.Link) (view lens.View, err error) {
	view, err = r.viewOf(ctx, tx, a, link != nil && (link.RemoteMeta.CalledOff || link.State != store.LinkDormant))
	view.BornThere = link != nil && !link.Ours
	if err == nil && a != nil && view.Limits.Shared && !view.Linked {
		view.ColleaguesThere, err = r.leftThere(ctx, tx, a.ID)
	}
	return view, err
}

// waitsFor reads the first of some subjects that the connection has yet to deal with; nil if there is none.
func (r *run) waitsFor(ctx context.Context, tx Tx, subjects ...string) (*store.Work, error) {
	for _, subject := range subjects {
		w, err := tx.WorkBySubject(ctx, r.connection.ID, subject)
		if err == nil {
			return &w, nil
		}
		if !isNotFound(err) {
			return nil, err
		}
	}
	return nil, nil
}

// rests is what is in the way where the connection does not run.
func (r *run) rests() (list []Obstacle) {
	if !r.company.Stopped.IsZero() {
		list = append(list, Obstacle{State: CompanyStopped, Obstacle: lens.Obstacle{Remedy: ToResumeAll}})
	}
	if remedy, rests := ofState[r.connection.State]; rests {
		list = append(list, Obstacle{State: r.connection.State, Obstacle: lens.Obstacle{Remedy: remedy}})
	}
	return list
}

// before is what is in the way of something that waits.
func (r *run) before(w *store.Work) (list []Obstacle) {
	o := Obstacle{Work: w}
	switch w.State() {
	case store.WaitsHeld:
		o.Remedy = ToConfirm
	case store.WaitsSending:
		if o.Remedy = ToSend; !r.settings.MaySend() {
			list = append(list, Obstacle{Work: w, Obstacle: lens.Obstacle{Remedy: lens.ChangeSetting, Setting: "guests", To: "on_send"}})
		}
	case store.WaitsTurn:
		o.Remedy = lens.SyncNow
	default:
		if o.Remedy = ToRetry; w.Reason == Unsure || w.Reason == UnsureItem {
			o.Remedy = ToAnswer
		}
	}
	return append(list, o)
}

// asDates is in the way of a series, or of a date of one, that stays beside what is there already.
func (r *run) asDates(ctx context.Context, tx Tx, s *situation, d direction) ([]Obstacle, error) {
	kept, err := r.keptAsDates(ctx, tx, s, d)
	if err != nil || !kept {
		return nil, err
	}
	return []Obstacle{{Obstacle: lens.Obstacle{Reason: lens.KeptAsDates, Remedy: lens.NoRemedy}}}, nil
}

func scoped(list []lens.Obstacle) []Obstacle {
	out := make([]Obstacle, len(list))
	for i, o := range list {
		out[i].Obstacle = o
	}
	return out
}

// unknownThere is what an activity belongs to that the other side does not know.
func (r *run) unknownThere(ctx context.Context, tx Tx, a *crm.Activity) (unknown calendar.FieldSet, err error) {
	held := r.limits().Facets & calendar.References
	if held == 0 {
		return 0, nil
	}
	refs, err := r.e.Hub.Refs(ctx, tx, r.account.Server, a)
	if err != nil {
		return 0, err
	}
	for _, f := range held.List() {
		if refs.Ref(f).Here != 0 {
			unknown |= calendar.Fields(f)
		}
	}
	return unknown, nil
}
