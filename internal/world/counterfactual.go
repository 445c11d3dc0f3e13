package world

import (
	"errors"
	"slices"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/connection"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/hub"
	"tahti/internal/lens"
	"tahti/internal/store"
)

// counterfactuals lets somebody do what does not help, and then what does.
func (w *World) counterfactuals(q *question, list []engine.Obstacle) {
	if c, ok := w.otherSetting(list); ok && !w.changesNothing(q, "other setting", func() bool {
		return w.saves(q.s, map[string]any{c.name: pick(w.dice, c.values)}, connection.Save{OnNarrow: connection.KeepMirrors}, true)
	}) {
		return
	}
	now := w.explained(q).Obstacles
	for _, o := range list {
		if !slices.ContainsFunc(now, func(n engine.Obstacle) bool { return n.Reason == o.Reason }) {
			w.broke("explain", "%s: %s was in the way, and no more since another setting was changed: %s", q, o.Reason, inTheWay(now))
			return
		}
	}
	w.clearAway(q, now)
}

// otherSetting is a setting that none of the obstacles names, nor lets in what was dropped.
func (w *World) otherSetting(list []engine.Obstacle) (choice, bool) {
	other := slices.DeleteFunc(slices.Concat(choices, bounds, fancies), func(c choice) bool {
		return slices.ContainsFunc(list, func(o engine.Obstacle) bool {
			return o.Setting == c.name || o.Reason == lens.Dropped && slices.Contains(scoping, c.name)
		})
	})
	return pick(w.dice, other), w.dice.chance(700)
}

// scoping are the settings that decide what takes part: under others what somebody has dropped is looked at anew.
var scoping = []string{"direction", "types_out", "start", "private", "relay", "rules"}

// changesNothing: what somebody does leaves what is asked about as it was. It answers false where that could not be seen.
func (w *World) changesNothing(q *question, what string, do func() bool) bool {
	has, there, heard := w.holding(q), w.there(q), q.s.heard
	if !do() || !w.rests(q.s) || len(w.broken) > 0 || q.s.heard != heard {
		return false // where a letter has come, it may be that which has changed it
	}
	w.did(what, q.s)
	if is := w.holding(q); is != has || w.there(q) != there {
		w.broke("explain", "%s: there is more in the way, and what was %q is %q", q, has, is)
		return false
	}
	return true
}

// mayClear: what people of a world can do about an obstacle.
func mayClear(q *question, o *engine.Obstacle) bool {
	switch o.Remedy {
	case lens.Undo:
		return q.bold
	case lens.ChangeSetting, lens.SyncOne, lens.SetDate, lens.ChangeActivity:
		return true
	}
	return false
}

// clearAway does all that is named but one thing, which changes nothing, and then what is named still: then it is there. A type that its
// item was given while the tie rested comes in first, and settings may leave that out: that is named then, and cleared away as well.
func (w *World) clearAway(q *question, list []engine.Obstacle) {
	if slices.ContainsFunc(list, func(o engine.Obstacle) bool { return !mayClear(q, &o) }) {
		return
	}
	if left := w.dice.below(2 * len(list)); len(list) > 1 && left < len(list) {
		some := slices.Delete(slices.Clone(list), left, left+1)
		if !w.changesNothing(q, "all but one", func() bool { return w.clears(q, some) }) {
			return
		}
		if list = w.explained(q).Obstacles; len(list) == 0 {
			w.broke("explain", "%s: nothing is in the way any more, though something was left", q)
			return
		}
	}
	heard, was := q.s.heard, w.typeOf(q)
	if !w.clears(q, list) || !w.rests(q.s) || len(w.broken) > 0 || q.s.heard != heard {
		return
	}
	w.did("clear away", q.s)
	if q.e != nil && (q.s.server.outside(q.e) || q.e.lateUntil.After(w.now)) {
		return // it comes in with the window, or once it is to be seen
	}
	x := w.explained(q)
	if left := func(o engine.Obstacle) bool { return o.Reason == lens.TypeNotSelected }; w.typeOf(q) != was && slices.ContainsFunc(x.Obstacles, left) {
		w.clearAway(q, x.Obstacles)
		return
	}
	if !x.InSync || !w.there(q) {
		w.broke("explain", "%s: all that was in the way is cleared away, and it is not there: %s, %s", q, inTheWay(list), inTheWay(x.Obstacles))
	}
}

func (w *World) clears(q *question, list []engine.Obstacle) bool {
	for _, o := range list {
		if !w.clear(q, &o) {
			return false
		}
	}
	return true
}

// clear does what one obstacle names.
func (w *World) clear(q *question, o *engine.Obstacle) bool {
	a := w.rows.activities[w.activityOf(q)]
	switch {
	case q.bold && o.Remedy == lens.Undo && a != nil:
		return w.undoes(q, a)
	case q.bold && o.Reason == lens.OtherOwner && a != nil:
		return w.makesOwn(q, a)
	case o.Remedy == lens.ChangeSetting:
		return w.saves(q.s, map[string]any{o.Setting: o.To}, connection.Save{OnNarrow: connection.KeepMirrors}, false)
	case a == nil || a.OwnerID != q.s.user.ID:
		return false // a colleague's
	case o.Remedy == lens.SyncOne:
		err := w.asksFor(q.s, a)
		_, refused := errors.AsType[*connection.ErrKeptOut](err) // as something else was left
		return refused || err == nil
	}
	to, field := a.Clone(), calendar.When.String()
	switch o.Reason {
	case lens.NoDate:
		if !w.dates(q.s, &to.Plan) {
			return false
		}
	case lens.PrivateNotHeld:
		to.Plan.Private, field = false, calendar.Private.String()
	case lens.OwnersOnly:
		to.Visibility, field = crm.Everyone, hub.FieldVisibility
	default:
		return false
	}
	w.soften(&a.Plan)
	return w.patch("clear away", q.s.user, a, to, field)
}

// dates gives something without a date one that does not lie before the starting point of a calendar.
func (w *World) dates(s *side, e *calendar.Event) bool {
	day, err := time.Parse(time.DateOnly, string(s.settings.Start))
	for range 30 {
		if e.Start, e.End = w.someWhen(); err != nil || e.Start.Wall > calendar.WallIn(day, time.UTC)+calendar.Day {
			return true
		}
	}
	return false
}

// activityOf is what is asked about, or what an event was tied to.
func (w *World) activityOf(q *question) store.ID {
	if q.e != nil {
		return w.rows.linked[linkKey{q.s.id, string(q.e.id)}]
	}
	return q.a
}

// typeOf is the type of the activity that is asked about; empty: there is none.
func (w *World) typeOf(q *question) string {
	if a := w.rows.activities[w.activityOf(q)]; a != nil {
		return a.Type
	}
	return ""
}
