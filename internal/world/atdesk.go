package world

import (
	"fmt"
	"slices"

	"tahti/internal/calendar"
	"tahti/internal/connection"
	"tahti/internal/engine"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// signIn gives a connection that lost its sign-in the new password.
func signIn(w *World) bool {
	for _, s := range w.sides {
		if s.server.signedOut {
			w.concerns("sign in again", s)
			return w.signInAt(s)
		}
	}
	return false
}

func (w *World) signInAt(s *side) bool {
	err := w.service.Reconnect(w.ctx, w.who(s), s.account, s.server.credentials())
	w.say(s.user.Name, "signs in again at %s%s", s.name, orNot(err))
	if err == nil {
		s.server.signedOut = false
		return true
	}
	if class := provider.ClassOf(err); class != provider.RateLimited { // the host has asked for a rest, which a new password does not end
		w.must("sign in", err)
	}
	return false
}

// orNot says for the trace what became of something that was asked for.
func orNot(err error) string {
	if err == nil {
		return ""
	}
	return fmt.Sprintf(": refused: %v", err)
}

// letGoOn answers something that waits for a person.
func letGoOn(w *World) bool {
	held := slices.DeleteFunc(slices.Clone(w.sides), func(s *side) bool { return len(s.held) == 0 })
	if len(held) == 0 {
		return false
	}
	s := pick(w.dice, held)
	done := false
	for _, item := range w.waiting(s) {
		if w.answerOne(s, item, w.dice.below(3)) {
			done = true
			break
		}
	}
	done = w.decideHold(s, w.dice.chance(700)) || done
	if done {
		w.concerns("let it go on", s)
	}
	return done
}

func (w *World) waiting(s *side) []store.Work {
	var list []store.Work
	w.must("list what waits", w.db.View(w.ctx, w.company, func(tx *store.Tx) (err error) {
		list, err = tx.ListWork(w.ctx, s.id, 0, 500)
		return err
	}))
	return list
}

// answerOne presses a button at an item that waits: 0 gives it up, else it is tried or sent.
func (w *World) answerOne(s *side, item store.Work, how int) bool {
	who := connection.Who{Company: w.company, User: *s.user}
	var err error
	switch {
	case s.stopped():
		return false // the buttons are not there
	case item.HeldBy == store.HeldBySending && how > 0 && s.settings.Guests == "never":
		return false // the button is not there
	case item.HeldBy == store.HeldBySending && how > 0:
		w.say(s.user.Name, "sends %s at %s", item.Subject, s.name)
		s.tally().allowed[item.Subject] = true
		err = w.service.Send(w.ctx, who, item.ID)
	case item.Reason == engine.UnsureItem && s.server.crm:
		return false // it is answered at the activity
	case item.Reason == engine.Unsure && s.server.crm && how > 0:
		return w.answerQuestion(s, item)
	case item.HeldBy == store.HeldByParked && how > 0:
		w.say(s.user.Name, "tries %s at %s again (%s)", item.Subject, s.name, item.Reason)
		w.letIn(s, item)
		err = w.service.Retry(w.ctx, who, item.ID)
	case item.HeldBy == store.HeldBySending:
		w.say(s.user.Name, "gives %s at %s up (%s)", item.Subject, s.name, item.Reason)
		w.giveUp(s, item)
		err = w.service.Drop(w.ctx, who, item.ID)
	default:
		return false
	}
	w.must("answer "+item.Subject, err)
	return true
}

// letIn: whoever tries again what waits as a mirror is told that this lets it in, and so says that it is something else than what it was
// set aside as a copy of.
func (w *World) letIn(s *side, item store.Work) {
	if s.former == nil || item.Reason != engine.Mirror {
		return
	}
	var twins []store.Twin
	w.must("read what it is a mirror of", w.db.View(w.ctx, w.company, func(tx *store.Tx) (err error) {
		twins, err = tx.Twins(w.ctx, s.id)
		return err
	}))
	s.former.open = slices.DeleteFunc(s.former.open, func(c counterpart) bool {
		return slices.ContainsFunc(twins, func(t store.Twin) bool {
			return t.State == store.TwinMirror && item.Subject == "r:"+t.Remote && t.Remote == string(c.there.id) && t.Activity == c.here
		})
	})
}

// giveUp: what differs between the two sides is accepted, so nobody misses it on the other side.
func (w *World) giveUp(s *side, item store.Work) {
	s.accepted = append(s.accepted, item.Subject)
	for _, a := range w.liveActivities(0) {
		if item.Subject == "a:"+number(a.ID) {
			w.excuse(&a.Plan, "given up")
		}
	}
	for _, id := range s.server.order {
		e := s.server.stored[id]
		switch {
		case item.Subject != "r:"+string(id):
		case e.gone:
			s.server.softened(e) // its deletion was taken back
		default:
			w.excuse(&e.event, "given up")
		}
	}
}

// excuse lets what a place shows be lost, and its deletion be outlived.
func (w *World) excuse(e *calendar.Event, why string) {
	w.soften(e)
	for _, m := range marksOf(e) {
		w.book.marks[m].excused = why
	}
}

// decideHold confirms or rejects what a brake holds.
func (w *World) decideHold(s *side, confirm bool) bool {
	who := connection.Who{Company: w.company, User: *s.user}
	holds, err := w.service.Holds(w.ctx, who, s.id)
	w.must("list holds", err)
	if s.former != nil && s.former.left && w.calm {
		holds = slices.DeleteFunc(holds, func(h store.Hold) bool { return h.Kind == engine.HoldTwin })
	}
	if len(holds) == 0 {
		return false
	}
	h := holds[0]
	w.say(s.user.Name, "decides the hold %d at %s: %d × %s %s, confirmed: %t", h.ID, s.name, h.Size, h.Kind, h.Direction, confirm)
	if confirm {
		w.letPass(s, h.ID)
		w.must("confirm", w.service.Confirm(w.ctx, who, h.ID))
		return true
	}
	for _, item := range w.waiting(s) {
		if item.HeldBy == fmt.Sprint(store.HeldByBrake, h.ID) {
			w.giveUp(s, item)
		}
	}
	w.must("reject", w.service.Reject(w.ctx, who, h.ID))
	return true
}

// must is for what never fails in a world in which nothing breaks.
func (w *World) must(what string, err error) {
	if err != nil {
		w.broke("panic", "%s: %v", what, err)
	}
}
