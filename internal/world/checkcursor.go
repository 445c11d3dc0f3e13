package world

import (
	"errors"
	"fmt"
	"slices"

	"tahti/internal/provider"
	"tahti/internal/store"
)

// checkCursor: everything that the worker who saves a cursor was answered on the way to it is saved too (I8).
func (w *World) checkCursor(by *worker, saved *cursorSaved) {
	s := w.sideOf(saved.connection)
	s.cursor = saved.cursor
	if by == nil {
		return
	}
	told := by.told[saved.cursor]
	clear(by.told)
	if told == nil {
		return
	}
	err := w.db.View(w.ctx, w.company, func(tx *store.Tx) error {
		for _, id := range s.server.order {
			if seq := told.items[id]; seq > 0 {
				if err := w.checkSaved(tx, s, s.server.stored[id], seq); err != nil {
					return err
				}
			}
		}
		return nil
	})
	w.must("look behind the cursor", err)
}

func (w *World) checkSaved(tx *store.Tx, s *side, e *entry, seq int) error {
	if !e.lateUntil.IsZero() || e.gone && w.rows.linked[linkKey{s.id, string(e.id)}] == 0 {
		return nil
	}
	_, err := tx.WorkBySubject(w.ctx, s.id, "r:"+string(e.id))
	if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	l, err := tx.LinkByRemote(w.ctx, s.id, string(e.id))
	switch {
	case errors.Is(err, store.ErrNotFound) && e.goneSince(seq):
		return nil
	case errors.Is(err, store.ErrNotFound):
		_, err = tx.Baseline(w.ctx, s.id, string(e.id))
		if errors.Is(err, store.ErrNotFound) {
			w.broke("I8", "the cursor of %s was saved, and %s behind it was not", s.name, e.id)
			return nil
		}
		return err
	case err != nil, l.Pending != nil, l.State == store.LinkSevered, l.State == store.LinkDormant:
		return err
	}
	tag := l.RemoteMeta.Versions[""].Tag
	if e.seq > seq {
		if was := e.tagAt(seq); was != "" && madeBy(tag) < madeBy(was) {
			w.broke("I8", "the cursor of %s was saved, and what it was told of %s, version %q, was not: the link knows version %q", s.name, e.id, was, tag)
		}
		return nil
	}
	if len(l.RemoteMeta.Versions) == 0 && l.RemoteEvent != nil && !e.gone {
		if now := s.server.read(e); sameEvent(&now, l.RemoteEvent) {
			return nil // it was listed without a version, and came in all the same
		}
	}
	if e.gone || tag != e.tags.Master().Tag {
		w.broke("I8", "the cursor of %s was saved, and the change of %s behind it was not: the link knows version %q, the calendar is at %v",
			s.name, e.id, tag, provider.Versions(e.tags))
	}
	return nil
}

// goneSince reports that an event is gone, or was at some time since a change that was told of: who has asked for it by its id knows that.
func (e *entry) goneSince(seq int) bool {
	return e.gone || slices.ContainsFunc(e.states, func(x past) bool { return x.seq >= seq && x.gone })
}

// tagAt is the version that a list gave an event as of a change; empty if nothing is known of that any more, or it was gone.
func (e *entry) tagAt(seq int) string {
	for _, x := range e.states {
		if x.seq == seq && !x.gone {
			return x.tags.Master().Tag
		}
	}
	return ""
}

// madeBy is the change that made a version; what has none, was listed without it, and has come in all the same.
func madeBy(tag string) int {
	n := 0
	if _, err := fmt.Sscanf(tag, "t%d", &n); err != nil {
		return 1 << 30
	}
	return n
}
