package engine

import (
	"context"
	"encoding/json"
	"fmt"

	"tahti/internal/calendar"
	"tahti/internal/hub"
	"tahti/internal/merge"
	"tahti/internal/store"
)

// recordConflicts keeps every losing value (I2), also what was typed into the block that is ours.
func (r *run) recordConflicts(ctx context.Context, tx Tx, s *situation, conflicts []merge.Conflict) error {
	for _, c := range conflicts {
		row := store.Conflict{
			Connection: r.connection.ID, Activity: s.activity.ID, At: r.now(), Field: c.Field.String(), Winner: c.Winner.String(),
			Kept: conflictValue(c.Field, &c.Kept, c.KeptRule), Lost: conflictValue(c.Field, &c.Lost, c.LostRule),
		}
		if c.Occurrence {
			row.Original = calendar.Time{Kind: s.local.Start.Kind, Wall: c.Original}.Key()
		}
		if c.Op == merge.Cancel {
			row.Field, row.Lost = "cancelled", json.RawMessage("true")
		}
		if err := tx.PutConflict(ctx, &row); err != nil {
			return err
		}
		r.counts[ConflictCount]++
	}
	if s.typed == "" {
		return nil
	}
	lost, err := json.Marshal(s.typed)
	if err != nil {
		return err
	}
	r.counts[ConflictCount]++
	return tx.PutConflict(ctx, &store.Conflict{
		Connection: r.connection.ID, Activity: s.activity.ID, At: r.now(), Field: calendar.Description.String(), Winner: "crm", Lost: lost,
	})
}

// eventChange writes what differs between two events as history does: by field, and by field@original for occurrences.
func eventChange(before, after *calendar.Event) (was, is json.RawMessage) {
	blank := calendar.Event{Known: calendar.AllFields}
	if before == nil {
		before = &blank
	}
	if after == nil {
		after = &blank
	}
	from, to := map[string]json.RawMessage{}, map[string]json.RawMessage{}
	for _, ch := range merge.Diff(before, after).List {
		key := ch.Field.String()
		if ch.Op == merge.Cancel || ch.Op == merge.Uncancel {
			key = "cancelled"
		}
		if ch.Occurrence {
			key = hub.OccurrenceKey(key, calendar.Time{Kind: before.Start.Kind, Wall: ch.Original}.Key())
		}
		if ch.Op == merge.Cancel || ch.Op == merge.Uncancel {
			from[key], to[key] = truth(ch.Op == merge.Uncancel), truth(ch.Op == merge.Cancel)
			continue
		}
		from[key], to[key] = conflictValue(ch.Field, &ch.From, ch.FromRule), conflictValue(ch.Field, &ch.To, ch.Rule)
	}
	return object(from), object(to)
}

func truth(b bool) json.RawMessage {
	if b {
		return json.RawMessage("true")
	}
	return json.RawMessage("false")
}

func object(m map[string]json.RawMessage) json.RawMessage {
	b, err := json.Marshal(m)
	if err != nil {
		panic(fmt.Sprintf("values of an event cannot be written as JSON: %v", err)) // they are JSON already
	}
	return b
}

func conflictValue(f calendar.Field, v *calendar.Values, rule string) json.RawMessage {
	if f == calendar.Recurrence {
		return hub.RecurrenceValue(rule, nil)
	}
	return hub.ValueOf(v, f)
}

// notice keeps a record that an edit outlived a deletion.
func (r *run) notice(ctx context.Context, tx Tx, s *situation, winner merge.Side, what string) error {
	lost, err := json.Marshal(what)
	if err != nil {
		return err
	}
	r.counts[ConflictCount]++
	return tx.PutConflict(ctx, &store.Conflict{
		Connection: r.connection.ID, Activity: s.activity.ID, At: r.now(), Field: "deleted", Winner: winner.String(), Lost: lost,
	})
}

// recordWrite puts what was written at the provider into history.
func (r *run) recordWrite(ctx context.Context, tx Tx, p planned) error {
	kind := p.kind
	switch p.kind {
	case "create":
		r.counts[CreatedInCalendar]++
		if err := tx.Tally(ctx, r.connection.ID, string(out), "create", r.now(), 1); err != nil {
			return err
		}
	case "update":
		r.counts[UpdatedInCalendar]++
	case "delete", "withdraw":
		r.counts[DeletedInCalendar]++
		kind = "delete"
	}
	before, after := eventChange(p.before, p.after)
	return tx.AddHistory(ctx, &store.History{
		Connection: r.connection.ID, Run: r.row.ID, Activity: p.activity, At: r.now(), Actor: "sync", Direction: string(out), Kind: kind,
		Before: before, After: after,
	})
}
