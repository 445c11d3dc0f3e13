package world

import (
	"strings"

	"tahti/internal/calendar"
)

const (
	// jots is the stream of people who type into the block of the CRM's own words at the end of a text.
	jots = -23
	// jotters is how many seeds in a thousand have such people.
	jotters = 120
)

// jotAhead lets somebody of such a seed do that, before every eighth move.
func (w *World) jotAhead() {
	if !newDice(w.Seed, jots).chance(jotters) {
		return
	}
	w.sometimes(jots, 125, func() { w.in(w.someFirm(), w.jot) })
}

// jot is somebody who types into the block of an event, or of one of its dates. Their words are no text of the activity, and may not be
// lost.
func (w *World) jot() {
	s := w.someSide(func(s *side) bool { return len(s.withBlocks()) > 0 })
	if s == nil {
		return
	}
	w.did(jotting, s)
	e := pick(w.dice, s.withBlocks())
	at, ok := w.someDate(&e.event)
	if !e.event.IsSeries() || !ok || w.dice.chance(300) {
		w.change(jotting, s, e, func(ev *calendar.Event) { ev.Description = w.jotted(ev.Description) })
		return
	}
	w.change(jotting, s, e, func(ev *calendar.Event) {
		o := ev.EnsureOverride(at)
		text := ev.Effective(o).Description
		o.Set |= calendar.Fields(calendar.Description)
		o.Description = w.jotted(text)
	})
}

// jotting is what such people do.
const jotting = "type into the block of"

// withBlocks are the events of a calendar that have such a block, and that its user may edit.
func (s *side) withBlocks() (list []*entry) {
	for _, e := range s.server.live() {
		if by := e.event.Organizer.Email; (by == "" || by == s.server.me) && strings.Contains(e.event.Description, blockBegins) {
			list = append(list, e)
		}
	}
	return list
}

// blockBegins is the line with which such a block begins.
const blockBegins = "--- CRM ---\n"

func (w *World) jotted(text string) string {
	return strings.Replace(text, blockBegins, blockBegins+w.book.fresh()+"\n", 1)
}
