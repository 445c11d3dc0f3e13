package web

import (
	"fmt"
	"strconv"
	"time"

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
	Found   []foundLine
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
	v.Printer = v.At(c.Provider)
	if c.State == store.ChooseCalendar {
		return v.redirect(accountPath(c.Account))
	}
	if waits(&c) && !confirm {
		return s.showWaiting(v, &c)
	}
	holds, err := v.connections().Holds(v.ctx(), v.who, id)
	if err != nil {
		return err
	}
	work, more, err := v.waiting(id)
	if err != nil {
		return err
	}
	d := connectionPage{More: more, Dry: dry, Confirm: confirm, Mine: c.Member == v.who.User.ID}
	if d.Found, err = v.found(id); err != nil {
		return err
	}
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
		return v.fillWork(tx, &c, &d, work)
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

// staleRun is after how long a run that never ended is taken for one whose process was killed.
const staleRun = time.Hour

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
	p, working := v.site.House.Runner.Progress(v.who.Company, c.ID)
	// Before the first figures, and where another process has the connection, its row says that it runs.
	if working || len(runs) > 0 && runs[0].Finished.IsZero() && v.now.Sub(runs[0].Started) < staleRun {
		l.Running, l.Done, l.Total = true, p.Done, max(p.Total, p.Done)
		if l.Total > 0 {
			l.Percent = 100 * l.Done / l.Total
		}
		return l, nil
	}
	company, err := tx.GetCompany(v.ctx())
	if err != nil {
		return l, fmt.Errorf("read company: %w", err)
	}
	if asked, err := strconv.ParseInt(v.form("asked"), 10, 64); err == nil && syncs(c, company.Stopped) {
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
	last = v.telling(runs, last)
	l.Lines, l.When = v.Counts(last.Counts), v.Ago(last.Finished, v.now)
	switch last.State {
	case "failed":
		l.Result, l.Tone = v.T("run.failed"), "warn"
		company, err := tx.GetCompany(v.ctx())
		if err != nil {
			return l, fmt.Errorf("read company: %w", err)
		}
		l.Problem = v.causeOf(c, &company, last.Error)
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

// echo is for how long after a run others may follow that only see what it wrote: providers tell us of our own changes, too.
const echo = time.Minute

// telling is the run whose result is shown: the last one, or where that found nothing, one just before it that did something. Of
// what somebody asked for on this page, the answer is a run from then on.
func (v *visit) telling(runs []store.Run, last *store.Run) *store.Run {
	since := last.Started.Add(-echo)
	if asked, err := strconv.ParseInt(v.form("asked"), 10, 64); err == nil {
		since = time.UnixMicro(asked).Add(-time.Millisecond)
	}
	for i := range runs {
		r := &runs[i]
		if r.Finished.IsZero() || r.Started.Before(since) {
			continue
		}
		if r.State != last.State {
			break // one that failed is no longer news, and one before it is none any more
		}
		if len(v.Counts(r.Counts)) > 0 {
			return r
		}
	}
	return last
}

// syncs reports whether runs of a connection may begin: it is not resting, and the company's sync is not stopped.
func syncs(c *store.Connection, stopped time.Time) bool {
	return stopped.IsZero() && (c.State == store.Active || c.State == store.Retrying)
}

// syncNow asks for a run at once.
func (s *Site) syncNow(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	if _, err := v.connections().SyncNow(v.ctx(), v.who, id); err != nil {
		return err
	}
	return v.redirect(fmt.Sprintf("%s?asked=%d", connectionPath(id), v.now.UnixMicro()))
}

// dryRun shows what a run would do.
func (s *Site) dryRun(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	run, err := v.connections().DryRun(v.ctx(), v.who, id)
	if err != nil {
		return err
	}
	return s.connectionPage(v, &dryFigures{Lines: v.DryRun(run.Counts), Mails: run.Counts[engine.WouldMail]}, false)
}
