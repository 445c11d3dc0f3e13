package engine

import (
	"cmp"
	"context"

	"tahti/internal/calendar"
	"tahti/internal/lens"
	"tahti/internal/merge"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// lastKnown is what we knew of a remote item, for comparing it with what it says now. A calendar may have hidden details of it, which
// it shows now: of those the local shadow is what both sides had last, for what cannot be seen there cannot be edited here (see
// [merge.Input.Editable]). Without it, what was typed behind the curtain would never be noticed (I2).
func lastKnown(l *store.Link, now *calendar.Event) *calendar.Event {
	return uncovered(l.RemoteEvent, l, now)
}

// uncovered is an event of which details were hidden with those that the item shows now, as both sides had them last.
func uncovered(e *calendar.Event, l *store.Link, now *calendar.Event) *calendar.Event {
	if l.LocalEvent == nil {
		return e
	}
	shown := now.Known &^ e.Known & l.LocalEvent.Known & calendar.BothWaysFields
	if shown == 0 {
		return e
	}
	shadow, was := e.Clone(), lens.Dress(l.LocalEvent, frameOf(l))
	if !l.Ours {
		was = lens.DressLike(now, l.LocalEvent, frameOf(l))
	}
	apart, said := shown&l.RemoteMeta.Apart, cmp.Or(l.RemoteMeta.LastShown, &calendar.Event{})
	copyFields(&shadow, &was, shown&^apart)
	copyFields(&shadow, said, apart&said.Known)
	copyFields(&shadow, now, apart&^said.Known) // both never had: it has stood so since both were tied
	shadow.Known |= shown
	shadow.Normalize()
	return &shadow
}

// lastShown is an item as it was before it hid what both sides never had: of that the local shadow says nothing, and what is typed behind
// the curtain would pass for what has stood there since both were tied. Of what was never shown nobody can tell.
func lastShown(l *store.Link, now *calendar.Event) *calendar.Event {
	was, apart := l.RemoteEvent, l.RemoteMeta.Apart&calendar.BothWaysFields
	switch {
	case apart == 0:
		return nil
	case was == nil || was.Known&apart&^now.Known == 0:
		return l.RemoteMeta.LastShown
	}
	return was
}

// copyFields copies what an event says in some fields, of all of it and of its dates.
func copyFields(to, from *calendar.Event, fields calendar.FieldSet) {
	for _, f := range fields.List() {
		calendar.Copy(f, &to.Values, &from.Values)
	}
	shift := to.Start.Wall - from.Start.Wall
	for i := range from.Overrides {
		o := &from.Overrides[i]
		at := o.Original + shift
		if set := o.Set & fields; set != 0 && !to.IsCancelled(at) {
			date := to.EnsureOverride(at)
			date.Set |= set
			for _, f := range set.List() {
				calendar.Copy(f, &date.Values, &o.Values)
			}
		}
	}
}

// hiding are the fields that an item keeps from us because it is private, and shows once it has been opened by what goes out now: what
// was typed here in them can be written then.
func (r *run) hiding(s *situation) calendar.FieldSet {
	was := s.link.LocalEvent
	if was == nil || !s.state.Out || !(was.Known & s.local.Known & s.remote.Known & r.editable(s)).Has(calendar.Private) {
		return 0
	}
	if !was.Private || s.local.Private || !s.shadow.Private || !s.remote.Private {
		return 0
	}
	return s.local.Known &^ s.item.Event.Known & calendar.BothWaysFields
}

// unseen are the fields that an item of ours keeps from us, and in which others are heard: what these say is not taken back because it
// cannot be written there, and waits until the item shows them. What it says then is old, and nobody's edit (I3).
func (r *run) unseen(s *situation, shared calendar.FieldSet) calendar.FieldSet {
	if !s.link.Ours || !s.state.Out {
		return 0
	}
	return shared & s.hides()
}

// hides are the fields that an item keeps from us, and that cannot be written there for as long as it does.
func (s *situation) hides() calendar.FieldSet {
	return s.local.Known &^ s.item.Event.Known &^ s.item.Editable & calendar.BothWaysFields
}

// waitsHidden are the fields of an activity that wait for its event to show what it hides.
func (r *run) waitsHidden(s *situation) calendar.FieldSet {
	l := s.link
	if !l.Ours || l.LocalEvent == nil || l.RemoteEvent == nil {
		return 0
	}
	s.item = shadowItem(l)
	s.local = lens.Bare(s.activity, s.parts, r.connection.Member, &r.settings, l.LocalEvent.Known) // what a look knows of the calendar
	return merge.Diff(l.LocalEvent, &s.local).Fields() & s.hides()
}

// sent is an activity as the local shadow is to have it once a write has arrived: what waits until the item shows it has not gone out.
func sent(bare, shadow *calendar.Event, waits calendar.FieldSet) calendar.Event {
	without, _ := merge.Apply(bare, merge.Diff(bare, shadow).Only(waits), 0)
	return without
}

// revealed plans an item anew of which a write of ours has brought to light what its calendar hid: nobody has compared that yet, and
// what waited for it goes out now, or is taken back where it is hidden as before.
func (r *run) revealed(ctx context.Context, tx Tx, l *store.Link, p planned, it provider.Item) error {
	more := it.Event.Known &^ p.write.Put.Base.Event.Known & calendar.BothWaysFields
	if more|p.waits == 0 {
		return nil
	}
	l.RemoteEvent.Known &^= more
	for i := range l.RemoteEvent.Overrides {
		l.RemoteEvent.Overrides[i].Set &^= more
	}
	l.RemoteEvent.Normalize()
	return tx.PutWork(ctx, r.connection.ID, remoteSubject(it.ID), encodeItem(it), r.now(), false)
}
