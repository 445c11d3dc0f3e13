package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"tahti/internal/calendar"
	"tahti/internal/crm"
)

// occurrence is a row of activity_override: what one occurrence of a series has for itself.
type occurrence struct {
	activity  ID
	original  string // as [calendar.Time.Key] has it
	cancelled bool
	override  *calendar.Override
	crm       *crm.Occurrence
}

func occurrenceColumns(o *occurrence) []any {
	return []any{&o.activity, &o.original, &o.cancelled, pointer(&o.override), pointer(&o.crm)}
}

// occurrences collects the rows of an activity, one per original start, sorted.
func occurrences(a *crm.Activity) []occurrence {
	n := len(a.Plan.Overrides) + len(a.Plan.Cancelled) + len(a.Occurrences)
	if n == 0 {
		return nil
	}
	at := make(map[string]*occurrence, n)
	row := func(w calendar.Wall) *occurrence {
		start := a.Plan.Start
		start.Wall = w
		key := start.Key()
		if at[key] == nil {
			at[key] = &occurrence{original: key}
		}
		return at[key]
	}
	for i := range a.Plan.Overrides {
		row(a.Plan.Overrides[i].Original).override = &a.Plan.Overrides[i]
	}
	for _, w := range a.Plan.Cancelled {
		row(w).cancelled = true
	}
	for i := range a.Occurrences {
		row(a.Occurrences[i].Original).crm = &a.Occurrences[i]
	}
	rows := make([]occurrence, 0, len(at))
	for _, o := range at {
		rows = append(rows, *o)
	}
	slices.SortFunc(rows, func(a, b occurrence) int { return cmp.Compare(a.original, b.original) })
	return rows
}

// addOccurrences inserts rows, many with one statement.
func (tx *Tx) addOccurrences(ctx context.Context, activity ID, rows []occurrence) error {
	const columns, atOnce = 6, 50
	for chunk := range slices.Chunk(rows, atOnce) {
		var text strings.Builder
		text.WriteString("INSERT INTO activity_override (company, activity, original, cancelled, fields, crm) VALUES ")
		args := make([]any, 0, columns*len(chunk))
		for i := range chunk {
			if i > 0 {
				text.WriteString(", ")
			}
			text.WriteString("(" + placeholders(len(args)+1, columns) + ")")
			chunk[i].activity = activity
			args = append(append(args, tx.company), occurrenceColumns(&chunk[i])...)
		}
		if _, err := tx.exec(ctx, text.String(), args...); err != nil {
			return err
		}
	}
	return nil
}

// readOccurrences puts back what toStore took apart, for all series with one query.
func (tx *Tx) readOccurrences(ctx context.Context, series []*crm.Activity) error {
	if len(series) == 0 {
		return nil
	}
	byID := make(map[ID]*crm.Activity, len(series))
	ids := make([]ID, len(series))
	for i, a := range series {
		ids[i], byID[a.ID] = a.ID, a
	}
	in, arg := tx.db.dialect.inList("$2", ids)
	rows, err := list(ctx, tx.scope, occurrenceColumns, "SELECT activity, original, cancelled, fields, crm FROM activity_override"+
		" WHERE company = $1 AND activity IN "+in+" ORDER BY activity, original", tx.company, arg)
	if err != nil {
		return fmt.Errorf("read occurrences: %w", err)
	}
	for _, o := range rows {
		a := byID[o.activity]
		if o.override != nil {
			a.Plan.Overrides = append(a.Plan.Overrides, *o.override)
		}
		if o.crm != nil {
			a.Occurrences = append(a.Occurrences, *o.crm)
		}
		if o.cancelled {
			w, err := calendar.ParseWall(o.original)
			if err != nil {
				return fmt.Errorf("read occurrences of activity %d: %w", o.activity, err)
			}
			a.Plan.Cancelled = append(a.Plan.Cancelled, w)
		}
	}
	return nil
}
