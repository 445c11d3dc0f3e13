package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tahti/internal/calendar"
	"tahti/internal/engine"
	"tahti/internal/hub"
	"tahti/internal/store"
)

// historyLine is one change, field by field.
type historyLine struct {
	ID             store.ID
	Activity       store.ID
	What, When, By string
	Subject        string
	Summary        string // of something new: when, how often, where
	Changes        []changeLine
	Undone         string
	MayUndo        bool
}

type changeLine struct{ Field, Before, After string }

type historyPage struct {
	ID    store.ID
	Name  string
	Lines []historyLine
	Next  string
}

const historyRows = 50

// showHistory lists what sync changed through a connection.
func (s *Site) showHistory(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	c, err := v.connections().Get(v.ctx(), v.who, id)
	if err != nil {
		return err
	}
	before, err := strconv.ParseInt(v.form("before"), 10, 64)
	if err != nil {
		before = 0 // from the newest
	}
	d := historyPage{ID: id, Name: c.CalendarName}
	err = v.view(func(tx engine.Tx) error {
		n, err := v.names(tx)
		if err != nil {
			return err
		}
		rows, err := v.hub().HistoryOf(v.ctx(), tx, v.who.User, id, 0, before, historyRows)
		if err != nil {
			return err
		}
		if len(rows) == historyRows {
			d.Next = fmt.Sprintf("%s/history?before=%d", connectionPath(id), rows[len(rows)-1].ID)
		}
		d.Lines, err = v.historyLines(tx, rows, n)
		return err
	})
	if err != nil {
		return err
	}
	return v.render(view{template: "history", title: v.T("history.title"), section: "sync", data: d})
}

// historyLines shows rows that went through the hub's projection.
func (v *visit) historyLines(tx engine.Tx, rows []store.History, n *names) ([]historyLine, error) {
	var out []historyLine
	for _, h := range rows {
		l := historyLine{ID: h.ID, Activity: h.Activity, What: v.History(h.Direction, h.Kind), When: v.Ago(h.At, v.now)}
		switch h.Actor {
		case "person":
			l.By = v.T("history.by.person", "name", n.user(h.Member))
		case "sync":
			l.By = v.T("history.by.sync")
		default:
			l.By = v.T("history.by.system")
		}
		if !h.Undone.IsZero() {
			l.Undone = v.T("history.undone", "when", v.Ago(h.Undone, v.now))
		}
		if h.Activity != 0 {
			shown, err := v.hub().Get(v.ctx(), tx, v.who.User, h.Activity)
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return nil, fmt.Errorf("read activity: %w", err)
			}
			if err == nil {
				l.Subject = v.subjectOf(&shown.Activity, shown.Masked)
				l.MayUndo = shown.Access.Edit && l.Undone == "" && slices.Contains([]string{"create", "update", "delete", "revive", "merge"}, h.Kind) &&
					h.Direction != "out"
			}
		}
		if l.Changes = v.changes(&h, n); h.Kind == "create" {
			l.Summary, l.Changes = v.summary(&h, n), nil
		}
		out = append(out, l)
	}
	return out, nil
}

// changes are the values of a row in words, in the order of their names. What a new activity says by default is left out.
func (v *visit) changes(h *store.History, n *names) []changeLine {
	var before, after map[string]json.RawMessage
	// What cannot be read has no values to show; the row itself says what happened.
	_ = json.Unmarshal(h.Before, &before)
	_ = json.Unmarshal(h.After, &after)
	keys := map[string]bool{}
	for k := range before {
		keys[k] = true
	}
	for k := range after {
		keys[k] = true
	}
	delete(keys, "was_masked")
	var out []changeLine
	for _, key := range sortedKeys(keys) {
		field, original := hub.SplitKey(key)
		name := v.Word("field", field)
		if w, err := calendar.ParseWall(original); original != "" && err == nil {
			name += " · " + v.Date(w.Civil())
		}
		c := changeLine{name, v.value(field, before[key], n), v.value(field, after[key], n)}
		if h.Kind == "create" {
			c.Before = "" // blanks that nobody typed
		}
		if c.Before != c.After {
			out = append(out, c)
		}
	}
	return out
}

// summary is what matters of something new; its title stands above.
func (v *visit) summary(h *store.History, n *names) string {
	var after map[string]json.RawMessage
	_ = json.Unmarshal(h.After, &after) // as for changes
	var out []string
	for _, field := range []string{"when", "recurrence", "location"} {
		if s := v.value(field, after[field], n); s != "" {
			out = append(out, s)
		}
	}
	return strings.Join(out, " · ")
}

func sortedKeys(m map[string]bool) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// value says a stored value in words; empty for none.
func (v *visit) value(field string, raw json.RawMessage, n *names) string {
	if len(raw) == 0 || string(raw) == "null" {
		return ""
	}
	var s string
	var b bool
	var number int64
	switch {
	case json.Unmarshal(raw, &s) == nil:
		switch field {
		case "type":
			return v.nameOfType(n, s)
		case "visibility", "status", "answer":
			return v.Word(field, s)
		}
		return shortened(s)
	case json.Unmarshal(raw, &b) == nil:
		if field == "busy" && b {
			return v.T("activity.busy")
		}
		if field == "busy" {
			return v.T("activity.free")
		}
		if b {
			return v.T("common.yes")
		}
		return v.T("common.no")
	case json.Unmarshal(raw, &number) == nil:
		if field == "owner" {
			return n.user(number)
		}
		if number == 0 {
			return ""
		}
		return v.Number(number)
	}
	return v.composite(field, raw)
}

func (v *visit) composite(field string, raw json.RawMessage) string {
	switch field {
	case "when":
		var span struct{ Start, End calendar.Time }
		if json.Unmarshal(raw, &span) == nil {
			return v.When(span.Start, span.End, v.zone)
		}
	case "recurrence":
		var p struct {
			Rule  string
			Extra []calendar.Time
		}
		if json.Unmarshal(raw, &p) == nil {
			if p.Rule == "" && len(p.Extra) == 0 {
				return ""
			}
			return v.repeats(&calendar.Event{Rule: p.Rule, Extra: p.Extra})
		}
	case "guests":
		var list []calendar.Guest
		if json.Unmarshal(raw, &list) == nil {
			var names []string
			for _, g := range list {
				names = append(names, g.Email)
			}
			return strings.Join(names, ", ")
		}
	case "organizer":
		var p calendar.Person
		if json.Unmarshal(raw, &p) == nil {
			return p.Email
		}
	}
	return shortened(string(raw))
}

// shortened keeps a long text from filling the page.
func shortened(s string) string {
	const longest = 200
	if r := []rune(s); len(r) > longest {
		return string(r[:longest]) + "…"
	}
	return s
}

// undo takes a change back by an ordinary edit.
func (s *Site) undo(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	var kept []string
	err = v.tx(func(tx engine.Tx) error {
		u, err := v.hub().Undo(v.ctx(), tx, v.by(), id)
		kept = u.Kept
		return err
	})
	if err != nil {
		return err
	}
	if len(kept) > 0 {
		v.warn(v.T("history.undo_conflict"))
	} else {
		v.say(v.T("history.undo_done"))
	}
	return v.redirect(v.form("back"))
}
