package api

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/hub"
	"tahti/internal/recur"
)

// Occurrence is one appointment of an activity, as the caller may see it.
type Occurrence struct {
	Original    string    `json:"original_start" doc:"Its identity in the series: the wall clock of the series' zone, 20260102T090000, or a date"`
	Start       time.Time `json:"start"`
	End         time.Time `json:"end"`
	AllDay      bool      `json:"all_day"`
	TimeZone    string    `json:"source_timezone" doc:"IANA name; empty for whole days and floating times"`
	Subject     string    `json:"subject"`
	Location    string    `json:"location"`
	Description string    `json:"public_description"`
	Busy        bool      `json:"busy"`
	Private     bool      `json:"private"`
	Status      string    `json:"status" enum:",tentative,cancelled"`
	Done        bool      `json:"done"`
	Note        string    `json:"note"`
	Exception   bool      `json:"exception" doc:"Something of it differs from the series"`
}

type occurrencesRequest struct {
	ByID
	From time.Time `query:"from" required:"true"`
	To   time.Time `query:"to" required:"true"`
}

type occurrenceList struct {
	Occurrences []Occurrence `json:"occurrences" nullable:"false"`
	More        bool         `json:"more" doc:"There are more than were listed"`
}

// OccurrenceWish is what may be said of one occurrence; what is absent stays.
type OccurrenceWish struct {
	Subject     maybe[string] `json:"subject,omitempty"`
	DueDate     maybe[string] `json:"due_date,omitempty" doc:"UTC, as due_date of activities"`
	DueTime     maybe[string] `json:"due_time,omitempty" doc:"UTC"`
	Duration    maybe[string] `json:"duration,omitempty"`
	Zone        maybe[string] `json:"source_timezone,omitempty"`
	Location    maybe[string] `json:"location,omitempty"`
	Description maybe[string] `json:"public_description,omitempty"`
	Busy        maybe[bool]   `json:"busy,omitempty"`
	Private     maybe[bool]   `json:"private,omitempty"`
	Done        maybe[bool]   `json:"done,omitempty"`
	Note        maybe[string] `json:"note,omitempty"`
	Revision    int64         `json:"revision,omitempty" minimum:"0" doc:"The activity's revision that the change was made from; 0: the last write wins"`
}

// OccurrencePath names an occurrence.
type OccurrencePath struct {
	ByID
	Original string `path:"original_start" maxLength:"15"`
	Scope    string `query:"scope" enum:"this,following,all" default:"this"`
}

type patchOccurrence struct {
	OccurrencePath
	Body OccurrenceWish
}

type syncOneRequest struct {
	ByID
	Body struct {
		Connection int64 `json:"connection" minimum:"1"`
	}
}

// maxOccurrences bounds a list.
const maxOccurrences = 1_000

func (s *server) activityRoutes(api huma.API) {
	const one = "/activities/{id}/occurrences/{original_start}"
	route(s, api, "GET", "/activities/{id}/occurrences", "list-occurrences", "List when an activity takes place", 200, s.listOccurrences)
	route(s, api, "PATCH", one, "patch-occurrence", "Change one occurrence, the following ones too, or all", 200, s.patchOccurrence)
	route(s, api, "DELETE", one, "delete-occurrence", "Take one occurrence out, the following ones too, or all", 200, s.deleteOccurrence)
	route(s, api, "POST", "/activities/{id}/revive", "revive-activity", "Bring a deleted activity back as it was", 200, s.reviveActivity)
	route(s, api, "POST", "/activities/{id}/sync", "sync-one", "Sync this one now, whatever the starting point", 202, s.syncOne)
}

func (s *server) reviveActivity(c *caller, ctx context.Context, in *ByID) (*body[Changed], error) {
	var out Changed
	err := s.change(ctx, c, func(tx engine.Tx) error {
		a, err := s.House.Hub.Revive(ctx, tx, c.by(), in.ID)
		out = Changed{a.ID, a.Revision}
		return err
	})
	return answer(out, err)
}

func (s *server) listOccurrences(c *caller, ctx context.Context, in *occurrencesRequest) (*body[occurrenceList], error) {
	if !in.From.Before(in.To) || in.To.Sub(in.From) > 10*366*24*time.Hour {
		return nil, &hub.Invalid{Field: "to", Code: hub.CodeOutOfRange, Detail: "to lies after from, by at most ten years"}
	}
	var a crm.Activity
	err := s.view(ctx, c, func(tx engine.Tx) error {
		shown, err := s.House.Hub.Get(ctx, tx, c.User, in.ID)
		a = shown.Activity
		if shown.Masked {
			a.Plan.Subject = c.T("activities.masked")
		}
		return err
	})
	out := occurrenceList{Occurrences: []Occurrence{}}
	if err != nil || a.Plan.Start.IsZero() || a.Deleted() {
		return answer(out, err)
	}
	list, more, err := recur.Expand(&a.Plan, in.From, in.To, c.zone(), maxOccurrences)
	if err != nil {
		return nil, &hub.Invalid{Field: "recurrence", Code: hub.CodeBadRule, Detail: err.Error()}
	}
	out.More = more
	for _, o := range list {
		out.Occurrences = append(out.Occurrences, occurrenceOf(c, &a, o))
	}
	return answer(out, nil)
}

func occurrenceOf(c *caller, a *crm.Activity, o recur.Occurrence) Occurrence {
	v := &o.Values
	out := Occurrence{
		Original: calendar.Time{Kind: a.Plan.Start.Kind, Wall: o.Original}.Key(), Start: o.Start.UTC(), End: o.End.UTC(),
		AllDay: v.Start.Kind == calendar.Date, TimeZone: v.Start.Zone, Subject: v.Subject, Location: v.Location, Description: v.Description,
		Busy: v.Busy, Private: v.Private, Status: string(v.Status), Done: a.Done, Note: a.Note, Exception: o.Override,
	}
	if v.Start.Kind == calendar.UTC {
		out.TimeZone = "UTC"
	}
	if out.Subject == "" && out.Private {
		out.Subject = c.T("activities.masked")
	}
	if i := slices.IndexFunc(a.Occurrences, func(x crm.Occurrence) bool { return x.Original == o.Original }); i >= 0 {
		out.Done, out.Note = a.Occurrences[i].Done, a.Occurrences[i].Note
	} else if a.Plan.IsSeries() {
		out.Done = false
	}
	return out
}

func (s *server) patchOccurrence(c *caller, ctx context.Context, in *patchOccurrence) (*body[Changed], error) {
	original, err := calendar.ParseWall(in.Original)
	if err != nil {
		return nil, &hub.Invalid{Field: "original_start", Code: hub.CodeNoOccurrence, Detail: in.Original}
	}
	var out Changed
	err = s.change(ctx, c, func(tx engine.Tx) error {
		a, err := tx.Activity(ctx, in.ID)
		if err != nil {
			return err
		}
		change, err := in.Body.change(&a, original, c)
		if err != nil {
			return err
		}
		a, err = s.House.Hub.PatchOccurrence(ctx, tx, c.by(), in.ID, original, hub.Scope(in.Scope), change)
		out = Changed{a.ID, a.Revision}
		return err
	})
	return answer(out, err)
}

// change is the wish for the hub. Times are read on top of what the occurrence says now.
func (w *OccurrenceWish) change(a *crm.Activity, original calendar.Wall, c *caller) (hub.Change, error) {
	v := a.Plan.On(original)
	out := hub.Change{Base: w.Revision}
	say := func(set bool, field string, f func()) {
		if set {
			f()
			out.Fields = append(out.Fields, field)
		}
	}
	say(w.Subject.Set, calendar.Subject.String(), func() { v.Subject = w.Subject.Value })
	say(w.Location.Set, calendar.Location.String(), func() { v.Location = w.Location.Value })
	say(w.Description.Set, calendar.Description.String(), func() { v.Description = lines(w.Description.Value) })
	say(w.Busy.Set, calendar.Busy.String(), func() { v.Busy = w.Busy.Value })
	say(w.Private.Set, calendar.Private.String(), func() { v.Private = w.Private.Value })
	say(w.Done.Set, hub.FieldDone, func() { out.To.Done = w.Done.Value })
	say(w.Note.Set, hub.FieldNote, func() { out.To.Note = lines(w.Note.Value) })
	when := whenWish{w.DueDate, w.DueTime, w.Duration, w.Zone}
	if when.says() {
		start, end, err := when.apply(v.Start, v.End, c)
		if e, refused := errors.AsType[*pdError](err); refused {
			return out, &hub.Invalid{Field: calendar.When.String(), Code: hub.CodeOutOfRange, Detail: e.Text}
		}
		v.Start, v.End = start, end
		out.Fields = append(out.Fields, calendar.When.String())
	}
	out.To.Plan = calendar.Event{Known: calendar.AllFields, Values: v}
	return out, nil
}

func (s *server) deleteOccurrence(c *caller, ctx context.Context, in *OccurrencePath) (*body[Done], error) {
	original, err := calendar.ParseWall(in.Original)
	if err != nil {
		return nil, &hub.Invalid{Field: "original_start", Code: hub.CodeNoOccurrence, Detail: in.Original}
	}
	err = s.change(ctx, c, func(tx engine.Tx) error {
		return s.House.Hub.DeleteOccurrence(ctx, tx, c.by(), in.ID, original, hub.Scope(in.Scope))
	})
	return answer(Done{true}, err)
}

func (s *server) syncOne(c *caller, ctx context.Context, in *syncOneRequest) (*body[Done], error) {
	err := s.view(ctx, c, func(tx engine.Tx) error {
		shown, err := s.House.Hub.Get(ctx, tx, c.User, in.ID)
		if err == nil && shown.Masked {
			err = &hub.Denied{Code: hub.DeniedMasked}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return answer(Done{true}, s.House.Connections.SyncOne(ctx, c.Who, in.Body.Connection, in.ID))
}
