package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/engine"
	"tahti/internal/store"
	"tahti/internal/text"
)

// connectionPage is one connection with what it does and what waits.
type connectionPage struct {
	Line    connectionLine
	Live    live
	Work    []workLine
	Todo    int // what waits for its turn
	Holds   []holdLine
	Mine    bool
	Dry     *dryFigures
	Confirm bool // asks how to stop
	More    bool // there is more work than is shown
}

// live is what moves while a sync runs.
type live struct {
	Running     bool
	Waiting     bool // asked for, not begun
	Done, Total int
	Percent     int
	Result      string // of the last run, in words
	Tone        string
	Lines       []string
	When        string
	Problem     *text.Explanation
}

func connectionPath(id store.ID) string { return "/sync/" + strconv.FormatInt(id, 10) }

// showConnection shows one connection. After Sync now the address says since when to look for a run.
func (s *Site) showConnection(v *visit) error { return s.connectionPage(v, nil, false) }

func (s *Site) connectionPage(v *visit, dry *dryFigures, confirm bool) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	c, err := v.connections().Get(v.ctx(), v.who, id)
	if err != nil {
		return err
	}
	if c.State == store.ChooseCalendar {
		return v.redirect(accountPath(c.Account))
	}
	holds, err := v.connections().Holds(v.ctx(), v.who, id)
	if err != nil {
		return err
	}
	work, err := v.connections().Waiting(v.ctx(), v.who, id, 0, maxWork+1)
	if err != nil {
		return err
	}
	d := connectionPage{Dry: dry, Confirm: confirm, Mine: c.Member == v.who.User.ID}
	err = v.view(func(tx engine.Tx) error {
		d.Work, d.Holds, d.Todo = nil, nil, 0
		if d.Line, err = v.connectionLine(tx, &c); err != nil {
			return err
		}
		if d.Live, err = v.live(tx, &c); err != nil {
			return err
		}
		for _, h := range holds {
			d.Holds = append(d.Holds, v.holdLine(&h))
		}
		d.More = len(work) > maxWork
		for _, w := range work[:min(len(work), maxWork)] {
			if w.HeldBy == store.HeldByNothing && w.Attempts == 0 {
				d.Todo++
				continue
			}
			line, err := v.workLine(tx, &c, &w)
			if err != nil {
				return err
			}
			d.Work = append(d.Work, line)
		}
		return nil
	})
	if err != nil {
		return err
	}
	refresh := 0
	if d.Live.Running || d.Live.Waiting {
		refresh = 2
	}
	return v.render(view{template: "connection", title: d.Line.Name, section: "sync", refresh: refresh, data: d})
}

// live reads the run that is under way, or the last one.
func (v *visit) live(tx engine.Tx, c *store.Connection) (live, error) {
	var l live
	runs, err := tx.Runs(v.ctx(), c.ID, 5)
	if err != nil {
		return l, fmt.Errorf("list runs: %w", err)
	}
	var last *store.Run
	for i := range runs {
		if !runs[i].Finished.IsZero() {
			last = &runs[i]
			break
		}
	}
	if p, running := v.site.House.Runner.Progress(v.who.Company, c.ID); running {
		l.Running, l.Done, l.Total = true, p.Done, max(p.Total, p.Done)
		if l.Total > 0 {
			l.Percent = 100 * l.Done / l.Total
		}
		return l, nil
	}
	if asked, err := strconv.ParseInt(v.form("asked"), 10, 64); err == nil && (c.State == store.Active || c.State == store.Retrying) {
		since := time.UnixMicro(asked)
		// Not for ever: where another process has the connection, or none has, the page comes to rest.
		if (last == nil || last.Started.Before(since.Add(-time.Millisecond))) && v.now.Sub(since) < time.Minute {
			l.Waiting = true
			return l, nil
		}
	}
	if last == nil {
		return l, nil
	}
	l.Lines, l.When = v.Counts(last.Counts), v.Ago(last.Finished, v.now)
	switch last.State {
	case "failed":
		l.Result, l.Tone = v.T("run.failed"), "warn"
		e := v.Problem(last.Error)
		l.Problem = &e
	case "held":
		l.Result, l.Tone = v.T("run.held"), "warn"
	default:
		l.Result, l.Tone = v.T("run.done"), "good"
		if len(l.Lines) == 0 {
			l.Lines = []string{v.T("run.nothing")}
		}
	}
	return l, nil
}

// syncNow asks for a run at once.
func (s *Site) syncNow(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	asked, err := v.connections().SyncNow(v.ctx(), v.who, id)
	if err != nil {
		return err
	}
	return v.redirect(fmt.Sprintf("%s?asked=%d", connectionPath(id), asked.UnixMicro()))
}

// dryRun shows what a run would do.
func (s *Site) dryRun(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	counts, err := v.connections().DryRun(v.ctx(), v.who, id)
	if err != nil {
		return err
	}
	return s.connectionPage(v, &dryFigures{Lines: v.DryRun(counts), Mails: counts[engine.WouldMail]}, false)
}

// maxWork is how many waiting items a page shows.
const maxWork = 100

// workLine is an item that waits, with what can be done about it.
type workLine struct {
	ID                      store.ID
	Title                   string
	Activity                store.ID // 0: not in the CRM
	State                   text.Explanation
	Why                     *text.Explanation
	People                  int
	Attempts                int
	MayRetry, MaySend, Drop bool
	Tone                    string
}

// workState says in which state an item is.
func (v *visit) workState(w *store.Work) text.Explanation {
	group := "todo"
	switch {
	case strings.HasPrefix(w.HeldBy, store.HeldByBrake):
		group = "held"
	case w.HeldBy == store.HeldByParked:
		group = "parked"
	case w.HeldBy == store.HeldBySending:
		group = "sending"
	case w.Attempts > 0:
		return text.Explanation{Title: v.T("work.back_off.title"), Next: v.T("work.back_off.next", "when", v.Ago(w.Due, v.now))}
	}
	return text.Explanation{Title: v.Word("work", group+".title"), Next: v.Word("work", group+".next")}
}

func (v *visit) workLine(tx engine.Tx, c *store.Connection, w *store.Work) (workLine, error) {
	l := workLine{
		ID: w.ID, State: v.workState(w), People: w.People, Attempts: w.Attempts, Tone: "busy",
		MayRetry: w.HeldBy == store.HeldByParked || w.HeldBy == store.HeldByNothing || w.HeldBy == store.HeldByBackOff,
		MaySend:  w.HeldBy == store.HeldBySending, Drop: !strings.HasPrefix(w.HeldBy, store.HeldByBrake),
	}
	if w.HeldBy != store.HeldByNothing && w.HeldBy != store.HeldByBackOff {
		l.Tone = "warn"
	}
	reason := w.Reason
	if reason == "" {
		reason = w.Class
	}
	if reason != "" && w.HeldBy != store.HeldBySending {
		e := v.Problem(reason)
		l.Why = &e
	}
	return l, v.nameWork(tx, c, w, &l)
}

// nameWork finds a title for an item, as the visitor may see it: an activity's through the hub, an event's that is not yet
// an activity only for whose calendar it is.
func (v *visit) nameWork(tx engine.Tx, c *store.Connection, w *store.Work, l *workLine) error {
	l.Title = v.T("work.unnamed")
	kind, rest, _ := strings.Cut(w.Subject, ":")
	activity := store.ID(0)
	if kind == "a" {
		activity, _ = strconv.ParseInt(rest, 10, 64) // a subject that is no number names nothing
	} else if link, err := tx.LinkByRemote(v.ctx(), c.ID, rest); err == nil {
		activity = link.Activity
	} else if !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("read link: %w", err)
	}
	if activity != 0 {
		shown, err := v.hub().Get(v.ctx(), tx, v.who.User, activity)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read activity: %w", err)
		}
		l.Title, l.Activity = v.subjectOf(&shown.Activity, shown.Masked), activity
		return nil
	}
	// The item as the engine stored it: "e" is its event. One that cannot be read has no name.
	var payload struct {
		Event *calendar.Event `json:"e"`
	}
	if c.Member == v.who.User.ID && json.Unmarshal(w.Payload, &payload) == nil && payload.Event != nil && payload.Event.Subject != "" {
		l.Title = payload.Event.Subject
	}
	return nil
}

// actOnWork retries, drops or sends an item that waits.
func (s *Site) actOnWork(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	var w store.Work
	err = v.view(func(tx engine.Tx) error {
		w, err = tx.Work(v.ctx(), id)
		return err
	})
	if err != nil {
		return err
	}
	said := v.T("run.waiting")
	switch v.r.PathValue("what") {
	case "retry":
		err = v.connections().Retry(v.ctx(), v.who, id)
	case "drop":
		err, said = v.connections().Drop(v.ctx(), v.who, id), v.T("work.dropped")
	case "send":
		err, said = v.connections().Send(v.ctx(), v.who, id), v.T("work.sent")
	default:
		err = store.ErrNotFound
	}
	if err != nil {
		return err
	}
	v.say(said)
	return v.redirect(fmt.Sprintf("%s?asked=%d", connectionPath(w.Connection), v.now.UnixMicro()))
}

// holdLine is a brake that closed.
type holdLine struct {
	ID                 store.ID
	Text, Why          string
	Confirm, Reject    string
	Restore, MayDecide bool
}

func (v *visit) holdLine(h *store.Hold) holdLine {
	l := holdLine{ID: h.ID, MayDecide: true}
	switch h.Kind + "/" + h.Direction {
	case "delete/in":
		l.Text = v.T("hold.in_delete", "n", h.Size)
	case "delete/out":
		l.Text = v.T("hold.out_delete", "n", h.Size)
	case "create/in":
		l.Text = v.T("hold.in_create", "n", h.Size)
	case "create/out":
		l.Text = v.T("hold.out_create", "n", h.Size)
	}
	switch h.Kind {
	case "delete":
		l.Why, l.Confirm, l.Reject = v.T("hold.delete_why"), v.T("hold.confirm_delete"), v.T("hold.reject_delete")
	case "create":
		l.Why, l.Confirm, l.Reject = v.T("hold.create_why"), v.T("hold.confirm_create"), v.T("hold.reject_create")
	default:
		l.Text, l.Why, l.Confirm, l.Reject = v.T("hold.title"), v.T("hold.restore_why"), v.T("common.confirm"), v.T("common.reject")
		l.Restore, l.MayDecide = true, v.admin()
	}
	return l
}

// decideHold confirms or rejects what a brake holds.
func (s *Site) decideHold(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	var h store.Hold
	err = v.view(func(tx engine.Tx) error {
		h, err = tx.Hold(v.ctx(), id)
		return err
	})
	if err != nil {
		return err
	}
	said := v.T("hold.confirmed")
	switch v.r.PathValue("what") {
	case "confirm":
		err = v.connections().Confirm(v.ctx(), v.who, id)
	case "reject":
		err = v.connections().Reject(v.ctx(), v.who, id)
		if said = v.T("hold.rejected_create"); h.Kind == "delete" {
			said = v.T("hold.rejected_delete")
		}
	default:
		err = store.ErrNotFound
	}
	if err != nil {
		return err
	}
	v.say(said)
	return v.redirect(connectionPath(h.Connection))
}
