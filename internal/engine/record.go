package engine

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"tahti/internal/calendar"
	"tahti/internal/hub"
	"tahti/internal/lens"
	"tahti/internal/merge"
	"tahti/internal/store"
)

// recordConflicts keeps every losing value (I2), also what was typed into the block that is ours.
func (r *run) recordConflicts(ctx context.Context, tx Tx, s *situation, conflicts []merge.Conflict) error {
	for _, c := range conflicts {
		row, err := r.conflictRow(ctx, tx, s, c)
		if err != nil {
			return err
		}
		if err := r.keepLost(ctx, tx, s, row); err != nil {
			return err
		}
	}
	for _, x := range s.typed {
		if err := r.keepTypedInside(ctx, tx, s, x); err != nil {
			return err
		}
	}
	return nil
}

// keepTypedInside keeps what was typed into the block of the series or of a date. A date is named as the calendar names it now.
func (r *run) keepTypedInside(ctx context.Context, tx Tx, s *situation, x lens.Typed) error {
	at := merge.Place{Occurrence: x.Occurrence, Original: x.Original}
	return r.keepLost(ctx, tx, s, store.Conflict{
		Connection: r.connection.ID, Activity: s.activity.ID, Original: s.nameOf(at), Field: calendar.Description.String(), Winner: "crm",
		Lost: hub.ValueOf(&calendar.Values{Description: x.Text}, calendar.Description),
		Own:  s.activity.OwnerID != r.connection.Member && keptPrivate(&s.remote, at, calendar.Description, 0),
	})
}

// nameOf is how rows call a date; empty: it is the series.
func (s *situation) nameOf(at merge.Place) string {
	if !at.Occurrence {
		return ""
	}
	return calendar.Time{Kind: s.local.Start.Kind, Wall: at.Original}.Key()
}

// keepLost keeps a losing value. What loses in the calendar of somebody who gave the activity away, and takes no part in it, is theirs
// alone: it may be from a time when all of it was theirs (I23).
func (r *run) keepLost(ctx context.Context, tx Tx, s *situation, c store.Conflict) error {
	r.counts[ConflictCount]++
	c.Own = c.Own || c.Winner == merge.CRM.String() && !r.concerned(s)
	return r.e.Hub.AddConflict(ctx, tx, c)
}

func (r *run) conflictRow(ctx context.Context, tx Tx, s *situation, c merge.Conflict) (store.Conflict, error) {
	row := store.Conflict{
		Connection: r.connection.ID, Activity: s.activity.ID, Field: c.Field.String(), Winner: c.Winner.String(),
		Kept: conflictValue(c.Field, &c.Kept, c.KeptRule, c.KeptExtra), Lost: conflictValue(c.Field, &c.Lost, c.LostRule, c.LostExtra),
		Own: c.Own, Original: s.nameOf(c.Place),
	}
	if c.Op == merge.Cancel {
		row.Field, row.Lost = "cancelled", json.RawMessage("true")
	}
	if !calendar.FacetFields.Has(c.Field) {
		return row, nil
	}
	var err, err2 error
	row.Lost, err = r.facetValue(ctx, tx, c.Field, &c.Lost, true)
	if row.Kept = nil; c.Winner == merge.Calendar || s.local.Known.Has(c.Field) {
		row.Kept, err2 = r.facetValue(ctx, tx, c.Field, &c.Kept, true)
	} // else it is withheld: what stands for nothing said would read as a type, or as not done
	return row, errors.Join(err, err2)
}

// eventChange writes what differs between two events in some fields as history does: by field, and by field@original for occurrences.
func (r *run) eventChange(
	ctx context.Context, tx Tx, before, after *calendar.Event, fields calendar.FieldSet,
) (was, is json.RawMessage, err error) {
	blank := calendar.Event{Known: calendar.AllFields | calendar.FacetFields}
	if before == nil {
		before = &blank
	}
	if after == nil {
		after = &blank
	}
	from, to := map[string]json.RawMessage{}, map[string]json.RawMessage{}
	for _, ch := range merge.Diff(before, after).Only(fields).List {
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
		if calendar.FacetFields.Has(ch.Field) {
			if from[key], err = r.facetValue(ctx, tx, ch.Field, &ch.From, false); err != nil {
				return nil, nil, err
			}
			if to[key], err = r.facetValue(ctx, tx, ch.Field, &ch.To, false); err != nil {
				return nil, nil, err
			}
			continue
		}
		from[key] = conflictValue(ch.Field, &ch.From, ch.FromRule, ch.FromExtra)
		if ch.Op != merge.Inherit { // what an occurrence inherits is no value of its own
			to[key] = conflictValue(ch.Field, &ch.To, ch.Rule, ch.Extra)
		}
	}
	return hub.Object(from), hub.Object(to), nil
}

func truth(b bool) json.RawMessage {
	if b {
		return json.RawMessage("true")
	}
	return json.RawMessage("false")
}

func conflictValue(f calendar.Field, v *calendar.Values, rule string, extra []calendar.Time) json.RawMessage {
	if f == calendar.Recurrence {
		return hub.RecurrenceValue(rule, extra)
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
	return r.e.Hub.AddConflict(ctx, tx, store.Conflict{
		Connection: r.connection.ID, Activity: s.activity.ID, Field: "deleted", Winner: winner.String(), Lost: lost,
	})
}

// recordWrite puts what was written at the provider into history, and nothing in which the two sides differ besides: what only comes in, as
// guests do, and what stands apart. An undo of the write would give the activity what the event says there.
func (r *run) recordWrite(ctx context.Context, tx Tx, p planned) error {
	kind, fields := p.kind, calendar.EitherSide
	switch p.kind {
	case "create":
		r.counts[CreatedInCalendar]++
		r.made[out].fresh++
	case "update":
		r.counts[UpdatedInCalendar]++
		fields = p.write.Put.Fields
	case "delete", "withdraw":
		r.counts[DeletedInCalendar]++
		kind, fields = "delete", calendar.AllFields|calendar.FacetFields
	}
	if strings.HasPrefix(p.work.Subject, "a:") {
		r.lag = r.now().Sub(p.work.Created)
	}
	before, after, err := r.eventChange(ctx, tx, p.before, p.after, fields)
	if err != nil {
		return err
	}
	return r.e.Hub.AddHistory(ctx, tx, store.History{
		Connection: r.connection.ID, Run: r.row.ID, Activity: p.activity, Actor: "sync", Direction: string(out), Kind: kind,
		Before: before, After: after,
	})
}
