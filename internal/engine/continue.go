package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/hub"
	"tahti/internal/lens"
	"tahti/internal/merge"
	"tahti/internal/provider"
	"tahti/internal/recur"
	"tahti/internal/store"
)

// A split that another client made comes as two changes, in either order and perhaps in two runs: a series ends earlier, and
// a new one goes on (design.md, Series). Whichever comes second finds the other, and what is the CRM's own goes along.

// splitSpan is how far apart the two may come.
const splitSpan = 24 * time.Hour

// maxRecent bounds the rows of history, conflicts and activities that are looked through for the other half.
const maxRecent = 500

// shortening is a series that was ended earlier: the activity, and how it recurred before.
type shortening struct {
	activity store.ID
	rule     string
	extra    []calendar.Time
}

// shortenings are the changes of pattern that came in from this calendar lately. They are read once; those of this run are
// added as they come.
func (r *run) shortenings(ctx context.Context, tx Tx) ([]shortening, error) {
	if r.recent != nil {
		return *r.recent, nil
	}
	rows, err := tx.ListHistory(ctx, r.connection.ID, 0, 0, maxRecent)
	if err != nil {
		return nil, fmt.Errorf("list history: %w", err)
	}
	list := []shortening{}
	for _, row := range rows {
		if r.now().Sub(row.At) > splitSpan {
			break // newest first
		}
		if row.Direction != string(in) || row.Kind != "update" && row.Kind != "merge" {
			continue
		}
		var before map[string]json.RawMessage
		if err := json.Unmarshal(row.Before, &before); err != nil {
			return nil, fmt.Errorf("read history %d: %w", row.ID, err)
		}
		raw, changed := before[calendar.Recurrence.String()]
		if !changed {
			continue
		}
		x := shortening{activity: row.Activity}
		if x.rule, x.extra, err = hub.ReadRecurrence(raw); err != nil {
			return nil, fmt.Errorf("read history %d: %w", row.ID, err)
		}
		list = append(list, x)
	}
	r.recent = &list
	return list, nil
}

// goOn lets an activity that has just been made of a series take over from one that was ended for it.
func (r *run) goOn(ctx context.Context, tx Tx, s *situation) error {
	list, err := r.shortenings(ctx, tx)
	if err != nil {
		return err
	}
	for _, x := range list {
		old, err := tx.Activity(ctx, x.activity)
		if err != nil {
			return err
		}
		if old.Deleted() || old.OwnerID != s.activity.OwnerID {
			continue
		}
		link, err := r.tieOf(ctx, tx, old.ID)
		if err != nil {
			return err
		}
		before := old.Plan
		before.Rule, before.Extra = x.rule, x.extra
		if lost, split := lens.SplitAt(&before, &old.Plan); split && r.continues(link, &old.Plan, lost, s.link) {
			return r.hand(ctx, tx, &old, lost, s.activity)
		}
	}
	return nil
}

// ended looks whether a series that has just been ended earlier goes on in one that came in before.
func (r *run) ended(ctx context.Context, tx Tx, s *situation, before *calendar.Event) error {
	lost, split := lens.SplitAt(before, &s.activity.Plan)
	if !split || s.activity.OwnerID != r.connection.Member {
		return nil
	}
	if r.recent != nil {
		*r.recent = append(*r.recent, shortening{s.activity.ID, before.Rule, slices.Clone(before.Extra)})
	}
	at := before.Start
	at.Wall = lost
	around := at.Instant(r.zoneOf(at))
	list, _, err := tx.Activities(ctx, store.ActivityFilter{
		Owner: r.connection.Member, From: around.AddDate(0, 0, -8), To: around.AddDate(0, 0, 8), Limit: maxRecent, Sort: "start",
	})
	if err != nil {
		return fmt.Errorf("list activities: %w", err)
	}
	for _, fresh := range list {
		if fresh.ID == s.activity.ID || fresh.Origin != r.connection.ID || r.now().Sub(fresh.CreatedAt) > splitSpan {
			continue
		}
		link, err := r.tieOf(ctx, tx, fresh.ID)
		if err != nil {
			return err
		}
		if r.continues(s.link, before, lost, link) {
			return r.hand(ctx, tx, s.activity, lost, &fresh)
		}
	}
	return nil
}

// continues weighs what says that one item goes on with another; nil for what is tied to nothing.
func (r *run) continues(old *store.Link, was *calendar.Event, lost calendar.Wall, fresh *store.Link) bool {
	if linkState(old) != merge.Linked || linkState(fresh) != merge.Linked || old.RemoteEvent == nil || fresh.Ours {
		return false
	}
	meta := &fresh.RemoteMeta
	related := old.Ours && r.isKey(provider.Key(meta.Key), old.Activity, old.Incarnation) ||
		lens.Related(old.RemoteEvent.UID, fresh.RemoteEvent.UID, meta.Related)
	bare, _, _ := lens.Land(fresh.RemoteEvent, frameOf(old)) // a copy of ours has our title around its own
	if fresh.RemoteEvent.Subject == old.RemoteEvent.Subject {
		bare.Subject = was.Subject // also where their calendar has cut it, so that it is not what it is called here
	}
	return lens.Continues(was, lost, &bare, related)
}

// handedOn are the keys of an activity that no calendar says.
var handedOn = []string{
	hub.FieldType, hub.FieldNote, hub.FieldDone, hub.FieldVisibility, hub.FieldPriority, hub.FieldDeal, hub.FieldPerson, hub.FieldOrg,
}

// hand gives an activity what is the CRM's own in the one that it goes on with, but for what somebody has said of it already.
func (r *run) hand(ctx context.Context, tx Tx, old *crm.Activity, lost calendar.Wall, fresh *crm.Activity) error {
	change := hub.Change{To: old.Clone()}
	for _, key := range handedOn {
		if _, said := fresh.Changed[key]; !said {
			change.Fields = append(change.Fields, key)
		}
	}
	if old.Plan.Private && !r.carries(calendar.Private) {
		change.Fields = append(change.Fields, calendar.Private.String())
	}
	notes, done, err := r.laterNotes(ctx, tx, old, lost, fresh)
	if err != nil {
		return err
	}
	if len(notes) > 0 {
		change.Fields, change.To.Occurrences = append(change.Fields, hub.FieldOccurrences), notes
	}
	if _, err := r.e.Hub.Update(ctx, tx, r.by(), fresh.ID, change); err != nil {
		return fmt.Errorf("let activity %d go on with %d: %w", fresh.ID, old.ID, err)
	}
	for _, c := range done {
		c.Resolved = r.now()
		if err := tx.PutConflict(ctx, &c); err != nil {
			return fmt.Errorf("resolve conflict: %w", err)
		}
	}
	return nil
}

// carries reports whether the calendar's events say a field under the connection's settings. What they do not say is the CRM's own: where
// private events come in as ordinary, no split made there opens what is private here (I23).
func (r *run) carries(f calendar.Field) bool {
	e := lens.Incoming(&calendar.Event{Known: calendar.AllFields}, &r.settings, r.capable.Fields)
	return e.Known.Has(f)
}

// laterNotes is what the CRM said of dates that the old series has no more, under the names of the new one. The hub filed it as
// lost when the series ended; it is not, nor is what the new series says by itself.
func (r *run) laterNotes(
	ctx context.Context, tx Tx, old *crm.Activity, lost calendar.Wall, fresh *crm.Activity,
) (notes []crm.Occurrence, done []store.Conflict, err error) {
	list, err := tx.Conflicts(ctx, r.connection.Member, 0, maxRecent)
	if err != nil {
		return nil, nil, fmt.Errorf("list conflicts: %w", err)
	}
	notes = slices.Clone(fresh.Occurrences)
	for _, c := range list {
		w, err := calendar.ParseWall(c.Original)
		if err != nil || c.Activity != old.ID || w < lost || !c.Resolved.IsZero() || r.now().Sub(c.At) > splitSpan {
			continue
		}
		at, there := renamed(&fresh.Plan, w, fresh.Plan.Start.Wall-lost)
		if !there {
			continue
		}
		if c.Field == hub.FieldDone || c.Field == hub.FieldNote {
			if notes, err = noted(notes, at, c); err != nil {
				return nil, nil, err
			}
			done = append(done, c)
			continue
		}
		f, known := calendar.ParseField(c.Field)
		if says := fresh.Plan.On(at); known && string(hub.ValueOf(&says, f)) == string(c.Lost) {
			done = append(done, c)
		}
	}
	if slices.Equal(notes, fresh.Occurrences) {
		notes = nil
	}
	return notes, done, nil
}

// renamed finds an occurrence of the old series in the new one, which may be at another hour.
func renamed(e *calendar.Event, w, shift calendar.Wall) (calendar.Wall, bool) {
	for _, at := range []calendar.Wall{w + shift, w} {
		if e.IsSeries() && recur.Has(e, at) && !e.IsCancelled(at) {
			return at, true
		}
	}
	return 0, false
}

// noted adds what a conflict kept of one occurrence.
func noted(notes []crm.Occurrence, at calendar.Wall, c store.Conflict) ([]crm.Occurrence, error) {
	i := slices.IndexFunc(notes, func(o crm.Occurrence) bool { return o.Original == at })
	if i < 0 {
		i, notes = len(notes), append(notes, crm.Occurrence{Original: at})
	}
	var into any = &notes[i].Done
	if c.Field == hub.FieldNote {
		into = &notes[i].Note
	}
	if err := json.Unmarshal(c.Lost, into); err != nil {
		return nil, fmt.Errorf("read conflict %d: %w", c.ID, err)
	}
	return notes, nil
}
