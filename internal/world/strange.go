package world

import (
	"strings"

	"tahti/internal/calendar"
	"tahti/internal/icalendar"
	"tahti/internal/provider"
	"tahti/internal/store"
)

const (
	nowhereToBe = "add an event in no zone"
	// nowhere is a zone that some program writes, and nobody else knows.
	nowhere = "TZID=Nowhere/Unknown"
)

// addStrange puts an event in such a zone into a calendar that keeps text. It waits, with a reason, until somebody edits it with a program that
// says its zone as everybody does (I12).
func (w *World) addStrange() {
	s := w.someSide(keepsText)
	if s == nil {
		return
	}
	e := w.someEvent()
	if e.Start.Kind != calendar.Zoned {
		return
	}
	x := s.server.add(e)
	x.strange, x.raw = true, []byte(strings.ReplaceAll(string(x.raw), "TZID="+e.Start.Zone, nowhere))
	s.server.amend(x)
	w.say(s.user.Name, "has %s at %s in a zone that nobody knows", x.id, s.name)
	w.did(nowhereToBe, s)
	w.notify(s)
}

func keepsText(s *side) bool { return s.server.form == text }

// mend gives an event its zone back, before a person's program writes it anew.
func (e *entry) mend() {
	if e.strange {
		e.strange, e.raw = false, []byte(strings.ReplaceAll(string(e.raw), nowhere, "TZID="+e.event.Start.Zone))
	}
}

// unreadable is how an adapter answers what it cannot understand. Nothing may guess at a time in no zone.
func (s *server) unreadable(e *entry) provider.Item {
	it := provider.Item{ID: e.id, State: provider.StateUnreadable, Versions: clone(e.tags), Raw: e.raw}
	d, problem := icalendar.Decode(e.raw, icalendar.Options{Self: []string{s.me}})
	if problem == nil {
		s.w.broke("I12", "%s: %s is in a zone that nobody knows, and is read as %s", s.name, e.id, brief(&d.Event))
		return it
	}
	it.Problem = &provider.Problem{Code: provider.ProblemCode(problem.Code), Detail: problem.Detail}
	return it
}

// checkTiedStrange: nobody can tell when an activity of it would begin (I12).
func (w *World) checkTiedStrange(by *worker, l *store.Link) {
	if e := by.side.server.stored[remoteID(l.Remote)]; e != nil && e.strange && l.State == store.LinkLinked {
		w.broke("I12", "%s: %s, in a zone that nobody knows, is tied to activity %d", by.side.name, e.id, l.Activity)
	}
}

// checkStrange: what is in a zone that nobody knows waits for that, unless it may not enter at all (I12).
func (w *World) checkStrange(s *side, st standingOf, e *entry) {
	item, waits := st.work["r:"+string(e.id)]
	switch {
	case !waits && s.keepsOut(e):
	case !waits || item.HeldBy != store.HeldByParked || item.Reason != string(provider.UnknownZone):
		w.broke("I12", "%s: %s is in a zone that nobody knows, and what waits about it is %+v", s.name, e.id, item)
	}
}
