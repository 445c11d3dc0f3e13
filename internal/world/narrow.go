package world

import (
	"tahti/internal/connection"
	"tahti/internal/lens"
	"tahti/internal/store"
)

// narrowers is how many seeds in a thousand have somebody who narrows and widens what a connection carries.
const narrowers = 200

// bounds are the settings that bound what a connection carries.
var bounds = []choice{
	{"types_out", []any{nil, nil, []string{"meeting", "call"}, []string{"task"}, []string{}}},
	{"types_out", []any{nil, []string{"meeting"}, []string{"call"}}},
	{"direction", []any{lens.TwoWay, lens.TwoWay, lens.OwnItems, lens.ToCalendr, lens.ToCRM}},
	{"rules", []any{[]lens.Rule{}, titled("Lunch"), titled("Meet"), titled("Call")}},
	{"start", []any{lens.Everything, lens.Everything, lens.NewAndChanged}},
	{"private", []any{"masked", "ordinary", "skip"}},
	{"type_in", []any{"meeting", "call", "task"}},
	{"crm_context", []any{true, false}},
	{"delete_in_crm", []any{true, false}},
	{"delete_in_calendar", []any{true, false}},
}

func titled(text string) []lens.Rule { return []lens.Rule{{Match: "title", Value: text}} }

// wide lets through all that bounds kept out.
var wide = map[string]any{"types_out": nil, "direction": lens.TwoWay, "rules": []lens.Rule{}, "private": "masked", "start": lens.Everything}

// narrowAhead lets somebody narrow and widen, before some seven moves of such a seed.
func (w *World) narrowAhead() {
	d := newDice(w.Seed, previews)
	if !d.chance(narrowers) {
		return
	}
	w.sometimes(previews, 40, func() { w.in(w.firms[0], func() { w.narrow(pick(d, w.users).ID) }) })
}

// narrow changes what a connection of somebody carries that is at rest and has something in it, and may change it once more.
func (w *World) narrow(user store.ID) {
	s := w.someSide(func(s *side) bool {
		return s.user.ID == user && w.mayRun(s) && !s.server.feed && len(s.server.live()) > 1
	})
	if s == nil {
		return
	}
	for range 1 + w.dice.below(2) {
		if !w.rests(s) {
			return
		}
		chosen := wide
		if w.dice.chance(700) {
			chosen = map[string]any{}
			for range 1 + w.dice.below(2) {
				c := pick(w.dice, bounds)
				chosen[c.name] = pick(w.dice, c.values)
			}
		}
		save := connection.Save{OnNarrow: connection.KeepMirrors, Retype: w.dice.chance(500)}
		if w.dice.chance(600) {
			save.OnNarrow = connection.RemoveMirrors
		}
		if !w.saves(s, chosen, save, true) {
			return
		}
		w.did("narrow", s)
	}
}
