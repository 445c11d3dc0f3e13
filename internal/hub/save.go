package hub

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/store"
)

// saving says how an activity is saved.
type saving struct {
	base int64  // see [Change.Base]
	kind string // of the row of history; empty: update
	// overrides and occurrences say that what occurrences say was given together with a new pattern, under its names.
	overrides, occurrences bool
	putBack                bool     // see mayChange
	passing                *passing // to another owner, if a meeting passes on
}

// save writes an activity as it shall be over what is stored: the one way in which a live activity changes.
func (h *Hub) save(ctx context.Context, tx Tx, by Actor, cur, next crm.Activity, s saving) (crm.Activity, error) {
	parts, err := h.parts(ctx, tx, &cur)
	if err != nil {
		return crm.Activity{}, err
	}
	if err := plannedOn(by, &cur, s.base); err != nil {
		return crm.Activity{}, err
	}
	if s.passing == nil {
		if s.passing, err = h.handed(ctx, tx, &cur, &next, parts); err != nil {
			return crm.Activity{}, err
		}
		if s.passing != nil && s.passing.keeper != 0 {
			s.overrides, s.occurrences = true, true // as they are without what was private
		}
	}
	// Both are spoken of in the names of the new pattern from here on, so that a moved series does not look as if every
	// occurrence of it had been edited.
	tidy(&next)
	if err := checkPlan(&next.Plan, repatterned(&cur, &next)); err != nil {
		return crm.Activity{}, err
	}
	was, dropped := follow(&cur, &next, s)
	tidy(&next)
	before, after := snapshotIn(&was, next.Plan.Start.Kind), snapshot(&next)
	keys := before.diff(after)
	if len(keys) == 0 {
		return cur, mayGuess(by, &cur, parts)
	}
	wished := asked(before, after, keys, s.passing)
	if err := h.mayChange(ctx, tx, by, &was, parts, wished, s.putBack); err != nil {
		return crm.Activity{}, err
	}
	if err := stale(by, &cur, &was, s.base, wished); err != nil {
		return crm.Activity{}, err
	}
	if err := h.checkRows(ctx, tx, by, &next, keys); err != nil {
		return crm.Activity{}, err
	}
	at, err := h.moment(ctx, tx, &was, &next)
	if err != nil {
		return crm.Activity{}, err
	}
	stamp(&was, &next, keys, at)
	if err := tx.PutActivity(ctx, &next); err != nil {
		return crm.Activity{}, fmt.Errorf("save activity: %w", err)
	}
	if err := h.fileDropped(ctx, tx, by, &next, dropped); err != nil {
		return crm.Activity{}, err
	}
	masked := privacyOf(&cur, parts) != open || privacyOf(&next, parts) != open || anyHidden(&was, &next, keys)
	kind := s.kind
	if kind == "" {
		kind = "update"
	}
	if err := h.record(ctx, tx, by, kind, &next, parts, before, after, keys, masked); err != nil {
		return crm.Activity{}, err
	}
	if s.passing != nil {
		if err := h.passed(ctx, tx, by.Connection, s.passing, &cur, &next); err != nil {
			return crm.Activity{}, err
		}
	}
	return next, h.mark(ctx, tx, by, &cur, &next, parts, keys)
}

// asked leaves out of keys what an occurrence no longer says on its own because the series says the same now: nobody asked for
// that, and a colleague who were refused because of it would learn what a private date is about. Nor does anybody ask for what goes
// along with a meeting that they give away.
func asked(before, after values, keys []string, p *passing) []string {
	return slices.DeleteFunc(slices.Clone(keys), func(key string) bool {
		if p != nil && slices.Contains(p.keys, key) {
			return true
		}
		field, original := SplitKey(key)
		_, planned := calendar.ParseField(field)
		return planned && original != "" && after[key] == nil && bytes.Equal(before[key], after[field])
	})
}

// behind is the time, and in any case later than an instant: that may be by another node's clock, which is ahead.
func (h *Hub) behind(at time.Time) time.Time {
	if now := h.now(); now.After(at) {
		return now
	}
	return at.Add(time.Microsecond)
}

// moment is when a change is made: behind all earlier ones of the activity, so that they keep their order whatever clocks say. A new
// owner's time begins behind all that was kept of the former one's (I23).
func (h *Hub) moment(ctx context.Context, tx Tx, was, next *crm.Activity) (time.Time, error) {
	at := h.behind(was.UpdatedAt)
	for before := store.ID(0); was.OwnerID != next.OwnerID; {
		list, err := tx.Conflicts(ctx, 0, before, MaxPage)
		if err != nil {
			return at, fmt.Errorf("list conflicts: %w", err)
		}
		for _, c := range list { // newest first
			switch {
			case !c.At.After(at):
				return at, nil
			case c.Activity == was.ID:
				return c.At, nil
			}
			before = c.ID
		}
		if len(list) == 0 {
			break
		}
	}
	return at, nil
}

// stamp gives the next revision and notes what changed when.
func stamp(was, next *crm.Activity, keys []string, now time.Time) {
	next.Revision, next.UpdatedAt = was.Revision+1, now
	next.Changed = maps.Clone(was.Changed)
	if next.Changed == nil {
		next.Changed = map[string]crm.Change{}
	}
	for _, key := range keys {
		next.Changed[key] = crm.Change{At: now, Revision: next.Revision}
	}
	if was.Done != next.Done {
		next.DoneAt = time.Time{}
		if next.Done {
			next.DoneAt = now
		}
	}
}

// plannedOn refuses what a run planned on another revision, and a revision that never was.
func plannedOn(by Actor, cur *crm.Activity, base int64) error {
	switch {
	case base < 0 || base > cur.Revision:
		return &Invalid{Field: "revision", Code: CodeBadRevision, Detail: fmt.Sprintf("%d, the activity is at %d", base, cur.Revision)}
	case by.Kind == Sync && base != 0 && base != cur.Revision:
		return &Stale{Current: *cur}
	}
	return nil
}

// stale refuses a person's change of what somebody else has changed since.
func stale(by Actor, cur, was *crm.Activity, base int64, keys []string) error {
	if base == 0 || by.Kind == Sync {
		return nil
	}
	var both []string
	for _, key := range keys {
		if was.Changed[key].Revision > base {
			both = append(both, key)
		}
	}
	if len(both) == 0 {
		return nil
	}
	return &Stale{Fields: both, Current: cur.Clone()}
}

// ChangedAt is when a field was last changed here, in the series or in any of its occurrences; CreatedAt if never.
func ChangedAt(a *crm.Activity, field string) time.Time {
	at := a.CreatedAt
	for key, c := range a.Changed { // any order: the latest is looked for
		if isAbout(key, field) && c.At.After(at) {
			at = c.At
		}
	}
	return at
}

// IsChanged reports whether a field has changed since the activity was made, in the series or in any of its occurrences. By the clock
// nobody could say: the next node's may be behind.
func IsChanged(a *crm.Activity, field string) bool { return ChangedSince(a, field, 0) }

// ChangedSince reports whether a field has changed behind a revision, in the series or in any of its occurrences.
func ChangedSince(a *crm.Activity, field string, revision int64) bool {
	for key, c := range a.Changed { // any order: one is enough
		if isAbout(key, field) && c.Revision > revision {
			return true
		}
	}
	return false
}

func isAbout(key, field string) bool {
	f, original := SplitKey(key)
	if original != "" && f == FieldCancelled {
		f = calendar.Recurrence.String()
	}
	return f == field
}

// anyHidden reports whether one of the keys is about an occurrence that is or was private.
func anyHidden(was, next *crm.Activity, keys []string) bool {
	for _, key := range keys {
		if _, original := SplitKey(key); original != "" &&
			(hiddenOccurrence(&was.Plan, original) || hiddenOccurrence(&next.Plan, original)) {
			return true
		}
	}
	return false
}
