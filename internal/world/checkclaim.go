package world

import (
	"slices"
	"time"

	"tahti/internal/store"
)

// wake is when a connection is due, as what was committed says it: a second account of what the store keeps, and of how claims
// are shared among companies (I15, I19).
type wake struct {
	due     time.Time // zero: nothing is wanted
	wish    time.Time // that came in during a run
	running bool
	leased  time.Time // nobody else may claim it before
	passed  int       // how often others were claimed while it could have been
}

// wanted notes that somebody asked for a run.
func (k *wake) wanted(at time.Time) {
	if at.IsZero() {
		at = time.UnixMicro(1)
	}
	if k.running {
		k.wish = earlier(k.wish, at)
	} else {
		k.due = earlier(k.due, at)
	}
}

// claimed notes that a worker has it until an instant; so does renewing its lease.
func (k *wake) claimed(until time.Time) { k.running, k.due, k.leased = true, until, until }

// done notes that a worker gave it back.
func (k *wake) done(next time.Time) {
	k.due = earlier(k.wish, next)
	k.running, k.wish, k.leased = false, noTime, noTime
}

// earlier is the earlier of two instants, of which zero is none.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// claimable are the connections that a node may claim now: due, and of companies that have not got their share.
func (w *World) claimable(n *node) []*side {
	var list []*side
	now := n.Now()
	for _, f := range w.firms {
		running := 0
		for _, s := range f.sides {
			if s.wake.leased.After(now) {
				running++
			}
		}
		for _, s := range f.sides {
			if running < n.perCompany && !s.wake.due.IsZero() && !s.wake.due.After(now) {
				list = append(list, s)
			}
		}
	}
	return list
}

// patience is how often others may be claimed before a connection that is due. Those that people wait for come first, and the
// others among themselves by how long they are due.
const patience = 40

// checkClaim: what was claimed was free to be, and whatever company is behind, nobody waits for ever (I15, I19). A connection that no side
// of the world is was made beside one that exists (I21).
func (w *World) checkClaim(n *node, free []*side, c *store.Claim) {
	if c == nil {
		if len(free) > 0 {
			w.broke("I15", "%s is due, and %s does not claim it", free[0].name, n.name)
		}
		return
	}
	s := w.sideOf(c.Connection)
	if s == nil {
		w.broke("I21", "%s claims connection %d, which nobody has made", n.name, c.Connection)
		return
	}
	if !slices.Contains(free, s) {
		w.broke("I19", "%s claims %s, which is not due, or whose company has its share of %d", n.name, s.name, n.perCompany)
	}
	s.wake.claimed(c.Until)
	s.wake.wish, s.wake.passed = noTime, 0
	for _, other := range free {
		if other == s || c.Lane == 0 {
			continue
		}
		if other.wake.passed++; other.wake.passed > patience {
			w.broke("I15", "%s is due since %s, and others were claimed %d times", other.name, other.wake.due.Format("02T15:04:05"), other.wake.passed)
		}
	}
}

// checkApart: nothing that was typed in one company is anywhere in another one.
func (w *World) checkApart() {
	whose := map[string]*firm{}
	for _, f := range w.firms {
		for _, m := range f.book.order {
			whose[m] = f
		}
	}
	look := func(text, where string) {
		for _, m := range markPattern.FindAllString(text, -1) {
			if f := whose[m]; f != nil && f != w.firm {
				w.broke("apart", "%s, which was typed in %s, is in %s", m, f.name, where)
			}
		}
	}
	w.inEach(func() {
		for _, a := range w.activities() {
			look(brief(&a.Plan), "activity "+number(a.ID)+" of "+w.firm.name)
		}
		for _, c := range w.rows.conflicts { // any order: all are looked at
			look(string(c.Lost), "a conflict of "+w.firm.name)
		}
		for _, s := range w.sides {
			for _, e := range s.server.stored { // any order: all are looked at
				look(brief(&e.event)+string(e.raw), s.name)
			}
			w.must("read links", w.db.View(w.ctx, w.company, func(tx *store.Tx) error {
				links, err := tx.Links(w.ctx, s.id, 0, 1000)
				for _, l := range links {
					look(string(l.RemoteRaw), "a link of "+s.name)
				}
				return err
			}))
		}
	})
}
