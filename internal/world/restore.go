package world

import (
	"errors"
	"slices"
	"strings"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/connection"
	"tahti/internal/crm"
	"tahti/internal/store"
)

// restore replaces the database by an older copy, as "tahti restore" and the next start of the server do (I25).
func (w *World) restore(b *backup) {
	w.say("", "the database is restored as it was in move %d", b.move)
	for _, n := range w.nodes {
		w.killNode(n)
	}
	w.must("close the database", w.db.Close())
	w.db = w.open(b.content)
	w.must("mark the database", w.db.MarkRestored(w.ctx))
	content, err := w.db.Content(w.ctx)
	w.must("read the database", errors.Join(err, w.db.Close()))
	w.db = w.open(content) // the first opening behind a restore
	w.restored = b
	w.did(restoring)
	for _, h := range w.hosts {
		was := b.blocked[h]
		h.blocked, h.restKnown, h.restMove = was.blocked, noTime, 0
	}
	w.inEach(func() {
		w.lose(b)
		w.rows, w.stopped = b.rows[w.firm], b.stopped[w.firm]
		for _, s := range w.sides {
			was := b.sides[s]
			s.back(&was)
			s.server.forgotten(b)
		}
		w.must("hold all", w.service.HoldAll(w.ctx, w.company, connection.Restored))
		for _, s := range w.sides {
			s.unseen = true
		}
	})
	for _, n := range w.nodes {
		n.start()
	}
}

func (w *World) open(content []byte) *store.DB {
	db, err := store.OpenContent(w.ctx, content, store.Config{Now: func() time.Time { return w.now }, Rand: zeros{}})
	w.must("open the database", err)
	return db
}

// forgotten: the rows know nothing of what has happened at a calendar since.
func (s *server) forgotten(b *backup) {
	s.seq++
	s.lost = s.seq
	rows := b.rows[s.side.firm]
	for _, id := range s.order {
		e := s.stored[id]
		e.answered = answered{}
		if e.ours && !rows.ties(s.side.id, e) && rows.activities[activityOfKey(string(e.key))] == nil {
			e.ours = false
		}
		s.entitled(e, rows.activities[activityOfKey(string(e.key))])
		if e.unknown = !e.gone && !e.ours && !rows.ties(s.side.id, e); e.unknown {
			rows.outside[markPattern.FindString(e.event.Subject)]++ // as if somebody had added it just now
		}
	}
}

// entitled: what stands around the subject that the rows know can only be settings' words. A title without it, which sync has written
// behind the backup, says what nobody knows any more, and stands like a person's.
func (s *server) entitled(e *entry, a *crm.Activity) {
	if !e.ours || e.gone || a == nil {
		return
	}
	v := calendar.Values{Subject: a.Plan.Subject}
	for _, n := range s.normal {
		n.one(&v)
	}
	if !strings.Contains(e.event.Subject, v.Subject) {
		e.named = true
		return
	}
	e.called = v.Subject
}

// lose notes what a restore loses by its nature, and nothing beside: what was typed and stands in no calendar and not in the
// backup; that something was deleted in the CRM since, or kept private there where its calendar does not hold that; what has lost a
// conflict since, and is written over in the calendars; and what sync has taken out of a calendar since, which now looks as if somebody
// had deleted it there.
func (w *World) lose(b *backup) {
	old := b.rows[w.firm]
	here, there, stands := map[string]bool{}, map[string]string{}, map[[2]string]bool{}
	for _, a := range old.activities { // any order: a set
		if !a.Deleted() {
			for _, m := range marksOf(planOf(a)) { // a date of a series that falls on a start which somebody typed is not it
				here[m] = true
			}
		}
	}
	for _, s := range w.sides {
		for _, id := range s.server.order {
			e := s.server.stored[id]
			switch {
			case !e.gone:
				if m := e.meeting; m == nil || m.master == nil || m.master == e { // a guest's copy repeats what the organiser's says, sooner or later
					for _, m := range marksOf(&e.event) {
						there[m], stands[[2]string{m, s.name}] = s.name, true
					}
				}
				w.forgetKept(s, e, here)
			case e.taken == 0:
				if a := old.activities[old.linked[linkKey{s.id, string(id)}]]; a != nil {
					w.excuseKnown(a)
				}
			}
		}
	}
	for _, m := range w.book.order {
		k := w.book.marks[m]
		k.soft = k.soft || k.deleted && k.gone >= b.move
		switch {
		case k.replaced, old.lost(m):
		case here[m]:
			if w.rows.lost(m) && there[m] == "" {
				k.excused = "kept as a conflict behind the backup"
			}
		case k.move < b.move && stands[[2]string{m, k.place}]: // the rows may know it there
		case there[m] != "": // it is as if it had been typed there
			k.place, k.move = there[m], w.move
		default:
			k.excused = "typed behind the backup"
		}
	}
}

// forgetKept: what was typed into an activity that is private, behind the backup or before its connection was stopped and all that sync
// made removed, and stands in a calendar that says nothing of privacy, is like anything else there.
func (w *World) forgetKept(s *side, e *entry, here map[string]bool) {
	if s.saysPrivate() {
		return
	}
	told(&e.event, func(m string, _ bool) {
		if !here[m] {
			w.book.secretOf(m).kept = false
		}
	})
}

func (w *World) excuseKnown(a *crm.Activity) {
	for _, m := range append(marksOf(&a.Plan), markPattern.FindAllString(a.Note, -1)...) {
		if k := w.book.marks[m]; k != nil {
			k.soft, k.excused = true, "taken out of a calendar behind the backup"
		}
	}
}

// lost reports whether a conflict keeps a mark.
func (r *rows) lost(m string) bool {
	for _, c := range r.conflicts { // any order: one is enough
		if shows(c.Lost, m) {
			return true
		}
	}
	return false
}

// checkLooked: nothing is written to a calendar before an administrator has seen what that would be (I25).
func (w *World) checkLooked(k *worker) {
	if k.side.unseen {
		w.broke("I25", "%s writes to %s, and nobody has looked since the database was restored", k.name, k.side.name)
	}
}

// tryAround is whoever tries to get round an administrator's look at a connection.
func (w *World) tryAround(s *side) {
	_, err := w.service.Resume(w.ctx, w.who(s), s.id)
	if err == nil && s.state != store.Held {
		w.broke("I25", "%s resumes %s, and nobody has looked", s.user.Name, s.name)
	}
	for _, h := range w.holdsOf(s) {
		if h.Kind == store.HoldRestore && w.service.Confirm(w.ctx, w.who(s), h.ID) == nil {
			w.broke("I25", "%s confirms %s, and nobody has looked", s.user.Name, s.name)
		}
	}
}

func (w *World) holdsOf(s *side) []store.Hold {
	holds, err := w.service.Holds(w.ctx, connection.Who{Company: w.company, User: w.users[0]}, s.id)
	w.must("list holds", err)
	return holds
}

// look is an administrator who has a dry run show what a held connection would do, and confirms it. Looking writes nothing.
func (w *World) look(s *side) {
	admin := connection.Who{Company: w.company, User: w.users[0]}
	for _, h := range w.holdsOf(s) {
		if h.Kind != store.HoldRestore {
			continue
		}
		rows, writes := w.rowsWritten(), w.serverWrites()
		run, err := w.service.DryRun(w.ctx, admin, s.id)
		w.must("look at "+s.name, err)
		w.say(admin.User.Name, "sees what %s would do: %v", s.name, run.Counts)
		if w.rowsWritten() != rows || w.serverWrites() != writes {
			w.broke("I25", "a look at %s wrote %d rows and %d events", s.name, w.rowsWritten()-rows, w.serverWrites()-writes)
		}
		s.unseen = false
		w.must("confirm "+s.name, w.service.Confirm(w.ctx, admin, h.ID))
	}
	if s.stopped() || s.paused() {
		return
	}
	s.unseen = false
}

// lookAll is what comes behind a restore: days in which nobody looks, and then an administrator.
func (w *World) lookAll() {
	held := slices.DeleteFunc(w.everySide(), func(s *side) bool { return !s.unseen })
	for _, s := range held {
		w.in(s.firm, func() {
			w.tryAround(s)
			w.wakeNow(s, 0)
		})
	}
	w.runAll()
	w.pass(time.Hour)
	for _, s := range held {
		w.in(s.firm, func() { w.look(s) })
	}
}
