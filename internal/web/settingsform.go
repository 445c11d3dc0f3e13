package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"tahti/internal/engine"
	"tahti/internal/lens"
)

// settingsForm is the settings of a connection as a form.
type settingsForm struct {
	Now       lens.Settings
	AllTypes  bool
	TypesOut  []choice
	TypesIn   []choice
	StartDate string // when the starting point is a date
	Errors    map[string]string
	// The closed choices, each with its meaning from the texts.
	Directions, Starts, Privates, Visibilities, Conflicts []string
}

func (v *visit) settingsForm(now lens.Settings, errs map[string]string) settingsForm {
	f := settingsForm{
		Now: now, AllTypes: now.TypesOut == nil, Errors: errs,
		Directions: []string{string(lens.TwoWay), string(lens.OwnItems), string(lens.ToCalendr), string(lens.ToCRM)},
		Starts:     []string{string(lens.NewAndChanged), string(lens.FromToday), "date", string(lens.Everything)},
		Privates:   []string{"masked", "ordinary", "skip"}, Visibilities: []string{"owner", "everyone"}, Conflicts: []string{"newest", "crm", "calendar"},
	}
	if _, err := time.Parse(time.DateOnly, string(now.Start)); err == nil {
		f.StartDate = string(now.Start)
	}
	return f
}

// StartIs reports whether a starting point is the one in force.
func (f settingsForm) StartIs(code string) bool {
	return code == string(f.Now.Start) || code == "date" && f.StartDate != ""
}

// fillSettings fills in the company's types.
func (v *visit) fillSettings(tx engine.Tx, f *settingsForm) error {
	n, err := v.names(tx)
	if err != nil {
		return err
	}
	f.TypesOut, f.TypesIn = nil, nil
	for _, t := range n.types {
		name := v.typeName(t)
		if t.Active || slices.Contains(f.Now.TypesOut, t.Key) {
			f.TypesOut = append(f.TypesOut, choice{Value: t.Key, Name: name, On: f.AllTypes || slices.Contains(f.Now.TypesOut, t.Key)})
		}
		if t.Active || f.Now.TypeIn == t.Key {
			f.TypesIn = append(f.TypesIn, choice{Value: t.Key, Name: name, On: f.Now.TypeIn == t.Key})
		}
	}
	return nil
}

// readSettings reads the form over the settings in force. Errors are by setting.
func (v *visit) readSettings(before lens.Settings) (lens.Settings, map[string]string) {
	change := map[string]any{
		"direction": v.form("direction"), "type_in": v.form("type_in"), "private": v.form("private"), "visibility": v.form("visibility"),
		"conflicts": v.form("conflicts"), "delete_in_crm": v.checked("delete_in_crm"), "delete_in_calendar": v.checked("delete_in_calendar"),
		"relay": v.checked("relay"), "types_out": nil,
	}
	if v.form("types") == "some" {
		list := []string{}
		change["types_out"] = append(list, v.r.Form["types_out"]...)
	}
	switch start := v.form("start"); start {
	case "date":
		change["start"] = v.form("start_date")
	default:
		change["start"] = start
	}
	for key, value := range change {
		if value == "" {
			delete(change, key) // not in this form: as it was
		}
	}
	b, err := json.Marshal(change)
	if err != nil {
		panic(fmt.Sprintf("settings cannot be written as JSON: %v", err)) // plain values only
	}
	after, err := lens.ParseSettings(before, b)
	var bad *lens.SettingsError
	if errors.As(err, &bad) {
		return before, map[string]string{bad.Field: v.T("settings.invalid")}
	}
	if err != nil {
		return before, map[string]string{"direction": v.T("settings.invalid")}
	}
	return after, nil
}
