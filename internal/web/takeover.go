package web

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"tahti/internal/calendar"
	"tahti/internal/connection"
	"tahti/internal/engine"
	"tahti/internal/match"
	"tahti/internal/othersync"
	"tahti/internal/store"
)

// takeOverPage is what another sync has made on both sides, as it is asked about.
type takeOverPage struct {
	ID      store.ID
	Name    string
	Looked  bool
	Stale   bool
	Preview store.ID
	Empty   bool

	Matched               []matchedLine
	MatchedAll            int
	Unsure                []questionLine
	UnsureAll             int
	Kinds                 []reasonLine
	NewThere, NewHere     []takenItem
	ThereAll, HereAll     int
	Tool, HowToStop, Does string
}

// takenItem is an event or an activity in a line.
type takenItem struct {
	ID          string // of an event: its name at the provider; of an activity: its number
	Title, When string
}

type matchedLine struct {
	There, Here takenItem
	Differs     string // in words; empty where both say the same
}

// questionLine is one event with what it may be.
type questionLine struct {
	N      int
	Event  takenItem
	Why    string
	MayBe  []takenItem
	Reason string
}

// reasonLine is one kind of questions, which can be answered together.
type reasonLine struct {
	Reason, Why string
	N           int
	Pairs       bool // at least one of them has one event and one activity, so that all such can be the same
}

// How much of each group a page shows. What is more is answered by kind, or the next time.
const (
	shownMatched   = 50
	shownQuestions = 100
	shownMayBe     = 10
	shownNew       = 25
)

// besides are a connection's pages beside its own.
func (s *Site) besides(mux *http.ServeMux) {
	s.page(mux, "GET /sync/{id}/history", s.showHistory)
	s.page(mux, "GET /sync/{id}/take-over", s.showTakeOver)
	s.page(mux, "POST /sync/{id}/take-over", s.takeOver)
}

// showTakeOver explains what taking over is, before anybody looks.
func (s *Site) showTakeOver(v *visit) error {
	c, err := v.connectionOf()
	if err != nil {
		return err
	}
	return v.renderTakeOver(takeOverPage{ID: c.ID, Name: c.CalendarName}, http.StatusOK)
}

func (v *visit) renderTakeOver(p takeOverPage, status int) error {
	return v.render(view{template: "takeover", title: v.T("takeover.title"), section: "sync", status: status, data: p})
}

// takeOver looks at both sides, or ties what a look has shown.
func (s *Site) takeOver(v *visit) error {
	c, err := v.connectionOf()
	if err != nil {
		return err
	}
	p := takeOverPage{ID: c.ID, Name: c.CalendarName}
	if v.form("do") != "tie" {
		return s.look(v, p)
	}
	preview, err := strconv.ParseInt(v.form("preview"), 10, 64)
	if err != nil {
		return s.look(v, p)
	}
	done, err := v.connections().TakeOver(v.ctx(), v.who, c.ID, v.takeOverWish(preview))
	if errors.Is(err, connection.ErrStalePreview) {
		p.Stale = true
		return s.look(v, p)
	}
	if err != nil {
		return err
	}
	said := v.T("takeover.done", "n", done.Linked)
	if n := len(done.Stale); n > 0 {
		said += " " + v.T("takeover.changed", "n", n)
	}
	if done.Open > 0 {
		said += " " + v.T("takeover.left", "n", done.Open)
	}
	v.say(said)
	return v.redirect(connectionPath(c.ID))
}

// look shows what is on both sides now.
func (s *Site) look(v *visit, p takeOverPage) error {
	preview, err := v.connections().PreviewTakeOver(v.ctx(), v.who, p.ID)
	if err != nil {
		return err
	}
	o := preview.Overlap
	p.Looked, p.Preview = true, preview.ID
	p.MatchedAll, p.ThereAll, p.HereAll = len(o.Matched), len(o.There), len(o.Here)
	p.Empty = len(o.Matched)+len(o.Unsure) == 0
	for _, m := range o.Matched[:min(len(o.Matched), shownMatched)] {
		p.Matched = append(p.Matched, matchedLine{v.thereItem(o, m.There), v.hereItem(o, m.Here), v.differs(o, m)})
	}
	v.questions(&p, o)
	for _, t := range o.There[:min(len(o.There), shownNew)] {
		p.NewThere = append(p.NewThere, v.thereItem(o, t))
	}
	for _, h := range o.Here[:min(len(o.Here), shownNew)] {
		p.NewHere = append(p.NewHere, v.hereItem(o, h))
	}
	p.HowToStop = v.Word("takeover.stop", toolKey(o.Tool))
	if o.Tool != othersync.None {
		p.Tool = v.T("takeover.found_tool", "name", v.Word("takeover.tool", toolKey(o.Tool)))
	}
	p.Does = v.T("takeover.do", "n", len(o.Matched))
	if len(o.Matched) == 0 {
		p.Does = v.T("takeover.do_answers")
	}
	status := http.StatusOK
	if p.Stale {
		status = http.StatusConflict
	}
	return v.renderTakeOver(p, status)
}

func toolKey(t othersync.Tool) string {
	if t == othersync.None {
		return "other"
	}
	return string(t)
}

// questions are the events that are asked about, and of which kinds there are.
func (v *visit) questions(p *takeOverPage, o *engine.Overlap) {
	kinds := map[match.Reason]*reasonLine{}
	for _, q := range o.Unsure {
		k := kinds[q.Reason]
		if k == nil {
			k = &reasonLine{Reason: string(q.Reason), Why: v.Word("takeover.reason", string(q.Reason))}
			kinds[q.Reason] = k
		}
		k.N++
		k.Pairs = k.Pairs || len(q.There) == 1 && len(q.Here) == 1
		p.UnsureAll++
		for _, t := range q.There {
			if len(p.Unsure) == shownQuestions {
				break
			}
			line := questionLine{N: len(p.Unsure), Event: v.thereItem(o, t), Why: k.Why, Reason: k.Reason}
			for _, h := range q.Here[:min(len(q.Here), shownMayBe)] {
				line.MayBe = append(line.MayBe, v.hereItem(o, h))
			}
			p.Unsure = append(p.Unsure, line)
		}
	}
	for _, reason := range match.Reasons {
		if k := kinds[reason]; k != nil {
			p.Kinds = append(p.Kinds, *k)
		}
	}
}

func (v *visit) thereItem(o *engine.Overlap, t int) takenItem {
	it := &o.Events[t].Item
	return v.takenItem(string(it.ID), &it.Event)
}

func (v *visit) hereItem(o *engine.Overlap, h int) takenItem {
	a := &o.Activities[h].Activity
	return v.takenItem(strconv.FormatInt(a.ID, 10), &a.Plan)
}

func (v *visit) takenItem(id string, e *calendar.Event) takenItem {
	title := e.Subject
	if title == "" {
		title = v.T("common.untitled")
	}
	return takenItem{id, title, v.When(e.Start, e.End, v.zone)}
}

func (v *visit) differs(o *engine.Overlap, p match.Pair) string {
	var names []string
	for _, f := range o.Differs(p) {
		names = append(names, v.Word("field", f.String()))
	}
	if len(names) == 0 {
		return ""
	}
	return v.T("takeover.differs", "fields", strings.Join(names, ", "))
}

// takeOverWish reads the answers of a form: of each event that was asked about, and for all of a kind.
func (v *visit) takeOverWish(preview store.ID) connection.TakeOverWish {
	wish := connection.TakeOverWish{Preview: preview, ForAll: map[match.Reason]connection.Choice{}}
	counts := engine.Counts(v.form("counts"))
	if counts != engine.CalendarCounts && counts != engine.CRMCounts {
		counts = engine.ByTheSettings
	}
	for n := range shownQuestions {
		event, said := v.form("event."+strconv.Itoa(n)), v.form("is."+strconv.Itoa(n))
		switch id, same := strings.CutPrefix(said, "same:"); {
		case event == "":
		case said == "different":
			wish.Answers = append(wish.Answers, connection.Answer{Event: event})
		case same:
			activity, err := strconv.ParseInt(id, 10, 64)
			if err == nil {
				wish.Answers = append(wish.Answers, connection.Answer{Event: event, Activity: activity, Same: true, Counts: counts})
			}
		}
	}
	for _, reason := range match.Reasons {
		switch v.form("all." + string(reason)) {
		case "same":
			wish.ForAll[reason] = connection.Choice{Same: true, Counts: counts}
		case "different":
			wish.ForAll[reason] = connection.Choice{}
		}
	}
	return wish
}

// foundLine is something about a connection that its page says at the top.
type foundLine struct {
	Title, Text, Do string
	TakeOver        bool // the remedy is a page of ours
}

// found are the findings of a connection in words.
func (v *visit) found(id store.ID) (lines []foundLine, err error) {
	list, err := v.connections().Findings(v.ctx(), v.who, id)
	for _, f := range list {
		name := v.Word("takeover.tool", toolKey(f.Tool))
		switch f.Check {
		case connection.FoundTwins:
			lines = append(lines, foundLine{v.T("takeover.twins.title"), v.T("takeover.twins.text", "n", f.Count), "", true})
		case connection.FoundOtherSync:
			lines = append(lines, foundLine{
				v.T("takeover.writes.title", "name", name), v.T("takeover.writes.text", "n", f.Count, "name", name), v.Word("takeover.stop", toolKey(f.Tool)), false,
			})
		}
	}
	return lines, err
}
