package lens

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"tahti/internal/calendar"
)

// Direction is which way a connection carries changes (features.md C2).
type Direction string

// The directions.
const (
	TwoWay    Direction = "two_way"
	OwnItems  Direction = "own_items_two_way" // what was born here goes out, and edits of it come back
	ToCalendr Direction = "to_calendar"
	ToCRM     Direction = "to_crm"
)

// Start is the starting point: one of the words, or a date (features.md C5).
type Start string

// The words; anything else is a date, YYYY-MM-DD.
const (
	NewAndChanged Start = "new_and_changed"
	FromToday     Start = "today"
	Everything    Start = "everything"
)

// Settings of one connection, as interface.md has them.
type Settings struct {
	Direction        Direction `json:"direction"`
	TypesOut         []string  `json:"types_out"` // nil: all
	TypeIn           string    `json:"type_in"`
	Start            Start     `json:"start"`
	Private          string    `json:"private"`    // masked, ordinary, skip
	Visibility       string    `json:"visibility"` // owner, everyone
	CRMContext       bool      `json:"crm_context"`
	TitleTemplate    string    `json:"title_template"` // empty: the bare subject
	Guests           string    `json:"guests" doc:"never: nobody is mailed, whatever is pressed; on_send: only when somebody sends what waits"`
	Conflicts        string    `json:"conflicts"` // newest, crm, calendar
	DeleteInCRM      bool      `json:"delete_in_crm"`
	DeleteInCalendar bool      `json:"delete_in_calendar"`
	Done             string    `json:"done" doc:"ignore, or tick: a tick in the title of what is done. A tick that is typed in the calendar is not read yet."`
	Relay            bool      `json:"relay"`
	Rules            []Rule    `json:"rules" doc:"By title, organizer, answer, all_day, tentative or any; not yet by out of office, internal or known contacts"`
}

// Defaults are the settings of a new connection.
func Defaults() Settings {
	return Settings{
		Direction: TwoWay, TypeIn: "meeting", Start: NewAndChanged, Private: "masked", Visibility: "owner",
		Guests: "never", Conflicts: "newest", DeleteInCRM: true, DeleteInCalendar: true, Done: "ignore", Rules: []Rule{},
	}
}

// ParseSettings reads a JSON object over base: a field that is absent keeps base's value. An unknown field or value is an
// error that names it.
func ParseSettings(base Settings, b []byte) (Settings, error) {
	s := base
	// Lists are read anew: decoding would otherwise write into base's own, and let values of its elements show through.
	s.TypesOut, s.Rules = nil, nil
	var list struct {
		TypesOut json.RawMessage `json:"types_out"`
		Rules    json.RawMessage `json:"rules"`
	}
	if err := json.Unmarshal(b, &list); err != nil {
		return base, &SettingsError{Field: "settings", Err: err}
	}
	if err := strictJSON(b, &s); err != nil {
		return base, &SettingsError{Field: "settings", Err: err}
	}
	if list.TypesOut == nil {
		s.TypesOut = base.TypesOut
	}
	if list.Rules == nil {
		s.Rules = base.Rules
	}
	return s, s.Validate()
}

// SettingsError names the setting that cannot be taken.
type SettingsError struct {
	Field string
	Err   error
}

func (e *SettingsError) Error() string { return fmt.Sprintf("setting %s: %v", e.Field, e.Err) }
func (e *SettingsError) Unwrap() error { return e.Err }

// Validate checks every value.
func (s *Settings) Validate() error {
	for _, c := range []struct {
		field, value string
		allowed      []string
	}{
		{"direction", string(s.Direction), []string{string(TwoWay), string(OwnItems), string(ToCalendr), string(ToCRM)}},
		{"private", s.Private, []string{"masked", "ordinary", "skip"}},
		{"visibility", s.Visibility, []string{"owner", "everyone"}},
		{"guests", s.Guests, []string{"never", "on_send"}},
		{"conflicts", s.Conflicts, []string{"newest", "crm", "calendar"}},
		{"done", s.Done, []string{"ignore", "tick"}},
	} {
		if !slices.Contains(c.allowed, c.value) {
			return &SettingsError{Field: c.field, Err: fmt.Errorf("%q is none of %v", c.value, c.allowed)}
		}
	}
	if s.TypeIn == "" {
		return &SettingsError{Field: "type_in", Err: errors.New("a type is needed for incoming events")}
	}
	switch s.Start {
	case NewAndChanged, FromToday, Everything:
	default:
		if _, err := s.startDate(); err != nil {
			return &SettingsError{Field: "start", Err: fmt.Errorf("%q is no date (YYYY-MM-DD) and none of new_and_changed, today, everything", s.Start)}
		}
	}
	if _, err := parseTemplate(s.TitleTemplate); err != nil {
		return &SettingsError{Field: "title_template", Err: err}
	}
	return validRules(s.Rules)
}

// JSON is the stored form.
func (s Settings) JSON() json.RawMessage {
	b, err := json.Marshal(s)
	if err != nil {
		panic(fmt.Sprintf("settings cannot be written as JSON: %v", err)) // plain strings and booleans only
	}
	return b
}

// MaySend reports whether a change that mails people may be written once a person presses "Save and send". Else none ever is:
// it waits until it is dropped, or the setting is changed.
func (s *Settings) MaySend() bool { return s.Guests == "on_send" }

// Out reports whether anything may go from the CRM to the calendar.
func (s *Settings) Out() bool { return s.Direction != ToCRM }

// In reports whether changes of an item may come from the calendar; ours: the remote item was made by us.
func (s *Settings) In(ours bool) bool {
	return s.Direction == TwoWay || s.Direction == ToCRM || s.Direction == OwnItems && ours
}

func (s *Settings) startDate() (calendar.Wall, error) {
	day, err := time.Parse(time.DateOnly, string(s.Start))
	return calendar.WallIn(day, time.UTC), err
}
