package web

import (
	"errors"
	"net/http"
	"slices"
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

	Matched               []chunk[matchedLine]
	MatchedAll, Shown     int // of Shown, each has a line
	Kinds                 []kindGroup
	UnsureAll, Asked      int // of Asked, each has a question
	NewThere, NewHere     []takenItem
	ThereAll, HereAll     int
	Tool, HowToStop, Does string
	Traced                bool // what the tool writes can be told
}

// takenItem is an event or an activity in a line.
type takenItem struct {
	ID          string // of an event: its name at the provider; of an activity: its number
	Title, When string
}

type matchedLine struct {
	There, Here takenItem
	Differs     string // in words; empty where both say the same
	Meeting     bool   // both are copies of one meeting, of which nobody can say that they are two
}

// questionLine is one event with what it may be.
type questionLine struct {
	N     int
	Event takenItem
	MayBe []takenItem
	Dates string // of a series and its dates, which have one answer: how many dates there are; else empty
}

// kindGroup is one kind of questions, which can be answered together.
type kindGroup struct {
	Reason, Why string
	N           int
	Pairs       bool // at least one of them has one event and one activity, so that all such can be the same
	Dates       bool // a series and its dates, which stay as they are
	Questions   []chunk[questionLine]
}

// chunk is a part of a long list that opens by itself.
type chunk[T any] struct {
	From, To int
	Lines    []T
}

// chunksOf cuts a list into parts that can be overlooked.
func chunksOf[T any](list []T, size int) (out []chunk[T]) {
	from := 1
	for part := range slices.Chunk(list, size) {
		out = append(out, chunk[T]{from, from + len(part) - 1, part})
		from += len(part)
	}
	return out
}

// How much of each group a page shows, and in which parts. What is more is answered by kind, or the next time.
const (
	shownMatched   = 500
	shownQuestions = 500
	shownMayBe     = 10
	shownNew       = 25
	chunkMatched   = 25
	chunkQuestions = 25
)

// besides are a connection's pages beside its own, and the help pages.
func (s *Site) besides(mux *http.ServeMux) {
	s.help(mux)
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
	var matched []matchedLine
	for _, m := range o.Matched[:min(len(o.Matched), shownMatched)] {
		there, here := v.thereItem(o, m.There), v.hereItem(o, m.Here)
		matched = append(matched, matchedLine{there, here, v.differs(o, m, there.When == here.When), m.Meeting})
	}
	p.Matched, p.Shown = chunksOf(matched, chunkMatched), len(matched)
	v.questions(&p, o)
	for _, t := range o.There[:min(len(o.There), shownNew)] {
		p.NewThere = append(p.NewThere, v.thereItem(o, t))
	}
	for _, h := range o.Here[:min(len(o.Here), shownNew)] {
		p.NewHere = append(p.NewHere, v.hereItem(o, h))
	}
	p.HowToStop, p.Traced = v.Word("takeover.stop", toolKey(o.Tool)), o.Tool != othersync.None && o.Tool != othersync.Pipedrive
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

// questions are the events that are asked about, by kind.
func (v *visit) questions(p *takeOverPage, o *engine.Overlap) {
	for _, reason := range match.Reasons {
		k := kindGroup{Reason: string(reason), Why: v.Word("takeover.reason", string(reason)), Dates: reason == match.Dates}
		var lines []questionLine
		for _, q := range o.Unsure {
			if q.Reason != reason {
				continue
			}
			k.N++
			k.Pairs = k.Pairs || k.Dates || len(q.There) == 1 && len(q.Here) == 1
			if k.Dates {
				if p.UnsureAll++; p.Asked < shownQuestions {
					lines = append(lines, v.seriesLine(p.Asked, o, q))
					p.Asked++
				}
				continue
			}
			for _, t := range q.There[:min(len(q.There), shownQuestions-p.Asked)] {
				line := questionLine{N: p.Asked, Event: v.thereItem(o, t)}
				for _, h := range q.Here[:min(len(q.Here), shownMayBe)] {
					line.MayBe = append(line.MayBe, v.hereItem(o, h))
				}
				lines = append(lines, line)
				p.Asked++
			}
			p.UnsureAll += len(q.There)
		}
		if k.N > 0 {
			k.Questions = chunksOf(lines, chunkQuestions)
			p.Kinds = append(p.Kinds, k)
		}
	}
}

// seriesLine is a series of one side with its dates on the other, in one line.
func (v *visit) seriesLine(n int, o *engine.Overlap, q match.Question) questionLine {
	line := questionLine{N: n, Event: v.thereItem(o, q.There[0])}
	series, first, dates := line.Event.Title, v.hereItem(o, q.Here[0]), len(q.Here)
	if !o.Events[q.There[0]].Item.Event.IsSeries() {
		series, first, dates = v.hereItem(o, q.Here[0]).Title, line.Event, len(q.There)
	}
	line.Dates = v.T("takeover.dates_of", "n", dates, "title", series, "when", first.When)
	return line
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

// differs names the fields in which a pair differs. Of two times that read alike only the zone is another, which tells nobody anything but
// of a series, whose later occurrences go by it.
func (v *visit) differs(o *engine.Overlap, p match.Pair, sameWhen bool) string {
	var names []string
	for _, f := range o.Differs(p) {
		switch {
		case f != calendar.When || !sameWhen:
			names = append(names, v.Word("field", f.String()))
		case o.Events[p.There].Item.Event.IsSeries():
			names = append(names, v.T("field.zone"))
		}
	}
	if len(names) == 0 {
		return ""
	}
	fields := strings.Join(names, ", ")
	if p.Unlike {
		return v.T("takeover.decides", "fields", fields)
	}
	return v.T("takeover.differs", "fields", fields)
}

// takeOverWish reads the answers of a form: of each event that was asked about, of what is not the same after all, and for all of a kind.
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
	for _, said := range v.r.PostForm["apart"] {
		id, event, _ := strings.Cut(said, ":")
		if activity, err := strconv.ParseInt(id, 10, 64); err == nil && event != "" {
			wish.Answers = append(wish.Answers, connection.Answer{Event: event, Activity: activity})
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
		case connection.FoundMirror:
			lines = append(lines, foundLine{v.T("takeover.beside.title"), v.T("takeover.beside.text", "n", f.Count), v.Word("takeover.stop", toolKey(f.Tool)), false})
		case connection.FoundOtherSync:
			lines = append(lines, foundLine{
				v.T("takeover.writes.title", "name", name), v.T("takeover.writes.text", "n", f.Count, "name", name), v.Word("takeover.stop", toolKey(f.Tool)), false,
			})
		}
	}
	return lines, err
}
