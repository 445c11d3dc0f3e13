package world

import (
	"slices"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/store"
)

// audience is a set of the people of a company: who may know something that somebody typed.
type audience uint16

// confidence is what is known of who may know a mark (I23). Starts are no secret: whoever sees that somebody is busy sees when.
type confidence struct {
	may audience
	// kept: it was typed where it was private, and nobody has shown it openly since.
	kept bool
	at   *side // where that was; nil: in the CRM
}

// whom is one of the people as an audience.
func (w *World) whom(user store.ID) audience {
	i := slices.IndexFunc(w.users, func(u crm.User) bool { return u.ID == user })
	if i < 0 {
		return 0
	}
	return 1 << i
}

// everyone is the whole company.
func (w *World) everyone() audience { return 1<<len(w.users) - 1 }

// told are the texts of an event and whether they are private where they stand: all of a private series, and private dates.
func told(e *calendar.Event, f func(mark string, private bool)) {
	if e == nil {
		return
	}
	each := func(v *calendar.Values, private bool) {
		for _, text := range []string{v.Subject, v.Location, v.Description} {
			for _, m := range markPattern.FindAllString(text, -1) {
				f(m, private)
			}
		}
	}
	each(&e.Values, e.Private)
	for i := range e.Overrides {
		o := &e.Overrides[i]
		each(&o.Values, e.Private || o.Set.Has(calendar.Private) && o.Private)
	}
}

func (l *ledger) secretOf(m string) *confidence {
	k := l.secrets[m]
	if k == nil {
		k = &confidence{}
		l.secrets[m] = k
	}
	return k
}

// toldThere notes what a person, or a letter from one, left at a calendar: whose it is sees it there, and if it is not private, who sees
// the activity that it belongs to.
func (w *World) toldThere(s *side, e *entry) {
	if s == nil {
		return
	}
	says := s.saysPrivate()
	a := w.activityIn(s, e)
	open := a != nil || !e.ours
	if a != nil {
		told(&a.Plan, func(_ string, private bool) { open = open && !private })
	}
	told(&e.event, func(m string, private bool) {
		k, fresh := w.book.secretOf(m), w.book.secrets[m].may == 0
		k.may |= w.whom(s.user.ID)
		if s.server.crm {
			k.may, k.kept = w.everyone(), false // colleagues see it there
		}
		if a != nil && (!private || !says) {
			k.may |= w.audienceOf(a, a.Plan.Private)
		}
		switch {
		case !says && open:
			// Whoever copies or splits something into an event that is nobody's secret, where events say nothing of privacy or their user
			// wants that to be passed over, has put it where it is like any other. What goes on with a private activity stays as private as
			// that one is; a test beside the engine holds it.
			k.kept = false
		case !says && e.meeting != nil && a != nil && !a.Plan.Private:
			// What the organiser of a meeting tells comes to each guest apart: open to one it is open, also if another one heard of it first.
			k.kept = false
		case !says: // it says nothing of privacy, or its user wants that to be passed over
		case !private:
			k.kept = false
		case fresh:
			k.kept, k.at = true, s
		}
	})
}

// activityIn is the activity that an event shows: the one it is tied to, or, where nobody has answered yet that it was made, the one it was
// made for.
func (w *World) activityIn(s *side, e *entry) *crm.Activity {
	if a := w.rows.activities[w.rows.linked[linkKey{s.id, string(e.id)}]]; a != nil || !e.ours {
		return a
	}
	return w.rows.activities[activityOfKey(string(e.key))]
}

// heardOpenly: what stands openly in the calendar of somebody who takes part in a colleague's activity, and loses here. Whoever owns that by
// the time it is heard may know it, also if it was typed before it came to be theirs, and only its owner saw the activity then: had it not
// lost, they would find it there. So it is with what somebody types into an activity that is not private, and with what the organiser of a
// meeting tells a guest, also where its activity is private: it is no secret of the guest's, nor of an earlier owner's.
func (w *World) heardOpenly(s *side, c *store.Conflict) {
	a, lost := w.rows.activities[c.Activity], markPattern.FindAllString(string(c.Lost), -1)
	if a == nil || w.shareOf(a.ID, s.user.ID) == nil {
		return
	}
	for _, e := range s.server.live() {
		if w.rows.linked[linkKey{s.id, string(e.id)}] != a.ID {
			continue
		}
		told(&e.event, func(m string, private bool) {
			if !slices.Contains(lost, m) || private && s.saysPrivate() {
				return
			}
			if k := w.book.secretOf(m); e.meeting != nil || !a.Plan.Private && !k.kept {
				k.may |= w.whom(a.OwnerID)
			}
		})
	}
}

// opened: a person no longer keeps an event to themselves, and what they typed into it at the other side is open as well.
func (w *World) opened(s *side, e *entry, before *calendar.Event) {
	if !before.Private || e.event.Private {
		return
	}
	told(before, func(m string, _ bool) { w.book.secretOf(m).kept = false })
	a := w.activityIn(s, e)
	if e.opened = a == nil; a != nil {
		w.rows.opened[a.ID] = true
	}
}

// openedBefore: an activity comes in private as its event was when it was read, and somebody has opened that since, for what they will type
// into it here as well. Nothing tells that from an event that is opened behind it.
func (w *World) openedBefore(s *side, a *crm.Activity) bool {
	e := w.itemOf(s, a.ID)
	return e != nil && e.opened && !e.event.Private && a.Plan.Private
}

// audienceOf are those who may see a part of an activity: of a private one its owner, of one that is kept to who takes part those, else
// the company. It is written apart from the hub's own rule.
func (w *World) audienceOf(a *crm.Activity, private bool) audience {
	owner := w.whom(a.OwnerID)
	if private {
		return owner
	}
	some, open := owner, a.Visibility == crm.Everyone
	for _, p := range w.rows.shares[a.ID] {
		some |= w.whom(p.UserID)
		open = open && !p.Private
	}
	if open {
		return w.everyone()
	}
	return some
}

// activityTold notes who may see what an activity says since a transaction, and that sync did not show more of it than people did: what
// is private does not become open by itself, and does not go to somebody else with the activity (I23).
func (w *World) activityTold(by *worker, was, a *crm.Activity) {
	person := by == nil && w.saving
	if person && was != nil && was.Plan.Private && !a.Plan.Private || by != nil && was == nil && w.openedBefore(by.side, a) {
		w.rows.opened[a.ID] = true
	}
	passed := was != nil && was.OwnerID != a.OwnerID
	told(&a.Plan, func(m string, private bool) {
		k, fresh := w.book.secretOf(m), w.book.secrets[m].may == 0
		may := w.audienceOf(a, private)
		switch {
		case person && fresh && private:
			k.kept, k.at = true, nil
		case person && !private:
			k.kept = false
		case person:
		case passed && !private && may&^k.may == 0:
			// Of a private meeting that passes on there is what stands in its new owner's own copy, as open as that: it came to them from its
			// organiser, and is seen by nobody who does not know it.
			k.kept = false
		case k.kept && !private && !w.rows.opened[a.ID] && !(k.at != nil && k.at.ever(0, ordinary)):
			w.broke("I23", "%s was private where it was typed, and activity %d shows it to others: %s", m, a.ID, brief(&a.Plan))
		case passed && k.may&w.whom(a.OwnerID) == 0:
			w.broke("I23", "%s goes to user %d with activity %d, and nobody gave it to them: %s", m, a.OwnerID, a.ID, brief(&a.Plan))
		}
		k.may |= may
	})
}

// joined: whoever takes part in an activity may see what those may.
func (w *World) joined(activity store.ID) {
	if a := w.rows.activities[activity]; a != nil {
		told(&a.Plan, func(m string, private bool) { w.book.secretOf(m).may |= w.audienceOf(a, private) })
	}
}

// saysPrivate reports whether a calendar says what is private in it, and its user always wanted that heard.
func (s *side) saysPrivate() bool {
	return s.server.fields.Has(calendar.Private) && !s.ever(0, ordinary)
}

// ordinary: private events are taken for ordinary ones.
func ordinary(x *span) bool { return x.settings.Private == "ordinary" }
