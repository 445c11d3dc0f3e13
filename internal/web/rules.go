package web

import (
	"strconv"
	"strings"

	"tahti/internal/connection"
	"tahti/internal/lens"
)

// ruleRow is a rule as a row of the form.
type ruleRow struct {
	Include bool
	Match   string // one of ruleMatches
	Value   string
	Error   string
}

// ruleMatches are the conditions as people choose them, in the order of the page: an answer is chosen with its condition, so
// that only two of them want a text.
var ruleMatches = []string{
	"title", "organizer", "all_day", "tentative", "answer_needs_action", "answer_tentative", "answer_declined", "answer_accepted", "any",
}

// NeedsText reports whether a condition wants a text.
func (ruleRow) NeedsText(match string) bool { return match == "title" || match == "organizer" }

func ruleRows(rules []lens.Rule) []ruleRow {
	var rows []ruleRow
	for _, r := range rules {
		row := ruleRow{Include: r.Include, Match: r.Match, Value: r.Value}
		if r.Match == "answer" {
			row.Match, row.Value = "answer_"+r.Value, ""
		}
		rows = append(rows, row)
	}
	return rows
}

// readRules reads the rows of the form. A row that lacks its text is marked, and no rules are answered. changed reports that
// a row was to be added or removed.
func (v *visit) readRules() (rows []ruleRow, rules []lens.Rule, changed bool) {
	actions, matches, values := v.r.Form["rule_action"], v.r.Form["rule_match"], v.r.Form["rule_value"]
	remove := -1
	if n, err := strconv.Atoi(v.r.FormValue("rule_remove")); err == nil {
		remove, changed = n, true
	}
	good := true
	rules = []lens.Rule{}
	for i := range min(len(actions), len(matches), len(values)) {
		if i == remove {
			continue
		}
		row := ruleRow{Include: actions[i] == "include", Match: matches[i], Value: strings.TrimSpace(values[i])}
		rule := lens.Rule{Include: row.Include, Match: row.Match}
		if answer, ok := strings.CutPrefix(row.Match, "answer_"); ok {
			rule.Match, rule.Value = "answer", answer
		} else if row.NeedsText(row.Match) {
			if rule.Value = row.Value; row.Value == "" {
				row.Error, good = v.T("settings.rules.needs_text"), false
			}
		}
		rows, rules = append(rows, row), append(rules, rule)
	}
	if v.checked("rule_add") {
		rows, changed = append(rows, ruleRow{Match: ruleMatches[0]}), true
	}
	if changed {
		for i := range rows {
			rows[i].Error = "" // nobody has finished typing yet
		}
	}
	if !good {
		rules = nil
	}
	return rows, rules, changed
}

// ruleHits is what rules leave out of what is in the calendar now.
type ruleHits struct {
	Sentence string
	Events   []string // title and time of the first of them
	More     bool     // there are others
	Problem  string   // why the calendar could not be read
}

// ruleHits says what was found. What is in the way of reading the calendar is said in its place: the rest of the page stands.
func (v *visit) ruleHits(found connection.Skipped, err error) (*ruleHits, error) {
	h := &ruleHits{}
	if err != nil {
		p, status := v.explain(err)
		if status >= 500 && !isRemote(err) {
			return nil, err
		}
		h.Problem = p.Title + ". " + p.Text
		return h, nil
	}
	h.Sentence = v.T("settings.rules.hits", "n", found.Hits, "read", v.T("settings.rules.read", "n", found.Read))
	if found.More {
		h.Sentence += " " + v.T("settings.rules.only_first")
	}
	for _, e := range found.Events {
		title := e.Subject
		if title == "" {
			title = v.T("common.untitled")
		}
		h.Events = append(h.Events, title+" · "+v.When(e.Start, e.End, v.zone))
	}
	h.More = found.Hits > len(found.Events)
	return h, nil
}
