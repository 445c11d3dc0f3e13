package engine

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/lens"
	"tahti/internal/merge"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// Behind a restore, what sync had put through since the backup is in several calendars, and no row knows of it: neither its activity, nor
// that the one item was made for the other. It comes in anew, from wherever a run lists it first, and the others are to be tied to that
// activity (I1, I10). They share no UID, and may have been edited. So each item that we make carries in its key what its activity was
// born as, which is the same before and behind a restore: the item from which it came in, the meeting that it is, or its number here.
// Only activities that came in since the restore are looked for by it: elsewhere the rows know better than a mark, which copies carry, too.

// keyOf is the key of an incarnation of an activity's item here.
func (r *run) keyOf(a *crm.Activity, incarnation int) provider.Key {
	birth := a.Born
	if birth == crm.BornHere {
		birth = r.birthHere(a.ID)
	}
	return r.e.Keys.Key(r.t.Company, r.account.ID, r.connection.Calendar, a.ID, incarnation, birth)
}

// birthHere is what an activity is born as that people made here.
func (r *run) birthHere(activity store.ID) string {
	return r.e.Keys.Birth(r.t.Company, crm.BornHere, strconv.FormatInt(activity, 10))
}

// isKey reports whether a key is that of an incarnation of an activity's item here, whatever birth it names.
func (r *run) isKey(key provider.Key, activity store.ID, incarnation int) bool {
	return key != "" && key == r.e.Keys.Key(r.t.Company, r.account.ID, r.connection.Calendar, activity, incarnation, r.e.Keys.BirthIn(key))
}

// bornAs is what an activity that is made of an item is born as. Copies of one meeting are born as the same.
func (r *run) bornAs(it *provider.Item) string {
	if e := &it.Event; e.UID != "" && e.Organizer.Email != "" {
		return r.e.Keys.Birth(r.t.Company, "meeting", e.UID, strings.ToLower(e.Organizer.Email), strconv.FormatBool(e.IsSeries()))
	}
	return r.e.Keys.Birth(r.t.Company, "item", strconv.FormatInt(r.account.ID, 10), r.connection.Calendar, string(it.ID))
}

// madeBehind is what an item was made for by its key, where the database was restored, and when that was; empty and zero elsewhere.
func (r *run) madeBehind(ctx context.Context, tx Tx, it *provider.Item) (birth string, restored time.Time, err error) {
	if restored, err = r.restoredAt(ctx, tx); err == nil && !restored.IsZero() {
		birth = r.e.Keys.BirthIn(it.Key)
	}
	return birth, restored, err
}

// birthOf is what an item's activity is born as: behind a restore also what we have made it for, which no row may know any more.
func (r *run) birthOf(ctx context.Context, tx Tx, it *provider.Item) (string, error) {
	named, _, err := r.madeBehind(ctx, tx, it)
	if err != nil || named != "" {
		return named, err
	}
	return r.bornAs(it), nil
}

// reborn are the activities of this user that came in since the database was restored, and were born as what an item is, or was made for.
func (r *run) reborn(ctx context.Context, tx Tx, it *provider.Item) ([]crm.Activity, error) {
	named, at, err := r.madeBehind(ctx, tx, it)
	if err != nil || at.IsZero() {
		return nil, err
	}
	list, err := tx.ActivitiesByBirth(ctx, r.connection.Member, []string{named, r.bornAs(it)})
	return slices.DeleteFunc(list, func(a crm.Activity) bool { return inBackup(a.ID, at) }), err
}

// rebornFor is the activity that came in anew of what an item was made for, or that the backup knows and for which it was made by its key,
// though it waits for nothing; 0 if there is none, or it has its item here.
func (r *run) rebornFor(ctx context.Context, tx Tx, it *provider.Item) (activity store.ID, incarnation int, err error) {
	named, at, err := r.madeBehind(ctx, tx, it)
	if err != nil || named == "" {
		return 0, 0, err
	}
	list, err := tx.ActivitiesByBirth(ctx, r.connection.Member, []string{named})
	if err != nil {
		return 0, 0, err
	}
	for _, a := range list {
		n, ours, err := r.madeFor(ctx, tx, a.ID, it.Key)
		if err == nil && !ours && !inBackup(a.ID, at) {
			n, ours, err = r.nextFree(ctx, tx, a.ID)
		}
		if err != nil || ours {
			return a.ID, n, err
		}
	}
	made, err := r.madeHere(ctx, tx, named)
	if err != nil || made == 0 {
		return 0, 0, err
	}
	n, ours, err := r.madeFor(ctx, tx, made, it.Key)
	if !ours {
		made = 0
	}
	return made, n, err
}

// madeHere is the activity that people made here, and that a birth names by its number alone; 0 if there is none. All of them are read once
// in a run, and only where an item names what no row does.
func (r *run) madeHere(ctx context.Context, tx Tx, birth string) (store.ID, error) {
	if r.bornHere == nil {
		ids, err := tx.BornHere(ctx, r.connection.Member)
		if err != nil {
			return 0, err
		}
		r.bornHere = make(map[string]store.ID, len(ids))
		for _, id := range ids {
			r.bornHere[r.birthHere(id)] = id
		}
	}
	return r.bornHere[birth], nil
}

// nextFree is the next incarnation of an activity that has no item here.
func (r *run) nextFree(ctx context.Context, tx Tx, activity store.ID) (incarnation int, free bool, err error) {
	if free, err = r.mayHaveNext(ctx, tx, activity); err != nil || !free {
		return 0, false, err
	}
	last, err := tx.LastIncarnation(ctx, r.connection.ID, activity)
	return last + 1, err == nil, err
}

// mayHaveNext reports that the next item of an activity here may be its: it never had one, what it had was taken out, or it had one
// when the backup was made: a next one was made only where that is gone.
func (r *run) mayHaveNext(ctx context.Context, tx Tx, activity store.ID) (bool, error) {
	l, err := r.tieOf(ctx, tx, activity)
	switch {
	case err != nil:
		return false, err
	case l == nil, vacant(l):
		return true, nil
	}
	at, err := r.restoredAt(ctx, tx)
	return inBackup(l.ID, at) && !r.noted[l.ID], err
}

// takeBack has an activity that came in from what was made of this item say what the item does, which was there first, and keeps what it
// said. What was made of it is known for ours now, with what settings put around its title.
func (r *run) takeBack(ctx context.Context, tx Tx, s *situation) error {
	links, err := tx.LinksOfActivity(ctx, s.activity.ID)
	if err != nil {
		return fmt.Errorf("list links: %w", err)
	}
	for _, l := range links {
		named := r.e.Keys.BirthIn(provider.Key(l.RemoteMeta.Key))
		if l.Connection == r.connection.ID || l.Ours || l.RemoteEvent == nil || named == "" || named != s.activity.Born {
			continue
		}
		if err := r.nowOurs(ctx, tx, s, l.ID); err != nil {
			return err
		}
	}
	if _, err := r.e.Hub.Bear(ctx, tx, r.by(), s.activity.ID); err != nil {
		return fmt.Errorf("let activity %d be born here: %w", s.activity.ID, err)
	}
	if err := s.readActivity(ctx, tx, s.activity.ID); err != nil {
		return err
	}
	plan, fields, lost, err := r.firstWord(ctx, tx, s)
	if err != nil || fields == 0 {
		return err
	}
	return r.takePlan(ctx, tx, s, &plan, fields, lost)
}

func (r *run) nowOurs(ctx context.Context, tx Tx, s *situation, id store.ID) error {
	l, err := tx.Link(ctx, id)
	if err != nil {
		return fmt.Errorf("read link: %w", err)
	}
	l.Ours, l.Origin, l.RemoteMeta.Key = true, "hub", ""
	if f, ok := lens.Around(l.RemoteEvent.Subject, s.remote.Subject); ok {
		if f.Block, err = r.ourBlock(ctx, tx, s.activity, l.RemoteEvent); err != nil {
			return err
		}
		l.Frame = writeFrame(f)
	}
	if err := tx.PutLink(ctx, &l); err != nil {
		return fmt.Errorf("save link: %w", err)
	}
	return nil
}

// firstWord is what an item makes of the activity that came in before it, also of what it says beside, and what that writes over.
func (r *run) firstWord(ctx context.Context, tx Tx, s *situation) (calendar.Event, calendar.FieldSet, []merge.Conflict, error) {
	plan, changes, lost := word(s, false)
	here, err := r.bare(ctx, tx, s.activity, s.parts)
	beside := merge.Diff(&here, &s.remote).Only(calendar.FacetFields)
	return plan, changes.Fields() | beside.Fields(), append(lost, losing(s.typedSince(beside))...), err
}

// unframe takes what settings put around the title of an item that we made, and whose activity no row knows, for no part of its subject
// (C8). It stays there: whoever copied the item meanwhile may have wanted it so.
func (r *run) unframe(ctx context.Context, tx Tx, s *situation) error {
	named, _, err := r.madeBehind(ctx, tx, &s.item)
	if err != nil || named == "" || named == r.bornAs(&s.item) {
		return err
	}
	a := lens.NewActivity(&s.remote, r.connection.Member, &r.settings)
	c, err := r.e.Hub.Context(ctx, tx, &a, "")
	if err != nil {
		return err
	}
	f := lens.FrameOf(&a, c, &r.settings, false)
	bare, rewritten, _ := lens.Land(&s.item.Event, lens.Frame{Prefix: f.Prefix, Suffix: f.Suffix, Block: s.frame.Block})
	if rewritten || bare.Subject == s.item.Event.Subject {
		return nil
	}
	s.frame.Prefix, s.frame.Suffix = f.Prefix, f.Suffix
	return r.assess(ctx, tx, s)
}
