package lens

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"tahti/internal/calendar"
)

var ruleKinds = map[string]bool{"title": true, "organizer": true, "answer": true, "all_day": false, "tentative": false}

func validRules(rules []Rule) error {
	for i, r := range rules {
		wantsValue, known := ruleKinds[r.Match]
		if !known {
			return &SettingsError{Field: "rules", Err: fmt.Errorf("rule %d: %q is none of title, organizer, answer, all_day, tentative", i+1, r.Match)}
		}
		if wantsValue && r.Value == "" {
			return &SettingsError{Field: "rules", Err: fmt.Errorf("rule %d: %s needs a value", i+1, r.Match)}
		}
	}
	return nil
}

// hit reports whether a rule skips the event.
func hit(rules []Rule, e *calendar.Event) bool {
	for _, r := range rules {
		switch r.Match {
		case "title":
			if strings.Contains(strings.ToLower(e.Subject), strings.ToLower(r.Value)) {
				return true
			}
		case "organizer":
			if strings.EqualFold(e.Organizer.Email, r.Value) {
				return true
			}
		case "answer":
			if string(e.Answer) == r.Value {
				return true
			}
		case "all_day":
			if e.Start.Kind == calendar.Date {
				return true
			}
		case "tentative":
			if e.Status == calendar.Tentative {
				return true
			}
		}
	}
	return false
}

func strictJSON(b []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("more than one JSON value")
	}
	return nil
}
