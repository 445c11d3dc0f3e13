package world

import (
	"context"
	"slices"

	"tahti/internal/calendar"
	"tahti/internal/provider"
)

// putParts writes a series to a server that keeps its exceptions apart: the master first, then each exception in a request of
// its own. An exception repeats everything that its series says, so that until its turn comes it says what the series said. A
// write that breaks off in between has happened in part.
func (r *remote) putParts(ctx context.Context, p provider.Put) (it provider.Item, err error) {
	s := r.s
	var e *entry
	var want calendar.Event
	var tags provider.Versions
	for done := 0; ; done++ {
		more := false
		err = r.call(ctx, "put", func() error {
			if done == 0 {
				if e, err = r.guarded(p.ID, p.Base); err != nil {
					return err
				}
				if err := s.poisonous("put", e); err != nil {
					return err
				}
				before := s.item(e)
				s.w.checkHidden(s, e, p)
				s.w.checkLeftAlone(r.k, s.side, e, "is to write "+string(e.id))
				s.w.checkGuestWrite(s, e, p.Fields)
				if forbidden := p.Fields &^ before.Editable; forbidden != 0 {
					return &provider.Error{Op: "put", Class: provider.Forbidden, Status: forbidden.String()}
				}
				s.mail(before.WouldMail, p.Notify, "update of "+string(e.id))
				sent := written(&before.Event, &p.Event, p.Fields)
				s.keepHidden(e, &sent)
				want = s.inItsWords(e, sent)
			} else if e.gone || !e.tags.Equal(tags) {
				return &provider.Error{Op: "put", Class: provider.Conflict}
			}
			next, last := partly(&e.event, &want, done)
			more = !last
			s.keepSent(e, next)
			s.writes++
			tags = clone(e.tags)
			it = s.item(e)
			s.w.say(s.name, "%s, part %d, now says: %s", e.id, done, brief(&e.event))
			return nil
		})
		switch {
		case err != nil && done > 0:
			return provider.Item{}, &provider.Error{Op: "put", Class: provider.Unknown, RetryAfter: restOf(err), Err: err}
		case err != nil || !more:
			return it, err
		}
	}
}

// inItsWords is what comes of a write: an exception that was to differ from its series in something that the server does not keep
// is never as it was wanted.
func (s *server) inItsWords(e *entry, sent calendar.Event) calendar.Event {
	kept := sent.Clone()
	for _, n := range s.normal {
		n.apply(&kept)
	}
	sent.Normalize()
	kept.Normalize()
	if !sameEvent(&sent, &kept) {
		s.softened(e)
	}
	return kept
}

// partly is a series after so many requests of those that make it say what is wanted, and whether that was the last one.
func partly(was, want *calendar.Event, done int) (calendar.Event, bool) {
	if was.Start != want.Start || !calendar.SameRecurrence(was, want) {
		return want.Clone(), true // another pattern has other exceptions, and they come with it
	}
	if done == 0 {
		e := was.Clone()
		e.Values = want.Clone().Values
		for i := range e.Overrides {
			stay(&e.Overrides[i], was)
		}
		return e, len(differing(&e, want)) == 0
	}
	e := was.Clone()
	rest := differing(was, want)
	if len(rest) == 0 {
		return e, true
	}
	at := rest[0]
	e.Overrides = slices.DeleteFunc(e.Overrides, func(o calendar.Override) bool { return o.Original == at })
	e.Cancelled = slices.DeleteFunc(e.Cancelled, func(w calendar.Wall) bool { return w == at })
	if o := want.Override(at); o != nil {
		*e.EnsureOverride(at) = *o
	}
	if want.IsCancelled(at) {
		e.Cancelled = append(e.Cancelled, at)
	}
	return e, len(rest) == 1
}

// stay lets an exception say what it said, whatever its series says from now on.
func stay(o *calendar.Override, was *calendar.Event) {
	v := was.Effective(o)
	for _, f := range calendar.BothWaysFields.List() {
		if f != calendar.Recurrence {
			o.Set |= calendar.Fields(f)
			calendar.Copy(f, &o.Values, &v)
		}
	}
}

// differing are the starts whose exceptions are not yet as they are wanted.
func differing(is, want *calendar.Event) []calendar.Wall {
	a, b := is.Clone(), want.Clone()
	a.Normalize()
	b.Normalize()
	var list []calendar.Wall
	for _, e := range []*calendar.Event{&a, &b} {
		for i := range e.Overrides {
			list = append(list, e.Overrides[i].Original)
		}
		list = append(list, e.Cancelled...)
	}
	slices.Sort(list)
	return slices.DeleteFunc(slices.Compact(list), func(w calendar.Wall) bool {
		x, y := a.Override(w), b.Override(w)
		same := x == nil && y == nil || x != nil && y != nil && sameOverride(x, y)
		return same && a.IsCancelled(w) == b.IsCancelled(w)
	})
}
