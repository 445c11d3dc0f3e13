package world

import (
	"errors"
	"slices"

	"tahti/internal/calendar"
	"tahti/internal/connection"
	"tahti/internal/engine"
	"tahti/internal/match"
	"tahti/internal/store"
)

// seen is what a preview of taking over has shown to somebody: which events and activities, and what each of them said.
type seen struct {
	connection.TakeOverPreview
	matched map[string]store.ID
	unsure  map[string][]store.ID
	there   map[string]string
	here    map[store.ID]int64
	state   string                  // of all that it goes by
	part    bool                    // its listing left out something that was there
	wish    connection.TakeOverWish // what they answered last
}

// taking is an acceptance under way. It may end at any of its transactions, as a process that dies then would.
type taking struct {
	*side
	*seen
	said    map[string]connection.Answer
	made    []*entry          // that were tied
	listed  map[*entry]looked // what it saw
	commits int               // that it has begun
	dies    int               // at which of them; 0: at none
	behind  bool
	alone   bool // nobody did anything meanwhile,
	fresh   bool // nor since the preview
}

// looked is what an event said when an acceptance looked at it. What somebody types there before that is saved, it cannot know of, and the
// next run hears it.
type looked struct {
	event calendar.Event
	seq   int
}

func otherSyncHasBeen(s *side) bool { return s.former != nil && !s.stopped() && !s.unseen }

func seeTakeOver(w *World) bool {
	s := w.someSide(otherSyncHasBeen)
	return s != nil && !w.inTheMiddle && w.seesTakeOver(s)
}

func takeOver(w *World) bool {
	s := w.someSide(func(s *side) bool { return otherSyncHasBeen(s) && s.former.seen != nil })
	return s != nil && !w.inTheMiddle && w.takesOver(s, 250)
}

// takeOverAhead lets somebody take over before anything else happens, in half of such seeds.
func (w *World) takeOverAhead() {
	if w.move != 1 {
		return
	}
	s := w.someFormer()
	if s == nil {
		return
	}
	before := w.dice
	if w.dice = newDice(w.Seed, takings); w.dice.chance(500) {
		w.in(s.firm, func() { w.takesOverAtOnce(s, 250) })
	}
	w.dice = before
}

func (w *World) someFormer() *side {
	list := w.everySide()
	if i := slices.IndexFunc(list, otherSyncHasBeen); i >= 0 {
		return list[i]
	}
	return nil
}

// seesTakeOver is somebody who looks at what is on both sides. Looking writes nothing, and is for the owner alone (I23).
func (w *World) seesTakeOver(s *side) bool {
	writes := w.serverWrites()
	w.looking = s
	p, err := w.service.PreviewTakeOver(w.ctx, w.who(s), s.id)
	w.looking = nil
	if !w.pressed(s, seeing, "", err) {
		return false
	}
	if w.serverWrites() != writes {
		w.broke("take over", "a look at what is on both sides of %s wrote %d events", s.name, w.serverWrites()-writes)
	}
	s.former.seen = seenOf(s, p)
	s.former.seen.state, s.former.seen.part = w.stateOf(s), s.server.hid
	w.say(s.user.Name, "sees %d matched, %d unsure, %d and %d on one side", len(p.Matched), len(p.Unsure), len(p.There), len(p.Here))
	w.checkSeen(s)
	if w.dice.chance(200) {
		w.checkNobodyElse(s)
	}
	return true
}

func seenOf(s *side, p connection.TakeOverPreview) *seen {
	x := &seen{TakeOverPreview: p, matched: map[string]store.ID{}, unsure: map[string][]store.ID{}, there: map[string]string{}, here: map[store.ID]int64{}}
	for i := range p.Events {
		id := string(p.Events[i].Item.ID)
		if e := s.server.asListed(p.Events[i].Item.ID); e != nil {
			x.there[id] = spelled(&e.event)
		}
	}
	for i := range p.Activities {
		x.here[p.Activities[i].Activity.ID] = p.Activities[i].Activity.Revision
	}
	for _, pair := range p.Matched {
		x.matched[x.event(pair.There)] = x.activity(pair.Here)
	}
	for _, q := range p.Unsure {
		for _, t := range q.There {
			for _, h := range q.Here {
				x.unsure[x.event(t)] = append(x.unsure[x.event(t)], x.activity(h))
			}
		}
	}
	return x
}

func (x *seen) event(i int) string      { return string(x.Events[i].Item.ID) }
func (x *seen) activity(i int) store.ID { return x.Activities[i].Activity.ID }

// answers are what somebody says of what they saw: most times the truth. Some of it they leave for later, so many times in a thousand.
func (w *World) answers(s *side, later int) connection.TakeOverWish {
	x := s.former.seen
	wish := connection.TakeOverWish{Preview: x.ID, ForAll: map[match.Reason]connection.Choice{}}
	for _, p := range x.Matched {
		switch event := x.event(p.There); {
		case w.dice.chance(60):
			wish.Answers = append(wish.Answers, connection.Answer{Event: event})
		case w.dice.chance(200):
			wish.Answers = append(wish.Answers, connection.Answer{Event: event, Activity: x.activity(p.Here), Same: true, Counts: w.whichCounts()})
		}
	}
	for _, why := range match.Reasons {
		if w.dice.chance(100) {
			wish.ForAll[why] = connection.Choice{Same: why != match.Several && w.dice.chance(500), Counts: w.whichCounts()}
		}
	}
	for _, q := range x.Unsure {
		for _, t := range q.There {
			if !w.dice.chance(later) {
				wish.Answers = append(wish.Answers, w.answerTo(s, &q, t))
			}
		}
	}
	return wish
}

func (w *World) answerTo(s *side, q *match.Question, there int) connection.Answer {
	x := s.former.seen
	a := connection.Answer{Event: x.event(there), Counts: w.whichCounts()}
	for _, h := range q.Here {
		if truly := s.former.isSame(a.Event, x.activity(h)); truly != w.dice.chance(50) {
			a.Same, a.Activity = true, x.activity(h)
		}
	}
	if !a.Same && w.dice.chance(150) {
		a.Activity = x.activity(pick(w.dice, q.Here))
	}
	return a
}

// whichCounts is what somebody says of which side has the say.
func (w *World) whichCounts() engine.Counts {
	return pick(w.dice, []engine.Counts{engine.BothStand, engine.BothStand, engine.CalendarCounts, engine.CRMCounts, engine.ByTheSettings})
}

func (f *former) isSame(event string, activity store.ID) bool {
	return slices.ContainsFunc(f.same, func(c counterpart) bool { return c.here == activity && string(c.there.id) == event })
}

// takesOver is somebody who answers what a preview has shown them, or says once more what they said before, and accepts it. later is how
// much of it they leave open, in a thousand.
func (w *World) takesOver(s *side, later int) bool {
	f := s.former
	if f.seen.wish.Preview == 0 || w.dice.chance(500) {
		f.seen.wish = w.answers(s, later)
	}
	t := &taking{side: s, seen: f.seen, said: map[string]connection.Answer{}, alone: true, fresh: f.seen.state == w.stateOf(s)}
	for _, a := range f.seen.wish.Answers {
		t.said[a.Event] = a
	}
	f.taken = t
	if !w.calm && w.dice.chance(250) {
		t.dies, t.behind = 1+w.dice.below(3), w.dice.chance(500)
	}
	writes := s.server.writes
	w.taking = t
	done, err := w.service.TakeOver(w.ctx, w.who(s), s.id, f.seen.wish)
	w.taking = nil
	if t.alone && s.server.writes != writes {
		w.broke("take over", "taking over at %s wrote %d events", s.name, s.server.writes-writes)
	}
	for _, e := range t.made {
		w.stands(t, e)
	}
	switch {
	case errors.Is(err, errAborted), errors.Is(err, errReply):
		w.say("fault", "the process dies in the middle of taking over at %s", s.name)
		w.answered(t, nil)
		return true
	case errors.Is(err, connection.ErrStalePreview):
		w.broke("take over", "%s: a preview that was shown is unknown", s.name)
		return false
	case !w.pressed(s, takingOver, "", err):
		return false
	}
	w.say(s.user.Name, "took over: %d tied, %d different, %d open, stale %v", done.Linked, done.Apart, done.Open, done.Stale)
	w.answered(t, &done)
	return true
}

// takesOverAtOnce is somebody who accepts what they see, while nobody else acts and nothing breaks. Then it is as they saw it, and so is
// what the connection does behind it.
func (w *World) takesOverAtOnce(s *side, later int) {
	w.peacefully(func() {
		if !w.seesTakeOver(s) || !w.takesOver(s, later) {
			return
		}
		w.did(seeing, s)
		w.did(takingOver, s)
		if t := s.former.taken; len(w.broken) == 0 {
			w.checkForetold(s, t.comesOf())
		}
	})
}

// before is what happens before each transaction of an acceptance: others go on, and the process may die there.
func (t *taking) before(w *World) error {
	if t.listed == nil { // it looked a moment ago
		t.listed = map[*entry]looked{}
		for _, id := range t.server.order {
			if x := t.server.asListed(id); x != nil {
				t.listed[t.server.stored[id]] = looked{x.event.Clone(), x.seq}
			}
		}
	}
	if t.commits++; !w.calm {
		w.taking = nil
		t.meanwhile(w)
		w.taking = t
	}
	if t.commits == t.dies && !t.behind {
		return errAborted
	}
	return nil
}

func (t *taking) meanwhile(w *World) {
	for _, k := range w.standing() {
		if w.dice.chance(300) && !k.asleep.After(w.now) && len(w.broken) == 0 {
			t.alone = false
			k.goOn()
		}
	}
	if w.dice.chance(150) {
		t.alone = false
		w.inTheMiddle = true
		w.acts()
		w.inTheMiddle = false
	}
}

// behindIt reports that the process died behind a transaction.
func (t *taking) behindIt() error {
	if t.commits == t.dies && t.behind {
		return errReply
	}
	return nil
}

// answersTheRest is somebody who, once nothing breaks any more, answers all that is still unsure; of every third calendar nobody ever does.
func (w *World) answersTheRest(s *side) bool {
	f := s.former
	if f == nil || f.left || f.times == 2 || !otherSyncHasBeen(s) || s.paused() {
		return false
	}
	holds, err := w.service.Holds(w.ctx, w.who(s), s.id)
	w.must("list holds", err)
	if f.times > 0 && !slices.ContainsFunc(holds, func(h store.Hold) bool { return h.Kind == engine.HoldTwin }) {
		return false
	}
	f.times++
	w.takesOverAtOnce(s, 0)
	return true
}
