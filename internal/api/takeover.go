package api

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tahti/internal/calendar"
	"tahti/internal/connection"
	"tahti/internal/engine"
	"tahti/internal/hub"
	"tahti/internal/match"
	"tahti/internal/othersync"
	"tahti/internal/store"
)

// takeOverWish is what to look at, or what to do with what was shown.
type takeOverWish struct {
	Preview bool `json:"preview,omitempty" doc:"Say what is on both sides; change nothing"`
	Offset  int  `json:"offset,omitempty" minimum:"0" doc:"Of a preview: how many of each list to leave out"`
	Limit   int  `json:"limit,omitempty" minimum:"1" maximum:"1000" default:"200" doc:"Of a preview: how many of each list to answer at the most; counts are of all"`

	PreviewID  int64                     `json:"preview_id,omitempty" minimum:"0" doc:"Ties what the preview has shown to be the same, as far as it still is"`
	Answers    []TakeOverAnswer          `json:"answers,omitempty" maxItems:"10000" doc:"What is said of single events, of those that are unsure as well as of those that are matched"`
	SameForAll map[string]TakeOverForAll `json:"same_for_all,omitempty" doc:"By reason: one answer for all questions with one event and one activity, or with a series and its dates; of several that may be meant only that they are different"`
}

// TakeOverAnswer is what a person says of an event.
type TakeOverAnswer struct {
	Event    string `json:"event" maxLength:"2000"`
	Activity int64  `json:"activity,omitempty" minimum:"0" doc:"Which one it is, or is not; of one that is different, 0 says that it is none of those asked about. Of a series and its dates, which have one answer, 0"`
	Same     bool   `json:"same"`
	Counts   string `json:"counts,omitempty" enum:",calendar,crm,settings" doc:"Which side has the say where they differ: the other one follows, and what it said is kept. Empty: of what is matched both stay as they are, and of what was unsure the setting for conflicts decides"`
}

// TakeOverForAll is one answer for all like it.
type TakeOverForAll struct {
	Same   bool   `json:"same"`
	Counts string `json:"counts,omitempty" enum:",calendar,crm,settings"`
}

type takeOverRequest struct {
	ByID
	Body takeOverWish
}

// TakeOverItem is an event or an activity as a take-over shows it.
type TakeOverItem struct {
	Event    string    `json:"event,omitempty" doc:"The event's name at the provider"`
	Activity int64     `json:"activity,omitempty"`
	Title    string    `json:"title"`
	Start    time.Time `json:"start" doc:"Of a whole day its midnight in UTC"`
	End      time.Time `json:"end"`
	AllDay   bool      `json:"all_day"`
	Series   bool      `json:"series"`
}

// TakeOverPair is what is the same.
type TakeOverPair struct {
	Event    TakeOverItem `json:"event"`
	Activity TakeOverItem `json:"activity"`
	Differs  []string     `json:"differs" nullable:"false" doc:"Fields that say different things, and stay so until somebody edits them. Where they are copies of one meeting and start, pattern or title is among them, the setting for conflicts decides"`
	Meeting  bool         `json:"one_meeting" doc:"Both are copies of one meeting, which is one activity: that they are different cannot be said"`
}

// TakeOverQuestion is what may be the same.
type TakeOverQuestion struct {
	Reason     string         `json:"reason" enum:"other_title,other_start,other_pattern,dates,same_uid,several,edited"`
	Why        string         `json:"why" doc:"The reason in the reader's language"`
	Events     []TakeOverItem `json:"events" nullable:"false"`
	Activities []TakeOverItem `json:"activities" nullable:"false"`
}

// TakeOverCounts are how many there are.
type TakeOverCounts struct {
	Matched       int `json:"matched"`
	Unsure        int `json:"unsure" doc:"Questions"`
	NewInCRM      int `json:"new_in_crm" doc:"Activities that the calendar has nothing like"`
	NewInCalendar int `json:"new_in_calendar"`
	Dates         int `json:"dates" doc:"Once done: series that stay beside their dates"`
	Different     int `json:"different" doc:"Once done: pairs that were said to be different"`
	Stale         int `json:"stale" doc:"Once done: pairs that changed since the preview, and were left"`
}

// OtherSync is the sync that was there before.
type OtherSync struct {
	Tool string `json:"tool" doc:"Empty where it left no trace"`
	Name string `json:"name"`
	Stop string `json:"stop" doc:"How to switch it off, in the reader's language"`
}

// StalePair is a pair that was not tied because a side has changed since the preview.
type StalePair struct {
	Event    string `json:"event"`
	Activity int64  `json:"activity"`
}

// TakeOver is what is on both sides, or what became of it.
type TakeOver struct {
	ID            int64              `json:"id" doc:"For preview_id; 0 once done"`
	Matched       []TakeOverPair     `json:"matched" nullable:"false"`
	Unsure        []TakeOverQuestion `json:"unsure" nullable:"false"`
	NewInCRM      []TakeOverItem     `json:"new_in_crm" nullable:"false"`
	NewInCalendar []TakeOverItem     `json:"new_in_calendar" nullable:"false"`
	Counts        TakeOverCounts     `json:"counts"`
	Language      string             `json:"language" doc:"The language of the words in it (BCP 47), which the user has chosen"`
	OtherSync     OtherSync          `json:"other_sync"`
	Linked        int                `json:"linked" doc:"Once done: how many were tied"`
	Left          int                `json:"left" doc:"Once done: questions and pairs that need another look"`
	Stale         []StalePair        `json:"stale" nullable:"false"`
}

type findingList struct {
	Findings []Finding `json:"findings" nullable:"false"`
}

func (s *server) takeOverRoutes(api huma.API) {
	route(s, api, "POST", "/connections/{id}/take-over", "take-over", "Match what another sync has made on both sides, then tie it without writing", 200, s.takeOver)
	route(s, api, "GET", "/connections/{id}/findings", "list-findings", "List what was found out about a connection", 200, s.listFindings)
}

func (s *server) takeOver(c *caller, ctx context.Context, in *takeOverRequest) (*body[TakeOver], error) {
	if err := s.speakOf(c, ctx, in.ID); err != nil {
		return nil, err
	}
	if in.Body.Preview || in.Body.PreviewID == 0 {
		p, err := s.House.Connections.PreviewTakeOver(ctx, c.Who, in.ID)
		if err != nil {
			return nil, err
		}
		return answer(shownTakeOver(c, p, in.Body.Offset, in.Body.Limit), nil)
	}
	for reason := range in.Body.SameForAll {
		if !slices.Contains(match.Reasons, match.Reason(reason)) {
			return nil, &hub.Invalid{Field: "same_for_all", Code: hub.CodeUnknown, Detail: reason}
		}
	}
	done, err := s.House.Connections.TakeOver(ctx, c.Who, in.ID, wishOf(&in.Body))
	out := emptyTakeOver(c.Tag())
	out.Linked, out.Left = done.Linked, done.Open+len(done.Stale)
	out.Counts = TakeOverCounts{Unsure: done.Open, Dates: done.Dates, Different: done.Apart, Stale: len(done.Stale)}
	for _, p := range done.Stale[:min(len(done.Stale), 1000)] {
		out.Stale = append(out.Stale, StalePair(p))
	}
	return answer(out, err)
}

func wishOf(in *takeOverWish) connection.TakeOverWish {
	wish := connection.TakeOverWish{Preview: in.PreviewID, ForAll: map[match.Reason]connection.Choice{}}
	for _, a := range in.Answers {
		wish.Answers = append(wish.Answers, connection.Answer{Event: a.Event, Activity: a.Activity, Same: a.Same, Counts: engine.Counts(a.Counts)})
	}
	for reason, a := range in.SameForAll {
		wish.ForAll[match.Reason(reason)] = connection.Choice{Same: a.Same, Counts: engine.Counts(a.Counts)}
	}
	return wish
}

func emptyTakeOver(language string) TakeOver {
	return TakeOver{
		Language: language, Matched: []TakeOverPair{}, Unsure: []TakeOverQuestion{},
		NewInCRM: []TakeOverItem{}, NewInCalendar: []TakeOverItem{}, Stale: []StalePair{},
	}
}

func shownTakeOver(c *caller, p connection.TakeOverPreview, offset, limit int) TakeOver {
	o, out := p.Overlap, emptyTakeOver(c.Tag())
	out.ID, out.OtherSync = p.ID, otherSyncOf(c, o.Tool)
	out.Counts = TakeOverCounts{Matched: len(o.Matched), Unsure: len(o.Unsure), NewInCRM: len(o.Here), NewInCalendar: len(o.There)}
	event := func(t int) TakeOverItem {
		it := itemOf(&o.Events[t].Item.Event)
		it.Event = string(o.Events[t].Item.ID)
		return it
	}
	activity := func(h int) TakeOverItem {
		it := itemOf(&o.Activities[h].Activity.Plan)
		it.Activity = o.Activities[h].Activity.ID
		return it
	}
	for _, x := range page(o.Matched, offset, limit) {
		pair := TakeOverPair{Event: event(x.There), Activity: activity(x.Here), Differs: []string{}, Meeting: x.Meeting}
		for _, f := range o.Differs(x) {
			pair.Differs = append(pair.Differs, f.String())
		}
		out.Matched = append(out.Matched, pair)
	}
	for _, q := range page(o.Unsure, offset, limit) {
		asked := TakeOverQuestion{Reason: string(q.Reason), Why: c.Word("takeover.reason", string(q.Reason)), Events: []TakeOverItem{}, Activities: []TakeOverItem{}}
		for _, t := range page(q.There, 0, limit) {
			asked.Events = append(asked.Events, event(t))
		}
		for _, h := range page(q.Here, 0, limit) {
			asked.Activities = append(asked.Activities, activity(h))
		}
		out.Unsure = append(out.Unsure, asked)
	}
	for _, h := range page(o.Here, offset, limit) {
		out.NewInCRM = append(out.NewInCRM, activity(h))
	}
	for _, t := range page(o.There, offset, limit) {
		out.NewInCalendar = append(out.NewInCalendar, event(t))
	}
	return out
}

func page[T any](list []T, offset, limit int) []T {
	list = list[min(offset, len(list)):]
	return list[:min(limit, len(list))]
}

func itemOf(e *calendar.Event) TakeOverItem {
	return TakeOverItem{
		Title: e.Subject, Start: engine.InstantOf(e.Start), End: engine.InstantOf(e.End), AllDay: e.Start.Kind == calendar.Date, Series: e.IsSeries(),
	}
}

func otherSyncOf(c *caller, tool othersync.Tool) OtherSync {
	key := string(tool)
	if tool == othersync.None {
		key = "other"
	}
	return OtherSync{Tool: string(tool), Name: c.Word("takeover.tool", key), Stop: c.Word("takeover.stop", key)}
}

func (s *server) listFindings(c *caller, ctx context.Context, in *ByID) (*body[findingList], error) {
	list, err := s.House.Connections.Findings(ctx, c.Who, in.ID)
	out := findingList{Findings: []Finding{}}
	for _, f := range list {
		out.Findings = append(out.Findings, findingOf(c, in.ID, f))
	}
	return answer(out, err)
}

func findingOf(c *caller, id store.ID, f connection.Finding) Finding {
	other := otherSyncOf(c, f.Tool)
	out := Finding{ID: f.Check, Check: f.Check, Severity: "warning", Help: "/sync/" + strconv.FormatInt(id, 10) + "/take-over"}
	switch f.Check {
	case connection.FoundTwins:
		out.Title, out.Symptom = c.T("takeover.twins.title"), c.T("takeover.twins.text", "n", f.Count)
		out.Remedy = Remedy{Action: "take_over", Label: c.T("takeover.title")}
	case connection.FoundMirror:
		out.Title, out.Symptom = c.T("takeover.beside.title"), c.T("takeover.beside.text", "n", f.Count)
		out.Remedy = Remedy{Action: "switch_off", Label: other.Stop}
	case connection.FoundOtherSync:
		out.ID += "." + string(f.Tool)
		out.Title, out.Symptom = c.T("takeover.writes.title", "name", other.Name), c.T("takeover.writes.text", "n", f.Count, "name", other.Name)
		out.Remedy = Remedy{Action: "switch_off", Label: other.Stop}
	}
	out.Evidence = []string{out.Symptom}
	return out
}
