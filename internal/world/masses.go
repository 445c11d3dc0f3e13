package world

import (
	"fmt"

	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/hub"
)

// What a person or a broken tool does to many items at once, in the few seeds that have it: the brakes have to hold it (I7, I24).

// emptyCalendar deletes most of a calendar, or all of it.
func emptyCalendar(w *World) bool {
	s := pick(w.dice, w.sides)
	keep, gone := w.dice.below(400), 0
	for _, e := range s.server.live() {
		if (e.event.Organizer.Email == "" || e.event.Organizer.Email == s.server.me) && !w.dice.chance(keep) {
			w.deleteEntry(s, e)
			gone++
		}
	}
	return w.happened(gone, "empty a calendar", s)
}

// fillCalendar adds so many events that a person is asked whether they are meant.
func fillCalendar(w *World) bool {
	s := pick(w.dice, w.sides)
	for range 30 + w.dice.below(40) {
		e := w.someEvent()
		e.Rule, e.Description = "", ""
		s.server.add(e)
	}
	return w.happened(1, "fill a calendar", s)
}

// doubleCalendar is what a broken tool does that brings in everything once more, under other names.
func doubleCalendar(w *World) bool {
	s := pick(w.dice, w.sides)
	list := s.server.live()
	for _, e := range list {
		ev := e.event.Clone()
		w.soften(&e.event)
		s.server.add(ev)
	}
	return w.happened(len(list), "double a calendar", s)
}

// createMany is an import into the CRM.
func createMany(w *World) bool {
	u := &w.users[w.dice.below(len(w.users))]
	for range 30 + w.dice.below(40) {
		e := w.someEvent()
		e.Rule = ""
		w.save("create many", u, "", func(tx engine.Tx, h *hub.Hub) error {
			_, err := h.Create(w.ctx, tx, hub.By(*u), crm.Activity{Type: "call", Plan: e})
			return err
		})
	}
	return true
}

// deleteMany is a clean-up in the CRM.
func deleteMany(w *World) bool {
	u := &w.users[w.dice.below(len(w.users))]
	keep, gone := w.dice.below(400), 0
	for _, a := range w.liveActivities(u.ID) {
		if w.dice.chance(keep) {
			continue
		}
		if w.save("delete many", u, fmt.Sprint(a.ID), func(tx engine.Tx, h *hub.Hub) error { return h.Delete(w.ctx, tx, hub.By(*u), a.ID) }) {
			gone++
		}
	}
	return gone > 0
}

func (w *World) happened(n int, action string, s *side) bool {
	if n == 0 {
		return false
	}
	w.concerns(action, s)
	w.notify(s)
	return true
}
