package world

import (
	"encoding/json"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/hub"
	"tahti/internal/store"
)

// checkSent: a calendar is sent nothing that its user may not know (I23).
func (w *World) checkSent(s *server, e *calendar.Event) {
	told(e, func(m string, _ bool) {
		if k := w.book.secrets[m]; k != nil && k.may&w.whom(s.side.user.ID) == 0 {
			w.broke("I23", "%s is sent %s, which is not for %s: %s", s.name, m, s.side.user.Name, brief(e))
		}
	})
}

// mayKnow reports in which words something shows a person what is not for them; "" if it does not.
func (w *World) mayKnow(viewer *crm.User, shown string) string {
	for _, m := range markPattern.FindAllString(shown, -1) {
		if k := w.book.secrets[m]; k != nil && k.may&w.whom(viewer.ID) == 0 {
			return m
		}
	}
	return ""
}

// checkShown: what the hub shows to a person holds nothing that they may not know (I23).
func (w *World) checkShown(viewer *crm.User, what string, shown any) {
	b, err := json.Marshal(shown)
	w.must("write what is shown", err)
	if m := w.mayKnow(viewer, string(b)); m != "" {
		w.broke("I23", "%s is shown %s in %s: %s", viewer.Name, m, what, b)
	}
}

// checkTold: what is said of something that waits, or why something was refused, names no details (I23).
func (w *World) checkTold(what, text string) {
	for _, m := range markPattern.FindAllString(text, -1) {
		if k := w.book.secrets[m]; k != nil && k.may != w.everyone() {
			w.broke("I23", "%s tells %s: %s", what, m, text)
		}
	}
}

// checkSurfaces shows each of the people everything that others have, the first of them being an administrator.
func (w *World) checkSurfaces() {
	for i := range w.users {
		u := &w.users[i]
		w.must("look around", w.db.View(w.ctx, w.company, func(tx *store.Tx) error { return w.looksAround(tx, u) }))
	}
}

func (w *World) looksAround(tx engine.Tx, u *crm.User) error {
	h := w.nodes[0].hub
	page, err := h.List(w.ctx, tx, *u, store.ActivityFilter{Deleted: true, Limit: hub.MaxPage})
	if err != nil {
		return err
	}
	for _, shown := range page.Items {
		if shown.Activity.OwnerID != u.ID {
			w.checkShown(u, "the list", shown)
		}
	}
	page, err = h.List(w.ctx, tx, *u, store.ActivityFilter{Types: []string{"meeting"}, Limit: hub.MaxPage})
	if err != nil {
		return err
	}
	for _, shown := range page.Items {
		if shown.Masked {
			w.broke("I23", "%s finds out of which type activity %d is", u.Name, shown.Activity.ID)
		}
	}
	history, err := h.HistoryOf(w.ctx, tx, *u, 0, 0, 0, hub.MaxPage)
	if err != nil {
		return err
	}
	for _, row := range history {
		w.checkShown(u, "history", row)
	}
	conflicts, err := h.ConflictsOf(w.ctx, tx, *u, 0, 0, hub.MaxPage)
	if err != nil {
		return err
	}
	for _, row := range conflicts {
		w.checkShown(u, "conflicts", row)
	}
	return nil
}

// lookAround is somebody who opens what a colleague has, and tries to change it.
func lookAround(w *World) bool {
	u := &w.users[w.dice.below(len(w.users))]
	var list []*crm.Activity
	for _, a := range w.activities() {
		if a.OwnerID != u.ID {
			list = append(list, a)
		}
	}
	if len(list) == 0 {
		return false
	}
	a := pick(w.dice, list)
	h, masked := w.nodes[0].hub, false
	w.must("look", w.db.View(w.ctx, w.company, func(tx *store.Tx) error {
		shown, err := h.Get(w.ctx, tx, *u, a.ID)
		if err != nil {
			return err
		}
		masked = shown.Masked
		w.checkShown(u, "the activity", shown)
		history, err := h.HistoryOf(w.ctx, tx, *u, 0, a.ID, 0, 50)
		for _, row := range history {
			w.checkShown(u, "the activity's history", row)
		}
		return err
	}))
	if !masked {
		return true
	}
	to := a.Clone()
	guess := w.dice.chance(500)
	if !guess {
		w.someField(&to.Plan.Values)
	}
	err := w.tx(func(tx engine.Tx) error {
		_, err := h.Update(w.ctx, tx, hub.By(*u), a.ID, hub.Change{Fields: []string{"subject", "location", "description"}, To: to})
		return err
	})
	switch {
	case err == nil:
		w.broke("I23", "%s changes activity %d, which they do not see (guess %t)", u.Name, a.ID, guess)
	case !refusal(err):
		w.broke("panic", "change a masked activity: %v", err)
	default:
		w.checkTold("a refusal", err.Error())
	}
	return true
}
