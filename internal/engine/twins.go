package engine

import (
	"context"
	"fmt"
	"slices"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/match"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// Another sync may have filled calendar and CRM before a connection is started, so that both hold the same items and nothing ties them.
// An item and an activity that start at once under the same title are noted as twins when they are first seen, and stay so however
// they are edited: neither is made a second time on the other side before a person has said whether they are one (see [Engine.TakeOver]).
// Where there are many, those that were edited before anybody looked are among the others, and nothing that is older than the connection
// is made anywhere.

// HoldTwin is the kind of a hold of what seems to be there already.
const HoldTwin = "twin"

// itemThere is an event of the calendar as it is told from others, and from itself after an edit.
func itemThere(it *provider.Item, now time.Time) match.Item {
	item := asItem(string(it.ID), &it.Event, nil, now)
	item.Print = printOf(it.Event)
	return item
}

// asItem is an event as it is told from others.
func asItem(id string, e *calendar.Event, names []string, now time.Time) match.Item {
	return match.Item{
		ID: id, UID: e.UID, Start: filedAt(e.Start), End: filedAt(e.End), AllDay: e.Start.Kind == calendar.Date, Rule: ruleOf(e), Title: e.Subject,
		Names: names, On: onDates(e, now),
	}
}

// ruleOf names how an event recurs.
func ruleOf(e *calendar.Event) string {
	rule := e.Rule // canonical
	for _, t := range e.Extra {
		rule += "+" + t.Wall.String()
	}
	return rule
}

// namesOf are the names that a title may hold beside the subject.
func (r *run) namesOf(ctx context.Context, tx Tx, a *crm.Activity) ([]string, error) {
	c, err := r.e.Hub.Context(ctx, tx, a, "")
	return []string{c.Deal, c.Person, c.Organization}, err
}

// oldHere reports that an activity was there before the connection was started.
func (r *run) oldHere(a *crm.Activity) bool { return !a.CreatedAt.After(r.connection.HubAt) }

// oldThere reports that an item may have been there before the connection was started.
func (r *run) oldThere(s *situation) bool {
	return s.baseline.Known || !r.editedSinceStart(&s.item)
}

// free reports that an activity is there, and not tied in this connection.
func (r *run) free(ctx context.Context, tx Tx, a *crm.Activity) (bool, error) {
	if a.Deleted() || a.OwnerID != r.connection.Member {
		return false, nil
	}
	tie, err := r.tieOf(ctx, tx, a.ID)
	return err == nil && tie == nil, err
}

// twinsHere are the activities that an item seems to be which is not tied, and takes part.
func (r *run) twinsHere(ctx context.Context, tx Tx, it *provider.Item) (twins []store.ID, err error) {
	list, err := tx.ActivitiesAt(ctx, r.connection.Member, filedAt(it.Event.Start))
	if err != nil {
		return nil, err
	}
	event := asItem(string(it.ID), &it.Event, nil, r.now())
	for _, a := range list {
		if !r.oldHere(&a) {
			continue
		}
		names, err := r.namesOf(ctx, tx, &a)
		if err != nil {
			return nil, err
		}
		activity := asItem("", &a.Plan, names, r.now())
		if !match.Same(&event, &activity) {
			continue
		}
		if it.Key != "" { // what we have made for it ourselves, and a restored database has forgotten, is tied by its key
			if _, ours, err := r.madeFor(ctx, tx, a.ID, it.Key); err != nil || ours {
				return nil, err
			}
		}
		if free, err := r.free(ctx, tx, &a); err != nil {
			return nil, err
		} else if free {
			twins = append(twins, a.ID)
		}
	}
	dates, err := r.datesHere(ctx, tx, it, &event)
	return append(twins, dates...), err
}

// noteTwins notes which activities an item that is not tied seems to be.
func (r *run) noteTwins(ctx context.Context, tx Tx, it *provider.Item) error {
	if r.keptOut(&it.Event) {
		return r.forgetTwins(ctx, tx, it.ID)
	}
	twins, err := r.twinsHere(ctx, tx, it)
	if err != nil {
		return err
	}
	return r.noteOpen(ctx, tx, string(it.ID), twins...)
}

// noteOpen notes which activities an item seems to be, where nothing is known of the two.
func (r *run) noteOpen(ctx context.Context, tx Tx, item string, activities ...store.ID) error {
	if len(activities) == 0 {
		return nil
	}
	noted, err := tx.TwinsOf(ctx, r.connection.ID, item, 0)
	if err != nil {
		return err
	}
	for _, id := range activities {
		if slices.ContainsFunc(noted, func(w store.Twin) bool { return w.Activity == id }) {
			continue
		}
		w := store.Twin{Connection: r.connection.ID, Remote: item, Activity: id, State: store.TwinOpen}
		if err := tx.PutTwin(ctx, w); err != nil {
			return err
		}
		r.twinsOpen, r.met[w] = nil, true
	}
	return nil
}

// wouldNote answers which activities an item that is not tied seems to be, but for those that it was said not to be.
func (r *run) wouldNote(ctx context.Context, tx Tx, it *provider.Item) ([]store.ID, error) {
	twins, err := r.twinsHere(ctx, tx, it)
	if err != nil || len(twins) == 0 {
		return nil, err
	}
	noted, err := tx.TwinsOf(ctx, r.connection.ID, string(it.ID), 0)
	return slices.DeleteFunc(twins, func(id store.ID) bool {
		return slices.ContainsFunc(noted, func(w store.Twin) bool { return w.Activity == id && !isOpen(w) })
	}), err
}

// noteUntied does so for an item that may be tied.
func (r *run) noteUntied(ctx context.Context, tx Tx, it *provider.Item) error {
	_, err := tx.LinkByRemote(ctx, r.connection.ID, string(it.ID))
	if !isNotFound(err) {
		return err
	}
	return r.noteTwins(ctx, tx, it)
}

// anyFree reports whether the user has any activity that could be a twin: who brings a calendar to an empty CRM pays for no look.
func (r *run) anyFree(ctx context.Context) (any bool, err error) {
	f := store.ActivityFilter{Owner: r.connection.Member, Limit: batchSize, Sort: "id"}
	for {
		var after string
		err := r.e.Store.View(ctx, r.t.Company, func(tx Tx) error {
			list, next, err := tx.Activities(ctx, f)
			if err != nil {
				return err
			}
			after = next
			for _, a := range list {
				if any, err = r.free(ctx, tx, &a); err != nil || any {
					return err
				}
			}
			return nil
		})
		if f.After = after; err != nil || any || after == "" {
			return any, err
		}
	}
}

// meetTwins notes what an item that came in later seems to be.
func (r *run) meetTwins(ctx context.Context, tx Tx, s *situation) error {
	if s.link != nil || s.item.State != provider.StateLive {
		return nil
	}
	return r.noteTwins(ctx, tx, &s.item)
}

// manyOpen reports whether so many twins are open that others, which were edited since, are to be expected.
func (r *run) manyOpen(ctx context.Context, tx Tx) (bool, error) {
	if r.twinsOpen == nil {
		n, err := tx.CountTwins(ctx, r.connection.ID)
		if err != nil {
			return false, err
		}
		r.twinsOpen = &n
	}
	return *r.twinsOpen >= manyTwins, nil
}

// seemsThere reports that what is to be made is there already, as far as can be seen.
func (r *run) seemsThere(ctx context.Context, tx Tx, s *situation, d direction) (bool, error) {
	if s.link != nil {
		return false, nil // it has been there
	}
	old := d == in && r.oldThere(s) || d == out && r.oldHere(s.activity)
	if many, err := r.manyOpen(ctx, tx); err != nil || many && old {
		return old, err
	}
	if d == out {
		return r.twinThere(ctx, tx, s.activity.ID)
	}
	return r.twinHere(ctx, tx, s)
}

func (r *run) twinHere(ctx context.Context, tx Tx, s *situation) (bool, error) {
	twins, err := r.twinsOf(ctx, tx, s)
	if err != nil {
		return false, err
	}
	for _, w := range twins {
		if !isOpen(w) {
			continue
		}
		if asked, err := r.stillAsked(ctx, tx, w); err != nil || asked {
			return asked, err
		}
	}
	return false, nil
}

// stillAsked reports that an open question of an item that is not tied is none that its activity has settled.
func (r *run) stillAsked(ctx context.Context, tx Tx, w store.Twin) (bool, error) {
	a, err := tx.Activity(ctx, w.Activity)
	if err != nil {
		return false, fmt.Errorf("read activity %d: %w", w.Activity, err)
	}
	return r.free(ctx, tx, &a)
}

func (r *run) twinThere(ctx context.Context, tx Tx, activity store.ID) (bool, error) {
	twins, err := tx.TwinsOf(ctx, r.connection.ID, "", activity)
	if err != nil {
		return false, err
	}
	for _, w := range twins {
		if !isOpen(w) || r.outside[w.Remote] {
			continue
		}
		if _, err := tx.LinkByRemote(ctx, r.connection.ID, w.Remote); isNotFound(err) {
			return true, nil
		} else if err != nil {
			return false, err
		}
	}
	return false, nil
}
