package api

import (
	"context"
	"encoding/json"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"tahti/internal/connection"
	"tahti/internal/engine"
	"tahti/internal/lens"
)

// settingsChange are settings of which some may be absent: those stay as they are. Which ones are there only the text tells,
// since null is a value of types_out.
type settingsChange struct{ json.RawMessage }

// Schema implements [huma.SchemaProvider].
func (settingsChange) Schema(r huma.Registry) *huma.Schema { return partly(r) }

// partly is the schema of settings without any that is required.
func partly(r huma.Registry) *huma.Schema {
	whole := *r.SchemaFromRef(r.Schema(reflect.TypeFor[lens.Settings](), true, "Settings").Ref)
	whole.Required = nil
	props := make(map[string]*huma.Schema, len(whole.Properties))
	for name, p := range whole.Properties {
		props[name] = p
	}
	whole.Properties = props
	whole.PrecomputeMessages()
	return &whole
}

// settingsSave are settings with how to save them, in one object.
type settingsSave struct {
	settings  json.RawMessage
	PreviewID int64               `json:"preview_id"`
	OnNarrow  connection.OnNarrow `json:"on_narrow"`
	Retype    bool                `json:"retype"`
}

// Schema implements [huma.SchemaProvider].
func (settingsSave) Schema(r huma.Registry) *huma.Schema {
	s := partly(r)
	s.Properties["preview_id"] = &huma.Schema{Type: huma.TypeInteger, Format: "int64", Description: "Authorises exactly what the preview showed"}
	s.Properties["on_narrow"] = &huma.Schema{
		Type: huma.TypeString, Enum: []any{"keep", "remove"}, Description: "What becomes of our events that are no longer covered",
	}
	s.Properties["retype"] = &huma.Schema{Type: huma.TypeBoolean, Description: "Give earlier incoming activities the new type too"}
	s.PrecomputeMessages()
	return s
}

// UnmarshalJSON implements [json.Unmarshaler].
func (s *settingsSave) UnmarshalJSON(b []byte) error {
	type plain settingsSave
	if err := json.Unmarshal(b, (*plain)(s)); err != nil {
		return err
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(b, &fields); err != nil {
		return err
	}
	delete(fields, "preview_id")
	delete(fields, "on_narrow")
	delete(fields, "retype")
	var err error
	s.settings, err = json.Marshal(fields)
	return err
}

type settingsRequest struct {
	ByID
	Preview bool `query:"preview" doc:"Answer what would change, and change nothing"`
	Body    settingsSave
}

// Effects are what a change of settings would do, in items.
type Effects struct {
	CreatedInCalendar int `json:"created_in_calendar"`
	DeletedInCalendar int `json:"deleted_in_calendar"`
	Retyped           int `json:"retyped"`
	WouldMail         int `json:"would_mail" doc:"People"`
	CreatedInCRM      int `json:"created_in_crm" doc:"Items of the calendar that would come in"`
	Linked            int `json:"linked" doc:"Items that would be tied to meetings that are in the CRM already"`
	Held              int `json:"held" doc:"Items and activities that seem to be on the other side already, so that a person is asked about them"`
}

func effectsOf(m map[string]int) Effects {
	return Effects{
		m[engine.CreatedInCalendar], m[engine.DeletedInCalendar], m["retyped"], m[engine.WouldMail], m[engine.CreatedInCRM], m[engine.LinkedCount],
		m[engine.HeldCount],
	}
}

// Preview is what a change of settings would do, or that it was saved.
type Preview struct {
	ID       int64         `json:"id" doc:"For preview_id; 0 once saved"`
	Saved    bool          `json:"saved"`
	Settings lens.Settings `json:"settings"`
	Effects  Effects       `json:"effects"`
	Narrowed int           `json:"narrowed" doc:"How many of our events would no longer be covered"`
	LetGo    int           `json:"let_go" doc:"How many events that sync has not made would no longer be kept in step"`
	Entering int           `json:"entering" doc:"How many activities would go out anew"`
	Unseen   bool          `json:"unseen" doc:"The calendar could not be asked what would come in; the effects say nothing of that"`
}

func (s *server) settingsRoutes(api huma.API) {
	route(s, api, "PATCH", "/connections/{id}/settings", "save-settings", "Change settings, or see what a change would do", 200, s.saveSettings)
}

func (s *server) saveSettings(c *caller, ctx context.Context, in *settingsRequest) (*body[Preview], error) {
	if in.Preview {
		p, err := s.House.Connections.PreviewSettings(ctx, c.Who, in.ID, in.Body.settings)
		return answer(Preview{
			ID: p.ID, Settings: whole(p.Settings), Effects: effectsOf(p.Effects), Narrowed: p.Narrowed, LetGo: p.LetGo, Entering: p.Entering,
			Unseen: p.Unseen != nil,
		}, err)
	}
	x, err := s.House.Connections.SaveSettings(ctx, c.Who, in.ID, connection.Save{
		Settings: in.Body.settings, Preview: in.Body.PreviewID, OnNarrow: in.Body.OnNarrow, Retype: in.Body.Retype,
	})
	if err != nil {
		return nil, err
	}
	settings, err := connection.Settings(&x)
	return answer(Preview{Saved: true, Settings: whole(settings)}, err)
}

func whole(s lens.Settings) lens.Settings {
	if s.Rules == nil {
		s.Rules = []lens.Rule{}
	}
	return s
}
