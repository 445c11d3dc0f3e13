package world

import (
	"maps"
	"slices"

	"tahti/internal/store"
)

// backup is a copy of the database, and of what the world knew of its rows then.
type backup struct {
	move    int
	content []byte
	rows    map[*firm]rows
	stopped map[*firm]bool
	sides   map[*side]side
	blocked map[*host]host
}

// backUp is what "tahti backup" does: a copy in one consistent state, while all goes on.
func (w *World) backUp() *backup {
	content, err := w.db.Content(w.ctx)
	w.must("back up", err)
	b := &backup{
		move: w.move, content: content,
		rows: map[*firm]rows{}, stopped: map[*firm]bool{}, sides: map[*side]side{}, blocked: map[*host]host{},
	}
	for _, f := range w.firms {
		b.rows[f], b.stopped[f] = f.rows.clone(), f.stopped
		for _, s := range f.sides {
			b.sides[s] = s.copied()
		}
	}
	for _, h := range w.hosts {
		b.blocked[h] = *h
	}
	w.say("", "the database is backed up")
	return b
}

// clone copies what the world saw of the rows. The rows themselves never change.
func (r *rows) clone() rows {
	c := *r
	c.activities, c.retyped, c.revived = maps.Clone(r.activities), maps.Clone(r.retyped), maps.Clone(r.revived)
	c.conflicts, c.remotes, c.linked = maps.Clone(r.conflicts), maps.Clone(r.remotes), maps.Clone(r.linked)
	c.parted, c.noted, c.keys, c.edited = maps.Clone(r.parted), maps.Clone(r.noted), maps.Clone(r.keys), maps.Clone(r.edited)
	c.turns, c.shares = maps.Clone(r.turns), maps.Clone(r.shares)
	return c
}

// copied copies what the world knows of the rows of a connection.
func (s *side) copied() side {
	c := *s
	c.spans, c.accepted, c.tallies = slices.Clone(s.spans), slices.Clone(s.accepted), s.tallies.clone()
	c.cleaned, c.asked, c.held = maps.Clone(s.cleaned), maps.Clone(s.asked), maps.Clone(s.held)
	return c
}

func (t *tallies) clone() *tallies {
	if t == nil {
		return nil
	}
	c := *t
	c.links, c.noted, c.allowed, c.checked = maps.Clone(t.links), maps.Clone(t.noted), maps.Clone(t.allowed), maps.Clone(t.checked)
	c.deleted, c.created = maps.Clone(t.deleted), maps.Clone(t.created)
	return &c
}

// back gives a connection what the rows of the backup say of it.
func (s *side) back(was *side) {
	s.account, s.cursor, s.state, s.baselined = was.account, was.cursor, was.state, was.baselined
	s.cleaned, s.asked, s.held, s.accepted, s.tallies = was.cleaned, was.asked, was.held, was.accepted, was.tallies
	s.fence, s.worker, s.started, s.wake = was.fence, nil, was.started, was.wake
	then := was.now()
	s.turn(func(x *span) { x.settings, x.on, x.leaving = then.settings, then.on, then.leaving })
}

// ties reports whether a link of the rows ties an item.
func (r *rows) ties(connection store.ID, e *entry) bool {
	return r.linked[linkKey{connection, string(e.id)}] != 0
}
