package world

import (
	"fmt"
	"slices"
	"strings"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/hub"
	"tahti/internal/lens"
	"tahti/internal/provider"
	"tahti/internal/store"
)

const (
	// remedies is the stream of people who ask why something is not in sync, and do what takes more than a setting: they make a colleague's
	// activity their own, undo a deletion, say which item sync has made, are given the right to write, and let a stopped company go on.
	remedies = -22
	// remediers is how many seeds in a thousand have such people.
	remediers = 80
)

// remedyAhead lets somebody of such a seed ask, before some fifteen moves.
func (w *World) remedyAhead() {
	if !newDice(w.Seed, remedies).chance(remediers) {
		return
	}
	w.sometimes(remedies, 80, func() { w.in(w.someFirm(), w.remedy) })
}

func (w *World) remedy() {
	if w.stopped {
		w.askWhileStopped()
		return
	}
	s := w.someSide(func(s *side) bool { return !s.server.feed && w.mayRun(s) })
	if asking := w.someSide(func(s *side) bool { return w.mayRun(s) && slices.ContainsFunc(w.waiting(s), unsure) }); asking != nil && w.dice.chance(700) {
		w.askOfUnsure(asking)
		return
	}
	if s == nil || !w.rests(s) {
		return
	}
	var q *question
	switch w.dice.below(4) {
	case 0:
		w.mayOnlyRead(s)
		return
	case 1:
		q = w.ofColleagues(s)
	case 2:
		q = w.ofDeleted(s)
	default:
		q = w.ofUnshown(s)
	}
	if q != nil && len(w.broken) == 0 {
		w.askAtRest(q)
	}
}

// ofColleagues is a question about an activity that a colleague shows to everybody.
func (w *World) ofColleagues(s *side) *question {
	list := slices.DeleteFunc(w.liveActivities(0), func(a *crm.Activity) bool { return a.OwnerID == s.user.ID || !w.handsOver(a) })
	if len(list) == 0 {
		return nil
	}
	return &question{s: s, a: pick(w.dice, list).ID, bold: true}
}

// handsOver: everybody sees all of an activity, and may make it their own.
func (w *World) handsOver(a *crm.Activity) bool {
	hidden := a.Plan.Private || slices.ContainsFunc(a.Plan.Overrides, func(o calendar.Override) bool { return o.Set.Has(calendar.Private) && o.Private })
	return a.Visibility == crm.Everyone && !hidden && !slices.ContainsFunc(w.rows.shares[a.ID], func(p crm.Participant) bool { return p.Private })
}

// ofDeleted is a question about an activity of one's own that is deleted.
func (w *World) ofDeleted(s *side) *question {
	list := slices.DeleteFunc(w.activities(), func(a *crm.Activity) bool { return a.OwnerID != s.user.ID || !a.Deleted() })
	if len(list) == 0 {
		return nil
	}
	return &question{s: s, a: pick(w.dice, list).ID, bold: true}
}

// ofUnshown is a question about an event that is tied to nothing and lies where its calendar shows nothing, or else about whatever is
// not on both sides.
func (w *World) ofUnshown(s *side) *question {
	var list []*question
	for _, e := range s.server.live() {
		if q := (&question{s: s, e: e, bold: true}); s.server.outside(e) && !w.there(q) {
			list = append(list, q)
		}
	}
	if len(list) > 0 {
		return pick(w.dice, list)
	}
	q := w.someQuestion(s)
	if q != nil {
		q.bold = true
	}
	return q
}

// askWhileStopped: where the whole company is stopped, that is the first thing in the way of all that is not in sync, and no more once an
// administrator has let it go on.
func (w *World) askWhileStopped() {
	s := w.someSide(func(s *side) bool { return !s.unseen && !s.server.feed && w.canLook(s) })
	if s == nil {
		return
	}
	q := w.someQuestion(s)
	if q == nil {
		return
	}
	x := w.explained(q)
	if x.InSync || x.Problem != "" {
		return // as it was when it last ran
	}
	if len(x.Obstacles) == 0 || x.Obstacles[0].State != engine.CompanyStopped || x.Obstacles[0].Remedy != engine.ToResumeAll {
		w.broke("explain", "%s is stopped, and of %s what is in the way is %s", w.firm.name, q, inTheWay(x.Obstacles))
		return
	}
	w.did("ask while stopped")
	if w.dice.chance(500) && resumeCompany(w) {
		left := w.explained(q).Obstacles
		if slices.ContainsFunc(left, func(o engine.Obstacle) bool { return o.State == engine.CompanyStopped }) || len(left) != len(x.Obstacles)-1 {
			w.broke("explain", "%s: %s, and once the company goes on %s", q, inTheWay(x.Obstacles), inTheWay(left))
		}
	}
}

// canLook: nothing keeps a person from reading in a calendar.
func (w *World) canLook(s *side) bool {
	return !s.server.signedOut && !s.server.restUntil.After(w.now) && !s.server.blocked.After(w.nodes[0].Now())
}

func unsure(item store.Work) bool {
	return item.Reason == engine.Unsure || item.Reason == engine.UnsureItem
}

// askOfUnsure is somebody who is told that sync cannot tell whether an item is what it has made, and says so: then it goes on, and once all
// is quiet it is as the explanation says.
func (w *World) askOfUnsure(s *side) {
	list := slices.DeleteFunc(w.waiting(s), func(item store.Work) bool { return !unsure(item) })
	item := pick(w.dice, list)
	q := w.questionOf(s, item)
	if q == nil {
		return
	}
	q.bold = true
	if w.askOfWaiting(q); len(w.broken) > 0 || !w.rests(s) || q.e != nil && q.e.gone {
		return
	}
	if x := w.explained(q); x.InSync != w.there(q) {
		w.broke("explain", "%s: it was said which item sync has made; in sync: %t, and there: %t, %s", q, x.InSync, w.there(q), inTheWay(x.Obstacles))
	}
}

// tells says which item sync has made, or that none is; of an item that is not, it is said at the activity that is asked about.
func (w *World) tells(s *side, item store.Work) bool {
	if !s.server.crm {
		return false
	}
	if item.Reason == engine.Unsure {
		return w.answerQuestion(s, item)
	}
	id := strings.TrimPrefix(item.Subject, "r:")
	l, asked := w.tie(s, func(l *store.Link) bool { return l.Pending != nil && slices.Contains(l.Pending.Asked, id) })
	if !asked {
		return false // the question is gone
	}
	e := s.server.stored[provider.RemoteID(id)]
	if e != nil && e.ours && activityOfKey(string(e.key)) == l.Activity {
		w.say(s.user.Name, "says that %s at %s is activity %d", id, s.name, l.Activity)
		return w.said(w.service.ThisOne(w.ctx, w.who(s), item.ID))
	}
	for _, other := range w.waiting(s) {
		if other.Subject == hub.Subject(l.Activity) && other.Reason == engine.Unsure {
			return w.answerQuestion(s, other)
		}
	}
	return false
}

// makesOwn makes a colleague's activity one's own.
func (w *World) makesOwn(q *question, a *crm.Activity) bool {
	to := a.Clone()
	to.OwnerID = q.s.user.ID
	w.soften(&a.Plan)
	if !w.patch("make one's own", q.s.user, a, to, hub.FieldOwner) {
		return false
	}
	w.did("make one's own", q.s)
	return true
}

// undoes brings an activity back: by its own button, or by undoing its deletion, where a calendar had it so that there is history of that.
func (w *World) undoes(q *question, a *crm.Activity) bool {
	list := w.history(a.ID, 50)
	i := slices.IndexFunc(list, func(h store.History) bool { return h.Kind == "delete" && h.Direction != "out" && h.Undone.IsZero() })
	back := false
	if i >= 0 && w.dice.chance(500) {
		back = w.undoRow(q.s.user, &list[i])
	} else {
		w.soften(&a.Plan)
		back = w.save("bring back", q.s.user, fmt.Sprint(a.ID), func(tx engine.Tx, h *hub.Hub) error {
			_, err := h.Revive(w.ctx, tx, hub.By(*q.s.user), a.ID)
			return err
		})
	}
	if back {
		w.did("bring back", q.s)
	}
	return back
}

// mayOnlyRead is somebody whose right to write in a calendar is taken, and given back; both count once they have signed in again. What is
// made meanwhile is kept here for that reason, and goes out behind it. What is typed into what is tied counts as under one-way sync.
func (w *World) mayOnlyRead(s *side) {
	s.server.readOnly = true
	if !w.signInAt(s) {
		s.server.readOnly = false
		return
	}
	q := w.someQuestion(s)
	if made := w.makesOne(s); made != 0 && w.dice.chance(500) {
		q = &question{s: s, a: made}
	}
	if q != nil && w.rests(s) && q.e == nil {
		w.askWhereItIsRead(q)
	}
	s.server.readOnly = false
	if !w.signInAt(s) {
		w.broke("explain", "nobody can sign in at %s any more", s.name)
	}
	w.did("may only read", s)
	if q != nil && w.rests(s) && len(w.broken) == 0 {
		w.askAtRest(q)
	}
}

// makesOne is somebody who makes an activity; it answers which.
func (w *World) makesOne(s *side) store.ID {
	before := w.activities()
	w.save("make what may not go out", s.user, "", func(tx engine.Tx, h *hub.Hub) error {
		_, err := h.Create(w.ctx, tx, hub.By(*s.user), crm.Activity{Type: "meeting", Plan: w.someEvent()})
		return err
	})
	after := w.activities()
	if len(after) == len(before) {
		return 0
	}
	return after[len(after)-1].ID
}

// askWhereItIsRead: that a calendar may only be read is in the way of whatever is not in it, and all else that is named does not help.
func (w *World) askWhereItIsRead(q *question) {
	x := w.explained(q)
	i := slices.IndexFunc(x.Obstacles, func(o engine.Obstacle) bool { return o.Reason == lens.CalendarReadnly })
	switch {
	case x.InSync:
	case i >= 0:
		w.changesNothing(q, "all but the right", func() bool { return w.clears(q, slices.Delete(slices.Clone(x.Obstacles), i, i+1)) })
	case !slices.ContainsFunc(x.Obstacles, func(o engine.Obstacle) bool { return o.Remedy == lens.NoRemedy }):
		w.broke("explain", "%s may only be read, and of %s what is in the way is %s", q.s.name, q, inTheWay(x.Obstacles))
	}
}

// questionOf is about what a piece of work is about; nil where the person whose calendar it is has no business with that.
func (w *World) questionOf(s *side, item store.Work) *question {
	q := &question{s: s}
	if kind, id, _ := strings.Cut(item.Subject, ":"); kind == "a" {
		if _, err := fmt.Sscan(id, &q.a); err != nil || w.rows.activities[q.a] == nil || w.rows.activities[q.a].OwnerID != s.user.ID {
			return nil
		}
	} else if q.e = s.server.stored[provider.RemoteID(id)]; q.e == nil || q.e.gone {
		return nil
	}
	return q
}
