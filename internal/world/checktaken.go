package world

import (
	"slices"
	"strings"

	"tahti/internal/calendar"
	"tahti/internal/connection"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/match"
	"tahti/internal/store"
)

// tied is an event that was tied by taking it over: what both sides said then.
type tied struct {
	activity store.ID
	stood    bool // nobody has said that one side counts
	counts   engine.Counts
	revision int64
	seq      int
	here     calendar.Event
	there    calendar.Event
	beside   beside
	hidden   bool // sync has never been shown its details there
	// around is what stood around the subject in the title there, which stays for as long as nobody writes another title there.
	around [2]string
}

// checkSeen: what a preview of taking over shows is there, in one place each, and what it takes for the same begins at once and has in its
// title what the other has (I1), unless both are of one meeting (I10).
func (w *World) checkSeen(s *side) {
	x := s.former.seen
	there, here := map[int]int{}, map[int]int{}
	count := func(list []int, of map[int]int) {
		for _, i := range list {
			of[i]++
		}
	}
	for _, p := range x.Matched {
		count([]int{p.There}, there)
		count([]int{p.Here}, here)
		e, a := s.server.asListed(x.Events[p.There].Item.ID), &x.Activities[p.Here].Activity
		if e == nil {
			continue // see below
		}
		if p.Meeting {
			w.checkOneMeeting(s, e, a)
			continue
		}
		marks := markPattern.FindAllString(e.event.Subject, -1)
		strange := func(m string) bool { return !slices.Contains(marks, m) }
		if slices.ContainsFunc(markPattern.FindAllString(a.Plan.Subject, -1), strange) || !instantOf(e.event.Start).Equal(instantOf(a.Plan.Start)) {
			w.broke("I1", "%s: %s is taken for activity %d:\n  %s\n  %s", s.name, e.id, a.ID, brief(&e.event), brief(&a.Plan))
		}
	}
	for _, q := range x.Unsure {
		count(q.There, there)
		count(q.Here, here)
	}
	count(x.There, there)
	count(x.Here, here)
	for i := range x.Events {
		if there[i] != 1 || s.server.asListed(x.Events[i].Item.ID) == nil {
			w.broke("take over", "%s: a preview shows %s %d times", s.name, x.event(i), there[i])
		}
	}
	for i := range x.Activities {
		if a := w.rows.activities[x.activity(i)]; here[i] != 1 || a == nil || a.Deleted() || a.OwnerID != s.user.ID {
			w.broke("take over", "%s: a preview shows activity %d %d times", s.name, x.activity(i), here[i])
		}
	}
}

// checkOneMeeting: an event and an activity that are shown as copies of one meeting have its UID and its organiser (I10).
func (w *World) checkOneMeeting(s *side, e *entry, a *crm.Activity) {
	if a.Plan.UID == "" || e.event.UID != a.Plan.UID || !strings.EqualFold(e.event.Organizer.Email, a.Plan.Organizer.Email) {
		w.broke("I10", "%s: %s is taken for a copy of activity %d:\n  %s\n  %s", s.name, e.id, a.ID, brief(&e.event), brief(&a.Plan))
	}
}

// checkNobodyElse: titles are their owner's business, whoever else may help with a connection (I23).
func (w *World) checkNobodyElse(s *side) {
	for i := range w.users {
		if w.users[i].ID == s.user.ID {
			continue
		}
		_, err := w.service.PreviewTakeOver(w.ctx, connection.Who{Company: w.company, User: w.users[i]}, s.id)
		if err == nil {
			w.broke("I23", "%s sees what is on both sides of %s", w.users[i].Name, s.name)
		}
		w.checkTold("a refusal", err.Error())
	}
}

// tieTaken: an acceptance ties what its preview showed to be the same, or somebody said to be, as both were then; and nothing else.
func (w *World) tieTaken(t *taking, l *store.Link) {
	e := t.server.stored[remoteID(l.Remote)]
	if e == nil || l.State != store.LinkLinked && l.State != store.LinkDormant {
		return
	}
	if e.tied != nil && e.tied.activity == l.Activity && slices.Contains(t.made, e) {
		return // written once more, in the same transaction
	}
	a := w.rows.activities[l.Activity]
	counts, asked := t.agreed(l)
	_, saw := t.listed[e]
	switch {
	case !asked:
		w.broke("take over", "%s: %s is tied to activity %d, and nobody was shown that: %s", t.name, l.Remote, l.Activity, brief(&e.event))
	case !saw || a == nil || a.Deleted(): // an event that goes behind the look was there: the next run hears that it is gone
		w.broke("I4", "%s: %s is tied to activity %d, and one of them is deleted", t.name, l.Remote, l.Activity)
	case t.there[l.Remote] != t.saidThere(e):
		w.broke("take over", "%s: %s is tied, and said something else than was shown: %s", t.name, l.Remote, brief(&e.event))
	case t.former.apart[counterpart{e, a.ID}] && !t.said[l.Remote].Same && !t.oneMeeting(l.Remote): // what somebody says now counts
		w.broke("take over", "%s: %s is tied to activity %d, and they were said to be different", t.name, l.Remote, l.Activity)
	}
	e.tied = &tied{activity: l.Activity, stood: counts == engine.BothStand, counts: counts}
	if there := t.listed[e].event; counts != engine.BothStand {
		w.book.calledThere(&there)
	}
	t.made = append(t.made, e)
}

// saidThere is what an event said when the acceptance looked at it.
func (t *taking) saidThere(e *entry) string {
	was := t.listed[e].event
	return spelled(&was)
}

// agreed reports whether a preview and its answers allow a tie, and which side has the say.
func (t *taking) agreed(l *store.Link) (engine.Counts, bool) {
	a, said := t.said[l.Remote]
	if t.matched[l.Remote] == l.Activity {
		if t.oneMeeting(l.Remote) { // they may say different things, and are one whatever is said
			return orSettings(a.Counts), true
		}
		return a.Counts, !said || a.Same
	}
	if !slices.Contains(t.unsure[l.Remote], l.Activity) {
		return "", false
	}
	for _, q := range t.Unsure {
		for _, i := range q.There {
			if t.event(i) == l.Remote {
				a, said = t.answerOf(&q, i)
			}
		}
	}
	return orSettings(a.Counts), said && a.Same && a.Activity == l.Activity
}

// oneMeeting reports that an event was shown as a copy of an activity's meeting.
func (t *taking) oneMeeting(event string) bool {
	return slices.ContainsFunc(t.Matched, func(p match.Pair) bool { return p.Meeting && t.event(p.There) == event })
}

func orSettings(c engine.Counts) engine.Counts {
	if c == engine.BothStand {
		return engine.ByTheSettings
	}
	return c
}

// stands notes what both sides of a tie say behind the acceptance.
func (w *World) stands(t *taking, e *entry) {
	a := w.rows.activities[e.tied.activity]
	if !t.alone || a == nil {
		e.tied.counts = engine.ByTheSettings // something was done meanwhile, so that a write may follow
	}
	if a == nil {
		return
	}
	x, saw := e.tied, t.listed[e]
	x.revision, x.seq, x.here, x.there, x.beside = a.Revision, saw.seq, a.Plan.Clone(), saw.event, besideOf(a)
	x.hidden = t.server.hides && saw.event.Private
	names := []string{}
	if a.DealID != 0 {
		names = append(names, w.dealOf(a))
	}
	if a.PersonID != 0 {
		names = append(names, w.personOf(a))
	}
	x.around = worn(x.there.Subject, a.Plan.Subject, names)
	e.named = e.event.Subject != x.there.Subject
}

// worn is what stands around a subject in a title that another sync has made: parts of it that are set apart, or names of what it belongs
// to where the subject is another one.
func worn(title, subject string, names []string) [2]string {
	same := func(a, b string) bool {
		return strings.EqualFold(strings.Join(strings.Fields(a), " "), strings.Join(strings.Fields(b), " "))
	}
	const apart = " > "
	named := func(p string) bool { return slices.ContainsFunc(names, func(n string) bool { return same(n, p) }) }
	parts := strings.Split(title, apart)
	for i := range parts {
		for j := i + 1; j <= len(parts); j++ {
			if !same(strings.Join(parts[i:j], apart), subject) {
				continue
			}
			rest := slices.Concat(parts[:i], parts[j:])
			strange := slices.ContainsFunc(rest, func(p string) bool { return !named(p) })
			missing := slices.ContainsFunc(names, func(n string) bool { return !slices.Contains(rest, n) })
			if !strange || !missing { // else it belongs to something else
				return around(parts, i, j)
			}
		}
	}
	if rest, ok := strings.CutPrefix(title, "✓ "); ok && same(rest, subject) {
		return [2]string{"✓ "}
	}
	i, j := 0, len(parts)
	for i < j-1 && named(parts[i]) {
		i++
	}
	for j-1 > i && named(parts[j-1]) {
		j--
	}
	return around(parts, i, j)
}

func around(parts []string, i, j int) (out [2]string) {
	for _, p := range parts[:i] {
		out[0] += p + " > "
	}
	for _, p := range parts[j:] {
		out[1] += " > " + p
	}
	return out
}

// checkTakenHere: taking over makes no activity, and changes one only where somebody has said that the calendar has the say (I1, I2).
func (w *World) checkTakenHere(was, a *crm.Activity) {
	t := w.taking
	tied := slices.ContainsFunc(t.made, func(e *entry) bool { return e.tied.activity == a.ID && e.tied.counts != engine.BothStand })
	if was == nil || a.Deleted() || !tied {
		w.broke("take over", "%s: taking over changes activity %d: %s", t.name, a.ID, state(a))
	}
}

// checkLeftHere: the same for an activity.
func (w *World) checkLeftHere(by *worker, was, a *crm.Activity) {
	for _, e := range by.side.server.live() {
		if x := e.tied; x != nil && x.activity == a.ID && x.counts == engine.BothStand && x.leftThere(e) && was.Revision == x.revision {
			w.broke("I3", "%s changes activity %d, and nobody has changed it or %s since they were taken over:\n  %s\n  %s", by.name, a.ID, e.id,
				brief(&was.Plan), brief(&a.Plan))
		}
	}
}

// leftThere: nobody has changed an event since it was taken over. One whose change is late to be seen goes by the number from before that.
func (x *tied) leftThere(e *entry) bool {
	return x.seq == e.seq && sameEvent(&x.there, &e.event) && e.meeting == nil
}
