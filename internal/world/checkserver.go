package world

import (
	"slices"
	"strings"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/provider"
)

// checkCreate is called before a server makes an item for a write.
func (w *World) checkCreate(by *worker, s *server, p provider.Put) {
	if p.Key == "" {
		w.broke("I1", "%s was to make an item without a key: %s", s.name, brief(&p.Event))
	}
	if !w.rows.keys[string(p.Key)] {
		// Whoever dies now leaves an item that nobody looks for.
		w.broke("I1", "%s is to make %s, and no note of it was left: %s", s.name, p.Key, brief(&p.Event))
	}
	activity := activityOfKey(string(p.Key))
	w.checkOwner(by, s, activity)
	w.checkMadeThere(s, activity)
	for _, e := range s.live() {
		tied := w.rows.linked[linkKey{s.side.id, string(e.id)}]
		passed := tied != 0 && tied != activity // to another one of its meeting, which took its place while it was deleted
		if s.crm && (s.replaced(by) || e.strayed) {
			continue // nothing holds a worker back that was replaced, and nothing tells what it makes from another's: the stated interval
		}
		if s.crm && tied == 0 && e.becameAnother() {
			continue // nothing was found by a key there, nor answered
		}
		if e.ours && activityOfKey(string(e.key)) == activity && !passed {
			w.broke("I1", "%s is given a second item for activity %d: %s beside %s", s.name, activity, p.Key, e.id)
		}
	}
	for _, id := range s.order {
		if e := s.stored[id]; e.taken > 0 && e.gone && w.rows.linked[linkKey{s.side.id, string(id)}] == activity && !saysMore(&p.Event, &e.event) {
			w.checkBack(by, activity, "an item at "+s.name, &p.Event)
			return
		}
	}
}

// saysMore reports whether an event shows a mark that another one does not: it was edited, and outlives the other's deletion (I5).
func saysMore(e, than *calendar.Event) bool {
	shown := marksOf(than)
	return slices.ContainsFunc(marksOf(e), func(m string) bool { return !slices.Contains(shown, m) })
}

// checkRemove is called before a server takes an item away: only because somebody deleted the activity, or because it is no
// longer covered (I6, I9). A worker that stood still does not know what came back since it began.
func (w *World) checkRemove(by *worker, s *server, e *entry) {
	id := w.rows.linked[linkKey{s.side.id, string(e.id)}]
	a := w.rows.activities[id]
	if a != nil && a.Deleted() && s.side.always(by.began, func(x *span) bool { return !x.settings.DeleteInCalendar && !x.leaving }) {
		w.broke("C11", "%s: %s is removed because activity %d was deleted, and deletions are not to follow there", s.name, e.id, id)
	}
	if e.unknown {
		w.broke("I25", "%s: %s is removed, which the restored database knew nothing of", s.name, e.id)
	}
	switch {
	case a == nil:
		w.broke("I6", "%s: %s is removed, and it belongs to no activity", s.name, e.id)
	case a.Deleted(), w.rows.revived[id] >= by.began:
	case e.ours && s.side.ever(by.began, func(x *span) bool { return x.leaving }):
		s.side.cleaned[id] = true
	case e.ours && s.side.ever(by.began, func(x *span) bool { return !s.side.sends(x, a) }), e.ours && w.rows.retyped[id] >= by.began,
		e.ours && s.crm && w.rows.limited[id] >= by.began:
	case e.ours && a.OwnerID != s.side.user.ID, e.ours && a.Plan.Start.IsZero():
	case w.rows.noted[linkKey{s.side.id, string(e.id)}] == "update":
		w.broke("I14", "%s: %s is removed, and was to be updated", s.name, e.id)
	case !e.ours:
		w.broke("I9", "%s: %s is removed, which is not ours, and activity %d is only out of scope, if anything", s.name, e.id, id)
	default:
		w.broke("I6", "%s: %s is removed, and activity %d is there", s.name, e.id, id)
	}
	if a != nil && a.Deleted() {
		w.checkUnseen(by, s, e, a)
	}
}

// checkUnseen: an item is not removed with its activity while it says what a person typed there, nobody has replaced, and the activity neither
// said nor kept before it was deleted: the edit outlives the deletion (I5). What had come in goes with the activity, if that may go (see
// [World.checkOutlives]).
func (w *World) checkUnseen(by *worker, s *server, e *entry, a *crm.Activity) {
	if s.side.ever(by.began, func(x *span) bool { return x.leaving }) {
		return
	}
	comesIn := func(x *span) bool { return x.lets(e.ours) }
	for _, m := range marksOf(&e.event) {
		k := w.book.marks[m]
		if k != nil && k.stands() && k.place == s.name && !shown(&a.Plan, m) && !w.keptInTime(m, e) && s.side.always(k.move, comesIn) {
			w.broke("I5", "%s: %s is removed although it says %s, which %s typed there", s.name, e.id, m, k.by)
		}
	}
}

// keptInTime reports that a mark had lost a conflict before its activity was deleted, or stands in an item that was taken over and says
// something else than its activity: that is kept as it goes.
func (w *World) keptInTime(m string, e *entry) bool {
	for id, c := range w.rows.conflicts { // any order: one is enough
		if shows(c.Lost, m) && (!w.rows.belated[id] || e.tied != nil) {
			return true
		}
	}
	return false
}

// checkUntouched: what we do not model is as it was after a write of ours (I13).
func (w *World) checkUntouched(s *server, e *entry, before, after []byte) {
	was, is := foreign(before), foreign(after)
	for _, line := range was {
		if !slices.Contains(is, line) {
			w.broke("I13", "%s: after a write %s no longer has the line %q", s.name, e.id, line)
		}
	}
}

// foreign are the lines of a text that are none of ours.
func foreign(raw []byte) []string {
	var list []string
	for _, line := range strings.Split(strings.ReplaceAll(string(raw), "\r\n ", ""), "\r\n") {
		for _, name := range []string{"X-KEEP", "ATTENDEE", "ORGANIZER", "TRIGGER", "ACTION", "COLOR"} {
			if strings.HasPrefix(line, name) {
				list = append(list, line)
			}
		}
	}
	return list
}

// softened notes an edit that left no mark of its own: whether the event may come back cannot be told from its marks.
func (s *server) softened(e *entry) { s.w.soften(&e.event) }

func (w *World) soften(e *calendar.Event) {
	for _, m := range marksOf(e) {
		if k := w.book.marks[m]; k != nil {
			k.soft = true
		}
	}
}

func (w *World) isSoft(e *calendar.Event) bool {
	return slices.ContainsFunc(marksOf(e), func(m string) bool { k := w.book.marks[m]; return k != nil && k.soft })
}

// becameAnother: people have given an item of ours another title, another start and another text. Nobody can tell any more that it was ours.
func (e *entry) becameAnother() bool {
	is, was := &e.event.Values, &e.made
	renamed := !strings.Contains(is.Subject, was.Subject) && !strings.Contains(was.Subject, is.Subject)
	return e.ours && renamed && is.Start != was.Start && (is.Description == "" || is.Description != was.Description)
}
