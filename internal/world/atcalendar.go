package world

import (
	"fmt"
	"slices"
	"strings"

	"tahti/internal/calendar"
	"tahti/internal/icalendar"
	"tahti/internal/lens"
	"tahti/internal/provider"
)

func addAnEvent(w *World) bool {
	w.addEvent(pick(w.dice, w.sides), true)
	return true
}

// addEvent puts an event into a calendar. known: the connection is there already.
func (w *World) addEvent(s *side, known bool) {
	e := w.someEvent()
	w.furtherDate(s, &e)
	if s.server.mails && w.dice.chance(400) {
		e.Organizer = calendar.Person{Email: s.user.Email}
		e.Guests = []calendar.Guest{{Person: calendar.Person{Email: "guest@example.com"}, Answer: calendar.NeedsReply}}
	}
	s.server.add(e)
	if known {
		w.concerns("add event", s)
	}
	w.notify(s)
}

// add puts an event in, as a person would.
func (s *server) add(ev calendar.Event) *entry {
	return s.addAs(fmt.Sprintf("ev-%d@%s", s.made+1, s.side.user.Name+"-"+s.traits.name), ev)
}

func (s *server) addAs(uid string, ev calendar.Event) *entry {
	s.made++
	e := &entry{id: provider.RemoteID(fmt.Sprintf("ev-%d", s.made)), edited: s.w.move}
	if s.crm { // ids are of the place, not of the user
		e.id = provider.RemoteID(fmt.Sprintf("ev-%d-of-%s", s.made, s.side.user.Name))
	}
	e.event.UID = uid
	if s.form == text {
		e.raw = s.firstText(e.event.UID, &ev)
	}
	s.insert(e)
	s.keep(e, ev, s.side.user.Name)
	s.w.typed(s.side.user.Name, s.name, nil, &e.event)
	s.w.say(s.side.user.Name, "adds %s at %s: %s", e.id, s.name, brief(&e.event))
	return e
}

// firstText is an event as another program would write it, with things in it that we do not model.
func (s *server) firstText(uid string, ev *calendar.Event) []byte {
	first := ev.Clone()
	first.UID = uid
	raw, err := icalendar.Encode(first, icalendar.WriteOptions{Now: s.w.now})
	if err != nil {
		panic(fmt.Sprintf("an event that cannot be written: %v: %+v", err, first))
	}
	if ev.Organizer.Email != "" {
		people := "ORGANIZER:mailto:" + ev.Organizer.Email + "\r\n"
		for _, g := range ev.Guests {
			people += "ATTENDEE;PARTSTAT=" + partstat(g.Answer) + ":mailto:" + g.Email + "\r\n"
		}
		raw = []byte(strings.ReplaceAll(string(raw), "END:VEVENT\r\n", people+"END:VEVENT\r\n"))
	}
	extra := fmt.Sprintf("X-KEEP;A=\"b,c\":%s\r\nCOLOR:red\r\n", uid)
	extra += "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT5M\r\nDESCRIPTION:x\r\nEND:VALARM\r\n"
	return []byte(replaceFirst(string(raw), "END:VEVENT\r\n", extra+"END:VEVENT\r\n"))
}

func replaceFirst(s, old, with string) string {
	i := 0
	for ; i+len(old) <= len(s) && s[i:i+len(old)] != old; i++ {
	}
	return s[:i] + with + s[i+len(old):]
}

// someEntry picks an event that a person may edit.
func (w *World) someEntry(fit func(*entry) bool) (*side, *entry) {
	s := pick(w.dice, w.sides)
	list := slices.DeleteFunc(s.server.live(), func(e *entry) bool {
		return e.event.Organizer.Email != "" && e.event.Organizer.Email != s.server.me || !fit(e)
	})
	if len(list) == 0 {
		return nil, nil
	}
	return s, pick(w.dice, list)
}

func anyEntry(*entry) bool      { return true }
func seriesEntry(e *entry) bool { return e.event.IsSeries() }

// change lets a person change an event at a calendar.
func (w *World) change(action string, s *side, e *entry, f func(*calendar.Event)) bool {
	before := e.event.Clone()
	now := before.Clone()
	f(&now)
	s.server.keep(e, now, s.user.Name)
	e.refused = false
	if !sameEvent(&before, &e.event) { // moving a date to where it is anyway does not bring in what the starting point keeps out
		e.edited = w.move
	}
	if a := w.rows.activities[w.rows.linked[linkKey{s.id, string(e.id)}]]; a != nil && w.isSoft(&before) {
		w.soften(&a.Plan) // it may say something newer by now, and come back for this
	}
	w.typed(s.user.Name, s.server.name, &before, &e.event)
	w.opened(s, e, &before)
	e.named = e.named || before.Subject != e.event.Subject
	w.say(s.user.Name, "%s %s at %s: %s", action, e.id, s.server.name, brief(&e.event))
	if w.strikes(Late, s) {
		s.server.withhold(e, w.upTo(600))
	}
	w.concerns(action, s)
	w.notify(s)
	return true
}

func editEvent(w *World) bool {
	s, e := w.someEntry(anyEntry)
	return e != nil && w.change("edit event", s, e, func(ev *calendar.Event) { w.someField(&ev.Values) })
}

func moveEvent(w *World) bool {
	// A program that moves a series moves its end with it; one without an end shows the same.
	s, e := w.someEntry(func(e *entry) bool { return !strings.Contains(e.event.Rule, "UNTIL") })
	return e != nil && w.change("move event", s, e, func(ev *calendar.Event) {
		from := ev.Start.Wall
		w.moveWhen(&e.event, &ev.Values)
		movedAlong(ev, from)
	})
}

// rename gives the dates of a series that was moved their new names.
func rename(ev *calendar.Event, by calendar.Wall) {
	for i := range ev.Overrides {
		ev.Overrides[i].Original += by
	}
	for i := range ev.Cancelled {
		ev.Cancelled[i] += by
	}
	for i := range ev.Extra {
		ev.Extra[i].Wall += by
	}
}

func toggleEvent(w *World) bool {
	s, e := w.someEntry(anyEntry)
	return e != nil && w.change("toggle event", s, e, func(ev *calendar.Event) {
		if w.dice.chance(500) {
			ev.Location = w.someText()
		} else {
			w.soften(&e.event)
		}
		if w.dice.chance(700) {
			ev.Busy = !ev.Busy
		} else {
			ev.Private = !ev.Private
		}
	})
}

// someDate picks a start of a series that takes place.
func (w *World) someDate(e *calendar.Event) (calendar.Wall, bool) {
	var list []calendar.Wall
	for _, o := range judge(e) {
		list = append(list, o.original)
	}
	if len(list) == 0 {
		return 0, false
	}
	return pick(w.dice, list[:min(len(list), 6)]), true
}

func editDate(w *World) bool {
	s, e := w.someEntry(seriesEntry)
	if e == nil {
		return false
	}
	at, ok := w.someDate(&e.event)
	return ok && w.change("edit date of event", s, e, func(ev *calendar.Event) { w.override(ev, at) })
}

// override lets one date of a series say something of its own.
func (w *World) override(ev *calendar.Event, at calendar.Wall) {
	o := ev.EnsureOverride(at)
	v := ev.Effective(o)
	f := calendar.When
	if w.dice.chance(300) {
		w.moveWhen(ev, &v)
	} else {
		f = w.someField(&v)
	}
	o.Set |= calendar.Fields(f)
	calendar.Copy(f, &o.Values, &v)
}

func cancelDate(w *World) bool {
	s, e := w.someEntry(seriesEntry)
	if e == nil {
		return false
	}
	at, ok := w.someDate(&e.event)
	return ok && len(judge(&e.event)) > 1 && w.change("cancel date of event", s, e, func(ev *calendar.Event) {
		w.soften(&e.event)
		ev.Overrides = slices.DeleteFunc(ev.Overrides, func(o calendar.Override) bool { return o.Original == at })
		ev.Cancelled = append(ev.Cancelled, at)
	})
}

func deleteEvent(w *World) bool {
	s, e := w.someEntry(anyEntry)
	if e == nil {
		return false
	}
	w.deleteEntry(s, e)
	w.concerns("delete event", s)
	w.notify(s)
	return true
}

func (w *World) deleteEntry(s *side, e *entry) {
	e.gone, e.taken = true, w.move
	if m := e.meeting; m != nil {
		m.off = true
		w.soften(&e.event)
		w.tell(m)
	}
	key := linkKey{s.id, string(e.id)}
	if a := w.rows.activities[w.rows.linked[key]]; a != nil && e.meeting == nil && w.isAnothers(a, s) {
		w.soften(&e.event)
	}
	if e.ours && w.rows.linked[key] == 0 || w.rows.noted[key] != "" {
		// Sync does not know yet that its write has arrived, and will never know that somebody saw it before the deletion.
		s.server.softened(e)
	}
	s.server.ends(e)
	w.typed(s.user.Name, s.server.name, &e.event, nil)
	w.say(s.user.Name, "deletes %s at %s", e.id, s.server.name)
}

// copyEvent copies an event with all its marks, as calendar programs do.
func copyEvent(w *World) bool {
	s, e := w.someEntry(anyEntry)
	if e == nil {
		return false
	}
	c := w.copyTo(s, e)
	if w.rows.linked[linkKey{s.id, string(e.id)}] != 0 {
		c.key = e.key // before sync knows the original, nobody could tell which of the two it is
	}
	w.concerns("copy event", s)
	return true
}

// copyTo puts a copy of an event into a calendar, a day later and under a title of its own.
func (w *World) copyTo(s *side, e *entry) *entry {
	ev := e.event.Clone()
	ev.Subject, ev.Location, ev.Description, ev.Overrides = "Copy "+w.book.fresh(), w.someText(), lens.BlockIn(&ev), nil
	ev.Rule = counted(&ev)
	ev.Start.Wall, ev.End.Wall = ev.Start.Wall+calendar.Day, ev.End.Wall+calendar.Day
	movedAlong(&ev, ev.Start.Wall-calendar.Day)
	w.soften(&e.event) // both may show one start
	c := s.server.add(ev)
	w.notify(s)
	return c
}
