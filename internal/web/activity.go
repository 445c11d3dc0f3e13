package web

import (
	"fmt"
	"strconv"

	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/hub"
	"tahti/internal/lens"
	"tahti/internal/recur"
	"tahti/internal/store"
	"tahti/internal/text"
)

// activityPage is one activity with everything around it.
type activityPage struct {
	Row         activityRow
	Activity    crm.Activity
	Private     bool
	Repeats     string
	Deal        string
	Person      string
	Org         string
	Guests      []guestLine
	Deleted     bool
	MayDelete   bool
	Occurrences []occurrenceLine
	Calendars   []calendarLine
	History     []historyLine
	Confirm     bool // asks whether to delete
	Occurrence  string
}

type guestLine struct{ Name, Answer string }

type occurrenceLine struct {
	Original, When, Subject string
	Done, Changed           bool
}

// calendarLine is one of the visitor's calendars and how the activity stands to it.
type calendarLine struct {
	Connection store.ID
	Name       string
	In         bool
	Why        text.Explanation // where nothing is in the way
	InTheWay   []obstacleLine
	FirstDay   bool   // of several whole days, which is all that is held there
	Hidden     string // what the event there hides, and is not told
	SyncOne    bool   // what is to be done first, or at all, is to sync it

	at        store.Connection
	explained engine.Explanation
}

// obstacleLine is one of the things that keep an activity out of a calendar, with the place where something is done about it; empty where
// that is this page, or nowhere.
type obstacleLine struct {
	text.Explanation
	Where, Label string
}

// showActivity shows one activity, with its next dates, where it is in sync, and its history.
func (s *Site) showActivity(v *visit) error { return s.activityPage(v, false) }

// askDelete is the same page with the question whether to delete it, for browsers without script.
func (s *Site) askDelete(v *visit) error { return s.activityPage(v, true) }

func (s *Site) activityPage(v *visit, confirm bool) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	d := activityPage{Confirm: confirm, Occurrence: v.form("occurrence")}
	err = v.view(func(tx engine.Tx) error {
		shown, err := v.hub().Get(v.ctx(), tx, v.who.User, id)
		if err != nil {
			return err
		}
		return v.fillActivity(tx, &d, shown)
	})
	if err != nil {
		return err
	}
	for i := range d.Calendars {
		v.lookThere(&d.Calendars[i])
	}
	return v.render(view{template: "activity", title: d.Row.Subject, section: "activities", data: d})
}

func (v *visit) fillActivity(tx engine.Tx, d *activityPage, shown hub.Shown) error {
	n, err := v.names(tx)
	if err != nil {
		return err
	}
	a := shown.Activity
	if d.Row, err = v.row(tx, a, shown.Masked, shown.Access.Edit, n); err != nil {
		return err
	}
	d.Activity, d.Private, d.Deleted, d.MayDelete = a, a.Plan.Private, a.Deleted(), shown.Access.Delete
	d.Repeats = v.repeats(&a.Plan)
	for _, g := range a.Plan.Guests {
		name := g.Email
		if g.Name != "" {
			name = g.Name + " · " + g.Email
		}
		d.Guests = append(d.Guests, guestLine{name, v.answer(string(g.Answer))})
	}
	d.Occurrences = v.occurrences(&a)
	if shown.Masked {
		return nil
	}
	var f activityForm
	if err := v.fillNames(tx, &a, &f); err != nil {
		return err
	}
	d.Deal, d.Person, d.Org = f.Deal, f.Person, f.Org
	if d.Calendars, err = v.calendars(tx, a.ID, n); err != nil {
		return err
	}
	rows, err := v.hub().HistoryOf(v.ctx(), tx, v.who.User, 0, a.ID, 0, 50)
	if err != nil {
		return err
	}
	d.History, err = v.historyLines(tx, rows, n)
	for i := range d.History {
		d.History[i].Subject = "" // the page's own title
	}
	return err
}

func (v *visit) answer(code string) string {
	if code == "" {
		return ""
	}
	return v.Word("answer", code)
}

// shownDates is how many dates of a series its page has, and shownYears how far ahead it looks for them.
const (
	shownDates = 10
	shownYears = 2
)

// occurrences are the next dates of a series.
func (v *visit) occurrences(a *crm.Activity) []occurrenceLine {
	if !a.Plan.IsSeries() {
		return nil
	}
	list, _, err := recur.Expand(&a.Plan, v.now.AddDate(0, 0, -1), v.now.AddDate(shownYears, 0, 0), v.zone, shownDates)
	if err != nil {
		return nil // a rule that the hub took and this version cannot expand: the page has the series without its dates
	}
	var out []occurrenceLine
	for _, o := range list {
		line := occurrenceLine{
			Original: v.originalName(a, o), When: v.When(o.Values.Start, o.Values.End, v.zone), Subject: o.Values.Subject, Changed: o.Override,
		}
		for _, c := range a.Occurrences {
			if c.Original == o.Original {
				line.Done = c.Done
			}
		}
		out = append(out, line)
	}
	return out
}

func (v *visit) originalName(a *crm.Activity, o recur.Occurrence) string {
	t := a.Plan.Start
	t.Wall = o.Original
	return t.Key()
}

// calendars says of each of the visitor's calendars whether it has the activity, and what is in the way.
func (v *visit) calendars(tx engine.Tx, id store.ID, n *names) ([]calendarLine, error) {
	var out []calendarLine
	for _, c := range sortedConnections(n.connections) {
		if c.Calendar == "" {
			continue // none is chosen yet
		}
		x, err := v.connections().Engine.Explain(v.ctx(), tx, c.ID, id)
		if err != nil {
			return nil, fmt.Errorf("explain activity %d at connection %d: %w", id, c.ID, err)
		}
		line := calendarLine{
			Connection: c.ID, Name: c.CalendarName, In: x.InSync, Why: v.Scope(string(x.Reason)), FirstDay: x.Shortened, Hidden: v.Fields(x.Hidden),
			at: c, explained: x,
		}
		line.SyncOne = !x.InSync && (len(x.Obstacles) == 0 || x.Obstacles[0].Remedy == lens.SyncOne)
		for _, o := range x.Obstacles {
			where, label, err := v.remedyAt(tx, &c, &o)
			if err != nil {
				return nil, err
			}
			line.InTheWay = append(line.InTheWay, obstacleLine{v.inTheWay(&o), where, label})
		}
		out = append(out, line)
	}
	return out, nil
}

// lookThere adds what only a look into the calendar tells.
func (v *visit) lookThere(line *calendarLine) {
	known := len(line.explained.Obstacles)
	v.connections().Look(v.ctx(), v.who.Company, line.at, &line.explained)
	for _, o := range line.explained.Obstacles[known:] {
		line.InTheWay = append(line.InTheWay, obstacleLine{Explanation: v.inTheWay(&o)})
	}
}

func (v *visit) inTheWay(o *engine.Obstacle) text.Explanation {
	words := text.InTheWay{State: o.State, Reason: string(o.Reason), Setting: o.Setting}
	if o.Work != nil {
		words.Waits, words.Problem, words.When = o.Work.State(), o.Work.Reason, v.Ago(o.Work.Due, v.now)
	}
	return v.Obstacle(words)
}

// remedyAt is the page on which the visitor does something about an obstacle, and what the way there is called.
func (v *visit) remedyAt(tx engine.Tx, c *store.Connection, o *engine.Obstacle) (where, label string, err error) {
	switch o.Remedy {
	case lens.ChangeSetting:
		return connectionPath(c.ID) + "/settings", v.T("work.allow"), nil
	case engine.ToRetry, engine.ToSend, engine.ToAnswer:
		return connectionPath(c.ID) + "#waiting", v.T("activities.see_waiting"), nil
	case engine.ToConfirm:
		return connectionPath(c.ID) + "#held", v.T("activities.see_waiting"), nil
	case lens.ChooseCalendar:
		acc, err := tx.Account(v.ctx(), c.Account)
		if err != nil {
			return "", "", fmt.Errorf("read account: %w", err)
		}
		if acc.Member == v.who.User.ID {
			return accountPath(acc.ID), v.T("sync.another"), nil
		}
	case engine.ToResumeAll:
		if v.admin() {
			return "/administration", v.T("nav.administration"), nil
		}
	}
	return "", "", nil
}

// markDone ticks an activity, or one occurrence of it, as done or not.
func (s *Site) markDone(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	done := v.form("done") == "yes"
	back := local(v.form("back"))
	err = v.tx(func(tx engine.Tx) error {
		c := hub.Change{Fields: []string{hub.FieldDone}, To: crm.Activity{Done: done}}
		e := editing{ID: id, Occurrence: v.form("occurrence"), Scope: string(hub.This)}
		_, err := v.patch(tx, &e, c)
		return err
	})
	if err != nil {
		return err
	}
	return v.redirect(back)
}

// deleteActivity deletes an activity, or as much of a series as was chosen.
func (s *Site) deleteActivity(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	name, scope := v.form("occurrence"), v.form("scope")
	err = v.tx(func(tx engine.Tx) error {
		if name == "" || scope == string(hub.All) {
			return v.hub().Delete(v.ctx(), tx, v.by(), id)
		}
		original, err := parseOriginal(name)
		if err != nil {
			return err
		}
		return v.hub().DeleteOccurrence(v.ctx(), tx, v.by(), id, original, hub.Scope(scope))
	})
	if err != nil {
		return err
	}
	v.say(v.T("activities.deleted"))
	return v.redirect("/activities")
}

// reviveActivity brings a deleted activity back.
func (s *Site) reviveActivity(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	err = v.tx(func(tx engine.Tx) error {
		_, err := v.hub().Revive(v.ctx(), tx, v.by(), id)
		return err
	})
	if err != nil {
		return err
	}
	v.say(v.T("activities.saved"))
	return v.redirect(activityPath(id))
}

// syncActivity carries one activity to a calendar now, whatever the starting point says.
func (s *Site) syncActivity(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	to, err := strconv.ParseInt(v.form("connection"), 10, 64)
	if err != nil {
		return store.ErrNotFound
	}
	if err := v.connections().SyncOne(v.ctx(), v.who, to, id); err != nil {
		return err
	}
	v.say(v.T("run.waiting"))
	return v.redirect(activityPath(id))
}
