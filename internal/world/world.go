package world

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/connection"
	"tahti/internal/crm"
	"tahti/internal/hub"
	"tahti/internal/store"
)

// World is some companies, their calendars and the nodes that sync them.
type World struct {
	Seed uint64

	ctx      context.Context
	db       *store.DB
	firms    []*firm
	*firm    // in which something happens now
	nodes    []*node
	workers  []*worker
	pushes   []push
	backup   *backup    // that was made
	beside   *existence // of a copied database
	hasCRM   bool       // among the calendars, so that everybody is in one zone
	poisoned *entry     // that its server cannot take
	restored *backup    // that took the place of the database
	letters  []letter
	service  *connection.Service
	hosts    []*host

	dice    *dice
	swarm   swarm
	move    int
	step    int
	now     time.Time
	calm    bool    // the second phase: no more faults
	allowed int     // removals that somebody has let pass by saving settings, just now
	looking *side   // at which somebody has a dry run made, just now
	taking  *taking // of what another sync has left, just now
	// toRestore: the database is, at the end of the first phase.
	toRestore bool
	// inTheMiddle of that somebody does something else.
	inTheMiddle bool
	quiet       bool // no trace is kept

	numbers numbers
	counts  counts
	trace   trace
	broken  []string

	commits int  // number of the last transaction that was committed
	vain    bool // what somebody has just saved was so before
}

// counts are what a world went through.
type counts struct {
	faults  [faultCount]int
	actions map[string]int
	pairs   map[pair]int
	stood   map[string]int // where workers stood
	crashes map[string]int // and where they were killed
}

// struck is how many faults have had an effect.
func (c *counts) struck() (n int) {
	for _, f := range c.faults {
		n += f
	}
	return n
}

var noTime time.Time

// start is when worlds begin: a Monday morning.
var start = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

// newWorld founds the companies of a seed.
func newWorld(seed uint64, p plan) (*World, error) {
	w := &World{
		Seed: seed, swarm: p.swarm, dice: newDice(seed, -2), now: start, trace: trace{start: start},
		counts: newCounts(), hasCRM: p.crm, toRestore: p.backedUp > 0,
	}
	w.ctx = context.WithValue(context.Background(), worldKey{}, w)
	db, err := store.OpenMemory(w.ctx, store.Config{Now: func() time.Time { return w.now }, Rand: zeros{}})
	if err != nil {
		return nil, err
	}
	w.db = db
	for _, name := range []string{"north", "south"} {
		n := &node{w: w, name: name, width: p.width, perCompany: p.perCompany}
		n.start()
		n.hub = &hub.Hub{Clock: n}
		w.nodes = append(w.nodes, n)
	}
	if w.service, err = w.newService(); err != nil {
		return nil, err
	}
	for _, f := range p.firms {
		if err := w.foundFirm(f); err != nil {
			return nil, fmt.Errorf("found company: %w", err)
		}
	}
	w.firm = w.firms[0]
	return w, nil
}

// zeros is the source of what is random in an installation and must not be here.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

// connect makes a calendar, with what is in it already, and ties it to its user.
func (w *World) connect(i int, p sidePlan) error {
	u := &w.users[p.user]
	t := kinds[p.kind]
	name := fmt.Sprintf("%s's %s", u.Name, t.name)
	s := &side{name: name, user: u, settings: p.settings, held: map[string]bool{}, firm: w.firm, server: newServer(w, w.hostOf(i, p), name, u.Email, t)}
	s.server.side, s.server.calendar = s, fmt.Sprint("calendar-", i)
	s.cleaned = map[store.ID]bool{}
	s.asked = map[store.ID]int{}
	s.spans = []span{{settings: p.settings, on: true}}
	s.server.calendars = append(s.server.calendars, s.server)
	w.sides = append(w.sides, s)
	s.tally().there = p.there
	for range p.there {
		w.addEvent(s, false)
	}
	if p.former {
		w.mirrorBefore(s)
	}
	r := connection.Request{Provider: kindName, Sign: s.server.credentials(), Calendar: s.server.calendar, Settings: p.settings.JSON()}
	c, err := w.service.Connect(w.ctx, w.who(s), r)
	s.id, s.account = c.ID, c.Account
	s.wake.wanted(w.now)
	return err
}

// hostOf is where a calendar is: at a host of its own, or at that of an earlier calendar of the same user.
func (w *World) hostOf(i int, p sidePlan) *host {
	if p.beside {
		for _, s := range w.sides {
			if s.user.ID == w.users[p.user].ID {
				return s.server.host
			}
		}
	}
	h := &host{address: fmt.Sprintf("https://%d.%s.example.com", i, w.firm.name), username: w.users[p.user].Email, budget: w.someBudget()}
	if kinds[p.kind].crm { // all are connected to one place
		h.address = fmt.Sprintf("https://crm.%s.example.com", w.firm.name)
	}
	w.hosts = append(w.hosts, h)
	return h
}

// Close ends the world.
func (w *World) Close() error {
	for _, k := range w.workers {
		k.kill()
	}
	return w.db.Close()
}

// sideOf is the calendar of a connection. One that was only to choose a calendar, and found it connected before, has none.
func (w *World) sideOf(connection store.ID) *side {
	i := slices.IndexFunc(w.sides, func(s *side) bool { return s.id == connection })
	if i < 0 {
		return nil
	}
	return w.sides[i]
}

func (w *World) nameOf(connection store.ID) string {
	if s := w.sideOf(connection); s != nil {
		return s.name
	}
	return "no calendar"
}

// upTo is a span of less than so many seconds.
func (w *World) upTo(seconds int) time.Duration {
	return time.Duration(w.dice.below(seconds*1000)) * time.Millisecond
}

// pass lets time go by.
func (w *World) pass(d time.Duration) {
	w.now = w.now.Add(d).Truncate(time.Microsecond)
	for _, s := range w.everySide() {
		s.server.appear()
	}
	w.handOut()
	w.deliver()
}

// activities are all that were ever committed, by id.
func (w *World) activities() []*crm.Activity {
	list := make([]*crm.Activity, 0, len(w.rows.activities))
	for _, id := range slices.Sorted(maps.Keys(w.rows.activities)) {
		list = append(list, w.rows.activities[id])
	}
	return list
}

// liveActivities are those that are there, by id, of one owner or (0) of all.
func (w *World) liveActivities(owner store.ID) []*crm.Activity {
	return slices.DeleteFunc(w.activities(), func(a *crm.Activity) bool { return a.Deleted() || owner != 0 && a.OwnerID != owner })
}

func planOf(a *crm.Activity) *calendar.Event {
	if a == nil || a.Deleted() {
		return nil
	}
	if a.Note == "" {
		return &a.Plan
	}
	plan := a.Plan.Clone() // with the one text of the CRM's own that people type
	plan.Facets = &calendar.Facets{Note: a.Note}
	return &plan
}
