package world

import (
	"encoding/json"
	"fmt"
	"slices"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/lens"
	"tahti/internal/store"
)

func (w *World) wakeNow(s *side, lane int) {
	w.must("wake", w.tx(func(tx engine.Tx) error { return tx.Wake(w.ctx, s.id, w.nodes[0].Now(), lane) }))
}

// standingOf is what the rows say of a connection at the end.
type standingOf struct {
	byRemote   map[string]store.Link
	byActivity map[store.ID]store.Link
	work       map[string]store.Work
}

func (w *World) standingOf(s *side) standingOf {
	st := standingOf{byRemote: map[string]store.Link{}, byActivity: map[store.ID]store.Link{}, work: map[string]store.Work{}}
	w.must("read links", w.db.View(w.ctx, w.company, func(tx *store.Tx) error {
		links, err := tx.Links(w.ctx, s.id, 0, 1000)
		for _, l := range links {
			st.byRemote[l.Remote], st.byActivity[l.Activity] = l, l
		}
		return err
	}))
	for _, item := range w.waiting(s) {
		st.work[item.Subject] = item
		if item.Reason == "" {
			w.broke("I20", "%s: %s waits without a reason", s.name, item.Subject)
		}
	}
	return st
}

// checkEnd looks at both sides when all is quiet.
func (w *World) checkEnd() {
	for _, s := range w.sides {
		if s.stopped() {
			continue
		}
		st := w.standingOf(s)
		for _, e := range s.server.live() {
			w.checkItem(s, st, e)
		}
		w.checkCopies(s, st)
		for _, a := range w.liveActivities(s.user.ID) {
			w.checkActivity(s, st, a)
		}
	}
	w.checkMeetings()
	w.checkNothingLost()
}

// checkItem: what is in a calendar is in the CRM, the same.
func (w *World) checkItem(s *side, st standingOf, e *entry) {
	l, linked := st.byRemote[string(e.id)]
	tied := !linked || l.State == store.LinkLinked
	atWork := st.work["r:"+string(e.id)].ID != 0 || st.work["a:"+number(l.Activity)].ID != 0
	if tied && !atWork && w.comesBack(s, e, l.Activity) {
		w.broke("I4", "%s still has %s, which a person deleted: %s", s.name, e.id, brief(&e.event))
	}
	switch {
	case e.strange:
		w.checkStrange(s, st, e)
		return
	case !linked:
		_, waits := st.work["r:"+string(e.id)]
		if !waits && !s.keepsOut(e) && !s.server.outside(e) {
			w.broke("I2", "%s has %s, and the CRM does not: %s", s.name, e.id, brief(&e.event))
		}
		return
	case l.State != store.LinkLinked:
		return // kept apart, with the reason on the link
	}
	a := w.rows.activities[l.Activity]
	switch {
	case a == nil || a.Deleted() && st.work["a:"+number(a.ID)].HeldBy != store.HeldBySending: // where guests are never to be mailed, it waits
		w.broke("I4", "%s: %s is tied to activity %d, which is deleted", s.name, e.id, l.Activity)
	case st.work["r:"+string(e.id)].ID != 0 || st.work["a:"+number(a.ID)].ID != 0 || slices.Contains(s.accepted, "a:"+number(a.ID)) ||
		slices.Contains(s.accepted, "r:"+string(e.id)):
	case s.server.untold(e), s.server.feed && w.rows.edited[a.ID], a.OwnerID != s.user.ID: // a colleague's: what each sees differs
	case e.meeting != nil && w.behind(e.meeting, s.user): // one of its copies has not heard what its organiser said last, and may be what counts
	default:
		if !s.always(0, twoWay) {
			w.checkCarried(s, e, a)
			return
		}
		w.checkWhole(s, a)
		w.checkSame(s, e, a, &l)
	}
}

// comesBack: an event shows nothing but what people have deleted, and nothing else is the reason why it is there.
func (w *World) comesBack(s *side, e *entry, activity store.ID) bool {
	missed, deleted := w.book.missed(&e.event, w.move)
	return deleted && !missed && !w.mayStay(e, activity) && !s.server.isInvited(&e.event)
}

// mayStay reports that what nobody would miss of an item is not the reason why it is there: what else its activity says, what became of
// that elsewhere, or what another calendar hides of it, where somebody has typed since.
func (w *World) mayStay(e *entry, activity store.ID) bool {
	hides := activity != 0 && slices.ContainsFunc(w.sides, func(s *side) bool { return s.server.hidesFrom(activity) })
	return hides || w.isSoft(&e.event) || w.unfollowed(&e.event) || w.outlived(activity, w.move) || w.untoldOf(activity)
}

// untoldOf: an item of an activity was deleted in a calendar of which sync cannot know what became of it, or whose connection rests, has
// not been running since, or let the item go by its settings. Its others stay.
func (w *World) untoldOf(activity store.ID) bool {
	a := w.rows.activities[activity]
	if a == nil {
		return false
	}
	for _, s := range w.sides {
		sends := func(x *span) bool { return s.sends(x, a) }
		for _, id := range s.server.order {
			e := s.server.stored[id]
			if e.gone && w.rows.linked[linkKey{s.id, string(id)}] == activity &&
				(s.server.untold(e) || s.stopped() || !s.ever(e.taken, func(x *span) bool { return x.on }) || !s.always(e.taken, sends)) {
				return true
			}
		}
	}
	return false
}

// keepsOut: the settings or the starting point keep an event out.
func (s *side) keepsOut(e *entry) bool {
	switch {
	case s.former != nil && s.former.dates[string(e.id)], e.event.Status == calendar.Cancelled, s.over(&e.event), s.shuts(e):
		return true
	}
	return s.settings.Start == lens.NewAndChanged && s.wasThere(e) || slices.Contains(s.accepted, "r:"+string(e.id))
}

// wasThere: an event was in its calendar when the starting point was taken, and nobody has edited it since so that sync could see it.
func (s *side) wasThere(e *entry) bool {
	return e.edited <= s.baselined || e.saysAgain(s.baselined) || s.server.w.isSoft(&e.event)
}

// saysAgain reports that an event says what it said in some move or before: whoever took it down then has seen no edit of it.
func (e *entry) saysAgain(move int) bool { return e.said[spelled(&e.event)] <= move+1 }

// checkActivity: what a person has in the CRM is in their calendars.
func (w *World) checkActivity(s *side, st standingOf, a *crm.Activity) {
	l, linked := st.byActivity[a.ID]
	_, waits := st.work["a:"+number(a.ID)]
	switch {
	case linked && l.State == store.LinkLinked:
		if e := s.server.stored[remoteID(l.Remote)]; e == nil || e.gone && !s.server.untold(e) && !s.server.lostSight(e, &l) {
			w.broke(w.lostTie(e, a), "%s: activity %d is tied to %q, which is not there: %s", s.name, a.ID, l.Remote, brief(&a.Plan))
		}
	case s.former != nil && s.former.dates["a:"+number(a.ID)]:
	case linked, waits, a.Plan.Start.IsZero(), s.server.feed, slices.Contains(s.accepted, "a:"+number(a.ID)):
	case !w.carries(s, &s.spans[len(s.spans)-1], a):
	case !w.askedFor(s, a) && s.beforeStart(a):
	case s.cleaned[a.ID] && s.settings.Start == lens.NewAndChanged && !w.typedSince(&a.Plan, s.started):
	case a.Origin == s.id:
		// It came in from here and is tied no more: its item was deleted, and the activity was kept or brought back.
		w.say("end", "activity %d came in from %s and is tied no more", a.ID, s.name)
	default:
		w.broke("I2", "activity %d of %s is not in %s: %s", a.ID, s.user.Name, s.name, brief(&a.Plan))
	}
}

// checkSame compares an item with its activity: field by field in the server's own words, and date by date by the judge.
func (w *World) checkSame(s *side, e *entry, a *crm.Activity, l *store.Link) {
	want := a.Plan.Clone()
	if w.twiceForged(s, e, a) {
		return
	}
	w.titledFor(s, e, a, l, &want)
	e.wears(a, &want)
	have := bareOf(s, e)
	for _, n := range s.server.normal {
		n.apply(&want)
		n.apply(&have)
	}
	want.Normalize()
	have.Normalize()
	fields := calendar.BothWaysFields & s.server.shows(e)
	w.checkFacets(s, e, a)
	if !s.always(0, func(x *span) bool { return x.settings.Private != "ordinary" }) {
		fields &^= calendar.Fields(calendar.Private) // it is each side's own
	}
	if m := e.meeting; m != nil {
		if len(w.mailboxes(s.user.Email)) > 1 {
			fields &^= lens.Own // two calendars of one person may say different things
		}
		for _, c := range w.copies(m) { // and each in the words of its server
			for _, n := range c.side.server.normal {
				n.apply(&want)
				n.apply(&have)
			}
		}
	}
	s.cancelAsTaken(e, a, &want, &have)
	x, y := judge(&want), judge(&have)
	if (want.Start != have.Start || len(x) != len(y)) && s.takesPlaceAsTaken(e, a, &want, &have) {
		return
	}
	if want.Start != have.Start {
		w.broke("I12", "the start differs between activity %d and %s at %s:\n  %s\n  %s", a.ID, e.id, s.name, brief(&want), brief(&have))
		return
	}
	if len(x) != len(y) {
		w.broke("I11", "activity %d has %d dates and %s at %s has %d:\n  %s\n  %s", a.ID, len(x), e.id, s.name, len(y), brief(&want), brief(&have))
		return
	}
	for i := range x {
		for _, f := range fields.List() {
			if x[i].original == y[i].original && calendar.Same(f, &x[i].Values, &y[i].Values) || s.saysAsTaken(e, a, f, &want, &have, x[i].original, sides{here: true, there: true}) {
				continue
			}
			invariant := "I2"
			switch apart := want.Override(x[i].original) != nil || have.Override(y[i].original) != nil; {
			case apart || x[i].original != y[i].original:
				invariant = "I11" // a date that says something of its own says it on one side only
			case f == calendar.When:
				invariant = "I12"
			case f == calendar.Subject && slices.Equal(markPattern.FindAllString(x[i].Subject, -1), markPattern.FindAllString(y[i].Subject, -1)):
				invariant = "C8" // what somebody typed is there, and not what the settings put around it
			}
			w.broke(invariant, "%s of %s differs between activity %d and %s at %s:\n  %s\n  %s", f, x[i].original, a.ID, e.id, s.name, brief(&want), brief(&have))
			return
		}
	}
}

// checkMeetings: a meeting has one activity (I10).
func (w *World) checkMeetings() {
	seen := map[string]store.ID{}
	for _, a := range w.liveActivities(0) {
		if a.Plan.UID == "" || w.isForged(a) { // whoever is given the meeting after that, or it before, has both
			continue
		}
		// Of one UID that somebody chose twice, for events of different organisers, nobody says that they are one meeting.
		key := fmt.Sprint(a.OwnerID, a.Plan.UID, a.Plan.Organizer.Email, a.Plan.Start)
		if other := seen[key]; other != 0 {
			w.broke("I10", "activities %d and %d are of one meeting, %s", other, a.ID, a.Plan.UID)
		}
		seen[key] = a.ID
	}
}

// checkNothingLost: what a person typed and nobody has replaced is somewhere, or among the values that can be restored (I2).
func (w *World) checkNothingLost() {
	there := map[string]bool{}
	for _, a := range w.liveActivities(0) {
		for _, m := range shownBy(&a.Plan) {
			there[m] = true
		}
		for _, m := range markPattern.FindAllString(a.Note, -1) {
			there[m] = true
		}
	}
	for _, s := range w.sides {
		for _, e := range s.server.live() {
			for _, m := range shownBy(&e.event) {
				there[m] = true
			}
		}
	}
	for _, m := range w.book.order {
		k := w.book.marks[m]
		if !k.stands() || k.meeting != nil && k.meeting.off || there[m] || w.inConflict(m) || w.oneWay(k) || w.wentUnseen(m) {
			continue
		}
		w.broke(w.lostMark(k), "%s, which %s typed at %s in move %d, is nowhere", m, k.by, k.place, k.move)
	}
}

// shownBy are the marks of an event and the starts of its dates: a single date that was made as long as somebody else made all of
// them at the same time says nothing of its own any more, and is there all the same.
func shownBy(e *calendar.Event) []string {
	marks := marksOf(e)
	for _, o := range judge(e) {
		if o.original == o.Start.Wall {
			marks = append(marks, "@"+minute(o.Start))
		}
	}
	return marks
}

func (w *World) inConflict(m string) bool {
	for _, c := range w.rows.conflicts { // any order: one is enough
		if shows(c.Lost, m) {
			return true
		}
	}
	return false
}

func sameEvent(a, b *calendar.Event) bool { return spelled(a) == spelled(b) }

// spelled is an event as text: plain values, which can always be written.
func spelled(e *calendar.Event) string {
	b, err := json.Marshal(e)
	if err != nil {
		panic(fmt.Sprintf("event cannot be written as JSON: %v", err)) // plain values only
	}
	return string(b)
}
