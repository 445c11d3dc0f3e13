package world

import (
	"errors"
	"slices"
	"time"

	"tahti/internal/connection"
	"tahti/internal/store"
)

const (
	// clones is the stream of copies that run beside their original: whatever they throw leaves the rest of a seed as it was.
	clones = -15
	// cloned is how many seeds in a thousand have one.
	cloned = 40
)

// existence is one database and what the world knows of it. The calendars, and what people type there, belong to no existence.
type existence struct {
	db      *store.DB
	nodes   []*node
	workers []*worker
	rows    map[*firm]rows
	stopped map[*firm]bool
	sides   map[*side]side
	hosts   map[*host]host
	anew    map[*server]int
	now     time.Time
}

// existence is the one that is led now.
func (w *World) existence() existence {
	e := existence{
		db: w.db, nodes: w.nodes, workers: w.workers, rows: map[*firm]rows{}, stopped: map[*firm]bool{}, sides: map[*side]side{}, hosts: map[*host]host{},
		anew: map[*server]int{}, now: w.now,
	}
	for _, f := range w.firms {
		e.rows[f], e.stopped[f] = f.rows, f.stopped
		for _, s := range f.sides {
			e.sides[s], e.anew[s.server] = *s, s.server.anew
		}
	}
	for _, h := range w.hosts {
		e.hosts[h] = *h
	}
	return e
}

// lead takes up another existence. What it asks calendars for tells them apart from nobody else, and takes no time.
func (w *World) lead(e existence) {
	w.db, w.nodes, w.workers, w.now = e.db, e.nodes, e.workers, e.now
	for _, f := range w.firms {
		f.rows, f.stopped = e.rows[f], e.stopped[f]
		for _, s := range f.sides {
			*s = e.sides[s]
			s.server.anew = e.anew[s.server]
		}
	}
	for _, h := range w.hosts {
		*h = e.hosts[h]
	}
}

// copyOf is an existence that knows what this one knows, over a copy of its database.
func (w *World) copyOf() existence {
	content, err := w.db.Content(w.ctx)
	w.must("copy the database", err)
	e := w.existence()
	e.db, e.workers = w.open(content), nil
	n := &node{w: w, name: "copy", width: w.nodes[0].width, perCompany: w.nodes[0].perCompany, hub: w.nodes[0].hub}
	e.nodes = []*node{n}
	for f, r := range e.rows { // any order: each for itself
		e.rows[f] = r.clone()
	}
	for s := range e.sides { // any order: each for itself
		c := s.copied()
		c.worker, c.unseen = nil, true
		e.sides[s] = c
	}
	return e
}

// cloneAhead lets a copied database begin to run beside its original, and go on, in the few seeds that have one. It has the same sign-ins,
// hears what the calendars say, and is used by people who take it for the original: nothing may be written on the strength of it
// before an administrator has looked (I25).
func (w *World) cloneAhead() {
	d := newDice(w.Seed, clones)
	if !d.chance(cloned) {
		return
	}
	begins := 20 + d.below(120)
	if d.chance(500) && w.move >= 20 && slices.ContainsFunc(w.everySide(), (*side).paused) {
		begins = 20 // of what rests, a copy remembers that it rested
	}
	if w.beside == nil && w.move < begins || !newDice(w.Seed, clones-100*w.move).chance(150) && w.beside != nil {
		return
	}
	w.leadCopy(newDice(w.Seed, clones-100*w.move), func() {
		for _, s := range w.everySide() {
			w.in(s.firm, func() { w.goRound(s) })
		}
	})
}

// leadCopy does something in the copy, which begins with that if there is none.
func (w *World) leadCopy(d *dice, do func()) {
	original, dice, poisoned := w.existence(), w.dice, w.poisoned
	w.poisoned = nil
	begins := w.beside == nil
	if begins {
		c := w.copyOf()
		w.beside = &c
	}
	w.beside.now = w.now
	w.lead(*w.beside)
	w.dice = d
	w.peacefully(func() {
		writes := w.serverWrites()
		if begins {
			w.say("", "a copy of the database runs beside it")
			w.did(cloning)
			w.must("skip ids", w.db.SkipIDs(w.ctx, w.now))
			w.inEach(func() { w.must("hold all", w.service.HoldAll(w.ctx, w.company, connection.Cloned)) })
			w.nodes[0].start()
		}
		do()
		for _, s := range w.everySide() {
			w.in(s.firm, func() { w.wakeNow(s, 0) })
		}
		w.runAll()
		if w.serverWrites() != writes {
			w.broke("I25", "a copy that runs beside its original wrote %d events", w.serverWrites()-writes)
		}
	})
	c := w.existence()
	w.beside = &c
	w.dice, w.poisoned = dice, poisoned
	w.lead(original)
}

// goRound is somebody who tries at the copy to get their calendar going, in one of the ways that pages offer.
func (w *World) goRound(s *side) {
	who := w.who(s)
	admin := who.User.ID == w.users[0].ID
	ways := []struct {
		name string
		try  func() error
	}{
		{"resumes", func() error { _, err := w.service.Resume(w.ctx, who, s.id); return err }},
		{"pauses", func() error { _, err := w.service.Pause(w.ctx, who, s.id); return err }},
		{"confirms all that waits at", func() (err error) {
			for _, h := range w.holdsOf(s) {
				err = errors.Join(err, w.service.Confirm(w.ctx, who, h.ID))
			}
			return err
		}},
		{"sends and tries again all that waits at", func() (err error) {
			for _, item := range w.waiting(s) {
				err = errors.Join(err, w.service.Send(w.ctx, who, item.ID), w.service.Retry(w.ctx, who, item.ID))
			}
			return err
		}},
		{"stops and connects again", func() error {
			_, err := w.service.Stop(w.ctx, who, s.id, true)
			_, again := w.service.Connect(w.ctx, who, connection.Request{
				Provider: kindName, Sign: s.server.credentials(), Calendar: s.server.calendar, Settings: s.settings.JSON(),
			})
			return errors.Join(err, again)
		}},
		{"signs in again at", func() error { return w.service.Reconnect(w.ctx, who, s.account, s.server.credentials()) }},
		{"stops, and removes what sync made at,", func() error {
			if admin {
				return nil // who may
			}
			_, err := w.service.Stop(w.ctx, who, s.id, false)
			return err
		}},
	}
	if w.dice.chance(600) {
		way := pick(w.dice, ways)
		if s.paused() && w.dice.chance(300) {
			way = ways[len(ways)-1]
		}
		w.say(who.User.Name, "%s %s in the copy%s", way.name, s.name, orNot(way.try()))
	}
}

// endCopy is an administrator who looks at what the copy would do, which writes nothing, and switches it off.
func (w *World) endCopy() {
	if w.beside == nil {
		return
	}
	w.leadCopy(newDice(w.Seed, clones-100*w.move), func() {
		w.inEach(func() {
			admin := connection.Who{Company: w.company, User: w.users[0]}
			for _, s := range w.sides {
				run, err := w.service.DryRun(w.ctx, admin, s.id)
				w.say(admin.User.Name, "sees what %s would do in the copy: %v%s", s.name, run.Counts, orNot(err))
			}
		})
	})
	w.must("close the copy", w.beside.db.Close())
	w.beside = nil
}
