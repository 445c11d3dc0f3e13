package api

import (
	"context"
	"reflect"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tahti/internal/engine"
	"tahti/internal/store"
)

// Counts are how many items a run dealt with, by what was done; all names are always there.
type Counts map[string]int

// Schema implements [huma.SchemaProvider]: the names are those of the engine.
func (Counts) Schema(huma.Registry) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeObject, Properties: map[string]*huma.Schema{}, Required: engine.CountNames, AdditionalProperties: false}
	for _, name := range append([]string{engine.WouldMail}, engine.CountNames...) {
		s.Properties[name] = &huma.Schema{Type: huma.TypeInteger, Format: "int64"}
	}
	s.Properties[engine.WouldMail].Description = "People; of a dry run only"
	s.PrecomputeMessages()
	return s
}

var _ huma.SchemaProvider = Counts(nil)

func countsOf(counts map[string]int) Counts {
	out := Counts{}
	for _, name := range engine.CountNames {
		out[name] = counts[name]
	}
	if n, dry := counts[engine.WouldMail]; dry {
		out[engine.WouldMail] = n
	}
	return out
}

// countsNow are the counts of a connection's last run, and how many are linked and wait now.
func countsNow(ctx context.Context, tx engine.Tx, connection store.ID) (Counts, error) {
	runs, err := tx.Runs(ctx, connection, 1)
	if err != nil {
		return nil, err
	}
	counts := Counts{}
	if len(runs) > 0 {
		counts = countsOf(runs[0].Counts)
	}
	links, err := tx.CountLinks(ctx, connection)
	if err != nil {
		return nil, err
	}
	work, err := tx.CountWork(ctx, connection)
	if err != nil {
		return nil, err
	}
	counts[engine.LinkedCount] = links[store.LinkLinked] + links[store.LinkWriting]
	counts[engine.ParkedCount] = work[store.HeldByParked]
	counts[engine.HeldCount] = work["brake"]
	counts[engine.NeedsSending] = work[store.HeldBySending]
	delete(counts, engine.WouldMail)
	return countsOf(counts), nil
}

// Run is one pass over one connection.
type Run struct {
	ID         *int64     `json:"id" nullable:"true" doc:"null until a run has begun"`
	State      string     `json:"state" enum:"queued,running,done,failed,held"`
	Kind       string     `json:"kind" enum:"sync,audit,dry_run"`
	Counts     Counts     `json:"counts"`
	Requests   *int       `json:"requests" nullable:"true" doc:"Calls made to the provider; null until a run has begun"`
	StartedAt  *time.Time `json:"started_at" nullable:"true"`
	FinishedAt *time.Time `json:"finished_at" nullable:"true"`
	Error      string     `json:"error" doc:"A code, or empty"`
	Title      string     `json:"title" doc:"The error in the reader's language, or empty"`
	Next       string     `json:"next" doc:"What to do about it, or empty"`
}

func runOf(c *caller, r store.Run) Run {
	if r.ID == 0 {
		return Run{State: "queued", Kind: "sync", Counts: countsOf(nil)}
	}
	out := Run{
		ID: &r.ID, State: r.State, Kind: r.Kind, Counts: countsOf(r.Counts), Requests: &r.Requests, StartedAt: at(r.Started),
		FinishedAt: at(r.Finished), Error: r.Error,
	}
	if r.Error != "" {
		x := c.Problem(r.Error)
		out.Title, out.Next = x.Title, x.Next
	}
	return out
}

type runRequest struct {
	ByID
	Body struct {
		DryRun bool `json:"dry_run,omitempty" doc:"Say what a run would do; write nothing"`
		Wait   bool `json:"wait,omitempty" doc:"Answer when the run has ended"`
	}
}

type runsRequest struct {
	ByID
	Limit int `query:"limit" minimum:"1" maximum:"100" default:"20"`
}

type runList struct {
	Runs []Run `json:"runs" nullable:"false"`
}

// The longest that a call waits for a run to end, or to begin. A run that takes longer is answered as it stands.
const (
	waitForEnd   = 5 * time.Minute
	waitForBegin = 200 * time.Millisecond
)

func (s *server) runRoutes(api huma.API) {
	route(s, api, "POST", "/connections/{id}/runs", "run", "Sync now, or say what a sync would do", 200, s.run)
	route(s, api, "GET", "/connections/{id}/runs", "list-runs", "List the last runs, newest first", 200, s.listRuns)
}

// speakOf has what is answered speak of a connection in the words of its kind.
func (s *server) speakOf(c *caller, ctx context.Context, id store.ID) error {
	x, err := s.House.Connections.Get(ctx, c.Who, id)
	c.Printer = c.At(x.Provider)
	return err
}

func (s *server) run(c *caller, ctx context.Context, in *runRequest) (*body[Run], error) {
	if err := s.speakOf(c, ctx, in.ID); err != nil {
		return nil, err
	}
	if in.Body.DryRun {
		r, err := s.House.Connections.DryRun(ctx, c.Who, in.ID)
		return answer(runOf(c, r), err)
	}
	wish, err := s.House.Connections.SyncNow(ctx, c.Who, in.ID)
	if err != nil {
		return nil, err
	}
	wait := waitForBegin
	if in.Body.Wait {
		wait = waitForEnd
	}
	waiting, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	r, err := s.House.Connections.Await(waiting, c.Who, in.ID, wish)
	if err != nil && waiting.Err() != nil && ctx.Err() == nil {
		err = nil // the time was up during a look; what was seen before it counts
	}
	return answer(runOf(c, r), err)
}

func (s *server) listRuns(c *caller, ctx context.Context, in *runsRequest) (*body[runList], error) {
	if err := s.speakOf(c, ctx, in.ID); err != nil {
		return nil, err
	}
	out := runList{Runs: []Run{}}
	err := s.view(ctx, c, func(tx engine.Tx) error {
		runs, err := tx.Runs(ctx, in.ID, in.Limit)
		if err != nil {
			return err
		}
		looks, err := tx.DryRuns(ctx, in.ID, in.Limit)
		runs = append(runs, looks...)
		slices.SortStableFunc(runs, func(a, b store.Run) int { return b.Started.Compare(a.Started) })
		out.Runs = out.Runs[:0]
		for _, r := range runs[:min(len(runs), in.Limit)] {
			out.Runs = append(out.Runs, runOf(c, r))
		}
		return err
	})
	return answer(out, err)
}

// nullable lets a field of a request be null as well as a value; absent it stays as it is.
func (maybe[T]) Schema(r huma.Registry) *huma.Schema {
	s := *r.Schema(reflect.TypeFor[T](), true, "")
	s.Nullable = true
	s.PrecomputeMessages()
	return &s
}
