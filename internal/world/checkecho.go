package world

import (
	"slices"

	"tahti/internal/crm"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// answered is what became of the answer to sync's last write of an item, since when nobody has changed it: who was told, and
// in which commit it was written down.
type answered struct {
	to   *worker
	seen int
}

// toldOf notes that a worker was told what its write has left.
func (r *remote) toldOf(it provider.Item, err error) {
	if e := r.s.stored[it.ID]; err == nil && e != nil {
		e.answered.to = r.k
	}
}

// settled: the answer was written down by the worker that got it.
func (s *server) settled(by *worker, l *store.Link) {
	e := s.stored[remoteID(l.Remote)]
	if e == nil || e.answered.to != by || e.answered.seen > 0 || l.Pending != nil || l.State != store.LinkLinked ||
		l.RemoteMeta.Versions[""].Tag != e.tags.Master().Tag {
		return
	}
	e.answered.seen = s.w.commits
}

// checkEcho: what the server made of a write, and answered, does not come back as somebody's edit (I3).
func (w *World) checkEcho(by *worker, was, a *crm.Activity) {
	for _, e := range by.side.server.live() {
		if e.answered.seen == 0 || e.answered.seen == w.commits || w.rows.linked[linkKey{by.side.id, string(e.id)}] != a.ID ||
			e.event.Organizer.Email != "" && e.event.Organizer.Email != by.side.server.me || sameEvent(&was.Plan, &a.Plan) {
			continue
		}
		if x, y := ownerOwned(was.Plan), ownerOwned(a.Plan); was.OwnerID != a.OwnerID && sameEvent(&x, &y) {
			continue // it was given back to who organises it, with what is each person's own
		}
		if by.side.server.hides {
			continue // what is typed of what is hidden there is taken back, and a write of ours may bring to light what was
		}
		w.broke("I3", "%s changes activity %d, and nobody has changed %s since sync wrote it:\n  %s\n  %s", by.name, a.ID, e.id,
			brief(&was.Plan), brief(&a.Plan))
	}
}

// checkEnded: a tie ends because its item is gone, and not before, nor because it is out of sight (I6, I9).
func (w *World) checkEnded(by *worker, l *store.Link) {
	e := by.side.server.stored[remoteID(l.Remote)]
	if l.State == store.LinkGone && e != nil && !e.gone && w.rows.linked[linkKey{l.Connection, l.Remote}] == l.Activity && !w.setAside(by.side, e) {
		invariant := "I6"
		if by.side.server.moving {
			invariant = "I9" // what left its window, now or a while ago
		}
		w.broke(invariant, "%s ends the tie of activity %d as if %s were gone, and it is there", by.name, l.Activity, l.Remote)
	}
}

// checkSplit: where a person ended a series at a calendar and another one goes on, the old one keeps the dates before (I11).
func (w *World) checkSplit(by *worker, was, a *crm.Activity) {
	for _, e := range by.side.server.live() {
		if e.splitAt == 0 || w.rows.linked[linkKey{by.side.id, string(e.id)}] != a.ID || e.event.Start.Wall != was.Plan.Start.Wall {
			continue
		}
		before, x := judge(&was.Plan), judge(&a.Plan)
		if len(before) > 0 && before[0].original < e.splitAt && len(x) > 0 && x[0].original >= e.splitAt {
			w.broke("I11", "%s takes what goes on behind %s for an edit of activity %d, and the dates before are gone:\n  %s\n  %s", by.name, e.id, a.ID,
				brief(&was.Plan), brief(&a.Plan))
		}
	}
}

// setAside: an item waits for a person as a copy of another one.
func (w *World) setAside(s *side, e *entry) bool {
	return slices.ContainsFunc(w.waiting(s), func(item store.Work) bool {
		return item.Subject == "r:"+string(e.id) && item.HeldBy == store.HeldByParked && item.Reason == "copy"
	})
}
