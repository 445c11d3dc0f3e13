package api

import (
	"context"
	"encoding/json"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tahti/internal/engine"
	"tahti/internal/store"
)

// History is one change that sync or a person made, field by field, as the caller may see it.
type History struct {
	ID           int64          `json:"id"`
	ConnectionID *int64         `json:"connection_id" nullable:"true"`
	RunID        *int64         `json:"run_id" nullable:"true"`
	ActivityID   *int64         `json:"activity_id" nullable:"true"`
	UserID       *int64         `json:"user_id" nullable:"true"`
	At           time.Time      `json:"at"`
	Actor        string         `json:"actor" enum:"person,sync,system"`
	Direction    string         `json:"direction" enum:"in,out,"`
	Kind         string         `json:"kind"`
	Words        string         `json:"words" doc:"What happened, in the reader's language"`
	Before       map[string]any `json:"before" nullable:"true"`
	After        map[string]any `json:"after" nullable:"true"`
	UndoneAt     *time.Time     `json:"undone_at" nullable:"true"`
}

func fieldsOf(raw json.RawMessage) (fields map[string]any, err error) {
	if len(raw) == 0 {
		return nil, nil
	}
	err = json.Unmarshal(raw, &fields)
	delete(fields, "was_masked")
	return fields, err
}

func historyOf(c *caller, h store.History) (History, error) {
	out := History{
		ID: h.ID, ConnectionID: orNull(h.Connection), RunID: orNull(h.Run), ActivityID: orNull(h.Activity), UserID: orNull(h.Member),
		At: h.At.UTC(), Actor: h.Actor, Direction: h.Direction, Kind: h.Kind, Words: c.History(h.Direction, h.Kind), UndoneAt: at(h.Undone),
	}
	var err, err2 error
	out.Before, err = fieldsOf(h.Before)
	out.After, err2 = fieldsOf(h.After)
	return out, firstError(err, err2)
}

// Conflict keeps a losing value. The values are the owner's to see: null for everybody else.
type Conflict struct {
	ID           int64      `json:"id"`
	ConnectionID *int64     `json:"connection_id" nullable:"true"`
	ActivityID   int64      `json:"activity_id"`
	At           time.Time  `json:"at"`
	Original     string     `json:"original" doc:"The occurrence's original start; empty for the series"`
	Field        string     `json:"field"`
	Winner       string     `json:"winner" enum:"crm,calendar"`
	Kept         any        `json:"kept"`
	Lost         any        `json:"lost"`
	ResolvedAt   *time.Time `json:"resolved_at" nullable:"true"`
}

func conflictOf(x store.Conflict) (Conflict, error) {
	out := Conflict{
		ID: x.ID, ConnectionID: orNull(x.Connection), ActivityID: x.Activity, At: x.At.UTC(), Original: x.Original, Field: x.Field,
		Winner: x.Winner, ResolvedAt: at(x.Resolved),
	}
	for _, v := range []struct {
		raw  json.RawMessage
		into *any
	}{{x.Kept, &out.Kept}, {x.Lost, &out.Lost}} {
		if len(v.raw) > 0 {
			if err := json.Unmarshal(v.raw, v.into); err != nil {
				return out, err
			}
		}
	}
	return out, nil
}

type historyRequest struct {
	ByID
	Before int64 `query:"before" minimum:"0" doc:"The next of the page before"`
	Limit  int   `query:"limit" minimum:"1" maximum:"500" default:"100"`
}

type conflictsRequest struct {
	Before int64 `query:"before" minimum:"0" doc:"The next of the page before"`
	Limit  int   `query:"limit" minimum:"1" maximum:"500" default:"100"`
}

type historyList struct {
	History []History `json:"history" nullable:"false"`
	Next    int64     `json:"next" doc:"The before of the next page; 0 at the end"`
}

type conflictList struct {
	Conflicts []Conflict `json:"conflicts" nullable:"false"`
	Next      int64      `json:"next" doc:"The before of the next page; 0 at the end"`
}

// Undone is what became of an undo.
type Undone struct {
	ActivityID int64    `json:"activity_id"`
	Kept       []string `json:"kept" nullable:"false" doc:"Fields that somebody has changed since: left alone, and filed as conflicts"`
}

// Changed is the activity that holds what was changed.
type Changed struct {
	ActivityID int64 `json:"activity_id"`
	Revision   int64 `json:"revision"`
}

func (s *server) historyRoutes(api huma.API) {
	route(s, api, "GET", "/connections/{id}/history", "list-history", "List changes by sync, newest first", 200, s.listHistory)
	route(s, api, "POST", "/history/{id}/undo", "undo", "Take a change back", 200, s.undo)
	route(s, api, "GET", "/conflicts", "list-conflicts", "List values that lost, of one's own activities", 200, s.listConflicts)
	route(s, api, "POST", "/conflicts/{id}/restore", "restore-conflict", "Put the losing value back", 200, s.restore)
}

func (s *server) listHistory(c *caller, ctx context.Context, in *historyRequest) (*body[historyList], error) {
	if _, err := s.House.Connections.Get(ctx, c.Who, in.ID); err != nil {
		return nil, err
	}
	out := historyList{History: []History{}}
	err := s.view(ctx, c, func(tx engine.Tx) error {
		rows, err := s.House.Hub.HistoryOf(ctx, tx, c.User, in.ID, 0, in.Before, in.Limit)
		if err != nil {
			return err
		}
		out.History = out.History[:0]
		for _, row := range rows {
			h, err := historyOf(c, row)
			if err != nil {
				return err
			}
			out.History = append(out.History, h)
		}
		if len(rows) == in.Limit {
			out.Next = rows[len(rows)-1].ID
		}
		return nil
	})
	return answer(out, err)
}

func (s *server) undo(c *caller, ctx context.Context, in *ByID) (*body[Undone], error) {
	out := Undone{Kept: []string{}}
	err := s.change(ctx, c, func(tx engine.Tx) error {
		row, err := tx.History(ctx, in.ID)
		if err != nil {
			return err
		}
		u, err := s.House.Hub.Undo(ctx, tx, c.by(), in.ID)
		out.ActivityID = row.Activity
		out.Kept = append(out.Kept[:0], u.Kept...)
		return err
	})
	return answer(out, err)
}

func (s *server) listConflicts(c *caller, ctx context.Context, in *conflictsRequest) (*body[conflictList], error) {
	out := conflictList{Conflicts: []Conflict{}}
	err := s.view(ctx, c, func(tx engine.Tx) error {
		rows, err := s.House.Hub.ConflictsOf(ctx, tx, c.User, c.User.ID, in.Before, in.Limit)
		if err != nil {
			return err
		}
		out.Conflicts = out.Conflicts[:0]
		for _, row := range rows {
			x, err := conflictOf(row)
			if err != nil {
				return err
			}
			out.Conflicts = append(out.Conflicts, x)
		}
		if len(rows) == in.Limit {
			out.Next = rows[len(rows)-1].ID
		}
		return nil
	})
	return answer(out, err)
}

func (s *server) restore(c *caller, ctx context.Context, in *ByID) (*body[Changed], error) {
	var out Changed
	err := s.change(ctx, c, func(tx engine.Tx) error {
		a, err := s.House.Hub.RestoreConflict(ctx, tx, c.by(), in.ID)
		out = Changed{a.ID, a.Revision}
		return err
	})
	return answer(out, err)
}
