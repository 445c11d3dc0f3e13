package api

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tahti/internal/connection"
	"tahti/internal/store"
)

// Work is something that a connection still has to deal with.
type Work struct {
	ID           int64      `json:"id"`
	ConnectionID int64      `json:"connection_id"`
	ActivityID   *int64     `json:"activity_id" nullable:"true"`
	Event        string     `json:"event" doc:"The event's id at the provider, or empty"`
	State        string     `json:"state" enum:"todo,back_off,parked,held,sending"`
	HoldID       *int64     `json:"hold_id" nullable:"true" doc:"The brake that holds it"`
	Reason       string     `json:"reason" doc:"A code, or empty"`
	Title        string     `json:"title"`
	Cause        string     `json:"cause"`
	Next         string     `json:"next"`
	People       int        `json:"people" doc:"How many sending it would mail"`
	Attempts     int        `json:"attempts"`
	DueAt        *time.Time `json:"due_at" nullable:"true"`
	CreatedAt    time.Time  `json:"created_at"`
}

func workOf(c *caller, w store.Work) Work {
	out := Work{
		ID: w.ID, ConnectionID: w.Connection, State: w.State(), Reason: w.Reason, People: w.People, Attempts: w.Attempts,
		DueAt: at(w.Due), CreatedAt: w.Created.UTC(),
	}
	kind, id, _ := strings.Cut(w.Subject, ":")
	if n, err := strconv.ParseInt(id, 10, 64); kind == "a" && err == nil {
		out.ActivityID = &n
	} else {
		out.Event = id
	}
	if n := holdOfWork(&w); n != 0 {
		out.HoldID = &n
	}
	out.Title = c.T("work." + out.State + ".title")
	if w.Reason != "" {
		x := c.Problem(w.Reason)
		out.Title, out.Cause, out.Next = x.Title, x.Cause, x.Next
	}
	return out
}

// holdOfWork is the brake that holds a piece of work; 0 if none does.
func holdOfWork(w *store.Work) int64 {
	brake, held := strings.CutPrefix(w.HeldBy, store.HeldByBrake)
	n, err := strconv.ParseInt(brake, 10, 64)
	if !held || err != nil {
		return 0
	}
	return n
}

type workList struct {
	Work []Work `json:"work" nullable:"false"`
	Next int64  `json:"next" doc:"The after of the next page; 0 at the end"`
}

type workRequest struct {
	ByID
	After int64 `query:"after" minimum:"0"`
	Limit int   `query:"limit" minimum:"1" maximum:"500" default:"100"`
}

// Hold is a brake that closed: sync wants to do something unusual, and asks first.
type Hold struct {
	ID           int64     `json:"id"`
	ConnectionID int64     `json:"connection_id"`
	Direction    string    `json:"direction" enum:"in,out"`
	Kind         string    `json:"kind" enum:"delete,create,restore,twin"`
	Size         int       `json:"size"`
	State        string    `json:"state" enum:"open,confirmed,rejected"`
	Title        string    `json:"title"`
	Why          string    `json:"why"`
	CreatedAt    time.Time `json:"created_at"`
}

func holdOf(c *caller, h store.Hold) Hold {
	out := Hold{
		ID: h.ID, ConnectionID: h.Connection, Direction: h.Direction, Kind: h.Kind, Size: h.Size, State: h.State, CreatedAt: h.Created.UTC(),
		Title: c.T("hold.title"),
	}
	if key := "hold." + h.Direction + "_" + h.Kind; c.Has(key) || h.Kind != "restore" {
		out.Title = c.T(key, "n", h.Size)
	}
	if key := "hold." + h.Kind + "_why"; c.Has(key) {
		out.Why = c.T(key)
	}
	return out
}

type holdList struct {
	Holds []Hold `json:"holds" nullable:"false"`
}

type holdsRequest struct {
	Connection int64 `query:"connection" minimum:"0" doc:"0: all that one may see"`
}

// Done is the answer of an action that has nothing else to say.
type Done struct {
	Done bool `json:"done"`
}

func (s *server) workRoutes(api huma.API) {
	route(s, api, "GET", "/connections/{id}/work", "list-work", "List what waits, backs off, is set aside, held or needs sending", 200, s.listWork)
	route(s, api, "GET", "/holds", "list-holds", "List what waits for a person's confirmation", 200, s.listHolds)
	act := func(path, id, words string, f func(*connection.Service, context.Context, connection.Who, store.ID) error) {
		route(s, api, "POST", path, id, words, 200, func(c *caller, ctx context.Context, in *ByID) (*body[Done], error) {
			return answer(Done{true}, f(s.House.Connections, ctx, c.Who, in.ID))
		})
	}
	act("/work/{id}/retry", "retry-work", "Try an item again now", (*connection.Service).Retry)
	act("/work/{id}/drop", "drop-work", "Give an item up: both sides stay as they are", (*connection.Service).Drop)
	act("/work/{id}/send", "send-work", "Write a change although it mails people", (*connection.Service).Send)
	act("/work/{id}/this", "this-is-it", "Say that an item is what sync has made, where it cannot tell", (*connection.Service).ThisOne)
	act("/work/{id}/anew", "make-anew", "Say that no item is what sync has made, so that it is made anew", (*connection.Service).MakeAnew)
	act("/holds/{id}/confirm", "confirm-hold", "Let what is held go on", (*connection.Service).Confirm)
	act("/holds/{id}/reject", "reject-hold", "Leave both sides as they are", (*connection.Service).Reject)
}

func (s *server) listWork(c *caller, ctx context.Context, in *workRequest) (*body[workList], error) {
	if err := s.speakOf(c, ctx, in.ID); err != nil {
		return nil, err
	}
	list, err := s.House.Connections.Waiting(ctx, c.Who, in.ID, in.After, in.Limit)
	out := workList{Work: make([]Work, len(list))}
	for i, w := range list {
		out.Work[i] = workOf(c, w)
	}
	if len(list) == in.Limit {
		out.Next = list[len(list)-1].ID
	}
	return answer(out, err)
}

func (s *server) listHolds(c *caller, ctx context.Context, in *holdsRequest) (*body[holdList], error) {
	list, err := s.House.Connections.Holds(ctx, c.Who, in.Connection)
	out := holdList{Holds: make([]Hold, len(list))}
	for i, h := range list {
		out.Holds[i] = holdOf(c, h)
	}
	return answer(out, err)
}
