package lens

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"tahti/internal/calendar"
)

// Rule skips or includes incoming events (features.md C12). Rules are read from the first on, and the first that an event
// fits decides; an event that fits none comes in.
type Rule struct {
	Match   string `json:"match"` // title (holds the text), organizer (address), answer, all_day, tentative, any
	Value   string `json:"value,omitempty"`
	Include bool   `json:"include,omitempty"` // it comes in, whatever the rules below say
}

// ruleKinds are the conditions; true: with a value.
var ruleKinds = map[string]bool{"title": true, "organizer": true, "answer": true, "all_day": false, "tentative": false, "any": false}

// The bounds of what a person can still oversee, and every event is compared with.
const (
	maxRules     = 50
	maxRuleValue = 200
)

func validRules(rules []Rule) error {
	if len(rules) > maxRules {
		return &SettingsError{Field: "rules", Err: fmt.Errorf("more than %d", maxRules)}
	}
	for i, r := range rules {
		wantsValue, known := ruleKinds[r.Match]
		if !known {
			return &SettingsError{Field: "rules", Err: fmt.Errorf("rule %d: %q is none of title, organizer, answer, all_day, tentative, any", i+1, r.Match)}
		}
		if wantsValue && r.Value == "" {
			return &SettingsError{Field: "rules", Err: fmt.Errorf("rule %d: %s needs a value", i+1, r.Match)}
		}
		if len(r.Value) > maxRuleValue {
			return &SettingsError{Field: "rules", Err: fmt.Errorf("rule %d: longer than %d bytes", i+1, maxRuleValue)}
		}
	}
	return nil
}

// Skips reports whether rules keep an incoming event out.
func Skips(rules []Rule, e *calendar.Event) bool {
	for _, r := range rules {
		if r.fits(e) {
			return !r.Include
		}
	}
	return false
}

func (r *Rule) fits(e *calendar.Event) bool {
	switch r.Match {
	case "title":
		return strings.Contains(strings.ToLower(e.Subject), strings.ToLower(r.Value))
	case "organizer":
		return strings.EqualFold(e.Organizer.Email, r.Value)
	case "answer":
		return string(e.Answer) == r.Value
	case "all_day":
		return e.Start.Kind == calendar.Date
	case "tentative":
		return e.Status == calendar.Tentative
	case "any":
		return true
	}
	return false
}

func strictJSON(b []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	return d.Decode(into)
}
