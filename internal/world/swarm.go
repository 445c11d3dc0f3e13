package world

import (
	"tahti/internal/crm"
	"tahti/internal/lens"
)

// plan is what a seed makes of the companies.
type plan struct {
	moves      int
	firms      []firmPlan
	width      int // workers of a node
	perCompany int // of them, for one company
	swarm      swarm
	crm        bool
	backedUp   int // move in which the database is copied; 0: it is not restored
}

type firmPlan struct {
	name  string
	users []string
	sides []sidePlan
}

type sidePlan struct {
	user     int
	kind     int
	beside   bool // at the host of an earlier calendar of the same user, if there is one
	settings lens.Settings
	there    int  // events that are in the calendar before it is connected
	former   bool // another sync has filled it together with the CRM
}

// restored is how many seeds in a thousand end with an older database.
const restored = 30

// drawPlan throws the dice for the companies: one of three users with four to six connections of at least four kinds, and a small
// one beside it.
func drawPlan(seed uint64) plan {
	d := newDice(seed, -1)
	p := plan{moves: 180, swarm: drawSwarm(d)}
	p.firms = append(p.firms, drawFirm(d, "first", []string{"alice", "bob", "carol"}, 4+d.below(3)))
	d = newDice(seed, -4)
	p.firms = append(p.firms, drawFirm(d, "second", []string{"dave", "erin", "frank"}, 1+d.below(2)))
	d = newDice(seed, -6)
	for _, f := range p.firms {
		for i := range f.sides {
			f.sides[i].settings.Private = pick(d, []string{"masked", "masked", "ordinary", "skip"})
		}
	}
	much, tool := newDice(seed, -5).chance(60), newDice(seed, -7)
	other := tool.chance(60)
	for i, a := range actions {
		switch {
		case a.weight == 0 && much: // in a few seeds much happens at once,
			p.swarm.actions[i] = 3
		case a.weight == byTool && other && !much: // and in a few another program syncs the same calendars
			p.swarm.actions[i] = 20 + tool.below(40)
		}
	}
	if other && !much && tool.chance(700) { // which goes round where events travel between one's own calendars
		for i := range p.firms[0].sides {
			p.firms[0].sides[i].settings.Relay = true
		}
	}
	p.drawTastes(seed)
	p.drawCRM(seed)
	if d := newDice(seed, -8); d.chance(restored) {
		p.backedUp = p.moves/3 + d.below(2*p.moves/3)
	}
	p.drawFormer(seed)
	p.width, p.perCompany = 3+d.below(4), 2+d.below(3)
	return p
}

func drawFirm(d *dice, name string, users []string, n int) firmPlan {
	p := firmPlan{name: name, users: users}
	first := d.below(calendars)
	for i := range n {
		s := sidePlan{user: i % len(users), kind: (first + i) % calendars, settings: lens.Defaults(), there: d.below(3), beside: d.chance(400)}
		s.settings.Start, s.settings.Guests = lens.Everything, "on_send"
		if d.chance(250) {
			s.settings.Start = lens.NewAndChanged
		}
		s.settings.Conflicts = pick(d, []string{"newest", "newest", "crm", "calendar"})
		s.settings.Visibility = pick(d, []string{"owner", "everyone"})
		s.settings.Relay = d.chance(200)
		if d.chance(200) {
			s.settings.CRMContext = true
		}
		s.oneWay()
		p.sides = append(p.sides, s)
	}
	return p
}

// side is a connection and the calendar that it ties to a user.
type side struct {
	firm      *firm
	id        crm.ID
	account   crm.ID
	name      string
	user      *crm.User
	server    *server
	settings  lens.Settings   // as they are now
	spans     []span          // what people chose, and when
	cursor    string          // as it is stored
	state     string          // of the connection, as people left it
	cleaned   map[crm.ID]bool // activities whose events somebody had removed with the connection, which then went on
	asked     map[crm.ID]int  // activities that were to be synced whatever the starting point, by the move in which somebody wanted it
	fence     int64           // of the latest claim
	worker    *worker         // of the latest claim
	started   int             // move in which the starting point was chosen last
	tallies   *tallies        // what sync did in a day
	baselined int             // move in which the starting point was taken
	touched   []touch         // what people did last that concerns it
	heard     int             // letters that have arrived in its calendar
	held      map[string]bool // subjects of work that waits for a person
	wake      wake
	accepted  []string        // subjects of work that people gave up
	signIns   []refusedSignIn // that were refused
	former    *former         // what another sync has left; nil: none was there
	unseen    bool            // no administrator has looked at it since the database was restored
}
