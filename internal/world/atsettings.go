package world

import (
	"encoding/json"
	"slices"
	"strings"

	"tahti/internal/calendar"
	"tahti/internal/connection"
	"tahti/internal/crm"
	"tahti/internal/lens"
)

// choice is what people choose among for a setting.
type choice struct {
	name   string
	values []any
}

var choices = []choice{
	{"direction", []any{lens.TwoWay, lens.TwoWay, lens.OwnItems, lens.ToCalendr, lens.ToCRM}},
	{"types_out", []any{nil, []string{"meeting", "call"}, []string{"task"}, []string{}}},
	{"start", []any{lens.Everything, lens.NewAndChanged}},
	{"private", []any{"masked", "ordinary", "skip"}},
	{"visibility", []any{"owner", "everyone"}},
	{"crm_context", []any{true, false}},
	{"guests", []any{"never", "on_send"}},
	{"conflicts", []any{"newest", "crm", "calendar"}},
	{"delete_in_crm", []any{true, false}},
	{"delete_in_calendar", []any{true, false}},
	{"relay", []any{true, false}},
	{"rules", []any{[]lens.Rule{}, titled("Lunch")}},
}

// changeSettings is somebody who looks at a preview and saves what it shows.
func changeSettings(w *World) bool {
	s := w.someSide(func(s *side) bool { return !s.stopped() })
	if s == nil || s.server.feed {
		return false
	}
	chosen := map[string]any{}
	for range 1 + w.dice.below(2) {
		c := pick(w.dice, choices)
		chosen[c.name] = pick(w.dice, c.values)
	}
	narrow := connection.KeepMirrors
	if w.dice.chance(500) {
		narrow = connection.RemoveMirrors
	}
	return w.saves(s, chosen, connection.Save{OnNarrow: narrow}, w.atRest(s))
}

// saves looks at what a preview says of a change, and saves it. rests: the connection was at rest, so that what then happens is the
// change's doing.
func (w *World) saves(s *side, chosen map[string]any, save connection.Save, rests bool) bool {
	change, err := json.Marshal(chosen)
	w.must("write settings", err)
	faults := w.counts.struck()
	p, err := w.service.PreviewSettings(w.ctx, w.who(s), s.id, change)
	if !w.pressed(s, "change settings", " as a preview shows: "+string(change), err) {
		return false
	}
	w.allowed = 0
	save.Settings, save.Preview = change, p.ID
	types := w.types()
	_, err = w.service.SaveSettings(w.ctx, w.who(s), s.id, save)
	// Nothing has happened since the preview: it cannot be stale.
	w.must("save what a preview showed", err)
	w.say(s.user.Name, "saves it, narrow: %s, retype: %t, effects %v", save.OnNarrow, save.Retype, p.Effects)
	if p.Settings.Start != s.settings.Start {
		s.started = w.move
	}
	s.turn(func(x *span) { x.settings = p.Settings })
	w.checkAuthorised(s, &p, save.OnNarrow, w.allowed)
	w.checkRetyped(s, &p, save.Retype, types)
	if rests && w.counts.struck() == faults { // else it did not see the calendar as it is
		w.checkPreview(s, &p, save.OnNarrow)
	}
	return err == nil
}

// sends reports whether an activity may go out by direction and type.
func (s *side) sends(x *span, a *crm.Activity) bool {
	types := x.settings.TypesOut
	return x.out() && !s.cannotHold(a) && (a.Origin == s.id || types == nil || slices.Contains(types, a.Type))
}

// shuts reports whether the settings as they are keep an event out that is not tied.
func (s *side) shuts(e *entry) bool {
	x := s.now()
	private := e.event.Private && x.settings.Private == "skip" && s.server.fields.Has(calendar.Private)
	ruled := len(x.settings.Rules) > 0 && strings.Contains(e.event.Subject, x.settings.Rules[0].Value)
	return !x.lets(e.ours) || private || ruled
}

func twoWay(x *span) bool { return x.settings.Direction == lens.TwoWay }

// oneWay: what was typed at a place was not to be carried, or not all the time since; who types over it loses nothing that was.
func (w *World) oneWay(k *mark) bool {
	for _, s := range w.sides {
		in := func(x *span) bool { return x.settings.Direction == lens.TwoWay || x.settings.Direction == lens.ToCRM }
		if k.place == s.name && !s.always(k.move, in) || k.place != s.name && !s.always(k.move, (*span).out) {
			return true
		}
	}
	return false
}

// unfollowed: something of what an event shows was deleted while the settings of a connection kept deletions to where they were made.
func (w *World) unfollowed(e *calendar.Event) bool {
	follows := func(x *span) bool {
		return x.settings.Direction == lens.TwoWay && x.settings.DeleteInCRM && x.settings.DeleteInCalendar
	}
	for _, m := range marksOf(e) {
		k := w.book.marks[m]
		if k != nil && k.deleted && slices.ContainsFunc(w.sides, func(s *side) bool { return !s.always(k.gone, follows) }) {
			return true
		}
	}
	return false
}

// offPattern: what was typed into a date stands in the calendar alone where the activity's pattern has that date no more. Nothing goes
// out that could take it away there.
func offPattern(have, want *calendar.Event, m string) bool {
	for i := range have.Overrides {
		one := calendar.Event{Overrides: have.Overrides[i : i+1]}
		dated := func(o occurrence) bool { return o.original == have.Overrides[i].Original }
		if slices.Contains(marksOf(&one), m) && !slices.ContainsFunc(judge(want), dated) {
			return true
		}
	}
	return false
}

// checkCarried compares an item with its activity where not everything was carried all the time: what was typed while it was has
// to be on the other side.
func (w *World) checkCarried(s *side, e *entry, a *crm.Activity) {
	want, have := a.Plan.Clone(), bareOf(s, e)
	w.shorten(s, a, &want, &have)
	for _, n := range s.server.normal {
		n.apply(&want)
	}
	whole := have
	if s.server.hides { // what it does not show us is there all the same
		whole = e.event.Clone()
		unblock(&whole)
	}
	here, there := append(shownBy(&want), markPattern.FindAllString(a.Note, -1)...), shownBy(&whole)
	for _, m := range marksOf(&have) {
		if w.cameIn(s, e, m) && !slices.Contains(here, m) && !w.inConflict(m) && !offPattern(&have, &want, m) && !s.standsThere(e, a, m) {
			w.broke("I2", "%s of %s at %s is not in activity %d: %s", m, e.id, s.name, a.ID, brief(&a.Plan))
		}
	}
	for _, m := range marksOf(s.writable(e, &want)) {
		if w.wentOut(s, e, m) && !slices.Contains(there, m) && !w.inConflict(m) && !s.standsHere(e, a, m) {
			w.broke("I2", "%s of activity %d is not in %s at %s: %s", m, a.ID, e.id, s.name, brief(&have))
		}
	}
}

// cameIn: a mark was typed in an item while its connection carried that to the CRM. Who has copied it since, as by a split, has typed it
// there and not here.
func (w *World) cameIn(s *side, e *entry, m string) bool {
	k := w.book.marks[m]
	return k != nil && k.place == s.name && k.stands() && s.always(max(k.first, e.arrived), func(x *span) bool { return x.lets(e.ours) })
}

// wentOut: a mark was typed elsewhere while the connection of an item carried what it is tied to. What a colleague typed while the meeting
// was theirs went to their own copy.
func (w *World) wentOut(s *side, e *entry, m string) bool {
	k := w.book.marks[m]
	return k != nil && k.place != s.name && k.stands() && s.always(k.move, (*span).out) && (!s.server.isInvited(&e.event) || k.by == s.user.Name)
}

// shorten leaves of a subject what its calendar has kept of it behind what sync has put in front of it there: nothing, where that alone is as
// long as a title may be.
func (w *World) shorten(s *side, a *crm.Activity, want, have *calendar.Event) {
	kept := func(whole calendar.Event) bool {
		for _, n := range s.server.normal {
			n.apply(&whole)
		}
		return whole.Subject == have.Subject
	}
	for i := range s.spans {
		framed := want.Clone()
		if w.frame(&s.spans[i].settings, a, &framed); kept(framed) {
			want.Subject = have.Subject
			return
		}
	}
	for i := range have.Subject { // a deal or a person may have been called otherwise
		rest := have.Subject[i:]
		if i == 0 || len(rest) < len("Call ") || len(rest) >= len(want.Subject) || !strings.HasPrefix(want.Subject, rest) {
			continue
		}
		if kept(calendar.Event{Known: calendar.AllFields, Values: calendar.Values{Subject: have.Subject[:i] + want.Subject}}) {
			want.Subject = rest
			return
		}
	}
}

// writable is what of an activity can stand in its item: what a calendar hides there is not written, and waits in the CRM until it shows.
func (s *side) writable(e *entry, plan *calendar.Event) *calendar.Event {
	shown := plan.Clone()
	shown.Known &= s.server.shows(e)
	for i := range shown.Overrides {
		shown.Overrides[i].Set &= s.server.shows(e)
	}
	return &shown
}
