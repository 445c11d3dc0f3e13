package world

import (
	"strings"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/hub"
	"tahti/internal/lens"
	"tahti/internal/store"
)

// In some worlds another sync has filled a calendar and the CRM before their user connects them, and is switched off by then (features.md
// B12): what is the same stands on both sides, under one title or with something around it, and part of it was edited since on one side.

const (
	// formers is the stream of whether and how; takings that of what people do about it (takeover.go).
	formers, takings = -19, -20
	// formerly is how many seeds in a thousand have one.
	formerly = 80
	// byTakeOver is the weight of what people do only there.
	byTakeOver = -2
	// The names of that.
	seeing, takingOver = "see what is on both sides of", "take over at"
)

// drawFormer picks the calendar of a seed that another sync has filled. Of what a restored database forgets of taking over nothing is asked
// here.
func (p *plan) drawFormer(seed uint64) {
	d := newDice(seed, formers)
	if !d.chance(formerly) || p.backedUp > 0 {
		return
	}
	sides := p.firms[0].sides
	s := &sides[d.below(len(sides))]
	if p.crm && d.chance(500) {
		s = &sides[len(sides)-1]
	}
	s.former = true
	if d.chance(700) {
		s.settings.Start = lens.Everything
	}
	for i, a := range actions {
		if a.weight == byTakeOver {
			p.swarm.actions[i] = 5 + d.below(20)
		}
	}
}

// counterpart is an item and the activity that is the same.
type counterpart struct {
	there *entry
	here  store.ID
}

// former is what another sync has left at a calendar, and what people have said of it.
type former struct {
	same  []counterpart // in truth
	deal  store.ID      // that some of it belongs to,
	name  string        // and what that is called
	seen  *seen         // by the last preview
	taken *taking       // the last acceptance
	open  []counterpart // that somebody has left open, of as many as there are
	// apart are those that somebody has said to be different.
	apart map[counterpart]bool
	dates map[string]bool // events, and subjects of activities, that somebody has said to be a series and its dates
	since int             // move in which they last answered
	left  bool            // they never answer the rest
	times int             // how often they were asked once nothing breaks any more
}

// mirrors is the other sync at work.
type mirrors struct {
	*former
	w *World
	s *side
}

// shape is a way in which what it has left may look by now.
type shape struct {
	name   string
	weight int
	do     func(m *mirrors)
}

var shapes = []shape{
	{"as it was", 30, func(m *mirrors) { m.both(m.plan(), nil, nil) }},
	{"with what it belongs to around it", 12, (*mirrors).framed},
	{"with somebody's own words around it", 6, func(m *mirrors) {
		around := pick(m.w.dice, []string{"Former > {}", "{} > theirs", "Copy: {}", "{} (mirrored)", "✓ {}"})
		m.both(m.plan(), nil, func(e *calendar.Event) { e.Subject = strings.ReplaceAll(around, "{}", e.Subject) })
	}},
	{"called otherwise there", 7, func(m *mirrors) { m.both(m.plan(), nil, m.renamed) }},
	{"called otherwise here", 4, func(m *mirrors) { m.both(m.plan(), m.renamed, nil) }},
	{"with another text there", 8, func(m *mirrors) { m.both(m.plan(), nil, m.reworded) }},
	{"with another text here", 5, func(m *mirrors) { m.both(m.plan(), m.reworded, nil) }},
	{"with other texts on both sides", 4, func(m *mirrors) { m.both(m.plan(), m.reworded, m.reworded) }},
	{"moved by minutes there", 6, func(m *mirrors) { m.both(m.plan(), nil, moved) }},
	{"moved by minutes here", 4, func(m *mirrors) { m.both(m.plan(), moved, nil) }},
	{"private on both sides", 4, func(m *mirrors) { m.both(m.plan(), private, private) }},
	{"private there, and called otherwise", 3, func(m *mirrors) {
		m.both(m.plan(), nil, func(e *calendar.Event) { m.renamed(e); private(e) })
	}},
	{"private here", 2, func(m *mirrors) { m.both(m.plan(), private, nil) }},
	{"with a guest there", 4, func(m *mirrors) {
		m.both(m.plan(), nil, func(e *calendar.Event) {
			if !m.s.server.mails {
				return
			}
			e.Organizer = calendar.Person{Email: m.s.user.Email}
			e.Guests = []calendar.Guest{{Person: calendar.Person{Email: "guest@example.com"}, Answer: calendar.NeedsReply}}
		})
	}},
	{"twice there", 4, func(m *mirrors) { plan := m.plan(); m.both(plan, nil, nil); m.there(plan) }},
	{"twice here", 3, func(m *mirrors) { plan := m.plan(); m.both(plan, nil, nil); m.here(plan, 0) }},
	{"twice on both sides", 3, func(m *mirrors) { plan := m.plan(); m.both(plan, nil, nil); m.both(plan, nil, nil) }},
	{"on one side", 8, func(m *mirrors) {
		if m.w.dice.chance(500) {
			m.there(m.plan())
		} else {
			m.here(m.plan(), 0)
		}
	}},
	{"at the time of something else", 5, (*mirrors).alike},
	{"one of a row of the same title", 5, (*mirrors).row},
	{"a series that recurs otherwise there", 2, func(m *mirrors) {
		m.both(m.series(), nil, func(e *calendar.Event) { e.Rule = "FREQ=WEEKLY;COUNT=3" })
	}},
	{"a series with a date of its own there", 4, func(m *mirrors) {
		m.both(m.series(), nil, func(e *calendar.Event) {
			if at, ok := m.w.someDate(e); ok {
				m.w.override(e, at)
			}
		})
	}},
	{"a series here, its dates there", 4, (*mirrors).dates},
	{"in another calendar, under the same UID", 4, (*mirrors).besides},
}

// mirrorBefore lets another sync fill a calendar and the CRM. Its user knows of nothing of it yet.
func (w *World) mirrorBefore(s *side) {
	before := w.dice
	w.dice = newDice(w.Seed, formers-100)
	s.former = &former{apart: map[counterpart]bool{}, dates: map[string]bool{}, left: w.dice.chance(300)}
	w.now = w.now.Add(time.Second) // other calendars of the user were connected earlier
	m := &mirrors{s.former, w, s}
	weights := make([]int, len(shapes))
	for i := range shapes {
		weights[i] = shapes[i].weight
	}
	for range 2 + w.dice.below(10) {
		shape := shapes[w.dice.weighted(weights)]
		w.say("former sync", "leaves something %s", shape.name)
		shape.do(m)
	}
	w.now = w.now.Add(time.Second)
	w.dice = before
}

// plan is something that both sides can hold.
func (m *mirrors) plan() calendar.Event {
	e := m.w.someEvent()
	if m.s.server.crm {
		e.Rule = ""
	}
	return e
}

func (m *mirrors) series() calendar.Event {
	e := m.plan()
	if !m.s.server.crm {
		e.Rule = m.w.someRule(e.Start)
	}
	return e
}

// both puts a plan on both sides, each with what was made of it there.
func (m *mirrors) both(plan calendar.Event, here, there func(*calendar.Event)) {
	a, e := plan.Clone(), plan.Clone()
	if here != nil {
		here(&a)
	}
	if there != nil {
		there(&e)
	}
	m.same = append(m.same, counterpart{m.there(e), m.here(a, 0)})
}

// there puts an event into the calendar. That it was deleted on one side says nothing of the other until both are tied.
func (m *mirrors) there(plan calendar.Event) *entry {
	if m.s.server.crm {
		plan.Facets = &calendar.Facets{Type: calendar.Ref{ID: "call", Name: "Call"}}
	}
	e := m.s.server.add(plan.Clone())
	m.w.soften(&e.event)
	return e
}

func (m *mirrors) here(plan calendar.Event, deal store.ID) (id store.ID) {
	m.w.save("was synced", m.s.user, "", func(tx engine.Tx, h *hub.Hub) error {
		a, err := h.Create(m.w.ctx, tx, hub.By(*m.s.user), crm.Activity{Type: "call", Plan: plan.Clone(), DealID: deal})
		id = a.ID
		return err
	})
	m.w.soften(&plan)
	return id
}

func (m *mirrors) renamed(e *calendar.Event) { e.Subject = "Renamed " + m.w.book.fresh() }
func private(e *calendar.Event)              { e.Private = true }

func (m *mirrors) reworded(e *calendar.Event) {
	if m.w.dice.chance(500) {
		e.Location = m.w.someText()
	} else {
		e.Description = m.w.someText()
	}
}

// moved is by minutes that nothing else begins at.
func moved(e *calendar.Event) {
	by := calendar.Wall(180)
	if e.Start.Kind == calendar.Date {
		by = calendar.Day
	}
	e.Start.Wall, e.End.Wall = e.Start.Wall+by, e.End.Wall+by
}

// framed is what belongs to a deal, whose name the other sync has put before or behind the title.
func (m *mirrors) framed() {
	if m.deal == 0 {
		m.name = "Old deal"
		m.w.must("save a deal", m.w.tx(func(tx engine.Tx) error {
			d, err := m.w.nodes[0].hub.SaveDeal(m.w.ctx, tx, hub.By(*m.s.user), crm.Deal{Title: m.name})
			m.deal = d.ID
			return err
		}))
	}
	plan := m.plan()
	e := plan.Clone()
	if e.Subject = m.name + " > " + plan.Subject; m.w.dice.chance(300) {
		e.Subject = plan.Subject + " > " + m.name
	}
	if m.w.dice.chance(200) {
		e.Subject = m.name + " > Renamed " + m.w.book.fresh()
	}
	m.same = append(m.same, counterpart{m.there(e), m.here(plan, m.deal)})
}

// alike are two things that take place at the same time and are not the same.
func (m *mirrors) alike() {
	plan := m.plan()
	m.there(plan)
	m.renamed(&plan)
	plan.Location, plan.Description = "", ""
	m.here(plan, 0)
}

// row are things of one title on several days, of which one is on one side only.
func (m *mirrors) row() {
	first := m.plan()
	m.both(first, nil, nil)
	for n := range 2 {
		next := m.plan()
		next.Subject, next.Location, next.Description = first.Subject, "", ""
		switch {
		case n == 0:
			m.both(next, nil, nil)
		case m.w.dice.chance(500):
			m.there(next)
		default:
			m.here(next, 0)
		}
	}
}

// dates is a series that the other sync has written date by date.
func (m *mirrors) dates() {
	plan := m.series()
	plan.Rule = "FREQ=WEEKLY;COUNT=3"
	single := plan.Clone()
	single.Rule = ""
	if m.s.server.crm {
		plan.Rule = ""
	}
	series := m.here(plan, 0)
	for range 3 {
		m.same = append(m.same, counterpart{m.there(single), series})
		single.Start.Wall, single.End.Wall = single.Start.Wall+7*calendar.Day, single.End.Wall+7*calendar.Day
	}
}

// besides is an event that another calendar of the same user holds as well, under the same UID.
func (m *mirrors) besides() {
	for _, other := range m.w.sides {
		if other.user.ID != m.s.user.ID || other == m.s || other.server.crm || other.server.feed || m.s.server.crm || m.s.server.feed {
			continue
		}
		plan := m.plan()
		uid := "former-" + markPattern.FindString(plan.Subject)
		e := other.server.addAs(uid, plan.Clone())
		m.w.soften(&e.event)
		m.s.server.addAs(uid, plan.Clone())
		return
	}
}
