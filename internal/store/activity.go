package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/recur"
)

var activityTable = newTable("activity", `owner creator revision type plan overridden note done visibility priority
	deal person org origin born changed created updated done_at deleted
	uid subject kind start_at end_at recurring private busy`)

// storedActivity is an activity with the columns that repeat parts of its plan for lists. They are written with every
// change of the plan and read by nobody but SQL.
type storedActivity struct {
	*crm.Activity
	overridden               bool
	uid, subject, kind       string
	startAt, endAt           int64
	recurring, private, busy bool
}

// activityColumns are those that are read; the repeated ones follow in repeated.
func activityColumns(a *storedActivity) []any {
	return []any{
		&a.ID, ref(&a.OwnerID), ref(&a.CreatorID), &a.Revision, &a.Type, value(&a.Plan), &a.overridden, &a.Note, &a.Done,
		(*string)(&a.Visibility), &a.Priority, ref(&a.DealID), ref(&a.PersonID), ref(&a.OrgID), ref(&a.Origin), &a.Born, mapping(&a.Changed),
		at(&a.CreatedAt), at(&a.UpdatedAt), at(&a.DoneAt), at(&a.DeletedAt),
		&a.uid, &a.subject, &a.kind, &a.startAt, &a.endAt, &a.recurring, &a.private, &a.busy,
	}
}

// toStore takes an activity apart: overrides, cancelled starts and what is the CRM's of single occurrences have rows of
// their own, the rest of the plan is one document.
func toStore(a *crm.Activity) (*storedActivity, []occurrence) {
	bare := *a
	rows := occurrences(a)
	bare.Plan.Overrides, bare.Plan.Cancelled, bare.Occurrences = nil, nil, nil
	return &storedActivity{
		Activity: &bare, overridden: len(rows) > 0,
		uid: a.Plan.UID, subject: a.Plan.Subject, kind: a.Plan.Start.Kind.String(),
		startAt: planned(a.Plan.Start), endAt: planned(a.Plan.End),
		recurring: a.Plan.IsSeries(), private: a.Plan.Private, busy: a.Plan.Busy,
	}, rows
}

// PutActivity inserts an activity, or updates it where the stored revision is the one before; else [ErrConflict].
func (tx *Tx) PutActivity(ctx context.Context, a *crm.Activity) error {
	s, rows := toStore(a)
	tx.ahead.activityChanged(s)
	fresh := a.ID == 0
	if fresh {
		if err := tx.put(ctx, activityTable, activityColumns(s)); err != nil {
			return err
		}
	} else if err := tx.updateActivity(ctx, s); err != nil {
		return wrap(err, "save activity %d", a.ID)
	}
	if !fresh {
		if _, err := tx.exec(ctx, "DELETE FROM activity_override WHERE company = $1 AND activity = $2", tx.company, a.ID); err != nil {
			return wrap(err, "save occurrences of activity %d", a.ID)
		}
	}
	if err := tx.addOccurrences(ctx, s.ID, rows); err != nil {
		return wrap(err, "save occurrences of activity %d", s.ID)
	}
	a.ID = s.ID
	return nil
}

var updateActivity = activityTable.update +
	fmt.Sprintf(" AND revision = $%d", len(activityColumns(&storedActivity{Activity: &crm.Activity{}}))+2)

func (tx *Tx) updateActivity(ctx context.Context, s *storedActivity) error {
	args := append([]any{tx.company}, activityColumns(s)...)
	n, err := tx.exec(ctx, updateActivity, append(args, s.Revision-1)...)
	if err != nil || n > 0 {
		return err
	}
	var revision int64
	err = tx.one(ctx, "SELECT revision FROM activity WHERE company = $1 AND id = $2", []any{tx.company, s.ID}, []any{&revision})
	if err != nil {
		return err
	}
	return fmt.Errorf("revision %d is to become %d: %w", revision, s.Revision, ErrConflict)
}

// Activity reads one activity, also a deleted one.
func (tx *Tx) Activity(ctx context.Context, id ID) (crm.Activity, error) {
	if known, ok := once(tx.ahead.activities, id); ok {
		return *known, nil
	}
	list, err := tx.activities(ctx, "id = $2", id)
	if err == nil && len(list) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return crm.Activity{}, fmt.Errorf("read activity %d: %w", id, err)
	}
	return list[0], nil
}

// ActivitiesByUID lists the live activities that an iCalendar UID names, by id: those whose plan has it, and those that
// were born here and have it in a calendar that they went out to.
func (tx *Tx) ActivitiesByUID(ctx context.Context, uid string) ([]crm.Activity, error) {
	if uid == "" {
		return nil, errors.New("list activities by UID: no UID is given")
	}
	if tx.ahead.noUID[uid] {
		return nil, nil
	}
	found, err := tx.activities(ctx, byUID, uid, int64(maxRows))
	if err != nil {
		return nil, wrap(err, "list activities by UID")
	}
	carried, err := list(ctx, tx.scope, func(id *ID) []any { return []any{id} }, carriedByUID, tx.company, uid, int64(maxRows))
	if err != nil {
		return nil, wrap(err, "list activities by UID")
	}
	for _, id := range carried {
		a, err := tx.Activity(ctx, id)
		if err != nil {
			return nil, err
		}
		if !a.Deleted() && !slices.ContainsFunc(found, func(f crm.Activity) bool { return f.ID == id }) {
			found = append(found, a)
		}
	}
	slices.SortFunc(found, func(a, b crm.Activity) int { return cmp.Compare(a.ID, b.ID) })
	return found, nil
}

// ActivitiesByBirth lists the live activities of an owner that were born as the same thing, by id.
func (tx *Tx) ActivitiesByBirth(ctx context.Context, owner ID, births []string) (found []crm.Activity, err error) {
	for _, b := range births {
		if b == "" || b == crm.BornHere {
			continue
		}
		list, err := tx.activities(ctx, byBirth, b, owner, int64(maxRows))
		if err != nil {
			return nil, wrap(err, "list activities by birth")
		}
		found = append(found, list...)
	}
	slices.SortFunc(found, func(a, b crm.Activity) int { return cmp.Compare(a.ID, b.ID) })
	return slices.CompactFunc(found, func(a, b crm.Activity) bool { return a.ID == b.ID }), nil
}

// BornHere lists the live activities of an owner that people made here, in no order.
func (tx *Tx) BornHere(ctx context.Context, owner ID) ([]ID, error) {
	ids, err := list(ctx, tx.scope, func(id *ID) []any { return []any{id} },
		"SELECT id FROM activity WHERE company = $1 AND "+bornHere, tx.company, owner)
	return ids, wrap(err, "list activities that were made here")
}

const bornHere = "owner = $2 AND born = 'here' AND deleted = 0"

// byBirth has no order, as byUID has none.
const byBirth = "born = $2 AND born <> '' AND born <> 'here' AND owner = $3 AND deleted = 0 LIMIT $4"

// carriedByUID may answer an activity twice: for DISTINCT, SQLite walks all of a company's links by activity.
const carriedByUID = "SELECT activity FROM link WHERE company = $1 AND remote_uid = $2 AND remote_uid <> ''" +
	" AND state <> 'gone' AND activity IS NOT NULL LIMIT $3"

// byUID has no order: asked for one by id, SQLite walks all of a company's activities by id rather than sort the few.
const byUID = "uid = $2 AND uid <> '' AND deleted = 0 LIMIT $3"

// activities reads the rows that a condition finds, and in one more query what differs in single occurrences of them.
func (tx *Tx) activities(ctx context.Context, where string, args ...any) ([]crm.Activity, error) {
	columns := func(s *storedActivity) []any {
		s.Activity = &crm.Activity{}
		return activityColumns(s)
	}
	rows, err := list(ctx, tx.scope, columns, "SELECT id, "+activityTable.columns+" FROM activity WHERE company = $1 AND "+where,
		append([]any{tx.company}, args...)...)
	if err != nil {
		return nil, err
	}
	out := make([]crm.Activity, len(rows))
	var series []*crm.Activity
	for i := range rows {
		out[i] = *rows[i].Activity
		if rows[i].overridden {
			series = append(series, &out[i])
		}
	}
	return out, tx.readOccurrences(ctx, series)
}

// planned is the instant by which lists sort. A date and a floating time have none; they are read as UTC, which is within a
// day of right. So is a zone that nobody knows.
func planned(t calendar.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Instant(zone(t)).UnixMicro()
}

func zone(t calendar.Time) *time.Location {
	if t.Kind != calendar.Zoned {
		return time.UTC
	}
	loc, err := recur.Location(t.Zone)
	if err != nil {
		return time.UTC
	}
	return loc
}
