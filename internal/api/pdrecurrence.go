package api

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/icalendar"
	"tahti/internal/recur"
)

// A recurrence travels as iCalendar text: rec_rule is the value of RRULE, rec_rule_extension the lines of EXDATE and RDATE.
// Both are read and written by package icalendar, as part of a small calendar object.

// maxRecurrence bounds the text of a recurrence, in bytes.
const maxRecurrence = 256 << 10

// showRecurrence writes rule and further lines; null where there are none.
func showRecurrence(e *calendar.Event) (rule, extension *string) {
	if !e.IsSeries() {
		return nil, nil
	}
	b, err := icalendar.Encode(calendar.Event{
		UID: "recurrence", Known: calendar.Fields(calendar.When, calendar.Recurrence),
		Values: calendar.Values{Start: e.Start, End: e.End}, Rule: e.Rule, Extra: e.Extra, Cancelled: e.Cancelled,
	}, icalendar.WriteOptions{Now: time.Unix(0, 0)})
	if err != nil {
		return orNull(e.Rule), nil // a zone that cannot be written; the rule still tells what was planned
	}
	root, err := icalendar.Parse(b, icalendar.DefaultLimits)
	if err != nil {
		return orNull(e.Rule), nil
	}
	var lines bytes.Buffer
	for _, child := range root.Children {
		if child.Name != "VEVENT" {
			continue
		}
		child = child.Clone()
		kept := icalendar.NewComponent("VEVENT")
		for _, p := range child.Properties {
			if p.Name() == "EXDATE" || p.Name() == "RDATE" {
				kept.Add(p)
			}
		}
		lines.Write(kept.AppendText(nil))
	}
	text := strings.ReplaceAll(lines.String(), "\r\n ", "")
	text = strings.TrimPrefix(strings.TrimSuffix(strings.TrimSpace(text), "END:VEVENT"), "BEGIN:VEVENT")
	text = strings.ReplaceAll(strings.TrimSpace(text), "\r\n", "\n")
	return orNull(e.Rule), orNull(text)
}

// readRecurrence reads both texts for an event whose start is set already.
func readRecurrence(e *calendar.Event, rule, extension string) (string, []calendar.Time, []calendar.Wall, error) {
	rule = strings.TrimPrefix(strings.TrimSpace(rule), "RRULE:")
	if rule == "" && strings.TrimSpace(extension) == "" {
		return "", nil, nil, nil
	}
	if e.Start.IsZero() {
		return "", nil, nil, badRequest("Validation failed: rec_rule needs a due_date")
	}
	if len(rule)+len(extension) > maxRecurrence || strings.ContainsAny(rule, "\r\n") {
		return "", nil, nil, badRequest("Validation failed: rec_rule is one line, and rec_rule_extension no more than %d bytes", maxRecurrence)
	}
	if rule != "" {
		canonical, err := recur.Canonical(rule, e.Start)
		if err != nil {
			return "", nil, nil, badRequest("Validation failed: rec_rule: %v", err)
		}
		rule = canonical
	}
	extra, cancelled, err := readExtension(e, rule, extension)
	return rule, extra, cancelled, err
}

func readExtension(e *calendar.Event, rule, extension string) ([]calendar.Time, []calendar.Wall, error) {
	lines := slices.DeleteFunc(strings.Split(strings.ReplaceAll(extension, "\r", ""), "\n"), func(l string) bool { return strings.TrimSpace(l) == "" })
	if len(lines) == 0 {
		return nil, nil, nil
	}
	for _, l := range lines {
		name := strings.ToUpper(l[:min(len(l), len("EXDATE"))])
		if name != "EXDATE" && !strings.HasPrefix(name, "RDATE") {
			return nil, nil, badRequest("Validation failed: rec_rule_extension: only lines of EXDATE and RDATE are taken")
		}
	}
	bare, err := icalendar.Encode(calendar.Event{
		UID: "recurrence", Known: calendar.Fields(calendar.When, calendar.Recurrence),
		Values: calendar.Values{Start: e.Start, End: e.End}, Rule: rule,
	}, icalendar.WriteOptions{Now: time.Unix(0, 0)})
	if err != nil {
		return nil, nil, badRequest("Validation failed: rec_rule: %v", err)
	}
	whole := strings.Replace(string(bare), "END:VEVENT", strings.Join(lines, "\r\n")+"\r\nEND:VEVENT", 1)
	d, problem := icalendar.Decode([]byte(whole), icalendar.Options{})
	if problem != nil {
		return nil, nil, badRequest("Validation failed: rec_rule_extension: %s: %s", problem.Code, problem.Detail)
	}
	return d.Event.Extra, d.Event.Cancelled, nil
}
