package engine

import (
	"context"
	"fmt"
	"slices"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/lens"
	"tahti/internal/merge"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// A calendar may hold a copy of a meeting that has not come in, as it was there when the calendar was connected. Another calendar of the same
// user may make an activity of that meeting later, and it is not to go out beside the copy (I10). So the baseline knows UIDs: before an event
// is made for an activity that came from a meeting, what bears its UID there is read, and is tied as if it came in now, whatever the
// starting point. Where no baseline names the UID, nothing is asked.

// calledBy is the UID of a meeting that somebody has called; empty for anything else, of which a UID alone proves nothing.
func calledBy(e *calendar.Event) string {
	if e.Organizer.Email == "" {
		return ""
	}
	return e.UID
}

// mayBeThere reports that the calendar may hold already what an activity is about to be written as, and remembers to look.
func (r *run) mayBeThere(ctx context.Context, tx Tx, s *situation, action merge.Action) (bool, error) {
	forgotten, err := r.mayBeForgotten(ctx, tx, s, action)
	if err != nil || action != merge.CreateThere || s.link != nil {
		return forgotten, err
	}
	if _, read := r.copiesRead[s.activity.ID]; read {
		return forgotten, nil
	}
	ids, err := r.copiesThere(ctx, tx, s.activity, &r.settings)
	if len(ids) > 0 {
		r.copies[s.activity.ID] = ids
	}
	return forgotten || len(ids) > 0, err
}

// copiesThere are the items that may be copies of an activity's meeting, and have not come in; none where nothing may. What a person has said
// to be something else is.
func (r *run) copiesThere(ctx context.Context, tx Tx, a *crm.Activity, settings *lens.Settings) (ids []provider.RemoteID, err error) {
	uid := calledBy(&a.Plan)
	if uid == "" || !settings.In(false) {
		return nil, nil
	}
	noted, err := tx.BaselineByUID(ctx, r.connection.ID, uid)
	if err != nil {
		return nil, err
	}
	for _, id := range r.startUIDs[uid] { // of a dry run, which notes nothing
		noted = append(noted, store.Baseline{Remote: string(id)})
	}
	for _, b := range noted {
		if _, err := tx.LinkByRemote(ctx, r.connection.ID, b.Remote); err == nil {
			continue
		} else if !isNotFound(err) {
			return nil, err
		}
		said, err := tx.TwinsOf(ctx, r.connection.ID, b.Remote, 0)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(said, func(w store.Twin) bool { return w.Activity == a.ID && !isOpen(w) }) {
			ids = append(ids, provider.RemoteID(b.Remote))
		}
	}
	return ids, nil
}

// readCopiesThere reads what decisions wait for.
func (r *run) readCopiesThere(ctx context.Context) error {
	var ids []provider.RemoteID
	for _, some := range r.copies { // any order: each is read by its id
		ids = append(ids, some...)
	}
	slices.Sort(ids)
	read, err := r.read(ctx, slices.Compact(ids))
	if err != nil {
		return fmt.Errorf("look for copies of meetings: %w", err)
	}
	for activity, some := range r.copies { // any order: each has its own
		r.copiesRead[activity] = []provider.Item{}
		for _, id := range some {
			r.copiesRead[activity] = append(r.copiesRead[activity], read[id])
		}
	}
	clear(r.copies)
	return nil
}

// copyThere is the situation of the item that is a copy of an activity's meeting, as if it came in now; nil if none is.
func (r *run) copyThere(ctx context.Context, tx Tx, activity store.ID) (*situation, error) {
	for _, it := range r.copiesRead[activity] {
		work, err := tx.WorkBySubject(ctx, r.connection.ID, remoteSubject(it.ID))
		if err != nil && !isNotFound(err) {
			return nil, err
		}
		work.Connection, work.Subject, work.Payload = r.connection.ID, remoteSubject(it.ID), []byte(AnyStart)
		s, err := r.load(ctx, tx, work, map[provider.RemoteID]provider.Item{it.ID: it})
		if err != nil {
			return nil, err
		}
		if merge.Decide(s.state) != merge.CreateHere {
			continue // tied or gone by now, or not to come in
		}
		same, err := r.candidates(ctx, tx, s)
		if err != nil {
			return nil, err
		}
		if len(same) > 0 && same[0].ID == activity {
			return s, nil
		}
	}
	return nil, nil
}

// tieCopy ties an activity that was to go out to the copy of its meeting that is there. What is to be done about the two is decided behind it:
// the activity's own work stays.
func (r *run) tieCopy(ctx context.Context, tx Tx, s *situation) (bool, error) {
	if s.link != nil {
		return false, nil
	}
	there, err := r.copyThere(ctx, tx, s.activity.ID)
	if err != nil || there == nil {
		return false, err
	}
	return r.join(ctx, tx, there)
}
