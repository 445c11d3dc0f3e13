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
	Template  string // of titles, as it was typed
	Rules     []ruleRow
	Hits      *ruleHits // what the rules leave out; nil: nobody asked
	Examples  examples
	Errors    map[string]string
	Action    string // where the form goes
	Whole     bool   // every group is open; else those that most people leave alone are folded
	Retypes   bool   // earlier activities may get another type too
	Retype    bool
	// Changing: the rows of the form were changed, and nothing is to be saved or looked at yet.
	Changing bool
	// The closed choices, each with its meaning from the texts.
	Directions, Starts, Privates, Visibilities, Conflicts, Dones, Guests, Matches []string
}

// settingsForm shows settings that are in force.
func (v *visit) settingsForm(now lens.Settings) settingsForm {
	f := settingsForm{Now: now, Template: now.TitleTemplate, Rules: ruleRows(now.Rules)}
	v.completeForm(&f)
	return f
}

func (v *visit) completeForm(f *settingsForm) {
	f.AllTypes = f.Now.TypesOut == nil
	f.Directions = []string{string(lens.TwoWay), string(lens.OwnItems), string(lens.ToCalendr), string(lens.ToCRM)}
	f.Starts = []string{string(lens.NewAndChanged), string(lens.FromToday), "date", string(lens.Everything)}
	f.Privates, f.Visibilities = []string{"masked", "ordinary", "skip"}, []string{"owner", "everyone"}
	f.Conflicts, f.Dones, f.Matches = []string{"newest", "crm", "calendar"}, []string{"ignore", "tick"}, ruleMatches
	f.Guests = []string{"never", "on_send"}
	if _, err := time.Parse(time.DateOnly, string(f.Now.Start)); err == nil {
		f.StartDate = string(f.Now.Start)
	}
	f.Examples = v.examplesOf(&f.Now)
}

// StartIs reports whether a starting point is the one in force.
func (f settingsForm) StartIs(code string) bool {
	return code == string(f.Now.Start) || code == "date" && f.StartDate != ""
}

// Unfold reports whether a group that can be folded is to be open.
func (f settingsForm) Unfold(fields ...string) bool {
	return f.Whole || slices.ContainsFunc(fields, func(field string) bool { return f.Errors[field] != "" })
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

// readSettings reads the form over the settings in force. Each setting is read by itself, so that one which cannot be taken
// is marked and the others stay as they were typed.
func (v *visit) readSettings(before lens.Settings) settingsForm {
	f := settingsForm{Now: before, Errors: map[string]string{}, Template: before.TitleTemplate, Retype: v.checked("retype")}
	change := map[string]any{
		"crm_context": v.checked("crm_context"), "relay": v.checked("relay"),
		"delete_in_crm": v.checked("delete_in_crm"), "delete_in_calendar": v.checked("delete_in_calendar"), "types_out": nil,
	}
	for _, name := range []string{"direction", "type_in", "private", "visibility", "conflicts", "done", "guests", "start"} {
		if value := v.form(name); value != "" { // else it is not in this form, and stays as it was
			change[name] = value
		}
	}
	if v.form("start") == "date" {
		change["start"] = v.form("start_date")
	}
	if v.form("types") == "some" {
		change["types_out"] = append([]string{}, v.r.Form["types_out"]...)
	}
	if v.r.Form.Has("title_template") {
		f.Template = v.form("title_template")
		change["title_template"] = f.Template
	}
	rows, rules, changed := v.readRules()
	f.Rules, f.Changing = rows, changed
	if rules != nil {
		change["rules"] = rules
	} else {
		f.Errors["rules"] = v.T("settings.rules.needs_text")
	}
	for name, value := range change { // any order: none depends on another
		f.take(v, name, value)
	}
	v.completeForm(&f)
	return f
}

// take reads one setting into the form.
func (f *settingsForm) take(v *visit, name string, value any) {
	b, err := json.Marshal(map[string]any{name: value})
	if err != nil {
		panic(fmt.Sprintf("setting %s cannot be written as JSON: %v", name, err)) // plain values only
	}
	after, err := lens.ParseSettings(f.Now, b)
	var bad *lens.SettingsError
	switch {
	case err == nil:
		f.Now = after
	case !errors.As(err, &bad):
		f.Errors[name] = v.T("settings.invalid")
	case v.Has("settings." + name + ".invalid"):
		f.Errors[name] = v.Word("settings", name+".invalid")
	default:
		f.Errors[name] = v.T("settings.invalid")
	}
}
