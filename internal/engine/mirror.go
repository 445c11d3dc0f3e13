package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"tahti/internal/crm"
	"tahti/internal/lens"
	"tahti/internal/store"
)

// mirrored: an item that equals one which several of this user's calendars hold, because we made it in one of them within the hour, is
// somebody else's mirror at work. Taking it in would start a circle (I22). The mirror may have read any of them: also the one into
// which we have just copied what was born in the other. unmade are links of which this run has learnt that they never became one. What
// this run itself has done counts for nothing: the item was there before (see [run.changedBefore]). What was a mirror once stays one,
// whatever its tool makes of it later, until a person lets it in. Where it has been asked before this run whether the two are the same, that
// question stands: the item may have been there before ours. It answers the activity whose mirror it is; 0: it is none.
func (r *run) mirrored(ctx context.Context, tx Tx, s *situation, unmade map[store.ID]bool) (store.ID, error) {
	not, of, err := r.toldMirror(ctx, tx, s)
	if err != nil || of != 0 {
		return of, err
	}
	list, err := r.sameTime(ctx, tx, s)
	if err != nil {
		return 0, err
	}
	for _, a := range list {
		if not[a.ID] || !s.resembles(&a) {
			continue
		}
		links, err := tx.LinksOfActivity(ctx, a.ID)
		if err != nil {
			return 0, err
		}
		links = slices.DeleteFunc(links, func(l store.Link) bool { return unmade[l.ID] })
		ours := slices.ContainsFunc(links, func(l store.Link) bool { return l.Ours && r.now().Sub(r.changedBefore(&l)) < time.Hour })
		if ours && slices.ContainsFunc(links, func(l store.Link) bool { return l.Connection != r.connection.ID }) {
			return a.ID, nil
		}
	}
	return 0, nil
}

// resembles reports that an item looks like an activity that begins at the same time.
func (s *situation) resembles(a *crm.Activity) bool {
	return likeTitle(a.Plan.Subject, s.remote.Subject) && filedAt(a.Plan.End).Equal(filedAt(s.remote.End))
}

// toldMirror is what was found of an item before: whose mirror it is, and whose it is not, as a person has said so, or is asked whether it is
// the same.
func (r *run) toldMirror(ctx context.Context, tx Tx, s *situation) (not map[store.ID]bool, of store.ID, err error) {
	twins, err := r.twinsOf(ctx, tx, s)
	if err != nil {
		return nil, 0, err
	}
	not = map[store.ID]bool{}
	for _, w := range twins {
		switch w.State {
		case store.TwinApart:
			not[w.Activity] = true
		case store.TwinOpen:
			if r.met[w] {
				continue // it may have come since
			}
			if not[w.Activity], err = r.stillAsked(ctx, tx, w); err != nil {
				return nil, 0, err
			}
		case store.TwinMirror:
			a, err := tx.Activity(ctx, w.Activity)
			if err != nil {
				return nil, 0, fmt.Errorf("read activity %d: %w", w.Activity, err)
			}
			if !a.Deleted() {
				of = w.Activity
			}
		}
	}
	return not, of, nil
}

// twinsOf is what is noted of an item.
func (r *run) twinsOf(ctx context.Context, tx Tx, s *situation) (_ []store.Twin, err error) {
	if !s.twinsRead {
		s.twins, err = tx.TwinsOf(ctx, r.connection.ID, string(s.item.ID), 0)
		s.twinsRead = err == nil
	}
	return s.twins, err
}

// setMirrorAside lets a mirror wait with the reason.
func (r *run) setMirrorAside(ctx context.Context, tx Tx, s *situation, of store.ID) error {
	a, err := tx.Activity(ctx, of)
	if err != nil {
		return fmt.Errorf("read activity %d: %w", of, err)
	}
	goes, err := r.goesOut(ctx, tx, &a, nil)
	if err != nil {
		return err
	}
	if !goes { // else it may be what is to be tied to it, once somebody takes over what is on both sides
		w := store.Twin{Connection: r.connection.ID, Remote: string(s.item.ID), Activity: of, State: store.TwinMirror}
		if err := tx.PutTwin(ctx, w); err != nil {
			return err
		}
	}
	if err := tx.Tally(ctx, r.connection.ID, string(in), Mirror, r.now(), 1); err != nil {
		return err
	}
	return r.park(ctx, tx, s.work, Mirror, "")
}

// Mirror is the reason for which a mirror waits, and what days count of them.
const Mirror = "mirror"

// noMirror notes that a person wants in what waits as a mirror.
func noMirror(ctx context.Context, tx Tx, c store.Connection, w store.Work) error {
	id, _ := remoteOf(w)
	twins, err := tx.TwinsOf(ctx, c.ID, string(id), 0)
	if err != nil {
		return err
	}
	for _, t := range twins {
		if t.State != store.TwinMirror {
			continue
		}
		t.State = store.TwinApart
		if err := tx.PutTwin(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

// quicker are the activities that another of the user's calendars has brought in, that an item equals, and that are yet to be made where
// the item is: somebody else's mirror has been there before us. Which is the copy nobody can tell. As twins of each other (see
// twins.go) neither is made on the other side before a person has been asked, and both calendars hold one of it (I22).
func (r *run) quicker(ctx context.Context, tx Tx, s *situation, unmade map[store.ID]bool) (found []store.ID, err error) {
	list, err := r.sameTime(ctx, tx, s)
	if err != nil {
		return nil, err
	}
	for i := range list {
		a := &list[i]
		if a.Origin == 0 || a.Origin == r.connection.ID || !s.resembles(a) {
			continue
		}
		goes, err := r.goesOut(ctx, tx, a, unmade)
		if err != nil {
			return nil, err
		}
		if goes {
			found = append(found, a.ID)
		}
	}
	return found, nil
}

// goesOut reports that an activity is to be made where this connection leads to, and was not yet.
func (r *run) goesOut(ctx context.Context, tx Tx, a *crm.Activity, unmade map[store.ID]bool) (bool, error) {
	l, err := r.tieOf(ctx, tx, a.ID)
	if err != nil || l != nil && !unmade[l.ID] {
		return false, err
	}
	parts, err := tx.Participants(ctx, a.ID)
	if err != nil {
		return false, err
	}
	view, err := r.viewOf(ctx, tx, a, false)
	if err != nil {
		return false, err
	}
	in, _ := lens.Scope(a, parts, view)
	return in, nil
}

// noteQuicker notes them as twins.
func (r *run) noteQuicker(ctx context.Context, tx Tx, s *situation) error {
	if s.work.Class == ClassAllowed {
		return nil
	}
	found, err := r.quicker(ctx, tx, s, nil)
	if err != nil {
		return err
	}
	s.twinsRead = false
	return r.noteOpen(ctx, tx, string(s.item.ID), found...)
}

// changedBefore is when a link was last changed before this run, which has pulled all that it looks at before it saved any.
func (r *run) changedBefore(l *store.Link) time.Time {
	if was, touched := r.touched[l.ID]; touched {
		return was
	}
	return l.Changed
}

// touch remembers when a link that this run has saved was changed before; never, if it was not there.
func (r *run) touch(link store.ID, was time.Time) {
	if _, known := r.touched[link]; !known {
		r.touched[link] = was
	}
}

// likeTitle reports that one title holds the other: mirrors put the name of a calendar before what they copy, or behind it, and
// servers cut what is long.
func likeTitle(a, b string) bool {
	a, b = plainTitle(a), plainTitle(b)
	return a == b || a != "" && b != "" && (strings.Contains(a, b) || strings.Contains(b, a))
}

func plainTitle(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

// sameTime are the user's activities that start at the same moment, in whatever zone that is said.
func (r *run) sameTime(ctx context.Context, tx Tx, s *situation) ([]crm.Activity, error) {
	if !s.sameTimeRead {
		list, err := tx.ActivitiesAt(ctx, r.connection.Member, filedAt(s.remote.Start))
		if err != nil {
			return nil, err
		}
		s.sameTime, s.sameTimeRead = list, true
	}
	return s.sameTime, nil
}
