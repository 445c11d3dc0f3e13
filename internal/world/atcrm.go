package world

import (
	"errors"
	"fmt"
	"slices"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/hub"
	"tahti/internal/store"
)

// save lets a person do something to activities. What they are refused they do not do.
func (w *World) save(action string, u *crm.User, about string, f func(tx engine.Tx, h *hub.Hub) error) bool {
	before := map[store.ID]*crm.Activity{}
	for _, a := range w.activities() {
		before[a.ID] = a
	}
	w.saving = true
	err := w.tx(func(tx engine.Tx) error { return f(tx, w.nodes[0].hub) })
	w.saving = false
	if err != nil {
		if !refusal(err) {
			w.broke("panic", "%s, %s: %v", action, about, err)
		}
		w.say(u.Name, "%s %s: refused: %v", action, about, err)
		return false
	}
	for _, a := range w.activities() {
		if was := before[a.ID]; was != a {
			w.typed(u.Name, "crm", planOf(was), planOf(a))
			w.rows.edited[a.ID] = true
			w.typedAsGuest(u, a)
			if was != nil && a.Deleted() && w.meetingOf(was) != nil {
				w.soften(&was.Plan) // it goes on in the others' calendars, until they hear that it is called off
			}
			if was != nil && was.Deleted() && !a.Deleted() {
				w.backAgain(a)
			}
			w.say(u.Name, "%s %s: activity %d is %s", action, about, a.ID, state(a))
			w.concerns(action, w.sidesOf(a.OwnerID)...)
		}
	}
	return true
}

// backAgain: a person brought an activity back. If its item was deleted too, and nobody has told the CRM yet, it goes again:
// nothing that was typed says that it is wanted more than its deletion there.
func (w *World) backAgain(a *crm.Activity) {
	for _, s := range w.sides {
		for _, id := range s.server.order {
			if e := s.server.stored[id]; e.taken > 0 && e.gone && w.rows.linked[linkKey{s.id, string(id)}] == a.ID {
				for _, m := range marksOf(&a.Plan) {
					w.book.marks[m].excused = "brought back, and deleted in a calendar as well"
				}
			}
		}
	}
}

func state(a *crm.Activity) string {
	if a.Deleted() {
		return "deleted"
	}
	return brief(&a.Plan)
}

// refusal reports an error that says no to what a person asked for.
func refusal(err error) bool {
	var invalid *hub.Invalid
	var denied *hub.Denied
	var stale *hub.Stale
	return errors.As(err, &invalid) || errors.As(err, &denied) || errors.As(err, &stale) || errors.Is(err, store.ErrNotFound)
}

func createActivity(w *World) bool {
	u := &w.users[w.dice.below(len(w.users))]
	a := crm.Activity{Type: pick(w.dice, []string{"meeting", "call", "task"}), Plan: w.someEvent()}
	if w.dice.chance(80) {
		a.Plan.Start, a.Plan.End, a.Plan.Rule = calendar.Time{}, calendar.Time{}, ""
	}
	if a.Plan.Start.Kind != calendar.Date && a.Plan.Rule == "" && w.dice.chance(200) {
		a.Plan.Start.Wall += 30 // seconds, which some servers round
	}
	return w.save("create activity", u, "", func(tx engine.Tx, h *hub.Hub) error {
		_, err := h.Create(w.ctx, tx, hub.By(*u), a)
		return err
	})
}

// someActivity picks one of a person's own.
func (w *World) someActivity(fit func(*crm.Activity) bool) (*crm.User, *crm.Activity) {
	u := &w.users[w.dice.below(len(w.users))]
	list := slices.DeleteFunc(w.liveActivities(u.ID), func(a *crm.Activity) bool { return !fit(a) })
	if len(list) == 0 {
		return nil, nil
	}
	return u, pick(w.dice, list)
}

func anyActivity(*crm.Activity) bool      { return true }
func datedActivity(a *crm.Activity) bool  { return !a.Plan.Start.IsZero() }
func seriesActivity(a *crm.Activity) bool { return a.Plan.IsSeries() }

// patch saves fields of an activity, from a form that was opened at its revision, or through the API at none.
func (w *World) patch(action string, u *crm.User, a *crm.Activity, to crm.Activity, fields ...string) bool {
	base := a.Revision
	if w.dice.chance(300) {
		base = 0
	}
	saved := w.save(action, u, fmt.Sprint(a.ID), func(tx engine.Tx, h *hub.Hub) error {
		_, err := h.Update(w.ctx, tx, hub.By(*u), a.ID, hub.Change{Base: base, Fields: fields, To: to})
		return err
	})
	w.vain = saved && w.rows.activities[a.ID] == a
	return saved
}

func editActivity(w *World) bool {
	u, a := w.someActivity(anyActivity)
	if a == nil {
		return false
	}
	to := a.Clone()
	f := w.someField(&to.Plan.Values)
	return w.patch("edit activity", u, a, to, f.String())
}

func moveActivity(w *World) bool {
	u, a := w.someActivity(datedActivity)
	if a == nil {
		return false
	}
	to := a.Clone()
	w.moveWhen(&a.Plan, &to.Plan.Values)
	return w.patch("move activity", u, a, to, calendar.When.String())
}

func toggleActivity(w *World) bool {
	u, a := w.someActivity(anyActivity)
	if a == nil {
		return false
	}
	to := a.Clone()
	fields := []string{}
	if w.dice.chance(500) {
		to.Plan.Location = w.someText()
		fields = append(fields, calendar.Location.String())
	} else {
		w.soften(&a.Plan)
	}
	if w.dice.chance(700) {
		to.Plan.Busy = !to.Plan.Busy
		fields = append(fields, calendar.Busy.String())
	} else {
		to.Plan.Private = !to.Plan.Private
		fields = append(fields, calendar.Private.String())
	}
	return w.patch("toggle activity", u, a, to, fields...)
}

func editOccurrence(w *World) bool {
	u, a := w.someActivity(seriesActivity)
	if a == nil {
		return false
	}
	at, ok := w.someDate(&a.Plan)
	if !ok {
		return false
	}
	to := crm.Activity{Plan: calendar.Event{Values: a.Plan.On(at)}}
	field := calendar.When
	if w.dice.chance(300) {
		w.moveWhen(&a.Plan, &to.Plan.Values)
	} else {
		field = w.someField(&to.Plan.Values)
	}
	scope := hub.This
	if w.dice.chance(200) {
		scope = hub.All
	}
	return w.save("edit occurrence", u, fmt.Sprint(a.ID, " ", at, " ", scope), func(tx engine.Tx, h *hub.Hub) error {
		_, err := h.PatchOccurrence(w.ctx, tx, hub.By(*u), a.ID, at, scope, hub.Change{Fields: []string{field.String()}, To: to})
		return err
	})
}

func cancelOccurrence(w *World) bool {
	u, a := w.someActivity(seriesActivity)
	if a == nil {
		return false
	}
	at, ok := w.someDate(&a.Plan)
	if !ok {
		return false
	}
	scope := hub.This
	if w.dice.chance(200) {
		scope = hub.Following
	}
	w.soften(&a.Plan)
	return w.save("cancel occurrence", u, fmt.Sprint(a.ID, " ", at, " ", scope), func(tx engine.Tx, h *hub.Hub) error {
		return h.DeleteOccurrence(w.ctx, tx, hub.By(*u), a.ID, at, scope)
	})
}

func splitSeries(w *World) bool {
	u, a := w.someActivity(seriesActivity)
	if a == nil {
		return false
	}
	at, ok := w.someDate(&a.Plan)
	if !ok {
		return false
	}
	w.soften(&a.Plan)
	to := crm.Activity{Plan: calendar.Event{Values: calendar.Values{Subject: "Split " + w.book.fresh()}}}
	return w.save("split series", u, fmt.Sprint(a.ID, " ", at), func(tx engine.Tx, h *hub.Hub) error {
		_, err := h.PatchOccurrence(w.ctx, tx, hub.By(*u), a.ID, at, hub.Following, hub.Change{Fields: []string{"subject"}, To: to})
		return err
	})
}

func deleteActivity(w *World) bool {
	u, a := w.someActivity(anyActivity)
	return a != nil && w.save("delete activity", u, fmt.Sprint(a.ID), func(tx engine.Tx, h *hub.Hub) error {
		return h.Delete(w.ctx, tx, hub.By(*u), a.ID)
	})
}

func markDone(w *World) bool {
	u, a := w.someActivity(anyActivity)
	if a == nil {
		return false
	}
	to := a.Clone()
	to.Done = !to.Done
	return w.patch("mark done", u, a, to, append(w.ownWords(&to), hub.FieldDone)...)
}

func retype(w *World) bool {
	u, a := w.someActivity(anyActivity)
	if a == nil {
		return false
	}
	to := a.Clone()
	to.Type = pick(w.dice, []string{"meeting", "call", "task"})
	return w.patch("re-type", u, a, to, hub.FieldType)
}

func reassign(w *World) bool {
	u, a := w.someActivity(anyActivity)
	if a == nil {
		return false
	}
	to := a.Clone()
	to.OwnerID = pick(w.dice, w.users).ID
	w.soften(&a.Plan)
	return w.patch("reassign", u, a, to, hub.FieldOwner)
}

func restoreConflict(w *World) bool {
	u := &w.users[w.dice.below(len(w.users))]
	var list []store.ID
	for id := store.ID(1); len(w.rows.conflicts) > 0 && id < 10_000; id++ {
		if c := w.rows.conflicts[id]; c != nil && c.Resolved.IsZero() {
			list = append(list, id)
		}
	}
	if len(list) == 0 {
		return false
	}
	id := pick(w.dice, list)
	return w.save("restore conflict", u, fmt.Sprint(id), func(tx engine.Tx, h *hub.Hub) error {
		_, err := h.RestoreConflict(w.ctx, tx, hub.By(*u), id)
		return err
	})
}
