package api

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tahti/internal/engine"
	"tahti/internal/lens"
	"tahti/internal/provider"
	"tahti/internal/text"
)

// Explanation is why something is, or is not, in sync with a connection: by the functions that sync decides with.
type Explanation struct {
	InSync    bool       `json:"in_sync"`
	Code      string     `json:"code"`
	Reason    string     `json:"reason" doc:"In the reader's language; where several things are in the way, all of them"`
	Rule      string     `json:"rule" doc:"The setting that decided, or empty; of several the first"`
	Remedy    Remedy     `json:"remedy"`
	Obstacles []Obstacle `json:"obstacles" nullable:"false" doc:"All that is in the way, in the order in which to clear it away: with all of it gone the item is carried over, with any of it left it is not"`
}

// Obstacle is one of the things that are in the way of an item.
type Obstacle struct {
	Code   string `json:"code"`
	Reason string `json:"reason" doc:"In the reader's language"`
	Rule   string `json:"rule" doc:"The setting that decided, or empty"`
	Remedy Remedy `json:"remedy"`
}

// SettingsChange is what to save as a connection's settings: the one that is in the way, as it has to be.
type SettingsChange struct {
	Direction lens.Direction `json:"direction,omitzero"`
	TypesOut  []string       `json:"types_out,omitzero"`
	Start     lens.Start     `json:"start,omitzero"`
	Relay     bool           `json:"relay,omitzero"`
	Private   string         `json:"private,omitzero"`
	Rules     []lens.Rule    `json:"rules,omitzero"`
	Guests    string         `json:"guests,omitzero"`
}

func changeOf(setting string, to any) *SettingsChange {
	var out SettingsChange
	b, err := json.Marshal(map[string]any{setting: to})
	if err == nil {
		err = json.Unmarshal(b, &out)
	}
	if err != nil {
		panic(fmt.Sprintf("setting %s cannot be written as JSON: %v: %v", setting, to, err)) // plain values of our own
	}
	return &out
}

// explanationOf puts an explanation into the caller's words.
func explanationOf(c *caller, x *engine.Explanation, event bool, now time.Time) Explanation {
	out := Explanation{InSync: x.InSync, Obstacles: make([]Obstacle, 0, len(x.Obstacles))}
	if len(x.Obstacles) == 0 {
		why := c.Scope(string(x.Reason))
		if x.Problem != "" {
			why = c.Problem(x.Problem)
		}
		out.Code, out.Reason, out.Remedy = why.Code, sentences(why), Remedy{Action: string(lens.NoRemedy), Label: why.Next}
		if x.Reason == lens.InScope {
			out.Remedy.Action = string(lens.SyncNow)
		}
		if x.Untold != 0 {
			out.Reason += " " + c.T("work.untold", "what", c.Fields(x.Untold))
		}
		if x.Hidden != 0 {
			out.Reason += " " + c.T("work.hidden", "what", c.Fields(x.Hidden))
		}
		if x.Shortened {
			out.Reason += " " + c.T("work.first_day")
		}
		return out
	}
	var all []string
	for _, o := range x.Obstacles {
		out.Obstacles = append(out.Obstacles, obstacleOf(c, &o, x.Activity, event, now))
		all = append(all, out.Obstacles[len(out.Obstacles)-1].Reason)
	}
	first := out.Obstacles[0]
	out.Code, out.Rule, out.Remedy, out.Reason = first.Code, first.Rule, first.Remedy, strings.Join(all, " ")
	return out
}

func obstacleOf(c *caller, o *engine.Obstacle, activity int64, event bool, now time.Time) Obstacle {
	in := text.InTheWay{State: o.State, Reason: string(o.Reason), Setting: o.Setting, Event: event && o.Remedy == lens.ChangeSetting}
	if o.Work != nil {
		in.Waits, in.Problem, in.When = o.Work.State(), o.Work.Reason, c.Ago(o.Work.Due, now)
	}
	if !o.Shown.From.IsZero() {
		in.From, in.To = c.Date(o.Shown.From), c.Date(o.Shown.To)
	}
	why := c.Obstacle(in)
	out := Obstacle{Code: why.Code, Reason: sentences(why), Rule: o.Setting, Remedy: Remedy{Action: string(o.Remedy), Label: why.Next}}
	switch o.Remedy {
	case lens.SyncOne, lens.SetDate, lens.ChangeActivity, lens.Undo:
		out.Remedy.ActivityID = activity
	case lens.ChangeSetting:
		out.Remedy.Change = changeOf(o.Setting, o.To)
	case engine.ToRetry, engine.ToSend, engine.ToAnswer:
		out.Remedy.WorkID = o.Work.ID
	case engine.ToConfirm:
		if o.Work != nil {
			out.Remedy.HoldID = holdOfWork(o.Work)
		}
	}
	return out
}

func sentences(x text.Explanation) string {
	if x.Cause == "" {
		return x.Title + "."
	}
	return x.Title + ". " + x.Cause
}

type explainActivity struct {
	ByID
	Connection int64 `query:"connection" required:"true" minimum:"1"`
}

type explainEvent struct {
	ByID
	Event string `query:"event" required:"true" minLength:"1" maxLength:"4000" doc:"The event's id at the provider"`
}

func (s *server) explainRoutes(api huma.API) {
	route(s, api, "GET", "/activities/{id}/explain", "explain-activity", "Say why an activity is (not) in sync", 200, s.explainActivity)
	route(s, api, "GET", "/connections/{id}/explain", "explain-event", "Say why an event is (not) in sync", 200, s.explainEvent)
}

func (s *server) explainActivity(c *caller, ctx context.Context, in *explainActivity) (*body[Explanation], error) {
	x, err := s.House.Connections.Explain(ctx, c.Who, in.Connection, in.ID)
	return answer(explanationOf(c, &x, false, s.now()), err)
}

func (s *server) explainEvent(c *caller, ctx context.Context, in *explainEvent) (*body[Explanation], error) {
	x, err := s.House.Connections.ExplainEvent(ctx, c.Who, in.ID, provider.RemoteID(in.Event))
	return answer(explanationOf(c, &x, true, s.now()), err)
}
