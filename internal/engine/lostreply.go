package engine

import (
	"context"
	"encoding/json"

	"tahti/internal/calendar"
	"tahti/internal/hub"
	"tahti/internal/lens"
	"tahti/internal/merge"
	"tahti/internal/store"
)

// framed are the fields around which a frame stands.
var framed = calendar.Fields(calendar.Subject, calendar.Description)

// settleWrite sorts what is found into ours and edits.
func (r *run) settleWrite(s *situation, p *store.Pending) {
	l := s.link
	before, target := l.RemoteEvent, p.Target
	sent, shown := p.Local, p.Local
	if l.LocalEvent != nil {
		shown = l.LocalEvent
	}
	if before == nil {
		target, s.cut = lens.Kept(asMade(p.Target, &s.item.Event), nil, &s.item.Event, readFrame(p.Frame))
		if before = target; r.capable.Piecemeal {
			before, shown = begunWith(target), begunWith(shown)
		}
	} else {
		before = lastKnown(l, &s.item.Event)
		target, s.cut = lens.Kept(uncovered(target, l, &s.item.Event), before, &s.item.Event, readFrame(p.Frame))
	}
	res := merge.AfterLostReply(before, target, &s.item.Event, shown, sent, r.capable.Piecemeal)
	worn, created := frameOf(l), l.Remote == "" // what is there was made with this frame, also where nothing of it differs
	setRemoteShadow(l, s.item)
	l.RemoteEvent = &res.RemoteShadow
	setLocalShadow(l, res.LocalShadow, p.Revision)
	if res.Arrived || created {
		l.Frame = p.Frame
	}
	if res.Arrived && !created && r.capable.Piecemeal && !merge.Diff(target, &s.item.Event).Only(framed).Empty() {
		l.Frame = writeFrame(readFrame(p.Frame).After(worn))
	}
	if s.strange {
		l.Frame = writeFrame(s.frame) // the note is from the backup, too
	}
	s.frame = frameOf(l)
	written(l)
}

// keepCut keeps the titles that were taken for what a calendar has kept of ours: somebody may have shortened them to just that (I2).
func (r *run) keepCut(ctx context.Context, tx Tx, s *situation) error {
	if len(s.cut) == 0 {
		return nil
	}
	if s.activity == nil {
		if err := s.readActivity(ctx, tx, s.link.Activity); err != nil || s.activity == nil {
			return err
		}
	}
	text := func(title string) json.RawMessage {
		return hub.ValueOf(&calendar.Values{Subject: title}, calendar.Subject)
	}
	for _, c := range s.cut {
		row := store.Conflict{
			Connection: r.connection.ID, Activity: s.activity.ID, Field: calendar.Subject.String(), Winner: merge.CRM.String(),
			Kept: text(c.Sent), Lost: text(c.Text), Own: s.activity.OwnerID != r.connection.Member,
		}
		if c.Occurrence {
			row.Original = calendar.Time{Kind: s.item.Event.Start.Kind, Wall: c.Original}.Key()
		}
		if err := r.keepLost(ctx, tx, s, row); err != nil {
			return err
		}
	}
	return nil
}
