package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/hub"
	"tahti/internal/icalendar"
	"tahti/internal/store"
)

// importPath is where calendars are exported and imported. maxImport bounds an import in bytes, maxImported in events,
// and maxExported an export in activities.
const (
	importPath  = "/activities.ics"
	maxImport   = 16 << 20
	maxImported = 5_000
	maxExported = 20_000
)

var importLimits = icalendar.Limits{
	Bytes: maxImport, Lines: 1_000_000, Line: 1 << 20, Depth: 8, Components: 100_000, Properties: 10_000,
}

type exportAnswer struct {
	ContentType string `header:"Content-Type"`
	Body        []byte
}

type importRequest struct {
	Type    string `query:"type" maxLength:"100" doc:"The type that the activities get; empty: meeting"`
	RawBody []byte `contentType:"text/calendar"`
}

// Imported is what became of one event.
type Imported struct {
	UID        string `json:"uid"`
	State      string `json:"state" enum:"created,exists,failed"`
	ActivityID *int64 `json:"activity_id" nullable:"true"`
	Code       string `json:"code" doc:"Why it failed, or empty"`
	Title      string `json:"title" doc:"Why it failed, in the reader's language, or empty"`
}

// Imports is what became of a calendar.
type Imports struct {
	Created int        `json:"created"`
	Exists  int        `json:"exists"`
	Failed  int        `json:"failed"`
	Items   []Imported `json:"items" nullable:"false"`
}

func (s *server) exchangeRoutes(api huma.API) {
	export := huma.Operation{
		OperationID: "export", Method: http.MethodGet, Path: importPath, Summary: "Export one's activities as iCalendar", Errors: refusals,
		Responses: map[string]*huma.Response{"200": {
			Description: "OK", Content: map[string]*huma.MediaType{"text/calendar": {Schema: &huma.Schema{Type: huma.TypeString}}},
		}},
	}
	huma.Register(api, export, func(ctx context.Context, _ *struct{}) (*exportAnswer, error) {
		b, err := s.export(ctx, callerOf(ctx))
		if err != nil {
			return nil, s.fail(ctx, err)
		}
		return &exportAnswer{"text/calendar; charset=utf-8", b}, nil
	})
	huma.Register(api, huma.Operation{
		OperationID: "import", Method: http.MethodPost, Path: importPath, Summary: "Import iCalendar as one's own activities", Errors: refusals,
		MaxBodyBytes: maxImport,
	}, func(ctx context.Context, in *importRequest) (*body[Imports], error) {
		out, err := s.importAll(ctx, callerOf(ctx), in)
		if err != nil {
			return nil, s.fail(ctx, err)
		}
		return &body[Imports]{out}, nil
	})
}

// export writes the caller's own live activities that have a date into one calendar.
func (s *server) export(ctx context.Context, c *caller) ([]byte, error) {
	root := icalendar.NewComponent("VCALENDAR")
	root.Add(icalendar.NewProperty("VERSION", "2.0"), icalendar.NewProperty("PRODID", "-//Tahti//EN"))
	zones := map[string]bool{}
	f := store.ActivityFilter{Owner: c.User.ID, Limit: hub.MaxPage}
	for n := 0; ; {
		var page hub.Page
		err := s.view(ctx, c, func(tx engine.Tx) (err error) {
			page, err = s.House.Hub.List(ctx, tx, c.User, f)
			return err
		})
		if err != nil {
			return nil, err
		}
		for i := range page.Items {
			n++
			if err := s.exportOne(root, zones, &page.Items[i].Activity, c.Company); err != nil {
				return nil, err
			}
		}
		if f.After = page.Next; f.After == "" {
			break
		}
		if n >= maxExported {
			return nil, &hub.Invalid{Field: "activities", Code: hub.CodeTooMany, Detail: fmt.Sprintf("at most %d are exported", maxExported)}
		}
	}
	var b bytes.Buffer
	b.Write(root.AppendText(nil))
	return b.Bytes(), nil
}

func (s *server) exportOne(root *icalendar.Component, zones map[string]bool, a *crm.Activity, company store.ID) error {
	if a.Plan.Start.IsZero() {
		return nil
	}
	e := a.Plan.Clone()
	e.Known = calendar.AllFields
	if e.UID == "" {
		e.UID = fmt.Sprintf("activity-%d-%d@tahti", company, a.ID)
	}
	b, err := icalendar.Encode(e, icalendar.WriteOptions{Now: s.now()})
	if err != nil {
		return fmt.Errorf("export activity %d: %w", a.ID, err)
	}
	object, err := icalendar.Parse(b, importLimits)
	if err != nil {
		return fmt.Errorf("export activity %d: %w", a.ID, err)
	}
	for _, child := range object.Children {
		if child.Name == "VTIMEZONE" {
			id := child.Text("TZID")
			if zones[id] {
				continue
			}
			zones[id] = true
			root.InsertChild("VEVENT", child)
			continue
		}
		root.AddChild(child)
	}
	return nil
}

// importAll takes each event for itself: one that cannot be read does not keep the others out.
func (s *server) importAll(ctx context.Context, c *caller, in *importRequest) (Imports, error) {
	out := Imports{Items: []Imported{}}
	root, err := icalendar.Parse(in.RawBody, importLimits)
	if err != nil {
		return out, (&Problem{Status: 422, Cause: err.Error()}).explained(c.Problem(icalendar.BadSyntax))
	}
	objects := icalendar.Split(root)
	if len(objects) > maxImported {
		return out, &hub.Invalid{Field: "body", Code: hub.CodeTooMany, Detail: fmt.Sprintf("at most %d events", maxImported)}
	}
	kind := in.Type
	if kind == "" {
		kind = "meeting"
	}
	for _, object := range objects {
		item, err := s.importOne(ctx, c, object, kind)
		if err != nil {
			return out, err
		}
		out.Items = append(out.Items, item)
		switch item.State {
		case "created":
			out.Created++
		case "exists":
			out.Exists++
		default:
			out.Failed++
		}
	}
	return out, nil
}

func (s *server) importOne(ctx context.Context, c *caller, object *icalendar.Component, kind string) (Imported, error) {
	name(object)
	d, problem := icalendar.DecodeComponent(object, icalendar.Options{Self: []string{c.User.Email}, Limits: importLimits})
	if problem != nil {
		return Imported{UID: uidOf(object), State: "failed", Code: problem.Code, Title: c.Problem(problem.Code).Title}, nil
	}
	item := Imported{UID: d.Event.UID, State: "created"}
	err := s.change(ctx, c, func(tx engine.Tx) error {
		item.State = "created"
		same, err := tx.ActivitiesByUID(ctx, d.Event.UID)
		if err != nil {
			return err
		}
		for _, a := range same {
			if a.OwnerID == c.User.ID {
				item.State, item.ActivityID = "exists", &a.ID
				return nil
			}
		}
		// The installation acts: an import keeps UID, organiser and status, which people cannot set.
		a, err := s.House.Hub.Create(ctx, tx, hub.Actor{Kind: hub.System}, crm.Activity{
			OwnerID: c.User.ID, CreatorID: c.User.ID, Type: kind, Visibility: crm.OwnerOnly, Plan: d.Event,
		})
		item.ActivityID = &a.ID
		return err
	})
	if e, ok := errors.AsType[*hub.Invalid](err); ok {
		return Imported{UID: d.Event.UID, State: "failed", Code: e.Code, Title: c.Word("invalid", e.Code)}, nil
	}
	return item, err
}

// name gives an event without UID, which RFC 5545 section 3.8.4.7 forbids and files have, one that its content makes: imported
// again it is known again. DTSTAMP is when the file was written.
func name(object *icalendar.Component) {
	for _, child := range object.Children {
		if child.Name == "VTIMEZONE" || child.Text("UID") != "" {
			continue
		}
		bare := child.Clone()
		bare.Remove("DTSTAMP")
		child.Set("UID", fmt.Sprintf("import-%x@tahti", sha256.Sum256(bare.AppendText(nil))))
	}
}

func uidOf(object *icalendar.Component) string {
	for _, child := range object.Children {
		if uid := child.Text("UID"); uid != "" {
			return uid
		}
	}
	return ""
}
