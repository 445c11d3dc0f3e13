package world

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/connection"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/hub"
	"tahti/internal/lens"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// Some worlds have another CRM among their calendars, like Pipedrive: its items have a type, are done, have a note and belong to
// somebody; they never recur, nothing in it is private, hidden or guarded, its times have no zone, no list tells what was deleted, and
// nothing finds what was made. People of such worlds are all in one zone, in which the CRM shows its times to them, so that a start that
// somebody types reads the same wherever it is.

const (
	// crms is the stream of whether a seed has one, and how it is connected; crmActs that of what people do there.
	crms, crmActs = -17, -18
	// withCRM is how many seeds in a thousand have one.
	withCRM = 150
)

// drawCRM connects one or two people of a seed to the CRM.
func (p *plan) drawCRM(seed uint64) {
	d := newDice(seed, crms)
	if p.crm = d.chance(withCRM); !p.crm {
		return
	}
	f := &p.firms[0]
	for user := range 1 + d.below(2) {
		s := sidePlan{user: user, kind: calendars, settings: lens.Defaults(), there: d.below(3)}
		s.settings.Start = lens.Everything
		s.settings.Conflicts = pick(d, []string{"newest", "newest", "crm", "calendar"})
		s.settings.Visibility = pick(d, []string{"owner", "everyone"})
		s.settings.Relay = d.chance(300)
		f.sides = append(f.sides, s)
	}
}

var oneZone = func() *time.Location {
	loc, err := time.LoadLocation(zones[0])
	if err != nil {
		panic(err)
	}
	return loc
}()

// inOneZone is a time on the clock of people who are all in one zone.
func inOneZone(t calendar.Time) calendar.Time {
	if t.Kind == calendar.Date || t.IsZero() {
		return t
	}
	return calendar.InZone(t.Wall, zones[0])
}

// heldByCRM takes out of an event what such a CRM cannot hold.
func heldByCRM(e *calendar.Event) {
	e.Rule, e.Extra, e.Overrides, e.Cancelled = "", nil, nil, nil
	for _, f := range (calendar.AllFields &^ kinds[calendars].fields &^ calendar.Fields(calendar.Recurrence)).List() {
		calendar.Copy(f, &e.Values, &calendar.Values{})
	}
	f := e.Facet()
	if f.Type.ID == "" {
		f.Type = calendar.Ref{ID: "task", Name: "Task"}
	}
	e.Facets = &f
}

// inItsWords says times as the CRM's protocol does.
func inItsWords(e *calendar.Event) {
	e.UID = ""
	for _, t := range []*calendar.Time{&e.Start, &e.End} {
		if t.Kind == calendar.Zoned {
			*t = calendar.AtUTC(t.Instant(oneZone))
		}
	}
}

// atHome says them as people see them there.
func atHome(e *calendar.Event) {
	for _, t := range []*calendar.Time{&e.Start, &e.End} {
		if t.Kind == calendar.UTC {
			*t = calendar.InZone(calendar.WallIn(t.Instant(time.UTC), oneZone), zones[0])
		}
	}
}

// MadeSince answers what was made since an instant of the worker's clock.
func (r *remote) MadeSince(ctx context.Context, at time.Time) (items []provider.Item, err error) {
	skew := r.k.node.Now().Sub(r.s.w.now)
	r.asksFor("look", "what was made")
	err = r.call(ctx, "find what was made", func() error {
		for _, e := range r.s.live() {
			if !e.inserted.Before(at.Add(-skew)) {
				items = append(items, r.s.item(e))
			}
		}
		return nil
	})
	return items, err
}

// limited: a CRM may not be given an activity, or only by whose it was born there.
func limited(a *crm.Activity) bool {
	return a.Plan.Private || a.Plan.IsSeries() || a.Visibility != crm.Everyone
}

// cannotHold: an activity stays on our side of this one. It is written apart from the lens.
func (s *side) cannotHold(a *crm.Activity) bool {
	if !s.server.crm {
		return false
	}
	shares := s.server.w.rows.shares[a.ID]
	kept := a.Visibility != crm.Everyone || slices.ContainsFunc(shares, func(p crm.Participant) bool { return p.Private })
	return a.Plan.Private || a.Plan.IsSeries() || kept && a.Origin != s.id
}

// checkAsked: a CRM is asked only for what it has, in its words.
func (w *World) checkAsked(s *server, p provider.Put) {
	if more := p.Fields &^ s.fields; more != 0 {
		w.broke("contract", "%s was to write %s, which it does not have", s.name, more)
	}
	f := p.Event.Facet()
	for _, field := range (p.Fields & calendar.References).List() {
		if r := f.Ref(field); r.Here != 0 || r.ID != "" && !strings.HasSuffix(r.ID, " of "+w.firm.name) {
			w.broke("apart", "%s was to refer to %+v", s.name, *r)
		}
	}
	if start := p.Event.Start; start.Kind != calendar.Date && (start.Kind != calendar.UTC || start.Wall%60 != 0) || p.Event.IsSeries() {
		w.broke("contract", "%s was given %s", s.name, brief(&p.Event))
	}
}

// checkOwner: an activity stands in a CRM that all share as its owner's, and as nobody else's who takes part in it (I10).
func (w *World) checkOwner(by *worker, s *server, activity store.ID) {
	a := w.rows.activities[activity]
	if s.crm && a != nil && a.OwnerID != s.side.user.ID && w.rows.limited[activity] < by.began {
		w.broke("I10", "%s is to get activity %d of user %d: %s", s.name, activity, a.OwnerID, brief(&a.Plan))
	}
}

// checkShared: what only some may know is not written where all colleagues see it, unless it was born there (I23).
func (w *World) checkShared(s *server, e *entry) {
	if !s.crm {
		return
	}
	activity := w.rows.linked[linkKey{s.side.id, string(e.id)}]
	if activity == 0 {
		activity = activityOfKey(string(e.key))
	}
	if a := w.rows.activities[activity]; a == nil || a.Origin == s.side.id {
		return
	}
	told(&e.event, func(m string, _ bool) {
		if k := w.book.secrets[m]; k != nil && k.may != w.everyone() {
			w.broke("I23", "%s is sent %s, which is not for everybody: %s", s.name, m, brief(&e.event))
		}
	})
}

// checkFacets compares what a CRM's item says beside with its activity (I2, and for references I10).
func (w *World) checkFacets(s *side, e *entry, a *crm.Activity) {
	if !s.server.crm {
		return
	}
	f := e.besideAsTaken(a, e.event.Facet())
	if f.Note != a.Note || f.Done != a.Done || f.Type.ID != a.Type {
		w.broke("I2", "activity %d and %s at %s differ in note, done or type:\n  %q %t %s\n  %+v", a.ID, e.id, s.name, a.Note, a.Done, a.Type, f)
	}
	var name, tie string
	w.must("read ties", w.db.View(w.ctx, w.company, func(tx *store.Tx) error {
		if a.PersonID == 0 {
			return nil
		}
		p, err := tx.Person(w.ctx, a.PersonID)
		if name = p.Name; err != nil {
			return err
		}
		tie, err = tx.ExternalID(w.ctx, s.server.address, hub.FieldPerson, a.PersonID)
		if errors.Is(err, store.ErrNotFound) {
			tie, err = f.Person.ID, nil // nobody knows what it is there: that stays as it is
		}
		return err
	}))
	if f.Person.ID != tie && !e.personAsTaken(a, &f) {
		w.broke("I2", "activity %d belongs to %q, %q there, and %s at %s to %+v", a.ID, name, tie, e.id, s.name, f.Person)
	}
	if name != "" && !strings.HasSuffix(name, " of "+w.firm.name) {
		w.broke("apart", "activity %d of %s belongs to %q", a.ID, w.firm.name, name)
	}
}

// noteDeleted: what was noted of an activity goes with it, whichever calendar its deletion comes from.
func (w *World) noteDeleted(a *crm.Activity) {
	for _, m := range markPattern.FindAllString(a.Note, -1) {
		if k := w.book.marks[m]; k != nil {
			k.replaced, k.deleted, k.gone = true, true, w.move
		}
	}
}

// crmAhead lets somebody of such a world do what only a CRM has, before every fourth move.
func (w *World) crmAhead() {
	if !w.hasCRM {
		return
	}
	w.sometimes(crmActs, 300, func() {
		w.in(w.firms[0], func() {
			switch w.dice.below(8) {
			case 0, 1:
				w.renameUnanswered()
			case 2:
				w.keepPrivateOfCRM()
			case 3, 4:
				w.facetHere()
			default:
				w.facetThere()
			}
		})
	})
}

// losesWord: a CRM does not answer a fourth of its creations, as how that ends is what sets it apart.
func (s *server) losesWord() bool {
	w := s.w
	if !s.crm || w.calm || !newDice(w.Seed, crmActs-100*w.move-50).chance(250) {
		return false
	}
	w.struck(ErrorAfter, s.side)
	w.say("fault", "%s does not answer what it has made", s.name)
	return true
}

// What people do of whom only a CRM has something.
const (
	renaming = "rename what was not answered"
	hiding   = "keep private of the CRM"
)

// renameUnanswered is somebody who renames what sync has just made in the CRM, before sync knows that it did.
func (w *World) renameUnanswered() {
	for _, s := range w.sides {
		for _, e := range s.server.live() {
			if !s.server.crm || !e.ours || w.rows.linked[linkKey{s.id, string(e.id)}] != 0 {
				continue
			}
			w.change(renaming, s, e, func(ev *calendar.Event) { ev.Subject = "Renamed " + w.book.fresh() })
			w.did(renaming, s)
			return
		}
	}
}

// keepPrivateOfCRM is somebody who makes an activity private that the CRM has, and goes on typing into it; or opens it.
func (w *World) keepPrivateOfCRM() {
	for _, s := range w.sides {
		for _, e := range s.server.live() {
			a := w.rows.activities[w.rows.linked[linkKey{s.id, string(e.id)}]]
			if !s.server.crm || a == nil || a.Deleted() || a.OwnerID != s.user.ID || w.dice.chance(500) {
				continue
			}
			to := a.Clone()
			to.Plan.Private, to.Plan.Location = true, w.book.fresh()
			w.soften(&a.Plan)
			if w.patch(hiding, s.user, a, to, calendar.Private.String(), calendar.Location.String()) {
				w.did(hiding, s)
			}
			return
		}
	}
}

// someRef is somebody, or some deal, of the CRM.
func (w *World) someRef(kind string) calendar.Ref {
	if w.dice.chance(250) {
		return calendar.Ref{}
	}
	name := fmt.Sprintf("%s %d of %s", kind, w.dice.below(3), w.firm.name)
	return calendar.Ref{ID: name, Name: name}
}

// facetThere is somebody who changes what an item of the CRM says beside.
func (w *World) facetThere() {
	s := w.someSide(func(s *side) bool { return s.server.crm && len(s.server.live()) > 0 })
	if s == nil {
		return
	}
	e := pick(w.dice, s.server.live())
	w.soften(&e.event)
	w.change("change facet there", s, e, func(ev *calendar.Event) {
		f := ev.Facet()
		switch w.dice.below(5) {
		case 0:
			f.Note = w.book.fresh()
		case 1:
			f.Done = !f.Done
		case 2:
			key := pick(w.dice, []string{"call", "meeting", "task", "visit"})
			f.Type = calendar.Ref{ID: key, Name: key}
		case 3:
			f.Person = w.someRef("person")
		default:
			f.Deal = w.someRef("deal")
		}
		ev.Facets = &f
	})
	w.did("change facet there", s)
}

// facetHere is somebody who changes the same in an activity.
func (w *World) facetHere() {
	u, a := w.someActivity(anyActivity)
	if a == nil {
		return
	}
	to := a.Clone()
	field := hub.FieldNote
	if to.Note = w.book.fresh(); w.dice.chance(500) {
		to.Note, field = a.Note, hub.FieldPerson
		w.must("list persons", w.db.View(w.ctx, w.company, func(tx *store.Tx) error {
			list, err := tx.Persons(w.ctx, 0, 10)
			if to.PersonID = 0; len(list) > 0 && w.dice.chance(750) {
				to.PersonID = pick(w.dice, list).ID
			}
			return err
		}))
		if w.dice.chance(250) { // somebody of whom the CRM may not know yet
			p := crm.Person{Name: fmt.Sprintf("person %d of %s", w.dice.below(5), w.firm.name)}
			w.must("save a person", w.tx(func(tx engine.Tx) error {
				saved, err := w.nodes[0].hub.SavePerson(w.ctx, tx, hub.By(*u), p)
				to.PersonID = saved.ID
				return err
			}))
		}
	}
	w.soften(&a.Plan)
	if w.patch("change facet here", u, a, to, field) {
		w.did("change facet here")
	}
}

// answerQuestion is somebody who knows which item sync has made of an activity, and says so.
func (w *World) answerQuestion(s *side, item store.Work) bool {
	activity, err := strconv.ParseInt(strings.TrimPrefix(item.Subject, "a:"), 10, 64)
	w.must("read "+item.Subject, err)
	who := w.who(s)
	w.did("answer question", s)
	for _, e := range s.server.live() {
		if !e.ours || activityOfKey(string(e.key)) != activity || w.rows.linked[linkKey{s.id, string(e.id)}] != 0 {
			continue
		}
		for _, other := range w.waiting(s) {
			if other.Subject == "r:"+string(e.id) && other.Reason == engine.UnsureItem {
				w.say(s.user.Name, "says that %s at %s is activity %d", e.id, s.name, activity)
				return w.said(w.service.ThisOne(w.ctx, who, other.ID))
			}
		}
		return w.said(w.service.Retry(w.ctx, who, item.ID)) // it has not been listed yet
	}
	w.say(s.user.Name, "says that activity %d is not at %s", activity, s.name)
	return w.said(w.service.MakeAnew(w.ctx, who, item.ID))
}

// said: an answer that comes too late changes nothing.
func (w *World) said(err error) bool {
	if _, late := errors.AsType[*connection.ErrState](err); late {
		return false
	}
	w.must("answer a question", err)
	return true
}

// relayed: it goes on from where it was born. What was born in the CRM is an activity, for calendars.
func (w *World) relayed(s *side, a *crm.Activity) bool {
	born := w.sideOf(a.Origin)
	return a.Origin != 0 && a.Origin != s.id && (born == nil || !born.server.crm || s.server.crm)
}
