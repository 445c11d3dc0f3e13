package engine

import (
	"context"

	"tahti/internal/calendar"
	"tahti/internal/lens"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// lastKnown is what we knew of a remote item, for comparing it with what it says now. A calendar may have hidden details of it, which
// it shows now: of those the local shadow is what both sides had last, for what cannot be seen there cannot be edited here (see
// [merge.Input.Editable]). Without it, what was typed behind the curtain would never be noticed (I2).
func lastKnown(l *store.Link, now *calendar.Event) *calendar.Event {
	shown := now.Known &^ l.RemoteEvent.Known & calendar.BothWaysFields
	if l.LocalEvent == nil || shown&l.LocalEvent.Known == 0 {
		return l.RemoteEvent
	}
	shown &= l.LocalEvent.Known
	shadow, was := l.RemoteEvent.Clone(), lens.Dress(l.LocalEvent, frameOf(l))
	for _, f := range shown.List() {
		calendar.Copy(f, &shadow.Values, &was.Values)
	}
	shift := shadow.Start.Wall - was.Start.Wall
	for i := range was.Overrides {
		o := &was.Overrides[i]
		at := o.Original + shift
		if set := o.Set & shown; set != 0 && !shadow.IsCancelled(at) {
			to := shadow.EnsureOverride(at)
			to.Set |= set
			for _, f := range set.List() {
				calendar.Copy(f, &to.Values, &o.Values)
			}
		}
	}
	shadow.Known |= shown
	shadow.Normalize()
	return &shadow
}

// revealed plans an item anew of which a write of ours has brought to light what its calendar hid: nobody has compared that yet.
func (r *run) revealed(ctx context.Context, tx Tx, l *store.Link, p planned, it provider.Item) error {
	if p.write.Put == nil || p.write.Put.Base == nil {
		return nil
	}
	more := it.Event.Known &^ p.write.Put.Base.Event.Known & calendar.BothWaysFields
	if more == 0 {
		return nil
	}
	l.RemoteEvent.Known &^= more
	for i := range l.RemoteEvent.Overrides {
		l.RemoteEvent.Overrides[i].Set &^= more
	}
	l.RemoteEvent.Normalize()
	return tx.PutWork(ctx, r.connection.ID, remoteSubject(it.ID), encodeItem(it), r.now(), false)
}
