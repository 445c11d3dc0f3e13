package world

import (
	"tahti/internal/crm"
	"tahti/internal/lens"
)

// plan is what a seed makes of the company.
type plan struct {
	moves int
	sides []sidePlan
	swarm swarm
}

type sidePlan struct {
	user     int
	kind     int
	settings lens.Settings
	there    int // events that are in the calendar before it is connected
}

const users = 3

// drawPlan throws the dice for the company: three users, four to six connections of at least three kinds.
func drawPlan(seed uint64) plan {
	d := newDice(seed, -1)
	p := plan{moves: 170, swarm: drawSwarm(d)}
	first := d.below(len(kinds))
	for i := range 4 + d.below(3) {
		s := sidePlan{user: i % users, kind: (first + i) % len(kinds), settings: lens.Defaults(), there: d.below(3)}
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
		p.sides = append(p.sides, s)
	}
	return p
}

// side is a connection and the calendar that it ties to a user.
type side struct {
	id        crm.ID
	account   crm.ID
	name      string
	user      *crm.User
	server    *server
	settings  lens.Settings
	fence     int64           // of the latest claim
	worker    *worker         // of the latest claim
	baselined int             // move in which the starting point was taken
	touched   []touch         // what people did last that concerns it
	held      map[string]bool // subjects of work that waits for a person
	accepted  []string        // subjects of work that people gave up
}
