package world

import (
	"errors"
	"fmt"

	"tahti/internal/connection"
	"tahti/internal/crm"
	"tahti/internal/lens"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// someSide picks a connection that is as an action needs it.
func (w *World) someSide(fit func(*side) bool) *side {
	var list []*side
	for _, s := range w.sides {
		if fit(s) {
			list = append(list, s)
		}
	}
	if len(list) == 0 {
		return nil
	}
	return pick(w.dice, list)
}

func (s *side) stopped() bool { return s.state == store.Stopped }
func (s *side) paused() bool  { return s.state == store.Paused }
func running(s *side) bool    { return s.now().on }

// pressed says what became of something that a person pressed at a connection. What the product refuses has not happened; for what
// else goes wrong a button has no face.
func (w *World) pressed(s *side, action, how string, err error) bool {
	w.say(s.user.Name, "%s %s%s%s", action, s.name, how, orNot(err))
	var state *connection.ErrState
	var out *connection.ErrKeptOut
	var fails *provider.Error
	switch {
	case err == nil:
		w.concerns(action, s)
		return true
	case errors.As(err, &state), errors.As(err, &out), errors.As(err, &fails), errors.Is(err, connection.ErrBusy):
	default:
		w.broke("panic", "%s %s%s: %v", action, s.name, how, err)
	}
	return false
}

func pause(w *World) bool {
	s := w.someSide(running)
	if s == nil {
		return false
	}
	_, err := w.service.Pause(w.ctx, w.who(s), s.id)
	if w.pressed(s, "pause", "", err) {
		s.turn(func(x *span) { x.on = false })
	}
	return err == nil
}

func resume(w *World) bool {
	s := w.someSide((*side).paused)
	return s != nil && w.resumeAt(s)
}

func (w *World) resumeAt(s *side) bool {
	_, err := w.service.Resume(w.ctx, w.who(s), s.id)
	if w.pressed(s, "resume", "", err) {
		s.turn(func(x *span) { x.on = true })
	}
	return err == nil
}

func stop(w *World) bool {
	s := w.someSide(func(s *side) bool { return !s.stopped() })
	if s == nil {
		return false
	}
	keep := w.dice.chance(600)
	how := ""
	if !keep {
		how = " and removes what sync made"
		// From now on what sync made may go, also if the whole of it takes more than one try.
		s.turn(func(x *span) { x.on, x.leaving = false, true })
		w.cleaning = s
		s.forgetDeletions()
	}
	_, err := w.service.Stop(w.ctx, w.who(s), s.id, keep)
	w.cleaning = nil
	if w.pressed(s, "stop", how, err) && keep {
		s.turn(func(x *span) { x.on = false })
	}
	return err == nil
}

// forgetDeletions: what was deleted in the calendar and has not been told yet is never told once all ties end. Connected again, the
// connection begins anew, and what is in the CRM goes out.
func (s *side) forgetDeletions() {
	for _, id := range s.server.order {
		if e := s.server.stored[id]; e.gone && e.taken > 0 {
			s.server.softened(e)
		}
	}
}

func connectAgain(w *World) bool {
	s := w.someSide((*side).stopped)
	return s != nil && w.connectAt(s)
}

// connectAt connects a calendar that was stopped.
func (w *World) connectAt(s *side) bool {
	r := connection.Request{Provider: kindName, Sign: s.server.credentials(), Calendar: s.server.calendar, Settings: s.settings.JSON()}
	c, err := w.service.Connect(w.ctx, w.who(s), r)
	if err == nil {
		s.server.signedOut = false
	}
	if !w.pressed(s, "connect again", "", err) {
		return false
	}
	if c.ID != s.id {
		w.broke("I21", "%s was connected again as %d beside %d", s.name, c.ID, s.id)
	}
	if s.now().leaving || s.baselined == 0 { // it begins anew
		s.started = w.move
		clear(s.cleaned)
		for _, e := range s.server.live() {
			w.forgetKept(s, e, nil)
		}
		if s.now().leaving {
			clear(s.asked) // what somebody had asked for was removed with all the rest
		}
	}
	s.turn(func(x *span) { x.on = true })
	return true
}

// addAnew adds the account of a connection once more, whoever does it: a calendar that is connected is not connected twice (I21).
func addAnew(w *World) bool {
	s := w.someSide(func(s *side) bool { return !s.stopped() })
	if s == nil {
		return false
	}
	who := w.who(s)
	if w.dice.chance(300) {
		who.User = pick(w.dice, w.users)
	}
	c, err := w.service.Connect(w.ctx, who, connection.Request{
		Provider: kindName, Sign: s.server.credentials(), Calendar: s.server.calendar, Settings: lens.Defaults().JSON(),
	})
	if who.User.ID == s.user.ID {
		s.server.signedOut = false
	}
	var already *connection.ErrAlreadyConnected
	if errors.As(err, &already) && already.ID == s.id {
		w.say(who.User.Name, "adds the account of %s anew: it is connected already", s.name)
		w.concerns("add account anew", s)
		return true
	}
	if err == nil {
		w.broke("I21", "%s was connected a second time, as %d", s.name, c.ID)
	}
	return w.pressed(s, "add account anew", "", err)
}

func syncOne(w *World) bool {
	s := w.someSide(func(s *side) bool { return !s.stopped() })
	if s == nil {
		return false
	}
	list := w.liveActivities(s.user.ID)
	if len(list) == 0 {
		return false
	}
	return w.asksFor(s, pick(w.dice, list)) == nil
}

// asksFor is somebody who wants one activity in a calendar now. Where settings keep it out they are told so.
func (w *World) asksFor(s *side, a *crm.Activity) error {
	err := w.service.SyncOne(w.ctx, w.who(s), s.id, a.ID)
	if !w.pressed(s, "sync one", fmt.Sprint(", activity ", a.ID), err) {
		return err
	}
	s.asked[a.ID] = w.move
	if now := s.now(); !w.carries(s, &now, a) && !w.hasTie(s, a) {
		w.broke("I20", "%s: syncing activity %d is promised, and settings keep it out: %s", s.name, a.ID, brief(&a.Plan))
	}
	return nil
}

// hasTie: a connection has something for an activity, whatever settings say of what is not tied yet.
func (w *World) hasTie(s *side, a *crm.Activity) bool {
	err := w.db.View(w.ctx, w.company, func(tx *store.Tx) error {
		_, err := tx.LinkByActivity(w.ctx, s.id, a.ID)
		return err
	})
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		w.must("read a link", err)
	}
	return err == nil
}

// askedFor: somebody wanted it there, whatever the starting point, and no settings have kept it out since.
func (w *World) askedFor(s *side, a *crm.Activity) bool {
	at, asked := s.asked[a.ID]
	return asked && s.always(at, func(x *span) bool { return w.carries(s, x, a) })
}

// carries: what settings there are let an activity out.
func (w *World) carries(s *side, x *span, a *crm.Activity) bool {
	return s.sends(x, a) && (x.settings.Relay || !w.relayed(s, a))
}
