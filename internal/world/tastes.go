package world

import (
	"encoding/json"
	"fmt"
	"strings"

	"tahti/internal/calendar"
	"tahti/internal/connection"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/hub"
	"tahti/internal/lens"
	"tahti/internal/store"
)

const (
	// tastes is the stream of settings of which most people never think: a starting point that is a day, titles after a template, a tick
	// in what is done, deletions that stay where they were made.
	tastes = -14
	// particular is how many seeds in a thousand have people who do.
	particular = 250
)

// fancies are their choices. No event has ended long before the first of the days, many have before the last.
var fancies = []choice{
	{"start", []any{lens.FromToday, "2026-03-20", "2026-04-10", lens.Everything, lens.NewAndChanged}},
	{"title_template", []any{"", "CRM > {subject}", "{deal} > {subject}", "{deal} > {person} > {subject} > {organization}", "{subject} > ours"}},
	{"done", []any{"ignore", "tick", "tick"}},
	{"delete_in_crm", []any{true, false}},
	{"delete_in_calendar", []any{true, false}},
}

// isParticular reports whether a seed has such people, and answers the dice of their first choices.
func isParticular(seed uint64) (*dice, bool) {
	d := newDice(seed, tastes)
	return d, d.chance(particular)
}

// drawTastes lets people of such a seed choose before they connect.
func (p *plan) drawTastes(seed uint64) {
	d, yes := isParticular(seed)
	if !yes {
		return
	}
	for _, f := range p.firms {
		for i := range f.sides {
			s := &f.sides[i].settings
			if d.chance(250) {
				s.Start = pick(d, []lens.Start{lens.FromToday, "2026-03-20", "2026-04-10"})
			}
			if d.chance(500) {
				s.TitleTemplate = pick(d, []string{"CRM > {subject}", "{deal} > {subject}", "{subject} > ours"})
			}
			if d.chance(500) {
				s.Done = "tick"
			}
			s.DeleteInCRM, s.DeleteInCalendar = !d.chance(150), !d.chance(150)
		}
	}
}

// fancyAhead lets somebody of such a seed choose anew, or name what activities belong to, before some fourteen moves.
func (w *World) fancyAhead() {
	if _, yes := isParticular(w.Seed); !yes {
		return
	}
	w.sometimes(tastes, 80, func() {
		w.in(w.someFirm(), func() {
			switch w.dice.below(4) {
			case 0:
				fancy(w)
			case 1:
				nameDeal(w)
			default:
				putToDeal(w)
			}
		})
	})
}

// fancy is somebody who changes such a setting, as a preview shows it.
func fancy(w *World) {
	s := w.someSide(func(s *side) bool { return !s.stopped() && !s.server.feed })
	if s == nil {
		return
	}
	chosen := map[string]any{}
	for range 1 + w.dice.below(2) {
		c := pick(w.dice, fancies)
		chosen[c.name] = pick(w.dice, c.values)
	}
	if w.saves(s, chosen, connection.Save{OnNarrow: connection.KeepMirrors}, w.atRest(s)) {
		w.did("fancy", s)
	}
}

// deals is how many a company has at most.
const deals = 3

// nameDeal is somebody who begins a deal, or gives one another name. No mark stands in it: it is no text of an activity.
func nameDeal(w *World) {
	u := pick(w.dice, w.users)
	d := crm.Deal{Title: fmt.Sprint("Deal ", w.move)}
	if len(w.deals) == deals {
		d.ID = pick(w.dice, w.deals)
	}
	w.must("save a deal", w.tx(func(tx engine.Tx) (err error) {
		saved, err := w.nodes[0].hub.SaveDeal(w.ctx, tx, hub.By(u), d)
		d.ID = saved.ID
		return err
	}))
	if len(w.deals) < deals {
		w.deals = append(w.deals, d.ID)
	}
	w.say(u.Name, "calls deal %d %q", d.ID, d.Title)
	w.did("name deal", w.sides...) // of anybody who may have put something to it
}

// putToDeal is somebody who says to which deal an activity belongs.
func putToDeal(w *World) {
	u, a := w.someActivity(anyActivity)
	if a == nil || len(w.deals) == 0 {
		return
	}
	to := a.Clone()
	to.DealID = pick(w.dice, w.deals)
	if w.patch("put to deal", u, a, to, hub.FieldDeal) {
		w.did("put to deal")
	}
}

// titled puts around an event of ours what its connection's settings say, in words that share no code with ours (C8, C13). Whose title a
// person has chosen at the calendar has none.
func (w *World) titledFor(s *side, e *entry, a *crm.Activity, l *store.Link, plan *calendar.Event) {
	if !e.ours || !l.Ours { // what a restored database knows nothing of is a person's, and what was around its title may stay
		if w.restored != nil && !l.Ours && e.key != "" {
			w.stillAround(l, plan)
		}
		return
	}
	w.checkCalled(s, e, a)
	if w.isNamed(s, e, l) {
		return
	}
	w.frame(&s.settings, a, plan)
}

// frame puts around the titles of a plan what settings say.
func (w *World) frame(by *lens.Settings, a *crm.Activity, plan *calendar.Event) {
	var before, after []string
	if t := by.TitleTemplate; t != "" {
		at := &before
		for _, part := range strings.Split(t, " > ") {
			switch part {
			case "{subject}":
				at = &after
				continue
			case "{deal}":
				part = w.dealOf(a)
			case "{person}":
				part = w.personOf(a)
			case "{organization}":
				part = "" // nobody has any
			}
			if part != "" {
				*at = append(*at, part)
			}
		}
	}
	around := func(v *calendar.Values) {
		v.Subject = strings.Join(append(append(append([]string{}, before...), v.Subject), after...), " > ")
		if a.Done && by.Done == "tick" {
			v.Subject = "✓ " + v.Subject
		}
	}
	around(&plan.Values)
	for i := range plan.Overrides {
		if plan.Overrides[i].Set.Has(calendar.Subject) {
			around(&plan.Overrides[i].Values)
		}
	}
}

// stillAround leaves around a title what was there, and is no part of it, when the item came in behind a restore.
func (w *World) stillAround(l *store.Link, plan *calendar.Event) {
	var f struct{ Prefix, Suffix string }
	if len(l.Frame) > 0 {
		w.must("read what is around a title", json.Unmarshal(l.Frame, &f))
	}
	plan.Subject = f.Prefix + plan.Subject + f.Suffix
	for i := range plan.Overrides {
		if o := &plan.Overrides[i]; o.Set.Has(calendar.Subject) {
			o.Subject = f.Prefix + o.Subject + f.Suffix
		}
	}
}

// checkCalled: behind a restore, what settings have put around a title is no part of it (C8).
func (w *World) checkCalled(s *side, e *entry, a *crm.Activity) {
	framed := func(t string) bool { return strings.Contains(t, " > ") || strings.HasPrefix(t, "✓ ") }
	if is := a.Plan.Subject; e.called != "" && !e.named && is != e.called && strings.Contains(is, e.called) && framed(is) && !framed(e.called) {
		w.broke("C8", "%s: the title of activity %d was %q when the database was restored, and took in what stood around it at %s: %q", s.name, a.ID, e.called, e.id, is)
	}
}

// isNamed reports that the title of an event stays as a person has chosen it. That somebody did is for the world to say.
func (w *World) isNamed(s *side, e *entry, l *store.Link) bool {
	off := strings.Contains(string(l.Frame), `"off":true`)
	if off && !e.named && !s.namedBefore(e) {
		w.broke("C8", "%s: nobody has chosen the title of %s, and it goes without what the settings put around it: %s", s.name, e.id, brief(&e.event))
	}
	return off
}

// namedBefore: the title was chosen at an event of the same activity that was deleted since, and was made anew with it.
func (s *side) namedBefore(e *entry) bool {
	for _, id := range s.server.order {
		was := s.server.stored[id]
		if was.gone && was.named && activityOfKey(string(was.key)) == activityOfKey(string(e.key)) {
			return true
		}
	}
	return false
}

// personOf is what the person of an activity is called, who came in with another CRM's items.
func (w *World) personOf(a *crm.Activity) (name string) {
	if a.PersonID == 0 {
		return ""
	}
	w.must("read a person", w.db.View(w.ctx, w.company, func(tx *store.Tx) error {
		p, err := tx.Person(w.ctx, a.PersonID)
		name = p.Name
		return err
	}))
	return name
}

// dealOf is what the deal of an activity is called.
func (w *World) dealOf(a *crm.Activity) (title string) {
	if a.DealID == 0 {
		return ""
	}
	w.must("read a deal", w.db.View(w.ctx, w.company, func(tx *store.Tx) error {
		d, err := tx.Deal(w.ctx, a.DealID)
		title = d.Title
		return err
	}))
	return title
}
