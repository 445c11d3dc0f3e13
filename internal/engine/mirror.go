package engine

import (
	"context"
	"slices"
	"strings"
	"time"

	"tahti/internal/crm"
	"tahti/internal/store"
)

// mirrored: an item that equals one which several of this user's calendars hold, because we made it in one of them within the hour, is
// somebody else's mirror at work. Taking it in would start a circle (I22). The mirror may have read any of them: also the one into
// which we have just copied what was born in the other. unmade are links of which this run has learnt that they never became one. What
// this run itself has done counts for nothing: the item was there before (see [run.changedBefore]).
func (r *run) mirrored(ctx context.Context, tx Tx, s *situation, unmade map[store.ID]bool) (bool, error) {
	list, err := r.sameTime(ctx, tx, s)
	if err != nil {
		return false, err
	}
	for _, a := range list {
		if !likeTitle(a.Plan.Subject, s.remote.Subject) || !filedAt(a.Plan.End).Equal(filedAt(s.remote.End)) {
			continue
		}
		links, err := tx.LinksOfActivity(ctx, a.ID)
		if err != nil {
			return false, err
		}
		links = slices.DeleteFunc(links, func(l store.Link) bool { return unmade[l.ID] })
		ours := slices.ContainsFunc(links, func(l store.Link) bool { return l.Ours && r.now().Sub(r.changedBefore(&l)) < time.Hour })
		if ours && slices.ContainsFunc(links, func(l store.Link) bool { return l.Connection != r.connection.ID }) {
			return true, nil
		}
	}
	return false, nil
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
