package world

import (
	"fmt"
	"slices"
	"strings"

	"tahti/internal/connection"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/lens"
	"tahti/internal/match"
	"tahti/internal/store"
)

// verdict is what comes of a preview of taking over and what somebody says of it, in words apart from the product's.
type verdict struct {
	ties, dates, different, questions, late int
	open, apart                             []counterpart
	newThere, newHere                       []int // what is on one side only, by its number in the preview
}

// answerOf is what somebody said of an event that was unsure: by itself, or with all that were so for the same reason.
func (t *taking) answerOf(q *match.Question, there int) (connection.Answer, bool) {
	if a, said := t.said[t.event(there)]; said {
		return a, true
	}
	all, said := t.wish.ForAll[q.Reason]
	one := len(q.There) == 1 && len(q.Here) == 1
	switch {
	case !said || all.Same && !one:
		return connection.Answer{}, false
	case all.Same:
		return connection.Answer{Same: true, Activity: t.activity(q.Here[0]), Counts: all.Counts}, true
	}
	return connection.Answer{}, true
}

// comesOf judges an acceptance.
func (t *taking) comesOf() verdict {
	v := verdict{newThere: slices.Clone(t.TakeOverPreview.There), newHere: slices.Clone(t.TakeOverPreview.Here)}
	for _, p := range t.Matched {
		if a, said := t.said[t.event(p.There)]; !said || a.Same || p.Meeting {
			v.ties++
			continue
		}
		v.different++
		v.apart = append(v.apart, t.counterpart(p.There, p.Here))
		v.newThere, v.newHere = append(v.newThere, p.There), append(v.newHere, p.Here)
	}
	for _, q := range t.Unsure {
		if q.Reason == match.Dates {
			t.settlesDates(&q, &v)
		} else {
			t.settles(&q, &v)
		}
	}
	return v
}

// settlesDates judges a question about a series and its dates, which has one answer. Where they are the same, both stay as they are.
func (t *taking) settlesDates(q *match.Question, v *verdict) {
	var pairs []counterpart
	for _, i := range q.There {
		for _, h := range q.Here {
			pairs = append(pairs, t.counterpart(i, h))
		}
	}
	switch a, said := t.answerOfDates(q); {
	case !said:
		v.questions++
		v.open = append(v.open, pairs...)
	case a.Same:
		v.dates++
		v.open = append(v.open, pairs...)
	default:
		v.different++
		v.apart = append(v.apart, pairs...)
		v.newThere, v.newHere = append(v.newThere, q.There...), append(v.newHere, q.Here...)
	}
}

func (t *taking) answerOfDates(q *match.Question) (connection.Answer, bool) {
	for _, i := range q.There {
		if a, said := t.said[t.event(i)]; said {
			return a, true
		}
	}
	all, said := t.wish.ForAll[q.Reason]
	return connection.Answer{Same: all.Same}, said
}

// keepsDates remembers what somebody says to be a series and its dates.
func (t *taking) keepsDates() {
	for _, q := range t.Unsure {
		if a, _ := t.answerOfDates(&q); q.Reason != match.Dates || !a.Same {
			continue
		}
		for _, i := range q.There {
			t.former.dates[t.event(i)] = true
		}
		for _, h := range q.Here {
			t.former.dates["a:"+number(t.activity(h))] = true
		}
	}
}

func (t *taking) counterpart(there, here int) counterpart {
	return counterpart{t.server.stored[t.Events[there].Item.ID], t.activity(here)}
}

// settles judges a question, whose events are answered one by one.
func (t *taking) settles(q *match.Question, v *verdict) {
	there, here, apart := slices.Clone(q.There), slices.Clone(q.Here), map[[2]int]bool{}
	for _, i := range q.There {
		a, said := t.answerOf(q, i)
		at := slices.IndexFunc(here, func(h int) bool { return t.activity(h) == a.Activity })
		drop := func() { there = slices.DeleteFunc(there, func(x int) bool { return x == i }) }
		switch {
		case !said:
		case a.Same && at < 0:
			v.late++ // another event was said to be that
		case a.Same:
			v.ties++
			here = slices.Delete(here, at, at+1)
			drop()
		case a.Activity == 0 && len(here) > 0, at >= 0 && len(here) == 1:
			v.different++
			for _, h := range here {
				apart[[2]int{i, h}] = true
			}
			drop()
			v.newThere = append(v.newThere, i)
		case at >= 0:
			v.different++
			apart[[2]int{i, here[at]}] = true
		}
	}
	for pair := range apart { // any order: it is looked for by what is in it
		v.apart = append(v.apart, t.counterpart(pair[0], pair[1]))
	}
	t.remains(there, here, apart, v)
}

// remains judges what is left of a question: what was said to be none of it is on one side.
func (t *taking) remains(there, here []int, apart map[[2]int]bool, v *verdict) {
	open := func(i, h int) bool { return !apart[[2]int{i, h}] }
	asked := slices.DeleteFunc(slices.Clone(there), func(i int) bool {
		return !slices.ContainsFunc(here, func(h int) bool { return open(i, h) })
	})
	for _, i := range there {
		if !slices.Contains(asked, i) {
			v.newThere = append(v.newThere, i)
		}
	}
	for _, h := range here {
		if !slices.ContainsFunc(asked, func(i int) bool { return open(i, h) }) {
			v.newHere = append(v.newHere, h)
		}
		for _, i := range asked {
			if open(i, h) {
				v.open = append(v.open, t.counterpart(i, h))
			}
		}
	}
	if len(asked) > 0 {
		v.questions++
	}
}

// answered remembers what is open and what is different by now, as far as an acceptance was saved, and compares what became of it with what
// was shown and said, if nobody did anything since. done is nil where it broke off.
func (w *World) answered(t *taking, done *connection.TakenOver) {
	f, v := t.former, t.comesOf()
	t.keepsDates()
	if done == nil && t.dies == 1 && !t.behind {
		return // nothing of it was saved
	}
	for _, c := range v.apart {
		t.tally().allowed["r:"+string(c.there.id)], t.tally().allowed["a:"+number(c.here)] = true, true // whoever says so wants both
		if t.fresh {                                                                                    // of what has changed since it was shown it was not said
			f.apart[c] = true
		}
	}
	if !t.fresh || !t.alone {
		return
	}
	f.open, f.since = v.open, w.move
	if t.part || t.server.hid {
		return // one of the two looks saw less than was there
	}
	if done != nil && (done.Linked != v.ties || done.Dates != v.dates || done.Apart != v.different || done.Open != v.questions || len(done.Stale) != v.late) {
		w.broke("take over", "%s: what was shown and said makes %d ties, %d series with their dates, %d that are different and %d open; done were %+v", t.name,
			v.ties, v.dates, v.different, v.questions, *done)
	}
}

// stateOf names all that a preview of taking over goes by.
func (w *World) stateOf(s *side) string {
	var b strings.Builder
	fmt.Fprint(&b, s.server.seq, s.settings)
	for _, a := range w.liveActivities(s.user.ID) {
		fmt.Fprint(&b, " ", a.ID, "@", a.Revision)
	}
	for _, id := range s.server.order {
		fmt.Fprint(&b, " ", w.rows.linked[linkKey{s.id, string(id)}])
	}
	return b.String()
}

// isOpen: nobody has said whether two things are the same, and neither of them is tied, was let pass, or has gone.
func (w *World) isOpen(s *side, c counterpart) bool {
	a := w.rows.activities[c.here]
	if c.there.gone || a == nil || a.Deleted() || a.OwnerID != s.user.ID || s.former.apart[c] || s.started > s.former.since ||
		s.tally().allowed["r:"+string(c.there.id)] || s.tally().allowed["a:"+number(c.here)] {
		return false
	}
	free := true
	w.must("read links", w.db.View(w.ctx, w.company, func(tx *store.Tx) error {
		links, err := tx.Links(w.ctx, s.id, 0, 1000)
		for _, l := range links {
			free = free && l.Remote != string(c.there.id) && l.Activity != c.here
		}
		return err
	}))
	return free
}

// checkMadeThere: no item is made for an activity that was taken over, or of which nobody has said whether it is another item (I1, I24).
func (w *World) checkMadeThere(s *server, activity store.ID) {
	f := s.side.former
	if f == nil {
		return
	}
	for _, e := range s.live() {
		if x := e.tied; x != nil && x.activity == activity && w.isTied(s.side, e, activity) {
			w.broke("I1", "%s is given an item for activity %d, which is %s: %s", s.name, activity, e.id, brief(&e.event))
		}
	}
	for _, c := range f.open {
		if c.here == activity && w.isOpen(s.side, c) {
			w.broke("I24", "%s is given an item for activity %d, and nobody has said whether it is %s: %s", s.name, activity, c.there.id, brief(&c.there.event))
		}
	}
}

func (w *World) isTied(s *side, e *entry, activity store.ID) (is bool) {
	w.must("read links", w.db.View(w.ctx, w.company, func(tx *store.Tx) error {
		links, err := tx.Links(w.ctx, s.id, 0, 1000)
		is = slices.ContainsFunc(links, func(l store.Link) bool {
			return l.Remote == string(e.id) && l.Activity == activity && l.State == store.LinkLinked
		})
		return err
	}))
	return is
}

// checkMadeHere: no activity is made of an item of which nobody has said whether it is another activity (I24), and what was said to be
// different is not tied.
func (w *World) checkMadeHere(by *worker, l *store.Link, made bool) {
	f := by.side.former
	if f == nil || l.Connection != by.side.id {
		return
	}
	for c := range f.apart { // any order: each for itself
		if string(c.there.id) == l.Remote && c.here == l.Activity && (c.there.tied == nil || c.there.tied.activity != c.here) {
			w.broke("take over", "%s: %s is tied to activity %d, and they were said to be different", by.side.name, l.Remote, l.Activity)
		}
	}
	for _, c := range f.open {
		if made && string(c.there.id) == l.Remote && c.here != l.Activity && w.isOpenHere(by.side, c) {
			w.broke("I24", "%s makes activity %d of %s, and nobody has said whether it is activity %d", by.name, l.Activity, l.Remote, c.here)
		}
	}
}

// isOpenHere is so for an item that was tied a moment ago.
func (w *World) isOpenHere(s *side, c counterpart) bool {
	open := true
	w.must("read links", w.db.View(w.ctx, w.company, func(tx *store.Tx) error {
		links, err := tx.Links(w.ctx, s.id, 0, 1000)
		open = !slices.ContainsFunc(links, func(l store.Link) bool { return l.Activity == c.here })
		return err
	}))
	a := w.rows.activities[c.here]
	return open && a != nil && !a.Deleted() && a.OwnerID == s.user.ID && s.started <= s.former.since && !s.tally().allowed["r:"+string(c.there.id)]
}

// checkLeftAlone: where both sides stand as they are, nothing is written to either until somebody changes something (I3).
func (w *World) checkLeftAlone(by *worker, s *side, e *entry, what string) {
	x := e.tied
	if x == nil || x.counts != engine.BothStand || !x.leftThere(e) {
		return
	}
	if a := w.rows.activities[x.activity]; a != nil && a.Revision == x.revision {
		w.broke("I3", "%s %s, and nobody has changed %s or activity %d since they were taken over: %s", by.name, what, e.id, x.activity, brief(&e.event))
	}
}

// checkForetold: behind an acceptance that nobody disturbed, what the preview showed on one side is made on the other, and nothing else.
func (w *World) checkForetold(s *side, v verdict) {
	first := s.baselined == 0 // later some of it is kept apart for reasons of its own
	did, whole := w.runsOut(s)
	if !whole || s.server.moving || s.server.feed {
		return
	}
	there, here := len(v.newThere), 0
	for _, i := range v.newHere {
		if a := w.rows.activities[s.former.seen.activity(i)]; w.goesOut(s, a) {
			here++
		}
	}
	if did[engine.CreatedInCRM] > there || did[engine.CreatedInCalendar] > here {
		w.broke("take over", "%s: %d events and %d activities are on one side; did %s", s.name, there, here, figures(did))
	}
	if first && v.questions == 0 && len(v.apart) < many/2 && did[engine.HeldCount] > v.crosswise() {
		w.broke("take over", "%s: all is answered, and something waits for a person; did %s", s.name, figures(did))
	}
	x := s.now()
	all := first && x.settings.Start == lens.Everything && twoWay(&x) && x.settings.TypesOut == nil && len(x.settings.Rules) == 0 && x.settings.Private != "skip"
	if all && did[engine.HeldCount] == 0 && did[engine.ParkedCount] == 0 && (did[engine.CreatedInCRM] != there || did[engine.CreatedInCalendar] != here) {
		w.broke("take over", "%s: %d events and %d activities are on one side, and only some of them are made on the other; did %s", s.name, there, here, figures(did))
	}
}

// crosswise counts what was said to be different from one thing and equals another of which the same was said: of two that stand twice, each
// was shown with one of the others, and nobody was asked of the rest.
func (v *verdict) crosswise() int {
	sides := map[string]bool{}
	for _, a := range v.apart {
		for _, b := range v.apart {
			if c := (counterpart{a.there, b.here}); !slices.Contains(v.apart, c) && a.there.event.Subject == b.there.event.Subject &&
				a.there.event.Start == b.there.event.Start {
				sides["r:"+string(c.there.id)], sides["a:"+number(c.here)] = true, true
			}
		}
	}
	return len(sides)
}

func (w *World) goesOut(s *side, a *crm.Activity) bool {
	x := s.now()
	return a != nil && s.sends(&x, a) && (!w.relayed(s, a) || x.settings.Relay) && !a.Plan.Start.IsZero()
}
