package world

import (
	"fmt"
	"slices"
	"strings"

	"tahti/internal/connection"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/lens"
	"tahti/internal/store"
)

const (
	// explains is the stream of people who ask why something is, or is not, in sync, and do what they are told.
	explains = -21
	// askers is how many seeds in a thousand have such people.
	askers = 80
)

// explainAhead lets somebody of such a seed ask, before some nine moves.
func (w *World) explainAhead() {
	if !newDice(w.Seed, explains).chance(askers) {
		return
	}
	w.sometimes(explains, 50, func() { w.in(w.someFirm(), w.ask) })
}

// ask is somebody who wants to know of one of their calendars why something in it, or not in it, is as it is: of what waits, of anything
// where nothing does, or where it does not run.
func (w *World) ask() {
	s := w.someSide(func(s *side) bool { return !s.server.feed && (w.mayRun(s) || s.paused() || s.stopped()) })
	if s == nil {
		return
	}
	switch {
	case !w.mayRun(s):
		w.askWhereItRests(s)
	case w.rests(s):
		if w.dice.chance(500) && (!w.closes(s) || !w.rests(s)) {
			return
		}
		if q := w.someQuestion(s); q != nil && len(w.broken) == 0 {
			w.askAtRest(q)
		}
	default:
		if list := w.waiting(s); len(list) > 0 && w.mayRun(s) {
			if q := w.questionOf(s, pick(w.dice, list)); q != nil {
				w.askOfWaiting(q)
			}
		}
	}
}

// question is what somebody asks about: an activity (a), or an event. bold: they also do what takes more than a setting.
type question struct {
	s    *side
	a    store.ID
	e    *entry
	bold bool
}

func (q *question) String() string {
	if q.e != nil {
		return fmt.Sprintf("%s at %s", q.e.id, q.s.name)
	}
	return fmt.Sprintf("activity %d at %s", q.a, q.s.name)
}

// someQuestion is about something of a connection, most times about something that is not on both sides.
func (w *World) someQuestion(s *side) *question {
	var all, apart []*question
	for _, e := range s.server.live() {
		all = append(all, &question{s: s, e: e})
	}
	for _, a := range w.liveActivities(s.user.ID) {
		if !w.hasLooseCopy(s, a) {
			all = append(all, &question{s: s, a: a.ID})
		}
	}
	if len(all) == 0 {
		return nil
	}
	for _, q := range all {
		if !w.there(q) {
			apart = append(apart, q)
		}
	}
	if len(apart) > 0 && w.dice.chance(800) {
		return pick(w.dice, apart)
	}
	return pick(w.dice, all)
}

// hasLooseCopy reports that a calendar has a copy of an activity's meeting which is not tied: a setting that lets events in ties it, whatever
// keeps the activity from going out.
func (w *World) hasLooseCopy(s *side, a *crm.Activity) bool {
	m := w.meetingOf(a)
	return m != nil && slices.ContainsFunc(s.server.live(), func(e *entry) bool { return e.meeting == m && w.tiedTo(s, e) == 0 })
}

// closes is somebody who keeps more out of a connection than before, and lets what is there stay.
func (w *World) closes(s *side) bool {
	chosen := map[string]any{}
	for range 1 + w.dice.below(3) {
		c := pick(w.dice, barriers)
		chosen[c.name] = pick(w.dice, c.values)
	}
	return w.saves(s, chosen, connection.Save{OnNarrow: connection.KeepMirrors}, true)
}

// barriers are settings that keep much out.
var barriers = []choice{
	{"direction", []any{lens.ToCRM, lens.ToCalendr, lens.OwnItems}},
	{"types_out", []any{[]string{}, []string{"task"}, []string{"call"}}},
	{"rules", []any{titled("Lunch"), titled("Meet"), titled("Call"), []lens.Rule{{Match: "all_day"}, {Match: "title", Value: "e"}}}},
	{"start", []any{lens.NewAndChanged, lens.FromToday, "2026-04-10"}},
	{"private", []any{"skip"}},
	{"relay", []any{false}},
}

// explained is what the product says. Saying it writes nothing.
func (w *World) explained(q *question) (x engine.Explanation) {
	commits, writes := w.commits, w.serverWrites()
	w.peacefully(func() {
		var err error
		if q.e != nil {
			x, err = w.service.ExplainEvent(w.ctx, w.who(q.s), q.s.id, q.e.id)
		} else {
			x, err = w.service.Explain(w.ctx, w.who(q.s), q.s.id, q.a)
		}
		w.must("explain "+q.String(), err)
	})
	if w.commits != commits || w.serverWrites() != writes {
		w.broke("explain", "explaining %s has written something", q)
	}
	w.say(q.s.user.Name, "asks why of %s: in sync: %t, %s, in the way: %s", q, x.InSync, x.Reason, inTheWay(x.Obstacles))
	w.did("ask why")
	w.checkUnshown(q, &x)
	return x
}

// checkUnshown: of an event that is tied to nothing it is said that its calendar does not tell of where it lies, if that is so. Nobody can
// do anything about that: it is taken out.
func (w *World) checkUnshown(q *question, x *engine.Explanation) {
	n := len(x.Obstacles)
	x.Obstacles = slices.DeleteFunc(x.Obstacles, func(o engine.Obstacle) bool { return o.Reason == lens.TooFarAhead || o.Reason == lens.TooLongAgo })
	said := n > len(x.Obstacles)
	switch {
	case said && (q.e == nil || !q.s.server.outside(q.e)):
		w.broke("explain", "%s is said to lie outside of what its calendar tells of", q)
	case !said && q.e != nil && x.Activity == 0 && x.Problem == "" && q.s.server.farOutside(q.e) && !slices.ContainsFunc(x.Obstacles, waits):
		w.broke("explain", "%s lies outside of what its calendar tells of, and nobody says so: %s, %s", q, x.Reason, inTheWay(x.Obstacles))
	}
	if said {
		w.did("ask of what is not shown")
	}
}

func waits(o engine.Obstacle) bool { return o.Work != nil }

func inTheWay(list []engine.Obstacle) string {
	var names []string
	for _, o := range list {
		name := fmt.Sprint(o.State, o.Reason, " → ", o.Remedy)
		if o.Work != nil {
			name = fmt.Sprint(o.Work.State(), " ", o.Work.Reason, name)
		}
		if o.Remedy == lens.ChangeSetting {
			name += fmt.Sprintf(" %s %v", o.Setting, o.To)
		}
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}

// holding is what the provider, or for an event the CRM, has of what is asked about.
func (w *World) holding(q *question) string {
	if q.e != nil {
		return fmt.Sprint(w.tiedTo(q.s, q.e))
	}
	var list []string
	for _, e := range q.s.server.live() {
		if w.rows.linked[linkKey{q.s.id, string(e.id)}] == q.a || e.ours && activityOfKey(string(e.key)) == q.a {
			list = append(list, fmt.Sprint(e.id, " ", spelled(&e.event)))
		}
	}
	return strings.Join(list, "; ")
}

// tiedTo is the activity that is there and tied to an event; 0 if there is none.
func (w *World) tiedTo(s *side, e *entry) (id store.ID) {
	l, tied := w.tie(s, func(l *store.Link) bool { return l.Remote == string(e.id) })
	if a := w.rows.activities[l.Activity]; tied && l.State == store.LinkLinked && a != nil && !a.Deleted() && !e.gone {
		id = a.ID
	}
	return id
}

// tie is the link of a connection that is meant.
func (w *World) tie(s *side, meant func(*store.Link) bool) (l store.Link, tied bool) {
	w.must("read links", w.db.View(w.ctx, w.company, func(tx *store.Tx) error {
		links, err := tx.Links(w.ctx, s.id, 0, 1000)
		for i := range links {
			if meant(&links[i]) {
				l, tied = links[i], true
			}
		}
		return err
	}))
	return l, tied
}

// there reports that what is asked about is on both sides, and tied.
func (w *World) there(q *question) bool {
	if q.e != nil {
		return w.tiedTo(q.s, q.e) != 0
	}
	l, tied := w.tie(q.s, func(l *store.Link) bool { return l.Activity == q.a })
	e := q.s.server.stored[remoteID(l.Remote)]
	// A CRM says of no deletion: only a sweep shows it.
	return tied && l.State == store.LinkLinked && e != nil && (!e.gone || q.s.server.crm || q.s.server.untold(e) || q.s.server.lostSight(e, &l))
}

// askAtRest: where a connection is at rest, what is said to be in sync is on both sides, and a run changes nothing, where no letter has come
// meanwhile. Of what is not, all that is named is in the way, and nothing else.
func (w *World) askAtRest(q *question) {
	x, has := w.explained(q), w.holding(q)
	switch {
	case x.InSync != w.there(q):
		w.broke("explain", "%s: in sync: %t, and there: %t, %s", q, x.InSync, !x.InSync, has)
	case x.InSync:
		if heard := q.s.heard; w.rests(q.s) && w.holding(q) != has && q.s.heard == heard {
			w.broke("explain", "%s is in sync, and a run changed %s to %s", q, has, w.holding(q))
		}
	case len(x.Obstacles) == 0 && (x.Problem != "" || q.e != nil && (q.s.server.outside(q.e) || q.e.lateUntil.After(w.now))):
		return // it cannot be read, has yet to come into the calendar's window, or to be seen
	case len(x.Obstacles) == 0:
		w.broke("explain", "%s is not in sync at rest, and nothing is in the way: %s", q, x.Reason)
	default:
		w.counterfactuals(q, x.Obstacles)
	}
}

// askWhereItRests: where a connection does not run, that is the first thing in the way, and what is named lets it run again.
func (w *World) askWhereItRests(s *side) {
	q := w.someQuestion(s)
	if q == nil || q.e != nil && !w.canLook(s) {
		return // nobody can look into it
	}
	x := w.explained(q)
	if x.InSync || x.Problem != "" {
		return // as it was when it last ran
	}
	list := x.Obstacles
	if w.stopped && len(list) > 0 && list[0].State == engine.CompanyStopped {
		list = list[1:] // which is for an administrator to end
	} else if w.stopped {
		list = nil
	}
	if len(list) == 0 || list[0].State != s.state {
		w.broke("explain", "%s is %s, its company stopped: %t, and of %s what is in the way is %s", s.name, s.state, w.stopped, q, inTheWay(x.Obstacles))
		return
	}
	runs := false
	switch o := list[0]; {
	case s.unseen:
		return // an administrator has to look first
	case o.Remedy == engine.ToResume:
		runs = w.resumeAt(s)
	case o.Remedy == engine.ToConnect:
		runs = w.connectAt(s)
	}
	if runs && s.state != store.Active && s.state != store.Retrying {
		w.broke("explain", "%s is %s though all was done that was named", s.name, s.state)
	}
}

// askOfWaiting: of what waits something is named that lets it go on.
func (w *World) askOfWaiting(q *question) {
	x := w.explained(q)
	i := slices.IndexFunc(x.Obstacles, waits)
	if i < 0 {
		return // what is out of scope by now, and has yet to be let go
	}
	item := *x.Obstacles[i].Work
	for _, o := range x.Obstacles[i:] {
		if !w.presses(q, item, &o) {
			return
		}
	}
	w.did("let go on as told", q.s)
	w.concerns("let it go on", q.s) // by the same buttons
	for _, now := range w.waiting(q.s) {
		if now.ID == item.ID && now.Revision == item.Revision && now.HeldBy != store.HeldByNothing {
			w.broke("explain", "%s: %s was done, and it waits: %s %s", q, inTheWay(x.Obstacles), now.HeldBy, now.Reason)
		}
	}
}

// presses does what lets an item go on. It answers false where that is for somebody else to do, or by itself in time.
func (w *World) presses(q *question, item store.Work, o *engine.Obstacle) bool {
	s := q.s
	switch o.Remedy {
	case engine.ToAnswer:
		return q.bold && w.tells(s, item)
	case lens.ChangeSetting:
		return w.saves(s, map[string]any{o.Setting: o.To}, connection.Save{OnNarrow: connection.KeepMirrors}, false)
	case engine.ToRetry:
		return w.pressed(s, "retry", " "+item.Subject, w.service.Retry(w.ctx, w.who(s), item.ID))
	case engine.ToSend:
		s.tally().allowed[item.Subject] = true
		return w.pressed(s, "send", " "+item.Subject, w.service.Send(w.ctx, w.who(s), item.ID))
	case engine.ToConfirm:
		for w.decideHold(s, true) && len(w.broken) == 0 { // all of them: one of them is its own
		}
		return true
	}
	return false
}
