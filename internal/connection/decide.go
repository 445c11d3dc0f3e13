package connection

import (
	"cmp"
	"maps"
	"slices"

	"tahti/internal/engine"
	"tahti/internal/match"
	"tahti/internal/store"
)

// deciding brings together what is on both sides now, what a preview has shown of it, and what a person has said.
type deciding struct {
	o       *engine.Overlap
	shown   shownPairs
	answers map[string]Answer
	forAll  map[match.Reason]Choice

	ties []engine.Tie
	// dates are a series and its dates, which stay as they are.
	apart, open, dates []match.Question
	stale              []StalePair
}

func newDeciding(o *engine.Overlap, shown shownPairs, wish TakeOverWish) *deciding {
	d := &deciding{o: o, shown: shown, answers: map[string]Answer{}, forAll: wish.ForAll}
	for _, a := range wish.Answers {
		d.answers[a.Event] = a
	}
	return d
}

func (d *deciding) decide() {
	matched := map[string]store.ID{}
	for _, p := range d.o.Matched {
		event := string(d.o.Events[p.There].Item.ID)
		matched[event] = d.o.Activities[p.Here].Activity.ID
		d.matched(p, event)
	}
	for _, event := range slices.Sorted(maps.Keys(d.shown.Matched)) {
		if activity := d.shown.Matched[event]; matched[event] != activity {
			d.stale = append(d.stale, StalePair{event, activity})
		}
	}
	for _, q := range d.o.Unsure {
		if q.Reason == match.Dates {
			d.series(q)
		} else {
			d.unsure(q)
		}
	}
}

// series does what was said of a series and its dates. They have one answer, whichever of their events it was given with.
func (d *deciding) series(q match.Question) {
	var a Answer
	said := false
	for _, t := range q.There {
		if a, said = d.answers[string(d.o.Events[t].Item.ID)]; said {
			break
		}
	}
	if all, ok := d.forAll[q.Reason]; ok && !said {
		a, said = Answer{Same: all.Same}, true
	}
	switch {
	case said && !d.shownWhole(q):
		first := pairOf(d.o, q.There[0], q.Here[0])
		d.stale = append(d.stale, first)
		d.open = append(d.open, q)
	case said && a.Same:
		d.dates = append(d.dates, q)
	case said:
		d.apart = append(d.apart, q)
	default:
		d.open = append(d.open, q)
	}
}

// shownWhole reports that all sides of a question are what a preview has shown.
func (d *deciding) shownWhole(q match.Question) bool {
	for i := range max(len(q.There), len(q.Here)) {
		if !d.holds(q.There[i%len(q.There)], q.Here[i%len(q.Here)]) {
			return false
		}
	}
	return true
}

// matched ties a pair that was shown as it is, unless somebody has said otherwise. What was not shown waits for another look. Copies of one
// meeting are one activity (I10): said to be different, the next run would tie them all the same.
func (d *deciding) matched(p match.Pair, event string) {
	activity := d.o.Activities[p.Here].Activity.ID
	question := match.Question{There: []int{p.There}, Here: []int{p.Here}}
	a, said := d.answers[event]
	switch {
	case d.shown.Matched[event] != activity:
		d.open = append(d.open, question)
	case !d.holds(p.There, p.Here):
		d.stale = append(d.stale, StalePair{event, activity})
		d.open = append(d.open, question)
	case said && !a.Same && !p.Meeting:
		d.apart = append(d.apart, question)
	default:
		if p.Unlike {
			a.Counts = cmp.Or(a.Counts, engine.ByTheSettings)
		}
		d.ties = append(d.ties, engine.Tie{There: p.There, Here: p.Here, Frame: p.Frame, Counts: a.Counts})
	}
}

// holds reports that both sides of a pair are what a preview has shown.
func (d *deciding) holds(t, h int) bool {
	event, activity := &d.o.Events[t], &d.o.Activities[h].Activity
	print, there := d.shown.There[string(event.Item.ID)]
	revision, here := d.shown.Here[activity.ID]
	return there && here && print == event.Print && revision == activity.Revision
}

// unsure does what was said of a question's events, one by one; the rest of it stays open.
func (d *deciding) unsure(q match.Question) {
	rest := match.Question{Reason: q.Reason, There: slices.Clone(q.There), Here: slices.Clone(q.Here)}
	var none []int // of many: they are set apart together
	before := len(d.apart)
	for _, t := range q.There {
		a, said := d.answerOf(&q, t)
		if !said {
			continue
		}
		if !a.Same && a.Activity == 0 && len(q.There)*len(q.Here) > maxApart {
			none = append(none, t)
			continue
		}
		if !a.Same {
			d.different(&rest, t, a)
			continue
		}
		h := slices.IndexFunc(rest.Here, func(h int) bool { return d.o.Activities[h].Activity.ID == a.Activity })
		if h < 0 || !d.holds(t, rest.Here[h]) {
			d.stale = append(d.stale, StalePair{a.Event, a.Activity})
			continue
		}
		here := rest.Here[h]
		counts := cmp.Or(a.Counts, engine.ByTheSettings) // the two are known to differ
		d.ties = append(d.ties, engine.Tie{There: t, Here: here, Frame: d.o.FrameOf(t, here), Counts: counts})
		rest.There = slices.DeleteFunc(rest.There, func(i int) bool { return i == t })
		rest.Here = slices.Delete(rest.Here, h, h+1)
	}
	if len(none) > 0 && len(rest.Here) > 0 {
		d.apart = append(d.apart, match.Question{Reason: q.Reason, There: none, Here: slices.Clone(rest.Here)})
		settled := make(map[int]bool, len(none))
		for _, t := range none {
			settled[t] = true
		}
		rest.There = slices.DeleteFunc(rest.There, func(i int) bool { return settled[i] })
	}
	if !allApart(rest, d.apart[before:]) {
		d.open = append(d.open, rest)
	}
}

// allApart reports that nothing of a question is left to be asked: each event of it has been set apart from each activity. Of an event a
// person says one thing, so that few pairs are looked at.
func allApart(rest match.Question, apart []match.Question) bool {
	said := map[[2]int]bool{}
	for _, q := range apart {
		if len(q.There) == 1 && len(q.Here) == 1 {
			said[[2]int{q.There[0], q.Here[0]}] = true
		}
	}
	for _, t := range rest.There {
		if slices.ContainsFunc(rest.Here, func(h int) bool { return !said[[2]int{t, h}] }) {
			return false
		}
	}
	return true
}

// maxApart is of how many pairs of one question each is noted that a person has said not to be the same. Of more than that each side is noted
// with some other ([match.Question.Each]), so that it goes its way; another look asks about the rest again.
const maxApart = 10_000

// different sets an event apart from all that it was asked about, or from one.
func (d *deciding) different(rest *match.Question, t int, a Answer) {
	pair := match.Question{Reason: rest.Reason, There: []int{t}, Here: slices.Clone(rest.Here)}
	if a.Activity != 0 {
		pair.Here = slices.DeleteFunc(pair.Here, func(h int) bool { return d.o.Activities[h].Activity.ID != a.Activity })
	}
	if len(pair.Here) == 0 {
		return
	}
	d.apart = append(d.apart, pair)
	if len(pair.Here) == len(rest.Here) {
		rest.There = slices.DeleteFunc(rest.There, func(i int) bool { return i == t })
	}
}

// answerOf is what was said of an event, by itself or with all that are unsure for the same reason. Of several that may be meant one
// cannot be chosen for all.
func (d *deciding) answerOf(q *match.Question, t int) (Answer, bool) {
	event := string(d.o.Events[t].Item.ID)
	if a, said := d.answers[event]; said {
		return a, true
	}
	all, said := d.forAll[q.Reason]
	if _, shown := d.shown.There[event]; !said || !shown || all.Same && (len(q.There) != 1 || len(q.Here) != 1) {
		return Answer{}, false
	}
	a := Answer{Event: event, Same: all.Same, Counts: all.Counts}
	if all.Same {
		a.Activity = d.o.Activities[q.Here[0]].Activity.ID
	}
	return a, true
}
